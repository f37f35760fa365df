/* SPDX-License-Identifier: ISC */
#include "flow/deliver.h"

#include "base/clock.h"
#include "base/log.h"
#include "flow/channel.h"
#include "flow/rescue.h"
#include "model/outbox.h"
#include "model/outbox_queue.h"
#include "model/worker.h"

#include <stdlib.h>

#define BATCH 256 /* rows leased at a time, at most */
#define AHEAD                                                                  \
	2                  /* rows for each lane: more would keep a confirm    \
			    * mail waiting behind a digest */
#define IDLE_CLOSE_MS 5000 /* that a connection without work is kept */
#define AGAIN_MS      20   /* until a busy database is asked again */
#define TROUBLE_MS    1000 /* until a failing one is */
#define RATE_MS       5    /* how finely a rate is kept */

struct deliver {
	struct deliver_parts parts;
	struct cargo_cache cache;
	struct channel channels[CONF_RELAYS];
	size_t count;
	struct rescue rescue;
	struct outbox batch[BATCH]; /* leased rows, next first */
	int batched, taken;
	bool hungry; /* rows may be due that are not leased */
	bool draining;
	int64_t again_at_ms; /* not before; 0: at once */
};

static int
init_channels(struct deliver *deliver, struct err *err)
{
	const struct deliver_parts *parts = &deliver->parts;
	const struct channel_parts made_of = {
	    .loop = parts->loop,
	    .conf = parts->conf,
	    .cargo = {.db = parts->db,
		.kit = parts->kit,
		.ring = parts->ring,
		.cache = &deliver->cache},
	    .hello = parts->hello,
	};

	while (deliver->count < parts->conf->relays) {
		size_t i = deliver->count++;

		if (channel_init(&deliver->channels[i], &made_of,
			&parts->conf->relay[i], err) != 0)
			return -1;
	}
	return 0;
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
		if (channel_note_results(&deliver->channels[i], now, err) != 0)
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
		if (channel_count(&deliver->channels[i], LANE_DONE) > 0)
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
	cargo_cache_release(&deliver->cache);
	if (deliver->rescue.lock >= 0 &&
	    rescue_leave(&deliver->rescue, deliver->parts.db, now, &err) != 0)
		log_line(LOG_ERROR, "worker", "why=\"%s\"", err.msg);
	free(deliver);
}

static bool
batch_empty(const struct deliver *deliver)
{
	return deliver->taken == deliver->batched;
}

/* ---- before the transaction */

static bool
load_one(struct deliver *deliver, int64_t now)
{
	const struct outbox *row = &deliver->batch[deliver->taken];

	for (size_t i = 0; i < deliver->count; i++) {
		if (channel_load(&deliver->channels[i], row, now)) {
			deliver->taken++;
			return true;
		}
	}
	return false;
}

/* Of the relays that have room, the one that is least busy for its weight. */
static struct channel *
least_busy(struct deliver *deliver, int64_t now)
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
	int64_t waiting = deliver->batched - deliver->taken;
	struct channel *channel;

	for (size_t i = 0; i < deliver->count; i++) {
		waiting -=
		    (int64_t)channel_count(&deliver->channels[i], LANE_OPENING);
		waiting -=
		    (int64_t)channel_count(&deliver->channels[i], LANE_IDLE);
	}
	for (; waiting > 0; waiting--) {
		channel = least_busy(deliver, now);
		if (channel == NULL || !channel_open(channel))
			return;
	}
}

/* ---- within the transaction */

static bool
any_usable(const struct deliver *deliver, int64_t now)
{
	for (size_t i = 0; i < deliver->count; i++) {
		if (channel_usable(&deliver->channels[i], now))
			return true;
	}
	return false;
}

/* Leased rows go back where nobody can take them off us for now. */
static int
give_back(struct deliver *deliver, int64_t now, struct err *err)
{
	for (int i = deliver->taken; i < deliver->batched; i++) {
		struct outbox row = deliver->batch[i];

		if (outbox_move(deliver->parts.db, &row, OUTBOX_RELEASE, NULL,
			now, err) < 0)
			return -1;
	}
	return 0;
}

/* New rows, where there is a use for them. Returns how many, or -1. Who was
 * taken for dead leases none until it has joined anew: nobody would look for
 * rows under its old name. */
