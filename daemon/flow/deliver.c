/* SPDX-License-Identifier: ISC */
#include "flow/deliver.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "flow/channel.h"
#include "flow/lease.h"
#include "flow/rescue.h"
#include "flow/settle.h"
#include "model/outbox.h"
#include "model/outbox_queue.h"
#include "model/worker.h"

#include <stdlib.h>

#define AHEAD                                                                  \
	4 /* rows in hand for each lane: more would keep a confirm mail        \
	   * waiting behind a digest */
#define SPARE         16   /* room for such mail in a full hold */
#define IDLE_CLOSE_MS 5000 /* that a connection without work is kept */
#define AGAIN_MS      20   /* until a busy database is asked again */
#define TROUBLE_MS    1000 /* until a failing one is */

struct deliver {
	struct deliver_parts parts;
	struct cargo_cache cache;
	struct hold hold;
	struct lease lease;
	struct channel channels[CONF_RELAYS];
	size_t count;
	size_t lanes; /* of all channels */
	struct rescue rescue;
	bool hungry; /* rows may be due that are not leased */
	bool draining;
	int64_t again_at_ms; /* not before; 0: at once */
};

static int
init_channels(struct deliver *deliver, struct err *err)
{
	const struct deliver_parts *parts = &deliver->parts;
	const struct channel_parts made_of = {.loop = parts->loop,
	    .conf = parts->conf,
	    .db = parts->db,
	    .hold = &deliver->hold,
	    .hello = parts->hello};
	const struct cargo_parts cargo = {.db = parts->db,
	    .kit = parts->kit,
	    .ring = parts->ring,
	    .cache = &deliver->cache};

	while (deliver->count < parts->conf->relays) {
		size_t i = deliver->count++;

		if (channel_init(&deliver->channels[i], &made_of,
			&parts->conf->relay[i], err) != 0)
			return -1;
		deliver->lanes += deliver->channels[i].count;
	}
	return hold_init(&deliver->hold, &cargo, deliver->lanes, err);
}

