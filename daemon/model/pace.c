/* SPDX-License-Identifier: ISC */
#include "model/pace.h"

#define SECOND  INT64_C(1000)           /* ms */
#define WEEK    (INT64_C(7) * 86400000) /* ms */
#define WINDOW  (5 * SECOND)            /* that a rate is seen in */
#define ONE     INT64_C(1000)           /* message a second, in thousandths */
#define TOP     (1000000 * ONE)         /* as fast as anything */
#define MESSAGE INT64_C(1000000)        /* in the millionths of a bucket */

/* A thousandth of a message a second is a millionth in a millisecond, so that
 * a bucket is filled to the last drop, however often it is looked at. */
struct bucket {
	int64_t rate;    /* learned, thousandths a second; 0: none */
	int64_t ceiling; /* the rate at which it complained */
	int64_t tokens;  /* millionths */
	int64_t filled;  /* ms */
	struct pace_seen seen;
	int64_t slowed; /* ms; 0: never */
	int64_t day;
	int64_t day_sent;
	int64_t first_day; /* 0: none yet */
};

static const char SQL_LOAD[] =
    "SELECT rate, ceiling, tokens, filled, seen, seen_from, slowed, day,"
    " day_sent, first_day FROM pace WHERE scope = ?1 AND name = ?2";
static const char SQL_SAVE[] =
    "INSERT INTO pace (scope, name, rate, ceiling, tokens, filled, seen,"
    " seen_from, slowed, day, day_sent, first_day)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
    " ON CONFLICT (scope, name) DO UPDATE SET rate = ?3, ceiling = ?4,"
    " tokens = ?5, filled = ?6, seen = ?7, seen_from = ?8, slowed = ?9,"
    " day = ?10, day_sent = ?11, first_day = ?12";
/* A new row has its seen_from, though nothing was seen. */
static const char SQL_PRUNE[] = "DELETE FROM pace WHERE scope = 'domain'"
				" AND slowed < ?1 AND seen_from < ?1";

static const char SQL_DOMAINS[] =
    "SELECT name FROM pace WHERE scope = 'domain' ORDER BY name";

static const char *const scopes[] = {
    [PACE_RELAY] = "relay", [PACE_DOMAIN] = "domain"};

