/* SPDX-License-Identifier: ISC */
#include "flow/lease.h"

#include "base/str.h"
#include "mail/address.h"
#include "model/issue.h"
#include "model/list.h"
#include "model/outbox_queue.h"
#include "model/trouble.h"

#include <limits.h>
#include <string.h>

#define QUEUES     256  /* looked at in one go */
#define RIPE       1000 /* rows that ripen at a time */
#define SUSPECT_MS 10   /* until one is asked for again */
#define PUT_OFF    30   /* s, of what no relay takes */
#define CROWDED    10   /* s, of what its relays have no room for */

/* A queue that may go, and how many of its rows. */
struct open_queue {
	struct outbox_queue queue;
	char list[LIST_NAME_SIZE]; /* "": of no issue */
	struct pace pace;
	unsigned relays;
	int64_t connections; /* of its domain; 0: no limit */
	int most;
};

struct opening {
	struct lease *lease;
	const struct lease_ask *ask;
	size_t room[CONF_RELAYS], spare[CONF_RELAYS];
	size_t left[CONF_RELAYS]; /* queues that are to share it */
	size_t all;               /* rows that may still be taken */
	struct open_queue at[QUEUES];
	size_t count;
};

static void
wait_until(struct lease *lease, int64_t ms)
{
	if (ms >= 0 && (lease->wait_ms < 0 || ms < lease->wait_ms))
		lease->wait_ms = ms;
}

/* 1; or 0 where the list is gone. */
static int
name_list(struct db *db, int64_t id, char out[LIST_NAME_SIZE], struct err *err)
{
	struct list list;
	int found = list_get(db, id, &list, err);

	if (found == 1)
		(void)str_fit(out, LIST_NAME_SIZE, list.name);
	return found;
}

/* 1 where the queue's issue is being sent; of what list ("" where it is of no
 * issue). */
static int
is_sent(struct opening *opening, const struct outbox_queue *queue,
    char list[LIST_NAME_SIZE], struct err *err)
{
	struct db *db = opening->lease->db;
	struct issue issue;
	int found;

	list[0] = '\0';
	if (queue->issue_id == 0)
		return 1;
	if (opening->lease->held)
		return 0;
	found = issue_get(db, queue->issue_id, &issue, err);
	if (found != 1 || issue.state != ISSUE_SENDING)
		return found < 0 ? -1 : 0;
	return name_list(db, issue.list_id, list, err);
}

static unsigned
relays_of(const struct lease *lease, const char *list, const char *domain,
    bool digest)
{
	const struct lease_mail mail = {
	    .list = list, .domain = domain, .digest = digest};

	return lease->relays(lease->arg, &mail);
}

/* How many of `want` rows leave a domain within its connections; -1. */
static int64_t
within_connections(struct lease *lease, const struct open_queue *of,
    int64_t want, struct err *err)
{
	int64_t in_hand = 0;

	if (of->connections == 0)
		return want;
	if (outbox_queue_in_hand(lease->db, of->queue.pace, &in_hand, err) != 0)
		return -1;
	if (want > of->connections - in_hand)
		want = of->connections - in_hand;
	return want > 0 ? want : 0;
}

/* How many rows of a domain may be taken, its bucket aside; -1. One that is in
 * trouble is tried by a single row when its time has come. */
static int64_t
domain_most(struct opening *opening, struct open_queue *at, struct err *err)
{
	struct lease *lease = opening->lease;
	struct trouble trouble = {.scope = TROUBLE_DOMAIN};
	int64_t now = opening->ask->now;
	int down;

	(void)str_fit(trouble.name, sizeof(trouble.name), at->queue.pace);
	down = trouble_find(lease->db, &trouble, err);
	if (down < 0)
		return -1;
	if (down)
		strike_down(lease->strikes, at->queue.pace, now);
	if (down && !trouble_due(&trouble, now)) {
		wait_until(lease, (trouble.retry_at - now) * 1000);
		return 0;
	}
	if (down)
		at->connections = 1;
	return within_connections(lease, at, CARGO_SLIPS, err);
}

/* Looks at one queue; 0, or -1. */
static int
open_queue(
    struct opening *opening, const struct outbox_queue *queue, struct err *err)
{
	struct open_queue *at = &opening->at[opening->count];
	int sent = is_sent(opening, queue, at->list, err);
	int64_t most = CARGO_SLIPS;

