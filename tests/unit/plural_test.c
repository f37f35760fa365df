/* SPDX-License-Identifier: ISC */
#include "text/plural.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unicode/upluralrules.h>
#include <unicode/ustring.h>

/* ICU's answer for every count that a list is likely to see. */
static void
compare(const char *locale, enum plural (*rule)(uint64_t n))
{
	UErrorCode status = U_ZERO_ERROR;
	UPluralRules *rules = uplrules_open(locale, &status);

	for (uint64_t n = 0; n <= 100000; n++) {
		UChar keyword[16];
		char name[16];

		uplrules_select(rules, (double)n, keyword, 16, &status);
		u_UCharsToChars(keyword, name, u_strlen(keyword) + 1);
		assert_true(U_SUCCESS(status));
		assert_string_equal(plural_name(rule(n)), name);
	}
	uplrules_close(rules);
}

static void
arabic_is_as_in_icu(void **state)
{
	(void)state;
	compare("ar", plural_ar);
}

static void
english_is_as_in_icu(void **state)
{
	(void)state;
	compare("en", plural_en);
}

static void
large_counts(void **state)
{
	static const struct {
		uint64_t n;
		enum plural ar;
		enum plural en;
	} cases[] = {
	    {1000000, PLURAL_OTHER, PLURAL_OTHER},
	    {1000002, PLURAL_OTHER, PLURAL_OTHER},
	    {1000003, PLURAL_FEW, PLURAL_OTHER},
	    {1000011, PLURAL_MANY, PLURAL_OTHER},
	    {UINT64_MAX, PLURAL_MANY, PLURAL_OTHER}, /* ...615 */
	    {UINT64_MAX - 15, PLURAL_OTHER, PLURAL_OTHER},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(plural_ar(cases[i].n), cases[i].ar);
		assert_int_equal(plural_en(cases[i].n), cases[i].en);
	}
}

static void
names(void **state)
{
	static const char *const want[PLURAL_FORMS] = {
	    "zero", "one", "two", "few", "many", "other"};

	(void)state;
	for (int i = 0; i < PLURAL_FORMS; i++)
		assert_string_equal(plural_name((enum plural)i), want[i]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(arabic_is_as_in_icu),
	    cmocka_unit_test(english_is_as_in_icu),
	    cmocka_unit_test(large_counts),
	    cmocka_unit_test(names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
