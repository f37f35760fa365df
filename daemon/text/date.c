/* SPDX-License-Identifier: ISC */
#include "text/date.h"

#include "text/civil.h"
#include "text/zone.h"

#include <unicode/ucal.h>

/* The years that are written with one to four digits; 0001-01-01 is what
 * some feeds say where they know no date. */
#define WHEN_MIN (-62135596800)
#define WHEN_MAX 253402300799

#define FARTHEST ((int64_t)27 * 3600) /* no zone is so far from UTC */

#define MONTHS   12
#define WEEKDAYS 7

/* CLDR 42, by hand: names must not change with the library. */
static const char *const AR_WEEKDAYS[WEEKDAYS] = {
    "الأحد", "الاثنين", "الثلاثاء", "الأربعاء", "الخميس", "الجمعة", "السبت"};
static const char *const EN_WEEKDAYS[WEEKDAYS] = {"Sunday", "Monday", "Tuesday",
    "Wednesday", "Thursday", "Friday", "Saturday"};
static const char *const EN_MONTHS[MONTHS] = {"January", "February", "March",
    "April", "May", "June", "July", "August", "September", "October",
    "November", "December"};
static const char *const HIJRI_MONTHS[MONTHS] = {"محرم", "صفر", "ربيع الأول",
    "ربيع الآخر", "جمادى الأولى", "جمادى الآخرة", "رجب", "شعبان", "رمضان",
    "شوال", "ذو القعدة", "ذو الحجة"};
