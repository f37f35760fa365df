/* SPDX-License-Identifier: ISC */
#include "base/parent.h"

#include "base/clock.h"
#include "base/loop.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

#define RESTART_MIN 500   /* ms before the first restart */
#define RESTART_MAX 30000 /* ms, the most between two starts */
#define STEADY_MS   60000 /* a child that lived so long starts afresh */

int
parent_signals(struct err *err)
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

void
parent_add(struct parent *parent, const char *name, parent_fn *fn, void *arg)
{
	if (parent->count < PARENT_CHILDREN) {
		parent->children[parent->count++] =
		    (struct parent_child){.name = name, .fn = fn, .arg = arg};
		parent->wanted = parent->count;
	}
}

/* A child must not outlive its parent, however that ends. */
static void
start_child(struct parent_child *child)
{
	pid_t before = getpid();
	pid_t pid = fork();

	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != before)
			_exit(EX_TEMPFAIL);
		_exit(child->fn(child->arg));
	}
	child->started_ms = clock_mono_ms();
	child->asked = 0;
	child->starts++;
	if (pid > 0) {
		child->pid = pid;
	} else {
		child->start_at_ms = child->started_ms + RESTART_MAX;
	}
}

/* Who is asked a second time stops at once: each is asked as often as the
 * parent was, whatever it was asked for before. */
static void
ask(struct parent_child *child, unsigned times)
{
	if (child->pid == 0 || child->asked >= times)
		return;
	child->asked++;
	kill(child->pid, SIGTERM);
}

static void
stop_children(struct parent *parent)
{
	parent->stops++;
	for (size_t i = 0; i < parent->count; i++)
		ask(&parent->children[i], parent->stops);
}

void
parent_want(struct parent *parent, size_t n)
{
	parent->wanted = n < parent->count ? n : parent->count;
	for (size_t i = parent->wanted; i < parent->count; i++)
		ask(&parent->children[i], 1);
}

static void
hang_up(struct parent *parent)
{
	if (parent->stops > 0 ||
	    (parent->hangup != NULL && !parent->hangup(parent)))
		return;
	for (size_t i = 0; i < parent->wanted; i++) {
		if (parent->children[i].pid > 0)
			kill(parent->children[i].pid, SIGHUP);
	}
}

/* Settings, rights and files do not get better by waiting. But settings that
 * were good once are being edited: the others go on, and so does this one. */
static bool
gives_up(const struct parent_child *child, int status)
{
	if (status == EX_CONFIG)
		return child->starts == 1;
	return status == EX_NOPERM || status == EX_IOERR ||
	       status == EX_NOINPUT;
}

static void
child_ended(struct parent *parent, struct parent_child *child, int wstatus)
{
	int status =
	    WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : 128 + WTERMSIG(wstatus);
	int64_t now_ms = clock_mono_ms();

	parent->ended(child->name, child->pid, status);
	child->pid = 0;
	if (parent->stops > 0)
		return;
	/* Who ends because it was asked to is not unwell: should it be wanted
	 * again by now, it starts at once. */
	if (child->asked > 0) {
		child->wait_ms = 0;
		child->start_at_ms = now_ms;
		return;
	}
	if (gives_up(child, status)) {
		parent->status = status;
		stop_children(parent);
		return;
	}
	if (now_ms - child->started_ms > STEADY_MS || child->wait_ms == 0)
		child->wait_ms = RESTART_MIN;
	child->start_at_ms = now_ms + child->wait_ms;
	child->wait_ms *= 2;
	if (child->wait_ms > RESTART_MAX)
		child->wait_ms = RESTART_MAX;
}

static struct parent_child *
child_of(struct parent *parent, pid_t pid)
{
	for (size_t i = 0; i < parent->count; i++) {
		if (parent->children[i].pid == pid)
			return &parent->children[i];
	}
	return NULL;
}

static void
reap(struct parent *parent)
{
	int wstatus;
	pid_t pid;

	while ((pid = waitpid(-1, &wstatus, WNOHANG)) > 0) {
		struct parent_child *child = child_of(parent, pid);

		if (child != NULL)
			child_ended(parent, child, wstatus);
	}
}

/* Starts what is due; returns when the next start is: ms, -1 for never. */
static int
start_due(struct parent *parent)
{
	int64_t now_ms = clock_mono_ms();
	int64_t next = -1;

	for (size_t i = 0; i < parent->wanted && parent->stops == 0; i++) {
		struct parent_child *child = &parent->children[i];

		if (child->pid == 0 && child->start_at_ms <= now_ms)
			start_child(child);
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
on_signal(void *arg, int fd, unsigned events)
{
	struct parent *parent = arg;
	struct signalfd_siginfo info;

	(void)events;
	while (read(fd, &info, sizeof(info)) == (ssize_t)sizeof(info)) {
		if (info.ssi_signo == SIGCHLD) {
			reap(parent);
		} else if (info.ssi_signo == SIGHUP) {
			hang_up(parent);
		} else {
			stop_children(parent);
		}
	}
}

int
parent_run(struct parent *parent, struct err *err)
{
	struct loop *loop = NULL;
	int signals = parent_signals(err);
	int rc = -1;

	if (signals < 0 || loop_new(&loop, err) != 0 ||
	    loop_watch(loop, signals, LOOP_IN, on_signal, parent, err) != 0)
		goto out;
	do {
		if (loop_turn(loop, start_due(parent), err) != 0)
			goto out;
	} while (parent->stops == 0 || any_running(parent));
	rc = 0;
out:
	if (rc != 0)
		stop_children(parent);
	loop_free(loop);
	if (signals >= 0)
		close(signals);
	return rc;
}
