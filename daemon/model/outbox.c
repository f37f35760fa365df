/* SPDX-License-Identifier: ISC */
#include "model/outbox.h"

#include "base/str.h"

#include <stdlib.h>

#define COLUMNS                                                                \
	"id, kind, state, list_id, subscription_id, COALESCE(issue_id, 0),"    \
	" COALESCE(body_id, 0), uuid, owner, attempts, created"
#define DUE " state IN ('queued', 'deferred') AND due <= ?1"

static const char SQL_ADD_CONFIRM[] =
    "INSERT INTO outbox (kind, priority, list_id, subscription_id, uuid,"
    " state, due, attempts, uncertain, relay, reply_code, reply_status,"
    " reply_text, created)"
    " VALUES ('confirm', 0, ?1, ?2, ?3, 'queued', ?4, 0, 0, '', 0, '', '', ?4)";
static const char SQL_ADD_ISSUE[] =
    "INSERT INTO outbox (kind, priority, list_id, subscription_id, issue_id,"
    " body_id, state, due, attempts, uncertain, relay, reply_code,"
    " reply_status, reply_text, created)"
    " SELECT 'digest', 10, list_id, subscription_id, ?3, ?4, 'queued', ?5, 0,"
    " 0, '', 0, '', '', ?5 FROM audience WHERE list_id = ?1 AND every = ?2";
static const char SQL_LAST_CONFIRM[] =
    "SELECT COALESCE(max(created), 0) FROM confirm_mail"
    " WHERE subscription_id = ?1";
static const char SQL_COUNT_CONFIRMS[] =
    "SELECT count(*) FROM confirm_mail"
    " WHERE subscriber_id = ?1 AND created > ?2";
static const char SQL_DUE[] = "SELECT 1 FROM outbox WHERE" DUE " LIMIT 1";
static const char SQL_CLAIM[] =
    "UPDATE outbox SET state = 'leased', owner = ?2 WHERE id IN"
    " (SELECT id FROM outbox WHERE" DUE
    " ORDER BY priority, due, id LIMIT ?3) RETURNING " COLUMNS;
static const char SQL_MOVE[] =
    "UPDATE outbox SET state = ?4, owner = NULL, due = ?5,"
    " uncertain = uncertain + ?6, relay = ?7, reply_code = ?8,"
    " reply_status = ?9, reply_text = ?10, finished = ?11"
    " WHERE id = ?1 AND COALESCE(owner, '') = ?2 AND state = ?3";
static const char SQL_START[] =
    "UPDATE outbox SET state = 'started', attempts = attempts + 1,"
    " started = ?3 WHERE id = ?1 AND owner = ?2 AND state = 'leased'";
static const char SQL_OWNED[] =
    "SELECT " COLUMNS " FROM outbox WHERE owner = ?1 ORDER BY id LIMIT ?2";
static const char SQL_CANCEL[] =
    "UPDATE outbox SET state = 'cancelled', owner = NULL, finished = ?2"
    " WHERE subscription_id = ?1 AND state IN ('queued', 'deferred', 'leased')";
static const struct {
	const char *name;
	bool final;
} states[OUTBOX_STATES] = {
    [OUTBOX_QUEUED] = {"queued", false},
    [OUTBOX_LEASED] = {"leased", false},
    [OUTBOX_STARTED] = {"started", false},
    [OUTBOX_SENT] = {"sent", true},
    [OUTBOX_DEFERRED] = {"deferred", false},
    [OUTBOX_FAILED] = {"failed", true},
    [OUTBOX_UNKNOWN] = {"unknown", true},
    [OUTBOX_CANCELLED] = {"cancelled", true},
};

static const char *const kinds[OUTBOX_KINDS] = {
    [OUTBOX_CONFIRM] = "confirm",
    [OUTBOX_DIGEST] = "digest",
};

/* clang-format off */
#define NO   (-1)
#define QUEU OUTBOX_QUEUED
#define STAR OUTBOX_STARTED
#define SENT OUTBOX_SENT
#define DEFE OUTBOX_DEFERRED
#define FAIL OUTBOX_FAILED
#define UNKN OUTBOX_UNKNOWN
/* What may follow what, by a worker's hand: next[state][event]. Besides, a
 * claim leases what is queued or deferred, and a cancel ends what has not
 * started. */
static const int next[OUTBOX_STATES][OUTBOX_EVENTS] = {
	/*                     RELEASE START ACCEPT DEFER REFUSE LOSE  RETRY */
	[OUTBOX_QUEUED]    = { NO,     NO,   NO,    NO,   NO,    NO,   NO },
	[OUTBOX_LEASED]    = { QUEU,   STAR, NO,    DEFE, FAIL,  NO,   NO },
	[OUTBOX_STARTED]   = { NO,     NO,   SENT,  DEFE, FAIL,  UNKN, NO },
	[OUTBOX_SENT]      = { NO,     NO,   NO,    NO,   NO,    NO,   NO },
	[OUTBOX_DEFERRED]  = { NO,     NO,   NO,    NO,   NO,    NO,   NO },
	[OUTBOX_FAILED]    = { NO,     NO,   NO,    NO,   NO,    NO,   NO },
	[OUTBOX_UNKNOWN]   = { NO,     NO,   NO,    NO,   NO,    NO,   DEFE },
	[OUTBOX_CANCELLED] = { NO,     NO,   NO,    NO,   NO,    NO,   NO },
};
/* clang-format on */

const char *
outbox_state_name(enum outbox_state state)
{
	return states[state].name;
}

