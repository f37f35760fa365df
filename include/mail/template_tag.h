/* SPDX-License-Identifier: ISC */
/*
 * template_tag - {{what stands between braces}}: the syntax of templates.
 *
 * For mail/template*.c alone. Knows filters, but not which names there are.
 * Pure; every error is ERR_CONFIG with its place.
 */
#ifndef NASHRA_MAIL_TEMPLATE_TAG_H
#define NASHRA_MAIL_TEMPLATE_TAG_H

#include "mail/template_filter.h"
#include "mail/template_source.h"

#include <stdbool.h>
#include <stddef.h>

struct template_tag {
	struct template_spot spot;
	char sigil;       /* one of # ^ / > ! { & =, or '\0' */
	const char *text; /* inside the braces, trimmed, without the sigil */
	size_t len;
	/* What it takes out of the text: its braces, or its whole line. */
	size_t open;
	size_t close;
};

/* The first tag from `at` on: 1, or 0 where there is none. */
int template_tag_next(struct template_tag *out,
    const struct template_source *source, size_t at, struct err *err);

/* Reads a tag that holds a name and nothing else. */
int template_tag_name(
    char out[TEMPLATE_WORD], const struct template_tag *tag, struct err *err);

/* name|filter|filter:argument, or t:key */
struct template_expression {
	bool sentence; /* `name` is a key of the catalogue */
	char name[TEMPLATE_WORD];
	struct template_call calls[TEMPLATE_FILTERS];
	size_t filters;
};
int template_tag_expression(struct template_expression *out,
    const struct template_tag *tag, struct err *err);

#endif
