/* SPDX-License-Identifier: ISC */
/*
 * kit - what it takes to write mail: templates, catalogue, sender, key.
 *
 * Loaded once by a process that composes; read by flow/compose and
 * flow/letter. What only some list needs is read when that list is met.
 */
#ifndef NASHRA_FLOW_KIT_H
#define NASHRA_FLOW_KIT_H

#include "base/conf.h"
#include "base/err.h"
#include "flow/shelf.h"
#include "mail/address.h"
#include "mail/dkim.h"
#include "mail/template.h"
#include "model/list.h"
#include "text/message.h"

#include <stdbool.h>

struct kit {
	const struct conf *conf; /* borrowed */
	struct shelf *shelf;
	const struct messages *messages;  /* of the site's language */
	struct template_style style;      /* of the site */
	const struct shelf_parts *notice; /* in its language */
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

/* How the mails of one list are written: as the settings say, but for what it
 * has of its own. */
struct kit_look {
	enum conf_language language;
	const struct shelf_words *words;
	struct template_style style;
};
const char *kit_language_tag(const struct kit *kit, const struct list *list);
int kit_look(const struct kit *kit, const struct list *list,
    struct kit_look *out, struct err *err);
/* The same for a reader who has chosen digits: one more than enum conf_digits,
 * or 0 for the list's. English has Latin ones alone, whoever wants others. */
int kit_look_of(const struct kit *kit, const struct list *list, int digits,
    struct kit_look *out, struct err *err);
/* Its templates. */
int kit_digest(const struct kit *kit, const struct list *list,
    const struct shelf_digest **out, struct err *err);

/* One row of an array of template values. */
#define KIT_TEXT(n, t)                                                         \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_TEXT, .text = (t)           \
	}
#define KIT_HTML(n, t)                                                         \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_HTML, .text = (t)           \
	}
#define KIT_URL(n, t)                                                          \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_URL, .text = (t)            \
	}
#define KIT_COLOR(n, t)                                                        \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_COLOR, .text = (t)          \
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
#define KIT_LIST(n, i, c)                                                      \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_LIST, .items = (i),         \
		.count = (c)                                                   \
	}

#endif
