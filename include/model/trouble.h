/* SPDX-License-Identifier: ISC */
/*
 * trouble - what stands still for a fault of ours or a relay's, and why.
 *
 * Owns table `trouble`: a row for each thing in trouble, none for one that
 * works. A relay that cannot be reached; a recipient domain that refuses us,
 * not its readers; the clock, the settings. It ends by itself once the thing
 * works again. The admin is told once, by mail (told).
 */
#ifndef NASHRA_MODEL_TROUBLE_H
#define NASHRA_MODEL_TROUBLE_H

#include "base/err.h"
#include "base/url.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

#define TROUBLE_NAME_SIZE  (URL_HOST_MAX + 1)
#define TROUBLE_ERROR_SIZE 320
#define TROUBLE_STEADY     3 /* s: that long a clock must go evenly */

enum trouble_scope {
	TROUBLE_RELAY,
	TROUBLE_DOMAIN,
	TROUBLE_CLOCK,
	TROUBLE_SETTINGS,
	TROUBLE_SCOPES
};

struct trouble {
	enum trouble_scope scope;
	char name[TROUBLE_NAME_SIZE]; /* of the relay or domain, or "" */
	int64_t failures;             /* in a row */
	int64_t since;
	int64_t retry_at; /* 0 in a zeroed struct: no trouble */
	char error[TROUBLE_ERROR_SIZE];
	bool told;
};

const char *trouble_scope_name(enum trouble_scope scope);

/* Notes one more failure in a row of out->scope and out->name with out->error,
 * and fills the rest. The wait until the next try doubles, from 1 s up to 300
 * for a relay, from 60 s up to 3600 for all else; of the clock, whose time
 * comes by itself, it is TROUBLE_STEADY. It cannot have begun later than now:
 * where the clock was set back since, it begins now. */
int trouble_failed(
    struct db *db, struct trouble *out, int64_t now, struct err *err);
/* Has its time come? So it has where retry_at is further off than any wait:
 * that was noted by a clock which has been set back since. */
bool trouble_due(const struct trouble *trouble, int64_t now);
/* It works: 1 where it was in trouble. */
int trouble_over(
    struct db *db, enum trouble_scope scope, const char *name, struct err *err);
/* 1 in trouble, 0 works. Fills all of out but for scope and name. */
int trouble_find(struct db *db, struct trouble *out, struct err *err);
/* A mail to the admin is queued for it. */
int trouble_told(struct db *db, const struct trouble *trouble, struct err *err);

typedef int trouble_fn(const struct trouble *trouble, void *arg);
int trouble_each(struct db *db, trouble_fn *fn, void *arg, struct err *err);

#endif
