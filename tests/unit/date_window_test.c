/* SPDX-License-Identifier: ISC */
#include "text/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <time.h>

static int64_t
part(const char *iso, size_t from, size_t n)
{
	int64_t value = 0;

	for (size_t i = from; i < from + n; i++)
		value = value * 10 + (iso[i] - '0');
	return value;
}

/* "2025-01-22T00:00:00Z" */
static int64_t
moment(const char *iso)
{
	struct tm tm = {.tm_year = (int)part(iso, 0, 4) - 1900,
	    .tm_mon = (int)part(iso, 5, 2) - 1,
	    .tm_mday = (int)part(iso, 8, 2),
	    .tm_hour = (int)part(iso, 11, 2),
	    .tm_min = (int)part(iso, 14, 2),
	    .tm_sec = (int)part(iso, 17, 2)};

	return timegm(&tm);
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Found by looking at each minute with Python's zoneinfo and tzdata 2025b. */
/* clang-format off */
static const struct {
	const char *zone;
	enum date_period period;
	enum conf_language language;
	const char *when, *start, *end;
} windows_cases[] = {
{"UTC", DATE_DAY, CONF_AR,
    "2025-01-22T12:00:00Z", "2025-01-22T00:00:00Z", "2025-01-23T00:00:00Z"},
{"UTC", DATE_DAY, CONF_AR,
    "2025-01-22T00:00:00Z", "2025-01-22T00:00:00Z", "2025-01-23T00:00:00Z"},
{"UTC", DATE_DAY, CONF_AR,
    "2025-01-21T23:59:59Z", "2025-01-21T00:00:00Z", "2025-01-22T00:00:00Z"},
{"UTC", DATE_DAY, CONF_AR,
    "1969-12-31T23:59:59Z", "1969-12-31T00:00:00Z", "1970-01-01T00:00:00Z"},
{"UTC", DATE_MONTH, CONF_EN,
    "0001-02-15T00:00:00Z", "0001-02-01T00:00:00Z", "0001-03-01T00:00:00Z"},
{"UTC", DATE_MONTH, CONF_EN,
    "2024-02-29T12:00:00Z", "2024-02-01T00:00:00Z", "2024-03-01T00:00:00Z"},
{"UTC", DATE_MONTH, CONF_EN,
    "2025-12-31T12:00:00Z", "2025-12-01T00:00:00Z", "2026-01-01T00:00:00Z"},
{"UTC", DATE_WEEK, CONF_AR,
    "2025-01-24T23:59:59Z", "2025-01-18T00:00:00Z", "2025-01-25T00:00:00Z"},
{"UTC", DATE_WEEK, CONF_AR,
    "2025-01-25T00:00:00Z", "2025-01-25T00:00:00Z", "2025-02-01T00:00:00Z"},
{"UTC", DATE_WEEK, CONF_EN,
    "2025-01-26T23:59:59Z", "2025-01-20T00:00:00Z", "2025-01-27T00:00:00Z"},
{"UTC", DATE_WEEK, CONF_EN,
    "2025-01-27T00:00:00Z", "2025-01-27T00:00:00Z", "2025-02-03T00:00:00Z"},
{"Asia/Damascus", DATE_DAY, CONF_AR,
    "2025-01-21T21:00:00Z", "2025-01-21T21:00:00Z", "2025-01-22T21:00:00Z"},
{"Asia/Damascus", DATE_DAY, CONF_AR,
    "2025-01-21T20:59:59Z", "2025-01-20T21:00:00Z", "2025-01-21T21:00:00Z"},
{"Asia/Damascus", DATE_DAY, CONF_AR,
    "2022-03-24T23:00:00Z", "2022-03-24T22:00:00Z", "2022-03-25T21:00:00Z"},
{"Asia/Damascus", DATE_DAY, CONF_AR,
    "2021-10-28T21:30:00Z", "2021-10-27T21:00:00Z", "2021-10-28T22:00:00Z"},
{"Asia/Damascus", DATE_DAY, CONF_AR,
    "2022-10-28T12:00:00Z", "2022-10-27T21:00:00Z", "2022-10-28T21:00:00Z"},
{"Asia/Damascus", DATE_MONTH, CONF_AR,
    "2022-10-28T12:00:00Z", "2022-09-30T21:00:00Z", "2022-10-31T21:00:00Z"},
{"Africa/Cairo", DATE_DAY, CONF_AR,
    "2023-04-28T09:00:00Z", "2023-04-27T22:00:00Z", "2023-04-28T21:00:00Z"},
{"Africa/Cairo", DATE_DAY, CONF_AR,
    "2023-04-27T21:59:59Z", "2023-04-26T22:00:00Z", "2023-04-27T22:00:00Z"},
{"Africa/Cairo", DATE_DAY, CONF_AR,
    "2023-10-26T20:30:00Z", "2023-10-25T21:00:00Z", "2023-10-26T22:00:00Z"},
{"Africa/Cairo", DATE_DAY, CONF_AR,
    "2023-10-26T21:30:00Z", "2023-10-25T21:00:00Z", "2023-10-26T22:00:00Z"},
{"Africa/Cairo", DATE_DAY, CONF_AR,
    "2023-10-26T22:00:00Z", "2023-10-26T22:00:00Z", "2023-10-27T22:00:00Z"},
{"Africa/Cairo", DATE_WEEK, CONF_AR,
    "2025-07-01T12:00:00Z", "2025-06-27T21:00:00Z", "2025-07-04T21:00:00Z"},
{"Africa/Cairo", DATE_WEEK, CONF_AR,
    "2025-10-31T12:00:00Z", "2025-10-24T21:00:00Z", "2025-10-31T22:00:00Z"},
{"Africa/Cairo", DATE_MONTH, CONF_AR,
    "2023-04-15T12:00:00Z", "2023-03-31T22:00:00Z", "2023-04-30T21:00:00Z"},
{"Africa/Cairo", DATE_DAY, CONF_AR,
    "2060-04-30T12:00:00Z", "2060-04-29T22:00:00Z", "2060-04-30T21:00:00Z"},
{"Africa/Cairo", DATE_DAY, CONF_AR,
    "2060-10-28T12:00:00Z", "2060-10-27T21:00:00Z", "2060-10-28T22:00:00Z"},
{"Asia/Beirut", DATE_DAY, CONF_AR,
    "2024-03-31T12:00:00Z", "2024-03-30T22:00:00Z", "2024-03-31T21:00:00Z"},
{"Asia/Beirut", DATE_DAY, CONF_AR,
    "2024-03-30T21:59:59Z", "2024-03-29T22:00:00Z", "2024-03-30T22:00:00Z"},
{"Asia/Beirut", DATE_DAY, CONF_AR,
    "2024-10-26T20:59:59Z", "2024-10-25T21:00:00Z", "2024-10-26T22:00:00Z"},
{"Asia/Beirut", DATE_DAY, CONF_AR,
    "2024-10-26T21:59:59Z", "2024-10-25T21:00:00Z", "2024-10-26T22:00:00Z"},
{"Asia/Beirut", DATE_DAY, CONF_AR,
    "2024-10-26T22:00:00Z", "2024-10-26T22:00:00Z", "2024-10-27T22:00:00Z"},
{"Asia/Beirut", DATE_WEEK, CONF_EN,
    "2024-03-31T12:00:00Z", "2024-03-24T22:00:00Z", "2024-03-31T21:00:00Z"},
{"America/Sao_Paulo", DATE_DAY, CONF_EN,
    "2018-11-04T12:00:00Z", "2018-11-04T03:00:00Z", "2018-11-05T02:00:00Z"},
{"America/Sao_Paulo", DATE_DAY, CONF_EN,
    "2018-02-18T02:30:00Z", "2018-02-17T02:00:00Z", "2018-02-18T03:00:00Z"},
{"America/St_Johns", DATE_DAY, CONF_EN,
    "2010-11-07T02:30:30Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z"},
{"America/St_Johns", DATE_DAY, CONF_EN,
    "2010-11-07T02:31:30Z", "2010-11-07T02:30:00Z", "2010-11-08T03:30:00Z"},
{"Pacific/Apia", DATE_DAY, CONF_EN,
    "2011-12-30T09:59:59Z", "2011-12-29T10:00:00Z", "2011-12-30T10:00:00Z"},
{"Pacific/Apia", DATE_DAY, CONF_EN,
    "2011-12-30T10:00:00Z", "2011-12-30T10:00:00Z", "2011-12-31T10:00:00Z"},
{"Pacific/Apia", DATE_MONTH, CONF_EN,
    "2011-12-15T00:00:00Z", "2011-12-01T10:00:00Z", "2011-12-31T10:00:00Z"},
{"Africa/Casablanca", DATE_MONTH, CONF_AR,
    "2025-03-01T12:00:00Z", "2025-03-01T00:00:00Z", "2025-04-01T00:00:00Z"},
{"Asia/Kathmandu", DATE_DAY, CONF_EN,
    "2025-01-22T18:15:00Z", "2025-01-22T18:15:00Z", "2025-01-23T18:15:00Z"},
{"Pacific/Kiritimati", DATE_DAY, CONF_EN,
    "2025-01-22T10:00:00Z", "2025-01-22T10:00:00Z", "2025-01-23T10:00:00Z"},
{"Asia/Gaza", DATE_MONTH, CONF_AR,
    "2060-07-01T12:00:00Z", "2060-06-30T21:00:00Z", "2060-07-31T21:00:00Z"},
{"Europe/London", DATE_MONTH, CONF_EN,
    "2100-07-01T12:00:00Z", "2100-06-30T23:00:00Z", "2100-07-31T23:00:00Z"},
{"Europe/Dublin", DATE_MONTH, CONF_EN,
    "2100-01-15T12:00:00Z", "2100-01-01T00:00:00Z", "2100-02-01T00:00:00Z"},
};
/* clang-format on */

static void
windows(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(windows_cases); i++) {
		struct err err = ERR_INIT;
		int64_t from;
		int64_t to;

		assert_int_equal(
		    date_window(&from, &to, moment(windows_cases[i].when),
			windows_cases[i].period, windows_cases[i].zone,
			windows_cases[i].language, &err),
		    0);
		assert_int_equal(from, moment(windows_cases[i].start));
		assert_int_equal(to, moment(windows_cases[i].end));
	}
}

