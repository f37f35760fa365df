/* SPDX-License-Identifier: ISC */
#include "text/grapheme.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define FATHA  "\xd9\x8e"
#define SHADDA "\xd9\x91"
#define ACUTE  "\xcc\x81"
#define ZWJ    "\xe2\x80\x8d"

/* The pieces that a text may be cut into, and no smaller ones. */
static const char *const texts[][8] = {
    {NULL},
    {"a", NULL},
    {"a", "b", " ", "c", NULL},
    {"ن", "ش", "ر", "ة", NULL},
    {"م" FATHA, "د" SHADDA FATHA, "ل", "ا", NULL},
    {"e" ACUTE ACUTE, "x", NULL},
    {"👨" ZWJ "👩" ZWJ "👧", "👍🏽", "❤️", NULL},
    {"🇸🇾", "🇸🇦", "a", NULL},
    {"\r\n", "x", NULL},
};

/* Every place inside a piece leads back to its beginning. */
static void
check_piece(struct grapheme *grapheme, size_t begin, size_t end)
{
	for (size_t at = begin; at < end; at++)
		assert_int_equal(grapheme_before(grapheme, at), begin);
}

static void
finds_boundaries(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		const char *const *pieces = texts[i];
		struct grapheme *grapheme;
		struct err err = ERR_INIT;
		struct str text;
		size_t at = 0;

		str_init(&text, 1024);
		for (size_t k = 0; pieces[k] != NULL; k++)
			str_add(&text, pieces[k]);
		assert_int_equal(
		    grapheme_new(&grapheme, text.data, text.len, &err), 0);
		for (; *pieces != NULL; pieces++) {
			check_piece(grapheme, at, at + strlen(*pieces));
			at += strlen(*pieces);
		}
		assert_int_equal(grapheme_before(grapheme, at), at);
		assert_int_equal(grapheme_before(grapheme, at + 100), at);
		grapheme_free(grapheme);
		str_release(&text);
	}
	grapheme_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(finds_boundaries),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
