/* SPDX-License-Identifier: ISC */
#include "flow/deliver.h"

#include "press.h"

#include "base/clock.h"
#include "base/codec.h"
#include "flow/rescue.h"
#include "flow/signup.h"
#include "flow/verdict.h"
#include "model/optin.h"
#include "model/outbox_add.h"
#include "model/outbox_list.h"
#include "office.h"

#include <signal.h>
#include <sys/wait.h>

static struct loop *loop;
static struct office office;
static struct press press;
static struct db *db;    /* the worker's */
static struct db *other; /* anybody else's */
static struct list list;
static struct deliver *deliver;
static int64_t now;

#define TURNS   4000
#define TURN_MS 15

static int
setup(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(loop_new(&loop, &err), 0);
	office_open(&office, loop);
	now = NOW;
	return 0;
}

/* The rest: with a relay that is so. */
static void
begin(const char *relay)
{
	char more[2000];
	struct err err = ERR_INIT;

	snprintf(more, sizeof(more),
	    "relay main {\n url = \"smtp://127.0.0.1:%d\"\n tls = none\n"
	    "%s\n}\n" PRESS_MAIL,
	    office.port, relay);
	press_open(&press, more);
	db = press.db;
	other = press_db(&press);
	list = house_list(db, "daily");
	deliver = NULL;
	assert_int_equal(err.code, ERR_NONE);
}

static struct deliver *
worker_on(struct db *its_db)
{
	const struct deliver_parts parts = {.loop = loop,
	    .conf = press.conf,
	    .db = its_db,
	    .kit = press.kit,
	    .ring = press.ring,
	    .hello = "worker.example"};
	struct deliver *out = NULL;
	struct err err = ERR_INIT;

	if (deliver_new(&out, &parts, now, &err) != 0)
		fail_msg("%s", err.msg);
	return out;
}

static void
work(void)
{
	deliver = worker_on(db);
}

static int
teardown(void **state)
{
	(void)state;
	deliver_free(deliver, now);
	office_close(&office);
	db_close(other);
	press_close(&press);
	loop_free(loop);
	return 0;
}

static void
turn(void)
{
	struct err err = ERR_INIT;
	int64_t ms = deliver_patience(deliver);

	assert_int_equal(
	    loop_turn(loop, ms < 0 || ms > TURN_MS ? TURN_MS : ms, &err), 0);
	deliver_turn(deliver, now);
}

/* Goes round until it is so. */
static void
until(bool (*so)(void))
{
	deliver_turn(deliver, now);
	for (int i = 0; i < TURNS; i++) {
		if (so())
			return;
		turn();
	}
	fail_msg("after %d turns it is not so", TURNS);
}

/* The same, while the clock goes on: what was slowed down is under way again
 * only as time passes. */
static void
until_later(bool (*there)(void))
{
	for (int n = 0; n < TURNS && !there(); n++) {
		now++;
		deliver_tick(deliver, now);
		turn();
	}
	assert_true(there());
}

/* Goes round for a while; for what must not happen. */
static void
meanwhile(void)
{
	for (int i = 0; i < 40; i++)
		turn();
}

static int64_t
count(const char *what)
{
	return house_value(other, what);
}

#define ALL      "SELECT count(*) FROM outbox"
#define SENT     ALL " WHERE state = 'sent'"
#define QUEUED   ALL " WHERE state = 'queued'"
#define LEASED   ALL " WHERE state = 'leased'"
#define STARTED  ALL " WHERE state = 'started'"
#define DEFERRED ALL " WHERE state = 'deferred'"
#define FAILED   ALL " WHERE state = 'failed'"
#define UNKNOWN  ALL " WHERE state = 'unknown'"
#define OWNED    ALL " WHERE owner IS NOT NULL"
#define RELAYS   "SELECT count(*) FROM trouble"

static bool
all_final(void)
{
	struct outbox_list_counts counts;
	struct err err = ERR_INIT;

	assert_int_equal(outbox_list_count(other, 0, &counts, &err), 0);
	return outbox_list_final(&counts);
}

static bool
none_in_hand(void)
{
	return count(OWNED) == 0;
}

