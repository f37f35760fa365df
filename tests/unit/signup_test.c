/* SPDX-License-Identifier: ISC */
#include "house.h"

#include "base/token.h"
#include "flow/signup.h"
#include "model/optin.h"
#include "model/outbox.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct db *db;
static struct list list;
static struct token_ring *ring;

static int
setup(void **state)
{
	char folder[] = "/tmp/nashra-signup-XXXXXX";
	char path[64];
	struct err err = ERR_INIT;

	(void)state;
	db = house_open();
	list = house_list(db, "daily");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/secrets", folder);
	assert_int_equal(token_ring_create(path, &err), 0);
	assert_int_equal(token_ring_load(&ring, path, &err), 0);
	return unlink(path) != 0 || rmdir(folder) != 0;
}

static int
teardown(void **state)
{
	(void)state;
	token_ring_free(ring);
	db_close(db);
	return 0;
}

static int
ask(const char *email, int64_t now, struct err *err)
{
	const struct signup_request request = {.list = "daily",
	    .email = email,
	    .every = "",
	    .source = "form",
	    .wording = "أوافق",
	    .client = "192.0.2.7"};

	return signup_ask(db, &request, now, err);
}

static void
must_ask(const char *email, int64_t now)
{
	struct err err = ERR_INIT;

	if (ask(email, now, &err) != 0)
		fail_msg("%s: %s", email, err.msg);
}

static int64_t
mails(void)
{
	return house_value(
	    db, "SELECT count(*) FROM outbox WHERE kind = 'confirm'");
}

static int64_t
kind(const char *name)
{
	struct err err = ERR_INIT;
	int64_t n;

	assert_int_equal(
	    db_value(db, "SELECT count(*) FROM outbox WHERE kind = ?1",
		DB_ARGS(db_text(name)), &n, &err),
	    1);
	return n;
}

static struct subscription
reader_of(const char *address)
{
	struct subscriber who;
	struct subscription sub;
	struct err err = ERR_INIT;

	assert_int_equal(subscriber_find(db, address, &who, &err), 1);
	assert_int_equal(
	    subscription_ensure(db, &sub, list.id, who.id, NOW, &err), 0);
	return sub;
}

/* As the work role does it when the confirm mail starts. */
static void
draw(const struct subscription *sub, char token[TOKEN_RANDOM_SIZE],
    int64_t expires)
{
	char hash[TOKEN_HASH_SIZE];
	struct err err = ERR_INIT;
	const struct optin_new optin = {.hash = hash,
	    .purpose = OPTIN_CONFIRM,
	    .subscription_id = sub->id,
	    .expires = expires};

	token_new(token);
	token_hash(hash, token);
	assert_int_equal(optin_add(db, &optin, NOW, &err), 0);
}

static void
asking_mails_once_a_day(void **state)
{
	(void)state;
	must_ask("A@Example.org", NOW);
	assert_int_equal(mails(), 1);
	assert_int_equal(
	    reader_of("a@example.org").state, SUBSCRIPTION_PENDING);
	must_ask("a@example.org", NOW + 1);
	must_ask("a@EXAMPLE.org", NOW + SIGNUP_COOLDOWN - 1);
	assert_int_equal(mails(), 1);
	must_ask("a@example.org", NOW + SIGNUP_COOLDOWN);
	assert_int_equal(mails(), 2);
	assert_int_equal(house_value(db, "SELECT count(*) FROM subscriber"), 1);
	assert_int_equal(house_value(db, "SELECT count(*) FROM consent"), 4);
}

/* Who left by their own link may come back the same day; and a clock that was
 * ahead when the last mail went does not keep anybody out. */
static void
who_left_or_was_ahead_is_not_kept_waiting(void **state)
{
	struct subscription sub;
	struct err err = ERR_INIT;

	(void)state;
	must_ask("a@example.org", NOW);
	sub = reader_of("a@example.org");
	assert_int_equal(
	    subscription_move(db, &sub, SUBSCRIPTION_CONFIRM, NOW + 1, &err),
	    1);
	assert_int_equal(
	    subscription_move(db, &sub, SUBSCRIPTION_LEAVE, NOW + 2, &err), 1);
	must_ask("a@example.org", NOW + 3);
	assert_int_equal(mails(), 2);
	/* but once: it is a pending reader again */
	must_ask("a@example.org", NOW + 4);
	assert_int_equal(mails(), 2);
	must_ask("b@example.org", NOW + 400 * SIGNUP_DAY);
	must_ask("b@example.org", NOW);
	assert_int_equal(mails(), 4);
}

