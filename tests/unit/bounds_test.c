/* SPDX-License-Identifier: ISC */
#include "flow/bounds.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define NOW INT64_C(5000000)

static void
what_is_not_known_limits_nothing(void **state)
{
	struct bounds bounds = {0};

	(void)state;
	assert_true(bounds_admit(&bounds, 0, NOW));
	assert_true(bounds_admit(&bounds, 999, NOW));
	assert_int_equal(bounds_fill(&bounds, 0, NOW), 0);
	assert_int_equal(bounds_fill(&bounds, 7, NOW), 7);
	/* who was never refused is not held to what it happens to have */
	bounds_let_in(&bounds, 3, NOW);
	assert_true(bounds_admit(&bounds, 3, NOW));
}

static void
one_more_is_tried_by_and_by(void **state)
{
	struct bounds bounds = {0};
	int64_t now = NOW;

	(void)state;
	bounds_refused(&bounds, 2, now);
	assert_true(bounds_admit(&bounds, 0, now));
	assert_true(bounds_admit(&bounds, 1, now));
	assert_false(bounds_admit(&bounds, 2, now));
	now += BOUNDS_MORE_MS - 1;
	assert_false(bounds_admit(&bounds, 2, now));
	now++;
	assert_true(bounds_admit(&bounds, 2, now));
	assert_false(bounds_admit(&bounds, 3, now)); /* one, not all */
	/* it is not let in */
	bounds_refused(&bounds, 2, now);
	assert_false(bounds_admit(&bounds, 2, now));
	/* or it is */
	now += BOUNDS_MORE_MS;
	bounds_let_in(&bounds, 3, now);
	assert_true(bounds_admit(&bounds, 5, now));
	assert_false(bounds_admit(&bounds, 6, now));
	now += BOUNDS_MORE_MS;
	assert_true(bounds_admit(&bounds, 6, now));
	/* one that comes back into its place says nothing new */
	bounds_let_in(&bounds, 6, now);
	assert_true(bounds_admit(&bounds, 6, now));
	assert_false(bounds_admit(&bounds, 7, now));
	/* fewer than there were */
	bounds_refused(&bounds, 1, now);
	assert_false(bounds_admit(&bounds, 1, now));
}

static void
a_connection_has_its_fill(void **state)
{
	static const struct {
		int64_t most, carried, fill;
	} cases[] = {
	    {0, 5, 5}, {9, 5, 5}, {3, 5, 3}, {5, 5, 5}, {0, 0, 0}, {4, 0, 4}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct bounds bounds = {0};

		bounds_ended(&bounds, cases[i].carried, NOW);
		assert_int_equal(
		    bounds_fill(&bounds, cases[i].most, NOW), cases[i].most);
		bounds_ended(&bounds, cases[i].carried, NOW);
		assert_int_equal(
		    bounds_fill(&bounds, cases[i].most, NOW), cases[i].fill);
		assert_int_equal(
		    bounds_fill(&bounds, cases[i].most, NOW + BOUNDS_FILL_MS),
		    cases[i].most);
	}
}

/* Connections that an accident ends have carried this and that. */
static void
an_accident_is_no_limit(void **state)
{
	static const int64_t carried[] = {7, 1, 30, 7, 2, 9};
	struct bounds bounds = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(carried) / sizeof(*carried); i++) {
		bounds_ended(&bounds, carried[i], NOW);
		assert_int_equal(bounds_fill(&bounds, 0, NOW), 0);
	}
	bounds_ended(&bounds, 9, NOW);
	assert_int_equal(bounds_fill(&bounds, 0, NOW), 9);
	/* the limit has changed */
	bounds_ended(&bounds, 4, NOW);
	assert_int_equal(bounds_fill(&bounds, 0, NOW), 0);
	bounds_ended(&bounds, 4, NOW);
	assert_int_equal(bounds_fill(&bounds, 0, NOW), 4);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_not_known_limits_nothing),
	    cmocka_unit_test(one_more_is_tried_by_and_by),
	    cmocka_unit_test(a_connection_has_its_fill),
	    cmocka_unit_test(an_accident_is_no_limit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
