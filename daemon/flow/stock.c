/* SPDX-License-Identifier: ISC */
#include "flow/stock.h"

#include "base/clock.h"
#include "model/worker.h"

#include <limits.h>

#define AHEAD                                                                  \
	4        /* rows in hand for each lane: more would keep a confirm mail \
		  * waiting behind a digest */
#define SPARE 16 /* room for such mail in a full hold */
#define ALL   UINT_MAX /* relays */

static unsigned
relays(void *arg, const struct lease_mail *mail)
{
	const struct stock *stock = arg;
	const struct fleet_mail of = {
	    .list = mail->list, .domain = mail->domain, .digest = mail->digest};

	return fleet_relays(stock->fleet, &of, stock->now);
}

static size_t
all_lanes(const struct fleet *fleet)
{
	size_t n = 0;

	for (size_t i = 0; i < fleet->count; i++)
		n += fleet->lanes[i];
	return n;
}

int
stock_init(
    struct stock *stock, const struct stock_parts *parts, struct err *err)
{
	*stock = (struct stock){.lease = parts->lease,
	    .fleet = parts->fleet,
	    .now = parts->now,
	    .steady = parts->steady,
	    .hungry = ALL};
	stock->lease.relays = relays;
	stock->lease.arg = stock;
	return hold_init(
	    &stock->hold, &parts->cargo, all_lanes(parts->fleet), err);
}

void
stock_release(struct stock *stock)
{
	hold_release(&stock->hold);
}

void
stock_hunger(struct stock *stock, bool urgent)
{
	stock->hungry = ALL;
	stock->urgent |= urgent;
}

void
stock_wake(struct stock *stock)
{
	if (stock->lease_at_ms == 0 || stock->lease_at_ms > clock_mono_ms())
		return;
	stock->lease_at_ms = 0;
	stock->hungry = ALL;
}

bool
stock_waits(const struct stock *stock)
{
	return steady_held(stock->steady) && hold_has_digest(&stock->hold);
}

/* How many rows of a relay's to have in hand; for very many connections there
 * is not room for as many of each. */
static size_t
wanted(const struct stock *stock, size_t relay)
{
	size_t most = stock->fleet->lanes[relay] * AHEAD;
	size_t all = all_lanes(stock->fleet) * AHEAD;

	if (all > HOLD_ROWS - SPARE)
		most = most * (HOLD_ROWS - SPARE) / all;
	return most > 0 ? most : 1;
}

/* Some relay has few rows in hand, and there may be more for it. */
static bool
is_low(const struct stock *stock)
{
	size_t held[CONF_RELAYS];
	bool low = false;

	if (stock->hungry == 0)
		return false;
	hold_tally(&stock->hold, held);
	for (size_t i = 0; i < stock->fleet->count; i++) {
		low |= (stock->hungry >> i & 1U) != 0 &&
		       held[i] <= wanted(stock, i) / 2;
	}
	return low;
}

/* Other relays are open, digests wait, or a suspect does, for all else to be
 * out of our hands: one of the rows may be for a relay that hangs. */
static bool
is_stale(const struct stock *stock, const struct fleet_open *open)
{
	return open->digests != stock->open.digests ||
	       open->others != stock->open.others || stock_waits(stock) ||
	       (stock->lease.suspect && hold_has_others(&stock->hold));
}

struct stock_turn
stock_plan(const struct stock *stock, bool draining)
{
	struct fleet_open open = fleet_look(stock->fleet, stock->now);
	bool release = hold_count(&stock->hold) > 0 &&
		       (draining || is_stale(stock, &open));

	return (struct stock_turn){.release = release,
	    .claim = !draining && !release &&
		     (stock->urgent || is_low(stock)) &&
		     (open.digests | open.others) != 0,
	    .open = open};
}

static int
lease(struct stock *stock, const char *owner,
    struct cargo_slip fresh[CARGO_SLIPS], struct err *err)
{
	struct lease_ask ask = {.owner = owner,
	    .now = stock->now->s,
	    .held = hold_count(&stock->hold)};
	size_t held[CONF_RELAYS];
	int alive = worker_known(stock->lease.db, owner, err);

	if (alive != 1)
		return alive;
	hold_tally(&stock->hold, held);
	for (size_t i = 0; i < stock->fleet->count; i++) {
		size_t most = wanted(stock, i);

		ask.room[i] = most > held[i] ? most - held[i] : 0;
		most += SPARE;
		ask.spare[i] =
		    most > held[i] ? most - held[i] - ask.room[i] : 0;
	}
	stock->lease.clock = stock->now->at;
	stock->lease.held = steady_held(stock->steady);
	cargo_cache_age(stock->hold.parts.cache);
	return lease_rows(&stock->lease, &ask, fresh, err);
}

int
stock_note(struct stock *stock, const struct stock_turn *turn,
    const char *owner, struct cargo_slip fresh[CARGO_SLIPS], struct err *err)
{
	if (turn->release &&
	    hold_give_back(&stock->hold, stock->lease.db, err) != 0)
		return -1;
	return turn->claim ? lease(stock, owner, fresh, err) : 0;
}

void
stock_proceed(struct stock *stock, const struct stock_turn *turn,
    const struct cargo_slip *fresh, int leased)
{
	int64_t wait_ms = stock->lease.wait_ms;

	if (turn->release) {
		hold_clear(&stock->hold);
		stock->hungry = ALL;
	}
	if (turn->claim) {
		hold_put(&stock->hold, fresh, (size_t)leased);
		stock->open = turn->open;
		stock->hungry = stock->lease.more;
		stock->urgent = false;
		stock->lease_at_ms =
		    wait_ms < 0 ? 0 : clock_mono_ms() + wait_ms;
	}
}