static int
lease(
    struct deliver *deliver, int64_t now, struct outbox *fresh, struct err *err)
{
	struct outbox_queue queue = {.issue_id = -1};
	struct outbox_queue_claim claim = {
	    .owner = deliver->rescue.self.uuid, .queue = &queue, .max = 0};
	struct db *db = deliver->parts.db;
	int alive = worker_beat(db, claim.owner, now, err);
	int leased = 0;
	int more = 1;

	if (alive != 1)
		return alive;
	for (size_t i = 0; i < deliver->count; i++)
		claim.max += (int)deliver->channels[i].count * AHEAD;
	if (claim.max > BATCH)
		claim.max = BATCH;
	if (outbox_queue_ripen(db, now, 1000, err) < 0)
		return -1;
	while (
	    claim.max > 0 && (more = outbox_queue_next(db, &queue, err)) == 1) {
		int n = outbox_queue_claim(db, &claim, fresh + leased, err);

		if (n < 0)
			return -1;
		leased += n;
		claim.max -= n;
	}
	return more < 0 ? -1 : leased;
}

/* What the turn has to write. */
struct turn {
	bool notes;   /* results, starts, relays */
	bool release; /* the batch goes back */
	bool claim;
};

static struct turn
plan(const struct deliver *deliver, int64_t now)
{
	bool usable = any_usable(deliver, now) && !deliver->draining;
	bool empty = batch_empty(deliver);
	struct turn turn = {.release = !usable && !empty,
	    .claim = usable && empty && deliver->hungry};

	for (size_t i = 0; i < deliver->count; i++) {
		turn.notes |= channel_has_news(&deliver->channels[i]);
	}
	return turn;
}

/* Everything in one commit. Returns the rows leased, or -1: then nothing has
 * happened. */
static int
write_turn(struct deliver *deliver, const struct turn *turn, int64_t now,
    struct outbox *fresh, struct err *err)
{
	struct db *db = deliver->parts.db;
	int leased = 0;

	if (db_begin(db, err) != 0)
		return -1;
	for (size_t i = 0; i < deliver->count; i++) {
		if (channel_note(&deliver->channels[i], now, err) != 0)
			goto undo;
	}
	if (turn->release && give_back(deliver, now, err) != 0)
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
proceed(struct deliver *deliver, const struct turn *turn, int leased)
{
	if (turn->release) {
		deliver->batched = deliver->taken = 0;
		deliver->hungry = true;
	}
	if (turn->claim) {
		deliver->batched = leased;
		deliver->taken = 0;
		deliver->hungry = leased > 0;
	}
	for (size_t i = 0; i < deliver->count; i++)
		channel_proceed(&deliver->channels[i]);
}

/* One commit may make the next one possible (a lease gives rows to load), so
 * it goes round until there is nothing to write. */
void
deliver_turn(struct deliver *deliver, int64_t now)
{
	struct outbox fresh[BATCH];
	struct err err = ERR_INIT;
	struct turn turn;
	int leased;

	if (deliver->again_at_ms > clock_mono_ms())
		return;
	deliver->again_at_ms = 0;
	for (;;) {
		while (!deliver->draining && !batch_empty(deliver) &&
		       load_one(deliver, now))
			;
		turn = plan(deliver, now);
		if (!turn.notes && !turn.release && !turn.claim)
			break;
		leased = write_turn(deliver, &turn, now, fresh, &err);
		if (leased < 0) {
			postpone(deliver, &err);
			return;
		}
		for (int i = 0; i < leased; i++)
			deliver->batch[i] = fresh[i];
		proceed(deliver, &turn, leased);
	}
	if (!deliver->draining)
		open_lanes(deliver, now);
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
		deliver->batched = deliver->taken = 0;
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
	bool busy = !batch_empty(deliver);

	deliver->draining = true;
	for (size_t i = 0; i < deliver->count; i++) {
		const struct channel *channel = &deliver->channels[i];

		busy |= channel_count(channel, LANE_LOADED) > 0 ||
			channel_count(channel, LANE_SENDING) > 0 ||
			channel_count(channel, LANE_DONE) > 0;
	}
	return !busy;
}

int64_t
deliver_patience(const struct deliver *deliver)
{
	int64_t left = deliver->again_at_ms - clock_mono_ms();

	if (deliver->again_at_ms != 0)
		return left > 0 ? left : 0;
	for (size_t i = 0; i < deliver->count; i++) {
		const struct channel *channel = &deliver->channels[i];

		if (channel->conf->rate > 0 && !batch_empty(deliver) &&
		    channel_count(channel, LANE_IDLE) > 0)
			return RATE_MS;
	}
	return -1;
}
