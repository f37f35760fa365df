/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "text/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <locale.h>
#include <stdlib.h>
#include <time.h>

#include <unicode/udat.h>
#include <unicode/uloc.h>
#include <unicode/ustring.h>

static int64_t
part(const char *iso, size_t from, size_t n)
{
	int64_t value = 0;

	for (size_t i = from; i < from + n; i++)
		value = value * 10 + (iso[i] - '0');
	return value;
}

/* "2025-01-22T00:00:00Z" */
static int64_t
moment(const char *iso)
{
	struct tm tm = {.tm_year = (int)part(iso, 0, 4) - 1900,
	    .tm_mon = (int)part(iso, 5, 2) - 1,
	    .tm_mday = (int)part(iso, 8, 2),
	    .tm_hour = (int)part(iso, 11, 2),
	    .tm_min = (int)part(iso, 14, 2),
	    .tm_sec = (int)part(iso, 17, 2)};

	return timegm(&tm);
}

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define SITE CONF_DATE_SITE
#define LONG CONF_DATE_LONG
#define DUAL CONF_DATE_DUAL
#define ARAB CONF_DIGITS_ARAB
#define LATN CONF_DIGITS_LATN

/* clang-format off */
static const struct {
	const char *when;
	struct date_style style;
	const char *want;
} formats_cases[] = {
/* the style of the site, as its pages print it */
{"2025-01-22T12:00:00Z", {CONF_AR, ARAB, 0, 0, SITE, "Asia/Damascus"},
    "الأربعاء ٢٢ / يناير / ٢٠٢٥"},
{"2025-01-21T21:00:00Z", {CONF_AR, ARAB, 0, 0, SITE, "Asia/Damascus"},
    "الأربعاء ٢٢ / يناير / ٢٠٢٥"},
{"2025-01-21T20:59:59Z", {CONF_AR, ARAB, 0, 0, SITE, "Asia/Damascus"},
    "الثلاثاء ٢١ / يناير / ٢٠٢٥"},
{"2025-01-22T12:00:00Z", {CONF_AR, LATN, 0, 0, SITE, "Africa/Tunis"},
    "الأربعاء 22 / يناير / 2025"},
{"2025-01-22T12:00:00Z", {CONF_AR, ARAB, 0, 0, LONG, "UTC"},
    "الأربعاء، ٢٢ يناير ٢٠٢٥"},
/* month names */
{"2025-01-22T12:00:00Z",
    {CONF_AR, ARAB, CONF_MONTHS_LEVANT, 0, LONG, "UTC"},
    "الأربعاء، ٢٢ كانون الثاني ٢٠٢٥"},
{"2025-01-22T12:00:00Z",
    {CONF_AR, LATN, CONF_MONTHS_MAGHREB, 0, LONG, "UTC"},
    "الأربعاء، 22 جانفي 2025"},
{"2025-08-22T12:00:00Z",
    {CONF_AR, LATN, CONF_MONTHS_MOROCCO, 0, LONG, "UTC"},
    "الجمعة، 22 غشت 2025"},
/* Hijri, and both */
{"2025-01-22T12:00:00Z",
    {CONF_AR, ARAB, 0, CONF_CALENDAR_UMALQURA, SITE, "Asia/Riyadh"},
    "الأربعاء ٢٢ / رجب / ١٤٤٦ هـ"},
{"2025-01-22T12:00:00Z",
    {CONF_AR, LATN, 0, CONF_CALENDAR_UMALQURA, LONG, "Asia/Riyadh"},
    "الأربعاء، 22 رجب 1446 هـ"},
{"2025-01-22T12:00:00Z",
    {CONF_AR, ARAB, 0, CONF_CALENDAR_DUAL, LONG, "Asia/Riyadh"},
    "الأربعاء، ٢٢ يناير ٢٠٢٥ الموافق ٢٢ رجب ١٤٤٦ هـ"},
{"2025-01-22T12:00:00Z",
    {CONF_AR, ARAB, 0, CONF_CALENDAR_DUAL, SITE, "Asia/Riyadh"},
    "الأربعاء ٢٢ / يناير / ٢٠٢٥ الموافق ٢٢ / رجب / ١٤٤٦ هـ"},
/* the style of two calendars, without a weekday; which one comes first */
{"2025-01-22T12:00:00Z",
    {CONF_AR, ARAB, 0, CONF_CALENDAR_GREGORIAN, DUAL, "Asia/Riyadh"},
    "٢٢ يناير ٢٠٢٥ الموافق ٢٢ رجب ١٤٤٦ هـ"},
{"2025-01-22T12:00:00Z",
    {CONF_AR, LATN, CONF_MONTHS_LEVANT, CONF_CALENDAR_DUAL, DUAL, "UTC"},
    "22 كانون الثاني 2025 الموافق 22 رجب 1446 هـ"},
{"2025-01-22T12:00:00Z",
    {CONF_AR, ARAB, 0, CONF_CALENDAR_UMALQURA, DUAL, "Asia/Riyadh"},
    "٢٢ رجب ١٤٤٦ هـ الموافق ٢٢ يناير ٢٠٢٥"},
{"0500-01-01T12:00:00Z",
    {CONF_AR, LATN, 0, CONF_CALENDAR_UMALQURA, DUAL, "UTC"},
    "1 يناير 500"},
{"2025-01-22T12:00:00Z",
    {CONF_EN, ARAB, 0, CONF_CALENDAR_UMALQURA, DUAL, "UTC"},
    "Wednesday, 22 January 2025"},
/* the local day counts, in the Hijri calendar too */
{"2025-01-21T21:30:00Z",
    {CONF_AR, ARAB, 0, CONF_CALENDAR_UMALQURA, LONG, "Asia/Riyadh"},
    "الأربعاء، ٢٢ رجب ١٤٤٦ هـ"},
/* Umm al-Qura as Saudi Arabia printed it: first days of months */
{"2024-03-11T12:00:00Z",
    {CONF_AR, LATN, 0, CONF_CALENDAR_UMALQURA, LONG, "UTC"},
    "الاثنين، 1 رمضان 1445 هـ"},
{"2024-07-07T12:00:00Z",
    {CONF_AR, LATN, 0, CONF_CALENDAR_UMALQURA, LONG, "UTC"},
    "الأحد، 1 محرم 1446 هـ"},
{"2025-03-01T12:00:00Z",
    {CONF_AR, LATN, 0, CONF_CALENDAR_UMALQURA, LONG, "UTC"},
    "السبت، 1 رمضان 1446 هـ"},
{"2025-06-26T12:00:00Z",
    {CONF_AR, LATN, 0, CONF_CALENDAR_UMALQURA, LONG, "UTC"},
    "الخميس، 1 محرم 1447 هـ"},
{"0500-01-01T12:00:00Z",
    {CONF_AR, LATN, 0, CONF_CALENDAR_DUAL, LONG, "UTC"},
    "الجمعة، 1 يناير 500"},
/* English: one style, whatever the Arabic settings say */
{"2025-01-22T12:00:00Z", {CONF_EN, ARAB, 0, 0, SITE, "UTC"},
    "Wednesday, 22 January 2025"},
{"2025-01-22T12:00:00Z",
    {CONF_EN, ARAB, CONF_MONTHS_LEVANT, CONF_CALENDAR_DUAL, LONG, "UTC"},
    "Wednesday, 22 January 2025"},
/* ends of the calendar */
{"0001-01-01T00:00:00Z", {CONF_EN, LATN, 0, 0, SITE, "UTC"},
    "Monday, 1 January 1"},
{"1969-12-31T23:59:59Z", {CONF_EN, LATN, 0, 0, SITE, "UTC"},
    "Wednesday, 31 December 1969"},
{"2000-02-29T00:00:00Z", {CONF_EN, LATN, 0, 0, SITE, "UTC"},
    "Tuesday, 29 February 2000"},
{"9999-12-31T23:59:59Z", {CONF_EN, LATN, 0, 0, SITE, "UTC"},
    "Friday, 31 December 9999"},
};
/* clang-format on */

