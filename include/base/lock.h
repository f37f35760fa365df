/* SPDX-License-Identifier: ISC */
/*
 * lock - a lock that dies with its process, whatever kills it.
 *
 * A file holds as many locks as there are bytes to name: each is one byte
 * (Linux open file description locks), so nothing is left behind to clean up.
 */
#ifndef NASHRA_BASE_LOCK_H
#define NASHRA_BASE_LOCK_H

#include "base/err.h"

#include <stdint.h>

/* A byte of the file from a name (a UUID), well spread. */
int64_t lock_slot(const char *name);

/* Takes the lock; returns the descriptor that holds it until it is closed,
 * or -1. ERR_TEMP where another holds it. Creates the file, mode 0600. */
int lock_take(const char *path, int64_t slot, struct err *err);
/* 1 where some process holds it, 0 where none does. */
int lock_held(const char *path, int64_t slot, struct err *err);

#endif
