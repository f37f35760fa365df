/* SPDX-License-Identifier: ISC */
/* Every fault at every phase, and what must never go over the wire. */
#include "smtp_kit.h"

#include "mail/reply.h"

enum fault { F421, F450, F550, CLOSE, GARBAGE, HALF, STALL, FAULTS };

static const char *const FAULT[FAULTS][3] = {
    [F421] = {">421 4.3.2 going down", "!"},
    [F450] = {">450 4.2.1 later"},
    [F550] = {">550 5.1.1 never"},
    [CLOSE] = {NULL},
    [GARBAGE] = {">HTTP/1.1 400 Bad Request", "!"},
    [HALF] = {"+250-half a re"},
    [STALL] = {"!"},
};

/* Up to where the fault is put, without and with PIPELINING. */
static const char *const BEFORE[][2][12] = {
    [SMTP_CONNECT] = {{NULL}, {NULL}},
    [SMTP_IDLE] = {{"<MAIL", ">250 ok", "<RCPT", ">250 ok", "<DATA", ">354 go",
		       ".", ">250 ok"},
	{"<MAIL", "<RCPT", "<DATA", ">250 ok", ">250 ok", ">354 go", ".",
	    ">250 ok"}},
    [SMTP_MAIL] = {{"<MAIL"}, {"<MAIL", "<RCPT", "<DATA"}},
    [SMTP_RCPT] = {{"<MAIL", ">250 ok", "<RCPT"},
	{"<MAIL", "<RCPT", "<DATA", ">250 ok"}},
    [SMTP_DATA] = {{"<MAIL", ">250 ok", "<RCPT", ">250 ok", "<DATA"},
	{"<MAIL", "<RCPT", "<DATA", ">250 ok", ">250 ok"}},
    [SMTP_BODY] = {{"<MAIL", ">250 ok", "<RCPT", ">250 ok", "<DATA", ">354 go"},
	{"<MAIL", "<RCPT", "<DATA", ">250 ok", ">250 ok", ">354 go"}},
    [SMTP_DOT] =
	{{"<MAIL", ">250 ok", "<RCPT", ">250 ok", "<DATA", ">354 go", "."},
	    {"<MAIL", "<RCPT", "<DATA", ">250 ok", ">250 ok", ">354 go", "."}},
    [SMTP_RSET] = {{"<MAIL", ">250 ok", "<RCPT", ">550 5.1.1 no", "<RSET"},
	{"<MAIL", "<RCPT", "<DATA", ">250 ok", ">550 5.1.1 no", ">503 no",
	    "<RSET"}},
    [SMTP_QUIT] = {{"<QUIT"}, {"<QUIT"}},
};

/* What follows a refusal that leaves the connection usable. */
static const char *const AFTER[][2][8] = {
    [SMTP_MAIL] = {{"<RSET", ">250 ok", "<QUIT", ">221 bye"},
	{">503 no", ">503 no", "<RSET", ">250 ok", "<QUIT", ">221 bye"}},
    [SMTP_RCPT] = {{"<RSET", ">250 ok", "<QUIT", ">221 bye"},
	{">503 no", "<RSET", ">250 ok", "<QUIT", ">221 bye"}},
    [SMTP_DATA] = {{"<RSET", ">250 ok", "<QUIT", ">221 bye"},
	{"<RSET", ">250 ok", "<QUIT", ">221 bye"}},
    [SMTP_BODY] = {{NULL}, {NULL}},
    [SMTP_DOT] = {{"<QUIT", ">221 bye"}, {"<QUIT", ">221 bye"}},
};

#define S  SMTP_SENT
#define D  SMTP_DEFERRED
#define F  SMTP_FAILED
#define U  SMTP_UNKNOWN
#define R  SMTP_RELAY
#define NO -1 /* no result */

