/* SPDX-License-Identifier: ISC */
#include "flow/settle.h"

#include "flow/verdict.h"

#include "counter.h"

static struct outbox
row_in(enum outbox_state state)
{
	int64_t id = mailroom_confirm(db, &reader);

	mailroom_put(db, id, state, ME);
	return mailroom_get(db, id);
}

static void
settle(struct outbox *row, const struct settle_case *of, int64_t now)
{
	struct err err = ERR_INIT;

	if (settle_row(db, row, of, now, &err) < 0)
		fail_msg("%s", err.msg);
}

static int64_t
due_of(const struct outbox *row)
{
	struct err err = ERR_INIT;
	int64_t due;

	assert_int_equal(db_value(db, "SELECT due FROM outbox WHERE id = ?1",
			     DB_ARGS(db_int(row->id)), &due, &err),
	    1);
	return due;
}

static void
an_answer_becomes_a_state(void **state)
{
	static const struct {
		struct smtp_result result;
		enum list_unknown policy;
		bool at_once;
		enum outbox_state becomes;
		enum subscription_state reader;
	} cases[] = {
	    {{.outcome = SMTP_SENT, .code = 250}, LIST_RESEND, false,
		OUTBOX_SENT, SUBSCRIPTION_ACTIVE},
	    {{.outcome = SMTP_DEFERRED, .code = 451, .phase = SMTP_RCPT},
		LIST_RESEND, false, OUTBOX_DEFERRED, SUBSCRIPTION_ACTIVE},
	    {{.outcome = SMTP_FAILED, .code = 554, .phase = SMTP_DATA},
		LIST_RESEND, false, OUTBOX_FAILED, SUBSCRIPTION_ACTIVE},
	    {{.outcome = SMTP_FAILED,
		 .code = 550,
		 .status = "5.1.1",
		 .phase = SMTP_RCPT},
		LIST_RESEND, false, OUTBOX_FAILED, SUBSCRIPTION_BOUNCED},
	    {{.outcome = SMTP_UNKNOWN}, LIST_RESEND, true, OUTBOX_DEFERRED,
		SUBSCRIPTION_ACTIVE},
	    {{.outcome = SMTP_RELAY}, LIST_RESEND, false, OUTBOX_DEFERRED,
		SUBSCRIPTION_ACTIVE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct settle_case of = {.result = &cases[i].result,
		    .relay = "main",
		    .policy = cases[i].policy,
		    .at_once = cases[i].at_once};
		struct subscription found;
		struct outbox row;
		struct err err = ERR_INIT;

		(void)teardown(NULL);
		(void)setup(NULL);
		row = row_in(OUTBOX_STARTED);
		settle(&row, &of, NOW + 1);
		mailroom_state(db, row.id, cases[i].becomes);
		assert_int_equal(row.state, cases[i].becomes);
		assert_int_equal(mailroom_get(db, row.id).faults, 0);
		assert_int_equal(
		    subscription_get(db, reader.id, &found, &err), 1);
		assert_int_equal(found.state, cases[i].reader);
		if (cases[i].at_once)
			assert_int_equal(due_of(&row), NOW + 1);
		else if (cases[i].becomes == OUTBOX_DEFERRED)
			assert_true(due_of(&row) > NOW + 1);
	}
}

/* An address that is not there gets nothing else either. */
static void
who_bounces_has_the_rest_cancelled(void **state)
{
	const struct smtp_result gone = {.outcome = SMTP_FAILED,
	    .code = 550,
	    .status = "5.1.1",
	    .phase = SMTP_RCPT};
	const struct settle_case of = {.result = &gone, .relay = "main"};
	struct outbox row = row_in(OUTBOX_STARTED);
	struct outbox waits = row_in(OUTBOX_QUEUED);

	(void)state;
	settle(&row, &of, NOW);
	mailroom_state(db, row.id, OUTBOX_FAILED);
	mailroom_state(db, waits.id, OUTBOX_CANCELLED);
}

/* Mail that is not taken at once, and what its reader has done meanwhile: each
 * kind is for other readers. */
static void
what_waits_is_for_whom_it_is_for(void **state)
{
	static const struct {
		const char *kind;
		enum subscription_event then;
		enum outbox_state becomes;
	} cases[] = {
	    {"welcome", SUBSCRIPTION_ADD, OUTBOX_DEFERRED},
	    {"welcome", SUBSCRIPTION_LEAVE, OUTBOX_CANCELLED},
	    {"welcome", SUBSCRIPTION_COMPLAIN, OUTBOX_CANCELLED},
	    {"welcome", SUBSCRIPTION_BOUNCE, OUTBOX_CANCELLED},
	    {"confirm", SUBSCRIPTION_LEAVE, OUTBOX_CANCELLED},
	    {"goodbye", SUBSCRIPTION_LEAVE, OUTBOX_DEFERRED},
	    {"goodbye", SUBSCRIPTION_ADD, OUTBOX_CANCELLED},
	    {"goodbye", SUBSCRIPTION_COMPLAIN, OUTBOX_CANCELLED},
	    {"goodbye", SUBSCRIPTION_BOUNCE, OUTBOX_CANCELLED},
	};
	const struct smtp_result busy = {
	    .outcome = SMTP_DEFERRED, .code = 451, .phase = SMTP_RCPT};
	const struct settle_case of = {.result = &busy, .relay = "main"};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct outbox row;
		struct err err = ERR_INIT;

		(void)teardown(NULL);
		(void)setup(NULL);
		row = row_in(OUTBOX_STARTED);
		assert_int_equal(db_run(db, "UPDATE outbox SET kind = ?1",
				     DB_ARGS(db_text(cases[i].kind)), &err),
		    0);
		row = mailroom_get(db, row.id);
		assert_true(subscription_move(
				db, &reader, cases[i].then, NOW, &err) >= 0);
		settle(&row, &of, NOW + 1);
		mailroom_state(db, row.id, cases[i].becomes);
	}
}

