/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "text/isolate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* [word] stands for a span; the escapes are as they come. */
static const struct {
	const char *text, *want;
} cases[] = {
    {"", ""},
    {"نص", "نص"},
    {"لغة Python هنا", "لغة Python هنا"},
    {"لغة C++ هنا", "لغة [C++] هنا"},
    {"(C++)", "([C++])"},
    {"C++.", "[C++]."},
    {"@name و #tag", "[@name] و [#tag]"},
    {"+963 11 123 4567", "[+963 11 123 4567]"},
    {"90+4", "[90+4]"},
    {"Sara A. كتبت", "[Sara A.] كتبت"},
    {"2020-2023", "2020-2023"},
    {"ن < 5 & \"س'", "ن &lt; 5 &amp; &quot;س&#39;"},
    {"a&b", "a&amp;b"},
    {"https://example.org/a?b&c", "https://example.org/a?b&amp;c"},
};

static void
isolating(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str out, want;

		str_init(&out, 4096);
		str_init(&want, 4096);
		isolate_html(&out, cases[i].text);
		for (const char *at = cases[i].want; *at != '\0'; at++) {
			if (*at == '[') {
				str_add(&want, "<span dir=\"ltr\">");
			} else if (*at == ']') {
				str_add(&want, "</span>");
			} else {
				str_add_bytes(&want, at, 1);
			}
		}
		assert_string_equal(out.data, want.data);
		str_release(&out);
		str_release(&want);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(isolating),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
