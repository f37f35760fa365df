/* SPDX-License-Identifier: ISC */
#include "flow/gauge.h"

#include "base/codec.h"
#include "base/str.h"
#include "model/pace.h"

#include <string.h>

#define WARM 1000 /* times its first day */

struct hours {
	int from, to; /* minutes of the day */
};

/* Two digits of hours, two of minutes. */
static bool
parse_time(int *out, const char *text, size_t n)
{
	char digits[6];
	int64_t hour, minute;

	if (n != 5 || text[2] != ':')
		return false;
	memcpy(digits, text, n);
	digits[2] = digits[5] = '\0';
	if (!codec_int(&hour, digits, 0, 24) ||
	    !codec_int(&minute, digits + 3, 0, hour == 24 ? 0 : 59))
		return false;
	*out = (int)(hour * 60 + minute);
	return true;
}

static bool
parse(struct hours *out, const char *text)
{
	size_t n = strcspn(text, "-");

	return text[n] == '-' && parse_time(&out->from, text, n) &&
	       parse_time(&out->to, text + n + 1, strlen(text + n + 1)) &&
	       out->from < GAUGE_DAY && out->from != out->to;
}

int
gauge_check_hours(const char *hours, struct err *err)
{
	struct hours ignored;

	if (hours[0] == '\0' || parse(&ignored, hours))
		return 0;
	return err_set(err, ERR_CONFIG,
	    "'%s' are no hours: write them as \"08:00-22:00\"", hours);
}

bool
gauge_open(const char *hours, int minute)
{
	return gauge_closed_for(hours, minute) == 0;
}

int
gauge_closed_for(const char *hours, int minute)
{
	struct hours at;
	bool open;

	if (hours[0] == '\0' || !parse(&at, hours))
		return 0;
	open = at.from < at.to ? minute >= at.from && minute < at.to
			       : minute >= at.from || minute < at.to;
	return open ? 0 : (at.from - minute + GAUGE_DAY) % GAUGE_DAY;
}

/* What a warm-up has come to after so many days; past `top`, any such. */
static int64_t
warmed(const struct conf_relay *relay, int64_t days, int64_t top)
{
	int64_t most = relay->warmup;
	double exact = (double)relay->warmup;

	while (days-- > 0 && most <= top) {
		exact = exact * (double)(100 + relay->warmup_growth) / 100;
		/* 100 x 1.1 x 1.1 is 121, and not a little less. */
		if (most < (int64_t)(exact + 1e-6)) {
			most = (int64_t)(exact + 1e-6);
		} else {
			most++;
		}
	}
	return most;
}

int64_t
gauge_day(const struct conf_relay *relay, int64_t first, int64_t today)
{
	int64_t top = relay->per_day > 0 ? relay->per_day : PACE_NO_DAY;
	int64_t warm = relay->per_day > 0 ? top : relay->warmup * WARM;
	int64_t most;

	if (relay->warmup == 0)
		return top;
	most = warmed(relay, today - first, warm);
	return most <= warm ? most : top;
}
