/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "../../cli/progress.h"

#include <stdio.h>
#include <string.h>

/* Q, L, S: queued, leased, started; then sent, deferred, failed, unknown,
 * cancelled. */
static void
a_line_says_what_fits(void **state)
{
	static const struct {
		struct outbox_list_counts counts;
		int64_t rate;
		const char *note;
		size_t width;
		const char *line;
	} cases[] = {
	    {{{50, 4, 2, 44, 0, 0, 0, 0}}, 7000, "", 79,
		"[=============>                ] 44/100 44%  7.0/s  9 s left"},
	    {{{50, 4, 2, 44, 0, 0, 0, 0}}, 7000, "", 40,
		"[====>     ] 44/100 44%  7.0/s  9 s left"},
	    {{{0, 0, 0, 100, 0, 0, 0, 0}}, 0, "", 79,
		"[==============================] 100/100 100%"},
	    {{{0, 0, 0, 0, 0, 0, 0, 0}}, 0, "", 79,
		"[==============================] 0/0 100%"},
	    {{{0, 0, 0, 90, 4, 3, 2, 1}}, 0, "", 79,
		"[===================>] 96/100 96%  4 deferred, 3 failed, "
		"2 unknown, 1 cancelled"},
	    {{{9000000, 0, 0, 1000000, 0, 0, 0, 0}}, 1234567, "", 79,
		"[===>                          ] 1000000/10000000 10%  1234/s"
		"  2 h 01 min left"},
	    {{{1000, 0, 0, 0, 0, 0, 0, 0}}, 1000, "", 79,
		"[>                             ] 0/1000 0%  1.0/s  16 min "
		"left"},
	    {{{50, 0, 0, 50, 0, 0, 0, 0}}, 7000, "domain x: no", 79,
		"[===============>              ] 50/100 50%  7.0/s  8 s left  "
		"domain x: no"},
	    {{{50, 0, 0, 50, 0, 0, 0, 0}}, 0, "paused", 79,
		"[===============>              ] 50/100 50%  paused"},
	    {{{50, 0, 0, 50, 0, 0, 0, 0}}, 0, "a\x1b[2J\n\xd8\xb4\x7f", 79,
		"[===============>              ] 50/100 50%  a?[2J????"},
	    {{{50, 0, 0, 50, 0, 0, 0, 0}}, 0, "relay 'main' is down", 20,
		"50/100 50%  relay 'm"},
	    {{{50, 0, 0, 50, 0, 0, 0, 0}}, 9000, "", 12, "50/100 50%"},
	    {{{50, 0, 0, 50, 0, 0, 0, 0}}, 0, "x", 5, "x"},
	    {{{50, 0, 0, 50, 0, 0, 0, 0}}, 9000, "", 0, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct progress_view view = {.counts = &cases[i].counts,
		    .rate = cases[i].rate,
		    .note = cases[i].note,
		    .width = cases[i].width};
		struct str line;

		str_init(&line, 1000);
		progress_line(&line, &view);
		assert_string_equal(line.data, cases[i].line);
		str_release(&line);
	}
}

/* At any width, whatever there is to say. */
static void
a_line_is_never_wider(void **state)
{
	static const int64_t some[] = {0, 1, 99, 123456, 1000000000};
	char note[500];

	(void)state;
	memset(note, 'n', sizeof(note) - 1);
	note[sizeof(note) - 1] = '\0';
	for (size_t width = 0; width < 400; width++) {
		for (size_t i = 0; i < 5 * 5 * 5; i++) {
			struct outbox_list_counts counts = {{0}};
			struct progress_view view = {.counts = &counts,
			    .rate = some[i % 5],
			    .note = note + width % sizeof(note),
			    .width = width};
			struct str line;

			counts.n[OUTBOX_QUEUED] = some[i / 5 % 5];
			counts.n[OUTBOX_SENT] = some[i / 25];
			counts.n[OUTBOX_FAILED] = some[i % 3];
			if (i % 2)
				view.note = "";
			str_init(&line, 1000);
			progress_line(&line, &view);
			assert_false(line.bad);
			assert_true(line.len <= width);
			str_release(&line);
		}
	}
}

static void
a_rate_is_that_of_the_last_seconds(void **state)
{
	static const struct {
		int64_t step, each; /* ms between looks, messages at each */
		int looks;
		int64_t rate;
	} cases[] = {
	    {200, 10, 1, 0},
	    {200, 10, 2, 50000},
	    {1000, 10, 1000, 10000},
	    {10, 1, 1000, 100000},
	    {1000, 0, 100, 0},
	    {1000, -5, 100, 0}, /* queued again */
	    {0, 5, 10, 0},
	    {60000, 6, 10, 100},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct progress progress = {.count = 0};

		for (int n = 0; n < cases[i].looks; n++) {
			progress_add(&progress, 5 + n * cases[i].step,
			    1000 + n * cases[i].each);
		}
		assert_int_equal(progress_rate(&progress), cases[i].rate);
	}
}

/* Fast at first, then not at all: what was fast is forgotten. */
static void
a_rate_is_not_that_of_long_ago(void **state)
{
	struct progress progress = {.count = 0};

	(void)state;
	for (int n = 0; n < 20; n++)
		progress_add(&progress, n * 1000, n * 500);
	assert_int_equal(progress_rate(&progress), 500000);
	for (int n = 20; n < 25; n++)
		progress_add(&progress, n * 1000, 19 * 500);
	assert_int_equal(progress_rate(&progress), 250000);
	for (int n = 25; n < 31; n++)
		progress_add(&progress, n * 1000, 19 * 500);
	assert_int_equal(progress_rate(&progress), 0);
}

static void
a_span_is_in_the_units_that_matter(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} cases[] = {{0, "0 s"}, {99, "99 s"}, {100, "1 min"}, {720, "12 min"},
	    {5999, "99 min"}, {6000, "1 h 40 min"}, {4320, "72 min"},
	    {7260, "2 h 01 min"}, {172799, "47 h 59 min"}, {172800, "2 d 0 h"},
	    {277200, "3 d 5 h"}, {INT64_C(31536000) * 100, "36500 d 0 h"}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char text[PROGRESS_SPAN_SIZE];

		progress_span(text, cases[i].s);
		assert_string_equal(text, cases[i].text);
	}
}

static void
counts_are_said(void **state)
{
	static const struct {
		struct outbox_list_counts counts;
		const char *text;
	} cases[] = {
	    {{{0}}, ""},
	    {{{3, 0, 0, 17, 0, 0, 0, 0}}, "3 queued, 17 sent"},
	    {{{1, 2, 3, 4, 5, 6, 7, 8}},
		"1 queued, 2 leased, 3 started, 4 sent, 5 deferred, 6 failed, "
		"7 unknown, 8 cancelled"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct str text;

		str_init(&text, 1000);
		progress_counts(&text, &cases[i].counts);
		assert_string_equal(text.data, cases[i].text);
		str_release(&text);
	}
	assert_int_equal(progress_done(&cases[2].counts), 4 + 6 + 7 + 8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_line_says_what_fits),
	    cmocka_unit_test(a_line_is_never_wider),
	    cmocka_unit_test(a_rate_is_that_of_the_last_seconds),
	    cmocka_unit_test(a_rate_is_not_that_of_long_ago),
	    cmocka_unit_test(a_span_is_in_the_units_that_matter),
	    cmocka_unit_test(counts_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
