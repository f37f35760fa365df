/* SPDX-License-Identifier: ISC */
/*
 * role - what a process of ours does from its start to its end: one thread, a
 * loop, a database, and signals.
 *
 * SIGTERM and SIGINT end it, once what is under way is done or its patience is
 * over; a second one ends it at once. SIGHUP has it take the settings anew.
 * What it does besides is its kind's.
 */
#ifndef NASHRA_FLOW_ROLE_H
#define NASHRA_FLOW_ROLE_H

#include "base/conf.h"
#include "base/err.h"
#include "base/loop.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

struct role_parts {
	struct loop *loop;
	struct db *db;
};

struct role_kind {
	const char *name;
	const char *trouble; /* whose settings are at fault: "" all of ours */
	bool many;           /* `senders` of them share the work */

	/* Begins. The settings are its own from then on, unless it fails. */
	int (*begin)(void **out, const struct role_parts *parts,
	    struct conf *conf, struct err *err);
	/* Goes on by other settings, which are then its own; what is under way
	 * may be finished by the former ones. 1: but one of them could not be
	 * had, err says which. -1: nothing has changed. */
	int (*change)(void *it, struct conf *conf, struct err *err);
	/* True while something is finished by former settings. */
	bool (*changing)(const void *it);
	/* After each turn of the loop. */
	void (*turn)(void *it);
	/* How long until a turn has something to do: ms, or -1. */
	int64_t (*patience)(const void *it);
	/* Begins nothing more; true once nothing is under way. */
	bool (*drained)(void *it);
	void (*end)(void *it);
};

struct role {
	const struct role_kind *kind;
	struct conf *conf;
	/* Of a parent, which says for all its children what is to be said of
	 * the settings, and starts as many as they want. */
	bool child;
};

/* Returns 0 once it was asked to end and has; 1 where settings that were taken
 * anew want several of its kind, and it has ended for that: role->conf has
 * them. Otherwise role->conf is gone. */
int role_run(struct role *role, struct err *err);

#endif
