/* SPDX-License-Identifier: ISC */
#include "base/codec.h"
#include "base/str.h"
#include "text/bidi.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static void
first_strong(void **state)
{
	static const struct {
		const char *text;
		enum bidi_dir dir;
	} cases[] = {
	    {"", BIDI_NEUTRAL}, {"123 !?", BIDI_NEUTRAL},
	    {"٣ ٤", BIDI_NEUTRAL}, /* Arabic digits are weak */
	    {"\xff\xfe", BIDI_NEUTRAL}, {"😀", BIDI_NEUTRAL}, {"نشرة", BIDI_RTL},
	    {"٣ مقالات", BIDI_RTL}, {"(«نشرة» ABC)", BIDI_RTL},
	    {"2023: عام", BIDI_RTL}, {"עברית", BIDI_RTL},
	    {"\u200fABC", BIDI_RTL}, {"ABC نشرة", BIDI_LTR},
	    {"\u200e\u0646", BIDI_LTR}, {"https://example.org", BIDI_LTR},
	    {"1. Über", BIDI_LTR}, {"漢字", BIDI_LTR}, {"\xff نشرة", BIDI_RTL},
	    {"\u2067ABC\u2069 نشرة", BIDI_RTL}, /* P2: isolates */
	    {"\u2066نشرة\u2069 ABC", BIDI_LTR},
	    {"\u2068\u2066a\u2069b\u2069 نشرة", BIDI_RTL},
	    {"\u2067ABC نشرة", BIDI_NEUTRAL}, /* never closed */
	    {"\u2067ABC\nنشرة", BIDI_RTL},    /* the paragraph ends it */
	    {"\u2069ABC", BIDI_LTR},          /* closes nothing */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (bidi_first(cases[i].text) != cases[i].dir)
			fail_msg("'%s'", cases[i].text);
	}
}

typedef void clean_fn(struct str *out, const char *text, size_t n);

struct sample {
	const char *text;
	const char *want;
	size_t n; /* 0: as long as the text */
};

static void
check(const struct sample *samples, size_t count, clean_fn *clean)
{
	for (size_t i = 0; i < count; i++) {
		const struct sample *sample = &samples[i];
		struct str out;
		struct str again;

		str_init(&out, 4096);
		str_init(&again, 4096);
		clean(&out, sample->text,
		    sample->n > 0 ? sample->n : strlen(sample->text));
		clean(&again, out.data, out.len);
		assert_false(out.bad);
		if (!str_eq(out.data, sample->want)) {
			fail_msg("'%s' is '%s', not '%s'", sample->text,
			    out.data, sample->want);
		}
		assert_int_equal(out.len, strlen(sample->want));
		assert_string_equal(again.data, out.data);
		str_release(&out);
		str_release(&again);
	}
}

static void
cleaning(void **state)
{
	static const struct sample samples[] = {
	    {"", "", 0},
	    {"نشرة", "نشرة", 0},
	    {"a\tb\nc", "a\tb\nc", 0},
	    {"a\r\nb", "a\nb", 0},
	    {"a\0b", "ab", 3},
	    {"a\x01\x1f\x7f", "a", 0},
	    {"a\xc2\x80\xc2\x9f"
	     "b",
		"ab", 0},
	    {"\ufeffa\u00adb\ufeff", "ab", 0},
	    {"\u202a\u202b\u202c\u202d\u202ea", "a", 0},
	    {"\u2066\u2067\u2068\u2069a", "a", 0},
	    {"a\u2028b\u2029c", "a\nb\nc", 0},
	    {"می\u200cخواهم", "می\u200cخواهم", 0}, /* Persian wants its ZWNJ */
	    {"\u200d\u200e\u200f\u061c", "\u200d\u200e\u200f\u061c", 0},
	    {"\ufdd0\ufdef\uffffa\U0010ffff\U0001fffe", "a", 0},
	    {"a\xff"
	     "b",
		"a\ufffd"
		"b",
		0},
	    {"\xed\xa0\x80", "\ufffd\ufffd\ufffd", 0}, /* a surrogate */
	    {"\xc0\xaf", "\ufffd\ufffd", 0},           /* an over-long '/' */
	    {"\xd9", "\ufffd", 0},                     /* half a letter */
	    {"e\u0301", "é", 0},
	    {"\u0627\u0653", "آ", 0},
	    {"\u0645\u0651\u064f", "\u0645\u064f\u0651",
		0}, /* order of marks */
	    {"\u0344", "\u0308\u0301", 0},
	    {"a\u00a0b", "a\u00a0b", 0},
	    {"😀", "😀", 0},
	};

	(void)state;
	check(samples, sizeof(samples) / sizeof(*samples), bidi_clean);
}

