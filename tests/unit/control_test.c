/* SPDX-License-Identifier: ISC */
#include "flow/control.h"

#include "flow/settle.h"

#include "house.h"
#include "mailroom.h"

#define READERS 8

static struct db *db;
static struct list list;
static struct subscription readers[READERS];

static int
setup(void **state)
{
	(void)state;
	db = house_open();
	list = house_list(db, "daily");
	for (int i = 0; i < READERS; i++) {
		char address[40];

		snprintf(address, sizeof(address), "r%d@example.org", i);
		readers[i] = house_reader(db, &list, address, SUBSCRIPTION_ADD);
	}
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

static struct issue
get(int64_t id)
{
	struct issue issue;
	struct err err = ERR_INIT;

	assert_int_equal(issue_get(db, id, &issue, &err), 1);
	return issue;
}

/* An issue in a state, with a row in each state of a row. Returns its id; the
 * rows follow *first. */
static int64_t
make(int64_t number, enum issue_state state, int64_t *first)
{
	int64_t id = mailroom_issue(db, &list, number);
	struct issue issue = get(id);
	struct err err = ERR_INIT;

	_Static_assert(READERS == OUTBOX_STATES, "a reader for each state");
	*first = house_value(db, "SELECT max(id) FROM outbox") - READERS + 1;
	for (int i = 0; i < OUTBOX_STATES; i++)
		mailroom_put(db, *first + i, (enum outbox_state)i, ME);
	assert_int_equal(issue_set_state(db, &issue, state, &err), 0);
	return id;
}

/* All of it. */
static int
run(enum control_order order, int64_t id, struct control *out, struct err *err)
{
	int more;

	*out = (struct control){.order = order, .issue = get(id)};
	if (control_begin(out, db, NOW + 9, err) != 0)
		return -1;
	while ((more = control_step(out, db, NOW + 9, err)) == 1)
		;
	return more;
}

static void
must(enum control_order order, int64_t id)
{
	struct control result;
	struct err err = ERR_INIT;

	if (run(order, id, &result, &err) != 0)
		fail_msg("%s", err.msg);
}

static void
an_order_changes_issue_and_rows(void **state)
{
	/* Q, L, S: queued, leased, started; + sent, d, f, u, c. */
	static const struct {
		enum control_order order;
		enum issue_state from, to; /* ISSUE_STATES: refused */
		const char *rows;          /* afterwards */
		int64_t done;
		bool already;
	} cases[] = {
	    {CONTROL_PAUSE, ISSUE_SENDING, ISSUE_PAUSED, "QQS+dfuc", 1, false},
	    {CONTROL_PAUSE, ISSUE_PAUSED, ISSUE_PAUSED, "QQS+dfuc", 1, true},
	    {CONTROL_PAUSE, ISSUE_CANCELLED, ISSUE_STATES, "QLS+dfuc", 0, 0},
	    {CONTROL_RESUME, ISSUE_SENDING, ISSUE_SENDING, "QLS+dfuc", 0, 0},
	    {CONTROL_RESUME, ISSUE_PAUSED, ISSUE_SENDING, "QLS+dfuc", 0, false},
	    {CONTROL_RESUME, ISSUE_CANCELLED, ISSUE_STATES, "QLS+dfuc", 0, 0},
	    {CONTROL_CANCEL, ISSUE_SENDING, ISSUE_CANCELLED, "ccS+cfuc", 3, 0},
	    {CONTROL_CANCEL, ISSUE_PAUSED, ISSUE_CANCELLED, "ccS+cfuc", 3, 0},
	    {CONTROL_CANCEL, ISSUE_CANCELLED, ISSUE_CANCELLED, "ccS+cfuc", 3,
		true},
	    {CONTROL_RETRY, ISSUE_SENDING, ISSUE_SENDING, "QLS+dQQc", 2, false},
	    {CONTROL_RETRY, ISSUE_PAUSED, ISSUE_PAUSED, "QLS+dQQc", 2, false},
	    {CONTROL_RETRY, ISSUE_CANCELLED, ISSUE_STATES, "QLS+dfuc", 0, 0},
	};
	static const char letters[] = "QLS+dfuc";

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t first;
		int64_t other = make((int64_t)i * 2 + 1, ISSUE_SENDING, &first);
		int64_t id = make((int64_t)i * 2 + 2, cases[i].from, &first);
		bool refused = cases[i].to == ISSUE_STATES;
		struct control result;
		struct err err = ERR_INIT;
		int rc = run(cases[i].order, id, &result, &err);

		assert_int_equal(rc, refused ? -1 : 0);
		assert_int_equal(err.code, refused ? ERR_INPUT : ERR_NONE);
		assert_int_equal(
		    get(id).state, refused ? cases[i].from : cases[i].to);
		assert_int_equal(result.rows, cases[i].done);
		assert_int_equal(result.already, cases[i].already);
		assert_int_equal(get(other).state, ISSUE_SENDING);
		for (int r = 0; r < READERS; r++) {
			struct outbox row = mailroom_get(db, first + r);

			assert_int_equal(letters[row.state], cases[i].rows[r]);
			assert_int_equal(row.owner[0] != '\0',
			    row.state == OUTBOX_LEASED ||
				row.state == OUTBOX_STARTED);
			mailroom_state(
			    db, first - READERS + r, (enum outbox_state)r);
		}
	}
}

