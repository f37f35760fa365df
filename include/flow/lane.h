/* SPDX-License-Identifier: ISC */
/*
 * lane - one connection of a channel, and what it carries.
 *
 * Here is what is heard of it: that it is ready, how its message came out, that
 * it is gone, and what that says of the relay. flow/channel does the rest.
 */
#ifndef NASHRA_FLOW_LANE_H
#define NASHRA_FLOW_LANE_H

#include "flow/cargo.h"
#include "flow/judge.h"
#include "mail/smtp.h"
#include "model/outbox.h"

#include <stdbool.h>
#include <stdint.h>

struct channel;

enum lane_state {
	LANE_FREE, /* no connection */
	LANE_OPENING,
	LANE_IDLE,
	LANE_SENDING,
	LANE_DONE,    /* its result is to be noted */
	LANE_CLOSING, /* said QUIT */
	LANE_STATES
};

struct lane {
	struct channel *channel;
	enum lane_state state;
	struct smtp_conn *conn; /* NULL once it is closed */
	bool ready;             /* the connection takes a message */
	struct cargo *out;      /* SENDING, DONE: what it carries */
	struct cargo *next;     /* goes out after the commit, if `started` */
	bool started;
	struct smtp_result result;
	struct judge judge;       /* of it */
	enum outbox_state became; /* its row, by that */
	bool fresh;               /* it was the first on its connection */
	int64_t carried;          /* messages that this connection has taken */
	int64_t idle_since_ms;
};

/* To be had by smtp_new(), each connection with its lane. */
extern const struct smtp_events lane_events;

void lane_turn_to(struct lane *lane, enum lane_state state);
/* What flow/judge has to know of its result. */
struct judge_case lane_case(const struct lane *lane);

#endif
