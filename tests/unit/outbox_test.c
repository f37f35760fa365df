/* SPDX-License-Identifier: ISC */
#include "house.h"

#include "model/issue.h"
#include "model/outbox_list.h"

#include <string.h>

#define ME    "11111111-1111-4111-8111-111111111111"
#define OTHER "22222222-2222-4222-8222-222222222222"
#define NO    (-1)

#define Q OUTBOX_QUEUED
#define S OUTBOX_STARTED
#define T OUTBOX_SENT
#define D OUTBOX_DEFERRED
#define F OUTBOX_FAILED
#define U OUTBOX_UNKNOWN

/* Written down here a second time, from what senders were promised. */
static const int wanted[OUTBOX_STATES][OUTBOX_EVENTS] = {
    /* RELEASE START ACCEPT DEFER REFUSE LOSE RETRY */
    [OUTBOX_QUEUED] = {NO, NO, NO, NO, NO, NO, NO},
    [OUTBOX_LEASED] = {Q, S, NO, D, F, NO, NO},
    [OUTBOX_STARTED] = {NO, NO, T, D, F, U, NO},
    [OUTBOX_SENT] = {NO, NO, NO, NO, NO, NO, NO},
    [OUTBOX_DEFERRED] = {NO, NO, NO, NO, NO, NO, NO},
    [OUTBOX_FAILED] = {NO, NO, NO, NO, NO, NO, NO},
    [OUTBOX_UNKNOWN] = {NO, NO, NO, NO, NO, NO, D},
    [OUTBOX_CANCELLED] = {NO, NO, NO, NO, NO, NO, NO},
};

static struct db *db;
static struct list list;
static struct subscription reader;

static int
setup(void **state)
{
	(void)state;
	db = house_open();
	list = house_list(db, "daily");
	reader = house_reader(db, &list, "a@example.org", SUBSCRIPTION_ADD);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

/* A confirm row in a state of our choosing, in the hands of ME. */
static struct outbox
row_in(int state)
{
	struct outbox row = {
	    .state = (enum outbox_state)state, .owner = ME, .attempts = 1};
	struct err err = ERR_INIT;

	assert_int_equal(
	    outbox_add_confirm(db, list.id, reader.id, NOW, &err), 0);
	row.id = db_last_id(db);
	assert_int_equal(
	    db_run(db, "UPDATE outbox SET state = ?2, owner = ?3 WHERE id = ?1",
		DB_ARGS(db_int(row.id), db_text(outbox_state_name(row.state)),
		    db_text(ME)),
		&err),
	    0);
	return row;
}

static int
copy_state(const struct db_row *row, void *arg)
{
	assert_true(str_fit(arg, 16, db_row_text(row, 0)));
	return 0;
}

static void
assert_state(const struct outbox *row, int state)
{
	struct err err = ERR_INIT;
	char name[16] = "";

	assert_int_equal(db_each(db, "SELECT state FROM outbox WHERE id = ?1",
			     DB_ARGS(db_int(row->id)), copy_state, name, &err),
	    1);
	assert_string_equal(name, outbox_state_name((enum outbox_state)state));
}

static void
every_state_and_event(void **state)
{
	(void)state;
	for (int from = 0; from < OUTBOX_STATES; from++) {
		for (int event = 0; event < OUTBOX_EVENTS; event++) {
			struct outbox row = row_in(from);
			int want = wanted[from][event];
			struct err err = ERR_INIT;
			int got = outbox_move(db, &row,
			    (enum outbox_event)event, NULL, NOW, &err);

			assert_int_equal(got, want == NO ? -1 : 1);
			assert_state(&row, want == NO ? from : want);
			if (want == NO)
				assert_int_equal(err.code, ERR_SYSTEM);
			else
				assert_int_equal(row.state, want);
		}
	}
}

/* Another's row, or one that has moved on, is not touched: whoever gets 0
 * must not send. */
static void
only_the_owner_moves_a_row(void **state)
{
	static const struct {
		int from;
		enum outbox_event event;
	} cases[] = {{OUTBOX_LEASED, OUTBOX_START},
	    {OUTBOX_LEASED, OUTBOX_RELEASE}, {OUTBOX_STARTED, OUTBOX_ACCEPT},
	    {OUTBOX_STARTED, OUTBOX_DEFER}, {OUTBOX_STARTED, OUTBOX_LOSE}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct outbox row = row_in(cases[i].from);
		struct outbox stale = row;
		struct err err = ERR_INIT;

		assert_true(str_fit(row.owner, sizeof(row.owner), OTHER));
		assert_int_equal(
		    outbox_move(db, &row, cases[i].event, NULL, NOW, &err), 0);
		assert_state(&row, cases[i].from);
		assert_int_equal(
		    db_run(db, "UPDATE outbox SET state = 'cancelled'",
			DB_NO_ARGS, &err),
		    0);
		assert_int_equal(
		    outbox_move(db, &stale, cases[i].event, NULL, NOW, &err),
		    0);
		assert_state(&stale, OUTBOX_CANCELLED);
	}
}

static void
a_result_is_noted_with_its_reply(void **state)
{
	struct outbox row = row_in(OUTBOX_STARTED);
	const struct outbox_note note = {.due = NOW + 60,
	    .relay = "main",
	    .code = 451,
	    .status = "4.7.1",
	    .text = "try again"};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    outbox_move(db, &row, OUTBOX_DEFER, &note, NOW, &err), 1);
	assert_int_equal(
	    house_value(db,
		"SELECT count(*) FROM outbox WHERE state = 'deferred'"
		" AND owner IS NULL AND due = 1764000060 AND relay = 'main'"
		" AND reply_code = 451 AND reply_status = '4.7.1'"
		" AND reply_text = 'try again' AND finished IS NULL"),
	    1);
}