/* The worker finds that the row in its hand is not its own any more. */
static void
what_was_taken_back_is_not_started(void **state)
{
	static const enum control_order orders[] = {
	    CONTROL_PAUSE, CONTROL_CANCEL};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		int64_t id = mailroom_issue(db, &list, (int64_t)i + 1);
		struct outbox rows[READERS];
		struct err err = ERR_INIT;

		assert_int_equal(
		    mailroom_claim(db, ME, id, "", rows, READERS), READERS);
		assert_int_equal(
		    outbox_move(db, &rows[0], OUTBOX_START, NULL, NOW, &err),
		    1);
		must(orders[i], id);
		for (int r = 1; r < READERS; r++) {
			assert_int_equal(outbox_move(db, &rows[r], OUTBOX_START,
					     NULL, NOW, &err),
			    0);
		}
		assert_int_equal(
		    outbox_move(db, &rows[0], OUTBOX_ACCEPT, NULL, NOW, &err),
		    1);
	}
}

static void
what_is_finished_has_nothing_to_hold(void **state)
{
	static const enum control_order orders[] = {
	    CONTROL_PAUSE, CONTROL_CANCEL};
	int64_t id = mailroom_issue(db, &list, 1);
	struct control result;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    db_run(db, "UPDATE outbox SET state = 'sent'", DB_NO_ARGS, &err),
	    0);
	for (size_t i = 0; i < 2; i++) {
		err = ERR_INIT;
		assert_int_equal(run(orders[i], id, &result, &err), 0);
		assert_true(result.nothing);
		assert_int_equal(result.rows, 0);
		assert_int_equal(get(id).state, ISSUE_SENDING);
	}
}

/* A started one is still out: the issue is not over. */
static void
what_is_out_can_be_held(void **state)
{
	static const enum outbox_state states[] = {
	    OUTBOX_QUEUED, OUTBOX_LEASED, OUTBOX_STARTED, OUTBOX_DEFERRED};

	(void)state;
	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++) {
		int64_t id = mailroom_issue(db, &list, (int64_t)i + 1);
		struct err err = ERR_INIT;

		assert_int_equal(db_run(db, "UPDATE outbox SET state = 'sent'",
				     DB_NO_ARGS, &err),
		    0);
		mailroom_put(db, house_value(db, "SELECT max(id) FROM outbox"),
		    states[i], ME);
		must(CONTROL_PAUSE, id);
	}
}

/* Whoever left meanwhile is not written to for it. */
static void
retry_leaves_alone_who_is_not_active(void **state)
{
	static const enum subscription_event events[] = {
	    SUBSCRIPTION_LEAVE, SUBSCRIPTION_BOUNCE, SUBSCRIPTION_COMPLAIN};
	int64_t id = mailroom_issue(db, &list, 1);
	struct control result;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    db_run(db, "UPDATE outbox SET state = 'failed'", DB_NO_ARGS, &err),
	    0);
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		assert_int_equal(
		    subscription_move(db, &readers[i], events[i], NOW, &err),
		    1);
	}
	assert_int_equal(run(CONTROL_RETRY, id, &result, &err), 0);
	assert_int_equal(result.rows, READERS - 3);
	assert_int_equal(house_value(db, "SELECT count(*) FROM outbox WHERE"
					 " state = 'queued' AND deadline ="
					 " 1764000009 + 172800"),
	    READERS - 3);
	assert_int_equal(house_value(db, "SELECT count(*) FROM outbox WHERE"
					 " state = 'failed'"),
	    3);
}

