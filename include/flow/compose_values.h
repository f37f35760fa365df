/* SPDX-License-Identifier: ISC */
/*
 * compose_values - what the templates of a digest are given.
 *
 * Of flow/compose. Pure.
 */
#ifndef NASHRA_FLOW_COMPOSE_VALUES_H
#define NASHRA_FLOW_COMPOSE_VALUES_H

#include "base/str.h"
#include "flow/compose.h"
#include "flow/kit.h"
#include "mail/template.h"

#include <stdbool.h>
#include <stddef.h>

struct compose_values;

/* How much of the articles there is to be shown. */
struct compose_extent {
	size_t count;   /* of articles */
	size_t excerpt; /* graphemes; 0: none has an excerpt */
	size_t body;    /* bytes of HTML before it is dressed; 0: none */
};

/* For those templates: what they do not use is not made. All is borrowed for
 * its life. NULL: out of memory. */
struct compose_values *
compose_values_new(const struct kit *kit, const struct compose_issue *issue,
    const struct kit_look *look, const struct shelf_digest *digest);
void compose_values_free(struct compose_values *values);
/* Whether bodies of articles are shown. */
bool compose_values_has_bodies(const struct compose_values *values);

/* For the kinds `subject` and `preheader`, with the first title that long. */
const struct template_value *
compose_values_line(struct compose_values *values, size_t title);
/* The title of the list. */
const char *compose_values_title(const struct compose_values *values);
/* For the kind `digest`. */
struct compose_lines {
	struct str subject, preheader;
};
const struct template_value *
compose_values_digest(struct compose_values *values,
    const struct compose_lines *lines, const struct compose_extent *extent);

#endif
