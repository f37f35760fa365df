/* SPDX-License-Identifier: ISC */
#include "flow/channel.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "flow/settle.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- what the connections say */

static void
lane_ready(void *arg, struct smtp_conn *conn)
{
	struct lane *lane = arg;

	lane->conn = conn;
	lane->ready = true;
	/* After a message the turn moves it on, once its result is noted. */
	if (lane->state != LANE_OPENING)
		return;
	lane->state = LANE_IDLE;
	lane->idle_since_ms = clock_mono_ms();
}

/* Puts the relay down in the next turn; the first reason is kept. */
static void
note_trouble(struct channel *channel, const struct smtp_result *why)
{
	if (channel->trouble[0] != '\0')
		return;
	if (why->code != 0) {
		snprintf(channel->trouble, sizeof(channel->trouble),
		    "%d %s%s%s", why->code, why->status,
		    why->status[0] ? " " : "", why->text);
	} else {
		snprintf(channel->trouble, sizeof(channel->trouble), "%s",
		    why->text);
	}
}

static void
lane_result(void *arg, struct smtp_conn *conn, const struct smtp_result *result)
{
	struct lane *lane = arg;

	(void)conn;
	lane->result = *result;
	lane->state = LANE_DONE;
	/* A relay works once it has answered for a recipient; one that will
	 * not take our mail at all is as good as down. */
	if (result->outcome != SMTP_RELAY && result->code != 0) {
		lane->carried++;
		lane->channel->recovered = lane->channel->down.retry_at != 0;
	} else if (result->outcome == SMTP_RELAY && lane->carried == 0) {
		note_trouble(lane->channel, result);
	}
}

/* A relay is in trouble when it cannot be reached, or drops a connection that
 * has not carried a thing. One that closes after some messages has its limit
 * per connection: the next one is opened at once. */
static void
lane_closed(void *arg, struct smtp_conn *conn, const struct smtp_result *why)
{
	struct lane *lane = arg;
	struct channel *channel = lane->channel;

	(void)conn;
	lane->conn = NULL;
	channel->open--;
	if (why->outcome != SMTP_SENT && lane->carried == 0)
		note_trouble(channel, why);
	if (lane->state != LANE_DONE && lane->state != LANE_LOADED)
		lane->state = LANE_FREE;
}

static const struct smtp_events events = {lane_ready, lane_result, lane_closed};

/* ---- making and ending */

_Static_assert((int)CONF_TLS_REQUIRED == (int)SMTP_TLS_REQUIRED &&
		   (int)CONF_TLS_NONE == (int)SMTP_TLS_NONE,
    "base/conf and mail/smtp spell the TLS modes alike");

