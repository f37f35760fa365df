/* SPDX-License-Identifier: ISC */
/*
 * html - what strangers' HTML says. Speaks libxml2's HTML parser.
 *
 * Pure. Nothing is ever copied from the source: the output is rebuilt from
 * the tree.
 */
#ifndef NASHRA_TEXT_HTML_H
#define NASHRA_TEXT_HTML_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

#define HTML_MAX 2097152 /* bytes of the HTML of one article */

/* The readable text: scripts, styles, svg and hidden parts left out, blocks
 * apart by a blank line, <br> a newline, list items with "* ", entities
 * decoded, cleaned as bidi_clean does. Also right for text without a tag. */
int
html_to_text(struct str *out, const char *html, size_t len, struct err *err);

#endif
