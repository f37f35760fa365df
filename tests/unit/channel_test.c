/* SPDX-License-Identifier: ISC */
#include "flow/channel.h"

#include "press.h"

#include "model/outbox_add.h"
#include "model/outbox_queue.h"
#include "office.h"

#define ME    "11111111-1111-4111-8111-111111111111"
#define TURNS 2000

static struct loop *loop;
static struct office office;
static struct press press;
static struct cargo_cache cache;
static struct channel channel;
static struct hold hold;
static struct strikes strikes;
static struct meter_now now;

static int
setup(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(loop_new(&loop, &err), 0);
	office_open(&office, loop);
	channel = (struct channel){0};
	cache = (struct cargo_cache){0};
	hold = (struct hold){0};
	strikes = (struct strikes){0};
	now = (struct meter_now){0};
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	channel_release(&channel);
	hold_release(&hold);
	cargo_cache_release(&cache);
	office_close(&office);
	press_close(&press);
	loop_free(loop);
	return 0;
}

static int
make(struct err *err)
{
	const struct cargo_parts cargo = {.db = press.db,
	    .kit = press.kit,
	    .ring = press.ring,
	    .cache = &cache};
	const struct channel_parts parts = {.loop = loop,
	    .conf = press.conf,
	    .db = press.db,
	    .hold = &hold,
	    .strikes = &strikes,
	    .now = &now,
	    .hello = "worker.example"};

	meter_clock(&now, press.conf, NOW);
	return channel_init(&channel, &parts, &press.conf->relay[0], err) !=
			   0 ||
		       hold_init(&hold, &cargo, 16, err) != 0
		   ? -1
		   : 0;
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

/* So many confirm rows, leased by us, and their messages made. */
static void
lease(int n)
{
	struct list list = house_list(press.db, "daily");
	struct outbox_queue queue = {.issue_id = 0};
	const struct outbox_queue_claim claim = {
	    .owner = ME, .queue = &queue, .max = 16};
	struct outbox rows[16];
	struct cargo_slip slips[16];
	struct err err = ERR_INIT;

	for (int i = 0; i < n; i++) {
		char address[40];
		struct subscription sub;

		snprintf(address, sizeof(address), "r%d@example.net", i);
		sub = house_reader(press.db, &list, address, SUBSCRIPTION_ASK);
		assert_int_equal(
		    outbox_add_confirm(press.db, sub.id, NOW, &err), 0);
	}
	assert_int_equal(outbox_queue_claim(press.db, &claim, rows, &err), n);
	for (int i = 0; i < n; i++) {
		assert_int_equal(
		    cargo_slip_fill(&slips[i], press.db, &rows[i], &err), 0);
		slips[i].relays = 1;
	}
	hold_put(&hold, slips, (size_t)n);
	hold_make(&hold, (const size_t[CONF_RELAYS]){16}, (size_t)n, NOW);
	assert_int_equal(hold.ready, n);
}

/* The next message, to a lane that takes it; false where none does. */
static bool
pair(void)
{
	meter_clock(&now, press.conf, NOW);
	if (channel_takes(&channel, &now) == 0)
		return false;
	channel_pair(&channel, hold_take(&hold, 0));
	return true;
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
	for (int i = 0; i < TURNS && channel.lane_count[state] != n; i++)
		turn();
	assert_int_equal(channel.lane_count[state], n);
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
	assert_int_equal(channel_note(&channel, press.db, &now, &err), 0);
	assert_int_equal(db_commit(press.db, &err), 0);
	channel_proceed(&channel, &now);
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
		assert_int_equal(channel.lane_count[LANE_FREE], cases[i].count);
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
	assert_false(pair());
	assert_true(channel_open(&channel));
	assert_int_equal(channel.lane_count[LANE_OPENING], 1);
	assert_false(pair());
	until_count(LANE_IDLE, 1);
	assert_true(pair());
	assert_int_equal(channel.paired, 1);
	assert_true(channel_has_news(&channel));
	/* loaded, it waits for the disk, however long */
	for (int i = 0; i < 10; i++)
		turn();
	assert_int_equal(office.mails, 0);
	assert_int_equal(count(ALL "'leased'"), 1);
	write_down();
	assert_int_equal(count(ALL "'started'"), 1);
	assert_int_equal(channel.lane_count[LANE_SENDING], 1);
	assert_false(channel_has_news(&channel));
	until_count(LANE_DONE, 1);
	assert_int_equal(office.mails, 1);
	assert_int_equal(count(ALL "'started'"), 1);
	assert_true(channel_has_news(&channel));
	write_down();
	assert_int_equal(count(ALL "'sent'"), 1);
	until_count(LANE_IDLE, 1);
	channel_close_idle(&channel, 60000);
	assert_int_equal(channel.lane_count[LANE_IDLE], 1);
	channel_close_idle(&channel, 0);
	until_count(LANE_FREE, 2);
	assert_int_equal(channel.open, 0);
	/* who says goodbye is in no trouble */
	assert_false(channel_has_news(&channel));
}

/* One that cannot be written down is not sent, and not forgotten: it waits in
 * the hold while its connection may go away. */
static void
a_turn_that_failed_leaves_nothing_behind(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("connections = 2", "");
	lease(2);
	open_all();
	for (int i = 0; i < 3; i++) {
		assert_true(pair());
		assert_true(pair());
		assert_int_equal(db_begin(press.db, &err), 0);
		assert_int_equal(
		    channel_note(&channel, press.db, &now, &err), 0);
		db_rollback(press.db);
		channel_unpair(&channel, channel.paired);
		turn();
		assert_int_equal(count(ALL "'leased'"), 2);
		assert_int_equal(hold.ready, 2);
		assert_int_equal(office.mails, 0);
	}
	assert_true(pair());
	assert_true(pair());
	write_down();
	until_count(LANE_DONE, 2);
	assert_int_equal(db_begin(press.db, &err), 0);
	assert_int_equal(channel_note(&channel, press.db, &now, &err), 0);
	db_rollback(press.db);
	assert_int_equal(count(ALL "'started'"), 2);
	write_down();
	assert_int_equal(count(ALL "'sent'"), 2);
	assert_int_equal(office.mails, 2);
}

/* The result of one and the start of the next are in one commit. */
static void
the_next_starts_as_the_last_is_noted(void **state)
{
	(void)state;
	begin("connections = 1", "");
	lease(2);
	open_all();
	assert_true(pair());
	assert_false(pair());
	write_down();
	until_count(LANE_DONE, 1);
	assert_true(pair());
	assert_int_equal(count(ALL "'sent'"), 0);
	write_down();
	assert_int_equal(count(ALL "'sent'"), 1);
	assert_int_equal(count(ALL "'started'"), 1);
	until_count(LANE_DONE, 1);
	assert_int_equal(office.mails, 2);
	assert_int_equal(office.opened, 1);
}

static void
a_connection_has_its_fill(void **state)
{
	(void)state;
	begin("connections = 1\nper_connection = 2", "");
	lease(3);
	open_all();
	for (int i = 0; i < 2; i++) {
		assert_true(pair());
		write_down();
		until_count(LANE_DONE, 1);
	}
	assert_false(pair());
	write_down();
	until_count(LANE_FREE, 1);
	assert_false(channel_has_news(&channel));
	open_all();
	assert_true(pair());
	write_down();
	until_count(LANE_DONE, 1);
	assert_int_equal(office.opened, 2);
	assert_int_equal(office.mails, 3);
}

/* No relay waits for ever until a connection has something to do; one that
 * hangs up at once is in trouble. */
static void
an_idle_connection_may_be_closed(void **state)
{
	(void)state;
	begin("connections = 2", "");
	open_all();
	for (size_t i = 0; i < 2; i++)
		channel.lanes[i].idle_since_ms -= 1000;
	office_leave(&office.desks[0]);
	office_leave(&office.desks[1]);
	until_count(LANE_FREE, 2);
	assert_false(channel_has_news(&channel));
	assert_true(channel_has_room(&channel, NOW));
	assert_true(channel_open(&channel));
	until_count(LANE_IDLE, 1);
	office_leave(&office.desks[0]);
	until_count(LANE_FREE, 2);
	assert_true(channel_has_news(&channel));
}

/* A relay that hangs up after a message leaves a lane without a connection,
 * and with a result: no other one is opened over it. */
static void
a_result_keeps_its_lane(void **state)
{
	(void)state;
	begin("connections = 2", "");
	office.per_connection = 1;
	lease(2);
	open_all();
	for (int i = 0; i < 2; i++)
		assert_true(pair());
	write_down();
	for (int i = 0; i < TURNS && channel.open > 0; i++)
		turn();
	assert_int_equal(channel.open, 0);
	assert_int_equal(channel.lane_count[LANE_DONE], 2);
	assert_false(channel_has_room(&channel, NOW));
	write_down();
	assert_int_equal(count(ALL "'sent'"), 2);
	assert_true(channel_has_room(&channel, NOW));
	assert_true(channel_open(&channel));
}

/* More than the rate lets go are not started, and wait in the hold. */
static void
the_rate_is_drawn_with_the_starts(void **state)
{
	(void)state;
	begin("connections = 4\nrate = 2", "");
	lease(4);
	open_all();
	for (int i = 0; i < 4; i++)
		assert_true(pair());
	write_down();
	assert_int_equal(count(ALL "'started'"), 2);
	assert_int_equal(hold.ready, 2);
	assert_true(meter_wait(&channel.meter, &now) > 0);
	assert_true(meter_wait(&channel.meter, &now) <= 500);
	assert_false(pair());
	until_count(LANE_DONE, 2);
	write_down();
	assert_int_equal(count(ALL "'sent'"), 2);
}

/* As by a pause, between the lease and the start: the relay was not given
 * those, and its day has room for them. */
static void
what_was_taken_back_is_not_counted(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("connections = 4\nper_day = 4", "");
	lease(4);
	open_all();
	for (int i = 0; i < 4; i++)
		assert_true(pair());
	assert_int_equal(db_run(press.db,
			     "UPDATE outbox SET state = 'queued', owner = NULL"
			     " WHERE id > 1",
			     DB_NO_ARGS, &err),
	    0);
	write_down();
	assert_int_equal(count(ALL "'started'"), 1);
	assert_int_equal(count("SELECT day_sent FROM pace"), 1);
	assert_true(meter_open(&channel.meter, &now, true));
	until_count(LANE_DONE, 1);
	write_down();
	assert_int_equal(office.mails, 1);
}

/* What another process, or an earlier life, has noted is believed. */
static void
a_relay_known_to_be_down_is_left_alone(void **state)
{
	struct trouble down = {
	    .scope = TROUBLE_RELAY, .name = "main", .error = "refused"};
	struct err err = ERR_INIT;

	(void)state;
	open_press("connections = 3", "");
	for (int i = 0; i < 5; i++)
		assert_int_equal(trouble_failed(press.db, &down, NOW, &err), 0);
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

/* A connection that is between two messages is as little established as one
 * that opens: who is not let in beside it waits for what it says, which may be
 * nothing. */
static void
nobody_is_waited_for_for_ever(void **state)
{
	const struct smtp_result refused = {
	    .outcome = SMTP_RELAY, .phase = SMTP_CONNECT, .code = 421};
	const struct smtp_result ended = {
	    .outcome = SMTP_RELAY, .phase = SMTP_RSET};

	(void)state;
	begin("connections = 2", "");
	for (size_t i = 0; i < 2; i++)
		lane_turn_to(&channel.lanes[i], LANE_OPENING);
	channel.lanes[0].carried = 3;
	channel.open = 2;
	lane_events.closed(&channel.lanes[1], NULL, &refused);
	assert_false(channel_has_room(&channel, NOW));
	lane_events.closed(&channel.lanes[0], NULL, &ended);
	assert_true(channel_has_room(&channel, NOW));
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
	    TEST(a_turn_that_failed_leaves_nothing_behind),
	    TEST(the_next_starts_as_the_last_is_noted),
	    TEST(a_connection_has_its_fill),
	    TEST(an_idle_connection_may_be_closed),
	    TEST(a_result_keeps_its_lane),
	    TEST(the_rate_is_drawn_with_the_starts),
	    TEST(what_was_taken_back_is_not_counted),
	    TEST(a_relay_known_to_be_down_is_left_alone),
	    TEST(nobody_is_waited_for_for_ever),
	    TEST(settings_that_cannot_work_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
