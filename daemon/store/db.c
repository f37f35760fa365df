/* SPDX-License-Identifier: ISC */
#include "store/db.h"

#include "base/clock.h"
#include "base/str.h"
#include "store/db_file.h"
#include "store/schema.h"

#include <errno.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <time.h>

#define STATEMENTS 256 /* more than the program has; a power of two */
#define LOG_SMALL  64  /* pages; SQLite would let it grow to 1000 */
#define SOON_NS    200000
#define SOON_TRIES 50
#define LATER_NS   2000000

struct db {
	sqlite3 *handle;
	struct {
		const char *sql; /* NULL: free */
		sqlite3_stmt *stmt;
	} cache[STATEMENTS];
	bool full; /* the disk was, and the log was not emptied since */
	int wait_ms;
	int64_t waits_until_ms;
};

struct db_row {
	sqlite3_stmt *stmt;
	int *odd; /* a column that nashra never wrote so, -1: none */
};

static enum err_code
meaning(int rc)
{
	switch (rc & 0xff) {
	case SQLITE_BUSY:
	case SQLITE_LOCKED: return ERR_BUSY;
	case SQLITE_CORRUPT:
	case SQLITE_NOTADB: return ERR_DATA;
	case SQLITE_PERM:
	case SQLITE_READONLY:
	case SQLITE_CANTOPEN: return ERR_DENIED;
	case SQLITE_FULL: return ERR_TEMP;
	default: return ERR_SYSTEM;
	}
}

/* The memory that processes share beside the log is a file, too. */
static bool
is_full(struct db *db, int rc)
{
	return rc == SQLITE_FULL || rc == SQLITE_IOERR_SHMSIZE ||
	       ((rc & 0xff) == SQLITE_IOERR &&
		   sqlite3_system_errno(db->handle) == ENOSPC);
}

static int
fail(struct db *db, struct err *err, const char *what)
{
	int rc = sqlite3_extended_errcode(db->handle);

	if (is_full(db, rc)) {
		db->full = true;
		rc = SQLITE_FULL;
	}
	return err_set(err, meaning(rc), "database: cannot %s: %s", what,
	    rc == SQLITE_FULL ? sqlite3_errstr(rc)
			      : sqlite3_errmsg(db->handle));
}

struct db_val
db_int(int64_t num)
{
	return (struct db_val){.type = DB_INT, .num = num};
}

struct db_val
db_null(void)
{
	return (struct db_val){.type = DB_NULL};
}

struct db_val
db_text(const char *text)
{
	if (text == NULL)
		return db_null();
	return (struct db_val){.type = DB_TEXT, .data = text};
}

struct db_val
db_blob(const void *data, size_t len)
{
	return (struct db_val){.type = DB_BLOB, .data = data, .len = len};
}

/* A process of ours has one thread that speaks to the engine, and nobody asks
 * how much memory it has. Once it is running this changes nothing. */
