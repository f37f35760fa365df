/* SPDX-License-Identifier: ISC */
/*
 * list - a newsletter: its name, title, sender and cadence.
 *
 * Owns table `list`.
 */
#ifndef NASHRA_MODEL_LIST_H
#define NASHRA_MODEL_LIST_H

#include "base/err.h"
#include "model/list_look.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

#define LIST_NAME_SIZE  64 /* letters, digits, '-' '_' '.'; in URLs */
#define LIST_TITLE_SIZE 256
#define LIST_FROM_SIZE  400

/* How often a stream of digests goes out. Stored and spelled as the name. */
enum list_every { LIST_INSTANT, LIST_DAY, LIST_WEEK, LIST_MONTH, LIST_EVERIES };

/* What becomes of a message whose delivery is uncertain. */
enum list_unknown { LIST_RESEND, LIST_HOLD, LIST_SKIP };

/* Whether everybody may read its issues. */
enum list_archive { LIST_ARCHIVE_YES, LIST_ARCHIVE_NO };

struct list {
	int64_t id;
	char name[LIST_NAME_SIZE];
	char title[LIST_TITLE_SIZE];
	char from[LIST_FROM_SIZE]; /* mailbox; "" means the settings' */
	enum list_every every;     /* default cadence of a reader */
	enum list_unknown unknown;
	enum list_archive archive;
	int64_t created;
	struct list_look look;
};

const char *list_every_name(enum list_every every);
bool list_every_parse(enum list_every *out, const char *name);
const char *list_unknown_name(enum list_unknown unknown);
bool list_unknown_parse(enum list_unknown *out, const char *name);
const char *list_archive_name(enum list_archive archive);
bool list_archive_parse(enum list_archive *out, const char *name);

/* ERR_INPUT for what no list can be called. */
int list_check_name(const char *name, struct err *err);
/* The same for its title, which stands in headers, mails and pages: one line
 * of UTF-8 with something to see in it. */
int list_check_title(const char *title, struct err *err);
/* Fills id. ERR_INPUT: bad name or title, or the name is taken. */
int list_add(struct db *db, struct list *list, struct err *err);
/* Saves all but id, name and created. ERR_INPUT as above. */
int list_save(struct db *db, const struct list *list, struct err *err);
/* 1 found, 0 none. */
int
list_find(struct db *db, const char *name, struct list *out, struct err *err);
int list_get(struct db *db, int64_t id, struct list *out, struct err *err);
/* As list_find, but no such list is ERR_NOTFOUND, said with what to do. */
int
list_need(struct db *db, const char *name, struct list *out, struct err *err);
/* Nothing has changed between the one and the other. */
bool list_same(const struct list *one, const struct list *other);
/* Calls fn for each, by name, until it returns non-zero. */
typedef int list_fn(const struct list *list, void *arg);
int list_each(struct db *db, list_fn *fn, void *arg, struct err *err);

#endif
