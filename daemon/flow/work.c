/* SPDX-License-Identifier: ISC */
#include "flow/work.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "base/token.h"
#include "base/watch.h"
#include "flow/deliver.h"
#include "flow/kit.h"
#include "flow/poll.h"
#include "flow/steady.h"
#include "flow/transcript.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define TICK_MS   1000
#define REST_MS   5000 /* between two ticks with nothing to do */
#define SOON_MS   50   /* that a write may take until it is committed */
#define WAL_PATH  4096
#define HOST_SIZE 256

/* What goes on under one reading of the settings. */
struct shift {
	struct conf *conf;
	struct token_ring *ring;
	struct kit *kit;
	struct deliver *deliver; /* NULL: there is no such shift */
	struct poll *poll;
};

struct work {
	struct role_parts parts;
	struct shift now, former; /* which finishes what it has in hand */
	struct loop_timer tick;
	struct watch *watch; /* of what others write, while at rest */
	struct steady steady;
	int64_t version; /* of the database, at the last tick */
	bool ticked, stirred, alert, quiet;
	bool restless; /* what others write cannot be watched */
	char hello[HOST_SIZE];
};

/* ---- shifts */

/* All but the settings, which are whose they were. */
static void
shift_end(struct shift *shift)
{
	poll_free(shift->poll);
	deliver_free(shift->deliver, clock_now());
	kit_free(shift->kit);
	token_ring_free(shift->ring);
}

static int
shift_begin(struct shift *out, const struct work *work, struct conf *conf,
    struct err *err)
{
	struct shift shift = {.conf = conf};
	struct deliver_parts parts = {.loop = work->parts.loop,
	    .conf = conf,
	    .db = work->parts.db,
	    .hello = work->hello,
	    .steady = &work->steady};

	if (kit_new(&shift.kit, conf, true, err) != 0 ||
	    token_ring_load(&shift.ring, conf->secrets, err) != 0)
		goto undo;
	if (shift.kit->dkim == NULL) {
		log_line(LOG_WARN, "dkim",
		    "mail goes unsigned: the settings have no dkim section");
	}
	parts.kit = shift.kit;
	parts.ring = shift.ring;
	if (poll_new(&shift.poll, parts.loop, parts.db, conf, err) != 0 ||
	    deliver_new(&shift.deliver, &parts, clock_now(), err) != 0)
		goto undo;
	*out = shift;
	return 0;
undo:
	shift_end(&shift);
	return -1;
}

/* ---- when to look */

static void
on_tick(void *arg)
{
	struct work *work = arg;

	work->ticked = true;
}

static void
on_write(void *arg)
{
	struct work *work = arg;

	work->stirred = true;
}

/* Whether somebody else has written since the last tick. What cannot be told
 * is looked at. */
static bool
is_changed(const struct work *work, int64_t *version)
{
	struct err err = ERR_INIT;

	return db_version(work->parts.db, version, &err) != 0 ||
	       *version != work->version;
}

/* Only once a tick has found nothing new: while others write, they may die and
 * leave us what they had. */
static bool
may_rest(const struct work *work)
{
	return !work->restless && work->quiet && work->steady.until_ms == 0 &&
	       work->former.deliver == NULL &&
	       deliver_idle(work->now.deliver) && poll_idle(work->now.poll);
}

/* The engine's log is where whatever is written appears first; reading the
 * database has made it. Watched at rest alone, as each of our own writes would
 * be told, too. Where it cannot be watched there is no rest. */
static void
rest(struct work *work)
{
	char path[WAL_PATH];
	struct err err = ERR_INIT;
	int64_t version;
	int n =
	    snprintf(path, sizeof(path), "%s-wal", work->now.conf->database);

	if (n >= (int)sizeof(path) || watch_new(&work->watch, work->parts.loop,
					  path, on_write, work, &err) != 0) {
		work->restless = true;
		log_line(LOG_WARN, "watch", "why=\"%s\"", err.msg);
	} else {
		/* As it may have been written to meanwhile. */
		work->stirred = is_changed(work, &version);
	}
}

static void
rise(struct work *work)
{
	watch_free(work->watch);
	work->watch = NULL;
}

/* What was written is not there before it is committed, which nobody tells: it
 * is looked for soon, and once more in a second. */
static void
wake(struct work *work)
{
	int64_t version;

	if (is_changed(work, &version)) {
		work->ticked = true;
	} else {
		work->alert = true;
		rise(work);
		loop_timer_start(work->parts.loop, &work->tick, SOON_MS);
	}
}

static void
set_tick(struct work *work)
{
	if (!may_rest(work)) {
		rise(work);
	} else if (work->watch == NULL) {
		rest(work);
	}
	loop_timer_start(work->parts.loop, &work->tick,
	    work->watch == NULL ? TICK_MS
	    : work->stirred     ? SOON_MS
				: REST_MS);
}

/* ---- turns */