int
deliver_new(struct deliver **out, const struct deliver_parts *parts,
    int64_t now, struct err *err)
{
	struct deliver *deliver = calloc(1, sizeof(*deliver));

	if (deliver == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	deliver->parts = *parts;
	deliver->rescue.lock = -1;
	deliver->hungry = true;
	if (init_channels(deliver, err) != 0 ||
	    rescue_join(&deliver->rescue, parts->db, parts->conf->database, now,
		err) != 0 ||
	    rescue_dead(&deliver->rescue, parts->db, now, err) < 0) {
		deliver_free(deliver, now);
		return -1;
	}
	*out = deliver;
	return 0;
}

/* Results that a busy database kept from being written. */
static int
note_last(struct deliver *deliver, int64_t now, struct err *err)
{
	struct db *db = deliver->parts.db;

	if (db_begin(db, err) != 0)
		return -1;
	for (size_t i = 0; i < deliver->count; i++) {
		if (channel_note_results(&deliver->channels[i], db, now, err) !=
		    0)
			goto undo;
	}
	if (db_commit(db, err) == 0)
		return 0;
undo:
	db_rollback(db);
	return -1;
}

static bool
any_done(const struct deliver *deliver)
{
	for (size_t i = 0; i < deliver->count; i++) {
		if (deliver->channels[i].lane_count[LANE_DONE] > 0)
			return true;
	}
	return false;
}

void
deliver_free(struct deliver *deliver, int64_t now)
{
	struct err err = ERR_INIT;

	if (deliver == NULL)
		return;
	if (deliver->rescue.lock >= 0 && any_done(deliver) &&
	    note_last(deliver, now, &err) != 0)
		log_line(LOG_ERROR, "results", "why=\"%s\"", err.msg);
	for (size_t i = 0; i < deliver->count; i++)
		channel_release(&deliver->channels[i]);
	hold_release(&deliver->hold);
	cargo_cache_release(&deliver->cache);
	if (deliver->rescue.lock >= 0 &&
	    rescue_leave(&deliver->rescue, deliver->parts.db, now, &err) != 0)
		log_line(LOG_ERROR, "worker", "why=\"%s\"", err.msg);
	free(deliver);
}

/* ---- before the transaction */

/* Of the relays that take a message now, the one that is least busy for its
 * weight. */
static struct channel *
least_busy(struct deliver *deliver, int64_t now)
{
	struct channel *best = NULL;

	for (size_t i = 0; i < deliver->count; i++) {
		struct channel *at = &deliver->channels[i];

		if (channel_takes(at, now) > 0 &&
		    (best == NULL ||
			(int64_t)at->paired * best->conf->weight <
			    (int64_t)best->paired * at->conf->weight))
			best = at;
	}
	return best;
}

/* Makes messages, and gives each connection at rest its next one. */
static void
load(struct deliver *deliver, int64_t now)
{
	struct channel *channel;
	size_t takes = 0;

	for (size_t i = 0; i < deliver->count; i++)
		takes += channel_takes(&deliver->channels[i], now);
	if (takes == 0)
		return;
	hold_make(&deliver->hold, takes, now);
	while (deliver->hold.ready > 0) {
		channel = least_busy(deliver, now);
		if (channel == NULL)
			return;
		channel_pair(channel, hold_take(&deliver->hold, 0));
	}
}

/* Of the relays that have room, the one that is least busy for its weight. */
static struct channel *
roomiest(struct deliver *deliver, int64_t now)
{
	struct channel *best = NULL;

	for (size_t i = 0; i < deliver->count; i++) {
		struct channel *at = &deliver->channels[i];

		if (channel_has_room(at, now) &&
		    (best == NULL ||
			(int64_t)at->open * best->conf->weight <
			    (int64_t)best->open * at->conf->weight))
			best = at;
	}
	return best;
}

/* A connection for each row that waits, those on their way counted. */
static void
open_lanes(struct deliver *deliver, int64_t now)
{
	int64_t waiting = (int64_t)hold_count(&deliver->hold);
	struct channel *channel;

	for (size_t i = 0; i < deliver->count; i++) {
		const size_t *n = deliver->channels[i].lane_count;

		waiting -= (int64_t)(n[LANE_OPENING] + n[LANE_IDLE]);
	}
	for (; waiting > 0; waiting--) {
		channel = roomiest(deliver, now);
		if (channel == NULL || !channel_open(channel))
			return;
	}
}

/* ---- within the transaction */

/* How many rows to have in hand. */
static size_t
wanted(const struct deliver *deliver)
{
	size_t most = deliver->lanes * AHEAD;

	return most < HOLD_ROWS - SPARE ? most : HOLD_ROWS - SPARE;
}

static bool
any_usable(const struct deliver *deliver, int64_t now)
{
	for (size_t i = 0; i < deliver->count; i++) {
		if (channel_usable(&deliver->channels[i], now))
			return true;
	}
	return false;
}

/* New rows, where there is room for them. Returns how many, or -1. Who was
 * taken for dead leases none until it has joined anew: nobody would look for
 * rows under its old name. */
static int
lease(struct deliver *deliver, int64_t now, struct cargo_slip *fresh,
    struct err *err)
{
	const struct lease_ask ask = {
	    .owner = deliver->rescue.self.uuid,
	    .now = now,
	    .held = hold_count(&deliver->hold),
	    .room = wanted(deliver) - hold_count(&deliver->hold),
	};
	int alive = worker_beat(deliver->parts.db, ask.owner, now, err);

	return alive == 1 ? lease_rows(&deliver->lease, &ask, fresh, err)
			  : alive;
}

/* A row whose message could not be made: it is its own fault. */
static int
note_spoilt(struct deliver *deliver, int64_t now, struct err *err)
{
	struct outbox row = deliver->hold.spoilt->row;
	struct smtp_result result = {.outcome = SMTP_DEFERRED};
	const struct settle_case of = {.result = &result, .relay = ""};
	struct err why = deliver->hold.why;

	(void)err_wrap(&why, "cannot compose");
	str_cut(result.text, sizeof(result.text), why.msg);
	return settle_row(deliver->parts.db, &row, &of, now, err);
}

/* What the turn has to write. */
struct turn {
	bool notes;   /* results, starts, relays */
	bool release; /* the hold goes back */
	bool claim;
};

static struct turn
plan(const struct deliver *deliver, int64_t now)
{
	bool usable = any_usable(deliver, now) && !deliver->draining;
	size_t had = hold_count(&deliver->hold);
	struct turn turn = {.notes = deliver->hold.spoilt != NULL,
	    .release = !usable && had > 0,
	    .claim = usable && deliver->hungry && had <= wanted(deliver) / 2};

	for (size_t i = 0; i < deliver->count; i++) {
		turn.notes |= channel_has_news(&deliver->channels[i]);
	}
	return turn;
}

/* Everything in one commit. Returns the rows leased, or -1: then nothing has
 * happened. */
static int
write_turn(struct deliver *deliver, const struct turn *turn, int64_t now,
    struct cargo_slip *fresh, struct err *err)
{
	struct db *db = deliver->parts.db;
	int leased = 0;

	if (db_begin(db, err) != 0)
		return -1;
	for (size_t i = 0; i < deliver->count; i++) {
		if (channel_note(&deliver->channels[i], db, now, err) != 0)
			goto undo;
	}
	if (deliver->hold.spoilt != NULL && note_spoilt(deliver, now, err) != 0)
		goto undo;
	if (turn->release && hold_give_back(&deliver->hold, db, err) != 0)
		goto undo;
	if (turn->claim) {
		leased = lease(deliver, now, fresh, err);
		if (leased < 0)
			goto undo;
	}
	if (db_commit(db, err) != 0)
		goto undo;
	return leased;
undo:
	db_rollback(db);
	return -1;
}

/* ---- the turn */

static void
postpone(struct deliver *deliver, const struct err *err)
{
	bool busy = err->code == ERR_BUSY;

	if (!busy)
		log_line(LOG_ERROR, "turn", "why=\"%s\"", err->msg);
	deliver->again_at_ms = clock_mono_ms() + (busy ? AGAIN_MS : TROUBLE_MS);
}

static void
proceed(struct deliver *deliver, const struct turn *turn,
    const struct cargo_slip *fresh, int leased)
{
	struct hold *hold = &deliver->hold;

	if (hold->spoilt != NULL) {
		log_line(LOG_ERROR, "compose", "row=%lld why=\"%s\"",
		    (long long)hold->spoilt->row.id, hold->why.msg);
		hold_empty(hold, hold->spoilt);
		hold->spoilt = NULL;
		deliver->hungry = true;
	}
	if (turn->release) {
		hold_clear(hold);
		deliver->hungry = true;
	}
	if (turn->claim) {
		hold_put(hold, fresh, (size_t)leased);
		deliver->hungry = leased > 0;
	}
	for (size_t i = 0; i < deliver->count; i++)
		channel_proceed(&deliver->channels[i]);
}

/* Nothing has happened: what was to start waits, as it can be that its
 * connection goes away meanwhile. */
static void
put_off(struct deliver *deliver, const struct err *err)
{
	for (size_t i = 0; i < deliver->count; i++) {
		struct channel *channel = &deliver->channels[i];

		channel_unpair(channel, channel->paired);
	}
	postpone(deliver, err);
}

/* One commit may make the next one possible (a lease gives rows to load), so
 * it goes round until there is nothing to write. */
void
deliver_turn(struct deliver *deliver, int64_t now)
{
	struct cargo_slip fresh[HOLD_ROWS];
	struct err err = ERR_INIT;
	struct turn turn;
	int leased;

	if (deliver->again_at_ms > clock_mono_ms())
		return;
	deliver->again_at_ms = 0;
	for (;;) {
		if (!deliver->draining)
			load(deliver, now);
		turn = plan(deliver, now);
		if (!turn.notes && !turn.release && !turn.claim)
			break;
		leased = write_turn(deliver, &turn, now, fresh, &err);
		if (leased < 0) {
			put_off(deliver, &err);
			return;
		}
		proceed(deliver, &turn, fresh, leased);
	}
	if (!deliver->draining)
		open_lanes(deliver, now);
	/* While the relays work, so do we: the next ones are made. */
	hold_make(&deliver->hold, deliver->lanes, now);
}

void
deliver_tick(struct deliver *deliver, int64_t now)
{
	struct db *db = deliver->parts.db;
	struct err err = ERR_INIT;
	int joined = rescue_beat(&deliver->rescue, db, now, &err);
	int due;

	/* Who was taken for dead has lost what it had leased. */
	if (joined == 1)
		hold_clear(&deliver->hold);
	due = joined < 0 || rescue_dead(&deliver->rescue, db, now, &err) < 0
		  ? -1
		  : outbox_queue_ripen(db, now, 1, &err);
	if (due < 0 && err.code != ERR_BUSY)
		log_line(LOG_ERROR, "tick", "why=\"%s\"", err.msg);
	if (due >= 0)
		deliver->hungry = true;
	for (size_t i = 0; i < deliver->count; i++)
		channel_close_idle(&deliver->channels[i], IDLE_CLOSE_MS);
}

bool
deliver_drained(struct deliver *deliver)
{
	bool busy = hold_count(&deliver->hold) > 0;

	deliver->draining = true;
	for (size_t i = 0; i < deliver->count; i++) {
		const struct channel *channel = &deliver->channels[i];

		busy |= channel->paired > 0 ||
			channel->lane_count[LANE_SENDING] > 0 ||
			channel->lane_count[LANE_DONE] > 0;
	}
	return !busy;
}

int64_t
deliver_patience(const struct deliver *deliver)
{
	int64_t left = deliver->again_at_ms - clock_mono_ms();

	if (deliver->again_at_ms != 0)
		return left > 0 ? left : 0;
	return -1;
}
