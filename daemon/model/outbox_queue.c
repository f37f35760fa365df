/* SPDX-License-Identifier: ISC */
#include "model/outbox_queue.h"

#include <stdlib.h>

/* Rows are found by an index and asked once more themselves: the index of a
 * damaged database may name one that has long been sent. */
#define STILL(states) " AND +state IN (" states ")"

static const char SQL_RIPEN[] =
    "UPDATE outbox SET state = 'queued' WHERE id IN (SELECT id FROM outbox"
    " WHERE state = 'deferred' AND due <= ?1 ORDER BY due LIMIT ?2)" STILL(
	"'deferred'");
/* What is due further off than any wait was put there by a clock that has been
 * set back since: it is due now. */
static const char SQL_RIPEN_LOST[] =
    "UPDATE outbox SET state = 'queued' WHERE id IN (SELECT id FROM outbox"
    " WHERE state = 'deferred' AND due > ?1 ORDER BY due LIMIT ?2)" STILL(
	"'deferred'");
static const char SQL_NEXT_DUE[] = "SELECT due FROM outbox"
				   " WHERE state = 'deferred'"
				   " ORDER BY due LIMIT 1";
/* Two seeks: a comparison of pairs would read all rows of the first queue. */
static const char SQL_NEXT_PACE[] =
    "SELECT queue, pace FROM outbox WHERE state = 'queued' AND queue = ?1"
    " AND pace > ?2 ORDER BY pace LIMIT 1";
static const char SQL_NEXT_ISSUE[] =
    "SELECT queue, pace FROM outbox WHERE state = 'queued' AND queue > ?1"
    " ORDER BY queue, pace LIMIT 1";
static const char SQL_CLAIM[] =
    "UPDATE outbox SET state = 'leased', owner = ?1 WHERE id IN"
    " (SELECT id FROM outbox WHERE state = 'queued'"
    " AND queue = ?2 AND pace = ?3 ORDER BY id LIMIT ?4)" STILL(
	"'queued'") " RETURNING " OUTBOX_COLUMNS;
static const char SQL_IN_HAND[] =
    "SELECT count(*) FROM outbox WHERE owner IS NOT NULL AND pace = ?1";
/* Each finds its rows by an index of few: those that were sent, which may be a
 * million, are not looked at. */
#define IN_HAND                                                                \
	"SELECT id FROM outbox WHERE owner IS NOT NULL AND +issue_id = ?1"     \
	" AND state = 'leased'"
#define ASIDE                                                                  \
	"SELECT id FROM outbox WHERE issue_id = ?1"                            \
	" AND state IN ('deferred', 'failed', 'unknown', 'cancelled')"
static const char SQL_OPEN[] =
    "SELECT 1 FROM outbox WHERE state = 'queued' AND queue = ?1"
    " UNION ALL SELECT 1 FROM outbox WHERE issue_id = ?1"
    " AND state IN ('deferred', 'failed', 'unknown', 'cancelled')"
    " AND state = 'deferred'"
    " UNION ALL SELECT 1 FROM outbox WHERE owner IS NOT NULL"
    " AND +issue_id = ?1 LIMIT 1";
/* The + keeps off a walk of all ids from there on. */
#define PART " AND +id > ?2 ORDER BY +id LIMIT ?3)"

/* In the order of the index, from where the part before has ended: a state's
 * rows stand in it by their ids. */
#define AGAIN(state)                                                           \
	"UPDATE outbox SET state = 'queued', due = ?4,"                        \
	" deadline = ?4 + 172800, faults = 0, finished = NULL"                 \
	" WHERE id IN (" ASIDE " AND state = '" state "'"                      \
	" AND EXISTS (SELECT 1 FROM audience a"                                \
	"  WHERE a.subscription_id = outbox.subscription_id)"                  \
	" AND id > ?2 ORDER BY id LIMIT ?3)" STILL(                            \
	    "'" state "'") " RETURNING id"

