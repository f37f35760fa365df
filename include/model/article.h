/* SPDX-License-Identifier: ISC */
/*
 * article - what a list's digests are made of, each once.
 *
 * Owns tables `article` and `article_key`; reads view `article_use`. An
 * article is known by every name it was ever seen under: the feed's guid, its
 * link, the hash of its title and text. A date is never a name, and a title
 * without a text only where there is nothing else.
 */
#ifndef NASHRA_MODEL_ARTICLE_H
#define NASHRA_MODEL_ARTICLE_H

#include "base/err.h"
#include "base/str.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

#define ARTICLE_TITLE_MAX   1000   /* bytes */
#define ARTICLE_BODY_MAX    262144 /* bytes of plain text */
#define ARTICLE_CONTENT_MAX 131072 /* bytes of HTML */
#define ARTICLE_GUID_MAX    2048
#define ARTICLE_LINK_MAX    2048

struct article {
	int64_t id;
	int64_t list_id;
	int64_t feed_id;  /* 0: by hand */
	const char *guid; /* "" where there is none; kept as a key alone */
	const char *title;
	const char *link;
	const char *author;
	const char *body;      /* plain text, clean */
	const char *content;   /* HTML as of text/sanitise; NULL: none */
	const char *section;   /* its first category; "" and NULL: none */
	const char *image_url; /* likewise */
	int64_t image_width, image_height; /* pixels, 0: unknown */
	int64_t published;
	bool seeded; /* was there before the feed was added: in no digest */
	int64_t created;
};

/* Adds it, or finds that it is known and learns its new names. 1 added (id is
 * filled), 0 known. ERR_INPUT: neither title nor text, or over a limit. */
int article_add(struct db *db, struct article *article, struct err *err);

/* The articles that a stream (list and cadence) has not used, newest first;
 * texts are borrowed for the call. */
typedef int article_fn(const struct article *article, void *arg);
struct article_unused {
	int64_t list_id;
	const char *every; /* name of the cadence */
};
int article_each_unused(struct db *db, const struct article_unused *which,
    article_fn *fn, void *arg, struct err *err);

#endif
