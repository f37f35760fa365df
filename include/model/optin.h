/* SPDX-License-Identifier: ISC */
/*
 * optin - the double opt-in tokens that are out in confirm mails.
 *
 * Owns table `optin`. Only hashes are kept. A subscription may have several
 * (each attempt to mail one draws its own); using any spends them all.
 */
#ifndef NASHRA_MODEL_OPTIN_H
#define NASHRA_MODEL_OPTIN_H

#include "base/err.h"
#include "store/db.h"

#include <stdint.h>

#define OPTIN_CONFIRM "confirm" /* purpose of all tokens so far */

struct optin {
	int64_t subscription_id;
	int64_t expires;
	int64_t spent; /* when, or 0 */
};

struct optin_new {
	const char *hash; /* see token_hash() */
	const char *purpose;
	int64_t subscription_id;
	int64_t expires;
};
int optin_add(
    struct db *db, const struct optin_new *optin, int64_t now, struct err *err);
/* 1 found, 0 where there is none of that purpose. */
int optin_find(struct db *db, const char *hash, const char *purpose,
    struct optin *out, struct err *err);
/* Every token of a subscription that was not spent before. */
int optin_spend(
    struct db *db, int64_t subscription_id, int64_t now, struct err *err);

#endif
