/* SPDX-License-Identifier: ISC */
/*
 * sanitise - strangers' HTML, made fit to stand in our mails and pages.
 *
 * Nothing is ever copied: what is left is written anew from the tree
 * (text/tree), and only this:
 *
 *	p h2 h3 h4 ul ol li blockquote figure figcaption	dir
 *	a	href: http, https, mailto (text/link)
 *	img	src: http, https; alt; width and height
 *	strong br
 *
 * All blocks say their direction (dir="rtl" or "ltr", by the first strong
 * character in them; none where there is no such character): a mail cannot
 * ask its reader to find out. Text stands in a block always, blocks in blocks
 * only where HTML 5 has them, so that every reader sees the same tree. Pure.
 */
#ifndef NASHRA_TEXT_SANITISE_H
#define NASHRA_TEXT_SANITISE_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

#define SANITISE_ELEMENTS 20000 /* of what is written */
#define SANITISE_WIDTH    600   /* pixels of the widest image */

/* `base` is the absolute URL that relative ones are relative to; "": those of
 * links and images go.
 *
 * What is known becomes its nearest kin (h1 is h2, em is strong, a row of a
 * table a paragraph); the rest goes, and its text stays; what is not for
 * reading goes with all in it. An image of one pixel is none. Text is clean
 * as of bidi_clean. The result of a result is itself. ERR_INPUT: too long,
 * too deep, too many. */
int sanitise_html(struct str *out, const char *html, size_t len,
    const char *base, struct err *err);

#endif
