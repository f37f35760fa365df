/* SPDX-License-Identifier: ISC */
#include "feed/stamp.h"

#include "base/str.h"

#include <string.h>
#include <time.h>

/* Up to `max` digits, at least `min`; -1 where they are not there. */
static int
take_number(const char **at, int min, int max)
{
	int value = 0;
	int n = 0;

	for (; n < max && **at >= '0' && **at <= '9'; n++, (*at)++)
		value = value * 10 + (**at - '0');
	return n >= min ? value : -1;
}

static void
skip(const char **at, const char *these)
{
	*at += strspn(*at, these);
}

static const char letters[] =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";

/* 1-12 by the first three letters, or 0. */
static int
take_month(const char **at)
{
	static const char *const months[] = {"jan", "feb", "mar", "apr", "may",
	    "jun", "jul", "aug", "sep", "oct", "nov", "dec"};

	for (int i = 0; i < 12; i++) {
		if (str_starts_ci(*at, months[i])) {
			skip(at, letters);
			return i + 1;
		}
	}
	return 0;
}

/* "10:00", "10:00:59", "10:00:59.5": seconds of the day, or -1. */
static int
take_time(const char **at)
{
	int hour = take_number(at, 1, 2);
	int minute = -1;
	int second = 0;

	if (hour < 0 || **at != ':')
		return -1;
	(*at)++;
	minute = take_number(at, 2, 2);
	if (**at == ':') {
		(*at)++;
		second = take_number(at, 2, 2);
		if (**at == '.' || **at == ',')
			skip(at, ".,0123456789");
	}
	if (hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 60)
		return -1;
	return hour * 3600 + minute * 60 + (second == 60 ? 59 : second);
}

/* "+0300", "+03:00", "GMT"...; seconds east of UTC. RFC 5322 4.3: a name that
 * is not known says nothing, and counts as UTC. */
static bool
take_zone(const char **at, int *east)
{
	static const struct {
		const char *name;
		int hours;
	} zones[] = {{"EST", -5}, {"EDT", -4}, {"CST", -6}, {"CDT", -5},
	    {"MST", -7}, {"MDT", -6}, {"PST", -8}, {"PDT", -7}};
	int sign = **at == '-' ? -1 : 1;
	size_t n = strspn(*at, letters);
	int hours;
	int minutes;

	*east = 0;
	if (**at != '+' && **at != '-') {
		for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
			if (n == 3 && str_starts_ci(*at, zones[i].name))
				*east = zones[i].hours * 3600;
		}
		*at += n;
		return n <= 5;
	}
	(*at)++;
	hours = take_number(at, 2, 2);
	if (**at == ':')
		(*at)++;
	minutes = take_number(at, 0, 2);
	*east = sign * (hours * 3600 + minutes * 60);
	return hours >= 0 && hours <= 23 && minutes <= 59;
}

/* The day of "Wed, 22 Jan 2025" (RFC 822, RFC 5322 3.3, and their kin). */
static void
take_rfc822_day(const char **at, struct tm *day)
{
	int start;
	int year;

	skip(at, letters);
	skip(at, "., \t\r\n");
	day->tm_mday = take_number(at, 1, 2);
	skip(at, " \t-");
	day->tm_mon = take_month(at) - 1;
	skip(at, "., \t-");
	start = (int)strspn(*at, "0123456789");
	year = take_number(at, 2, 4);
	/* RFC 5322 4.3 */
	if (start == 2) {
		year += year < 50 ? 2000 : 1900;
	} else if (start == 3) {
		year += 1900;
	}
	day->tm_year = year - 1900;
}

/* The day of "2025-01-22" (ISO 8601, RFC 3339). */
static bool
take_iso_day(const char **at, struct tm *day)
{
	day->tm_year = take_number(at, 4, 4) - 1900;
	if (**at != '-')
		return false;
	(*at)++;
	day->tm_mon = take_number(at, 2, 2) - 1;
	if (**at != '-')
		return false;
	(*at)++;
	day->tm_mday = take_number(at, 2, 2);
	return true;
}

bool
stamp_parse(int64_t *out, const char *text)
{
	const char *at = text + strspn(text, " \t\r\n");
	bool iso = strspn(at, "0123456789") == 4 && at[4] == '-';
	struct tm day = {0};
	struct tm same;
	int seconds = 0;
	int east = 0;
	int64_t midnight;

	if (!iso)
		take_rfc822_day(&at, &day);
	if ((iso && !take_iso_day(&at, &day)) || day.tm_year < 70)
		return false;
	/* timegm() makes a day that there is of any other. */
	same = day;
	midnight = timegm(&same);
	if (same.tm_mday != day.tm_mday || same.tm_mon != day.tm_mon)
		return false;
	skip(&at, iso ? "Tt \t\r\n" : ", \t\r\n");
	if (*at >= '0' && *at <= '9') {
		seconds = take_time(&at);
		skip(&at, " \t\r\n");
		if (seconds < 0 || !take_zone(&at, &east))
			return false;
	}
	skip(&at, " \t\r\n");
	if ((*at != '\0' && *at != '(') || midnight + seconds < east)
		return false;
	*out = midnight + seconds - east;
	return true;
}
