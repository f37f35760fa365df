/* SPDX-License-Identifier: ISC */
#include "text/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define HOUR         3600

static void
names(void **state)
{
	static const struct {
		const char *name;
		bool ok;
	} cases[] = {
	    {"UTC", true}, {"Asia/Damascus", true}, {"Etc/GMT+12", true},
	    {"America/Port-au-Prince", true},
	    {"America/Argentina/Buenos_Aires", true}, {"", false},
	    {"Asia", false}, {"Asia/", false}, {"asia/damascus", false},
	    {"Mars/Olympus", false},
	    {"UTC0", false}, /* what TZ would take is no name */
	    {"<+03>-3", false}, {":Asia/Damascus", false},
	    {"EET-2EEST,M4.5.5/0,M10.5.4/24", false},
	    {"/usr/share/zoneinfo/Asia/Damascus", false},
	    {"../zoneinfo/Asia/Damascus", false},
	    {"Asia/../Asia/Damascus", false}, {"Asia/Damascus\n", false},
	    {"leapseconds", false}, /* files that are no zones */
	    {"tzdata.zi", false},
	    {"right/Asia/Damascus", false}, /* counts leap seconds */
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = ERR_INIT;
		struct tm tm;

		if (zone_ok(cases[i].name) != cases[i].ok)
			fail_msg("'%s'", cases[i].name);
		if (cases[i].ok)
			continue;
		assert_int_equal(zone_local(&tm, 0, cases[i].name, &err), -1);
		assert_int_equal(err.code, ERR_CONFIG);
	}
}

static void
long_names(void **state)
{
	char name[4096];

	(void)state;
	for (size_t n = 1; n < sizeof(name); n++) {
		memset(name, 'x', n);
		name[n] = '\0';
		assert_false(zone_ok(name));
	}
}

/* What `date` prints. One after the other in many zones, there and back. */
static const struct {
	const char *zone;
	int64_t when;
	int year, month, day, hour, minute, second, weekday;
	long east;
} moments_cases[] = {
    {"UTC", 0, 1970, 1, 1, 0, 0, 0, 4, 0},
    {"UTC", -1, 1969, 12, 31, 23, 59, 59, 3, 0},
    {"UTC", -62135596800, 1, 1, 1, 0, 0, 0, 1, 0},
    {"UTC", 253402300799, 9999, 12, 31, 23, 59, 59, 5, 0},
    {"UTC", 951782400, 2000, 2, 29, 0, 0, 0, 2, 0},
    /* no summer time since October 2022 */
    {"Asia/Damascus", 1737493200, 2025, 1, 22, 0, 0, 0, 3, 3 * HOUR},
    {"Asia/Damascus", 1751371200, 2025, 7, 1, 15, 0, 0, 2, 3 * HOUR},
    /* summer time again since 2023 */
    {"Africa/Cairo", 1682632799, 2023, 4, 27, 23, 59, 59, 4, 2 * HOUR},
    {"Africa/Cairo", 1682632800, 2023, 4, 28, 1, 0, 0, 5, 3 * HOUR},
    {"Africa/Cairo", 1698353999, 2023, 10, 26, 23, 59, 59, 4, 3 * HOUR},
    {"Africa/Cairo", 1698354000, 2023, 10, 26, 23, 0, 0, 4, 2 * HOUR},
    /* Ramadan takes Morocco's summer time away, by a table up to 2087 */
    {"Africa/Casablanca", 1741478400, 2025, 3, 9, 0, 0, 0, 0, 0},
    {"Africa/Casablanca", 1743908400, 2025, 4, 6, 4, 0, 0, 0, HOUR},
    {"Asia/Kathmandu", 1737547200, 2025, 1, 22, 17, 45, 0, 3, 20700},
    {"Pacific/Kiritimati", 1737547200, 2025, 1, 23, 2, 0, 0, 4, 14 * HOUR},
    {"Etc/GMT+12", 1737547200, 2025, 1, 22, 0, 0, 0, 3, -12 * HOUR},
    /* before there were zones: the sun's time of the city */
    {"Asia/Damascus", -3000000000, 1874, 12, 7, 21, 5, 12, 1, 8712},
    /* after the last change that files list: the rule at their end */
    {"Africa/Cairo", 2855822400, 2060, 6, 30, 15, 0, 0, 3, 3 * HOUR},
    {"Europe/London", 4118083200, 2100, 7, 1, 1, 0, 0, 4, HOUR},
    {"Europe/London", 4102444800, 2100, 1, 1, 0, 0, 0, 5, 0},
    {"America/New_York", 253402300799, 9999, 12, 31, 18, 59, 59, 5, -5 * HOUR},
};

static void
check_moment(size_t i)
{
	struct err err = ERR_INIT;
	struct tm tm;

	assert_int_equal(
	    zone_local(&tm, moments_cases[i].when, moments_cases[i].zone, &err),
	    0);
	if (tm.tm_gmtoff != moments_cases[i].east)
		fail_msg("%s at %lld", moments_cases[i].zone,
		    (long long)moments_cases[i].when);
	assert_int_equal(tm.tm_year + 1900, moments_cases[i].year);
	assert_int_equal(tm.tm_mon + 1, moments_cases[i].month);
	assert_int_equal(tm.tm_mday, moments_cases[i].day);
	assert_int_equal(tm.tm_hour, moments_cases[i].hour);
	assert_int_equal(tm.tm_min, moments_cases[i].minute);
	assert_int_equal(tm.tm_sec, moments_cases[i].second);
	assert_int_equal(tm.tm_wday, moments_cases[i].weekday);
}

