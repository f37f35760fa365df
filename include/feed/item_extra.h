/* SPDX-License-Identifier: ISC */
/*
 * item_extra - what an item has besides its words: a section and a picture.
 *
 * Of feed/item, which knows where they stand. Pure.
 */
#ifndef NASHRA_FEED_ITEM_EXTRA_H
#define NASHRA_FEED_ITEM_EXTRA_H

#include "feed/item.h"
#include "feed/xmltext.h"

#define ITEM_SECTION_MAX 100 /* bytes: what is longer is no name of one */
#define ITEM_URL_MAX     2048
#define ITEM_PIXELS_MAX  20000 /* of a picture, each way */

/* The first category: the text of the element, or its label or term. */
void
item_extra_section(struct xmltext *xml, struct item_draft *draft, int rank);
/* The element's url, where it is that of a picture that mail programs show;
 * its size where it is said. */
void
item_extra_picture(struct xmltext *xml, struct item_draft *draft, int rank);

#endif
