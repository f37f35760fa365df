/* SPDX-License-Identifier: ISC */
/*
 * archive - what was sent, as pages that everybody may read.
 *
 * Handlers for web/site's table. Nothing in these pages is a reader's own; a
 * list that keeps its issues to itself has none (404).
 */
#ifndef NASHRA_WEB_ARCHIVE_H
#define NASHRA_WEB_ARCHIVE_H

#include "base/err.h"
#include "web/site.h"

/* As route_fn: all issues of a list, the newest as a feed, and one of them. */
int archive_list(struct visit *visit, struct err *err);
int archive_feed(struct visit *visit, struct err *err);
int archive_issue(struct visit *visit, struct err *err);

#endif
