/* SPDX-License-Identifier: ISC */
/*
 * shelf - the catalogues and templates of mails, by language and by name.
 *
 * Each is read when it is first asked for, and kept: one language alone costs
 * nothing of the other. What is on the shelf lives as long as it does.
 */
#ifndef NASHRA_FLOW_SHELF_H
#define NASHRA_FLOW_SHELF_H

#include "base/conf.h"
#include "base/err.h"
#include "mail/template.h"
#include "text/message.h"

struct shelf;

/* The mails that are not digests. */
enum shelf_mail {
	SHELF_CONFIRM,
	SHELF_WELCOME,
	SHELF_GOODBYE,
	SHELF_NOTICE,
	SHELF_MAILS
};
struct shelf_parts {
	struct template *html, *text;
};
/* What all mails of a language share. */
struct shelf_words {
	struct messages *messages;
	struct shelf_parts mails[SHELF_MAILS];
};
/* What the digests of one look are made with. */
struct shelf_digest {
	struct template *html, *text;
	struct template *subject, *preheader;
};
#define SHELF_DEFAULT TEMPLATE_LOOK

/* The settings are borrowed. */
int shelf_new(struct shelf **out, const struct conf *conf, struct err *err);
void shelf_free(struct shelf *shelf);

/* ERR_CONFIG for what a file has wrong, with its line. */
int shelf_words(struct shelf *shelf, enum conf_language language,
    const struct shelf_words **out, struct err *err);
/* `name` "" is SHELF_DEFAULT. Of digest-NAME.html and .txt, both; of
 * subject-NAME.txt and preheader-NAME.txt each, or those without a name. The
 * default's may be called digest.html and digest.txt, as they once were. */
int shelf_digest(struct shelf *shelf, enum conf_language language,
    const char *name, const struct shelf_digest **out, struct err *err);

#endif
