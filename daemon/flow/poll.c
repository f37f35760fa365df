/* SPDX-License-Identifier: ISC */
#include "flow/poll.h"

#include "base/log.h"
#include "base/str.h"
#include "feed/fetch.h"
#include "feed/parse.h"
#include "flow/harvest.h"

#include <stdlib.h>
#include <string.h>

#define IN_FLIGHT 8 /* fetches of one work process at a time */

/* One feed on its way: fetched, parsed, stored. */
struct job {
	struct feed feed;
	bool used;
	bool fetched;
	enum poll_status status;
	struct parse_feed parsed;
	int64_t fresh;
	struct err why;
};

struct poll {
	struct db *db;
	struct fetch *fetch;
	struct job jobs[IN_FLIGHT];
	bool stopped;
};

static void
job_parse(struct job *job, const struct fetch_reply *reply)
{
	if (parse_feed(&job->parsed, reply->body, reply->len, reply->url,
		reply->content_type, &job->why) != 0) {
		job->why.code = ERR_INPUT;
		return;
	}
	job->status = POLL_OK;
	/* A mark that is too long to keep is as good as none. */
	(void)str_fit(job->feed.etag, sizeof(job->feed.etag), reply->etag);
	(void)str_fit(job->feed.modified, sizeof(job->feed.modified),
	    reply->last_modified);
}

/* RFC 9110 15.5.9, RFC 6585 4, and what servers say of themselves. */
static bool
may_pass(int status)
{
	return status >= 500 || status == 408 || status == 429;
}

static void
job_fetched(void *arg, const struct fetch_reply *reply, const struct err *err)
{
	struct job *job = arg;

	job->fetched = true;
	job->status = POLL_FAILED; /* until it shows to be better */
	if (reply == NULL) {
		job->why = *err;
	} else if (reply->status == 304) {
		job->status = POLL_UNCHANGED;
	} else if (reply->status != 200) {
		(void)err_set(&job->why,
		    may_pass(reply->status) ? ERR_TEMP : ERR_PERM,
		    "the server answered with status %d", reply->status);
	} else {
		job_parse(job, reply);
	}
}

/* A fetcher that says whose it is. */
static int
make_fetch(struct fetch **out, struct loop *loop, const struct conf *conf,
    struct err *err)
{
	const struct fetch_settings settings = {.contact = conf->base_url};

	if (fetch_new(out, loop, &conf->feeds.allow_addresses, err) != 0)
		return -1;
	fetch_set(*out, &settings);
	return 0;
}

static int
job_start(struct job *job, struct fetch *fetch, struct err *err)
{
	const struct fetch_request request = {
	    .url = job->feed.url,
	    .etag = job->feed.etag,
	    .last_modified = job->feed.modified,
	};

	return fetch_get(fetch, &request, job_fetched, job, err);
}

static void
job_release(struct job *job)
{
	parse_feed_release(&job->parsed);
	*job = (struct job){0};
}

/* ---- storing, within a transaction */

static int
store(struct db *db, struct job *job, int64_t now, struct err *err)
{
	if (job->status == POLL_FAILED)
		return feed_failed(db, &job->feed, job->why.msg, now, err);
	if (job->status == POLL_OK &&
	    harvest(db, &job->feed, &job->parsed, now, &job->fresh, err) != 0)
		return -1;
	return feed_polled(db, &job->feed, now, err);
}

static int
store_job(struct db *db, struct job *job, int64_t now, struct err *err)
{
	if (db_begin(db, err) != 0)
		return -1;
	if (store(db, job, now, err) != 0 || db_commit(db, err) != 0) {
		db_rollback(db);
		return -1;
	}
	if (job->status == POLL_FAILED) {
		log_line(LOG_WARN, "poll", "feed=%lld failures=%lld why=\"%s\"",
		    (long long)job->feed.id, (long long)job->feed.failures,
		    job->why.msg);
	} else {
		log_line(LOG_INFO, "poll", "feed=%lld status=%s new=%lld",
		    (long long)job->feed.id,
		    job->status == POLL_OK ? "ok" : "not-modified",
		    (long long)job->fresh);
	}
	return 0;
}

static void
job_outcome(const struct job *job, struct poll_outcome *out)
{
	out->status = job->status;
	out->feed = job->feed;
	out->fresh = job->fresh;
	out->repaired = job->parsed.repaired;
}

/* ---- for the command line: one feed, waited for */

static int
fetch_job(struct job *job, const struct conf *conf, struct err *err)
{
	struct loop *loop = NULL;
	struct fetch *fetch = NULL;
	int rc = -1;

	if (loop_new(&loop, err) != 0)
		return -1;
	if (make_fetch(&fetch, loop, conf, err) != 0 ||
	    job_start(job, fetch, err) != 0)
		goto out;
	while (!job->fetched) {
		if (loop_turn(loop, -1, err) != 0)
			goto out;
	}
	rc = 0;
out:
	fetch_free(fetch);
	loop_free(loop);
	return rc;
}

/* The feed's row and its articles appear together, or not at all. */
static int
store_new(struct db *db, struct job *job, int64_t now, struct err *err)
{
	if (db_begin(db, err) != 0)
		return -1;
	if (feed_add(db, &job->feed, err) != 0 ||
	    store(db, job, now, err) != 0 || db_commit(db, err) != 0) {
		db_rollback(db);
		return -1;
	}
	return 0;
}

static int
check_new(
    struct db *db, const struct poll_add *add, struct job *job, struct err *err)
{
	int found;

