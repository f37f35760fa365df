/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "mail/talk.h"

#include <stdlib.h>
#include <string.h>

static const struct reply_offer ALL = {true, true, true, true, 0};
static const struct reply_offer NOTHING = {.pipelining = false};

static struct talk talk;
static struct smtp_result result;
static struct smtp_result refused;
static struct err err;

#define TEXT(text) .data = (text), .len = sizeof(text) - 1

static const struct smtp_message SHORT = {.sender = "b@example.org",
    .recipient = "r@example.net",
    TEXT("Subject: x\r\n\r\nHello\r\n")};

/* Everything pending, `step` octets at a time; the caller frees it. */
static char *
written(size_t step)
{
	struct str all;
	size_t n;
	const char *bytes;

	str_init(&all, 64 * 1024 * 1024);
	while (bytes = talk_pending(&talk, &n), n > 0) {
		n = n < step ? n : step;
		str_add_bytes(&all, bytes, n);
		talk_wrote(&talk, n);
	}
	assert_false(all.bad);
	return str_take(&all);
}

static void
expect_written(const char *bytes)
{
	char *all = written(SIZE_MAX);

	assert_string_equal(all, bytes);
	free(all);
}

static unsigned
hear(int code)
{
	struct reply reply = {.code = code, .text = "said"};

	return talk_reply(&talk, &reply, &result);
}

static void
begin(const struct reply_offer *offer, const struct smtp_message *message)
{
	memset(&talk, 0, sizeof(talk));
	talk_begin(&talk, offer);
	assert_int_equal(talk_send(&talk, message, &refused, &err), 0);
}

static void
test_pipelined(void **state)
{
	(void)state;
	begin(&ALL, &SHORT);
	expect_written("MAIL FROM:<b@example.org> SIZE=21\r\n"
		       "RCPT TO:<r@example.net>\r\nDATA\r\n");
	assert_int_equal(talk.phase, SMTP_MAIL);
	assert_int_equal(hear(250), 0);
	assert_int_equal(talk.phase, SMTP_RCPT);
	assert_int_equal(hear(251), 0);
	assert_int_equal(talk.phase, SMTP_DATA);
	assert_int_equal(hear(354), 0);
	assert_int_equal(talk.phase, SMTP_BODY);
	expect_written("Subject: x\r\n\r\nHello\r\n.\r\n");
	assert_int_equal(talk.phase, SMTP_DOT);
	assert_int_equal(hear(250), TALK_RESULT | TALK_READY);
	assert_int_equal(result.outcome, SMTP_SENT);
	assert_int_equal(talk.phase, SMTP_IDLE);
	expect_written("");
}

static void
test_one_by_one(void **state)
{
	(void)state;
	begin(&NOTHING, &SHORT);
	expect_written("MAIL FROM:<b@example.org>\r\n");
	assert_int_equal(hear(250), 0);
	expect_written("RCPT TO:<r@example.net>\r\n");
	assert_int_equal(hear(250), 0);
	expect_written("DATA\r\n");
	assert_int_equal(hear(354), 0);
	expect_written("Subject: x\r\n\r\nHello\r\n.\r\n");
	assert_int_equal(hear(250), TALK_RESULT | TALK_READY);
}

static void
test_parameters(void **state)
{
	static const struct smtp_message arabic = {.sender = "",
	    .recipient = "r@example.net",
	    TEXT("Subject: x\r\n\r\nنص")};
	static const struct reply_offer eightbit = {.eightbit = true};

	(void)state;
	begin(&eightbit, &arabic);
	expect_written("MAIL FROM:<> BODY=8BITMIME\r\n");
	begin(&eightbit, &SHORT);
	expect_written("MAIL FROM:<b@example.org>\r\n");
	/* With the CRLF that is put at its end. */
	begin(&ALL, &arabic);
	talk.out[talk.out_len] = '\0';
	assert_non_null(strstr(talk.out, "MAIL FROM:<> SIZE=20 BODY="));
}

