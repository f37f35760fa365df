/* SPDX-License-Identifier: ISC */
/*
 * meter - what one relay may be given now: its rate, its day, its hours.
 *
 * Stands between a channel and model/pace, and asks the database only where
 * something limits the relay: a setting, or a rate that its complaints have
 * taught.
 */
#ifndef NASHRA_FLOW_METER_H
#define NASHRA_FLOW_METER_H

#include "base/conf.h"
#include "base/err.h"
#include "model/pace.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

/* When it is, in all the ways that pace needs. */
struct meter_now {
	struct pace_now at;
	int64_t s;  /* seconds UTC */
	int minute; /* of the site's day */
};
/* Of a zeroed struct, or the one of before. */
void meter_clock(struct meter_now *out, const struct conf *conf, int64_t now);

struct meter {
	const struct conf *all;
	const struct conf_relay *conf;
	bool learned;           /* a rate was */
	int64_t day, first_day; /* of what is known; of its use */
	int64_t full_day;       /* the day that is used up */
	int64_t free_at_ms;     /* of the wall clock: nothing before it */
	struct pace_seen seen;
	int taken; /* news: so many messages were */
	bool slow; /* news: it asks for less */
};

int meter_init(struct meter *meter, struct db *db, const struct conf *conf,
    const struct conf_relay *relay, const struct meter_now *now,
    struct err *err);

/* False out of its hours (for a digest), and once its day is used up. */
bool
meter_open(const struct meter *meter, const struct meter_now *now, bool digest);
/* How long until the next message may go: ms, 0 for now. */
int64_t meter_wait(const struct meter *meter, const struct meter_now *now);

/* Within the transaction: how many of `want` may start, or -1. */
int meter_draw(struct meter *meter, struct db *db, const struct meter_now *now,
    int want, struct err *err);
/* Within the transaction of the draw: so many did not start after all. */
int meter_return(struct meter *meter, struct db *db,
    const struct meter_now *now, int n, struct err *err);
bool meter_has_news(const struct meter *meter);
/* Within the transaction. */
int meter_note(struct meter *meter, struct db *db, const struct meter_now *now,
    struct err *err);
/* After its commit. */
void meter_proceed(struct meter *meter, const struct meter_now *now);

#endif