/* However many lists there are, one inbox gets so many mails a day. */
static void
one_address_is_not_flooded(void **state)
{
	struct err err = ERR_INIT;
	char name[16];

	(void)state;
	for (int i = 0; i < SIGNUP_MAIL_A_DAY + 3; i++) {
		struct signup_request request = {.list = name,
		    .email = "a@example.org",
		    .every = "",
		    .source = "form",
		    .wording = "",
		    .client = ""};

		snprintf(name, sizeof(name), "list%d", i);
		(void)house_list(db, name);
		assert_int_equal(signup_ask(db, &request, NOW, &err), 0);
	}
	assert_int_equal(mails(), SIGNUP_MAIL_A_DAY);
}

/* A stranger who knows an address changes nothing for its owner. */
static void
asking_for_an_active_reader_changes_nothing(void **state)
{
	struct subscription sub =
	    house_reader(db, &list, "a@example.org", SUBSCRIPTION_ADD);
	struct signup_request request = {.list = "daily",
	    .email = "a@example.org",
	    .every = "month",
	    .source = "form",
	    .wording = "",
	    .client = ""};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(signup_ask(db, &request, NOW, &err), 0);
	assert_int_equal(mails(), 0);
	assert_int_equal(subscription_get(db, sub.id, &sub, &err), 1);
	assert_int_equal(sub.state, SUBSCRIPTION_ACTIVE);
	assert_int_equal(sub.every, -1);
}

static void
what_is_refused_leaves_nothing(void **state)
{
	static const struct {
		const char *list, *email, *every;
		enum err_code code;
	} cases[] = {
	    {"daily", "not an address", "", ERR_INPUT},
	    {"daily", "a@example.org\r\nBcc: b@example.org", "", ERR_INPUT},
	    {"daily", "", "", ERR_INPUT},
	    {"daily", "a@example.org", "hourly", ERR_INPUT},
	    {"none", "a@example.org", "", ERR_NOTFOUND},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct signup_request request = {.list = cases[i].list,
		    .email = cases[i].email,
		    .every = cases[i].every,
		    .source = "form",
		    .wording = "",
		    .client = ""};
		struct err err = ERR_INIT;

		assert_int_equal(signup_ask(db, &request, NOW, &err), -1);
		assert_int_equal(err.code, cases[i].code);
		assert_int_equal(signup_add(db, &request, NOW, &err), -1);
		assert_int_equal(err.code, cases[i].code);
	}
	assert_int_equal(house_value(db, "SELECT count(*) FROM subscriber"), 0);
	assert_int_equal(mails(), 0);
}

/* The settings welcome. */
static int
confirm(const char *token, const char *client, int64_t now,
    struct signup_link *link, struct err *err)
{
	const struct signup_confirm_request request = {
	    .token = token, .client = client, .welcome = true};

	return signup_confirm(db, &request, now, link, err);
}

