/* SPDX-License-Identifier: ISC */
/* Servers of other people's making: TLS, AUTH, and messages as they arrive. */
#include "smtp_kit.h"

#define PYTHON "/usr/bin/python3"
#define PEER   "tests/peers/smtp_peer.py"
#define SINK   "/usr/sbin/smtp-sink"

static char folder[] = "/tmp/nashra-wire-XXXXXX";
static char cert[64], key[64], other[64];

static void
make_cert(const char *cert_file, const char *key_file)
{
	const char *argv[] = {"/usr/bin/openssl", "req", "-x509", "-newkey",
	    "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
	    key_file, "-out", cert_file, "-days", "2", "-subj", "/CN=localhost",
	    "-addext", "subjectAltName=DNS:localhost", NULL};
	char line[256];
	int out;
	int status;
	pid_t pid = spawn(argv, &out);

	while (next_line(out, line, sizeof(line)))
		;
	close(out);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static int
set_up(void **state)
{
	char spare[64];

	assert_non_null(mkdtemp(folder));
	snprintf(cert, sizeof(cert), "%s/cert.pem", folder);
	snprintf(key, sizeof(key), "%s/key.pem", folder);
	snprintf(other, sizeof(other), "%s/other.pem", folder);
	snprintf(spare, sizeof(spare), "%s/spare.pem", folder);
	make_cert(other, spare);
	unlink(spare);
	make_cert(cert, key);
	return make_loop(state);
}

static int
tear_down(void **state)
{
	unlink(cert);
	unlink(key);
	unlink(other);
	rmdir(folder);
	return free_loop(state);
}

struct peer {
	pid_t pid;
	int out;
	int port;
};

static void
start_peer(struct peer *peer, const char *const *options)
{
	const char *argv[16] = {PYTHON, "-W", "ignore", PEER};
	char line[32];
	int port = 0;

	if (access(PYTHON, X_OK) != 0 || access(PEER, R_OK) != 0)
		skip();
	for (size_t n = 0; options[n] != NULL; n++)
		argv[4 + n] = options[n];
	peer->pid = spawn(argv, &peer->out);
	assert_true(next_line(peer->out, line, sizeof(line)));
	for (const char *c = line; *c != '\0'; c++)
		port = port * 10 + (*c - '0');
	peer->port = port;
}

/* The next message the peer took, into a buffer; false where there is none.
 * `about` is "SESSION TLS USER". */
static bool
next_message(struct peer *peer, char *about, char *data, size_t *len)
{
	char line[128];
	char *rest;
	size_t n = 0;

	if (!next_line(peer->out, line, sizeof(line)))
		return false;
	for (rest = line; *rest >= '0' && *rest <= '9'; rest++)
		n = n * 10 + (size_t)(*rest - '0');
	assert_true(str_fit(about, 64, rest + 1));
	for (*len = 0; *len < n;) {
		ssize_t got = read(peer->out, data + *len, n - *len);

		assert_true(got > 0);
		*len += (size_t)got;
	}
	return true;
}

static struct seen
send_to(struct smtp *smtp, const struct smtp_message *messages, size_t count)
{
	struct seen seen = {.messages = messages, .count = count};
	struct smtp_conn *conn;
	struct err err = ERR_INIT;

	assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
	run(&seen);
	smtp_free(smtp);
	assert_int_equal(seen.closed, 1);
	return seen;
}

#define TEXT(text) .data = (text), .len = sizeof(text) - 1
#define FROM       .sender = "b@example.org", .recipient = "r@example.net"

static const struct smtp_message DOTS[] = {
    {FROM, TEXT("Subject: x\r\n\r\n.\r\n")},
    {FROM, TEXT("Subject: x\r\n\r\n..\r\n.x\r\n...\r\nx.\r\n")},
    {FROM, TEXT("Subject: x\r\n\r\n.\r\n.\r\n.\r\nQUIT\r\n.\r\n")},
    {FROM, TEXT(".\r\n")},
    {FROM, TEXT("Subject: x\r\n\r\n\r\n\r\n.")},
    {FROM, TEXT("Subject: x\r\n\r\nno end")},
    {FROM, TEXT("Subject: x\r\n\r\nنص عربي.\r\n")},
    {FROM, TEXT("Subject: x\r\n\r\n")},
};
#define DOTS_COUNT (sizeof(DOTS) / sizeof(*DOTS))

static void
arrive_equal(const char *const *options, const char *about)
{
	static char data[1024 * 1024];
	struct peer peer;
	struct seen seen;
	char said[64];
	size_t len;

	start_peer(&peer, options);
	seen = send_to(relay_at(peer.port), DOTS, DOTS_COUNT);
	assert_int_equal(seen.results, DOTS_COUNT);
	assert_int_equal(seen.last.outcome, SMTP_SENT);
	end(peer.pid);
	for (size_t i = 0; i < DOTS_COUNT; i++) {
		size_t n = DOTS[i].len;

		assert_true(next_message(&peer, said, data, &len));
		assert_string_equal(said, about);
		assert_true(len == n || len == n + 2);
		assert_memory_equal(data, DOTS[i].data, n);
		if (len == n + 2)
			assert_memory_equal(data + n, "\r\n", 2);
		assert_true(len == n || DOTS[i].data[n - 1] != '\n');
	}
	assert_false(next_message(&peer, said, data, &len));
	close(peer.out);
}

static void
test_arrive_equal(void **state)
{
	(void)state;
	arrive_equal((const char *const[]){NULL}, "0 - -");
}

static void
test_arrive_equal_one_by_one(void **state)
{
	(void)state;
	arrive_equal((const char *const[]){"--no-pipelining", NULL}, "0 - -");
}

static void
test_large(void **state)
{
	static char data[700 * 1024];
	static char got[1024 * 1024];
	struct smtp_message message = {FROM, .data = data, .len = sizeof(data)};
	struct smtp_relay relay = PLAIN;
	struct peer peer;
	struct seen seen;
	char about[64];
	size_t len;

	(void)state;
	/* A dot at the start of every other line. */
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i % 64 == 62   ? '\r'
			  : i % 64 == 63 ? '\n'
			  : i % 128 == 0 ? '.'
					 : 'x';
	relay.tls = SMTP_TLS_REQUIRED;
	relay.ca_file = cert;
	start_peer(
	    &peer, (const char *const[]){"--cert", cert, "--key", key, NULL});
	seen = send_to(
	    relay_like(&relay, "smtp://localhost", peer.port), &message, 1);
	assert_int_equal(seen.result.outcome, SMTP_SENT);
	end(peer.pid);
	assert_true(next_message(&peer, about, got, &len));
	assert_int_equal(len, sizeof(data));
	assert_memory_equal(got, data, len);
	close(peer.out);
}

/* Whether a message goes through. */
/* clang-format off */
static const struct {
	const char *name;
	const char *url;
	const char *ca; /* c: the peer's own, o: another, -: the system's */
	const char *user, *password;
	const char *about; /* what the peer saw; NULL: not sent */
	enum smtp_tls tls;
	bool peer_tls, peer_smtps;
	int code; /* of a refusal */
} ROWS[] = {
	{"plain", "smtp://127.0.0.1", "-", "", "", "0 - -", SMTP_TLS_NONE, false, false, 0},
	{"tls offered, not asked", "smtp://localhost", "-", "", "", "0 - -", SMTP_TLS_NONE, true, false, 0},
	{"verified", "smtp://localhost", "c", "", "", "0 TLSv1.3 -", SMTP_TLS_REQUIRED, true, false, 0},
	{"unknown issuer", "smtp://localhost", "-", "", "", NULL, SMTP_TLS_REQUIRED, true, false, 0},
	{"other issuer", "smtp://localhost", "o", "", "", NULL, SMTP_TLS_REQUIRED, true, false, 0},
	{"other name", "smtp://127.0.0.1", "c", "", "", NULL, SMTP_TLS_REQUIRED, true, false, 0},
	{"required, stripped", "smtp://localhost", "c", "", "", NULL, SMTP_TLS_REQUIRED, false, false, 0},
	{"opportunistic", "smtp://localhost", "-", "", "", "0 TLSv1.3 -", SMTP_TLS_OPPORTUNISTIC, true, false, 0},
	{"opportunistic, none", "smtp://localhost", "-", "", "", "0 - -", SMTP_TLS_OPPORTUNISTIC, false, false, 0},
	{"auth", "smtp://127.0.0.1", "-", "u", "p ass", "0 - u", SMTP_TLS_NONE, false, false, 0},
	{"auth, wrong", "smtp://127.0.0.1", "-", "u", "wrong", NULL, SMTP_TLS_NONE, false, false, 535},
	{"auth, tls", "smtp://localhost", "c", "u", "p ass", "0 TLSv1.3 u", SMTP_TLS_REQUIRED, true, false, 0},
	{"auth, tls, wrong", "smtp://localhost", "c", "u", "", NULL, SMTP_TLS_REQUIRED, true, false, 535},
	{"auth, required, stripped", "smtp://localhost", "c", "u", "p ass", NULL, SMTP_TLS_REQUIRED, false, false, 0},
	{"auth, opportunistic", "smtp://localhost", "-", "u", "p ass", "0 TLSv1.3 u", SMTP_TLS_OPPORTUNISTIC, true, false, 0},
	{"auth, opportunistic, stripped", "smtp://localhost", "-", "u", "p ass", NULL, SMTP_TLS_OPPORTUNISTIC, false, false, 0},
	{"smtps", "smtps://localhost", "c", "u", "p ass", "0 - u", SMTP_TLS_REQUIRED, true, true, 0},
	{"smtps, unknown issuer", "smtps://localhost", "-", "", "", NULL, SMTP_TLS_NONE, true, true, 0},
};
/* clang-format on */

static void
test_rows(void **state)
{
	static char data[4096];

	(void)state;
	for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
		const char *options[8] = {"--auth", "u:p ass"};
		struct smtp_relay relay = {.tls = ROWS[i].tls,
		    .ca_file = ROWS[i].ca[0] == 'c'   ? cert
			       : ROWS[i].ca[0] == 'o' ? other
						      : "",
		    .user = ROWS[i].user,
		    .password = ROWS[i].password,
		    .hello = "client.example"};
		struct peer peer;
		struct seen seen;
		char about[64] = "";
		size_t len;

		if (ROWS[i].peer_tls) {
			options[2] = "--cert";
			options[3] = cert;
			options[4] = "--key";
			options[5] = key;
			options[6] = ROWS[i].peer_smtps ? "--smtps" : NULL;
		}
		start_peer(&peer, options);
		seen = send_to(
		    relay_like(&relay, ROWS[i].url, peer.port), &SHORT, 1);
		end(peer.pid);
		if (next_message(&peer, about, data, &len) !=
		    (ROWS[i].about != NULL))
			fail_msg(
			    "%s: '%s', %s", ROWS[i].name, about, seen.why.text);
		close(peer.out);
		if (ROWS[i].about != NULL) {
			assert_string_equal(about, ROWS[i].about);
			assert_int_equal(seen.result.outcome, SMTP_SENT);
			continue;
		}
		assert_int_equal(seen.ready, 0);
		assert_int_equal(seen.why.outcome, SMTP_RELAY);
		assert_int_equal(seen.why.phase, SMTP_CONNECT);
		assert_int_equal(seen.why.code, ROWS[i].code);
		assert_true(seen.why.text[0] != '\0');
	}
}

