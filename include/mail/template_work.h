/* SPDX-License-Identifier: ISC */
/*
 * template_work - a template that is being built: what is open, what is wrong.
 *
 * For mail/template*.c alone. Owns nothing: nodes and sources are the
 * template's.
 */
#ifndef NASHRA_MAIL_TEMPLATE_WORK_H
#define NASHRA_MAIL_TEMPLATE_WORK_H

#include "mail/template_build.h"
#include "mail/template_place.h"
#include "mail/template_scope.h"

#include <stdbool.h>
#include <stddef.h>

/* A section that is open; its names are in the scope. */
struct template_open {
	struct template_spot spot;
	size_t node;
	struct template_place place;
};

struct template_work {
	struct template *template;
	const struct template_reader *reader;
	struct template_place place;
	struct template_scope scope;
	struct template_open open[TEMPLATE_NEST];
	/* The section that ended last: what node comes after it, and whether a
	 * link had yet to begin where it did. */
	struct {
		size_t node, after;
		bool fresh;
	} closed;
	size_t partials;
	size_t expanded;
	bool seen[TEMPLATE_REQUIRED]; /* of the names that have to be shown */
	struct template_spot unseen[TEMPLATE_REQUIRED]; /* shown to nobody */
	struct template_spot content; /* of the last value in an attribute */
	size_t errors;                /* that were reported */
	bool over;                    /* no use to go on after this one */
	struct err *err;
};

/* After an error: true where it ends the work; else it has been told of. */
bool template_work_gives_up(struct template_work *b);

/* What is required is seen once it is shown to everyone: outside of sections,
 * and where it can be seen.
 */
void template_work_shown(struct template_work *b,
    const struct template_name *name, struct template_spot spot);

/* A new node, or NULL with its error. */
struct template_node *
template_work_node(struct template_work *b, enum template_node_kind kind);
/* Text of the template itself. */
int
template_work_literal(struct template_work *b, const char *text, size_t len);

#endif
