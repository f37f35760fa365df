/* SPDX-License-Identifier: ISC */
/*
 * Every month in every set of names, in both kinds of digits and each style,
 * and the Hijri dates of first and last days of months, against a file that
 * another library wrote.
 */
#include "base/codec.h"
#include "base/str.h"
#include "text/date.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define GOLDEN "tests/data/dates.txt"
#define FIELDS 6

/* In the order of their enums. */
static const char *const months[] = {
    "standard", "levant", "maghreb", "morocco", NULL};
static const char *const digits[] = {"arab", "latn", NULL};
static const char *const styles[] = {"site", "long", "dual", NULL};
static const char *const calendars[] = {"gregorian", "umalqura", "dual", NULL};

static int
place(const char *const *words, const char *word)
{
	int i = 0;

	while (words[i] != NULL && !str_eq(words[i], word))
		i++;
	assert_non_null(words[i]);
	return i;
}

/* "2025-01-22", at noon */
static int64_t
noon(char *day)
{
	int64_t part[3];
	struct tm tm = {.tm_hour = 12};

	day[4] = '\0';
	day[7] = '\0';
	assert_true(codec_int(&part[0], day, 1, 9999));
	assert_true(codec_int(&part[1], day + 5, 1, 12));
	assert_true(codec_int(&part[2], day + 8, 1, 31));
	tm.tm_year = (int)part[0] - 1900;
	tm.tm_mon = (int)part[1] - 1;
	tm.tm_mday = (int)part[2];
	return timegm(&tm);
}

static void
check(char *field[FIELDS])
{
	const struct date_style style = {
	    .language = CONF_AR,
	    .digits = (enum conf_digits)place(digits, field[2]),
	    .months = (enum conf_months)place(months, field[1]),
	    .calendar = (enum conf_calendar)place(calendars, field[4]),
	    .style = (enum conf_date_style)place(styles, field[3]),
	    .zone = "UTC",
	};
	struct err err = ERR_INIT;
	struct str out;

	str_init(&out, 256);
	assert_int_equal(date_format(&out, noon(field[0]), &style, &err), 0);
	assert_string_equal(out.data, field[5]);
	str_release(&out);
}

static void
golden(void **state)
{
	FILE *file = fopen(GOLDEN, "r");
	char *line = NULL;
	size_t size = 0;
	int count = 0;

	(void)state;
	assert_non_null(file);
	while (getline(&line, &size, file) > 0) {
		char *field[FIELDS] = {line};

		if (*line == '#')
			continue;
		line[strcspn(line, "\n")] = '\0';
		for (int i = 1; i < FIELDS; i++) {
			field[i] = strchr(field[i - 1], '\t');
			assert_non_null(field[i]);
			*field[i]++ = '\0';
		}
		check(field);
		count++;
	}
	assert_int_equal(count, 4 * 2 * 2 * 12 + 24 * 4);
	free(line);
	fclose(file);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(golden),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