static void
confirming(void **state)
{
	char token[TOKEN_RANDOM_SIZE];
	char second[TOKEN_RANDOM_SIZE];
	struct signup_link link;
	struct subscription sub;
	struct err err = ERR_INIT;

	(void)state;
	must_ask("a@example.org", NOW);
	sub = reader_of("a@example.org");
	draw(&sub, token, NOW + 100);
	draw(&sub, second, NOW + 100);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    signup_confirm_look(db, token, NOW, &link, &err), 0);
		assert_int_equal(link.state, SIGNUP_LINK_GOOD);
		assert_int_equal(
		    reader_of("a@example.org").state, SUBSCRIPTION_PENDING);
	}
	assert_int_equal(confirm(token, "192.0.2.7", NOW, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_GOOD);
	assert_string_equal(link.list.name, "daily");
	assert_int_equal(reader_of("a@example.org").state, SUBSCRIPTION_ACTIVE);
	/* again, and by the other mail's link: done is done */
	assert_int_equal(confirm(token, "", NOW + 200, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_DONE);
	assert_int_equal(confirm(second, "", NOW, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_DONE);
	assert_int_equal(
	    house_value(
		db, "SELECT count(*) FROM consent WHERE event = 'confirm'"),
	    1);
	assert_int_equal(kind("welcome"), 1);
}

/* ---- welcome and goodbye */

static void
comes(const char *email, bool welcome, int64_t now)
{
	char token[TOKEN_RANDOM_SIZE];
	const struct signup_confirm_request request = {
	    .token = token, .client = "", .welcome = welcome};
	struct signup_link link;
	struct subscription sub;
	struct err err = ERR_INIT;

	must_ask(email, now);
	sub = reader_of(email);
	draw(&sub, token, now + 100);
	assert_int_equal(signup_confirm(db, &request, now, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_GOOD);
}

static void
goes(const char *email, bool goodbye, int64_t now)
{
	char sealed[TOKEN_LINK_SIZE];
	unsigned char uuid[UUID_BYTES];
	const struct signup_leave_request request = {.token = sealed,
	    .source = "page",
	    .client = "",
	    .goodbye = goodbye};
	struct signup_link link;
	struct err err = ERR_INIT;

	assert_true(uuid_to_bytes(uuid, reader_of(email).uuid));
	token_seal(ring, sealed, TOKEN_LEAVE, uuid);
	assert_int_equal(signup_leave(db, ring, &request, now, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_GOOD);
}

static void
a_list_has_the_last_word(void **state)
{
	static const struct {
		const char *own;
		bool settings;
		int64_t mails;
	} cases[] = {
	    {"", true, 1},
	    {"", false, 0},
	    {"yes", true, 1},
	    {"yes", false, 1},
	    {"no", true, 0},
	    {"no", false, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;

		(void)teardown(state);
		(void)setup(state);
		assert_int_equal(
		    list_look_set(&list.look, "welcome", cases[i].own, &err),
		    0);
		assert_int_equal(
		    list_look_set(&list.look, "goodbye", cases[i].own, &err),
		    0);
		assert_int_equal(list_save(db, &list, &err), 0);
		comes("a@example.org", cases[i].settings, NOW);
		assert_int_equal(kind("welcome"), cases[i].mails);
		assert_int_equal(kind("goodbye"), 0);
		goes("a@example.org", cases[i].settings, NOW + 1);
		assert_int_equal(kind("goodbye"), cases[i].mails);
		/* the welcome had not gone out, and the confirm mail */
		assert_int_equal(
		    house_value(db,
			"SELECT count(*) FROM outbox WHERE state = 'queued'"),
		    cases[i].mails);
	}
}

/* Each time that a reader comes there is a welcome, for each time that they
 * leave a goodbye, but not two within a day. */
static void
who_comes_and_goes(void **state)
{
	static const struct {
		int64_t at, welcomes, goodbyes;
	} visits[] = {
	    {10 * SIGNUP_DAY, 1, 1},
	    /* a clock that ran ahead keeps nobody waiting */
	    {0, 2, 2},
	    {SIGNUP_DAY - 1, 3, 2},
	    {SIGNUP_DAY + 2, 4, 3},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(visits) / sizeof(*visits); i++) {
		struct err err = ERR_INIT;
		int64_t now = NOW + visits[i].at;

		comes("a@example.org", true, now);
		assert_int_equal(kind("welcome"), visits[i].welcomes);
		goes("a@example.org", true, now + 1);
		assert_int_equal(kind("goodbye"), visits[i].goodbyes);
		assert_int_equal(db_run(db, "UPDATE outbox SET state = 'sent'",
				     DB_NO_ARGS, &err),
		    0);
	}
}

/* What was said of leaving is not true any more; and a goodbye that nobody got
 * does not count. */
static void
who_is_back_is_not_told_goodbye(void **state)
{
	(void)state;
	comes("a@example.org", true, NOW);
	goes("a@example.org", true, NOW + 1);
	comes("a@example.org", true, NOW + 2);
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM outbox WHERE kind = 'goodbye'"
			    " AND state = 'cancelled'"),
	    1);
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM outbox WHERE kind = 'welcome'"
			    " AND state = 'queued'"),
	    1);
	goes("a@example.org", true, NOW + 3);
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM outbox WHERE kind = 'goodbye'"
			    " AND state = 'queued'"),
	    1);
}

