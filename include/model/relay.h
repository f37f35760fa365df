/* SPDX-License-Identifier: ISC */
/*
 * relay - which relays are in trouble, since when and why.
 *
 * Owns table `relay`: a row for each that is down; none for one that works.
 */
#ifndef NASHRA_MODEL_RELAY_H
#define NASHRA_MODEL_RELAY_H

#include "base/err.h"
#include "base/url.h"
#include "store/db.h"

#include <stdint.h>

#define RELAY_NAME_SIZE  (URL_HOST_MAX + 1) /* as base/conf takes it */
#define RELAY_ERROR_SIZE 320
#define RELAY_WAIT_MAX   300 /* s, the most between two tries */

struct relay {
	char name[RELAY_NAME_SIZE];
	int64_t failures; /* in a row */
	int64_t since;
	int64_t retry_at;
	char error[RELAY_ERROR_SIZE];
};

/* Notes one more failure in a row; fills out. The wait doubles from 1 s. */
int relay_failed(struct db *db, const char *name, const char *error,
    int64_t now, struct relay *out, struct err *err);
/* 1 where it was down. */
int relay_works(struct db *db, const char *name, struct err *err);
/* 1 down, 0 works. */
int
relay_find(struct db *db, const char *name, struct relay *out, struct err *err);

#endif
