/* SPDX-License-Identifier: ISC */
#include "flow/channel.h"

#include "press.h"

#include "base/clock.h"
#include "office.h"

#define ME    "11111111-1111-4111-8111-111111111111"
#define TURNS 2000

static struct loop *loop;
static struct office office;
static struct press press;
static struct cargo_cache cache;
static struct channel channel;
static struct outbox rows[16];
static int row_count;

static int
setup(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(loop_new(&loop, &err), 0);
	office_open(&office, loop);
	channel = (struct channel){0};
	cache = (struct cargo_cache){0};
	row_count = 0;
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	channel_release(&channel);
	cargo_cache_release(&cache);
	office_close(&office);
	press_close(&press);
	loop_free(loop);
	return 0;
}

static int
make(struct err *err)
{
	const struct channel_parts parts = {.loop = loop,
	    .conf = press.conf,
	    .cargo = {.db = press.db,
		.kit = press.kit,
		.ring = press.ring,
		.cache = &cache},
	    .hello = "worker.example"};

	return channel_init(&channel, &parts, &press.conf->relay[0], err);
}

/* The relay's section, and what stands before all sections. */
static void
open_press(const char *relay, const char *before)
{
	char more[1000];

	snprintf(more, sizeof(more),
	    "%s\nrelay main {\n url = \"smtp://127.0.0.1:%d\"\n tls = none\n"
	    "%s\n}\n" PRESS_MAIL,
	    before, office.port, relay);
	press_open(&press, more);
}

static void
begin(const char *relay, const char *before)
{
	struct err err = ERR_INIT;

	open_press(relay, before);
	if (make(&err) != 0)
		fail_msg("%s", err.msg);
}

/* So many confirm rows, leased by us. */
static void
lease(int n)
{
	struct list list = house_list(press.db, "daily");
	const struct outbox_claim claim = {.owner = ME, .now = NOW, .max = 16};
	struct err err = ERR_INIT;

	for (int i = 0; i < n; i++) {
		char address[40];
		struct subscription sub;

		snprintf(address, sizeof(address), "r%d@example.net", i);
		sub = house_reader(press.db, &list, address, SUBSCRIPTION_ASK);
		assert_int_equal(
		    outbox_add_confirm(press.db, list.id, sub.id, NOW, &err),
		    0);
	}
	row_count = outbox_claim(press.db, &claim, rows, &err);
	assert_int_equal(row_count, n);
}

static void
turn(void)
{
	struct err err = ERR_INIT;

	assert_int_equal(loop_turn(loop, 15, &err), 0);
}

static void
until_count(enum lane_state state, size_t n)
{
	for (int i = 0; i < TURNS && channel_count(&channel, state) != n; i++)
		turn();
	assert_int_equal(channel_count(&channel, state), n);
}

static void
open_all(void)
{
	while (channel_has_room(&channel, NOW))
		assert_true(channel_open(&channel));
	until_count(LANE_IDLE, channel.count);
}

/* One turn's transaction, and what follows it. */
static void
write_down(void)
{
	struct err err = ERR_INIT;

	assert_int_equal(db_begin(press.db, &err), 0);
	assert_int_equal(channel_note(&channel, NOW, &err), 0);
	assert_int_equal(db_commit(press.db, &err), 0);
	channel_proceed(&channel);
}

static int64_t
count(const char *sql)
{
	return house_value(press.db, sql);
}

#define ALL "SELECT count(*) FROM outbox WHERE state = "

/* Totals are over all senders; flow/kit refuses fewer connections than
 * senders. */
static void
a_sender_has_its_share(void **state)
{
	static const struct {
		const char *connections, *senders;
		size_t count;
	} cases[] = {
	    {"connections = 20", "senders = 1", 20},
	    {"connections = 20", "senders = 3", 6},
	    {"connections = 20", "senders = 20", 1},
	    {"connections = 15", "senders = 7", 2},
	    {"connections = 64", "senders = 64", 1},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		if (i > 0) {
			(void)teardown(state);
			(void)setup(state);
		}
		begin(cases[i].connections, cases[i].senders);
		assert_int_equal(channel.count, cases[i].count);
		assert_int_equal(
		    channel_count(&channel, LANE_FREE), cases[i].count);
	}
}

