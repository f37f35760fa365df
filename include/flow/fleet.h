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
	size_t lanes; /* of all of them */
	struct hold *hold;
	/* It drains beside this one, NULL for none: what it still has open to a
	 * relay counts among the connections that one may have. */
	const struct fleet *former;
};

/* Half made, it can be released. It stays where it was made. */
int fleet_init(
    struct fleet *fleet, const struct channel_parts *parts, struct err *err);
void fleet_release(struct fleet *fleet);

/* Is there a relay that takes such mail now, or will once it is less busy? */
struct fleet_mail {
	const char *list, *domain;
	bool digest;
};
bool fleet_takes(const struct fleet *fleet, const struct fleet_mail *mail,
    const struct meter_now *now);
/* False while no relay could take anything. */
bool fleet_usable(const struct fleet *fleet, const struct meter_now *now);

/* Makes messages for the connections at rest, and gives each its next one. */
void fleet_load(struct fleet *fleet, const struct meter_now *now);
/* How many messages are made that no relay takes any more, since it went down,
 * say. Within the transaction, fleet_put_off() defers them for a little while;
 * fleet_proceed() forgets them. */
size_t fleet_stuck(const struct fleet *fleet, const struct meter_now *now);
int fleet_put_off(struct fleet *fleet, struct db *db,
    const struct meter_now *now, struct err *err);
/* Takes back what has not started. */
void fleet_unload(struct fleet *fleet);
/* A connection for each row that waits, those on their way counted. */
void fleet_open(struct fleet *fleet, const struct meter_now *now);
void fleet_close_idle(struct fleet *fleet, int64_t idle_ms);

/* True where fleet_note() has something to write. */
bool fleet_has_news(const struct fleet *fleet);
/* Some results are there, and more are about to be: fewer than half of those
 * that are out. */
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
