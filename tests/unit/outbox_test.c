/* SPDX-License-Identifier: ISC */
#include "counter.h"

#define NO (-1)
#define Q  OUTBOX_QUEUED
#define S  OUTBOX_STARTED
#define T  OUTBOX_SENT
#define D  OUTBOX_DEFERRED
#define F  OUTBOX_FAILED
#define U  OUTBOX_UNKNOWN

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

static const struct outbox_note later = {.due = NOW + 60,
    .relay = "main",
    .code = 451,
    .status = "4.7.1",
    .text = "try again"};

/* A confirm row in a state of our choosing; ME has it where one can. */
static struct outbox
row_in(int state)
{
	int64_t id = mailroom_confirm(db, &reader);

	mailroom_put(db, id, (enum outbox_state)state, ME);
	return mailroom_get(db, id);
}

static int
move(struct outbox *row, enum outbox_event event,
    const struct outbox_note *note, int64_t now)
{
	struct err err = ERR_INIT;
	int rc = outbox_move(db, row, event, note, now, &err);

	if (rc < 0)
		fail_msg("%s", err.msg);
	return rc;
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
			mailroom_state(db, row.id,
			    (enum outbox_state)(want == NO ? from : want));
			if (want == NO)
				assert_int_equal(err.code, ERR_SYSTEM);
			else
				assert_int_equal(row.state, want);
		}
	}
}

/* What the struct says after a change is what the table says. */
static void
the_struct_is_the_row(void **state)
{
	(void)state;
	for (int from = 0; from < OUTBOX_STATES; from++) {
		for (int event = 0; event < OUTBOX_EVENTS; event++) {
			struct outbox row = row_in(from);
			struct outbox found;
			const struct outbox_note note = {.fault = true,
			    .relay = "",
			    .status = "",
			    .text = ""};

			if (wanted[from][event] == NO)
				continue;
			(void)move(&row, (enum outbox_event)event, &note, NOW);
			found = mailroom_get(db, row.id);
			assert_int_equal(found.state, row.state);
			assert_string_equal(found.owner, row.owner);
			assert_string_equal(found.pace, row.pace);
			assert_int_equal(found.attempts, row.attempts);
			assert_int_equal(found.faults, row.faults);
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
	    {OUTBOX_LEASED, OUTBOX_RELEASE}, {OUTBOX_LEASED, OUTBOX_DEFER},
	    {OUTBOX_LEASED, OUTBOX_REFUSE}, {OUTBOX_STARTED, OUTBOX_ACCEPT},
	    {OUTBOX_STARTED, OUTBOX_DEFER}, {OUTBOX_STARTED, OUTBOX_REFUSE},
	    {OUTBOX_STARTED, OUTBOX_LOSE}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct outbox row = row_in(cases[i].from);
		struct outbox stale = row;

		assert_true(str_fit(row.owner, sizeof(row.owner), OTHER));
		assert_int_equal(move(&row, cases[i].event, NULL, NOW), 0);
		mailroom_state(db, row.id, (enum outbox_state)cases[i].from);
		mailroom_put(db, row.id, OUTBOX_CANCELLED, NULL);
		assert_int_equal(move(&stale, cases[i].event, NULL, NOW), 0);
		mailroom_state(db, row.id, OUTBOX_CANCELLED);
		assert_int_equal(stale.state, cases[i].from);
	}
}

static void
a_result_is_noted_with_its_reply(void **state)
{
	struct outbox row = row_in(OUTBOX_STARTED);

	(void)state;
	assert_int_equal(move(&row, OUTBOX_DEFER, &later, NOW), 1);
	assert_int_equal(
	    house_value(db,
		"SELECT count(*) FROM outbox WHERE state = 'deferred'"
		" AND owner IS NULL AND due = 1764000060 AND relay = 'main'"
		" AND reply_code = 451 AND reply_status = '4.7.1'"
		" AND reply_text = 'try again' AND finished IS NULL"
		" AND faults = 0"),
	    1);
}

/* Who takes a row and gives it back has not told anything about it. */
static void
what_is_given_back_is_as_it_was(void **state)
{
	struct outbox row = row_in(OUTBOX_STARTED);
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(move(&row, OUTBOX_DEFER, &later, NOW), 1);
	assert_int_equal(outbox_queue_ripen(db, NOW + 60, 9, &err), 1);
	assert_int_equal(mailroom_claim(db, ME, 0, "", &row, 1), 1);
	assert_int_equal(move(&row, OUTBOX_RELEASE, NULL, NOW + 99), 1);
	assert_int_equal(
	    house_value(db,
		"SELECT count(*) FROM outbox WHERE state = 'queued'"
		" AND owner IS NULL AND due = 1764000060 AND relay = 'main'"
		" AND reply_code = 451 AND reply_text = 'try again'"),
	    1);
}

static void
a_start_counts_and_a_loss_is_remembered(void **state)
{
	struct outbox row = row_in(OUTBOX_LEASED);

	(void)state;
	assert_int_equal(move(&row, OUTBOX_START, NULL, NOW), 1);
	assert_int_equal(row.attempts, 1);
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM outbox WHERE attempts = 1"
			    " AND started = 1764000000 AND owner IS NOT NULL"),
	    1);
	assert_int_equal(move(&row, OUTBOX_LOSE, NULL, NOW), 1);
	assert_int_equal(move(&row, OUTBOX_RETRY, NULL, NOW), 1);
	assert_int_equal(
	    house_value(db,
		"SELECT count(*) FROM outbox WHERE state = 'deferred'"
		" AND uncertain = 1 AND finished IS NULL"),
	    1);
}

