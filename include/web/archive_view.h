/* SPDX-License-Identifier: ISC */
/*
 * archive_view - the pages of web/archive, from rows to HTML.
 *
 * Of web/archive. Pure once the templates are loaded (web/pages).
 */
#ifndef NASHRA_WEB_ARCHIVE_VIEW_H
#define NASHRA_WEB_ARCHIVE_VIEW_H

#include "base/err.h"
#include "base/str.h"
#include "model/issue_archive.h"
#include "model/list.h"
#include "web/pages.h"

#include <stddef.h>
#include <stdint.h>

/* A line of the index. */
struct archive_front {
	int64_t number;
	int64_t date;
	int64_t articles;
	char *title; /* "" where it has no article */
};

struct archive_index {
	const struct list *list;
	const struct archive_front *fronts; /* newest first */
	size_t count;
	int64_t older; /* number of the newest that is not here, or 0 */
	const char *nonce;
};

/* An article of an issue; "" where there is none of it. */
struct archive_story {
	char *title, *link, *author, *excerpt;
	char *body; /* HTML as of text/sanitise */
	char *section, *image_url;
	int64_t published;
	int64_t image_width, image_height; /* pixels, 0: unknown */
};

struct archive_page {
	const struct list *list;
	const struct issue_front *issue;
	struct issue_beside beside;
	const struct archive_story *stories;
	size_t count; /* of which there is room for on the page */
	const char *nonce;
};

/* Append the page; what does not fit makes `out` bad. */
int archive_view_index(struct str *out, const struct pages *pages,
    const struct archive_index *index, struct err *err);
int archive_view_issue(struct str *out, const struct pages *pages,
    const struct archive_page *page, struct err *err);

#endif
