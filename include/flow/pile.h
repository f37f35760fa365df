/* SPDX-License-Identifier: ISC */
/*
 * pile - the articles of an issue in the making, newest first: the ids of all,
 * the texts of those that the mail shows.
 *
 * For flow/digest.c. Reads; the caller decides what becomes of them.
 */
#ifndef NASHRA_FLOW_PILE_H
#define NASHRA_FLOW_PILE_H

#include "base/err.h"
#include "flow/compose.h"
#include "model/article.h"
#include "store/db.h"

#include <stddef.h>
#include <stdint.h>

struct pile {
	struct compose_article article[COMPOSE_ARTICLES];
	size_t count;
	int64_t *id;
	size_t total, room;
};

/* What a stream has not used yet. NULL with an error. */
struct pile *
pile_gather(struct db *db, const struct article_unused *which, struct err *err);
/* Whether it would be the same now: 1, 0, -1. */
int pile_still(const struct pile *pile, struct db *db,
    const struct article_unused *which, struct err *err);
void pile_free(struct pile *pile);

#endif
