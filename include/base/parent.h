/* SPDX-License-Identifier: ISC */
/*
 * parent - start child processes, watch them, start them again.
 *
 * A child that ends by itself is started again, later each time it does not
 * hold out; but not one that says it never can (its settings are wrong, and
 * were so from the first). None outlives its parent, however that ends. How
 * many run can change meanwhile. Knows nothing of what they do.
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

/* Asked at SIGHUP: are the children to have it, too? */
struct parent;
typedef bool parent_hangup_fn(struct parent *parent);

struct parent_child {
	const char *name;
	parent_fn *fn;
	void *arg;
	pid_t pid; /* 0: not running */
	int64_t started_ms, start_at_ms;
	int64_t wait_ms; /* before the next start */
	unsigned asked;  /* to stop, so many times */
	int64_t starts;
};

/* Zeroed but for ended, and hangup and arg at will, it has no children. */
struct parent {
	struct parent_child children[PARENT_CHILDREN];
	size_t count;
	size_t wanted; /* of them, the first ones: those that are to run */
	parent_ended_fn *ended;
	parent_hangup_fn *hangup; /* NULL: they always are */
	void *arg;                /* the owner's */
	int status;               /* of the child that gave up for good, 0 */
	unsigned stops;           /* asked of the parent itself */
};

void
parent_add(struct parent *parent, const char *name, parent_fn *fn, void *arg);
/* Only the first `n` children are to run from now on, and those are started
 * that do not; the others are asked to stop. */
void parent_want(struct parent *parent, size_t n);

/* Runs until it is told to stop (SIGTERM, SIGINT: handed on, each of them, as
 * SIGTERM) and all children have ended, or until one of them gives up for
 * good. */
int parent_run(struct parent *parent, struct err *err);

/* Blocks the signals that a process of ours waits for, and returns the
 * descriptor to read them from (signalfd), or -1. SIGPIPE is ignored. */
int parent_signals(struct err *err);

#endif