static const char *const SQL_ORDERS[OUTBOX_ORDERS] = {
    [OUTBOX_UNLEASE] = "UPDATE outbox SET state = 'queued', owner = NULL,"
		       " due = ?4 WHERE id IN (" IN_HAND PART STILL(
			   "'leased'") " RETURNING id",
    /* Nothing comes back, so it begins at the beginning each time. */
    [OUTBOX_STOP] = "UPDATE outbox SET state = 'cancelled', owner = NULL,"
		    " finished = ?4 WHERE id IN ("
		    "SELECT id FROM outbox WHERE state = 'queued'"
		    " AND queue = ?1"
		    " UNION ALL " ASIDE " AND state = 'deferred'"
		    " UNION ALL " IN_HAND " LIMIT ?3)" STILL(
			"'queued', 'deferred', 'leased'") " RETURNING id",
    [OUTBOX_AGAIN] = AGAIN("failed"),
    [OUTBOX_AGAIN_LOST] = AGAIN("unknown"),
    /* A reader at a time, as the index of the issue has them. */
    [OUTBOX_RENEW] =
	"UPDATE outbox SET deadline = ?4 + 172800 WHERE id IN ("
	"SELECT id FROM outbox WHERE issue_id = ?1 AND subscription_id > ?2"
	" AND state IN ('queued', 'deferred')"
	" ORDER BY subscription_id LIMIT ?3)" STILL(
	    "'queued', 'deferred'") " RETURNING subscription_id",
};
_Static_assert(OUTBOX_AGE == 172800, "as SQL_ORDERS has it");

int
outbox_queue_ripen(struct db *db, int64_t now, int max, struct err *err)
{
	int64_t n;

	if (db_run(db, SQL_RIPEN, DB_ARGS(db_int(now), db_int(max)), err) != 0)
		return -1;
	n = db_changes(db);
	if (db_run(db, SQL_RIPEN_LOST,
		DB_ARGS(db_int(now + OUTBOX_WAIT_MAX), db_int(max - n)),
		err) != 0)
		return -1;
	return (int)(n + db_changes(db));
}

int
outbox_queue_next_due(struct db *db, int64_t *when, struct err *err)
{
	return db_value(db, SQL_NEXT_DUE, DB_NO_ARGS, when, err);
}

static int
read_queue(const struct db_row *row, void *arg)
{
	struct outbox_queue *out = arg;

	out->issue_id = db_row_int(row, 0);
	db_row_copy(row, 1, out->pace, sizeof(out->pace));
	return 1;
}

int
outbox_queue_next(struct db *db, struct outbox_queue *at, struct err *err)
{
	struct outbox_queue next = {0};
	int found = db_each(db, SQL_NEXT_PACE,
	    DB_ARGS(db_int(at->issue_id), db_text(at->pace)), read_queue, &next,
	    err);

	if (found == 0) {
		found = db_each(db, SQL_NEXT_ISSUE,
		    DB_ARGS(db_int(at->issue_id)), read_queue, &next, err);
	}
	if (found == 1)
		*at = next;
	return found;
}

static int
read_next(const struct db_row *row, void *arg)
{
	struct outbox **at = arg;

	outbox_read(row, (*at)++);
	return 0;
}

static int
compare_id(const void *a, const void *b)
{
	const struct outbox *one = a;
	const struct outbox *two = b;

	return (one->id > two->id) - (one->id < two->id);
}

/* RETURNING gives the rows in no order at all. */
int
outbox_queue_claim(struct db *db, const struct outbox_queue_claim *claim,
    struct outbox *out, struct err *err)
{
	struct outbox *at = out;
	int n = db_each(db, SQL_CLAIM,
	    DB_ARGS(db_text(claim->owner), db_int(claim->queue->issue_id),
		db_text(claim->queue->pace), db_int(claim->max)),
	    read_next, &at, err);

	if (n > 1)
		qsort(out, (size_t)n, sizeof(*out), compare_id);
	return n;
}

int
outbox_queue_in_hand(
    struct db *db, const char *pace, int64_t *out, struct err *err)
{
	return db_value(db, SQL_IN_HAND, DB_ARGS(db_text(pace)), out, err) < 0
		   ? -1
		   : 0;
}

int
outbox_queue_open(struct db *db, int64_t issue_id, struct err *err)
{
	int64_t one;

	return db_value(db, SQL_OPEN, DB_ARGS(db_int(issue_id)), &one, err);
}

static int
read_after(const struct db_row *row, void *arg)
{
	int64_t *after = arg;

	if (db_row_int(row, 0) > *after)
		*after = db_row_int(row, 0);
	return 0;
}

int
outbox_queue_command(struct db *db, struct outbox_queue_command *command,
    int64_t now, struct err *err)
{
	return db_each(db, SQL_ORDERS[command->order],
	    DB_ARGS(db_int(command->issue_id), db_int(command->after),
		db_int(command->max), db_int(now)),
	    read_after, &command->after, err);
}