/* What waited out a pause is not given up at its first refusal. */
static void
after_a_long_pause_there_is_time_again(void **state)
{
	static const struct {
		int64_t paused; /* for so long */
		bool renewed;
	} cases[] = {{60, false}, {OUTBOX_AGE / 2, true}, {OUTBOX_AGE, true},
	    {OUTBOX_AGE * 9, true}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int64_t first;
		int64_t id = make((int64_t)i + 1, ISSUE_PAUSED, &first);
		struct control control = {
		    .order = CONTROL_RESUME, .issue = get(id)};
		int64_t now = NOW + cases[i].paused;
		struct err err = ERR_INIT;

		assert_int_equal(control_begin(&control, db, now, &err), 0);
		while (control_step(&control, db, now, &err) == 1)
			;
		assert_int_equal(err.code, ERR_NONE);
		for (int r = 0; r < READERS; r++) {
			struct outbox row = mailroom_get(db, first + r);
			bool waits = r == OUTBOX_QUEUED || r == OUTBOX_DEFERRED;

			assert_int_equal(row.state, r);
			assert_int_equal(row.deadline,
			    (cases[i].renewed && waits ? now : NOW) +
				OUTBOX_AGE);
		}
	}
}

/* Rows that wait, and whose time is not whole. */
static int64_t
count_old(int64_t now)
{
	struct err err = ERR_INIT;
	int64_t n;

	assert_int_equal(
	    db_value(db,
		"SELECT count(*) FROM outbox WHERE state IN ('queued',"
		" 'deferred') AND deadline <> ?1",
		DB_ARGS(db_int(now + OUTBOX_AGE)), &n, &err),
	    1);
	return n;
}

/* As far as so many transactions go: then it is killed. Whether it came to its
 * end. */
static bool
resume_until(int64_t id, int transactions, int64_t now)
{
	struct control control = {.order = CONTROL_RESUME, .issue = get(id)};
	struct err err = ERR_INIT;
	int more = 1;

	if (transactions-- == 0)
		return false;
	assert_int_equal(control_begin(&control, db, now, &err), 0);
	while (more == 1 && transactions-- > 0)
		more = control_step(&control, db, now, &err);
	assert_true(more >= 0);
	return more == 0;
}

/* Wherever it is killed: an issue that goes on has whole deadlines, and the
 * same order given again does the rest. */
static void
a_resume_that_is_killed_can_be_given_again(void **state)
{
	int64_t now = NOW + OUTBOX_AGE * 2;
	bool through = false;
	int64_t first;

	(void)state;
	for (int at = 0; !through; at++) {
		int64_t id = make(at + 1, ISSUE_PAUSED, &first);

		through = resume_until(id, at, now);
		if (get(id).state == ISSUE_SENDING)
			assert_int_equal(count_old(now), 0);
		else
			assert_int_equal(get(id).state, ISSUE_PAUSED);
		assert_true(resume_until(id, 99, now + 60) || through);
		assert_int_equal(get(id).state, ISSUE_SENDING);
		assert_true(count_old(now) == 0 || count_old(now + 60) == 0);
		assert_int_equal(db_run(db, "UPDATE outbox SET state = 'sent'",
				     DB_NO_ARGS, &(struct err){0}),
		    0);
		assert_in_range(at, 0, 9);
	}
}

