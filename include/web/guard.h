/* SPDX-License-Identifier: ISC */
/*
 * guard - keeps machines from filling in the form.
 *
 * Pure: the moment is passed in. Counts attempts per client in memory, which
 * a restart forgets: what must hold for longer (mails to one address) is
 * counted by flow/signup on disk.
 */
#ifndef NASHRA_WEB_GUARD_H
#define NASHRA_WEB_GUARD_H

#include "base/token.h"
#include "web/client.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GUARD_BUCKETS 2048 /* clients remembered at once */
#define GUARD_BURST   20   /* attempts in one go: many share one address */
#define GUARD_REFILL  60   /* seconds that give one attempt back */

#define GUARD_FORM_MIN 2              /* seconds: nobody types faster */
#define GUARD_FORM_MAX INT64_C(86400) /* seconds a shown form stays good */

struct guard_bucket {
	unsigned char key[CLIENT_KEY];
	int64_t full; /* when all attempts are there again */
};

/* Zeroed it is empty. */
struct guard {
	struct guard_bucket buckets[GUARD_BUCKETS];
};

/* Takes one attempt. False where none is left; `wait` is then the seconds
 * until there is one. */
bool guard_take(struct guard *guard, const struct client *client, int64_t now,
    int64_t *wait);

enum guard_verdict {
	GUARD_PASS,
	GUARD_TRAP,  /* a field was filled that people do not see */
	GUARD_AGAIN, /* show the form again, with a fresh time */
};

/* `trap` and `shown_at` are the form's fields `website` and `t`, "" where the
 * form has none: a plain form on another site cannot know the time. */
enum guard_verdict guard_form(const struct token_ring *ring, const char *trap,
    const char *shown_at, int64_t now);

#endif
