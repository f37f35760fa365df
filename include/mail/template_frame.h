/* SPDX-License-Identifier: ISC */
/*
 * template_frame - the values around a place while a template renders.
 *
 * For mail/template_render.c alone. A frame is an item of a list, an object,
 * or in a generic template any value whose section is open; the first one
 * holds the values of all. Borrows everything.
 */
#ifndef NASHRA_MAIL_TEMPLATE_FRAME_H
#define NASHRA_MAIL_TEMPLATE_FRAME_H

#include "base/err.h"
#include "mail/template_build.h"
#include "mail/template_render.h"
#include "mail/template_scope.h"

#include <stddef.h>

struct template_frame {
	const struct template_value *values;
	size_t index;
	size_t count; /* 0: no item of a list */
	struct template_value self[2];
};

struct template_frames {
	struct template_frame at[TEMPLATE_NEST + 1];
	size_t depth;
	size_t *steps; /* that are left: template_render.h */
};

/* What something costs; 0 are left where it was more than there were. */
void template_frame_take(const struct template_frames *frames, size_t steps);

/* The value of a node's name: 1, 0 where a generic template has none, -1 where
 * another has none or one of the wrong type. `own` is room for one that nobody
 * gave. */
int template_frame_find(const struct template_value **out,
    const struct template_frames *frames, const struct template_node *node,
    struct template_value *own, struct err *err);

/* Inside of: item `i` of a list, an object, any other value. */
void template_frame_item(struct template_frames *frames,
    const struct template_value *list, size_t i);
void template_frame_value(
    struct template_frames *frames, const struct template_value *value);

#endif
