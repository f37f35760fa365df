/* SPDX-License-Identifier: ISC */
#include "model/outbox_add.h"

#include "base/uuid.h"
#include "model/outbox.h"

#include <string.h>

#define BLANK                                                                  \
	" attempts, faults, uncertain, relay, reply_code, reply_status,"       \
	" reply_text, created)"
#define BLANKS "0, 0, 0, '', 0, '', '', "

static const char SQL_ADD[] =
    "INSERT INTO outbox (kind, list_id, subscription_id, uuid, queue, pace,"
    " state, due, deadline," BLANK
    " SELECT ?5, list_id, subscription_id, ?2, 0, pace, 'queued', ?3,"
    " ?4, " BLANKS "?3 FROM subscription_pace WHERE subscription_id = ?1";
static const char SQL_ADD_NOTICE[] =
    "INSERT INTO outbox (kind, uuid, text, queue, pace, state, due,"
    " deadline," BLANK
    " VALUES ('notice', ?1, ?2, 0, '', 'queued', ?3, ?4, " BLANKS "?3)";
static const char SQL_TEXT[] = "SELECT text FROM outbox WHERE id = ?1";
static const char SQL_LAST_NOTICE[] =
    "SELECT COALESCE(max(created), 0) FROM outbox WHERE kind = 'notice'";
static const char SQL_ADD_ISSUE[] =
    "INSERT INTO outbox (kind, list_id, subscription_id, issue_id, body_id,"
    " queue, pace, state, due, deadline," BLANK
    " SELECT 'digest', list_id, subscription_id, ?3, body_id, ?3, pace,"
    " 'queued', ?5, ?6, " BLANKS "?5 FROM audience_body"
    " WHERE list_id = ?1 AND every = ?2 AND issue_id = ?3 AND variant ="
    " CASE digits WHEN '' THEN ?4 WHEN 'arab' THEN ?7 ELSE digits END"
    " || '-' || format";
static const char SQL_LAST_CONFIRM[] =
    "SELECT COALESCE(max(created), 0) FROM confirm_mail"
    " WHERE subscription_id = ?1";
static const char SQL_CANCEL_GOODBYE[] =
    "UPDATE outbox SET state = 'cancelled', owner = NULL, finished = ?2"
    " WHERE subscription_id = ?1 AND kind = 'goodbye'"
    " AND state IN ('queued', 'deferred', 'leased')";
static const char SQL_COUNT_GOODBYES[] =
    "SELECT count(*) FROM outbox WHERE subscription_id = ?1"
    " AND kind = 'goodbye' AND state <> 'cancelled'"
    " AND created > ?2 AND created <= ?3";
static const char SQL_COUNT_CONFIRMS[] =
    "SELECT count(*) FROM confirm_mail"
    " WHERE subscriber_id = ?1 AND created > ?2";

/* One mail to one reader, of no issue. */
static int
add(struct db *db, const char *kind, int64_t subscription_id, int64_t now,
    struct err *err)
{
	char uuid[UUID_SIZE];

	uuid_new(uuid);
	return db_run(db, SQL_ADD,
	    DB_ARGS(db_int(subscription_id), db_text(uuid), db_int(now),
		db_int(now + OUTBOX_AGE), db_text(kind)),
	    err);
}

int
outbox_add_confirm(
    struct db *db, int64_t subscription_id, int64_t now, struct err *err)
{
	return add(db, "confirm", subscription_id, now, err);
}

int
outbox_add_welcome(
    struct db *db, int64_t subscription_id, int64_t now, struct err *err)
{
	return add(db, "welcome", subscription_id, now, err);
}

int
outbox_add_goodbye(
    struct db *db, int64_t subscription_id, int64_t now, struct err *err)
{
	return add(db, "goodbye", subscription_id, now, err);
}

int
outbox_add_notice(struct db *db, const char *text, int64_t now, struct err *err)
{
	char uuid[UUID_SIZE];

	uuid_new(uuid);
	return db_run(db, SQL_ADD_NOTICE,
	    DB_ARGS(db_text(uuid), db_text(text), db_int(now),
		db_int(now + OUTBOX_AGE)),
	    err);
}

int
outbox_last_notice(struct db *db, int64_t *when, struct err *err)
{
	return db_value(db, SQL_LAST_NOTICE, DB_NO_ARGS, when, err) < 0 ? -1
									: 0;
}

static int
read_text(const struct db_row *row, void *arg)
{
	char **out = arg;

	*out = strdup(db_row_text(row, 0));
	return 1;
}

int
outbox_notice_text(struct db *db, int64_t id, char **out, struct err *err)
{
	char *text = NULL;
	int found =
	    db_each(db, SQL_TEXT, DB_ARGS(db_int(id)), read_text, &text, err);

	if (found < 0)
		return -1;
	if (found == 0) {
		return err_set(
		    err, ERR_NOTFOUND, "outbox has no row %lld", (long long)id);
	}
	if (text == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	*out = text;
	return 0;
}

int
outbox_add_issue(struct db *db, const struct outbox_issue *issue, int64_t now,
    int64_t *n, struct err *err)
{
	if (db_run(db, SQL_ADD_ISSUE,
		DB_ARGS(db_int(issue->list_id), db_text(issue->every),
		    db_int(issue->issue_id), db_text(issue->digits),
		    db_int(now), db_int(now + OUTBOX_AGE),
		    db_text(issue->arab)),
		err) != 0)
		return -1;
	*n = db_changes(db);
	return 0;
}

int
outbox_last_confirm(
    struct db *db, int64_t subscription_id, int64_t *when, struct err *err)
{
	int rows = db_value(
	    db, SQL_LAST_CONFIRM, DB_ARGS(db_int(subscription_id)), when, err);

	return rows < 0 ? -1 : 0;
}

int
outbox_cancel_goodbye(
    struct db *db, int64_t subscription_id, int64_t now, struct err *err)
{
	return db_run(db, SQL_CANCEL_GOODBYE,
	    DB_ARGS(db_int(subscription_id), db_int(now)), err);
}

int
outbox_count_goodbyes(struct db *db, int64_t subscription_id, int64_t since,
    int64_t until, int64_t *n, struct err *err)
{
	int rows = db_value(db, SQL_COUNT_GOODBYES,
	    DB_ARGS(db_int(subscription_id), db_int(since), db_int(until)), n,
	    err);

	return rows < 0 ? -1 : 0;
}

int
outbox_count_confirms(struct db *db, int64_t subscriber_id, int64_t since,
    int64_t *n, struct err *err)
{
	int rows = db_value(db, SQL_COUNT_CONFIRMS,
	    DB_ARGS(db_int(subscriber_id), db_int(since)), n, err);

	return rows < 0 ? -1 : 0;
}
