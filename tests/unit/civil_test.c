/* SPDX-License-Identifier: ISC */
#include "text/civil.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void
known_days(void **state)
{
	static const struct {
		int64_t year;
		int month, day;
		int64_t days;
		int weekday;
	} cases[] = {
	    {1970, 1, 1, 0, 4},
	    {1970, 1, 2, 1, 5},
	    {1969, 12, 31, -1, 3},
	    {2000, 2, 29, 11016, 2},
	    {2000, 3, 1, 11017, 3},
	    {1900, 2, 28, -25509, 3},
	    {1900, 3, 1, -25508, 4},
	    {2100, 3, 1, 47541, 1},
	    {2025, 1, 22, 20110, 3},
	    {1600, 2, 29, -135081, 2},
	    {1600, 3, 1, -135080, 3},
	    {1, 1, 1, -719162, 1},
	    {0, 12, 31, -719163, 0},
	    {9999, 12, 31, 2932896, 5},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct civil date = civil_from_days(cases[i].days);

		assert_int_equal(date.year, cases[i].year);
		assert_int_equal(date.month, cases[i].month);
		assert_int_equal(date.day, cases[i].day);
		assert_int_equal(
		    civil_to_days(cases[i].year, cases[i].month, cases[i].day),
		    cases[i].days);
		assert_int_equal(
		    civil_weekday(cases[i].days), cases[i].weekday);
	}
}

/* Through more than eight hundred years, each day is the one after the last,
 * and goes there and back. */
static void
day_by_day(void **state)
{
	static const int lengths[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	struct civil last = civil_from_days(-140000);

	(void)state;
	for (int64_t days = -139999; days < 160000; days++) {
		struct civil date = civil_from_days(days);
		int leap = last.month == 2 && last.year % 4 == 0 &&
			   (last.year % 100 != 0 || last.year % 400 == 0);

		assert_int_equal(
		    civil_to_days(date.year, date.month, date.day), days);
		if (last.day < lengths[last.month - 1] + leap) {
			assert_int_equal(date.day, last.day + 1);
			assert_int_equal(date.month, last.month);
		} else {
			assert_int_equal(date.day, 1);
			assert_int_equal(date.month, last.month % 12 + 1);
			assert_int_equal(
			    date.year, last.year + last.month / 12);
		}
		last = date;
	}
}

static void
days_of_seconds(void **state)
{
	static const struct {
		int64_t seconds;
		int64_t days;
	} cases[] = {{0, 0}, {1, 0}, {86399, 0}, {86400, 1}, {-1, -1},
	    {-86400, -1}, {-86401, -2}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
		assert_int_equal(civil_day_of(cases[i].seconds), cases[i].days);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_days),
	    cmocka_unit_test(day_by_day),
	    cmocka_unit_test(days_of_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
