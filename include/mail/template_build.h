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
#include "mail/template_source.h"
#include "mail/template_tag.h"

#include <stdbool.h>
#include <stddef.h>

enum template_node_kind {
	NODE_LITERAL,
	NODE_VALUE,
	NODE_SENTENCE,
	NODE_SECTION,
	NODE_INVERTED,
	NODE_END /* of a section */
};

struct template_node {
	enum template_node_kind kind;
	const char *text; /* LITERAL: in a source */
	size_t len;
	struct template_spot spot;             /* all but LITERAL and END */
	const struct template_name *name;      /* VALUE, SECTION, INVERTED */
	struct template_expression expression; /* the same, and SENTENCE */
	bool link;  /* VALUE: where only a url may stand */
	size_t end; /* SECTION, INVERTED: its END */
};

struct template
{
	const struct template_kind_row *kind;
	enum template_mode mode;
	struct template_node *nodes;
	size_t count;
	size_t cap;
	struct template_source *sources; /* owned */
	const char *name;                /* the main one's, for errors */
};

struct template_reader {
	/* Finds a partial, which is then the caller's: 1, 0 for none, -1. */
	int (*read)(struct template_source **out, const char *name,
	    const void *arg, struct err *err);
	const void *arg;
	/* Sentences have to be there; NULL: it is seen when they are said. */
	const struct messages *messages;
	/* Is told of each error, and the next ones are looked for. NULL: the
	 * first error ends it. */
	void (*report)(const struct err *err, void *arg);
	void *report_arg;
};

/* Takes the source, also on failure. `reader` NULL: there are no partials,
 * and sentences are not looked for. ERR_CONFIG where there were errors, each
 * with its place. */
int template_build(struct template *template, struct template_source *source,
    const struct template_reader *reader, struct err *err);

#endif
