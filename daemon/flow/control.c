/* SPDX-License-Identifier: ISC */
#include "flow/control.h"

#include "base/codec.h"
#include "model/list.h"
#include "model/outbox_queue.h"

#include <limits.h>

#define STEP   10000 /* rows in a transaction */
#define STAGES 2
#define NONE   OUTBOX_ORDERS /* nothing more */
#define LOOK   256           /* issues, the newest, that are looked through */

/* clang-format off */
#define NO ISSUE_STATES
/* What an issue becomes; NO: the order is not for it. */
static const struct {
	const char *name;
	enum issue_state becomes[ISSUE_STATES]; /* of SENDING, PAUSED, CANCELLED */
	bool open; /* only where something is left to send */
	bool anew; /* by its list: rather one that is not so already */
	enum outbox_order before; /* the state, in steps, */
	enum outbox_order first; /* with it, all rows in one, */
	enum outbox_order then[STAGES]; /* and after it, in steps */
} orders[CONTROL_ORDERS] = {
	[CONTROL_PAUSE] = {"pause", {ISSUE_PAUSED, ISSUE_PAUSED, NO},
	    true, true, NONE, OUTBOX_UNLEASE, {NONE, NONE}},
	[CONTROL_RESUME] = {"resume", {NO, ISSUE_SENDING, NO},
	    false, false, OUTBOX_RENEW, NONE, {NONE, NONE}},
	[CONTROL_CANCEL] = {"cancel",
	    {ISSUE_CANCELLED, ISSUE_CANCELLED, ISSUE_CANCELLED},
	    true, false, NONE, OUTBOX_UNLEASE, {OUTBOX_STOP, NONE}},
	[CONTROL_RETRY] = {"retry", {ISSUE_SENDING, ISSUE_PAUSED, NO},
	    false, false, NONE, NONE, {OUTBOX_AGAIN, OUTBOX_AGAIN_LOST}},
};
/* clang-format on */

const char *
control_order_name(enum control_order order)
{
	return orders[order].name;
}

/* ---- which issue */

struct search {
	struct db *db;
	struct err *err;
	enum control_order order;
	int64_t list_id;
	struct issue *out;
	int found;
	bool spare; /* *out is so already: another is looked for */
};

/* Is the order for an issue as it is? 1, 0, -1. */
static int
fits(struct db *db, enum control_order order, const struct issue *issue,
    struct err *err)
{
	if (orders[order].becomes[issue->state] == NO)
		return 0;
	if (order == CONTROL_RETRY)
		return 1;
	return outbox_queue_open(db, issue->id, err);
}

static int
look_at(const struct issue *issue, void *arg)
{
	struct search *search = arg;
	bool spare =
	    orders[search->order].anew &&
	    orders[search->order].becomes[issue->state] == issue->state;
	int found;

	if (issue->list_id != search->list_id || (spare && search->spare))
		return 0;
	found = fits(search->db, search->order, issue, search->err);
	if (found == 0)
		return 0;
	search->found = found;
	search->spare = spare;
	if (found == 1)
		*search->out = *issue;
	return found < 0 ? -1 : !spare;
}

static int
find_by_list(struct search *search, const char *name, struct err *err)
{
	struct list list;
	int known = list_find(search->db, name, &list, err);

	if (known < 0)
		return -1;
	if (known == 0) {
		return err_set(err, ERR_NOTFOUND,
		    "'%.64s' is neither a number of an issue nor a list: "
		    "`nashra digest status` shows the issues",
		    name);
	}
	search->list_id = list.id;
	if (issue_each(search->db, LOOK, look_at, search, err) != 0)
		return -1;
	return search->found;
}

int
control_find(struct control *out, struct db *db, enum control_order order,
    const char *what, struct err *err)
{
	struct control control = {.order = order};
	struct search search = {
	    .db = db, .err = err, .order = order, .out = &control.issue};
	int64_t id;
	int found;

	if (!codec_int(&id, what, 1, INT64_MAX)) {
		found = find_by_list(&search, what, err);
	} else {
		found = issue_get(db, id, &control.issue, err);
		if (found == 0) {
			return err_set(err, ERR_NOTFOUND,
			    "no issue %.20s: `nashra digest status` shows them",
			    what);
		}
	}
	if (found == 1)
		*out = control;
	return found;
}

/* ---- what is done to it */

static int
reread(struct db *db, struct issue *issue, struct err *err)
{
	int found = issue_get(db, issue->id, issue, err);

	if (found == 0) {
		return err_set(err, ERR_NOTFOUND, "issue %lld is gone",
		    (long long)issue->id);
	}
	return found < 0 ? -1 : 0;
}

/* What the order makes of the issue as it is now; *to is NO where there is
 * nothing to do. */