/* The outcome of the message; `kept` faults leave the connection in use. */
/* clang-format off */
static const struct {
	enum smtp_phase phase;
	int outcome[FAULTS];
	unsigned kept; /* bits of enum fault */
} FAULT_ROWS[] = {
	/*               421 450 550 close garbage half stall */
	{SMTP_CONNECT, {NO, NO, NO, NO,   NO,     NO,  NO}, 0},
	{SMTP_IDLE,    {S,  S,  S,  S,    S,      S,   S},  0},
	{SMTP_MAIL,    {R,  R,  R,  D,    R,      D,   D},  1 << F450 | 1 << F550},
	{SMTP_RCPT,    {R,  D,  F,  D,    R,      D,   D},  1 << F450 | 1 << F550},
	{SMTP_DATA,    {R,  D,  F,  D,    R,      D,   D},  1 << F450 | 1 << F550},
	{SMTP_BODY,    {R,  D,  F,  D,    R,      D,   D},  0},
	{SMTP_DOT,     {R,  D,  F,  U,    U,      U,   U},  1 << F450 | 1 << F550},
	{SMTP_RSET,    {F,  F,  F,  F,    F,      F,   F},  0},
	{SMTP_QUIT,    {NO, NO, NO, NO,   NO,     NO,  NO}, 0},
};
/* clang-format on */

static const int CODE[FAULTS] = {[F421] = 421, [F450] = 450, [F550] = 550};

static void
add(const char **script, size_t *n, const char *const *steps)
{
	for (; *steps != NULL; steps++) {
		assert_true(*n < STEPS_MAX - 1);
		script[(*n)++] = *steps;
	}
}

static struct smtp_message
long_message(void)
{
	static char data[8 * 1024 * 1024];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : 'x';
	return (struct smtp_message){.sender = "b@example.org",
	    .recipient = "r@example.net",
	    .data = data,
	    .len = sizeof(data)};
}

static void
play_fault(enum smtp_phase phase, enum fault fault, bool pipelined, int outcome,
    bool kept)
{
	static const char *const greeting[] = {">220 hi", "<EHLO client", NULL};
	static const char *const offer[] = {
	    ">250-relay", ">250 PIPELINING", NULL};
	static const char *const plain[] = {">250 relay", NULL};
	static const char *const still[] = {"~", NULL};
	const char *script[STEPS_MAX] = {NULL};
	size_t n = 0;
	struct server server;
	struct seen seen = {.stay = phase == SMTP_IDLE};
	struct smtp_message message =
	    phase == SMTP_BODY ? long_message() : SHORT;
	struct smtp *smtp;
	struct smtp_conn *conn;
	struct err err = ERR_INIT;
	bool force = phase == SMTP_BODY && fault != CLOSE;

	if (phase != SMTP_CONNECT) {
		add(script, &n, greeting);
		add(script, &n, pipelined ? offer : plain);
		add(script, &n, BEFORE[phase][pipelined]);
	}
	if (!force || fault != STALL)
		add(script, &n, FAULT[fault]);
	if (force) {
		n -= str_eq(script[n - 1], "!") ? 1 : 0;
		add(script, &n, still);
	}
	if (kept)
		add(script, &n, AFTER[phase][pipelined]);
	script[n] = NULL;
	if (phase >= SMTP_IDLE && phase < SMTP_QUIT) {
		seen.messages = &message;
		seen.count = 1;
	}

	start(&server, script);
	smtp = relay_at(server.port);
	if (fault == STALL || force)
		smtp_set_patience(smtp, phase, 40);
	assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
	run(&seen);
	smtp_free(smtp);
	if (!stop(&server, force))
		fail_msg("phase %d fault %d: the server heard other things",
		    phase, fault);

	if (seen.closed != 1)
		fail_msg("phase %d fault %d: not closed", phase, fault);
	assert_int_equal(seen.results, outcome == NO ? 0 : 1);
	if (outcome != NO)
		assert_int_equal(seen.result.outcome, outcome);
	if (outcome != NO && phase != SMTP_RSET && phase != SMTP_IDLE) {
		assert_int_equal(seen.result.phase, phase);
		assert_int_equal(seen.result.code, CODE[fault]);
		assert_true(seen.result.text[0] != '\0');
	}
	assert_int_equal(seen.why.outcome,
	    kept || phase == SMTP_QUIT ? SMTP_SENT : SMTP_RELAY);
	if (!kept && phase != SMTP_QUIT) {
		assert_int_equal(seen.why.phase, phase);
		assert_int_equal(seen.why.code, CODE[fault]);
		assert_true(seen.why.text[0] != '\0');
	}
	/* A relay may speak out of turn before ready() was told. */
	if (phase != SMTP_IDLE)
		assert_int_equal(seen.ready, phase == SMTP_CONNECT ? 0
					     : kept                ? 2
								   : 1);
	forget(&server);
}