/* clang-format off */
static const struct {
	const char *address;
	bool sender, recipient;
} ADDRESSES[] = {
	{"a@example.org", true, true},
	{"", true, false},
	{"\"a\"@example.org", true, true},
	{"a b@example.org", false, false},
	{"a@example.org\r\nRCPT TO:<evil@example.org", false, false},
	{"a@example.org\n", false, false},
	{"a@example.org\r", false, false},
	{"a@example.org>", false, false},
	{"<a@example.org", false, false},
	{"a@example.org> SIZE=1", false, false},
	{"a\t@example.org", false, false},
	{"a\x7f@example.org", false, false},
	{" ", false, false},
	/* Outside ASCII: valid, before the last @ alone (RFC 6531 3.3). */
	{"\xd9\x86@example.org", true, true},
	{"\xd9\x86@\xd9\x86@example.org", true, true},
	{"a@\xd9\x86.example", false, false},
	{"\xd9\x86", false, false},
	{"\xd9@example.org", false, false},
	{"\xff@example.org", false, false},
	{"\xc0\x8d\xc0\x8a@example.org", false, false},
	{"\xed\xa0\x80@example.org", false, false},
	{"\xc2\x85@example.org", false, false},
	{"a@example.org\xc2", false, false},
};
/* clang-format on */

static void
check_address(const char *address, bool sender, bool recipient)
{
	struct smtp_message message = SHORT;

	for (int as = 0; as < 2; as++) {
		bool good = as ? recipient : sender;

		message.sender = as ? "b@example.org" : address;
		message.recipient = as ? address : "r@example.net";
		memset(&talk, 0, sizeof(talk));
		talk_begin(&talk, &ALL);
		err = ERR_INIT;
		assert_int_equal(
		    talk_send(&talk, &message, &refused, &err), good ? 0 : -1);
		if (good)
			continue;
		assert_int_equal(err.code, ERR_INPUT);
		assert_int_equal(talk.phase, SMTP_IDLE);
		expect_written("");
	}
}

static void
test_addresses(void **state)
{
	char address[300];

	(void)state;
	for (size_t i = 0; i < sizeof(ADDRESSES) / sizeof(*ADDRESSES); i++)
		check_address(ADDRESSES[i].address, ADDRESSES[i].sender,
		    ADDRESSES[i].recipient);
	memset(address, 'a', sizeof(address));
	address[254] = '\0';
	check_address(address, true, true);
	address[254] = 'a';
	address[255] = '\0';
	check_address(address, false, false);
}

#define X100                                                                   \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"                   \
	"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"
#define X900 X100 X100 X100 X100 X100 X100 X100 X100 X100
#define X998                                                                   \
	X900 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"               \
	     "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
	const char *data;
	const char *sent; /* NULL: refused */
} DATA[] = {
    {"", ".\r\n"},
    {"\r\n", "\r\n.\r\n"},
    {"a", "a\r\n.\r\n"},
    {"a\r\n", "a\r\n.\r\n"},
    {".", "..\r\n.\r\n"},
    {".\r\n", "..\r\n.\r\n"},
    {"..", "...\r\n.\r\n"},
    {"..\r\n", "...\r\n.\r\n"},
    {".x\r\n", "..x\r\n.\r\n"},
    {"x.\r\n", "x.\r\n.\r\n"},
    {"a\r\n.\r\nQUIT\r\n", "a\r\n..\r\nQUIT\r\n.\r\n"},
    {"a\r\n.\r\n", "a\r\n..\r\n.\r\n"},
    {"a\r\n.", "a\r\n..\r\n.\r\n"},
    {"\r\n.\r\n.\r\n..\r\n\r\n", "\r\n..\r\n..\r\n...\r\n\r\n.\r\n"},
    {X998 "\r\n", X998 "\r\n.\r\n"},
    {X998, X998 "\r\n.\r\n"},
    {X998 "x\r\n", NULL},
    {"a\r\n" X998 "x", NULL},
    {"\n", NULL},
    {"\r", NULL},
    {"a\nb\r\n", NULL},
    {"a\rb\r\n", NULL},
    {"a\r\n\n", NULL},
    {"a\r\r\n", NULL},
    {"a\r\nb\r", NULL},
    /* SMTP smuggling. */
    {"a\r\n.\nQUIT\r\n", NULL},
    {"a\n.\r\nQUIT\r\n", NULL},
    {"a\n.\nQUIT\r\n", NULL},
    {"a\r.\rQUIT\r\n", NULL},
    {"a\r\n.\rQUIT\r\n", NULL},
    {"a\r\n\r.\r\n", NULL},
    {"a\n\r.\n\rQUIT\r\n", NULL},
    {"a\r\r\n.\r\r\nQUIT\r\n", NULL},
};

