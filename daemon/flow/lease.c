/* SPDX-License-Identifier: ISC */
#include "flow/lease.h"

#include "base/str.h"
#include "mail/address.h"
#include "model/issue.h"
#include "model/list.h"
#include "model/outbox_queue.h"
#include "model/trouble.h"

#include <stdlib.h>
#include <string.h>

#define QUEUES     256  /* looked at in one go */
#define RIPE       1000 /* rows that ripen at a time */
#define SUSPECT_MS 10   /* until one is asked for again */

/* A queue that may go, and how many of its rows. */
struct open_queue {
	struct outbox_queue queue;
	struct pace pace;
	int64_t connections; /* of its domain; 0: no limit */
	int most;
};

struct opening {
	struct lease *lease;
	const struct lease_ask *ask;
	struct open_queue at[QUEUES];
	size_t count;
};

struct pace
lease_pace(const struct conf *conf, const char *domain, int64_t *connections)
{
	struct pace pace = {
	    .scope = PACE_DOMAIN, .name = domain, .day = PACE_NO_DAY};

	*connections = 0;
	for (size_t i = 0; i < conf->domains; i++) {
		if (!str_eq(conf->domain[i].name, domain))
			continue;
		pace.rate = conf->domain[i].rate;
		*connections = conf->domain[i].connections;
	}
	return pace;
}

static void
wait_until(struct lease *lease, int64_t ms)
{
	if (ms >= 0 && (lease->wait_ms < 0 || ms < lease->wait_ms))
		lease->wait_ms = ms;
}

static int
ensure(struct db *db, const struct conf *conf, const char *domain,
    const struct pace_now *clock, struct err *err)
{
	int64_t connections;
	const struct pace pace = lease_pace(conf, domain, &connections);

	return pace_ensure(db, &pace, clock, err);
}

int
lease_domains(struct db *db, const struct conf *conf,
    const struct pace_now *clock, struct err *err)
{
	if (pace_prune(db, clock, err) != 0)
		return -1;
	for (size_t i = 0; i < conf->domains; i++) {
		if (ensure(db, conf, conf->domain[i].name, clock, err) != 0)
			return -1;
	}
	for (size_t i = 0; i < conf->relays; i++) {
		const struct conf_items *domains = &conf->relay[i].domains;

		for (size_t j = 0; j < domains->count; j++) {
			if (ensure(db, conf, domains->item[j], clock, err) != 0)
				return -1;
		}
	}
	return 0;
}

/* 1 where the queue's issue is being sent; of what list (its name is "" where
 * the queue is of no issue). */
static int
is_sent(struct opening *opening, const struct outbox_queue *queue,
    struct list *list, struct err *err)
{
	struct db *db = opening->lease->db;
	struct issue issue;
	int found;

	*list = (struct list){.name = ""};
	if (queue->issue_id == 0)
		return 1;
	if (opening->lease->held)
		return 0;
	found = issue_get(db, queue->issue_id, &issue, err);
	if (found != 1 || issue.state != ISSUE_SENDING)
		return found < 0 ? -1 : 0;
	return list_get(db, issue.list_id, list, err);
}

/* 1 where it is, and a relay takes it. */
static int
goes(struct opening *opening, const struct outbox_queue *queue, struct err *err)
{
	struct lease *lease = opening->lease;
	struct list list;
	int sent = is_sent(opening, queue, &list, err);

	return sent == 1 ? lease->takes(lease->arg, list.name, queue->pace)
			 : sent;
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
	return within_connections(lease, at, (int64_t)opening->ask->room, err);
}

/* Looks at one queue; 0, or -1. */
static int
open_queue(
    struct opening *opening, const struct outbox_queue *queue, struct err *err)
{
	struct open_queue *at = &opening->at[opening->count];
	int go = goes(opening, queue, err);
	int64_t most = (int64_t)opening->ask->room;

	if (go != 1)
		return go;
	at->queue = *queue;
	at->pace =
	    lease_pace(opening->lease->conf, at->queue.pace, &at->connections);
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
	struct list list;
	int sent = is_sent(opening, queue, &list, err);

