/* SPDX-License-Identifier: ISC */
#include "text/point.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *text;
	unsigned point;
	size_t bytes;
} points[] = {
    {"a\xd8\xa7", 'a', 1},
    {"\x7f", 0x7f, 1},
    {"\xc2\x80z", 0x80, 2},
    {"\xdf\xbf", 0x7ff, 2},
    {"\xe0\xa0\x80", 0x800, 3},
    {"\xe2\x80\x8f\xe2", 0x200f, 3},
    {"\xef\xbf\xbf", 0xffff, 3},
    {"\xf0\x90\x80\x80", 0x10000, 4},
    {"\xf4\x8f\xbf\xbf", 0x10ffff, 4},
};

static void
reads_points(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(points); i++) {
		unsigned point;

		assert_int_equal(
		    point_next(points[i].text, &point), points[i].bytes);
		assert_int_equal(point, points[i].point);
	}
}

static const struct {
	unsigned point;
	bool is[POINT_KINDS]; /* CONTROL, SPACE, MARK, JOINER */
} kinds[] = {
    {0, {true, false, false, false}},
    {'\t', {true, true, false, false}},
    {'\r', {true, true, false, false}},
    {'\n', {true, true, false, false}},
    {0x1b, {true, false, false, false}},
    {' ', {false, true, false, false}},
    {'a', {false, false, false, false}},
    {'~', {false, false, false, false}},
    {0x7f, {true, false, false, false}},
    {0x85, {true, true, false, false}},
    {0x9f, {true, false, false, false}},
    {0xa0, {false, true, false, false}},
    {0xad, {false, false, true, false}},
    {0x61c, {false, false, true, false}},
    {0x627, {false, false, false, false}},
    {0x64b, {false, false, false, false}},
    {0x200b, {false, false, true, false}},
    {0x200c, {false, false, true, true}},
    {0x200d, {false, false, true, true}},
    {0x200e, {false, false, true, false}},
    {0x2028, {true, true, false, false}},
    {0x202e, {false, false, true, false}},
    {0x2069, {false, false, true, false}},
    {0x2800, {false, true, false, false}},
    {0x3000, {false, true, false, false}},
    {0xfeff, {false, false, true, false}},
    {0xe0041, {false, false, true, false}},
    {0x10ffff, {false, false, false, false}},
};

static void
knows_kinds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(kinds); i++) {
		for (int k = 0; k < POINT_KINDS; k++) {
			assert_int_equal(
			    point_is(kinds[i].point, (enum point_kind)k),
			    kinds[i].is[k]);
		}
	}
}

static const struct {
	const char *text;
	bool seen;
} sights[] = {
    {"", false},
    {" \t\r\n\u00a0\u3000", false},
    {"\u200b\u2060\u200d\ufe0f\u3164\u115f\u2800", false},
    {"\u200f\u200e\u061c\u034f\u00ad\ufeff\U000e0041", false},
    {"\x01\x7f", false},
    {"\u200f.", true},
    {"\u200bا", true},
    {"\u0651", true},
    {"\U0001f600", true},
    {"a", true},
};

static void
knows_what_is_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(sights); i++) {
		if (point_seen(sights[i].text) != sights[i].seen)
			fail_msg("%zu", i);
	}
}

static const struct {
	const char *text;
	const char *mapped;
} digits[] = {
    {"", ""},
    {"sara", "sara"},
    {"٠١٢٣٤٥٦٧٨٩", "0123456789"},
    {"۰۱۲۳۴۵۶۷۸۹", "0123456789"},
    {"a٢b۳c4", "a2b3c4"},
    {"سارة٢", "سارة٢"},
    {"é٢", "é٢"},
};

static void
maps_digits(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(digits); i++) {
		char text[64];

		assert_true(str_fit(text, sizeof(text), digits[i].text));
		point_map_digits(text);
		assert_string_equal(text, digits[i].mapped);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reads_points),
	    cmocka_unit_test(knows_kinds),
	    cmocka_unit_test(knows_what_is_seen),
	    cmocka_unit_test(maps_digits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