/* RFC 6531: asked for where the server offers it, else nothing is said. */
static void
test_utf8(void **state)
{
	struct smtp_message messages[] = {SHORT, SHORT};

	(void)state;
	messages[0].recipient = "قارئ@example.net";
	for (int utf8 = 0; utf8 < 2; utf8++) {
		static char data[4096];
		struct peer peer;
		struct seen seen;
		char about[64];
		size_t len;
		int arrived = 0;

		start_peer(
		    &peer, (const char *const[]){utf8 ? "--utf8" : NULL, NULL});
		seen = send_to(relay_at(peer.port), messages, 2);
		end(peer.pid);
		while (next_message(&peer, about, data, &len))
			arrived++;
		close(peer.out);
		assert_int_equal(arrived, 1 + utf8);
		assert_int_equal(seen.results, 2);
		assert_int_equal(
		    seen.result.outcome, utf8 ? SMTP_SENT : SMTP_FAILED);
		assert_string_equal(
		    utf8 ? "5.6.7" : seen.result.status, "5.6.7");
		assert_int_equal(seen.last.outcome, SMTP_SENT);
	}
}

/* A password must not be on the wire where TLS was asked for: the script is
 * of a relay whose STARTTLS was stripped, or that is refused it. */
static void
test_no_password_in_the_clear(void **state)
{
	static const char *const scripts[][8] = {
	    {">220 hi", "<EHLO", ">250-relay", ">250 AUTH PLAIN LOGIN", "!"},
	    {">220 hi", "<EHLO", ">250-relay", ">250-AUTH PLAIN LOGIN",
		">250 STARTTLS", "<STARTTLS", ">454 no", "!"},
	};

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct smtp_relay relay = PLAIN;
		const char *script[9] = {NULL};
		struct server server;
		struct seen seen;

		memcpy(script, scripts[i / 2], sizeof(scripts[0]));
		relay.user = "u";
		relay.password = "p";
		relay.tls = i % 2 ? SMTP_TLS_REQUIRED : SMTP_TLS_OPPORTUNISTIC;
		start(&server, script);
		seen =
		    send_to(relay_like(&relay, "smtp://127.0.0.1", server.port),
			&SHORT, 1);
		assert_true(stop(&server, false));
		assert_int_equal(seen.ready, 0);
		assert_null(
		    memmem(server.heard->bytes, server.heard->len, "AUTH", 4));
		forget(&server);
	}
}

