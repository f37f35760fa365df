/* SPDX-License-Identifier: ISC */
/*
 * canon - a finished message taken apart, and DKIM's relaxed form of its
 * headers and body (RFC 6376 3.4.2, 3.4.4).
 *
 * Pure; headers and body point into the message.
 */
#ifndef NASHRA_MAIL_CANON_H
#define NASHRA_MAIL_CANON_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

#define CANON_NAME_SIZE 75 /* of a header's name, and NUL */

struct canon_header {
	char name[CANON_NAME_SIZE]; /* as it is written */
	const char *value;          /* all behind the colon... */
	size_t len;                 /* ...before the last CRLF, folds in it */
};

struct canon_message {
	struct canon_header *headers;
	size_t count;
	size_t cap;
	const char *body;
	size_t body_len;
};

/* ERR_INPUT for a CR or LF that stands alone, a header that h= could not
 * name, or no empty line after the headers. */
int canon_split(struct canon_message *out, const char *message, size_t len,
    struct err *err);
void canon_release(struct canon_message *message);

/* Appends "name:value", without a CRLF. */
void canon_header(struct str *out, const struct canon_header *header);
/* Appends the body; the length that it gives is to be hashed, as empty lines
 * at the end do not count. */
size_t canon_body(struct str *out, const char *body, size_t len);

#endif
