/* SPDX-License-Identifier: ISC */
/*
 * outbox_add - put mail into the outbox, and take a goodbye back out.
 *
 * Of the family of model/outbox; reads views `audience_body`,
 * `subscription_pace` and `confirm_mail`. Each row goes into the queue of its
 * reader's domain, where that has a pace of its own.
 */
#ifndef NASHRA_MODEL_OUTBOX_ADD_H
#define NASHRA_MODEL_OUTBOX_ADD_H

#include "base/err.h"
#include "store/db.h"

#include <stdint.h>

int outbox_add_confirm(
    struct db *db, int64_t subscription_id, int64_t now, struct err *err);
int outbox_add_welcome(
    struct db *db, int64_t subscription_id, int64_t now, struct err *err);
int outbox_add_goodbye(
    struct db *db, int64_t subscription_id, int64_t now, struct err *err);
/* One row for each active reader of the list on that cadence (its name), with
 * the issue's body whose variant is what they chose ("arab-html"); none where
 * there is no such body. *n is how many. */
struct outbox_issue {
	int64_t list_id;
	const char *every;
	int64_t issue_id;
	const char *digits; /* of those for whom nobody chose: "arab" */
	const char *arab;   /* of those who chose "arab": what there is of it */
};
int outbox_add_issue(struct db *db, const struct outbox_issue *issue,
    int64_t now, int64_t *n, struct err *err);

/* When the last confirm mail of a subscription was queued, 0 for never; how
 * many were to that subscriber, on any list, since a moment. */
int outbox_last_confirm(
    struct db *db, int64_t subscription_id, int64_t *when, struct err *err);
int outbox_count_confirms(struct db *db, int64_t subscriber_id, int64_t since,
    int64_t *n, struct err *err);
/* One that has not left yet is not sent any more: its reader is back, or must
 * not be written to at all. */
int outbox_cancel_goodbye(
    struct db *db, int64_t subscription_id, int64_t now, struct err *err);
/* How many goodbyes of a subscription were queued after one moment and up to
 * another; one that was cancelled never was. */
int outbox_count_goodbyes(struct db *db, int64_t subscription_id, int64_t since,
    int64_t until, int64_t *n, struct err *err);

/* To the admin, who is named when it goes out. The text is kept. */
int outbox_add_notice(
    struct db *db, const char *text, int64_t now, struct err *err);
/* When the last one was queued, 0 for never. */
int outbox_last_notice(struct db *db, int64_t *when, struct err *err);
/* The caller frees it. */
int outbox_notice_text(struct db *db, int64_t id, char **out, struct err *err);

#endif
