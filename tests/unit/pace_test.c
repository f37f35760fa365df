/* SPDX-License-Identifier: ISC */
#include "model/pace.h"

#include "house.h"
#include "press.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define MS           (NOW * 1000)
#define TODAY        (NOW / 86400)
#define DAY_MS       INT64_C(86400000)
#define NEVER        INT64_MAX

static struct db *db;

static int
setup(void **state)
{
	(void)state;
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

static struct pace_now
at(int64_t ms)
{
	return (struct pace_now){MS + ms, (MS + ms) / DAY_MS};
}

static int
take(const struct pace *pace, int64_t ms, int want, int64_t *wait)
{
	const struct pace_now now = at(ms);
	struct err err = ERR_INIT;
	int n = pace_take(db, pace, &now, want, wait, &err);

	if (n < 0)
		fail_msg("%s", err.msg);
	return n;
}

static int
slow(const struct pace *pace, int64_t ms, int64_t seen)
{
	const struct pace_now now = at(ms);
	struct err err = ERR_INIT;
	int n = pace_slow(db, pace, &now, seen, &err);

	if (n < 0)
		fail_msg("%s", err.msg);
	return n;
}

static int
good(const struct pace *pace, int64_t ms, int n)
{
	const struct pace_now now = at(ms);
	struct err err = ERR_INIT;
	int rc = pace_good(db, pace, &now, n, &err);

	if (rc < 0)
		fail_msg("%s", err.msg);
	return rc;
}

static void
give(const struct pace *pace, int n)
{
	struct err err = ERR_INIT;

	if (pace_give_back(db, pace, n, &err) != 0)
		fail_msg("%s", err.msg);
}

static struct pace_facts
look(const struct pace *pace, int64_t ms)
{
	const struct pace_now now = at(ms);
	struct pace_facts facts;
	struct err err = ERR_INIT;

	if (pace_look(db, pace, &now, &facts, &err) != 0)
		fail_msg("%s", err.msg);
	return facts;
}

/* ---- the bucket */

/* One bucket each, asked step by step. */
static void
takes_and_waits(void **state)
{
	static const struct {
		const char *name;
		int64_t rate;
		int64_t ms;
		int want;
		int got;
		int64_t wait;
	} cases[] = {
	    {"none", 0, 0, 1000, 1000, 0},
	    {"none", 0, 0, 1, 1, 0},
	    {"none", 0, 0, 0, 0, 0},
	    /* full at first, one second's worth, then one in 50 ms */
	    {"twenty", 20, 0, 30, 20, 50},
	    {"twenty", 20, 0, 30, 0, 50},
	    {"twenty", 20, 30, 30, 0, 20},
	    {"twenty", 20, 49, 30, 0, 1},
	    {"twenty", 20, 50, 30, 1, 50},
	    {"twenty", 20, 1050, 5, 5, 0},
	    {"twenty", 20, 1050, 30, 15, 50},
	    {"twenty", 20, 900000, 30, 20, 50}, /* never more than a second's */
	    {"one", 1, 0, 2, 1, 1000},
	    {"one", 1, 999, 1, 0, 1},
	    {"one", 1, 1000, 1, 1, 0},
	    {"three", 3, 0, 9, 3, 334},
	    {"three", 3, 334, 9, 1, 333},
	    {"three", 3, 667, 9, 1, 333},
	    {"three", 3, 1000, 9, 1, 334}, /* no drop is lost */
	    {"million", 1000000, 0, 1000001, 1000000, 1},
	    {"million", 1000000, 1, 2000, 1000, 1},
	    /* back a little: another process's clock; back a lot: set back */
	    {"back", 10, 0, 20, 10, 100},
	    {"back", 10, 100, 20, 1, 100},
	    {"back", 10, 0, 20, 0, 200},
	    {"back", 10, 100, 20, 0, 100},
	    {"back", 10, 200, 20, 1, 100},
	    {"back", 10, -3600000, 20, 0, 100},
	    {"back", 10, -3599900, 20, 1, 100},
	    {"back", 10, DAY_MS * 9999, 20, 10, 100},
	    {"back", 10, 300, 20, 0, 100},
	    {"back", 10, 400, 20, 1, 100},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct pace pace = {
		    PACE_RELAY, cases[i].name, cases[i].rate, PACE_NO_DAY};
		int64_t wait = 0;
		int got = take(&pace, cases[i].ms, cases[i].want, &wait);

		if (got != cases[i].got || wait != cases[i].wait)
			fail_msg("case %zu: got %d wait %lld", i, got,
			    (long long)wait);
	}
}

static void
what_was_not_sent_comes_back(void **state)
{
	const struct pace pace = {PACE_RELAY, "main", 10, 15};
	int64_t wait;

	(void)state;
	assert_int_equal(take(&pace, 0, 10, &wait), 10);
	assert_int_equal(look(&pace, 0).first_day, TODAY);
	give(&pace, 4);
	assert_int_equal(look(&pace, 0).day_sent, 6);
	assert_int_equal(take(&pace, 0, 9, &wait), 4);
	assert_int_equal(wait, 100);
	/* whoever gives back need not know the rate */
	give(&(struct pace){PACE_RELAY, "main", 0, PACE_NO_DAY}, 10);
	assert_int_equal(take(&pace, 0, 7, &wait), 7);
	give(&pace, 7);
	/* nothing was sent, so this is not its first day */
	assert_int_equal(look(&pace, DAY_MS).first_day, TODAY + 1);
	give(&pace, 1000);
	assert_int_equal(look(&pace, 0).day_sent, 0);
	assert_int_equal(take(&pace, 0, 99, &wait), 10);
	give(&(struct pace){PACE_DOMAIN, "main", 10, 15}, 1);
	assert_false(
	    look(&(struct pace){PACE_DOMAIN, "main", 10, 15}, 0).known);
}

/* ---- the day */

static void
a_day_has_its_number(void **state)
{
	static const struct {
		int64_t day; /* after the first */
		int64_t limit;
		int want;
		int got;
		int64_t wait;
		int64_t sent;
	} cases[] = {
	    {0, 5, 3, 3, 0, 3},
	    {0, 5, 3, 2, NEVER, 5},
	    {0, 5, 1, 0, NEVER, 5},
	    {0, 7, 9, 2, NEVER, 7}, /* the limit was raised, */
	    {0, 5, 1, 0, NEVER, 7}, /* and lowered again */
	    {1, 5, 6, 5, NEVER, 5},
	    {0, 5, 1, 0, NEVER, 5}, /* the same day twice is one */
	    {1, 5, 1, 0, NEVER, 5},
	    {2, 5, 1, 1, 0, 1},
	    {99999, 5, 2, 2, 0, 2}, /* a clock far ahead, */
	    {3, 5, 9, 5, NEVER, 5}, /* and right again */
	    {-20000, 5, 9, 5, NEVER, 5},
	    {4, PACE_NO_DAY, 99, 99, 0, 99},
	    {4, 0, 1, 0, NEVER, 99},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct pace pace = {
		    PACE_RELAY, "main", 0, cases[i].limit};
		const int64_t ms = cases[i].day * DAY_MS;
		int64_t wait = 0;
		int got = take(&pace, ms, cases[i].want, &wait);

		if (got != cases[i].got || wait != cases[i].wait ||
		    look(&pace, ms).day_sent != cases[i].sent)
			fail_msg("case %zu: got %d wait %lld sent %lld", i, got,
			    (long long)wait,
			    (long long)look(&pace, ms).day_sent);
	}
}

static void
the_first_day_is_remembered(void **state)
{
	const struct pace pace = {PACE_RELAY, "main", 0, PACE_NO_DAY};
	int64_t wait;

	(void)state;
	assert_int_equal(look(&pace, 0).first_day, TODAY);
	assert_false(look(&pace, 0).known);
	assert_int_equal(take(&pace, DAY_MS, 0, &wait), 0);
	assert_int_equal(look(&pace, 2 * DAY_MS).first_day, TODAY + 2);
	assert_int_equal(take(&pace, DAY_MS, 1, &wait), 1);
	assert_int_equal(look(&pace, 9 * DAY_MS).first_day, TODAY + 1);
	assert_int_equal(look(&pace, 9 * DAY_MS).day_sent, 0);
	/* not in the future */
	assert_int_equal(look(&pace, -9 * DAY_MS).first_day, TODAY - 9);
}

/* ---- two processes */

struct event {
	int64_t ms;
	int n;
};

/* No minute has more than its share and one bucket; a second for the clocks,
 * which differ by less. */
static void
check_minutes(const struct event *events, size_t n, int64_t rate)
{
	int64_t sum = 0;
	size_t first = 0;

	for (size_t i = 0; i < n; i++) {
		sum += events[i].n;
		while (events[first].ms <= events[i].ms - 60000)
			sum -= events[first++].n;
		if (sum > 62 * rate)
			fail_msg("%lld in the minute before %lld, rate %lld",
			    (long long)sum, (long long)events[i].ms,
			    (long long)rate);
	}
}

static void
share(struct db *const dbs[2], int64_t rate, const char *name)
{
	static struct event events[20000];
	const struct pace pace = {PACE_RELAY, name, rate, PACE_NO_DAY};
	uint64_t random = 88172645463325252U + (uint64_t)rate;
	int64_t ms = 0;
	int64_t sum = 0;

	for (size_t i = 0; i < COUNT(events); i++) {
		struct err err = ERR_INIT;
		struct pace_now now;
		int64_t wait;
		int which;

		random ^= random << 13;
		random ^= random >> 7;
		random ^= random << 17;
		which = (int)(random % 2);
		ms += (int64_t)(random / 2 % 25);
		/* one of them reads its clock a while before */
		now = at(ms - which * (int64_t)(random / 64 % 900));
		assert_int_equal(db_begin(dbs[which], &err), 0);
		events[i].ms = ms;
		events[i].n = pace_take(dbs[which], &pace, &now,
		    (int)(random / 1024 % 40), &wait, &err);
		assert_true(events[i].n >= 0);
		assert_int_equal(db_commit(dbs[which], &err), 0);
		sum += events[i].n;
	}
	check_minutes(events, COUNT(events), rate);
	/* and what is theirs they get */
	assert_true(sum >= rate * ms / 1000 * 97 / 100);
}

static void
two_processes_share_a_bucket(void **state)
{
	static const int64_t rates[] = {1, 3, 7, 100, 333};
	struct press press;
	struct db *dbs[2];
	struct err err = ERR_INIT;
	char path[PRESS_PATH];

	(void)state;
	press_folder(&press);
	press_path(&press, "pace.db", path);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(
		    db_open_raw(&dbs[i], path, 1000, true, &err), 0);
		if (i == 0)
			assert_true(
			    schema_migrate(dbs[0], path, NOW, &err) > 0);
		/* many small commits, and nothing to lose */
		assert_int_equal(db_run(dbs[i], "PRAGMA synchronous = OFF",
				     DB_NO_ARGS, &err),
		    0);
	}
	for (size_t i = 0; i < COUNT(rates); i++) {
		char name[16];

		snprintf(name, sizeof(name), "r%zu", i);
		share(dbs, rates[i], name);
	}
	db_close(dbs[0]);
	db_close(dbs[1]);
	press_close(&press);
}

