/* SPDX-License-Identifier: ISC */
#include "flow/deliver.h"

#include "depot.h"

#include "model/outbox_add.h"

/* ---- the order of things */

static const char *
look_at_every_line(struct office_desk *desk, enum office_point point, void *arg)
{
	int *looks = arg;
	char state[300];

	++*looks;
	/* its result is on disk before its connection gets another */
	if (point == OFFICE_MAIL && desk->before[0] != '\0') {
		state_of(desk->before, state);
		assert_string_equal(state, "sent");
	}
	/* it is started on disk before a byte of it leaves */
	if (point != OFFICE_MAIL) {
		state_of(desk->recipient, state);
		assert_string_equal(state, "started");
	}
	return NULL;
}

static void
what_is_on_disk_runs_ahead_of_the_wire(void **state)
{
	static const struct {
		const char *relay;
		bool pipelining;
	} cases[] = {{"connections = 1", false}, {"connections = 4", true}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int looks = 0;

		begin(cases[i].relay);
		office.fn = look_at_every_line;
		office.arg = &looks;
		office.pipelining = cases[i].pipelining;
		digest_to(30);
		work();
		until(all_final);
		each_got(30, 1);
		assert_int_equal(office.mails, 30);
		assert_int_equal(looks, 30 * 4);
		assert_int_equal(office.most, i == 0 ? 1 : 4);
		assert_int_equal(count(SENT), 30);
		assert_int_equal(
		    count(ALL " WHERE attempts = 1 AND relay = 'main'"
			      " AND reply_code = 250 AND reply_status = '2.0.0'"
			      " AND reply_text LIKE '%taken%'"
			      " AND finished = 1764000000"),
		    30);
		if (i == 0) {
			(void)teardown(state);
			(void)setup(state);
		}
	}
}

/* Mail for many over one body: whose it is stands in the envelope. */
static void
each_mail_is_its_readers(void **state)
{
	char ids[20][200];

	(void)state;
	begin("connections = 3");
	digest_to(20);
	work();
	until(all_final);
	for (int i = 0; i < office.mails; i++) {
		const struct office_mail *mail = &office.mail[i];
		struct str to;
		const char *at;
		size_t n;

		str_init(&to, 200);
		str_addf(&to, "\r\nTo: <%s>\r\n", mail->recipient);
		assert_non_null(strstr(mail->body, to.data));
		str_release(&to);
		assert_true(str_starts(mail->sender, "bounce+"));
		at = strstr(mail->body, "Message-ID:");
		assert_non_null(at);
		n = strcspn(at, "\r");
		assert_true(n < sizeof(ids[i]));
		memcpy(ids[i], at, n);
		ids[i][n] = '\0';
		for (int j = 0; j < i; j++) {
			assert_string_not_equal(ids[i], ids[j]);
			assert_string_not_equal(
			    mail->sender, office.mail[j].sender);
		}
	}
}

/* ---- a busy database */

static void
a_busy_database_delays_and_loses_nothing(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("connections = 2");
	digest_to(10);
	work();
	assert_int_equal(db_begin(other, &err), 0);
	for (int i = 0; i < 40; i++) {
		turn();
		assert_true(deliver_patience(deliver) >= 0);
	}
	/* nothing could be leased, so that nothing was even begun */
	assert_int_equal(office.opened, 0);
	assert_int_equal(count(QUEUED), 10);
	db_rollback(other);
	until(all_final);
	each_got(10, 1);
}

/* What a busy database kept from being written may be nothing by the time it is
 * free; then there is nothing to hurry for. */
static void
a_turn_that_has_come_to_nothing_is_over(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("");
	digest_to(1);
	work();
	assert_int_equal(db_begin(other, &err), 0);
	deliver_turn(deliver, now);
	assert_true(deliver_patience(deliver) >= 0);
	assert_true(deliver_drained(deliver));
	for (int i = 0; i < 40 && deliver_patience(deliver) >= 0; i++)
		turn();
	assert_int_equal(deliver_patience(deliver), -1);
	db_rollback(other);
}