int
channel_init(struct channel *channel, const struct channel_parts *parts,
    const struct conf_relay *conf, struct err *err)
{
	const struct conf *all = parts->conf;
	char password[512] = "";
	char key[TROUBLE_NAME_SIZE + 32];
	struct smtp_relay relay = {.url = conf->url,
	    .tls = (enum smtp_tls)conf->tls,
	    .ca_file = conf->ca_file,
	    .user = conf->user,
	    .password = password,
	    .hello = parts->hello};
	int rc;

	*channel = (struct channel){parts->cargo, .all = all, .conf = conf};
	channel->count = (size_t)(conf->connections / all->senders);
	channel->lanes = calloc(channel->count, sizeof(*channel->lanes));
	if (channel->lanes == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	for (size_t i = 0; i < channel->count; i++) {
		channel->lanes[i].channel = channel;
		cargo_init(&channel->lanes[i].cargo);
	}
	snprintf(key, sizeof(key), "relay.%s.ca_file", conf->name);
	if (conf->ca_file[0] != '\0' && access(conf->ca_file, R_OK) != 0) {
		return conf_fail(err, all, key, "'%s' cannot be read: %s",
		    conf->ca_file, strerror(errno));
	}
	snprintf(key, sizeof(key), "relay.%s.password_file", conf->name);
	if (conf->password_file[0] != '\0' &&
	    conf_secret(all, key, conf->password_file, password,
		sizeof(password), err) != 0)
		return -1;
	rc = smtp_new(&channel->smtp, parts->loop, &relay, &events, err);
	explicit_bzero(password, sizeof(password));
	if (rc != 0)
		return err_wrap(err, "relay '%s'", conf->name);
	(void)str_fit(
	    channel->down.name, sizeof(channel->down.name), conf->name);
	return trouble_find(parts->cargo.db, &channel->down, err) < 0 ? -1 : 0;
}

void
channel_release(struct channel *channel)
{
	smtp_free(channel->smtp);
	for (size_t i = 0; channel->lanes != NULL && i < channel->count; i++)
		cargo_release(&channel->lanes[i].cargo);
	free(channel->lanes);
}

/* ---- before the transaction */

bool
channel_usable(const struct channel *channel, int64_t now)
{
	return channel->recovered || trouble_due(&channel->down, now);
}

bool
channel_has_room(const struct channel *channel, int64_t now)
{
	if (!channel_usable(channel, now) || channel->open == channel->count)
		return false;
	/* One that was down is tried by a single connection. */
	return channel->down.retry_at == 0 || channel->recovered ||
	       channel->open == 0;
}

size_t
channel_count(const struct channel *channel, enum lane_state state)
{
	size_t n = 0;

	for (size_t i = 0; i < channel->count; i++)
		n += channel->lanes[i].state == state;
	return n;
}

bool
channel_open(struct channel *channel)
{
	struct lane *lane = channel->lanes;
	struct err err = ERR_INIT;

	while (lane->state != LANE_FREE)
		lane++;
	if (smtp_open(channel->smtp, lane, &lane->conn, &err) != 0) {
		str_cut(channel->trouble, sizeof(channel->trouble), err.msg);
		return false;
	}
	lane->state = LANE_OPENING;
	lane->ready = false;
	lane->carried = 0;
	channel->open++;
	return true;
}

/* False where the database is busy: again soon. Any other failure of composing
 * is the row's own: it is noted like a relay's answer. */
static bool
lane_load(struct lane *lane, const struct outbox *row, int64_t now)
{
	struct err err = ERR_INIT;
	int rc =
	    cargo_load(&lane->cargo, &lane->channel->parts, row, now, &err);

	if (rc != 0 && err.code == ERR_BUSY)
		return false;
	lane->state = rc == 0 ? LANE_LOADED : LANE_DONE;
	if (rc == 0)
		return true;
	lane->cargo.row = *row;
	lane->result = (struct smtp_result){.outcome = SMTP_DEFERRED};
	log_line(LOG_ERROR, "compose", "row=%lld why=\"%s\"",
	    (long long)row->id, err.msg);
	(void)err_wrap(&err, "cannot compose");
	str_cut(lane->result.text, sizeof(lane->result.text), err.msg);
	return true;
}

static bool
rate_allows(struct channel *channel)
{
	int64_t now_ms = clock_mono_ms();
	int64_t rate = channel->conf->rate;

	if (rate == 0)
		return true;
	if (channel->free_at_ms > now_ms)
		return false;
	channel->free_at_ms = now_ms + 1000 * channel->all->senders / rate;
	return true;
}

/* One that was down is tried by one message before it gets more. */
static bool
channel_takes(const struct channel *channel, int64_t now)
{
	if (channel->down.retry_at == 0 || channel->recovered)
		return true;
	return channel_usable(channel, now) &&
	       channel_count(channel, LANE_LOADED) == 0 &&
	       channel_count(channel, LANE_SENDING) == 0 &&
	       channel_count(channel, LANE_DONE) == 0;
}

bool
channel_load(struct channel *channel, const struct outbox *row, int64_t now)
{
	if (!channel_takes(channel, now))
		return false;
	for (size_t i = 0; i < channel->count; i++) {
		if (channel->lanes[i].state != LANE_IDLE)
			continue;
		return rate_allows(channel) &&
		       lane_load(&channel->lanes[i], row, now);
	}
	return false;
}

void
channel_close_idle(struct channel *channel, int64_t idle_ms)
{
	int64_t since_ms = clock_mono_ms() - idle_ms;

	for (size_t i = 0; i < channel->count; i++) {
		struct lane *lane = &channel->lanes[i];

		if (lane->state != LANE_IDLE || lane->idle_since_ms > since_ms)
			continue;
		lane->state = LANE_CLOSING;
		smtp_close(lane->conn);
	}
}

/* ---- within the transaction */

static int
settle(struct db *db, const struct lane *lane, int64_t now, struct err *err)
{
	struct outbox row = lane->cargo.row;
	const struct settle_case of = {
	    .result = &lane->result,
	    .relay = lane->channel->conf->name,
	    .policy = lane->cargo.list.unknown,
	};

	return settle_row(db, &row, &of, now, err);
}

static int
note_health(
    struct db *db, struct channel *channel, int64_t now, struct err *err)
{
	struct trouble down = channel->down;

	if (channel->recovered) {
		return trouble_over(
			   db, TROUBLE_RELAY, channel->conf->name, err) < 0
			   ? -1
			   : 0;
	}
	if (channel->trouble[0] == '\0')
		return 0;
	str_cut(down.error, sizeof(down.error), channel->trouble);
	if (trouble_failed(db, &down, now, err) != 0)
		return -1;
	channel->down = down;
	return 0;
}

/* A lane whose connection went away before its message could start gives the
 * row back untouched. */
static int
note_start(struct db *db, struct lane *lane, int64_t now, struct err *err)
{
	struct outbox row = lane->cargo.row;
	int rc;

	lane->started = false;
	if (lane->conn == NULL) {
		return outbox_move(db, &row, OUTBOX_RELEASE, NULL, now, err) < 0
			   ? -1
			   : 0;
	}
	rc = cargo_start(&lane->cargo, db, now, err);
	lane->started = rc == 1;
	return rc < 0 ? -1 : 0;
}

bool
channel_has_news(const struct channel *channel)
{
	return channel->recovered || channel->trouble[0] != '\0' ||
	       channel_count(channel, LANE_DONE) > 0 ||
	       channel_count(channel, LANE_LOADED) > 0;
}

int
channel_note_results(struct channel *channel, int64_t now, struct err *err)
{
	struct db *db = channel->parts.db;
	int rc = 0;

	for (size_t i = 0; i < channel->count && rc == 0; i++) {
		if (channel->lanes[i].state == LANE_DONE)
			rc = settle(db, &channel->lanes[i], now, err);
	}
	return rc;
}

int
channel_note(struct channel *channel, int64_t now, struct err *err)
{
	struct db *db = channel->parts.db;
	int rc = channel_note_results(channel, now, err);

	for (size_t i = 0; i < channel->count && rc == 0; i++) {
		if (channel->lanes[i].state == LANE_LOADED)
			rc = note_start(db, &channel->lanes[i], now, err);
	}
	return rc == 0 ? note_health(db, channel, now, err) : -1;
}

/* ---- after the commit */

static void
log_result(const struct lane *lane)
{
	static const char *const names[] = {
	    [SMTP_SENT] = "sent",
	    [SMTP_DEFERRED] = "deferred",
	    [SMTP_FAILED] = "failed",
	    [SMTP_UNKNOWN] = "unknown",
	    [SMTP_RELAY] = "deferred",
	};
	const struct outbox *row = &lane->cargo.row;

	log_line(LOG_INFO, names[lane->result.outcome],
	    "row=%lld issue=%lld to=%lld relay=%s reply=%d status=%s",
	    (long long)row->id, (long long)row->issue_id,
	    (long long)row->subscription_id, lane->channel->conf->name,
	    lane->result.code,
	    lane->result.status[0] ? lane->result.status : "-");
}

static void
lane_rest(struct lane *lane)
{
	cargo_release(&lane->cargo);
	lane->idle_since_ms = clock_mono_ms();
	if (lane->conn == NULL) {
		lane->state = LANE_FREE;
	} else {
		lane->state = lane->ready ? LANE_IDLE : LANE_OPENING;
	}
}

static void
lane_send(struct lane *lane)
{
	const struct smtp_message message = {
	    .sender = lane->cargo.sender,
	    .recipient = lane->cargo.subscription.address,
	    .data = lane->cargo.message.data,
	    .len = lane->cargo.message.len,
	};
	struct err err = ERR_INIT;

	if (!lane->started) {
		lane_rest(lane);
		return;
	}
	lane->started = false;
	lane->cargo.row.state = OUTBOX_STARTED;
	lane->cargo.row.attempts++;
	lane->state = LANE_SENDING;
	lane->ready = false;
	if (smtp_send(lane->conn, &message, &err) == 0)
		return;
	lane->ready = true;
	lane->result = (struct smtp_result){
	    .outcome = err.code == ERR_INPUT ? SMTP_FAILED : SMTP_DEFERRED};
	str_cut(lane->result.text, sizeof(lane->result.text), err.msg);
	lane->state = LANE_DONE;
}

static void
proceed_lane(struct lane *lane)
{
	if (lane->state == LANE_DONE) {
		log_result(lane);
		lane_rest(lane);
	} else if (lane->state == LANE_LOADED) {
		lane_send(lane);
	}
}

void
channel_proceed(struct channel *channel)
{
	if (channel->recovered) {
		log_line(
		    LOG_INFO, "relay", "name=%s state=ok", channel->conf->name);
		channel->down.retry_at = 0;
	} else if (channel->trouble[0] != '\0') {
		log_line(LOG_WARN, "relay",
		    "name=%s state=down failures=%lld why=\"%s\"",
		    channel->conf->name, (long long)channel->down.failures,
		    channel->trouble);
	}
	channel->recovered = false;
	channel->trouble[0] = '\0';
	for (size_t i = 0; i < channel->count; i++)
		proceed_lane(&channel->lanes[i]);
}