/* Whoever got no mail has none to be told the end of. */
static void
only_readers_are_told_goodbye(void **state)
{
	struct subscription sub;
	struct err err = ERR_INIT;

	(void)state;
	must_ask("p@example.org", NOW);
	goes("p@example.org", true, NOW);
	sub = house_reader(db, &list, "b@example.org", SUBSCRIPTION_ADD);
	assert_int_equal(
	    subscription_move(db, &sub, SUBSCRIPTION_BOUNCE, NOW, &err), 1);
	goes("b@example.org", true, NOW);
	assert_int_equal(kind("goodbye"), 0);
	(void)house_reader(db, &list, "r@example.org", SUBSCRIPTION_ADD);
	goes("r@example.org", true, NOW);
	assert_int_equal(kind("goodbye"), 1);
}

/* Whom the admin adds has asked nobody, and confirms nothing. */
static void
who_was_active_is_not_welcomed(void **state)
{
	char token[TOKEN_RANDOM_SIZE];
	struct subscription sub =
	    house_reader(db, &list, "a@example.org", SUBSCRIPTION_ADD);
	struct signup_link link;
	struct err err = ERR_INIT;

	(void)state;
	draw(&sub, token, NOW + 100);
	assert_int_equal(confirm(token, "", NOW, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_GOOD);
	assert_int_equal(kind("welcome"), 0);
}

/* Either all of it has happened, or nothing. */
static void
a_welcome_that_cannot_be_queued(void **state)
{
	char token[TOKEN_RANDOM_SIZE];
	struct signup_link link;
	struct subscription sub;
	struct err err = ERR_INIT;

	(void)state;
	must_ask("a@example.org", NOW);
	sub = reader_of("a@example.org");
	draw(&sub, token, NOW + 100);
	assert_int_equal(db_run(db,
			     "CREATE TRIGGER full BEFORE INSERT ON outbox"
			     " BEGIN SELECT RAISE(ABORT, 'planted'); END",
			     DB_NO_ARGS, &err),
	    0);
	assert_int_equal(confirm(token, "", NOW, &link, &err), -1);
	assert_int_equal(
	    reader_of("a@example.org").state, SUBSCRIPTION_PENDING);
	assert_int_equal(
	    house_value(
		db, "SELECT count(*) FROM consent WHERE event = 'confirm'"),
	    0);
	assert_int_equal(db_run(db, "DROP TRIGGER full", DB_NO_ARGS, &err), 0);
	assert_int_equal(confirm(token, "", NOW, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_GOOD);
	assert_int_equal(kind("welcome"), 1);
}

/* Each mail has a token of its own, and the second may have bounced. */
static void
a_link_does_not_wake_a_dead_address(void **state)
{
	static const enum subscription_event events[] = {
	    SUBSCRIPTION_BOUNCE, SUBSCRIPTION_COMPLAIN};
	struct subscription sub;
	struct signup_link link;
	struct err err = ERR_INIT;

	(void)state;
	must_ask("a@example.org", NOW);
	sub = reader_of("a@example.org");
	for (size_t i = 0; i < sizeof(events) / sizeof(*events); i++) {
		char token[TOKEN_RANDOM_SIZE];
		enum subscription_state was;

		draw(&sub, token, NOW + 100);
		assert_int_equal(
		    subscription_move(db, &sub, events[i], NOW, &err), 1);
		was = sub.state;
		assert_int_equal(
		    signup_confirm_look(db, token, NOW, &link, &err), 0);
		assert_int_equal(link.state, SIGNUP_LINK_EXPIRED);
		assert_int_equal(confirm(token, "", NOW, &link, &err), 0);
		assert_int_equal(link.state, SIGNUP_LINK_EXPIRED);
		assert_int_equal(reader_of("a@example.org").state, was);
	}
}

static void
links_that_do_not_work(void **state)
{
	char token[TOKEN_RANDOM_SIZE];
	char sealed[TOKEN_LINK_SIZE];
	unsigned char uuid[UUID_BYTES];
	struct signup_link link;
	struct subscription sub;
	struct err err = ERR_INIT;

	(void)state;
	must_ask("a@example.org", NOW);
	sub = reader_of("a@example.org");
	draw(&sub, token, NOW + 100);
	assert_int_equal(confirm(token, "", NOW + 100, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_EXPIRED);
	assert_string_equal(link.list.name, "daily");

	assert_true(uuid_to_bytes(uuid, sub.uuid));
	token_seal(ring, sealed, TOKEN_LEAVE, uuid);
	assert_int_equal(confirm(sealed, "", NOW, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_BAD);
	assert_int_equal(signup_leave_look(db, ring, token, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_BAD);
	token_seal(ring, sealed, TOKEN_PREFER, uuid);
	assert_int_equal(signup_leave_look(db, ring, sealed, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_BAD);

	for (size_t i = 0; token[i] != '\0'; i++) {
		char altered[TOKEN_RANDOM_SIZE];

		memcpy(altered, token, sizeof(altered));
		altered[i] = altered[i] == 'A' ? 'B' : 'A';
		assert_int_equal(confirm(altered, "", NOW, &link, &err), 0);
		assert_int_equal(link.state, SIGNUP_LINK_BAD);
	}
	assert_int_equal(
	    reader_of("a@example.org").state, SUBSCRIPTION_PENDING);
}

/* A link from before somebody left does not bring them back. */
static void
leaving(void **state)
{
	char token[TOKEN_RANDOM_SIZE];
	char sealed[TOKEN_LINK_SIZE];
	unsigned char uuid[UUID_BYTES];
	struct signup_leave_request request = {
	    .token = sealed, .source = "one-click", .client = ""};
	struct signup_link link;
	struct subscription sub;
	struct err err = ERR_INIT;

	(void)state;
	must_ask("a@example.org", NOW);
	sub = reader_of("a@example.org");
	draw(&sub, token, NOW + 100000);
	assert_true(uuid_to_bytes(uuid, sub.uuid));
	token_seal(ring, sealed, TOKEN_LEAVE, uuid);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(
		    signup_leave_look(db, ring, sealed, &link, &err), 0);
		assert_int_equal(link.state, SIGNUP_LINK_GOOD);
	}
	assert_int_equal(signup_leave(db, ring, &request, NOW, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_GOOD);
	assert_int_equal(reader_of("a@example.org").state, SUBSCRIPTION_LEFT);
	assert_int_equal(
	    house_value(
		db, "SELECT count(*) FROM outbox WHERE state = 'cancelled'"),
	    1);
	assert_int_equal(signup_leave(db, ring, &request, NOW, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_DONE);
	assert_int_equal(confirm(token, "", NOW, &link, &err), 0);
	assert_int_equal(link.state, SIGNUP_LINK_EXPIRED);
	assert_int_equal(reader_of("a@example.org").state, SUBSCRIPTION_LEFT);
}

static void
the_admin_adds_but_brings_nobody_back(void **state)
{
	struct signup_request request = {.list = "daily",
	    .email = "a@example.org",
	    .every = "week",
	    .source = "admin",
	    .wording = "",
	    .client = ""};
	struct subscription sub;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(signup_add(db, &request, NOW, &err), 1);
	assert_int_equal(signup_add(db, &request, NOW, &err), 0);
	sub = reader_of("a@example.org");
	assert_int_equal(sub.state, SUBSCRIPTION_ACTIVE);
	assert_int_equal(sub.every, LIST_WEEK);
	assert_int_equal(mails(), 0);
	assert_int_equal(
	    house_value(
		db, "SELECT count(*) FROM consent WHERE source = 'admin'"),
	    1);
	assert_int_equal(
	    subscription_move(db, &sub, SUBSCRIPTION_LEAVE, NOW, &err), 1);
	assert_int_equal(signup_add(db, &request, NOW, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(reader_of("a@example.org").state, SUBSCRIPTION_LEFT);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(asking_mails_once_a_day),
	    TEST(who_left_or_was_ahead_is_not_kept_waiting),
	    TEST(one_address_is_not_flooded),
	    TEST(asking_for_an_active_reader_changes_nothing),
	    TEST(what_is_refused_leaves_nothing),
	    TEST(confirming),
	    TEST(a_list_has_the_last_word),
	    TEST(who_comes_and_goes),
	    TEST(who_is_back_is_not_told_goodbye),
	    TEST(only_readers_are_told_goodbye),
	    TEST(who_was_active_is_not_welcomed),
	    TEST(a_welcome_that_cannot_be_queued),
	    TEST(a_link_does_not_wake_a_dead_address),
	    TEST(links_that_do_not_work),
	    TEST(leaving),
	    TEST(the_admin_adds_but_brings_nobody_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
