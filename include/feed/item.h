/* SPDX-License-Identifier: ISC */
/*
 * item - what the elements of RSS and Atom say of one item.
 *
 * Pure. Knows the vocabularies; how a feed is put together is parse's.
 */
#ifndef NASHRA_FEED_ITEM_H
#define NASHRA_FEED_ITEM_H

#include "base/err.h"
#include "base/str.h"
#include "feed/parse.h"
#include "feed/xmltext.h"

#include <stdbool.h>
#include <stdint.h>

/* Of its HTML: how it begins, or what it is about; and all of it. */
enum { ITEM_SUMMARY, ITEM_WHOLE };

/* What is known of an item, or of the feed itself. Where two elements say the
 * same thing, the one of the higher rank holds. */
struct item_draft {
	struct str guid, link, title, author;
	struct str html[2]; /* as the feed has them: feed/item_html */
	int link_rank, author_rank, date_rank;
	int64_t published;
	struct str section, image; /* feed/item_extra */
	int image_rank;
	int64_t image_width, image_height;
};

void item_init(struct item_draft *draft);
void item_release(struct item_draft *draft);

/* Reads the element come to, if it is one of an item's, or `of_feed`, of the
 * feed's own. What has no namespace is RSS, or with `atom` Atom. */
void item_read(
    struct xmltext *xml, struct item_draft *draft, bool atom, bool of_feed);

/* Empties the draft. */
int
item_take(struct parse_item *out, struct item_draft *draft, struct err *err);
void item_free(struct parse_item *item);

#endif
