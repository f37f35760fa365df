/* SPDX-License-Identifier: ISC */
/*
 * issue - one digest of one stream, frozen: its window, articles and bodies.
 *
 * Owns tables `issue`, `issue_article` and `issue_body`. Unique by list,
 * cadence and window, which is what keeps a digest from going out twice.
 */
#ifndef NASHRA_MODEL_ISSUE_H
#define NASHRA_MODEL_ISSUE_H

#include "base/err.h"
#include "base/uuid.h"
#include "model/list.h"
#include "store/db.h"

#include <stdint.h>

enum issue_state {
	ISSUE_SENDING,
	ISSUE_PAUSED,    /* its queues stand still */
	ISSUE_CANCELLED, /* what had not left never does */
	ISSUE_STATES
};

struct issue {
	int64_t id;
	char uuid[UUID_SIZE];
	int64_t list_id;
	int64_t number; /* 1, 2, ... of its list */
	enum list_every every;
	int64_t window_start, window_end; /* [start, end) */
	int64_t articles;
	int64_t recipients;
	int64_t frozen;
	enum issue_state state;
};

const char *issue_state_name(enum issue_state state);

/* The issue of a window: 1 found, 0 none. */
int issue_find(struct db *db, int64_t list_id, enum list_every every,
    int64_t window_start, struct issue *out, struct err *err);
int issue_get(struct db *db, int64_t id, struct issue *out, struct err *err);
/* The newest of a stream. */
int issue_last(struct db *db, int64_t list_id, enum list_every every,
    struct issue *out, struct err *err);
/* Newest first, at most `max`. */
typedef int issue_fn(const struct issue *issue, void *arg);
int issue_each(
    struct db *db, int64_t max, issue_fn *fn, void *arg, struct err *err);

/* The number that the list's next issue will have. */
int issue_next_number(
    struct db *db, int64_t list_id, int64_t *out, struct err *err);
/* Adds the row; fills id and uuid. */
int issue_add(struct db *db, struct issue *issue, struct err *err);
int issue_add_article(struct db *db, const struct issue *issue,
    int64_t article_id, int64_t position, struct err *err);
int issue_set_state(struct db *db, struct issue *issue, enum issue_state state,
    struct err *err);
int issue_set_recipients(
    struct db *db, struct issue *issue, int64_t n, struct err *err);

#define ISSUE_LANGUAGE_SIZE 8

/* A rendered body: literals with holes (see mail/template). */
struct issue_body {
	int64_t id;
	int64_t issue_id;
	char language[ISSUE_LANGUAGE_SIZE]; /* "ar"; "" where nobody knows */
	char *subject;
	char *html; /* "" for those who want text alone */
	char *text;
};
/* Fills id. The texts are the caller's. */
int issue_add_body(struct db *db, struct issue_body *body, const char *variant,
    struct err *err);
/* The texts are the caller's, for issue_body_release(). 1 found, 0 none. */
int issue_get_body(
    struct db *db, int64_t id, struct issue_body *out, struct err *err);
void issue_body_release(struct issue_body *body);

#endif
