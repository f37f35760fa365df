/* SPDX-License-Identifier: ISC */
/*
 * issue_archive - the issues of a list as everybody may read them.
 *
 * Of model/issue. Issues that were cancelled are not among them. Reads the
 * views `issue_front` and `issue_story`; knows nothing of readers.
 */
#ifndef NASHRA_MODEL_ISSUE_ARCHIVE_H
#define NASHRA_MODEL_ISSUE_ARCHIVE_H

#include "base/err.h"
#include "model/article.h"
#include "store/db.h"

#include <stdint.h>

struct issue_front {
	int64_t id;
	int64_t list_id;
	int64_t number;
	int64_t frozen;
	int64_t articles;
	const char *title; /* of the first article, "" where there is none */
};

/* The issue of a number, without its title: 1 found, 0 none. */
int issue_archive_find(struct db *db, int64_t list_id, int64_t number,
    struct issue_front *out, struct err *err);
/* Numbers of the issues before and after; 0 where there is none. */
struct issue_beside {
	int64_t previous, next;
};
int issue_archive_beside(struct db *db, const struct issue_front *issue,
    struct issue_beside *out, struct err *err);

/* Newest first, at most `max`; texts are borrowed for the call. */
typedef int issue_front_fn(const struct issue_front *issue, void *arg);
int issue_archive_each(struct db *db, int64_t list_id, int64_t max,
    issue_front_fn *fn, void *arg, struct err *err);
/* The articles of an issue in their order: title, link, author, texts, date,
 * section and picture of each. `fn` returns 1 when it has seen enough. */
int issue_archive_stories(struct db *db, const struct issue_front *issue,
    article_fn *fn, void *arg, struct err *err);

#endif
