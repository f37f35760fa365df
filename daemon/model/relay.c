/* SPDX-License-Identifier: ISC */
#include "model/relay.h"

#include "base/str.h"

static const char SQL_FIND[] =
    "SELECT name, failures, since, retry_at, error FROM relay WHERE name = ?1";
static const char SQL_SAVE[] =
    "INSERT INTO relay (name, failures, since, retry_at, error)"
    " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (name) DO UPDATE SET"
    " failures = ?2, retry_at = ?4, error = ?5";
static const char SQL_REMOVE[] = "DELETE FROM relay WHERE name = ?1";

static int
read_row(const struct db_row *row, void *arg)
{
	struct relay *out = arg;

	db_row_copy(row, 0, out->name, sizeof(out->name));
	out->failures = db_row_int(row, 1);
	out->since = db_row_int(row, 2);
	out->retry_at = db_row_int(row, 3);
	db_row_copy(row, 4, out->error, sizeof(out->error));
	return 1;
}

int
relay_find(struct db *db, const char *name, struct relay *out, struct err *err)
{
	return db_each(
	    db, SQL_FIND, DB_ARGS(db_text(name)), read_row, out, err);
}

int
relay_failed(struct db *db, const char *name, const char *error, int64_t now,
    struct relay *out, struct err *err)
{
	int64_t wait = 1;
	int found = relay_find(db, name, out, err);

	if (found < 0)
		return -1;
	if (found == 0)
		*out = (struct relay){.since = now};
	for (int64_t i = 0; i < out->failures && wait < RELAY_WAIT_MAX; i++)
		wait *= 2;
	out->failures++;
	out->retry_at = now + (wait < RELAY_WAIT_MAX ? wait : RELAY_WAIT_MAX);
	(void)str_fit(out->name, sizeof(out->name), name);
	str_cut(out->error, sizeof(out->error), error);
	return db_run(db, SQL_SAVE,
	    DB_ARGS(db_text(name), db_int(out->failures), db_int(out->since),
		db_int(out->retry_at), db_text(out->error)),
	    err);
}

int
relay_works(struct db *db, const char *name, struct err *err)
{
	if (db_run(db, SQL_REMOVE, DB_ARGS(db_text(name)), err) != 0)
		return -1;
	return db_changes(db) > 0;
}
