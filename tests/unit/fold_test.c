/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "text/fold.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Another answer to any of them is another FOLD_VERSION. */
/* clang-format off */
static const struct {
	const char *text;
	const char *want;
} folding_cases[] = {
    {"", ""},
    /* the site's own title and its own text */
    {"استانا", "استانا"},
    {"أستانا", "استانا"},
    {"أَسْتَانَا", "استانا"},
    {"إستانا", "استانا"},
    {"آستانا", "استانا"},
    {"ٱستانا", "استانا"},
    {"أســـتانا", "استانا"},
    {"«أستانا»", "استانا"},
    /* harakat, tatweel, forms of presentation */
    {"مُحَمَّد", "محمد"},
    {"الــعربية", "العربيه"},
    {"ﻻ ﷲ ﷺ", "لا الله صلي الله عليه وسلم"},
    {"ﺍﻟﻌﺮﺑﻴﺔ", "العربيه"},
    {"﷼", "ريال"},
    {"رَبِّ ٱلْعَٰلَمِينَ", "رب العلمين"},
    /* letters that stand for each other */
    {"مؤسسة شؤون الهيئة على", "موسسه شوون الهييه علي"},
    {"المدرسه المدرسة", "المدرسه المدرسه"},
    {"مستشفى مستشفي", "مستشفي مستشفي"},
    {"ماء سماء", "ماء سماء"},
    {"ا\u0654 و\u0654 ي\u0654", "ا و ي"},
    {"ا\u0653", "ا"},
    /* digits of any kind, and what parts numbers */
    {"القُدْس ٢٠٢٥", "القدس 2025"},
    {"۲۰۲۵", "2025"},
    {"２０２５", "2025"},
    {"१२३", "123"},
    {"١٬٢٣٤٫٥", "1 234 5"},
    {"1,234.5", "1 234 5"},
    {"٪٥٠", "50"},
    {"x²", "x2"},
    {"Ⅷ", "viii"},
    {"①", "1"},
    {"½", "1 2"},
    /* Persian */
    {"می‌خواهم", "ميخواهم"},
    {"کتاب‌های ایران", "كتابهاي ايران"},
    {"كتاب کتاب", "كتاب كتاب"},
    {"خانۀ", "خانه"},
    {"پژوهشگاه چگونه", "پژوهشگاه چگونه"},
    /* Urdu */
    {"پاکستان میں اُردُو", "پاكستان ميں اردو"},
    {"ہے", "هي"},
    {"گھر", "گهر"},
    {"صورۃ", "صوره"},
    {"ٹیکسٹ ڈاک", "ٹيكسٹ ڈاك"},
    {"کہ\u0654", "كه"},
    /* Latin and others: case and width, but a letter keeps its accent */
    {"Nashra", "nashra"},
    {"STRASSE straße", "strasse strasse"},
    {"ﬁne ＡＢＣ", "fine abc"},
    {"Café Cafe\u0301", "café café"},
    {"İstanbul", "istanbul"},
    {"ΟΔΟΣ ΟΔΌΣ", "οδοσ οδόσ"},
    {"МОСКВА й", "москва й"},
    {"東京ﾀﾜｰ", "東京タワー"},
    {"हिन्दी", "हनद"},
    {"שָׁלוֹם", "שלום"},
    /* mixed */
    {"دورة C++ في 2023", "دوره c في 2023"},
    {"iPhone ١٥: مراجعةٌ كاملة!", "iphone 15 مراجعه كامله"},
    {"نشرة/Nashra_2", "نشره nashra 2"},
    {"user@example.org", "user example org"},
    {"سوريا🇸🇾 ❤️ حلب", "سوريا حلب"},
    /* white space and what nobody sees */
    {"  a \t\n b\u00a0\u2003c\u3000", "a b c"},
    {"a\u200bb", "ab"},
    {"a\u00adb", "ab"},
    {"a\u2028b", "a b"},
    {"\u202eabc\u202c", "abc"},
    {"\u2066نص\u2069", "نص"},
    {"\u200fنص\u200e\u061c", "نص"},
    {"\ufeffنص", "نص"},
    {"a\u200db\u200cc", "abc"},
    {"\u06dd٢٥٥", "255"},
    {"a\U000e0041b", "ab"},
    /* nothing to search for */
    {" ", ""},
    {"…؟!«»", ""},
    {"ـــ", ""},
    {"\u064b\u0651", ""},
    {"\u200f\u202b", ""},
    {"😀", ""},
    /* hostile */
    {"\xff\xfe", ""},
    {"a\xc3", "a"},
    {"a\xed\xa0\x80" "b", "a b"},
    {"a\x01\x7f" "b", "ab"},
    {"\u1100\u0301\u1161", "가"}, /* composes once the mark is gone */
    {"\u0344\u0345", "ι"},
    {"a\u0338\u0338\u0338", "a"},
    {"\U0001d400\U0001d7d8", "a0"},
    {"\u3164\u115fa", "a"},
    {"<b>نص</b>&amp;", "b نص b amp"},
    {"' OR 1=1 --", "or 1 1"},
};
/* clang-format on */

static void
folding(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(folding_cases); i++) {
		struct str out;
		struct str again;

		str_init(&out, 1024);
		str_init(&again, 1024);
		fold_text(
		    &out, folding_cases[i].text, strlen(folding_cases[i].text));
		assert_false(out.bad);
		assert_string_equal(out.data, folding_cases[i].want);
		fold_text(&again, out.data, out.len);
		assert_string_equal(again.data, out.data);
		str_release(&out);
		str_release(&again);
	}
}

static void
a_nul_ends_nothing(void **state)
{
	static const char text[] = "ن\0ص a\0";
	struct str out;

	(void)state;
	str_init(&out, 64);
	fold_text(&out, text, sizeof(text) - 1);
	assert_string_equal(out.data, "نص a");
	str_release(&out);
}

/* U+FDFA is 18 letters: no text grows more. */
static void
it_says_where_it_does_not_fit(void **state)
{
	struct str out;

	(void)state;
	str_init(&out, 40);
	fold_text(&out, "ﷺ", strlen("ﷺ"));
	assert_false(out.bad);
	fold_text(&out, "ﷺ", strlen("ﷺ"));
	assert_true(out.bad);
	str_release(&out);
}

/* A megabyte of one mark, or of what composes: an instant. */
static void
floods(void **state)
{
	static const char *const units[] = {"\u0301", "\u0301\u0323", "a\u0338",
	    "ﷺ", "\u1100\u0301\u1161", "\U0001d400", " ", "\xff", "ـ"};

	(void)state;
	for (size_t i = 0; i < COUNT(units); i++) {
		struct str text;
		struct str out;

		str_init(&text, 1 << 20);
		str_init(&out, 1 << 25);
		while (text.len < (1 << 20) - 16)
			str_add(&text, units[i]);
		fold_text(&out, text.data, text.len);
		assert_false(out.bad);
		str_release(&text);
		str_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(folding),
	    cmocka_unit_test(a_nul_ends_nothing),
	    cmocka_unit_test(it_says_where_it_does_not_fit),
	    cmocka_unit_test(floods),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
