/* SPDX-License-Identifier: ISC */
/*
 * clock - what time it is. The only code that asks.
 *
 * Everything else is given `int64_t now`, seconds since 1970 in UTC, so that
 * a test can live in any second it likes. Calendars and zones: text/date.
 */
#ifndef NASHRA_BASE_CLOCK_H
#define NASHRA_BASE_CLOCK_H

#include <stdint.h>

#define CLOCK_ISO_SIZE  32
#define CLOCK_MAIL_SIZE 48

int64_t clock_now(void);     /* seconds, UTC; may jump */
int64_t clock_now_ms(void);  /* milliseconds, UTC; likewise */
int64_t clock_mono_ms(void); /* milliseconds, never goes back */

/* "2026-11-24T05:47:06Z" (ISO 8601), for people and JSON. */
void clock_iso(char out[CLOCK_ISO_SIZE], int64_t when);
/* "Tue, 24 Nov 2026 05:47:06 +0000" (RFC 5322 3.3), ASCII digits always. */
void clock_mail(char out[CLOCK_MAIL_SIZE], int64_t when);

#endif
