/* SPDX-License-Identifier: ISC */
#include "flow/cargo.h"

#include "press.h"

#include "model/outbox_add.h"
#include "model/outbox_queue.h"

#include "flow/signup.h"

#define ME "11111111-1111-4111-8111-111111111111"

static struct press press;
static struct db *db;
static struct list list;
static struct subscription reader;
static struct cargo_cache cache;
static struct cargo cargo;

static int
setup(void **state)
{
	(void)state;
	press_open(&press, PRESS_MAIL);
	db = press.db;
	list = house_list(db, "daily");
	reader = house_reader(db, &list, "a@example.org", SUBSCRIPTION_ADD);
	cache = (struct cargo_cache){0};
	cargo_init(&cargo);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	cargo_release(&cargo);
	cargo_cache_release(&cache);
	press_close(&press);
	return 0;
}

static struct cargo_parts
parts(void)
{
	return (struct cargo_parts){
	    .db = db, .kit = press.kit, .ring = press.ring, .cache = &cache};
}

static int
load(const struct outbox *row, struct err *err)
{
	const struct cargo_parts of = parts();
	struct cargo_slip slip;

	return cargo_slip_fill(&slip, db, row, err) != 0
		   ? -1
		   : cargo_load(&cargo, &of, &slip, NOW, err);
}

/* Everything that is due, in our hands. */
static int
claim(struct outbox *rows, int max)
{
	struct outbox_queue queue = {.issue_id = -1};
	struct outbox_queue_claim what = {.owner = ME, .queue = &queue};
	struct err err = ERR_INIT;
	int n = 0;

	while (outbox_queue_next(db, &queue, &err) == 1) {
		what.max = max - n;
		n += outbox_queue_claim(db, &what, rows + n, &err);
	}
	return n;
}

static struct outbox
confirm_row(void)
{
	struct outbox row;
	struct err err = ERR_INIT;

	assert_int_equal(outbox_add_confirm(db, reader.id, NOW, &err), 0);
	assert_int_equal(claim(&row, 1), 1);
	return row;
}

static void
freeze(const char *article, int64_t now)
{
	(void)house_article(db, &list, article);
	(void)press_freeze(&press, "daily", "", now);
}

static const struct cargo_plate *
plate_of(const struct outbox *row)
{
	for (size_t i = 0; i < CARGO_PLATES; i++) {
		if (cache.plates[i].body_id == row->body_id)
			return &cache.plates[i];
	}
	fail_msg("no plate of row %lld", (long long)row->id);
	return &cache.plates[0];
}

static void
a_digest_row_becomes_its_readers_mail(void **state)
{
	struct outbox rows[4];
	struct err err = ERR_INIT;

	(void)state;
	(void)house_reader(db, &list, "b@example.org", SUBSCRIPTION_ADD);
	freeze("أول", NOW - 86400);
	freeze("ثان", NOW);
	assert_int_equal(claim(rows, 4), 4);
	for (int i = 0; i < 4; i++) {
		struct str to;

		assert_int_equal(load(&rows[i], &err), 0);
		assert_int_equal(cargo.row.id, rows[i].id);
		assert_int_equal(cargo.list.id, list.id);
		assert_int_equal(
		    cargo.subscription.id, rows[i].subscription_id);
		assert_true(str_starts(cargo.sender, "bounce+"));
		/* the cache holds what this row is of */
		assert_int_equal(
		    plate_of(&rows[i])->issue.id, rows[i].issue_id);
		str_init(&to, 300);
		str_addf(&to, "To: <%s>\r\n", cargo.subscription.address);
		assert_non_null(strstr(cargo.message.data, to.data));
		str_reset(&to);
		str_addf(&to, "Message-ID: <%s.%lld@",
		    plate_of(&rows[i])->issue.uuid,
		    (long long)rows[i].subscription_id);
		assert_non_null(strstr(cargo.message.data, to.data));
		str_release(&to);
		/* a digest has no token */
		assert_string_equal(cargo.token, "");
		assert_int_equal(cargo_start(&cargo, db, NOW, &err), 1);
	}
	assert_int_equal(house_value(db, "SELECT count(*) FROM optin"), 0);
	assert_int_equal(house_value(db, "SELECT count(*) FROM outbox"
					 " WHERE state = 'started'"),
	    4);
}

static void
a_confirm_row_draws_a_token_each_time(void **state)
{
	struct outbox row = confirm_row();
	char first[TOKEN_RANDOM_SIZE];
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(load(&row, &err), 0);
	memcpy(first, cargo.token, sizeof(first));
	assert_int_equal(strlen(first), TOKEN_RANDOM_SIZE - 1);
	/* composing alone leaves nothing in the database */
	assert_int_equal(house_value(db, "SELECT count(*) FROM optin"), 0);
	assert_int_equal(load(&row, &err), 0);
	assert_string_not_equal(cargo.token, first);
	assert_int_equal(cargo_start(&cargo, db, NOW, &err), 1);
	assert_int_equal(house_value(db, "SELECT expires FROM optin"),
	    NOW + SIGNUP_TOKEN_LIFE);
	assert_int_equal(
	    house_value(db, "SELECT subscription_id FROM optin"), reader.id);
	/* the token itself is nowhere */
	assert_int_equal(house_value(db, "SELECT count(*) FROM optin"
					 " WHERE length(hash) = 64"),
	    1);
}

