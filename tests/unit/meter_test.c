/* SPDX-License-Identifier: ISC */
#include "flow/meter.h"

#include "press.h"

static struct press press;
static struct meter meter;
static struct meter_now now;

static int
teardown(void **state)
{
	(void)state;
	press_close(&press);
	return 0;
}

static void
begin(const char *relay)
{
	char more[400];
	struct err err = ERR_INIT;

	snprintf(more, sizeof(more),
	    "time_zone = \"Asia/Damascus\"\nrelay main { %s }\n" PRESS_MAIL,
	    relay);
	press_open(&press, more);
	now = (struct meter_now){0};
	meter_clock(&now, press.conf, NOW);
	assert_int_equal(meter_init(&meter, press.db, press.conf,
			     &press.conf->relay[0], &now, &err),
	    0);
}

static int
draw(int want)
{
	struct err err = ERR_INIT;
	int n = meter_draw(&meter, press.db, &now, want, &err);

	if (n < 0)
		fail_msg("%s", err.msg);
	return n;
}

static int64_t
rows(void)
{
	return house_value(press.db, "SELECT count(*) FROM pace");
}

/* Seconds are the caller's; days and minutes those of the site's zone. */
static void
the_clock_is_the_sites(void **state)
{
	static const struct {
		int64_t now, day;
		int minute;
	} cases[] = {
	    {0, 0, 2 * 60},                  /* 1970: two hours ahead */
	    {86400 - 2 * 3600 - 1, 0, 1439}, /* the last minute of its day */
	    {86400 - 2 * 3600, 1, 0},
	    {1800000000, 20833, 11 * 60}, /* 2027: three hours */
	};

	(void)state;
	begin("");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		meter_clock(&now, press.conf, cases[i].now);
		assert_int_equal(now.s, cases[i].now);
		assert_int_equal(now.at.day, cases[i].day);
		assert_int_equal(now.minute, cases[i].minute);
		assert_int_equal(now.at.ms / 1000, cases[i].now);
	}
}

/* What has no limit costs nothing. */
static void
without_limits_nothing_is_asked(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("");
	assert_int_equal(draw(1000), 1000);
	assert_int_equal(meter_wait(&meter, &now), 0);
	assert_true(meter_open(&meter, &now, true));
	assert_false(meter_has_news(&meter));
	assert_int_equal(meter_return(&meter, press.db, &now, 9, &err), 0);
	assert_int_equal(rows(), 0);
}

static void
a_rate_is_kept(void **state)
{
	(void)state;
	begin("rate = 10");
	assert_int_equal(draw(25), 10);
	assert_true(meter_wait(&meter, &now) > 0);
	assert_true(meter_wait(&meter, &now) <= 100);
	now.at.ms += 500;
	assert_int_equal(meter_wait(&meter, &now), 0);
	assert_int_equal(draw(25), 5);
	/* a clock that was set back keeps nobody waiting */
	now.at.ms -= 3600 * 1000;
	assert_int_equal(draw(1), 0);
	now.at.ms += 5000;
	assert_true(draw(25) > 0);
}

static void
a_day_is_used_up(void **state)
{
	(void)state;
	begin("per_day = 7");
	assert_int_equal(draw(5), 5);
	assert_true(meter_open(&meter, &now, true));
	assert_int_equal(draw(5), 2);
	assert_false(meter_open(&meter, &now, true));
	assert_false(meter_open(&meter, &now, false));
	meter_clock(&now, press.conf, NOW + 86400);
	assert_true(meter_open(&meter, &now, true));
	assert_int_equal(draw(9), 7);
}

/* What did not start after all is left of the day. */
static void
what_is_returned_may_go_today(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("per_day = 7");
	assert_int_equal(draw(9), 7);
	assert_false(meter_open(&meter, &now, true));
	assert_int_equal(meter_return(&meter, press.db, &now, 3, &err), 0);
	assert_true(meter_open(&meter, &now, true));
	assert_int_equal(house_value(press.db, "SELECT day_sent FROM pace"), 4);
	assert_int_equal(draw(9), 3);
	assert_false(meter_open(&meter, &now, true));
	/* nothing returned is nothing written */
	assert_int_equal(meter_return(&meter, press.db, &now, 0, &err), 0);
	assert_false(meter_open(&meter, &now, true));
}

/* 4, then half as many again each day, from the first day of its use. */
static void
a_relay_is_warmed_up(void **state)
{
	static const int most[] = {4, 6, 9, 13};
	int64_t at = NOW + 10 * INT64_C(86400);

	(void)state;
	begin("warmup = 4 warmup_growth = 50");
	for (size_t i = 0; i < sizeof(most) / sizeof(*most); i++) {
		meter_clock(&now, press.conf, at);
		assert_int_equal(draw(1000), most[i]);
		at += 86400;
	}
}

static void
hours_are_for_digests(void **state)
{
	(void)state;
	begin("hours = \"08:00-22:00\"");
	now.minute = 7 * 60 + 59;
	assert_false(meter_open(&meter, &now, true));
	assert_true(meter_open(&meter, &now, false));
	now.minute = 8 * 60;
	assert_true(meter_open(&meter, &now, true));
	now.minute = 22 * 60;
	assert_false(meter_open(&meter, &now, true));
}

/* A complaint teaches a rate; what goes through makes it be forgotten. */
static void
complaints_slow_it_down(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("");
	meter.taken = 100;
	meter_proceed(&meter, &now);
	now.at.ms += 1000;
	meter.slow = true;
	assert_true(meter_has_news(&meter));
	assert_int_equal(meter_note(&meter, press.db, &now, &err), 0);
	meter_proceed(&meter, &now);
	assert_true(meter.learned);
	assert_true(draw(100) < 100);
	for (int i = 0; i < 100 && meter.learned; i++) {
		now.at.ms += 1000;
		meter.taken = draw(200);
		assert_int_equal(meter_note(&meter, press.db, &now, &err), 0);
		meter_proceed(&meter, &now);
	}
	assert_false(meter.learned);
	assert_int_equal(draw(1000), 1000);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_clock_is_the_sites),
	    TEST(without_limits_nothing_is_asked),
	    TEST(a_rate_is_kept),
	    TEST(a_day_is_used_up),
	    TEST(what_is_returned_may_go_today),
	    TEST(a_relay_is_warmed_up),
	    TEST(hours_are_for_digests),
	    TEST(complaints_slow_it_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
