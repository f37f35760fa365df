/* SPDX-License-Identifier: ISC */
/*
 * form - the fields of a form that was sent.
 *
 * Pure: the whole body in, fields out; application/x-www-form-urlencoded and
 * multipart/form-data without files. Speaks libmicrohttpd's post processor,
 * which finds the content type in the connection it is given.
 */
#ifndef NASHRA_WEB_FORM_H
#define NASHRA_WEB_FORM_H

#include "base/err.h"

#include <stddef.h>

#define FORM_BODY   8192 /* bytes */
#define FORM_FIELDS 32
#define FORM_NAME   128 /* bytes of a name */

struct MHD_Connection;

struct form_field {
	const char *name;
	const char *value;
};

/* Zeroed it has no fields. Does not move: fields point into `text`. */
struct form {
	struct form_field fields[FORM_FIELDS];
	size_t count;
	size_t used;
	/* Decoded, nothing grows: all names and values, a NUL after each. */
	char text[FORM_BODY + 2 * FORM_FIELDS];
};

/* Names and values are valid UTF-8 without NUL. ERR_INPUT: another content
 * type, too much of anything, bad escapes, a name twice, a file; then
 * `out` has no fields. An empty body
 * is a form without fields, whatever its type. */
int form_parse(struct form *out, struct MHD_Connection *connection,
    const char *body, size_t len, struct err *err);

/* "" where there is no such field. */
const char *form_get(const struct form *form, const char *name);

#endif