static void
test_faults(void **state)
{
	size_t rows = sizeof(FAULT_ROWS) / sizeof(*FAULT_ROWS);

	(void)state;
	for (size_t row = 0; row < rows; row++)
		for (int fault = 0; fault < FAULTS; fault++)
			for (int pipelined = 0; pipelined < 2; pipelined++)
				play_fault(FAULT_ROWS[row].phase, fault,
				    pipelined, FAULT_ROWS[row].outcome[fault],
				    FAULT_ROWS[row].kept >> fault & 1);
}

#define GREET  ">220 hi", "<EHLO client.example\r\n"
#define OFFER  GREET, ">250-relay", ">250 PIPELINING"
#define ASK    "<MAIL", "<RCPT", "<DATA"
#define TAKEN  ASK, ">250 ok", ">250 ok", ">354 go", ".", ">250 2.0.0 ok"
#define LEAVE  "<QUIT", ">221 bye"
#define SCRIPT (const char *const[])

/* Plays a script to `count` copies of a message. */
static struct seen
talk_to(const char *const *script, size_t count)
{
	struct smtp_message messages[] = {SHORT, SHORT, SHORT};
	struct seen seen = {.messages = messages, .count = count};
	struct server server;
	struct smtp *smtp;
	struct smtp_conn *conn;
	struct err err = ERR_INIT;

	start(&server, script);
	smtp = relay_at(server.port);
	assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
	run(&seen);
	smtp_free(smtp);
	assert_true(stop(&server, false));
	assert_int_equal(seen.closed, 1);
	forget(&server);
	return seen;
}

static void
test_many(void **state)
{
	struct seen seen =
	    talk_to(SCRIPT{OFFER, TAKEN, TAKEN, TAKEN, LEAVE, NULL}, 3);

	(void)state;
	assert_int_equal(seen.results, 3);
	assert_int_equal(seen.last.outcome, SMTP_SENT);
	assert_int_equal(seen.last.code, 250);
	assert_string_equal(seen.last.status, "2.0.0");
	assert_string_equal(seen.last.text, "ok");
	assert_int_equal(seen.why.outcome, SMTP_SENT);
}

/* RFC 2920 3.1: DATA was pipelined and taken although RCPT was not. */
static void
test_lone_dot(void **state)
{
	struct seen seen = talk_to(
	    SCRIPT{OFFER, ASK, ">250 ok", ">550 5.1.1 no", ">354 go", "<.\r\n",
		">554 5.5.1 no recipients", TAKEN, LEAVE, NULL},
	    2);

	(void)state;
	assert_int_equal(seen.results, 2);
	assert_int_equal(seen.result.outcome, SMTP_FAILED);
	assert_string_equal(seen.result.status, "5.1.1");
	assert_int_equal(seen.last.outcome, SMTP_SENT);
}

static void
test_replies_at_once(void **state)
{
	struct seen seen = talk_to(
	    SCRIPT{OFFER, ASK, "+250-ok\r\n250 ok\r\n250 ok\r\n354 go\r\n", ".",
		"+250-2.0.0 one\r\n250-2.0.0 two\r\n250 2.0.0 thr", "+ee\r\n",
		ASK, "+250 ok\r\n550 5.1.1 no\r\n503 no\r\n", "<RSET",
		">250 ok", LEAVE, NULL},
	    2);

	(void)state;
	assert_int_equal(seen.result.outcome, SMTP_SENT);
	assert_string_equal(seen.result.text, "one two three");
	assert_int_equal(seen.last.outcome, SMTP_FAILED);
}

/* A relay that says more than it was asked: the surplus must not be taken for
 * the reply to the next message. */
static void
test_out_of_turn(void **state)
{
	struct seen seen =
	    talk_to(SCRIPT{OFFER, ASK, ">250 ok", ">250 ok", ">354 go", ".",
			"+250 ok\r\n250 ok\r\n", "!", NULL},
		2);

	(void)state;
	assert_int_equal(seen.results, 1);
	assert_int_equal(seen.result.outcome, SMTP_SENT);
	assert_int_equal(seen.why.outcome, SMTP_RELAY);
	assert_int_equal(seen.why.phase, SMTP_IDLE);
}

/* Yahoo closes without a word after some messages. */
static void
test_closed_when_idle(void **state)
{
	struct seen seen = talk_to(SCRIPT{OFFER, TAKEN, NULL}, 1);

	(void)state;
	assert_int_equal(seen.result.outcome, SMTP_SENT);
	assert_int_equal(seen.why.code, 0);
	assert_true(
	    seen.why.outcome == SMTP_SENT || seen.why.phase == SMTP_IDLE);
}

