/* SPDX-License-Identifier: ISC */
/*
 * mailroom - what the tests of the outbox and of its family stand on: rows in
 * any state and in anybody's hands, and issues with their rows.
 *
 * Comes after house.h.
 */
#ifndef NASHRA_TESTS_MAILROOM_H
#define NASHRA_TESTS_MAILROOM_H

#include "model/issue.h"
#include "model/outbox.h"
#include "model/outbox_add.h"
#include "model/outbox_list.h"
#include "model/outbox_queue.h"
#include "model/pace.h"

#include <string.h>

#define ME    "11111111-1111-4111-8111-111111111111"
#define OTHER "22222222-2222-4222-8222-222222222222"

/* A confirm mail. */
static inline int64_t
mailroom_confirm(struct db *db, const struct subscription *sub)
{
	struct err err = ERR_INIT;

	if (outbox_add_confirm(db, sub->id, NOW, &err) != 0)
		fail_msg("%s", err.msg);
	return db_last_id(db);
}

/* In a state of our choosing; in hand in the two states that are. */
static inline void
mailroom_put(
    struct db *db, int64_t id, enum outbox_state state, const char *owner)
{
	bool held = state == OUTBOX_LEASED || state == OUTBOX_STARTED;
	struct err err = ERR_INIT;

	assert_int_equal(
	    db_run(db, "UPDATE outbox SET state = ?2, owner = ?3 WHERE id = ?1",
		DB_ARGS(db_int(id), db_text(outbox_state_name(state)),
		    db_text(held ? owner : NULL)),
		&err),
	    0);
	assert_int_equal(db_changes(db), 1);
}

static inline int
mailroom_copy(const struct db_row *row, void *arg)
{
	outbox_read(row, arg);
	return 0;
}

static inline struct outbox
mailroom_get(struct db *db, int64_t id)
{
	struct outbox row;
	struct err err = ERR_INIT;

	assert_int_equal(
	    db_each(db, "SELECT " OUTBOX_COLUMNS " FROM outbox WHERE id = ?1",
		DB_ARGS(db_int(id)), mailroom_copy, &row, &err),
	    1);
	return row;
}

static inline void
mailroom_state(struct db *db, int64_t id, enum outbox_state wanted)
{
	struct outbox row = mailroom_get(db, id);

	assert_string_equal(
	    outbox_state_name(row.state), outbox_state_name(wanted));
}

/* What has a pace from now on; a domain, and with it queues of its own. */
static inline void
mailroom_pace(struct db *db, enum pace_scope scope, const char *name)
{
	const struct pace pace = {
	    .scope = scope, .name = name, .day = PACE_NO_DAY};
	const struct pace_now now = {.ms = NOW * 1000, .day = NOW / 86400};
	struct err err = ERR_INIT;

	if (pace_ensure(db, &pace, &now, &err) != 0)
		fail_msg("%s", err.msg);
}

/* The nth issue of a list with a row for each of its readers. */
static inline int64_t
mailroom_issue(struct db *db, const struct list *list, int64_t number)
{
	struct issue issue = {.list_id = list->id,
	    .number = number,
	    .every = LIST_DAY,
	    .window_start = NOW + number * 86400,
	    .window_end = NOW + (number + 1) * 86400,
	    .frozen = NOW};
	struct issue_body body = {.subject = (char[]){"s"},
	    .html = (char[]){"h"},
	    .text = (char[]){"t"}};
	struct outbox_issue mail = {.list_id = list->id,
	    .every = "day",
	    .digits = "arab",
	    .arab = "arab"};
	struct err err = ERR_INIT;
	int64_t n;

	assert_int_equal(issue_add(db, &issue, &err), 0);
	body.issue_id = issue.id;
	assert_int_equal(issue_add_body(db, &body, "arab-html", &err), 0);
	mail.issue_id = issue.id;
	assert_int_equal(outbox_add_issue(db, &mail, NOW, &n, &err), 0);
	return issue.id;
}

/* Leases from one queue for an owner; returns how many. */
static inline int
mailroom_claim(struct db *db, const char *owner, int64_t issue_id,
    const char *pace, struct outbox *out, int max)
{
	struct outbox_queue queue = {.issue_id = issue_id};
	const struct outbox_queue_claim claim = {
	    .owner = owner, .queue = &queue, .max = max};
	struct err err = ERR_INIT;
	int n;

	assert_true(str_fit(queue.pace, sizeof(queue.pace), pace));
	n = outbox_queue_claim(db, &claim, out, &err);
	if (n < 0)
		fail_msg("%s", err.msg);
	return n;
}

#endif
