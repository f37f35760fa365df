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
#include "base/parent.h"
#include "base/str.h"
#include "base/token.h"
#include "flow/reload.h"
#include "flow/role.h"
#include "flow/transcript.h"
#include "flow/work.h"
#include "store/db.h"
#include "web/front.h"

#include <getopt.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define CHECK_MAX 30 /* s that a look at new settings may take */

/* ---- a role in this process */

/* Returns the exit status; leaves settings in the role where it is to go on as
 * several. */
static int
run_role(struct role *role)
{
	struct err err = ERR_INIT;

	log_prefix(role->kind->name);
	if (role_run(role, &err) >= 0)
		return EX_OK;
	log_line(LOG_ERROR, "fail", "%s", err.msg);
	return err_exit_status(err.code);
}

/* ---- the parent: starts the roles and watches them */

/* What the children run. */
struct jobs {
	struct conf *conf;
	bool web;
	struct job {
		const struct role_kind *kind;
		const struct jobs *jobs;
	} job[PARENT_CHILDREN];
};

static int
run_job(void *arg)
{
	const struct job *job = arg;
	struct role role = {
	    .kind = job->kind, .conf = job->jobs->conf, .child = true};

	return run_role(&role);
}

static void
note_end(const char *name, pid_t pid, int status)
{
	log_line(status == EX_OK ? LOG_INFO : LOG_ERROR, "ended",
	    "role=%s pid=%d status=%d", name, (int)pid, status);
}

/* What is wrong with the settings is said once, and by who has a database to
 * write it into. */
static int
check(const struct conf *old)
{
	struct err err = ERR_INIT;
	struct err why = ERR_INIT;
	struct conf *fresh = NULL;
	struct db *db = NULL;

	if (reload_read(&fresh, old, false, &why) == 0 &&
	    reload_check(fresh, &why) == 0 && front_check(fresh, &why) == 0)
		return EX_OK;
	if (db_open(&db, old->database, DB_WAIT_END, &err) == 0) {
		reload_refused(db, "", &why, clock_now());
	} else {
		log_line(
		    LOG_WARN, "settings", "state=kept why=\"%s\"", why.msg);
	}
	return EX_CONFIG;
}

/* In a process of its own: the parent stays as small as it is, and lives. */
static bool
is_good(const struct conf *old)
{
	pid_t pid = fork();
	int wstatus;

	if (pid == 0) {
		alarm(CHECK_MAX);
		_exit(check(old));
	}
	return pid > 0 && waitpid(pid, &wstatus, 0) == pid &&
	       WIFEXITED(wstatus) && WEXITSTATUS(wstatus) == EX_OK;
}

static size_t
wanted(const struct jobs *jobs)
{
	return (size_t)jobs->conf->senders + (jobs->web ? 1 : 0);
}

static bool
take_settings(struct parent *parent)
{
	struct jobs *jobs = parent->arg;
	struct conf *fresh = NULL;
	struct err err = ERR_INIT;

	if (!is_good(jobs->conf))
		return false;
	if (reload_read(&fresh, jobs->conf, true, &err) != 0) {
		log_line(
		    LOG_WARN, "settings", "state=kept why=\"%s\"", err.msg);
		return false;
	}
	conf_free(jobs->conf);
	jobs->conf = fresh;
	parent_want(parent, wanted(jobs));
	log_line(
	    LOG_INFO, "settings", "senders=%lld", (long long)fresh->senders);
	return true;
}

/* The settings are its own. */
static int
run_parent(struct conf *conf, bool web)
{
	struct jobs jobs = {.conf = conf, .web = web};
	struct parent parent = {
	    .ended = note_end, .hangup = take_settings, .arg = &jobs};
	struct err err = ERR_INIT;
	int status;

	log_prefix("");
	for (size_t i = 0; i < PARENT_CHILDREN; i++) {
		struct job *job = &jobs.job[i];

		job->kind = web && i == 0 ? &front_kind : &work_kind;
		job->jobs = &jobs;
		parent_add(&parent, job->kind->name, run_job, job);
	}
	parent_want(&parent, wanted(&jobs));
	if (parent_run(&parent, &err) == 0) {
		status = parent.status;
	} else {
		log_line(LOG_ERROR, "fail", "%s", err.msg);
		status = err_exit_status(err.code);
	}
	conf_free(jobs.conf);
	return status;
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
start(const char *path, const char *name)
{
	struct err err = ERR_INIT;
	struct role role = {.kind = &work_kind};
	int status;

	if (conf_load(&role.conf, path, &err) != 0) {
		fprintf(stderr, "nashrad: %s\n", err.msg);
		return err_exit_status(err.code);
	}
	if (name == NULL)
		return run_parent(role.conf, true);
	if (str_eq(name, front_kind.name)) {
		role.kind = &front_kind;
		return run_role(&role);
	}
	if (!str_eq(name, work_kind.name)) {
		conf_free(role.conf);
		return usage(stderr, EX_USAGE);
	}
	if (role.conf->senders > 1)
		return run_parent(role.conf, false);
	status = run_role(&role);
	return role.conf != NULL ? run_parent(role.conf, false) : status;
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