/* finished is when it became what it will stay. */
static void
an_end_has_its_time(void **state)
{
	(void)state;
	for (int from = 0; from < OUTBOX_STATES; from++) {
		for (int event = 0; event < OUTBOX_EVENTS; event++) {
			struct outbox row = row_in(from);
			int to = wanted[from][event];

			if (to == NO)
				continue;
			(void)move(&row, (enum outbox_event)event, NULL, NOW);
			assert_int_equal(
			    house_value(db,
				"SELECT finished IS NOT NULL FROM outbox"
				" ORDER BY id DESC LIMIT 1"),
			    outbox_state_final((enum outbox_state)to));
		}
	}
}

/* ---- faults of ours */

static void
faults_are_counted_until_it_starts(void **state)
{
	const struct outbox_note fault = {.due = NOW,
	    .fault = true,
	    .relay = "",
	    .status = "",
	    .text = "no such thing"};
	struct outbox row = row_in(OUTBOX_LEASED);
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 1; i <= 3; i++) {
		assert_int_equal(move(&row, OUTBOX_DEFER, &fault, NOW), 1);
		assert_int_equal(row.faults, i);
		assert_int_equal(outbox_queue_ripen(db, NOW, 9, &err), 1);
		assert_int_equal(mailroom_claim(db, ME, 0, "", &row, 1), 1);
		assert_int_equal(row.faults, i);
	}
	/* a relay's answer is none of ours */
	assert_int_equal(move(&row, OUTBOX_DEFER, &later, NOW), 1);
	assert_int_equal(mailroom_get(db, row.id).faults, 3);
	assert_int_equal(outbox_queue_ripen(db, NOW + 60, 9, &err), 1);
	assert_int_equal(mailroom_claim(db, ME, 0, "", &row, 1), 1);
	assert_int_equal(move(&row, OUTBOX_START, NULL, NOW), 1);
	assert_int_equal(row.faults, 0);
	assert_int_equal(mailroom_get(db, row.id).faults, 0);
}