/* Who left while a digest was out gets it no more, but is told goodbye. */
static void
a_digest_takes_no_goodbye_with_it(void **state)
{
	const struct smtp_result busy = {
	    .outcome = SMTP_DEFERRED, .code = 451, .phase = SMTP_RCPT};
	const struct settle_case of = {.result = &busy, .relay = "main"};
	int64_t issue = mailroom_issue(db, &list, 1);
	struct outbox row;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(mailroom_claim(db, ME, issue, "", &row, 1), 1);
	mailroom_put(db, row.id, OUTBOX_STARTED, ME);
	row = mailroom_get(db, row.id);
	assert_int_equal(
	    subscription_move(db, &reader, SUBSCRIPTION_LEAVE, NOW, &err), 1);
	assert_int_equal(outbox_add_goodbye(db, reader.id, NOW, &err), 0);
	settle(&row, &of, NOW + 1);
	mailroom_state(db, row.id, OUTBOX_CANCELLED);
	mailroom_state(db, row.id + 1, OUTBOX_QUEUED);
}

/* What is not its owner's any more is left alone, and so is its reader. */
static void
a_row_that_was_taken_is_let_go(void **state)
{
	const struct smtp_result gone = {.outcome = SMTP_FAILED,
	    .code = 550,
	    .status = "5.1.1",
	    .phase = SMTP_RCPT};
	const struct smtp_result broken = {.text = "no"};
	const struct settle_case of[] = {{.result = &gone, .relay = "main"},
	    {.result = &broken, .relay = "", .fault = true}};
	static const enum outbox_state states[] = {
	    OUTBOX_STARTED, OUTBOX_LEASED};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct outbox row = row_in(states[i]);
		struct subscription found;
		struct err err = ERR_INIT;

		mailroom_put(db, row.id, states[i], OTHER);
		settle(&row, &of[i], NOW);
		mailroom_state(db, row.id, states[i]);
		assert_int_equal(mailroom_get(db, row.id).faults, 0);
		assert_int_equal(
		    subscription_get(db, reader.id, &found, &err), 1);
		assert_int_equal(found.state, SUBSCRIPTION_ACTIVE);
	}
}

