/* SPDX-License-Identifier: ISC */
#include "house.h"

#include "mailroom.h"

#include <stdlib.h>

static struct db *db;
static struct list list;

/* Whom the tests write to; slow.example has queues of its own. */
static const char *const people[] = {"a@example.org", "b@slow.example",
    "c@example.org", "d@slow.example", "e@example.org"};
#define PEOPLE ((int)(sizeof(people) / sizeof(*people)))
#define SLOW   "slow.example"

static struct subscription readers[PEOPLE];

static int
setup(void **state)
{
	(void)state;
	db = house_open();
	list = house_list(db, "daily");
	mailroom_pace(db, PACE_DOMAIN, SLOW);
	for (int i = 0; i < PEOPLE; i++)
		readers[i] =
		    house_reader(db, &list, people[i], SUBSCRIPTION_ADD);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

/* ---- the queues */

static void
a_queue_holds_its_own_in_order(void **state)
{
	int64_t first = mailroom_issue(db, &list, 1);
	int64_t second = mailroom_issue(db, &list, 2);
	struct outbox rows[16];

	(void)state;
	/* the oldest first, as many as are asked for */
	assert_int_equal(mailroom_claim(db, ME, first, "", rows, 2), 2);
	assert_int_equal(rows[0].subscription_id, readers[0].id);
	assert_int_equal(rows[1].subscription_id, readers[2].id);
	assert_int_equal(rows[0].state, OUTBOX_LEASED);
	assert_string_equal(rows[0].owner, ME);
	assert_true(rows[0].id < rows[1].id);
	assert_int_equal(mailroom_claim(db, OTHER, first, "", rows, 16), 1);
	assert_int_equal(rows[0].subscription_id, readers[4].id);
	assert_string_equal(rows[0].owner, OTHER);
	assert_int_equal(mailroom_claim(db, ME, first, "", rows, 16), 0);
	/* the others are as they were */
	assert_int_equal(mailroom_claim(db, ME, first, SLOW, rows, 16), 2);
	assert_int_equal(rows[1].subscription_id, readers[3].id);
	assert_int_equal(mailroom_claim(db, ME, second, "", rows, 16), 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(rows[i].issue_id, second);
	assert_int_equal(mailroom_claim(db, ME, second, SLOW, rows, 0), 0);
	assert_int_equal(mailroom_claim(db, ME, second, SLOW, rows, 1), 1);
	assert_int_equal(mailroom_claim(db, ME, 0, "", rows, 16), 0);
	assert_int_equal(mailroom_claim(db, ME, 99, "", rows, 16), 0);
}

/* What comes back takes its old place. */
static void
a_row_keeps_its_place(void **state)
{
	int64_t issue = mailroom_issue(db, &list, 1);
	struct outbox rows[4], again[4];
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(mailroom_claim(db, ME, issue, "", rows, 4), 3);
	for (int i = 2; i >= 0; i--) {
		struct outbox row = rows[i];

		assert_int_equal(
		    outbox_move(db, &row, OUTBOX_RELEASE, NULL, NOW, &err), 1);
	}
	assert_int_equal(mailroom_claim(db, ME, issue, "", again, 4), 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(again[i].id, rows[i].id);
}

/* Every queue that has something, once; "0/ 0/slow 2/ ..." */
static void
assert_walk(const char *wanted)
{
	struct outbox_queue at = {.issue_id = -1};
	struct err err = ERR_INIT;
	struct str all;
	int more;

	str_init(&all, 10000);
	while ((more = outbox_queue_next(db, &at, &err)) == 1)
		str_addf(&all, "%d/%s ", (int)at.issue_id, at.pace);
	if (more < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(all.data, wanted);
	str_release(&all);
}

static void
all_queues_are_walked(void **state)
{
	struct outbox rows[16];
	int64_t confirm;
	struct outbox row;
	struct err err = ERR_INIT;

	(void)state;
	assert_walk("");
	(void)mailroom_issue(db, &list, 1);
	(void)mailroom_issue(db, &list, 2);
	assert_walk("1/ 1/slow.example 2/ 2/slow.example ");
	confirm = mailroom_confirm(db, &readers[1]);
	assert_walk("0/slow.example 1/ 1/slow.example 2/ 2/slow.example ");
	assert_int_equal(outbox_add_notice(db, "x", NOW, &err), 0);
	assert_walk("0/ 0/slow.example 1/ 1/slow.example 2/ 2/slow.example ");
	assert_int_equal(mailroom_claim(db, ME, 1, "", rows, 16), 3);
	assert_walk("0/ 0/slow.example 1/slow.example 2/ 2/slow.example ");
	row = rows[0];
	assert_int_equal(outbox_shelve(db, &row, OUTBOX_SUSPECT, &err), 1);
	assert_walk("0/ 0/slow.example 1/? 1/slow.example 2/ 2/slow.example ");
	mailroom_put(db, confirm, OUTBOX_SENT, NULL);
	assert_int_equal(mailroom_claim(db, ME, 2, SLOW, rows, 1), 1);
	assert_walk("0/ 1/? 1/slow.example 2/ 2/slow.example ");
	assert_int_equal(mailroom_claim(db, ME, 2, SLOW, rows, 1), 1);
	assert_walk("0/ 1/? 1/slow.example 2/ ");
	assert_int_equal(
	    db_run(db, "UPDATE outbox SET state = 'deferred', owner = NULL",
		DB_NO_ARGS, &err),
	    0);
	assert_walk("");
}

static void
what_is_in_hand_is_counted_by_pace(void **state)
{
	struct outbox rows[16];
	struct err err = ERR_INIT;
	int64_t n;

	(void)state;
	(void)mailroom_issue(db, &list, 1);
	(void)mailroom_issue(db, &list, 2);
	assert_int_equal(outbox_queue_in_hand(db, SLOW, &n, &err), 0);
	assert_int_equal(n, 0);
	/* of all issues and workers */
	assert_int_equal(mailroom_claim(db, ME, 1, SLOW, rows, 1), 1);
	assert_int_equal(mailroom_claim(db, OTHER, 2, SLOW, rows + 1, 2), 2);
	assert_int_equal(mailroom_claim(db, ME, 2, "", rows + 3, 2), 2);
	assert_int_equal(outbox_queue_in_hand(db, SLOW, &n, &err), 0);
	assert_int_equal(n, 3);
	assert_int_equal(outbox_queue_in_hand(db, "", &n, &err), 0);
	assert_int_equal(n, 2);
	assert_int_equal(
	    outbox_move(db, &rows[0], OUTBOX_START, NULL, NOW, &err), 1);
	assert_int_equal(outbox_queue_in_hand(db, SLOW, &n, &err), 0);
	assert_int_equal(n, 3);
	assert_int_equal(
	    outbox_move(db, &rows[0], OUTBOX_ACCEPT, NULL, NOW, &err), 1);
	assert_int_equal(outbox_queue_in_hand(db, SLOW, &n, &err), 0);
	assert_int_equal(n, 2);
}

/* ---- what is due */

static int64_t
deferred_until(int64_t due)
{
	int64_t id = mailroom_confirm(db, &readers[0]);
	struct err err = ERR_INIT;

	mailroom_put(db, id, OUTBOX_DEFERRED, NULL);
	assert_int_equal(db_run(db, "UPDATE outbox SET due = ?2 WHERE id = ?1",
			     DB_ARGS(db_int(id), db_int(due)), &err),
	    0);
	return id;
}

static void
what_is_due_ripens(void **state)
{
	/* from now, and whether it ripens */
	static const struct {
		int64_t in;
		bool ripe;
	} cases[] = {{-999999, true}, {-1, true}, {0, true}, {1, false},
	    {OUTBOX_WAIT_MAX - 1, false}, {OUTBOX_WAIT_MAX, false},
	    /* by a clock that has been set back since */
	    {OUTBOX_WAIT_MAX + 1, true}, {INT64_C(400) * 86400, true}};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t id = deferred_until(NOW + cases[i].in);

		assert_int_equal(
		    outbox_queue_ripen(db, NOW, 10, &err), cases[i].ripe);
		mailroom_state(
		    db, id, cases[i].ripe ? OUTBOX_QUEUED : OUTBOX_DEFERRED);
		mailroom_put(db, id, OUTBOX_SENT, NULL);
	}
}

/* A few at a time, those first that have waited longest. */
static void
the_longest_due_ripen_first(void **state)
{
	int64_t ids[6];
	struct err err = ERR_INIT;
	int64_t when;

	(void)state;
	assert_int_equal(outbox_queue_next_due(db, &when, &err), 0);
	for (int i = 0; i < 4; i++)
		ids[i] = deferred_until(NOW - i * 10);
	ids[4] = deferred_until(NOW + OUTBOX_WAIT_MAX + 5);
	ids[5] = deferred_until(NOW + 60);
	assert_int_equal(outbox_queue_next_due(db, &when, &err), 1);
	assert_int_equal(when, NOW - 30);
	assert_int_equal(outbox_queue_ripen(db, NOW, 0, &err), 0);
	assert_int_equal(outbox_queue_ripen(db, NOW, 3, &err), 3);
	mailroom_state(db, ids[0], OUTBOX_DEFERRED);
	mailroom_state(db, ids[1], OUTBOX_QUEUED);
	assert_int_equal(outbox_queue_ripen(db, NOW, 3, &err), 2);
	mailroom_state(db, ids[0], OUTBOX_QUEUED);
	mailroom_state(db, ids[4], OUTBOX_QUEUED);
	assert_int_equal(outbox_queue_ripen(db, NOW, 3, &err), 0);
	assert_int_equal(outbox_queue_next_due(db, &when, &err), 1);
	assert_int_equal(when, NOW + 60);
	mailroom_state(db, ids[5], OUTBOX_DEFERRED);
}

static void
what_ripens_is_in_its_own_queue(void **state)
{
	struct outbox rows[16];
	const struct outbox_note note = {
	    .due = NOW, .relay = "", .status = "", .text = ""};
	struct err err = ERR_INIT;

	(void)state;
	(void)mailroom_issue(db, &list, 1);
	(void)mailroom_issue(db, &list, 2);
	for (int i = 1; i <= 2; i++) {
		int n = mailroom_claim(db, ME, i, SLOW, rows, 16);

		n += mailroom_claim(db, ME, i, "", rows + n, 16 - n);
		assert_int_equal(n, PEOPLE);
		while (n-- > 0) {
			assert_int_equal(outbox_move(db, &rows[n], OUTBOX_DEFER,
					     &note, NOW, &err),
			    1);
		}
	}
	assert_walk("");
	assert_int_equal(outbox_queue_ripen(db, NOW, 100, &err), 2 * PEOPLE);
	assert_walk("1/ 1/slow.example 2/ 2/slow.example ");
}

/* ---- orders */

/* An order in pieces; returns how many calls did something. */
static int
order(enum outbox_order what, int64_t issue_id, int max, int64_t now)
{
	struct outbox_queue_command command = {
	    .order = what, .issue_id = issue_id, .max = max};
	struct err err = ERR_INIT;
	int calls = 0;
	int n;

	while ((n = outbox_queue_command(db, &command, now, &err)) > 0) {
		assert_true(n <= max);
		calls++;
	}
	if (n < 0)
		fail_msg("%s", err.msg);
	return calls;
}

static void
an_order_changes_what_it_is_for(void **state)
{
	static const int becomes[OUTBOX_ORDERS][OUTBOX_STATES] = {
	    [OUTBOX_UNLEASE] = {OUTBOX_QUEUED, OUTBOX_QUEUED, OUTBOX_STARTED,
		OUTBOX_SENT, OUTBOX_DEFERRED, OUTBOX_FAILED, OUTBOX_UNKNOWN,
		OUTBOX_CANCELLED},
	    [OUTBOX_STOP] = {OUTBOX_CANCELLED, OUTBOX_CANCELLED, OUTBOX_STARTED,
		OUTBOX_SENT, OUTBOX_CANCELLED, OUTBOX_FAILED, OUTBOX_UNKNOWN,
		OUTBOX_CANCELLED},
	    [OUTBOX_AGAIN] = {OUTBOX_QUEUED, OUTBOX_LEASED, OUTBOX_STARTED,
		OUTBOX_SENT, OUTBOX_DEFERRED, OUTBOX_QUEUED, OUTBOX_UNKNOWN,
		OUTBOX_CANCELLED},
	    [OUTBOX_AGAIN_LOST] = {OUTBOX_QUEUED, OUTBOX_LEASED, OUTBOX_STARTED,
		OUTBOX_SENT, OUTBOX_DEFERRED, OUTBOX_FAILED, OUTBOX_QUEUED,
		OUTBOX_CANCELLED},
	    /* the states stay */
	    [OUTBOX_RENEW] = {OUTBOX_QUEUED, OUTBOX_LEASED, OUTBOX_STARTED,
		OUTBOX_SENT, OUTBOX_DEFERRED, OUTBOX_FAILED, OUTBOX_UNKNOWN,
		OUTBOX_CANCELLED},
	};
	struct list eight = house_list(db, "eight");
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < OUTBOX_STATES; i++) {
		char address[40];

		snprintf(address, sizeof(address), "r%d@example.org", i);
		(void)house_reader(db, &eight, address, SUBSCRIPTION_ADD);
	}
	for (int o = 0; o < OUTBOX_ORDERS; o++) {
		int64_t other = mailroom_issue(db, &eight, 2 * o + 1);
		int64_t issue = mailroom_issue(db, &eight, 2 * o + 2);
		int64_t id = house_value(db, "SELECT max(id) FROM outbox") -
			     2 * OUTBOX_STATES + 1;

		for (int i = 0; i < 2 * OUTBOX_STATES; i++) {
			mailroom_put(db, id + i,
			    (enum outbox_state)(i % OUTBOX_STATES), ME);
		}
		assert_true(
		    order((enum outbox_order)o, issue, 100, NOW + 9) == 1);
		for (int i = 0; i < OUTBOX_STATES; i++) {
			struct outbox row =
			    mailroom_get(db, id + OUTBOX_STATES + i);

			mailroom_state(db, id + i, (enum outbox_state)i);
			assert_int_equal(row.state, becomes[o][i]);
			assert_string_equal(
			    row.owner, row.state == OUTBOX_LEASED ||
					       row.state == OUTBOX_STARTED
					   ? ME
					   : "");
		}
		assert_int_not_equal(other, issue);
		assert_int_equal(
		    db_run(db, "DELETE FROM outbox", DB_NO_ARGS, &err), 0);
	}
}

static void
an_order_goes_on_where_it_was(void **state)
{
	static const struct {
		int rows, max, calls;
	} cases[] = {{0, 10, 0}, {1, 10, 1}, {10, 10, 1}, {11, 10, 2},
	    {57, 10, 6}, {57, 1, 57}, {57, 1000, 1}};
	struct list many = house_list(db, "many");
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 57; i++) {
		char address[40];

		snprintf(address, sizeof(address), "r%d@example.org", i);
		(void)house_reader(db, &many, address, SUBSCRIPTION_ADD);
	}
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t issue = mailroom_issue(db, &many, (int64_t)i + 1);

		assert_int_equal(db_run(db,
				     "DELETE FROM outbox WHERE id NOT IN"
				     " (SELECT id FROM outbox LIMIT ?1)",
				     DB_ARGS(db_int(cases[i].rows)), &err),
		    0);
		assert_int_equal(order(OUTBOX_STOP, issue, cases[i].max, NOW),
		    cases[i].calls);
		assert_int_equal(house_value(db, "SELECT count(*) FROM outbox"
						 " WHERE state = 'cancelled'"
						 " AND finished = 1764000000"),
		    cases[i].rows);
		assert_int_equal(
		    db_run(db, "DELETE FROM outbox", DB_NO_ARGS, &err), 0);
	}
}

