/* SPDX-License-Identifier: ISC */
/*
 * template_hole - urls, and the places in a rendered body that wait for one.
 *
 * A rendered body is literals, with marks where only the recipient's row
 * knows what stands there; template_splice() fills those, into a string that
 * grows once and is then used again: it allocates nothing of its own. Pure.
 */
#ifndef NASHRA_MAIL_TEMPLATE_HOLE_H
#define NASHRA_MAIL_TEMPLATE_HOLE_H

#include "base/err.h"
#include "base/str.h"
#include "mail/template_names.h"

#include <stdbool.h>
#include <stddef.h>

/* The byte that begins and ends a hole: in no template (template_source), and
 * in no value (template_render). */
#define TEMPLATE_MARK '\x01'

struct template_hole {
	const char *name;
	const char *value;
};

/* Fills the holes of a rendered body. `holes` ends with a NULL name; each
 * value is text, escaped as its place asks. A hole without a value is
 * ERR_SYSTEM. */
int template_splice(struct str *out, const char *rendered, size_t len,
    const struct template_hole *holes, struct err *err);
/* The first hole of a rendered body, with its marks: template_splice() makes
 * its value of these bytes alone. A damaged one goes on to the end. */
bool
template_find_hole(const char *rendered, size_t len, size_t *at, size_t *size);

/* For mail/template*.c: leaves a hole. */
void
template_hole_add(struct str *out, const char *name, enum template_mode mode);
/* For mail/template*.c: text of a mode. */
void
template_hole_text(struct str *out, const char *text, enum template_mode mode);
/* For mail/template*.c: http, https or mailto, a path of ours, or "". */
bool template_hole_url_ok(const char *url);
/* For mail/template*.c: "#rrggbb", or "". */
bool template_hole_color_ok(const char *color);
/* For mail/template*.c: ERR_DATA where it is no such url. */
int template_hole_url(struct str *out, const char *name, const char *url,
    enum template_mode mode, struct err *err);

#endif
