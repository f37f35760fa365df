/* SPDX-License-Identifier: ISC */
/*
 * engine - all that the work role runs on one reading of the settings.
 *
 * Templates, key, connections, feeds. Settings that were changed make another
 * engine, while the old one finishes what it has in hand beside it: no
 * connection is cut, and nothing waits for a slow relay.
 */
#ifndef NASHRA_FLOW_ENGINE_H
#define NASHRA_FLOW_ENGINE_H

#include "base/conf.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/token.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

struct engine;

/* Borrows all it is given but the settings, which are the engine's to free
 * where it is made. */
struct engine_parts {
	struct loop *loop;
	struct db *db;
	const struct token_ring *ring;
};
int engine_new(struct engine **out, const struct engine_parts *parts,
    struct conf *conf, int64_t now, struct err *err);
void engine_free(struct engine *engine, int64_t now);

/* After every turn of the loop; and once a second. */
void engine_turn(struct engine *engine, int64_t now);
void engine_tick(struct engine *engine, int64_t now);
/* Takes no new rows; true once nothing is under way. */
bool engine_drained(struct engine *engine);
/* ms until engine_turn() is due, whatever happens; or -1. */
int64_t engine_patience(const struct engine *engine);

/* Reads the settings anew, from where they were read: the new engine takes
 * the place of *engine, which becomes *old and is to be drained. *old must be
 * NULL. Settings that cannot work change nothing, and are noted as trouble,
 * as are those that only a new start can change (database, secrets). */
int engine_reload(
    struct engine **engine, struct engine **old, int64_t now, struct err *err);

#endif
