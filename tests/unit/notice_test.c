/* SPDX-License-Identifier: ISC */
#include "flow/notice.h"

#include "press.h"

#include "dkim_keys.h"

#include "base/codec.h"
#include "mail/mime.h"
#include "model/outbox_add.h"
#include "model/trouble.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define UUID         "11111111-1111-4111-8111-111111111111"

#define MAIL(admin) "mail {\nfrom = \"النشرة <news@example.org>\"\n" admin "}\n"
#define ADMIN       "admin = admin@example.org\n"

static struct press press;

static void
open_with(const char *settings)
{
	press_open(&press, settings);
}

static int
teardown(void **state)
{
	(void)state;
	press_close(&press);
	return 0;
}

static void
breaks(
    enum trouble_scope scope, const char *name, const char *why, int64_t when)
{
	struct trouble trouble = {.scope = scope};
	struct err err = ERR_INIT;

	assert_true(str_fit(trouble.name, sizeof(trouble.name), name));
	assert_true(str_fit(trouble.error, sizeof(trouble.error), why));
	assert_int_equal(trouble_failed(press.db, &trouble, when, &err), 0);
}

static int
tell(int64_t now)
{
	struct err err = ERR_INIT;
	int n = notice_tell(press.db, press.kit, now, &err);

	if (n < 0)
		fail_msg("%s", err.msg);
	return n;
}

static char *
last_text(void)
{
	struct err err = ERR_INIT;
	char *text = NULL;
	int64_t id = house_value(
	    press.db, "SELECT max(id) FROM outbox WHERE kind = 'notice'");

	assert_int_equal(outbox_notice_text(press.db, id, &text, &err), 0);
	return text;
}

static void
told_once_and_not_too_often(void **state)
{
	struct err err = ERR_INIT;
	char *text;

	(void)state;
	open_with("language = en\n" MAIL(ADMIN));
	assert_int_equal(tell(NOW), 0);
	breaks(TROUBLE_RELAY, "main", "454 4.7.0 no", NOW);
	assert_int_equal(tell(NOW + 59), 0);
	breaks(TROUBLE_RELAY, "main", "535 5.7.8 wrong password", NOW + 59);
	breaks(TROUBLE_DOMAIN, "gmail.com", "550 5.7.26 no DKIM", NOW + 1);
	breaks(TROUBLE_CLOCK, "", "set back by 5 s", NOW + 30);
	assert_int_equal(tell(NOW + 61), 1);
	text = last_text();
	assert_string_equal(text,
	    "Mail is waiting: 2 problems\n\n"
	    "This is an automatic message from the mailing system of “موقع "
	    "التجربة”. Some mail cannot be sent at the moment. It is kept, and "
	    "nothing is lost.\n\n"
	    "The mail server “main” has taken no mail since Monday, 24 "
	    "November 2025, 16:00:\n535 5.7.8 wrong password\n\n"
	    "The domain gmail.com has refused our mail since Monday, 24 "
	    "November 2025, 16:00:\n550 5.7.26 no DKIM\n\n"
	    "Waiting mail is tried again from time to time, and goes out by "
	    "itself once the cause is gone.\n"
	    "To see how things stand now: nashra status\n");
	free(text);
	/* the third comes with the next mail, an hour later */
	assert_int_equal(tell(NOW + 120), 0);
	assert_int_equal(tell(NOW + 61 + NOTICE_EVERY - 1), 0);
	assert_int_equal(tell(NOW + 61 + NOTICE_EVERY), 1);
	text = last_text();
	assert_true(str_starts(text, "Mail is waiting: 1 problem\n"));
	assert_non_null(strstr(text, "The clock of this machine has not been"
				     " steady"));
	assert_null(strstr(text, "gmail"));
	free(text);
	assert_int_equal(tell(NOW + 9 * NOTICE_EVERY), 0);
	/* what was over and comes again is news */
	assert_int_equal(
	    trouble_over(press.db, TROUBLE_RELAY, "main", &err), 1);
	breaks(TROUBLE_RELAY, "main", "down", NOW + 10 * NOTICE_EVERY);
	assert_int_equal(tell(NOW + 11 * NOTICE_EVERY), 1);
	assert_int_equal(
	    house_value(press.db, "SELECT count(*) FROM outbox"), 3);
}