	if (sent != 1)
		return sent;
	at->relays = relays_of(
	    opening->lease, at->list, queue->pace, queue->issue_id != 0);
	if (at->relays == 0)
		return 0;
	at->queue = *queue;
	at->pace =
	    paced_pace(opening->lease->conf, at->queue.pace, &at->connections);
	if (queue->pace[0] != '\0') {
		most = domain_most(opening, at, err);
		if (most < 0)
			return -1;
	}
	at->most = (int)most;
	opening->count += most > 0;
	return 0;
}

/* Where workers died with rows in hand, nothing else is leased: one such row
 * at a time, and none while another row is in hand. 1; or 0 where the rows of
 * the queue are not to be sent now. */
static int
open_suspect(
    struct opening *opening, const struct outbox_queue *queue, struct err *err)
{
	struct open_queue at = {.queue = *queue, .relays = UINT_MAX, .most = 1};
	int sent = is_sent(opening, queue, at.list, err);

	if (sent != 1)
		return sent;
	opening->at[0] = at;
	opening->count = opening->ask->held == 0;
	opening->lease->wait_ms = opening->count == 0 ? SUSPECT_MS : -1;
	opening->lease->suspect = opening->count == 0;
	return 1;
}

/* 1 where nothing else is to be looked at, 0, or -1. */
static int
look_at(
    struct opening *opening, const struct outbox_queue *queue, struct err *err)
{
	if (str_eq(queue->pace, OUTBOX_SUSPECT))
		return open_suspect(opening, queue, err);
	return opening->count < QUEUES ? open_queue(opening, queue, err) : 0;
}

static int
find_queues(struct opening *opening, struct err *err)
{
	struct outbox_queue queue = {.issue_id = -1};
	int more;
	int last;

	while (
	    (more = outbox_queue_next(opening->lease->db, &queue, err)) == 1) {
		last = look_at(opening, &queue, err);
		if (last != 0)
			return last < 0 ? -1 : 0;
	}
	return more;
}

/* ---- domains with a queue of their own */

/* 1 where a row stood in a queue that is not its domain's (any more): it goes
 * there. */
static int
shelve(struct lease *lease, struct cargo_slip *slip, struct err *err)
{
	const char *domain = address_domain(slip->to.address);
	bool own;

	if (slip->to.id == 0 || str_eq(slip->row.pace, OUTBOX_SUSPECT))
		return 0;
	own = paced_has(&lease->paced, domain);
	if (!own || str_eq(slip->row.pace, domain))
		return 0;
	/* The rest of them soon: a turn of the loop must not last for all. */
	wait_until(lease, 0);
	return outbox_shelve(lease->db, &slip->row, domain, err) < 0 ? -1 : 1;
}

/* Room for one row of mail of no issue, where one of its relays has any. */
static bool
seat(struct opening *opening, unsigned relays)
{
	bool found = false;

	for (size_t i = 0; i < CONF_RELAYS; i++) {
		size_t *of = opening->room[i] > 0 ? &opening->room[i]
						  : &opening->spare[i];

		if ((relays & 1U << i) == 0 || *of == 0)
			continue;
		(*of)--;
		found = true;
	}
	return found;
}

/* Which relays share it. 1 where none does now, or none has room, and it is put
 * off: of mail of no issue, all lists stand in one queue, and none of them may
 * fill the hold. */
static int
route(struct opening *opening, const struct open_queue *from,
    struct cargo_slip *slip, struct err *err)
{
	struct lease *lease = opening->lease;
	int64_t now = opening->ask->now;
	struct outbox_note note = {
	    .relay = "", .status = "", .text = "no relay takes it for now"};
	char list[LIST_NAME_SIZE];

	(void)str_fit(list, sizeof(list), from->list);
	if (list[0] == '\0' && slip->row.list_id != 0 &&
	    name_list(lease->db, slip->row.list_id, list, err) < 0)
		return -1;
	slip->relays = relays_of(lease, list, address_domain(slip->to.address),
	    slip->row.kind == OUTBOX_DIGEST);
	if (slip->relays != 0 &&
	    (from->queue.issue_id != 0 || seat(opening, slip->relays)))
		return 0;
	note.due = now + (slip->relays == 0 ? PUT_OFF : CROWDED);
	wait_until(lease, 0); /* what stands behind it may go */
	return outbox_move(
		   lease->db, &slip->row, OUTBOX_DEFER, &note, now, err) < 0
		   ? -1
		   : 1;
}