static void
a_start_counts_and_a_loss_is_remembered(void **state)
{
	struct outbox row = row_in(OUTBOX_LEASED);
	struct err err = ERR_INIT;

	(void)state;
	row.attempts = 0;
	assert_int_equal(
	    outbox_move(db, &row, OUTBOX_START, NULL, NOW, &err), 1);
	assert_int_equal(row.attempts, 1);
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM outbox WHERE attempts = 1"
			    " AND started = 1764000000 AND owner IS NOT NULL"),
	    1);
	assert_int_equal(
	    outbox_move(db, &row, OUTBOX_LOSE, NULL, NOW, &err), 1);
	assert_int_equal(
	    outbox_move(db, &row, OUTBOX_RETRY, NULL, NOW, &err), 1);
	assert_int_equal(
	    house_value(db,
		"SELECT count(*) FROM outbox WHERE state = 'deferred'"
		" AND uncertain = 1 AND finished IS NULL"),
	    1);
}

static int64_t
add_issue(int64_t readers)
{
	struct issue issue = {.list_id = list.id,
	    .number = 1,
	    .every = LIST_DAY,
	    .window_start = NOW,
	    .window_end = NOW + 86400,
	    .frozen = NOW};
	struct issue_body body = {.subject = (char[]){"s"},
	    .html = (char[]){"h"},
	    .text = (char[]){"t"}};
	struct outbox_issue mail = {.list_id = list.id, .every = "day"};
	struct err err = ERR_INIT;
	int64_t n;

	assert_int_equal(issue_add(db, &issue, &err), 0);
	body.issue_id = issue.id;
	assert_int_equal(issue_add_body(db, &body, "default", &err), 0);
	mail.issue_id = issue.id;
	mail.body_id = body.id;
	assert_int_equal(outbox_add_issue(db, &mail, NOW, &n, &err), 0);
	assert_int_equal(n, readers);
	return issue.id;
}

static void
an_issue_goes_to_its_audience_once(void **state)
{
	struct outbox_issue mail = {
	    .list_id = list.id, .every = "day", .body_id = 1};
	struct subscription weekly, left;
	struct err err = ERR_INIT;
	int64_t n;

	(void)state;
	weekly = house_reader(db, &list, "w@example.org", SUBSCRIPTION_ADD);
	assert_int_equal(
	    subscription_set_every(db, &weekly, LIST_WEEK, NOW, &err), 0);
	left = house_reader(db, &list, "l@example.org", SUBSCRIPTION_ADD);
	assert_int_equal(
	    subscription_move(db, &left, SUBSCRIPTION_LEAVE, NOW, &err), 1);
	(void)house_reader(db, &list, "p@example.org", SUBSCRIPTION_ASK);
	(void)house_reader(db, &list, "b@example.org", SUBSCRIPTION_ADD);
	mail.issue_id = add_issue(2);
	/* a second row for the same issue and reader cannot be */
	assert_int_equal(outbox_add_issue(db, &mail, NOW, &n, &err), -1);
	assert_int_equal(house_value(db, "SELECT count(*) FROM outbox"), 2);
}

