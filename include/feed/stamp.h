/* SPDX-License-Identifier: ISC */
/*
 * stamp - the dates of feeds, in the spellings that feeds have.
 *
 * Pure.
 */
#ifndef NASHRA_FEED_STAMP_H
#define NASHRA_FEED_STAMP_H

#include <stdbool.h>
#include <stdint.h>

/* RFC 822 (with or without day, seconds, zone names) and ISO 8601 dates of
 * 1970 and later; false where it is neither. */
bool stamp_parse(int64_t *out, const char *text);

#endif
