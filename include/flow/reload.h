/* SPDX-License-Identifier: ISC */
/*
 * reload - the settings, read anew by a process that runs.
 *
 * A file that is wrong changes nothing: why is logged, and `nashra status`
 * shows it until one is taken. What only a start can change keeps its value,
 * and the log names it.
 */
#ifndef NASHRA_FLOW_RELOAD_H
#define NASHRA_FLOW_RELOAD_H

#include "base/conf.h"
#include "base/err.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

/* Reads the file of `old` again. `tell`: name what waits for a start. */
int reload_read(
    struct conf **out, const struct conf *old, bool tell, struct err *err);
/* What a work process would have to say against these settings, and the files
 * that they name, if it were started with them. */
int reload_check(const struct conf *conf, struct err *err);

/* They were refused, or taken in part; or taken, all of them. `who`: the role
 * that found so, "" where it is for all. Begins a transaction. */
void reload_refused(
    struct db *db, const char *who, const struct err *why, int64_t now);
void reload_partly(
    struct db *db, const char *who, const struct err *why, int64_t now);
void reload_taken(struct db *db, const char *who);

#endif
