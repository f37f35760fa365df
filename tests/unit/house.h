/* SPDX-License-Identifier: ISC */
/* house - what the tests of store, model and flow stand on: a database in
 * memory with the schema, and rows to begin with. */
#ifndef NASHRA_TESTS_HOUSE_H
#define NASHRA_TESTS_HOUSE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "model/article.h"
#include "model/list.h"
#include "model/subscriber.h"
#include "model/subscription.h"
#include "store/db.h"
#include "store/schema.h"

#include <stdio.h>

#define NOW INT64_C(1764000000) /* 2025-11-24 16:00 UTC */

static inline struct db *
house_open(void)
{
	struct err err = ERR_INIT;
	struct db *db = NULL;

	assert_int_equal(db_open_raw(&db, ":memory:", 0, true, &err), 0);
	assert_int_equal(
	    schema_migrate(db, ":memory:", NOW, &err), schema_version());
	return db;
}

static inline struct list
house_list(struct db *db, const char *name)
{
	struct list list = {
	    .every = LIST_DAY, .unknown = LIST_RESEND, .created = NOW};
	struct err err = ERR_INIT;

	assert_true(str_fit(list.name, sizeof(list.name), name));
	assert_true(str_fit(list.title, sizeof(list.title), "نشرة التجربة"));
	assert_int_equal(list_add(db, &list, &err), 0);
	return list;
}

static inline struct subscription
house_reader(struct db *db, const struct list *list, const char *address,
    enum subscription_event event)
{
	struct subscriber who = {0};
	struct subscription sub;
	struct err err = ERR_INIT;

	assert_true(str_fit(who.address, sizeof(who.address), address));
	assert_true(str_fit(who.key, sizeof(who.key), address));
	assert_true(subscriber_ensure(db, &who, NOW, &err) >= 0);
	assert_true(
	    subscription_ensure(db, &sub, list->id, who.id, NOW, &err) >= 0);
	assert_true(subscription_move(db, &sub, event, NOW, &err) >= 0);
	return sub;
}

static inline int64_t
house_article(struct db *db, const struct list *list, const char *guid)
{
	struct article article = {
	    .list_id = list->id,
	    .guid = guid,
	    .title = guid,
	    .link = "",
	    .author = "سارة",
	    .body = guid,
	    .published = NOW - 3600,
	    .created = NOW,
	};
	struct err err = ERR_INIT;

	assert_int_equal(article_add(db, &article, &err), 1);
	return article.id;
}

/* The one value of a query; for looking at what the code has left behind. */
static inline int64_t
house_value(struct db *db, const char *sql)
{
	struct err err = ERR_INIT;
	int64_t value = -1;

	if (db_value(db, sql, DB_NO_ARGS, &value, &err) < 0)
		fail_msg("%s: %s", sql, err.msg);
	return value;
}

#endif
