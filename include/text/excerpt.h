/* SPDX-License-Identifier: ISC */
/*
 * excerpt - the first words of a text, cut where a reader would cut.
 *
 * Speaks ICU's break iterators. Pure.
 */
#ifndef NASHRA_TEXT_EXCERPT_H
#define NASHRA_TEXT_EXCERPT_H

#include "base/str.h"

#include <stddef.h>

/* At most `graphemes` user-perceived characters of clean plain text (see
 * bidi_clean): white space collapsed, cut at the last line-break opportunity,
 * at a sentence end where one lies past 60 %, never inside a word, never
 * between a letter and its marks, no dangling conjunction; "…" where cut. */
void excerpt_make(struct str *out, const char *text, size_t graphemes);
/* How many graphemes a text has. */
size_t excerpt_length(const char *text);

#endif
