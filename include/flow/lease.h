/* SPDX-License-Identifier: ISC */
/*
 * lease - which rows come next, and out of which queues.
 *
 * Every queue that may go gets its share: mail of no issue first, then the
 * issues, none before another, and domains as fast as they are to be fed. A
 * queue whose issue is paused, whose domain is in trouble or which no relay
 * takes now is passed over. Rows that workers died with are taken one at a
 * time, with nothing else in hand.
 */
#ifndef NASHRA_FLOW_LEASE_H
#define NASHRA_FLOW_LEASE_H

#include "base/conf.h"
#include "base/err.h"
#include "flow/cargo.h"
#include "flow/paced.h"
#include "flow/strike.h"
#include "model/pace.h"
#include "store/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The relays that share such mail now, a bit for each; 0: none. */
struct lease_mail {
	const char *list, *domain; /* "": of any, of none */
	bool digest;
};
typedef unsigned lease_relays_fn(void *arg, const struct lease_mail *mail);

struct lease {
	struct db *db;
	const struct conf *conf;
	struct strikes *strikes;
	lease_relays_fn *relays;
	void *arg;
	struct pace_now clock;
	bool held;       /* issues wait: their queues are passed over */
	int64_t wait_ms; /* until one that had to wait may go; -1: none had */
	unsigned more;   /* relays for which queues have rows still */
	bool suspect;    /* one is to be taken, once nothing is in hand */
	struct paced paced;
};

/* Rows for `owner`, who holds `held` already: CARGO_SLIPS less those, at most.
 * Within the transaction. Returns how many, or -1. */
struct lease_ask {
	const char *owner;
	int64_t now;
	size_t held;
	size_t room[CONF_RELAYS];  /* for rows of each relay */
	size_t spare[CONF_RELAYS]; /* besides, for mail of no issue */
};
int lease_rows(struct lease *lease, const struct lease_ask *ask,
    struct cargo_slip *out, struct err *err);

#endif
