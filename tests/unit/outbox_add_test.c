/* SPDX-License-Identifier: ISC */
#include "counter.h"

#include <stdlib.h>

static void
an_issue_goes_to_its_audience_once(void **state)
{
	struct outbox_issue mail = {.list_id = list.id,
	    .every = "day",
	    .digits = "arab",
	    .arab = "arab"};
	struct list other = house_list(db, "other");
	struct subscription weekly, left;
	struct err err = ERR_INIT;
	int64_t n;

	(void)state;
	weekly = house_reader(db, &list, "w@example.org", SUBSCRIPTION_ADD);
	assert_int_equal(
	    subscription_set_every(db, &weekly, LIST_WEEK, NOW, &err), 0);
	left = house_reader(db, &list, "l@example.org", SUBSCRIPTION_ADD);
	assert_int_equal(
	    subscription_move(db, &left, SUBSCRIPTION_LEAVE, NOW, &err), 1);
	(void)house_reader(db, &list, "p@example.org", SUBSCRIPTION_ASK);
	(void)house_reader(db, &list, "b@example.org", SUBSCRIPTION_ADD);
	(void)house_reader(db, &other, "o@example.org", SUBSCRIPTION_ADD);
	mail.issue_id = mailroom_issue(db, &list, 1);
	assert_int_equal(house_value(db, "SELECT count(*) FROM outbox"), 2);
	/* a second row for the same issue and reader cannot be */
	assert_int_equal(outbox_add_issue(db, &mail, NOW, &n, &err), -1);
	assert_int_equal(house_value(db, "SELECT count(*) FROM outbox"), 2);
	mail.every = "week";
	assert_int_equal(outbox_add_issue(db, &mail, NOW, &n, &err), 0);
	assert_int_equal(n, 1);
	mail.every = "month";
	assert_int_equal(outbox_add_issue(db, &mail, NOW, &n, &err), 0);
	assert_int_equal(n, 0);
}

/* Domains of many kinds; those with a pace have queues of their own. */
static const struct {
	const char *address, *pace;
} domains[] = {
    {"x@slow.example", "slow.example"},
    {"y@slow.example", "slow.example"},
    {"x@fast.example", ""},
    {"x@sub.slow.example", ""},
    {"x@slow.example.org", ""},
    {"slow.example@fast.example", ""},
    {"x@xn--mgbh0fb.xn--kgbechtv", "xn--mgbh0fb.xn--kgbechtv"},
};
#define DOMAINS (sizeof(domains) / sizeof(*domains))

static void
a_row_stands_in_its_domains_queue(void **state)
{
	struct subscription subs[DOMAINS];
	struct outbox row;
	int64_t issue;

	(void)state;
	mailroom_pace(db, PACE_DOMAIN, "slow.example");
	mailroom_pace(db, PACE_DOMAIN, "xn--mgbh0fb.xn--kgbechtv");
	/* a relay of that name is no domain */
	mailroom_pace(db, PACE_RELAY, "fast.example");
	for (size_t i = 0; i < DOMAINS; i++) {
		subs[i] = house_reader(
		    db, &list, domains[i].address, SUBSCRIPTION_ADD);
		row = mailroom_get(db, mailroom_confirm(db, &subs[i]));
		assert_string_equal(row.pace, domains[i].pace);
		assert_int_equal(row.kind, OUTBOX_CONFIRM);
		assert_int_equal(row.issue_id, 0);
		assert_int_equal(row.list_id, list.id);
		assert_int_equal(row.subscription_id, subs[i].id);
	}
	issue = mailroom_issue(db, &list, 1);
	for (size_t i = 0; i < DOMAINS; i++) {
		assert_int_equal(
		    mailroom_claim(db, ME, issue, domains[i].pace, &row, 1), 1);
		assert_string_equal(row.pace, domains[i].pace);
		assert_int_equal(row.kind, OUTBOX_DIGEST);
		assert_int_equal(row.issue_id, issue);
		assert_string_equal(row.uuid, "");
		assert_true(row.body_id > 0);
	}
}

static void
a_new_row_is_blank(void **state)
{
	struct outbox row;

	(void)state;
	(void)mailroom_confirm(db, &reader);
	(void)mailroom_issue(db, &list, 1);
	assert_int_equal(
	    house_value(db,
		"SELECT count(*) FROM outbox WHERE state = 'queued'"
		" AND due = 1764000000 AND deadline = 1764172800"
		" AND created = 1764000000 AND attempts = 0 AND faults = 0"
		" AND uncertain = 0 AND owner IS NULL AND relay = ''"
		" AND reply_code = 0 AND reply_status = ''"
		" AND reply_text = '' AND started IS NULL AND finished IS NULL"
		" AND queue = COALESCE(issue_id, 0)"),
	    2);
	row = mailroom_get(db, 1);
	assert_int_equal(strlen(row.uuid), 36);
	assert_int_equal(row.deadline, NOW + OUTBOX_AGE);
}

static void
confirm_mails_are_counted_by_person(void **state)
{
	struct list second = house_list(db, "weekly");
	struct subscription other =
	    house_reader(db, &second, "a@example.org", SUBSCRIPTION_ASK);
	struct err err = ERR_INIT;
	int64_t when, n;

	(void)state;
	assert_int_equal(outbox_last_confirm(db, reader.id, &when, &err), 0);
	assert_int_equal(when, 0);
	assert_int_equal(outbox_add_confirm(db, reader.id, NOW, &err), 0);
	assert_int_equal(outbox_add_confirm(db, other.id, NOW + 5, &err), 0);
	/* digests do not count */
	(void)mailroom_issue(db, &list, 1);
	assert_int_equal(outbox_last_confirm(db, reader.id, &when, &err), 0);
	assert_int_equal(when, NOW);
	assert_int_equal(
	    outbox_count_confirms(db, reader.subscriber_id, NOW - 1, &n, &err),
	    0);
	assert_int_equal(n, 2);
	assert_int_equal(
	    outbox_count_confirms(db, reader.subscriber_id, NOW, &n, &err), 0);
	assert_int_equal(n, 1);
}

