/* SPDX-License-Identifier: ISC */
#include "flow/settle.h"

#include "base/str.h"
#include "base/token.h"
#include "flow/verdict.h"
#include "model/issue.h"
#include "model/outbox_add.h"
#include "model/outbox_queue.h"
#include "model/subscription.h"

#define STOP                                                                   \
	1000 /* rows of a cancelled issue, with the one that it is about       \
	      */

static int
bounce(struct db *db, int64_t subscription_id, int64_t now, struct err *err)
{
	struct subscription sub;
	int found = subscription_get(db, subscription_id, &sub, err);

	if (found != 1)
		return found;
	if (subscription_move(db, &sub, SUBSCRIPTION_BOUNCE, now, err) < 0)
		return -1;
	return outbox_cancel(db, sub.id, now, err);
}

/* A worker's hand is off it: it waits, and that it need not. */
static int
stop_issue(struct db *db, int64_t issue_id, int64_t now, struct err *err)
{
	struct outbox_queue_command command = {
	    .order = OUTBOX_STOP, .issue_id = issue_id, .max = STOP};

	return outbox_queue_command(db, &command, now, err) < 0 ? -1 : 0;
}

/* A goodbye is for who has left, all else for who has not; either may have
 * asked anew. */
static bool
is_for(enum outbox_kind kind, enum subscription_state state)
{
	enum subscription_state other =
	    kind == OUTBOX_GOODBYE ? SUBSCRIPTION_LEFT : SUBSCRIPTION_ACTIVE;

	return state == other || state == SUBSCRIPTION_PENDING;
}

/* Whoever left while the message was out is not sent it again, and nobody is
 * whose issue was cancelled. */
static int
drop_unwanted(
    struct db *db, const struct outbox *row, int64_t now, struct err *err)
{
	struct subscription sub;
	struct issue issue = {.state = ISSUE_SENDING};
	int found = subscription_get(db, row->subscription_id, &sub, err);

	if (found == 1 && !is_for(row->kind, sub.state)) {
		return row->kind == OUTBOX_GOODBYE
			   ? outbox_cancel_goodbye(db, sub.id, now, err)
			   : outbox_cancel(db, sub.id, now, err);
	}
	if (found >= 0 && row->issue_id != 0)
		found = issue_get(db, row->issue_id, &issue, err);
	if (issue.state == ISSUE_CANCELLED)
		return stop_issue(db, row->issue_id, now, err);
	return found < 0 ? -1 : 0;
}

/* Nothing has left, nobody was asked. */
static int
spoil(struct db *db, struct outbox *row, const struct settle_case *of,
    int64_t now, struct err *err)
{
	bool old = row->deadline <= now && row->attempts >= VERDICT_TRIES;
	bool last = old || row->faults + 1 >= OUTBOX_FAULTS;
	struct outbox_note note = {.fault = true, .relay = "", .status = ""};
	struct str text;
	unsigned jitter;
	int rc;

	token_random(&jitter, sizeof(jitter));
	note.due = now + verdict_wait(row->faults + 1, jitter);
	str_init(&text, 1024);
	str_addf(&text, "cannot be composed: %s", of->result->text);
	note.text = text.data;
	rc = outbox_move(
	    db, row, last ? OUTBOX_REFUSE : OUTBOX_DEFER, &note, now, err);
	str_release(&text);
	return rc;
}

int
settle_row(struct db *db, struct outbox *row, const struct settle_case *of,
    int64_t now, struct err *err)
{
	struct verdict_case facts = {
	    .result = of->result,
	    .attempts = row->attempts,
	    .left = row->deadline - now,
	    .trouble = of->trouble,
	    .policy = row->kind == OUTBOX_CONFIRM ? LIST_RESEND : of->policy,
	};
	struct outbox_note note = {
	    .relay = of->relay,
	    .code = of->result->code,
	    .status = of->result->status,
	    .text = of->result->text,
	};
	struct verdict v;
	int moved;

	if (of->fault)
		return spoil(db, row, of, now, err);
	if (of->result->outcome != SMTP_SENT)
		token_random(&facts.jitter, sizeof(facts.jitter));
	v = verdict(&facts);
	note.due = of->at_once ? now : now + v.wait;
	moved = outbox_move(db, row, v.event, &note, now, err);
	if (moved == 1 && v.retry)
		moved = outbox_move(db, row, OUTBOX_RETRY, &note, now, err);
	if (moved == 1 && v.bounced &&
	    bounce(db, row->subscription_id, now, err) != 0)
		return -1;
	if (moved == 1 && !outbox_state_final(row->state) &&
	    drop_unwanted(db, row, now, err) != 0)
		return -1;
	return moved;
}