static int
look(struct db *db, struct control *control, enum issue_state *to,
    struct err *err)
{
	enum control_order order = control->order;
	struct issue *issue = &control->issue;
	int open = 1;

	if (reread(db, issue, err) != 0)
		return -1;
	*to = orders[order].becomes[issue->state];
	if (*to == NO && issue->state == ISSUE_CANCELLED) {
		return err_set(err, ERR_INPUT,
		    "issue %lld is cancelled, for good: what is new goes out "
		    "with the next `nashra digest send`",
		    (long long)issue->id);
	}
	control->already = *to == issue->state && order != CONTROL_RETRY;
	if (*to != NO && orders[order].open && !control->already)
		open = outbox_queue_open(db, issue->id, err);
	control->nothing = *to == NO || open == 0;
	return open < 0 ? -1 : 0;
}

/* Paused for an hour, it has time enough. */
static bool
must_prepare(const struct control *control, int64_t now)
{
	return orders[control->order].before == OUTBOX_RENEW &&
	       now >= control->issue.frozen + OUTBOX_AGE / 2;
}

/* Within the transaction: the state, and what goes with it, unless rows are to
 * be seen to before. */
static int
set_state(struct db *db, struct control *control, int64_t now, struct err *err)
{
	struct outbox_queue_command command = {
	    .order = orders[control->order].first, .max = INT_MAX};
	struct issue *issue = &control->issue;
	enum issue_state to;
	int rows = 0;

	if (look(db, control, &to, err) != 0)
		return -1;
	if (control->nothing || (!control->ready && must_prepare(control, now)))
		return 0;
	if (to != issue->state && issue_set_state(db, issue, to, err) != 0)
		return -1;
	command.issue_id = issue->id;
	if (command.order != NONE)
		rows = outbox_queue_command(db, &command, now, err);
	/* What is taken back for a cancel is counted when it is cancelled. */
	control->rows = control->order == CONTROL_PAUSE ? rows : 0;
	control->set = true;
	return rows < 0 ? -1 : 0;
}

/* One transaction. Returns the rows it was done to. */
static int
step(struct db *db, struct outbox_queue_command *command, int64_t now,
    struct err *err)
{
	int rows;

	if (db_begin(db, err) != 0)
		return -1;
	rows = outbox_queue_command(db, command, now, err);
	if (rows >= 0 && db_commit(db, err) == 0)
		return rows;
	db_rollback(db);
	return -1;
}

int
control_begin(
    struct control *control, struct db *db, int64_t now, struct err *err)
{
	struct control copy = *control;

	copy.stage = 0;
	copy.after = 0;
	if (db_begin(db, err) != 0)
		return -1;
	if (set_state(db, &copy, now, err) == 0 && db_commit(db, err) == 0) {
		*control = copy;
		return 0;
	}
	db_rollback(db);
	return -1;
}

/* The order for the rows whose turn it is; NONE: they are all seen to. */
static enum outbox_order
turn_of(const struct control *control)
{
	if (control->nothing)
		return NONE;
	if (!control->set)
		return orders[control->order].before;
	return control->stage < STAGES
		   ? orders[control->order].then[control->stage]
		   : NONE;
}

/* Those rows are all seen to. */
static int
go_on(struct control *control, struct db *db, int64_t now, struct err *err)
{
	control->after = 0;
	control->ready = true;
	if (!control->set)
		return control_begin(control, db, now, err);
	control->stage++;
	return 0;
}

/* What fails again meanwhile stays: each row is come by once. */
int
control_step(
    struct control *control, struct db *db, int64_t now, struct err *err)
{
	struct outbox_queue_command command = {.order = turn_of(control),
	    .issue_id = control->issue.id,
	    .max = STEP,
	    .after = control->after};
	int rows;

	if (command.order == NONE)
		return 0;
	rows = step(db, &command, now, err);
	if (rows < 0 || (rows == 0 && go_on(control, db, now, err) != 0))
		return -1;
	control->rows += rows;
	if (rows > 0)
		control->after = command.after;
	return 1;
}

/* ---- what was left */

static int
find_left(const struct issue *issue, void *arg)
{
	struct search *search = arg;

	if (issue->state != ISSUE_CANCELLED)
		return 0;
	search->found = outbox_queue_open(search->db, issue->id, search->err);
	if (search->found == 1)
		*search->out = *issue;
	return search->found;
}

int
control_sweep(struct db *db, int64_t now, struct err *err)
{
	struct issue issue;
	struct search search = {.db = db, .err = err, .out = &issue};
	struct outbox_queue_command command = {
	    .order = OUTBOX_STOP, .max = STEP};
	int rows;

	if (issue_each(db, LOOK, find_left, &search, err) != 0)
		return -1;
	if (search.found == 0)
		return 0;
	command.issue_id = issue.id;
	rows = step(db, &command, now, err);
	return rows < 0 ? -1 : rows > 0;
}
