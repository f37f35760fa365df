/* SPDX-License-Identifier: ISC */
#include "model/issue.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define COLUMNS                                                                \
	"id, uuid, list_id, number, every, window_start, window_end,"          \
	" articles, recipients, frozen, state"

static const char SQL_FIND[] =
    "SELECT " COLUMNS " FROM issue"
    " WHERE list_id = ?1 AND every = ?2 AND window_start = ?3";
static const char SQL_GET[] = "SELECT " COLUMNS " FROM issue WHERE id = ?1";
static const char SQL_LAST[] =
    "SELECT " COLUMNS " FROM issue WHERE list_id = ?1 AND every = ?2"
    " ORDER BY window_start DESC LIMIT 1";
static const char SQL_EACH[] =
    "SELECT " COLUMNS " FROM issue ORDER BY id DESC LIMIT ?1";
static const char SQL_NUMBER[] =
    "SELECT COALESCE(max(number), 0) + 1 FROM issue WHERE list_id = ?1";
static const char SQL_ADD[] =
    "INSERT INTO issue (uuid, list_id, number, every, window_start,"
    " window_end, articles, recipients, frozen)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)";
static const char SQL_ADD_ARTICLE[] =
    "INSERT INTO issue_article (issue_id, article_id, position)"
    " VALUES (?1, ?2, ?3)";
static const char SQL_RECIPIENTS[] =
    "UPDATE issue SET recipients = ?2 WHERE id = ?1";
static const char SQL_SET_STATE[] = "UPDATE issue SET state = ?2 WHERE id = ?1";
static const char SQL_ADD_BODY[] =
    "INSERT INTO issue_body (issue_id, variant, subject, html, text,"
    " language) VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
static const char SQL_GET_BODY[] =
    "SELECT id, issue_id, subject, html, text, language FROM issue_body"
    " WHERE id = ?1";

static const char *const states[ISSUE_STATES] = {
    [ISSUE_SENDING] = "sending",
    [ISSUE_PAUSED] = "paused",
    [ISSUE_CANCELLED] = "cancelled",
};

const char *
issue_state_name(enum issue_state state)
{
	return states[state];
}

static enum issue_state
state_of(const struct db_row *row, int col)
{
	for (int i = 0; i < ISSUE_STATES; i++) {
		if (str_eq(states[i], db_row_text(row, col)))
			return (enum issue_state)i;
	}
	db_row_odd(row, col);
	return ISSUE_PAUSED;
}

static int
read_row(const struct db_row *row, void *arg)
{
	struct issue *out = arg;

	*out = (struct issue){.id = db_row_int(row, 0)};
	db_row_copy(row, 1, out->uuid, sizeof(out->uuid));
	out->list_id = db_row_int(row, 2);
	out->number = db_row_int(row, 3);
	(void)list_every_parse(&out->every, db_row_text(row, 4));
	out->window_start = db_row_int(row, 5);
	out->window_end = db_row_int(row, 6);
	out->articles = db_row_int(row, 7);
	out->recipients = db_row_int(row, 8);
	out->frozen = db_row_int(row, 9);
	out->state = state_of(row, 10);
	return 0;
}

int
issue_find(struct db *db, int64_t list_id, enum list_every every,
    int64_t window_start, struct issue *out, struct err *err)
{
	return db_each(db, SQL_FIND,
	    DB_ARGS(db_int(list_id), db_text(list_every_name(every)),
		db_int(window_start)),
	    read_row, out, err);
}

int
issue_get(struct db *db, int64_t id, struct issue *out, struct err *err)
{
	return db_each(db, SQL_GET, DB_ARGS(db_int(id)), read_row, out, err);
}

int
issue_last(struct db *db, int64_t list_id, enum list_every every,
    struct issue *out, struct err *err)
{
	return db_each(db, SQL_LAST,
	    DB_ARGS(db_int(list_id), db_text(list_every_name(every))), read_row,
	    out, err);
}

struct each {
	issue_fn *fn;
	void *arg;
};

static int
pass_row(const struct db_row *row, void *arg)
{
	const struct each *each = arg;
	struct issue issue;

	(void)read_row(row, &issue);
	return each->fn(&issue, each->arg);
}

int
issue_each(struct db *db, int64_t max, issue_fn *fn, void *arg, struct err *err)
{
	struct each each = {fn, arg};
	int rows =
	    db_each(db, SQL_EACH, DB_ARGS(db_int(max)), pass_row, &each, err);

	return rows < 0 ? -1 : 0;
}

int
issue_set_state(
    struct db *db, struct issue *issue, enum issue_state state, struct err *err)
{
	if (db_run(db, SQL_SET_STATE,
		DB_ARGS(db_int(issue->id), db_text(states[state])), err) != 0)
		return -1;
	issue->state = state;
	return 0;
}

int
issue_next_number(struct db *db, int64_t list_id, int64_t *out, struct err *err)
{
	int rows = db_value(db, SQL_NUMBER, DB_ARGS(db_int(list_id)), out, err);

	return rows < 0 ? -1 : 0;
}

int
issue_add(struct db *db, struct issue *issue, struct err *err)
{
	uuid_new(issue->uuid);
	if (db_run(db, SQL_ADD,
		DB_ARGS(db_text(issue->uuid), db_int(issue->list_id),
		    db_int(issue->number),
		    db_text(list_every_name(issue->every)),
		    db_int(issue->window_start), db_int(issue->window_end),
		    db_int(issue->articles), db_int(issue->recipients),
		    db_int(issue->frozen)),
		err) != 0)
		return -1;
	issue->id = db_last_id(db);
	return 0;
}

int
issue_add_article(struct db *db, const struct issue *issue, int64_t article_id,
    int64_t position, struct err *err)
{
	return db_run(db, SQL_ADD_ARTICLE,
	    DB_ARGS(db_int(issue->id), db_int(article_id), db_int(position)),
	    err);
}

int
issue_set_recipients(
    struct db *db, struct issue *issue, int64_t n, struct err *err)
{
	issue->recipients = n;
	return db_run(
	    db, SQL_RECIPIENTS, DB_ARGS(db_int(issue->id), db_int(n)), err);
}

int
issue_add_body(struct db *db, struct issue_body *body, const char *variant,
    struct err *err)
{
	if (db_run(db, SQL_ADD_BODY,
		DB_ARGS(db_int(body->issue_id), db_text(variant),
		    db_text(body->subject), db_text(body->html),
		    db_text(body->text), db_text(body->language)),
		err) != 0)
		return -1;
	body->id = db_last_id(db);
	return 0;
}

static int
read_body(const struct db_row *row, void *arg)
{
	struct issue_body *out = arg;

	out->id = db_row_int(row, 0);
	out->issue_id = db_row_int(row, 1);
	out->subject = strdup(db_row_text(row, 2));
	out->html = strdup(db_row_text(row, 3));
	out->text = strdup(db_row_text(row, 4));
	db_row_copy(row, 5, out->language, sizeof(out->language));
	return 1;
}

int
issue_get_body(
    struct db *db, int64_t id, struct issue_body *out, struct err *err)
{
	struct issue_body body = {0};
	int found = db_each(
	    db, SQL_GET_BODY, DB_ARGS(db_int(id)), read_body, &body, err);

	if (found != 1)
		return found;
	if (body.subject == NULL || body.html == NULL || body.text == NULL) {
		issue_body_release(&body);
		return err_set(err, ERR_SYSTEM, "out of memory");
	}
	*out = body;
	return 1;
}

void
issue_body_release(struct issue_body *body)
{
	free(body->subject);
	free(body->html);
	free(body->text);
	*body = (struct issue_body){0};
}