static void
test_data(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(DATA) / sizeof(*DATA); i++) {
		struct smtp_message message = SHORT;

		message.data = DATA[i].data;
		message.len = strlen(DATA[i].data);
		memset(&talk, 0, sizeof(talk));
		talk_begin(&talk, &ALL);
		err = ERR_INIT;
		if (DATA[i].sent == NULL) {
			if (talk_send(&talk, &message, &refused, &err) == 0)
				fail_msg("case %zu was taken", i);
			assert_int_equal(err.code, ERR_INPUT);
			expect_written("");
			continue;
		}
		assert_int_equal(talk_send(&talk, &message, &refused, &err), 0);
		free(written(SIZE_MAX));
		hear(250);
		hear(250);
		hear(354);
		expect_written(DATA[i].sent);
		assert_int_equal(talk.phase, SMTP_DOT);
	}
}

/* What fits by itself is not looked at again, and everything before it is. */
static void
test_fits(void **state)
{
	static const struct {
		const char *head;
		size_t tail; /* octets, said to fit */
		bool taken;
	} cases[] = {
	    {"A: b\r\n\r\nbody\r\n", 6, true},
	    {"A: b\n\r\nbody\r\n", 6, false},
	    {"A: b\r\n\rbody\r\n", 6, false},
	    /* not from where a line begins, nor of it all, nor of more */
	    {"A: b\n\r\n", 3, false},
	    {"A\nb\r\n", 5, false},
	    {"A\nb\r\n", 6, false},
	    {"A\nb\r\n", 600, false},
	    {"A\rb\r\n", 1, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(DATA) / sizeof(*DATA); i++) {
		const char *data = DATA[i].data;
		size_t len = strlen(data);
		bool fits = DATA[i].sent != NULL && len > 1 &&
			    data[len - 1] == '\n' && data[0] != '.' &&
			    strstr(data, "\n.") == NULL;

		assert_int_equal(talk_fits(data, len), fits);
	}
	assert_false(talk_fits("\xd9\x85\r\n", 4));
	assert_false(talk_fits("a\0b\r\n", 5));
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct smtp_message message = SHORT;
		struct talk_facts facts;

		message.data = cases[i].head;
		message.len = strlen(cases[i].head);
		message.fits = cases[i].tail;
		err = ERR_INIT;
		assert_int_equal(
		    talk_check(&facts, &message, &err) == 0, cases[i].taken);
	}
}

/* A NUL ends no text here: it is looked for in every line. */
static void
test_nul(void **state)
{
	char data[] = "a\r\nbcd\r\ne";

	(void)state;
	for (size_t at = 0; at < sizeof(data) - 1; at++) {
		struct smtp_message message = SHORT;
		char was = data[at];

		message.data = data;
		message.len = sizeof(data) - 1;
		data[at] = '\0';
		memset(&talk, 0, sizeof(talk));
		talk_begin(&talk, &ALL);
		err = ERR_INIT;
		assert_int_equal(
		    talk_send(&talk, &message, &refused, &err), -1);
		assert_int_equal(err.code, ERR_INPUT);
		expect_written("");
		data[at] = was;
	}
}

static const struct smtp_message ARABIC = {.sender = "b@example.org",
    .recipient = "r@example.net",
    TEXT("Subject: x\r\n\r\nنص\r\n")};
static const struct smtp_message NAMED = {.sender = "b@example.org",
    .recipient = "قارئ@example.net",
    TEXT("Subject: x\r\n\r\nx\r\n")};

