/* SPDX-License-Identifier: ISC */
#include "flow/lease.h"

#include "press.h"

#include "model/outbox_add.h"
#include "model/outbox_queue.h"
#include "model/trouble.h"
#include "model/worker.h"

#define ME       "11111111-1111-4111-8111-111111111111"
#define DEFERRED "SELECT count(*) FROM outbox WHERE state = 'deferred'"

static struct press press;
static struct lease lease;
static struct strikes strikes;
static struct list list;
static struct cargo_slip got[CARGO_SLIPS];
static const char *refused; /* a list that no relay takes now */
static const char *apart;   /* one that has a relay of its own */

static unsigned
relays(void *arg, const struct lease_mail *mail)
{
	(void)arg;
	if (refused != NULL && str_eq(mail->list, refused))
		return 0;
	if (apart != NULL && mail->list[0] == '\0')
		return 3;
	return apart != NULL && str_eq(mail->list, apart) ? 2 : 1;
}

static int
teardown(void **state)
{
	(void)state;
	press_close(&press);
	return 0;
}

static void
begin(const char *more)
{
	struct err err = ERR_INIT;
	const struct pace_now clock = {.ms = NOW * 1000, .day = NOW / 86400};

	press_open(&press, more);
	refused = apart = NULL;
	strikes = (struct strikes){0};
	lease = (struct lease){.db = press.db,
	    .conf = press.conf,
	    .strikes = &strikes,
	    .relays = relays,
	    .clock = clock};
	list = house_list(press.db, "daily");
	assert_int_equal(paced_ensure(press.db, press.conf, &clock, &err), 0);
}

/* So many readers at a domain. */
static void
readers(const struct list *of, int n, const char *domain)
{
	for (int i = 0; i < n; i++) {
		char address[80];

		snprintf(address, sizeof(address), "r%d@%s", i, domain);
		(void)house_reader(press.db, of, address, SUBSCRIPTION_ADD);
	}
}

static void
freeze(const struct list *of)
{
	(void)house_article(press.db, of, of->name);
	(void)press_freeze(&press, of->name, "", NOW);
}

static int
take(size_t held, size_t room)
{
	const struct lease_ask ask = {.owner = ME,
	    .now = NOW,
	    .held = held,
	    .room = {room - 2},
	    .spare = {2, 2}};
	struct err err = ERR_INIT;
	int n = lease_rows(&lease, &ask, got, &err);

	if (n < 0)
		fail_msg("%s", err.msg);
	for (int i = 0; i < n; i++) {
		assert_int_equal(got[i].row.state, OUTBOX_LEASED);
		assert_string_equal(got[i].row.owner, ME);
		assert_int_equal(got[i].to.id, got[i].row.subscription_id);
	}
	return n;
}

static int
of_issue(int n, int64_t issue)
{
	int count = 0;

	for (int i = 0; i < n; i++)
		count += got[i].row.issue_id == issue;
	return count;
}

static void
run(const char *sql)
{
	struct err err = ERR_INIT;

	if (db_run(press.db, sql, DB_NO_ARGS, &err) != 0)
		fail_msg("%s", err.msg);
}

static int64_t
count(const char *sql)
{
	return house_value(press.db, sql);
}

static void
there_is_no_more_than_room(void **state)
{
	(void)state;
	begin(PRESS_MAIL);
	readers(&list, 9, "example.net");
	assert_int_equal(take(0, 10), 0);
	freeze(&list);
	assert_int_equal(take(0, 6), 4); /* two are spare */
	assert_int_equal(take(4, 100), 5);
	assert_int_equal(take(9, 100), 0);
	assert_int_equal(lease.wait_ms, -1);
}

/* A small list is not kept waiting by a large one. */
static void
issues_share_alike(void **state)
{
	struct list second;
	int n;

	(void)state;
	begin(PRESS_MAIL);
	second = house_list(press.db, "sport");
	readers(&list, 40, "example.net");
	readers(&second, 5, "example.org");
	freeze(&list);
	freeze(&second);
	n = take(0, 12);
	assert_int_equal(n, 10);
	assert_int_equal(of_issue(n, 1), 5);
	assert_int_equal(of_issue(n, 2), 5);
	assert_int_equal(take(10, 12), 10);
}

static void
mail_of_no_issue_comes_first(void **state)
{
	struct subscription sub;
	struct err err = ERR_INIT;
	int n;

	(void)state;
	begin(PRESS_MAIL);
	readers(&list, 9, "example.net");
	freeze(&list);
	sub =
	    house_reader(press.db, &list, "new@example.com", SUBSCRIPTION_ASK);
	assert_int_equal(outbox_add_confirm(press.db, sub.id, NOW, &err), 0);
	n = take(0, 3);
	assert_int_equal(n, 1);
	assert_int_equal(got[0].row.kind, OUTBOX_CONFIRM);
	/* and has room where a digest has none */
	assert_int_equal(outbox_add_confirm(press.db, sub.id, NOW, &err), 0);
	assert_int_equal(take(8, 2), 1);
	assert_int_equal(got[0].row.kind, OUTBOX_CONFIRM);
}

