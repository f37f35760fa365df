/* SPDX-License-Identifier: ISC */
/*
 * xmltext - walks an XML document by its elements and their texts.
 *
 * Pure: no network, no other file, no entity. Speaks libxml2's reader.
 *
 *	depth = xmltext_enter(xml);
 *	while (xmltext_child(xml, depth))
 *		... at the start of a child, which may be read or not ...
 */
#ifndef NASHRA_FEED_XMLTEXT_H
#define NASHRA_FEED_XMLTEXT_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct xmltext;

enum xmltext_form {
	XMLTEXT_PLAIN,  /* the texts alone */
	XMLTEXT_HTML,   /* the texts are HTML; elements among them as well */
	XMLTEXT_ESCAPED /* the texts are text: escaped to make HTML of them */
};

/* `text` is UTF-8 from decode_xml() and must live on. `base` is an absolute
 * URL or "". */
int xmltext_open(struct xmltext **out, const struct str *text, const char *base,
    struct err *err);
/* The same, past errors as far as it goes; elements of these names (the list
 * ends with NULL) that the document leaves open are taken out. */
int xmltext_open_broken(struct xmltext **out, const struct str *text,
    const char *base, const char *const *names, struct err *err);
void xmltext_close(struct xmltext *xml);

/* From the document, or an element that was come to, into it; what it returns
 * is for xmltext_child(). */
int xmltext_enter(struct xmltext *xml);
/* On to the next child; false past the last. */
bool xmltext_child(struct xmltext *xml, int depth);

/* Of the element come to; good until the next step. "" where there is none. */
const char *xmltext_name(const struct xmltext *xml);
const char *xmltext_namespace(const struct xmltext *xml);
/* False, with `out` as it was, where there is no such attribute. */
bool
xmltext_attribute(const struct xmltext *xml, const char *name, struct str *out);

/* Everything in the element, which is left behind. */
void xmltext_read(struct xmltext *xml, enum xmltext_form form, struct str *out);

/* An absolute http or https URL in ASCII, relative to what xml:base says here;
 * nothing is added where it is none. */
void xmltext_link(const struct xmltext *xml, const char *link, struct str *out);

/* Whether the document broke off; the first error that was met, with its
 * line; NULL where there was none. */
bool xmltext_broken(const struct xmltext *xml);
const char *xmltext_error(const struct xmltext *xml);

#endif