static void
test_helo_only(void **state)
{
	struct seen seen =
	    talk_to(SCRIPT{GREET, ">502 what", "<HELO client.example\r\n",
			">250 size", "<MAIL FROM:<b@example.org>\r\n",
			">250 ok", "<RCPT TO:<r@example.net>\r\n", ">250 ok",
			"<DATA\r\n", ">354 go", ".", ">250 ok", LEAVE, NULL},
		1);

	(void)state;
	assert_int_equal(seen.result.outcome, SMTP_SENT);
}

static void
test_close_with_message_out(void **state)
{
	struct smtp_message messages[] = {SHORT, SHORT};
	struct seen seen = {
	    .messages = messages, .count = 2, .close_early = true};
	struct server server;
	struct smtp *smtp;
	struct smtp_conn *conn;
	struct err err = ERR_INIT;

	(void)state;
	start(&server, SCRIPT{OFFER, TAKEN, LEAVE, NULL});
	smtp = relay_at(server.port);
	assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
	run(&seen);
	smtp_free(smtp);
	assert_true(stop(&server, false));
	assert_int_equal(seen.results, 1);
	assert_int_equal(seen.result.outcome, SMTP_SENT);
	assert_int_equal(seen.closed, 1);
	assert_int_equal(seen.why.outcome, SMTP_SENT);
	forget(&server);
}

/* What a relay does not offer is told without a byte, in the loop's next turn,
 * and the connection goes on. */
static void
test_refused_without_a_byte(void **state)
{
	struct smtp_message messages[] = {SHORT, SHORT, SHORT};
	struct seen seen = {.messages = messages, .count = 3};
	struct server server;
	struct smtp *smtp;
	struct smtp_conn *conn;
	struct err err = ERR_INIT;

	(void)state;
	messages[0].data = "Subject: over thirty octets\r\n\r\nHello\r\n";
	messages[0].len = strlen(messages[0].data);
	messages[2].data = "Subject: x\r\n\r\nنص\r\n";
	messages[2].len = strlen(messages[2].data);
	start(&server, SCRIPT{GREET, ">250-relay", ">250-SIZE 30",
			   ">250 PIPELINING", ASK, ">250 ok", ">250 ok",
			   ">354 go", ".", ">250 2.0.0 ok", LEAVE, NULL});
	smtp = relay_at(server.port);
	assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
	run(&seen);
	smtp_free(smtp);
	assert_true(stop(&server, false));
	assert_int_equal(seen.closed, 1);
	assert_int_equal(seen.ready, 4);
	assert_int_equal(seen.results, 3);
	assert_int_equal(seen.result.outcome, SMTP_FAILED);
	assert_int_equal(seen.result.phase, SMTP_MAIL);
	assert_int_equal(seen.result.code, 0);
	assert_string_equal(seen.result.status, "5.3.4");
	assert_int_equal(seen.last.outcome, SMTP_FAILED);
	assert_string_equal(seen.last.status, "5.6.3");
	assert_int_equal(seen.why.outcome, SMTP_SENT);
	forget(&server);
}

/* Its result comes before closed(), however soon that is. */
static void
test_refused_and_closed(void **state)
{
	(void)state;
	for (int early = 0; early < 2; early++) {
		struct smtp_message message = SHORT;
		struct seen seen = {
		    .messages = &message, .count = 1, .close_early = early};
		struct server server;
		struct smtp *smtp;
		struct smtp_conn *conn;
		struct err err = ERR_INIT;

		message.recipient = "قارئ@example.net";
		start(&server,
		    early ? SCRIPT{OFFER, LEAVE, NULL} : SCRIPT{OFFER, NULL});
		smtp = relay_at(server.port);
		assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
		run(&seen);
		smtp_free(smtp);
		stop(&server, !early);
		assert_int_equal(seen.closed, 1);
		if (early)
			assert_int_equal(seen.results, 1);
		assert_int_equal(seen.results, seen.sent);
		forget(&server);
	}
}

