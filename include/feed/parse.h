/* SPDX-License-Identifier: ISC */
/*
 * parse - a feed's bytes as items: RSS 2.0 (and its elder forms) and Atom.
 *
 * Pure. Speaks libxml2's reader, without network, entities of our choosing
 * or expansion of the document's own. Texts come out as clean UTF-8 (see
 * text/bidi); HTML in titles is turned to text, and that of articles sanitised
 * (text/sanitise), with the URLs in it made whole.
 */
#ifndef NASHRA_FEED_PARSE_H
#define NASHRA_FEED_PARSE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PARSE_ITEMS_MAX 1000   /* of one feed; the rest is counted, not read */
#define PARSE_HTML_MAX  131072 /* bytes of the HTML of an item */

struct parse_item {
	char *guid;  /* "" where there is none */
	char *link;  /* absolute http(s), or "" */
	char *title; /* one line of plain text */
	char *author;
	char *html; /* full content, or the summary; as of text/sanitise */
	int64_t published; /* 0 where there is none that can be read */
	char *section;     /* its first category, or "" */
	char *image;       /* absolute http(s), or "" */
	int64_t image_width, image_height; /* 0: not said */
};

struct parse_feed {
	char *title;
	char *link;
	struct parse_item *items; /* in the feed's order */
	size_t count;
	size_t dropped; /* items without title and link, or past the limit */
	bool repaired;  /* was not well-formed, read as far as it went */
};

/* `base` is the address it came from, for relative links; `content_type` the
 * header's value or "". ERR_DATA says what it is instead ("an HTML page, not
 * a feed") with the line where XML broke. */
int parse_feed(struct parse_feed *out, const char *bytes, size_t len,
    const char *base, const char *content_type, struct err *err);
void parse_feed_release(struct parse_feed *feed);

#endif
