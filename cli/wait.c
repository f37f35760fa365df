/* SPDX-License-Identifier: ISC */
#include "wait.h"

#include "base/clock.h"
#include "model/issue.h"
#include "model/trouble.h"
#include "model/worker.h"
#include "progress.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define FIRST_MS 200 /* between two looks, at first, */
#define LAST_MS  1000
#define MORE_MS  50   /* and more from one to the next */
#define LINES_MS 2000 /* between two plain lines */
#define WIDTH    80   /* of a terminal that does not say */
#define WIDEST   400
#define LINE     1000
#define NOTE     640

static volatile sig_atomic_t interrupted;

struct wait {
	struct cli *cli;
	int64_t issue_id;
	bool bar;     /* on a terminal */
	size_t drawn; /* columns of it */
	struct progress progress;
	struct outbox_list_counts counts, said;
	int64_t said_ms; /* 0: nothing yet */
	char note[NOTE], said_note[NOTE];
	int troubles;
};

static void
interrupt(int signo)
{
	(void)signo;
	interrupted = 1;
}

/* ---- why it stands still */

static int
note_trouble(const struct trouble *trouble, void *arg)
{
	struct wait *wait = arg;

	if (wait->troubles++ == 0) {
		snprintf(wait->note, sizeof(wait->note), "%s%s%s: %s",
		    trouble_scope_name(trouble->scope),
		    trouble->name[0] != '\0' ? " " : "", trouble->name,
		    trouble->error);
	}
	return 0;
}

static int
count_worker(const struct worker *worker, void *arg)
{
	(void)worker;
	++*(int *)arg;
	return 0;
}

/* What a person can do comes before what nashra waits for. */
static int
find_note(struct wait *wait, struct err *err)
{
	struct db *db = wait->cli->db;
	struct issue issue = {.state = ISSUE_SENDING};
	int workers = 0;

	wait->note[0] = '\0';
	wait->troubles = 0;
	if (issue_get(db, wait->issue_id, &issue, err) < 0 ||
	    worker_each(db, count_worker, &workers, err) != 0 ||
	    trouble_each(db, note_trouble, wait, err) != 0)
		return -1;
	if (issue.state == ISSUE_PAUSED) {
		snprintf(wait->note, sizeof(wait->note),
		    "paused: `nashra digest resume %lld` lets it go on",
		    (long long)issue.id);
	} else if (workers == 0) {
		(void)str_fit(wait->note, sizeof(wait->note),
		    "no worker runs: nothing is sent until `nashrad` does");
	}
	return 0;
}

/* ---- on a terminal */

static size_t
columns(void)
{
	struct winsize size = {0};

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return WIDTH;
	return size.ws_col < WIDEST ? size.ws_col : WIDEST;
}

/* In the same line, over what was there. */
static void
draw(struct wait *wait, const char *line)
{
	size_t n = strlen(line);

	printf(
	    "\r%s%*s", line, n < wait->drawn ? (int)(wait->drawn - n) : 0, "");
	if (n < wait->drawn)
		printf("\r%s", line);
	fflush(stdout);
	wait->drawn = n;
}

static void
draw_bar(struct wait *wait)
{
	/* The last column is left free: some terminals wrap there. */
	const struct progress_view view = {.counts = &wait->counts,
	    .rate = progress_rate(&wait->progress),
	    .note = wait->note,
	    .width = columns() - 1};
	struct str line;

	/* One that has become narrower has wrapped what was there. */
	if (wait->drawn > view.width)
		wait->drawn = view.width;
	str_init(&line, LINE);
	progress_line(&line, &view);
	draw(wait, line.data);
	str_release(&line);
}

static void
clear_bar(struct wait *wait)
{
	if (!wait->bar)
		return;
	draw(wait, "");
	putchar('\r');
	fflush(stdout);
}

/* ---- elsewhere */

static void
print_counts(struct wait *wait)
{
	struct str line;

	str_init(&line, 1000);
	progress_counts(&line, &wait->counts);
	puts(line.data);
	fflush(stdout);
	str_release(&line);
	wait->said = wait->counts;
}

static void
print_lines(struct wait *wait, int64_t ms)
{
	bool news = memcmp(&wait->said, &wait->counts, sizeof(wait->said)) != 0;

	if (wait->said_ms != 0 && ms - wait->said_ms < LINES_MS)
		return;
	if (news)
		print_counts(wait);
	if (wait->note[0] != '\0' && !str_eq(wait->note, wait->said_note)) {
		puts(wait->note);
		fflush(stdout);
	}
	wait->said_ms = ms;
	memcpy(wait->said_note, wait->note, sizeof(wait->note));
}

/* ---- both */

/* One look, and what is to be seen. 1 where it is over. */
static int
look(struct wait *wait, struct err *err)
{
	int64_t ms = clock_mono_ms();

	if (outbox_list_count(
		wait->cli->db, wait->issue_id, &wait->counts, err) != 0 ||
	    find_note(wait, err) != 0)
		return -1;
	progress_add(&wait->progress, ms, progress_done(&wait->counts));
	if (outbox_list_final(&wait->counts))
		return 1;
	if (wait->bar) {
		draw_bar(wait);
	} else if (!wait->cli->json) {
		print_lines(wait, ms);
	}
	return 0;
}

static int
stay(struct wait *wait, struct err *err)
{
	int64_t pause_ms = FIRST_MS;
	int over;

	while ((over = look(wait, err)) == 0 && !interrupted) {
		(void)usleep((useconds_t)pause_ms * 1000);
		if (pause_ms < LAST_MS)
			pause_ms += MORE_MS;
	}
	clear_bar(wait);
	if (over < 0)
		return -1;
	if (over == 0) {
		return err_set(err, ERR_TEMP,
		    "the wait is over, the sending is not: `nashra digest "
		    "status %lld` shows how far it is, `nashra digest cancel "
		    "%lld` ends it",
		    (long long)wait->issue_id, (long long)wait->issue_id);
	}
	if (!wait->cli->json &&
	    memcmp(&wait->said, &wait->counts, sizeof(wait->said)) != 0)
		print_counts(wait);
	return 0;
}

int
wait_for_issue(struct cli *cli, int64_t issue_id, struct err *err)
{
	/* Without SA_RESTART: it ends the sleep. */
	struct sigaction action = {.sa_handler = interrupt};
	struct sigaction before;
	const char *term = getenv("TERM");
	struct wait wait = {.cli = cli, .issue_id = issue_id};
	int rc;

	wait.bar = !cli->json && isatty(STDOUT_FILENO) &&
		   !(term != NULL && str_eq(term, "dumb"));
	sigemptyset(&action.sa_mask);
	if (sigaction(SIGINT, &action, &before) != 0)
		return err_errno(err, "cannot wait");
	rc = stay(&wait, err);
	(void)sigaction(SIGINT, &before, NULL);
	return rc;
}