static void
an_instant_is_one_second(void **state)
{
	struct err err = ERR_INIT;
	int64_t start;
	int64_t end;

	(void)state;
	assert_int_equal(date_window(&start, &end, 1700000000, DATE_INSTANT,
			     "Africa/Cairo", CONF_AR, &err),
	    0);
	assert_int_equal(start, 1700000000);
	assert_int_equal(end, 1700000001);
}

/* Windows of one kind leave no second out and hold none twice. */
static void
check_row(const char *zone, enum date_period period)
{
	int64_t when = moment("2005-01-01T12:00:00Z");
	int64_t before = INT64_MIN;

	while (when < moment("2045-01-01T00:00:00Z")) {
		struct err err = ERR_INIT;
		int64_t start;
		int64_t end;

		assert_int_equal(date_window(&start, &end, when, period, zone,
				     CONF_AR, &err),
		    0);
		assert_true(start <= when && when < end);
		assert_true(before == INT64_MIN || start == before);
		before = end;
		when = end;
	}
}

static void
windows_follow_each_other(void **state)
{
	static const char *const names[] = {"Africa/Cairo", "Asia/Beirut",
	    "Asia/Damascus", "Asia/Amman", "Asia/Gaza", "Africa/Casablanca",
	    "Asia/Tehran", "America/St_Johns", "America/Sao_Paulo",
	    "Pacific/Apia", "Australia/Lord_Howe", "Europe/London"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		check_row(names[i], DATE_DAY);
		check_row(names[i], DATE_WEEK);
		check_row(names[i], DATE_MONTH);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(windows),
	    cmocka_unit_test(an_instant_is_one_second),
	    cmocka_unit_test(windows_follow_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
