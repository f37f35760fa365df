/* SPDX-License-Identifier: ISC */
/*
 * steady - whether the time of day can be relied on.
 *
 * The wall clock is held against the monotonic one. Where it was set, or the
 * machine has slept, digests wait until it has gone evenly for a few seconds,
 * and STEADY_MOST at most: one step of a clock, as at boot, is followed by
 * others, and what went out in between would go by the hours, and at the cost
 * of the day, of a time that never was. `nashra status` shows it; mail of no
 * issue goes on. It ends by itself, each process for itself, as each has its
 * own look. How long anything has lasted is not known right after it, so nobody
 * is told by mail, unless the clock is unsteady for as long as that.
 */
#ifndef NASHRA_FLOW_STEADY_H
#define NASHRA_FLOW_STEADY_H

#include "base/clock.h"
#include "base/err.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

#define STEADY_JUMP_MS 10000 /* that the clock may go wrong unnoticed */
#define STEADY_MOST    10    /* s: a clock that goes on jumping stops nobody */

/* Zeroed, it relies on the clock. */
struct steady {
	struct clock_watch watch;
	int64_t until_ms; /* then it is, on the monotonic clock; 0: it is */
	bool held;        /* digests wait */
	int64_t most_ms;  /* but not longer than that */
	int64_t
	    quiet_ms; /* nobody is told of anything until then; 0: they are */
	int64_t jump_ms; /* the last one; 0: of a process before this one */
	bool owed;       /* what `status` shows is to be written */
};

/* As the work role begins. What a process that was killed has left to wait for
 * is waited for, so that nothing stays behind. */
int steady_begin(struct steady *steady, struct clock_pair look, struct db *db,
    struct err *err);
/* Pure, but for a line in the log; often. True where something begins or
 * ends. */
bool steady_look(struct steady *steady, struct clock_pair look);
/* Digests wait. As of the last look; NULL: they never do. */
bool steady_held(const struct steady *steady);
/* Nobody is to be told for how long something has been in trouble. */
bool steady_quiet(const struct steady *steady);
/* Once a tick: has `nashra status` say so, in a transaction of its own. What
 * fails is still owed. */
int
steady_note(struct steady *steady, struct db *db, int64_t now, struct err *err);

#endif
