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
#include "base/str.h"
#include "base/token.h"
#include "flow/deliver.h"
#include "flow/kit.h"
#include "flow/poll.h"
#include "store/db.h"
#include "web/server.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define TICK_MS     1000
#define PATIENCE_MS 10000 /* for what is under way when asked to stop */
#define CHILDREN    65    /* 64 senders and the web role */
#define RESTART_MAX 30000 /* ms, the most between two starts of a role */
#define STEADY_MS   60000 /* a child that lived so long starts afresh */

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
};

/* ---- signals and ticks */

static int
block_signals(struct err *err)
{
	sigset_t set;
	int fd;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	return fd >= 0 ? fd : err_errno(err, "cannot wait for signals");
}

static void
role_signal(void *arg, int fd, unsigned events)
{
	struct role *role = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			log_line(LOG_WARN, "hangup",
			    "settings are read at the start: restart to "
			    "change them");
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

static int
role_init(struct role *role, const struct conf *conf, struct err *err)
{
	*role = (struct role){.conf = conf, .signals = -1};
	role->tick = (struct loop_timer){.fn = role_tick, .arg = role};
	role->signals = block_signals(err);
	if (role->signals < 0 || kit_check(conf, err) != 0 ||
	    loop_new(&role->loop, err) != 0 ||
	    loop_watch(role->loop, role->signals, LOOP_IN, role_signal, role,
		err) != 0 ||
	    db_open(&role->db, conf->database, DB_WAIT_LOOP, err) != 0 ||
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
	log_line(LOG_INFO, "start", "listen=%s", conf->web.listen);
	while (role.stops == 0) {
		if (loop_turn(role.loop, -1, err) != 0)
			goto out;
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
	struct kit *kit;
	struct deliver *deliver;
	struct poll *poll;
};

static int
work_init(struct work *work, const struct conf *conf, struct err *err)
{
	static char hello[256];
	struct deliver_parts parts = {.conf = conf, .hello = hello};

	if (role_init(&work->role, conf, err) != 0 ||
	    kit_new(&work->kit, conf, true, err) != 0)
		return -1;
	if (work->kit->dkim == NULL)
		log_line(LOG_WARN, "dkim",
		    "mail goes unsigned: the settings have no dkim section");
	if (gethostname(hello, sizeof(hello) - 1) != 0 || hello[0] == '\0')
		(void)str_fit(hello, sizeof(hello), "localhost");
	parts.loop = work->role.loop;
	parts.db = work->role.db;
	parts.kit = work->kit;
	parts.ring = work->role.ring;
	if (deliver_new(&work->deliver, &parts, clock_now(), err) != 0 ||
	    poll_new(&work->poll, parts.loop, parts.db, conf, err) != 0)
		return -1;
	role_tick(&work->role);
	return 0;
}

static int
work_turn(struct work *work, struct err *err)
{
	int64_t now;

	if (loop_turn(work->role.loop, deliver_patience(work->deliver), err) !=
	    0)
		return -1;
	now = clock_now();
	if (work->role.ticked) {
		work->role.ticked = false;
		deliver_tick(work->deliver, now);
		if (work->role.stops == 0)
			poll_turn(work->poll, now);
	}
	deliver_turn(work->deliver, now);
	return 0;
}

static int
run_work(const struct conf *conf, struct err *err)
{
	struct work work = {0};
	int rc = -1;

	if (work_init(&work, conf, err) != 0)
		goto out;
	log_line(LOG_INFO, "start", "relays=%zu", conf->relays);
	while (work.role.stops == 0) {
		if (work_turn(&work, err) != 0)
			goto out;
	}
	while (!deliver_drained(work.deliver) && !role_impatient(&work.role)) {
		if (work_turn(&work, err) != 0)
			goto out;
	}
	log_line(LOG_INFO, "stop", "signals=%d", work.role.stops);
	rc = 0;
out:
	poll_free(work.poll);
	deliver_free(work.deliver, clock_now());
	kit_free(work.kit);
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

struct child {
	size_t role;
	pid_t pid; /* 0: not running */
	int64_t started_ms;
	int64_t start_at_ms;
	int64_t wait_ms; /* before the next start */
};

struct parent {
	const struct conf *conf;
	struct child children[CHILDREN];
	size_t count;
	int status; /* to exit with */
	bool stopping;
};

/* A child must not outlive its parent, however that ends. */
static void
start_child(struct parent *parent, struct child *child)
{
	pid_t before = getpid();
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != before)
			_exit(EX_TEMPFAIL);
		_exit(run_role(child->role, parent->conf));
	}
	child->started_ms = clock_mono_ms();
	if (pid > 0)
		child->pid = pid;
	else
		child->start_at_ms = child->started_ms + RESTART_MAX;
}

static void
signal_children(const struct parent *parent, int number)
{
	for (size_t i = 0; i < parent->count; i++) {
		if (parent->children[i].pid > 0)
			kill(parent->children[i].pid, number);
	}
}

static void
stop_children(struct parent *parent)
{
	parent->stopping = true;
	signal_children(parent, SIGTERM);
}

/* One that ends by itself is started again, later each time; but for settings
 * that cannot work, which do not get better by waiting. */
static void
child_ended(struct parent *parent, struct child *child, int wstatus)
{
	int status =
	    WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 128 + WTERMSIG(wstatus);
	int64_t now_ms = clock_mono_ms();

	log_line(parent->stopping ? LOG_INFO : LOG_ERROR, "ended",
	    "role=%s pid=%d status=%d", roles[child->role].name,
	    (int)child->pid, status);
	child->pid = 0;
	if (parent->stopping)
		return;
	if (status == EX_CONFIG || status == EX_NOPERM || status == EX_IOERR ||
	    status == EX_NOINPUT) {
		parent->status = status;
		stop_children(parent);
		return;
	}
	if (now_ms - child->started_ms > STEADY_MS || child->wait_ms == 0)
		child->wait_ms = 500;
	child->start_at_ms = now_ms + child->wait_ms;
	child->wait_ms *= 2;
	if (child->wait_ms > RESTART_MAX)
		child->wait_ms = RESTART_MAX;
}

static void
reap(struct parent *parent)
{
	int wstatus;
	pid_t pid;

	while ((pid = waitpid(-1, &wstatus, WNOHANG)) > 0) {
		for (size_t i = 0; i < parent->count; i++) {
			if (parent->children[i].pid == pid)
				child_ended(
				    parent, &parent->children[i], wstatus);
		}
	}
}

/* Starts what is due; returns when the next start is: ms, -1 for never. */
static int
start_due(struct parent *parent)
{
	int64_t now_ms = clock_mono_ms();
	int64_t next = -1;

	for (size_t i = 0; i < parent->count && !parent->stopping; i++) {
		struct child *child = &parent->children[i];

		if (child->pid == 0 && child->start_at_ms <= now_ms)
			start_child(parent, child);
		if (child->pid == 0 &&
		    (next < 0 || child->start_at_ms - now_ms < next))
			next = child->start_at_ms - now_ms;
	}
	return (int)next;
}

static bool
any_running(const struct parent *parent)
{
	for (size_t i = 0; i < parent->count; i++) {
		if (parent->children[i].pid > 0)
			return true;
	}
	return false;
}

static void
parent_signal(void *arg, int fd, unsigned events)
{
	struct parent *parent = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			reap(parent);
		else if (info.ssi_signo == SIGHUP)
			signal_children(parent, SIGHUP);
		else
			stop_children(parent);
	}
}

static int
watch_children(struct parent *parent, struct err *err)
{
	struct loop *loop = NULL;
	int signals = block_signals(err);
	int rc = -1;

	if (signals < 0 || loop_new(&loop, err) != 0 ||
	    loop_watch(loop, signals, LOOP_IN, parent_signal, parent, err) != 0)
		goto out;
	do {
		if (loop_turn(loop, start_due(parent), err) != 0)
			goto out;
	} while (!parent->stopping || any_running(parent));
	rc = 0;
out:
	loop_free(loop);
	if (signals >= 0)
		close(signals);
	return rc;
}

static int
run_parent(const struct conf *conf, bool web)
{
	struct parent parent = {.conf = conf};
	struct err err = ERR_INIT;

	if (web)
		parent.children[parent.count++].role = ROLE_WEB;
	for (int64_t i = 0; i < conf->senders && parent.count < CHILDREN; i++)
		parent.children[parent.count++].role = ROLE_WORK;
	if (watch_children(&parent, &err) != 0) {
		log_line(LOG_ERROR, "fail", "%s", err.msg);
		stop_children(&parent);
		return err_exit_status(err.code);
	}
	return parent.status;
}

/* ---- the command line */

static int
usage(FILE *to, int status)
{
	fputs("usage: nashrad [--config FILE] [web | work]\n"
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
	if (role == NULL)
		status = run_parent(conf, true);
	else if (str_eq(role, roles[ROLE_WEB].name))
		status = run_role(ROLE_WEB, conf);
	else if (str_eq(role, roles[ROLE_WORK].name))
		status = conf->senders > 1 ? run_parent(conf, false)
					   : run_role(ROLE_WORK, conf);
	else
		status = usage(stderr, EX_USAGE);
	conf_free(conf);
	return status;
}

int
main(int argc, char **argv)
{
	static const struct option options[] = {
	    {"config", required_argument, NULL, 'c'},
	    {"help", no_argument, NULL, 'h'},
	    {"version", no_argument, NULL, 'V'}, {0}};
	const char *path = NULL;
	int c;

	while ((c = getopt_long(argc, argv, "c:h", options, NULL)) != -1) {
		switch (c) {
		case 'c': path = optarg; break;
		case 'h': return usage(stdout, EX_OK);
		case 'V': printf("nashrad %s\n", NASHRA_VERSION); return EX_OK;
		default: return usage(stderr, EX_USAGE);
		}
	}
	if (argc - optind > 1)
		return usage(stderr, EX_USAGE);
	/* Keys and addresses are in memory: no core dump, no debugger. */
	prctl(PR_SET_DUMPABLE, 0);
	umask(077);
	return start(path, argv[optind]);
}
