/* SPDX-License-Identifier: ISC */
/*
 * health - whether a relay works, and since when it does not.
 *
 * What a turn hears of it is kept until it is written, in the turn's
 * transaction (model/trouble), and acted on after the commit. A relay that was
 * down is tried by one message before it gets more.
 */
#ifndef NASHRA_FLOW_HEALTH_H
#define NASHRA_FLOW_HEALTH_H

#include "base/err.h"
#include "mail/smtp.h"
#include "model/trouble.h"
#include "store/db.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct health {
	struct trouble down;          /* retry_at 0: it works */
	char why[TROUBLE_ERROR_SIZE]; /* news: it failed */
	bool recovered;               /* news: it works */
	int64_t worked_ms;            /* when it last did; 0: never yet */
	int64_t crowded_until_ms;
	size_t room; /* connections that it takes until then */
};

/* As the database has it. */
int health_init(
    struct health *health, struct db *db, const char *relay, struct err *err);

/* It failed; the first reason of a turn is kept. */
void health_failed(struct health *health, const struct smtp_result *why);
void health_failed_text(struct health *health, const char *why);
/* It would not have one more connection than the `others` that are open. Where
 * it works lately, that is a limit of its own, and no failure. */
void health_refused(
    struct health *health, const struct smtp_result *why, size_t others);
/* How many connections it takes, as far as is known. */
size_t health_room(const struct health *health);
/* It has answered for a recipient: it works. */
void health_worked(struct health *health);

/* False while it is down and the time to try it again has not come. */
bool health_usable(const struct health *health, int64_t now);
/* True where it works, or is said to again. */
bool health_good(const struct health *health);

bool health_has_news(const struct health *health);
/* Within the transaction. */
int
health_note(struct health *health, struct db *db, int64_t now, struct err *err);
/* After its commit. */
void health_proceed(struct health *health);

#endif
