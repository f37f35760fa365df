/* SPDX-License-Identifier: ISC */
/*
 * nashrad - the daemon: flags, settings, roles, signals.
 *
 * Without a role it starts and watches all of them; each is a process of one
 * thread, and the database is all that they share.
 */
#include "base/clock.h"
#include "base/conf.h"
#include "base/log.h"
#include "base/loop.h"
#include "base/parent.h"
#include "base/str.h"
#include "base/token.h"
#include "flow/engine.h"
#include "flow/kit.h"
#include "flow/transcript.h"
#include "store/db.h"
#include "web/server.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sysexits.h>
#include <unistd.h>

#define TICK_MS     1000
#define PATIENCE_MS 8000 /* for what is under way: ten seconds in all */

/* What every role runs on. */
struct role {
	const struct conf *conf;
	struct loop *loop;
	struct db *db;
	struct token_ring *ring;
	struct loop_timer tick;
	int signals;        /* signalfd */
	int stops;          /* SIGTERMs so far */
	int64_t stop_by_ms; /* when patience ends, once stopping */
	bool ticked;
	bool hangup; /* asked to read the settings anew */
};

/* ---- signals and ticks */

static void
role_signal(void *arg, int fd, unsigned events)
{
	struct role *role = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		role->hangup |= info.ssi_signo == SIGHUP;
		if (info.ssi_signo != SIGTERM && info.ssi_signo != SIGINT)
			continue;
		if (role->stops++ == 0)
			role->stop_by_ms = clock_mono_ms() + PATIENCE_MS;
	}
}

static void
role_tick(void *arg)
{
	struct role *role = arg;

	role->ticked = true;
	loop_timer_start(role->loop, &role->tick, TICK_MS);
}

/* True where a role that is asked to stop may wait no longer. */
static bool
role_impatient(const struct role *role)
{
	return role->stops > 1 || clock_mono_ms() >= role->stop_by_ms;
}

/* Until its loop begins a role may wait for the database. */
static int
role_init(struct role *role, const struct conf *conf, struct err *err)
{
	*role = (struct role){.conf = conf, .signals = -1};
	role->tick = (struct loop_timer){.fn = role_tick, .arg = role};
	role->signals = parent_signals(err);
	if (role->signals < 0 || kit_check(conf, err) != 0 ||
	    loop_new(&role->loop, err) != 0 ||
	    loop_watch(role->loop, role->signals, LOOP_IN, role_signal, role,
		err) != 0 ||
	    db_open(&role->db, conf->database, DB_WAIT_CLI, err) != 0 ||
	    token_ring_load(&role->ring, conf->secrets, err) != 0)
		return -1;
	return 0;
}

static void
role_release(struct role *role)
{
	token_ring_free(role->ring);
	db_close(role->db);
	loop_free(role->loop);
	if (role->signals >= 0)
		close(role->signals);
}

/* ---- the web role */

static int
run_web(const struct conf *conf, struct err *err)
{
	struct server *server = NULL;
	struct role role;
	int rc = -1;

	if (role_init(&role, conf, err) != 0)
		goto out;
	const struct server_parts parts = {
	    .loop = role.loop, .conf = conf, .db = role.db, .ring = role.ring};

	if (server_new(&server, &parts, err) != 0)
		goto out;
	db_set_wait(role.db, DB_WAIT_LOOP);
	log_line(LOG_INFO, "start", "listen=%s", conf->web.listen);
	while (role.stops == 0) {
		if (loop_turn(role.loop, -1, err) != 0)
			goto out;
		if (role.hangup) {
			log_line(LOG_WARN, "settings",
			    "the pages are made by those of the start: restart "
			    "to change them");
		}
		role.hangup = false;
	}
	while (!server_drained(server) && !role_impatient(&role)) {
		if (loop_turn(role.loop, 100, err) != 0)
			goto out;
	}
	log_line(LOG_INFO, "stop", "signals=%d", role.stops);
	rc = 0;
out:
	server_free(server);
	role_release(&role);
	return rc;
}

/* ---- the work role */

struct work {
	struct role role;
	struct engine *engine;
	struct engine *old; /* finishes what it had in hand at a reload */
};

static int
work_init(struct work *work, const struct conf *conf, struct err *err)
{
	struct engine_parts parts;
	struct conf *own = NULL;

	if (role_init(&work->role, conf, err) != 0 ||
	    conf_load(&own, conf->path, err) != 0)
		return -1;
	parts = (struct engine_parts){.loop = work->role.loop,
	    .db = work->role.db,
	    .ring = work->role.ring};
	if (engine_new(&work->engine, &parts, own, clock_now(), err) != 0) {
		conf_free(own);
		return -1;
	}
	role_tick(&work->role);
	return 0;
}

/* Hang-ups that come while an old engine is at work count as one, later. */
static void
work_reload(struct work *work, int64_t now)
{
	struct err err = ERR_INIT;

	if (!work->role.hangup || work->old != NULL || work->role.stops > 0)
		return;
	work->role.hangup = false;
	if (engine_reload(&work->engine, &work->old, now, &err) == 0) {
		log_line(LOG_INFO, "settings", "state=reloaded");
	} else {
		log_line(
		    LOG_WARN, "settings", "state=kept why=\"%s\"", err.msg);
	}
}

