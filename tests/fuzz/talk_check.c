/* SPDX-License-Identifier: ISC */
/*
 * What is let through to a relay: no address ends its command or its angles,
 * no message ends before its end.
 */
#include "mail/talk_check.h"
#include "base/codec.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len);

static void
must(bool truth)
{
	if (!truth)
		abort();
}

static void
must_be_safe(const char *address, bool utf8)
{
	const char *at = strrchr(address, '@');
	size_t len = strlen(address);

	must(len <= 254 && codec_utf8_ok(address, len));
	for (const char *c = address; *c != '\0'; c++) {
		unsigned char octet = (unsigned char)*c;

		must(octet > 0x20 && octet != 0x7f);
		must(octet != '<' && octet != '>');
		must(octet < 0x80 || (utf8 && at != NULL && c < at));
	}
}

static void
must_be_lines(const struct smtp_message *message)
{
	size_t line = 0;

	for (size_t i = 0; i < message->len; i++) {
		char c = message->data[i];

		must(c != '\0');
		if (c == '\n')
			must(i > 0 && message->data[i - 1] == '\r');
		if (c == '\r')
			must(i + 1 < message->len &&
			     message->data[i + 1] == '\n');
		line = c == '\n' ? 0 : line + 1;
		must(line <= 998 + 1); /* with its CR */
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
	char sender[400];
	char recipient[400];
	struct smtp_message message = {
	    .sender = sender, .recipient = recipient};
	struct reply_offer offer = {0};
	struct smtp_result result = {0};
	struct talk_facts facts = {0};
	struct err err = ERR_INIT;
	size_t half;

	if (len < 2)
		return 0;
	half = bytes[1] < len - 2 ? bytes[1] : len - 2;
	offer.eightbit = bytes[0] & 1;
	offer.utf8 = bytes[0] & 2;
	offer.size_max = bytes[0] & 4 ? 32 : 0;
	/* The first part is both addresses, so that all of it is looked at. */
	memcpy(sender, bytes + 2, half);
	sender[half] = '\0';
	memcpy(recipient, sender, half + 1);
	message.data = (const char *)bytes + 2 + half;
	message.len = len - 2 - half;
	/* What is found fit by itself may be left out. */
	if (talk_fits(message.data, message.len))
		message.fits = message.len;
	else if (len - 2 - half > 0 && talk_fits(message.data + message.len / 2,
					   message.len - message.len / 2))
		message.fits = message.len - message.len / 2;
	if (talk_check(&facts, &message, &err) != 0) {
		must(err.code == ERR_INPUT && err.msg[0] != '\0');
		return 0;
	}
	must(recipient[0] != '\0');
	must_be_safe(sender, facts.utf8);
	must_be_safe(recipient, facts.utf8);
	must_be_lines(&message);
	if (talk_refuses(&result, &offer, &message, &facts)) {
		must(result.outcome == SMTP_FAILED && result.code == 0);
		must(result.status[0] == '5' && result.text[0] != '\0');
		return 0;
	}
	must(offer.eightbit || !facts.eightbit);
	must(offer.utf8 || !facts.utf8);
	must(offer.size_max == 0 || talk_size(&message) <= 32);
	return 0;
}
