/* SPDX-License-Identifier: ISC */
#include "flow/deliver.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "flow/control.h"
#include "flow/fleet.h"
#include "flow/meter.h"
#include "flow/notice.h"
#include "flow/paced.h"
#include "flow/rescue.h"
#include "flow/settle.h"
#include "flow/stock.h"
#include "model/outbox_queue.h"

#include <stdlib.h>

#define PORTION                                                                \
	4 /* messages made, each for a third of a millisecond where it is      \
	   * signed, before the connections have their turn again */
#define GATHER_MS     1    /* that a result waits for others */
#define IDLE_CLOSE_MS 5000 /* that a connection without work is kept */
#define AGAIN_MS      20   /* until a busy database is asked again */
#define TROUBLE_MS    1000 /* until a failing one is */

struct deliver {
	struct deliver_parts parts;
	struct cargo_cache cache;
	struct stock stock;
	struct strikes strikes;
	struct fleet fleet;
	struct rescue rescue;
	struct meter_now now;
	bool draining;
	int64_t again_at_ms;      /* not before; 0: at once */
	int64_t gathers_until_ms; /* 0: it does not */
};

static int
init_parts(struct deliver *deliver, struct err *err)
{
	const struct deliver_parts *parts = &deliver->parts;
	const struct channel_parts made_of = {.loop = parts->loop,
	    .conf = parts->conf,
	    .db = parts->db,
	    .hold = &deliver->stock.hold,
	    .hello = parts->hello,
	    .strikes = &deliver->strikes,
	    .now = &deliver->now};
	const struct stock_parts stock = {
	    .cargo = {.db = parts->db,
		.kit = parts->kit,
		.ring = parts->ring,
		.cache = &deliver->cache},
	    .lease = {.db = parts->db,
		.conf = parts->conf,
		.strikes = &deliver->strikes},
	    .fleet = &deliver->fleet,
	    .now = &deliver->now,
	    .steady = parts->steady,
	};

	if (fleet_init(&deliver->fleet, &made_of, err) != 0)
		return -1;
	return stock_init(&deliver->stock, &stock, err);
}

static int
make_domains(struct deliver *deliver, struct err *err)
{
	struct db *db = deliver->parts.db;

	if (db_begin(db, err) != 0)
		return -1;
	if (paced_ensure(db, deliver->parts.conf, &deliver->now.at, err) == 0 &&
	    db_commit(db, err) == 0)
		return 0;
	db_rollback(db);
	return -1;
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
	meter_clock(&deliver->now, parts->conf, now);
	if (init_parts(deliver, err) != 0 || make_domains(deliver, err) != 0 ||
	    rescue_join(&deliver->rescue, parts->db, parts->conf->database, now,
		err) != 0 ||
	    rescue_dead(&deliver->rescue, parts->db, now, err) < 0) {
		deliver_free(deliver, now);
		return -1;
	}
	*out = deliver;
	return 0;
}

void
deliver_beside(struct deliver *deliver, const struct deliver *former)
{
	deliver->fleet.former = former != NULL ? &former->fleet : NULL;
}

