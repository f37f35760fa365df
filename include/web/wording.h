/* SPDX-License-Identifier: ISC */
/*
 * wording - the catalogue and the templates of the pages, by language.
 *
 * Each language is read when it is first asked for, and kept.
 */
#ifndef NASHRA_WEB_WORDING_H
#define NASHRA_WEB_WORDING_H

#include "base/conf.h"
#include "base/err.h"
#include "mail/template.h"
#include "text/message.h"

struct wording;

/* What all pages of a language share. */
struct wording_set {
	struct messages *messages;
	struct template *page, *archive, *issue;
};

/* The settings are borrowed. */
int wording_new(struct wording **out, const struct conf *conf, struct err *err);
void wording_free(struct wording *wording);
/* ERR_CONFIG for what a file has wrong, with its line. */
int wording_in(struct wording *wording, enum conf_language language,
    const struct wording_set **out, struct err *err);

#endif
