/* SPDX-License-Identifier: ISC */
#include "flow/lane.h"

#include "base/clock.h"
#include "base/log.h"
#include "flow/channel.h"
#include "mail/address.h"

#define IDLE_MS 1000 /* that a connection is at rest before it was idle */

void
lane_turn_to(struct lane *lane, enum lane_state state)
{
	lane->channel->lane_count[lane->state]--;
	lane->channel->lane_count[state]++;
	lane->state = state;
}

static void
crowded(struct channel *channel, size_t connections)
{
	if (channel->bounds.connections != connections) {
		log_line(LOG_INFO, "relay",
		    "name=%s state=crowded connections=%zu",
		    channel->conf->name, connections);
	}
	bounds_refused(&channel->bounds, connections, clock_mono_ms());
}

static void
on_ready(void *arg, struct smtp_conn *conn)
{
	struct lane *lane = arg;
	struct channel *channel = lane->channel;

	lane->conn = conn;
	lane->ready = true;
	/* After a message the turn moves it on, once its result is noted. */
	if (lane->state != LANE_OPENING)
		return;
	lane_turn_to(lane, LANE_IDLE);
	lane->idle_since_ms = clock_mono_ms();
	bounds_let_in(&channel->bounds, channel->open, lane->idle_since_ms);
	/* Of those that were opened together it lets these in. */
	if (channel->refused > 0)
		crowded(channel, channel->open);
	channel->refused = 0;
}

struct judge_case
lane_case(const struct lane *lane)
{
	return (struct judge_case){
	    .strike = {.relay = lane->channel->number,
		.domain = address_domain(lane->out->subscription.address)},
	    .result = &lane->result,
	    .fresh = lane->fresh,
	    .paced = lane->out->row.pace[0] != '\0',
	    .now = lane->channel->parts.now->s};
}

/* Ended between two messages, by a word or without one. */
static bool
is_ended(const struct smtp_result *result)
{
	return result->phase == SMTP_MAIL && result->outcome != SMTP_FAILED &&
	       (result->code == 0 || result->code == 421);
}

/* A relay works once it has answered for a recipient; one that will not take
 * our mail at all is as good as down. */
static void
on_result(void *arg, struct smtp_conn *conn, const struct smtp_result *result)
{
	struct lane *lane = arg;
	struct channel *channel = lane->channel;
	struct judge_case of;

	(void)conn;
	lane->result = *result;
	lane->fresh = lane->carried == 0;
	lane_turn_to(lane, LANE_DONE);
	if (is_ended(result))
		bounds_ended(&channel->bounds, lane->carried, clock_mono_ms());
	of = lane_case(lane);
	lane->judge = judge_result(channel->parts.strikes, &of);
	channel->meter.taken += lane->judge.sent;
	channel->meter.slow |= lane->judge.slow == FAULT_RELAY;
	if (lane->judge.down == FAULT_RELAY ||
	    (result->outcome == SMTP_RELAY && lane->carried == 0)) {
		health_failed(&channel->health, result);
	} else if (result->outcome != SMTP_RELAY && result->code != 0) {
		lane->carried++;
		if (!lane->judge.trouble)
			health_worked(&channel->health);
	}
}

/* It had nothing to do for a while; no relay waits for ever. */
static bool
was_idle(const struct lane *lane, const struct smtp_result *why)
{
	return why->phase == SMTP_IDLE &&
	       clock_mono_ms() - lane->idle_since_ms >= IDLE_MS;
}

/* A relay is in trouble when it cannot be reached, or drops a connection that
 * has not carried a thing. While it has others it has enough of them; of those
 * that are opened together, the first one that is let in or the last one that
 * is not tells. One that closes after some messages has its limit per
 * connection: the next one is opened at once. */
static void
on_closed(void *arg, struct smtp_conn *conn, const struct smtp_result *why)
{
	struct lane *lane = arg;
	struct channel *channel = lane->channel;

	(void)conn;
	lane->conn = NULL;
	lane->ready = false;
	channel->open--;
	if (channel->open == 0)
		channel->refused = 0; /* none is left that could tell */
	if (lane->state != LANE_DONE)
		lane_turn_to(lane, LANE_FREE);
	if (why->outcome == SMTP_SENT || lane->carried > 0 ||
	    was_idle(lane, why))
		return;
	if (why->phase != SMTP_CONNECT || channel->open == 0) {
		channel->bounds.connections = 0;
		channel->refused = 0;
		health_failed(&channel->health, why);
	} else if (channel->open > channel->lane_count[LANE_OPENING]) {
		crowded(channel, channel->open);
	} else {
		channel->refused++;
	}
}

const struct smtp_events lane_events = {on_ready, on_result, on_closed};