/* What is behind the cursor when it changes is the next order's: an order
 * comes to an end however fast rows come back. */
static void
an_order_ends(void **state)
{
	struct outbox_queue_command command = {
	    .order = OUTBOX_UNLEASE, .max = 2};
	struct outbox rows[16];
	struct err err = ERR_INIT;
	int calls = 0;

	(void)state;
	command.issue_id = mailroom_issue(db, &list, 1);
	(void)mailroom_claim(db, ME, command.issue_id, "", rows, 16);
	(void)mailroom_claim(db, ME, command.issue_id, SLOW, rows, 16);
	while (outbox_queue_command(db, &command, NOW, &err) > 0) {
		calls++;
		(void)mailroom_claim(db, ME, command.issue_id, "", rows, 16);
		(void)mailroom_claim(db, ME, command.issue_id, SLOW, rows, 16);
	}
	assert_int_equal(calls, 3);
}

/* A person who says "again" gives it a whole new life. */
static void
again_is_from_the_beginning(void **state)
{
	int64_t issue = mailroom_issue(db, &list, 1);
	const struct outbox_note note = {.fault = true,
	    .relay = "main",
	    .code = 550,
	    .status = "5.1.1",
	    .text = "no such user"};
	struct outbox row;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(mailroom_claim(db, ME, issue, "", &row, 1), 1);
	assert_int_equal(
	    outbox_move(db, &row, OUTBOX_REFUSE, &note, NOW, &err), 1);
	assert_int_equal(order(OUTBOX_AGAIN, issue, 10, NOW + 999999), 1);
	row = mailroom_get(db, row.id);
	assert_int_equal(row.state, OUTBOX_QUEUED);
	assert_int_equal(row.faults, 0);
	assert_int_equal(row.deadline, NOW + 999999 + OUTBOX_AGE);
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM outbox"
			    " WHERE due = 1764999999 AND finished IS NULL"),
	    1);
	assert_int_equal(mailroom_claim(db, ME, issue, "", &row, 1), 1);
}

