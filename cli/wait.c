/* SPDX-License-Identifier: ISC */
#include "wait.h"

#include "base/clock.h"
#include "obstacle.h"
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
#define SHARE    20   /* of the time is the most that looking takes */
#define LINES_MS 2000 /* between two plain lines */
#define WIDTH    80   /* of a terminal that does not say */
#define WIDEST   400
#define LINE     1000

static volatile sig_atomic_t interrupted;

struct wait {
	struct cli *cli;
	int64_t issue_id;
	bool bar;     /* on a terminal */
	size_t drawn; /* columns of it */
	struct progress progress;
	struct outbox_list_counts counts, said;
	int64_t said_ms; /* 0: nothing yet */
	struct obstacle obstacle, said_obstacle;
};

static void
interrupt(int signo)
{
	(void)signo;
	interrupted = 1;
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
	wait->drawn = n;
}

static void
draw_bar(struct wait *wait)
{
	/* The last column is left free: some terminals wrap there. */
	struct progress_view view = {.counts = &wait->counts,
	    .rate = wait->obstacle.stops ? 0 : progress_rate(&wait->progress),
	    .width = columns() - 1};
	struct str line, note;

	/* One that has become narrower has wrapped what was there. */
	if (wait->drawn > view.width)
		wait->drawn = view.width;
	str_init(&line, LINE);
	str_init(&note, LINE);
	obstacle_words(&note, &wait->obstacle);
	view.note = note.data;
	progress_line(&line, &view);
	draw(wait, line.data);
	str_release(&line);
	str_release(&note);
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
	str_release(&line);
	wait->said = wait->counts;
}

static void
print_obstacle(struct wait *wait)
{
	struct str line;

	str_init(&line, LINE);
	obstacle_words(&line, &wait->obstacle);
	puts(line.data);
	str_release(&line);
}

static void
print_lines(struct wait *wait, int64_t ms)
{
	bool news = memcmp(&wait->said, &wait->counts, sizeof(wait->said)) != 0;

	if (wait->said_ms != 0 && ms - wait->said_ms < LINES_MS)
		return;
	if (news)
		print_counts(wait);
	if (wait->obstacle.text[0] != '\0' &&
	    !str_eq(wait->obstacle.text, wait->said_obstacle.text))
		print_obstacle(wait);
	wait->said_ms = ms;
	wait->said_obstacle = wait->obstacle;
}

/* ---- both */

/* One look, and what is to be seen. 1 where it is over. */
static int
look(struct wait *wait, struct err *err)
{
	int64_t ms = clock_mono_ms();

	if (outbox_list_count(
		wait->cli->db, wait->issue_id, &wait->counts, err) != 0 ||
	    obstacle_find(wait->cli, wait->issue_id, &wait->counts,
		&wait->obstacle, err) != 0)
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
	int deaf = 0; /* nobody hears any more how far it is */
	int over;

	for (;;) {
		int64_t cost_ms = -clock_mono_ms();

		over = look(wait, err);
		deaf = cli_flush(err);
		cost_ms += clock_mono_ms();
		if (over != 0 || deaf != 0 || interrupted)
			break;
		pause_ms += pause_ms < LAST_MS ? MORE_MS : 0;
		if (pause_ms < cost_ms * SHARE)
			pause_ms = cost_ms * SHARE;
		(void)usleep((useconds_t)pause_ms * 1000);
	}
	clear_bar(wait);
	if (over < 0 || deaf < 0)
		return -1;
	if (over == 0 && deaf == 0) {
		return err_set(err, ERR_TEMP,
		    "the wait is over, the sending is not: `nashra digest "
		    "wait %lld` waits again, `nashra digest status %lld` "
		    "shows how far it is, `nashra digest cancel %lld` ends it",
		    (long long)wait->issue_id, (long long)wait->issue_id,
		    (long long)wait->issue_id);
	}
	if (!wait->cli->json &&
	    memcmp(&wait->said, &wait->counts, sizeof(wait->said)) != 0)
		print_counts(wait);
	return 0;
}

int
wait_for_issue(struct cli *cli, int64_t issue_id,
    struct outbox_list_counts *out, struct err *err)
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
	*out = wait.counts;
	return rc;
}