static void
a_lane_goes_its_way(void **state)
{
	(void)state;
	begin("connections = 2", "");
	lease(1);
	assert_false(channel_has_news(&channel));
	/* nothing can be loaded where nothing is open */
	assert_false(channel_load(&channel, &rows[0], NOW));
	assert_true(channel_open(&channel));
	assert_int_equal(channel_count(&channel, LANE_OPENING), 1);
	assert_false(channel_load(&channel, &rows[0], NOW));
	until_count(LANE_IDLE, 1);
	assert_true(channel_load(&channel, &rows[0], NOW));
	assert_int_equal(channel_count(&channel, LANE_LOADED), 1);
	assert_true(channel_has_news(&channel));
	/* loaded, it waits for the disk, however long */
	for (int i = 0; i < 10; i++)
		turn();
	assert_int_equal(office.mails, 0);
	assert_int_equal(count(ALL "'leased'"), 1);
	write_down();
	assert_int_equal(count(ALL "'started'"), 1);
	assert_int_equal(channel_count(&channel, LANE_SENDING), 1);
	assert_false(channel_has_news(&channel));
	until_count(LANE_DONE, 1);
	assert_int_equal(office.mails, 1);
	assert_int_equal(count(ALL "'started'"), 1);
	assert_true(channel_has_news(&channel));
	write_down();
	assert_int_equal(count(ALL "'sent'"), 1);
	until_count(LANE_IDLE, 1);
	channel_close_idle(&channel, 60000);
	assert_int_equal(channel_count(&channel, LANE_IDLE), 1);
	channel_close_idle(&channel, 0);
	until_count(LANE_FREE, 2);
	assert_int_equal(channel.open, 0);
	/* who says goodbye is in no trouble */
	assert_false(channel_has_news(&channel));
}

/* The connection was lost before its message could start: the row goes back
 * as it was. */
static void
a_row_goes_back_with_its_connection(void **state)
{
	(void)state;
	begin("connections = 1", "");
	lease(1);
	open_all();
	assert_true(channel_load(&channel, &rows[0], NOW));
	for (int i = 0; i < OFFICE_DESKS; i++)
		office_leave(&office.desks[i]);
	for (int i = 0; i < TURNS && channel.open > 0; i++)
		turn();
	assert_int_equal(channel.open, 0);
	write_down();
	assert_int_equal(count(ALL "'queued' AND attempts = 0"), 1);
	assert_int_equal(channel_count(&channel, LANE_FREE), 1);
	assert_int_equal(count("SELECT count(*) FROM optin"), 0);
}

/* One that cannot be written down is not sent, and not forgotten: the same
 * again, later. */
static void
a_turn_that_failed_is_kept_whole(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("connections = 2", "");
	lease(2);
	open_all();
	assert_true(channel_load(&channel, &rows[0], NOW));
	assert_true(channel_load(&channel, &rows[1], NOW));
	for (int i = 0; i < 3; i++) {
		assert_int_equal(db_begin(press.db, &err), 0);
		assert_int_equal(channel_note(&channel, NOW, &err), 0);
		db_rollback(press.db);
		turn();
		assert_int_equal(count(ALL "'leased'"), 2);
		assert_int_equal(channel_count(&channel, LANE_LOADED), 2);
		assert_int_equal(office.mails, 0);
	}
	write_down();
	until_count(LANE_DONE, 2);
	assert_int_equal(db_begin(press.db, &err), 0);
	assert_int_equal(channel_note(&channel, NOW, &err), 0);
	db_rollback(press.db);
	assert_int_equal(count(ALL "'started'"), 2);
	write_down();
	assert_int_equal(count(ALL "'sent'"), 2);
	assert_int_equal(office.mails, 2);
}