static int64_t
least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
most(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* ---- what is seen */

/* Counts over one to two windows: where two have passed, it keeps the half of
 * both. What comes after a pause, or from another time, begins anew. */
void
pace_seen_add(struct pace_seen *seen, int64_t ms, int n)
{
	int64_t past = ms - seen->from;

	if (past < -PACE_BACK || past >= 3 * WINDOW) {
		*seen = (struct pace_seen){.from = ms};
	} else if (past >= 2 * WINDOW) {
		seen->n /= 2;
		seen->from = ms - past / 2;
	}
	seen->n += n;
}

int64_t
pace_seen_rate(const struct pace_seen *seen, int64_t ms)
{
	int64_t past = ms - seen->from;

	if (past < -PACE_BACK || past >= 3 * WINDOW)
		return 0;
	return seen->n * SECOND * ONE / most(past, SECOND);
}

/* ---- the row */

static int
read_bucket(const struct db_row *row, void *arg)
{
	*(struct bucket *)arg = (struct bucket){
	    .rate = db_row_int(row, 0),
	    .ceiling = db_row_int(row, 1),
	    .tokens = db_row_int(row, 2),
	    .filled = db_row_int(row, 3),
	    .seen = {db_row_int(row, 4), db_row_int(row, 5)},
	    .slowed = db_row_int(row, 6),
	    .day = db_row_int(row, 7),
	    .day_sent = db_row_int(row, 8),
	    .first_day = db_row_int(row, 9),
	};
	return 1;
}

/* The rate in force: of the settings and what was learned, the lower. 0: no
 * limit. */
static int64_t
rate_of(const struct bucket *bucket, const struct pace *pace)
{
	int64_t set = pace->rate * ONE;

	if (set == 0 || bucket->rate == 0)
		return most(set, bucket->rate);
	return least(set, bucket->rate);
}

/* What a bucket holds: one second's worth, at least one message. */
static int64_t
size_of(int64_t rate)
{
	return most(rate * SECOND, MESSAGE);
}

/* Processes read the clock before they get at the row, so one may be a little
 * behind another: then nothing is due yet. Much behind, the clock was set
 * back, and filling goes on from there. */
static void
fill(struct bucket *bucket, int64_t rate, int64_t ms)
{
	int64_t size = size_of(rate);
	int64_t past = ms - bucket->filled;

	/* The bucket is full long before the product overflows. */
	if (past > 0)
		bucket->tokens += least(past, size / most(rate, 1) + 1) * rate;
	if (past > 0 || past < -PACE_BACK)
		bucket->filled = ms;
	bucket->tokens = least(bucket->tokens, size);
}

/* One day back may be the clock or a new time zone: the count goes on, so that
 * a day is not given twice. Other days are new ones. */
static void
turn_day(struct bucket *bucket, int64_t day)
{
	if (bucket->first_day > day)
		bucket->first_day = day;
	if (day == bucket->day || day == bucket->day - 1)
		return;
	bucket->day = day;
	bucket->day_sent = 0;
}

static int
find(
    struct db *db, const struct pace *pace, struct bucket *out, struct err *err)
{
	return db_each(db, SQL_LOAD,
	    DB_ARGS(db_text(scopes[pace->scope]), db_text(pace->name)),
	    read_bucket, out, err);
}

/* As it is today; 0: not there, and a new one, which is full. */
static int
load(struct db *db, const struct pace *pace, const struct pace_now *now,
    struct bucket *out, struct err *err)
{
	int found = find(db, pace, out, err);

	if (found == 0) {
		*out = (struct bucket){.tokens = size_of(pace->rate * ONE),
		    .filled = now->ms,
		    .seen = {.from = now->ms},
		    .day = now->day};
	}
	if (found == 1)
		turn_day(out, now->day);
	return found;
}

static int
save(struct db *db, const struct pace *pace, const struct bucket *bucket,
    struct err *err)
{
	return db_run(db, SQL_SAVE,
	    DB_ARGS(db_text(scopes[pace->scope]), db_text(pace->name),
		db_int(bucket->rate), db_int(bucket->ceiling),
		db_int(bucket->tokens), db_int(bucket->filled),
		db_int(bucket->seen.n), db_int(bucket->seen.from),
		db_int(bucket->slowed), db_int(bucket->day),
		db_int(bucket->day_sent), db_int(bucket->first_day)),
	    err);
}

int
pace_look(struct db *db, const struct pace *pace, const struct pace_now *now,
    struct pace_facts *out, struct err *err)
{
	struct bucket bucket;
	int found = load(db, pace, now, &bucket, err);

	if (found < 0)
		return -1;
	*out = (struct pace_facts){.known = found == 1,
	    .learned = bucket.rate,
	    .day_sent = bucket.day_sent,
	    .first_day = bucket.first_day ? bucket.first_day : now->day};
	return 0;
}

int
pace_ensure(struct db *db, const struct pace *pace, const struct pace_now *now,
    struct err *err)
{
	struct bucket bucket;
	int found = load(db, pace, now, &bucket, err);

	if (found != 0)
		return found < 0 ? -1 : 0;
	return save(db, pace, &bucket, err);
}

struct each {
	pace_fn *fn;
	void *arg;
};

static int
pass_domain(const struct db_row *row, void *arg)
{
	const struct each *each = arg;

	return each->fn(db_row_text(row, 0), each->arg);
}

int
pace_each_domain(struct db *db, pace_fn *fn, void *arg, struct err *err)
{
	struct each each = {fn, arg};

	return db_each(db, SQL_DOMAINS, DB_NO_ARGS, pass_domain, &each, err) < 0
		   ? -1
		   : 0;
}

int
pace_prune(struct db *db, const struct pace_now *now, struct err *err)
{
	return db_run(db, SQL_PRUNE, DB_ARGS(db_int(now->ms - WEEK)), err);
}

/* ---- taking */

/* How many of `want` may go; tokens of what has no limit are not counted. */
static int64_t
draw(struct bucket *bucket, const struct pace *pace, int64_t ms, int64_t want,
    int64_t *wait_ms)
{
	int64_t left = most(pace->day - bucket->day_sent, 0);
	int64_t rate = rate_of(bucket, pace);
	int64_t n = least(want, left);

	if (n < want)
		*wait_ms = INT64_MAX;
	if (rate == 0) {
		bucket->filled = ms;
		return n;
	}
	fill(bucket, rate, ms);
	if (bucket->tokens < n * MESSAGE) {
		n = bucket->tokens / MESSAGE;
		bucket->tokens -= n * MESSAGE;
		*wait_ms = (MESSAGE - bucket->tokens + rate - 1) / rate +
			   most(bucket->filled - ms, 0);
	} else {
		bucket->tokens -= n * MESSAGE;
	}
	return n;
}

int
pace_take(struct db *db, const struct pace *pace, const struct pace_now *now,
    int want, int64_t *wait_ms, struct err *err)
{
	struct bucket bucket;
	int64_t n;

	if (load(db, pace, now, &bucket, err) < 0)
		return -1;
	n = draw(&bucket, pace, now->ms, want, wait_ms);
	if (n > 0) {
		pace_seen_add(&bucket.seen, now->ms, (int)n);
		bucket.day_sent += n;
		if (bucket.first_day == 0)
			bucket.first_day = now->day;
	}
	return save(db, pace, &bucket, err) == 0 ? (int)n : -1;
}

int
pace_give_back(struct db *db, const struct pace *pace, int n, struct err *err)
{
	struct bucket bucket;
	int found = find(db, pace, &bucket, err);

	if (found != 1)
		return found;
	/* Who gives back need not know the rate; the next fill cuts. */
	bucket.tokens += n * MESSAGE;
	bucket.seen.n = most(bucket.seen.n - n, 0);
	bucket.day_sent = most(bucket.day_sent - n, 0);
	if (bucket.day_sent == 0 && bucket.first_day == bucket.day)
		bucket.first_day = 0;
	return save(db, pace, &bucket, err);
}

/* ---- learning */

/* Complaints of now are the same as those that were heeded. */
static bool
is_calm(const struct bucket *bucket, int64_t ms)
{
	int64_t past = ms - bucket->slowed;

	return past > -PACE_CALM && past < PACE_CALM;
}

int
pace_slow(struct db *db, const struct pace *pace, const struct pace_now *now,
    int64_t seen, struct err *err)
{
	struct bucket bucket;
	int64_t rate;

	if (load(db, pace, now, &bucket, err) < 0)
		return -1;
	if (is_calm(&bucket, now->ms))
		return 0;
	rate = rate_of(&bucket, pace);
	seen = most(seen, pace_seen_rate(&bucket.seen, now->ms));
	if (rate == 0 || (seen > 0 && seen < rate))
		rate = seen > 0 ? seen : ONE;
	bucket.ceiling = rate;
	bucket.rate = most(rate / 2, PACE_FLOOR);
	bucket.tokens = 0;
	bucket.filled = now->ms;
	bucket.slowed = now->ms;
	return save(db, pace, &bucket, err) == 0 ? 1 : -1;
}

/* One more message raises a learned rate. In one go it comes up to 90 % of
 * what was too much, and passes that only once the complaints have ended. */
static void
rise(struct bucket *bucket, int64_t ms)
{
	int64_t rate = bucket->rate;
	int64_t near = bucket->ceiling * 9 / 10;
	int64_t step = ONE * ONE / rate; /* one more a second, in a second */

	step = most(step, ONE / 10); /* 10 % in a second */
	step = least(step, least(rate, ONE));
	if (rate < near) {
		bucket->rate = least(rate + step, near);
	} else if (!is_calm(bucket, ms)) {
		if (rate <= bucket->ceiling * 11 / 10)
			step /= 10;
		bucket->rate = rate + most(step, 1);
	}
}

int
pace_good(struct db *db, const struct pace *pace, const struct pace_now *now,
    int n, struct err *err)
{
	struct bucket bucket;
	int64_t set = pace->rate > 0 ? pace->rate * ONE : TOP;
	int64_t rate;
	bool used;

	if (load(db, pace, now, &bucket, err) < 0)
		return -1;
	if (bucket.rate == 0)
		return 1;
	/* A bucket that stays full says that the rate holds up nothing, and
	 * nothing about more of it. */
	rate = rate_of(&bucket, pace);
	fill(&bucket, rate, now->ms);
	used = bucket.tokens < size_of(rate) / 2;
	for (; used && n > 0 && bucket.rate < set; n--)
		rise(&bucket, now->ms);
	if (bucket.rate >= set || (!used && bucket.rate >= 2 * bucket.ceiling))
		bucket.rate = 0;
	return save(db, pace, &bucket, err) == 0 ? bucket.rate == 0 : -1;
}
