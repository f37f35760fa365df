/* SPDX-License-Identifier: ISC */
#include "base/clock.h"

#include <stdio.h>
#include <time.h>

int64_t
clock_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return ts.tv_sec;
}

int64_t
clock_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

int64_t
clock_mono_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

struct clock_pair
clock_look(void)
{
	return (struct clock_pair){
	    .wall_ms = clock_now_ms(), .mono_ms = clock_mono_ms()};
}

int64_t
clock_jump(struct clock_watch *watch, struct clock_pair look, int64_t least_ms)
{
	int64_t jump = (look.wall_ms - watch->last.wall_ms) -
		       (look.mono_ms - watch->last.mono_ms);

	if (watch->looked && jump <= least_ms && jump >= -least_ms)
		return 0;
	if (!watch->looked)
		jump = 0;
	*watch = (struct clock_watch){.last = look, .looked = true};
	return jump;
}

static struct tm
parts(int64_t when)
{
	struct tm tm = {0};
	time_t t = (time_t)when;

	(void)gmtime_r(&t, &tm);
	return tm;
}

void
clock_iso(char out[CLOCK_ISO_SIZE], int64_t when)
{
	struct tm tm = parts(when);

	if (strftime(out, CLOCK_ISO_SIZE, "%Y-%m-%dT%H:%M:%SZ", &tm) == 0)
		out[0] = '\0';
}

/* strftime would write names in the language of the process. */
void
clock_mail(char out[CLOCK_MAIL_SIZE], int64_t when)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct tm tm = parts(when);

	snprintf(out, CLOCK_MAIL_SIZE, "%.3s, %d %.3s %d %02d:%02d:%02d +0000",
	    days + (size_t)tm.tm_wday * 3, tm.tm_mday,
	    months + (size_t)tm.tm_mon * 3, tm.tm_year + 1900, tm.tm_hour,
	    tm.tm_min, tm.tm_sec);
}
