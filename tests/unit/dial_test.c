/* SPDX-License-Identifier: ISC */
/* Which way to log in is taken, what is said in it, and what of it is shown. */
#include "smtp_kit.h"

#include "base/codec.h"
#include "mail/trace.h"

#define USER     "news@example.org"
#define PASSWORD "Canary-7f3a passphrase"
#define TOKEN    "ya29.Canary_token-0123456789.abcdefghijklmnop"

static struct str shown;

static void
note(void *arg, unsigned session, const char *line)
{
	(void)arg;
	str_addf(&shown, "%u %s\n", session, line);
}

static int
set_up(void **state)
{
	str_init(&shown, 1024 * 1024);
	trace_to(note, NULL);
	return make_loop(state);
}

static int
tear_down(void **state)
{
	trace_to(NULL, NULL);
	str_release(&shown);
	return free_loop(state);
}

enum way { NONE, CRAM, PLAIN_WAY, LOGIN, BEARER, XOAUTH };

#define SAY                                                                    \
	"<MAIL", ">250 ok", "<RCPT", ">250 ok", "<DATA", ">354 go", ".",       \
	    ">250 ok", "<QUIT", ">221 bye"

/* After the reply to EHLO. The responses to them are computed. */
static const char *const DIALOGUE[][20] = {
    [NONE] = {"!"},
    [CRAM] = {"<AUTH CRAM-MD5\r\n",
	">334 PDE4OTYuNjk3MTcwOTUyQHBvc3RvZmZpY2UucmVzdG9uLm1jaS5uZXQ+", "",
	">235 ok", SAY},
    [PLAIN_WAY] = {"<AUTH PLAIN\r\n", ">334 ", "", ">235 ok", SAY},
    [LOGIN] = {"<AUTH LOGIN\r\n", ">334 VXNlcm5hbWU6", "<bmV3c0BleGFtcGxl",
	">334 UGFzc3dvcmQ6", "", ">235 ok", SAY},
    [BEARER] = {"<AUTH OAUTHBEARER\r\n", ">334 ", "", ">235 ok", SAY},
    [XOAUTH] = {"<AUTH XOAUTH2\r\n", ">334 ", "", ">235 ok", SAY},
};

/* clang-format off */
static const struct {
	const char *offer;
	bool by_token;
	enum way way;
} OFFERS[] = {
	{"AUTH PLAIN",                                    false, PLAIN_WAY},
	{"AUTH LOGIN",                                    false, LOGIN},
	{"AUTH CRAM-MD5",                                 false, CRAM},
	{"AUTH LOGIN PLAIN",                              false, PLAIN_WAY},
	{"AUTH PLAIN LOGIN CRAM-MD5",                     false, CRAM},
	/* Never these, though libcurl can. */
	{"AUTH GSSAPI NTLM DIGEST-MD5 EXTERNAL LOGIN",    false, LOGIN},
	{"AUTH SCRAM-SHA-256 SCRAM-SHA-1 DIGEST-MD5 PLAIN", false, PLAIN_WAY},
	{"AUTH GSSAPI NTLM",                              false, NONE},
	{"AUTH DIGEST-MD5 EXTERNAL",                      false, NONE},
	{"AUTH XOAUTH2 OAUTHBEARER",                      false, NONE},
	{"AUTH",                                          false, NONE},
	{"STARTTLS",                                      false, NONE},
	{"AUTHOR PLAIN",                                  false, NONE},
	{"AUTH XOAUTH2",                                  true,  XOAUTH},
	{"AUTH OAUTHBEARER",                              true,  BEARER},
	{"AUTH XOAUTH2 OAUTHBEARER",                      true,  BEARER},
	{"AUTH LOGIN PLAIN CRAM-MD5 XOAUTH2",             true,  XOAUTH},
	{"AUTH LOGIN PLAIN CRAM-MD5 EXTERNAL",            true,  NONE},
	{"STARTTLS",                                      true,  NONE},
};
/* clang-format on */

static void
add_base64(struct str *out, const char *bytes, size_t len)
{
	str_add(out, "<");
	codec_base64(out, bytes, len);
}

/* What the client has to say, as the script's step. */
static void
add_response(struct str *out, enum way way, int port)
{
	static const char plain[] = "\0" USER "\0" PASSWORD;
	/* HMAC-MD5 of RFC 2195's challenge under PASSWORD, by Python's hmac. */
	static const char cram[] = USER " 0b4bb2e249683ea3ac25131f578008f3";
	struct str text;

	str_init(&text, 4096);
	switch (way) {
	case NONE: break;
	case PLAIN_WAY: add_base64(out, plain, sizeof(plain) - 1); break;
	case LOGIN: add_base64(out, PASSWORD, strlen(PASSWORD)); break;
	case CRAM: add_base64(out, cram, strlen(cram)); break;
	case BEARER:
		str_addf(&text,
		    "n,a=" USER ",\1host=127.0.0.1\1port=%d\1auth=Bearer " TOKEN
		    "\1\1",
		    port);
		break;
	case XOAUTH:
		str_add(&text, "user=" USER "\1auth=Bearer " TOKEN "\1\1");
		break;
	}
	if (text.len > 0)
		add_base64(out, text.data, text.len);
	str_add(out, "\r\n");
	str_release(&text);
}

