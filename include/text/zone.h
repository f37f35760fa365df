/* SPDX-License-Identifier: ISC */
/*
 * zone - the calendar and the clock of a time zone, as the C library has them.
 *
 * ICU carries its own copy of the zones, as old as its release: ICU 72 does
 * not know that Egypt has summer time again since 2023. The C library reads
 * the system's files (tzdata).
 *
 * Owns the variable TZ: nothing else may set it, or rely on it. It is set when
 * the name of the zone is another one than the last. Our processes have one
 * thread; libcurl's, which look up names, read the environment, and so the
 * settings are checked (zone_ok) before there is one.
 */
#ifndef NASHRA_TEXT_ZONE_H
#define NASHRA_TEXT_ZONE_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#define ZONE_FOLDER   "/usr/share/zoneinfo"
#define ZONE_NAME_MAX 64

/* IANA names that the system has a file for; "UTC" needs none. */
bool zone_ok(const char *name);

/* What calendar and clock show at a moment; tm_gmtoff is how many seconds
 * they are ahead of UTC. ERR_CONFIG where zone_ok() refuses the name. */
int zone_local(struct tm *out, int64_t when, const char *name, struct err *err);

/* The first moment at which they show a day or a later one. That is midnight
 * where midnight exists, and else the moment at which the clocks skip it;
 * where they are put back over midnight, it is the first. Of `day`, year,
 * month and day count, and may be out of range as for mktime(). */
int
zone_day(int64_t *out, const struct tm *day, const char *name, struct err *err);

#endif
