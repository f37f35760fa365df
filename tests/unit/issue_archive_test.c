/* SPDX-License-Identifier: ISC */
#include "house.h"

#include "model/issue.h"
#include "model/issue_archive.h"

#include <stdio.h>
#include <string.h>

static struct db *db;
static struct list list, other;

static int
setup(void **state)
{
	(void)state;
	db = house_open();
	list = house_list(db, "daily");
	other = house_list(db, "other");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

/* An issue of so many articles, "GUID-N" each. */
static struct issue
add_issue(const struct list *of, int64_t number, int articles)
{
	struct issue issue = {.list_id = of->id,
	    .number = number,
	    .every = LIST_DAY,
	    .window_start = NOW + number * 86400,
	    .window_end = NOW + number * 86400 + 86400,
	    .articles = articles,
	    .frozen = NOW + number * 86400 + 3600};
	struct err err = ERR_INIT;

	assert_int_equal(issue_add(db, &issue, &err), 0);
	for (int i = 1; i <= articles; i++) {
		char guid[32];
		int64_t id;

		(void)snprintf(guid, sizeof(guid), "%d-%d", (int)number, i);
		id = house_article(db, of, guid);
		/* the last one added comes first */
		assert_int_equal(
		    issue_add_article(db, &issue, id, articles - i + 1, &err),
		    0);
	}
	return issue;
}

static void
cancel(struct issue *issue)
{
	struct err err = ERR_INIT;

	assert_int_equal(issue_set_state(db, issue, ISSUE_CANCELLED, &err), 0);
}

static int
note_front(const struct issue_front *issue, void *arg)
{
	char *all = arg;
	size_t n = strlen(all);

	(void)snprintf(all + n, 300 - n, "%d:%d:%s ", (int)issue->number,
	    (int)issue->articles, issue->title);
	return 0;
}

static int
note_story(const struct article *article, void *arg)
{
	char *all = arg;
	size_t n = strlen(all);

	(void)snprintf(all + n, 300 - n, "%s|", article->title);
	assert_string_equal(article->guid, "");
	assert_true(article->published > 0);
	return strlen(all) > 200;
}

static void
an_issue_is_found_by_its_number(void **state)
{
	struct issue one = add_issue(&list, 1, 2);
	struct issue paused = add_issue(&list, 2, 0);
	struct issue cancelled = add_issue(&list, 3, 1);
	struct issue_front found;
	struct err err = ERR_INIT;

	(void)state;
	(void)add_issue(&other, 4, 1);
	cancel(&cancelled);
	assert_int_equal(issue_set_state(db, &paused, ISSUE_PAUSED, &err), 0);
	assert_int_equal(issue_archive_find(db, list.id, 1, &found, &err), 1);
	assert_int_equal(found.id, one.id);
	assert_int_equal(found.list_id, list.id);
	assert_int_equal(found.number, 1);
	assert_int_equal(found.articles, 2);
	assert_int_equal(found.frozen, one.frozen);
	assert_string_equal(found.title, "");
	assert_int_equal(issue_archive_find(db, list.id, 2, &found, &err), 1);
	for (int64_t none = 3; none < 6; none++) {
		assert_int_equal(
		    issue_archive_find(db, list.id, none, &found, &err), 0);
	}
	assert_int_equal(
	    issue_archive_find(db, list.id, INT64_MAX, &found, &err), 0);
}

static void
what_is_before_and_after(void **state)
{
	static const struct {
		int64_t number, previous, next;
	} cases[] = {{1, 0, 2}, {2, 1, 5}, {5, 2, 6}, {6, 5, 0}};
	struct err err = ERR_INIT;

	(void)state;
	for (int64_t n = 1; n <= 7; n++) {
		struct issue issue = add_issue(&list, n, 0);

		if (n == 3 || n == 4 || n == 7)
			cancel(&issue);
	}
	(void)add_issue(&other, 8, 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct issue_front issue = {
		    .list_id = list.id, .number = cases[i].number};
		struct issue_beside beside;

		assert_int_equal(
		    issue_archive_beside(db, &issue, &beside, &err), 0);
		assert_int_equal(beside.previous, cases[i].previous);
		assert_int_equal(beside.next, cases[i].next);
	}
}

static void
the_newest_come_first(void **state)
{
	char all[300] = "", two[300] = "", none[300] = "";
	struct issue gone;
	struct err err = ERR_INIT;

	(void)state;
	(void)add_issue(&list, 1, 2);
	gone = add_issue(&list, 2, 1);
	(void)add_issue(&list, 3, 0);
	(void)add_issue(&list, 4, 1);
	cancel(&gone);
	assert_int_equal(
	    issue_archive_each(db, list.id, 10, note_front, all, &err), 0);
	assert_int_equal(
	    issue_archive_each(db, list.id, 2, note_front, two, &err), 0);
	assert_int_equal(
	    issue_archive_each(db, other.id, 10, note_front, none, &err), 0);
	assert_string_equal(two, "4:1:4-1 3:0: ");
	assert_string_equal(all, "4:1:4-1 3:0: 1:2:1-2 ");
	assert_string_equal(none, "");
}

static void
its_articles_in_their_order(void **state)
{
	const struct issue issue = add_issue(&list, 1, 3);
	const struct issue_front front = {.id = issue.id};
	const struct issue_front empty = {.id = issue.id + 1};
	char all[300] = "", none[300] = "";
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    issue_archive_stories(db, &front, note_story, all, &err), 0);
	assert_int_equal(
	    issue_archive_stories(db, &empty, note_story, none, &err), 0);
	assert_string_equal(all, "1-3|1-2|1-1|");
	assert_string_equal(none, "");
}

static int
must_not_sort(const struct db_row *row, void *arg)
{
	size_t *steps = arg;

	*steps += 1;
	if (strstr(db_row_text(row, 3), "TEMP B-TREE") != NULL)
		fail_msg("%s", db_row_text(row, 3));
	return 0;
}

/* To sort ten thousand articles is to hold the texts of all of them. */
static void
they_are_read_as_they_lie(void **state)
{
	size_t steps = 0;
	struct err err = ERR_INIT;

	(void)state;
	assert_true(
	    db_each(db,
		"EXPLAIN QUERY PLAN SELECT title, body, content"
		" FROM issue_story WHERE issue_id = 1 ORDER BY position",
		DB_NO_ARGS, must_not_sort, &steps, &err) > 0);
	assert_true(db_each(db,
			"EXPLAIN QUERY PLAN SELECT title FROM issue_front"
			" WHERE list_id = 1 ORDER BY number DESC LIMIT 300",
			DB_NO_ARGS, must_not_sort, &steps, &err) > 0);
	assert_true(steps >= 4);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_issue_is_found_by_its_number),
	    TEST(what_is_before_and_after),
	    TEST(the_newest_come_first),
	    TEST(its_articles_in_their_order),
	    TEST(they_are_read_as_they_lie),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