/* ---- what is learned */

static void
a_complaint_halves(void **state)
{
	static const struct {
		const char *name;
		int64_t rate;
		int64_t seen;
		int64_t ms;
		int lowered;
		int64_t learned;
	} cases[] = {
	    /* of the settings, then of what was learned, to the floor */
	    {"set", 100, 0, 0, 1, 50000},
	    {"set", 100, 0, 4999, 0, 50000},
	    {"set", 100, 0, -4999, 0, 50000},
	    {"set", 100, 0, 5000, 1, 25000},
	    {"set", 100, 0, 10000, 1, 12500},
	    {"set", 100, 0, -600000, 1, 6250}, /* set back: counts anew */
	    {"set", 2, 0, 0, 1, 1000},         /* settings are lower by now */
	    {"set", 2, 0, 5000, 1, 500},
	    {"set", 2, 0, 10000, 1, 250},
	    {"set", 2, 0, 15000, 1, 125},
	    {"set", 2, 0, 20000, 1, 62},
	    {"set", 2, 0, 25000, 1, 31},
	    {"set", 2, 0, 30000, 1, PACE_FLOOR},
	    {"set", 2, 0, 35000, 1, PACE_FLOOR},
	    /* of what the caller has seen, where that is less */
	    {"seen", 0, 80000, 0, 1, 40000},
	    {"seen", 0, 80000, 5000, 1, 20000},
	    {"seen", 0, 3000, 10000, 1, 1500},
	    {"both", 100, 3000, 0, 1, 1500},
	    {"more", 100, 300000, 0, 1, 50000},
	    /* and where nothing is known */
	    {"dark", 0, 0, 0, 1, 500},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct pace pace = {
		    PACE_DOMAIN, cases[i].name, cases[i].rate, PACE_NO_DAY};
		int lowered = slow(&pace, cases[i].ms, cases[i].seen);
		int64_t learned = look(&pace, cases[i].ms).learned;

		if (lowered != cases[i].lowered || learned != cases[i].learned)
			fail_msg("case %zu: %d, learned %lld", i, lowered,
			    (long long)learned);
	}
}

