/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "text/wide.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void
forms(void **state)
{
	static const struct {
		const char *text;
		const char *composed;
		const char *caseless;
	} cases[] = {
	    {"", "", ""},
	    {"abc", "abc", "abc"},
	    {"Abc", "Abc", "abc"},
	    {"e\u0301", "é", "é"},
	    {"ﻻ", "ﻻ", "لا"},
	    {"a\u200cb", "a\u200cb", "ab"},
	    {"\u200c", "\u200c", ""},
	    {"\U0001d400", "\U0001d400", "a"},
	    {"a\xff", "a\ufffd", "a\ufffd"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (int form = WIDE_COMPOSED; form <= WIDE_CASELESS; form++) {
			struct wide wide;
			struct str out;

			str_init(&out, 64);
			assert_true(wide_decode(
			    &wide, cases[i].text, strlen(cases[i].text)));
			assert_true(
			    wide_normalise(&wide, (enum wide_form)form));
			assert_true(wide_encode(&out, &wide));
			assert_string_equal(out.data, form == WIDE_COMPOSED
							  ? cases[i].composed
							  : cases[i].caseless);
			wide_release(&wide);
			str_release(&out);
		}
	}
}

/* A filter that keeps every second character, of one unit or two. */
static void
filters_shorten_in_place(void **state)
{
	static const char text[] = "a😀bن😀c";
	struct wide wide;
	struct str out;
	int32_t len = 0;
	int32_t at = 0;

	(void)state;
	str_init(&out, 64);
	assert_true(wide_decode(&wide, text, strlen(text)));
	for (int i = 0; at < wide.len; i++) {
		int32_t point = wide_next(&wide, &at);

		if (i % 2 == 1)
			wide_put(&wide, &len, point);
	}
	wide.len = len;
	assert_true(wide_encode(&out, &wide));
	assert_string_equal(out.data, "😀نc");
	wide_release(&wide);
	wide_release(&wide);
	str_release(&out);
}

static void
what_is_too_long(void **state)
{
	struct wide wide;

	(void)state;
	assert_false(wide_decode(&wide, "", (size_t)INT32_MAX));
	wide_release(&wide);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(forms),
	    cmocka_unit_test(filters_shorten_in_place),
	    cmocka_unit_test(what_is_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
