/* SPDX-License-Identifier: ISC */
/*
 * pace - how fast a relay or a recipient domain is fed.
 *
 * Owns table `pace`: token buckets that all work processes share, what was
 * sent today, and the rate that a relay's or a domain's complaints have
 * taught. A domain that has a row has a queue of its own in the outbox, so
 * that it holds up nobody else. Every call is within the caller's
 * transaction. Times are milliseconds of the wall clock, which may jump.
 */
#ifndef NASHRA_MODEL_PACE_H
#define NASHRA_MODEL_PACE_H

#include "base/err.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

enum pace_scope { PACE_RELAY, PACE_DOMAIN };

/* Whom it is about, and what the settings say: 0 is no limit. */
struct pace {
	enum pace_scope scope;
	const char *name;
	int64_t rate; /* messages a second */
	int64_t day;  /* messages a day, at most, today; PACE_NO_DAY: none */
};
#define PACE_NO_DAY INT64_MAX

struct pace_now {
	int64_t ms;  /* wall clock */
	int64_t day; /* number of the site's calendar day since 1970 */
};

/* What there is to know of it; zeroed where it has no row. */
struct pace_facts {
	bool known;
	int64_t learned;   /* thousandths of a message a second; 0: no limit */
	int64_t day_sent;  /* of today */
	int64_t first_day; /* the day of its first message; today if none */
};
int pace_look(struct db *db, const struct pace *pace,
    const struct pace_now *now, struct pace_facts *out, struct err *err);
/* Makes the row where there is none: from then on it has its own queue. */
int pace_ensure(struct db *db, const struct pace *pace,
    const struct pace_now *now, struct err *err);

/* Takes up to `want` messages out of the bucket: returns how many may go now,
 * -1. Where it is fewer than wanted, *wait_ms is how long until the next one
 * (past any wait, where the day is used up: INT64_MAX). Counts them for the
 * day. Whoever takes and does not send gives back. */
int pace_take(struct db *db, const struct pace *pace,
    const struct pace_now *now, int want, int64_t *wait_ms, struct err *err);
int
pace_give_back(struct db *db, const struct pace *pace, int n, struct err *err);

/* It asks for less: halves the rate, that which was learned or else that
 * which was seen; once per PACE_CALM however many complain at once. */
#define PACE_CALM 5000 /* ms */
int pace_slow(struct db *db, const struct pace *pace,
    const struct pace_now *now, struct err *err);
/* `n` messages were taken: a learned rate rises, and is forgotten once it
 * passes what the settings ask for, or (without) twice what it was seen at. */
int pace_good(struct db *db, const struct pace *pace,
    const struct pace_now *now, int n, struct err *err);

#endif
