/* SPDX-License-Identifier: ISC */
/*
 * parent - start child processes, watch them, start them again.
 *
 * A child that ends by itself is started again, later each time it does not
 * hold out; but not one that says it never can (its settings are wrong). None
 * outlives its parent, however that ends. Knows nothing of what they do.
 */
#ifndef NASHRA_BASE_PARENT_H
#define NASHRA_BASE_PARENT_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define PARENT_CHILDREN 65

/* What a child does: runs in its own process, returns its exit status. */
typedef int parent_fn(void *arg);
/* Told of each end: `status` as a shell has it (128 + signal). */
typedef void parent_ended_fn(const char *name, pid_t pid, int status);

struct parent_child {
	const char *name;
	parent_fn *fn;
	void *arg;
	pid_t pid; /* 0: not running */
	int64_t started_ms, start_at_ms;
	int64_t wait_ms; /* before the next start */
};

/* Zeroed but for ended, it has no children. */
struct parent {
	struct parent_child children[PARENT_CHILDREN];
	size_t count;
	parent_ended_fn *ended;
	int status; /* of the child that gave up for good, 0 */
	bool stopping;
};

void
parent_add(struct parent *parent, const char *name, parent_fn *fn, void *arg);

/* Runs until it is told to stop (SIGTERM, SIGINT: handed on, as is SIGHUP)
 * and all children have ended, or until one of them gives up for good. */
int parent_run(struct parent *parent, struct err *err);

/* Blocks the signals that a process of ours waits for, and returns the
 * descriptor to read them from (signalfd), or -1. SIGPIPE is ignored. */
int parent_signals(struct err *err);

#endif
