/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "text/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* The C library reads the same files by code of its own. */
static const char *const as_in_libc_names[] = {"Asia/Damascus", "Africa/Cairo",
    "Asia/Beirut", "Asia/Amman", "Asia/Gaza", "Asia/Riyadh",
    "Africa/Casablanca", "Africa/El_Aaiun", "Africa/Tripoli", "Asia/Tehran",
    "Europe/Dublin", "Europe/London", "America/New_York", "America/St_Johns",
    "America/Nuuk", "America/Sao_Paulo", "Pacific/Apia", "Pacific/Kwajalein",
    "Australia/Lord_Howe", "Asia/Kathmandu", "Antarctica/Troll", "Etc/GMT+12",
    "Pacific/Kiritimati", "UTC"};

static void
compare(const char *name)
{
	const struct zone *zone;
	struct err err = ERR_INIT;
	/* 1890 to 2180, at no round step */
	int64_t when = -2524608000;

	assert_int_equal(zone_get(&zone, name, &err), 0);
	assert_int_equal(setenv("TZ", name, 1), 0);
	tzset();
	for (; when < 6627000000; when += 400009) {
		time_t t = (time_t)when;
		struct tm tm;

		assert_non_null(localtime_r(&t, &tm));
		if (zone_offset(zone, when) != tm.tm_gmtoff)
			fail_msg("%s at %lld", name, (long long)when);
	}
}

static void
as_in_libc(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(as_in_libc_names); i++)
		compare(as_in_libc_names[i]);
	assert_int_equal(unsetenv("TZ"), 0);
}

/* Between two changes nothing changes, and at each change something may. */
static void
changes(void **state)
{
	static const char *const names[] = {
	    "Africa/Cairo", "Asia/Gaza", "Africa/Casablanca", "Europe/London"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++) {
		const struct zone *zone;
		struct err err = ERR_INIT;
		int64_t at = -3000000000;
		int count = 0;

		assert_int_equal(zone_get(&zone, names[i], &err), 0);
		while (at < 6000000000) {
			int64_t next = zone_change(zone, at);

			assert_true(next > at);
			if (next == ZONE_NEVER)
				break;
			assert_int_equal(
			    zone_offset(zone, at), zone_offset(zone, next - 1));
			at = next;
			count++;
		}
		assert_true(count > 100);
	}
}

static void
never(void **state)
{
	const struct zone *zone;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(zone_get(&zone, "UTC", &err), 0);
	assert_int_equal(zone_change(zone, 0), ZONE_NEVER);
	assert_int_equal(zone_offset(zone, INT64_MAX), 0);
	assert_int_equal(zone_get(&zone, "Asia/Riyadh", &err), 0);
	/* Some files end with a change that changes nothing, at 2^31 - 1. */
	assert_true(zone_change(zone, 0) >= INT32_MAX);
	assert_int_equal(zone_change(zone, INT32_MAX), ZONE_NEVER);
	assert_int_equal(zone_offset(zone, 0), 10800);
}

/* More zones than are kept, again and again. */
static void
many_zones(void **state)
{
	static const char *const names[] = {"Asia/Damascus", "Asia/Riyadh",
	    "Asia/Dubai", "Asia/Karachi", "Asia/Dhaka", "Asia/Bangkok",
	    "Asia/Shanghai", "Asia/Tokyo", "UTC", "Etc/GMT+1", "Etc/GMT+2"};
	static const int32_t hours[] = {3, 3, 4, 5, 6, 7, 8, 9, 0, -1, -2};

	(void)state;
	for (size_t i = 0; i < 10 * COUNT(names); i++) {
		const struct zone *zone;
		struct err err = ERR_INIT;
		size_t n = i * 7 % COUNT(names);

		assert_int_equal(zone_get(&zone, names[n], &err), 0);
		assert_int_equal(
		    zone_offset(zone, 1735689600), hours[n] * 3600);
	}
}

#define HEADER2(isut, isstd, leap, time, type, chars)                          \
	"TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"                                  \
	"\0\0\0" isut "\0\0\0" isstd "\0\0\0" leap "\0\0\0" time "\0\0\0" type \
	"\0\0\0" chars
#define EMPTY HEADER2("\0", "\0", "\0", "\0", "\1", "\4")
#define TYPE0 "\0\0\0\0\0\0"
#define UTC0  "UTC\0"
#define HOUR1 "\0\0\x0e\x10\1\0"

