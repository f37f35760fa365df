/* SPDX-License-Identifier: ISC */
#include "flow/channel.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "flow/login.h"
#include "flow/settle.h"
#include "model/worker.h"

#include <stdlib.h>

/* ---- making and ending */

int
channel_init(struct channel *channel, const struct channel_parts *parts,
    const struct conf_relay *conf, struct err *err)
{
	const struct conf *all = parts->conf;
	const struct login login = {.loop = parts->loop,
	    .conf = all,
	    .relay = conf,
	    .hello = parts->hello};

	*channel = (struct channel){.parts = *parts, .conf = conf};
	channel->number = (size_t)(conf - all->relay);
	channel->count = (size_t)(conf->connections / all->senders);
	channel->lanes = calloc(channel->count, sizeof(*channel->lanes));
	if (channel->lanes == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	for (size_t i = 0; i < channel->count; i++)
		channel->lanes[i].channel = channel;
	channel->lane_count[LANE_FREE] = channel->count;
	if (login_smtp(&channel->smtp, &login, &lane_events, err) != 0 ||
	    meter_init(
		&channel->meter, parts->db, all, conf, parts->now, err) != 0)
		return -1;
	return health_init(&channel->health, parts->db, conf->name, err);
}

void
channel_release(struct channel *channel)
{
	smtp_free(channel->smtp);
	free(channel->lanes);
}

/* ---- before the transaction */

bool
channel_usable(const struct channel *channel, int64_t now)
{
	return health_usable(&channel->health, now);
}

bool
channel_has_room(const struct channel *channel, int64_t now)
{
	/* A lane that lost its connection keeps its result until that is
	 * noted. */
	if (!channel_usable(channel, now) ||
	    channel->open + channel->elsewhere >= channel->count ||
	    channel->lane_count[LANE_FREE] == 0 || channel->refused > 0 ||
	    !bounds_admit(&channel->bounds, channel->open, clock_mono_ms()))
		return false;
	/* One that was down is tried by a single connection. */
	return health_good(&channel->health) || channel->open == 0;
}

bool
channel_open(struct channel *channel)
{
	struct lane *lane = channel->lanes;
	struct err err = ERR_INIT;

	while (lane->state != LANE_FREE)
		lane++;
	if (login_token(
		channel->smtp, channel->parts.conf, channel->conf, &err) < 0 ||
	    smtp_open(channel->smtp, lane, &lane->conn, &err) != 0) {
		health_failed_text(&channel->health, err.msg);
		return false;
	}
	lane_turn_to(lane, LANE_OPENING);
	lane->ready = false;
	lane->carried = 0;
	channel->open++;
	return true;
}

/* At its limit of messages a connection takes no more. */
static bool
is_full(const struct lane *lane)
{
	const struct channel *channel = lane->channel;
	int64_t most = bounds_fill(
	    &channel->bounds, channel->conf->per_connection, clock_mono_ms());

	return most > 0 && lane->carried >= most;
}

static bool
lane_takes(const struct lane *lane)
{
	return lane->ready && lane->next == NULL &&
	       (lane->state == LANE_IDLE || lane->state == LANE_DONE) &&
	       !is_full(lane);
}

size_t
channel_load(const struct channel *channel)
{
	return channel->paired + channel->lane_count[LANE_SENDING] +
	       channel->lane_count[LANE_DONE];
}

size_t
channel_takes(const struct channel *channel, const struct meter_now *now)
{
	bool works = health_good(&channel->health);
	size_t n = 0;

	/* One that was down is tried by one message before it gets more. */
	if (!channel_usable(channel, now->s) ||
	    meter_wait(&channel->meter, now) > 0 ||
	    (!works && channel_load(channel) > 0))
		return 0;
	for (size_t i = 0; i < channel->count; i++)
		n += lane_takes(&channel->lanes[i]);
	return works || n == 0 ? n : 1;
}

void
channel_pair(struct channel *channel, struct cargo *cargo)
{
	struct lane *lane = channel->lanes;

	while (!lane_takes(lane))
		lane++;
	lane->next = cargo;
	channel->paired++;
}

void
channel_unpair(struct channel *channel, size_t n)
{
	for (size_t i = channel->count; i-- > 0 && n > 0;) {
		struct lane *lane = &channel->lanes[i];

		if (lane->next == NULL)
			continue;
		hold_untake(channel->parts.hold, lane->next);
		lane->next = NULL;
		channel->paired--;
		n--;
	}
}

void
channel_close_idle(struct channel *channel, int64_t idle_ms)
{
	int64_t since_ms = clock_mono_ms() - idle_ms;

	for (size_t i = 0; i < channel->count; i++) {
		struct lane *lane = &channel->lanes[i];

		if (lane->state != LANE_IDLE || lane->idle_since_ms > since_ms)
			continue;
		lane_turn_to(lane, LANE_CLOSING);
		smtp_close(lane->conn);
	}
}

/* ---- within the transaction */

/* A started row is its worker's until it is taken for dead. */
static int
check_lost(const struct outbox *row, struct db *db, struct err *err)
{
	int known = worker_known(db, row->owner, err);

	return known == 1 ? outbox_damaged(err) : known;
}

static int
settle(struct lane *lane, struct db *db, const struct meter_now *now,
    struct err *err)
{
	struct outbox row = lane->out->row;
	const struct judge_case judged = lane_case(lane);
	const struct settle_case of = {
	    .result = &lane->result,
	    .relay = lane->channel->conf->name,
	    .policy = lane->out->list.unknown,
	    .trouble =
		lane->judge.trouble || !health_good(&lane->channel->health),
	};
	int moved;

	if (judge_note(&lane->judge, &judged, lane->channel->parts.conf, db,
		now, err) != 0)
		return -1;
	moved = settle_row(db, &row, &of, now->s, err);
	lane->became = row.state;
	if (moved < 0)
		return -1;
	return moved == 1 ? 0 : check_lost(&row, db, err);
}

bool
channel_has_news(const struct channel *channel)
{
	return health_has_news(&channel->health) ||
	       meter_has_news(&channel->meter) ||
	       channel->lane_count[LANE_DONE] > 0 || channel->paired > 0;
}

int
channel_note_results(struct channel *channel, struct db *db,
    const struct meter_now *now, struct err *err)
{
	for (size_t i = 0; i < channel->count; i++) {
		struct lane *lane = &channel->lanes[i];

		if (lane->state == LANE_DONE && settle(lane, db, now, err) != 0)
			return -1;
	}
	return 0;
}

/* What the relay's pace does not let go waits in the hold; what somebody has
 * taken back meanwhile is not counted. */
static int
note_starts(struct channel *channel, struct db *db, const struct meter_now *now,
    struct err *err)
{
	int may =
	    meter_draw(&channel->meter, db, now, (int)channel->paired, err);
	int taken = 0;

	if (may < 0)
		return -1;
	channel_unpair(channel, channel->paired - (size_t)may);
	for (size_t i = 0; i < channel->count; i++) {
		struct lane *lane = &channel->lanes[i];
		int rc;

		if (lane->next == NULL)
			continue;
		rc = cargo_start(lane->next, db, now->s, err);
		if (rc < 0)
			return -1;
		lane->started = rc == 1;
		taken += rc == 0;
	}
	return meter_return(&channel->meter, db, now, taken, err);
}

int
channel_note(struct channel *channel, struct db *db,
    const struct meter_now *now, struct err *err)
{
	if (channel_note_results(channel, db, now, err) != 0 ||
	    note_starts(channel, db, now, err) != 0 ||
	    meter_note(&channel->meter, db, now, err) != 0)
		return -1;
	return health_note(&channel->health, db, now->s, err);
}

/* ---- after the commit */

static void
log_result(const struct lane *lane)
{
	const struct outbox *row = &lane->out->row;

	log_line(LOG_INFO, outbox_state_name(lane->became),
	    "row=%lld issue=%lld to=%lld relay=%s reply=%d status=%s",
	    (long long)row->id, (long long)row->issue_id,
	    (long long)row->subscription_id, lane->channel->conf->name,
	    lane->result.code,
	    lane->result.status[0] ? lane->result.status : "-");
}

/* What it carried is done with. */
static void
lane_unload(struct lane *lane)
{
	log_result(lane);
	/* One of a domain with a pace of its own lets the next one go. */
	if (lane->result.outcome != SMTP_SENT || lane->out->row.pace[0] != '\0')
		lane->channel->came_back = true;
	hold_empty(lane->channel->parts.hold, lane->out);
	lane->out = NULL;
	lane->idle_since_ms = clock_mono_ms();
	if (lane->conn == NULL) {
		lane_turn_to(lane, LANE_FREE);
	} else {
		lane_turn_to(lane, lane->ready ? LANE_IDLE : LANE_OPENING);
	}
}

static void
lane_send(struct lane *lane)
{
	struct cargo *cargo = lane->out;
	const struct smtp_message message = {
	    .sender = cargo->sender,
	    .recipient = cargo->subscription.address,
	    .data = cargo->message.data,
	    .len = cargo->message.len,
	    .fits = cargo->fits,
	};
	struct err err = ERR_INIT;

	cargo->row.state = OUTBOX_STARTED;
	cargo->row.attempts++;
	lane_turn_to(lane, LANE_SENDING);
	lane->ready = false;
	if (smtp_send(lane->conn, &message, &err) == 0)
		return;
	lane->ready = true;
	lane->result = (struct smtp_result){
	    .outcome = err.code == ERR_INPUT ? SMTP_FAILED : SMTP_DEFERRED};
	lane->judge = (struct judge){.slow = FAULT_NONE};
	str_cut(lane->result.text, sizeof(lane->result.text), err.msg);
	lane_turn_to(lane, LANE_DONE);
}

/* A row that could not be started is somebody else's by now. */
static void
proceed_lane(struct lane *lane)
{
	if (lane->state == LANE_DONE)
		lane_unload(lane);
	if (lane->next != NULL) {
		lane->channel->paired--;
		lane->out = lane->next;
		lane->next = NULL;
		if (lane->started) {
			lane_send(lane);
		} else {
			hold_empty(lane->channel->parts.hold, lane->out);
			lane->out = NULL;
		}
		lane->started = false;
	} else if (lane->state == LANE_IDLE && is_full(lane)) {
		lane_turn_to(lane, LANE_CLOSING);
		smtp_close(lane->conn);
	}
}

void
channel_proceed(struct channel *channel, const struct meter_now *now)
{
	health_proceed(&channel->health);
	meter_proceed(&channel->meter, now);
	for (size_t i = 0; i < channel->count; i++)
		proceed_lane(&channel->lanes[i]);
}