static void
formats(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(formats_cases); i++) {
		struct err err = ERR_INIT;
		struct str out;

		str_init(&out, 256);
		assert_int_equal(
		    date_format(&out, moment(formats_cases[i].when),
			&formats_cases[i].style, &err),
		    0);
		assert_string_equal(out.data, formats_cases[i].want);
		str_release(&out);
	}
}

/* What ICU prints for a day in a locale whose names we hold in a table. */
static void
as_icu(char *out, int size, const char *locale, const char *pattern, UDate when)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar wide[128];
	UChar text[128];
	UDateFormat *format;

	u_uastrcpy(wide, pattern);
	format = udat_open(
	    UDAT_PATTERN, UDAT_PATTERN, locale, u"UTC", -1, wide, -1, &status);
	udat_format(format, when, text, 128, NULL, &status);
	u_strToUTF8(out, size, NULL, text, -1, &status);
	udat_close(format);
	assert_true(U_SUCCESS(status));
}

/* Every month name and weekday is CLDR's, in ICU 72; newer ones may differ,
 * which is why we keep our own. */
static void
names_are_those_of_cldr(void **state)
{
	static const struct {
		struct date_style style;
		const char *locale;
		const char *pattern;
	} cases[] = {
	    {{CONF_AR, ARAB, CONF_MONTHS_STANDARD, 0, LONG, "UTC"},
		"ar-EG@numbers=arab;calendar=gregorian",
		"EEEE'\u060c' d MMMM y"},
	    {{CONF_AR, ARAB, CONF_MONTHS_LEVANT, 0, LONG, "UTC"},
		"ar-SY@numbers=arab;calendar=gregorian",
		"EEEE'\u060c' d MMMM y"},
	    {{CONF_AR, LATN, CONF_MONTHS_MAGHREB, 0, LONG, "UTC"},
		"ar-DZ@numbers=latn;calendar=gregorian",
		"EEEE'\u060c' d MMMM y"},
	    {{CONF_AR, LATN, CONF_MONTHS_MOROCCO, 0, LONG, "UTC"},
		"ar-MA@numbers=latn;calendar=gregorian",
		"EEEE'\u060c' d MMMM y"},
	    {{CONF_AR, ARAB, 0, CONF_CALENDAR_UMALQURA, LONG, "UTC"},
		"ar-EG@numbers=arab;calendar=islamic-umalqura",
		"EEEE'\u060c' d MMMM y G"},
	    {{CONF_EN, LATN, 0, 0, LONG, "UTC"}, "en@calendar=gregorian",
		"EEEE, d MMMM y"},
	};

	(void)state;
	if (U_ICU_VERSION_MAJOR_NUM != 72)
		skip();
	for (size_t i = 0; i < COUNT(cases); i++) {
		for (int month = 1; month <= 24; month++) {
			struct tm day = {.tm_year = 124,
			    .tm_mon = month - 1,
			    .tm_mday = month};
			int64_t when = timegm(&day);
			struct err err = ERR_INIT;
			char want[256];
			struct str out;

			str_init(&out, 256);
			as_icu(want, sizeof(want), cases[i].locale,
			    cases[i].pattern, (double)when * 1000.0);
			assert_int_equal(
			    date_format(&out, when, &cases[i].style, &err), 0);
			assert_string_equal(out.data, want);
			str_release(&out);
		}
	}
}

