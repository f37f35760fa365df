/* SPDX-License-Identifier: ISC */
#include "model/worker.h"

static const char SQL_ADD[] =
    "INSERT INTO worker (uuid, host, pid, started, heartbeat)"
    " VALUES (?1, ?2, ?3, ?4, ?5)";
static const char SQL_BEAT[] =
    "UPDATE worker SET heartbeat = ?2 WHERE uuid = ?1";
static const char SQL_KNOWN[] = "SELECT 1 FROM worker WHERE uuid = ?1";
static const char SQL_REMOVE[] = "DELETE FROM worker WHERE uuid = ?1";
static const char SQL_EACH[] =
    "SELECT uuid, host, pid, started, heartbeat FROM worker ORDER BY started";

int
worker_add(struct db *db, const struct worker *worker, struct err *err)
{
	return db_run(db, SQL_ADD,
	    DB_ARGS(db_text(worker->uuid), db_text(worker->host),
		db_int(worker->pid), db_int(worker->started),
		db_int(worker->heartbeat)),
	    err);
}

int
worker_beat(struct db *db, const char *uuid, int64_t now, struct err *err)
{
	if (db_run(db, SQL_BEAT, DB_ARGS(db_text(uuid), db_int(now)), err) != 0)
		return -1;
	return db_changes(db) > 0;
}

int
worker_known(struct db *db, const char *uuid, struct err *err)
{
	return db_each(db, SQL_KNOWN, DB_ARGS(db_text(uuid)), NULL, NULL, err);
}

int
worker_remove(struct db *db, const char *uuid, struct err *err)
{
	return db_run(db, SQL_REMOVE, DB_ARGS(db_text(uuid)), err);
}

struct each {
	worker_fn *fn;
	void *arg;
};

static int
pass_row(const struct db_row *row, void *arg)
{
	const struct each *each = arg;
	struct worker worker = {.pid = db_row_int(row, 2)};

	db_row_copy(row, 0, worker.uuid, sizeof(worker.uuid));
	db_row_copy(row, 1, worker.host, sizeof(worker.host));
	worker.started = db_row_int(row, 3);
	worker.heartbeat = db_row_int(row, 4);
	return each->fn(&worker, each->arg);
}

int
worker_each(struct db *db, worker_fn *fn, void *arg, struct err *err)
{
	struct each each = {fn, arg};

	return db_each(db, SQL_EACH, DB_NO_ARGS, pass_row, &each, err) < 0 ? -1
									   : 0;
}
