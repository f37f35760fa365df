/* SPDX-License-Identifier: ISC */
#include "mail/talk_check.h"

#include "base/codec.h"
#include "base/str.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define ADDRESS_MAX 254 /* RFC 5321 4.5.3.1.3, without the angles */
#define LINE_MAX    998 /* RFC 5322 2.1.1, without the CRLF */

/* Whether it can break nothing; `utf8` is set where it has to be asked for by
 * RFC 6531, which the part behind the @ never is: its labels are ASCII. */
static bool
address_fits(const char *address, bool *utf8)
{
	bool high = false; /* since the last @ */
	size_t n = 0;

	for (; address[n] != '\0'; n++) {
		unsigned char c = (unsigned char)address[n];

		if (n == ADDRESS_MAX || c < 0x21 || c == 0x7f || c == '<' ||
		    c == '>')
			return false;
		/* U+0080 to U+009F are control characters, too. */
		if (c == 0xc2 && (unsigned char)address[n + 1] < 0xa0)
			return false;
		high = c >= 0x80 || (high && c != '@');
		*utf8 = *utf8 || high;
	}
	return !high && codec_utf8_ok(address, n);
}

static bool
has_eightbit(const char *data, size_t len)
{
	uint64_t all = 0;
	size_t at = 0;

	for (; len - at >= sizeof(all); at += sizeof(all)) {
		uint64_t word;

		memcpy(&word, data + at, sizeof(word));
		all |= word;
	}
	for (; at < len; at++)
		all |= (unsigned char)data[at];
	return (all & UINT64_C(0x8080808080808080)) != 0;
}

/* Checks every line; whether one of them starts with a dot goes to `dots`. */
static int
check_data(const char *data, size_t len, bool *dots, struct err *err)
{
	size_t at = 0;
	size_t number = 1;

	*dots = false;
	for (; at < len; number++) {
		const char *line = data + at;
		const char *lf = memchr(line, '\n', len - at);
		size_t n = lf != NULL ? (size_t)(lf - line) : len - at;

		*dots = *dots || line[0] == '.';
		if (lf != NULL && (n == 0 || line[n - 1] != '\r')) {
			return err_set(err, ERR_INPUT,
			    "line %zu of the message ends in a bare LF",
			    number);
		}
		if (memchr(line, '\0', n) != NULL) {
			return err_set(err, ERR_INPUT,
			    "line %zu of the message has a NUL", number);
		}
		at += n + (lf != NULL);
		n -= lf != NULL;
		if (n > LINE_MAX) {
			return err_set(err, ERR_INPUT,
			    "line %zu of the message is over %d octets", number,
			    LINE_MAX);
		}
		if (memchr(line, '\r', n) != NULL) {
			return err_set(err, ERR_INPUT,
			    "line %zu of the message has a bare CR", number);
		}
	}
	return 0;
}

bool
talk_fits(const char *data, size_t len)
{
	struct err err = ERR_INIT;
	bool dots;

	return len > 0 && data[len - 1] == '\n' &&
	       check_data(data, len, &dots, &err) == 0 && !dots &&
	       !has_eightbit(data, len);
}

/* Only where a line begins can something be left out. */
static size_t
to_check(const struct smtp_message *message)
{
	size_t len = message->len;

	if (message->fits == 0 || message->fits >= len ||
	    message->data[len - message->fits - 1] != '\n')
		return len;
	return len - message->fits;
}

int
talk_check(
    struct talk_facts *out, const struct smtp_message *message, struct err *err)
{
	struct talk_facts facts = {false, false, false};
	size_t len = to_check(message);

	if (!address_fits(message->sender, &facts.utf8)) {
		return err_set(
		    err, ERR_INPUT, "the envelope sender cannot be sent");
	}
	if (message->recipient[0] == '\0' ||
	    !address_fits(message->recipient, &facts.utf8)) {
		return err_set(
		    err, ERR_INPUT, "the recipient's address cannot be sent");
	}
	if (check_data(message->data, len, &facts.dots, err) != 0)
		return -1;
	facts.eightbit = has_eightbit(message->data, len);
	*out = facts;
	return 0;
}

bool
talk_ends_well(const struct smtp_message *message)
{
	return message->len == 0 ||
	       (message->len >= 2 && message->data[message->len - 1] == '\n');
}

size_t
talk_size(const struct smtp_message *message)
{
	return message->len + (talk_ends_well(message) ? 0 : 2);
}

/* The statuses are those of RFC 3463 3.4, RFC 1870 and RFC 6531 3.5. */
bool
talk_refuses(struct smtp_result *out, const struct reply_offer *offer,
    const struct smtp_message *message, const struct talk_facts *facts)
{
	size_t size = talk_size(message);
	const char *status = NULL;
	struct smtp_result refused = {
	    .outcome = SMTP_FAILED, .phase = SMTP_MAIL};

	if (offer->size_max > 0 && size > (uint64_t)offer->size_max) {
		status = "5.3.4";
		snprintf(refused.text, sizeof(refused.text),
		    "the message has %zu octets, the relay takes %lld", size,
		    (long long)offer->size_max);
	} else if (facts->utf8 && !(offer->utf8 && offer->eightbit)) {
		status = "5.6.7";
		str_cut(refused.text, sizeof(refused.text),
		    "the address is not in ASCII, and the relay offers no "
		    "SMTPUTF8");
	} else if (facts->eightbit && !offer->eightbit) {
		status = "5.6.3";
		str_cut(refused.text, sizeof(refused.text),
		    "the message is not in ASCII, and the relay offers no "
		    "8BITMIME");
	}
	if (status == NULL)
		return false;
	str_cut(refused.status, sizeof(refused.status), status);
	*out = refused;
	return true;
}
