/* SPDX-License-Identifier: ISC */
/*
 * words - read back what mail/mime wrote: for its tests and its fuzz target.
 */
#ifndef NASHRA_TESTS_WORDS_H
#define NASHRA_TESTS_WORDS_H

#include "base/codec.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define WORDS_OPEN "=?UTF-8?B?"

/* True where the text is one header: every line but the last goes on in one
 * that begins with a space and holds more, nothing is outside printable
 * ASCII, and no line passes `max`. */
static inline bool
words_one_header(const char *text, size_t max)
{
	while (*text != '\0') {
		size_t n = strcspn(text, "\r\n");

		for (size_t i = 0; i < n; i++) {
			if (text[i] < ' ' || text[i] > '~')
				return false;
		}
		if (n == 0 || n > max || strspn(text, " ") == n ||
		    text[n] != '\r' || text[n + 1] != '\n')
			return false;
		text += n + 2;
		if (*text != '\0' && *text != ' ')
			return false;
	}
	return true;
}

/* Adds the words at `text`, which is unfolded and begins with one; false for
 * one that is longer than 75 or is not the base64 of whole UTF-8. */
static inline bool
words_decode(struct str *out, const char **text)
{
	while (str_starts(*text, WORDS_OPEN)) {
		const char *from = *text + strlen(WORDS_OPEN);
		const char *end = strstr(from, "?=");
		unsigned char bytes[64];
		char digits[80];
		size_t n = 0;

		if (end == NULL || end + 2 - *text > 75)
			return false;
		for (; from < end && *from != '='; from++) {
			char c = *from == '+' ? '-' : *from;

			digits[n++] = c == '/' ? '_' : c;
		}
		digits[n] = '\0';
		n = n * 6 / 8;
		if (!codec_base64url_decode(bytes, n, digits) ||
		    !codec_utf8_ok((const char *)bytes, n))
			return false;
		str_add_bytes(out, bytes, n);
		*text = end + 2;
		/* White space between two words is not part of the text. */
		if (str_starts(*text, " " WORDS_OPEN))
			(*text)++;
	}
	return true;
}

/* Adds the header without its folds, its name, the space behind that and its
 * last CRLF. */
static inline void
words_unfold(struct str *out, const char *header)
{
	const char *text = strchr(header, ':');

	for (text++; *text != '\0'; text++) {
		if (*text != '\r' && *text != '\n')
			str_add_bytes(out, text, 1);
	}
}

/* Reads the phrase before " <" as RFC 5322 3.2.5 does. */
static inline bool
words_phrase(struct str *out, const char **text)
{
	const char *p = *text;

	if (str_starts(p, WORDS_OPEN))
		return words_decode(out, text);
	if (*p == '"') {
		for (p++; *p != '"'; p++) {
			if (*p == '\\')
				p++;
			if (*p == '\0')
				return false;
			str_add_bytes(out, p, 1);
		}
		*text = p + 1;
		return true;
	}
	while (*p != '\0' && !str_starts(p, " <") && *p != '<')
		p++;
	str_add_bytes(out, *text, (size_t)(p - *text));
	*text = p;
	return true;
}

#endif
