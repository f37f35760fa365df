/* SPDX-License-Identifier: ISC */
#include "flow/fleet.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct fleet fleet;

/* A result waits while of no relay as many are there as are out. */
static void
results_are_waited_for(void **state)
{
	static const struct {
		size_t done[2], out[2];
		bool waits;
	} cases[] = {
	    {{0, 0}, {0, 0}, false},
	    {{0, 0}, {9, 9}, false}, /* nothing to write */
	    {{1, 0}, {0, 0}, false}, /* nobody else to come */
	    {{1, 0}, {1, 0}, false},
	    {{1, 0}, {2, 0}, true},
	    {{1, 0}, {2, 9}, true},
	    {{1, 0}, {1, 9}, false},
	    {{0, 3}, {4, 0}, false},
	    {{2, 2}, {3, 3}, true},
	    {{2, 2}, {3, 2}, false},
	    {{5, 0}, {4, 0}, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		fleet.count = 2;
		for (size_t at = 0; at < 2; at++) {
			size_t *lanes = fleet.channels[at].lane_count;

			lanes[LANE_DONE] = cases[i].done[at];
			lanes[LANE_SENDING] = cases[i].out[at];
			lanes[LANE_IDLE] = 7;
		}
		if (fleet_gathers(&fleet) != cases[i].waits)
			fail_msg("case %zu", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(results_are_waited_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