static bool
relay_is_down(void)
{
	return count(RELAYS) == 1 && count(OWNED) == 0;
}

static bool
one_waits(void)
{
	return office_waiting(&office) == 1;
}

static void
reader_name(int i, char out[64])
{
	snprintf(out, 64, "reader-%03d@example.net", i);
}

/* A digest to that many. */
static void
digest_to(int readers)
{
	struct err err = ERR_INIT;
	char name[64];

	assert_int_equal(db_begin(db, &err), 0);
	for (int i = 0; i < readers; i++) {
		reader_name(i, name);
		(void)house_reader(db, &list, name, SUBSCRIPTION_ADD);
	}
	(void)house_article(db, &list, "مقال");
	assert_int_equal(db_commit(db, &err), 0);
	assert_int_equal(
	    press_freeze(&press, "daily", "", now).issue.recipients, readers);
}

static void
each_got(int readers, int n)
{
	char name[64];

	for (int i = 0; i < readers; i++) {
		reader_name(i, name);
		assert_int_equal(office_got(&office, name), n);
	}
}

static int
copy_text(const struct db_row *row, void *arg)
{
	assert_true(str_fit(arg, 300, db_row_text(row, 0)));
	return 1;
}

/* The state of a reader's row, as anybody else sees it. */
static void
state_of(const char *address, char out[300])
{
	struct err err = ERR_INIT;

	assert_int_equal(db_each(other,
			     "SELECT o.state FROM outbox o JOIN subscription s"
			     " ON s.id = o.subscription_id JOIN subscriber p"
			     " ON p.id = s.subscriber_id WHERE p.address = ?1",
			     DB_ARGS(db_text(address)), copy_text, out, &err),
	    1);
}

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

static const char *
hold_the_dot(struct office_desk *desk, enum office_point point, void *arg)
{
	(void)desk;
	(void)arg;
	return point == OFFICE_DOT ? "~" : NULL;
}

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

