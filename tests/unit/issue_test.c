/* SPDX-License-Identifier: ISC */
#include "house.h"

#include "model/issue.h"
#include "model/outbox_list.h"
#include "model/relay.h"

#include <string.h>

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

static struct issue
issue_at(enum list_every every, int64_t start, int64_t number)
{
	return (struct issue){.list_id = list.id,
	    .number = number,
	    .every = every,
	    .window_start = start,
	    .window_end = start + 100,
	    .articles = 3,
	    .frozen = start + 50};
}

static void
assert_same(const struct issue *a, const struct issue *b)
{
	assert_int_equal(a->id, b->id);
	assert_string_equal(a->uuid, b->uuid);
	assert_int_equal(a->list_id, b->list_id);
	assert_int_equal(a->number, b->number);
	assert_int_equal(a->every, b->every);
	assert_int_equal(a->window_start, b->window_start);
	assert_int_equal(a->window_end, b->window_end);
	assert_int_equal(a->articles, b->articles);
	assert_int_equal(a->recipients, b->recipients);
	assert_int_equal(a->frozen, b->frozen);
}

static void
one_window_holds_one_issue(void **state)
{
	struct issue first = issue_at(LIST_DAY, NOW, 1);
	struct issue again = issue_at(LIST_DAY, NOW, 2);
	struct issue week = issue_at(LIST_WEEK, NOW, 2);
	struct issue number = issue_at(LIST_DAY, NOW + 100, 1);
	struct issue found;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    issue_find(db, list.id, LIST_DAY, NOW, &found, &err), 0);
	assert_int_equal(issue_add(db, &first, &err), 0);
	assert_int_equal(strlen(first.uuid), 36);
	assert_int_equal(issue_add(db, &again, &err), -1);
	/* nor does a list count two of one number */
	assert_int_equal(issue_add(db, &number, &err), -1);
	assert_int_equal(issue_add(db, &week, &err), 0);
	assert_int_equal(issue_set_recipients(db, &first, 42, &err), 0);
	assert_int_equal(
	    issue_find(db, list.id, LIST_DAY, NOW, &found, &err), 1);
	assert_same(&found, &first);
	assert_int_equal(found.recipients, 42);
	assert_int_equal(issue_get(db, first.id, &found, &err), 1);
	assert_same(&found, &first);
	assert_int_equal(issue_get(db, 99, &found, &err), 0);
	assert_int_equal(
	    issue_find(db, list.id, LIST_DAY, NOW + 1, &found, &err), 0);
	assert_int_equal(
	    issue_find(db, list.id + 1, LIST_DAY, NOW, &found, &err), 0);
}

static int
note_id(const struct issue *issue, void *arg)
{
	char *all = arg;
	size_t n = strlen(all);

	snprintf(all + n, 100 - n, "%d ", (int)issue->id);
	return 0;
}

static void
the_newest_comes_first(void **state)
{
	struct err err = ERR_INIT;
	struct issue last;
	char all[100] = "", two[100] = "";
	int64_t number;

	(void)state;
	assert_int_equal(issue_last(db, list.id, LIST_DAY, &last, &err), 0);
	assert_int_equal(issue_next_number(db, list.id, &number, &err), 0);
	assert_int_equal(number, 1);
	for (int i = 0; i < 4; i++) {
		struct issue issue = issue_at(
		    i == 3 ? LIST_WEEK : LIST_DAY, NOW + i * 100, i + 1);

		assert_int_equal(issue_add(db, &issue, &err), 0);
	}
	assert_int_equal(issue_last(db, list.id, LIST_DAY, &last, &err), 1);
	assert_int_equal(last.window_start, NOW + 200);
	assert_int_equal(issue_next_number(db, list.id, &number, &err), 0);
	assert_int_equal(number, 5);
	assert_int_equal(issue_next_number(db, 99, &number, &err), 0);
	assert_int_equal(number, 1);
	assert_int_equal(issue_each(db, 100, note_id, all, &err), 0);
	assert_string_equal(all, "4 3 2 1 ");
	assert_int_equal(issue_each(db, 2, note_id, two, &err), 0);
	assert_string_equal(two, "4 3 ");
}

static void
bodies_and_articles_are_kept_with_it(void **state)
{
	struct issue issue = issue_at(LIST_DAY, NOW, 1);
	struct issue_body body = {.subject = (char[]){"موضوع"},
	    .html = (char[]){"<p>\x01hunsubscribe_url\x01</p>"},
	    .text = (char[]){"\x01tunsubscribe_url\x01\n"}};
	struct issue_body found = {0};
	int64_t article = house_article(db, &list, "مقال");
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(issue_add(db, &issue, &err), 0);
	body.issue_id = issue.id;
	assert_int_equal(issue_add_body(db, &body, "default", &err), 0);
	assert_int_equal(issue_get_body(db, body.id, &found, &err), 1);
	assert_int_equal(found.issue_id, issue.id);
	assert_string_equal(found.subject, body.subject);
	assert_string_equal(found.html, body.html);
	assert_string_equal(found.text, body.text);
	issue_body_release(&found);
	assert_null(found.html);
	issue_body_release(&found);
	assert_int_equal(issue_get_body(db, 99, &found, &err), 0);
	/* one of a variant, and an article once */
	assert_int_equal(issue_add_body(db, &body, "default", &err), -1);
	assert_int_equal(issue_add_article(db, &issue, article, 1, &err), 0);
	assert_int_equal(issue_add_article(db, &issue, article, 2, &err), -1);
	/* nothing that is not there */
	assert_int_equal(issue_add_article(db, &issue, 99, 2, &err), -1);
}

