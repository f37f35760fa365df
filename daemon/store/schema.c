/* SPDX-License-Identifier: ISC */
#include "store/schema.h"

#include "base/str.h"
#include "store/schema_steps.h"

/* "nshr" in ASCII, in the header of the file: what file(1) and we know it
 * by. A fresh file has 0. */
#define APPLICATION_ID 1853057138

int
schema_version(void)
{
	return SCHEMA_STEPS;
}

int
schema_of(struct db *db, int64_t *out, struct err *err)
{
	return db_value(db, "PRAGMA user_version", DB_NO_ARGS, out, err) < 0
		   ? -1
		   : 0;
}

struct maker {
	char name[64];
};

static int
read_maker(const struct db_row *row, void *arg)
{
	struct maker *maker = arg;

	str_cut(maker->name, sizeof(maker->name), db_row_text(row, 0));
	return 1;
}

/* The version of a file that is ours, or of an empty one (0). */
static int
known_version(
    struct db *db, const char *path, int64_t *version, struct err *err)
{
	struct maker maker = {"?"};
	struct err ignored = ERR_INIT;
	int64_t id;
	int64_t tables;

	if (db_value(db, "PRAGMA application_id", DB_NO_ARGS, &id, err) < 0 ||
	    db_value(db, "SELECT count(*) FROM sqlite_master", DB_NO_ARGS,
		&tables, err) < 0 ||
	    schema_of(db, version, err) != 0)
		return -1;
	if (id != APPLICATION_ID && (id != 0 || tables > 0)) {
		return err_set(err, ERR_DATA,
		    "'%s' is a database of some other program: name another "
		    "file",
		    path);
	}
	if (*version <= SCHEMA_STEPS)
		return 0;
	(void)db_each(db, "SELECT value FROM meta WHERE key = 'version'",
	    DB_NO_ARGS, read_maker, &maker, &ignored);
	return err_set(err, ERR_DATA,
	    "'%s' was written by nashra %s (schema %d); this is nashra %s, "
	    "which knows schemas up to %d: install the newer one",
	    path, maker.name, (int)*version, NASHRA_VERSION, SCHEMA_STEPS);
}

int
schema_check(struct db *db, const char *path, struct err *err)
{
	int64_t version;

	if (known_version(db, path, &version, err) != 0)
		return -1;
	if (version == SCHEMA_STEPS)
		return 0;
	return err_set(err, ERR_CONFIG,
	    "'%s' has schema %d, this nashra needs %d: `nashra init` brings it "
	    "up to date",
	    path, (int)version, SCHEMA_STEPS);
}

static int
take_step(struct db *db, int to, struct err *err)
{
	/* A PRAGMA takes no bound value: one literal per version. */
	static const char *const marks[] = {"PRAGMA user_version = 1",
	    "PRAGMA user_version = 2", "PRAGMA user_version = 3"};

	_Static_assert(sizeof(marks) / sizeof(*marks) == SCHEMA_STEPS,
	    "each step has its mark");
	for (const char *const *sql = schema_steps[to - 1]; *sql != NULL;
	     sql++) {
		if (db_run(db, *sql, DB_NO_ARGS, err) != 0)
			return -1;
	}
	return db_run(db, marks[to - 1], DB_NO_ARGS, err);
}

int
schema_migrate(struct db *db, const char *path, int64_t now, struct err *err)
{
	int64_t version;
	int taken = 0;

	/* A stranger's file is left alone to the last byte. */
	if (known_version(db, path, &version, err) != 0)
		return -1;
	/* Kept in the file; cannot be set inside a transaction. */
	if (db_run(db, "PRAGMA journal_mode = WAL", DB_NO_ARGS, err) != 0 ||
	    db_begin(db, err) != 0)
		return -1;
	if (known_version(db, path, &version, err) != 0)
		goto undo;
	if (version == 0 && db_run(db, "PRAGMA application_id = 1853057138",
				DB_NO_ARGS, err) != 0)
		goto undo;
	for (int to = (int)version + 1; to <= SCHEMA_STEPS; to++, taken++) {
		if (take_step(db, to, err) != 0) {
			(void)err_wrap(err, "schema step %d", to);
			goto undo;
		}
	}
	if (taken > 0 &&
	    (db_run(db,
		 "INSERT INTO meta (key, value) VALUES ('version', ?1)"
		 " ON CONFLICT (key) DO UPDATE SET value = ?1",
		 DB_ARGS(db_text(NASHRA_VERSION)), err) != 0 ||
		db_run(db,
		    "INSERT INTO meta (key, value)"
		    " VALUES ('migrated', CAST(?1 AS TEXT))"
		    " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		    DB_ARGS(db_int(now)), err) != 0))
		goto undo;
	if (db_commit(db, err) != 0)
		goto undo;
	return taken;
undo:
	db_rollback(db);
	return -1;
}
