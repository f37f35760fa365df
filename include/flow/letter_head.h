/* SPDX-License-Identifier: ISC */
/*
 * letter_head - the headers of a letter, each with what writes it.
 *
 * All but those of MIME, which come with the body (mail/mime). Pure.
 */
#ifndef NASHRA_FLOW_LETTER_HEAD_H
#define NASHRA_FLOW_LETTER_HEAD_H

#include "base/err.h"
#include "base/str.h"
#include "flow/kit.h"
#include "flow/letter.h"

#include <stdbool.h>

struct letter_head_input {
	const struct kit *kit;
	const struct letter *mail;
	const char *subject;
	const char *leave; /* the link by which the reader leaves; or NULL */
};

struct letter_head {
	const char *name;
	bool personal; /* differs between two letters of one body */
	/* Appends the whole header. */
	int (*add)(struct str *out, const char *name,
	    const struct letter_head_input *in, struct err *err);
};

/* In their order, up to a row without a name. */
#define LETTER_HEAD_MAX 13
extern const struct letter_head letter_head_digest[LETTER_HEAD_MAX];
extern const struct letter_head letter_head_confirm[LETTER_HEAD_MAX];
extern const struct letter_head letter_head_welcome[LETTER_HEAD_MAX];
extern const struct letter_head letter_head_goodbye[LETTER_HEAD_MAX];

/* Appends all of them. */
int letter_head_add(struct str *out, const struct letter_head *heads,
    const struct letter_head_input *in, struct err *err);

#endif
