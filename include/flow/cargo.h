/* SPDX-License-Identifier: ISC */
/*
 * cargo - what a lane carries: a leased row made into a message to send.
 *
 * Reads list, issue and body of a row, draws the token of a confirm mail, and
 * has the letter written. A digest's rows share the plate that their letters
 * are printed from.
 */
#ifndef NASHRA_FLOW_CARGO_H
#define NASHRA_FLOW_CARGO_H

#include "base/err.h"
#include "base/str.h"
#include "base/token.h"
#include "flow/kit.h"
#include "flow/plate.h"
#include "mail/address.h"
#include "model/issue.h"
#include "model/list.h"
#include "model/outbox.h"
#include "model/subscription.h"
#include "store/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The lists and plates that were used last. */
#define CARGO_LISTS  16
#define CARGO_PLATES 4
struct cargo_plate {
	struct plate *plate;
	int64_t body_id, list_id;
	struct issue issue;
	int64_t used;
};
struct cargo_cache {
	struct list lists[CARGO_LISTS];
	bool fresh[CARGO_LISTS]; /* read since cargo_cache_age() */
	size_t next;             /* list to be replaced */
	struct cargo_plate plates[CARGO_PLATES];
	int64_t uses;
};
/* What it has is read again before it is used: others may have changed it. */
void cargo_cache_age(struct cargo_cache *cache);
void cargo_cache_release(struct cargo_cache *cache);

/* A row as it is leased, and whom it is for (zeroed in a notice). */
struct cargo_slip {
	struct outbox row;
	struct subscription to;
	unsigned relays; /* that share such mail, a bit for each */
};
#define CARGO_SLIPS 512 /* leased at a time, at most */
/* Within the transaction that leases it. A reader who is gone is found out by
 * cargo_load(). */
int cargo_slip_fill(struct cargo_slip *slip, struct db *db,
    const struct outbox *row, struct err *err);

struct cargo {
	struct outbox row;
	struct list list;
	struct subscription subscription;
	char token[TOKEN_RANDOM_SIZE]; /* raw: only in the mail, and here */
	unsigned relays;
	char sender[ADDRESS_SIZE];
	struct str message;
	size_t fits; /* octets at its end of which talk_fits() is true */
};

struct cargo_parts {
	struct db *db;
	const struct kit *kit;
	const struct token_ring *ring;
	struct cargo_cache *cache;
};

/* Zeroed, it is empty; load makes it whole. ERR_BUSY: again soon. Any other
 * failure is the row's own: it cannot be composed. */
void cargo_init(struct cargo *cargo);
int cargo_load(struct cargo *cargo, const struct cargo_parts *parts,
    const struct cargo_slip *slip, int64_t now, struct err *err);
/* Within the transaction: the row is started, its token's hash is known.
 * 1 started, 0 where the row is not ours any more: nothing may be sent. */
int cargo_start(
    const struct cargo *cargo, struct db *db, int64_t now, struct err *err);
/* Wipes what is secret in it; its memory serves the next one. */
void cargo_empty(struct cargo *cargo);
void cargo_release(struct cargo *cargo);

#endif
