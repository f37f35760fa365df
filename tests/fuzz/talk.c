/* SPDX-License-Identifier: ISC */
/*
 * Any relay, any order of events: a result is told exactly once; SENT only
 * for a 2xx after every octet went out, and then the octets are the message.
 */
#include "mail/talk.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define BODY_MAX 4096

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static struct talk talk;
static char body[BODY_MAX * 2];
static size_t body_len;
static int results;

static void
must(bool truth)
{
	if (!truth)
		abort();
}

static void
write_some(size_t most)
{
	size_t n;
	const char *out = talk_pending(&talk, &n);

	n = n < most ? n : most;
	if (talk.phase == SMTP_BODY) {
		must(body_len + n <= sizeof(body));
		memcpy(body + body_len, out, n);
		body_len += n;
	}
	talk_wrote(&talk, n);
}

/* RFC 5321 4.5.2 from the side that reads. */
static void
must_be_received(const struct smtp_message *message)
{
	static char got[BODY_MAX * 2];
	size_t n = 0;

	must(body_len >= 3 && memcmp(body + body_len - 3, ".\r\n", 3) == 0);
	for (size_t i = 0; i < body_len - 3; i++) {
		bool first = i == 0 || body[i - 1] == '\n';

		if (first && body[i] == '.')
			i++;
		got[n++] = body[i];
	}
	must(n == message->len || n == message->len + 2);
	must(memcmp(got, message->data, message->len) == 0);
	must(n == 0 || got[n - 1] == '\n');
}

static void
check(unsigned news, const struct smtp_message *message,
    const struct smtp_result *result, bool was_dot)
{
	if (news & TALK_RESULT) {
		results++;
		must(result->phase >= SMTP_MAIL && result->phase <= SMTP_DOT);
		if (result->outcome == SMTP_SENT) {
			must(was_dot && result->code / 100 == 2);
			must_be_received(message);
		}
		must(result->outcome != SMTP_UNKNOWN || was_dot);
		must(!was_dot || result->outcome != SMTP_DEFERRED ||
		     result->code / 100 == 4);
	}
	if (news & (TALK_READY | TALK_OVER))
		must(results == 1);
	if (news & TALK_READY)
		must(talk.phase == SMTP_IDLE);
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	static const int codes[] = {250, 251, 354, 421, 450, 550, 503, 221};
	struct smtp_message message = {
	    .sender = "b@example.org", .recipient = "r@example.net"};
	struct reply_offer offer = {0};
	struct smtp_result result;
	struct err err = ERR_INIT;
	unsigned news = 0;
	size_t events;

	if (len < 2)
		return 0;
	offer.pipelining = bytes[0] & 1;
	offer.eightbit = bytes[0] & 2;
	offer.size = bytes[0] & 4;
	offer.size_max = bytes[0] & 8 ? 64 : 0;
	events = bytes[1] < len - 2 ? bytes[1] : len - 2;
	message.data = (const char *)bytes + 2 + events;
	message.len = len - 2 - events;
	if (message.len > BODY_MAX)
		return 0;
	memset(&talk, 0, sizeof(talk));
	body_len = 0;
	results = 0;
	talk_begin(&talk, &offer);
	switch (talk_send(&talk, &message, &result, &err)) {
	case 0: break;
	case 1:
		must(result.outcome == SMTP_FAILED && result.status[0] == '5');
		must(talk.phase == SMTP_IDLE && talk.out_len == 0);
		return 0;
	default: must(err.code == ERR_INPUT && talk.out_len == 0); return 0;
	}
	must(memchr(message.data, '\0', message.len) == NULL);
	must(offer.size_max == 0 || message.len <= 64);
	for (size_t i = 0; i < events && news <= TALK_RESULT; i++) {
		struct reply reply = {.code = codes[bytes[2 + i] & 7]};
		bool was_dot = talk.phase == SMTP_DOT;

		if (bytes[2 + i] & 0x80) {
			write_some(bytes[2 + i] & 0x40 ? SIZE_MAX
						       : bytes[2 + i] & 0x3f);
			continue;
		}
		news = talk_reply(&talk, &reply, &result);
		check(news, &message, &result, was_dot);
	}
	if (news <= TALK_RESULT) {
		bool was_dot = talk.phase == SMTP_DOT;

		news = talk_broke(&talk, TALK_LOST, "lost", &result);
		check(news, &message, &result, was_dot);
		must(news & TALK_OVER);
	}
	must(results == 1);
	return 0;
}