static void
tick(struct work *work, int64_t now)
{
	int64_t version = work->version;
	struct err err = ERR_INIT;

	if (steady_note(&work->steady, work->parts.db, now, &err) != 0 &&
	    err.code != ERR_BUSY)
		log_line(LOG_ERROR, "clock", "why=\"%s\"", err.msg);
	work->quiet = !is_changed(work, &version) && !work->alert;
	work->alert = false;
	work->version = version;
	deliver_tick(work->now.deliver, now);
	poll_turn(work->now.poll, now);
	if (work->former.deliver != NULL) {
		deliver_tick(work->former.deliver, now);
		poll_turn(work->former.poll, now);
	}
}

static void
finish_former(struct work *work, int64_t now)
{
	struct shift *former = &work->former;

	deliver_turn(former->deliver, now);
	if (!deliver_drained(former->deliver) || !poll_idle(former->poll))
		return;
	deliver_beside(work->now.deliver, NULL);
	db_set_wait(work->parts.db, DB_WAIT_END);
	shift_end(former);
	db_set_wait(work->parts.db, DB_WAIT_LOOP);
	conf_free(former->conf);
	*former = (struct shift){0};
}

static void
work_turn(void *arg)
{
	struct work *work = arg;
	struct clock_pair look = clock_look();
	int64_t now = look.wall_ms / 1000;

	if (work->watch != NULL && work->stirred)
		wake(work);
	work->stirred = false;
	/* Before anything is done by another time of day. */
	if (steady_look(&work->steady, look))
		work->ticked = true;
	if (work->ticked)
		tick(work, now);
	if (work->former.deliver != NULL)
		finish_former(work, now);
	deliver_turn(work->now.deliver, now);
	if (work->ticked || (work->watch != NULL && !may_rest(work)))
		set_tick(work);
	work->ticked = false;
}

static int64_t
work_patience(const void *arg)
{
	const struct work *work = arg;
	int64_t now = deliver_patience(work->now.deliver);
	int64_t former = work->former.deliver != NULL
			     ? deliver_patience(work->former.deliver)
			     : -1;

	if (now < 0 || former < 0)
		return now < 0 ? former : now;
	return now < former ? now : former;
}

/* ---- as a role */

static void
work_end(void *arg)
{
	struct work *work = arg;
	struct shift *shifts[] = {&work->former, &work->now};

	for (size_t i = 0; i < 2; i++) {
		shift_end(shifts[i]);
		conf_free(shifts[i]->conf);
	}
	watch_free(work->watch);
	loop_timer_stop(work->parts.loop, &work->tick);
	free(work);
}

static int
work_begin(void **out, const struct role_parts *parts, struct conf *conf,
    struct err *err)
{
	struct work *work = calloc(1, sizeof(*work));

	if (work == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	work->parts = *parts;
	work->tick = (struct loop_timer){.fn = on_tick, .arg = work};
	if (gethostname(work->hello, sizeof(work->hello) - 1) != 0 ||
	    work->hello[0] == '\0')
		(void)str_fit(work->hello, sizeof(work->hello), "localhost");
	if (steady_begin(&work->steady, clock_look(), parts->db, err) != 0 ||
	    shift_begin(&work->now, work, conf, err) != 0) {
		free(work);
		return -1;
	}
	log_line(LOG_INFO, "start", "relays=%zu", conf->relays);
	work->ticked = true;
	work_turn(work);
	*out = work;
	return 0;
}

struct looks {
	const struct kit *kit;
	struct err *err;
	int rc;
};

static int
look_at(const struct list *list, void *arg)
{
	struct looks *looks = arg;
	const struct shelf_digest *digest;

	if (kit_digest(looks->kit, list, &digest, looks->err) != 0) {
		(void)err_wrap(looks->err, "list '%s'", list->name);
		looks->rc = 1;
	}
	return looks->rc;
}

/* What one list is written with is read when a digest of it is made; a mistake
 * in it stops no other, and is told now. */
static int
check_looks(const struct work *work, struct err *err)
{
	struct looks looks = {.kit = work->now.kit, .err = err};
	struct err ignored = ERR_INIT;

	(void)list_each(work->parts.db, look_at, &looks, &ignored);
	return looks.rc;
}

/* A transcript that was moved away begins anew, too. */
static int
work_change(void *arg, struct conf *conf, struct err *err)
{
	struct work *work = arg;
	struct shift fresh;

	if (shift_begin(&fresh, work, conf, err) != 0)
		return -1;
	work->former = work->now;
	work->now = fresh;
	deliver_beside(work->now.deliver, work->former.deliver);
	(void)deliver_drained(work->former.deliver);
	poll_stop(work->former.poll);
	work->ticked = true;
	if (transcript_reopen(err) != 0)
		return 1;
	return check_looks(work, err);
}

static bool
work_changing(const void *arg)
{
	const struct work *work = arg;

	return work->former.deliver != NULL;
}

static bool
work_drained(void *arg)
{
	struct work *work = arg;

	poll_stop(work->now.poll);
	return deliver_drained(work->now.deliver) &&
	       (work->former.deliver == NULL ||
		   deliver_drained(work->former.deliver));
}

const struct role_kind work_kind = {
    .name = "work",
    .trouble = "",
    .many = true,
    .begin = work_begin,
    .change = work_change,
    .changing = work_changing,
    .turn = work_turn,
    .patience = work_patience,
    .drained = work_drained,
    .end = work_end,
};
