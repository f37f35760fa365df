/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "text/reference.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* What is added, and how much of the text that was. */
static const struct {
	const char *text, *want;
	size_t taken;
	bool in_value;
} cases[] = {
    {"&#146;s", "\u2019", 6, false},
    {"&#146", "\u2019", 5, false},
    {"&#x93;", "\u201c", 6, true},
    {"&#X0080 ", "\u20ac", 7, false},
    {"&#129;", "", 0, false},
    {"&#127;", "", 0, false},
    {"&#160;", "", 0, false},
    {"&#1460000000000000000;", "", 0, false},
    {"&#;", "", 0, false},
    {"&#", "", 0, false},
    {"&#x", "", 0, false},
    {"&", "", 0, false},
    {"&;", "", 0, false},
    {"&nbsp b", "&nbsp;", 5, false},
    {"&nbsp", "&nbsp;", 5, false},
    {"&nbsp;", "", 0, false},
    {"&ampT", "&amp;", 4, false},
    {"&amp;lt", "", 0, false},
    {"&copy=1", "&copy;", 5, false},
    {"&copy=1", "", 0, true},
    {"&LT;b&GT;", "&lt;", 4, false},
    {"&REG;", "&reg;", 5, true},
    {"&LT", "", 0, false},
    {"&ltimes;", "", 0, false},
    {"&hellip", "", 0, false},
    {"&l", "", 0, false},
};

static void
mending(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *text = cases[i].text;
		struct str out;
		size_t taken;

		str_init(&out, 64);
		taken = reference_mend(
		    &out, text, text + strlen(text), cases[i].in_value);
		if (taken != cases[i].taken || !str_eq(out.data, cases[i].want))
			fail_msg("'%s': %zu '%s'", text, taken, out.data);
		str_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(mending),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
