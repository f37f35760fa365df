/* SPDX-License-Identifier: ISC */
/*
 * control - pause, resume, cancel and send again what is on its way.
 *
 * What is begun holds in all processes: the issue's state keeps its queues
 * from being leased, and a row that was taken back from a worker is not
 * started by it any more. Messages that had been started come to their end.
 * What is done to many rows is done in steps, a short transaction each, so
 * that nobody waits long for the database. Killed half way, the same order
 * given again does the rest: what a resume owes to the rows is done before the
 * issue goes on, and control_sweep() ends what a cancel began.
 */
#ifndef NASHRA_FLOW_CONTROL_H
#define NASHRA_FLOW_CONTROL_H

#include "base/err.h"
#include "model/issue.h"
#include "store/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum control_order {
	CONTROL_PAUSE,
	CONTROL_RESUME, /* only what is paused */
	CONTROL_CANCEL, /* what has not left never does */
	/* What failed or may have, where its reader is still there. */
	CONTROL_RETRY,
	CONTROL_ORDERS
};

const char *control_order_name(enum control_order order);

/* An order under way. */
struct control {
	enum control_order order;
	struct issue issue;
	bool already; /* it was so before */
	bool nothing; /* it is finished, or not paused: nothing to do */
	int64_t rows; /* taken back, cancelled, queued again so far */
	bool ready;   /* all is done that comes before the issue's state, */
	bool set;     /* and that is as it is to be */
	size_t stage; /* where it is: of the rows still to be seen to */
	int64_t after;
};

/* The order, and the issue that is meant: by its number; by the name of its
 * list, the newest one that is not finished and that the order is for (to be
 * paused, one that is not yet, if there is); for CONTROL_RETRY, the newest. 1,
 * or 0 where the list has no such issue; ERR_NOTFOUND where there is no such
 * number or list. */
int control_find(struct control *out, struct db *db, enum control_order order,
    const char *what, struct err *err);

/* What holds from then on, but for a resume after a long pause, which holds
 * once control_step() is through; reads the issue anew. ERR_INPUT where it was
 * cancelled, which is for good. */
int control_begin(
    struct control *control, struct db *db, int64_t now, struct err *err);
/* The rows, some at a time: 1 where there may be more, 0 where it is done.
 * Whoever calls it in a row leaves others a moment in between. */
int control_step(
    struct control *control, struct db *db, int64_t now, struct err *err);

/* A step of what a cancel that was killed has left to do: 1 where there was
 * some, and there may be more; 0 where there is none, which costs little. */
int control_sweep(struct db *db, int64_t now, struct err *err);

#endif
