/* SPDX-License-Identifier: ISC */
/*
 * date - moments as people write them, and the calendar periods of a zone.
 *
 * Everything is pinned (calendar, digits, pattern, month names): a locale's
 * default style changes between ICU versions and is never used. Speaks ICU for
 * the Hijri calendar alone. Pure but for a cache, and TZ, which is text/zone's.
 */
#ifndef NASHRA_TEXT_DATE_H
#define NASHRA_TEXT_DATE_H

#include "base/conf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

struct date_style {
	enum conf_language language;
	enum conf_digits digits;
	enum conf_months months;
	enum conf_calendar calendar;
	enum conf_date_style style;
	const char *zone; /* IANA name */
};

/* Arabic, site style: "الأربعاء ٢٢ / يناير / ٢٠٢٥"; long: "الأربعاء، ٢٢ يناير
 * ٢٠٢٥"; dual: "٢٢ يناير ٢٠٢٥ الموافق ٢٢ رجب ١٤٤٦ هـ", the Hijri date first
 * where that is the calendar. A calendar of both says so in any style.
 * English: "Wednesday, 22 January 2025" in all of them, always Gregorian and
 * in Latin digits.
 * ERR_INPUT for a moment outside the years 1 to 9999, ERR_CONFIG for a zone
 * that date_zone_ok() refuses. */
int date_format(struct str *out, int64_t when, const struct date_style *style,
    struct err *err);
/* Hours and minutes, "١٤:٠٥". */
int date_format_time(struct str *out, int64_t when,
    const struct date_style *style, struct err *err);

/* The year alone, "٢٠٢٥": that of the calendar whose date comes first. */
int date_format_year(struct str *out, int64_t when,
    const struct date_style *style, struct err *err);

/* A count in the digits of the style, grouped as the script does (١٬٢٣٤). */
void date_number(struct str *out, int64_t n, enum conf_digits digits);

/* False too where the system has no time-zone files (tzdata). */
bool date_zone_ok(const char *zone);

enum date_period { DATE_INSTANT, DATE_DAY, DATE_WEEK, DATE_MONTH };
/* The calendar period of `zone` that contains `when`: [start, end) in UTC
 * seconds, right across a change of summer time (a day may last 23 or 25
 * hours, and midnight may not exist). A week begins on Saturday for CONF_AR,
 * on Monday for CONF_EN. DATE_INSTANT is that one second. */
int
date_window(int64_t *start, int64_t *end, int64_t when, enum date_period period,
    const char *zone, enum conf_language language, struct err *err);

#endif
