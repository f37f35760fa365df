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
	assert_non_null(strstr(text, "<!doctype html>"));
	text[strcspn(text, "\f")] = '\0';
	assert_string_equal(text,
	    "Mail is waiting: 2 problems\n\n"
	    "This is an automatic message from the mailing system of “موقع "
	    "التجربة”. Some mail cannot be sent at the moment. It is kept, and "
	    "nothing is lost.\n\n"
	    "The mail server “main” has taken no mail since Monday, 24 "
	    "November 2025, 16:00:\n535 5.7.8 wrong password\n"
	    "What to do: see whether the server is up, and whether its "
	    "address, name and password in the settings are right.\n\n"
	    "The domain gmail.com has refused our mail since Monday, 24 "
	    "November 2025, 16:00:\n550 5.7.26 no DKIM\n"
	    "The line above says why. Most often it is the reputation of the "
	    "server, or a missing record of SPF, DKIM or DMARC.\n\n"
	    "Waiting mail is tried again from time to time, and goes out by "
	    "itself once the cause is gone.\n\n"
	    "To see how things stand now:\nnashra status\n");
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
#define RELOAD "mended, they are read again with:\nsystemctl reload nashra-"
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
	assert_null(strstr(text, "{{"));
	free(text);
	assert_int_equal(tell(NOW + 60 + NOTICE_EVERY), 1);
	text = last_text();
	assert_true(str_starts(text, "رسائل متوقفة: ٨ مشكلات\n"));
	free(text);
	assert_int_equal(tell(NOW + 60 + 2 * NOTICE_EVERY), 0);
}

/* ---- the mail */

/* As it was before notices had a second part: such rows may still wait. */
static const char TEXT[] = "رسائل متوقفة: مشكلة واحدة\n\nسطر\n550 no\n";
static const char BOTH[] =
    "رسائل متوقفة: مشكلة واحدة\n\nسطر\n550 no\n\f<p>سطر</p>\n";

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
	    "\r\nList-Id: <_notices.example.org>\r\n",
	    "\r\nList-Post: NO\r\n",
	    "\r\nPrecedence: bulk\r\n",
	    "\r\nAuto-Submitted: auto-generated\r\n",
	    "\r\nSubject: =?UTF-8?B?2LHYs9in2KbZhCDZhdiq2YjZgtmB2Kk6",
	    "\r\nContent-Language: ar\r\n",
	    "\r\nContent-Type: text/plain; charset=utf-8\r\n",
	    "\r\nContent-Transfer-Encoding: base64\r\n",
	};
	static const char *const unwanted[] = {
	    "List-Unsubscribe", "Return-Path", "Sender:"};
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
has_part(const char *message, const char *type, const char *body)
{
	struct str wanted;

	str_init(&wanted, 4096);
	str_addf(&wanted,
	    "--=_" UUID "\r\nContent-Type: %s; charset=utf-8\r\n"
	    "Content-Transfer-Encoding: base64\r\n\r\n",
	    type);
	codec_base64_lines(&wanted, body, strlen(body));
	if (strstr(message, wanted.data) == NULL)
		fail_msg("%s: %s", wanted.data, message);
	str_release(&wanted);
}

static void
a_mail_has_two_parts(void **state)
{
	struct err err = ERR_INIT;
	struct str out;

	(void)state;
	open_with(MAIL(ADMIN));
	str_init(&out, MIME_MESSAGE_MAX);
	assert_int_equal(
	    notice_make(press.kit, UUID, BOTH, NOW, &out, &err), 0);
	assert_non_null(strstr(out.data,
	    "\r\nContent-Type: multipart/alternative;\r\n boundary=\"=_" UUID
	    "\"\r\n"));
	has_part(out.data, "text/plain", "سطر\r\n550 no\r\n");
	has_part(out.data, "text/html", "<p>سطر</p>\r\n");
	assert_true(str_ends(out.data, "\r\n--=_" UUID "--\r\n"));
	str_release(&out);
}

/* What a relay said is a text, whatever it looks like; and it can neither end
 * a part nor begin one. */
static void
what_others_said_stays_text(void **state)
{
	static const char HOSTILE[] =
	    "550 <script>x</script> \f\x01\x1e{{subject}}\r\n.\r\n--=_ "
	    "\xe2\x80\xae C++ & co";
	char *text, *html;

	(void)state;
	open_with("language = ar\n" MAIL(ADMIN));
	breaks(TROUBLE_RELAY, "main", HOSTILE, NOW);
	assert_int_equal(tell(NOW + 60), 1);
	text = last_text();
	html = strchr(text, '\f');
	assert_non_null(html);
	*html++ = '\0';
	assert_null(strchr(html, '\f'));
	assert_null(strchr(html, '\x01'));
	assert_null(strstr(html, "<script"));
	assert_null(strstr(html, "\xe2\x80\xae"));
	assert_non_null(strstr(html, "&lt;script&gt;"));
	assert_non_null(strstr(html, "C++ &amp; co"));
	assert_null(strchr(text, '\x01'));
	assert_null(strstr(text, "\n.\n"));
	assert_non_null(strstr(text, "550 <script>x</script>"));
	free(text);
}

/* A template of one's own that is fine as such, and cannot hold what there is:
 * the words go out without it. */
static void
a_template_keeps_no_notice_back(void **state)
{
	static const char *const files[] = {"notice.txt", "notice.html"};
	char *text;

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		struct str template;

		open_with("language = ar\n" MAIL(ADMIN));
		str_init(&template, 65536);
		str_add(&template, "{{#troubles}}");
		while (template.len < 40000)
			str_add(&template, "0123456789");
		str_add(&template, "{{/troubles}}");
		press_own(&press, "ar", files[i], template.data);
		str_release(&template);
		for (int n = 0; n < 8; n++) {
			char name[32];

			snprintf(name, sizeof(name), "d%d.example", n);
			breaks(TROUBLE_DOMAIN, name, "550 no", NOW);
		}
		assert_int_equal(tell(NOW + 60), 1);
		text = last_text();
		assert_null(strchr(text, '\f'));
		assert_null(strstr(text, "0123456789"));
		assert_true(str_starts(text, "رسائل متوقفة: ٨ مشكلات\n\n"));
		assert_non_null(strstr(text, "النطاق d7.example"));
		assert_non_null(strstr(text, ":\n550 no\n"));
		assert_true(str_ends(text, "\nnashra status\n"));
		free(text);
		if (i + 1 < COUNT(files))
			(void)teardown(state);
	}
}

/* One that is wrong as such stops nothing but the start. */
static void
a_wrong_template_is_told_at_once(void **state)
{
	struct kit *kit = NULL;
	struct err err = ERR_INIT;

	(void)state;
	open_with("language = ar\n" MAIL(ADMIN));
	press_own(
	    &press, "ar", "notice.txt", "{{#troubles}}{{what}}{{/troubles}}\n");
	press_write(&press, "own/ar/notice.txt", "{{intro}}\n", 0600);
	assert_int_equal(kit_new(&kit, press.conf, false, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_non_null(
	    strstr(err.msg, "notice.txt:2:1: {{#troubles}} is missing"));
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
	    EACH(a_mail_has_two_parts),
	    EACH(what_others_said_stays_text),
	    EACH(a_template_keeps_no_notice_back),
	    EACH(a_wrong_template_is_told_at_once),
	    EACH(no_mail_can_be_made),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
