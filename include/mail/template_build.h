/* SPDX-License-Identifier: ISC */
/*
 * template_build - the text of a template becomes a row of checked nodes.
 *
 * For mail/template*.c alone: everyone else sees mail/template.h. Pure:
 * partials come from a function of the caller's.
 */
#ifndef NASHRA_MAIL_TEMPLATE_BUILD_H
#define NASHRA_MAIL_TEMPLATE_BUILD_H

#include "mail/template.h"
#include "mail/template_filter.h"

#include <stddef.h>

/* One file. Literals point into its text. */
struct template_source {
	struct template_source *next;
	char *name; /* for errors */
	char *text;
	size_t len;
};

enum template_node_kind {
	NODE_LITERAL,
	NODE_VALUE,
	NODE_SENTENCE,
	NODE_SECTION,
	NODE_INVERTED,
	NODE_END /* of a section: where it was opened is not needed */
};

struct template_call {
	const struct template_filter *filter;
	char argument[TEMPLATE_WORD];
};

struct template_node {
	enum template_node_kind kind;
	const char *text; /* LITERAL */
	size_t len;
	const struct template_name *name; /* VALUE, SECTION, INVERTED */
	struct template_call calls[TEMPLATE_FILTERS];
	size_t filters;
	char key[TEMPLATE_WORD]; /* SENTENCE */
	size_t end;              /* SECTION, INVERTED: its END */
};

struct template
{
	enum template_kind kind;
	enum template_mode mode;
	struct template_node *nodes;
	size_t count;
	size_t cap;
	struct template_source *sources; /* owned */
};

struct template_reader {
	/* Finds a partial; the caller of it owns what it gives. */
	int (*read)(struct template_source **out, const char *name,
	    const void *arg, struct err *err);
	const void *arg;
	const struct messages *messages; /* NULL: keys are not checked */
};

/* Takes the source, also on failure. `reader` NULL: no partials. */
int template_build(struct template *template, struct template_source *source,
    const struct template_reader *reader, struct err *err);
void template_source_free(struct template_source *source);

#endif
