/* SPDX-License-Identifier: ISC */
/*
 * html - what strangers' HTML says, as plain text.
 *
 * Pure. Nothing is ever copied from the source: the output is rebuilt from
 * the tree (text/tree). What is to stay HTML is text/sanitise's.
 */
#ifndef NASHRA_TEXT_HTML_H
#define NASHRA_TEXT_HTML_H

#include "base/err.h"
#include "base/str.h"
#include "text/tree.h"

#include <stddef.h>

#define HTML_MAX TREE_MAX

/* The readable text: what text/tree skips left out, blocks apart by a blank
 * line, <br> a newline, list items with "* ", entities decoded, cleaned as
 * bidi_clean does. Also right for text without a tag. */
int
html_to_text(struct str *out, const char *html, size_t len, struct err *err);
/* The same for who reads the text as a mail: the URLs of the links in a block
 * follow it, each on a line of its own (text/link says which are fit). */
int html_to_text_linked(
    struct str *out, const char *html, size_t len, struct err *err);

#endif
