/* SPDX-License-Identifier: ISC */
/* The work of a filter grows as its text does: counted in the bytes that it
 * looks at, since clocks tell of the machine, too. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

static size_t looked;

static size_t
span(const char *text, const char *set)
{
	size_t n = strspn(text, set);

	looked += n + 1;
	return n;
}

static size_t
cspan(const char *text, const char *set)
{
	size_t n = strcspn(text, set);

	looked += n + 1;
	return n;
}

static const char *
find(const char *set, int c)
{
	looked++;
	return strchr(set, c);
}

#define strspn  span
#define strcspn cspan
#define strchr  find
/* NOLINTNEXTLINE(bugprone-suspicious-include): to count what it looks at */
#include "../../daemon/text/isolate.c"
/* NOLINTNEXTLINE(bugprone-suspicious-include): the same */
#include "../../daemon/mail/template_bidi.c"
#undef strspn
#undef strcspn
#undef strchr

#define MOST 40 /* looks at a byte */

static size_t
looks(const char *unit, size_t bytes)
{
	struct str text, out;

	str_init(&text, bytes + 100);
	str_init(&out, bytes * 100);
	str_add(&text, "ع ");
	while (text.len < bytes)
		str_add(&text, unit);
	looked = 0;
	template_bidi_html(&out, text.data, BIDI_RTL);
	assert_false(out.bad);
	template_bidi_text(&out, text.data, BIDI_LTR);
	str_release(&text);
	str_release(&out);
	return looked;
}

static void
work_grows_as_the_text_does(void **state)
{
	static const char *const units[] = {
	    "ab ",
	    "ab A. ",
	    "ab A. B",
	    "A. ",
	    "1+ ",
	    "1+1",
	    "+1 1",
	    "+1 ",
	    "(a) ",
	    "((",
	    "'\"",
	    ".,",
	    "a'",
	    "a-b ",
	    "C++ ",
	    "90+4 ",
	    "ab\n",
	    "ab ع ",
	    "a.",
	    "<",
	    "+",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		size_t one = looks(units[i], 20000);
		size_t ten = looks(units[i], 200000);

		if (ten > one * 11 || ten > 200000 * (size_t)MOST)
			fail_msg("'%s': %zu, then %zu", units[i], one, ten);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(work_grows_as_the_text_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
