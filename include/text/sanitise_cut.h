/* SPDX-License-Identifier: ISC */
/*
 * sanitise_cut - the beginning of a sanitised HTML.
 *
 * Of text/sanitise. Pure.
 */
#ifndef NASHRA_TEXT_SANITISE_CUT_H
#define NASHRA_TEXT_SANITISE_CUT_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* Adds what sanitise_html() gave, or as many of its blocks, paragraphs, list
 * items, as are within that many bytes; a block that is longer by itself is
 * cut between two words. What was cut ends in a block that says "…"; nothing
 * is added where there is no room for that. Returns whether it was cut. */
bool sanitise_cut(struct str *out, const char *html, size_t most);

#endif
