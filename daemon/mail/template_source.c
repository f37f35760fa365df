/* SPDX-License-Identifier: ISC */
#include "mail/template_source.h"

#include "base/codec.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static void
normalise(struct template_source *source)
{
	char *text = source->text;
	char *to = text;
	size_t from =
	    str_starts(text, BYTE_ORDER_MARK) ? strlen(BYTE_ORDER_MARK) : 0;

	for (; from < source->len; from++) {
		if (text[from] != '\r' || text[from + 1] != '\n')
			*to++ = text[from];
	}
	source->len = (size_t)(to - text);
	*to = '\0';
}

static int
check(const struct template_source *source, struct err *err)
{
	struct template_spot spot = {source, 0};

	if (!codec_utf8_ok(source->text, source->len)) {
		return err_set(err, ERR_CONFIG,
		    "%s: not valid UTF-8; save it as UTF-8", source->name);
	}
	for (; spot.at < source->len; spot.at++) {
		unsigned char c = (unsigned char)source->text[spot.at];

		if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f) {
			return template_source_fail(
			    err, spot, "control character 0x%02x", c);
		}
	}
	return 0;
}

int
template_source_new(struct template_source **out, const char *name,
    struct str *text, struct err *err)
{
	struct template_source *source = calloc(1, sizeof(*source));

	if (source == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	source->name = strdup(name);
	source->len = text->len;
	source->text = str_take(text);
	if (source->name == NULL || source->text == NULL) {
		(void)err_set(err, ERR_SYSTEM, "out of memory");
		goto undo;
	}
	normalise(source);
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
		free(source);
		source = next;
	}
}

static void
count(struct template_spot spot, unsigned *line, unsigned *column)
{
	*line = 1;
	*column = 1;
	for (size_t i = 0; i < spot.at; i++) {
		unsigned char c = (unsigned char)spot.source->text[i];

		if (c == '\n') {
			++*line;
			*column = 1;
		} else if ((c & 0xc0) != 0x80) {
			++*column;
		}
	}
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