/* In a part of a line nobody knows what a mark stands beside. */
static void
cleaning_a_run(void **state)
{
	static const struct sample samples[] = {
	    {"", "", 0},
	    {" \u200eنشرة \n\u200f ", "\u200eنشرة \u200f", 0},
	    {"a\u202e \u200e\u200eb", "a \u200e\u200eb", 0},
	};

	(void)state;
	check(samples, sizeof(samples) / sizeof(*samples), bidi_clean_run);
}

static void
cleaning_a_line(void **state)
{
	static const struct sample samples[] = {
	    {"", "", 0},
	    {" \t\n\r ", "", 0},
	    {"\u00a0", "", 0},
	    {"  a  b  ", "a b", 0},
	    {"a\r\nBcc: b", "a Bcc: b", 0},
	    {"a\vb\fc\rd", "a b c d", 0},
	    {"a\xc2\x85"
	     "b\u2028c\u2029d\u3000e",
		"a b c d e", 0},
	    {"a\u00a0\u00a0b", "a b", 0},
	    {"a \u202e b", "a b", 0},
	    {"\u202e a", "a", 0},
	    {"a \u202e", "a", 0},
	    {"a\x1b[31mb", "a[31mb", 0},
	    {"a\0b", "ab", 3},
	    {"نشرة\n\nالأخبار", "نشرة الأخبار", 0},
	    {"می\u200cخواهم", "می\u200cخواهم", 0},
	    {"\xff \xff", "\ufffd \ufffd", 0},
	    /* marks that do nothing where they stand */
	    {"\u200f", "", 0},
	    {"\u200eنشرة", "نشرة", 0}, /* would make it run from the left */
	    {"\u200fABC", "ABC", 0},
	    {"\u200f \u200eنشرة", "نشرة", 0},
	    {"نشرة\u200f", "نشرة", 0},
	    {"نشرة\u200f ", "نشرة", 0},
	    {"نشرة \u200f", "نشرة", 0},
	    {"نشرة \u200e\u200f الأخبار", "نشرة الأخبار", 0},
	    {"ABC\u200eDEF", "ABCDEF", 0},
	    {"نش\u200fرة", "نشرة", 0},
	    {"نَ\u200fـ", "نَـ", 0},
	    {"نشرة\u200f\u200f (\u200f\u200fABC)", "نشرة\u200f (\u200fABC)", 0},
	    {"ABC\u200e\u200e\u200e+ نص", "ABC\u200e+ نص", 0},
	    {"نشرة\u200fABC", "نشرةABC", 0},
	    {"5\u200fنشرة", "5نشرة", 0},
	    {"\u05d0\u200f\u05d1", "\u05d0\u05d1", 0},
	    {"\u0628\u061c\u0628", "\u0628\u0628", 0},
	    /* and those that do */
	    {"لغة C++\u200e نفسها", "لغة C++\u200e نفسها", 0},
	    {"لغة C++\u200e", "لغة C++\u200e", 0},
	    {"٢٢\u200f/١\u200f/٢٠٢٥", "٢٢\u200f/١\u200f/٢٠٢٥", 0},
	    {"(ABC)\u200f نص", "(ABC)\u200f نص", 0},
	    {"نشرة\u200e!", "نشرة\u200e!", 0},
	    {"نص\u200f 1-2", "نص\u200f 1-2", 0}, /* W2: digits as in Latin */
	    {"نص\u200f5", "نص\u200f5", 0},
	    {"ABC\u200e\u200f.", "ABC\u200e\u200f.", 0},
	    {"نص \u200eC++", "نص C++", 0},
	    {"نص \u200e+963", "نص \u200e+963", 0},
	    {"x\u061c5", "x\u061c5", 0},
	    {"ا\u200f\u0653", "ا\u200f\u0653", 0},
	};

	(void)state;
	check(samples, sizeof(samples) / sizeof(*samples), bidi_clean_line);
}

