/* SPDX-License-Identifier: ISC */
/*
 * db - the database engine. The only code that includes sqlite3.h.
 *
 * Opens the file, keeps prepared statements (one per SQL text, for as long as
 * the handle lives), binds typed values, runs transactions. It knows no
 * table: SQL lives with the module that owns it, in the subset that SQLite
 * 3.40 and PostgreSQL 15 share.
 */
#ifndef NASHRA_STORE_DB_H
#define NASHRA_STORE_DB_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct db;

/* How long a call may wait for another process that is writing. */
#define DB_WAIT_LOOP 20    /* ms: in the daemon's loops, which try again */
#define DB_WAIT_END  2000  /* ms: while a role stops */
#define DB_WAIT_CLI  30000 /* ms: for a person who can wait */

enum db_type { DB_NULL, DB_INT, DB_TEXT, DB_BLOB };
struct db_val {
	enum db_type type;
	int64_t num;
	const void *data; /* TEXT: NUL-terminated; borrowed for the call */
	size_t len;       /* BLOB */
};

struct db_args {
	const struct db_val *vals;
	size_t n;
};

/* db_run(db, SQL, DB_ARGS(db_int(id), db_text(email)), err) */
#define DB_ARGS(...)                                                           \
	((struct db_args){(const struct db_val[]){__VA_ARGS__},                \
	    sizeof((const struct db_val[]){__VA_ARGS__}) /                     \
		sizeof(struct db_val)})
#define DB_NO_ARGS ((struct db_args){0})

struct db_val db_int(int64_t num);
struct db_val db_text(const char *text); /* NULL binds SQL NULL */
struct db_val db_blob(const void *data, size_t len);
struct db_val db_null(void);

/* Opens an existing database, whose schema must be this program's (see
 * schema_check). ERR_NOTFOUND where there is none, ERR_DATA where it is
 * damaged or something else, ERR_DENIED where it may not be written. */
int db_open(struct db **out, const char *path, int wait_ms, struct err *err);
/* The same without a look at the schema; creates the file, mode 0600, where
 * `create` is set. For schema_migrate() and tests (":memory:"). */
int db_open_raw(struct db **out, const char *path, int wait_ms, bool create,
    struct err *err);
void db_close(struct db *db);
/* How long calls may wait from now on. */
void db_set_wait(struct db *db, int wait_ms);

/* Runs a statement that returns no rows. Returns 0, or -1; ERR_BUSY where
 * another process held the lock for longer than the wait. */
int
db_run(struct db *db, const char *sql, struct db_args args, struct err *err);
/* The rows that the last db_run() changed. */
int64_t db_changes(struct db *db);
/* The id that the last INSERT gave. */
int64_t db_last_id(struct db *db);

/* A row being read; its text belongs to the query until the next step. */
struct db_row;
int64_t db_row_int(const struct db_row *row, int col);
const char *db_row_text(const struct db_row *row, int col); /* NULL is "" */
const void *db_row_blob(const struct db_row *row, int col, size_t *len);
bool db_row_null(const struct db_row *row, int col);
/* Says that nashra never wrote what stands there: the file is damaged. The
 * query fails with ERR_DATA when fn returns, whatever it has made of it. */
void db_row_odd(const struct db_row *row, int col);
/* Copies into an array. What does not fit is odd, and "". */
void db_row_copy(const struct db_row *row, int col, char *array, size_t size);

/* Calls fn for each row until it returns non-zero: 1, it has seen enough; -1,
 * it failed, has said why in the err that it has by `arg`, and the whole fails
 * with it. Returns the rows seen, or -1. */
typedef int db_row_fn(const struct db_row *row, void *arg);
int db_each(struct db *db, const char *sql, struct db_args args, db_row_fn *fn,
    void *arg, struct err *err);
/* The first column of the first row; 1 found, 0 no row, -1. */
int db_value(struct db *db, const char *sql, struct db_args args, int64_t *out,
    struct err *err);

/* One write transaction at a time, taken with the lock (BEGIN IMMEDIATE), so
 * that it never fails half way for being busy. Only flow/ calls these, and
 * schema. Commit is on disk when it returns (synchronous = FULL). */
int db_begin(struct db *db, struct err *err);
int db_commit(struct db *db, struct err *err);
void db_rollback(struct db *db);

/* A number that changes when another process has written. */
int db_version(struct db *db, int64_t *out, struct err *err);
/* True where its file is not there any more, or another one is: what is written
 * goes nowhere. */
bool db_moved(const struct db *db);

#endif
