/* SPDX-License-Identifier: ISC */
#include "flow/steady.h"

#include "house.h"

#include "base/log.h"
#include "flow/notice.h"
#include "model/trouble.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct db *db;

static int
setup(void **state)
{
	(void)state;
	log_limit((enum log_level)0);
	db = house_open();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

static struct clock_pair
at(int64_t wall_s, int64_t mono_s)
{
	return (struct clock_pair){
	    .wall_ms = wall_s * 1000, .mono_ms = mono_s * 1000};
}

static void
begin(struct steady *steady, struct clock_pair look)
{
	struct err err = ERR_INIT;

	if (steady_begin(steady, look, db, &err) != 0)
		fail_msg("%s", err.msg);
}

static void
note(struct steady *steady, int64_t now)
{
	struct err err = ERR_INIT;

	if (steady_note(steady, db, now, &err) != 0)
		fail_msg("%s", err.msg);
	assert_false(steady->owed);
}

/* 1 where `nashra status` shows it. */
static int
shown(struct trouble *out)
{
	struct err err = ERR_INIT;

	*out = (struct trouble){.scope = TROUBLE_CLOCK};
	return trouble_find(db, out, &err);
}

/* A row is a look; what it says is of the rows before it. */
static void
it_waits_until_the_clock_goes_evenly(void **state)
{
	static const struct {
		const char *what;
		int64_t wall_s, mono_s;
		bool changes, held, quiet;
	} looks[] = {
	    {"nothing has happened", 100, 100, false, false, false},
	    {"9 s is no jump", 119, 110, false, false, false},
	    {"a day forward", 86520, 111, true, true, true},
	    {"not yet", 86522, 113, false, true, true},
	    {"another step, and it waits anew", 120, 114, true, true, true},
	    {"not yet either", 122, 116, false, true, true},
	    {"evenly for 3 s", 123, 117, true, false, true},
	    {"still", 136, 130, false, false, true},
	    {"a minute from the first jump on nobody is told", 176, 170, false,
		false, true},
	    {"and then it is as it was", 177, 171, false, false, false},
	    {"a suspend, told as nothing else", 8177, 171, true, true, true},
	    {"over", 8180, 174, true, false, true},
	    {"one more, while it is quiet", 18180, 174, true, true, true},
	    {"over, too", 18186, 180, true, false, true},
	    {"quiet anew", 18239, 233, false, false, true},
	    {"for a minute", 18240, 234, false, false, false},
	    {"the clock is wrong for good", -5, 235, true, true, true},
	    {"that is its time now", -2, 238, true, false, true},
	    {"again and again: the first", 1000, 239, true, true, true},
	    {"after 2 s", 2000, 241, true, true, true},
	    {"after 5 s", 3000, 244, true, true, true},
	    {"after 8 s", 4000, 247, true, true, true},
	    {"10 s are enough", 4002, 249, true, false, true},
	    {"one more is shown, and stops nobody", 5000, 250, true, false,
		true},
	    {"even now", 5003, 253, false, false, true},
	    {"from here on it is as ever", 6000, 254, true, true, true},
	};
	struct steady steady;

	(void)state;
	begin(&steady, at(0, 0));
	for (size_t i = 0; i < COUNT(looks); i++) {
		bool changes =
		    steady_look(&steady, at(looks[i].wall_s, looks[i].mono_s));

		if (changes != looks[i].changes ||
		    steady_held(&steady) != looks[i].held ||
		    steady_quiet(&steady) != looks[i].quiet)
			fail_msg("%s: %d %d %d", looks[i].what, changes,
			    steady_held(&steady), steady_quiet(&steady));
	}
	assert_false(steady_held(NULL));
	assert_false(steady_quiet(NULL));
}

/* One that is never steady is told of, though each jump of it is not. */
static void
a_clock_that_goes_on_jumping_does_not_stay_quiet(void **state)
{
	struct steady steady;
	struct trouble row;
	int64_t wall = NOW;
	int64_t mono = 0;

	(void)state;
	begin(&steady, at(wall, mono));
	for (; mono <= NOTICE_AFTER + 2; mono += 2) {
		wall += 2 + (mono % 4 == 0 ? 60 : -60);
		assert_true(steady_look(&steady, at(wall, mono)));
		assert_int_equal(steady_held(&steady), mono < STEADY_MOST);
		note(&steady, wall);
		assert_int_equal(shown(&row), 1);
	}
	assert_int_equal(row.failures, 32);
	(void)steady_look(&steady, at(wall + 1, mono + 1));
	assert_false(steady_quiet(&steady));
}

static void
status_shows_it_while_it_lasts(void **state)
{
	static const struct {
		int64_t jump;
		const char *says;
	} cases[] = {
	    {11, "it went forward by 11 s: digests wait until it has gone "
		 "evenly for 3 seconds, 10 at most"},
	    {-11, "it went back by 11 s: "},
	    {119, "forward by 119 s: "},
	    {-120, "back by 2 min: "},
	    {3600, "forward by 60 min: "},
	    {-7200, "back by 2 h: "},
	    {86400, "forward by 24 h: "},
	    {86399, "forward by 24 h: "},
	    {2 * 86400, "forward by 2 days: "},
	    {-56 * INT64_C(31557600), "back by 20454 days: "},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t now = NOW + cases[i].jump;
		struct steady steady;
		struct trouble row;

		begin(&steady, at(NOW, 0));
		note(&steady, NOW);
		assert_int_equal(shown(&row), 0);
		assert_true(steady_look(&steady, at(now, 0)));
		note(&steady, now);
		assert_int_equal(shown(&row), 1);
		if (strstr(row.error, cases[i].says) == NULL)
			fail_msg("%s", row.error);
		assert_int_equal(row.since, now);
		assert_int_equal(row.retry_at, now + TROUBLE_STEADY);
		assert_int_equal(row.failures, 1);
		assert_true(steady_look(&steady, at(now + 5, 5)));
		note(&steady, now + 5);
		assert_int_equal(shown(&row), 0);
	}
}

/* What cannot be written now is written later, and what it is for holds. */
static void
a_busy_database_is_told_later(void **state)
{
	struct err err = ERR_INIT;
	struct steady steady;
	struct trouble row;

	(void)state;
	begin(&steady, at(NOW, 0));
	assert_true(steady_look(&steady, at(NOW + 3600, 1)));
	assert_int_equal(
	    db_run(db,
		"CREATE TRIGGER full BEFORE INSERT ON trouble"
		" BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
		DB_NO_ARGS, &err),
	    0);
	assert_int_equal(steady_note(&steady, db, NOW + 3600, &err), -1);
	assert_true(steady.owed);
	assert_true(steady_held(&steady));
	assert_int_equal(db_run(db, "DROP TRIGGER full", DB_NO_ARGS, &err), 0);
	note(&steady, NOW + 3601);
	assert_int_equal(shown(&row), 1);
}

/* A process that was killed while it waited leaves nothing behind. */
static void
what_another_has_left_ends(void **state)
{
	struct steady first;
	struct steady second;
	struct trouble row;

	(void)state;
	begin(&first, at(NOW, 0));
	assert_true(steady_look(&first, at(NOW + 3601, 1)));
	note(&first, NOW + 3600);
	begin(&second, at(NOW + 4000, 100));
	assert_true(steady_held(&second));
	assert_true(steady_quiet(&second));
	assert_false(steady_look(&second, at(NOW + 4001, 101)));
	note(&second, NOW + 4001);
	assert_int_equal(shown(&row), 1);
	assert_true(strstr(row.error, "forward by 60 min") != NULL);
	assert_true(steady_look(&second, at(NOW + 4005, 105)));
	note(&second, NOW + 4005);
	assert_int_equal(shown(&row), 0);
	/* and the first one, should it live after all */
	assert_true(steady_look(&first, at(NOW + 4005, 406)));
	note(&first, NOW + 4005);
	assert_int_equal(shown(&row), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(it_waits_until_the_clock_goes_evenly),
	    TEST(a_clock_that_goes_on_jumping_does_not_stay_quiet),
	    TEST(status_shows_it_while_it_lasts),
	    TEST(a_busy_database_is_told_later),
	    TEST(what_another_has_left_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
