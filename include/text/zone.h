/* SPDX-License-Identifier: ISC */
/*
 * zone - how far a time zone is from UTC at a moment, and when that changes.
 *
 * Reads the system's time-zone files (TZif, RFC 9636). ICU carries its own
 * copy of them, which is as old as its release: ICU 72 does not know that
 * Egypt has summer time again since 2023. Parsing is pure; zone_get() keeps
 * what it read, for as long as the process lives.
 */
#ifndef NASHRA_TEXT_ZONE_H
#define NASHRA_TEXT_ZONE_H

#include "base/err.h"

#include <stddef.h>
#include <stdint.h>

#define ZONE_FOLDER   "/usr/share/zoneinfo"
#define ZONE_NAME_MAX 64
#define ZONE_CHANGES  1024 /* the longest zone has about 240 */
#define ZONE_NEVER    INT64_MAX

struct zone;

/* The zone of an IANA name; borrowed, valid until the next zone_get(). "UTC"
 * needs no file. ERR_CONFIG where there is none of that name. */
int zone_get(const struct zone **out, const char *name, struct err *err);

/* Parses a TZif file of version 2 or later. */
int zone_parse(
    struct zone **out, const unsigned char *bytes, size_t len, struct err *err);
void zone_free(struct zone *zone);

/* Seconds east of UTC, less than 27 hours either way. */
int32_t zone_offset(const struct zone *zone, int64_t when);
/* The first moment after `when` at which the offset may be another one;
 * ZONE_NEVER where none comes. */
int64_t zone_change(const struct zone *zone, int64_t when);

#endif