static void
what_is_paused_or_has_no_relay_stays(void **state)
{
	(void)state;
	begin(PRESS_MAIL);
	readers(&list, 3, "example.net");
	freeze(&list);
	run("UPDATE issue SET state = 'paused'");
	assert_int_equal(take(0, 10), 0);
	run("UPDATE issue SET state = 'cancelled'");
	assert_int_equal(take(0, 10), 0);
	run("UPDATE issue SET state = 'sending'");
	refused = "daily";
	assert_int_equal(take(0, 10), 0);
	refused = NULL;
	assert_int_equal(take(0, 10), 3);
}

/* The rate of a domain is what is leased of it, and holds up nobody else. */
static void
a_domain_is_fed_at_its_pace(void **state)
{
	struct err err = ERR_INIT;
	int n;

	(void)state;
	begin(PRESS_MAIL "domain \"slow.example.net\" { rate = 2 }\n");
	readers(&list, 9, "slow.example.net");
	readers(&list, 9, "example.org");
	freeze(&list);
	assert_int_equal(count("SELECT count(*) FROM outbox"
			       " WHERE pace = 'slow.example.net'"),
	    9);
	n = take(0, 100);
	assert_int_equal(n, 11);
	assert_true(lease.wait_ms > 0 && lease.wait_ms <= 500);
	lease.clock.ms += 1000;
	assert_int_equal(take(0, 100), 2);
	/* what goes back may go again */
	for (int i = 0; i < 2; i++) {
		assert_int_equal(outbox_move(press.db, &got[i].row,
				     OUTBOX_RELEASE, NULL, NOW, &err),
		    1);
	}
	assert_int_equal(take(0, 100), 2);
	/* and what was taken from us, as by a pause, has not gone */
	run("UPDATE outbox SET state = 'queued', owner = NULL"
	    " WHERE state = 'leased' AND pace = 'slow.example.net'");
	for (int i = 0; i < 2; i++) {
		assert_int_equal(outbox_move(press.db, &got[i].row,
				     OUTBOX_START, NULL, NOW, &err),
		    0);
	}
	assert_int_equal(take(0, 100), 2);
}

static void
a_domain_has_so_many_in_hand(void **state)
{
	(void)state;
	begin(PRESS_MAIL "domain \"few.example.net\" { connections = 3 }\n");
	readers(&list, 9, "few.example.net");
	freeze(&list);
	assert_int_equal(take(0, 100), 3);
	assert_int_equal(take(3, 100), 0);
	run("UPDATE outbox SET state = 'sent', owner = NULL WHERE id = 1");
	assert_int_equal(take(2, 100), 1);
}

/* All issues together, and those of one lease as well. */
static void
a_domain_has_no_more_of_several_issues(void **state)
{
	struct list second;

	(void)state;
	begin(PRESS_MAIL "domain \"few.example.net\" { connections = 3 }\n");
	second = house_list(press.db, "sport");
	readers(&list, 2, "few.example.net");
	readers(&second, 9, "few.example.net");
	freeze(&list);
	freeze(&second);
	assert_int_equal(take(0, 100), 3);
	assert_int_equal(of_issue(3, 1), 2);
	assert_int_equal(take(3, 100), 0);
}

static void
a_domain_in_trouble_is_tried_by_one(void **state)
{
	struct trouble trouble = {.scope = TROUBLE_DOMAIN,
	    .name = "bad.example.net",
	    .error = "550 5.7.26 unauthenticated"};
	struct err err = ERR_INIT;

	(void)state;
	begin(PRESS_MAIL "domain \"bad.example.net\" { }\n");
	readers(&list, 5, "bad.example.net");
	freeze(&list);
	assert_int_equal(trouble_failed(press.db, &trouble, NOW - 10, &err), 0);
	assert_int_equal(take(0, 100), 0);
	assert_int_equal(lease.wait_ms, 50000);
	assert_true(strike_is_down(&strikes, "bad.example.net"));
	run("UPDATE trouble SET retry_at = retry_at - 60");
	assert_int_equal(take(0, 100), 1);
	assert_int_equal(take(1, 100), 0);
}

/* A domain that became slow after the freeze gets its queue as its rows come
 * up. */
