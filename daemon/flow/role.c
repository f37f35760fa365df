/* SPDX-License-Identifier: ISC */
#include "flow/role.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/parent.h"
#include "flow/kit.h"
#include "flow/reload.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* Ten seconds to stop: most for what is under way, the rest for what is
 * written of it, which others may keep us from. */
#define PATIENCE_MS 9000
#define LAST_MS     1000
#define LAST_WRITES 4    /* results, rows given back; by former settings, too */
#define AGAIN_MS    1000 /* until settings that found no place are tried */
#define LOOK_MS     1000

/* Who asked to stop: the parent, or anybody else. */
enum asker { PARENT, OTHERS, ASKERS };

/* One run of a role. */
struct run {
	struct role *role;
	struct role_parts parts;
	void *it;
	int signals; /* signalfd */
	pid_t parent;
	int stops[ASKERS];
	int64_t stop_by_ms; /* when patience ends, once stopping */
	bool hung_up;       /* SIGHUP: the settings are to be read */
	int64_t again_at_ms;
	int64_t look_at_ms; /* at the database's file */
	struct conf *many;  /* settings that want several of us */
};

/* ---- signals */

/* A service manager may ask every process, and their parent ask its children
 * on top: that is one stop, not two. */
static int
stops(const struct run *run)
{
	return run->stops[PARENT] > run->stops[OTHERS] ? run->stops[PARENT]
						       : run->stops[OTHERS];
}

static void
on_signal(void *arg, int fd, unsigned events)
{
	struct run *run = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			run->hung_up = true;
		if (info.ssi_signo != SIGTERM && info.ssi_signo != SIGINT)
			continue;
		if (stops(run) == 0)
			run->stop_by_ms = clock_mono_ms() + PATIENCE_MS;
		run->stops[(pid_t)info.ssi_pid == run->parent ? PARENT
							      : OTHERS]++;
	}
}

/* ---- beginning and ending */

static int
open_parts(struct run *run, struct err *err)
{
	const struct conf *conf = run->role->conf;
	struct role_parts *parts = &run->parts;

	run->parent = getppid();
	run->signals = parent_signals(err);
	if (run->signals < 0 || kit_check(conf, err) != 0 ||
	    loop_new(&parts->loop, err) != 0 ||
	    loop_watch(
		parts->loop, run->signals, LOOP_IN, on_signal, run, err) != 0)
		return -1;
	return db_open(&parts->db, conf->database, DB_WAIT_CLI, err);
}

/* True once others let go of the database, where we are wanted still. */
static bool
await_database(struct run *run, int64_t until_ms)
{
	struct db *db = run->parts.db;
	struct err err = ERR_INIT;
	int rc;

	do {
		if (loop_turn(run->parts.loop, 0, &err) != 0 ||
		    stops(run) > 0 || clock_mono_ms() >= until_ms)
			return false;
		rc = db_begin(db, &err);
	} while (rc != 0 && err.code == ERR_BUSY);
	db_rollback(db);
	return true;
}

/* Until its loop begins a role may wait for the database. Nothing has begun,
 * and nothing is wrong, where it was asked to stop meanwhile. */
static int
begin(struct run *run, struct err *err)
{
	struct role *role = run->role;
	int64_t until_ms = clock_mono_ms() + DB_WAIT_CLI;
	int rc = open_parts(run, err);

	while (rc == 0 && run->it == NULL) {
		db_set_wait(run->parts.db, DB_WAIT_END);
		rc = role->kind->begin(&run->it, &run->parts, role->conf, err);
		if (rc != 0 && err->code == ERR_BUSY &&
		    await_database(run, until_ms))
			rc = 0;
	}
	if (rc != 0) {
		conf_free(role->conf);
		role->conf = NULL;
		return stops(run) > 0 ? 0 : -1;
	}
	reload_taken(run->parts.db, role->kind->trouble);
	db_set_wait(run->parts.db, DB_WAIT_LOOP);
	return 0;
}

/* How long each may take that is written now. */
static int
last_wait(const struct run *run)
{
	int64_t left = run->stop_by_ms + LAST_MS - clock_mono_ms();
	int64_t each = left / LAST_WRITES;

	if (stops(run) == 0 || each > DB_WAIT_END)
		return DB_WAIT_END;
	return each > DB_WAIT_LOOP ? (int)each : DB_WAIT_LOOP;
}

