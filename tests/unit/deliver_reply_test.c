/* SPDX-License-Identifier: ISC */
#include "flow/deliver.h"

#include "depot.h"

#include "base/codec.h"
#include "flow/signup.h"
#include "model/optin.h"
#include "model/outbox_add.h"

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

/* Nor is one on connections: no more are opened than it lets in. */
static void
a_limit_of_connections_is_no_trouble(void **state)
{
	(void)state;
	begin("connections = 6");
	office.admits = 2;
	digest_to(60);
	work();
	for (int n = 0; n < TURNS && !all_final(); n++) {
		turn();
		assert_int_equal(count(RELAYS), 0);
		deliver_tick(deliver, now);
	}
	each_got(60, 1);
	assert_int_equal(count(SENT), 60);
	/* all at the first go, and none of them again */
	assert_in_range(office.opened, 6, 8);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_relay_that_is_down_is_asked_again),
	    TEST(trouble_of_the_relay_is_not_the_readers),
	    TEST(a_limit_per_connection_is_no_trouble),
	    TEST(a_limit_of_connections_is_no_trouble),
	    TEST(a_reply_decides_about_its_own_row),
	    TEST(a_bounce_ends_what_is_queued_for_it),
	    TEST(a_confirm_mail_brings_its_token),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