static const char *const AR_MONTHS[][MONTHS] = {
    [CONF_MONTHS_STANDARD] = {"يناير", "فبراير", "مارس", "أبريل", "مايو",
	"يونيو", "يوليو", "أغسطس", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"},
    [CONF_MONTHS_LEVANT] = {"كانون الثاني", "شباط", "آذار", "نيسان", "أيار",
	"حزيران", "تموز", "آب", "أيلول", "تشرين الأول", "تشرين الثاني",
	"كانون الأول"},
    [CONF_MONTHS_MAGHREB] = {"جانفي", "فيفري", "مارس", "أفريل", "ماي", "جوان",
	"جويلية", "أوت", "سبتمبر", "أكتوبر", "نوفمبر", "ديسمبر"},
    [CONF_MONTHS_MOROCCO] = {"يناير", "فبراير", "مارس", "أبريل", "ماي", "يونيو",
	"يوليوز", "غشت", "شتنبر", "أكتوبر", "نونبر", "دجنبر"},
};

static void
put_digit(struct str *out, int digit, enum conf_digits digits)
{
	char arab[2] = {(char)0xd9, (char)(0xa0 + digit)}; /* U+0660 and on */
	char latn = (char)('0' + digit);

	if (digits == CONF_DIGITS_ARAB) {
		str_add_bytes(out, arab, sizeof(arab));
	} else {
		str_add_bytes(out, &latn, 1);
	}
}

/* Decimal, at least `width` digits, in groups of three where `separator` is
 * not NULL. */
static void
put_number(struct str *out, int64_t n, enum conf_digits digits, int width,
    const char *separator)
{
	uint64_t left = n < 0 ? 0 - (uint64_t)n : (uint64_t)n;
	int digit[20];
	int count = 0;

	do {
		digit[count++] = (int)(left % 10);
		left /= 10;
	} while (left > 0 || count < width);
	if (n < 0)
		str_add(out, "-");
	while (count-- > 0) {
		put_digit(out, digit[count], digits);
		if (separator != NULL && count > 0 && count % 3 == 0)
			str_add(out, separator);
	}
}

void
date_number(struct str *out, int64_t n, enum conf_digits digits)
{
	put_number(
	    out, n, digits, 1, digits == CONF_DIGITS_ARAB ? "\u066c" : ",");
}

bool
date_zone_ok(const char *zone)
{
	const struct zone *found;
	struct err ignored = ERR_INIT;

	return zone_get(&found, zone, &ignored) == 0;
}

/* Seconds since 1970 as a clock on the wall counts them. */
static int
local_time(int64_t *out, int64_t when, const char *name, struct err *err)
{
	const struct zone *zone = NULL;

	if (when < WHEN_MIN || when > WHEN_MAX) {
		return err_set(err, ERR_INPUT,
		    "moment '%lld' is not in the years 1 to 9999",
		    (long long)when);
	}
	if (zone_get(&zone, name, err) != 0)
		return -1;
	*out = when + zone_offset(zone, when);
	return 0;
}

/* Umm al-Qura, the calendar of newspapers; it rests on tables of observed
 * moons, which ICU has. Opened once: that takes longer than a page of dates. */
static int
hijri(struct civil *out, int64_t days, struct err *err)
{
	static UCalendar *calendar;
	UErrorCode status = U_ZERO_ERROR;

	if (calendar == NULL) {
		calendar = ucal_open(u"UTC", -1, "ar@calendar=islamic-umalqura",
		    UCAL_TRADITIONAL, &status);
	}
	ucal_setMillis(calendar, (double)days * CIVIL_DAY * 1000.0, &status);
	out->year = ucal_get(calendar, UCAL_EXTENDED_YEAR, &status);
	out->month = ucal_get(calendar, UCAL_MONTH, &status) + 1;
	out->day = ucal_get(calendar, UCAL_DATE, &status);
	if (U_FAILURE(status) || out->month > MONTHS) {
		return err_set(err, ERR_SYSTEM, "no Hijri calendar: %s",
		    u_errorName(status));
	}
	return 0;
}

struct words {
	const char *const *months;
	const char *era; /* after the year, "" for none */
};

static void
put_date(struct str *out, const struct civil *date, const struct words *words,
    const struct date_style *style)
{
	const char *apart = style->style == CONF_DATE_SITE ? " / " : " ";

	put_number(out, date->day, style->digits, 1, NULL);
	str_add(out, apart);
	str_add(out, words->months[date->month - 1]);
	str_add(out, apart);
	put_number(out, date->year, style->digits, 1, NULL);
	str_add(out, words->era);
}

static int
format_arabic(struct str *out, int64_t days, const struct date_style *style,
    struct err *err)
{
	const struct words solar = {AR_MONTHS[style->months], ""};
	const struct words lunar = {HIJRI_MONTHS, " هـ"};
	enum conf_calendar calendar = style->calendar;
	struct civil date = civil_from_days(days);
	struct civil moon = {0};

	if (calendar != CONF_CALENDAR_GREGORIAN && hijri(&moon, days, err) != 0)
		return -1;
	/* Before the Hijra there is no Hijri date to print. */
	if (moon.year < 1)
		calendar = CONF_CALENDAR_GREGORIAN;
	str_add(out, AR_WEEKDAYS[civil_weekday(days)]);
	str_add(out, style->style == CONF_DATE_SITE ? " " : "، ");
	if (calendar == CONF_CALENDAR_UMALQURA) {
		put_date(out, &moon, &lunar, style);
		return 0;
	}
	put_date(out, &date, &solar, style);
	if (calendar == CONF_CALENDAR_DUAL) {
		str_add(out, " الموافق ");
		put_date(out, &moon, &lunar, style);
	}
	return 0;
}

int
date_format(struct str *out, int64_t when, const struct date_style *style,
    struct err *err)
{
	struct civil date;
	int64_t local = 0;
	int64_t days;

	if (local_time(&local, when, style->zone, err) != 0)
		return -1;
	days = civil_day_of(local);
	if (style->language == CONF_AR)
		return format_arabic(out, days, style, err);
	date = civil_from_days(days);
	str_addf(out, "%s, %d %s %lld", EN_WEEKDAYS[civil_weekday(days)],
	    date.day, EN_MONTHS[date.month - 1], (long long)date.year);
	return 0;
}

int
date_format_time(struct str *out, int64_t when, const struct date_style *style,
    struct err *err)
{
	enum conf_digits digits =
	    style->language == CONF_AR ? style->digits : CONF_DIGITS_LATN;
	int64_t local = 0;
	int64_t minutes;

	if (local_time(&local, when, style->zone, err) != 0)
		return -1;
	minutes = (local - civil_day_of(local) * CIVIL_DAY) / 60;
	put_number(out, minutes / 60, digits, 2, NULL);
	str_add(out, ":");
	put_number(out, minutes % 60, digits, 2, NULL);
	return 0;
}

/* The first moment at which the clocks of a zone show the day or a later one.
 * That is midnight where midnight exists, and else the moment at which the
 * clocks skip it. Where they are put back over midnight, it is the first. */
static int64_t
start_of_day(const struct zone *zone, int64_t days)
{
	int64_t midnight = days * CIVIL_DAY;
	int64_t at = midnight - FARTHEST;

	for (;;) {
		int64_t next = zone_change(zone, at);
		int64_t start = midnight - zone_offset(zone, at);

		if (start < at)
			start = at;
		if (start < next)
			return start;
		at = next;
	}
}

/* First day of the period that holds a day, and of the one that follows. */
static void
period_days(int64_t *first, int64_t *next, int64_t day, enum date_period period,
    enum conf_language language)
{
	/* Saturday begins the week where the weekend is Friday. */
	int begins = language == CONF_AR ? 6 : 1;
	struct civil date = civil_from_days(day);

	*first = day;
	*next = day + 1;
	if (period == DATE_WEEK) {
		*first =
		    day - (civil_weekday(day) - begins + WEEKDAYS) % WEEKDAYS;
		*next = *first + WEEKDAYS;
	} else if (period == DATE_MONTH) {
		*first = civil_to_days(date.year, date.month, 1);
		*next = date.month == MONTHS
			    ? civil_to_days(date.year + 1, 1, 1)
			    : civil_to_days(date.year, date.month + 1, 1);
	}
}

int /* NOLINTNEXTLINE(readability-function-size) */
date_window(int64_t *start, int64_t *end, int64_t when, enum date_period period,
    const char *zone, enum conf_language language, struct err *err)
{
	const struct zone *found = NULL;
	int64_t local = 0;
	int64_t first;
	int64_t next;

	if (local_time(&local, when, zone, err) != 0 ||
	    zone_get(&found, zone, err) != 0)
		return -1;
	if (period == DATE_INSTANT) {
		*start = when;
		*end = when + 1;
		return 0;
	}
	next = civil_day_of(local);
	/* Clocks put back from 00:01 to 23:01 show yesterday again after today
	 * has begun; that hour belongs to today, so that windows never
	 * overlap. */
	do {
		period_days(&first, &next, next, period, language);
		*end = start_of_day(found, next);
	} while (when >= *end);
	*start = start_of_day(found, first);
	return 0;
}