/* ---- property: whatever happens, every row that waits is in exactly one
 * queue, and a worker that takes all it can gets exactly those. */

static unsigned
roll(unsigned *seed, unsigned sides)
{
	*seed = *seed * 1103515245U + 12345U;
	return (*seed >> 16) % sides;
}

static void
stir(unsigned *seed, int64_t issues)
{
	static const char *const paces[] = {"", SLOW, OUTBOX_SUSPECT};
	struct outbox rows[4];
	struct err err = ERR_INIT;
	int64_t issue = roll(seed, (unsigned)issues + 1);
	int n;

	switch (roll(seed, 8)) {
	case 0:
		(void)order((enum outbox_order)roll(seed, OUTBOX_ORDERS), issue,
		    3, NOW);
		break;
	case 1:
		assert_true(outbox_queue_ripen(
				db, NOW + roll(seed, 100), 5, &err) >= 0);
		break;
	case 2: (void)mailroom_confirm(db, &readers[roll(seed, PEOPLE)]); break;
	case 3:
		assert_int_equal(outbox_cancel(db,
				     readers[roll(seed, PEOPLE)].id, NOW, &err),
		    0);
		break;
	default:
		n = mailroom_claim(
		    db, ME, issue, paces[roll(seed, 3)], rows, 4);
		for (int i = 0; i < n; i++) {
			const struct outbox_note note = {
			    .due = NOW + roll(seed, 100),
			    .relay = "",
			    .status = "",
			    .text = ""};

			if (roll(seed, 4) == 0) {
				(void)outbox_shelve(
				    db, &rows[i], paces[roll(seed, 3)], &err);
				continue;
			}
			for (int tries = 0; tries < 4; tries++) {
				struct err refused = ERR_INIT;

				(void)outbox_move(db, &rows[i],
				    (enum outbox_event)roll(
					seed, OUTBOX_EVENTS),
				    &note, NOW, &refused);
			}
		}
	}
}