static bool
two_wait(void)
{
	return office_waiting(&office) == 2;
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

/* The relay has taken two, and the result cannot be written: neither of their
 * connections gets another, and none goes out twice. */
static void
no_message_follows_one_without_a_result(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("connections = 2");
	office.fn = hold_the_dot;
	digest_to(6);
	work();
	until(two_wait);
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
	begin("connections = 2");
	office.fn = hold_the_dot;
	digest_to(6);
	work();
	until(two_wait);
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

/* ---- relays */

static void
a_relay_that_is_down_is_asked_again(void **state)
{
	(void)state;
	begin("connections = 4");
	digest_to(10);
	office_lock(&office);
	work();
	until(relay_is_down);
	assert_int_equal(count(QUEUED), 10);
	assert_int_equal(count("SELECT failures FROM trouble"), 1);
	assert_int_equal(count("SELECT since FROM trouble"), NOW);
	assert_int_equal(count("SELECT retry_at FROM trouble"), NOW + 1);
	assert_int_equal(count("SELECT count(*) FROM trouble"
			       " WHERE name = 'main' AND length(error) > 5"),
	    1);
	/* before its time nobody tries */
	meanwhile();
	assert_int_equal(count("SELECT failures FROM trouble"), 1);
	assert_int_equal(count(QUEUED), 10);
	/* it waits longer each time */
	for (int64_t n = 2; n <= 4; n++) {
		char sql[80];

		now = count("SELECT retry_at FROM trouble");
		for (int i = 0;
		     i < TURNS && count("SELECT failures FROM trouble") < n;
		     i++)
			turn();
		snprintf(
		    sql, sizeof(sql), "%s", "SELECT retry_at FROM trouble");
		assert_int_equal(count("SELECT failures FROM trouble"), n);
		assert_int_equal(count("SELECT retry_at FROM trouble"),
		    now + (1 << (n - 1)));
		until(none_in_hand);
	}
	assert_int_equal(count(ALL " WHERE attempts > 0"), 0);
	/* it is back */
	office_unlock(&office);
	now = count("SELECT retry_at FROM trouble");
	until(all_final);
	each_got(10, 1);
	assert_int_equal(count(RELAYS), 0);
}

/* One that was down is tried by a single connection. */
static const char *
refuse_and_close(struct office_desk *desk, enum office_point point, void *arg)
{
	(void)arg;
	if (point == OFFICE_MAIL) {
		office_say(desk, "421 4.3.2 going down");
		return "";
	}
	return NULL;
}

static void
trouble_of_the_relay_is_not_the_readers(void **state)
{
	(void)state;
	begin("connections = 3");
	digest_to(9);
	office.fn = refuse_and_close;
	work();
	until(relay_is_down);
	assert_int_equal(count(FAILED), 0);
	assert_int_equal(count(UNKNOWN), 0);
	assert_int_equal(count(QUEUED) + count(DEFERRED), 9);
	assert_int_equal(
	    count(
		"SELECT count(*) FROM trouble WHERE error LIKE '%going down%'"),
	    1);
	assert_int_equal(
	    count("SELECT count(*) FROM subscription WHERE state = 'active'"),
	    9);
	office.fn = NULL;
	office.opened = office.most = 0;
	now += 600;
	until_later(all_final);
	each_got(9, 1);
	assert_int_equal(count(RELAYS), 0);
}

/* A relay that takes so many messages a connection and then hangs up works as
 * it should; a message that came too late for one goes on another. */
static void
a_limit_per_connection_is_no_trouble(void **state)
{
	static const int limits[] = {1, 2, 3};

	for (size_t i = 0; i < sizeof(limits) / sizeof(*limits); i++) {
		begin("connections = 2");
		office.per_connection = limits[i];
		digest_to(12);
		work();
		for (int n = 0; n < TURNS && !all_final(); n++) {
			turn();
			assert_int_equal(count(RELAYS), 0);
			/* who met a closed door again and again waits */
			if (n % 100 == 99)
				now += 3600;
			deliver_tick(deliver, now);
		}
		each_got(12, 1);
		assert_int_equal(count(SENT), 12);
		assert_true(office.opened >= 12 / limits[i]);
		if (i + 1 < sizeof(limits) / sizeof(*limits)) {
			(void)teardown(state);
			(void)setup(state);
		}
	}
}

/* ---- what replies mean */

struct answers {
	const char *recipient;
	enum office_point point;
	const char *say;
};

static const char *
answer_one(struct office_desk *desk, enum office_point point, void *arg)
{
	const struct answers *answers = arg;

	if (point != answers->point)
		return NULL;
	if (point == OFFICE_MAIL || str_eq(desk->recipient, answers->recipient))
		return answers->say;
	return NULL;
}

static void
a_reply_decides_about_its_own_row(void **state)
{
	static const struct {
		enum office_point point;
		const char *say;
		const char *policy;
		const char *state;
		int64_t code;
		bool bounced;
		int64_t uncertain;
	} cases[] = {
	    {OFFICE_RCPT, "550 5.1.1 no such user", "resend", "failed", 550,
		true, 0},
	    {OFFICE_RCPT, "550 5.7.1 not from you", "resend", "deferred", 550,
		false, 0},
	    {OFFICE_RCPT, "450 4.2.0 greylisted", "resend", "deferred", 450,
		false, 0},
	    {OFFICE_DATA, "554 5.6.0 no", "resend", "failed", 554, false, 0},
	    {OFFICE_DATA, "451 4.3.0 later", "resend", "deferred", 451, false,
		0},
	    {OFFICE_DOT, "550 5.7.1 spam", "resend", "deferred", 550, false, 0},
	    {OFFICE_DOT, "452 4.2.2 full", "resend", "deferred", 452, false, 0},
	    {OFFICE_DOT, "", "resend", "deferred", 0, false, 1},
	    {OFFICE_DOT, "", "hold", "unknown", 0, false, 1},
	    {OFFICE_DOT, "", "skip", "unknown", 0, false, 1},
	    {OFFICE_RCPT, "", "resend", "deferred", 0, false, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct answers answers = {
		    "reader-001@example.net", cases[i].point, cases[i].say};
		struct err err = ERR_INIT;
		char is[300];

		begin("connections = 1");
		assert_int_equal(
		    db_run(db, "UPDATE list SET unknown_policy = ?1",
			DB_ARGS(db_text(cases[i].policy)), &err),
		    0);
		office.fn = answer_one;
		office.arg = &answers;
		digest_to(4);
		work();
		for (int n = 0; n < TURNS && count(SENT) < 3; n++) {
			turn();
			/* a relay that complained gets the rest slowly */
			if (n % 20 == 19)
				deliver_tick(deliver, ++now);
		}
		until(none_in_hand);
		state_of("reader-001@example.net", is);
		if (!str_eq(is, cases[i].state))
			fail_msg("case %zu: %s", i, is);
		assert_int_equal(
		    count(
			"SELECT reply_code FROM outbox WHERE state <> 'sent'"),
		    cases[i].code);
		assert_int_equal(count("SELECT count(*) FROM subscription"
				       " WHERE state = 'bounced'"),
		    cases[i].bounced);
		assert_int_equal(count("SELECT uncertain FROM outbox"
				       " WHERE state <> 'sent'"),
		    cases[i].uncertain);
		assert_int_equal(count(SENT), 3);
		assert_int_equal(count(RELAYS), 0);
		if (str_eq(cases[i].state, "deferred")) {
			/* a minute, give or take a fifth; then it goes */
			assert_true(count("SELECT due FROM outbox WHERE state ="
					  " 'deferred'") >= NOW + 48);
			assert_true(count("SELECT due FROM outbox WHERE state ="
					  " 'deferred'") <= now + 72);
			office.fn = NULL;
			now += 72;
			until_later(all_final);
			assert_int_equal(count(SENT), 4);
			each_got(4, 1);
		}
		if (i + 1 < sizeof(cases) / sizeof(*cases)) {
			(void)teardown(state);
			(void)setup(state);
		}
	}
}

/* A dead address gets nothing more, of any issue. */
static void
a_bounce_ends_what_is_queued_for_it(void **state)
{
	struct answers answers = {
	    "reader-000@example.net", OFFICE_RCPT, "550 5.1.1 no such user"};

	(void)state;
	begin("connections = 1");
	digest_to(1);
	now += 86400;
	(void)house_article(db, &list, "آخر");
	(void)press_freeze(&press, "daily", "", now);
	assert_int_equal(count(ALL), 2);
	office.fn = answer_one;
	office.arg = &answers;
	work();
	until(all_final);
	assert_int_equal(count(FAILED), 1);
	assert_int_equal(count(ALL " WHERE state = 'cancelled'"), 1);
	assert_int_equal(office.mails, 0);
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
	now += OUTBOX_AGE;
	deliver_tick(deliver, now);
	until(all_final);
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

/* ---- confirm mails */

static const char *
once_later(struct office_desk *desk, enum office_point point, void *arg)
{
	bool *done = arg;

	(void)desk;
	if (point != OFFICE_DOT || *done)
		return NULL;
	*done = true;
	return "451 4.3.0 later";
}

/* The token's hash is on disk when the mail leaves, the token never is; a
 * second try has a second one, and the first still works. */
static void
a_confirm_mail_brings_its_token(void **state)
{
	struct subscription sub;
	struct err err = ERR_INIT;
	bool later = false;
	char token[TOKEN_RANDOM_SIZE];
	struct signup_link found;
	const char *at;
	struct str text;

	(void)state;
	begin("connections = 1");
	sub = house_reader(db, &list, "new@example.net", SUBSCRIPTION_ASK);
	assert_int_equal(outbox_add_confirm(db, sub.id, now, &err), 0);
	assert_int_equal(count("SELECT count(*) FROM optin"), 0);
	office.fn = once_later;
	office.arg = &later;
	work();
	until(none_in_hand);
	for (int i = 0; i < TURNS && count(DEFERRED) == 0; i++)
		turn();
	assert_int_equal(count("SELECT count(*) FROM optin"), 1);
	now += 100;
	deliver_tick(deliver, now);
	until(all_final);
	assert_int_equal(count("SELECT count(*) FROM optin"), 2);
	assert_int_equal(
	    count("SELECT max(expires) FROM optin"), now + SIGNUP_TOKEN_LIFE);
	assert_int_equal(office.mails, 1);

	/* the text part, up to its end, is base64 of three letters a time */
	at = strstr(office.mail[0].body, "text/plain");
	assert_non_null(at);
	at = strstr(at, "\r\n\r\n") + 4;
	str_init(&text, 100000);
	while (*at != '-' && *at != '=') {
		unsigned char bytes[57];
		char line[80];
		size_t n = strcspn(at, "\r=-");

		assert_true(n < sizeof(line));
		for (size_t i = 0; i < n; i++)
			line[i] = at[i] == '+'   ? '-'
				  : at[i] == '/' ? '_'
						 : at[i];
		line[n] = '\0';
		assert_true(codec_base64url_decode(bytes, n * 6 / 8, line));
		str_add_bytes(&text, bytes, n * 6 / 8);
		at += n;
		at += strspn(at, "\r\n");
	}
	at = strstr(text.data, "/confirm/");
	assert_non_null(at);
	at += strlen("/confirm/");
	assert_int_equal(strcspn(at, "\r\n"), TOKEN_RANDOM_SIZE - 1);
	memcpy(token, at, TOKEN_RANDOM_SIZE - 1);
	token[TOKEN_RANDOM_SIZE - 1] = '\0';
	str_release(&text);
	assert_int_equal(signup_confirm_look(db, token, now, &found, &err), 0);
	assert_int_equal(found.state, SIGNUP_LINK_GOOD);
	assert_int_equal(found.subscription.id, sub.id);
	assert_int_equal(db_value(other, "SELECT 1 FROM optin WHERE hash = ?1",
			     DB_ARGS(db_text(token)), &(int64_t){0}, &err),
	    0);
}

/* ---- stopping */

static void
draining_finishes_what_is_under_way(void **state)
{
	(void)state;
	begin("connections = 2");
	digest_to(9);
	office.fn = hold_the_dot;
	work();
	until(two_wait);
	assert_true(count(LEASED) > 0);
	assert_false(deliver_drained(deliver));
	meanwhile();
	/* what had not started goes back to whoever stays */
	assert_int_equal(count(QUEUED), 7);
	assert_int_equal(count(STARTED), 2);
	assert_false(deliver_drained(deliver));
	office_go_on(&office, OFFICE_DOT);
	for (int i = 0; i < TURNS && !deliver_drained(deliver); i++)
		turn();
	assert_true(deliver_drained(deliver));
	assert_int_equal(count(SENT), 2);
	deliver_tick(deliver, now + 1);
	meanwhile();
	assert_int_equal(count(QUEUED), 7);
	assert_int_equal(office.mails, 2);
	deliver_free(deliver, now);
	assert_int_equal(count("SELECT count(*) FROM worker"), 0);
	/* and whoever stays has them */
	office.fn = NULL;
	work();
	until(all_final);
	each_got(9, 1);
}

/* As under new settings: one begins while the other finishes, and a relay sees
 * no more connections than it may have. */
static void
two_keep_to_the_connections_of_one(void **state)
{
	struct deliver *former;

	(void)state;
	begin("connections = 2");
	digest_to(9);
	office.fn = hold_the_dot;
	work();
	until(two_wait);
	former = deliver;
	work();
	deliver_beside(deliver, former);
	assert_false(deliver_drained(former));
	deliver_turn(former, now);
	meanwhile();
	assert_int_equal(office.opened, 2);
	office.fn = NULL;
	office_go_on(&office, OFFICE_DOT);
	for (int i = 0; i < TURNS && !deliver_drained(former); i++) {
		turn();
		deliver_turn(former, now);
	}
	assert_true(deliver_drained(former));
	deliver_beside(deliver, NULL);
	deliver_free(former, now);
	deliver_tick(deliver, now + 1);
	until(all_final);
	each_got(9, 1);
	assert_int_equal(office.most, 2);
	meanwhile();
	assert_true(deliver_idle(deliver));
}

static void
what_is_cut_is_uncertain_and_noted_so(void **state)
{
	(void)state;
	begin("connections = 2");
	digest_to(9);
	office.fn = hold_the_dot;
	work();
	until(two_wait);
	deliver_free(deliver, now);
	deliver = NULL;
	assert_int_equal(count(QUEUED), 7);
	assert_int_equal(count(DEFERRED " AND uncertain = 1"), 2);
	assert_int_equal(count(OWNED), 0);
	assert_int_equal(count("SELECT count(*) FROM worker"), 0);
	work();
}

/* A database that was busy to the end does not make a known result an
 * uncertain one. */
static void
what_is_known_at_the_end_is_written(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("connections = 1");
	digest_to(2);
	office.fn = hold_the_dot;
	work();
	until(one_waits);
	assert_int_equal(db_begin(other, &err), 0);
	office_go_on(&office, OFFICE_DOT);
	meanwhile();
	assert_int_equal(count(STARTED), 1);
	db_rollback(other);
	deliver_free(deliver, now);
	assert_int_equal(count(SENT), 1);
	assert_int_equal(count(QUEUED), 1);
	assert_int_equal(count(OWNED), 0);
	work();
}

/* ---- death */

/* A worker of its own in a child: nothing of ours is touched there. */
static pid_t
child_works(void)
{
	pid_t pid = fork();
	struct err err = ERR_INIT;
	struct loop *its_loop;

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	if (loop_new(&its_loop, &err) != 0)
		_exit(1);
	loop = its_loop;
	deliver = worker_on(press_db(&press));
	for (;;)
		turn();
}

static void
kill_9_loses_nobody(void **state)
{
	enum { READERS = 40, CONNECTIONS = 3 };
	struct err err = ERR_INIT;
	int twice = 0;
	pid_t pid;

	(void)state;
	begin("connections = 3");
	digest_to(READERS);
	db_close(db);
	db_close(other);
	db = other = NULL;
	pid = child_works();
	while (office.mails < READERS / 2)
		assert_int_equal(loop_turn(loop, 1000, &err), 0);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	press.db = db = press_db(&press);
	other = press_db(&press);
	assert_true(count(OWNED) > 0);
	assert_true(count(STARTED) <= CONNECTIONS);
	work();
	assert_int_equal(count(STARTED), 0);
	until(all_final);
	assert_int_equal(count(SENT), READERS);
	for (int i = 0; i < READERS; i++) {
		char name[64];
		int got;

		reader_name(i, name);
		got = office_got(&office, name);
		assert_true(got == 1 || got == 2);
		twice += got == 2;
	}
	assert_true(twice <= CONNECTIONS);
}

/* Who was taken for dead while it slept leases nothing under its old name:
 * nobody would ever look for those rows again. */
static void
who_was_taken_for_dead_leases_nothing(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	begin("connections = 1");
	work();
	meanwhile();
	assert_int_equal(
	    db_run(other, "DELETE FROM worker", DB_NO_ARGS, &err), 0);
	digest_to(5);
	office.fn = hold_the_dot;
	deliver_tick(deliver, now + 1);
	meanwhile();
	assert_int_equal(count(OWNED), 0);
	assert_int_equal(count(QUEUED), 5);
	office.fn = NULL;
	now += WORKER_BEAT;
	deliver_tick(deliver, now);
	until(all_final);
	each_got(5, 1);
	assert_int_equal(count("SELECT count(*) FROM worker"), 1);
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

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

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
	    TEST(a_relay_that_is_down_is_asked_again),
	    TEST(trouble_of_the_relay_is_not_the_readers),
	    TEST(a_limit_per_connection_is_no_trouble),
	    TEST(a_reply_decides_about_its_own_row),
	    TEST(a_bounce_ends_what_is_queued_for_it),
	    TEST(who_left_meanwhile_gets_nothing),
	    TEST(what_cannot_be_composed_holds_nobody_up),
	    TEST(two_workers_share_without_sending_twice),
	    TEST(a_confirm_mail_brings_its_token),
	    TEST(draining_finishes_what_is_under_way),
	    TEST(two_keep_to_the_connections_of_one),
	    TEST(what_is_known_at_the_end_is_written),
	    TEST(what_is_cut_is_uncertain_and_noted_so),
	    TEST(kill_9_loses_nobody),
	    TEST(who_was_taken_for_dead_leases_nothing),
	    TEST(more_than_a_batch_goes_out_by_itself),
	    TEST(rows_move_to_a_new_queue_by_and_by),
	    TEST(new_rows_are_found_by_the_tick),
	    TEST(where_one_relay_is_down_the_other_takes_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