/* ---- a message that cannot be composed */

static void
a_spoilt_one_is_tried_five_times(void **state)
{
	/* ±20 % of these */
	static const int64_t waits[] = {60, 300, 900, 1800};
	const struct smtp_result result = {.outcome = SMTP_DEFERRED,
	    .text = "template 'digest': line 3: no value 'x'"};
	const struct settle_case of = {
	    .result = &result, .relay = "", .fault = true};
	struct outbox row = row_in(OUTBOX_LEASED);
	struct subscription found;
	struct err err = ERR_INIT;
	int64_t now = NOW;

	(void)state;
	for (int i = 0; i < OUTBOX_FAULTS - 1; i++) {
		int64_t due;

		settle(&row, &of, now);
		due = due_of(&row);
		mailroom_state(db, row.id, OUTBOX_DEFERRED);
		assert_int_equal(mailroom_get(db, row.id).faults, i + 1);
		assert_in_range(
		    due - now, waits[i] * 8 / 10, waits[i] * 12 / 10);
		assert_int_equal(
		    house_value(db,
			"SELECT count(*) FROM outbox WHERE reply_text ="
			" 'cannot be composed: template ''digest'': line 3:"
			" no value ''x''' AND relay = '' AND reply_code = 0"),
		    1);
		now = due;
		assert_int_equal(outbox_queue_ripen(db, now, 9, &err), 1);
		assert_int_equal(mailroom_claim(db, ME, 0, "", &row, 1), 1);
	}
	settle(&row, &of, now);
	mailroom_state(db, row.id, OUTBOX_FAILED);
	assert_int_equal(mailroom_get(db, row.id).attempts, 0);
	assert_int_equal(
	    house_value(db,
		"SELECT count(*) FROM outbox WHERE finished IS NOT NULL"
		" AND reply_text LIKE 'cannot be composed: template %'"),
	    1);
	assert_int_equal(subscription_get(db, reader.id, &found, &err), 1);
	assert_int_equal(found.state, SUBSCRIPTION_ACTIVE);
}

/* Its time is up like any other's. */
static void
a_spoilt_one_that_is_old_is_given_up(void **state)
{
	static const struct {
		int64_t age, attempts;
		enum outbox_state becomes;
	} cases[] = {
	    {0, 0, OUTBOX_DEFERRED},
	    {OUTBOX_AGE - 1, VERDICT_TRIES, OUTBOX_DEFERRED},
	    {OUTBOX_AGE, VERDICT_TRIES - 1, OUTBOX_DEFERRED},
	    {OUTBOX_AGE, VERDICT_TRIES, OUTBOX_FAILED},
	    {OUTBOX_AGE + 1, VERDICT_TRIES + 1, OUTBOX_FAILED},
	};
	const struct smtp_result result = {.text = "no"};
	const struct settle_case of = {
	    .result = &result, .relay = "", .fault = true};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct outbox row = row_in(OUTBOX_LEASED);

		row.attempts = cases[i].attempts;
		settle(&row, &of, NOW + cases[i].age);
		mailroom_state(db, row.id, cases[i].becomes);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_answer_becomes_a_state),
	    TEST(who_bounces_has_the_rest_cancelled),
	    TEST(what_waits_is_for_whom_it_is_for),
	    TEST(a_digest_takes_no_goodbye_with_it),
	    TEST(a_row_that_was_taken_is_let_go),
	    TEST(a_spoilt_one_is_tried_five_times),
	    TEST(a_spoilt_one_that_is_old_is_given_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
