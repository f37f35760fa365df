/* SPDX-License-Identifier: ISC */
#include "model/outbox.h"

#include "base/str.h"
#include "model/pace.h"

#include <string.h>

static const char SQL_MOVE[] =
    "UPDATE outbox SET state = ?4, owner = NULL, due = ?5,"
    " uncertain = uncertain + ?6, faults = faults + ?12, relay = ?7,"
    " reply_code = ?8, reply_status = ?9, reply_text = ?10, finished = ?11"
    " WHERE id = ?1 AND COALESCE(owner, '') = ?2 AND state = ?3";
#define START                                                                  \
	"UPDATE outbox SET state = 'started', attempts = attempts + 1,"        \
	" faults = 0, started = ?3"
#define OF_OWNER " WHERE id = ?1 AND owner = ?2 AND state = 'leased'"
static const char SQL_START[] = START OF_OWNER;
static const char SQL_START_SUSPECT[] =
    START ", pace = COALESCE((SELECT p.pace FROM subscription_pace p"
	  "  WHERE p.subscription_id = outbox.subscription_id), '')" OF_OWNER;
static const char SQL_SHELVE[] =
    "UPDATE outbox SET state = 'queued', owner = NULL, pace = ?3,"
    " faults = ?4 WHERE id = ?1 AND owner = ?2 AND state = 'leased'";
static const char SQL_OWNED[] =
    "SELECT " OUTBOX_COLUMNS
    " FROM outbox WHERE owner = ?1 ORDER BY id LIMIT ?2";
static const char SQL_CANCEL[] =
    "UPDATE outbox SET state = 'cancelled', owner = NULL, finished = ?2"
    " WHERE subscription_id = ?1 AND kind <> 'goodbye'"
    " AND state IN ('queued', 'deferred', 'leased')";

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
    [OUTBOX_NOTICE] = "notice",
    [OUTBOX_WELCOME] = "welcome",
    [OUTBOX_GOODBYE] = "goodbye",
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
 * claim leases what is queued, what is deferred ripens into its queue, a cancel
 * ends what has not started, and a person may send again what failed. */
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
outbox_state_of(const struct db_row *row, int col)
{
	for (int i = 0; i < OUTBOX_STATES; i++) {
		if (str_eq(states[i].name, db_row_text(row, col)))
			return (enum outbox_state)i;
	}
	db_row_odd(row, col);
	return OUTBOX_UNKNOWN;
}

static enum outbox_kind
kind_of(const struct db_row *row, int col)
{
	for (int i = 0; i < OUTBOX_KINDS; i++) {
		if (str_eq(kinds[i], db_row_text(row, col)))
			return (enum outbox_kind)i;
	}
	db_row_odd(row, col);
	return OUTBOX_DIGEST;
}

void
outbox_read(const struct db_row *row, struct outbox *out)
{
	*out = (struct outbox){.id = db_row_int(row, 0)};
	out->kind = kind_of(row, 1);
	out->state = outbox_state_of(row, 2);
	out->list_id = db_row_int(row, 3);
	out->subscription_id = db_row_int(row, 4);
	out->issue_id = db_row_int(row, 5);
	out->body_id = db_row_int(row, 6);
	db_row_copy(row, 7, out->uuid, sizeof(out->uuid));
	db_row_copy(row, 8, out->pace, sizeof(out->pace));
	db_row_copy(row, 9, out->owner, sizeof(out->owner));
	out->attempts = db_row_int(row, 10);
	out->faults = db_row_int(row, 11);
	out->deadline = db_row_int(row, 12);
}

static int
read_next(const struct db_row *row, void *arg)
{
	struct outbox **at = arg;

	outbox_read(row, (*at)++);
	return 0;
}

int
outbox_owned(struct db *db, const char *owner, struct outbox *out, int max,
    struct err *err)
{
	struct outbox *at = out;

	return db_each(db, SQL_OWNED, DB_ARGS(db_text(owner), db_int(max)),
	    read_next, &at, err);
}

int
outbox_damaged(struct err *err)
{
	return err_set(err, ERR_DATA,
	    "database: the outbox holds what nashra never wrote: the file is "
	    "damaged, restore a backup");
}

/* The lease of a row draws from the pace of its queue; one that is not started
 * by it has used nothing of that, whoever has the row by now. */
static int
give_back(struct db *db, const struct outbox *row, struct err *err)
{
	const struct pace pace = {
	    .scope = PACE_DOMAIN, .name = row->pace, .day = PACE_NO_DAY};

	if (row->pace[0] == '\0' || str_eq(row->pace, OUTBOX_SUSPECT))
		return 0;
	return pace_give_back(db, &pace, 1, err);
}

static int
start(struct db *db, struct outbox *row, int64_t now, struct err *err)
{
	bool suspect = str_eq(row->pace, OUTBOX_SUSPECT);

	if (db_run(db, suspect ? SQL_START_SUSPECT : SQL_START,
		DB_ARGS(db_int(row->id), db_text(row->owner), db_int(now)),
		err) != 0)
		return -1;
	if (db_changes(db) == 0)
		return give_back(db, row, err);
	row->state = OUTBOX_STARTED;
	row->attempts++;
	row->faults = 0;
	return 1;
}

/* Untouched: with the time, and the last reply, that it had before. */
int
outbox_shelve(
    struct db *db, struct outbox *row, const char *pace, struct err *err)
{
	bool moved;

	if (db_run(db, SQL_SHELVE,
		DB_ARGS(db_int(row->id), db_text(row->owner), db_text(pace),
		    db_int(row->faults)),
		err) != 0)
		return -1;
	moved = db_changes(db) > 0;
	if (give_back(db, row, err) != 0)
		return -1;
	if (!moved)
		return 0;
	row->state = OUTBOX_QUEUED;
	row->owner[0] = '\0';
	return 1;
}

int
outbox_move(struct db *db, struct outbox *row, enum outbox_event event,
    const struct outbox_note *note, int64_t now, struct err *err)
{
	static const struct outbox_note none = {
	    .relay = "", .status = "", .text = ""};
	bool leased = row->state == OUTBOX_LEASED;
	int to = next[row->state][event];
	bool moved;

	if (to == NO) {
		return err_set(err, ERR_SYSTEM,
		    "outbox row %lld is %s: event %d is not for it",
		    (long long)row->id, states[row->state].name, (int)event);
	}
	if (event == OUTBOX_START)
		return start(db, row, now, err);
	if (event == OUTBOX_RELEASE)
		return outbox_shelve(db, row, row->pace, err);
	if (note == NULL)
		note = &none;
	if (db_run(db, SQL_MOVE,
		DB_ARGS(db_int(row->id), db_text(row->owner),
		    db_text(states[row->state].name), db_text(states[to].name),
		    db_int(note->due ? note->due : now),
		    db_int(event == OUTBOX_LOSE), db_text(note->relay),
		    db_int(note->code), db_text(note->status),
		    db_text(note->text),
		    states[to].final ? db_int(now) : db_null(),
		    db_int(note->fault)),
		err) != 0)
		return -1;
	moved = db_changes(db) > 0;
	if (leased && give_back(db, row, err) != 0)
		return -1;
	if (!moved)
		return 0;
	row->state = (enum outbox_state)to;
	row->faults += note->fault;
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
