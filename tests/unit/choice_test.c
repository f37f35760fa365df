/* SPDX-License-Identifier: ISC */
#include "flow/choice.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static void
who_is_meant(void **state)
{
	/* what relays name */
	static char daily[] = "daily", sport[] = "sport";
	static char gmail[] = "gmail.com", site[] = "xn--4gbrim.example";
	static const struct conf_relay all = {.weight = 1};
	static const struct conf_relay lists = {
	    .lists = {.item = {sport, daily}, .count = 2}};
	static const struct conf_relay domains = {
	    .domains = {.item = {gmail, site}, .count = 2}};
	static const struct conf_relay both = {
	    .lists = {.item = {daily}, .count = 1},
	    .domains = {.item = {gmail}, .count = 1}};
	static const struct {
		const struct conf_relay *relay;
		const char *list, *domain;
		int rank;
	} cases[] = {
	    {&all, "daily", "gmail.com", 0},
	    {&all, "", "", 0},
	    {&lists, "daily", "gmail.com", 1},
	    {&lists, "sport", "", 1},
	    {&lists, "Daily", "gmail.com", -1},
	    {&lists, "dail", "gmail.com", -1},
	    {&lists, "", "gmail.com", 0}, /* of no list, or not known yet */
	    {&domains, "daily", "gmail.com", 1},
	    {&domains, "daily", "xn--4gbrim.example", 1},
	    {&domains, "daily", "mail.gmail.com", -1},
	    {&domains, "daily", "", -1},
	    {&both, "daily", "gmail.com", 2},
	    {&both, "daily", "example.org", -1},
	    {&both, "sport", "gmail.com", -1},
	    {&both, "", "gmail.com", 1},
	    {&both, "", "", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int rank =
		    choice_rank(cases[i].relay, cases[i].list, cases[i].domain);

		if (rank != cases[i].rank)
			fail_msg("case %zu: %d", i, rank);
	}
}

#define CHOICE_WAIT (-1) /* all that share it are busy */
#define CHOICE_NONE (-2) /* there are none */

static int
choose(const struct choice *of, size_t n)
{
	unsigned set = choice_set(of, n);

	return set == 0 ? CHOICE_NONE : choice_make(of, n, set);
}

static void
who_gets_it(void **state)
{
	static const struct {
		struct choice of[4];
		size_t n;
		int got;
	} cases[] = {
	    /* priority, weight, load, rank, open, takes */
	    {{{0}}, 0, CHOICE_NONE},
	    {{{0, 1, 0, 0, true, true}}, 1, 0},
	    {{{0, 1, 0, -1, true, true}}, 1, CHOICE_NONE},
	    {{{0, 1, 0, 0, false, true}}, 1, CHOICE_NONE},
	    {{{0, 1, 0, 0, true, false}}, 1, CHOICE_WAIT},
	    /* the rank, before all else */
	    {{{0, 9, 0, 0, true, true}, {5, 1, 9, 1, true, true},
		 {9, 1, 9, 2, true, true}},
		3, 2},
	    {{{0, 9, 0, 0, true, true}, {5, 1, 9, 1, true, true},
		 {9, 1, 9, 2, false, true}},
		3, 1},
	    /* one that is meant for it is waited for, while it is busy */
	    {{{0, 1, 0, 0, true, true}, {0, 1, 9, 1, true, false}}, 2,
		CHOICE_WAIT},
	    {{{0, 1, 0, 0, true, true}, {0, 1, 9, 1, false, false}}, 2, 0},
	    /* the priority: the next one only where none below it is open */
	    {{{1, 1, 0, 0, true, true}, {0, 1, 9, 0, true, true}}, 2, 1},
	    {{{1, 1, 0, 0, true, true}, {0, 1, 9, 0, true, false}}, 2,
		CHOICE_WAIT},
	    {{{1, 1, 0, 0, true, true}, {0, 1, 9, 0, false, true}}, 2, 0},
	    {{{1, 1, 0, 0, true, true}, {0, 1, 9, -1, true, true}}, 2, 0},
	    {{{0, 1, 9, 0, true, false}, {1, 1, 0, 0, true, true},
		 {0, 1, 20, 0, true, true}},
		3, 2},
	    /* the weight */
	    {{{0, 1, 1, 0, true, true}, {0, 3, 3, 0, true, true}}, 2, 1},
	    {{{0, 1, 0, 0, true, true}, {0, 3, 3, 0, true, true}}, 2, 0},
	    {{{0, 1, 0, 0, true, true}, {0, 3, 0, 0, true, true}}, 2, 1},
	    {{{0, 1, 5, 0, true, true}, {0, 3, 0, 0, true, false}}, 2, 0},
	    {{{0, 1, 2, 0, true, true}, {0, 1, 2, 0, true, true}}, 2, 0},
	    {{{0, 1, 0, 0, true, false}, {0, 1, 0, 0, true, false}}, 2,
		CHOICE_WAIT},
	    {{{0, 1000, 999, 0, true, true}, {0, 1, 1, 0, true, true}}, 2, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int got = choose(cases[i].of, cases[i].n);

		if (got != cases[i].got)
			fail_msg("case %zu: %d", i, got);
	}
}

/* Whatever the weights, each has its share of what is under way. */
static void
shares_are_kept(void **state)
{
	static const int64_t weights[][3] = {
	    {1, 1, 1}, {1, 2, 3}, {5, 1, 1}, {1000, 1, 10}};

	(void)state;
	for (size_t i = 0; i < COUNT(weights); i++) {
		struct choice of[3];
		int64_t sum = 0;

		for (size_t j = 0; j < 3; j++) {
			of[j] = (struct choice){.weight = weights[i][j],
			    .open = true,
			    .takes = true};
			sum += weights[i][j];
		}
		for (int64_t n = 0; n < 10 * sum; n++)
			of[choose(of, 3)].load++;
		for (size_t j = 0; j < 3; j++) {
			assert_in_range(of[j].load, 10 * weights[i][j] - 1,
			    10 * weights[i][j] + 1);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(who_is_meant),
	    cmocka_unit_test(who_gets_it),
	    cmocka_unit_test(shares_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