#define AGAIN  "goes out by itself once the cause is gone.\n"
#define RELOAD "mended, they are read again with: systemctl reload nashra-"
#define WAITS  "Some mail cannot be sent at the moment."
#define GOES   "Mail is still being sent."

/* What was not taken keeps no mail back, and waits for somebody. */
static void
settings_are_not_tried_again(void **state)
{
	static const struct {
		bool relay, settings;
		const char *subject;
		const char *has[3], *lacks[3];
	} cases[] = {
	    {true, false, "Mail is waiting: 1 problem\n", {WAITS, AGAIN},
		{GOES, RELOAD}},
	    {false, true, "A fault in the settings\n", {GOES, RELOAD},
		{WAITS, AGAIN, "waiting"}},
	    {true, true, "Mail is waiting: 2 problems\n",
		{WAITS, AGAIN, RELOAD}, {GOES}},
	};

	for (size_t i = 0; i < COUNT(cases); i++) {
		char *text;

		open_with("language = en\n" MAIL(ADMIN));
		if (cases[i].relay)
			breaks(TROUBLE_RELAY, "main", "down", NOW);
		if (cases[i].settings)
			breaks(TROUBLE_SETTINGS, "web", "no key", NOW);
		assert_int_equal(tell(NOW + 60), 1);
		text = last_text();
		assert_true(str_starts(text, cases[i].subject));
		assert_non_null(strstr(text, "nashra status\n"));
		for (size_t n = 0; n < 3; n++) {
			if (cases[i].has[n] != NULL)
				assert_non_null(strstr(text, cases[i].has[n]));
			if (cases[i].lacks[n] != NULL)
				assert_null(strstr(text, cases[i].lacks[n]));
		}
		free(text);
		if (i + 1 < COUNT(cases))
			(void)teardown(state);
	}
}

static void
nobody_to_be_told(void **state)
{
	(void)state;
	open_with(MAIL(""));
	breaks(TROUBLE_RELAY, "main", "down", NOW);
	assert_int_equal(tell(NOW + 3600), 0);
	assert_int_equal(
	    house_value(press.db, "SELECT count(*) FROM outbox"), 0);
}

/* A clock that is set back keeps nothing quiet for long. */
static void
a_clock_set_back(void **state)
{
	(void)state;
	open_with(MAIL(ADMIN));
	breaks(TROUBLE_RELAY, "main", "down", NOW);
	assert_int_equal(tell(NOW + 60), 1);
	breaks(TROUBLE_RELAY, "spare", "down", NOW);
	assert_int_equal(tell(NOW - 86400), 1);
}

