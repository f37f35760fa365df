/* SPDX-License-Identifier: ISC */
/*
 * stock - how many rows a worker has in hand, of each relay's mail.
 *
 * A few for each connection, so that what waits for one relay takes nothing
 * from another, and a confirm mail does not wait behind a digest. They are
 * given back where other relays are open than when they were leased, and where
 * digests are to wait.
 */
#ifndef NASHRA_FLOW_STOCK_H
#define NASHRA_FLOW_STOCK_H

#include "base/err.h"
#include "flow/cargo.h"
#include "flow/fleet.h"
#include "flow/hold.h"
#include "flow/lease.h"
#include "flow/meter.h"
#include "flow/steady.h"
#include "store/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct stock {
	struct hold hold;
	struct lease lease;
	const struct fleet *fleet;
	const struct meter_now *now;
	const struct steady *steady;
	unsigned hungry;        /* relays for which rows may be due */
	bool urgent;            /* mail of no issue may be */
	struct fleet_open open; /* as it was when rows were leased */
	int64_t lease_at_ms;    /* a queue had to wait until then; 0: none */
};

/* What it is made of is borrowed; of `lease`, all but who takes what. */
struct stock_parts {
	struct cargo_parts cargo;
	struct lease lease;
	const struct fleet *fleet;
	const struct meter_now *now;
	const struct steady *steady;
};
int stock_init(
    struct stock *stock, const struct stock_parts *parts, struct err *err);
void stock_release(struct stock *stock);

/* Rows may be due that it does not have; mail of no issue among them, which
 * does not wait until there is room for others. */
void stock_hunger(struct stock *stock, bool urgent);
/* The same, where the time of a queue has come. */
void stock_wake(struct stock *stock);
/* Digests are in hand, and have to wait. */
bool stock_waits(const struct stock *stock);

/* What a turn has to do about it. */
struct stock_turn {
	bool release; /* all of it goes back */
	bool claim;
	struct fleet_open open;
};
struct stock_turn stock_plan(const struct stock *stock, bool draining);
/* Within the transaction. Returns the rows leased for `owner`, who leases none
 * while it is taken for dead: nobody would look for them under that name. */
int stock_note(struct stock *stock, const struct stock_turn *turn,
    const char *owner, struct cargo_slip fresh[CARGO_SLIPS], struct err *err);
/* After its commit. */
void stock_proceed(struct stock *stock, const struct stock_turn *turn,
    const struct cargo_slip *fresh, int leased);

#endif
