/* SPDX-License-Identifier: ISC */
#include "model/subscriber.h"

#include <string.h>

static const char SQL_ADD[] =
    "INSERT INTO subscriber (address_key, address, domain, created)"
    " VALUES (?1, ?2, ?3, ?4) ON CONFLICT (address_key) DO NOTHING";
static const char SQL_FIND[] =
    "SELECT id, address, address_key, created FROM subscriber"
    " WHERE address_key = ?1";
static const char SQL_COUNT[] = "SELECT count(*) FROM subscriber";

static int
read_row(const struct db_row *row, void *arg)
{
	struct subscriber *out = arg;

	out->id = db_row_int(row, 0);
	db_row_copy(row, 1, out->address, sizeof(out->address));
	db_row_copy(row, 2, out->key, sizeof(out->key));
	out->created = db_row_int(row, 3);
	return 1;
}

static const char *
domain_of(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL ? at + 1 : "";
}

int
subscriber_ensure(
    struct db *db, struct subscriber *out, int64_t now, struct err *err)
{
	int made;

	if (db_run(db, SQL_ADD,
		DB_ARGS(db_text(out->key), db_text(out->address),
		    db_text(domain_of(out->address)), db_int(now)),
		err) != 0)
		return -1;
	made = db_changes(db) > 0;
	return subscriber_find(db, out->key, out, err) < 0 ? -1 : made;
}

int
subscriber_find(
    struct db *db, const char *key, struct subscriber *out, struct err *err)
{
	/* The key may be the struct's own, which reading a row overwrites. */
	struct subscriber found;
	int rows =
	    db_each(db, SQL_FIND, DB_ARGS(db_text(key)), read_row, &found, err);

	if (rows == 1)
		*out = found;
	return rows;
}

int
subscriber_count(struct db *db, int64_t *out, struct err *err)
{
	return db_value(db, SQL_COUNT, DB_NO_ARGS, out, err) < 0 ? -1 : 0;
}
