/* SPDX-License-Identifier: ISC */
/*
 * compose - the bodies of a digest, from articles to literals and holes.
 *
 * Rendered once per issue, whoever reads it; flow/letter makes each reader's
 * message of them. Changes nothing in the database.
 */
#ifndef NASHRA_FLOW_COMPOSE_H
#define NASHRA_FLOW_COMPOSE_H

#include "base/err.h"
#include "base/str.h"
#include "flow/kit.h"
#include "model/issue.h"
#include "model/list.h"

#include <stddef.h>
#include <stdint.h>

/* Articles that one digest shows, and those of them that have an excerpt: the
 * others are titles alone, and what is more than that is one counted line, so
 * that the mail is not cut off by readers' mail programs (about 100 KB). */
#define COMPOSE_ARTICLES 60
#define COMPOSE_EXCERPTS 20
#define COMPOSE_EXCERPT  280 /* graphemes */

struct compose_article {
	char *title, *link, *author, *body;
	int64_t published;
};

struct compose_issue {
	const struct list *list;
	int64_t number;
	int64_t date;
	const struct compose_article *articles; /* in the order to show */
	size_t count;                           /* COMPOSE_ARTICLES at most */
	size_t total; /* of the issue, those not shown included */
};

/* Subject, HTML and text of a digest, with holes; out->subject, html and text
 * are the caller's, for issue_body_release(). */
int compose_digest(const struct kit *kit, const struct compose_issue *issue,
    struct issue_body *out, struct err *err);

/* The same digest as a reader's mail program would show it, for looking at:
 * its links belong to no subscription. `html` and `text` may be NULL. */
int compose_show(const struct kit *kit, const struct issue_body *body,
    struct str *html, struct str *text, struct err *err);

#endif
