/* SPDX-License-Identifier: ISC */
#include "text/civil.h"
#include "text/zonerule.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define HOUR         3600

static void
parsing(void **state)
{
	static const struct {
		const char *text;
		bool ok;
		int32_t standard, summer;
	} cases[] = {
	    {"UTC0", true, 0, 0},
	    {"EET-2", true, 2 * HOUR, 0},
	    {"<+03>-3", true, 3 * HOUR, 0},
	    {"<-0330>3:30", true, -12600, 0},
	    {"LMT-2:05:09", true, 7509, 0},
	    {"EST5EDT,M3.2.0,M11.1.0", true, -5 * HOUR, -4 * HOUR},
	    {"EET-2EEST,M4.5.5/0,M10.5.4/24", true, 2 * HOUR, 3 * HOUR},
	    {"IST-1GMT0,M10.5.0,M3.5.0/1", true, HOUR, 0},
	    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", true, 37800, 11 * HOUR},
	    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", true, -2 * HOUR, -HOUR},
	    {"XXX3EDT4,0/0,J365/23", true, -3 * HOUR, -4 * HOUR},
	    {"ABC-24", true, 24 * HOUR, 0},
	    {"", false, 0, 0},
	    {"UTC", false, 0, 0},
	    {"UT0", false, 0, 0},
	    {"<UTC0", false, 0, 0},
	    {"<>0", false, 0, 0},
	    {"0", false, 0, 0},
	    {"UTC25", false, 0, 0},
	    {"UTC1:60", false, 0, 0},
	    {"UTC1:", false, 0, 0},
	    {"UTC--1", false, 0, 0},
	    {"UTC0 ", false, 0, 0},
	    {"UTC99999999999999999999", false, 0, 0},
	    {"EST5EDT", false, 0, 0}, /* POSIX leaves the rule open */
	    {"EST5EDT,", false, 0, 0},
	    {"EST5EDT,M3.2.0", false, 0, 0},
	    {"EST5EDT,M3.2.0,", false, 0, 0},
	    {"EST5EDT,M13.2.0,M11.1.0", false, 0, 0},
	    {"EST5EDT,M0.2.0,M11.1.0", false, 0, 0},
	    {"EST5EDT,M3.6.0,M11.1.0", false, 0, 0},
	    {"EST5EDT,M3.2.7,M11.1.0", false, 0, 0},
	    {"EST5EDT,M3.2,M11.1.0", false, 0, 0},
	    {"EST5EDT,J0,J365", false, 0, 0},
	    {"EST5EDT,J1,J366", false, 0, 0},
	    {"EST5EDT,366,1", false, 0, 0},
	    {"EST5EDT,M3.2.0/168,M11.1.0", false, 0, 0},
	    {"EST5EDT,M3.2.0,M11.1.0x", false, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct zonerule rule = {0};

		if (zonerule_parse(&rule, cases[i].text) != cases[i].ok)
			fail_msg("'%s'", cases[i].text);
		assert_int_equal(rule.standard, cases[i].standard);
		assert_int_equal(rule.summer, cases[i].summer);
	}
}

/* A rule, a year, the two moments of change in it and the offset after each;
 * in the order of time. */
static const struct {
	const char *rule;
	int64_t year;
	struct {
		int month, day;
		int32_t seconds; /* UTC */
		int32_t offset;
	} change[2];
} changes_cases[] = {
    /* Cairo: the last Friday of April, at its midnight; the last
     * Thursday of October, at its end */
    {"EET-2EEST,M4.5.5/0,M10.5.4/24", 2025,
	{{4, 24, 22 * HOUR, 3 * HOUR}, {10, 30, 21 * HOUR, 2 * HOUR}}},
    {"EST5EDT,M3.2.0,M11.1.0", 2025,
	{{3, 9, 7 * HOUR, -4 * HOUR}, {11, 2, 6 * HOUR, -5 * HOUR}}},
    /* south of the equator summer spans the new year */
    {"<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", 2025,
	{{4, 5, 15 * HOUR, 37800}, {10, 4, 15 * HOUR + 1800, 39600}}},
    /* Ireland: winter is the exception */
    {"IST-1GMT0,M10.5.0,M3.5.0/1", 2025,
	{{3, 30, HOUR, HOUR}, {10, 26, HOUR, 0}}},
    /* Nuuk: a time before the midnight of its day */
    {"<-02>2<-01>,M3.5.0/-1,M10.5.0/0", 2025,
	{{3, 30, HOUR, -HOUR}, {10, 26, HOUR, -2 * HOUR}}},
    /* Gaza: a time 50 hours after it */
    {"EET-2EEST,M3.4.4/50,M10.4.4/50", 2026,
	{{3, 28, 0, 3 * HOUR}, {10, 23, 23 * HOUR, 2 * HOUR}}},
    /* J60 is 1 March in every year, 59 the last day of February */
    {"AAA0BBB,J60/0,J300/0", 2024, {{3, 1, 0, HOUR}, {10, 26, 23 * HOUR, 0}}},
    {"AAA0BBB,J60/0,J300/0", 2025, {{3, 1, 0, HOUR}, {10, 26, 23 * HOUR, 0}}},
    {"AAA0BBB,59/0,299/0", 2024, {{2, 29, 0, HOUR}, {10, 25, 23 * HOUR, 0}}},
    {"AAA0BBB,59/0,299/0", 2025, {{3, 1, 0, HOUR}, {10, 26, 23 * HOUR, 0}}},
};

static void
changes(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(changes_cases); i++) {
		int64_t at =
		    civil_to_days(changes_cases[i].year, 1, 8) * CIVIL_DAY;
		struct zonerule rule;

		assert_true(zonerule_parse(&rule, changes_cases[i].rule));
		for (int n = 0; n < 2; n++) {
			int64_t want = civil_to_days(changes_cases[i].year,
					   changes_cases[i].change[n].month,
					   changes_cases[i].change[n].day) *
					   CIVIL_DAY +
				       changes_cases[i].change[n].seconds;

			at = zonerule_change(&rule, at);
			assert_int_equal(at, want);
			assert_int_equal(zonerule_offset(&rule, at),
			    changes_cases[i].change[n].offset);
			assert_int_equal(zonerule_offset(&rule, at - 1),
			    changes_cases[i].change[1 - n].offset);
		}
	}
}

static void
without_summer(void **state)
{
	struct zonerule rule;

	(void)state;
	assert_true(zonerule_parse(&rule, "<+03>-3"));
	assert_int_equal(zonerule_offset(&rule, 0), 3 * HOUR);
	assert_int_equal(zonerule_change(&rule, 0), INT64_MAX);
}

/* RFC 9636 3.3.1: summer time all year round. */
static void
without_winter(void **state)
{
	struct zonerule rule;
	int64_t at = 0;

	(void)state;
	assert_true(zonerule_parse(&rule, "XXX3EDT4,0/0,J365/23"));
	for (int i = 0; i < 5000; i++, at += 7 * HOUR + 1)
		assert_int_equal(zonerule_offset(&rule, at), -4 * HOUR);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parsing),
	    cmocka_unit_test(changes),
	    cmocka_unit_test(without_summer),
	    cmocka_unit_test(without_winter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
