/* SPDX-License-Identifier: ISC */
/*
 * rescue - a worker's place among the workers, and the rows of dead ones.
 *
 * Each worker has a row with a heartbeat and holds a lock that dies with it.
 * What a dead one had in hand goes back: leased rows to the queue, started
 * ones to the list's policy, since nobody knows how far they came. A leased
 * row that workers keep dying with is set apart, and given up in the end: it
 * stops nothing.
 */
#ifndef NASHRA_FLOW_RESCUE_H
#define NASHRA_FLOW_RESCUE_H

#include "base/err.h"
#include "model/worker.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

struct rescue {
	struct worker self;
	int lock;        /* descriptor */
	char path[4096]; /* of the lock file */
	bool unsure;     /* of the time: who is afar is not found dead by it */
};

/* Takes the lock and adds the worker's row. `database` is its path: the locks
 * are in a file beside it. */
int rescue_join(struct rescue *out, struct db *db, const char *database,
    int64_t now, struct err *err);
/* Gives back what is still leased and removes the row. */
int
rescue_leave(struct rescue *self, struct db *db, int64_t now, struct err *err);
/* Renews the heartbeat every WORKER_BEAT seconds, or WORKER_IDLE_BEAT where
 * the worker holds nothing: a disk may sleep, a commit wakes it. 0, or 1 where
 * others took this worker for dead and it has joined anew under another name.
 */
int
rescue_beat(struct rescue *self, struct db *db, int64_t now, struct err *err);
/* Finds dead workers and puts their rows right, a transaction for each.
 * Returns how many rows. */
int
rescue_dead(struct rescue *self, struct db *db, int64_t now, struct err *err);

#endif
