/* SPDX-License-Identifier: ISC */
/*
 * consent - what a reader agreed to, when, and how we know.
 *
 * Owns table `consent`. Rows are added, never changed.
 */
#ifndef NASHRA_MODEL_CONSENT_H
#define NASHRA_MODEL_CONSENT_H

#include "base/err.h"
#include "store/db.h"

#include <stdint.h>

struct consent {
	int64_t subscription_id;
	const char *event;   /* "ask", "confirm", "add", "leave" */
	const char *source;  /* "form", "admin", "mail", "page", "one-click" */
	const char *wording; /* the sentence that was shown, "" where none */
	const char *client;  /* network address, "" where none */
	int64_t at;
};

int consent_add(struct db *db, const struct consent *consent, struct err *err);

/* Oldest first; the texts are borrowed for the call. */
typedef int consent_fn(const struct consent *consent, void *arg);
int consent_each(struct db *db, int64_t subscription_id, consent_fn *fn,
    void *arg, struct err *err);

#endif
