/* SPDX-License-Identifier: ISC */
/*
 * strain - HTML with nothing left in it but bare tags and text.
 *
 * Pure. What a parser would spend its time on (a tag of a hundred thousand
 * attributes, comments, scripts) never reaches it. Tags are found as HTML 5
 * finds them (WHATWG 13.2.5), in one pass.
 */
#ifndef NASHRA_TEXT_STRAIN_H
#define NASHRA_TEXT_STRAIN_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* Attributes go, and comments, declarations, scripts, styles and the like. A
 * tag that is hidden from readers (hidden, display:none, visibility:hidden)
 * keeps one attribute: hidden. A '<' that begins no tag becomes &lt;. Returns
 * whether there was any tag. */
bool strain_html(struct str *out, const char *html, size_t len);

#endif