/* What a relay offers, and whether a message can go through it. */
/* clang-format off */
static const struct {
	struct reply_offer offer; /* PIPELINING, 8BITMIME, SMTPUTF8, SIZE */
	const struct smtp_message *message;
	const char *status; /* of a refusal, NULL: it goes */
	const char *mail;   /* the first command, what follows the sender */
} REFUSED[] = {
	{{false, false, false, true, 0}, &SHORT, NULL, " SIZE=21\r\n"},
	{{false, false, false, true, 21}, &SHORT, NULL, " SIZE=21\r\n"},
	{{false, false, false, true, 20}, &SHORT, "5.3.4", NULL},
	{{true, true, true, true, 20}, &SHORT, "5.3.4", NULL},
	{{false, false, false, true, 1}, &ARABIC, "5.3.4", NULL},
	{{false, false, false, true, INT64_MAX}, &SHORT, NULL, " SIZE=21\r\n"},
	{{false, false, false, false, 0}, &ARABIC, "5.6.3", NULL},
	{{true, false, true, true, 0}, &ARABIC, "5.6.3", NULL},
	{{false, true, false, false, 0}, &ARABIC, NULL, " BODY=8BITMIME\r\n"},
	{{false, true, false, false, 0}, &NAMED, "5.6.7", NULL},
	{{false, false, false, false, 0}, &NAMED, "5.6.7", NULL},
	/* RFC 6531 3.1 (5): never without 8BITMIME. */
	{{false, false, true, false, 0}, &NAMED, "5.6.7", NULL},
	{{false, true, true, false, 0}, &NAMED, NULL, " SMTPUTF8\r\n"},
	{{false, true, true, false, 0}, &ARABIC, NULL, " BODY=8BITMIME\r\n"},
	{{false, true, true, true, 99}, &SHORT, NULL, " SIZE=21\r\n"},
};
/* clang-format on */

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(REFUSED) / sizeof(*REFUSED); i++) {
		const char *status = REFUSED[i].status;
		int rc;

		memset(&talk, 0, sizeof(talk));
		talk_begin(&talk, &REFUSED[i].offer);
		rc = talk_send(&talk, REFUSED[i].message, &refused, &err);
		if (rc != (status != NULL))
			fail_msg("row %zu: %d", i, rc);
		if (status == NULL) {
			char line[100] = "MAIL FROM:<b@example.org>";

			assert_true(str_fit(line + strlen(line),
			    sizeof(line) - strlen(line), REFUSED[i].mail));
			expect_written(line);
			continue;
		}
		assert_int_equal(refused.outcome, SMTP_FAILED);
		assert_int_equal(refused.phase, SMTP_MAIL);
		assert_int_equal(refused.code, 0);
		assert_string_equal(refused.status, status);
		assert_true(refused.text[0] != '\0');
		assert_int_equal(talk.phase, SMTP_IDLE);
		expect_written("");
		/* Others go on the same connection. */
		if (REFUSED[i].offer.size_max == 0)
			assert_int_equal(
			    talk_send(&talk, &SHORT, &refused, &err), 0);
	}
}

/* RFC 1870 6.1: told only in the reply to MAIL. */
static void
test_too_big_by_reply(void **state)
{
	static const struct {
		int code;
		const char *status;
		enum smtp_outcome outcome;
	} rows[] = {
	    {552, "5.3.4", SMTP_FAILED},
	    {550, "5.3.4", SMTP_FAILED},
	    {552, "", SMTP_RELAY},
	    {552, "5.2.2", SMTP_RELAY},
	    {452, "4.3.4", SMTP_RELAY},
	    {421, "4.3.4", SMTP_RELAY},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct reply reply = {.code = rows[i].code};

		assert_true(str_fit(
		    reply.status, sizeof(reply.status), rows[i].status));
		begin(&ALL, &SHORT);
		free(written(SIZE_MAX));
		assert_true(talk_reply(&talk, &reply, &result) & TALK_RESULT);
		assert_int_equal(result.outcome, rows[i].outcome);
	}
}

