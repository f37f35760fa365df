/* SPDX-License-Identifier: ISC */
/*
 * cast - what a mould must give, made the long way: holes filled, then the
 * whole body encoded. For mould_test and the fuzz target.
 */
#ifndef NASHRA_TESTS_CAST_H
#define NASHRA_TESTS_CAST_H

#include "mail/mould.h"

#include <string.h>

static inline int
cast_slowly(struct str *out, const struct mime_body *body,
    const struct template_hole *holes)
{
	struct mime_body filled = *body;
	struct err err = ERR_INIT;
	struct str text, html;
	int rc = -1;

	str_init(&text, MIME_MESSAGE_MAX);
	str_init(&html, MIME_MESSAGE_MAX);
	if (template_splice(&text, body->text, body->text_len, holes, &err) ==
		0 &&
	    (body->html == NULL || template_splice(&html, body->html,
				       body->html_len, holes, &err) == 0)) {
		filled.text = text.data;
		filled.text_len = text.len;
		filled.html = body->html != NULL ? html.data : NULL;
		filled.html_len = html.len;
		rc = mime_body_add(out, &filled, &err);
	}
	str_release(&text);
	str_release(&html);
	return rc;
}

/* Fills a mould and compares; "" or what is wrong. `last` is the cast before,
 * of this mould, with its text in `before`. */
static inline const char *
cast_check(struct mould *mould, const struct mime_body *body,
    const struct template_hole *holes, struct mould_cast *last,
    struct str *before)
{
	struct mould_cast cast = {.layout = 0};
	struct err err = ERR_INIT;
	struct str want;
	const char *wrong = "";
	int rc;

	str_init(&want, MIME_MESSAGE_MAX);
	rc = mould_fill(mould, holes, &cast, &err);
	if (cast_slowly(&want, body, holes) != rc) {
		wrong = "only one of the two ways can";
	} else if (rc == 0 &&
		   (cast.head + cast.head_len + 2 != cast.body ||
		       cast.head_len + 2 + cast.body_len != want.len ||
		       memcmp(cast.head, want.data, want.len) != 0)) {
		wrong = "another message";
	} else if (rc == 0 && cast.fixed > cast.body_len) {
		wrong = "more than all is fixed";
	} else if (rc == 0 && cast.layout == last->layout &&
		   (cast.body_len != last->body_len ||
		       cast.fixed != last->fixed ||
		       memcmp(cast.body, before->data, cast.fixed) != 0)) {
		wrong = "what is fixed changed";
	}
	if (rc == 0) {
		*last = cast;
		str_reset(before);
		str_add_bytes(before, cast.body, cast.body_len);
	}
	str_release(&want);
	return wrong;
}

#endif
