/* SPDX-License-Identifier: ISC */
#include "mail/reply.h"

#include "base/codec.h"
#include "base/str.h"

#include <string.h>

static const char AFTER_CODE[] = {' ', '-', '\r', '\n'};

/* One line of a reply, without its end. */
struct line {
	const char *text; /* after the code and its separator */
	size_t len;
	int code;
	bool last;
};

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* False as soon as the bytes that are there cannot start a reply line, so
 * that garbage is seen without waiting for its end. */
static bool
starts_well(const char *bytes, size_t len)
{
	if (len > 0 && (bytes[0] < '2' || bytes[0] > '5'))
		return false;
	if (len > 1 && !is_digit(bytes[1]))
		return false;
	if (len > 2 && !is_digit(bytes[2]))
		return false;
	return len < 4 || memchr(AFTER_CODE, bytes[3], sizeof(AFTER_CODE));
}

/* Takes the next line. Its length with the end, 0 for not yet, -1. */
static long
next_line(struct line *line, const char *bytes, size_t len)
{
	size_t look = len < REPLY_LINE_MAX ? len : REPLY_LINE_MAX;
	const char *end = look > 0 ? memchr(bytes, '\n', look) : NULL;
	size_t n = end != NULL ? (size_t)(end - bytes) : look;

	if (!starts_well(bytes, end != NULL ? n + 1 : look))
		return -1;
	if (end == NULL)
		return len < REPLY_LINE_MAX ? 0 : -1;
	if (n > 0 && bytes[n - 1] == '\r')
		n--;
	if (n < 3)
		return -1;
	line->code =
	    (bytes[0] - '0') * 100 + (bytes[1] - '0') * 10 + (bytes[2] - '0');
	line->last = n == 3 || bytes[3] != '-';
	line->text = bytes + (n > 3 ? 4 : 3);
	line->len = n > 3 ? n - 4 : 0;
	return end - bytes + 1;
}

/* RFC 3463 2: class "." subject "." detail, up to three digits each, and the
 * class is the code's first digit (RFC 2034 4). Its length, or 0. */
static size_t
status_length(const struct line *line)
{
	size_t at = 0;

	for (int part = 0; part < 3; part++) {
		size_t start = at;

		while (at < line->len && at - start < 3 &&
		       is_digit(line->text[at]))
			at++;
		if (at == start)
			return 0;
		if (part < 2 && (at == line->len || line->text[at++] != '.'))
			return 0;
	}
	if (line->text[0] - '0' != line->code / 100 || line->text[1] != '.')
		return 0;
	return at == line->len || line->text[at] == ' ' ? at : 0;
}

/* The length of the printable character at `bytes`, or 0. */
static size_t
printable(const char *bytes, size_t len)
{
	unsigned char c = (unsigned char)bytes[0];
	size_t n = c < 0x80 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	if (n > len || !codec_utf8_ok(bytes, n))
		return 0;
	if (n == 1)
		return c >= 0x20 && c != 0x7f;
	/* U+0080 to U+009F steer a terminal as U+0000 to U+001F do. */
	return c == 0xc2 && (unsigned char)bytes[1] < 0xa0 ? 0 : n;
}

void
reply_clean(char *out, size_t size, const char *bytes, size_t len)
{
	size_t used = 0;

	for (size_t at = 0; at < len;) {
		size_t n = printable(bytes + at, len - at);

		if (used + (n ? n : 1) >= size)
			break;
		if (n == 0) {
			out[used] = '?';
		} else {
			memcpy(out + used, bytes + at, n);
		}
		used += n ? n : 1;
		at += n ? n : 1;
	}
	out[used] = '\0';
}

static void
add_line(struct reply *out, struct line *line)
{
	size_t n = status_length(line);
	size_t used = strlen(out->text);

	if (n > 0 && out->status[0] == '\0') {
		memcpy(out->status, line->text, n);
		out->status[n] = '\0';
	}
	while (n < line->len && line->text[n] == ' ')
		n++;
	line->text += n;
	line->len -= n;
	while (line->len > 0 && line->text[line->len - 1] == ' ')
		line->len--;
	if (line->len == 0 || used + 2 >= sizeof(out->text))
		return;
	if (used > 0)
		out->text[used++] = ' ';
	reply_clean(
	    out->text + used, sizeof(out->text) - used, line->text, line->len);
}

long
reply_parse(struct reply *out, const char *bytes, size_t len)
{
	struct reply reply = {0};
	struct line line = {0};
	size_t at = 0;

	while (!line.last) {
		long n = next_line(&line, bytes + at, len - at);

		if (n < 0 || at + (size_t)n > REPLY_MAX)
			return -1;
		if (n == 0)
			return len < REPLY_MAX ? 0 : -1;
		if (reply.code != 0 && reply.code != line.code)
			return -1;
		reply.code = line.code;
		add_line(&reply, &line);
		at += (size_t)n;
	}
	*out = reply;
	return (long)at;
}

/* RFC 5321 4.1.1.1: letters, digits and hyphens. The length of the word at
 * `at`, with its copy in `word`; 0 where it is none, or too long for one that
 * we know. */
static size_t
take_word(const struct line *line, size_t at, char *word, size_t size)
{
	size_t n = 0;

	while (at + n < line->len && n < size &&
	       (is_digit(line->text[at + n]) || line->text[at + n] == '-' ||
		   ((line->text[at + n] | 0x20) >= 'a' &&
		       (line->text[at + n] | 0x20) <= 'z')))
		n++;
	if (n == size)
		return 0;
	memcpy(word, line->text + at, n);
	word[n] = '\0';
	return n;
}

/* RFC 1870 4: no number, or zero, is no limit that we could keep to. */
static int64_t
size_limit(const struct line *line, size_t at)
{
	char digits[20];
	int64_t limit = 0;

	while (at < line->len && line->text[at] == ' ')
		at++;
	if (take_word(line, at, digits, sizeof(digits)) == 0 ||
	    !codec_int(&limit, digits, 0, INT64_MAX))
		return 0;
	return limit;
}

static void
add_offer(struct reply_offer *out, const struct line *line)
{
	const struct {
		const char *keyword;
		bool *offered;
	} table[] = {
	    {"PIPELINING", &out->pipelining},
	    {"8BITMIME", &out->eightbit},
	    {"SMTPUTF8", &out->utf8},
	    {"SIZE", &out->size},
	};
	char keyword[16];
	size_t n = take_word(line, 0, keyword, sizeof(keyword));

	if (n == 0 || (n < line->len && line->text[n] > ' '))
		return;
	for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
		if (!str_eq_ci(keyword, table[i].keyword))
			continue;
		*table[i].offered = true;
		if (table[i].offered == &out->size)
			out->size_max = size_limit(line, n);
	}
}

void
reply_offer(struct reply_offer *out, const char *bytes, size_t len)
{
	struct line line = {0};
	long n = next_line(&line, bytes, len);
	size_t at = 0;

	*out = (struct reply_offer){0};
	/* The first line greets: a host may well be called "size". */
	while (n > 0 && !line.last) {
		at += (size_t)n;
		n = next_line(&line, bytes + at, len - at);
		if (n > 0)
			add_offer(out, &line);
	}
}
