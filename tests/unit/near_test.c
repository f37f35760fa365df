/* SPDX-License-Identifier: ISC */
#include "base/near.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define A40 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void
meant(void **state)
{
	static const struct {
		const char *word;
		const char *known[4];
		const char *want; /* NULL: none of them */
	} cases[] = {
	    {"titel", {"text", "title", "url"}, "title"},
	    {"title", {"title"}, "title"},
	    {"Title", {"url", "title"}, "title"},
	    {"ab", {"cd"}, NULL},
	    {"ab", {"abc"}, "abc"},
	    {"", {"a"}, "a"},
	    {"", {"ab"}, NULL},
	    {"a", {""}, ""},
	    /* the nearest; the first of those that are as near */
	    {"prehead", {"preheaders", "preheader"}, "preheader"},
	    {"name1", {"name2", "name3"}, "name2"},
	    {"postal_adress", {"postal_code", "postal_address"},
		"postal_address"},
	    {"postal_address", {"confirm_url"}, NULL},
	    /* what is longer is compared with nothing */
	    {A40, {A40}, A40},
	    {A40 "a", {A40}, NULL},
	    {A40, {A40 "a"}, NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct near near = {.word = NULL};

		for (size_t k = 0; cases[i].known[k] != NULL; k++)
			near_try(&near, cases[i].word, cases[i].known[k]);
		if (cases[i].want == NULL) {
			assert_null(near.word);
			continue;
		}
		assert_non_null(near.word);
		assert_string_equal(near.word, cases[i].want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(meant),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
