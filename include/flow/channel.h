/* SPDX-License-Identifier: ISC */
/*
 * channel - one relay, its connections, and what each of them carries.
 *
 * A lane is one connection and the one message on it. Its life:
 *
 *	free > opening > idle > loaded > sending > done > idle ...
 *
 * `loaded` waits until the row is `started` on disk, `done` until its result
 * is. Both are written by channel_note(), within the turn's transaction, and
 * acted on by channel_proceed(), after its commit. flow/deliver runs the turn.
 */
#ifndef NASHRA_FLOW_CHANNEL_H
#define NASHRA_FLOW_CHANNEL_H

#include "base/conf.h"
#include "base/err.h"
#include "base/loop.h"
#include "flow/cargo.h"
#include "mail/smtp.h"
#include "model/trouble.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum lane_state {
	LANE_FREE, /* no connection */
	LANE_OPENING,
	LANE_IDLE,
	LANE_LOADED,
	LANE_SENDING,
	LANE_DONE,
	LANE_CLOSING, /* said QUIT */
	LANE_STATES
};

struct lane {
	struct channel *channel;
	enum lane_state state;
	struct smtp_conn *conn; /* NULL once it is closed */
	bool ready;             /* the connection takes a message */
	struct cargo cargo;
	bool started; /* within the turn: the row could be */
	struct smtp_result result;
	int64_t carried; /* messages that this connection has taken */
	int64_t idle_since_ms;
};

struct channel {
	struct cargo_parts parts;
	const struct conf *all;
	const struct conf_relay *conf;
	struct smtp *smtp;
	struct lane *lanes;
	size_t count;
	size_t open;
	struct trouble down;              /* retry_at 0: it works */
	char trouble[TROUBLE_ERROR_SIZE]; /* to be noted in the next turn */
	bool recovered;                   /* likewise */
	int64_t free_at_ms;               /* when its rate lets the next go */
};

struct channel_parts {
	struct loop *loop;
	const struct conf *conf;
	struct cargo_parts cargo;
	const char *hello;
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
/* Gives an idle lane the row; false where no lane is idle, the rate does not
 * allow it yet, or the database is busy. */
bool
channel_load(struct channel *channel, const struct outbox *row, int64_t now);
size_t channel_count(const struct channel *channel, enum lane_state state);
/* Ends connections that have had nothing to do for that long. */
void channel_close_idle(struct channel *channel, int64_t idle_ms);

/* True where channel_note() has something to write. */
bool channel_has_news(const struct channel *channel);
/* Within the transaction: results, starts, the relay's health. */
int channel_note(struct channel *channel, int64_t now, struct err *err);
/* Likewise, the results alone: for when nothing is to start any more. */
int channel_note_results(struct channel *channel, int64_t now, struct err *err);
/* After its commit: results are done with, started messages go out. */
void channel_proceed(struct channel *channel);

#endif