/* The rows that stay, and whom they are for. Returns how many. */
static int
fill(struct opening *opening, const struct open_queue *from,
    const struct outbox *rows, int n, struct cargo_slip *out, struct err *err)
{
	struct lease *lease = opening->lease;
	int kept = 0;

	for (int i = 0; i < n; i++) {
		int gone;

		if (cargo_slip_fill(&out[kept], lease->db, &rows[i], err) != 0)
			return -1;
		gone = shelve(lease, &out[kept], err);
		if (gone == 0)
			gone = route(opening, from, &out[kept], err);
		if (gone < 0)
			return -1;
		kept += gone == 0;
	}
	return kept;
}

/* Up to `want` rows of one queue. Returns how many. */
static int
take(struct opening *opening, const struct open_queue *from, int want,
    struct cargo_slip *out, struct err *err)
{
	struct lease *lease = opening->lease;
	struct outbox_queue_claim claim = {.owner = opening->ask->owner,
	    .queue = &from->queue,
	    .max = want < from->most ? want : from->most};
	struct outbox rows[CARGO_SLIPS];
	bool paced = from->pace.name != NULL && from->queue.pace[0] != '\0';
	int64_t wait_ms = -1;
	int kept;
	int n;

	if (paced) {
		/* Another queue of the domain may just have had its rows. */
		claim.max =
		    (int)within_connections(lease, from, claim.max, err);
		if (claim.max < 0)
			return -1;
	}
	if (paced && claim.max > 0) {
		claim.max = pace_take(lease->db, &from->pace, &lease->clock,
		    claim.max, &wait_ms, err);
		if (claim.max < 0)
			return -1;
		wait_until(lease, wait_ms);
	}
	n = claim.max == 0 ? 0
			   : outbox_queue_claim(lease->db, &claim, rows, err);
	if (claim.max > 0 && n == 0)
		return outbox_damaged(err);
	/* What is put back or off gives back its own. */
	if (n < 0 || (paced && n < claim.max &&
			 pace_give_back(
			     lease->db, &from->pace, claim.max - n, err) != 0))
		return -1;
	kept = fill(opening, from, rows, n, out, err);
	if (kept < 0)
		return -1;
	if (n == want && (kept > 0 || want == 0))
		lease->more |= from->relays;
	return kept;
}

/* ---- who gets how much */

/* Rows that a queue may have: its part of what its relays have room for. Mail
 * of no issue has what there is. */
static size_t
part_of(struct opening *opening, const struct open_queue *from)
{
	bool first = from->queue.issue_id == 0;
	size_t most = 0;

	for (size_t i = 0; i < CONF_RELAYS; i++) {
		size_t room = opening->room[i];

		if ((from->relays & 1U << i) == 0)
			continue;
		if (first) {
			room += opening->spare[i];
		} else if (opening->left[i] > 1) {
			room = (room + opening->left[i] - 1) / opening->left[i];
		}
		if (room > most)
			most = room;
	}
	return most < opening->all ? most : opening->all;
}

static void
use_up(struct opening *opening, const struct open_queue *from, size_t n)
{
	opening->all -= n;
	for (size_t i = 0; i < CONF_RELAYS; i++) {
		size_t *room = &opening->room[i];

		if ((from->relays & 1U << i) == 0)
			continue;
		opening->left[i]--;
		if (from->queue.issue_id != 0) /* others have their seats */
			*room -= n < *room ? n : *room;
	}
}

static int
share(struct opening *opening, struct cargo_slip *out, struct err *err)
{
	int leased = 0;

	for (size_t i = 0; i < opening->count; i++) {
		for (size_t k = 0; k < CONF_RELAYS; k++)
			opening->left[k] += opening->at[i].relays >> k & 1U;
	}
	for (size_t i = 0; i < opening->count; i++) {
		const struct open_queue *from = &opening->at[i];
		int n = take(opening, from, (int)part_of(opening, from),
		    out + leased, err);

		if (n < 0)
			return -1;
		use_up(opening, from, (size_t)n);
		leased += n;
	}
	return leased;
}

int
lease_rows(struct lease *lease, const struct lease_ask *ask,
    struct cargo_slip *out, struct err *err)
{
	struct opening opening = {
	    .lease = lease, .ask = ask, .all = CARGO_SLIPS - ask->held};

	memcpy(opening.room, ask->room, sizeof(opening.room));
	memcpy(opening.spare, ask->spare, sizeof(opening.spare));
	lease->wait_ms = -1;
	lease->more = 0;
	lease->suspect = false;
	if (outbox_queue_ripen(lease->db, ask->now, RIPE, err) < 0 ||
	    paced_read(&lease->paced, lease->db, err) != 0 ||
	    find_queues(&opening, err) != 0)
		return -1;
	return share(&opening, out, err);
}
