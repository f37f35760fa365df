/* SPDX-License-Identifier: ISC */
#include "house.h"

#include "mailroom.h"

static struct db *db;
static struct list list;

static int
setup(void **state)
{
	(void)state;
	db = house_open();
	list = house_list(db, "daily");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

static void
add_readers(int n)
{
	for (int i = 0; i < n; i++) {
		char address[40];

		snprintf(address, sizeof(address), "r%d@example.org", i);
		(void)house_reader(db, &list, address, SUBSCRIPTION_ADD);
	}
}

/* ---- counts */

static struct outbox_list_counts
count(int64_t issue_id)
{
	struct outbox_list_counts counts;
	struct err err = ERR_INIT;

	if (outbox_list_count(db, issue_id, &counts, &err) != 0)
		fail_msg("%s", err.msg);
	return counts;
}

static void
one_in_each_state(void **state)
{
	struct subscription reader =
	    house_reader(db, &list, "a@example.org", SUBSCRIPTION_ADD);
	struct outbox_list_counts counts;

	(void)state;
	for (int i = 0; i < OUTBOX_STATES; i++) {
		mailroom_put(db, mailroom_confirm(db, &reader),
		    (enum outbox_state)i, ME);
		counts = count(0);
		for (int j = 0; j < OUTBOX_STATES; j++)
			assert_int_equal(counts.n[j], j <= i);
	}
	counts = count(99);
	for (int i = 0; i < OUTBOX_STATES; i++)
		assert_int_equal(counts.n[i], 0);
	assert_true(outbox_list_final(&counts));
}

static void
final_is_what_changes_no_more(void **state)
{
	(void)state;
	for (int i = 0; i < OUTBOX_STATES; i++) {
		struct outbox_list_counts one = {{0}};

		one.n[i] = 3;
		assert_int_equal(outbox_list_final(&one),
		    i == OUTBOX_SENT || i == OUTBOX_FAILED ||
			i == OUTBOX_UNKNOWN || i == OUTBOX_CANCELLED);
	}
}

static unsigned
roll(unsigned *seed, unsigned sides)
{
	*seed = *seed * 1103515245U + 12345U;
	return (*seed >> 16) % sides;
}

/* Property: the counts, which read indexes alone, are those of a look at every
 * row. */
static int64_t
brute(int64_t issue_id, int state)
{
	struct err err = ERR_INIT;
	int64_t n;

	assert_int_equal(
	    db_value(db,
		issue_id == 0 ? "SELECT count(*) FROM outbox NOT INDEXED"
				" WHERE state = ?2 AND ?1 = 0"
			      : "SELECT count(*) FROM outbox NOT INDEXED"
				" WHERE state = ?2 AND issue_id = ?1",
		DB_ARGS(db_int(issue_id),
		    db_text(outbox_state_name((enum outbox_state)state))),
		&n, &err),
	    1);
	return n;
}

static void
counts_are_those_of_every_row(void **state)
{
	(void)state;
	for (unsigned seed = 1; seed <= 25; seed++) {
		unsigned dice = seed;
		int64_t issues = 1 + seed % 5;
		struct subscription reader;
		int64_t rows;

		(void)teardown(NULL);
		(void)setup(NULL);
		add_readers((int)roll(&dice, 30));
		reader =
		    house_reader(db, &list, "c@example.org", SUBSCRIPTION_ADD);
		for (int64_t i = 1; i <= issues; i++)
			(void)mailroom_issue(db, &list, i);
		for (unsigned i = roll(&dice, 9); i > 0; i--)
			(void)mailroom_confirm(db, &reader);
		rows = house_value(db, "SELECT count(*) FROM outbox");
		for (int64_t id = 1; id <= rows; id++) {
			mailroom_put(db, id,
			    (enum outbox_state)roll(&dice, OUTBOX_STATES), ME);
		}
		for (int64_t issue = 0; issue <= issues + 1; issue++) {
			struct outbox_list_counts counts = count(issue);

			for (int i = 0; i < OUTBOX_STATES; i++) {
				assert_int_equal(counts.n[i], brute(issue, i));
			}
		}
	}
}

/* ---- when */

static void
when_it_began_and_ended(void **state)
{
	struct outbox_list_span span;
	struct err err = ERR_INIT;
	int64_t issue, when;

	(void)state;
	add_readers(4);
	issue = mailroom_issue(db, &list, 1);
	(void)mailroom_issue(db, &list, 2);
	assert_int_equal(outbox_list_span(db, issue, &span, &err), 0);
	assert_int_equal(span.first_start, 0);
	assert_int_equal(span.last_end, 0);
	assert_int_equal(outbox_list_next_due(db, issue, &when, &err), 0);
	assert_int_equal(db_run(db,
			     "UPDATE outbox SET started = 100 - id,"
			     " finished = 200 + id WHERE id > 1",
			     DB_NO_ARGS, &err),
	    0);
	assert_int_equal(outbox_list_span(db, issue, &span, &err), 0);
	assert_int_equal(span.first_start, 96);
	assert_int_equal(span.last_end, 204);
	assert_int_equal(outbox_list_span(db, 99, &span, &err), 0);
	assert_int_equal(span.first_start, 0);
	assert_int_equal(db_run(db,
			     "UPDATE outbox SET state = 'deferred',"
			     " due = 50 - id",
			     DB_NO_ARGS, &err),
	    0);
	assert_int_equal(outbox_list_next_due(db, issue, &when, &err), 1);
	assert_int_equal(when, 46);
	assert_int_equal(outbox_list_next_due(db, 2, &when, &err), 1);
	assert_int_equal(when, 42);
}

/* ---- what nobody knows of */

struct held {
	int calls;
	int64_t issue[4], n[4];
};

static int
keep(int64_t issue_id, int64_t n, void *arg)
{
	struct held *held = arg;

	assert_true(held->calls < 4);
	held->issue[held->calls] = issue_id;
	held->n[held->calls++] = n;
	return 0;
}

static void
the_unknown_are_counted_by_issue(void **state)
{
	static const enum outbox_state states[] = {OUTBOX_UNKNOWN,
	    OUTBOX_UNKNOWN, OUTBOX_FAILED, OUTBOX_SENT, OUTBOX_CANCELLED,
	    OUTBOX_FAILED, OUTBOX_UNKNOWN, OUTBOX_DEFERRED, OUTBOX_QUEUED};
	struct subscription reader;
	struct held held = {0};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(outbox_list_unknown(db, keep, &held, &err), 0);
	assert_int_equal(held.calls, 0);
	add_readers(3);
	for (int i = 1; i <= 3; i++)
		(void)mailroom_issue(db, &list, i);
	for (int i = 0; i < 9; i++)
		mailroom_put(db, i + 1, states[i], ME);
	reader = house_reader(db, &list, "c@example.org", SUBSCRIPTION_ADD);
	mailroom_put(db, mailroom_confirm(db, &reader), OUTBOX_UNKNOWN, ME);
	assert_int_equal(outbox_list_unknown(db, keep, &held, &err), 0);
	assert_int_equal(held.calls, 2);
	assert_int_equal(held.issue[0], 1);
	assert_int_equal(held.n[0], 2);
	assert_int_equal(held.issue[1], 3);
	assert_int_equal(held.n[1], 1);
}

/* ---- what went wrong */

struct seen {
	int calls, most;
	int64_t subscription;
	enum outbox_state state;
	int64_t attempts, due;
	int code;
	char text[100], relay[20], status[10];
};

static int
note(const struct outbox_list_row *row, void *arg)
{
	struct seen *seen = arg;

	seen->calls++;
	seen->subscription = row->subscription_id;
	seen->state = row->state;
	seen->attempts = row->attempts;
	seen->due = row->note.due;
	seen->code = row->note.code;
	assert_true(str_fit(seen->text, sizeof(seen->text), row->note.text));
	assert_true(str_fit(seen->relay, sizeof(seen->relay), row->note.relay));
	assert_true(
	    str_fit(seen->status, sizeof(seen->status), row->note.status));
	return seen->calls == seen->most;
}

static void
what_went_wrong_is_listed(void **state)
{
	struct seen seen = {.most = -1};
	struct outbox_list_trouble which = {
	    .max = 100, .fn = note, .arg = &seen};
	struct err err = ERR_INIT;

	(void)state;
	add_readers(OUTBOX_STATES);
	which.issue_id = mailroom_issue(db, &list, 1);
	(void)mailroom_issue(db, &list, 2);
	for (int i = 0; i < OUTBOX_STATES; i++)
		mailroom_put(db, i + 1, (enum outbox_state)i, ME);
	assert_int_equal(
	    db_run(db,
		"UPDATE outbox SET reply_text = state || ' it is',"
		" relay = 'main', reply_code = 451,"
		" reply_status = '4.7.1', attempts = id, due = 9 + id",
		DB_NO_ARGS, &err),
	    0);
	assert_int_equal(outbox_list_trouble(db, &which, &err), 0);
	assert_int_equal(seen.calls, 3);
	assert_int_equal(seen.state, OUTBOX_UNKNOWN);
	assert_int_equal(seen.subscription, OUTBOX_UNKNOWN + 1);
	assert_int_equal(seen.attempts, OUTBOX_UNKNOWN + 1);
	assert_int_equal(seen.due, OUTBOX_UNKNOWN + 10);
	assert_int_equal(seen.code, 451);
	assert_string_equal(seen.text, "unknown it is");
	assert_string_equal(seen.relay, "main");
	assert_string_equal(seen.status, "4.7.1");
	which.max = 1;
	assert_int_equal(outbox_list_trouble(db, &which, &err), 0);
	assert_int_equal(seen.calls, 4);
	assert_int_equal(seen.state, OUTBOX_DEFERRED);
	/* until the one who looks has seen enough */
	which.max = 100;
	seen = (struct seen){.most = 2};
	assert_int_equal(outbox_list_trouble(db, &which, &err), 0);
	assert_int_equal(seen.calls, 2);
	which.issue_id = 99;
	assert_int_equal(outbox_list_trouble(db, &which, &err), 0);
	assert_int_equal(seen.calls, 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_in_each_state),
	    TEST(final_is_what_changes_no_more),
	    TEST(counts_are_those_of_every_row),
	    TEST(when_it_began_and_ended),
	    TEST(the_unknown_are_counted_by_issue),
	    TEST(what_went_wrong_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
