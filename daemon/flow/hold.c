/* SPDX-License-Identifier: ISC */
#include "flow/hold.h"

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
}

bool
hold_lacks(const struct hold *hold, size_t want)
{
	return hold->ready < want && hold->at < hold->end &&
	       hold->empties > 0 && hold->spoilt == NULL;
}

void
hold_make(struct hold *hold, size_t want, int64_t now)
{
	while (hold_lacks(hold, want)) {
		struct cargo *cargo = hold->empty[hold->empties - 1];
		const struct cargo_slip *row = &hold->rows[hold->at];
		struct err err = ERR_INIT;
		int rc = cargo_load(cargo, &hold->parts, row, now, &err);

		if (rc != 0 && err.code == ERR_BUSY)
			return;
		hold->at++;
		hold->empties--;
		if (rc == 0) {
			add_made(hold, cargo);
		} else {
			cargo->row = row->row;
			hold->spoilt = cargo;
			hold->why = err;
		}
	}
}

struct cargo *
hold_take(struct hold *hold, size_t i)
{
	struct cargo *cargo = hold->made[i];

	hold->ready--;
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
