/* SPDX-License-Identifier: ISC */
/*
 * grapheme - where a text may be cut without breaking what a reader sees as
 * one character.
 *
 * Speaks ICU's break iterator. Pure.
 */
#ifndef NASHRA_TEXT_GRAPHEME_H
#define NASHRA_TEXT_GRAPHEME_H

#include "base/err.h"

#include <stddef.h>

struct grapheme;

/* For `len` bytes of valid UTF-8, which must outlive it. */
int grapheme_new(
    struct grapheme **out, const char *text, size_t len, struct err *err);
void grapheme_free(struct grapheme *grapheme);
/* The last boundary at or before `at`; 0 and `len` are boundaries. */
size_t grapheme_before(struct grapheme *grapheme, size_t at);

#endif