bool
outbox_state_final(enum outbox_state state)
{
	return states[state].final;
}

enum outbox_state
outbox_state_parse(const char *name)
{
	for (int i = 0; i < OUTBOX_STATES; i++) {
		if (str_eq(states[i].name, name))
			return (enum outbox_state)i;
	}
	abort(); /* only this file writes the column */
}

static void
fill(const struct db_row *row, struct outbox *out)
{
	*out = (struct outbox){.id = db_row_int(row, 0)};
	out->kind = str_eq(db_row_text(row, 1), kinds[OUTBOX_CONFIRM])
			? OUTBOX_CONFIRM
			: OUTBOX_DIGEST;
	out->state = outbox_state_parse(db_row_text(row, 2));
	out->list_id = db_row_int(row, 3);
	out->subscription_id = db_row_int(row, 4);
	out->issue_id = db_row_int(row, 5);
	out->body_id = db_row_int(row, 6);
	db_row_copy(row, 7, out->uuid, sizeof(out->uuid));
	db_row_copy(row, 8, out->owner, sizeof(out->owner));
	out->attempts = db_row_int(row, 9);
	out->created = db_row_int(row, 10);
}

int
outbox_add_confirm(struct db *db, int64_t list_id, int64_t subscription_id,
    int64_t now, struct err *err)
{
	char uuid[UUID_SIZE];

	uuid_new(uuid);
	return db_run(db, SQL_ADD_CONFIRM,
	    DB_ARGS(db_int(list_id), db_int(subscription_id), db_text(uuid),
		db_int(now)),
	    err);
}

int
outbox_add_issue(struct db *db, const struct outbox_issue *issue, int64_t now,
    int64_t *n, struct err *err)
{
	if (db_run(db, SQL_ADD_ISSUE,
		DB_ARGS(db_int(issue->list_id), db_text(issue->every),
		    db_int(issue->issue_id), db_int(issue->body_id),
		    db_int(now)),
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
outbox_count_confirms(struct db *db, int64_t subscriber_id, int64_t since,
    int64_t *n, struct err *err)
{
	int rows = db_value(db, SQL_COUNT_CONFIRMS,
	    DB_ARGS(db_int(subscriber_id), db_int(since)), n, err);

	return rows < 0 ? -1 : 0;
}

int
outbox_due(struct db *db, int64_t now, struct err *err)
{
	return db_each(db, SQL_DUE, DB_ARGS(db_int(now)), NULL, NULL, err);
}

static int
read_next(const struct db_row *row, void *arg)
{
	struct outbox **at = arg;

	fill(row, (*at)++);
	return 0;
}

/* The kinds stand in the order of their priority. */
static int
compare_urgency(const void *a, const void *b)
{
	const struct outbox *one = a;
	const struct outbox *two = b;

	if (one->kind != two->kind)
		return one->kind < two->kind ? -1 : 1;
	return (one->id > two->id) - (one->id < two->id);
}

/* RETURNING gives the rows in no order at all. */
int
outbox_claim(struct db *db, const struct outbox_claim *claim,
    struct outbox *out, struct err *err)
{
	struct outbox *at = out;
	int n = db_each(db, SQL_CLAIM,
	    DB_ARGS(
		db_int(claim->now), db_text(claim->owner), db_int(claim->max)),
	    read_next, &at, err);

	if (n > 1)
		qsort(out, (size_t)n, sizeof(*out), compare_urgency);
	return n;
}

int
outbox_owned(struct db *db, const char *owner, struct outbox *out, int max,
    struct err *err)
{
	struct outbox *at = out;

	return db_each(db, SQL_OWNED, DB_ARGS(db_text(owner), db_int(max)),
	    read_next, &at, err);
}

static int
start(struct db *db, struct outbox *row, int64_t now, struct err *err)
{
	if (db_run(db, SQL_START,
		DB_ARGS(db_int(row->id), db_text(row->owner), db_int(now)),
		err) != 0)
		return -1;
	if (db_changes(db) == 0)
		return 0;
	row->state = OUTBOX_STARTED;
	row->attempts++;
	return 1;
}

int
outbox_move(struct db *db, struct outbox *row, enum outbox_event event,
    const struct outbox_note *note, int64_t now, struct err *err)
{
	static const struct outbox_note none = {
	    .relay = "", .status = "", .text = ""};
	int to = next[row->state][event];

	if (to == NO) {
		return err_set(err, ERR_SYSTEM,
		    "outbox row %lld is %s: event %d is not for it",
		    (long long)row->id, states[row->state].name, (int)event);
	}
	if (event == OUTBOX_START)
		return start(db, row, now, err);
	if (note == NULL)
		note = &none;
	if (db_run(db, SQL_MOVE,
		DB_ARGS(db_int(row->id), db_text(row->owner),
		    db_text(states[row->state].name), db_text(states[to].name),
		    db_int(note->due ? note->due : now),
		    db_int(event == OUTBOX_LOSE), db_text(note->relay),
		    db_int(note->code), db_text(note->status),
		    db_text(note->text),
		    states[to].final ? db_int(now) : db_null()),
		err) != 0)
		return -1;
	if (db_changes(db) == 0)
		return 0;
	row->state = (enum outbox_state)to;
	row->owner[0] = '\0';
	return 1;
}

int
outbox_cancel(
    struct db *db, int64_t subscription_id, int64_t now, struct err *err)
{
	return db_run(
	    db, SQL_CANCEL, DB_ARGS(db_int(subscription_id), db_int(now)), err);
}