/* Nor does it go on where the last of it cannot be written. */
static void
a_resume_that_fails_leaves_it_paused(void **state)
{
	int64_t now = NOW + OUTBOX_AGE * 2;
	int64_t first;
	int64_t id = make(1, ISSUE_PAUSED, &first);
	struct control control = {.order = CONTROL_RESUME, .issue = get(id)};
	struct err err = ERR_INIT;
	int more;

	(void)state;
	assert_int_equal(
	    db_run(db,
		"CREATE TRIGGER full BEFORE UPDATE ON issue"
		" BEGIN SELECT RAISE(ABORT, 'the disk is full'); END",
		DB_NO_ARGS, &err),
	    0);
	more = control_begin(&control, db, now, &err) == 0 ? 1 : -1;
	while (more == 1)
		more = control_step(&control, db, now, &err);
	assert_int_equal(more, -1);
	assert_int_equal(get(id).state, ISSUE_PAUSED);
	assert_int_equal(db_run(db, "DROP TRIGGER full", DB_NO_ARGS, &err), 0);
	assert_true(resume_until(id, 99, now));
	assert_int_equal(count_old(now), 0);
}

/* Cancelled by somebody else meanwhile, it stays so. */
static void
a_resume_does_not_undo_a_cancel(void **state)
{
	int64_t now = NOW + OUTBOX_AGE * 2;
	int64_t first;
	int64_t id = make(1, ISSUE_PAUSED, &first);
	struct control control = {.order = CONTROL_RESUME, .issue = get(id)};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(control_begin(&control, db, now, &err), 0);
	assert_int_equal(control_step(&control, db, now, &err), 1);
	must(CONTROL_CANCEL, id);
	while (control_step(&control, db, now, &err) == 1)
		;
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(get(id).state, ISSUE_CANCELLED);
}

static void
an_issue_is_found_by_number_and_by_list(void **state)
{
	int64_t first;
	int64_t gone = make(1, ISSUE_SENDING, &first);
	int64_t paused = make(2, ISSUE_PAUSED, &first);
	int64_t going = make(3, ISSUE_SENDING, &first);
	int64_t cancelled = make(4, ISSUE_CANCELLED, &first);
	struct list quiet = house_list(db, "quiet");
	const struct {
		enum control_order order;
		const char *what;
		int64_t found; /* 0: none, -1: no such thing */
	} cases[] = {
	    {CONTROL_PAUSE, "daily", going},
	    {CONTROL_RESUME, "daily", paused},
	    {CONTROL_CANCEL, "daily", cancelled},
	    {CONTROL_RETRY, "daily", going},
	    {CONTROL_PAUSE, "1", gone},
	    {CONTROL_RETRY, "4", cancelled},
	    {CONTROL_PAUSE, "quiet", 0},
	    {CONTROL_PAUSE, "5", -1},
	    {CONTROL_PAUSE, "0", -1},
	    {CONTROL_PAUSE, "-1", -1},
	    {CONTROL_PAUSE, "", -1},
	    {CONTROL_PAUSE, "99999999999999999999", -1},
	    {CONTROL_PAUSE, "no'; --", -1},
	};

	(void)state;
	assert_true(quiet.id > 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct control control = {.issue = {.id = 0}};
		struct err err = ERR_INIT;
		int rc = control_find(
		    &control, db, cases[i].order, cases[i].what, &err);

		assert_int_equal(rc, cases[i].found > 0 ? 1 : cases[i].found);
		assert_int_equal(err.code, rc < 0 ? ERR_NOTFOUND : ERR_NONE);
		assert_int_equal(
		    control.issue.id, rc == 1 ? cases[i].found : 0);
	}
}

/* What is being sent is what a person wants to hold, even where a newer one
 * is held already. Which one to end for good is not guessed at in that way. */
static void
a_list_means_what_is_being_sent(void **state)
{
	static const struct {
		enum issue_state states[3]; /* oldest first */
		int64_t pause, cancel;      /* which is found */
	} cases[] = {
	    {{ISSUE_SENDING, ISSUE_SENDING, ISSUE_SENDING}, 3, 3},
	    {{ISSUE_SENDING, ISSUE_SENDING, ISSUE_PAUSED}, 2, 3},
	    {{ISSUE_SENDING, ISSUE_PAUSED, ISSUE_PAUSED}, 1, 3},
	    {{ISSUE_PAUSED, ISSUE_PAUSED, ISSUE_PAUSED}, 3, 3},
	    {{ISSUE_PAUSED, ISSUE_PAUSED, ISSUE_CANCELLED}, 2, 3},
	    {{ISSUE_CANCELLED, ISSUE_CANCELLED, ISSUE_CANCELLED}, 0, 3},
	};
	struct err err = ERR_INIT;
	int64_t first;

	(void)state;
	for (int64_t n = 1; n <= 3; n++)
		(void)make(n, ISSUE_SENDING, &first);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct control pause = {.issue = {.id = 0}};
		struct control cancel = {.issue = {.id = 0}};

		for (int64_t n = 1; n <= 3; n++) {
			struct issue issue = get(n);

			assert_int_equal(issue_set_state(db, &issue,
					     cases[i].states[n - 1], &err),
			    0);
		}
		assert_int_equal(
		    control_find(&pause, db, CONTROL_PAUSE, "daily", &err),
		    cases[i].pause != 0);
		assert_int_equal(pause.issue.id, cases[i].pause);
		assert_int_equal(
		    control_find(&cancel, db, CONTROL_CANCEL, "daily", &err),
		    1);
		assert_int_equal(cancel.issue.id, cases[i].cancel);
	}
}

