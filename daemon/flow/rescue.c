/* SPDX-License-Identifier: ISC */
#include "flow/rescue.h"

#include "base/lock.h"
#include "base/log.h"
#include "base/str.h"
#include "flow/settle.h"
#include "model/list.h"
#include "model/outbox.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define ROWS    256 /* taken back at a time */
#define WORKERS 64  /* dead ones seen to in one go */

/* Under a new name; a failure leaves the former one, lock and all. */
static int
enlist(struct rescue *self, struct db *db, int64_t now, struct err *err)
{
	struct worker worker = self->self;
	int lock;

	uuid_new(worker.uuid);
	worker.started = now;
	worker.heartbeat = now;
	lock = lock_take(self->path, lock_slot(worker.uuid), err);
	if (lock < 0)
		return -1;
	if (worker_add(db, &worker, err) != 0) {
		close(lock);
		return -1;
	}
	self->self = worker;
	self->lock = lock;
	return 0;
}

int
rescue_join(struct rescue *out, struct db *db, const char *database,
    int64_t now, struct err *err)
{
	*out = (struct rescue){.lock = -1};
	if (gethostname(out->self.host, sizeof(out->self.host) - 1) != 0)
		return err_errno(err, "cannot tell the name of this host");
	out->self.pid = getpid();
	snprintf(out->path, sizeof(out->path), "%s-workers", database);
	return enlist(out, db, now, err);
}

/* What a worker had in hand, and how it ended. */
struct estate {
	const char *owner;
	bool died; /* or has left */
	int64_t now;
	int given_up; /* rows that were in hand at too many deaths */
};

/* A started row of a dead worker: the same as a message that was handed over
 * and never answered, but that it goes again at once; unless it has been
 * through that so often that the message may be what kills. */
static int
lose(struct db *db, struct outbox *row, int64_t now, struct err *err)
{
	const struct smtp_result result = {.outcome = SMTP_UNKNOWN,
	    .text = "the worker that was sending it died"};
	struct settle_case of = {.result = &result,
	    .relay = "",
	    .at_once = row->attempts < OUTBOX_FAULTS};
	struct list list = {.unknown = LIST_RESEND}; /* a notice has none */

	if (list_get(db, row->list_id, &list, err) < 0)
		return -1;
	of.policy = list.unknown;
	return settle_row(db, row, &of, now, err);
}

/* A leased row of a dead worker. Of all that it held, any may have killed it:
 * those that were there a second time are taken up alone from then on, and the
 * one that it was gets no sixth worker. */
static int
doubt(struct db *db, struct outbox *row, struct estate *of, struct err *err)
{
	static const struct outbox_note note = {.fault = true,
	    .relay = "",
	    .status = "",
	    .text = "the worker died 5 times while it had this message in "
		    "hand"};
	int rc;

	_Static_assert(OUTBOX_FAULTS == 5, "as the note says");
	if (row->faults + 1 >= OUTBOX_FAULTS) {
		rc = outbox_move(db, row, OUTBOX_REFUSE, &note, of->now, err);
		of->given_up += rc == 1;
		return rc;
	}
	row->faults++;
	return outbox_shelve(db, row,
	    row->faults >= OUTBOX_DOUBTS ? OUTBOX_SUSPECT : row->pace, err);
}

static int
give_back(struct db *db, struct outbox *row, struct estate *of, struct err *err)
{
	if (row->state == OUTBOX_STARTED)
		return lose(db, row, of->now, err);
	return of->died ? doubt(db, row, of, err)
			: outbox_shelve(db, row, row->pace, err);
}

/* Within a transaction: at most ROWS of a worker's rows. Returns how many. */
static int
take_back(struct db *db, struct estate *of, struct err *err)
{
	struct outbox rows[ROWS];
	int n = outbox_owned(db, of->owner, rows, ROWS, err);

	for (int i = 0; i < n; i++) {
		int given = give_back(db, &rows[i], of, err);

		if (given < 0)
			return -1;
		if (given == 0)
			return outbox_damaged(err);
	}
	return n;
}

