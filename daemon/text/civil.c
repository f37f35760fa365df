/* SPDX-License-Identifier: ISC */
#include "text/civil.h"

#define DAYS_400_YEARS 146097
#define DAYS_1600      (-135080) /* of 1600-03-01 */

/* Rounds towards minus infinity, as calendars do. */
static int64_t
div_down(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

/* Counted from March, the leap day is the last of its year, and the months
 * before it follow one pattern: 153 days in five months. */
int64_t
civil_to_days(int64_t year, int month, int day)
{
	int64_t from_march = (month + 9) % 12;
	int64_t y = year - (month <= 2);
	int64_t era = div_down(y - 1600, 400);
	int64_t in_era = y - 1600 - era * 400;
	int64_t in_year = (153 * from_march + 2) / 5 + day - 1;

	return DAYS_1600 + era * DAYS_400_YEARS + in_era * 365 + in_era / 4 -
	       in_era / 100 + in_year;
}

struct civil
civil_from_days(int64_t days)
{
	int64_t era = div_down(days - DAYS_1600, DAYS_400_YEARS);
	int64_t left = days - DAYS_1600 - era * DAYS_400_YEARS;
	/* Take the leap days out (every 1461, but not every 36524; the last
	 * day of an era is one), and years are 365 long. */
	int64_t in_era =
	    (left - left / 1460 + left / 36524 - left / (DAYS_400_YEARS - 1)) /
	    365;
	int64_t in_year = left - (in_era * 365 + in_era / 4 - in_era / 100);
	int64_t from_march = (5 * in_year + 2) / 153;
	struct civil date;

	date.day = (int)(in_year - (153 * from_march + 2) / 5 + 1);
	date.month = (int)(from_march < 10 ? from_march + 3 : from_march - 9);
	date.year = 1600 + era * 400 + in_era + (date.month <= 2);
	return date;
}

int
civil_weekday(int64_t days)
{
	/* 1970-01-01 was a Thursday. */
	return (int)(days + 4 - div_down(days + 4, 7) * 7);
}

int64_t
civil_day_of(int64_t seconds)
{
	return div_down(seconds, CIVIL_DAY);
}
