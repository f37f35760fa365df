/* SPDX-License-Identifier: ISC */
/*
 * tree - the elements and texts of strangers' HTML, in the order in which a
 * walk through its tree meets them. Speaks libxml2's HTML parser.
 *
 * What is not for reading is never met: scripts, styles, drawings, frames,
 * forms, players, hidden parts, comments. Elements end in the order in which
 * they began, whatever the source says. Right, too, for a text without a tag,
 * which has lines of its own: it comes as one <pre>.
 *
 * What elements alone would say is said in the text: a <q> has its quotation
 * marks, digits in <sup> and <sub> are raised and lowered ones.
 *
 * A walk is not to be trusted: names and attributes are the stranger's, and a
 * text is UTF-8 but not yet clean (bidi_clean). Pure.
 */
#ifndef NASHRA_TEXT_TREE_H
#define NASHRA_TEXT_TREE_H

#include "base/err.h"

#include <stddef.h>

#define TREE_MAX   2097152 /* bytes of the HTML of one article */
#define TREE_DEPTH 512     /* elements in elements: no editor writes more */

enum tree_role {
	TREE_INLINE, /* any that is not known, too */
	TREE_BLOCK,  /* apart from its neighbours by a blank line */
	TREE_LINE,   /* on lines of its own */
	TREE_ITEM,
	TREE_CELL,
	TREE_BREAK,
	TREE_PRE,
	TREE_SKIP, /* not for reading: never met */
};

struct tree_element {
	const char *name; /* lower case */
	enum tree_role role;
	const char *const *attributes; /* for tree_attribute() */
};

struct tree_reader {
	void *arg; /* each is given it first */
	void (*start)(void *arg, const struct tree_element *element);
	void (*end)(void *arg, const struct tree_element *element);
	void (*text)(void *arg, const char *text, size_t n);
};

/* ERR_INPUT for what is too long or nested too deep. */
int tree_read(const struct tree_reader *reader, const char *html, size_t len,
    struct err *err);

/* Entities decoded; NULL where the element has none of that name. There are
 * only those that text/strain keeps. */
const char *
tree_attribute(const struct tree_element *element, const char *name);

#endif
