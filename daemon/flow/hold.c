/* SPDX-License-Identifier: ISC */
#include "flow/hold.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

int
hold_init(struct hold *hold, const struct cargo_parts *parts, size_t lanes,
    struct err *err)
{
	*hold = (struct hold){.parts = *parts, .size = lanes * 2 + 1};
	hold->cargos = calloc(hold->size, sizeof(*hold->cargos));
	hold->empty = calloc(hold->size, sizeof(struct cargo *));
	hold->made = calloc(hold->size, sizeof(struct cargo *));
	if (hold->cargos == NULL || hold->empty == NULL || hold->made == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	for (size_t i = 0; i < hold->size; i++) {
		cargo_init(&hold->cargos[i]);
		hold->empty[hold->empties++] = &hold->cargos[i];
	}
	return 0;
}

void
hold_release(struct hold *hold)
{
	for (size_t i = 0; hold->cargos != NULL && i < hold->size; i++)
		cargo_release(&hold->cargos[i]);
	free(hold->cargos);
	free(hold->empty);
	free(hold->made);
}

size_t
hold_count(const struct hold *hold)
{
	return hold->end - hold->at + hold->ready;
}

static bool
urgent(const struct outbox *row)
{
	return row->kind != OUTBOX_DIGEST;
}

unsigned
hold_relays(const struct hold *hold, size_t n)
{
	return n < hold->ready ? hold->made[n]->relays
			       : hold->rows[hold->at + n - hold->ready].relays;
}

static void
count_for(size_t out[CONF_RELAYS], unsigned relays, int n)
{
	for (size_t i = 0; i < CONF_RELAYS; i++) {
		if ((relays & 1U << i) != 0)
			out[i] += (size_t)n;
	}
}

void
hold_tally(const struct hold *hold, size_t out[CONF_RELAYS])
{
	for (size_t i = 0; i < CONF_RELAYS; i++)
		out[i] = hold->ready_for[i];
	for (size_t i = hold->at; i < hold->end; i++)
		count_for(out, hold->rows[i].relays, 1);
}

bool
hold_has_digest(const struct hold *hold)
{
	for (size_t i = 0; i < hold->ready; i++) {
		if (!urgent(&hold->made[i]->row))
			return true;
	}
	/* Of rows not made yet, the urgent ones stand first. */
	return hold->at < hold->end && !urgent(&hold->rows[hold->end - 1].row);
}

static bool
is_suspect(const struct outbox *row)
{
	return str_eq(row->pace, OUTBOX_SUSPECT);
}

bool
hold_has_others(const struct hold *hold)
{
	for (size_t i = 0; i < hold->ready; i++) {
		if (!is_suspect(&hold->made[i]->row))
			return true;
	}
	for (size_t i = hold->at; i < hold->end; i++) {
		if (!is_suspect(&hold->rows[i].row))
			return true;
	}
	return false;
}

void
hold_put(struct hold *hold, const struct cargo_slip *rows, size_t n)
{
	size_t had = hold->end - hold->at;
	size_t place = 0;

	memmove(hold->rows, hold->rows + hold->at, had * sizeof(*rows));
	hold->at = 0;
	hold->end = had;
	while (place < had && urgent(&hold->rows[place].row))
		place++;
	for (size_t i = 0; i < n; i++) {
		size_t to = urgent(&rows[i].row) ? place++ : hold->end;

		memmove(hold->rows + to + 1, hold->rows + to,
		    (hold->end - to) * sizeof(*rows));
		hold->rows[to] = rows[i];
		hold->end++;
	}
}

/* Ready messages of the same urgency keep their order. */
static void
add_made(struct hold *hold, struct cargo *cargo)
{
	size_t to = hold->ready++;

	while (urgent(&cargo->row) && to > 0 &&
	       !urgent(&hold->made[to - 1]->row)) {
		hold->made[to] = hold->made[to - 1];
		to--;
	}
	hold->made[to] = cargo;
	count_for(hold->ready_for, cargo->relays, 1);
}

static bool
is_wanted(
    const struct hold *hold, unsigned relays, const size_t want[CONF_RELAYS])
{
	for (size_t i = 0; i < CONF_RELAYS; i++) {
		if ((relays & 1U << i) != 0 && hold->ready_for[i] < want[i])
			return true;
	}
	return false;
}

/* The place of the next row to make; that of the end: none. */
static size_t
next_row(const struct hold *hold, const size_t want[CONF_RELAYS])
{
	size_t i = hold->at;

	if (hold->empties == 0 || hold->spoilt != NULL)
		return hold->end;
	while (i < hold->end && !is_wanted(hold, hold->rows[i].relays, want))
		i++;
	return i;
}

/* Those before it keep their order. */
static void
drop_row(struct hold *hold, size_t i)
{
	memmove(hold->rows + hold->at + 1, hold->rows + hold->at,
	    (i - hold->at) * sizeof(*hold->rows));
	hold->at++;
}

bool
hold_lacks(const struct hold *hold, const size_t want[CONF_RELAYS])
{
	return next_row(hold, want) < hold->end;
}

void
hold_make(
    struct hold *hold, const size_t want[CONF_RELAYS], size_t most, int64_t now)
{
	size_t i;

	while (most-- > 0 && (i = next_row(hold, want)) < hold->end) {
		struct cargo *cargo = hold->empty[hold->empties - 1];
		const struct cargo_slip *row = &hold->rows[i];
		struct err err = ERR_INIT;
		int rc = cargo_load(cargo, &hold->parts, row, now, &err);

		if (rc != 0 && err.code == ERR_BUSY)
			return;
		hold->empties--;
		if (rc == 0) {
			add_made(hold, cargo);
		} else {
			cargo->row = row->row;
			hold->spoilt = cargo;
			hold->why = err;
		}
		drop_row(hold, i);
	}
}

struct cargo *
hold_take(struct hold *hold, size_t i)
{
	struct cargo *cargo = hold->made[i];

	hold->ready--;
	count_for(hold->ready_for, cargo->relays, -1);
	memmove(hold->made + i, hold->made + i + 1,
	    (hold->ready - i) * sizeof(struct cargo *));
	return cargo;
}

void
hold_untake(struct hold *hold, struct cargo *cargo)
{
	memmove(
	    hold->made + 1, hold->made, hold->ready * sizeof(struct cargo *));
	hold->made[0] = cargo;
	hold->ready++;
	count_for(hold->ready_for, cargo->relays, 1);
}

void
hold_empty(struct hold *hold, struct cargo *cargo)
{
	cargo_empty(cargo);
	hold->empty[hold->empties++] = cargo;
}

static int
give_back(struct db *db, const struct outbox *row, struct err *err)
{
	struct outbox copy = *row;

	return outbox_shelve(db, &copy, row->pace, err) < 0 ? -1 : 0;
}

int
hold_give_back(struct hold *hold, struct db *db, struct err *err)
{
	for (size_t i = hold->at; i < hold->end; i++) {
		if (give_back(db, &hold->rows[i].row, err) != 0)
			return -1;
	}
	for (size_t i = 0; i < hold->ready; i++) {
		if (give_back(db, &hold->made[i]->row, err) != 0)
			return -1;
	}
	return 0;
}

void
hold_clear(struct hold *hold)
{
	hold->at = hold->end = 0;
	while (hold->ready > 0)
		hold_empty(hold, hold_take(hold, hold->ready - 1));
}
