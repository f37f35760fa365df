/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "feed/stamp.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *text;
	int64_t when; /* -1: none */
} dates[] = {
    {"Wed, 22 Jan 2025 09:30:00 +0300", 1737527400},
    {"22 Jan 2025 06:30:00 GMT", 1737527400},
    {"Wed, 22 Jan 2025 06:30 UT", 1737527400},
    {"Wed,22 Jan 2025 06:30:00 Z", 1737527400},
    {"wed, 22 jan 2025 06:30:00 utc", 1737527400},
    {"Wednesday, 22 January 2025 06:30:00 +0000", 1737527400},
    {"Wed, 22 Jan 25 06:30:00 GMT", 1737527400},
    {"Wed, 22-Jan-2025 06:30:00 GMT", 1737527400},
    {"  Wed, 22 Jan 2025\n 06:30:00 GMT ", 1737527400},
    {"Wed, 22 Jan 2025 01:30:00 EST", 1737527400},
    {"Wed, 22 Jan 2025 02:30:00 EDT", 1737527400},
    {"Tue, 21 Jan 2025 22:30:00 PST", 1737527400},
    {"Wed, 22 Jan 2025 09:30:00 +03:00", 1737527400},
    {"Wed, 22 Jan 2025 06:30:00 +0000 (UTC)", 1737527400},
    {"Wed, 22 Jan 2025 06:30:00", 1737527400},
    {"Wed, 22 Jan 2025 06:30:00 MSKX", 1737527400},
    {"Wed, 22 Jan 2025", 1737504000},
    {"Thu, 1 Jan 1970 00:00:01 GMT", 1},
    {"Fri, 01 Jan 99 00:00:00 GMT", 915148800},
    {"Sat, 29 Feb 2020 00:00:00 GMT", 1582934400},
    {"2025-01-22T06:30:00Z", 1737527400},
    {"2025-01-22T09:30:00+03:00", 1737527400},
    {"2025-01-22T09:30:00+0300", 1737527400},
    {"2025-01-22T09:30:00.123456+03:00", 1737527400},
    {"2025-01-22T09:30+03:00", 1737527400},
    {"2025-01-22 06:30:00", 1737527400},
    {"2025-01-22t06:30:00z", 1737527400},
    {"2025-01-22T12:30:00+06", 1737527400},
    {"2025-01-22", 1737504000},
    {"2025-01-21T23:30:00-07:00", 1737527400},
    {"2016-12-31T23:59:60Z", 1483228799},
    {"9999-12-31T23:59:59Z", 253402300799},
    {"", -1},
    {"اليوم", -1},
    {"الأربعاء ٢٢ يناير ٢٠٢٥", -1},
    {"Wed", -1},
    {"22", -1},
    {"22 Jan", -1},
    {"Wed, 32 Jan 2025 00:00:00 GMT", -1},
    {"Wed, 0 Jan 2025 00:00:00 GMT", -1},
    {"Sat, 29 Feb 2025 00:00:00 GMT", -1},
    {"Wed, 22 Foo 2025 00:00:00 GMT", -1},
    {"Wed, 22 Jan 2025 24:00:00 GMT", -1},
    {"Wed, 22 Jan 2025 00:60:00 GMT", -1},
    {"Wed, 22 Jan 2025 00:00:61 GMT", -1},
    {"Wed, 22 Jan 2025 06:30:00 +9999", -1},
    {"Wed, 22 Jan 2025 06:30:00 GMT junk", -1},
    {"2025-13-01T00:00:00Z", -1},
    {"2025-02-30", -1},
    {"2025-1-2", -1},
    {"2025-01-22T", 1737504000},
    {"2025-01-22T25:00:00Z", -1},
    {"1969-12-31T23:59:59Z", -1},
    {"1970-01-01T00:00:00+03:00", -1},
    {"1970-01-01T03:00:00+03:00", 0},
    {"0000-00-00T00:00:00Z", -1},
    {"20250122T063000Z", -1},
    {"1737527400", -1},
    {"2025-01-22T06:30:00Z\x01", -1},
};

static void
check(const char *text, int64_t expected)
{
	int64_t when = -1;
	bool ok = stamp_parse(&when, text);

	if (ok != (expected >= 0) || when != expected) {
		fail_msg("'%s' is %lld, not %lld", text, (long long)when,
		    (long long)expected);
	}
}

static void
test_dates(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(dates); i++)
		check(dates[i].text, dates[i].when);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dates),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
