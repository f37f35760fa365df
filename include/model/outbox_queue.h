/* SPDX-License-Identifier: ISC */
/*
 * outbox_queue - the queues of the outbox: what is due, leased by whom.
 *
 * What is to go out stands in queues, one for each issue and pace, so that
 * what one of them waits for keeps no other. Of the family of model/outbox,
 * whose table it reads and changes.
 */
#ifndef NASHRA_MODEL_OUTBOX_QUEUE_H
#define NASHRA_MODEL_OUTBOX_QUEUE_H

#include "base/err.h"
#include "model/outbox.h"
#include "store/db.h"

#include <stdint.h>

/* Rows whose time has come go back into their queues, `max` at most. Returns
 * how many. */
int outbox_queue_ripen(struct db *db, int64_t now, int max, struct err *err);
/* When the next one's time will come: 1, or 0 where none waits. */
int outbox_queue_next_due(struct db *db, int64_t *when, struct err *err);

/* The next queue that is not empty. After issue_id -1, the queue of mail that
 * belongs to no issue (0) comes first. 1, or 0 after the last one. */
struct outbox_queue {
	int64_t issue_id;
	char pace[OUTBOX_PACE_SIZE];
};
int outbox_queue_next(struct db *db, struct outbox_queue *at, struct err *err);
/* Leases at most `max` rows of a queue, the oldest first. Returns how many. */
struct outbox_queue_claim {
	const char *owner;
	const struct outbox_queue *queue;
	int max;
};
int outbox_queue_claim(struct db *db, const struct outbox_queue_claim *claim,
    struct outbox *out, struct err *err);
/* How many rows of a pace are in the hands of workers. */
int outbox_queue_in_hand(
    struct db *db, const char *pace, int64_t *out, struct err *err);

/* Is anything of an issue left to send, or on its way? 1, 0. */
int outbox_queue_open(struct db *db, int64_t issue_id, struct err *err);

/* What can be done to an issue as a whole, `max` rows at a time: returns how
 * many it was done to. `after` is 0 at first, and is moved on for the next. */
enum outbox_order {
	OUTBOX_UNLEASE, /* leased rows go back into their queues */
	OUTBOX_STOP,    /* what has not left is cancelled */
	/* What failed goes out once more, unless its reader is not active any
	 * more; and the same of what may have. */
	OUTBOX_AGAIN,
	OUTBOX_AGAIN_LOST,
	OUTBOX_RENEW, /* what waits has its whole time again */
	OUTBOX_ORDERS
};
struct outbox_queue_command {
	enum outbox_order order;
	int64_t issue_id;
	int max;
	int64_t after;
};
int outbox_queue_command(struct db *db, struct outbox_queue_command *command,
    int64_t now, struct err *err);

#endif