/* ---- what is looked at beside it */

struct trouble {
	int calls;
	int64_t subscription;
	enum outbox_state state;
	char text[100];
};

static int
note_trouble(const struct outbox_list_row *row, void *arg)
{
	struct trouble *trouble = arg;

	trouble->calls++;
	trouble->subscription = row->subscription_id;
	trouble->state = row->state;
	assert_true(
	    str_fit(trouble->text, sizeof(trouble->text), row->note.text));
	return 0;
}

static void
what_went_wrong_is_listed(void **state)
{
	static const char *const states[] = {"queued", "leased", "started",
	    "sent", "deferred", "failed", "unknown", "cancelled"};
	struct issue issue = issue_at(LIST_DAY, NOW, 1);
	struct outbox_list_counts counts;
	struct trouble trouble = {0};
	struct outbox_list_trouble which = {
	    .max = 100, .fn = note_trouble, .arg = &trouble};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(issue_add(db, &issue, &err), 0);
	which.issue_id = issue.id;
	for (int i = 0; i < OUTBOX_STATES; i++) {
		char address[40];
		struct subscription sub;

		snprintf(address, sizeof(address), "r%d@example.org", i);
		sub = house_reader(db, &list, address, SUBSCRIPTION_ADD);
		assert_int_equal(
		    outbox_add_confirm(db, list.id, sub.id, NOW, &err), 0);
		assert_int_equal(
		    db_run(db,
			"UPDATE outbox SET issue_id = ?2, state = ?3,"
			" reply_text = ?3 WHERE id = ?1",
			DB_ARGS(db_int(db_last_id(db)), db_int(issue.id),
			    db_text(states[i])),
			&err),
		    0);
	}
	assert_int_equal(outbox_list_trouble(db, &which, &err), 0);
	assert_int_equal(trouble.calls, 3);
	assert_int_equal(trouble.state, OUTBOX_UNKNOWN);
	assert_int_equal(trouble.subscription, OUTBOX_UNKNOWN + 1);
	assert_string_equal(trouble.text, "unknown");
	which.max = 1;
	assert_int_equal(outbox_list_trouble(db, &which, &err), 0);
	assert_int_equal(trouble.calls, 4);
	which.issue_id = 99;
	assert_int_equal(outbox_list_trouble(db, &which, &err), 0);
	assert_int_equal(trouble.calls, 4);
	assert_int_equal(outbox_list_count(db, issue.id, &counts, &err), 0);
	for (int i = 0; i < OUTBOX_STATES; i++)
		assert_int_equal(counts.n[i], 1);
	assert_int_equal(outbox_list_count(db, 99, &counts, &err), 0);
	for (int i = 0; i < OUTBOX_STATES; i++)
		assert_int_equal(counts.n[i], 0);
	assert_true(outbox_list_final(&counts));
}

/* A relay has a row while it is down, and none while it works. */
static void
a_relay_waits_longer_each_time(void **state)
{
	static const int64_t waits[] = {
	    1, 2, 4, 8, 16, 32, 64, 128, 256, 300, 300, 300};
	struct relay down = {.since = 1};
	struct relay found;
	struct err err = ERR_INIT;
	char text[RELAY_ERROR_SIZE + 20];

	(void)state;
	assert_int_equal(relay_find(db, "main", &found, &err), 0);
	assert_int_equal(relay_works(db, "main", &err), 0);
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		int64_t now = NOW + (int64_t)i * 1000;

		assert_int_equal(
		    relay_failed(db, "main", "refused", now, &down, &err), 0);
		assert_int_equal(down.failures, i + 1);
		assert_int_equal(down.since, NOW);
		assert_int_equal(down.retry_at, now + waits[i]);
	}
	assert_int_equal(relay_find(db, "main", &found, &err), 1);
	assert_int_equal(found.failures, down.failures);
	assert_int_equal(found.retry_at, down.retry_at);
	assert_string_equal(found.error, "refused");
	assert_int_equal(relay_find(db, "spare", &found, &err), 0);
	assert_int_equal(relay_works(db, "main", &err), 1);
	assert_int_equal(relay_works(db, "main", &err), 0);
	/* and begins anew */
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(
	    relay_failed(db, "main", text, NOW + 9, &down, &err), 0);
	assert_int_equal(down.failures, 1);
	assert_int_equal(down.since, NOW + 9);
	/* what does not fit is cut, not lost */
	assert_int_equal(strlen(down.error), RELAY_ERROR_SIZE - 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_window_holds_one_issue),
	    TEST(the_newest_comes_first),
	    TEST(bodies_and_articles_are_kept_with_it),
	    TEST(what_went_wrong_is_listed),
	    TEST(a_relay_waits_longer_each_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
