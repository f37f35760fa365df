/* SPDX-License-Identifier: ISC */
/*
 * poll - ask the feeds, keep what is new.
 *
 * A feed is fetched outside of any transaction; what it held becomes articles
 * in one, together with the time of the next poll. A feed that fails keeps
 * what it had, waits longer each time, and says why.
 */
#ifndef NASHRA_FLOW_POLL_H
#define NASHRA_FLOW_POLL_H

#include "base/conf.h"
#include "base/err.h"
#include "base/loop.h"
#include "model/feed.h"
#include "model/list.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

enum poll_status { POLL_OK, POLL_UNCHANGED, POLL_FAILED };

struct poll_outcome {
	enum poll_status status;
	struct feed
	    feed;      /* as it is after the poll; .error says why it failed */
	int64_t fresh; /* articles that were not known */
	bool repaired; /* the feed was not well-formed */
};

/* Adds a feed: fetches it first, and adds nothing where that fails (unless
 * `check` is off). What it holds counts as seen, or with `send_existing` as
 * new. */
struct poll_add {
	const struct list *list;
	const char *url;
	bool send_existing;
	bool check;
};
int poll_add(struct db *db, const struct conf *conf, const struct poll_add *add,
    int64_t now, struct poll_outcome *out, struct err *err);

/* Polls the feeds of a list (0: of all) now, due or not, one after the other,
 * and calls fn for each. */
typedef int poll_fn(const struct poll_outcome *outcome, void *arg);
struct poll_now {
	int64_t list_id;
	int64_t now;
	poll_fn *fn;
	void *arg;
};
int poll_now(struct db *db, const struct conf *conf,
    const struct poll_now *which, struct err *err);

/* The work role's own: polls what is due, on its loop, never waiting. */
struct poll;
int poll_new(struct poll **out, struct loop *loop, struct db *db,
    const struct conf *conf, struct err *err);
void poll_free(struct poll *poll);
/* Once a second, or less often while it is idle: stores what came, claims what
 * is due. Trouble is logged, not
 * returned; where the database is busy, the next time will do. */
void poll_turn(struct poll *poll, int64_t now);
/* Claims no more; what is on its way is stored as before. */
void poll_stop(struct poll *poll);
/* True where nothing is on its way. */
bool poll_idle(const struct poll *poll);

#endif
