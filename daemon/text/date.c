/* SPDX-License-Identifier: ISC */
#include "text/date.h"

#include "text/zone.h"

#include <unicode/ucal.h>

/* The years that are written with one to four digits; 0001-01-01 is what
 * some feeds say where they know no date. */
#define WHEN_MIN (-62135596800)
#define WHEN_MAX 253402300799

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
	return zone_ok(zone);
}

static int
local_time(struct tm *out, int64_t when, const char *zone, struct err *err)
{
	if (when < WHEN_MIN || when > WHEN_MAX) {
		return err_set(err, ERR_INPUT,
		    "moment '%lld' is not in the years 1 to 9999",
		    (long long)when);
	}
	return zone_local(out, when, zone, err);
}

struct day {
	int year, month, day; /* months from 0 */
};

/* Umm al-Qura, the calendar of newspapers; it rests on tables of observed
 * moons, which ICU has. Opened once: that takes longer than a page of dates. */
static int
hijri(struct day *out, int64_t local, struct err *err)
{
	static UCalendar *calendar;
	UErrorCode status = U_ZERO_ERROR;

	if (calendar == NULL) {
		calendar = ucal_open(u"UTC", -1, "ar@calendar=islamic-umalqura",
		    UCAL_TRADITIONAL, &status);
	}
	ucal_setMillis(calendar, (double)local * 1000.0, &status);
	out->year = ucal_get(calendar, UCAL_EXTENDED_YEAR, &status);
	out->month = ucal_get(calendar, UCAL_MONTH, &status);
	out->day = ucal_get(calendar, UCAL_DATE, &status);
	if (U_FAILURE(status) || out->month >= MONTHS) {
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
put_date(struct str *out, const struct day *date, const struct words *words,
    const struct date_style *style)
{
	const char *apart = style->style == CONF_DATE_SITE ? " / " : " ";

	put_number(out, date->day, style->digits, 1, NULL);
	str_add(out, apart);
	str_add(out, words->months[date->month]);
	str_add(out, apart);
	put_number(out, date->year, style->digits, 1, NULL);
	str_add(out, words->era);
}

static int
format_arabic(struct str *out, int64_t when, const struct tm *local,
    const struct date_style *style, struct err *err)
{
	const struct words solar = {AR_MONTHS[style->months], ""};
	const struct words lunar = {HIJRI_MONTHS, " هـ"};
	struct day sun = {local->tm_year + 1900, local->tm_mon, local->tm_mday};
	struct day moon = {0};
	bool both = style->style == CONF_DATE_DUAL ||
		    style->calendar == CONF_CALENDAR_DUAL;
	bool hijri_first = style->calendar == CONF_CALENDAR_UMALQURA;

	if ((both || hijri_first) &&
	    hijri(&moon, when + local->tm_gmtoff, err) != 0)
		return -1;
	/* Before the Hijra there is no Hijri date to print. */
	if (moon.year < 1) {
		both = false;
		hijri_first = false;
	}
	if (style->style != CONF_DATE_DUAL) {
		str_add(out, AR_WEEKDAYS[local->tm_wday]);
		str_add(out, style->style == CONF_DATE_SITE ? " " : "، ");
	}
	put_date(out, hijri_first ? &moon : &sun, hijri_first ? &lunar : &solar,
	    style);
	if (both) {
		str_add(out, " الموافق ");
		put_date(out, hijri_first ? &sun : &moon,
		    hijri_first ? &solar : &lunar, style);
	}
	return 0;
}

int
date_format(struct str *out, int64_t when, const struct date_style *style,
    struct err *err)
{
	struct tm local = {0};

	if (local_time(&local, when, style->zone, err) != 0)
		return -1;
	if (style->language == CONF_AR)
		return format_arabic(out, when, &local, style, err);
	str_addf(out, "%s, %d %s %d", EN_WEEKDAYS[local.tm_wday], local.tm_mday,
	    EN_MONTHS[local.tm_mon], local.tm_year + 1900);
	return 0;
}

int
date_format_time(struct str *out, int64_t when, const struct date_style *style,
    struct err *err)
{
	enum conf_digits digits =
	    style->language == CONF_AR ? style->digits : CONF_DIGITS_LATN;
	struct tm local = {0};

	if (local_time(&local, when, style->zone, err) != 0)
		return -1;
	put_number(out, local.tm_hour, digits, 2, NULL);
	str_add(out, ":");
	put_number(out, local.tm_min, digits, 2, NULL);
	return 0;
}

int
date_format_year(struct str *out, int64_t when, const struct date_style *style,
    struct err *err)
{
	enum conf_digits digits =
	    style->language == CONF_AR ? style->digits : CONF_DIGITS_LATN;
	bool lunar = style->language == CONF_AR &&
		     style->calendar == CONF_CALENDAR_UMALQURA;
	struct tm local = {0};
	struct day moon = {0};

	if (local_time(&local, when, style->zone, err) != 0 ||
	    (lunar && hijri(&moon, when + local.tm_gmtoff, err) != 0))
		return -1;
	if (moon.year > 0) {
		put_number(out, moon.year, digits, 1, NULL);
		str_add(out, " هـ");
	} else {
		put_number(out, local.tm_year + 1900, digits, 1, NULL);
	}
	return 0;
}

/* First day of the period that holds a day, and of the one that follows; as
 * zone_day() takes them, the 35th of a month and all. */
static void
period_days(struct tm *first, struct tm *next, const struct tm *day,
    enum date_period period, enum conf_language language)
{
	/* Saturday begins the week where the weekend is Friday. */
	int begins = language == CONF_AR ? 6 : 1;

	*first = *day;
	*next = *day;
	if (period == DATE_WEEK) {
		first->tm_mday -= (day->tm_wday - begins + WEEKDAYS) % WEEKDAYS;
		next->tm_mday = first->tm_mday + WEEKDAYS;
	} else if (period == DATE_MONTH) {
		first->tm_mday = 1;
		next->tm_mday = 1;
		next->tm_mon++;
	} else {
		next->tm_mday++;
	}
}

/* The day that a moment belongs to. Clocks put back from 00:01 to 23:01 show
 * yesterday again after today has begun; that hour belongs to today, so that
 * windows never overlap. */
static int
day_of(struct tm *out, int64_t when, const char *zone, struct err *err)
{
	struct tm tomorrow;
	int64_t begins = 0;

	if (local_time(out, when, zone, err) != 0)
		return -1;
	tomorrow = *out;
	tomorrow.tm_mday++;
	if (zone_day(&begins, &tomorrow, zone, err) != 0)
		return -1;
	return when < begins ? 0 : zone_local(out, begins, zone, err);
}

int /* NOLINTNEXTLINE(readability-function-size) */
date_window(int64_t *start, int64_t *end, int64_t when, enum date_period period,
    const char *zone, enum conf_language language, struct err *err)
{
	struct tm day = {0};
	struct tm first;
	struct tm next;

	if (day_of(&day, when, zone, err) != 0)
		return -1;
	if (period == DATE_INSTANT) {
		*start = when;
		*end = when + 1;
		return 0;
	}
	period_days(&first, &next, &day, period, language);
	if (zone_day(start, &first, zone, err) != 0)
		return -1;
	return zone_day(end, &next, zone, err);
}
