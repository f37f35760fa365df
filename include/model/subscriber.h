/* SPDX-License-Identifier: ISC */
/*
 * subscriber - a mail address we know, once, whatever lists it is on.
 *
 * Owns table `subscriber`. Whether it may be mailed is its subscriptions'.
 */
#ifndef NASHRA_MODEL_SUBSCRIBER_H
#define NASHRA_MODEL_SUBSCRIBER_H

#include "base/err.h"
#include "store/db.h"

#include <stdint.h>

#define SUBSCRIBER_ADDRESS_SIZE 255 /* RFC 5321 4.5.3.1.3, without <> */

struct subscriber {
	int64_t id;
	char address[SUBSCRIBER_ADDRESS_SIZE]; /* as it goes on the wire */
	char key[SUBSCRIBER_ADDRESS_SIZE];     /* as it is compared */
	int64_t created;
};

/* Finds the row of out->key, or makes it from address and key. 1 made, 0
 * found. The first spelling of an address stays. */
int subscriber_ensure(
    struct db *db, struct subscriber *out, int64_t now, struct err *err);
/* 1 found, 0 none. */
int subscriber_find(
    struct db *db, const char *key, struct subscriber *out, struct err *err);
int subscriber_count(struct db *db, int64_t *out, struct err *err);

#endif
