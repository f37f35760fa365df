/* SPDX-License-Identifier: ISC */
/*
 * mould - the body of a message that many readers get, encoded once.
 *
 * Gives, byte for byte, what template_splice() and mime_body_add() make of
 * a rendered body and its holes. While the values keep their lengths, only
 * the digits of base64 around the holes are written anew; for another length,
 * or a value that is not plain ASCII, the whole body is. Holds about four
 * times the size of the body. Pure.
 */
#ifndef NASHRA_MAIL_MOULD_H
#define NASHRA_MAIL_MOULD_H

#include "base/err.h"
#include "mail/mime.h"
#include "mail/template_render.h"

#include <stddef.h>

struct mould;

/* `body`: rendered, with marks where the holes are. Copies it. */
int
mould_new(struct mould **out, const struct mime_body *body, struct err *err);
void mould_free(struct mould *mould);

/* Good until the mould is filled again. */
struct mould_cast {
	const char *head; /* the last headers, from "MIME-Version" */
	size_t head_len;
	const char *body; /* what follows the empty line */
	size_t body_len;
	/* Casts of one layout are of one length and begin with the same bytes
	 * of body. Where they differ, all of them have digits of base64. */
	unsigned layout;
	size_t fixed;
};
int mould_fill(struct mould *mould, const struct template_hole *holes,
    struct mould_cast *out, struct err *err);

#endif
