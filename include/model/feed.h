/* SPDX-License-Identifier: ISC */
/*
 * feed - where a list's articles come from, and how it answered.
 *
 * Owns table `feed`.
 */
#ifndef NASHRA_MODEL_FEED_H
#define NASHRA_MODEL_FEED_H

#include "base/err.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

#define FEED_URL_SIZE   2048
#define FEED_TITLE_SIZE 256
#define FEED_MARK_SIZE  256 /* ETag, Last-Modified */
#define FEED_ERROR_SIZE 384
/* In seconds: between two polls of a healthy feed, the most that a failing one
 * waits, and after which a poll whose worker died is anyone's. */
#define FEED_INTERVAL 900
#define FEED_BACKOFF  (INT64_C(24) * 3600)
#define FEED_LEASE    180

struct feed {
	int64_t id;
	int64_t list_id;
	char url[FEED_URL_SIZE];
	char title[FEED_TITLE_SIZE];
	char etag[FEED_MARK_SIZE];
	char modified[FEED_MARK_SIZE];
	int64_t next_poll;
	int64_t last_ok;             /* 0: never */
	int64_t failures;            /* in a row */
	char error[FEED_ERROR_SIZE]; /* of the last poll, "" where it went well
				      */
	bool seed; /* what the next poll finds counts as seen */
	int64_t created;
};

/* Fills id. ERR_INPUT where the list has this address already. */
int feed_add(struct db *db, struct feed *feed, struct err *err);
/* 1 found, 0 none. */
int feed_find(struct db *db, int64_t list_id, const char *url, struct feed *out,
    struct err *err);

/* Takes at most `max` feeds that are due; for FEED_LEASE seconds nobody else
 * gets them. Returns how many. */
int feed_claim(
    struct db *db, int64_t now, struct feed *out, int max, struct err *err);
/* 1 where one is due, without taking it. */
int feed_due(struct db *db, int64_t now, struct err *err);

/* Notes that a poll went well (etag, modified and title are the feed's now),
 * or why not. Both set the next poll. */
int feed_polled(struct db *db, struct feed *feed, int64_t now, struct err *err);
int feed_failed(struct db *db, struct feed *feed, const char *why, int64_t now,
    struct err *err);

/* Those of one list (0: of all), by list and address. */
typedef int feed_fn(const struct feed *feed, void *arg);
int feed_each(
    struct db *db, int64_t list_id, feed_fn *fn, void *arg, struct err *err);

#endif
