/* SPDX-License-Identifier: ISC */
#include "progress.h"

#include <stdio.h>
#include <string.h>

#define BAR_LEAST 10 /* columns between its brackets */
#define BAR_MOST  30
#define PIECE     200
#define LINE      1024

/* What no bar shows: it is said in words, where there are any. */
static const enum outbox_state aside[] = {
    OUTBOX_DEFERRED, OUTBOX_FAILED, OUTBOX_UNKNOWN, OUTBOX_CANCELLED};
#define ASIDE (sizeof(aside) / sizeof(*aside))

static int64_t
total_of(const struct outbox_list_counts *counts)
{
	int64_t total = 0;

	for (int i = 0; i < OUTBOX_STATES; i++)
		total += counts->n[i];
	return total;
}

int64_t
progress_done(const struct outbox_list_counts *counts)
{
	int64_t done = 0;

	for (int i = 0; i < OUTBOX_STATES; i++) {
		if (outbox_state_final((enum outbox_state)i))
			done += counts->n[i];
	}
	return done;
}

void
progress_add(struct progress *progress, int64_t ms, int64_t done)
{
	size_t old = 0;

	/* One that is older than the span stays, for the span to be full. */
	while (old + 1 < progress->count &&
	       progress->sample[old + 1].ms <= ms - PROGRESS_WINDOW)
		old++;
	if (old == 0 && progress->count == PROGRESS_SAMPLES)
		old = 1;
	progress->count -= old;
	memmove(progress->sample, progress->sample + old,
	    progress->count * sizeof(*progress->sample));
	progress->sample[progress->count].ms = ms;
	progress->sample[progress->count].done = done;
	progress->count++;
}

int64_t
progress_rate(const struct progress *progress)
{
	int64_t ms, done;

	if (progress->count < 2)
		return 0;
	ms = progress->sample[progress->count - 1].ms - progress->sample[0].ms;
	done = progress->sample[progress->count - 1].done -
	       progress->sample[0].done;
	/* What was queued again makes it less. */
	if (ms <= 0 || done <= 0)
		return 0;
	return done * 1000000 / ms;
}

void
progress_counts(struct str *out, const struct outbox_list_counts *counts)
{
	const char *apart = "";

	for (int i = 0; i < OUTBOX_STATES; i++) {
		if (counts->n[i] == 0)
			continue;
		str_addf(out, "%s%lld %s", apart, (long long)counts->n[i],
		    outbox_state_name((enum outbox_state)i));
		apart = ", ";
	}
}

/* ---- the line */

/* Where it fits beside what is there. */
static void
add_piece(struct str *out, size_t width, const char *piece)
{
	size_t apart = out->len > 0 ? 2 : 0;

	if (piece[0] == '\0' || out->len + apart + strlen(piece) > width)
		return;
	str_add_bytes(out, "  ", apart);
	str_add(out, piece);
}

/* A terminal obeys what is not printable, and the words are a relay's. */
static void
add_note(struct str *out, size_t width, const char *note)
{
	char clean[PIECE];
	size_t apart = out->len > 0 ? 2 : 0;
	size_t room = width > out->len + apart ? width - out->len - apart : 0;

	snprintf(clean, sizeof(clean), "%.*s",
	    (int)(room < sizeof(clean) ? room : sizeof(clean)), note);
	for (char *c = clean; *c != '\0'; c++) {
		if (*c < ' ' || *c > '~')
			*c = '?';
	}
	add_piece(out, width, clean);
}

static void
add_rate(struct str *out, size_t width, int64_t rate)
{
	char piece[PIECE];

	if (rate == 0)
		return;
	if (rate < 10000) {
		snprintf(piece, sizeof(piece), "%lld.%lld/s",
		    (long long)rate / 1000, (long long)rate % 1000 / 100);
	} else {
		snprintf(
		    piece, sizeof(piece), "%lld/s", (long long)rate / 1000);
	}
	add_piece(out, width, piece);
}

void
progress_span(char out[PROGRESS_SPAN_SIZE], int64_t s)
{
	long long min = (long long)s / 60;

	if (s < 100) {
		snprintf(out, PROGRESS_SPAN_SIZE, "%lld s", (long long)s);
	} else if (min < 100) {
		snprintf(out, PROGRESS_SPAN_SIZE, "%lld min", min);
	} else if (min < 48LL * 60) {
		snprintf(out, PROGRESS_SPAN_SIZE, "%lld h %02lld min", min / 60,
		    min % 60);
	} else {
		snprintf(out, PROGRESS_SPAN_SIZE, "%lld d %lld h",
		    min / 60 / 24, min / 60 % 24);
	}
}

/* What is deferred waits for its time, not for its turn. */
static void
add_left(struct str *out, const struct progress_view *view)
{
	int64_t left = total_of(view->counts) - progress_done(view->counts) -
		       view->counts->n[OUTBOX_DEFERRED];
	char span[PROGRESS_SPAN_SIZE];
	char piece[PIECE];

	if (left == 0 || view->rate == 0)
		return;
	progress_span(span, left * 1000 / view->rate + 1);
	snprintf(piece, sizeof(piece), "%s left", span);
	add_piece(out, view->width, piece);
}

static void
add_aside(struct str *out, const struct progress_view *view)
{
	struct outbox_list_counts few = {{0}};
	struct str piece;

	for (size_t i = 0; i < ASIDE; i++)
		few.n[aside[i]] = view->counts->n[aside[i]];
	str_init(&piece, LINE);
	progress_counts(&piece, &few);
	add_piece(out, view->width, piece.data);
	str_release(&piece);
}

/* Fills what the words leave. */
static void
add_bar(struct str *out, size_t width, int64_t done, int64_t total)
{
	size_t full = BAR_MOST;
	size_t ready;

	if (width < BAR_LEAST + 3)
		return;
	if (full > width - 3)
		full = width - 3;
	ready = total == 0 ? full : (size_t)(done * (int64_t)full / total);
	str_add(out, "[");
	for (size_t i = 0; i < full; i++)
		str_add(out, i < ready ? "=" : i == ready ? ">" : " ");
	str_add(out, "] ");
}

void
progress_line(struct str *out, const struct progress_view *view)
{
	int64_t total = total_of(view->counts);
	int64_t done = progress_done(view->counts);
	struct str words;
	char piece[PIECE];

	str_init(&words, LINE);
	snprintf(piece, sizeof(piece), "%lld/%lld %d%%", (long long)done,
	    (long long)total, total == 0 ? 100 : (int)(done * 100 / total));
	add_piece(&words, view->width, piece);
	add_rate(&words, view->width, view->rate);
	add_left(&words, view);
	if (view->note[0] != '\0')
		add_note(&words, view->width, view->note);
	add_aside(&words, view);
	add_bar(out, view->width - words.len, done, total);
	str_add(out, words.data);
	str_release(&words);
}