/* Another worker is writing: later. */
static void
a_busy_database(void **state)
{
	struct err err = ERR_INIT;
	struct db *other;

	(void)state;
	open_with(MAIL(ADMIN));
	breaks(TROUBLE_RELAY, "main", "down", NOW);
	other = press_db(&press);
	assert_int_equal(db_begin(other, &err), 0);
	assert_int_equal(notice_tell(press.db, press.kit, NOW + 60, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	db_rollback(other);
	db_close(other);
	assert_int_equal(tell(NOW + 60), 1);
}

/* More than fit one mail are told by the next. */
static void
a_great_many(void **state)
{
	char *text;

	(void)state;
	open_with("time_zone = \"Asia/Damascus\"\n" MAIL(ADMIN));
	for (int i = 0; i < 40; i++) {
		char name[32];

		snprintf(name, sizeof(name), "d%02d.example", i);
		breaks(TROUBLE_DOMAIN, name,
		    "550 5.7.1 \xe2\x80\xae"
		    "no",
		    NOW);
	}
	assert_int_equal(tell(NOW + 60), 1);
	text = last_text();
	assert_true(str_starts(text, "رسائل متوقفة: ٣٢ مشكلة\n\n"));
	assert_non_null(strstr(text,
	    "النطاق d31.example يرفض رسائلنا منذ الاثنين ٢٤ / نوفمبر / ٢٠٢٥"));
	assert_non_null(strstr(text, "، الساعة ١٩:٠٠:\n550 5.7.1 no\n"));
	assert_null(strstr(text, "{"));
	free(text);
	assert_int_equal(tell(NOW + 60 + NOTICE_EVERY), 1);
	text = last_text();
	assert_true(str_starts(text, "رسائل متوقفة: ٨ مشكلات\n"));
	free(text);
	assert_int_equal(tell(NOW + 60 + 2 * NOTICE_EVERY), 0);
}

/* ---- the mail */

static const char TEXT[] = "رسائل متوقفة: مشكلة واحدة\n\nسطر\n550 no\n";

static void
check_body(const char *message)
{
	static const char body[] = "سطر\r\n550 no\r\n";
	const char *at = strstr(message, "\r\n\r\n");
	struct str wanted;

	assert_non_null(at);
	str_init(&wanted, 4096);
	codec_base64_lines(&wanted, body, sizeof(body) - 1);
	assert_string_equal(at + 4, wanted.data);
	str_release(&wanted);
}

static void
a_mail_is_made(void **state)
{
	static const char *const wanted[] = {
	    "\r\nFrom: =?UTF-8?B?2KfZhNmG2LTYsdip?= <news@example.org>\r\n",
	    "\r\nTo: <admin@example.org>\r\n",
	    "\r\nDate: Mon, 24 Nov 2025 16:00:00 +0000\r\n",
	    "\r\nMessage-ID: <" UUID "@example.org>\r\n",
	    "\r\nAuto-Submitted: auto-generated\r\n",
	    "\r\nSubject: =?UTF-8?B?2LHYs9in2KbZhCDZhdiq2YjZgtmB2Kk6",
	    "\r\nContent-Language: ar\r\n",
	    "\r\nContent-Type: text/plain; charset=utf-8\r\n",
	    "\r\nContent-Transfer-Encoding: base64\r\n",
	};
	static const char *const unwanted[] = {
	    "List-", "Precedence", "Return-Path", "Sender:"};
	struct err err = ERR_INIT;
	struct str out;

	(void)state;
	open_with(MAIL(ADMIN));
	str_init(&out, MIME_MESSAGE_MAX);
	str_add(&out, "\r\n");
	assert_int_equal(
	    notice_make(press.kit, UUID, TEXT, NOW, &out, &err), 0);
	for (size_t i = 0; i < COUNT(wanted); i++) {
		const char *at = strstr(out.data, wanted[i]);

		if (at == NULL || strstr(at + 2, wanted[i]) != NULL)
			fail_msg("%s: %s", wanted[i], out.data);
	}
	for (size_t i = 0; i < COUNT(unwanted); i++)
		assert_null(strstr(out.data, unwanted[i]));
	check_body(out.data);
	str_release(&out);
}

static void
a_mail_is_signed(void **state)
{
	struct err err = ERR_INIT;
	struct conf *conf;
	struct str out;

	(void)state;
	open_with(MAIL(ADMIN));
	press_write(&press, "key.pem", KEY, 0600);
	kit_free(press.kit);
	press.kit = NULL;
	conf = press.conf;
	press.conf = press_conf(&press,
	    MAIL(
		ADMIN) "dkim {\ndomain = example.org\nkey_file = key.pem\n}\n");
	conf_free(conf);
	assert_int_equal(kit_new(&press.kit, press.conf, true, &err), 0);
	str_init(&out, MIME_MESSAGE_MAX);
	assert_int_equal(
	    notice_make(press.kit, UUID, TEXT, NOW, &out, &err), 0);
	assert_true(str_starts(out.data, "DKIM-Signature: v=1; a=rsa-sha256"));
	assert_non_null(strstr(out.data, "\r\nFrom: "));
	check_body(out.data);
	str_release(&out);
}

static void
no_mail_can_be_made(void **state)
{
	struct err err = ERR_INIT;
	struct str out;

	(void)state;
	open_with(MAIL(""));
	str_init(&out, MIME_MESSAGE_MAX);
	assert_int_equal(
	    notice_make(press.kit, UUID, TEXT, NOW, &out, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_int_equal(out.len, 0);
	str_release(&out);
}

#define EACH(name) cmocka_unit_test_teardown(name, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    EACH(told_once_and_not_too_often),
	    EACH(settings_are_not_tried_again),
	    EACH(nobody_to_be_told),
	    EACH(a_clock_set_back),
	    EACH(a_busy_database),
	    EACH(a_great_many),
	    EACH(a_mail_is_made),
	    EACH(a_mail_is_signed),
	    EACH(no_mail_can_be_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