static void
the_most_urgent_are_leased_first(void **state)
{
	struct outbox rows[8];
	struct outbox_claim claim = {.owner = ME, .now = NOW, .max = 2};
	struct err err = ERR_INIT;

	(void)state;
	(void)house_reader(db, &list, "b@example.org", SUBSCRIPTION_ADD);
	(void)add_issue(2);
	assert_int_equal(
	    outbox_add_confirm(db, list.id, reader.id, NOW + 100, &err), 0);
	assert_int_equal(
	    outbox_add_confirm(db, list.id, reader.id, NOW, &err), 0);
	assert_int_equal(outbox_due(db, NOW, &err), 1);
	assert_int_equal(outbox_claim(db, &claim, rows, &err), 2);
	/* the confirm mail overtakes, the one that is not due waits */
	assert_int_equal(rows[0].kind, OUTBOX_CONFIRM);
	assert_int_equal(rows[1].kind, OUTBOX_DIGEST);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(rows[i].state, OUTBOX_LEASED);
		assert_string_equal(rows[i].owner, ME);
	}
	claim.max = 8;
	claim.owner = OTHER;
	assert_int_equal(outbox_claim(db, &claim, rows, &err), 1);
	assert_int_equal(outbox_claim(db, &claim, rows, &err), 0);
	assert_int_equal(outbox_due(db, NOW, &err), 0);
	assert_int_equal(outbox_owned(db, ME, rows, 8, &err), 2);
	claim.now = NOW + 100;
	assert_int_equal(outbox_claim(db, &claim, rows, &err), 1);
	assert_int_equal(rows[0].kind, OUTBOX_CONFIRM);
	assert_int_equal(strlen(rows[0].uuid), 36);
}

static void
who_leaves_gets_nothing_that_has_not_left(void **state)
{
	static const bool ends[OUTBOX_STATES] = {[OUTBOX_QUEUED] = true,
	    [OUTBOX_LEASED] = true,
	    [OUTBOX_DEFERRED] = true};
	struct outbox rows[OUTBOX_STATES];
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < OUTBOX_STATES; i++)
		rows[i] = row_in(i);
	assert_int_equal(outbox_cancel(db, reader.id, NOW, &err), 0);
	for (int i = 0; i < OUTBOX_STATES; i++)
		assert_state(&rows[i], ends[i] ? OUTBOX_CANCELLED : i);
}

static void
counts_and_what_is_final(void **state)
{
	struct outbox_list_counts counts;
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < OUTBOX_STATES; i++) {
		(void)row_in(i);
		assert_int_equal(outbox_list_count(db, 0, &counts, &err), 0);
		assert_int_equal(counts.n[i], 1);
	}
	assert_false(outbox_list_final(&counts));
	for (int i = 0; i < OUTBOX_STATES; i++) {
		struct outbox_list_counts one = {{0}};

		one.n[i] = 3;
		assert_int_equal(outbox_list_final(&one),
		    i == OUTBOX_SENT || i == OUTBOX_FAILED ||
			i == OUTBOX_UNKNOWN || i == OUTBOX_CANCELLED);
		assert_int_equal(outbox_state_final((enum outbox_state)i),
		    outbox_list_final(&one));
	}
}

static void
confirm_mails_are_counted_by_person(void **state)
{
	struct list second = house_list(db, "weekly");
	struct subscription other =
	    house_reader(db, &second, "a@example.org", SUBSCRIPTION_ASK);
	struct err err = ERR_INIT;
	int64_t when, n;

	(void)state;
	assert_int_equal(outbox_last_confirm(db, reader.id, &when, &err), 0);
	assert_int_equal(when, 0);
	assert_int_equal(
	    outbox_add_confirm(db, list.id, reader.id, NOW, &err), 0);
	assert_int_equal(
	    outbox_add_confirm(db, second.id, other.id, NOW + 5, &err), 0);
	assert_int_equal(outbox_last_confirm(db, reader.id, &when, &err), 0);
	assert_int_equal(when, NOW);
	assert_int_equal(
	    outbox_count_confirms(db, reader.subscriber_id, NOW - 1, &n, &err),
	    0);
	assert_int_equal(n, 2);
	assert_int_equal(
	    outbox_count_confirms(db, reader.subscriber_id, NOW, &n, &err), 0);
	assert_int_equal(n, 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_state_and_event),
	    TEST(only_the_owner_moves_a_row),
	    TEST(a_result_is_noted_with_its_reply),
	    TEST(a_start_counts_and_a_loss_is_remembered),
	    TEST(an_issue_goes_to_its_audience_once),
	    TEST(the_most_urgent_are_leased_first),
	    TEST(who_leaves_gets_nothing_that_has_not_left),
	    TEST(counts_and_what_is_final),
	    TEST(confirm_mails_are_counted_by_person),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