static void
two_of_six_wait(void)
{
	begin("connections = 2");
	office.fn = hold_the_dot;
	digest_to(6);
	work();
	until(two_wait);
}

/* The relay has taken two, and the result cannot be written: neither of their
 * connections gets another, and none goes out twice. */
static void
no_message_follows_one_without_a_result(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	two_of_six_wait();
	assert_int_equal(db_begin(other, &err), 0);
	office.fn = NULL;
	office_go_on(&office, OFFICE_DOT);
	meanwhile();
	assert_int_equal(office.mails, 2);
	assert_int_equal(count(STARTED), 2);
	assert_int_equal(count(SENT), 0);
	db_rollback(other);
	until(all_final);
	each_got(6, 1);
}

/* A started row changes by its worker's hand alone. Where it has not, the
 * database is not what was written, and nothing more is sent of it. */
static void
nothing_is_sent_of_a_database_that_is_not_ours(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	two_of_six_wait();
	assert_int_equal(
	    db_run(other,
		"UPDATE outbox SET state = 'leased' WHERE state = 'started'",
		DB_NO_ARGS, &err),
	    0);
	office.fn = NULL;
	office_go_on(&office, OFFICE_DOT);
	meanwhile();
	deliver_tick(deliver, ++now);
	meanwhile();
	assert_int_equal(office.mails, 2);
	assert_int_equal(count(SENT), 0);
}

/* ---- a commit that fails */

/* From now on no transaction that brings a row into that state can be
 * committed: its last statement still goes well, the commit does not. */
static void
break_commits(const char *of_state)
{
	static const char *const made[] = {
	    "CREATE TABLE mother (id INTEGER PRIMARY KEY)",
	    "CREATE TABLE child (mother BIGINT REFERENCES mother (id)"
	    " DEFERRABLE INITIALLY DEFERRED)",
	    "CREATE TABLE broken (state TEXT)",
	    "CREATE TRIGGER breaks AFTER UPDATE ON outbox"
	    " WHEN new.state IN (SELECT state FROM broken)"
	    " BEGIN INSERT INTO child VALUES (1); END"};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < sizeof(made) / sizeof(*made); i++)
		assert_int_equal(db_run(other, made[i], DB_NO_ARGS, &err), 0);
	assert_int_equal(db_run(other, "INSERT INTO broken VALUES (?1)",
			     DB_ARGS(db_text(of_state)), &err),
	    0);
}

static void
mend_commits(void)
{
	struct err err = ERR_INIT;

	assert_int_equal(
	    db_run(other, "DELETE FROM broken", DB_NO_ARGS, &err), 0);
}

static const char *
count_mails(struct office_desk *desk, enum office_point point, void *arg)
{
	int *mails = arg;

	(void)desk;
	*mails += point == OFFICE_MAIL;
	return NULL;
}

/* Not a byte of a message leaves before its start is committed; nor does the
 * next one before the last one's result is. Nothing of it is forgotten. */
static void
nothing_leaves_before_the_commit(void **state)
{
	static const struct {
		const char *broken;
		int mails; /* begun while commits fail */
	} cases[] = {{"started", 0}, {"sent", 2}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int mails = 0;

		if (i > 0) {
			(void)teardown(state);
			(void)setup(state);
		}
		begin("connections = 2");
		digest_to(6);
		break_commits(cases[i].broken);
		office.fn = count_mails;
		office.arg = &mails;
		work();
		for (int n = 0; n < TURNS && (office.opened < 2 ||
						 office.mails < cases[i].mails);
		     n++)
			turn();
		meanwhile();
		assert_int_equal(mails, cases[i].mails);
		assert_int_equal(count(STARTED), cases[i].mails);
		assert_int_equal(count(SENT), 0);
		mend_commits();
		until(all_final);
		each_got(6, 1);
		assert_int_equal(mails, 6);
	}
}

