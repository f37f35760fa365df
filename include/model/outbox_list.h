/* SPDX-License-Identifier: ISC */
/*
 * outbox_list - what is in the outbox, for people to look at.
 *
 * Reads view `outbox_report`. Changes nothing.
 */
#ifndef NASHRA_MODEL_OUTBOX_LIST_H
#define NASHRA_MODEL_OUTBOX_LIST_H

#include "base/err.h"
#include "model/outbox.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

/* How many rows are in each state: of one issue, or (0) of all. */
struct outbox_list_counts {
	int64_t n[OUTBOX_STATES];
};
int outbox_list_count(struct db *db, int64_t issue_id,
    struct outbox_list_counts *out, struct err *err);
/* True where no row will change any more. */
bool outbox_list_final(const struct outbox_list_counts *counts);

/* When the first of an issue's rows that wait is due: 1, or 0 where none
 * does. */
int outbox_list_next_due(
    struct db *db, int64_t issue_id, int64_t *when, struct err *err);
/* When its first row started and the last one ended; 0 where none has. Looks
 * at every row. */
struct outbox_list_span {
	int64_t first_start, last_end;
};
int outbox_list_span(struct db *db, int64_t issue_id,
    struct outbox_list_span *out, struct err *err);
/* Each issue with rows of which nobody knows whether they arrived. */
typedef int outbox_list_unknown_fn(int64_t issue_id, int64_t n, void *arg);
int outbox_list_unknown(
    struct db *db, outbox_list_unknown_fn *fn, void *arg, struct err *err);

/* The rows of an issue that did not go through (failed, unknown) or wait for
 * another try (deferred); at most `max`. The texts are borrowed for the
 * call. */
struct outbox_list_row {
	int64_t subscription_id;
	enum outbox_state state;
	int64_t attempts;
	struct outbox_note note;
};
typedef int outbox_list_fn(const struct outbox_list_row *row, void *arg);
struct outbox_list_trouble {
	int64_t issue_id;
	int64_t max;
	outbox_list_fn *fn;
	void *arg;
};
int outbox_list_trouble(
    struct db *db, const struct outbox_list_trouble *which, struct err *err);

#endif
