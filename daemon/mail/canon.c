/* SPDX-License-Identifier: ISC */
#include "mail/canon.h"

#include <stdlib.h>
#include <string.h>

/* A fold counts as white space: behind its CRLF there is always some. */
static bool
is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* Adds a line, or a folded value, with every run of white space as one space
 * and none at the end. */
static void
add_relaxed(struct str *out, const char *text, size_t len)
{
	size_t begin = 0; /* of what is not yet added, and goes as it is */
	size_t at = 0;

	while (len > 0 && is_space(text[len - 1]))
		len--;
	while (at < len) {
		size_t word = at;

		while (is_space(text[word]))
			word++;
		if (word > at + 1 || (word > at && text[at] != ' ')) {
			str_add_bytes(out, text + begin, at - begin);
			str_add_bytes(out, " ", 1);
			begin = word;
		}
		for (at = word; at < len && !is_space(text[at]); at++)
			continue;
	}
	str_add_bytes(out, text + begin, len - begin);
}

size_t
canon_body(struct str *out, const char *body, size_t len)
{
	size_t start = out->len;
	size_t full = 0;

	while (len > 0) {
		const char *end = memchr(body, '\r', len);
		size_t line = end != NULL ? (size_t)(end - body) : len;
		size_t begin = out->len;

		add_relaxed(out, body, line);
		if (out->len > begin)
			full = out->len + 2 - start;
		str_add(out, "\r\n");
		line += end != NULL ? 2 : 0;
		body += line;
		len -= line;
	}
	return full;
}

void
canon_header(struct str *out, const struct canon_header *header)
{
	const char *value = header->value;
	size_t len = header->len;
	char name[CANON_NAME_SIZE];
	size_t n = 0;

	for (; header->name[n] != '\0'; n++) {
		name[n] = header->name[n];
		if (name[n] >= 'A' && name[n] <= 'Z')
			name[n] = (char)(name[n] + ('a' - 'A'));
	}
	name[n++] = ':';
	str_add_bytes(out, name, n);
	while (len > 0 && is_space(*value)) {
		value++;
		len--;
	}
	add_relaxed(out, value, len);
}

static bool
has_crlf_only(const char *text, size_t len)
{
	while (len > 0) {
		const char *lf = memchr(text, '\n', len);
		size_t n = lf != NULL ? (size_t)(lf - text) : len;
		const char *cr = memchr(text, '\r', n);

		/* The first CR of a line is the last byte before its LF. */
		if (lf == NULL ? cr != NULL : cr == NULL || cr + 1 != lf)
			return false;
		n += lf != NULL;
		text += n;
		len -= n;
	}
	return true;
}

/* Where the last CRLF is of the header that begins at `at`, or `len`. */
static size_t
header_end(const char *message, size_t len, size_t at)
{
	while (at < len) {
		const char *cr = memchr(message + at, '\r', len - at);

		if (cr == NULL)
			break;
		at = (size_t)(cr - message);
		if (at + 2 >= len ||
		    (message[at + 2] != ' ' && message[at + 2] != '\t'))
			return at;
		at += 2;
	}
	return len;
}

/* RFC 5322 2.2, and the white space before the colon of 4.5.8. Not ';', which
 * would end the tag h=. */
static bool
parse_header(struct canon_header *out, const char *text, size_t len)
{
	size_t n = 0;

	while (n < len && text[n] > ' ' && text[n] <= '~' && text[n] != ':' &&
	       text[n] != ';')
		n++;
	if (n == 0 || n >= sizeof(out->name))
		return false;
	memcpy(out->name, text, n);
	out->name[n] = '\0';
	while (n < len && (text[n] == ' ' || text[n] == '\t'))
		n++;
	if (n == len || text[n] != ':')
		return false;
	out->value = text + n + 1;
	out->len = len - n - 1;
	return true;
}

static int
add_header(
    struct canon_message *out, const char *text, size_t len, struct err *err)
{
	if (out->count == out->cap) {
		size_t cap = out->cap > 0 ? out->cap * 2 : 32;
		struct canon_header *headers =
		    realloc(out->headers, cap * sizeof(*headers));

		if (headers == NULL)
			return err_set(err, ERR_SYSTEM, "out of memory");
		out->headers = headers;
		out->cap = cap;
	}
	if (!parse_header(&out->headers[out->count], text, len)) {
		return err_set(err, ERR_INPUT,
		    "header %zu of the message has no name, or one that "
		    "cannot be signed",
		    out->count + 1);
	}
	out->count++;
	return 0;
}

int
canon_split(
    struct canon_message *out, const char *message, size_t len, struct err *err)
{
	struct canon_message made = {.count = 0};
	size_t begin = 0;

	if (!has_crlf_only(message, len)) {
		return err_set(err, ERR_INPUT,
		    "the message has a CR or LF that stands alone");
	}
	while (begin < len && message[begin] != '\r') {
		size_t end = header_end(message, len, begin);

		if (add_header(&made, message + begin, end - begin, err) != 0)
			goto undo;
		begin = end + 2;
	}
	if (begin >= len) {
		(void)err_set(err, ERR_INPUT,
		    "the message has no empty line after its headers");
		goto undo;
	}
	made.body = message + begin + 2;
	made.body_len = len - begin - 2;
	*out = made;
	return 0;
undo:
	canon_release(&made);
	return -1;
}

void
canon_release(struct canon_message *message)
{
	free(message->headers);
	*message = (struct canon_message){.count = 0};
}
