/* SPDX-License-Identifier: ISC */
/*
 * wide - a text while ICU works on it, in UTF-16.
 *
 * Owns its units. Filters read with wide_next() and shorten in place: put
 * with wide_put() what stays, never more than was read. Pure; speaks ICU.
 */
#ifndef NASHRA_TEXT_WIDE_H
#define NASHRA_TEXT_WIDE_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wide {
	uint16_t *unit;
	int32_t len;
};

enum wide_form {
	WIDE_COMPOSED, /* NFC (UAX 15) */
	WIDE_CASELESS  /* NFKC_Casefold: compatible forms and case are one */
};

/* U+FFFD for what is not UTF-8. False where the text is too long or there is
 * no memory; release it in any case. */
bool wide_decode(struct wide *out, const char *text, size_t n);
void wide_release(struct wide *text);
bool wide_encode(struct str *out, const struct wide *text);

int32_t wide_next(const struct wide *text, int32_t *at);
void wide_put(struct wide *text, int32_t *len, int32_t point);

bool wide_normalise(struct wide *text, enum wide_form form);

#endif
