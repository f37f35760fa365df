/* SPDX-License-Identifier: ISC */
/*
 * hold - the rows in this worker's hands, and the messages made of them.
 *
 * Leased rows come in, messages are made of them ahead of need, so that a
 * connection finds its next one ready, and lanes take them out. What was
 * taken comes back to be emptied. Messages are as many as there are lanes
 * twice over, however long the queue is.
 */
#ifndef NASHRA_FLOW_HOLD_H
#define NASHRA_FLOW_HOLD_H

#include "base/conf.h"
#include "base/err.h"
#include "flow/cargo.h"
#include "model/outbox.h"
#include "store/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HOLD_ROWS CARGO_SLIPS

struct hold {
	struct cargo_parts parts;
	struct cargo_slip rows[HOLD_ROWS]; /* not made yet; next first */
	size_t at, end;                    /* of those in rows */
	struct cargo *cargos;
	struct cargo **empty; /* of them, these have nothing in them, */
	struct cargo **made;  /* and these a message; next first */
	size_t size, empties, ready;
	struct cargo *spoilt; /* its message could not be made; why: */
	struct err why;
	/* For each relay: of the made ones, those that it may get. */
	size_t ready_for[CONF_RELAYS];
};

int hold_init(struct hold *hold, const struct cargo_parts *parts, size_t lanes,
    struct err *err);
void hold_release(struct hold *hold);

/* How many rows it has, made into messages or not. */
size_t hold_count(const struct hold *hold);
/* True where one of them is of a digest; no suspect. */
bool hold_has_digest(const struct hold *hold);
bool hold_has_others(const struct hold *hold);
/* Takes leased rows in; those that are not of a digest go to the front. There
 * is room for HOLD_ROWS less hold_count(). */
void hold_put(struct hold *hold, const struct cargo_slip *rows, size_t n);
/* The relays that share the nth of them; the made ones come first. */
unsigned hold_relays(const struct hold *hold, size_t n);
/* How many of them each relay may get. */
void hold_tally(const struct hold *hold, size_t out[CONF_RELAYS]);
/* True while some relay has fewer ready than it wants, and another one can be
 * made for it: not where there are no rows or no room, or one is spoilt. Thus
 * what waits for one relay takes no room from the others. */
bool hold_lacks(const struct hold *hold, const size_t want[CONF_RELAYS]);
/* Makes messages, `most` of them at most, until it lacks none or the database
 * is busy. */
void hold_make(struct hold *hold, const size_t want[CONF_RELAYS], size_t most,
    int64_t now);

/* Takes out the message at `i` of made. */
struct cargo *hold_take(struct hold *hold, size_t i);
/* One that was taken and not sent: the next again. */
void hold_untake(struct hold *hold, struct cargo *cargo);
/* One that is done with. */
void hold_empty(struct hold *hold, struct cargo *cargo);

/* Within the transaction: all that is in the hold goes back into the queues.
 * After its commit: hold_clear(). */
int hold_give_back(struct hold *hold, struct db *db, struct err *err);
void hold_clear(struct hold *hold);

#endif
