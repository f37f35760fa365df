/* SPDX-License-Identifier: ISC */
#include "text/plural.h"
#include "base/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/upluralrules.h>
#include <unicode/ustring.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void
check(UPluralRules *rules, uint64_t n, enum plural form)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar keyword[16];
	char name[16];

	uplrules_select(rules, (double)n, keyword, 16, &status);
	u_UCharsToChars(keyword, name, u_strlen(keyword) + 1);
	if (U_FAILURE(status) || !str_eq(plural_name(form), name))
		abort();
}

/* Any count that a double can hold takes the form that ICU says. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static UPluralRules *ar;
	static UPluralRules *en;
	UErrorCode status = U_ZERO_ERROR;
	uint64_t n = 0;

	if (ar == NULL) {
		ar = uplrules_open("ar", &status);
		en = uplrules_open("en", &status);
	}
	memcpy(&n, data, len < sizeof(n) ? len : sizeof(n));
	n >>= 11;
	check(ar, n, plural_ar(n));
	check(en, n, plural_en(n));
	return 0;
}
