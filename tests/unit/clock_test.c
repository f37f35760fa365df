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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(printing),
	    cmocka_unit_test(far_moments),
	    cmocka_unit_test(it_runs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