static void
set_up_engine(void)
{
	(void)sqlite3_config(SQLITE_CONFIG_SINGLETHREAD);
	(void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

/* Senders hold the database for a fraction of a millisecond each, time after
 * time: the engine's own waits begin with a whole one and grow. 1: try again.
 */
static int
wait_for_others(void *arg, int tries)
{
	const struct timespec soon = {.tv_nsec = SOON_NS};
	const struct timespec later = {.tv_nsec = LATER_NS};
	struct db *db = arg;
	int64_t now_ms = clock_mono_ms();

	if (tries == 0)
		db->waits_until_ms = now_ms + db->wait_ms;
	if (now_ms >= db->waits_until_ms)
		return 0;
	nanosleep(tries < SOON_TRIES ? &soon : &later, NULL);
	return 1;
}

int
db_open_raw(struct db **out, const char *path, int wait_ms, bool create,
    struct err *err)
{
	static const char *const setup[] = {"PRAGMA foreign_keys = ON",
	    "PRAGMA synchronous = FULL", "PRAGMA trusted_schema = OFF",
	    "SELECT count(*) FROM sqlite_master"};
	struct db *db;

	if (db_file_find(path, create, err) != 0)
		return -1;
	set_up_engine();
	db = calloc(1, sizeof(*db));
	if (db == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	if (sqlite3_open_v2(path, &db->handle,
		SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX,
		NULL) != SQLITE_OK) {
		(void)fail(db, err, "open");
		goto undo;
	}
	sqlite3_extended_result_codes(db->handle, 1);
	sqlite3_busy_handler(db->handle, wait_for_others, db);
	db_set_wait(db, wait_ms);
	/* The log must not take what the database needs to take the log in:
	 * neither could grow, and nothing would be written for ever. */
	if (db_file_cramped(path))
		sqlite3_wal_autocheckpoint(db->handle, LOG_SMALL);
	for (size_t i = 0; i < sizeof(setup) / sizeof(*setup); i++) {
		if (db_run(db, setup[i], DB_NO_ARGS, err) != 0)
			goto undo;
	}
	*out = db;
	return 0;
undo:
	db_close(db);
	return err_wrap(err, "'%s'", path);
}

int
db_open(struct db **out, const char *path, int wait_ms, struct err *err)
{
	struct db *db = NULL;

	if (db_open_raw(&db, path, wait_ms, false, err) != 0)
		return -1;
	if (schema_check(db, path, err) != 0) {
		db_close(db);
		return -1;
	}
	*out = db;
	return 0;
}

void
db_close(struct db *db)
{
	if (db == NULL)
		return;
	for (size_t i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(db->cache[i].stmt);
	sqlite3_close(db->handle);
	free(db);
}

void
db_set_wait(struct db *db, int wait_ms)
{
	db->wait_ms = wait_ms;
}

static sqlite3_stmt *
prepare(struct db *db, const char *sql, unsigned flags, struct err *err)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v3(db->handle, sql, -1, flags, &stmt, NULL) !=
	    SQLITE_OK) {
		(void)fail(db, err, "prepare a statement");
		return NULL;
	}
	return stmt;
}

/* The statements are constants of the program, so their address is their
 * name. One that is running already (a query inside its own rows) gets a
 * twin, which `own` says is the caller's to finalize. */
static sqlite3_stmt *
statement(struct db *db, const char *sql, bool *own, struct err *err)
{
	size_t at = ((uintptr_t)sql >> 3) % STATEMENTS;

	*own = false;
	for (size_t n = 0; n < STATEMENTS; n++, at = (at + 1) % STATEMENTS) {
		if (db->cache[at].sql == NULL) {
			db->cache[at].stmt =
			    prepare(db, sql, SQLITE_PREPARE_PERSISTENT, err);
			if (db->cache[at].stmt != NULL)
				db->cache[at].sql = sql;
			return db->cache[at].stmt;
		}
		if (db->cache[at].sql != sql)
			continue;
		if (!sqlite3_stmt_busy(db->cache[at].stmt))
			return db->cache[at].stmt;
		break;
	}
	*own = true;
	return prepare(db, sql, 0, err);
}

static int
bind_all(sqlite3_stmt *stmt, struct db_args args)
{
	int rc = SQLITE_OK;

	if ((size_t)sqlite3_bind_parameter_count(stmt) != args.n)
		return SQLITE_MISUSE;
	for (size_t i = 0; i < args.n && rc == SQLITE_OK; i++) {
		const struct db_val *val = &args.vals[i];
		int at = (int)i + 1;

		switch (val->type) {
		case DB_NULL: rc = sqlite3_bind_null(stmt, at); break;
		case DB_INT: rc = sqlite3_bind_int64(stmt, at, val->num); break;
		case DB_TEXT:
			rc = sqlite3_bind_text(
			    stmt, at, val->data, -1, SQLITE_STATIC);
			break;
		case DB_BLOB:
			rc = sqlite3_bind_blob64(
			    stmt, at, val->data, val->len, SQLITE_STATIC);
			break;
		}
	}
	return rc;
}

int
db_each(struct db *db, const char *sql, struct db_args args, db_row_fn *fn,
    void *arg, struct err *err)
{
	int odd = -1;
	struct db_row row = {.odd = &odd};
	bool own;
	int rows = 0;
	int told = 0;
	int rc;

	row.stmt = statement(db, sql, &own, err);
	if (row.stmt == NULL)
		return -1;
	if (bind_all(row.stmt, args) != SQLITE_OK) {
		rows = err_set(err, ERR_SYSTEM,
		    "database: %zu values do not fit a statement", args.n);
		goto out;
	}
	while ((rc = sqlite3_step(row.stmt)) == SQLITE_ROW) {
		rows++;
		if (fn != NULL)
			told = fn(&row, arg);
		if (odd >= 0) {
			rows = err_set(err, ERR_DATA,
			    "database: '%s' holds what nashra never wrote: "
			    "the file is damaged, restore a backup",
			    sqlite3_column_name(row.stmt, odd));
			goto out;
		}
		if (told < 0)
			rows = -1;
		if (told != 0)
			goto out;
	}
	if (rc != SQLITE_DONE)
		rows = fail(db, err, "run a statement");
out:
	sqlite3_reset(row.stmt);
	sqlite3_clear_bindings(row.stmt);
	if (own)
		sqlite3_finalize(row.stmt);
	return rows;
}

int
db_run(struct db *db, const char *sql, struct db_args args, struct err *err)
{
	return db_each(db, sql, args, NULL, NULL, err) < 0 ? -1 : 0;
}

static int
first_value(const struct db_row *row, void *arg)
{
	*(int64_t *)arg = db_row_int(row, 0);
	return 1;
}

int
db_value(struct db *db, const char *sql, struct db_args args, int64_t *out,
    struct err *err)
{
	return db_each(db, sql, args, first_value, out, err);
}

int64_t
db_changes(struct db *db)
{
	return sqlite3_changes64(db->handle);
}

int64_t
db_last_id(struct db *db)
{
	return sqlite3_last_insert_rowid(db->handle);
}

int64_t
db_row_int(const struct db_row *row, int col)
{
	return sqlite3_column_int64(row->stmt, col);
}

const char *
db_row_text(const struct db_row *row, int col)
{
	const char *text = (const char *)sqlite3_column_text(row->stmt, col);

	return text != NULL ? text : "";
}

const void *
db_row_blob(const struct db_row *row, int col, size_t *len)
{
	*len = (size_t)sqlite3_column_bytes(row->stmt, col);
	return sqlite3_column_blob(row->stmt, col);
}

bool
db_row_null(const struct db_row *row, int col)
{
	return sqlite3_column_type(row->stmt, col) == SQLITE_NULL;
}

void
db_row_odd(const struct db_row *row, int col)
{
	*row->odd = col;
}

void
db_row_copy(const struct db_row *row, int col, char *array, size_t size)
{
	if (!str_fit(array, size, db_row_text(row, col))) {
		array[0] = '\0';
		db_row_odd(row, col);
	}
}

int
db_begin(struct db *db, struct err *err)
{
	return db_run(db, "BEGIN IMMEDIATE", DB_NO_ARGS, err);
}

/* On a full disk the write-ahead log may hold the room that is missing: once
 * its pages are in the database it is written over from its start. */
static void
make_room(struct db *db)
{
	if (!db->full)
		return;
	sqlite3_wal_autocheckpoint(db->handle, LOG_SMALL);
	if (sqlite3_wal_checkpoint_v2(db->handle, NULL,
		SQLITE_CHECKPOINT_PASSIVE, NULL, NULL) == SQLITE_OK)
		db->full = false;
}

int
db_commit(struct db *db, struct err *err)
{
	if (db_run(db, "COMMIT", DB_NO_ARGS, err) != 0)
		return -1;
	make_room(db);
	return 0;
}

void
db_rollback(struct db *db)
{
	struct err ignored = ERR_INIT;

	if (!sqlite3_get_autocommit(db->handle))
		(void)db_run(db, "ROLLBACK", DB_NO_ARGS, &ignored);
	make_room(db);
}

int
db_version(struct db *db, int64_t *out, struct err *err)
{
	return db_value(db, "PRAGMA data_version", DB_NO_ARGS, out, err) < 0
		   ? -1
		   : 0;
}

bool
db_moved(const struct db *db)
{
	int moved = 0;

	return sqlite3_file_control(db->handle, NULL, SQLITE_FCNTL_HAS_MOVED,
		   &moved) == SQLITE_OK &&
	       moved != 0;
}
