/* SPDX-License-Identifier: ISC */
#include "model/outbox_list.h"

/* Each by an index of its own: a count must not read a million rows. What is
 * in none of them has been sent, so the whole is counted as that first. One
 * statement sees one moment: a row that moves meanwhile is counted once. */
#define STATES "SELECT state, count(*) FROM outbox_report WHERE "
#define ASIDE  "state IN ('deferred', 'failed', 'unknown', 'cancelled')"
static const char SQL_COUNT[] =
    "SELECT 'sent', count(*) FROM outbox_report WHERE issue_id = ?1"
    " UNION ALL SELECT 'queued', count(*) FROM outbox_report"
    " WHERE state = 'queued' AND queue = ?1"
    " UNION ALL " STATES ASIDE " AND issue_id = ?1 GROUP BY state"
    /* Few are in anybody's hands: + keeps off the index by issue. */
    " UNION ALL " STATES "owner IS NOT NULL AND +issue_id = ?1 GROUP BY state";
static const char SQL_COUNT_ALL[] =
    "SELECT 'sent', count(*) FROM outbox_report"
    " UNION ALL SELECT 'queued', count(*) FROM outbox_report"
    " WHERE state = 'queued'"
    " UNION ALL " STATES ASIDE " GROUP BY state"
    " UNION ALL " STATES "owner IS NOT NULL GROUP BY state";
static const char SQL_NEXT_DUE[] =
    "SELECT due FROM outbox_report WHERE state = 'deferred'"
    " AND +issue_id = ?1 ORDER BY due LIMIT 1";
static const char SQL_SPAN[] =
    "SELECT COALESCE(min(started), 0), COALESCE(max(finished), 0)"
    " FROM outbox_report WHERE issue_id = ?1";
static const char SQL_UNKNOWN[] =
    "SELECT issue_id, count(*) FROM outbox_report WHERE " ASIDE
    " AND state = 'unknown' AND issue_id IS NOT NULL"
    " GROUP BY issue_id ORDER BY issue_id";
static const char SQL_TROUBLE[] =
    "SELECT subscription_id, state, attempts, due, relay, reply_code,"
    " reply_status, reply_text FROM outbox_report WHERE issue_id = ?1"
    " AND " ASIDE " AND state <> 'cancelled' ORDER BY id LIMIT ?2";

static int
read_count(const struct db_row *row, void *arg)
{
	struct outbox_list_counts *out = arg;
	enum outbox_state state = outbox_state_of(row, 0);
	int64_t n = db_row_int(row, 1);

	if (state == OUTBOX_SENT) {
		out->n[OUTBOX_SENT] += n;
		return 0;
	}
	out->n[state] = n;
	out->n[OUTBOX_SENT] -= n;
	return 0;
}

int
outbox_list_count(struct db *db, int64_t issue_id,
    struct outbox_list_counts *out, struct err *err)
{
	const struct db_args of = DB_ARGS(db_int(issue_id));
	struct outbox_list_counts counts = {{0}};

	if (db_each(db, issue_id != 0 ? SQL_COUNT : SQL_COUNT_ALL,
		issue_id != 0 ? of : DB_NO_ARGS, read_count, &counts, err) < 0)
		return -1;
	*out = counts;
	return 0;
}

int
outbox_list_next_due(
    struct db *db, int64_t issue_id, int64_t *when, struct err *err)
{
	return db_value(db, SQL_NEXT_DUE, DB_ARGS(db_int(issue_id)), when, err);
}

static int
read_span(const struct db_row *row, void *arg)
{
	struct outbox_list_span *out = arg;

	out->first_start = db_row_int(row, 0);
	out->last_end = db_row_int(row, 1);
	return 1;
}

int
outbox_list_span(struct db *db, int64_t issue_id, struct outbox_list_span *out,
    struct err *err)
{
	return db_each(db, SQL_SPAN, DB_ARGS(db_int(issue_id)), read_span, out,
		   err) < 0
		   ? -1
		   : 0;
}

struct unknown {
	outbox_list_unknown_fn *fn;
	void *arg;
};

static int
pass_unknown(const struct db_row *row, void *arg)
{
	const struct unknown *to = arg;

	return to->fn(db_row_int(row, 0), db_row_int(row, 1), to->arg);
}

int
outbox_list_unknown(
    struct db *db, outbox_list_unknown_fn *fn, void *arg, struct err *err)
{
	struct unknown to = {fn, arg};

	return db_each(db, SQL_UNKNOWN, DB_NO_ARGS, pass_unknown, &to, err) < 0
		   ? -1
		   : 0;
}

bool
outbox_list_final(const struct outbox_list_counts *counts)
{
	for (int i = 0; i < OUTBOX_STATES; i++) {
		if (!outbox_state_final((enum outbox_state)i) &&
		    counts->n[i] > 0)
			return false;
	}
	return true;
}

static int
pass_row(const struct db_row *row, void *arg)
{
	const struct outbox_list_trouble *which = arg;
	const struct outbox_list_row out = {
	    .subscription_id = db_row_int(row, 0),
	    .state = outbox_state_of(row, 1),
	    .attempts = db_row_int(row, 2),
	    .note = {.due = db_row_int(row, 3),
		.relay = db_row_text(row, 4),
		.code = (int)db_row_int(row, 5),
		.status = db_row_text(row, 6),
		.text = db_row_text(row, 7)},
	};

	return which->fn(&out, which->arg);
}

int
outbox_list_trouble(
    struct db *db, const struct outbox_list_trouble *which, struct err *err)
{
	struct outbox_list_trouble copy = *which;
	int rows = db_each(db, SQL_TROUBLE,
	    DB_ARGS(db_int(which->issue_id), db_int(which->max)), pass_row,
	    &copy, err);

	return rows < 0 ? -1 : 0;
}
