/* SPDX-License-Identifier: ISC */
/*
 * civil - days since 1970-01-01 as dates of the Gregorian calendar, and back.
 *
 * Pure arithmetic; proleptic, as ISO 8601 has it. Weekdays count from Sunday.
 */
#ifndef NASHRA_TEXT_CIVIL_H
#define NASHRA_TEXT_CIVIL_H

#include <stdint.h>

#define CIVIL_DAY 86400 /* seconds */

struct civil {
	int64_t year;
	int month; /* 1-12 */
	int day;   /* 1-31 */
};

int64_t civil_to_days(int64_t year, int month, int day);
struct civil civil_from_days(int64_t days);
int civil_weekday(int64_t days); /* 0 Sunday ... 6 Saturday */
/* The day that holds a second: rounded down, before 1970 too. */
int64_t civil_day_of(int64_t seconds);

#endif