/* What a man in the middle put behind the reply to STARTTLS does not count as
 * said under TLS. */
static void
test_injected_behind_starttls(void **state)
{
	struct smtp_relay relay = PLAIN;
	struct server server;
	struct seen seen;

	(void)state;
	relay.tls = SMTP_TLS_OPPORTUNISTIC;
	start(&server,
	    (const char *const[]){">220 hi", "<EHLO", ">250-relay",
		">250 STARTTLS", "<STARTTLS",
		"+220 go\r\n250-relay\r\n250 AUTH PLAIN\r\n", "!", NULL});
	seen = send_to(
	    relay_like(&relay, "smtp://127.0.0.1", server.port), &SHORT, 1);
	assert_true(stop(&server, false));
	assert_int_equal(seen.ready, 0);
	assert_int_equal(seen.why.outcome, SMTP_RELAY);
	forget(&server);
}

static const struct {
	const char *url, *hello;
} REFUSED[] = {
    {"", "client.example"},
    {"127.0.0.1", "client.example"},
    {"http://127.0.0.1", "client.example"},
    {"file:///etc/passwd", "client.example"},
    {"SMTP:/127.0.0.1", "client.example"},
    {"smtp://", "client.example"},
    {"smtp://user:secret@127.0.0.1", "client.example"},
    {"smtp://127.0.0.1/path", "client.example"},
    {"smtp://127.0.0.1:99999", "client.example"},
    {"smtp://a b", "client.example"},
    {"smtp://127.0.0.1", "client example"},
    {"smtp://127.0.0.1", "client\r\nMAIL"},
    {"smtp://127.0.0.1", "عميل"},
    {"smtp://127.0.0.1", "a/../b"},
};

