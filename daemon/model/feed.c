/* SPDX-License-Identifier: ISC */
#include "model/feed.h"

#include "base/str.h"

#define COLUMNS                                                                \
	"id, list_id, url, title, etag, modified, next_poll,"                  \
	" COALESCE(last_ok, 0), failures, error, seed, created"

static const char SQL_ADD[] =
    "INSERT INTO feed (list_id, url, title, etag, modified, next_poll,"
    " failures, error, seed, created)"
    " VALUES (?1, ?2, ?3, '', '', ?4, 0, '', ?5, ?6)"
    " ON CONFLICT (list_id, url) DO NOTHING";
static const char SQL_FIND[] =
    "SELECT " COLUMNS " FROM feed WHERE list_id = ?1 AND url = ?2";
static const char SQL_CLAIM[] =
    "UPDATE feed SET next_poll = ?2 WHERE id IN"
    " (SELECT id FROM feed WHERE next_poll <= ?1 ORDER BY next_poll LIMIT ?3)"
    " RETURNING " COLUMNS;
static const char SQL_DUE[] =
    "SELECT 1 FROM feed WHERE next_poll <= ?1 LIMIT 1";
static const char SQL_POLLED[] =
    "UPDATE feed SET title = ?2, etag = ?3, modified = ?4, next_poll = ?5,"
    " last_ok = ?6, failures = 0, error = '', seed = 0 WHERE id = ?1";
static const char SQL_FAILED[] =
    "UPDATE feed SET next_poll = ?2, failures = ?3, error = ?4 WHERE id = ?1";
static const char SQL_EACH[] =
    "SELECT " COLUMNS " FROM feed WHERE ?1 = 0 OR list_id = ?1"
    " ORDER BY list_id, url";

static void
fill(const struct db_row *row, struct feed *out)
{
	*out = (struct feed){.id = db_row_int(row, 0)};
	out->list_id = db_row_int(row, 1);
	db_row_copy(row, 2, out->url, sizeof(out->url));
	db_row_copy(row, 3, out->title, sizeof(out->title));
	db_row_copy(row, 4, out->etag, sizeof(out->etag));
	db_row_copy(row, 5, out->modified, sizeof(out->modified));
	out->next_poll = db_row_int(row, 6);
	out->last_ok = db_row_int(row, 7);
	out->failures = db_row_int(row, 8);
	db_row_copy(row, 9, out->error, sizeof(out->error));
	out->seed = db_row_int(row, 10) != 0;
	out->created = db_row_int(row, 11);
}

int
feed_add(struct db *db, struct feed *feed, struct err *err)
{
	if (db_run(db, SQL_ADD,
		DB_ARGS(db_int(feed->list_id), db_text(feed->url),
		    db_text(feed->title), db_int(feed->next_poll),
		    db_int(feed->seed), db_int(feed->created)),
		err) != 0)
		return -1;
	if (db_changes(db) == 0) {
		return err_set(err, ERR_INPUT,
		    "the list has the feed '%s' already", feed->url);
	}
	feed->id = db_last_id(db);
	return 0;
}

static int
read_one(const struct db_row *row, void *arg)
{
	fill(row, arg);
	return 1;
}

int
feed_find(struct db *db, int64_t list_id, const char *url, struct feed *out,
    struct err *err)
{
	return db_each(db, SQL_FIND, DB_ARGS(db_int(list_id), db_text(url)),
	    read_one, out, err);
}

static int
read_next(const struct db_row *row, void *arg)
{
	struct feed **at = arg;

	fill(row, (*at)++);
	return 0;
}

int
feed_claim(
    struct db *db, int64_t now, struct feed *out, int max, struct err *err)
{
	struct feed *at = out;

	return db_each(db, SQL_CLAIM,
	    DB_ARGS(db_int(now), db_int(now + FEED_LEASE), db_int(max)),
	    read_next, &at, err);
}

int
feed_due(struct db *db, int64_t now, struct err *err)
{
	return db_each(db, SQL_DUE, DB_ARGS(db_int(now)), NULL, NULL, err);
}

int
feed_polled(struct db *db, struct feed *feed, int64_t now, struct err *err)
{
	feed->last_ok = now;
	feed->failures = 0;
	feed->seed = false;
	feed->error[0] = '\0';
	feed->next_poll = now + FEED_INTERVAL;
	return db_run(db, SQL_POLLED,
	    DB_ARGS(db_int(feed->id), db_text(feed->title), db_text(feed->etag),
		db_text(feed->modified), db_int(feed->next_poll), db_int(now)),
	    err);
}

int
feed_failed(struct db *db, struct feed *feed, const char *why, int64_t now,
    struct err *err)
{
	int64_t wait = FEED_INTERVAL;

	for (int64_t i = 0; i < feed->failures && wait < FEED_BACKOFF; i++)
		wait *= 2;
	feed->failures++;
	feed->next_poll = now + (wait < FEED_BACKOFF ? wait : FEED_BACKOFF);
	str_cut(feed->error, sizeof(feed->error), why);
	return db_run(db, SQL_FAILED,
	    DB_ARGS(db_int(feed->id), db_int(feed->next_poll),
		db_int(feed->failures), db_text(feed->error)),
	    err);
}

struct each {
	feed_fn *fn;
	void *arg;
};

static int
pass_row(const struct db_row *row, void *arg)
{
	const struct each *each = arg;
	struct feed feed;

	fill(row, &feed);
	return each->fn(&feed, each->arg);
}

int
feed_each(
    struct db *db, int64_t list_id, feed_fn *fn, void *arg, struct err *err)
{
	struct each each = {fn, arg};
	int rows = db_each(
	    db, SQL_EACH, DB_ARGS(db_int(list_id)), pass_row, &each, err);

	return rows < 0 ? -1 : 0;
}