static void
what_was_taken_was_seen(void **state)
{
	const struct pace pace = {PACE_DOMAIN, "a.example", 0, PACE_NO_DAY};
	int64_t wait;

	(void)state;
	for (int64_t ms = 0; ms < 60000; ms += 100)
		assert_int_equal(take(&pace, ms, 4, &wait), 4);
	assert_int_equal(slow(&pace, 60000, 0), 1);
	assert_in_range(look(&pace, 60000).learned, 19500, 20500);
	/* It holds at once, from an empty bucket on. */
	assert_int_equal(take(&pace, 60000, 100, &wait), 0);
	assert_in_range(wait, 48, 52);
	assert_in_range(take(&pace, 61000, 100, &wait), 19, 20);
}

static void
seen_in_a_window(void **state)
{
	static const struct {
		int64_t ms;
		int n;
		int64_t rate;
	} cases[] = {
	    {1, 5, 5000}, /* within a second, it is as if in one */
	    {501, 5, 10000}, {2001, 0, 5000}, {5001, 40, 10000},
	    {10001, 50, 15000}, /* two windows: half of what was in them */
	    {12501, 0, 10000}, {60001, 1, 1000}, /* after a pause */
	    {61000, 1, 2000}, {10000, 7, 7000},  /* the clock was set back */
	};
	struct pace_seen seen = {0};

	(void)state;
	assert_int_equal(pace_seen_rate(&seen, MS), 0);
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t rate;

		pace_seen_add(&seen, MS + cases[i].ms, cases[i].n);
		rate = pace_seen_rate(&seen, MS + cases[i].ms);
		if (rate != cases[i].rate)
			fail_msg("case %zu: %lld", i, (long long)rate);
	}
	assert_int_equal(pace_seen_rate(&seen, MS + 3600000), 0);
}