static void
test_close_before_connected(void **state)
{
	struct seen seen = {.count = 0};
	struct server server;
	struct smtp *smtp;
	struct smtp_conn *conn;
	struct err err = ERR_INIT;

	(void)state;
	start(&server, SCRIPT{"!", NULL});
	smtp = relay_at(server.port);
	assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
	smtp_close(conn);
	assert_int_equal(seen.closed, 0);
	assert_int_equal(smtp_send(conn, &SHORT, &err), -1);
	run(&seen);
	assert_int_equal(seen.closed, 1);
	assert_int_equal(seen.why.outcome, SMTP_SENT);
	smtp_free(smtp);
	stop(&server, true);
	forget(&server);
}

static void
test_free_cuts(void **state)
{
	struct smtp_message messages[] = {SHORT};
	struct seen seen = {.messages = messages, .count = 1};
	struct server server;
	struct smtp *smtp;
	struct smtp_conn *conn;
	struct err err = ERR_INIT;

	(void)state;
	start(&server, SCRIPT{OFFER, ASK, "!", NULL});
	smtp = relay_at(server.port);
	assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
	assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
	while (seen.ready == 0)
		assert_int_equal(loop_turn(loop, PATIENT, &err), 0);
	smtp_free(smtp);
	assert_true(stop(&server, false));
	assert_int_equal(seen.results + seen.closed, 0);
	forget(&server);
}

static void
test_nobody_listens(void **state)
{
	struct seen seen = {.count = 0};
	struct smtp_conn *conn;
	struct err err = ERR_INIT;
	struct smtp *smtp = relay_at(1);

	(void)state;
	assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
	run(&seen);
	smtp_free(smtp);
	assert_int_equal(seen.closed, 1);
	assert_int_equal(seen.why.outcome, SMTP_RELAY);
	assert_int_equal(seen.why.phase, SMTP_CONNECT);
	assert_string_equal(
	    seen.why.text, "127.0.0.1:1: no connection: Connection refused");
}

