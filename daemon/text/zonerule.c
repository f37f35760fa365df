/* SPDX-License-Identifier: ISC */
#include "text/zonerule.h"

#include "text/civil.h"

#include <string.h>

#define HOUR 3600

static bool
eat(const char **at, char c)
{
	if (**at != c)
		return false;
	(*at)++;
	return true;
}

/* A number of one to three digits, within [min, max]. */
static bool
number(int32_t *out, const char **at, int32_t min, int32_t max)
{
	size_t digits = strspn(*at, "0123456789");
	int32_t value = 0;

	if (digits == 0 || digits > 3)
		return false;
	for (size_t i = 0; i < digits; i++)
		value = value * 10 + ((*at)[i] - '0');
	if (value < min || value > max)
		return false;
	*at += digits;
	*out = value;
	return true;
}

/* "EET", or "<+03>"; what a zone is called is of no use here. */
static bool
skip_name(const char **at)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	static const char quoted[] = "abcdefghijklmnopqrstuvwxyz"
				     "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				     "0123456789+-";
	bool is_quoted = eat(at, '<');
	size_t n = strspn(*at, is_quoted ? quoted : letters);

	*at += n;
	return n >= 3 && (!is_quoted || eat(at, '>'));
}

/* [+-]hh[:mm[:ss]] in seconds. */
static bool
clock_time(int32_t *out, const char **at, int32_t max_hours)
{
	bool minus = eat(at, '-');
	int32_t hours;
	int32_t minutes = 0;
	int32_t seconds = 0;

	if (!minus)
		(void)eat(at, '+');
	if (!number(&hours, at, 0, max_hours))
		return false;
	if (eat(at, ':')) {
		if (!number(&minutes, at, 0, 59))
			return false;
		if (eat(at, ':') && !number(&seconds, at, 0, 59))
			return false;
	}
	*out = hours * HOUR + minutes * 60 + seconds;
	if (minus)
		*out = -*out;
	return true;
}

/* POSIX counts west of Greenwich, everyone else east. */
static bool
offset(int32_t *out, const char **at)
{
	if (!clock_time(out, at, 24))
		return false;
	*out = -*out;
	return true;
}

static bool
day(struct zonerule_day *out, const char **at)
{
	bool ok;

	*out = (struct zonerule_day){.time = 2 * HOUR};
	if (eat(at, 'M')) {
		out->form = ZONERULE_WEEKDAY;
		ok = number(&out->month, at, 1, 12) && eat(at, '.') &&
		     number(&out->week, at, 1, 5) && eat(at, '.') &&
		     number(&out->weekday, at, 0, 6);
	} else if (eat(at, 'J')) {
		out->form = ZONERULE_JULIAN;
		ok = number(&out->day, at, 1, 365);
	} else {
		out->form = ZONERULE_ORDINAL;
		ok = number(&out->day, at, 0, 365);
	}
	if (!ok)
		return false;
	return !eat(at, '/') || clock_time(&out->time, at, 167);
}

bool
zonerule_parse(struct zonerule *out, const char *text)
{
	struct zonerule rule = {0};
	const char *at = text;

	if (!skip_name(&at) || !offset(&rule.standard, &at))
		return false;
	if (*at != '\0') {
		rule.has_summer = true;
		rule.summer = rule.standard + HOUR;
		if (!skip_name(&at) ||
		    (*at != ',' && !offset(&rule.summer, &at)) ||
		    !eat(&at, ',') || !day(&rule.start, &at) ||
		    !eat(&at, ',') || !day(&rule.end, &at))
			return false;
	}
	if (*at != '\0')
		return false;
	*out = rule;
	return true;
}

static bool
is_leap(int64_t year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

/* Week 5 is the last one that the month has. */
static int64_t
nth_weekday(const struct zonerule_day *day, int64_t year)
{
	int64_t first = civil_to_days(year, day->month, 1);
	int64_t next = day->month == 12
			   ? civil_to_days(year + 1, 1, 1)
			   : civil_to_days(year, day->month + 1, 1);
	int64_t found = first + (day->weekday - civil_weekday(first) + 7) % 7 +
			INT64_C(7) * (day->week - 1);

	return found < next ? found : found - 7;
}

/* The moment, in UTC, at which a change falls in a year. */
static int64_t
moment(const struct zonerule_day *day, int64_t year, int32_t before)
{
	int64_t days;

	switch (day->form) {
	case ZONERULE_WEEKDAY: days = nth_weekday(day, year); break;
	case ZONERULE_JULIAN:
		days = civil_to_days(year, 1, 1) + day->day - 1 +
		       (is_leap(year) && day->day >= 60);
		break;
	case ZONERULE_ORDINAL:
	default: days = civil_to_days(year, 1, 1) + day->day; break;
	}
	return days * CIVIL_DAY + day->time - before;
}

struct change {
	int64_t at;
	int32_t offset;
};

/* The changes of the year before, of this one and of the next: a time of 167
 * hours may push one over the end of its year. */
#define AROUND 6

static void
changes_around(
    struct change changes[AROUND], const struct zonerule *rule, int64_t when)
{
	int64_t year = civil_from_days(civil_day_of(when)).year;
	size_t n = 0;

	for (int64_t y = year - 1; y <= year + 1; y++) {
		changes[n++] = (struct change){
		    moment(&rule->start, y, rule->standard), rule->summer};
		changes[n++] = (struct change){
		    moment(&rule->end, y, rule->summer), rule->standard};
	}
}

int32_t
zonerule_offset(const struct zonerule *rule, int64_t when)
{
	struct change changes[AROUND] = {0};
	struct change last = {INT64_MIN, rule->standard};

	if (!rule->has_summer)
		return rule->standard;
	changes_around(changes, rule, when);
	/* Summer all year round ("XXX3EDT4,0/0,J365/23") ends at the moment
	 * at which it starts again: the start wins. */
	for (size_t i = 0; i < AROUND; i++) {
		bool starts = i % 2 == 0;

		if (changes[i].at <= when &&
		    (changes[i].at > last.at ||
			(changes[i].at == last.at && starts)))
			last = changes[i];
	}
	return last.offset;
}

int64_t
zonerule_change(const struct zonerule *rule, int64_t when)
{
	struct change changes[AROUND] = {0};
	int64_t first = INT64_MAX;

	if (!rule->has_summer)
		return INT64_MAX;
	changes_around(changes, rule, when);
	for (size_t i = 0; i < AROUND; i++) {
		if (changes[i].at > when && changes[i].at < first)
			first = changes[i].at;
	}
	return first;
}