/* Sends as fast as it is let, all of it taken, for so many seconds. */
static int64_t
run(const struct pace *pace, int64_t ms, int64_t seconds)
{
	int64_t end = ms + seconds * 1000;
	int64_t wait;

	for (; ms < end; ms += 20) {
		int n = take(pace, ms, 1000, &wait);

		if (n > 0)
			(void)good(pace, ms, n);
	}
	return look(pace, ms).learned;
}

/* From half to 90 % within seconds, then slowly past the ceiling, then fast. */
static void
it_rises_again(void **state)
{
	static const struct {
		const char *name;
		int64_t rate, seen;
		struct {
			int64_t seconds, low, high;
		} then[4];
	} cases[] = {
	    {"hundred", 0, 100000,
		{{0, 50000, 50000}, {8, 88000, 96000}, {8, 94000, 105000},
		    {60, 1000000, 1000000000}}},
	    {"set", 100, 0,
		{{0, 50000, 50000}, {8, 88000, 96000}, {20, 0, 0}, {0, 0, 0}}},
	    {"ten", 0, 10000,
		{{0, 5000, 5000}, {5, 8800, 10000}, {10, 9200, 11500},
		    {60, 40000, 9000000}}},
	    /* from the floor: it doubles with each message until one a second
	     */
	    {"floor", 0, PACE_FLOOR,
		{{0, PACE_FLOOR, PACE_FLOOR}, {59, PACE_FLOOR, PACE_FLOOR + 1},
		    {120, PACE_FLOOR + 1, 40}, {50, 1000, 100000}}},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct pace pace = {
		    PACE_DOMAIN, cases[i].name, cases[i].rate, PACE_NO_DAY};
		int64_t ms = 0;

		assert_int_equal(slow(&pace, ms, cases[i].seen), 1);
		for (size_t j = 0; j < COUNT(cases[i].then); j++) {
			int64_t learned =
			    run(&pace, ms, cases[i].then[j].seconds);

			ms += cases[i].then[j].seconds * 1000;
			if (learned < cases[i].then[j].low ||
			    learned > cases[i].then[j].high)
				fail_msg("%s after %lld s: %lld", cases[i].name,
				    (long long)ms / 1000, (long long)learned);
		}
	}
}

