/* SPDX-License-Identifier: ISC */
/*
 * worker - the processes that hold rows of the outbox.
 *
 * Owns table `worker`. A worker's heartbeat is the lease of all its rows at
 * once. Whether one of this host has died is known sooner, from its lock
 * (base/lock).
 */
#ifndef NASHRA_MODEL_WORKER_H
#define NASHRA_MODEL_WORKER_H

#include "base/err.h"
#include "base/uuid.h"
#include "store/db.h"

#include <stdint.h>

#define WORKER_HOST_SIZE 65
#define WORKER_BEAT      5  /* s between heartbeats */
#define WORKER_IDLE_BEAT 20 /* where it holds no rows */
#define WORKER_LEASE     30 /* s without one: dead, as seen from afar */

struct worker {
	char uuid[UUID_SIZE];
	char host[WORKER_HOST_SIZE];
	int64_t pid;
	int64_t started;
	int64_t heartbeat;
};

int worker_add(struct db *db, const struct worker *worker, struct err *err);
/* 1, or 0 where the row is gone: others took this worker for dead, its rows
 * are theirs now. */
int worker_beat(struct db *db, const char *uuid, int64_t now, struct err *err);
/* The same, without a heartbeat. */
int worker_known(struct db *db, const char *uuid, struct err *err);
int worker_remove(struct db *db, const char *uuid, struct err *err);

typedef int worker_fn(const struct worker *worker, void *arg);
int worker_each(struct db *db, worker_fn *fn, void *arg, struct err *err);

#endif