	if (!str_fit(job->feed.url, sizeof(job->feed.url), add->url))
		return err_set(err, ERR_INPUT, "the address is too long");
	if (!str_starts_ci(add->url, "http://") &&
	    !str_starts_ci(add->url, "https://")) {
		return err_set(err, ERR_INPUT,
		    "'%.200s' is no address of a feed: it begins with http:// "
		    "or https://",
		    add->url);
	}
	found = feed_find(db, add->list->id, add->url, &job->feed, err);
	if (found == 1) {
		return err_set(err, ERR_INPUT,
		    "list '%s' has the feed '%.200s' already", add->list->name,
		    add->url);
	}
	return found;
}

int
poll_add(struct db *db, const struct conf *conf, const struct poll_add *add,
    int64_t now, struct poll_outcome *out, struct err *err)
{
	struct job *job = calloc(1, sizeof(*job));
	int rc = -1;

	if (job == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	job->feed.list_id = add->list->id;
	job->feed.created = now;
	job->feed.next_poll = now;
	job->feed.seed = !add->send_existing;
	if (check_new(db, add, job, err) != 0 || fetch_job(job, conf, err) != 0)
		goto out;
	if (job->status == POLL_FAILED && add->check) {
		*err = job->why;
		(void)err_wrap(err, "feed '%.120s'", add->url);
		goto out;
	}
	if (store_new(db, job, now, err) != 0)
		goto out;
	job_outcome(job, out);
	rc = 0;
out:
	job_release(job);
	free(job);
	return rc;
}

struct queue {
	struct feed *feeds;
	size_t count;
};

static int
collect(const struct feed *feed, void *arg)
{
	struct queue *queue = arg;
	struct feed *feeds =
	    realloc(queue->feeds, (queue->count + 1) * sizeof(*feeds));

	if (feeds == NULL)
		abort(); /* out of memory: the database is the truth */
	feeds[queue->count++] = *feed;
	queue->feeds = feeds;
	return 0;
}

static int
poll_one(struct db *db, const struct conf *conf, const struct feed *feed,
    const struct poll_now *which, struct err *err)
{
	struct job *job = calloc(1, sizeof(*job));
	struct poll_outcome outcome = {0};
	int rc = -1;

	if (job == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	job->feed = *feed;
	if (fetch_job(job, conf, err) == 0 &&
	    store_job(db, job, which->now, err) == 0) {
		job_outcome(job, &outcome);
		rc = which->fn(&outcome, which->arg);
	}
	job_release(job);
	free(job);
	return rc;
}

int
poll_now(struct db *db, const struct conf *conf, const struct poll_now *which,
    struct err *err)
{
	struct queue queue = {0};
	int rc = feed_each(db, which->list_id, collect, &queue, err);

	for (size_t i = 0; i < queue.count && rc == 0; i++)
		rc = poll_one(db, conf, &queue.feeds[i], which, err);
	free(queue.feeds);
	return rc;
}

/* ---- for the work role: all that are due, on its loop */

int
poll_new(struct poll **out, struct loop *loop, struct db *db,
    const struct conf *conf, struct err *err)
{
	struct poll *poll = calloc(1, sizeof(*poll));

	if (poll == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	poll->db = db;
	if (make_fetch(&poll->fetch, loop, conf, err) != 0) {
		free(poll);
		return -1;
	}
	*out = poll;
	return 0;
}

void
poll_free(struct poll *poll)
{
	if (poll == NULL)
		return;
	fetch_free(poll->fetch);
	for (size_t i = 0; i < IN_FLIGHT; i++)
		job_release(&poll->jobs[i]);
	free(poll);
}

/* A feed that cannot be asked at all has failed like any other. */
static void
begin(struct poll *poll, const struct feed *feed)
{
	struct job *job = poll->jobs;

	while (job->used)
		job++;
	*job = (struct job){.feed = *feed, .used = true};
	if (job_start(job, poll->fetch, &job->why) != 0) {
		job->fetched = true;
		job->status = POLL_FAILED;
	}
}

/* Takes what is due, as far as there is room; how many, or -1. */
static int
claim(struct db *db, int64_t now, struct feed *feeds, int room, struct err *err)
{
	int n = feed_due(db, now, err);

	if (n <= 0)
		return n;
	if (db_begin(db, err) != 0)
		return -1;
	n = feed_claim(db, now, feeds, room, err);
	if (n < 0 || db_commit(db, err) != 0) {
		db_rollback(db);
		return -1;
	}
	return n;
}

static void
begin_due(struct poll *poll, int64_t now)
{
	struct feed feeds[IN_FLIGHT];
	struct err err = ERR_INIT;
	int room = 0;
	int n;

	for (size_t i = 0; i < IN_FLIGHT; i++)
		room += !poll->jobs[i].used;
	if (room == 0)
		return;
	n = claim(poll->db, now, feeds, room, &err);
	/* One that is busy is asked again in a second. */
	if (n < 0 && err.code != ERR_BUSY)
		log_line(LOG_ERROR, "poll", "why=\"%s\"", err.msg);
	for (int i = 0; i < n; i++)
		begin(poll, &feeds[i]);
}

void
poll_turn(struct poll *poll, int64_t now)
{
	for (size_t i = 0; i < IN_FLIGHT; i++) {
		struct job *job = &poll->jobs[i];
		struct err err = ERR_INIT;

		if (!job->used || !job->fetched)
			continue;
		if (store_job(poll->db, job, now, &err) != 0) {
			if (err.code == ERR_BUSY)
				continue;
			log_line(LOG_ERROR, "poll", "feed=%lld why=\"%s\"",
			    (long long)job->feed.id, err.msg);
		}
		job_release(job);
	}
	if (!poll->stopped)
		begin_due(poll, now);
}

void
poll_stop(struct poll *poll)
{
	poll->stopped = true;
}

bool
poll_idle(const struct poll *poll)
{
	bool used = false;

	for (size_t i = 0; i < IN_FLIGHT; i++)
		used |= poll->jobs[i].used;
	return !used;
}
