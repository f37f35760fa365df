/* SPDX-License-Identifier: ISC */
/*
 * template_place - where in an HTML document a template stands.
 *
 * Follows the states of the HTML tokenizer (html.spec.whatwg.org 13.2.5) over
 * the literal text, as far as they decide what a value could do there. Where
 * a browser and this scanner might disagree, a value is refused. Pure.
 */
#ifndef NASHRA_MAIL_TEMPLATE_PLACE_H
#define NASHRA_MAIL_TEMPLATE_PLACE_H

#include "mail/template_hidden.h"
#include "mail/template_names.h"

#include <stdbool.h>
#include <stddef.h>

#define TEMPLATE_PLACE_NAME                                                    \
	TEMPLATE_HIDDEN_NAME /* longer names are cut: none of ours is */

enum template_place_state {
	PLACE_TEXT,
	PLACE_TAG_OPEN,    /* after "<" */
	PLACE_END_OPEN,    /* after "</" */
	PLACE_MARKUP,      /* after "<!" */
	PLACE_MARKUP_DASH, /* after "<!-" */
	PLACE_BOGUS,       /* a doctype and the like, up to ">" */
	PLACE_COMMENT,
	PLACE_TAG_NAME,
	PLACE_TAG, /* in a tag, between attributes */
	PLACE_ATTRIBUTE_NAME,
	PLACE_AFTER_NAME,
	PLACE_BEFORE_VALUE,
	PLACE_DOUBLE_QUOTED,
	PLACE_SINGLE_QUOTED,
	PLACE_UNQUOTED,
	PLACE_TITLE, /* <title>, <textarea>: character references work */
	PLACE_RAW,   /* <style>, <script>...: nothing is escaped there */
	PLACE_STATES
};

struct template_place {
	enum template_place_state state;
	char tag[TEMPLATE_PLACE_NAME];
	char attribute[TEMPLATE_PLACE_NAME];
	bool closing; /* in an end tag */
	bool fresh;   /* at the very start of an attribute's value */
	bool body;    /* in a comment: past the dashes that open it */
	bool refresh; /* in a tag: it has http-equiv */
	bool content; /* in a <meta>: a value stands in its content */
	char rel[TEMPLATE_PLACE_NAME]; /* in a tag: what its rel says so far */
	size_t match;  /* comment: dashes seen; title, raw: of "</tag" */
	size_t escape; /* script: of "<!--<script" */
	struct template_hidden hidden;
};

void
template_place_feed(struct template_place *place, const char *text, size_t len);
/* A value was printed here. */
void template_place_value(struct template_place *place);

/* Why a value of this type may not stand here, and what to do about it, to
 * follow "a value cannot be made safe"; NULL where it may. */
const char *template_place_refuses(
    const struct template_place *place, enum template_type type);
/* Whether only a url may stand here. */
bool template_place_link(const struct template_place *place);
/* Whether a reader sees a value that stands here, or can follow it where it is
 * the link of an <a>. */
bool template_place_shows(
    const struct template_place *place, enum template_type type);
/* Whether a value stands in the content of what turned out to have an
 * http-equiv. */
bool template_place_refreshes(const struct template_place *place);
/* Whether two places would treat what follows alike. */
bool template_place_same(
    const struct template_place *a, const struct template_place *b);

#endif
