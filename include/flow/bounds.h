/* SPDX-License-Identifier: ISC */
/*
 * bounds - what a relay bears, as it has shown: connections at a time, and
 * messages on each of them.
 *
 * Pure. A connection more that is not let in while others work, and one that
 * is ended after some messages, is no trouble: it shows a limit that nobody
 * has told us of. It is kept to, and tried again after a while.
 */
#ifndef NASHRA_FLOW_BOUNDS_H
#define NASHRA_FLOW_BOUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOUNDS_MORE_MS INT64_C(60000)  /* until one more connection is tried */
#define BOUNDS_FILL_MS INT64_C(600000) /* until more messages are */

/* Zeroed, nothing is known. Times are of the monotonic clock. */
struct bounds {
	size_t connections; /* that may be; 0: as many as one likes */
	int64_t more_at_ms;
	int64_t messages; /* carried by the last one that was ended */
	int ended;        /* how many after as many, one after the other */
	int64_t fill_at_ms;
};

/* While so many others worked, one was not let in. */
void bounds_refused(struct bounds *bounds, size_t others, int64_t now_ms);
/* One was, and that makes so many: twice as many may be then. */
void bounds_let_in(struct bounds *bounds, size_t open, int64_t now_ms);
/* May there be one more than `open`? */
bool bounds_admit(const struct bounds *bounds, size_t open, int64_t now_ms);
/* The relay has ended a connection that had carried so many messages: its limit
 * where it does so again. */
void bounds_ended(struct bounds *bounds, int64_t carried, int64_t now_ms);
/* How many it is to carry, where the settings say `most`; 0: no limit. */
int64_t bounds_fill(const struct bounds *bounds, int64_t most, int64_t now_ms);

#endif