/* Who does not get a row started has nothing to send, and promises nothing. */
static void
a_row_of_anothers_is_not_started(void **state)
{
	static const char *const changes[] = {
	    "UPDATE outbox SET state = 'cancelled', owner = NULL",
	    "UPDATE outbox SET state = 'queued', owner = NULL",
	    "UPDATE outbox SET owner = 'another'",
	    "UPDATE outbox SET state = 'started'",
	    "UPDATE outbox SET state = 'sent'",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(changes) / sizeof(*changes); i++) {
		struct outbox row = confirm_row();
		struct err err = ERR_INIT;

		assert_int_equal(load(&row, &err), 0);
		assert_int_equal(db_run(db, changes[i], DB_NO_ARGS, &err), 0);
		assert_int_equal(cargo_start(&cargo, db, NOW, &err), 0);
		assert_int_equal(
		    house_value(db, "SELECT count(*) FROM optin"), 0);
		assert_int_equal(
		    house_value(db, "SELECT max(attempts) FROM outbox"), 0);
		assert_int_equal(
		    db_run(db, "DELETE FROM outbox", DB_NO_ARGS, &err), 0);
	}
}

/* A row whose kin is gone cannot be composed, and says what it misses. */
static void
what_is_gone_is_named(void **state)
{
	static const struct {
		const char *column;
		const char *message;
	} cases[] = {{"list_id", "its list is gone"},
	    {"subscription_id", "its subscription is gone"},
	    {"issue_id", "its issue is gone"}, {"body_id", "its body is gone"}};
	struct outbox row;

	(void)state;
	freeze("مقال", NOW);
	assert_int_equal(claim(&row, 1), 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct outbox copy = row;
		struct err err = ERR_INIT;

		if (str_eq(cases[i].column, "list_id"))
			copy.list_id = 999;
		else if (str_eq(cases[i].column, "subscription_id"))
			copy.subscription_id = 999;
		else if (str_eq(cases[i].column, "issue_id"))
			copy.issue_id = 999;
		else
			copy.body_id = 999;
		cargo_cache_release(&cache);
		assert_int_equal(load(&copy, &err), -1);
		assert_string_equal(err.msg, cases[i].message);
		/* nothing of it is left behind for the next */
		err = ERR_INIT;
		assert_int_equal(load(&row, &err), 0);
		(void)plate_of(&row);
	}
}

/* A list that is renamed between two of its letters is not found out before
 * the next lease, and then all that follow have the new title. */
static void
a_list_that_changes_gets_a_new_plate(void **state)
{
	struct outbox rows[2];
	struct err err = ERR_INIT;

	(void)state;
	(void)house_reader(db, &list, "b@example.org", SUBSCRIPTION_ADD);
	freeze("مقال", NOW);
	assert_int_equal(claim(rows, 2), 2);
	assert_int_equal(load(&rows[0], &err), 0);
	assert_null(strstr(cargo.message.data, "Renamed"));
	assert_int_equal(
	    db_run(db, "UPDATE list SET title = 'Renamed'", DB_NO_ARGS, &err),
	    0);
	cargo_cache_age(&cache);
	assert_int_equal(load(&rows[1], &err), 0);
	assert_non_null(strstr(cargo.message.data, "List-Id: Renamed <"));
}

/* More bodies than there are plates: each letter is of its own. */
static void
bodies_take_turns(void **state)
{
	struct outbox rows[CARGO_PLATES + 2];
	struct err err = ERR_INIT;

	(void)state;
	for (int64_t i = CARGO_PLATES + 1; i >= 0; i--) {
		char title[40];

		snprintf(title, sizeof(title), "مقال %d", (int)i);
		freeze(title, NOW - i * 86400);
	}
	assert_int_equal(claim(rows, CARGO_PLATES + 2), CARGO_PLATES + 2);
	for (int i = 0; i < 3 * (CARGO_PLATES + 2); i++) {
		const struct outbox *row = &rows[i % (CARGO_PLATES + 2)];

		assert_int_equal(load(row, &err), 0);
		assert_int_equal(plate_of(row)->issue.id, row->issue_id);
		assert_non_null(
		    strstr(cargo.message.data, plate_of(row)->issue.uuid));
	}
}

static void
what_is_released_is_wiped(void **state)
{
	static const char none[TOKEN_RANDOM_SIZE] = "";
	struct outbox row = confirm_row();
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(load(&row, &err), 0);
	cargo_release(&cargo);
	assert_memory_equal(cargo.token, none, sizeof(none));
	assert_int_equal(cargo.message.len, 0);
	assert_int_equal(cargo.row.id, 0);
	cargo_release(&cargo);
	/* and it may be loaded again */
	assert_int_equal(load(&row, &err), 0);
	assert_true(cargo.message.len > 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_digest_row_becomes_its_readers_mail),
	    TEST(a_confirm_row_draws_a_token_each_time),
	    TEST(a_row_of_anothers_is_not_started),
	    TEST(what_is_gone_is_named),
	    TEST(a_list_that_changes_gets_a_new_plate),
	    TEST(bodies_take_turns),
	    TEST(what_is_released_is_wiped),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