/* No eight octets of a secret in a row, nor of any base64 of it. */
static void
expect_no_trace_of(const char *secret)
{
	struct str form;
	size_t len = strlen(secret);

	str_init(&form, 4096);
	for (size_t at = 0; at + 8 <= len; at++) {
		assert_null(memmem(shown.data, shown.len, secret + at, 8));
		for (size_t skip = 0; skip < 3 && at + 12 <= len; skip++) {
			str_reset(&form);
			codec_base64(&form, secret + at + skip, 9);
			assert_null(strstr(shown.data, form.data));
		}
	}
	str_release(&form);
}

/* Plays a script to one message; `port` is told before the script is made. */
static struct seen
log_in(const char *const *script, bool by_token, struct server *server)
{
	struct smtp_relay relay = PLAIN;
	struct seen seen = {.messages = &SHORT, .count = 1};
	struct smtp *smtp;
	struct smtp_conn *conn;
	struct err err = ERR_INIT;

	relay.user = USER;
	relay.password = by_token ? "" : PASSWORD;
	relay.by_token = by_token;
	str_reset(&shown);
	start(server, script);
	smtp = relay_like(&relay, "smtp://127.0.0.1", server->port);
	if (by_token)
		assert_int_equal(smtp_set_token(smtp, TOKEN, &err), 0);
	assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
	run(&seen);
	smtp_free(smtp);
	assert_int_equal(seen.closed, 1);
	expect_no_trace_of(PASSWORD);
	expect_no_trace_of(TOKEN);
	return seen;
}

/* The line that the server heard after its second 334, or first. */
static void
expect_heard(const struct server *server, enum way way)
{
	struct str want;

	str_init(&want, 4096);
	add_response(&want, way, server->port);
	if (memmem(server->heard->bytes, server->heard->len, want.data + 1,
		want.len - 1) == NULL)
		fail_msg("wanted '%s', heard '%.*s'", want.data + 1,
		    (int)server->heard->len, server->heard->bytes);
	str_release(&want);
}

static void
test_ways(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(OFFERS) / sizeof(*OFFERS); i++) {
		const char *script[STEPS_MAX] = {
		    ">220 hi", "<EHLO", ">250-relay"};
		const char *const *step = DIALOGUE[OFFERS[i].way];
		enum way way = OFFERS[i].way;
		struct server server;
		struct seen seen;
		char offer[80];
		size_t n = 3;

		snprintf(offer, sizeof(offer), ">250 %s", OFFERS[i].offer);
		script[n++] = offer;
		for (; *step != NULL; step++)
			script[n++] = **step == '\0' ? "<" : *step;
		seen = log_in(script, OFFERS[i].by_token, &server);
		if (!stop(&server, false))
			fail_msg("'%s': other than the script", offer);
		if (way == NONE) {
			assert_int_equal(seen.ready, 0);
			assert_int_equal(seen.why.phase, SMTP_CONNECT);
			assert_non_null(
			    strstr(seen.why.text, "no way to log in"));
			assert_null(memmem(
			    server.heard->bytes, server.heard->len, "AUTH", 4));
		} else {
			assert_int_equal(seen.result.outcome, SMTP_SENT);
			expect_heard(&server, way);
			assert_non_null(strstr(shown.data, "> [secret]\n"));
		}
		assert_non_null(strstr(shown.data, "> EHLO client.example\n"));
		forget(&server);
	}
}