/* What a lease has drawn from a pace, and not used: whoever ends it. */
static void
a_lease_without_a_start_draws_nothing(void **state)
{
	static const struct {
		int from;
		enum outbox_event event;
		const char *pace;
		bool others;  /* somebody has taken the row back */
		int64_t more; /* that may go */
	} cases[] = {
	    {OUTBOX_LEASED, OUTBOX_RELEASE, "slow.org", false, 1},
	    {OUTBOX_LEASED, OUTBOX_RELEASE, "slow.org", true, 1},
	    {OUTBOX_LEASED, OUTBOX_DEFER, "slow.org", false, 1},
	    {OUTBOX_LEASED, OUTBOX_DEFER, "slow.org", true, 1},
	    {OUTBOX_LEASED, OUTBOX_REFUSE, "slow.org", false, 1},
	    {OUTBOX_LEASED, OUTBOX_START, "slow.org", true, 1},
	    {OUTBOX_LEASED, OUTBOX_START, "slow.org", false, 0},
	    {OUTBOX_STARTED, OUTBOX_DEFER, "slow.org", false, 0},
	    {OUTBOX_STARTED, OUTBOX_ACCEPT, "slow.org", false, 0},
	    {OUTBOX_LEASED, OUTBOX_RELEASE, "", false, 0},
	    {OUTBOX_LEASED, OUTBOX_RELEASE, OUTBOX_SUSPECT, false, 0},
	    {OUTBOX_LEASED, OUTBOX_RELEASE, "gone.org", false, 0},
	};

	(void)state;
	mailroom_pace(db, PACE_DOMAIN, "slow.org");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct outbox row = row_in(cases[i].from);
		struct err err = ERR_INIT;

		assert_int_equal(
		    db_run(db, "UPDATE pace SET tokens = 0, day_sent = 5",
			DB_NO_ARGS, &err),
		    0);
		if (cases[i].others)
			mailroom_put(db, row.id, OUTBOX_QUEUED, NULL);
		assert_true(str_fit(row.pace, sizeof(row.pace), cases[i].pace));
		assert_int_equal(
		    move(&row, cases[i].event, NULL, NOW), !cases[i].others);
		assert_int_equal(house_value(db, "SELECT tokens FROM pace"),
		    cases[i].more * 1000000);
		assert_int_equal(house_value(db, "SELECT day_sent FROM pace"),
		    5 - cases[i].more);
	}
}

static void
a_row_is_shelved_in_another_queue(void **state)
{
	struct outbox row = row_in(OUTBOX_LEASED);
	struct outbox stale = row;
	struct err err = ERR_INIT;

	(void)state;
	row.faults = 2;
	assert_int_equal(outbox_shelve(db, &row, OUTBOX_SUSPECT, &err), 1);
	assert_int_equal(row.state, OUTBOX_QUEUED);
	assert_string_equal(row.owner, "");
	assert_int_equal(outbox_shelve(db, &stale, "", &err), 0);
	assert_int_equal(mailroom_claim(db, ME, 0, "", &row, 1), 0);
	assert_int_equal(mailroom_claim(db, ME, 0, OUTBOX_SUSPECT, &row, 1), 1);
	assert_int_equal(row.faults, 2);
	assert_string_equal(row.pace, OUTBOX_SUSPECT);
	/* given back untouched, it stays there */
	assert_int_equal(move(&row, OUTBOX_RELEASE, NULL, NOW), 1);
	assert_int_equal(mailroom_claim(db, ME, 0, OUTBOX_SUSPECT, &row, 1), 1);
	assert_int_equal(row.faults, 2);
	/* nobody shelves what has started */
	assert_int_equal(move(&row, OUTBOX_START, NULL, NOW), 1);
	assert_int_equal(outbox_shelve(db, &row, "", &err), 0);
	mailroom_state(db, row.id, OUTBOX_STARTED);
}

/* Back among those of its domain, which may have got a pace meanwhile. */
static void
a_suspect_that_starts_is_cleared(void **state)
{
	static const struct {
		const char *pace, *address, *back;
	} cases[] = {
	    {OUTBOX_SUSPECT, "a@example.org", ""},
	    {OUTBOX_SUSPECT, "a@slow.example", "slow.example"},
	    {"", "b@slow.example", ""},
	    {"old.example", "b@example.org", "old.example"},
	};
	struct outbox row;
	struct err err = ERR_INIT;

	(void)state;
	mailroom_pace(db, PACE_DOMAIN, "slow.example");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct subscription sub =
		    house_reader(db, &list, cases[i].address, SUBSCRIPTION_ADD);

		row = mailroom_get(db, mailroom_confirm(db, &sub));
		mailroom_put(db, row.id, OUTBOX_LEASED, ME);
		row = mailroom_get(db, row.id);
		row.faults = 3;
		assert_int_equal(
		    outbox_shelve(db, &row, cases[i].pace, &err), 1);
		assert_int_equal(
		    mailroom_claim(db, ME, 0, cases[i].pace, &row, 1), 1);
		assert_int_equal(move(&row, OUTBOX_START, NULL, NOW), 1);
		assert_string_equal(
		    mailroom_get(db, row.id).pace, cases[i].back);
		assert_int_equal(mailroom_get(db, row.id).faults, 0);
		mailroom_put(db, row.id, OUTBOX_SENT, NULL);
	}
	/* a notice has no reader */
	assert_int_equal(outbox_add_notice(db, "x", NOW, &err), 0);
	assert_int_equal(mailroom_claim(db, ME, 0, "", &row, 1), 1);
	assert_int_equal(outbox_shelve(db, &row, OUTBOX_SUSPECT, &err), 1);
	assert_int_equal(mailroom_claim(db, ME, 0, OUTBOX_SUSPECT, &row, 1), 1);
	assert_int_equal(move(&row, OUTBOX_START, NULL, NOW), 1);
	assert_string_equal(mailroom_get(db, row.id).pace, "");
}