static void
goodbyes_are_counted_by_time(void **state)
{
	static const struct {
		int64_t since, until, n;
	} cases[] = {
	    {0, NOW, 1},
	    {0, NOW + 4, 1},
	    {0, NOW + 5, 2},
	    {NOW - 1, NOW + 5, 2},
	    {NOW, NOW + 5, 1},
	    {NOW, NOW + 4, 0},
	    {NOW + 5, NOW + 100, 0},
	};
	struct subscription other =
	    house_reader(db, &list, "b@example.org", SUBSCRIPTION_ADD);
	struct err err = ERR_INIT;
	int64_t n;

	(void)state;
	assert_int_equal(outbox_add_goodbye(db, reader.id, NOW, &err), 0);
	assert_int_equal(outbox_add_goodbye(db, reader.id, NOW + 5, &err), 0);
	/* others' do not count, nor other mails */
	assert_int_equal(outbox_add_goodbye(db, other.id, NOW, &err), 0);
	assert_int_equal(outbox_add_welcome(db, reader.id, NOW, &err), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(outbox_count_goodbyes(db, reader.id,
				     cases[i].since, cases[i].until, &n, &err),
		    0);
		assert_int_equal(n, cases[i].n);
	}
	/* one that nobody got never was */
	assert_int_equal(outbox_cancel_goodbye(db, reader.id, NOW, &err), 0);
	assert_int_equal(
	    outbox_count_goodbyes(db, reader.id, 0, NOW + 5, &n, &err), 0);
	assert_int_equal(n, 0);
	assert_int_equal(
	    outbox_count_goodbyes(db, other.id, 0, NOW + 5, &n, &err), 0);
	assert_int_equal(n, 1);
}

/* Each is a row of its own, that goes before digests. */
static void
a_greeting_is_a_row_of_its_own(void **state)
{
	static int (*const add[])(
	    struct db *, int64_t, int64_t, struct err *) = {
	    outbox_add_confirm, outbox_add_welcome, outbox_add_goodbye};
	static const enum outbox_kind kinds[] = {
	    OUTBOX_CONFIRM, OUTBOX_WELCOME, OUTBOX_GOODBYE};
	struct err err = ERR_INIT;
	struct outbox rows[3];

	(void)state;
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(add[i](db, reader.id, NOW, &err), 0);
	assert_int_equal(mailroom_claim(db, ME, 0, "", rows, 3), 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(rows[i].kind, kinds[i]);
		assert_int_equal(rows[i].issue_id, 0);
		assert_int_equal(rows[i].list_id, list.id);
		assert_int_equal(rows[i].subscription_id, reader.id);
		assert_int_equal(rows[i].deadline, NOW + OUTBOX_AGE);
		assert_int_equal(strlen(rows[i].uuid), 36);
	}
	assert_string_not_equal(rows[0].uuid, rows[1].uuid);
	assert_string_not_equal(rows[1].uuid, rows[2].uuid);
}

static void
a_notice_keeps_its_text(void **state)
{
	static const char *const texts[] = {"relay 'main' is down",
	    "الخادم لا يجيب\nمنذ ١٢ دقيقة", "", "'; DELETE FROM outbox; --"};
	struct str large;
	struct err err = ERR_INIT;
	int64_t when;
	char *text;

	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct outbox row;

		assert_int_equal(outbox_last_notice(db, &when, &err), 0);
		assert_int_equal(when, i > 0 ? NOW + (int64_t)i - 1 : 0);
		assert_int_equal(
		    outbox_add_notice(db, texts[i], NOW + (int64_t)i, &err), 0);
		row = mailroom_get(db, db_last_id(db));
		assert_int_equal(row.kind, OUTBOX_NOTICE);
		assert_int_equal(row.list_id, 0);
		assert_int_equal(row.subscription_id, 0);
		assert_int_equal(row.issue_id, 0);
		assert_int_equal(strlen(row.uuid), 36);
		assert_int_equal(
		    outbox_notice_text(db, row.id, &text, &err), 0);
		assert_string_equal(text, texts[i]);
		free(text);
	}
	str_init(&large, 1000000);
	while (large.len < 500000)
		str_add(&large, "سطر من نص طويل\n");
	assert_int_equal(outbox_add_notice(db, large.data, NOW, &err), 0);
	assert_int_equal(
	    outbox_notice_text(db, db_last_id(db), &text, &err), 0);
	assert_string_equal(text, large.data);
	free(text);
	str_release(&large);
	assert_int_equal(outbox_notice_text(db, 999, &text, &err), -1);
	assert_int_equal(err.code, ERR_NOTFOUND);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(an_issue_goes_to_its_audience_once),
	    TEST(a_row_stands_in_its_domains_queue),
	    TEST(a_new_row_is_blank),
	    TEST(confirm_mails_are_counted_by_person),
	    TEST(goodbyes_are_counted_by_time),
	    TEST(a_greeting_is_a_row_of_its_own),
	    TEST(a_notice_keeps_its_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
