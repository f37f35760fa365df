/* SPDX-License-Identifier: ISC */
/*
 * notice_text - the words of a mail to the admin: what stands still, and why.
 *
 * Made by the templates notice.txt and notice.html, in the language of the
 * settings. Pure but for a line in the log.
 */
#ifndef NASHRA_FLOW_NOTICE_TEXT_H
#define NASHRA_FLOW_NOTICE_TEXT_H

#include "base/err.h"
#include "base/str.h"
#include "flow/kit.h"
#include "model/trouble.h"

#define NOTICE_TEXT_MOST 32     /* in one mail; the next one has the others */
#define NOTICE_TEXT_MAX  262144 /* bytes of one mail */
/* Between the text and the html of one mail: no value and no template may hold
 * it. */
#define NOTICE_TEXT_BREAK '\f'

/* What there is to tell. */
struct notice_tale {
	int64_t now;
	int count;
	struct trouble of[NOTICE_TEXT_MOST];
};

/* Appends the subject, an empty line, the text, NOTICE_TEXT_BREAK and the html.
 * Where a template cannot render what there is, the bare sentences are the text
 * and there is no html: whatever is wrong with it keeps no notice back. */
int notice_text_add(struct str *out, const struct kit *kit,
    const struct notice_tale *tale, struct err *err);

#endif