/* ---- cancelled, composed wrongly, or another's */

static void
who_left_meanwhile_gets_nothing(void **state)
{
	struct subscription sub;
	struct err err = ERR_INIT;

	(void)state;
	begin("connections = 1");
	digest_to(5);
	office.fn = hold_the_dot;
	work();
	until(one_waits);
	/* the one that waits has left already; the others have not */
	assert_int_equal(count(STARTED), 1);
	assert_true(count(LEASED) > 0);
	for (int64_t id = 1; id <= 2; id++) {
		assert_int_equal(subscription_get(other, id, &sub, &err), 1);
		assert_int_equal(outbox_cancel(other, sub.id, now, &err), 0);
	}
	office.fn = NULL;
	office_go_on(&office, OFFICE_DOT);
	until(all_final);
	assert_int_equal(office_got(&office, "reader-000@example.net"), 1);
	assert_int_equal(office_got(&office, "reader-001@example.net"), 0);
	assert_int_equal(count(SENT), 4);
	assert_int_equal(count(ALL " WHERE state = 'cancelled'"), 1);
}

static void
what_cannot_be_composed_holds_nobody_up(void **state)
{
	struct list broken;
	struct subscription sub;
	struct err err = ERR_INIT;

	(void)state;
	begin("connections = 2");
	broken = house_list(db, "broken");
	assert_int_equal(db_run(db,
			     "UPDATE list SET sender = 'nobody'"
			     " WHERE name = 'broken'",
			     DB_NO_ARGS, &err),
	    0);
	sub = house_reader(db, &broken, "b@example.net", SUBSCRIPTION_ASK);
	assert_int_equal(outbox_add_confirm(db, sub.id, now, &err), 0);
	digest_to(5);
	work();
	for (int n = 0; n < TURNS && count(SENT) < 5; n++)
		turn();
	until(none_in_hand);
	each_got(5, 1);
	assert_int_equal(
	    count(ALL " WHERE state = 'deferred' AND attempts = 0"
		      " AND reply_text LIKE 'cannot be composed: %broken%'"),
	    1);
	assert_int_equal(count("SELECT count(*) FROM optin"), 0);
	/* it is not tried for ever */
	for (int n = 0; n < TURNS && !all_final(); n++) {
		now += 3600;
		deliver_tick(deliver, now);
		turn();
	}
	assert_int_equal(count(ALL " WHERE faults = 5"), 1);
	assert_int_equal(count(FAILED), 1);
	assert_int_equal(office.mails, 5);
}

static void
two_workers_share_without_sending_twice(void **state)
{
	struct deliver *second;

	(void)state;
	begin("connections = 3");
	digest_to(60);
	work();
	second = worker_on(other);
	for (int i = 0; i < TURNS && !all_final(); i++) {
		turn();
		deliver_turn(second, now);
	}
	assert_int_equal(count(SENT), 60);
	each_got(60, 1);
	deliver_free(second, now);
}

/* ---- a clock that jumps */

/* The two clocks, so long after the test began. */
static void
look_at_the_clocks(int64_t wall_s, int64_t mono_s)
{
	(void)steady_look(
	    &steady, (struct clock_pair){.wall_ms = (NOW + wall_s) * 1000,
			 .mono_ms = mono_s * 1000});
	now = NOW + wall_s;
	deliver_tick(deliver, now);
}

/* What is out comes to its end, what is in hand goes back, what somebody waits
 * for goes on; and then it is as before, by whatever time of day. */