/* Counted, not waited for: the moment when the next may go is moved by hand.
 */
static void
the_rate_lets_them_go_one_by_one(void **state)
{
	static const struct {
		const char *rate, *senders;
		int64_t gap_ms;
	} cases[] = {{"rate = 1", "senders = 1", 1000},
	    {"rate = 4", "senders = 1", 250},
	    {"rate = 1", "senders = 2", 2000}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char relay[100];

		if (i > 0) {
			(void)teardown(state);
			(void)setup(state);
		}
		snprintf(
		    relay, sizeof(relay), "connections = 8\n%s", cases[i].rate);
		begin(relay, cases[i].senders);
		lease(4);
		open_all();
		for (int n = 0; n < 4; n++) {
			int64_t before = clock_mono_ms();

			channel.free_at_ms = before;
			assert_true(channel_load(&channel, &rows[n], NOW));
			assert_true(
			    channel.free_at_ms >= before + cases[i].gap_ms);
			/* as if no time had passed */
			channel.free_at_ms = INT64_MAX;
			assert_false(channel_load(&channel, &rows[n], NOW));
			assert_int_equal(
			    channel_count(&channel, LANE_LOADED), n + 1);
		}
	}
}

static void
without_a_rate_all_go_at_once(void **state)
{
	(void)state;
	begin("connections = 4\nrate = 0", "");
	lease(4);
	open_all();
	for (int n = 0; n < 4; n++)
		assert_true(channel_load(&channel, &rows[n], NOW));
	assert_false(channel_load(&channel, &rows[0], NOW));
}

/* What another process, or an earlier life, has noted is believed. */
static void
a_relay_known_to_be_down_is_left_alone(void **state)
{
	struct relay down;
	struct err err = ERR_INIT;

	(void)state;
	open_press("connections = 3", "");
	for (int i = 0; i < 5; i++)
		assert_int_equal(
		    relay_failed(press.db, "main", "refused", NOW, &down, &err),
		    0);
	assert_int_equal(down.failures, 5);
	assert_int_equal(down.retry_at, NOW + 16);
	assert_int_equal(make(&err), 0);
	assert_false(channel_usable(&channel, NOW));
	assert_false(channel_usable(&channel, NOW + 15));
	assert_false(channel_has_room(&channel, NOW));
	assert_true(channel_usable(&channel, NOW + 16));
	assert_true(channel_has_room(&channel, NOW + 16));
	assert_true(channel_open(&channel));
	/* one connection tries it */
	assert_false(channel_has_room(&channel, NOW + 16));
	until_count(LANE_IDLE, 1);
}

static void
settings_that_cannot_work_are_named(void **state)
{
	static const struct {
		const char *relay, *what;
	} cases[] = {
	    {"password_file = \"none\"", "relay.main.password_file"},
	    {"password_file = \"open\"", "others may read it"},
	    {"password_file = \"empty\"", "is empty"},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;

		if (i > 0) {
			(void)teardown(state);
			(void)setup(state);
		}
		open_press(cases[i].relay, "");
		press_write(&press, "open", "secret\n", 0644);
		press_write(&press, "empty", "", 0600);
		assert_int_equal(make(&err), -1);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_non_null(strstr(err.msg, cases[i].what));
		assert_non_null(strstr(err.msg, "nashra.conf:"));
		assert_null(strstr(err.msg, "secret\n"));
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_sender_has_its_share),
	    TEST(a_lane_goes_its_way),
	    TEST(a_row_goes_back_with_its_connection),
	    TEST(a_turn_that_failed_is_kept_whole),
	    TEST(the_rate_lets_them_go_one_by_one),
	    TEST(without_a_rate_all_go_at_once),
	    TEST(a_relay_known_to_be_down_is_left_alone),
	    TEST(settings_that_cannot_work_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
