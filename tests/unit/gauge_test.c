/* SPDX-License-Identifier: ISC */
#include "flow/gauge.h"

#include "model/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define AT(h, m)     ((h)*60 + (m))
#define ALL          PACE_NO_DAY

static void
hours_open_and_close(void **state)
{
	static const struct {
		const char *hours;
		int minute;
		int closed_for;
	} cases[] = {
	    {"", AT(0, 0), 0},
	    {"", AT(23, 59), 0},
	    {"08:00-22:00", AT(7, 59), 1},
	    {"08:00-22:00", AT(8, 0), 0},
	    {"08:00-22:00", AT(21, 59), 0},
	    {"08:00-22:00", AT(22, 0), AT(10, 0)},
	    {"08:00-22:00", AT(0, 0), AT(8, 0)},
	    {"20:00-02:00", AT(19, 59), 1},
	    {"20:00-02:00", AT(20, 0), 0},
	    {"20:00-02:00", AT(0, 0), 0},
	    {"20:00-02:00", AT(1, 59), 0},
	    {"20:00-02:00", AT(2, 0), AT(18, 0)},
	    {"00:00-24:00", AT(23, 59), 0},
	    {"00:00-24:00", AT(0, 0), 0},
	    {"22:30-24:00", AT(0, 0), AT(22, 30)},
	    {"22:30-24:00", AT(23, 59), 0},
	    {"22:30-00:00", AT(23, 59), 0},
	    {"22:30-00:00", AT(0, 0), AT(22, 30)},
	    {"00:00-00:01", AT(0, 0), 0},
	    {"00:00-00:01", AT(0, 1), AT(23, 59)},
	    {"23:59-00:00", AT(23, 59), 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = ERR_INIT;
		int closed_for =
		    gauge_closed_for(cases[i].hours, cases[i].minute);

		assert_int_equal(gauge_check_hours(cases[i].hours, &err), 0);
		if (closed_for != cases[i].closed_for)
			fail_msg("'%s' at %d: %d", cases[i].hours,
			    cases[i].minute, closed_for);
		assert_int_equal(gauge_open(cases[i].hours, cases[i].minute),
		    closed_for == 0);
	}
}

static void
no_hours(void **state)
{
	static const char *const cases[] = {" ", "-", "8-22", "8:00-22:00",
	    "08:00", "08:00-", "-08:00", "08:00-22:00-23:00", "08:00 - 22:00",
	    "08:00-22:00 ", " 08:00-22:00", "08:00-22:60", "08:00-24:01",
	    "08:00-25:00", "24:00-08:00", "08:00-08:00", "0800-2200",
	    "08.00-22.00", "-8:00-22:00", "08:-0-22:00", "08:00–22:00",
	    "٠٨:٠٠-٢٢:٠٠", "08:00-22:0x", "always", "000:0-22:00"};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = ERR_INIT;

		if (gauge_check_hours(cases[i], &err) != -1)
			fail_msg("accepted: '%s'", cases[i]);
		assert_int_equal(err.code, ERR_CONFIG);
	}
}

static void
a_day_of_a_relay(void **state)
{
	static const struct {
		int64_t per_day, warmup, growth;
		int64_t day; /* of use */
		int64_t most;
	} cases[] = {
	    {0, 0, 50, 0, ALL},
	    {0, 0, 50, -1, ALL},
	    {500, 0, 50, 0, 500},
	    {500, 0, 50, 99999, 500},
	    {500, 100, 50, 0, 100},
	    {500, 100, 50, 1, 150},
	    {500, 100, 50, 2, 225},
	    {500, 100, 50, 3, 337},
	    {500, 100, 50, 4, 500}, /* 506 */
	    {500, 100, 50, 20000, 500},
	    {500, 500, 50, 0, 500},
	    {500, 100, 50, -5, 100}, /* the clock was set back */
	    {0, 100, 10, 2, 121},
	    {0, 100, 10, 3, 133},
	    {0, 100, 100, 9, 51200},
	    {0, 100, 100, 10, ALL}, /* 102400 */
	    {0, 100, 100, 20000, ALL},
	    /* one more a day at least, rounded down */
	    {0, 1, 1, 1, 2},
	    {0, 1, 1, 5, 6},
	    {0, 5, 50, 1, 7},
	    {0, 5, 50, 2, 11},
	    {0, 5, 50, 3, 16},
	    {0, 50, 1, 1, 51},
	    {0, 50, 1, 2, 52},
	    {0, 1, 1, 999, ALL},
	    {0, 1000000000, 1000, 1, INT64_C(11000000000)},
	    {0, 1000000000, 1000, 3, ALL},
	    {0, 1000000000, 1, 20000, ALL},
	    {1000000000, 1, 1000, 8, 214358881},
	    {1000000000, 1, 1000, 9, 1000000000},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct conf_relay relay = {.per_day = cases[i].per_day,
		    .warmup = cases[i].warmup,
		    .warmup_growth = cases[i].growth};
		int64_t most = gauge_day(&relay, 20000, 20000 + cases[i].day);

		if (most != cases[i].most)
			fail_msg("case %zu: %lld", i, (long long)most);
	}
}

/* No day has less than the one before, for any growth. */
static void
a_warmup_never_falls(void **state)
{
	static const int64_t growths[] = {1, 7, 33, 50, 100, 1000};

	(void)state;
	for (size_t i = 0; i < COUNT(growths); i++) {
		const struct conf_relay relay = {
		    .warmup = 3, .warmup_growth = growths[i]};
		int64_t before = 0;

		for (int64_t day = 0; before < ALL; day++) {
			int64_t most = gauge_day(&relay, 0, day);

			assert_true(most > before);
			assert_true(most <= 3000 || most == ALL);
			before = most;
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hours_open_and_close),
	    cmocka_unit_test(no_hours),
	    cmocka_unit_test(a_day_of_a_relay),
	    cmocka_unit_test(a_warmup_never_falls),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
