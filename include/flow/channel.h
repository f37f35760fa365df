/* SPDX-License-Identifier: ISC */
/*
 * channel - one relay, its connections, and what each of them carries.
 *
 * A lane is one connection, the message on it, and the next one:
 *
 *	free > opening > idle > sending > done > sending ...
 *
 * In a turn's transaction the result of the one and the start of the next are
 * written together, by channel_note(); after its commit channel_proceed() acts
 * on them. So a row is `started` on disk before its first byte leaves, and its
 * result is on disk before that connection gets the next message.
 * flow/deliver runs the turn.
 */
#ifndef NASHRA_FLOW_CHANNEL_H
#define NASHRA_FLOW_CHANNEL_H

#include "base/conf.h"
#include "base/err.h"
#include "base/loop.h"
#include "flow/bounds.h"
#include "flow/cargo.h"
#include "flow/health.h"
#include "flow/hold.h"
#include "flow/lane.h"
#include "flow/meter.h"
#include "mail/smtp.h"
#include "store/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct channel_parts {
	struct loop *loop;
	const struct conf *conf;
	struct db *db;
	struct hold *hold; /* where messages come from */
	const char *hello;
	struct strikes *strikes;
	const struct meter_now *now; /* as of the last turn */
};

struct channel {
	struct channel_parts parts;
	const struct conf_relay *conf;
	size_t number; /* its place in the settings */
	struct smtp *smtp;
	struct lane *lanes;
	size_t count;
	size_t lane_count[LANE_STATES];
	size_t open, elsewhere; /* connections: its own, and a former one's */
	size_t paired;          /* lanes with a next */
	size_t refused; /* since one was let in, while all were opening */
	bool came_back; /* a message did not go: its row may be due again */
	struct bounds bounds;
	struct health health;
	struct meter meter;
};

/* The lanes point to the channel: it stays where it was made. Reads the
 * relay's password. Half made, it can be released. */
int channel_init(struct channel *channel, const struct channel_parts *parts,
    const struct conf_relay *conf, struct err *err);
/* Cuts every connection. */
void channel_release(struct channel *channel);

/* False while the relay is in trouble and its time has not come. */
bool channel_usable(const struct channel *channel, int64_t now);
/* True where one more connection may be opened. */
bool channel_has_room(const struct channel *channel, int64_t now);
/* Opens a lane; false where that failed at once. */
bool channel_open(struct channel *channel);
/* How many more messages it takes now: lanes whose connection is at rest. */
size_t
channel_takes(const struct channel *channel, const struct meter_now *now);
/* How many it has: to start, out, or with a result to be noted. */
size_t channel_load(const struct channel *channel);
/* Gives one of those lanes its next message. */
void channel_pair(struct channel *channel, struct cargo *cargo);
/* Takes the last `n` of them back into the hold. */
void channel_unpair(struct channel *channel, size_t n);
/* Ends connections that have had nothing to do for that long. */
void channel_close_idle(struct channel *channel, int64_t idle_ms);

/* True where channel_note() has something to write. */
bool channel_has_news(const struct channel *channel);
/* Within the transaction: results, starts, the relay's health and pace. */
int channel_note(struct channel *channel, struct db *db,
    const struct meter_now *now, struct err *err);
/* Likewise, the results alone: for when nothing is to start any more. */
int channel_note_results(struct channel *channel, struct db *db,
    const struct meter_now *now, struct err *err);
/* After its commit: results are done with, started messages go out. */
void channel_proceed(struct channel *channel, const struct meter_now *now);

#endif
