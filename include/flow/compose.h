/* SPDX-License-Identifier: ISC */
/*
 * compose - the bodies of a digest, from articles to literals and holes.
 *
 * Rendered once for all who have chosen alike; flow/letter makes each reader's
 * message of them. Changes nothing in the database.
 */
#ifndef NASHRA_FLOW_COMPOSE_H
#define NASHRA_FLOW_COMPOSE_H

#include "base/err.h"
#include "base/str.h"
#include "flow/kit.h"
#include "model/issue.h"
#include "model/list.h"
#include "model/subscription.h"

#include <stddef.h>
#include <stdint.h>

#define COMPOSE_ARTICLES 200 /* of which a digest may show any */
#define COMPOSE_EXCERPT  280 /* graphemes, at most */

#define COMPOSE_BODY 65536 /* bytes of an article's HTML, at most */

/* Bytes of a message, as it is handed to a relay, less its signature. Mail
 * programs cut off what is larger than about 102 KB. Above the first the
 * articles' HTML is cut shorter and goes, where a template shows it; then the
 * excerpts shrink; and what does not fit under the second becomes one counted
 * line. */
#define COMPOSE_LARGE 70000
#define COMPOSE_MOST  95000

struct compose_article {
	char *title, *link, *author, *body;
	char *section, *image_url; /* "" where there is none */
	char *content;             /* sanitised HTML; "" and NULL: none */
	int64_t published;
	int64_t image_width, image_height; /* pixels, 0: unknown */
};

struct compose_issue {
	const struct list *list;
	int64_t number;
	int64_t date;
	const struct compose_article *articles; /* in the order to show */
	size_t count;                           /* COMPOSE_ARTICLES at most */
	size_t total; /* of the issue, those not at hand included */
	/* For whom: one more than enum conf_digits, or 0 for the list's. */
	int digits;
	enum subscription_format format;
};

/* The digits that such a body is in. */
int compose_digits(const struct kit *kit, const struct list *list, int digits,
    enum conf_digits *out, struct err *err);

/* Subject, HTML and text of a digest, with holes; out->subject, html and text
 * are the caller's, for issue_body_release(). html is "" for those who want
 * text alone. ERR_CONFIG: it passes COMPOSE_MOST without any article. */
int compose_digest(const struct kit *kit, const struct compose_issue *issue,
    struct issue_body *out, struct err *err);
/* The same to look at, whatever its size. */
int compose_preview(const struct kit *kit, const struct compose_issue *issue,
    struct issue_body *out, struct err *err);

/* The same digest as a reader's mail program would show it, for looking at:
 * its links belong to no subscription. `html` and `text` may be NULL. */
int compose_show(const struct kit *kit, const struct issue_body *body,
    struct str *html, struct str *text, struct err *err);

#endif