static void
times(void **state)
{
	static const struct {
		const char *when;
		struct date_style style;
		const char *want;
	} cases[] = {
	    {"2025-01-22T11:05:59Z",
		{CONF_AR, ARAB, 0, 0, SITE, "Asia/Damascus"}, "١٤:٠٥"},
	    {"2025-01-22T11:05:59Z",
		{CONF_AR, LATN, 0, 0, SITE, "Asia/Damascus"}, "14:05"},
	    {"2025-01-22T21:00:00Z",
		{CONF_AR, ARAB, 0, 0, SITE, "Asia/Damascus"}, "٠٠:٠٠"},
	    {"2025-01-22T11:05:59Z", {CONF_EN, ARAB, 0, 0, SITE, "UTC"},
		"11:05"},
	    {"2025-07-01T12:00:00Z",
		{CONF_EN, ARAB, 0, 0, SITE, "Africa/Cairo"}, "15:00"},
	    {"2025-12-01T12:00:00Z",
		{CONF_EN, ARAB, 0, 0, SITE, "Africa/Cairo"}, "14:00"},
	    {"2025-01-22T12:00:00Z",
		{CONF_EN, ARAB, 0, 0, SITE, "Asia/Kathmandu"}, "17:45"},
	    {"1969-12-31T23:59:59Z", {CONF_EN, ARAB, 0, 0, SITE, "UTC"},
		"23:59"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = ERR_INIT;
		struct str out;

		str_init(&out, 64);
		assert_int_equal(date_format_time(&out, moment(cases[i].when),
				     &cases[i].style, &err),
		    0);
		assert_string_equal(out.data, cases[i].want);
		str_release(&out);
	}
}

static void
years(void **state)
{
	static const struct {
		int64_t when;
		struct date_style style;
		const char *want;
	} cases[] = {
	    {1737536400, {.zone = "Asia/Damascus"}, "٢٠٢٥"},
	    {1737536400, {.digits = CONF_DIGITS_LATN, .zone = "Asia/Damascus"},
		"2025"},
	    {1737536400, {.language = CONF_EN, .zone = "UTC"}, "2025"},
	    {1737536400,
		{.language = CONF_EN,
		    .calendar = CONF_CALENDAR_UMALQURA,
		    .zone = "UTC"},
		"2025"},
	    {1737536400, {.calendar = CONF_CALENDAR_UMALQURA, .zone = "UTC"},
		"١٤٤٦ هـ"},
	    {1737536400, {.calendar = CONF_CALENDAR_DUAL, .zone = "UTC"},
		"٢٠٢٥"},
	    /* a second before midnight in one zone, and not in the other */
	    {1735678799, {.zone = "Asia/Damascus"}, "٢٠٢٤"},
	    {1735678800, {.zone = "Asia/Damascus"}, "٢٠٢٥"},
	    {1735678800, {.zone = "UTC"}, "٢٠٢٤"},
	    /* before the Hijra */
	    {-62135596800, {.calendar = CONF_CALENDAR_UMALQURA, .zone = "UTC"},
		"١"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;
		struct str out;

		str_init(&out, 64);
		if (date_format_year(
			&out, cases[i].when, &cases[i].style, &err) != 0)
			fail_msg("%s", err.msg);
		assert_string_equal(out.data, cases[i].want);
		str_release(&out);
	}
}

static void
numbers(void **state)
{
	static const struct {
		int64_t n;
		const char *arab;
		const char *latn;
	} cases[] = {
	    {0, "٠", "0"},
	    {9, "٩", "9"},
	    {999, "٩٩٩", "999"},
	    {1000, "١٬٠٠٠", "1,000"},
	    {1234567, "١٬٢٣٤٬٥٦٧", "1,234,567"},
	    {-1234, "-١٬٢٣٤", "-1,234"},
	    {INT64_MIN, "-٩٬٢٢٣٬٣٧٢٬٠٣٦٬٨٥٤٬٧٧٥٬٨٠٨",
		"-9,223,372,036,854,775,808"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str out;

		str_init(&out, 128);
		date_number(&out, cases[i].n, ARAB);
		assert_string_equal(out.data, cases[i].arab);
		str_reset(&out);
		date_number(&out, cases[i].n, LATN);
		assert_string_equal(out.data, cases[i].latn);
		str_release(&out);
	}
}

/* Neither the language of the process nor its zone is asked. */
static void
pinned(void **state)
{
	static const char *const settings[][2] = {
	    {"C", "UTC"},
	    {"ar_SA.UTF-8", "Asia/Riyadh"},
	    {"ar_SA@calendar=islamic;numbers=arab", "Asia/Tehran"},
	    {"th_TH.UTF-8", "America/New_York"},
	    {"C.UTF-8", "Pacific/Kiritimati"},
	};

	for (size_t i = 0; i < COUNT(settings); i++) {
		UErrorCode status = U_ZERO_ERROR;

		assert_int_equal(setenv("LC_ALL", settings[i][0], 1), 0);
		assert_int_equal(setenv("LANG", settings[i][0], 1), 0);
		(void)setlocale(LC_ALL, "");
		uloc_setDefault(settings[i][0], &status);
		assert_true(U_SUCCESS(status));
		assert_int_equal(setenv("TZ", settings[i][1], 1), 0);
		tzset();
		/* The zone in use is kept; another one is asked for anew. */
		assert_true(date_zone_ok("Asia/Kathmandu"));
		formats(state);
		times(state);
		numbers(state);
	}
}

static void
zones(void **state)
{
	static const struct {
		const char *name;
		bool ok;
	} cases[] = {
	    {"UTC", true},
	    {"Asia/Damascus", true},
	    {"Africa/Cairo", true},
	    {"America/Argentina/Buenos_Aires", true},
	    {"Etc/GMT+3", true},
	    {"", false},
	    {"asia/damascus", false},
	    {"Asia/Nowhere", false},
	    {"Asia", false},
	    {"AST", false}, /* ICU would take it for Alaska */
	    {"GMT+3", false},
	    {"+03:00", false},
	    {"Asia/Damascus ", false},
	    {"Asia/Damascus\n", false},
	    {"../../etc/passwd", false},
	    {"/etc/localtime", false},
	    {"zone.tab", false},
	    {"دمشق", false},
	    {"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
	     "x",
		false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (date_zone_ok(cases[i].name) != cases[i].ok)
			fail_msg("'%s'", cases[i].name);
	}
}

static void
refused(void **state)
{
	static const struct {
		int64_t when;
		const char *zone;
		enum err_code code;
	} cases[] = {
	    {INT64_MAX, "UTC", ERR_INPUT},
	    {INT64_MIN, "UTC", ERR_INPUT},
	    {253402300800, "UTC", ERR_INPUT},
	    {-62135596801, "UTC", ERR_INPUT},
	    {0, "Asia/Nowhere", ERR_CONFIG},
	    {0, "", ERR_CONFIG},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct date_style style = {.zone = cases[i].zone};
		struct err err = ERR_INIT;
		struct str out;
		int64_t start = 7;
		int64_t end = 7;

		str_init(&out, 64);
		assert_int_equal(
		    date_format(&out, cases[i].when, &style, &err), -1);
		assert_int_equal(err.code, cases[i].code);
		assert_int_equal(
		    date_format_time(&out, cases[i].when, &style, &err), -1);
		assert_int_equal(
		    date_format_year(&out, cases[i].when, &style, &err), -1);
		assert_int_equal(date_window(&start, &end, cases[i].when,
				     DATE_DAY, cases[i].zone, CONF_AR, &err),
		    -1);
		assert_int_equal(err.code, cases[i].code);
		assert_int_equal(out.len, 0);
		assert_int_equal(start, 7);
		assert_int_equal(end, 7);
		str_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(formats),
	    cmocka_unit_test(names_are_those_of_cldr),
	    cmocka_unit_test(times),
	    cmocka_unit_test(years),
	    cmocka_unit_test(numbers),
	    cmocka_unit_test(pinned),
	    cmocka_unit_test(zones),
	    cmocka_unit_test(refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