/* What a cancel that was killed after its first transaction has left. */
static void
the_sweep_ends_what_a_cancel_began(void **state)
{
	struct issue issue;
	struct err err = ERR_INIT;
	int64_t first;
	int64_t going;

	(void)state;
	assert_int_equal(control_sweep(db, NOW, &err), 0);
	issue = get(make(1, ISSUE_CANCELLED, &first));
	going = make(2, ISSUE_SENDING, &first);
	assert_int_equal(control_sweep(db, NOW, &err), 1);
	assert_int_equal(control_sweep(db, NOW, &err), 0);
	assert_int_equal(house_value(db, "SELECT count(*) FROM outbox WHERE"
					 " issue_id = 1 AND state IN ('queued',"
					 " 'leased', 'deferred')"),
	    0);
	assert_int_equal(issue.id, 1);
	for (int i = 0; i < READERS; i++)
		mailroom_state(db, first + i, (enum outbox_state)i);
	assert_int_equal(get(going).state, ISSUE_SENDING);
}

/* What was on its way when the issue was cancelled, and would go again. */
static void
a_started_one_does_not_wait_for_another_try(void **state)
{
	static const struct {
		struct smtp_result result;
		enum outbox_state becomes;
	} cases[] = {
	    {{.outcome = SMTP_SENT, .code = 250}, OUTBOX_SENT},
	    {{.outcome = SMTP_DEFERRED, .code = 451, .phase = SMTP_RCPT},
		OUTBOX_CANCELLED},
	    {{.outcome = SMTP_RELAY}, OUTBOX_CANCELLED},
	    {{.outcome = SMTP_UNKNOWN}, OUTBOX_CANCELLED},
	    {{.outcome = SMTP_FAILED, .code = 554, .phase = SMTP_DATA},
		OUTBOX_FAILED},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct settle_case of = {.result = &cases[i].result,
		    .relay = "main",
		    .policy = LIST_RESEND};
		int64_t id = mailroom_issue(db, &list, (int64_t)i + 1);
		struct outbox row;
		struct err err = ERR_INIT;

		assert_int_equal(mailroom_claim(db, ME, id, "", &row, 1), 1);
		assert_int_equal(
		    outbox_move(db, &row, OUTBOX_START, NULL, NOW, &err), 1);
		must(CONTROL_CANCEL, id);
		assert_int_equal(settle_row(db, &row, &of, NOW + 1, &err), 1);
		mailroom_state(db, row.id, cases[i].becomes);
	}
}

int
main(void)
{
#define CASE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
	    CASE(an_order_changes_issue_and_rows),
	    CASE(what_was_taken_back_is_not_started),
	    CASE(what_is_finished_has_nothing_to_hold),
	    CASE(what_is_out_can_be_held),
	    CASE(retry_leaves_alone_who_is_not_active),
	    CASE(after_a_long_pause_there_is_time_again),
	    CASE(a_resume_that_is_killed_can_be_given_again),
	    CASE(a_resume_that_fails_leaves_it_paused),
	    CASE(a_resume_does_not_undo_a_cancel),
	    CASE(an_issue_is_found_by_number_and_by_list),
	    CASE(a_list_means_what_is_being_sent),
	    CASE(the_sweep_ends_what_a_cancel_began),
	    CASE(a_started_one_does_not_wait_for_another_try),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
