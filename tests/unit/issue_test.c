/* SPDX-License-Identifier: ISC */
#include "house.h"

#include "model/issue.h"

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
	assert_int_equal(a->state, b->state);
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

/* An issue is being sent from the moment it is frozen. */
static void
a_state_is_kept(void **state)
{
	static const char *const names[ISSUE_STATES] = {
	    "sending", "paused", "cancelled"};
	struct issue issue = issue_at(LIST_DAY, NOW, 1);
	struct issue other = issue_at(LIST_WEEK, NOW, 2);
	struct issue found;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(issue_add(db, &issue, &err), 0);
	assert_int_equal(issue_add(db, &other, &err), 0);
	assert_int_equal(issue_get(db, issue.id, &found, &err), 1);
	assert_int_equal(found.state, ISSUE_SENDING);
	for (int i = ISSUE_STATES - 1; i >= 0; i--) {
		assert_string_equal(
		    issue_state_name((enum issue_state)i), names[i]);
		assert_int_equal(
		    issue_set_state(db, &issue, (enum issue_state)i, &err), 0);
		assert_int_equal(issue.state, i);
		assert_int_equal(issue_get(db, issue.id, &found, &err), 1);
		assert_int_equal(found.state, i);
		assert_int_equal(issue_get(db, other.id, &found, &err), 1);
		assert_int_equal(found.state, ISSUE_SENDING);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_window_holds_one_issue),
	    TEST(the_newest_comes_first),
	    TEST(bodies_and_articles_are_kept_with_it),
	    TEST(a_state_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
