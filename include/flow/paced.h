/* SPDX-License-Identifier: ISC */
/*
 * paced - the recipient domains that have a pace, and a queue, of their own.
 *
 * Those that the settings name, and those whose complaints have taught one
 * (model/pace).
 */
#ifndef NASHRA_FLOW_PACED_H
#define NASHRA_FLOW_PACED_H

#include "base/conf.h"
#include "base/err.h"
#include "model/outbox.h"
#include "model/pace.h"
#include "store/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What the settings say of a domain; `connections` 0: no limit. */
struct pace
paced_pace(const struct conf *conf, const char *domain, int64_t *connections);
/* Makes sure that each domain which the settings name has its own queue.
 * Within the transaction. */
int paced_ensure(struct db *db, const struct conf *conf,
    const struct pace_now *clock, struct err *err);

#define PACED_MAX 512
struct paced {
	char names[PACED_MAX][OUTBOX_PACE_SIZE]; /* sorted */
	size_t count;
};
int paced_read(struct paced *out, struct db *db, struct err *err);
bool paced_has(const struct paced *paced, const char *domain);

#endif
