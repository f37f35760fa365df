/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "mail/template_bidi.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void
test_dir(void **state)
{
	static const struct {
		const char *text;
		enum bidi_dir document;
		enum bidi_dir want;
	} cases[] = {
	    {"", BIDI_RTL, BIDI_RTL},
	    {"", BIDI_LTR, BIDI_LTR},
	    {"2023 - (7)", BIDI_RTL, BIDI_RTL},
	    {"٢٠٢٣", BIDI_LTR, BIDI_LTR},
	    {"Sara A.", BIDI_RTL, BIDI_LTR},
	    {"الموسوعة", BIDI_LTR, BIDI_RTL},
	    {"C++ بعد أربعين عامًا", BIDI_RTL, BIDI_RTL},
	    {"C++ بعد أربعين عامًا", BIDI_LTR, BIDI_RTL},
	    {"iPhone 17 يصل إلى الأسواق", BIDI_RTL, BIDI_RTL},
	    {"إطلاق iPhone 17 Pro Max", BIDI_RTL, BIDI_RTL},
	    {"The word نشرة explained", BIDI_RTL, BIDI_LTR},
	    {"نشرة is the word for it", BIDI_LTR, BIDI_LTR},
	    {"C++ لغة", BIDI_RTL, BIDI_RTL},
	    {"C++ لغة", BIDI_LTR, BIDI_LTR},
	    {"  a\nb  ", BIDI_RTL, BIDI_LTR},
	    /* a word longer than what is looked at */
	    {"aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggg"
	     "hhhhنشرة",
		BIDI_RTL, BIDI_LTR},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (template_bidi_dir(cases[i].text, cases[i].document) !=
		    cases[i].want)
			fail_msg("%s", cases[i].text);
	}
}

/* `want` without the span around all of it. */
static void
test_html(void **state)
{
#define L "<span dir=\"ltr\">"
#define E "</span>"
	static const struct {
		const char *text;
		const char *want;
	} rtl[] = {
	    {"", ""},
	    {"نص", "نص"},
	    {"نص < & > \" '", "نص &lt; &amp; &gt; &quot; &#39;"},
	    {"لغة C++", "لغة " L "C++" E},
	    {"C++ لغة جديدة", L "C++" E " لغة جديدة"},
	    {"وC++؟ نعم", "و" L "C++" E "؟ نعم"},
	    {"لغة (C++).", "لغة (" L "C++" E ")."},
	    {"لغة \"C#\": نص", "لغة &quot;" L "C#" E "&quot;: نص"},
	    {"نص C++23 نص", "نص C++23 نص"},
	    {"منصة .NET الجديدة", "منصة " L ".NET" E " الجديدة"},
	    {"حساب @nashra هنا", "حساب " L "@nashra" E " هنا"},
	    {"نص https://example.org/ نص",
		"نص " L "https://example.org/" E " نص"},
	    {"نص https://example.org/a نص", "نص https://example.org/a نص"},
	    {"كتب Sara A. اليوم", "كتب " L "Sara A." E " اليوم"},
	    {"كتب Sara J. Q. Public هنا", "كتب Sara J. Q. Public هنا"},
	    {"كتب Sara J. Q.", "كتب " L "Sara J. Q." E},
	    {"قالت (Aigerim S.)، نعم", "قالت (" L "Aigerim S." E ")، نعم"},
	    {"كتب J. Public هنا", "كتب J. Public هنا"},
	    {"فيتامين C. ثم", "فيتامين C. ثم"},
	    {"في Golden Eagle. ثم", "في Golden Eagle. ثم"},
	    {"الدقيقة 90+4 حسمت", "الدقيقة " L "90+4" E " حسمت"},
	    {"ناتج 1+2+3.", "ناتج " L "1+2+3" E "."},
	    {"أكثر من 90+ مرة", "أكثر من 90+ مرة"},
	    {"هاتف +963 11 123-4567.", "هاتف " L "+963 11 123-4567" E "."},
	    {"نص +963", "نص " L "+963" E},
	    {"نص + 963 - نص", "نص + 963 - نص"},
	    {"نص 5+ -3 5% نص", "نص 5+ -3 5% نص"},
	    {"نص ... (?!) -- ** نص", "نص ... (?!) -- ** نص"},
	    {"نص <b>C++</b> نص", "نص &lt;b&gt;C++&lt;/b&gt; نص"},
	    {"نص (", "نص ("},
	    {"نص +", "نص +"},
	};
	static const char *const ltr[] = {"Sara A.", "C++", "C++ and F#"};
	struct str out;
	struct str want;

	(void)state;
	str_init(&out, 1000);
	str_init(&want, 1000);
	for (size_t i = 0; i < COUNT(rtl) + COUNT(ltr); i++) {
		bool right = i < COUNT(rtl);

		str_reset(&out);
		str_reset(&want);
		template_bidi_html(
		    &out, right ? rtl[i].text : ltr[i - COUNT(rtl)], BIDI_RTL);
		str_addf(&want, "<span dir=\"%s\">%s</span>",
		    right ? "rtl" : "ltr",
		    right ? rtl[i].want : ltr[i - COUNT(rtl)]);
		assert_string_equal(out.data, want.data);
	}
	str_release(&out);
	str_release(&want);
}

static void
test_text(void **state)
{
	static const struct {
		const char *text;
		enum bidi_dir document;
		const char *want;
	} cases[] = {
	    {"", BIDI_RTL, ""},
	    {"123", BIDI_LTR, "123"},
	    {"نص", BIDI_LTR, "نص"},
	    {"Sara A.", BIDI_RTL, "Sara A."},
	    {"C++ بعد عام", BIDI_RTL,
		"\u200f"
		"C++ بعد عام"},
	    {"نشرة is a word", BIDI_RTL, "نشرة is a word"},
	    {"نشرة is a word", BIDI_LTR,
		"\u200e"
		"نشرة is a word"},
	    {"<b>&", BIDI_RTL, "<b>&"},
	};
	struct str out;

	(void)state;
	str_init(&out, 1000);
	for (size_t i = 0; i < COUNT(cases); i++) {
		str_reset(&out);
		template_bidi_text(&out, cases[i].text, cases[i].document);
		assert_string_equal(out.data, cases[i].want);
	}
	str_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_dir),
	    cmocka_unit_test(test_html),
	    cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