/* Results that a busy database kept from being written. */
static int
note_last(struct deliver *deliver, struct err *err)
{
	struct db *db = deliver->parts.db;

	if (db_begin(db, err) != 0)
		return -1;
	if (fleet_note_results(&deliver->fleet, db, &deliver->now, err) == 0 &&
	    db_commit(db, err) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

void
deliver_free(struct deliver *deliver, int64_t now)
{
	struct err err = ERR_INIT;

	if (deliver == NULL)
		return;
	meter_clock(&deliver->now, deliver->parts.conf, now);
	if (deliver->rescue.lock >= 0 && fleet_busy(&deliver->fleet) &&
	    note_last(deliver, &err) != 0)
		log_line(LOG_ERROR, "results", "why=\"%s\"", err.msg);
	fleet_release(&deliver->fleet);
	stock_release(&deliver->stock);
	cargo_cache_release(&deliver->cache);
	if (deliver->rescue.lock >= 0 &&
	    rescue_leave(&deliver->rescue, deliver->parts.db, now, &err) != 0)
		log_line(LOG_ERROR, "worker", "why=\"%s\"", err.msg);
	free(deliver);
}

/* ---- within the transaction */

/* A row whose message could not be made: it is its own fault. */
static int
note_spoilt(struct deliver *deliver, struct err *err)
{
	const struct hold *hold = &deliver->stock.hold;
	struct outbox row = hold->spoilt->row;
	struct smtp_result result = {.outcome = SMTP_DEFERRED};
	const struct settle_case of = {
	    .result = &result, .relay = "", .fault = true};

	str_cut(result.text, sizeof(result.text), hold->why.msg);
	return settle_row(deliver->parts.db, &row, &of, deliver->now.s, err) < 0
		   ? -1
		   : 0;
}

/* What the turn has to write. */
struct turn {
	bool notes; /* results, starts, relays */
	struct stock_turn stock;
};

static struct turn
plan(const struct deliver *deliver)
{
	return (struct turn){.notes = deliver->stock.hold.spoilt != NULL ||
				      fleet_has_news(&deliver->fleet),
	    .stock = stock_plan(&deliver->stock, deliver->draining)};
}

/* Everything in one commit. Returns the rows leased, or -1: then nothing has
 * happened. */
static int
write_turn(struct deliver *deliver, const struct turn *turn,
    struct cargo_slip *fresh, struct err *err)
{
	struct db *db = deliver->parts.db;
	int leased;

	if (db_begin(db, err) != 0)
		return -1;
	if (fleet_note(&deliver->fleet, db, &deliver->now, err) != 0)
		goto undo;
	if (deliver->stock.hold.spoilt != NULL &&
	    note_spoilt(deliver, err) != 0)
		goto undo;
	leased = stock_note(&deliver->stock, &turn->stock,
	    deliver->rescue.self.uuid, fresh, err);
	if (leased < 0 || db_commit(db, err) != 0)
		goto undo;
	return leased;
undo:
	db_rollback(db);
	return -1;
}

/* ---- the turn */

/* Nothing has happened: what was to start waits, as it can be that its
 * connection goes away meanwhile. */
static void
put_off(struct deliver *deliver, const struct err *err)
{
	bool busy = err->code == ERR_BUSY;

	if (!busy)
		log_line(LOG_ERROR, "turn", "why=\"%s\"", err->msg);
	fleet_unload(&deliver->fleet);
	deliver->again_at_ms = clock_mono_ms() + (busy ? AGAIN_MS : TROUBLE_MS);
}

static void
drop_spoilt(struct hold *hold)
{
	log_line(LOG_ERROR, "compose", "row=%lld why=\"%s\"",
	    (long long)hold->spoilt->row.id, hold->why.msg);
	hold_empty(hold, hold->spoilt);
	hold->spoilt = NULL;
}

static void
proceed(struct deliver *deliver, const struct turn *turn,
    const struct cargo_slip *fresh, int leased)
{
	if (deliver->stock.hold.spoilt != NULL)
		drop_spoilt(&deliver->stock.hold);
	stock_proceed(&deliver->stock, &turn->stock, fresh, leased);
	fleet_proceed(&deliver->fleet, &deliver->now);
	if (fleet_wants_more(&deliver->fleet))
		stock_hunger(&deliver->stock, false);
}

/* A commit costs the same for one result as for all: those that are about to
 * come are waited for, but not for long, as their connections are at rest. */
static bool
gathers(struct deliver *deliver)
{
	int64_t now_ms = clock_mono_ms();

	if (!fleet_gathers(&deliver->fleet)) {
		deliver->gathers_until_ms = 0;
		return false;
	}
	if (deliver->gathers_until_ms == 0)
		deliver->gathers_until_ms = now_ms + GATHER_MS;
	return now_ms < deliver->gathers_until_ms;
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
	stock_wake(&deliver->stock);
	while (!gathers(deliver)) {
		deliver->gathers_until_ms = 0;
		meter_clock(&deliver->now, deliver->parts.conf, now);
		if (!deliver->draining && !stock_waits(&deliver->stock))
			fleet_load(&deliver->fleet, &deliver->now);
		turn = plan(deliver);
		if (!turn.notes && !turn.stock.release && !turn.stock.claim)
			break;
		leased = write_turn(deliver, &turn, fresh, &err);
		if (leased < 0) {
			put_off(deliver, &err);
			return;
		}
		proceed(deliver, &turn, fresh, leased);
	}
	if (!deliver->draining)
		fleet_open(&deliver->fleet, &deliver->now);
	/* While the relays work, so do we: the next ones are made. */
	hold_make(&deliver->stock.hold, deliver->fleet.lanes, PORTION, now);
}

/* What waits. */
enum due { NONE, DIGESTS, URGENT };

/* Whether a lease may find something, or -1: a look costs no lock. What is due
 * further off than any wait was put there by a clock set back since. */
static int
look(struct db *db, int64_t now, struct err *err)
{
	struct outbox_queue queue = {.issue_id = -1};
	int64_t due = 0;
	int found = outbox_queue_next(db, &queue, err);

	if (found == 1)
		return queue.issue_id == 0 ? URGENT : DIGESTS;
	if (found == 0)
		found = outbox_queue_next_due(db, &due, err);
	if (found != 1)
		return found < 0 ? -1 : NONE;
	return due <= now || due > now + OUTBOX_WAIT_MAX ? URGENT : NONE;
}

void
deliver_tick(struct deliver *deliver, int64_t now)
{
	struct db *db = deliver->parts.db;
	const struct steady *steady = deliver->parts.steady;
	struct err err = ERR_INIT;
	int joined = rescue_beat(&deliver->rescue, db, now, &err);
	int due = -1;

	deliver->rescue.unsure = steady_held(steady);

	/* Who was taken for dead has lost what it had leased. */
	if (joined == 1)
		hold_clear(&deliver->stock.hold);
	if (joined >= 0 && rescue_dead(&deliver->rescue, db, now, &err) >= 0 &&
	    (steady_quiet(steady) ||
		notice_tell(db, deliver->parts.kit, now, &err) >= 0) &&
	    control_sweep(db, now, &err) >= 0)
		due = look(db, now, &err);
	if (due < 0 && err.code != ERR_BUSY)
		log_line(LOG_ERROR, "tick", "why=\"%s\"", err.msg);
	if (due > NONE)
		stock_hunger(&deliver->stock, due == URGENT);
	fleet_close_idle(&deliver->fleet, IDLE_CLOSE_MS);
}

bool
deliver_idle(const struct deliver *deliver)
{
	return deliver->stock.hungry == 0 &&
	       hold_count(&deliver->stock.hold) == 0 &&
	       !fleet_busy(&deliver->fleet);
}

bool
deliver_drained(struct deliver *deliver)
{
	deliver->draining = true;
	fleet_close_idle(&deliver->fleet, 0);
	return hold_count(&deliver->stock.hold) == 0 &&
	       !fleet_busy(&deliver->fleet);
}

static int64_t
least(int64_t a, int64_t b)
{
	if (a < 0 || b < 0)
		return a < 0 ? b : a;
	return a < b ? a : b;
}

int64_t
deliver_patience(const struct deliver *deliver)
{
	int64_t now_ms = clock_mono_ms();
	int64_t wait = -1;

	if (deliver->again_at_ms != 0) {
		wait = deliver->again_at_ms - now_ms;
		return wait > 0 ? wait : 0;
	}
	if (hold_lacks(&deliver->stock.hold, deliver->fleet.lanes))
		return 0;
	if (deliver->gathers_until_ms != 0) {
		wait = deliver->gathers_until_ms - now_ms;
		return wait > 0 ? wait : 0;
	}
	if (hold_count(&deliver->stock.hold) > 0)
		wait = fleet_patience(&deliver->fleet, &deliver->now);
	if (deliver->stock.lease_at_ms != 0) {
		int64_t left = deliver->stock.lease_at_ms - now_ms;

		wait = least(wait, left > 0 ? left : 0);
	}
	return wait;
}
