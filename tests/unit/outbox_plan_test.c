/* SPDX-License-Identifier: ISC */
/*
 * How the engine goes about the statements of the outbox, with a million rows
 * in mind. Every statement is caught on its way to the engine, so that none
 * is left out and each is as it is run.
 */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "house.h"

#include "mailroom.h"

#include <dlfcn.h>
#include <sqlite3.h>
#include <stdlib.h>

#define CAUGHT 64

static struct db *db;
static sqlite3 *engine;
static char *caught[CAUGHT];
static size_t count;
static bool watching; /* the schema's own are not of the family */

typedef int prepare_fn(
    sqlite3 *, const char *, int, unsigned, sqlite3_stmt **, const char **);

static void catch (const char *sql)
{
	if (watching && count < CAUGHT)
		caught[count++] = strdup(sql);
}

/* Takes the place of the library's for this program. */
int
sqlite3_prepare_v3(sqlite3 *handle, const char *sql, int len, unsigned flags,
    sqlite3_stmt **stmt, const char **tail)
{
	prepare_fn *theirs;
	void *symbol = dlsym(RTLD_NEXT, "sqlite3_prepare_v3");

	memcpy(&theirs, &symbol, sizeof(theirs));
	engine = handle;
	if (strstr(sql, "outbox") != NULL || strstr(sql, "confirm_mail"))
		catch (sql);
	return theirs(handle, sql, len, flags, stmt, tail);
}

static int
nothing(const struct outbox_list_row *row, void *arg)
{
	(void)row;
	(void)arg;
	return 0;
}

static int
no_issue(int64_t issue_id, int64_t n, void *arg)
{
	(void)issue_id;
	(void)n;
	(void)arg;
	return 0;
}

/* Every function of the family, on rows that take it all the way. */
static void
use_all(void)
{
	const struct outbox_note note = {
	    .due = NOW, .relay = "", .status = "", .text = ""};
	struct list list = house_list(db, "daily");
	struct subscription reader =
	    house_reader(db, &list, "a@example.org", SUBSCRIPTION_ADD);
	struct outbox_list_trouble trouble = {.max = 9, .fn = nothing};
	struct outbox_queue at = {.issue_id = -1};
	struct outbox_queue_claim claim = {.owner = ME, .queue = &at, .max = 4};
	struct outbox_list_counts counts;
	struct outbox_list_span span;
	struct outbox rows[4];
	struct err err = ERR_INIT;
	int64_t n;
	char *text;

	trouble.issue_id = mailroom_issue(db, &list, 1);
	assert_int_equal(outbox_add_notice(db, "x", NOW, &err), 0);
	assert_int_equal(
	    outbox_notice_text(db, db_last_id(db), &text, &err), 0);
	free(text);
	assert_int_equal(outbox_add_confirm(db, reader.id, NOW, &err), 0);
	assert_int_equal(outbox_add_welcome(db, reader.id, NOW, &err), 0);
	assert_int_equal(outbox_add_goodbye(db, reader.id, NOW, &err), 0);
	assert_int_equal(
	    outbox_count_goodbyes(db, reader.id, 0, NOW, &n, &err), 0);
	assert_int_equal(outbox_last_confirm(db, reader.id, &n, &err), 0);
	assert_int_equal(outbox_last_notice(db, &n, &err), 0);
	assert_int_equal(
	    outbox_count_confirms(db, reader.subscriber_id, 0, &n, &err), 0);
	assert_int_equal(outbox_queue_next(db, &at, &err), 1);
	assert_int_equal(outbox_queue_claim(db, &claim, rows, &err), 4);
	assert_int_equal(outbox_queue_open(db, 1, &err), 1);
	assert_int_equal(outbox_queue_in_hand(db, "", &n, &err), 0);
	assert_int_equal(outbox_owned(db, ME, rows, 4, &err), 4);
	assert_int_equal(outbox_shelve(db, &rows[1], "", &err), 1);
	assert_int_equal(
	    outbox_move(db, &rows[0], OUTBOX_START, NULL, NOW, &err), 1);
	assert_int_equal(
	    outbox_move(db, &rows[0], OUTBOX_DEFER, &note, NOW, &err), 1);
	assert_int_equal(outbox_queue_next_due(db, &n, &err), 1);
	assert_int_equal(outbox_queue_ripen(db, NOW, 9, &err), 1);
	while (outbox_queue_next(db, &at, &err) == 1)
		;
	for (int i = 0; i < OUTBOX_ORDERS; i++) {
		struct outbox_queue_command command = {
		    .order = (enum outbox_order)i, .issue_id = 1, .max = 9};

		assert_true(outbox_queue_command(db, &command, NOW, &err) >= 0);
	}
	assert_int_equal(outbox_list_count(db, 0, &counts, &err), 0);
	assert_int_equal(outbox_list_count(db, 1, &counts, &err), 0);
	assert_int_equal(outbox_list_next_due(db, 1, &n, &err), 0);
	assert_int_equal(outbox_list_span(db, 1, &span, &err), 0);
	assert_int_equal(outbox_list_unknown(db, no_issue, NULL, &err), 0);
	assert_int_equal(outbox_list_trouble(db, &trouble, &err), 0);
	assert_int_equal(outbox_cancel(db, reader.id, NOW, &err), 0);
	assert_int_equal(outbox_cancel_goodbye(db, reader.id, NOW, &err), 0);
}

