/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
printing(void **state)
{
	static const struct {
		int64_t when;
		const char *iso;
		const char *mail;
	} cases[] = {
	    {0, "1970-01-01T00:00:00Z", "Thu, 1 Jan 1970 00:00:00 +0000"},
	    {-1, "1969-12-31T23:59:59Z", "Wed, 31 Dec 1969 23:59:59 +0000"},
	    {951782400, "2000-02-29T00:00:00Z",
		"Tue, 29 Feb 2000 00:00:00 +0000"},
	    {1737543906, "2025-01-22T11:05:06Z",
		"Wed, 22 Jan 2025 11:05:06 +0000"},
	    {4102444799, "2099-12-31T23:59:59Z",
		"Thu, 31 Dec 2099 23:59:59 +0000"},
	    {253402300799, "9999-12-31T23:59:59Z",
		"Fri, 31 Dec 9999 23:59:59 +0000"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char iso[CLOCK_ISO_SIZE];
		char mail[CLOCK_MAIL_SIZE];

		clock_iso(iso, cases[i].when);
		clock_mail(mail, cases[i].when);
		assert_string_equal(iso, cases[i].iso);
		assert_string_equal(mail, cases[i].mail);
	}
}

/* No moment is too far to print something that ends. */
static void
far_moments(void **state)
{
	static const int64_t cases[] = {
	    INT64_MIN, INT64_MAX, INT64_MAX / 2, -99999999999999};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char iso[CLOCK_ISO_SIZE];
		char mail[CLOCK_MAIL_SIZE];

		memset(iso, 'x', sizeof(iso));
		memset(mail, 'x', sizeof(mail));
		clock_iso(iso, cases[i]);
		clock_mail(mail, cases[i]);
		assert_non_null(memchr(iso, '\0', sizeof(iso)));
		assert_non_null(memchr(mail, '\0', sizeof(mail)));
	}
}

static void
it_runs(void **state)
{
	int64_t before = clock_mono_ms();

	(void)state;
	assert_true(clock_now() > 1700000000);
	assert_true(clock_mono_ms() >= before);
}

/* A row is a look; what it says is of the rows before it. */
static void
jumps(void **state)
{
	static const struct {
		const char *what;
		bool anew;
		int64_t wall_ms, mono_ms, jump;
	} looks[] = {
	    {"the first look has nothing to compare", true, 1000000, 500, 0},
	    {"both went on", false, 1060000, 60500, 0},
	    {"by 5 s is not more than 5 s", false, 1066000, 61500, 0},
	    {"one more ms is", false, 1066001, 61500, 5001},
	    {"told once", false, 1067001, 62500, 0},
	    {"back an hour", false, -2532999, 62500, -3600000},
	    {"and goes on from there", false, -2532998, 62501, 0},
	    {"back by 5 s is not enough", false, -2537998, 62501, 0},
	    {"back by one more is", false, -2537999, 62501, -5001},
	    {"a suspend: the monotonic clock stood", false, 83862001, 62501,
		86400000},

	    {"a zeroed watch forgets", true, 1, 62501, 0},
	    {"set a little, 2 s", false, 3001, 63501, 0},
	    {"4 s", false, 6001, 64501, 0},
	    {"6 s, told as a whole", false, 9001, 65501, 6000},
	    {"a little there", false, 13001, 66501, 0},
	    {"and back: nothing", false, 11001, 67501, 0},

	    {"before 1970", true, -5000, 1, 0},
	    {"a dead battery, mended", false, 1795500000000, 2,
		1795500005000 - 1},
	    {"a look that took no time", false, 1795500000000, 2, 0},
	};
	struct clock_watch watch = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(looks) / sizeof(*looks); i++) {
		const struct clock_pair look = {
		    .wall_ms = looks[i].wall_ms, .mono_ms = looks[i].mono_ms};

		if (looks[i].anew)
			watch = (struct clock_watch){0};
		if (clock_jump(&watch, look, 5000) != looks[i].jump)
			fail_msg("%s", looks[i].what);
	}
}

static void
a_look_is_of_one_moment(void **state)
{
	struct clock_watch watch = {0};

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(clock_jump(&watch, clock_look(), 60000), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(printing),
	    cmocka_unit_test(far_moments),
	    cmocka_unit_test(it_runs),
	    cmocka_unit_test(jumps),
	    cmocka_unit_test(a_look_is_of_one_moment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
