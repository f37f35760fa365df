/* SPDX-License-Identifier: ISC */
#include "mail/domain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *typed;
	const char *wire; /* NULL: refused */
	const char *shown;
} cases[] = {
    {"Example.ORG", "example.org", "example.org"},
    {"مثال.إختبار", "xn--mgbh0fb.xn--kgbechtv", "مثال.إختبار"},
    {"XN--MGBH0FB.xn--kgbechtv", "xn--mgbh0fb.xn--kgbechtv", "مثال.إختبار"},
    {"example٢.com", "example2.com", "example2.com"},
    {"مثال٢.example٢.com", "xn--mgbh0fb2m.example2.com", "مثال٢.example2.com"},
    {"faß.de", "xn--fa-hia.de", "faß.de"},
    {"東京.jp", "xn--1lqs71d.jp", "東京.jp"},
    /* Latin stands beside Kanji by right, but not beside its doubles. */
    {"abc東京.jp", "xn--abc-gm9di64i.jp", "abc東京.jp"},
    {"аpple.com", NULL, NULL},
    {"рaypal.com", NULL, NULL},
    {"αpple.com", NULL, NULL},
    {"пαра.com", NULL, NULL},
    {"пример.com", "xn--e1afmkfd.com", "пример.com"},
    {"", NULL, NULL},
    {".", NULL, NULL},
    {"org", NULL, NULL},
    {"example.org.", NULL, NULL},
    {"exa\nmple.org", NULL, NULL},
    {"exa mple.org", NULL, NULL},
    {"exa/mple.org", NULL, NULL},
    {"a_b.org", NULL, NULL},
    {"a_b.مثال", NULL, NULL},
    {"a@b.org", NULL, NULL},
    {"1.2.3.4", NULL, NULL},
    {"xn--examplecom-r0m.com", NULL, NULL},
    {"xn--xn-fa-hia.de", NULL, NULL},
    {"a\xe2\x84\x80.org", NULL, NULL},
};

static void
check(const char *typed, const char *wire, const char *shown)
{
	struct domain domain = {.wire = "kept"};
	struct err err = ERR_INIT;
	int rc = domain_parse(&domain, typed, &err);

	if ((rc == 0) != (wire != NULL))
		fail_msg("%s: %s %s", typed, domain.wire, err.msg);
	if (rc == 0) {
		assert_string_equal(domain.wire, wire);
		assert_string_equal(domain.shown, shown);
		return;
	}
	assert_string_equal(domain.wire, "kept");
	assert_int_equal(err.code, ERR_INPUT);
	assert_null(strpbrk(err.msg, "\r\n"));
}

static void
parses(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		check(cases[i].typed, cases[i].wire, cases[i].shown);
}

static void
refuses_what_is_long(void **state)
{
	struct err err = ERR_INIT;
	struct domain domain;
	char typed[5000];

	(void)state;
	memset(typed, 'a', sizeof(typed));
	for (size_t i = 10; i < sizeof(typed); i += 10)
		typed[i] = '.';
	typed[sizeof(typed) - 1] = '\0';
	assert_int_equal(domain_parse(&domain, typed, &err), -1);
	typed[600] = '\0';
	assert_int_equal(domain_parse(&domain, typed, &err), -1);
	typed[254] = '\0';
	assert_int_equal(domain_parse(&domain, typed, &err), -1);
	typed[253] = '\0';
	assert_int_equal(domain_parse(&domain, typed, &err), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parses),
	    cmocka_unit_test(refuses_what_is_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