static void
rows_move_to_a_new_queue(void **state)
{
	const struct pace pace = {.scope = PACE_DOMAIN,
	    .name = "new.example.net",
	    .day = PACE_NO_DAY};
	struct err err = ERR_INIT;

	(void)state;
	begin(PRESS_MAIL);
	readers(&list, 6, "new.example.net");
	readers(&list, 2, "example.org");
	freeze(&list);
	assert_int_equal(pace_ensure(press.db, &pace, &lease.clock, &err), 0);
	assert_int_equal(take(0, 100), 2);
	assert_int_equal(lease.wait_ms, 0);
	assert_int_equal(count("SELECT count(*) FROM outbox"
			       " WHERE pace = 'new.example.net'"
			       " AND state = 'queued'"),
	    6);
	assert_int_equal(take(2, 100), 6);
	assert_int_equal(lease.wait_ms, -1);
}

/* A second list, which has a relay of its own. */
static struct list
begin_with_another(void)
{
	begin(PRESS_MAIL);
	apart = "weekly";
	return house_list(press.db, apart);
}

/* What one relay has room for is taken for it, however much waits for the
 * other one. */
static void
each_relay_has_its_room(void **state)
{
	struct lease_ask ask = {
	    .owner = ME, .now = NOW, .room = {4, 6}, .spare = {2, 2}};
	struct list other;
	struct err err = ERR_INIT;

	(void)state;
	other = begin_with_another();
	readers(&list, 20, "example.net");
	readers(&other, 9, "example.com");
	freeze(&list);
	freeze(&other);
	assert_int_equal(lease_rows(&lease, &ask, got, &err), 10);
	assert_int_equal(of_issue(10, 1), 4);
	for (int i = 0; i < 10; i++)
		assert_int_equal(got[i].relays, got[i].row.issue_id);
	assert_int_equal(lease.more, 3);
	/* the first one is stuck: the other goes on to its end */
	ask.held = 4;
	ask.room[0] = 0;
	assert_int_equal(lease_rows(&lease, &ask, got, &err), 3);
	assert_int_equal(of_issue(3, 2), 3);
	assert_int_equal(lease.more, 1);
	assert_int_equal(lease_rows(&lease, &ask, got, &err), 0);
}

/* The confirm mails of a list whose relay is stuck stand before those of
 * another one: they are put off, and do not fill the hold. */
static void
mail_of_no_issue_has_its_room(void **state)
{
	struct lease_ask ask = {
	    .owner = ME, .now = NOW, .room = {1, 4}, .spare = {2, 2}};
	struct list other;
	struct err err = ERR_INIT;

	(void)state;
	other = begin_with_another();
	for (int i = 0; i < 12; i++) {
		const struct list *of = i < 10 ? &list : &other;
		char address[40];
		struct subscription sub;

		snprintf(address, sizeof(address), "r%d@example.net", i);
		sub = house_reader(press.db, of, address, SUBSCRIPTION_ASK);
		assert_int_equal(
		    outbox_add_confirm(press.db, sub.id, NOW, &err), 0);
	}
	assert_int_equal(lease_rows(&lease, &ask, got, &err), 3);
	assert_int_equal(count(DEFERRED), 3);
	assert_int_equal(lease.wait_ms, 0);
	ask.room[0] = ask.spare[0] = 0;
	ask.held = 3;
	assert_int_equal(lease_rows(&lease, &ask, got, &err), 2);
	assert_int_equal(got[0].row.list_id, other.id);
	assert_int_equal(count(DEFERRED), 7);
}

/* Mail of no issue stands in one queue, and goes by its own list. */
static void
mail_of_no_issue_has_its_relay(void **state)
{
	struct list other;
	struct err err = ERR_INIT;

	(void)state;
	other = begin_with_another();
	for (int i = 0; i < 3; i++) {
		const struct list *of = i == 1 ? &other : &list;
		struct subscription sub = house_reader(press.db, of,
		    (const char *[]){
			"a@example.org", "b@example.org", "c@example.org"}[i],
		    SUBSCRIPTION_ASK);

		assert_int_equal(
		    outbox_add_confirm(press.db, sub.id, NOW, &err), 0);
	}
	refused = "daily";
	assert_int_equal(take(0, 100), 1);
	assert_int_equal(got[0].relays, 2);
	assert_int_equal(count("SELECT count(*) FROM outbox"
			       " WHERE state = 'deferred' AND owner IS NULL"
			       " AND reply_text LIKE 'no relay%'"),
	    2);
}

static void
suspects_come_one_at_a_time(void **state)
{
	(void)state;
	begin(PRESS_MAIL);
	readers(&list, 4, "example.net");
	freeze(&list);
	run("UPDATE outbox SET pace = '?', faults = 2 WHERE id < 3");
	assert_int_equal(take(1, 100), 0);
	assert_true(lease.wait_ms > 0);
	assert_true(lease.suspect);
	assert_int_equal(take(0, 100), 1);
	assert_false(lease.suspect);
	assert_int_equal(take(0, 100), 1);
	assert_int_equal(take(0, 100), 2);
}

