/* SPDX-License-Identifier: ISC */
/*
 * harvest - what a feed held becomes articles.
 *
 * Within the caller's transaction.
 */
#ifndef NASHRA_FLOW_HARVEST_H
#define NASHRA_FLOW_HARVEST_H

#include "base/err.h"
#include "feed/parse.h"
#include "model/feed.h"
#include "store/db.h"

#include <stdint.h>

/* Adds what is new, as seen where the feed is to be seeded, and takes over the
 * feed's title. *fresh is how many articles were not known. */
int harvest(struct db *db, struct feed *feed, const struct parse_feed *parsed,
    int64_t now, int64_t *fresh, struct err *err);

#endif