	if (sent != 1)
		return sent;
	opening->at[0] = (struct open_queue){.queue = *queue, .most = 1};
	opening->count = opening->ask->held == 0;
	opening->lease->wait_ms = opening->count == 0 ? SUSPECT_MS : -1;
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

static int
note_domain(const char *domain, void *arg)
{
	struct lease *lease = arg;

	(void)str_fit(
	    lease->domains[lease->domain_count], OUTBOX_PACE_SIZE, domain);
	return ++lease->domain_count == LEASE_DOMAINS;
}

static int
read_domains(struct lease *lease, struct err *err)
{
	lease->domain_count = 0;
	return pace_each_domain(lease->db, note_domain, lease, err);
}

static int
compare_name(const void *name, const void *entry)
{
	return memcmp(name, entry, strlen(name) + 1);
}

/* 1 where a row stood in a queue that is not its domain's (any more): it goes
 * there. */
static int
shelve(struct lease *lease, struct cargo_slip *slip, struct err *err)
{
	const char *domain = address_domain(slip->to.address);
	bool own;

	if (slip->to.id == 0 || str_eq(slip->row.pace, OUTBOX_SUSPECT))
		return 0;
	own = bsearch(domain, lease->domains, lease->domain_count,
		  OUTBOX_PACE_SIZE, compare_name) != NULL;
	if (!own || str_eq(slip->row.pace, domain))
		return 0;
	/* The rest of them soon: a turn of the loop must not last for all. */
	wait_until(lease, 0);
	return outbox_shelve(lease->db, &slip->row, domain, err) < 0 ? -1 : 1;
}

/* The rows that stay, and whom they are for. Returns how many. */
static int
fill(struct lease *lease, const struct outbox *rows, int n,
    struct cargo_slip *out, struct err *err)
{
	int kept = 0;

	for (int i = 0; i < n; i++) {
		int moved;

		if (cargo_slip_fill(&out[kept], lease->db, &rows[i], err) != 0)
			return -1;
		moved = shelve(lease, &out[kept], err);
		if (moved < 0)
			return -1;
		kept += moved == 0;
	}
	return kept;
}

/* Up to `want` rows of one queue. Returns how many. */
static int
take(struct opening *opening, const struct open_queue *from, int want,
    struct cargo_slip *out, struct err *err)
{
	struct lease *lease = opening->lease;
	struct outbox_queue_claim claim = {
	    .owner = opening->ask->owner, .queue = &from->queue};
	struct outbox rows[CARGO_SLIPS];
	bool paced = from->pace.name != NULL && from->queue.pace[0] != '\0';
	int64_t wait_ms = -1;
	int n;

	if (want > from->most)
		want = from->most;
	if (paced) {
		/* Another queue of the domain may just have had its rows. */
		want = (int)within_connections(lease, from, want, err);
		if (want < 0)
			return -1;
		want = pace_take(
		    lease->db, &from->pace, &lease->clock, want, &wait_ms, err);
		if (want < 0)
			return -1;
		wait_until(lease, wait_ms);
	}
	claim.max = want;
	n = want == 0 ? 0 : outbox_queue_claim(lease->db, &claim, rows, err);
	if (want > 0 && n == 0)
		return outbox_damaged(err);
	if (n < 0 ||
	    (paced && n < want &&
		pace_give_back(lease->db, &from->pace, want - n, err) != 0))
		return -1;
	return fill(lease, rows, n, out, err);
}

/* Mail of no issue has what there is; the others share alike. */
static int
share(struct opening *opening, struct cargo_slip *out, struct err *err)
{
	size_t room = opening->ask->room;
	size_t spare = opening->ask->spare;
	int leased = 0;

	for (size_t i = 0; i < opening->count; i++) {
		const struct open_queue *from = &opening->at[i];
		bool first = from->queue.issue_id == 0;
		size_t left = opening->count - i;
		size_t common = room > spare ? room - spare : 0;
		size_t want = first ? room : (common + left - 1) / left;
		int n = take(opening, from, (int)want, out + leased, err);

		if (n < 0)
			return -1;
		leased += n;
		room -= (size_t)n;
	}
	return leased;
}

int
lease_rows(struct lease *lease, const struct lease_ask *ask,
    struct cargo_slip *out, struct err *err)
{
	struct opening opening = {.lease = lease, .ask = ask};

	lease->wait_ms = -1;
	if (outbox_queue_ripen(lease->db, ask->now, RIPE, err) < 0 ||
	    read_domains(lease, err) != 0 || find_queues(&opening, err) != 0)
		return -1;
	return share(&opening, out, err);
}
