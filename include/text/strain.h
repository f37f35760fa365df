/* SPDX-License-Identifier: ISC */
/*
 * strain - HTML with nothing left in it but tags, text, links and images.
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

/* Comments go, and declarations, scripts, styles and the like; attributes too,
 * but for the href of <a> and the src, alt, width and height of <img>, which
 * are in double quotes then and of 12,288 bytes at most. What they say is as
 * the stranger wrote it, a reference without its ';' taken for text. A tag that
 * is hidden from readers (hidden, display:none, visibility:hidden) keeps one
 * attribute: hidden. A '<' that begins no tag becomes &lt;. Returns whether
 * there was any tag. */
bool strain_html(struct str *out, const char *html, size_t len);

#endif
