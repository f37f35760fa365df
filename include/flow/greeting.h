/* SPDX-License-Identifier: ISC */
/*
 * greeting - the mails around a subscription: confirm, welcome, goodbye.
 *
 * Their subject and their parts, in the language, the digits and the format of
 * who gets them. Pure.
 */
#ifndef NASHRA_FLOW_GREETING_H
#define NASHRA_FLOW_GREETING_H

#include "base/err.h"
#include "base/str.h"
#include "flow/kit.h"
#include "model/list.h"
#include "model/outbox.h"
#include "model/subscription.h"

#include <stdbool.h>

/* What a greeting is made of. */
struct greeting_case {
	enum outbox_kind kind;
	const struct list *list;
	const struct subscription *reader;
	/* Each where the kind has one, or "". */
	const char *confirm_url, *leave_url;
};

struct greeting {
	struct str subject, text;
	struct str html; /* empty for who wants text alone */
};

/* False: no greeting goes by that name. */
bool greeting_kind(enum outbox_kind *out, const char *name);
/* Where a reader who left may come back. Appends to out. */
void greeting_way_back(
    const struct kit *kit, const struct list *list, struct str *out);

void greeting_init(struct greeting *out);
/* Wipes it too: a greeting may hold the token of a link. */
void greeting_release(struct greeting *greeting);
int greeting_render(const struct kit *kit, const struct greeting_case *of,
    struct greeting *out, struct err *err);

#endif