/* Around the size of the buffer, with the dot at every place near its end. */
static void
test_buffer_edges(void **state)
{
	static char data[TALK_BUFFER + 64];
	struct smtp_message message = SHORT;

	(void)state;
	for (size_t len = TALK_BUFFER - 12; len < TALK_BUFFER + 12; len++) {
		for (size_t dot = 0; dot <= 16; dot++) {
			size_t at = TALK_BUFFER - dot;
			char *sent;
			size_t n;
			bool doubled = dot > 0 && at < len;

			for (size_t i = 0; i < len; i++)
				data[i] = i % 64 == 62   ? '\r'
					  : i % 64 == 63 ? '\n'
							 : 'x';
			for (size_t i = at - 80; i < len; i++)
				data[i] = 'y';
			if (doubled)
				memcpy(data + at - 2, "\r\n.", 3);
			message.data = data;
			message.len = len;
			begin(&ALL, &message);
			free(written(SIZE_MAX));
			hear(250);
			hear(250);
			hear(354);
			sent = written(dot % 2 ? 7 : SIZE_MAX);
			n = strlen(sent);
			assert_int_equal(n, len + doubled + 5);
			assert_string_equal(sent + n - 5, "\r\n.\r\n");
			assert_memory_equal(sent, data, doubled ? at : len);
			if (doubled)
				assert_memory_equal(
				    sent + at + 1, data + at, len - at);
			assert_int_equal(talk.phase, SMTP_DOT);
			free(sent);
		}
	}
}

static void
test_partial_writes(void **state)
{
	char *sent;

	(void)state;
	begin(&ALL, &SHORT);
	sent = written(1);
	assert_true(str_ends(sent, "\r\nDATA\r\n"));
	free(sent);
	hear(250);
	hear(250);
	hear(354);
	talk_wrote(&talk, 10);
	assert_int_equal(talk.phase, SMTP_BODY);
	/* All but the last octet of the end: still not handed over. */
	talk_wrote(&talk, 21 + 3 - 10 - 1);
	assert_int_equal(talk.phase, SMTP_BODY);
	assert_int_equal(talk_broke(&talk, TALK_LOST, "lost", &result),
	    TALK_RESULT | TALK_OVER);
	assert_int_equal(result.outcome, SMTP_DEFERRED);
	assert_int_equal(result.phase, SMTP_BODY);
}

/* Brings the dialogue to where the reply to a phase is awaited. */
static void
bring_to(enum smtp_phase phase, const struct reply_offer *offer)
{
	static const int good[] = {
	    [SMTP_MAIL] = 250, [SMTP_RCPT] = 250, [SMTP_DATA] = 354};

	begin(offer, &SHORT);
	free(written(SIZE_MAX));
	for (enum smtp_phase at = SMTP_MAIL; at < phase && at < SMTP_BODY;
	     at++) {
		assert_int_equal(hear(good[at]), 0);
		if (phase != SMTP_BODY || at != SMTP_DATA)
			free(written(SIZE_MAX));
	}
	assert_int_equal(talk.phase, phase);
}

#define N       0 /* nothing told: go on */
#define S       1 + SMTP_SENT
#define D       1 + SMTP_DEFERRED
#define F       1 + SMTP_FAILED
#define U       1 + SMTP_UNKNOWN
#define R       1 + SMTP_RELAY
#define LOST    1
#define GARBAGE 2

/* What each event tells of the message, and the phase after it, without and
 * with PIPELINING; SMTP_CONNECT: over. */