static void
plan_of(const char *sql, struct str *out)
{
	sqlite3_stmt *stmt = NULL;
	struct str text;

	str_init(&text, 10000);
	str_addf(&text, "EXPLAIN QUERY PLAN %s", sql);
	assert_int_equal(
	    sqlite3_prepare_v2(engine, text.data, -1, &stmt, NULL), SQLITE_OK);
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		str_addf(
		    out, "%s\n", (const char *)sqlite3_column_text(stmt, 3));
	}
	sqlite3_finalize(stmt);
	str_release(&text);
}

/* What the engine may do besides a search: few rows, or asked for by people.
 * The beginning of the statement, the beginning of the line. */
static const struct {
	const char *sql, *line;
} allowed[] = {
    /* the first one of an index in its order */
    {"SELECT due FROM outbox", "SCAN outbox USING INDEX outbox_deferred"},
    /* `status` of everything: the entries of an index are counted */
    {"SELECT 'sent', count(*) FROM outbox_report UNION",
	"SCAN outbox USING COVERING INDEX "},
    {"SELECT 'sent', count(*) FROM outbox_report", "USE TEMP B-TREE FOR GROUP"},
    {"SELECT issue_id, count(*) FROM outbox_report",
	"SCAN outbox USING COVERING INDEX outbox_aside"},
    /* what one worker has in hand */
    {"SELECT id, kind, state", "USE TEMP B-TREE FOR ORDER BY"},
    /* in the order of ids: of what is in hand, of what failed */
    {"UPDATE outbox SET state = 'queued', owner = NULL, due",
	"USE TEMP B-TREE FOR ORDER BY"},
    {"SELECT subscription_id, state, attempts", "USE TEMP B-TREE FOR ORDER BY"},
};

static bool
is_allowed(const char *sql, const char *line)
{
	for (size_t i = 0; i < sizeof(allowed) / sizeof(*allowed); i++) {
		if (str_starts(sql, allowed[i].sql) &&
		    str_starts(line, allowed[i].line))
			return true;
	}
	return false;
}

static bool
is_fast(const char *line)
{
	if (str_starts(line, "SEARCH "))
		return strstr(line, " USING ") != NULL &&
		       strstr(line, "AUTOMATIC") == NULL;
	return !str_starts(line, "SCAN ") && !str_starts(line, "USE TEMP ");
}

/* All statements of the family, as many as that. */
#define FAMILY 33

static void
every_statement_has_its_index(void **state)
{
	(void)state;
	assert_int_equal(count, FAMILY);
	for (size_t i = 0; i < count; i++) {
		struct str plan;

		str_init(&plan, 10000);
		plan_of(caught[i], &plan);
		for (char *line = plan.data, *end; *line != '\0';
		     line = end + 1) {
			end = strchr(line, '\n');
			*end = '\0';
			if (!is_fast(line) && !is_allowed(caught[i], line))
				fail_msg("%s: %s", caught[i], line);
		}
		str_release(&plan);
	}
}