/* All rows of one worker, and at the end its own. */
static int
bury(struct db *db, struct estate *of, struct err *err)
{
	int total = 0;
	int n;

	do {
		if (db_begin(db, err) != 0)
			return -1;
		n = take_back(db, of, err);
		if (n < 0 ||
		    (n < ROWS && worker_remove(db, of->owner, err) != 0) ||
		    db_commit(db, err) != 0) {
			db_rollback(db);
			return -1;
		}
		total += n;
	} while (n == ROWS);
	return total;
}

int
rescue_leave(struct rescue *self, struct db *db, int64_t now, struct err *err)
{
	struct estate of = {.owner = self->self.uuid, .now = now};
	int n = bury(db, &of, err);

	if (self->lock >= 0)
		close(self->lock);
	self->lock = -1;
	return n < 0 ? -1 : 0;
}

/* 1 where a heartbeat is to be written: by a worker that holds rows, as they
 * are others' without it; by one that is known no more, as it finds out so. */
static int
must_beat(
    const struct rescue *self, struct db *db, int64_t now, struct err *err)
{
	struct outbox row;
	int known;

	/* A clock that went back is no reason to fall silent. */
	if (now < self->self.heartbeat ||
	    now >= self->self.heartbeat + WORKER_IDLE_BEAT)
		return 1;
	if (now < self->self.heartbeat + WORKER_BEAT)
		return 0;
	known = worker_known(db, self->self.uuid, err);
	if (known != 1)
		return known < 0 ? -1 : 1;
	return outbox_owned(db, self->self.uuid, &row, 1, err);
}

int
rescue_beat(struct rescue *self, struct db *db, int64_t now, struct err *err)
{
	int must = must_beat(self, db, now, err);
	int former = self->lock;
	int alive;

	if (must <= 0)
		return must;
	alive = worker_beat(db, self->self.uuid, now, err);
	if (alive < 0)
		return -1;
	if (alive) {
		self->self.heartbeat = now;
		return 0;
	}
	if (enlist(self, db, now, err) != 0)
		return -1;
	log_line(LOG_WARN, "worker", "was taken for dead, joined anew");
	close(former);
	return 1;
}

/* 1 dead, 0 alive or not to be told. */
static int
is_dead(const struct rescue *self, const struct worker *other, int64_t now,
    struct err *err)
{
	int held;

	if (str_eq(other->uuid, self->self.uuid))
		return 0;
	if (!str_eq(other->host, self->self.host)) {
		return !self->unsure && other->heartbeat + WORKER_LEASE < now;
	}
	held = lock_held(self->path, lock_slot(other->uuid), err);
	return held < 0 ? -1 : !held;
}

/* The dead among the workers; those that do not fit are found next time. */
struct search {
	const struct rescue *self;
	int64_t now;
	struct err *err;
	struct worker found[WORKERS];
	int count;
};

static int
collect(const struct worker *worker, void *arg)
{
	struct search *search = arg;
	int dead = is_dead(search->self, worker, search->now, search->err);

	if (dead == 1)
		search->found[search->count++] = *worker;
	return dead < 0 ? -1 : search->count == WORKERS;
}

int
rescue_dead(struct rescue *self, struct db *db, int64_t now, struct err *err)
{
	struct search search = {.self = self, .now = now, .err = err};
	int total = 0;

	if (worker_each(db, collect, &search, err) != 0)
		return -1;
	for (int i = 0; i < search.count; i++) {
		struct estate of = {
		    .owner = search.found[i].uuid, .died = true, .now = now};
		int n = bury(db, &of, err);

		if (n < 0)
			return -1;
		log_line(LOG_WARN, "rescue", "pid=%lld rows=%d given_up=%d",
		    (long long)search.found[i].pid, n, of.given_up);
		total += n;
	}
	return total;
}
