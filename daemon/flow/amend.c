/* SPDX-License-Identifier: ISC */
#include "flow/amend.h"

int
amend(struct db *db, amend_fn *fn, void *arg, struct err *err)
{
	if (db_begin(db, err) != 0)
		return -1;
	if (fn(arg, err) != 0) {
		db_rollback(db);
		return -1;
	}
	return db_commit(db, err);
}
