/* SPDX-License-Identifier: ISC */
/*
 * template_source - the text of one template file, and places in it.
 *
 * For mail/template*.c alone: everyone else sees mail/template.h. Pure.
 */
#ifndef NASHRA_MAIL_TEMPLATE_SOURCE_H
#define NASHRA_MAIL_TEMPLATE_SOURCE_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

struct template_source {
	struct template_source *next; /* for who keeps several */
	char *name;                   /* for errors */
	char *text;                   /* valid UTF-8, ended by NUL */
	size_t len;
	size_t indent; /* bytes that were put before each line of the file */
	/* Where the last error was: the next one is counted from there. */
	struct template_cursor *cursor;
};

/* One character of it. */
struct template_spot {
	const struct template_source *source;
	size_t at;
};

/* Takes what is in `text`. A byte-order mark is dropped, CRLF becomes LF
 * unless `crlf`. ERR_CONFIG for other control characters, one of which marks a
 * hole in a rendered body, and for what is not UTF-8. */
int template_source_new(struct template_source **out, const char *name,
    struct str *text, bool crlf, struct err *err);
void template_source_free(struct template_source *source); /* all of a chain */

/* How long it would be with `size` more bytes before each of its lines. */
size_t
template_source_indented(const struct template_source *source, size_t size);
/* Puts them there; places in it remain those of the file. Empty lines stay as
 * they are. */
int template_source_indent(struct template_source *source, const char *indent,
    size_t size, struct err *err);

/* ERR_CONFIG, "file:line:column: " and the reason; columns count characters.
 * Returns -1. */
int template_source_fail(struct err *err, struct template_spot spot,
    const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* Puts "file:line:column: " before the message, as err_wrap() does. */
int template_source_wrap(struct err *err, struct template_spot spot);

#endif