/* ---- more than one row */

static void
who_leaves_gets_nothing_that_has_not_left(void **state)
{
	static const bool ends[OUTBOX_STATES] = {[OUTBOX_QUEUED] = true,
	    [OUTBOX_LEASED] = true,
	    [OUTBOX_DEFERRED] = true};
	struct subscription other =
	    house_reader(db, &list, "b@example.org", SUBSCRIPTION_ADD);
	struct outbox rows[OUTBOX_STATES];
	int64_t theirs = mailroom_confirm(db, &other);
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < OUTBOX_STATES; i++)
		rows[i] = row_in(i);
	assert_int_equal(outbox_cancel(db, reader.id, NOW, &err), 0);
	for (int i = 0; i < OUTBOX_STATES; i++) {
		mailroom_state(db, rows[i].id,
		    ends[i] ? OUTBOX_CANCELLED : (enum outbox_state)i);
	}
	mailroom_state(db, theirs, OUTBOX_QUEUED);
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM outbox"
			    " WHERE state = 'cancelled' AND finished ="
			    " 1764000000 AND owner IS NULL"),
	    3);
}

static void
what_a_worker_owns_in_the_order_of_ids(void **state)
{
	struct outbox rows[8];
	struct err err = ERR_INIT;

	(void)state;
	for (int i = 0; i < 5; i++)
		(void)row_in(i % 2 ? OUTBOX_LEASED : OUTBOX_STARTED);
	(void)row_in(OUTBOX_SENT);
	assert_int_equal(outbox_owned(db, OTHER, rows, 8, &err), 0);
	assert_int_equal(outbox_owned(db, ME, rows, 8, &err), 5);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(rows[i].id, i + 1);
		assert_int_equal(
		    rows[i].state, i % 2 ? OUTBOX_LEASED : OUTBOX_STARTED);
	}
	assert_int_equal(outbox_owned(db, ME, rows, 2, &err), 2);
	assert_int_equal(rows[1].id, 2);
}

static void
states_have_names(void **state)
{
	static const char *const names[OUTBOX_STATES] = {"queued", "leased",
	    "started", "sent", "deferred", "failed", "unknown", "cancelled"};
	static const bool final[OUTBOX_STATES] = {[OUTBOX_SENT] = true,
	    [OUTBOX_FAILED] = true,
	    [OUTBOX_UNKNOWN] = true,
	    [OUTBOX_CANCELLED] = true};

	(void)state;
	for (int i = 0; i < OUTBOX_STATES; i++) {
		enum outbox_state at = (enum outbox_state)i;

		assert_string_equal(outbox_state_name(at), names[i]);
		assert_int_equal(outbox_state_final(at), final[i]);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(every_state_and_event),
	    TEST(the_struct_is_the_row),
	    TEST(only_the_owner_moves_a_row),
	    TEST(a_result_is_noted_with_its_reply),
	    TEST(what_is_given_back_is_as_it_was),
	    TEST(a_start_counts_and_a_loss_is_remembered),
	    TEST(an_end_has_its_time),
	    TEST(faults_are_counted_until_it_starts),
	    TEST(a_lease_without_a_start_draws_nothing),
	    TEST(a_row_is_shelved_in_another_queue),
	    TEST(a_suspect_that_starts_is_cleared),
	    TEST(who_leaves_gets_nothing_that_has_not_left),
	    TEST(what_a_worker_owns_in_the_order_of_ids),
	    TEST(states_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
