/* SPDX-License-Identifier: ISC */
#include "flow/strike.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NOW          INT64_C(1764000000)

static struct strikes strikes;

static int
setup(void **state)
{
	(void)state;
	strikes = (struct strikes){.count = 0};
	return 0;
}

static struct strike
to(size_t relay, char name, char domain[32])
{
	(void)snprintf(domain, 32, "%c.example", name);
	return (struct strike){relay, domain};
}

/*
 * Stories: a letter is a domain, refused by policy; a capital one, taken; a
 * digit is how many times ten seconds pass. What is to come of each is below
 * it: '.' nothing, 'd' the domain is in trouble, 'r' the relay is, '!' the
 * domain's trouble is over, ' ' for time.
 */
static void
refusals_in_a_row(void **state)
{
	static const struct {
		const char *story, *comes;
	} cases[] = {
	    {"aaa", "..d"},
	    {"aa", ".."},
	    /* one reader's own, and others whose mail is taken */
	    {"aAaAaAaA", "........"},
	    {"aaAaa", "....."},
	    {"aaBa", "...d"}, /* taken by another domain */
	    {"aBaBa", "....d"},
	    /* several domains in a row: the relay's */
	    {"ab", ".."},
	    {"abc", "..r"},
	    {"aab", "..r"},
	    {"aba", "..r"},
	    {"abcd", "..rr"},
	    {"abCc", "...."},
	    {"abCab", "....."},
	    {"abCabc", ".....r"},
	    {"abcAb", "..r.."},
	    /* in trouble, it is named again, but not for what was under way;
	     * and it says no more about the relay */
	    {"aaaaa", "..d.."},
	    {"aaa2a", "..d ."},
	    {"aaa3a", "..d d"},
	    {"aaa3aa3a", "..d d. d"},
	    {"aaabab", "..d..."},
	    {"aaabc", "..d.."},
	    {"aaabcd", "..d..r"},
	    {"aaaA", "..d!"},
	    {"aaaAaaa", "..d!..d"},
	    {"aaaAA", "..d!."},
	    {"aaaBBa3a", "..d... d"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t now = NOW;

		(void)setup(NULL);
		for (size_t j = 0; cases[i].story[j] != '\0'; j++) {
			char what = cases[i].story[j];
			char name[32];
			char came = ' ';

			if (what <= '9') {
				now += 10 * (what - '0');
			} else if (what <= 'Z') {
				struct strike strike =
				    to(0, (char)(what + 32), name);

				came =
				    strike_taken(&strikes, &strike) ? '!' : '.';
			} else {
				struct strike strike = to(0, what, name);

				came = ".rd"[strike_refused(
				    &strikes, &strike, now)];
			}
			if (came != cases[i].comes[j])
				fail_msg("%s, at %zu: '%c'", cases[i].story, j,
				    came);
		}
	}
}

static void
relays_are_told_apart(void **state)
{
	char a[32], b[32];
	const struct strike through[] = {to(0, 'a', a), to(1, 'b', b)};

	(void)state;
	assert_int_equal(
	    strike_refused(&strikes, &through[0], NOW), FAULT_NONE);
	assert_int_equal(
	    strike_refused(&strikes, &through[1], NOW), FAULT_NONE);
	assert_int_equal(
	    strike_refused(&strikes, &through[0], NOW), FAULT_NONE);
	assert_int_equal(
	    strike_refused(&strikes, &through[1], NOW), FAULT_NONE);
	assert_false(strike_is_down(&strikes, "a.example"));
	assert_int_equal(
	    strike_refused(&strikes, &through[0], NOW), FAULT_DOMAIN);
	assert_true(strike_is_down(&strikes, "a.example"));
	assert_false(strike_is_down(&strikes, "b.example"));
}

/* Small letters complain, capital ones are taken. */
static void
complaints_in_a_row(void **state)
{
	static const struct {
		const char *story, *comes;
		bool known;
	} cases[] = {
	    {"aaaa", "..dd", false},
	    {"aaa", "ddd", true},
	    {"aaAaa", ".....", false},
	    {"aaBa", "...d", false},
	    {"ababab", "....dd", false},
	    /* many small ones that list grey are not the relay */
	    {"abcdefghiZ", "..........", false},
	    {"abcdefghij", ".........r", false},
	    {"aaaaaaaaaaaaaaaa", "..dddddddddddddd", false},
	    {"aaaaaaaaab",
		"ddddddddd"
		"r",
		true},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		(void)setup(NULL);
		for (size_t j = 0; cases[i].story[j] != '\0'; j++) {
			char what = cases[i].story[j];
			bool taken = what <= 'Z';
			char name[32];
			struct strike strike =
			    to(0, (char)(taken ? what + 32 : what), name);
			char came = '.';

			if (taken) {
				(void)strike_taken(&strikes, &strike);
			} else {
				came = ".rd"[strike_slow(
				    &strikes, &strike, cases[i].known)];
			}
			if (came != cases[i].comes[j])
				fail_msg("%s, at %zu: '%c'", cases[i].story, j,
				    came);
		}
	}
}

/* What the database knows is tried by one message. */
static void
known_trouble(void **state)
{
	char name[32];
	const struct strike a = to(0, 'a', name);

	(void)state;
	strike_down(&strikes, a.domain, NOW);
	strike_down(&strikes, a.domain, NOW);
	assert_true(strike_is_down(&strikes, a.domain));
	assert_int_equal(strike_refused(&strikes, &a, NOW), FAULT_DOMAIN);
	assert_int_equal(strike_refused(&strikes, &a, NOW + 1), FAULT_NONE);
	strike_down(&strikes, a.domain, NOW + 1);
	assert_int_equal(strike_refused(&strikes, &a, NOW + 2), FAULT_NONE);
	/* a clock that was set back keeps nothing quiet */
	assert_int_equal(strike_refused(&strikes, &a, NOW - 9), FAULT_DOMAIN);
	assert_true(strike_taken(&strikes, &a));
	assert_false(strike_is_down(&strikes, a.domain));
	assert_false(strike_taken(&strikes, &a));
}

/* However many domains there are, those in trouble are kept. */
static void
the_table_is_bounded(void **state)
{
	const struct strike z = {0, "z.example"};
	char name[32];

	(void)state;
	strike_down(&strikes, "down.example", NOW);
	for (int i = 0; i < 5000; i++) {
		const struct strike strike = {0, name};

		(void)snprintf(name, sizeof(name), "d%d.example", i);
		(void)strike_taken(&strikes, &z);
		(void)strike_slow(&strikes, &strike, false);
	}
	assert_int_equal(strikes.count, STRIKE_DOMAINS);
	assert_true(strike_is_down(&strikes, "down.example"));
	/* the latest are there: two more complaints, and it is slow */
	(void)strike_taken(&strikes, &z);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(
		    strike_slow(&strikes, &(struct strike){0, name}, false),
		    i == 1 ? FAULT_DOMAIN : FAULT_NONE);
	}
	/* and where all are in trouble, one of them makes room */
	for (int i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "t%d.example", i);
		strike_down(&strikes, name, NOW);
	}
	assert_int_equal(strikes.count, STRIKE_DOMAINS);
	assert_true(strike_is_down(&strikes, "t299.example"));
	for (int i = 0; i < 300; i++) {
		(void)snprintf(name, sizeof(name), "t%d.example", i);
		(void)strike_taken(&strikes, &(struct strike){0, name});
	}
	assert_int_equal(strikes.count, 0);
}

#define EACH(name) cmocka_unit_test_setup(name, setup)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    EACH(refusals_in_a_row),
	    EACH(relays_are_told_apart),
	    EACH(complaints_in_a_row),
	    EACH(known_trouble),
	    EACH(the_table_is_bounded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