static void
test_settings(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(REFUSED) / sizeof(*REFUSED); i++) {
		struct smtp_relay relay = PLAIN;
		struct smtp *smtp = NULL;
		struct err err = ERR_INIT;

		relay.url = REFUSED[i].url;
		relay.hello = REFUSED[i].hello;
		if (smtp_new(&smtp, loop, &relay, &EVENTS, &err) != -1)
			fail_msg("taken: '%s' '%s'", relay.url, relay.hello);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_null(smtp);
		assert_null(strstr(err.msg, "secret"));
	}
}

static int
free_port(void)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	close(fd);
	return ntohs(at.sin_port);
}

/* Postfix's sink: a hundred messages over one connection. */
static void
test_sink(void **state)
{
	static struct smtp_message messages[100];
	char address[32];
	const char *argv[] = {SINK, "-u", "postfix", address, "100", NULL};
	struct seen seen = {.closed = 0};
	int port = free_port();
	int64_t end_of_patience = clock_mono_ms() + PATIENT;
	pid_t pid;
	int out;

	(void)state;
	if (access(SINK, X_OK) != 0 || geteuid() != 0)
		skip();
	for (size_t i = 0; i < 100; i++)
		messages[i] = SHORT;
	snprintf(address, sizeof(address), "127.0.0.1:%d", port);
	pid = spawn(argv, &out);
	/* It does not tell when it listens. */
	do {
		struct seen fresh = {.messages = messages, .count = 100};
		struct smtp_conn *conn;
		struct err err = ERR_INIT;
		struct smtp *smtp = relay_at(port);

		seen = fresh;
		assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
		run(&seen);
		smtp_free(smtp);
	} while (seen.ready == 0 && clock_mono_ms() < end_of_patience);
	end(pid);
	close(out);
	assert_int_equal(seen.ready, 101);
	assert_int_equal(seen.results, 100);
	assert_int_equal(seen.result.outcome, SMTP_SENT);
	assert_int_equal(seen.last.outcome, SMTP_SENT);
	assert_int_equal(seen.why.outcome, SMTP_SENT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_arrive_equal),
	    cmocka_unit_test(test_arrive_equal_one_by_one),
	    cmocka_unit_test(test_large),
	    cmocka_unit_test(test_rows),
	    cmocka_unit_test(test_utf8),
	    cmocka_unit_test(test_no_password_in_the_clear),
	    cmocka_unit_test(test_injected_behind_starttls),
	    cmocka_unit_test(test_settings),
	    cmocka_unit_test(test_sink),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
