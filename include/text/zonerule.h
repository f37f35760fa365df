/* SPDX-License-Identifier: ISC */
/*
 * zonerule - the yearly rule of summer time at the end of a time-zone file:
 * "EET-2EEST,M4.5.5/0,M10.5.4/24" (POSIX TZ, widened by RFC 9636 3.3.1).
 *
 * Pure. Days are those of the proleptic Gregorian calendar.
 */
#ifndef NASHRA_TEXT_ZONERULE_H
#define NASHRA_TEXT_ZONERULE_H

#include <stdbool.h>
#include <stdint.h>

#define ZONERULE_MAX 128 /* the longest rule, with its NUL */

enum zonerule_form {
	ZONERULE_WEEKDAY, /* Mm.w.d */
	ZONERULE_JULIAN,  /* Jn: 1-365, 29 February never counts */
	ZONERULE_ORDINAL  /* n: 0-365 */
};

struct zonerule_day {
	enum zonerule_form form;
	int32_t month, week, weekday; /* WEEKDAY: 1-12, 1-5, 0-6 */
	int32_t day;                  /* JULIAN, ORDINAL */
	int32_t time;                 /* seconds after local midnight */
};

struct zonerule {
	int32_t standard; /* seconds east of UTC */
	int32_t summer;
	bool has_summer;
	struct zonerule_day start; /* of summer time, in standard time */
	struct zonerule_day end;   /* in summer time */
};

bool zonerule_parse(struct zonerule *out, const char *text);
int32_t zonerule_offset(const struct zonerule *rule, int64_t when);
/* The first change after `when`; INT64_MAX where there is no summer time. */
int64_t zonerule_change(const struct zonerule *rule, int64_t when);

#endif
