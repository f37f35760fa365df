/* SPDX-License-Identifier: ISC */
/*
 * progress - how far an issue has come, in one line of a terminal.
 *
 * Asks nobody: what it knows it was given, so that a test can give it.
 */
#ifndef NASHRA_CLI_PROGRESS_H
#define NASHRA_CLI_PROGRESS_H

#include "base/str.h"
#include "model/outbox_list.h"

#include <stddef.h>
#include <stdint.h>

#define PROGRESS_SAMPLES 64
#define PROGRESS_WINDOW  10000 /* ms: the rate is that of the last so many */

/* What was done when; zeroed: nothing yet. */
struct progress {
	struct {
		int64_t ms, done;
	} sample[PROGRESS_SAMPLES];
	size_t count;
};

/* Messages that are at their end. */
int64_t progress_done(const struct outbox_list_counts *counts);

void progress_add(struct progress *progress, int64_t ms, int64_t done);
/* Thousandths of a message a second; 0 where none came or nobody can tell. */
int64_t progress_rate(const struct progress *progress);

/* "3 queued, 17 sent": states that nothing is in are left out. */
void progress_counts(struct str *out, const struct outbox_list_counts *counts);

/* "42 s", "12 min", "1 h 12 min", "3 d 4 h". */
#define PROGRESS_SPAN_SIZE 48
void progress_span(char out[PROGRESS_SPAN_SIZE], int64_t s);

struct progress_view {
	const struct outbox_list_counts *counts;
	int64_t rate;     /* thousandths a second; 0: it stands still */
	const char *note; /* why it does, or goes slowly; or "" */
	size_t width;     /* columns that it may fill */
};
/* The line, without an end: what is less important is left out where the
 * width does not hold it. In ASCII, whatever the note is in. */
void progress_line(struct str *out, const struct progress_view *view);

#endif
