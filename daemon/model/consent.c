/* SPDX-License-Identifier: ISC */
#include "model/consent.h"

static const char SQL_ADD[] =
    "INSERT INTO consent"
    " (subscription_id, event, source, wording, client, at)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
static const char SQL_EACH[] =
    "SELECT subscription_id, event, source, wording, client, at FROM consent"
    " WHERE subscription_id = ?1 ORDER BY id";

int
consent_add(struct db *db, const struct consent *consent, struct err *err)
{
	return db_run(db, SQL_ADD,
	    DB_ARGS(db_int(consent->subscription_id), db_text(consent->event),
		db_text(consent->source), db_text(consent->wording),
		db_text(consent->client), db_int(consent->at)),
	    err);
}

struct each {
	consent_fn *fn;
	void *arg;
};

static int
pass_row(const struct db_row *row, void *arg)
{
	const struct each *each = arg;
	struct consent consent = {
	    .subscription_id = db_row_int(row, 0),
	    .event = db_row_text(row, 1),
	    .source = db_row_text(row, 2),
	    .wording = db_row_text(row, 3),
	    .client = db_row_text(row, 4),
	    .at = db_row_int(row, 5),
	};

	return each->fn(&consent, each->arg);
}

int
consent_each(struct db *db, int64_t subscription_id, consent_fn *fn, void *arg,
    struct err *err)
{
	struct each each = {fn, arg};
	int rows = db_each(db, SQL_EACH, DB_ARGS(db_int(subscription_id)),
	    pass_row, &each, err);

	return rows < 0 ? -1 : 0;
}