/* By the very one that was made for it. */
static void
what_runs_often_is_found_at_once(void **state)
{
	static const struct {
		const char *sql, *line;
	} cases[] = {
	    {"SELECT queue, pace FROM outbox WHERE state = 'queued' AND queue"
	     " = ?1",
		"COVERING INDEX outbox_queue (queue=? AND pace>?)"},
	    {"SELECT queue, pace FROM outbox WHERE state = 'queued' AND queue"
	     " > ?1",
		"COVERING INDEX outbox_queue (queue>?)"},
	    {"UPDATE outbox SET state = 'leased'",
		"COVERING INDEX outbox_queue (queue=? AND pace=?)"},
	    {"UPDATE outbox SET state = 'queued' WHERE",
		"INDEX outbox_deferred (due"},
	    {"UPDATE outbox SET state = 'started'", "INTEGER PRIMARY KEY"},
	    {"UPDATE outbox SET state = ?4", "INTEGER PRIMARY KEY"},
	    {"UPDATE outbox SET state = 'queued', owner = NULL, pace",
		"INTEGER PRIMARY KEY"},
	    {"SELECT count(*) FROM outbox WHERE owner",
		"COVERING INDEX outbox_owner"},
	    {"UPDATE outbox SET state = 'queued', owner = NULL, due",
		"INDEX outbox_owner"},
	    {"UPDATE outbox SET state = 'cancelled', owner = NULL, finished"
	     " = ?4",
		"COVERING INDEX outbox_queue (queue=?)"},
	    {"UPDATE outbox SET state = 'cancelled', owner = NULL, finished"
	     " = ?4",
		"COVERING INDEX outbox_aside (issue_id=? AND state=?)"},
	    {"UPDATE outbox SET state = 'cancelled', owner = NULL, finished"
	     " = ?4",
		"INDEX outbox_owner"},
	    {"UPDATE outbox SET deadline",
		"INDEX sqlite_autoindex_outbox_1 (issue_id=? AND "
		"subscription_id>?)"},
	    {"UPDATE outbox SET state = 'queued', due",
		"INDEX outbox_aside (issue_id=? AND state=? AND rowid>?"},
	    {"SELECT 'sent', count(*) FROM outbox_report WHERE issue_id",
		"COVERING INDEX outbox_queue (queue=?)"},
	    {"SELECT 'sent', count(*) FROM outbox_report WHERE issue_id",
		"COVERING INDEX sqlite_autoindex_outbox_1 (issue_id=?)"},
	    {"SELECT 'sent', count(*) FROM outbox_report WHERE issue_id",
		"COVERING INDEX outbox_aside (issue_id=? AND state=?)"},
	    {"SELECT 'sent', count(*) FROM outbox_report WHERE issue_id",
		"INDEX outbox_owner"},
	    {"UPDATE outbox SET state = 'cancelled', owner = NULL, finished"
	     " = ?2",
		"INDEX outbox_of_subscription (subscription_id=?)"},
	    {"INSERT INTO outbox (kind, list_id, subscription_id, issue_id",
		"INDEX sqlite_autoindex_issue_body_1 (issue_id=? AND "
		"variant=?)"},
	    {"SELECT count(*) FROM confirm_mail",
		"INDEX outbox_of_subscription (subscription_id=?)"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int found = 0;

		for (size_t j = 0; j < count; j++) {
			struct str plan;

			if (!str_starts(caught[j], cases[i].sql))
				continue;
			found++;
			str_init(&plan, 10000);
			plan_of(caught[j], &plan);
			if (strstr(plan.data, cases[i].line) == NULL)
				fail_msg("%s: %s", caught[j], plan.data);
			str_release(&plan);
		}
		if (found == 0)
			fail_msg("no statement '%s'", cases[i].sql);
	}
}

static int
setup(void **state)
{
	(void)state;
	db = house_open();
	watching = true;
	use_all();
	watching = false;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_close(db);
	while (count > 0)
		free(caught[--count]);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_statement_has_its_index),
	    cmocka_unit_test(what_runs_often_is_found_at_once),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