static int64_t
work_patience(const struct work *work)
{
	int64_t wait = engine_patience(work->engine);
	int64_t old = work->old != NULL ? engine_patience(work->old) : -1;

	/* The first look at what waits is due before anything happens. */
	if (work->role.ticked)
		return 0;
	if (wait < 0 || old < 0)
		return wait < 0 ? old : wait;
	return wait < old ? wait : old;
}

static int
work_turn(struct work *work, struct err *err)
{
	int64_t now;

	if (loop_turn(work->role.loop, work_patience(work), err) != 0)
		return -1;
	now = clock_now();
	work_reload(work, now);
	if (work->role.ticked) {
		work->role.ticked = false;
		engine_tick(work->engine, now);
		if (work->old != NULL)
			engine_tick(work->old, now);
	}
	engine_turn(work->engine, now);
	if (work->old == NULL)
		return 0;
	engine_turn(work->old, now);
	if (engine_drained(work->old)) {
		engine_free(work->old, now);
		work->old = NULL;
	}
	return 0;
}

static int
run_work(const struct conf *conf, struct err *err)
{
	struct work work = {0};
	int rc = -1;

	if (work_init(&work, conf, err) != 0)
		goto out;
	db_set_wait(work.role.db, DB_WAIT_LOOP);
	log_line(LOG_INFO, "start", "relays=%zu", conf->relays);
	while (work.role.stops == 0) {
		if (work_turn(&work, err) != 0)
			goto out;
	}
	while ((!engine_drained(work.engine) || work.old != NULL) &&
	       !role_impatient(&work.role)) {
		if (work_turn(&work, err) != 0)
			goto out;
	}
	log_line(LOG_INFO, "stop", "signals=%d", work.role.stops);
	rc = 0;
out:
	if (work.role.db != NULL)
		db_set_wait(work.role.db, DB_WAIT_END);
	engine_free(work.old, clock_now());
	engine_free(work.engine, clock_now());
	role_release(&work.role);
	return rc;
}

/* ---- the parent: starts the roles and watches them */

typedef int run_fn(const struct conf *conf, struct err *err);

static const struct {
	const char *name;
	run_fn *run;
} roles[] = {{"web", run_web}, {"work", run_work}};

enum { ROLE_WEB, ROLE_WORK };

static int
run_role(size_t which, const struct conf *conf)
{
	struct err err = ERR_INIT;

	log_prefix(roles[which].name);
	if (roles[which].run(conf, &err) == 0)
		return EX_OK;
	log_line(LOG_ERROR, "fail", "%s", err.msg);
	return err_exit_status(err.code);
}

/* What one child runs. */
struct job {
	size_t role;
	const struct conf *conf;
};

static int
run_job(void *arg)
{
	const struct job *job = arg;

	return run_role(job->role, job->conf);
}

static void
note_end(const char *name, pid_t pid, int status)
{
	log_line(status == EX_OK ? LOG_INFO : LOG_ERROR, "ended",
	    "role=%s pid=%d status=%d", name, (int)pid, status);
}

static int
run_parent(const struct conf *conf, bool web)
{
	struct job jobs[] = {{ROLE_WEB, conf}, {ROLE_WORK, conf}};
	struct parent parent = {.ended = note_end};
	struct err err = ERR_INIT;

	if (web) {
		parent_add(
		    &parent, roles[ROLE_WEB].name, run_job, &jobs[ROLE_WEB]);
	}
	for (int64_t i = 0; i < conf->senders; i++) {
		parent_add(
		    &parent, roles[ROLE_WORK].name, run_job, &jobs[ROLE_WORK]);
	}
	if (parent_run(&parent, &err) != 0) {
		log_line(LOG_ERROR, "fail", "%s", err.msg);
		return err_exit_status(err.code);
	}
	return parent.status;
}

/* ---- the command line */

static int
usage(FILE *to, int status)
{
	fputs("usage: nashrad [--config FILE] [--trace FILE] [web | work]\n"
	      "       nashrad --version\n",
	    to);
	return status;
}

static int
start(const char *path, const char *role)
{
	struct err err = ERR_INIT;
	struct conf *conf = NULL;
	int status;

	if (conf_load(&conf, path, &err) != 0) {
		fprintf(stderr, "nashrad: %s\n", err.msg);
		return err_exit_status(err.code);
	}
	if (role == NULL) {
		status = run_parent(conf, true);
	} else if (str_eq(role, roles[ROLE_WEB].name)) {
		status = run_role(ROLE_WEB, conf);
	} else if (str_eq(role, roles[ROLE_WORK].name)) {
		status = conf->senders > 1 ? run_parent(conf, false)
					   : run_role(ROLE_WORK, conf);
	} else {
		status = usage(stderr, EX_USAGE);
	}
	conf_free(conf);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {"trace", required_argument, NULL, 't'},
	    {"version", no_argument, NULL, 'V'}, {0}};
	const char *path = NULL;
	const char *trace = NULL;
	struct err err = ERR_INIT;
	int c;

	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (c) {
		case 'c': path = optarg; break;
		case 'h': return usage(stdout, EX_OK);
		case 't': trace = optarg; break;
		case 'V': printf("nashrad %s\n", NASHRA_VERSION); return EX_OK;
		default: return usage(stderr, EX_USAGE);
		}
	}
	if (argc - optind > 1)
		return usage(stderr, EX_USAGE);
	token_guard();
	umask(077);
	if (trace != NULL && transcript_open(trace, &err) != 0) {
		fprintf(stderr, "nashrad: %s\n", err.msg);
		return err_exit_status(err.code);
	}
	return start(path, argv[optind]);
}
