/* SPDX-License-Identifier: ISC */
/*
 * fleet - all the relays, and which of them takes which message.
 *
 * The choice is flow/choice's; here is what it is made of.
 */
#ifndef NASHRA_FLOW_FLEET_H
#define NASHRA_FLOW_FLEET_H

#include "base/conf.h"
#include "base/err.h"
#include "flow/channel.h"
#include "flow/hold.h"
#include "flow/meter.h"
#include "store/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct fleet {
	struct channel channels[CONF_RELAYS];
	size_t count;
	size_t lanes[CONF_RELAYS];
	struct hold *hold;
	/* It drains beside this one, NULL for none: what it still has open to a
	 * relay counts among the connections that one may have. */
	const struct fleet *former;
};

/* Half made, it can be released. It stays where it was made. */
int fleet_init(
    struct fleet *fleet, const struct channel_parts *parts, struct err *err);
void fleet_release(struct fleet *fleet);

/* The relays that share such mail, now or once they are less busy, a bit for
 * each; 0: none. */
struct fleet_mail {
	const char *list, *domain;
	bool digest;
};
unsigned fleet_relays(const struct fleet *fleet, const struct fleet_mail *mail,
    const struct meter_now *now);
/* Those that are open at all, for digests and for other mail. Once they are
 * others, so may be those that share what was leased. */
struct fleet_open {
	unsigned digests, others;
};
struct fleet_open
fleet_look(const struct fleet *fleet, const struct meter_now *now);

/* Makes messages for the connections at rest, and gives each its next one. */
void fleet_load(struct fleet *fleet, const struct meter_now *now);
/* Takes back what has not started. */
void fleet_unload(struct fleet *fleet);
/* A connection for each row that waits, those on their way counted. */
void fleet_open(struct fleet *fleet, const struct meter_now *now);
void fleet_close_idle(struct fleet *fleet, int64_t idle_ms);

/* True where fleet_note() has something to write. */
bool fleet_has_news(const struct fleet *fleet);
/* Some results are there, and more are about to be: of each relay, fewer than
 * half of those that are out. */
bool fleet_gathers(const struct fleet *fleet);
/* A message is out, or its result is to be noted. */
bool fleet_busy(const struct fleet *fleet);
/* Within the transaction: results, starts, the relays' health and pace. */
int fleet_note(struct fleet *fleet, struct db *db, const struct meter_now *now,
    struct err *err);
/* Likewise, the results alone. */
int fleet_note_results(struct fleet *fleet, struct db *db,
    const struct meter_now *now, struct err *err);
/* After its commit. */
void fleet_proceed(struct fleet *fleet, const struct meter_now *now);
/* Rows may have come back into their queues since the last time it was asked:
 * there may be more to lease. */
bool fleet_wants_more(struct fleet *fleet);
/* How long until a relay's pace lets the next message go: ms, or -1. */
int64_t fleet_patience(const struct fleet *fleet, const struct meter_now *now);

#endif
