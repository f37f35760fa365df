/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "text/bidi.h"
#include "text/excerpt.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void
lengths(void **state)
{
	static const struct {
		const char *text;
		size_t want;
	} cases[] = {
	    {"", 0},
	    {"abc", 3},
	    {"نشرة", 4},
	    {"مُحَمَّد", 4}, /* marks belong to their letters */
	    {"e\u0301", 1},
	    {"👨‍👩‍👧‍👦", 1},
	    {"🇸🇾🇱🇧", 2},
	    {"\r\n", 1},
	    {"a b", 3},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(excerpt_length(cases[i].text), cases[i].want);
}

static const struct {
	const char *text;
	size_t room;
	const char *want;
} cuts_cases[] = {
    /* what fits is left alone, but for its white space */
    {"", 10, ""},
    {" \n ", 10, ""},
    {"نشرة", 4, "نشرة"},
    {"  نشرة \n\n الأخبار\u00a0", 20, "نشرة الأخبار"},
    {"نشرة.", 5, "نشرة."},
    {"abc", 0, ""},
    /* never inside a word, unless there is but one */
    {"نشرة الأخبار اليومية", 15, "نشرة الأخبار…"},
    {"نشرة الأخبار اليومية", 12, "نشرة الأخبار…"},
    {"نشرة الأخبار اليومية", 11, "نشرة…"},
    {"نشرة الأخبار", 3, "نشر…"},
    {"مُحَمَّدٌ", 3, "مُحَمَّ…"},
    {"👨‍👩‍👧‍👦👨‍👩‍👧‍👦👨‍👩‍"
     "👧"
     "‍"
     "👦",
	2, "👨‍👩‍👧‍👦👨‍👩‍👧‍👦…"},
    {"🇸🇾🇱🇧🇯🇴", 1, "🇸🇾…"},
    /* numbers stay with what they are written with */
    {"في العام 2023.» وبعده", 13, "في العام…"},
    {"قمة الـ٢٠ في الرياض", 8, "قمة…"},
    {"سعر 1,234.50 دينار", 9, "سعر…"},
    /* nothing hangs at the end */
    {"الشمس، والقمر", 9, "الشمس…"},
    {"الشمس و القمر المنير", 9, "الشمس…"},
    {"الشمس أو القمر المنير", 9, "الشمس…"},
    {"الشمس ثم القمر المنير", 9, "الشمس…"},
    {"الشمس؛ و، «القمر» المنير", 11, "الشمس…"},
    {"الشمس: «القمر الكبير»", 9, "الشمس…"},
    {"الشمس (القمر الكبير)", 7, "الشمس…"},
    {"الشمس - القمر الكبير", 8, "الشمس…"},
    {"مقهى و", 6, "مقهى و"},
    {"دلو القمر المنير", 6, "دلو…"}, /* ends in و, is a word */
    {"مسار \"أستانا\" للسلام", 15, "مسار \"أستانا\"…"},
    /* a sentence end past 60 % is better than more words */
    {"هذه جملة أولى. وهذه جملة ثانية طويلة", 20, "هذه جملة أولى…"},
    {"هذه جملة أولى! وهذه جملة ثانية طويلة", 20, "هذه جملة أولى!…"},
    {"هل هذه جملة؟ نعم هذه جملة ثانية", 18, "هل هذه جملة؟…"},
    {"هذه جملة. وهذه جملة ثانية طويلة", 20, "هذه جملة. وهذه جملة…"},
    /* but an abbreviation ends no sentence */
    {"قال الأستاذ د. سامر إن الأمر", 18, "قال الأستاذ…"},
    {"ولد في العام ٥٠٠ ق.م. في مدينة قديمة", 26, "ولد في العام ٥٠٠ ق.م. في…"},
    {"She said that Dr. House will come", 20, "She said that…"},
    {"see example.org. It is good to see", 20, "see example.org…"},
    /* only punctuation: there is no better cut */
    {"، ، ، ، ، ،", 3, "، ،…"},
    {"..........", 4, "....…"},
    /* what a reader cannot see is not counted */
    {"نش\u00adرة\u202e", 4, "نشرة"},
    {"\xffnشرة", 5, "\ufffdnشرة"},
};

static void
cuts(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cuts_cases); i++) {
		struct str out;

		str_init(&out, 1024);
		excerpt_make(&out, cuts_cases[i].text, cuts_cases[i].room);
		assert_string_equal(out.data, cuts_cases[i].want);
		str_release(&out);
	}
}

static void
check_promises(const char *text, size_t room)
{
	struct str line;
	struct str out;
	size_t n;

	str_init(&line, 1 << 24);
	str_init(&out, 1 << 24);
	bidi_clean_line(&line, text, strlen(text));
	excerpt_make(&out, text, room);
	assert_false(out.bad);
	assert_true(excerpt_length(out.data) <= room + 1);
	n = out.len;
	if (n > 0 && !str_eq(out.data, line.data)) {
		assert_true(str_ends(out.data, "…"));
		n -= strlen("…");
	}
	assert_memory_equal(out.data, line.data, n);
	str_release(&line);
	str_release(&out);
}

/* For each room, on text of every kind. */
static void
promises(void **state)
{
	static const char *const texts[] = {
	    "بيان وزارة الخارجية بختام الجولة العشرين من \"مسار أستانا\" في "
	    "يونيو 2023، والتي أعلنت نهاية المحادثات. د. سامر (وآخرون) ثم "
	    "عادوا؛ و«انتهى» الأمر!",
	    "مُحَمَّدٌ رَسُولٌ وَكِتَابٌ، وَ ثُمَّ", "ประเทศไทย ภาษาไทย กรุงเทพ",
	    "नमस्ते दुनिया क्षत्रिय",
	    "👨‍👩‍👧‍👦 🇸🇾🇱🇧🇯🇴 "
	    "👍🏽👍🏽 "
	    "e\u0301\u0301\u0301 "
	    "\u0600\u0661",
	    "가각힣 ᄀ\u1161\u11a8 漢字かな交じり文。次の文。",
	    "\u200d\u200d\u200c a\u200db"};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		for (size_t room = 0; room < 160; room++)
			check_promises(texts[i], room);
	}
}

/* The article that this was written for, where it is at hand. */
static void
a_real_article(void **state)
{
	static char text[65536];
	FILE *file = fopen("../shared/data/article-astana.txt", "r");

	(void)state;
	if (file == NULL)
		skip();
	text[fread(text, 1, sizeof(text) - 1, file)] = '\0';
	fclose(file);
	for (size_t room = 0; room < 400; room += 7)
		check_promises(text, room);
}

/* A "letter" may have no end: the bytes are bounded as well. */
static void
endless_letters(void **state)
{
	static const char *const units[] = {
	    "\u200d", "\u0301", "\ufe0f", "👨\u200d", "د. ", "«", "x", "و "};

	(void)state;
	for (size_t i = 0; i < COUNT(units); i++) {
		struct str text;
		struct str out;

		str_init(&text, 1 << 20);
		str_init(&out, 1 << 20);
		str_add(&text, "a");
		while (text.len < 500000)
			str_add(&text, units[i]);
		excerpt_make(&out, text.data, 280);
		assert_true(out.len <= 280 * 64 + 3);
		check_promises(text.data, 280);
		str_release(&text);
		str_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lengths),
	    cmocka_unit_test(cuts),
	    cmocka_unit_test(promises),
	    cmocka_unit_test(a_real_article),
	    cmocka_unit_test(endless_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
