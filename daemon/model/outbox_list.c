/* SPDX-License-Identifier: ISC */
#include "model/outbox_list.h"

static const char SQL_TROUBLE[] =
    "SELECT subscription_id, state, attempts, due, relay, reply_code,"
    " reply_status, reply_text FROM outbox_report WHERE issue_id = ?1"
    " AND state IN ('deferred', 'failed', 'unknown') ORDER BY id LIMIT ?2";
static const char SQL_COUNT[] = "SELECT state, count(*) FROM outbox_report "
				"WHERE issue_id = ?1 GROUP BY state";
static const char SQL_COUNT_ALL[] =
    "SELECT state, count(*) FROM outbox_report GROUP BY state";

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
	int rows;

	*out = (struct outbox_list_counts){{0}};
	if (issue_id == 0) {
		rows = db_each(
		    db, SQL_COUNT_ALL, DB_NO_ARGS, read_count, out, err);
	} else {
		rows = db_each(db, SQL_COUNT, DB_ARGS(db_int(issue_id)),
		    read_count, out, err);
	}
	return rows < 0 ? -1 : 0;
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
