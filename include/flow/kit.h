/* SPDX-License-Identifier: ISC */
/*
 * kit - what it takes to write mail: templates, catalogue, sender, key.
 *
 * Loaded once by a process that composes; read by flow/compose and
 * flow/letter.
 */
#ifndef NASHRA_FLOW_KIT_H
#define NASHRA_FLOW_KIT_H

#include "base/conf.h"
#include "base/err.h"
#include "mail/address.h"
#include "mail/dkim.h"
#include "mail/template.h"
#include "text/message.h"

#include <stdbool.h>

struct kit {
	const struct conf *conf; /* borrowed */
	struct messages *messages;
	struct template *digest_html, *digest_text;
	struct template *confirm_html, *confirm_text;
	struct template_style style;
	struct mailbox from;
	struct address bounce;
	struct address admin; /* its wire is "" where none is set */
	struct dkim *dkim;    /* NULL: mail goes unsigned */
};

/* `sign`: load the DKIM key too, where the settings have one. ERR_CONFIG with
 * file and line for what the settings or the templates have wrong. */
int
kit_new(struct kit **out, const struct conf *conf, bool sign, struct err *err);
void kit_free(struct kit *kit);
/* The settings alone: what every role refuses to start with. */
int kit_check(const struct conf *conf, struct err *err);

/* One row of an array of template values. */
#define KIT_TEXT(n, t)                                                         \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_TEXT, .text = (t)           \
	}
#define KIT_URL(n, t)                                                          \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_URL, .text = (t)            \
	}
#define KIT_NUMBER(n, v)                                                       \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_NUMBER, .number = (v)       \
	}
#define KIT_DATE(n, v)                                                         \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_DATE, .number = (v)         \
	}
#define KIT_BOOL(n, v)                                                         \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_BOOL, .number = (v)         \
	}

#endif