static void
nothing_is_ever_in_no_queue(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 40; seed++) {
		struct outbox_queue at = {.issue_id = -1};
		struct outbox rows[64];
		struct err err = ERR_INIT;
		unsigned dice = seed;
		int64_t issues = 1 + seed % 5;
		int64_t waiting;
		int taken = 0;

		(void)teardown(NULL);
		(void)setup(NULL);
		for (int64_t i = 1; i <= issues; i++)
			(void)mailroom_issue(db, &list, i);
		for (int i = 0; i < 60; i++)
			stir(&dice, issues);
		waiting = house_value(db, "SELECT count(*) FROM outbox"
					  " WHERE state = 'queued'");
		while (outbox_queue_next(db, &at, &err) == 1) {
			int n = mailroom_claim(
			    db, OTHER, at.issue_id, at.pace, rows, 64);

			assert_true(n > 0 && n < 64);
			taken += n;
		}
		assert_int_equal(taken, waiting);
		assert_int_equal(
		    house_value(db, "SELECT count(*) FROM outbox"
				    " WHERE (state IN ('leased', 'started'))"
				    " <> (owner IS NOT NULL)"),
		    0);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_queue_holds_its_own_in_order),
	    TEST(a_row_keeps_its_place),
	    TEST(all_queues_are_walked),
	    TEST(what_is_in_hand_is_counted_by_pace),
	    TEST(what_is_due_ripens),
	    TEST(the_longest_due_ripen_first),
	    TEST(what_ripens_is_in_its_own_queue),
	    TEST(an_order_changes_what_it_is_for),
	    TEST(an_order_goes_on_where_it_was),
	    TEST(an_order_ends),
	    TEST(again_is_from_the_beginning),
	    TEST(nothing_is_ever_in_no_queue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
