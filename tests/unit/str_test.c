/* SPDX-License-Identifier: ISC */
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static void
growing(void **state)
{
	struct str s;

	(void)state;
	str_init(&s, 100000);
	assert_string_equal(s.data, "");
	assert_int_equal(s.len, 0);
	for (int i = 0; i < 1000; i++) {
		str_add(&s, "abc");
		str_addf(&s, "%d%s", 1, "");
		str_add_bytes(&s, "\0z", 2);
	}
	assert_int_equal(s.len, 6000);
	assert_false(s.bad);
	assert_memory_equal(s.data + 5994, "abc1\0z", 7);
	str_reset(&s);
	assert_int_equal(s.len, 0);
	assert_string_equal(s.data, "");
	str_add(&s, "again");
	assert_string_equal(s.data, "again");
	str_release(&s);
	assert_string_equal(s.data, "");
	str_add(&s, "and again");
	assert_string_equal(s.data, "and again");
	str_release(&s);
	str_release(&s);
}

/* Past its end a string is bad, keeps what it had, and takes no more. */
static const struct {
	size_t max;
	const char *first, *second;
	const char *want;
	bool bad;
} bounds_cases[] = {
    {0, "", "", "", false},
    {0, "a", "", "", true},
    {3, "abc", "", "abc", false},
    {3, "abcd", "", "", true},
    {3, "ab", "c", "abc", false},
    {3, "ab", "cd", "ab", true},
    {63,
	"0123456789012345678901234567890123456789012345678901234567890"
	"12",
	"",
	"012345678901234567890123456789012345678901234567890123456789"
	"012",
	false},
};

static void
add(struct str *s, const char *text)
{
	str_add(s, text);
}

static void
add_formatted(struct str *s, const char *text)
{
	str_addf(s, "%s", text);
}

static void
fill(size_t i, void (*by)(struct str *s, const char *text))
{
	struct str s;

	str_init(&s, bounds_cases[i].max);
	by(&s, bounds_cases[i].first);
	by(&s, bounds_cases[i].second);
	assert_string_equal(s.data, bounds_cases[i].want);
	assert_int_equal(s.bad, bounds_cases[i].bad);
	if (s.bad) {
		str_add(&s, "");
		str_add_html(&s, "x");
		str_add_url(&s, "x");
		assert_string_equal(s.data, bounds_cases[i].want);
		assert_true(s.bad);
	}
	str_reset(&s);
	assert_false(s.bad);
	str_release(&s);
}

static void
bounds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(bounds_cases); i++) {
		fill(i, add);
		fill(i, add_formatted);
	}
}

static void
sizes_do_not_wrap(void **state)
{
	struct str s;

	(void)state;
	str_init(&s, SIZE_MAX - 1);
	str_add(&s, "abc");
	/* no such memory is read: it does not fit */
	str_add_bytes(&s, s.data, SIZE_MAX - 2);
	assert_true(s.bad);
	assert_string_equal(s.data, "abc");
	str_release(&s);
}

typedef void add_fn(struct str *s, const char *text);

static void
escaping(void **state)
{
	static const struct {
		add_fn *add;
		const char *text;
		const char *want;
	} cases[] = {
	    {str_add_html, "", ""},
	    {str_add_html, "نشرة", "نشرة"},
	    {str_add_html, "<a href=\"x\" b='y'>&amp;",
		"&lt;a href=&quot;x&quot; b=&#39;y&#39;&gt;&amp;amp;"},
	    {str_add_html, "<<", "&lt;&lt;"},
	    {str_add_html, "a&", "a&amp;"},
	    {str_add_url, "", ""},
	    {str_add_url, "aZ09-._~", "aZ09-._~"},
	    {str_add_url, "a b/c?d=e&f#g%", "a%20b%2Fc%3Fd%3De%26f%23g%25"},
	    {str_add_url, "\x01\x7f\xff", "%01%7F%FF"},
	    {str_add_url, "أ", "%D8%A3"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str s;

		str_init(&s, 256);
		cases[i].add(&s, cases[i].text);
		assert_string_equal(s.data, cases[i].want);
		str_release(&s);
	}
}

static void
taking(void **state)
{
	struct str s;
	char *taken;

	(void)state;
	str_init(&s, 16);
	taken = str_take(&s);
	assert_string_equal(taken, "");
	free(taken);
	str_add(&s, "abc");
	taken = str_take(&s);
	assert_string_equal(taken, "abc");
	assert_string_equal(s.data, "");
	assert_int_equal(s.len, 0);
	str_add(&s, "0123456789012345");
	assert_false(s.bad);
	assert_string_equal(taken, "abc");
	free(taken);
	str_release(&s);
}

static void
questions(void **state)
{
	static const struct {
		const char *a, *b;
		bool eq, eq_ci, starts, starts_ci, ends;
	} cases[] = {
	    {"", "", true, true, true, true, true},
	    {"a", "", false, false, true, true, true},
	    {"", "a", false, false, false, false, false},
	    {"abc", "abc", true, true, true, true, true},
	    {"abc", "ABC", false, true, false, true, false},
	    {"abc", "ab", false, false, true, true, false},
	    {"abc", "bc", false, false, false, false, true},
	    {"aBc", "Ab", false, false, false, true, false},
	    {"نشرة", "نش", false, false, true, true, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *a = cases[i].a;
		const char *b = cases[i].b;

		assert_int_equal(str_eq(a, b), cases[i].eq);
		assert_int_equal(str_eq_ci(a, b), cases[i].eq_ci);
		assert_int_equal(str_starts(a, b), cases[i].starts);
		assert_int_equal(str_starts_ci(a, b), cases[i].starts_ci);
		assert_int_equal(str_ends(a, b), cases[i].ends);
	}
}

static void
fitting(void **state)
{
	char array[4];

	(void)state;
	assert_true(str_fit(array, sizeof(array), "abc"));
	assert_string_equal(array, "abc");
	assert_false(str_fit(array, sizeof(array), "abcd"));
	assert_string_equal(array, "");
	assert_true(str_fit(array, 1, ""));
	assert_false(str_fit(array, 1, "a"));
}

static void
cutting(void **state)
{
	static const struct {
		size_t size;
		const char *text, *left;
	} cases[] = {
	    {1, "", ""},
	    {1, "abc", ""},
	    {4, "abc", "abc"},
	    {4, "abcd", "abc"},
	    /* two octets, three, four */
	    {2, "\xd9\x86", ""},
	    {3, "\xd9\x86", "\xd9\x86"},
	    {4, "\xd9\x86\xd8\xb4", "\xd9\x86"},
	    {5, "a\xe2\x80\xa6", "a\xe2\x80\xa6"},
	    {4, "a\xe2\x80\xa6", "a"},
	    {4, "\xf0\x9f\x98\x80", ""},
	    /* no UTF-8 at all */
	    {3, "\x80\x80\x80\x80", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char array[8] = "xxxxxxx";

		str_cut(array, cases[i].size, cases[i].text);
		assert_string_equal(array, cases[i].left);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(growing),
	    cmocka_unit_test(bounds),
	    cmocka_unit_test(sizes_do_not_wrap),
	    cmocka_unit_test(escaping),
	    cmocka_unit_test(taking),
	    cmocka_unit_test(questions),
	    cmocka_unit_test(fitting),
	    cmocka_unit_test(cutting),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