/* What is used by a fiftieth does not rise; nor is it forgotten before it has
 * left the rate that was complained of behind. */
static void
what_is_hardly_used(void **state)
{
	static const struct {
		const char *name;
		int64_t seconds; /* of use before */
		bool forgotten;
	} cases[] = {{"a", 0, false}, {"b", 28, false}, {"c", 40, true}};

	(void)state;
	assert_int_equal(
	    good(&(struct pace){PACE_DOMAIN, "none", 0, 0}, 0, 5), 1);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct pace pace = {
		    PACE_DOMAIN, cases[i].name, 0, PACE_NO_DAY};
		int64_t ms = cases[i].seconds * 1000;
		int64_t learned, wait;

		assert_int_equal(slow(&pace, 0, 100000), 1);
		learned = run(&pace, 0, cases[i].seconds);
		assert_int_equal(learned > 200000, cases[i].forgotten);
		for (int64_t end = ms += 30000; ms < end + 600000; ms += 200) {
			assert_int_equal(take(&pace, ms, 1, &wait), 1);
			assert_int_equal(
			    good(&pace, ms, 1), cases[i].forgotten);
		}
		assert_int_equal(
		    look(&pace, ms).learned, cases[i].forgotten ? 0 : learned);
	}
}

/* A relay that takes so many in each second and complains of the rest gets
 * most of what it can take, and seldom has to complain. */