static void
digests_wait_for_a_steady_clock(void **state)
{
	static const int64_t jumps[] = {86400, 30 * 86400, -86400, -20};
	struct subscription sub;
	struct err err = ERR_INIT;

	for (size_t i = 0; i < sizeof(jumps) / sizeof(*jumps); i++) {
		if (i > 0) {
			(void)teardown(state);
			(void)setup(state);
		}
		begin("connections = 2");
		digest_to(9);
		office.fn = hold_the_dot;
		work();
		look_at_the_clocks(0, 0);
		until(two_wait);
		assert_true(count(LEASED) > 0);
		look_at_the_clocks(jumps[i], 1);
		office.fn = NULL;
		office_go_on(&office, OFFICE_DOT);
		sub = house_reader(
		    db, &list, "new@example.net", SUBSCRIPTION_ASK);
		assert_int_equal(outbox_add_confirm(db, sub.id, now, &err), 0);
		look_at_the_clocks(jumps[i] + 1, 2);
		meanwhile();
		assert_int_equal(count(SENT), 3);
		assert_int_equal(office_got(&office, "new@example.net"), 1);
		assert_int_equal(count(QUEUED), 7);
		assert_int_equal(count(OWNED), 0);
		look_at_the_clocks(jumps[i] + 9, 10);
		until(all_final);
		assert_int_equal(count(SENT), 10);
		each_got(9, 1);
	}
}

/* Nor are they lost to a worker that is told to stop meanwhile. */
static void
a_worker_stops_while_they_wait(void **state)
{
	(void)state;
	begin("connections = 2");
	digest_to(9);
	office.fn = hold_the_dot;
	work();
	look_at_the_clocks(0, 0);
	until(two_wait);
	look_at_the_clocks(3600, 1);
	assert_false(deliver_drained(deliver));
	office_go_on(&office, OFFICE_DOT);
	for (int i = 0; i < TURNS && !deliver_drained(deliver); i++)
		turn();
	assert_true(deliver_drained(deliver));
	assert_int_equal(count(SENT), 2);
	assert_int_equal(count(QUEUED), 7);
}

/* ---- more than a batch, and more than a relay */

static void
more_than_a_batch_goes_out_by_itself(void **state)
{
	(void)state;
	begin("connections = 8");
	digest_to(300);
	work();
	until(all_final);
	assert_int_equal(office.mails, 300);
	each_got(300, 1);
	assert_true(office.most <= 8);
}

static bool
all_are_moved(void)
{
	return count(QUEUED " AND pace = ''") == 0;
}

/* Rows of a domain that has a pace of its own by now go into its queue, and
 * the loop has its turns between: a million rows are many. */
static void
rows_move_to_a_new_queue_by_and_by(void **state)
{
	(void)state;
	begin("connections = 2\n}\ndomain \"example.net\" {\n rate = 1");
	digest_to(200);
	work();
	deliver_turn(deliver, now);
	assert_true(count(QUEUED " AND pace = ''") > 100);
	assert_int_equal(deliver_patience(deliver), 0);
	until(all_are_moved);
	assert_int_equal(count(ALL " WHERE pace = 'example.net'"), 200);
}

static void
new_rows_are_found_by_the_tick(void **state)
{
	(void)state;
	begin("connections = 2");
	work();
	meanwhile();
	assert_int_equal(office.opened, 0);
	digest_to(3);
	deliver_tick(deliver, now);
	until(all_final);
	each_got(3, 1);
}

/* A hold full of digests, at a low rate, would keep it for long. */
static void
a_confirm_mail_waits_for_no_room(void **state)
{
	struct subscription sub;
	struct err err = ERR_INIT;

	(void)state;
	begin("connections = 8\n rate = 1");
	digest_to(100);
	work();
	meanwhile();
	assert_true(count(LEASED) > 8 * 4 / 2);
	sub = house_reader(db, &list, "new@example.net", SUBSCRIPTION_ASK);
	assert_int_equal(outbox_add_confirm(db, sub.id, now, &err), 0);
	deliver_tick(deliver, now);
	deliver_turn(deliver, now);
	assert_int_equal(
	    count(OWNED " AND kind = 'confirm' AND state = 'leased'"), 1);
}

