/* SPDX-License-Identifier: ISC */
#include "flow/meter.h"

#include "base/clock.h"
#include "flow/gauge.h"
#include "text/zone.h"

#define MINUTE_MS INT64_C(60000)
#define DAY       86400
#define UNKNOWN   INT64_MIN /* of a day */

/* The second is the caller's, the fraction of it the clock's. */
static int64_t
ms_of(int64_t now)
{
	int64_t ms = clock_now_ms();

	if (ms / 1000 >= now - 1 && ms / 1000 <= now + 1)
		return ms;
	return now * 1000 + ms % 1000;
}

void
meter_clock(struct meter_now *out, const struct conf *conf, int64_t now)
{
	struct err ignored = ERR_INIT;
	struct tm tm = {.tm_hour = 0};

	if (out->s != now) {
		(void)zone_local(&tm, now, conf->time_zone, &ignored);
		out->at.day = (now + tm.tm_gmtoff) / DAY;
		out->minute = tm.tm_hour * 60 + tm.tm_min;
		out->s = now;
	}
	out->at.ms = ms_of(now);
}

static struct pace
pace_of(const struct meter *meter, const struct meter_now *now)
{
	return (struct pace){.scope = PACE_RELAY,
	    .name = meter->conf->name,
	    .rate = meter->conf->rate,
	    .day = gauge_day(meter->conf, meter->first_day, now->at.day)};
}

static bool
limited(const struct meter *meter)
{
	return meter->learned || meter->conf->rate > 0 ||
	       meter->conf->per_day > 0 || meter->conf->warmup > 0;
}

/* What is known of it, on a new day anew: it may not have been used before. */
static int
refresh(struct meter *meter, struct db *db, const struct meter_now *now,
    struct err *err)
{
	const struct pace pace = pace_of(meter, now);
	struct pace_facts facts;

	if (pace_look(db, &pace, &now->at, &facts, err) != 0)
		return -1;
	meter->learned = facts.learned > 0;
	meter->first_day = facts.first_day;
	meter->day = now->at.day;
	return 0;
}

int
meter_init(struct meter *meter, struct db *db, const struct conf *conf,
    const struct conf_relay *relay, const struct meter_now *now,
    struct err *err)
{
	*meter =
	    (struct meter){.all = conf, .conf = relay, .full_day = UNKNOWN};
	return refresh(meter, db, now, err);
}

bool
meter_open(const struct meter *meter, const struct meter_now *now, bool digest)
{
	if (meter->full_day == now->at.day)
		return false;
	return !digest || gauge_open(meter->conf->hours, now->minute);
}

int64_t
meter_wait(const struct meter *meter, const struct meter_now *now)
{
	int64_t left = meter->free_at_ms - now->at.ms;

	/* A clock that was set back is no reason to wait for long. */
	return left > 0 && left <= MINUTE_MS ? left : 0;
}

int
meter_draw(struct meter *meter, struct db *db, const struct meter_now *now,
    int want, struct err *err)
{
	struct pace pace;
	int64_t wait_ms = 0;
	int n;

	if (!limited(meter) || want == 0)
		return want;
	if (meter->day != now->at.day && refresh(meter, db, now, err) != 0)
		return -1;
	pace = pace_of(meter, now);
	n = pace_take(db, &pace, &now->at, want, &wait_ms, err);
	if (n >= 0 && n < want && wait_ms == INT64_MAX) {
		meter->full_day = now->at.day;
	} else if (n >= 0 && n < want) {
		meter->free_at_ms = now->at.ms + wait_ms;
	}
	return n;
}

/* The day, where it was used up, is not any more. */
int
meter_return(struct meter *meter, struct db *db, const struct meter_now *now,
    int n, struct err *err)
{
	struct pace pace;

	if (!limited(meter) || n == 0)
		return 0;
	pace = pace_of(meter, now);
	meter->full_day = UNKNOWN;
	return pace_give_back(db, &pace, n, err) < 0 ? -1 : 0;
}

bool
meter_has_news(const struct meter *meter)
{
	return meter->slow || (meter->learned && meter->taken > 0);
}

/* What this process has seen, times all of them. */
static int64_t
seen_by_all(const struct meter *meter, const struct meter_now *now)
{
	return pace_seen_rate(&meter->seen, now->at.ms) * meter->all->senders;
}

int
meter_note(struct meter *meter, struct db *db, const struct meter_now *now,
    struct err *err)
{
	struct pace pace = pace_of(meter, now);
	int rc;

	if (meter->slow) {
		rc = pace_slow(
		    db, &pace, &now->at, seen_by_all(meter, now), err);
		meter->learned = meter->learned || rc == 1;
		return rc < 0 ? -1 : 0;
	}
	if (!meter->learned || meter->taken == 0)
		return 0;
	rc = pace_good(db, &pace, &now->at, meter->taken, err);
	if (rc == 1)
		meter->learned = false;
	return rc < 0 ? -1 : 0;
}

void
meter_proceed(struct meter *meter, const struct meter_now *now)
{
	if (meter->taken > 0)
		pace_seen_add(&meter->seen, now->at.ms, meter->taken);
	meter->taken = 0;
	meter->slow = false;
}
