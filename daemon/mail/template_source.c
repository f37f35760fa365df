/* SPDX-License-Identifier: ISC */
#include "mail/template_source.h"

#include "base/codec.h"
#include "text/point.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

struct template_cursor {
	size_t at;
	size_t start;        /* of the line */
	unsigned line;       /* from 1 */
	unsigned characters; /* between the two */
};

static void
normalise(struct template_source *source, bool crlf)
{
	char *text = source->text;
	char *to = text;
	size_t from =
	    str_starts(text, BYTE_ORDER_MARK) ? strlen(BYTE_ORDER_MARK) : 0;

	for (; from < source->len; from++) {
		if (crlf || text[from] != '\r' || text[from + 1] != '\n')
			*to++ = text[from];
	}
	source->len = (size_t)(to - text);
	*to = '\0';
}

/* How many bytes the character has that begins with this one. */
static size_t
character(unsigned char c)
{
	if (c < 0xc0)
		return 1;
	return c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
}

/* Where the first character is that is none. */
static size_t
first_bad(const struct template_source *source)
{
	size_t at = 0;

	while (at < source->len) {
		size_t n = character((unsigned char)source->text[at]);

		if (n > source->len - at ||
		    !codec_utf8_ok(source->text + at, n))
			break;
		at += n;
	}
	return at;
}

/* UAX 9 2: embeddings, overrides and isolates. */
static bool
turns_text(unsigned point)
{
	return (point >= 0x202a && point <= 0x202e) ||
	       (point >= 0x2066 && point <= 0x2069);
}

/* A tab or the end of a line. */
static bool
is_white(const char *at)
{
	return *at == '\t' || *at == '\n' || (*at == '\r' && at[1] == '\n');
}

static int
check(const struct template_source *source, struct err *err)
{
	struct template_spot spot = {source, 0};
	const char *text = source->text;

	if (!codec_utf8_ok(text, source->len)) {
		spot.at = first_bad(source);
		return template_source_fail(
		    err, spot, "not valid UTF-8; save it as UTF-8");
	}
	while (spot.at < source->len) {
		unsigned point;
		size_t n = point_next(text + spot.at, &point);

		if (turns_text(point)) {
			return template_source_fail(err, spot,
			    "U+%04X turns text round, unseen; take it out and "
			    "say dir=\"...\"",
			    point);
		}
		if (point_is(point, POINT_CONTROL) &&
		    !is_white(text + spot.at)) {
			return template_source_fail(err, spot,
			    "control character 0x%02x; take it out", point);
		}
		spot.at += n;
	}
	return 0;
}

int
template_source_new(struct template_source **out, const char *name,
    struct str *text, bool crlf, struct err *err)
{
	struct template_source *source = calloc(1, sizeof(*source));

	if (source == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	source->name = strdup(name);
	source->len = text->len;
	source->text = str_take(text);
	source->cursor = calloc(1, sizeof(*source->cursor));
	if (source->name == NULL || source->text == NULL ||
	    source->cursor == NULL) {
		(void)err_set(err, ERR_SYSTEM, "out of memory");
		goto undo;
	}
	normalise(source, crlf);
	if (check(source, err) != 0)
		goto undo;
	*out = source;
	return 0;
undo:
	template_source_free(source);
	return -1;
}

void
template_source_free(struct template_source *source)
{
	while (source != NULL) {
		struct template_source *next = source->next;

		free(source->name);
		free(source->text);
		free(source->cursor);
		free(source);
		source = next;
	}
}

/* Whether something more than an end of line begins there. */
static bool
line_begins(const char *text, size_t at)
{
	return (at == 0 || text[at - 1] == '\n') && text[at] != '\0' &&
	       text[at] != '\n' && text[at] != '\r';
}

size_t
template_source_indented(const struct template_source *source, size_t size)
{
	size_t len = source->len;

	for (size_t i = 0; i < source->len; i++)
		len += line_begins(source->text, i) ? size : 0;
	return len;
}

int
template_source_indent(struct template_source *source, const char *indent,
    size_t size, struct err *err)
{
	size_t len = template_source_indented(source, size);
	char *text = malloc(len + 1);
	char *to = text;

	if (text == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	for (size_t i = 0; i <= source->len; i++) {
		if (line_begins(source->text, i)) {
			memcpy(to, indent, size);
			to += size;
		}
		*to++ = source->text[i];
	}
	free(source->text);
	source->text = text;
	source->len = len;
	source->indent += size;
	*source->cursor = (struct template_cursor){.at = 0};
	return 0;
}

/* Lines, and characters in the line, less those that were put before it. */
static void
count(struct template_spot spot, unsigned *line, unsigned *column)
{
	const char *text = spot.source->text;
	struct template_cursor *to = spot.source->cursor;

	if (to->line == 0 || to->at > spot.at)
		*to = (struct template_cursor){.line = 1};
	for (; to->at < spot.at; to->at++) {
		to->characters += ((unsigned char)text[to->at] & 0xc0) != 0x80;
		if (text[to->at] == '\n') {
			to->line++;
			to->start = to->at + 1;
			to->characters = 0;
		}
	}
	*line = to->line;
	*column = to->characters + 1;
	if (spot.at - to->start >= spot.source->indent)
		*column -= (unsigned)spot.source->indent;
}

int
template_source_wrap(struct err *err, struct template_spot spot)
{
	unsigned line;
	unsigned column;

	count(spot, &line, &column);
	return err_wrap(err, "%s:%u:%u", spot.source->name, line, column);
}

int
template_source_fail(
    struct err *err, struct template_spot spot, const char *fmt, ...)
{
	char reason[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	(void)err_set(err, ERR_CONFIG, "%s", reason);
	return template_source_wrap(err, spot);
}