static void
end(struct run *run)
{
	if (run->it != NULL) {
		db_set_wait(run->parts.db, last_wait(run));
		run->role->kind->end(run->it);
		run->role->conf = run->many;
	}
	/* Who goes on with them may find newer ones. */
	if (run->many != NULL && run->hung_up)
		kill(getpid(), SIGHUP);
	db_close(run->parts.db);
	loop_free(run->parts.loop);
	if (run->signals >= 0)
		close(run->signals);
}

/* ---- other settings */

/* Returns as a kind's change() does. */
static int
take(struct run *run, struct err *err)
{
	struct role *role = run->role;
	struct conf *fresh = NULL;
	int rc;

	if (reload_read(&fresh, role->conf, !role->child, err) != 0)
		return -1;
	if (!role->child && role->kind->many && fresh->senders > 1) {
		rc = reload_check(fresh, err);
		if (rc == 0)
			run->many = fresh;
	} else {
		rc = role->kind->change(run->it, fresh, err);
		if (rc >= 0)
			role->conf = fresh;
	}
	if (rc < 0)
		conf_free(fresh);
	return rc;
}

static void
reload(struct run *run)
{
	const char *who = run->role->kind->trouble;
	struct db *db = run->parts.db;
	struct err err = ERR_INIT;
	int rc;

	run->hung_up = false;
	db_set_wait(db, DB_WAIT_END);
	rc = take(run, &err);
	if (rc < 0 && err.code == ERR_BUSY) {
		run->hung_up = true;
		run->again_at_ms = clock_mono_ms() + AGAIN_MS;
	} else if (rc < 0) {
		reload_refused(db, who, &err, clock_now());
	} else if (rc > 0) {
		reload_partly(db, who, &err, clock_now());
	} else {
		reload_taken(db, who);
		log_line(LOG_INFO, "settings", "state=reloaded");
	}
	db_set_wait(db, DB_WAIT_LOOP);
}

/* ---- the loop */

/* One change after the other: what comes meanwhile is one more, all told. */
static bool
may_reload(const struct run *run)
{
	return run->hung_up && stops(run) == 0 && run->many == NULL &&
	       !run->role->kind->changing(run->it);
}

/* ms, or -1. */
static int64_t
patience(const struct run *run)
{
	int64_t wait = run->role->kind->patience(run->it);
	int64_t until = stops(run) > 0    ? run->stop_by_ms
			: may_reload(run) ? run->again_at_ms
					  : -1;
	int64_t left;

	if (until < 0)
		return wait;
	left = until - clock_mono_ms();
	if (left < 0)
		left = 0;
	return wait < 0 || left < wait ? left : wait;
}

/* A backup that is put in the place of the database, while we run, is another
 * file: ours has no name any more, and nobody would see what is done to it. */
static int
check_file(struct run *run, struct err *err)
{
	int64_t now_ms = clock_mono_ms();

	if (now_ms < run->look_at_ms)
		return 0;
	run->look_at_ms = now_ms + LOOK_MS;
	if (!db_moved(run->parts.db))
		return 0;
	return err_set(err, ERR_TEMP,
	    "database '%s' was moved or replaced while it was in use: starting "
	    "anew, with what is there now",
	    run->role->conf->database);
}

static int
turn(struct run *run, struct err *err)
{
	const struct role_kind *kind = run->role->kind;

	if (loop_turn(run->parts.loop, patience(run), err) != 0 ||
	    check_file(run, err) != 0)
		return -1;
	kind->turn(run->it);
	if (may_reload(run) && run->again_at_ms <= clock_mono_ms())
		reload(run);
	return 0;
}

/* True where a role that is asked to stop may wait no longer. */
static bool
impatient(const struct run *run)
{
	return stops(run) > 1 || clock_mono_ms() >= run->stop_by_ms;
}

static int
run_on(struct run *run, struct err *err)
{
	const struct role_kind *kind = run->role->kind;

	while (
	    stops(run) == 0 && (run->many == NULL || !kind->drained(run->it))) {
		if (turn(run, err) != 0)
			return -1;
	}
	while (stops(run) > 0 && !kind->drained(run->it) && !impatient(run)) {
		if (turn(run, err) != 0)
			return -1;
	}
	return 0;
}

int
role_run(struct role *role, struct err *err)
{
	struct run run = {.role = role, .signals = -1};
	int rc = begin(&run, err);

	if (rc == 0 && run.it != NULL)
		rc = run_on(&run, err);
	if (stops(&run) > 0 || rc != 0) {
		conf_free(run.many);
		run.many = NULL;
	}
	if (rc == 0)
		log_line(LOG_INFO, "stop", "signals=%d", stops(&run));
	end(&run);
	return rc == 0 && role->conf != NULL ? 1 : rc;
}
