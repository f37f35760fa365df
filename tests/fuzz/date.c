/* SPDX-License-Identifier: ISC */
#include "text/date.h"
#include "base/codec.h"
#include "base/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define FIRST (-62135596800) /* 0001-01-01 */
#define LAST  253402300799   /* 9999-12-31 */

static const char *const zones[] = {"UTC", "Asia/Damascus", "Africa/Cairo",
    "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia", "Asia/Riyadh",
    "Africa/Casablanca"};

struct input {
	int64_t when;
	uint8_t language, digits, months, calendar, style, zone, period;
};

/* In range there is a text, of one line and one kind of digits; out of range
 * an error and nothing else. */
static void
check_text(int64_t when, const struct date_style *style)
{
	bool in_range = when >= FIRST && when <= LAST;
	bool arab =
	    style->language == CONF_AR && style->digits == CONF_DIGITS_ARAB;
	struct err err = ERR_INIT;
	struct str out;
	int rc;

	str_init(&out, 512);
	rc = date_format(&out, when, style, &err);
	if ((rc == 0) != in_range || out.bad ||
	    !codec_utf8_ok(out.data, out.len) || strchr(out.data, '\n'))
		abort();
	if (rc != 0 && (err.code != ERR_INPUT || out.len != 0))
		abort();
	if (rc == 0 && (strpbrk(out.data, "0123456789") == NULL) != arab)
		abort();
	str_reset(&out);
	rc = date_format_time(&out, when, style, &err);
	if ((rc == 0) != in_range || (rc == 0 && out.len != (arab ? 9 : 5)))
		abort();
	str_release(&out);
}

/* A period holds its moment, and the next one begins where it ends. All of
 * its moments are on days between; a day is one date. */
static void
check_window(int64_t when, const struct date_style *style, int period)
{
	struct err err = ERR_INIT;
	int64_t start;
	int64_t end;
	int64_t next;
	int64_t other;

	if (date_window(&start, &end, when, (enum date_period)period,
		style->zone, style->language, &err) != 0) {
		if (when >= FIRST && when <= LAST)
			abort();
		return;
	}
	if (start > when || end <= when)
		abort();
	if (end <= LAST &&
	    (date_window(&next, &other, end, (enum date_period)period,
		 style->zone, style->language, &err) != 0 ||
		next != end))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct input in = {0};
	struct date_style style;

	memcpy(&in, data, len < sizeof(in) ? len : sizeof(in));
	/* Most bits of a moment are of no year. */
	if (in.period & 8)
		in.when %= LAST;
	style = (struct date_style){
	    .language = in.language & 1 ? CONF_EN : CONF_AR,
	    .digits = in.digits & 1 ? CONF_DIGITS_LATN : CONF_DIGITS_ARAB,
	    .months = (enum conf_months)(in.months & 3),
	    .calendar = (enum conf_calendar)(in.calendar % 3),
	    .style = (enum conf_date_style)(in.style % 3),
	    .zone = zones[in.zone & 7],
	};
	check_text(in.when, &style);
	check_window(in.when, &style, in.period & 3);
	return 0;
}
