/* SPDX-License-Identifier: ISC */
/*
 * template_render - a loaded template and values become a body.
 *
 * Two phases: what is the same for all recipients is rendered once, with
 * marks where the holes are; mail/template_hole.h fills those for each. Text
 * from outside loses its control characters and bidi controls here
 * (text/bidi.h), so that nothing can forge a mark. Pure.
 */
#ifndef NASHRA_MAIL_TEMPLATE_RENDER_H
#define NASHRA_MAIL_TEMPLATE_RENDER_H

#include "base/err.h"
#include "base/str.h"
#include "mail/template_hole.h"
#include "mail/template_names.h"
#include "text/date.h"
#include "text/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct template;

/* The values: a tree that the caller builds and owns. Names are found in the
 * innermost item first, then outwards. */
struct template_value {
	const char *name;
	enum template_type type;
	const char *text; /* TEXT, URL, HTML */
	int64_t number;   /* NUMBER, DATE, BOOL */
	/* LIST: `count` items, each an array of values ended by name NULL.
	 * OBJECT: one such array. A "." among them is the item itself. */
	const struct template_value *const *items;
	size_t count;
};

/* What a rendering may cost: nodes that are come to, values and bytes that are
 * looked at. All of it is well under a second on slow machines; what a digest
 * of a hundred articles costs is a hundredth. */
#define TEMPLATE_STEPS ((size_t)10 * 1000 * 1000)

/* How filters print: shared by all templates of one rendering. */
struct template_style {
	struct date_style date;
	const struct messages *messages;
	/* Left for all that are rendered with it. NULL: each has
	 * TEMPLATE_STEPS. */
	size_t *steps;
};

/* Renders to literals, with marks where holes are. `values` ends with a NULL
 * name. A name that the template comes to and that is not among them, or of
 * another type than its kind says, is ERR_SYSTEM: a fault of the program. A
 * url of another scheme is ERR_DATA; "" is none. ERR_INPUT: `out` is full.
 * ERR_CONFIG, with the template's place: it would cost more than the steps.
 *
 * In a generic template a name that is not there is nothing; a value that its
 * place or its filter cannot take is ERR_DATA, with the template's place. */
int template_render(struct str *out, const struct template *template,
    const struct template_value *values, const struct template_style *style,
    struct err *err);

#endif
