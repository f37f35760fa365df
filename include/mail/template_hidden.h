/* SPDX-License-Identifier: ISC */
/*
 * template_hidden - which elements of a document its readers do not see.
 *
 * What can be known of one document: <template>, the attribute "hidden", and
 * "display:none" or "visibility:hidden" in a style attribute. What a style
 * sheet hides, or hides by its color or size, is not known. For
 * mail/template_place.c alone. Pure.
 */
#ifndef NASHRA_MAIL_TEMPLATE_HIDDEN_H
#define NASHRA_MAIL_TEMPLATE_HIDDEN_H

#include <stdbool.h>
#include <stddef.h>

#define TEMPLATE_HIDDEN_NAME  24 /* of a tag, cut as in template_place */
#define TEMPLATE_HIDDEN_STYLE 20 /* longer than what is looked for */

/* All zero: nothing is hidden. */
struct template_hidden {
	char tag[TEMPLATE_HIDDEN_NAME]; /* of the outermost element */
	size_t depth; /* elements of that name that are open, with it */
	bool next;    /* the tag that is being read hides */
	char style[TEMPLATE_HIDDEN_STYLE]; /* its end so far, in lower case */
};

/* An attribute of the tag that is being read. */
void
template_hidden_attribute(struct template_hidden *hidden, const char *name);
/* The next character of its style. */
void template_hidden_style(struct template_hidden *hidden, char c);
/* The tag is complete. */
void template_hidden_tag(
    struct template_hidden *hidden, const char *tag, bool closing);

#endif
