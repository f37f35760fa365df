/* SPDX-License-Identifier: ISC */
#include "model/optin.h"

static const char SQL_ADD[] =
    "INSERT INTO optin (hash, purpose, subscription_id, created, expires)"
    " VALUES (?1, ?2, ?3, ?4, ?5)";
static const char SQL_FIND[] =
    "SELECT subscription_id, expires, COALESCE(spent, 0) FROM optin"
    " WHERE hash = ?1 AND purpose = ?2";
static const char SQL_SPEND[] = "UPDATE optin SET spent = ?2"
				" WHERE subscription_id = ?1 AND spent IS NULL";

int
optin_add(
    struct db *db, const struct optin_new *optin, int64_t now, struct err *err)
{
	return db_run(db, SQL_ADD,
	    DB_ARGS(db_text(optin->hash), db_text(optin->purpose),
		db_int(optin->subscription_id), db_int(now),
		db_int(optin->expires)),
	    err);
}

static int
read_row(const struct db_row *row, void *arg)
{
	struct optin *out = arg;

	out->subscription_id = db_row_int(row, 0);
	out->expires = db_row_int(row, 1);
	out->spent = db_row_int(row, 2);
	return 1;
}

int
optin_find(struct db *db, const char *hash, const char *purpose,
    struct optin *out, struct err *err)
{
	return db_each(db, SQL_FIND, DB_ARGS(db_text(hash), db_text(purpose)),
	    read_row, out, err);
}

int
optin_spend(
    struct db *db, int64_t subscription_id, int64_t now, struct err *err)
{
	return db_run(
	    db, SQL_SPEND, DB_ARGS(db_int(subscription_id), db_int(now)), err);
}
