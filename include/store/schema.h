/* SPDX-License-Identifier: ISC */
/*
 * schema - the tables, and the steps from each version to the next.
 *
 * Owns table `meta`, and the shape of all the others. A step is never edited
 * once released: a change is a new step. Joins that a module needs are views
 * here, so that each table is named by its owner alone.
 */
#ifndef NASHRA_STORE_SCHEMA_H
#define NASHRA_STORE_SCHEMA_H

#include "base/err.h"
#include "store/db.h"

/* The newest version that this program knows. */
int schema_version(void);
/* The version a database has; 0 where it is empty. */
int schema_of(struct db *db, int64_t *out, struct err *err);

/* ERR_DATA where the file is not ours, or was written by a newer nashra,
 * which is named; ERR_CONFIG where it is older and `nashra init` must bring
 * it up to date. `path` is for the message. */
int schema_check(struct db *db, const char *path, struct err *err);

/* Brings a database (an empty one too) to this program's version, in one
 * transaction. Returns the number of steps taken. */
int
schema_migrate(struct db *db, const char *path, int64_t now, struct err *err);

#endif
