/* SPDX-License-Identifier: ISC */
#include "mail/template_any.h"

#include "base/codec.h"

#include <stdio.h>
#include <string.h>

#define DIGITS "0123456789"

/* `n` digits, and goes past them. */
static bool
take(int64_t *out, const char **at, size_t n, int64_t min, int64_t max)
{
	char digits[8];

	if (strspn(*at, DIGITS) < n)
		return false;
	memcpy(digits, *at, n);
	digits[n] = '\0';
	*at += n;
	return codec_int(out, digits, min, max);
}

static bool
take_sign(const char **at, char sign)
{
	if (**at != sign)
		return false;
	++*at;
	return true;
}

static int64_t
days_in(int64_t year, int64_t month)
{
	static const int days[] = {
	    31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

/* Since 1970, of the Gregorian calendar. Years are counted from March, so that
 * the leap day is the last one of its year. */
static int64_t
day_number(int64_t year, int64_t month, int64_t day)
{
	int64_t y = month > 2 ? year : year - 1;
	int64_t m = month > 2 ? month - 3 : month + 9;

	return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day -
	       1 - 719468;
}

/* What follows the T. */
static bool
read_clock(int64_t *seconds, const char **at)
{
	int64_t hour, minute;
	int64_t second = 0;

	if (!take(&hour, at, 2, 0, 23) || !take_sign(at, ':') ||
	    !take(&minute, at, 2, 0, 59))
		return false;
	if (take_sign(at, ':') && !take(&second, at, 2, 0, 59))
		return false;
	if (take_sign(at, '.')) {
		size_t n = strspn(*at, DIGITS);

		*at += n;
		if (n == 0)
			return false;
	}
	*seconds += hour * 3600 + minute * 60 + second;
	return true;
}

static bool
read_zone(int64_t *seconds, const char **at)
{
	int64_t sign = **at == '+' ? -1 : 1;
	int64_t hour, minute;

	if (**at == '\0' || take_sign(at, 'Z'))
		return true;
	if (!take_sign(at, '+') && !take_sign(at, '-'))
		return false;
	if (!take(&hour, at, 2, 0, 23))
		return false;
	(void)take_sign(at, ':');
	if (!take(&minute, at, 2, 0, 59))
		return false;
	*seconds += sign * (hour * 3600 + minute * 60);
	return true;
}

bool
template_any_moment(int64_t *out, const char *text)
{
	int64_t year, month, day, seconds;

	if (!take(&year, &text, 4, 1, 9999) || !take_sign(&text, '-') ||
	    !take(&month, &text, 2, 1, 12) || !take_sign(&text, '-') ||
	    !take(&day, &text, 2, 1, days_in(year, month)))
		return false;
	seconds = day_number(year, month, day) * 86400;
	if ((take_sign(&text, 'T') || take_sign(&text, ' ')) &&
	    (!read_clock(&seconds, &text) || !read_zone(&seconds, &text)))
		return false;
	if (*text != '\0')
		return false;
	*out = seconds;
	return true;
}

static bool
as_text(struct template_value *out, char room[TEMPLATE_ANY_ROOM],
    const struct template_value *value)
{
	if (value->type == TEMPLATE_TYPE_TEXT ||
	    value->type == TEMPLATE_TYPE_URL) {
		out->text = value->text;
	} else if (value->type == TEMPLATE_TYPE_NUMBER) {
		snprintf(
		    room, TEMPLATE_ANY_ROOM, "%lld", (long long)value->number);
		out->text = room;
	} else if (value->type == TEMPLATE_TYPE_BOOL) {
		out->text = value->number != 0 ? "true" : "false";
	} else {
		return false;
	}
	return true;
}

bool
template_any_as(struct template_value *out, char room[TEMPLATE_ANY_ROOM],
    const struct template_value *value, enum template_type wanted)
{
	*out = (struct template_value){
	    .name = value->name, .type = wanted, .text = ""};
	if (wanted == TEMPLATE_TYPE_TEXT)
		return as_text(out, room, value);
	if (wanted == TEMPLATE_TYPE_DATE && value->type == TEMPLATE_TYPE_TEXT)
		return template_any_moment(&out->number, value->text);
	out->number = value->number;
	return value->type == TEMPLATE_TYPE_NUMBER &&
	       (wanted == TEMPLATE_TYPE_DATE || wanted == TEMPLATE_TYPE_NUMBER);
}
