/* SPDX-License-Identifier: ISC */
/*
 * clock - what time it is. The only code that asks.
 *
 * Everything else is given `int64_t now`, seconds since 1970 in UTC, so that
 * a test can live in any second it likes. Calendars and zones: text/date.
 */
#ifndef NASHRA_BASE_CLOCK_H
#define NASHRA_BASE_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

#define CLOCK_ISO_SIZE  32
#define CLOCK_MAIL_SIZE 48

int64_t clock_now(void);     /* seconds, UTC; may jump */
int64_t clock_now_ms(void);  /* milliseconds, UTC; likewise */
int64_t clock_mono_ms(void); /* milliseconds, never goes back */

/* Both clocks at one look: the same moment, as long as nobody sets one. */
struct clock_pair {
	int64_t wall_ms;
	int64_t mono_ms;
};
struct clock_pair clock_look(void);

/* Whether the wall clock was set, or the machine slept. Zeroed, it has not
 * looked yet. */
struct clock_watch {
	struct clock_pair last;
	bool looked;
};
/* Pure. How far the wall clock went from the monotonic one since the look
 * before: ms, less than zero where it was set back; 0 where that is no more
 * than `least_ms`. What is less adds up: a clock that is set a little at each
 * look is told of once it has come so far. (Slewing moves both.) */
int64_t
clock_jump(struct clock_watch *watch, struct clock_pair look, int64_t least_ms);

/* "2026-11-24T05:47:06Z" (ISO 8601), for people and JSON. */
void clock_iso(char out[CLOCK_ISO_SIZE], int64_t when);
/* "Tue, 24 Nov 2026 05:47:06 +0000" (RFC 5322 3.3), ASCII digits always. */
void clock_mail(char out[CLOCK_MAIL_SIZE], int64_t when);

#endif
