/* SPDX-License-Identifier: ISC */
/*
 * compose - what our mails say: from rows to finished messages.
 *
 * Holds the mail templates, the catalogue, the sender and the signing key.
 * Changes nothing in the database.
 */
#ifndef NASHRA_FLOW_COMPOSE_H
#define NASHRA_FLOW_COMPOSE_H

#include "base/conf.h"
#include "base/err.h"
#include "base/str.h"
#include "base/token.h"
#include "mail/address.h"
#include "model/issue.h"
#include "model/list.h"
#include "model/outbox.h"
#include "model/subscription.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Articles that one digest holds at most, and those of them that show an
 * excerpt: the others are titles alone, so that the mail is not cut off by
 * readers' mail programs (about 100 KB). */
#define COMPOSE_ARTICLES 100
#define COMPOSE_EXCERPTS 20
#define COMPOSE_EXCERPT  280 /* graphemes */

struct compose;

/* `sign`: load the DKIM key too, where the settings have one. Borrows conf.
 * ERR_CONFIG with file and line for what the settings or the templates have
 * wrong. */
int compose_new(struct compose **out, const struct conf *conf, bool sign,
    struct err *err);
void compose_free(struct compose *compose);
bool compose_signs(const struct compose *compose);

struct compose_article {
	char *title, *link, *author, *body;
	int64_t published;
};

struct compose_issue {
	const struct list *list;
	int64_t number;
	int64_t date;
	const struct compose_article *articles; /* in the order to show */
	size_t count;
};

/* Subject, HTML and text of a digest, with holes; out->subject, html and text
 * are the caller's, for issue_body_release(). */
int compose_digest(struct compose *compose, const struct compose_issue *issue,
    struct issue_body *out, struct err *err);

/* All that one message is made of. */
struct compose_mail {
	enum outbox_kind kind;
	const struct list *list;
	const struct subscription *subscription;
	const struct issue *issue;     /* of a digest */
	const struct issue_body *body; /* of a digest */
	const char *uuid;              /* of a confirm mail */
	const char *token;             /* of a confirm mail: raw */
	int64_t now;
};

/* The envelope sender of a mail: sealed, so that a bounce names its row. */
void compose_sender(const struct compose *compose,
    const struct token_ring *ring, const struct compose_mail *mail,
    char out[ADDRESS_SIZE]);
/* The finished message, signed: headers, empty line, body, CRLF. */
int compose_message(struct compose *compose, const struct token_ring *ring,
    const struct compose_mail *mail, struct str *out, struct err *err);
/* The same digest as a reader's mail program would show it, for looking at:
 * links of no subscription. `html` and `text` may be NULL. */
int compose_show(struct compose *compose, const struct issue_body *body,
    struct str *html, struct str *text, struct err *err);

#endif
