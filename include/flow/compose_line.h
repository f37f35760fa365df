/* SPDX-License-Identifier: ISC */
/*
 * compose_line - the subject of a digest and its preheader, by templates.
 *
 * Of flow/compose. Pure.
 */
#ifndef NASHRA_FLOW_COMPOSE_LINE_H
#define NASHRA_FLOW_COMPOSE_LINE_H

#include "base/err.h"
#include "flow/compose_values.h"
#include "flow/shelf.h"

#define COMPOSE_SUBJECT   60  /* graphemes */
#define COMPOSE_PREHEADER 140 /* of which readers see 90 to 110 */

/* Adds both to `lines`, each of one line that is no longer than that. A
 * subject that says nothing becomes the title of the list. */
int compose_line_both(struct compose_lines *lines,
    struct compose_values *values, const struct shelf_digest *digest,
    const struct template_style *style, struct err *err);

#endif
