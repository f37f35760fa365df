/* SPDX-License-Identifier: ISC */
#include "text/plural.h"

enum plural
plural_ar(uint64_t n)
{
	uint64_t last = n % 100;

	if (n == 0)
		return PLURAL_ZERO;
	if (n == 1)
		return PLURAL_ONE;
	if (n == 2)
		return PLURAL_TWO;
	if (last >= 3 && last <= 10)
		return PLURAL_FEW;
	return last >= 11 ? PLURAL_MANY : PLURAL_OTHER;
}

enum plural
plural_en(uint64_t n)
{
	return n == 1 ? PLURAL_ONE : PLURAL_OTHER;
}

const char *
plural_name(enum plural form)
{
	static const char *const names[PLURAL_FORMS] = {
	    "zero", "one", "two", "few", "many", "other"};

	return names[form];
}
