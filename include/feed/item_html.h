/* SPDX-License-Identifier: ISC */
/*
 * item_html - what an item says at length, made fit to be shown.
 *
 * Of feed/item, which knows where it stands. Pure.
 */
#ifndef NASHRA_FEED_ITEM_HTML_H
#define NASHRA_FEED_ITEM_HTML_H

#include "feed/item.h"
#include "feed/xmltext.h"

/* HTML in an element's text, or of the type that Atom says. `rank` is 1 for
 * a summary, 2 for the whole. */
void item_html_read(struct xmltext *xml, struct item_draft *draft, int rank);
void
item_html_read_typed(struct xmltext *xml, struct item_draft *draft, int rank);

/* The whole, or the summary where nothing is left of it: sanitised, relative
 * to the item's link, and as much as there is room for. */
void item_html_make(struct str *out, const struct item_draft *draft);

#endif
