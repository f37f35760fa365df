/* SPDX-License-Identifier: ISC */
/*
 * loop - one thread waits for many things: epoll and a list of timers.
 *
 * Owns no file descriptor but its own. What is watched is the caller's, and
 * must be forgotten before it is closed. A callback may watch, forget, start
 * and stop anything, itself included.
 */
#ifndef NASHRA_BASE_LOOP_H
#define NASHRA_BASE_LOOP_H

#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

enum loop_events { LOOP_IN = 1, LOOP_OUT = 2 };

/* `events` is what is ready; an error or a hang-up shows as both. */
typedef void loop_fn(void *arg, int fd, unsigned events);
typedef void loop_timer_fn(void *arg);

/* A timer lives inside its owner; zeroed it is stopped. */
struct loop_timer {
	loop_timer_fn *fn;
	void *arg;
	int64_t due; /* clock_mono_ms() */
	struct loop_timer *next;
	bool armed;
};

int loop_new(struct loop **out, struct err *err);
void loop_free(struct loop *loop);

/* Watches fd, or changes what it is watched for. */
int loop_watch(struct loop *loop, int fd, unsigned events, loop_fn *fn,
    void *arg, struct err *err);
void loop_forget(struct loop *loop, int fd);

/* Fires once, `ms` from now; started again, the former time is forgotten.
 * `fn` and `arg` of the timer are set by its owner before. */
void loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t ms);
void loop_timer_stop(struct loop *loop, struct loop_timer *timer);

/* Waits until something is ready or a timer is due, at most max_ms (-1: as
 * long as it takes), and calls what it is for. Timers come after events. */
int loop_turn(struct loop *loop, int64_t max_ms, struct err *err);

#endif
