/* SPDX-License-Identifier: ISC */
#include "model/outbox_list.h"

/* Each by an index of its own: a count must not read a million rows. What is
 * in none of them has been sent. */
#define COUNT "SELECT state, count(*) FROM outbox_report WHERE "
#define ASIDE "state IN ('deferred', 'failed', 'unknown', 'cancelled')"
static const char SQL_TROUBLE[] =
    "SELECT subscription_id, state, attempts, due, relay, reply_code,"
    " reply_status, reply_text FROM outbox_report WHERE issue_id = ?1"
    " AND " ASIDE " AND state <> 'cancelled' ORDER BY id LIMIT ?2";
static const char SQL_TOTAL[] =
    "SELECT count(*) FROM outbox_report WHERE issue_id = ?1";
static const char SQL_TOTAL_ALL[] = "SELECT count(*) FROM outbox_report";
static const char SQL_QUEUED[] = "SELECT 'queued', count(*) FROM outbox_report"
				 " WHERE state = 'queued' AND queue = ?1";
static const char SQL_QUEUED_ALL[] =
    "SELECT 'queued', count(*) FROM outbox_report WHERE state = 'queued'";
static const char *const SQL_COUNTS[] = {
    SQL_QUEUED,
    COUNT ASIDE " AND issue_id = ?1 GROUP BY state",
    /* Few are in anybody's hands: + keeps off the index by issue. */
    COUNT "owner IS NOT NULL AND +issue_id = ?1 GROUP BY state",
};
static const char *const SQL_COUNTS_ALL[] = {
    SQL_QUEUED_ALL,
    COUNT ASIDE " GROUP BY state",
    COUNT "owner IS NOT NULL GROUP BY state",
};
#define COUNTS (sizeof(SQL_COUNTS) / sizeof(*SQL_COUNTS))

static int
read_count(const struct db_row *row, void *arg)
{
	struct outbox_list_counts *out = arg;

	out->n[outbox_state_parse(db_row_text(row, 0))] = db_row_int(row, 1);
	return 0;
}

int
outbox_list_count(struct db *db, int64_t issue_id,
    struct outbox_list_counts *out, struct err *err)
{
	const struct db_args of = DB_ARGS(db_int(issue_id));
	const struct db_args args = issue_id != 0 ? of : DB_NO_ARGS;
	struct outbox_list_counts counts = {{0}};
	int64_t total;

	if (db_value(db, issue_id != 0 ? SQL_TOTAL : SQL_TOTAL_ALL, args,
		&total, err) < 0)
		return -1;
	for (size_t i = 0; i < COUNTS; i++) {
		if (db_each(db,
			issue_id != 0 ? SQL_COUNTS[i] : SQL_COUNTS_ALL[i], args,
			read_count, &counts, err) < 0)
			return -1;
	}
	for (int i = 0; i < OUTBOX_STATES; i++)
		total -= counts.n[i];
	counts.n[OUTBOX_SENT] = total;
	*out = counts;
	return 0;
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
	    .state = outbox_state_parse(db_row_text(row, 1)),
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
