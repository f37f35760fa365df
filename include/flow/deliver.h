/* SPDX-License-Identifier: ISC */
/*
 * deliver - the outbox goes out: lease, write down, send, write down.
 *
 * A lane is one connection to a relay and the one message it carries. Once a
 * turn, in one transaction: the results that came in, the starts of what is
 * to go next, and the lease of new rows. Only then is a started message given
 * to its connection, so that a row is `started` on disk before its first byte
 * leaves, and its result is on disk before its connection gets another.
 * Where the database is busy the turn is kept whole and tried again.
 */
#ifndef NASHRA_FLOW_DELIVER_H
#define NASHRA_FLOW_DELIVER_H

#include "base/conf.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/token.h"
#include "flow/kit.h"
#include "flow/steady.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

struct deliver;

/* Borrows all it is given, for as long as it lives. */
struct deliver_parts {
	struct loop *loop;
	const struct conf *conf;
	struct db *db;
	const struct kit *kit;
	const struct token_ring *ring;
	const char *hello; /* what to call ourselves to a relay */
	/* Digests wait while it says so; NULL: never. */
	const struct steady *steady;
};

/* Joins the workers, takes back what dead ones left. Reads the relays'
 * passwords. */
int deliver_new(struct deliver **out, const struct deliver_parts *parts,
    int64_t now, struct err *err);
/* Writes the results that are in, and cuts what is under way: its rows are
 * uncertain, and noted so. */
void deliver_free(struct deliver *deliver, int64_t now);

/* Another one drains beside it, until NULL is said: together they keep to the
 * connections that a relay may have. */
void deliver_beside(struct deliver *deliver, const struct deliver *former);

/* After every turn of the loop. Trouble is logged, kept, and tried again. */
void deliver_turn(struct deliver *deliver, int64_t now);
/* Once a second, or while it is idle every five and when others have written:
 * looks for rows that are due and for dead workers, keeps the heartbeat, closes
 * idle connections. */
void deliver_tick(struct deliver *deliver, int64_t now);
/* True where it has nothing in hand, and the last look found nothing due. */
bool deliver_idle(const struct deliver *deliver);
/* Takes no new rows; true once nothing is under way. */
bool deliver_drained(struct deliver *deliver);
/* How long until deliver_turn() has something to do that no event announces:
 * milliseconds, or -1. */
int64_t deliver_patience(const struct deliver *deliver);

#endif
