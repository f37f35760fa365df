/* SPDX-License-Identifier: ISC */
/*
 * template_filter - what {{name|filter:argument}} does to a value.
 *
 *	number          digits of the style, grouped
 *	date            the style's date; date:site, date:long,
 *	                date:dual
 *	plural:KEY      a sentence of the catalogue that counts
 *	dir             "rtl" or "ltr" (mail/template_bidi.h)
 *	iso             <span dir="...">text</span>, so that a foreign name does
 *	                not disturb its sentence; in a text template the text
 *	excerpt:N       the first N characters, cut where a reader would
 *
 * A filter takes one type and gives another, so filters chain where types
 * meet: {{excerpt|excerpt:280|iso}}.
 */
#ifndef NASHRA_MAIL_TEMPLATE_FILTER_H
#define NASHRA_MAIL_TEMPLATE_FILTER_H

#include "mail/template_render.h"

#include <stdbool.h>
#include <stdint.h>

#define TEMPLATE_FILTERS 3  /* of one value */
#define TEMPLATE_WORD    64 /* bytes of a name or an argument, with NUL */

struct template_filter_input {
	const char *text;
	int64_t number;
	const char *argument;
	enum template_mode mode;
	const struct template_style *style;
};

/* What may follow the colon. */
enum template_argument {
	TEMPLATE_ARGUMENT_NONE,
	TEMPLATE_ARGUMENT_DATE,  /* nothing, "site", "long" or "dual" */
	TEMPLATE_ARGUMENT_COUNT, /* 1 to 10000 */
	TEMPLATE_ARGUMENT_KEY    /* a key of the catalogue */
};

struct template_filter {
	const char *name;
	enum template_type from;
	enum template_type to; /* HTML becomes TEXT in a text template */
	enum template_argument argument;
	size_t steps; /* besides those of its text: template_render.h */
	int (*apply)(struct str *out, const struct template_filter_input *in,
	    struct err *err);
};

/* A filter as a template uses it. */
struct template_call {
	const struct template_filter *filter;
	char argument[TEMPLATE_WORD];
};

const struct template_filter *template_filter_find(const char *name);
bool template_filter_argument_ok(
    const struct template_filter *filter, const char *argument);
/* For errors: all there are, and what may follow the colon of one. */
const char *template_filter_names(void);
const char *template_filter_takes(const struct template_filter *filter);
/* Which type a filter gives in a mode. */
enum template_type template_filter_to(
    const struct template_filter *filter, enum template_mode mode);

#endif