/* clang-format off */
static const struct {
	enum smtp_phase at;
	int event; /* reply code, or LOST, GARBAGE */
	int told;
	enum smtp_phase next, pipelined;
} EVENTS[] = {
	{SMTP_MAIL, 250, N, SMTP_RCPT,    SMTP_RCPT},
	{SMTP_MAIL, 299, N, SMTP_RCPT,    SMTP_RCPT},
	{SMTP_MAIL, 354, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_MAIL, 450, R, SMTP_RSET,    SMTP_RCPT},
	{SMTP_MAIL, 421, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_MAIL, 530, R, SMTP_RSET,    SMTP_RCPT},
	{SMTP_MAIL, 552, R, SMTP_RSET,    SMTP_RCPT},
	{SMTP_MAIL, LOST, D, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_MAIL, GARBAGE, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_RCPT, 250, N, SMTP_DATA,    SMTP_DATA},
	{SMTP_RCPT, 252, N, SMTP_DATA,    SMTP_DATA},
	{SMTP_RCPT, 354, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_RCPT, 450, D, SMTP_RSET,    SMTP_DATA},
	{SMTP_RCPT, 421, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_RCPT, 550, F, SMTP_RSET,    SMTP_DATA},
	{SMTP_RCPT, LOST, D, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_RCPT, GARBAGE, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_DATA, 354, N, SMTP_BODY,    SMTP_BODY},
	{SMTP_DATA, 250, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_DATA, 451, D, SMTP_RSET,    SMTP_RSET},
	{SMTP_DATA, 421, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_DATA, 554, F, SMTP_RSET,    SMTP_RSET},
	{SMTP_DATA, LOST, D, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_DATA, GARBAGE, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_BODY, 250, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_BODY, 354, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_BODY, 451, D, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_BODY, 421, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_BODY, 552, F, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_BODY, LOST, D, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_BODY, GARBAGE, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_DOT,  250, S, SMTP_IDLE,    SMTP_IDLE},
	{SMTP_DOT,  354, U, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_DOT,  452, D, SMTP_IDLE,    SMTP_IDLE},
	{SMTP_DOT,  421, R, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_DOT,  554, F, SMTP_IDLE,    SMTP_IDLE},
	{SMTP_DOT,  LOST, U, SMTP_CONNECT, SMTP_CONNECT},
	{SMTP_DOT,  GARBAGE, U, SMTP_CONNECT, SMTP_CONNECT},
};
/* clang-format on */

static void
test_events(void **state)
{
	size_t rows = sizeof(EVENTS) / sizeof(*EVENTS);

	(void)state;
	for (size_t row = 0; row < rows * 2; row++) {
		size_t i = row / 2;
		enum smtp_phase next =
		    row % 2 ? EVENTS[i].pipelined : EVENTS[i].next;
		unsigned news = (EVENTS[i].told ? TALK_RESULT : 0) |
				(next == SMTP_IDLE ? TALK_READY : 0) |
				(next == SMTP_CONNECT ? TALK_OVER : 0);
		unsigned got;

		bring_to(EVENTS[i].at, row % 2 ? &ALL : &NOTHING);
		if (EVENTS[i].event > GARBAGE)
			got = hear(EVENTS[i].event);
		else
			got = talk_broke(&talk,
			    EVENTS[i].event == LOST ? TALK_LOST : TALK_GARBAGE,
			    "why", &result);
		if (got != news || talk.phase != next)
			fail_msg(
			    "row %zu: news %u phase %d", i, got, talk.phase);
		if (EVENTS[i].told) {
			assert_int_equal(result.outcome, EVENTS[i].told - 1);
			assert_int_equal(result.phase, EVENTS[i].at);
			assert_true(result.text[0] != '\0');
		}
		if (next == SMTP_CONNECT)
			expect_written("");
	}
}

/* After the result is told, what is still under way is taken in, and nothing
 * is told twice. Replies as they come, `news` after the last. */