static void
moments(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(moments_cases); i++) {
		check_moment(i);
		check_moment(COUNT(moments_cases) - 1 - i);
	}
}

/* A name that is refused leaves the zone before it in use. */
static void
refused_between(void **state)
{
	struct err err = ERR_INIT;
	struct tm tm;

	(void)state;
	assert_true(zone_ok("Asia/Riyadh"));
	assert_false(zone_ok("Asia/Nowhere"));
	assert_int_equal(zone_local(&tm, 0, "Asia/Riyadh", &err), 0);
	assert_int_equal(tm.tm_gmtoff, 3 * HOUR);
	assert_int_equal(zone_local(&tm, INT64_MAX, "UTC", &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
}

/* First moments of days, found by looking at each minute with Python's
 * zoneinfo. */
static const struct {
	const char *zone;
	int year, month, day;
	int64_t want;
} days_cases[] = {
    {"UTC", 1970, 1, 1, 0},
    {"UTC", 1969, 12, 31, -86400},
    {"UTC", 1, 1, 1, -62135596800},
    {"UTC", 10000, 1, 1, 253402300800},
    {"Asia/Damascus", 2025, 1, 22, 1737493200},
    /* out of range, as for mktime() */
    {"Asia/Damascus", 2025, 1, 0, 1735592400},
    {"Asia/Damascus", 2025, 13, 1, 1767214800},
    {"Asia/Damascus", 2024, 12, 53, 1737493200},
    /* midnight does not exist: put forward from 00:00 to 01:00 */
    {"Africa/Cairo", 2023, 4, 28, 1682632800},
    {"Asia/Beirut", 2024, 3, 31, 1711836000},
    {"America/Sao_Paulo", 2018, 11, 4, 1541300400},
    /* from 23:30 to 00:30 */
    {"America/Toronto", 1919, 3, 31, -1601753400},
    /* twice: put back from 24:00, and from 00:01 to 23:01 */
    {"Africa/Cairo", 2023, 10, 27, 1698357600},
    {"Africa/Cairo", 2023, 10, 26, 1698267600},
    {"America/St_Johns", 2010, 11, 7, 1289097000},
    /* from 01:00 to 00:00 */
    {"Asia/Amman", 2021, 10, 29, 1635454800},
    /* a day that was left out, and the one before and after it */
    {"Pacific/Apia", 2011, 12, 29, 1325152800},
    {"Pacific/Apia", 2011, 12, 30, 1325239200},
    {"Pacific/Apia", 2011, 12, 31, 1325239200},
    /* by the rule at the end of the file */
    {"Africa/Cairo", 2060, 4, 30, 2850501600},
    {"Europe/London", 2100, 7, 1, 4118079600},
};

static void
days(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(days_cases); i++) {
		struct tm day = {.tm_year = days_cases[i].year - 1900,
		    .tm_mon = days_cases[i].month - 1,
		    .tm_mday = days_cases[i].day,
		    .tm_hour = 13, /* of no account */
		    .tm_isdst = 1};
		struct err err = ERR_INIT;
		int64_t start = 7;

		assert_int_equal(
		    zone_day(&start, &day, days_cases[i].zone, &err), 0);
		if (start != days_cases[i].want)
			fail_msg("%s, day %zu: %lld", days_cases[i].zone, i,
			    (long long)start);
		assert_int_equal(zone_day(&start, &day, "Mars", &err), -1);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_int_equal(start, days_cases[i].want);
	}
}

/* Seconds since 1970 as the clocks of the zone count them. */
static int64_t
shown(int64_t when, const char *name)
{
	struct err err = ERR_INIT;
	struct tm tm;

	assert_int_equal(zone_local(&tm, when, name, &err), 0);
	return when + tm.tm_gmtoff;
}

static void
check_first(const char *name, int year)
{
	for (int n = 1; n <= 366; n++) {
		struct tm day = {.tm_year = year - 1900, .tm_mday = n};
		struct tm utc = day;
		struct err err = ERR_INIT;
		int64_t midnight = timegm(&utc);
		int64_t start = 0;

		assert_int_equal(zone_day(&start, &day, name, &err), 0);
		assert_true(shown(start, name) >= midnight);
		assert_true(shown(start - 1, name) < midnight);
		for (int64_t t = 900; t < 26 * HOUR; t += 900)
			assert_true(shown(start - t, name) < midnight);
	}
}

/* No moment before it shows the day or a later one. */
static void
first_moments(void **state)
{
	static const struct {
		const char *zone;
		int year;
	} cases[] = {{"Africa/Cairo", 2010}, {"Africa/Cairo", 2023},
	    {"Africa/Cairo", 2060}, {"Asia/Gaza", 2011}, {"Asia/Gaza", 2090},
	    {"Africa/Casablanca", 2025}, {"Asia/Amman", 2021},
	    {"America/St_Johns", 1988}, {"America/St_Johns", 2010},
	    {"Pacific/Apia", 2011}, {"Pacific/Kwajalein", 1969},
	    {"Pacific/Kwajalein", 1993}, {"Australia/Lord_Howe", 2025},
	    {"Antarctica/Troll", 2025}, {"Europe/Dublin", 2100}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check_first(cases[i].zone, cases[i].year);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(names),
	    cmocka_unit_test(long_names),
	    cmocka_unit_test(moments),
	    cmocka_unit_test(refused_between),
	    cmocka_unit_test(days),
	    cmocka_unit_test(first_moments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
