/* SPDX-License-Identifier: ISC */
/*
 * plural - which of a language's forms a count takes (CLDR cardinal rules).
 *
 * Arabic has six: zero, one, two, few (3-10), many (11-99), other (100, 101,
 * 102, 200, ...), by the last two digits. Pure.
 */
#ifndef NASHRA_TEXT_PLURAL_H
#define NASHRA_TEXT_PLURAL_H

#include <stdint.h>

enum plural {
	PLURAL_ZERO,
	PLURAL_ONE,
	PLURAL_TWO,
	PLURAL_FEW,
	PLURAL_MANY,
	PLURAL_OTHER,
	PLURAL_FORMS
};

enum plural plural_ar(uint64_t n);
enum plural plural_en(uint64_t n);
const char *plural_name(enum plural form); /* "zero" ... "other" */

#endif