static void
where_one_relay_is_down_the_other_takes_all(void **state)
{
	struct office second;
	char relay[200];

	(void)state;
	office_open(&second, loop);
	snprintf(relay, sizeof(relay),
	    "connections = 2\n}\nrelay spare {\n"
	    " url = \"smtp://127.0.0.1:%d\"\n tls = none\n connections = 2",
	    second.port);
	begin(relay);
	office_lock(&office);
	digest_to(12);
	work();
	until(all_final);
	assert_int_equal(count(SENT), 12);
	assert_int_equal(second.mails, 12);
	assert_int_equal(count(RELAYS), 1);
	assert_int_equal(count(ALL " WHERE relay = 'spare'"), 12);
	deliver_free(deliver, now);
	deliver = NULL;
	office_close(&second);
	work();
}

static struct office beside;

static int expected;

static bool
the_other_has_all(void)
{
	return beside.mails == expected && count(SENT) == expected;
}

/* One takes no message to its end, and more rows than a hold has room for are
 * for it alone. */
static void
one_hangs(void)
{
	char relay[300];

	office_open(&beside, loop);
	snprintf(relay, sizeof(relay),
	    "connections = 2\n lists = {\"daily\"}\n}\nrelay beside {\n"
	    " url = \"smtp://127.0.0.1:%d\"\n tls = none\n connections = 2\n"
	    " lists = {\"weekly\"}",
	    beside.port);
	begin(relay);
	office.fn = hold_the_dot;
	digest_to(100);
}

/* So many are for the other. */
static void
others(int n)
{
	struct list weekly = house_list(db, "weekly");

	for (int i = 0; i < n; i++) {
		char address[40];

		snprintf(address, sizeof(address), "w%d@example.net", i);
		(void)house_reader(db, &weekly, address, SUBSCRIPTION_ADD);
	}
	(void)house_article(db, &weekly, "مقال");
	(void)press_freeze(&press, "weekly", "", now);
	expected = n;
}

/* It answers, and all is over. */
static void
it_goes_on(void)
{
	office.fn = NULL;
	office_go_on(&office, OFFICE_DOT);
	until(all_final);
	each_got(100, 1);
	deliver_free(deliver, now);
	deliver = NULL;
	office_close(&beside);
	work();
}

static void
a_relay_that_hangs_holds_up_no_other(void **state)
{
	(void)state;
	one_hangs();
	others(30);
	work();
	until(the_other_has_all);
	assert_int_equal(count(STARTED), 2);
	it_goes_on();
}

/* They are taken up alone, with nothing else in hand. */
static void
nor_does_it_hold_up_suspects(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	one_hangs();
	work();
	until(two_wait);
	others(3);
	assert_int_equal(
	    db_run(other,
		"UPDATE outbox SET pace = '?', faults = 2 WHERE issue_id ="
		" (SELECT max(id) FROM issue)",
		DB_NO_ARGS, &err),
	    0);
	deliver_tick(deliver, now);
	until(the_other_has_all);
	it_goes_on();
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(what_is_on_disk_runs_ahead_of_the_wire),
	    TEST(each_mail_is_its_readers),
	    TEST(a_busy_database_delays_and_loses_nothing),
	    TEST(a_turn_that_has_come_to_nothing_is_over),
	    TEST(no_message_follows_one_without_a_result),
	    TEST(nothing_is_sent_of_a_database_that_is_not_ours),
	    TEST(nothing_leaves_before_the_commit),
	    TEST(who_left_meanwhile_gets_nothing),
	    TEST(what_cannot_be_composed_holds_nobody_up),
	    TEST(two_workers_share_without_sending_twice),
	    TEST(digests_wait_for_a_steady_clock),
	    TEST(a_worker_stops_while_they_wait),
	    TEST(more_than_a_batch_goes_out_by_itself),
	    TEST(rows_move_to_a_new_queue_by_and_by),
	    TEST(new_rows_are_found_by_the_tick),
	    TEST(a_confirm_mail_waits_for_no_room),
	    TEST(where_one_relay_is_down_the_other_takes_all),
	    TEST(a_relay_that_hangs_holds_up_no_other),
	    TEST(nor_does_it_hold_up_suspects),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