/* The index of what waits keeps a row that is sent: as if it had said before
 * that it is about something else. */
static void
damage_index(int64_t id)
{
	struct err err = ERR_INIT;

	run("PRAGMA writable_schema = ON");
	run("UPDATE sqlite_master SET sql = replace(sql, 'state = ''queued''',"
	    " 'state = ''none''') WHERE name = 'outbox_queue'");
	run("PRAGMA writable_schema = RESET");
	assert_int_equal(
	    db_run(press.db, "UPDATE outbox SET state = 'sent' WHERE id = ?1",
		DB_ARGS(db_int(id)), &err),
	    0);
	run("PRAGMA writable_schema = ON ");
	run("UPDATE sqlite_master SET sql = replace(sql, 'state = ''none''',"
	    " 'state = ''queued''') WHERE name = 'outbox_queue'");
	run("PRAGMA writable_schema = RESET ");
}

/* What a damaged index names is not sent again, and not in silence. */
static void
a_row_is_asked_itself(void **state)
{
	const struct lease_ask ask = {
	    .owner = ME, .now = NOW, .room = {100}, .spare = {2, 2}};
	struct err err = ERR_INIT;

	(void)state;
	begin(PRESS_MAIL);
	readers(&list, 3, "example.net");
	freeze(&list);
	damage_index(1);
	damage_index(2);
	assert_int_equal(take(0, 100), 1);
	assert_int_equal(lease_rows(&lease, &ask, got, &err), -1);
	assert_int_equal(err.code, ERR_DATA);
	assert_int_equal(
	    count("SELECT count(*) FROM outbox WHERE state = 'sent'"), 2);
}

/* Nor do they keep others waiting, whose issue is held or over. */
static void
suspects_of_a_paused_issue_wait_with_it(void **state)
{
	struct list second;
	int n;

	(void)state;
	begin(PRESS_MAIL);
	second = house_list(press.db, "sport");
	readers(&list, 4, "example.net");
	readers(&second, 3, "example.org");
	freeze(&list);
	freeze(&second);
	run("UPDATE outbox SET pace = '?', faults = 2 WHERE id < 3");
	run("UPDATE issue SET state = 'paused' WHERE id = 1");
	n = take(0, 100);
	assert_int_equal(n, 3);
	assert_int_equal(of_issue(n, 2), 3);
	run("UPDATE issue SET state = 'sending'");
	assert_int_equal(take(0, 100), 1);
	assert_string_equal(got[0].row.pace, "?");
}

/* As after a jump of the clock. */
static void
issues_are_held_and_other_mail_is_not(void **state)
{
	struct subscription sub;
	struct err err = ERR_INIT;

	(void)state;
	begin(PRESS_MAIL "domain \"slow.example.net\" { rate = 2 }\n");
	readers(&list, 4, "slow.example.net");
	readers(&list, 4, "example.org");
	freeze(&list);
	run("UPDATE outbox SET pace = '?', faults = 2 WHERE id > 7");
	sub =
	    house_reader(press.db, &list, "new@example.com", SUBSCRIPTION_ASK);
	assert_int_equal(outbox_add_confirm(press.db, sub.id, NOW, &err), 0);
	lease.held = true;
	assert_int_equal(take(0, 100), 1);
	assert_int_equal(got[0].row.kind, OUTBOX_CONFIRM);
	assert_int_equal(lease.wait_ms, -1);
	assert_int_equal(take(1, 100), 0);
	lease.held = false;
	assert_int_equal(take(0, 100), 1);
	/* an hour of the clock is no hour's worth of messages */
	lease.clock.ms += 3600 * 1000;
	assert_int_equal(take(0, 100), 2 + 3);
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(there_is_no_more_than_room),
	    TEST(issues_share_alike),
	    TEST(mail_of_no_issue_comes_first),
	    TEST(what_is_paused_or_has_no_relay_stays),
	    TEST(a_domain_is_fed_at_its_pace),
	    TEST(a_domain_has_so_many_in_hand),
	    TEST(a_domain_has_no_more_of_several_issues),
	    TEST(a_domain_in_trouble_is_tried_by_one),
	    TEST(rows_move_to_a_new_queue),
	    TEST(each_relay_has_its_room),
	    TEST(mail_of_no_issue_has_its_room),
	    TEST(mail_of_no_issue_has_its_relay),
	    TEST(suspects_come_one_at_a_time),
	    TEST(issues_are_held_and_other_mail_is_not),
	    TEST(suspects_of_a_paused_issue_wait_with_it),
	    TEST(a_row_is_asked_itself),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