static void
it_settles_below_the_limit(void **state)
{
	static const struct {
		const char *name;
		int64_t limit;
		int64_t complaints; /* of a thousand messages, at most */
	} cases[] = {{"a", 1, 200}, {"b", 20, 10}, {"c", 300, 2}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct pace pace = {
		    PACE_RELAY, cases[i].name, 0, PACE_NO_DAY};
		int64_t second = -1;
		int64_t taken = 0;
		int64_t all = 0;
		int64_t complaints = 0; /* once it has learned */
		int64_t wait;

		for (int64_t ms = 0; ms < 600000; ms += 20) {
			int n = take(&pace, ms, 10, &wait);

			if (ms / 1000 != second) {
				second = ms / 1000;
				taken = 0;
			}
			for (int j = 0; j < n; j++) {
				if (taken++ < cases[i].limit) {
					all++;
					(void)good(&pace, ms, 1);
				} else {
					complaints += ms > 60000;
					(void)slow(&pace, ms, 0);
				}
			}
		}
		if (all < cases[i].limit * 600 * 80 / 100 ||
		    complaints * 1000 > all * cases[i].complaints)
			fail_msg("limit %lld: %lld, %lld complaints",
			    (long long)cases[i].limit, (long long)all,
			    (long long)complaints);
	}
}

/* ---- rows */

static void
rows_are_made_and_go(void **state)
{
	static const struct {
		const char *name;
		enum pace_scope scope;
		bool slowed, used;
		bool kept;
	} cases[] = {
	    {"new.example", PACE_DOMAIN, false, false, false},
	    {"slow.example", PACE_DOMAIN, true, false, true},
	    {"used.example", PACE_DOMAIN, false, true, true},
	    {"relay", PACE_RELAY, false, false, true},
	};
	const int64_t week = 7 * DAY_MS;
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct pace pace = {
		    cases[i].scope, cases[i].name, 0, PACE_NO_DAY};
		const struct pace_now now = at(0);
		int64_t wait;

		assert_int_equal(pace_ensure(db, &pace, &now, &err), 0);
		if (cases[i].slowed)
			assert_int_equal(slow(&pace, 5, 1000), 1);
		if (cases[i].used)
			assert_int_equal(take(&pace, week / 2, 1, &wait), 1);
		assert_int_equal(pace_ensure(db, &pace, &now, &err), 0);
		assert_true(look(&pace, 0).known);
	}
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM pace"), COUNT(cases));
	for (int i = 0; i < 2; i++) {
		const struct pace_now now = at(week + i);

		assert_int_equal(pace_prune(db, &now, &err), 0);
		for (size_t j = 0; j < COUNT(cases); j++) {
			const struct pace pace = {
			    cases[j].scope, cases[j].name, 0, PACE_NO_DAY};

			assert_int_equal(
			    look(&pace, 0).known, i == 0 || cases[j].kept);
		}
	}
}

/* A domain with a row has a queue of its own. */
static void
a_row_makes_a_queue(void **state)
{
	const struct pace pace = {PACE_DOMAIN, "slow.example", 0, PACE_NO_DAY};
	const struct pace_now now = at(0);
	struct list list = house_list(db, "daily");
	struct err err = ERR_INIT;

	(void)state;
	(void)house_reader(db, &list, "a@slow.example", SUBSCRIPTION_ADD);
	(void)house_reader(db, &list, "a@fast.example", SUBSCRIPTION_ADD);
	assert_int_equal(pace_ensure(db, &pace, &now, &err), 0);
	assert_int_equal(house_value(db, "SELECT count(*) FROM audience"
					 " WHERE pace = 'slow.example'"),
	    1);
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM audience WHERE pace = ''"),
	    1);
}

#define EACH(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    EACH(takes_and_waits),
	    EACH(what_was_not_sent_comes_back),
	    EACH(a_day_has_its_number),
	    EACH(the_first_day_is_remembered),
	    EACH(two_processes_share_a_bucket),
	    EACH(a_complaint_halves),
	    EACH(what_was_taken_was_seen),
	    EACH(seen_in_a_window),
	    EACH(it_rises_again),
	    EACH(what_is_hardly_used),
	    EACH(it_settles_below_the_limit),
	    EACH(rows_are_made_and_go),
	    EACH(a_row_makes_a_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