/* clang-format off */
static const struct {
	int replies[6];
	unsigned news;
	enum smtp_phase phase;
	const char *written; /* after the last */
} TIDY[] = {
	{{450, 503, 503}, 0, SMTP_RSET, "RSET\r\n"},
	{{450, 503, 503, 250}, TALK_READY, SMTP_IDLE, ""},
	{{450, 503, 503, 500}, TALK_OVER, SMTP_CONNECT, ""},
	{{450, 503, 503, 421}, TALK_OVER, SMTP_CONNECT, ""},
	{{250, 550, 503, 250}, TALK_READY, SMTP_IDLE, ""},
	{{250, 550, 421}, TALK_OVER, SMTP_CONNECT, ""},
	{{250, 550, 250}, TALK_OVER, SMTP_CONNECT, ""},
	{{250, 550, 354}, 0, SMTP_DOT, ".\r\n"},
	{{250, 550, 354, 554}, TALK_READY, SMTP_IDLE, ""},
	{{250, 450, 354, 250}, TALK_READY, SMTP_IDLE, ""},
	{{250, 450, 354, 421}, TALK_OVER, SMTP_CONNECT, ""},
	{{250, 450, 354, 354}, TALK_OVER, SMTP_CONNECT, ""},
	{{450, 550, 354}, 0, SMTP_DOT, ".\r\n"},
	/* The recipient was taken: a lone dot would send it nothing. */
	{{450, 250, 354}, TALK_OVER, SMTP_CONNECT, ""},
	{{450, 250, 503}, 0, SMTP_RSET, "RSET\r\n"},
	{{450, 421}, TALK_OVER, SMTP_CONNECT, ""},
	{{250, 250, 451, 250}, TALK_READY, SMTP_IDLE, ""},
};
/* clang-format on */

static void
test_tidy(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(TIDY) / sizeof(*TIDY); i++) {
		unsigned news = 0;
		int told = 0;

		begin(&ALL, &SHORT);
		for (size_t k = 0; TIDY[i].replies[k] != 0; k++) {
			free(written(SIZE_MAX));
			news = hear(TIDY[i].replies[k]);
			told += (news & TALK_RESULT) != 0;
		}
		if (told != 1 || news != TIDY[i].news ||
		    talk.phase != TIDY[i].phase)
			fail_msg("row %zu: told %d news %u phase %d", i, told,
			    news, talk.phase);
		expect_written(TIDY[i].written);
	}
}

static void
test_reply_before_command(void **state)
{
	(void)state;
	begin(&ALL, &SHORT);
	assert_int_equal(hear(250), TALK_RESULT | TALK_OVER);
	assert_int_equal(result.outcome, SMTP_RELAY);
	begin(&ALL, &SHORT);
	talk_wrote(&talk, 5);
	assert_int_equal(hear(421), TALK_RESULT | TALK_OVER);
	assert_int_equal(result.outcome, SMTP_RELAY);
	assert_int_equal(result.code, 421);
}

static void
test_idle_and_quit(void **state)
{
	static const int codes[] = {221, 250, 421, 451, 500};

	(void)state;
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		memset(&talk, 0, sizeof(talk));
		talk_begin(&talk, &ALL);
		assert_int_equal(hear(codes[i]), TALK_OVER);
		assert_int_equal(result.outcome, SMTP_RELAY);
		assert_int_equal(result.phase, SMTP_IDLE);
		assert_int_equal(result.code, codes[i]);
		assert_int_equal(talk_send(&talk, &SHORT, &refused, &err), -1);
		assert_int_equal(err.code, ERR_USAGE);

		talk_begin(&talk, &ALL);
		talk_quit(&talk);
		expect_written("QUIT\r\n");
		assert_int_equal(hear(codes[i]), TALK_OVER);
		assert_int_equal(result.outcome, SMTP_SENT);
		assert_int_equal(result.phase, SMTP_QUIT);
	}
}

static void
test_busy(void **state)
{
	(void)state;
	begin(&ALL, &SHORT);
	assert_int_equal(talk_send(&talk, &SHORT, &refused, &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
	assert_int_equal(talk.phase, SMTP_MAIL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_pipelined),
	    cmocka_unit_test(test_one_by_one),
	    cmocka_unit_test(test_parameters),
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_data),
	    cmocka_unit_test(test_fits),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_too_big_by_reply),
	    cmocka_unit_test(test_buffer_edges),
	    cmocka_unit_test(test_partial_writes),
	    cmocka_unit_test(test_events),
	    cmocka_unit_test(test_tidy),
	    cmocka_unit_test(test_reply_before_command),
	    cmocka_unit_test(test_idle_and_quit),
	    cmocka_unit_test(test_busy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