/* One try, and no second way: a lock-out is not hammered at. */
static void
test_refused(void **state)
{
	static const char *const scripts[][16] = {
	    {">220 hi", "<EHLO", ">250-relay", ">250 AUTH PLAIN LOGIN",
		"<AUTH PLAIN", ">334 ", "<", ">535 5.7.8 no such user", "!"},
	    {">220 hi", "<EHLO", ">250-relay", ">250 AUTH CRAM-MD5 LOGIN PLAIN",
		"<AUTH CRAM-MD5", ">334 PDE+", "<", ">535 5.7.8 no such user",
		"!"},
	    {">220 hi", "<EHLO", ">250-relay", ">250 AUTH PLAIN", "<AUTH PLAIN",
		">535 5.7.8 no such user", "!"},
	    /* RFC 7628 3.2.3: the reason in a challenge, an empty answer. */
	    {">220 hi", "<EHLO", ">250-relay", ">250 AUTH OAUTHBEARER",
		"<AUTH OAUTHBEARER", ">334 ", "<",
		">334 eyJzdGF0dXMiOiJpbnZhbGlkX3Rva2VuIn0=", "<AQ==",
		">535 5.7.8 no such user", "!"},
	    {">220 hi", "<EHLO", ">250-relay", ">250 AUTH XOAUTH2",
		"<AUTH XOAUTH2", ">334 ", "<", ">535 5.7.8 no such user", "!"},
	    {">220 hi", "<EHLO", ">250-relay", ">250 AUTH XOAUTH2",
		"<AUTH XOAUTH2", ">334 ", "<",
		">334 eyJzdGF0dXMiOiI0MDEifQ==", "!"},
	};
	size_t count = sizeof(scripts) / sizeof(*scripts);

	(void)state;
	for (size_t i = 0; i < count; i++) {
		struct server server;
		struct seen seen = log_in(scripts[i], i > 2, &server);

		if (!stop(&server, false))
			fail_msg("script %zu", i);
		assert_int_equal(seen.ready, 0);
		assert_int_equal(seen.why.outcome, SMTP_RELAY);
		assert_int_equal(seen.why.phase, SMTP_CONNECT);
		assert_null(strstr(shown.data, "MAIL"));
		forget(&server);
		if (i == count - 1) {
			assert_int_equal(seen.why.code, 0);
			assert_non_null(
			    strstr(seen.why.text, "refuses the token"));
			continue;
		}
		assert_int_equal(seen.why.code, 535);
		assert_string_equal(seen.why.status, "5.7.8");
		assert_string_equal(seen.why.text, "no such user");
	}
}

/* Tokens expire: each connection has the one that was set last. A new process
 * of the script's server stands for each. */
static void
test_tokens_change(void **state)
{
	static const char *const tokens[] = {"first", "second", "second"};
	static const char *const script[] = {">220 hi", "<EHLO", ">250-relay",
	    ">250 AUTH XOAUTH2", "<AUTH XOAUTH2", ">334 ", "<", ">235 ok",
	    "<QUIT", ">221 bye", NULL};
	struct smtp_relay relay = PLAIN;
	struct err err = ERR_INIT;

	(void)state;
	relay.user = "u";
	relay.by_token = true;
	for (size_t i = 0; i < sizeof(tokens) / sizeof(*tokens); i++) {
		struct server server;
		struct seen seen = {.count = 0};
		struct smtp *smtp;
		struct smtp_conn *conn;
		struct str want;
		char text[64];

		start(&server, script);
		smtp = relay_like(&relay, "smtp://127.0.0.1", server.port);
		for (size_t k = 0; k <= i; k++)
			assert_int_equal(
			    smtp_set_token(smtp, tokens[k], &err), 0);
		assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
		/* For later ones only. */
		assert_int_equal(smtp_set_token(smtp, "third", &err), 0);
		run(&seen);
		smtp_free(smtp);
		assert_true(stop(&server, false));
		snprintf(text, sizeof(text), "user=u\1auth=Bearer %s\1\1",
		    tokens[i]);
		str_init(&want, 256);
		codec_base64(&want, text, strlen(text));
		assert_non_null(memmem(server.heard->bytes, server.heard->len,
		    want.data, want.len));
		str_release(&want);
		forget(&server);
	}
}

/* A transcript as a whole. */
static void
test_transcript(void **state)
{
	static const char *const script[] = {">220 hi", "<EHLO", ">250-relay",
	    ">250-PIPELINING", ">250 AUTH PLAIN", "<AUTH PLAIN", ">334 ", "<",
	    ">235 2.7.0 ok", "<MAIL", "<RCPT", "<DATA", ">250 ok", ">250 ok",
	    ">354 go", ".", ">250 2.0.0 taken", "<QUIT", ">221 bye", NULL};
	struct server server;
	struct seen seen = log_in(script, false, &server);
	struct str want;

	(void)state;
	assert_true(stop(&server, false));
	assert_int_equal(seen.result.outcome, SMTP_SENT);
	str_init(&want, 4096);
	str_addf(&want, "* 127.0.0.1:%d\n", server.port);
	str_add(&want,
	    "< 220 hi\n> EHLO client.example\n< 250-relay\n"
	    "< 250-PIPELINING\n< 250 AUTH PLAIN\n> AUTH PLAIN\n"
	    "< 334 [secret]\n> [secret]\n< 235 2.7.0 ok\n"
	    "> MAIL FROM:<b@example.org>\n> RCPT TO:<r@example.net>\n> DATA\n"
	    "< 250 ok\n< 250 ok\n< 354 go\n> [24 octets]\n"
	    "< 250 2.0.0 taken\n> QUIT\n< 221 bye\n* bye\n");
	for (const char *line = shown.data, *is = want.data; *is != '\0';) {
		size_t n = strcspn(is, "\n") + 1;

		line = strchr(line, ' ') + 1;
		if (memcmp(line, is, n) != 0)
			fail_msg(
			    "wanted '%.*s' in '%s'", (int)n, is, shown.data);
		line += n;
		is += n;
	}
	str_release(&want);
	forget(&server);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_ways),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_tokens_change),
	    cmocka_unit_test(test_transcript),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