/* What a person reads of a relay that cannot be used, with its place. */
static void
test_words(void **state)
{
	static const struct {
		const char *url;
		const char *script[6];
		const char *words;
	} rows[] = {
	    {"smtp://127.0.0.1", {NULL}, "hung up, before its greeting"},
	    {"smtp://127.0.0.1", {">220 hi", "<EHLO", NULL},
		"hung up, after its greeting"},
	    {"smtp://127.0.0.1", {">HTTP/1.1 400 Bad Request", "!", NULL},
		"what it says is not SMTP, before its greeting"},
	    {"smtp://127.0.0.1", {">220 hi", "<EHLO", ">garbage", "!", NULL},
		"what it says is not SMTP, after its greeting"},
	    {"smtps://127.0.0.1", {">220 hi", "!", NULL}, "TLS failed: "},
	    {"smtp://127.0.0.1", {"!", NULL},
		"did not answer in time, before its greeting"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct seen seen = {.count = 0};
		struct server server;
		struct smtp *smtp;
		struct smtp_conn *conn;
		struct err err = ERR_INIT;
		char want[128];

		start(&server, rows[i].script);
		smtp = relay_like(&PLAIN, rows[i].url, server.port);
		smtp_set_patience(smtp, SMTP_CONNECT,
		    str_starts(rows[i].words, "did not") ? 40 : PATIENT);
		assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
		run(&seen);
		smtp_free(smtp);
		stop(&server, true);
		assert_int_equal(seen.closed, 1);
		snprintf(want, sizeof(want), "127.0.0.1:%d: %s", server.port,
		    rows[i].words);
		if (!str_starts(seen.why.text, want))
			fail_msg("row %zu: %s", i, seen.why.text);
		forget(&server);
	}
}

/* A tarpit: an octet now and then is not progress, the phase ends in time. */
static void
test_tarpit(void **state)
{
	struct smtp_message messages[] = {SHORT};
	struct seen seen = {.messages = messages, .count = 1};
	struct server server;
	struct smtp *smtp;
	struct smtp_conn *conn;
	struct err err = ERR_INIT;

	(void)state;
	start(&server,
	    SCRIPT{OFFER, ASK, "+2", "*", "+5", "*", "+0", "*", "+-", "*", "+s",
		"*", "+l", "*", "+o", "*", "+w", "*", "+\r\n250 ok\r\n",
		">250 ok", ">354 go", ".", ">250 ok", "~", NULL});
	smtp = relay_at(server.port);
	smtp_set_patience(smtp, SMTP_MAIL, 60);
	smtp_set_patience(smtp, SMTP_QUIT, 20);
	assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
	run(&seen);
	smtp_free(smtp);
	stop(&server, true);
	assert_int_equal(seen.closed, 1);
	assert_int_equal(seen.result.outcome, SMTP_DEFERRED);
	assert_int_equal(seen.result.phase, SMTP_MAIL);
	forget(&server);
}

/* Half a reply that belongs to nothing: no message may follow it. */
static void
test_half_out_of_turn(void **state)
{
	struct smtp_message messages[] = {SHORT, SHORT};
	struct seen seen = {.messages = messages, .count = 2};
	struct server server;
	struct smtp *smtp;
	struct smtp_conn *conn;
	struct err err = ERR_INIT;

	(void)state;
	start(&server, SCRIPT{OFFER, ASK, ">250 ok", ">250 ok", ">354 go", ".",
			   "+250 ok\r\n250 o", "!", NULL});
	smtp = relay_at(server.port);
	smtp_set_patience(smtp, SMTP_QUIT, 20);
	assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
	run(&seen);
	smtp_free(smtp);
	assert_true(stop(&server, false));
	assert_int_equal(seen.closed, 1);
	assert_int_equal(seen.sent, 1);
	assert_int_equal(seen.result.outcome, SMTP_SENT);
	assert_int_equal(seen.why.outcome, SMTP_RELAY);
	assert_int_equal(seen.why.phase, SMTP_IDLE);
	forget(&server);
}

/* A callback that opens the next connection. */
struct again {
	struct seen seen; /* first: what on_ready() and on_result() know */
	struct smtp *smtp;
	struct smtp_conn *conn;
};

static void
open_again(void *arg, struct smtp_conn *conn, const struct smtp_result *why)
{
	struct again *again = arg;
	struct err err = ERR_INIT;

	on_closed(&again->seen, conn, why);
	if (again->seen.closed == 1) {
		assert_int_equal(
		    smtp_open(again->smtp, again, &again->conn, &err), 0);
	}
}

static void
test_open_from_closed(void **state)
{
	static const struct smtp_events events = {
	    on_ready, on_result, open_again};
	struct again again = {.seen = {.messages = &SHORT, .count = 0}};
	struct smtp_relay relay = PLAIN;
	struct err err = ERR_INIT;

	(void)state;
	relay.url = "smtp://127.0.0.1:1";
	assert_int_equal(smtp_new(&again.smtp, loop, &relay, &events, &err), 0);
	assert_int_equal(smtp_open(again.smtp, &again, &again.conn, &err), 0);
	while (again.seen.closed < 2)
		assert_int_equal(loop_turn(loop, PATIENT, &err), 0);
	smtp_free(again.smtp);
}

static void
test_reply_without_end(void **state)
{
	static char big[REPLY_MAX * 2];
	const char *script[] = {
	    OFFER, ASK, ">250 ok", ">250 ok", ">354 go", ".", big, "!", NULL};
	struct seen seen;

	(void)state;
	big[0] = '+';
	for (size_t i = 0; i + 9 < sizeof(big); i += 8)
		memcpy(big + 1 + i, "250-xy\r\n", 8);
	seen = talk_to(script, 1);
	assert_int_equal(seen.result.outcome, SMTP_UNKNOWN);
	assert_int_equal(seen.result.phase, SMTP_DOT);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_faults),
	    cmocka_unit_test(test_many),
	    cmocka_unit_test(test_lone_dot),
	    cmocka_unit_test(test_replies_at_once),
	    cmocka_unit_test(test_out_of_turn),
	    cmocka_unit_test(test_closed_when_idle),
	    cmocka_unit_test(test_helo_only),
	    cmocka_unit_test(test_close_with_message_out),
	    cmocka_unit_test(test_refused_without_a_byte),
	    cmocka_unit_test(test_refused_and_closed),
	    cmocka_unit_test(test_close_before_connected),
	    cmocka_unit_test(test_free_cuts),
	    cmocka_unit_test(test_nobody_listens),
	    cmocka_unit_test(test_words),
	    cmocka_unit_test(test_tarpit),
	    cmocka_unit_test(test_half_out_of_turn),
	    cmocka_unit_test(test_open_from_closed),
	    cmocka_unit_test(test_reply_without_end),
	};

	return cmocka_run_group_tests(tests, make_loop, free_loop);
}
