/* SPDX-License-Identifier: ISC */
/*
 * template_scope - which names can be seen from a place in a template.
 *
 * For mail/template*.c alone. Pure; every error is ERR_CONFIG with its place
 * and says what was meant, most likely.
 */
#ifndef NASHRA_MAIL_TEMPLATE_SCOPE_H
#define NASHRA_MAIL_TEMPLATE_SCOPE_H

#include "mail/template_names.h"
#include "mail/template_tag.h"

#include <stdbool.h>
#include <stddef.h>

#define TEMPLATE_NEST 16 /* sections in sections */

struct template_scope {
	const struct template_kind_row *kind;
	struct {
		const struct template_name *names; /* of its items; or NULL */
		bool blind; /* nobody knows which names it has */
	} in[TEMPLATE_NEST];
	size_t depth;
};

/* The row of a name, innermost first; NULL, and an error, for one that is not
 * there. A generic template sees any well-formed name. */
const struct template_name *
template_scope_find(const struct template_scope *scope,
    struct template_spot spot, const char *name, struct err *err);

/* Which type comes out of a value's filters, where it can be printed. */
int
template_scope_type(enum template_type *out, const struct template_name *name,
    const struct template_expression *expression, enum template_mode mode,
    struct template_spot spot, struct err *err);

#endif
