/* SPDX-License-Identifier: ISC */
/*
 * outbox - one row per message and reader, and how far each has come.
 *
 * Owns table `outbox`, with its family: outbox_add puts rows in, outbox_queue
 * leases them, outbox_list shows them. The only code that changes a row's
 * state, by the one table of what may follow what. A worker owns the rows it
 * has leased; every change of theirs names the owner and the former state, and
 * changes nothing where either is not so.
 */
#ifndef NASHRA_MODEL_OUTBOX_H
#define NASHRA_MODEL_OUTBOX_H

#include "base/err.h"
#include "base/url.h"
#include "base/uuid.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

#define OUTBOX_WAIT_MAX  (INT64_C(3) * 3600)  /* s, the most a row waits */
#define OUTBOX_AGE       (INT64_C(48) * 3600) /* s until it is given up */
#define OUTBOX_PACE_SIZE (URL_HOST_MAX + 1)
#define OUTBOX_FAULTS    5 /* of ours, with no start between: it is given up */
/* The queue of rows that were in the hands of workers as they died, from the
 * OUTBOX_DOUBTS-th fault on: each is taken up alone, so that the culprit
 * shows. One that is started has proven itself, and is back in its own. */
#define OUTBOX_SUSPECT "?"
#define OUTBOX_DOUBTS  2

enum outbox_state {
	OUTBOX_QUEUED,
	OUTBOX_LEASED,   /* a worker has it in hand, nothing has left */
	OUTBOX_STARTED,  /* on disk before the first byte of its body leaves */
	OUTBOX_SENT,     /* the relay took it */
	OUTBOX_DEFERRED, /* again when it is due */
	OUTBOX_FAILED,
	OUTBOX_UNKNOWN, /* handed over, and no reply came */
	OUTBOX_CANCELLED,
	OUTBOX_STATES
};

enum outbox_event {
	OUTBOX_RELEASE, /* the worker gives it back untouched */
	OUTBOX_START,
	OUTBOX_ACCEPT,
	OUTBOX_DEFER,
	OUTBOX_REFUSE,
	OUTBOX_LOSE,  /* nobody can tell what became of it */
	OUTBOX_RETRY, /* and the list's policy is to send again */
	OUTBOX_EVENTS
};

enum outbox_kind {
	OUTBOX_CONFIRM,
	OUTBOX_DIGEST,
	OUTBOX_NOTICE,  /* to the admin */
	OUTBOX_WELCOME, /* to who has confirmed */
	OUTBOX_GOODBYE, /* to who has left: the only mail that they get */
	OUTBOX_KINDS
};

struct outbox {
	int64_t id;
	enum outbox_kind kind;
	enum outbox_state state;
	int64_t list_id, subscription_id; /* 0: a notice */
	int64_t issue_id, body_id;        /* 0: none */
	char uuid[UUID_SIZE]; /* "" for a digest: the issue has one */
	char pace[OUTBOX_PACE_SIZE];
	char owner[UUID_SIZE];
	int64_t attempts; /* times it was started */
	int64_t faults;   /* since it was started: not composed, worker died */
	int64_t deadline;
};

/* How a row is read: for the family alone. */
#define OUTBOX_COLUMNS                                                         \
	"id, kind, state, COALESCE(list_id, 0), COALESCE(subscription_id, 0)," \
	" COALESCE(issue_id, 0), COALESCE(body_id, 0), uuid, pace, owner,"     \
	" attempts, faults, deadline"
void outbox_read(const struct db_row *row, struct outbox *out);

/* What is noted beside a change of state. */
struct outbox_note {
	int64_t due;        /* DEFERRED: when it may go again */
	bool fault;         /* ours, not the relay's: it is counted */
	const char *relay;  /* name, "" where none */
	int code;           /* of the reply, 0 where there was none */
	const char *status; /* RFC 3463, or "" */
	const char *text;
};

const char *outbox_state_name(enum outbox_state state);
enum outbox_state outbox_state_of(const struct db_row *row, int col);
/* False where the row will change by itself. */
bool outbox_state_final(enum outbox_state state);

/* Gives a leased row back into the queue of that pace, with row->faults. 1, or
 * 0 where it was not row->owner's any more. A lease that ends without a start,
 * in whatever way, gives back what it has drawn from its pace. */
int outbox_shelve(
    struct db *db, struct outbox *row, const char *pace, struct err *err);
/* Applies an event to a row of row->owner. 1 changed, 0 where it is no longer
 * that owner's in that state: then nothing may be sent for it. An event that
 * the state forbids is ERR_SYSTEM. */
int outbox_move(struct db *db, struct outbox *row, enum outbox_event event,
    const struct outbox_note *note, int64_t now, struct err *err);
/* Rows in the hands of a worker, for when it has died. Returns how many. */
int outbox_owned(struct db *db, const char *owner, struct outbox *out, int max,
    struct err *err);
/* -1, ERR_DATA: a row is not what it must be; send nothing of such a file. */
int outbox_damaged(struct err *err);

/* What has not left yet for a subscription is not sent, but for a goodbye. */
int outbox_cancel(
    struct db *db, int64_t subscription_id, int64_t now, struct err *err);

#endif
