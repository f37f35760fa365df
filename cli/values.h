/* SPDX-License-Identifier: ISC */
/*
 * values - JSON as the values of a template.
 *
 * Owns what it makes; the texts are the document's, which has to live as long.
 */
#ifndef NASHRA_CLI_VALUES_H
#define NASHRA_CLI_VALUES_H

#include "doc.h"

#include "base/err.h"
#include "mail/template.h"

#include <stdbool.h>

#define VALUES_HOLES 4

struct values {
	const struct template_value *all;
	struct template_hole holes[VALUES_HOLES + 1];
	struct values_block *blocks;
};

/* For a template of the kind. A generic one gets all there is. Another gets
 * the names of its kind that it uses, a name with a dot from an object in the
 * object or from a key of that spelling; one that is missing or of another
 * type is ERR_INPUT, "list[2].name: reason". Html is sanitised and dressed, as
 * that of a feed is. Release it either way. */
struct values_for {
	const struct template *template;
	enum template_kind kind;
	bool rtl; /* where html says nothing of its direction */
};
int values_make(struct values *out, const struct doc *from,
    const struct values_for *made_for, struct err *err);
void values_release(struct values *values);

#endif
