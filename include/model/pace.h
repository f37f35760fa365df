/* SPDX-License-Identifier: ISC */
/*
 * pace - how fast a relay or a recipient domain is fed.
 *
 * Owns table `pace`: token buckets that all work processes share, what was
 * sent today, and the rate that a relay's or a domain's complaints have
 * taught. A domain that has a row has a queue of its own in the outbox, so
 * that it holds up nobody else. Every call is within the caller's
 * transaction. Times are milliseconds of the wall clock, which may jump: a
 * jump makes nobody wait longer than PACE_BACK and gives one full bucket.
 *
 * What is learned. A complaint halves the rate at which it came (the smallest
 * of what was learned, what the settings ask for and what was seen), down to
 * one a minute; that rate is remembered as the ceiling. Each message taken
 * then raises the rate: below one a second by as much again for each, below
 * ten by one a second for each second of work, above by 10 % for each; a tenth
 * of that near the ceiling, so that it takes long until the next complaint. A
 * rate rises while it holds something up. It is forgotten once it reaches what
 * the settings ask for or, without, once it is past twice the ceiling and
 * holds up nothing.
 */
#ifndef NASHRA_MODEL_PACE_H
#define NASHRA_MODEL_PACE_H

#include "base/err.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

#define PACE_FLOOR 17   /* thousandths of a message a second: one a minute */
#define PACE_CALM  5000 /* ms in which all complaints count as one */
#define PACE_BACK  2000 /* ms by which two processes' clocks may differ */

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

/* What went through lately, for a rate to halve. */
struct pace_seen {
	int64_t n;
	int64_t from; /* ms; 0: nothing */
};
void pace_seen_add(struct pace_seen *seen, int64_t ms, int n);
/* Thousandths of a message a second; 0 where nothing was seen. */
int64_t pace_seen_rate(const struct pace_seen *seen, int64_t ms);

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
/* Calls fn for each domain that has a row, until it returns non-zero. */
typedef int pace_fn(const char *domain, void *arg);
int pace_each_domain(struct db *db, pace_fn *fn, void *arg, struct err *err);
/* Domains that have been neither slow nor sent to for a week lose their row,
 * those of the settings too: pace_ensure() comes after it. */
int pace_prune(struct db *db, const struct pace_now *now, struct err *err);

/* Takes up to `want` messages out of the bucket: returns how many may go now,
 * -1. Where it is fewer than wanted, *wait_ms becomes how long until the next
 * one (past any wait, where the day is used up: INT64_MAX). Counts them for the
 * day. Whoever takes and does not send gives back. */
int pace_take(struct db *db, const struct pace *pace,
    const struct pace_now *now, int want, int64_t *wait_ms, struct err *err);
int
pace_give_back(struct db *db, const struct pace *pace, int n, struct err *err);

/* It asks for less, once per PACE_CALM however many complain at once: 1 where
 * that lowered the rate. `seen` is a rate that the caller has seen itself (of
 * what had no limit, and so was not taken from here), all work processes
 * together as far as it can tell; 0: none. */
int pace_slow(struct db *db, const struct pace *pace,
    const struct pace_now *now, int64_t seen, struct err *err);
/* `n` messages were taken by whoever it is: 1 where no rate is learned any
 * more, 0 where one still is. */
int pace_good(struct db *db, const struct pace *pace,
    const struct pace_now *now, int n, struct err *err);

#endif