/* Ordering a pile of marks costs the square of its height: two megabytes of
 * them, unbounded, would take hours. */
static void
piles_of_marks(void **state)
{
	static const char *const marks[] = {
	    "\u0301\u0323", "\u0323\u0301", "\u064b\u0651", "\u0344"};

	(void)state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		struct str pile;
		struct str out;
		struct str again;

		str_init(&pile, 4194304);
		str_init(&out, 4194304);
		str_init(&again, 4194304);
		str_add(&pile, "\u01d6"); /* holds two marks of its own */
		while (pile.len < 2097152)
			str_add(&pile, marks[i]);
		str_add(&pile, "z");
		bidi_clean(&out, pile.data, pile.len);
		bidi_clean(&again, out.data, out.len);
		assert_true(out.len <= 3 + 30 * 2 + 1);
		assert_true(str_ends(out.data, "z"));
		assert_string_equal(again.data, out.data);
		str_release(&pile);
		str_release(&out);
		str_release(&again);
	}
}

/* Each mark is looked behind once. */
static void
floods_of_marks(void **state)
{
	static const char *const marks[] = {
	    "\u200e\u200f", "\u200e \u200f", "\u200f\u202e", "a\u200e\u200f"};

	(void)state;
	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		struct str flood;
		struct str out;

		str_init(&flood, 4194304);
		str_init(&out, 4194304);
		str_add(&flood, "(");
		while (flood.len < 2097152)
			str_add(&flood, marks[i]);
		bidi_clean_line(&out, flood.data, flood.len);
		assert_false(out.bad);
		assert_true(str_starts(out.data, "("));
		str_release(&flood);
		str_release(&out);
	}
}

static void
without_marks(void **state)
{
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
	    {"", ""},
	    {"نشرة", "نشرة"},
	    {"\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e", ""},
	    {"\u2066a\u2067b\u2068c\u2069", "abc"},
	    {"a\u200eب\u200f", "aب"},
	    /* what begins as they do, and what is not for it to judge */
	    {"\u2065\u206a\u2029\u202f\u200d\u0618\u061d",
		"\u2065\u206a\u2029\u202f\u200d\u0618\u061d"},
	    {"a\r\n\xe2\x80", "a\r\n\xe2\x80"},
	    {"\xe2\xd8\u200e\xff", "\xe2\xd8\xff"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str out;

		str_init(&out, 256);
		bidi_without_marks(&out, cases[i].text);
		assert_string_equal(out.data, cases[i].want);
		str_release(&out);
	}
}

static void
a_full_string_turns_bad(void **state)
{
	struct str out;

	(void)state;
	str_init(&out, 3);
	bidi_clean(&out, "نشرة", strlen("نشرة"));
	assert_true(out.bad);
	str_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(first_strong),
	    cmocka_unit_test(cleaning),
	    cmocka_unit_test(cleaning_a_run),
	    cmocka_unit_test(cleaning_a_line),
	    cmocka_unit_test(piles_of_marks),
	    cmocka_unit_test(floods_of_marks),
	    cmocka_unit_test(without_marks),
	    cmocka_unit_test(a_full_string_turns_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
