/* SPDX-License-Identifier: ISC */
/*
 * gauge - what the settings allow a relay: its hours and its day.
 *
 * Pure. The site's clock and calendar are the caller's.
 */
#ifndef NASHRA_FLOW_GAUGE_H
#define NASHRA_FLOW_GAUGE_H

#include "base/conf.h"
#include "base/err.h"

#include <stdbool.h>
#include <stdint.h>

#define GAUGE_DAY 1440 /* minutes */

/* Hours are "HH:MM-HH:MM", over midnight too; the second is the first minute
 * that is closed again, "24:00" at the latest. "" is always. */
int gauge_check_hours(const char *hours, struct err *err);
/* For hours that were checked, and the minute of the day that clocks show. */
bool gauge_open(const char *hours, int minute);
/* Minutes until it opens next; 0 where it is open. */
int gauge_closed_for(const char *hours, int minute);

/* How many messages a relay may be given on the day `today`, of those that it
 * is in use since the day `first`; PACE_NO_DAY: no limit. A warm-up begins
 * with so many and gets per cent more each day, one more at least; the relay
 * is warm once that passes its limit for a day or, without, a thousand times
 * what it began with. */
int64_t gauge_day(const struct conf_relay *relay, int64_t first, int64_t today);

#endif