/* A first block of one type, as every file has, then the one that counts. */
#define FILE_OF(block) EMPTY TYPE0 UTC0 block
#define BYTES(text)    (const unsigned char *)(text), sizeof(text) - 1

static const struct {
	const char *what;
	const unsigned char *bytes;
	size_t len;
	bool ok;
} files_cases[] = {
    {"least", BYTES(FILE_OF(EMPTY TYPE0 UTC0 "\n\n")), true},
    {"rule", BYTES(FILE_OF(EMPTY TYPE0 UTC0 "\nUTC0\n")), true},
    {"bad rule", BYTES(FILE_OF(EMPTY TYPE0 UTC0 "\nUTC\n")), false},
    {"NUL in rule", BYTES(FILE_OF(EMPTY TYPE0 UTC0 "\nUTC0\0\n")), false},
    {"open rule", BYTES(FILE_OF(EMPTY TYPE0 UTC0 "\nUTC0")), false},
    {"no footer", BYTES(FILE_OF(EMPTY TYPE0 UTC0)), false},
    {"one change",
	BYTES(FILE_OF(HEADER2("\0", "\0", "\0", "\1", "\2",
	    "\4") "\0\0\0\0\0\0\0\x10\1" TYPE0 HOUR1 UTC0 "\n\n")),
	true},
    {"change to no type",
	BYTES(FILE_OF(HEADER2("\0", "\0", "\0", "\1", "\2",
	    "\4") "\0\0\0\0\0\0\0\x10\2" TYPE0 HOUR1 UTC0 "\n\n")),
	false},
    {"changes backwards",
	BYTES(FILE_OF(HEADER2("\0", "\0", "\0", "\2", "\2",
	    "\4") "\0\0\0\0\0\0\0\x10\0\0\0\0\0\0\0\x10\1\0" TYPE0 HOUR1 UTC0
		  "\n\n")),
	false},
    {"no types",
	BYTES(FILE_OF(HEADER2("\0", "\0", "\0", "\0", "\0", "\4") UTC0 "\n\n")),
	false},
    {"leap seconds",
	BYTES(FILE_OF(HEADER2("\0", "\0", "\1", "\0", "\1", "\4") TYPE0 UTC0
	    "\0\0\0\0\0\0\0\0\0\0\0\1\n\n")),
	false},
    {"far from UTC", BYTES(FILE_OF(EMPTY "\x7f\xff\xff\xff\0\0" UTC0 "\n\n")),
	false},
    {"version 1",
	BYTES("TZif\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	      "\0\0\0\0\0\0\0\0\0\0\0\0"
	      "\0\0\0\0\0\0\0\1\0\0\0\4" TYPE0 UTC0),
	false},
    {"huge counts",
	BYTES("TZif2\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
	      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"
	      "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
	false},
    {"other", BYTES("root:x:0:0:root:/root:/bin/bash\n............."), false},
    {"nothing", BYTES(""), false},
};

static void
files(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(files_cases); i++) {
		struct zone *zone = NULL;
		struct err err = ERR_INIT;
		/* of the exact size, so that reading past it shows */
		unsigned char *copy = malloc(files_cases[i].len + 1);
		int rc;

		assert_non_null(copy);
		memcpy(copy, files_cases[i].bytes, files_cases[i].len);
		rc = zone_parse(&zone, copy, files_cases[i].len, &err);
		if ((rc == 0) != files_cases[i].ok)
			fail_msg("%s", files_cases[i].what);
		if (rc != 0)
			assert_int_equal(err.code, ERR_DATA);
		zone_free(zone);
		free(copy);
	}
}

/* However much of a good file is missing, it is refused, not overread. */
static void
cut_files(void **state)
{
	static const char text[] = FILE_OF(HEADER2("\0", "\0", "\0", "\1", "\2",
	    "\4") "\0\0\0\0\0\0\0\x10\1" TYPE0 HOUR1 UTC0 "\nUTC0\n");

	(void)state;
	for (size_t n = 0; n < sizeof(text) - 1; n++) {
		struct zone *zone = NULL;
		struct err err = ERR_INIT;
		unsigned char *copy = malloc(n + 1);

		assert_non_null(copy);
		memcpy(copy, text, n);
		assert_int_equal(zone_parse(&zone, copy, n, &err), -1);
		free(copy);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(as_in_libc),
	    cmocka_unit_test(changes),
	    cmocka_unit_test(never),
	    cmocka_unit_test(many_zones),
	    cmocka_unit_test(files),
	    cmocka_unit_test(cut_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
