/* SPDX-License-Identifier: ISC */
#include "flow/meter.h"

#include "base/clock.h"
#include "flow/gauge.h"
#include "text/zone.h"

#define DAY      86400
#define UNKNOWN  INT64_MIN /* of a day */
#define SEEN_MS  2000      /* that a rate is counted over */

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

	if (out->s != now || out->at.ms == 0) {
		(void)zone_local(&tm, now, conf->time_zone, &ignored);
		out->at.day = (now + tm.tm_gmtoff) / DAY;
		out->minute = tm.tm_hour * 60 + tm.tm_min;
		out->s = now;
	}
	out->at.ms = ms_of(now);
}
