/* SPDX-License-Identifier: ISC */
#include "model/trouble.h"

#include "base/str.h"

#define READ                                                                   \
	"SELECT scope, name, failures, since, retry_at, error, told FROM"      \
	" trouble"

static const char SQL_FIND[] = READ " WHERE scope = ?1 AND name = ?2";
static const char SQL_EACH[] = READ " ORDER BY since, scope, name";
static const char SQL_SAVE[] =
    "INSERT INTO trouble (scope, name, failures, since, retry_at, error, told)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0) ON CONFLICT (scope, name) DO UPDATE"
    " SET failures = ?3, since = ?4, retry_at = ?5, error = ?6";
static const char SQL_OVER[] =
    "DELETE FROM trouble WHERE scope = ?1 AND name = ?2";
static const char SQL_TOLD[] =
    "UPDATE trouble SET told = 1 WHERE scope = ?1 AND name = ?2";

static const struct {
	const char *name;
	int64_t first, most; /* s between two tries */
} scopes[TROUBLE_SCOPES] = {
    [TROUBLE_RELAY] = {"relay", 1, 300},
    [TROUBLE_DOMAIN] = {"domain", 60, 3600},
    [TROUBLE_CLOCK] = {"clock", TROUBLE_STEADY, TROUBLE_STEADY},
    [TROUBLE_SETTINGS] = {"settings", 60, 3600},
};

const char *
trouble_scope_name(enum trouble_scope scope)
{
	return scopes[scope].name;
}

static enum trouble_scope
scope_of(const struct db_row *row, int col)
{
	for (int i = 0; i < TROUBLE_SCOPES; i++) {
		if (str_eq(scopes[i].name, db_row_text(row, col)))
			return (enum trouble_scope)i;
	}
	db_row_odd(row, col);
	return TROUBLE_RELAY;
}

static int
read_row(const struct db_row *row, void *arg)
{
	struct trouble *out = arg;

	out->scope = scope_of(row, 0);
	db_row_copy(row, 1, out->name, sizeof(out->name));
	out->failures = db_row_int(row, 2);
	out->since = db_row_int(row, 3);
	out->retry_at = db_row_int(row, 4);
	db_row_copy(row, 5, out->error, sizeof(out->error));
	out->told = db_row_int(row, 6) != 0;
	return 1;
}

int
trouble_find(struct db *db, struct trouble *out, struct err *err)
{
	return db_each(db, SQL_FIND,
	    DB_ARGS(db_text(scopes[out->scope].name), db_text(out->name)),
	    read_row, out, err);
}

int
trouble_failed(struct db *db, struct trouble *out, int64_t now, struct err *err)
{
	struct trouble before = *out;
	int64_t wait = scopes[out->scope].first;
	int64_t most = scopes[out->scope].most;
	int found = trouble_find(db, &before, err);

	if (found < 0)
		return -1;
	if (found == 0) {
		before.failures = 0;
		before.since = now;
		before.told = false;
	}
	for (int64_t i = 0; i < before.failures && wait < most; i++)
		wait *= 2;
	out->failures = before.failures + 1;
	out->since = before.since < now ? before.since : now;
	out->told = before.told;
	out->retry_at = now + (wait < most ? wait : most);
	return db_run(db, SQL_SAVE,
	    DB_ARGS(db_text(scopes[out->scope].name), db_text(out->name),
		db_int(out->failures), db_int(out->since),
		db_int(out->retry_at), db_text(out->error)),
	    err);
}

bool
trouble_due(const struct trouble *trouble, int64_t now)
{
	return trouble->retry_at <= now ||
	       trouble->retry_at > now + scopes[trouble->scope].most;
}

int
trouble_over(
    struct db *db, enum trouble_scope scope, const char *name, struct err *err)
{
	if (db_run(db, SQL_OVER,
		DB_ARGS(db_text(scopes[scope].name), db_text(name)), err) != 0)
		return -1;
	return db_changes(db) > 0;
}

int
trouble_told(struct db *db, const struct trouble *trouble, struct err *err)
{
	return db_run(db, SQL_TOLD,
	    DB_ARGS(
		db_text(scopes[trouble->scope].name), db_text(trouble->name)),
	    err);
}

struct each {
	trouble_fn *fn;
	void *arg;
};

static int
pass_row(const struct db_row *row, void *arg)
{
	const struct each *each = arg;
	struct trouble trouble;

	(void)read_row(row, &trouble);
	return each->fn(&trouble, each->arg);
}

int
trouble_each(struct db *db, trouble_fn *fn, void *arg, struct err *err)
{
	struct each each = {fn, arg};

	return db_each(db, SQL_EACH, DB_NO_ARGS, pass_row, &each, err) < 0 ? -1
									   : 0;
}
