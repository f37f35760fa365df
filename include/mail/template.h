/* SPDX-License-Identifier: ISC */
/*
 * template - the mustache subset in which mails and pages are written.
 *
 * Strict, typed and in two phases. A template is checked when it is loaded,
 * against the names of its kind: an unknown name or filter, a section left
 * open, a value in a place it cannot be made safe for (style, script, an
 * unquoted or event attribute, a text in href) is ERR_CONFIG with
 * file:line:column. Rendering gives literals and holes; the holes are filled
 * for each recipient by template_splice(). Pure but for loading files.
 *
 *	{{name}}  {{name.part}}  {{name|filter}}  {{name|filter:argument}}
 *	{{#list}} {{/list}}  {{^list}} {{/list}}  {{>partial}}  {{! comment }}
 */
#ifndef NASHRA_MAIL_TEMPLATE_H
#define NASHRA_MAIL_TEMPLATE_H

#include "base/conf.h"
#include "base/err.h"
#include "base/str.h"
#include "text/date.h"
#include "text/message.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum template_kind {
	TEMPLATE_DIGEST,
	TEMPLATE_CONFIRM,
	TEMPLATE_PAGE,
	TEMPLATE_KINDS
};
enum template_mode { TEMPLATE_HTML, TEMPLATE_TEXT };

/* What a name holds. Text is escaped, a url must be http, https or mailto (or
 * a path of ours, beginning with '/'), html was made safe before it got here
 * and is not escaped. A hole is text or a url that only the recipient's row
 * knows. */
enum template_type {
	TEMPLATE_TYPE_TEXT,
	TEMPLATE_TYPE_URL,
	TEMPLATE_TYPE_HTML,
	TEMPLATE_TYPE_NUMBER,
	TEMPLATE_TYPE_DATE, /* a moment: number holds seconds, UTC */
	TEMPLATE_TYPE_BOOL,
	TEMPLATE_TYPE_LIST,
	TEMPLATE_TYPE_HOLE_URL
};

/* The values: a tree that the caller builds and owns. Names are found in the
 * innermost item first, then outwards. */
struct template_value {
	const char *name;
	enum template_type type;
	const char *text; /* TEXT, URL, HTML */
	int64_t number;   /* NUMBER, DATE, BOOL */
	/* LIST: `count` items, each an array of values ended by name NULL */
	const struct template_value *const *items;
	size_t count;
};

/* How filters print: shared by all templates of one rendering. */
struct template_style {
	struct date_style date;
	const struct messages *messages;
};

struct template;

/* Where files come from: `own` (may be "") wins over `shipped`, file by file;
 * each holds a folder per language. */
struct template_dirs {
	const char *own;
	const char *shipped;
	enum conf_language language;
};

/* Loads "digest.html", "confirm.txt", "page-confirm.html"... and its
 * partials; the ending decides the mode. */
int template_load(struct template **out, const struct template_dirs *dirs,
    const char *file, enum template_kind kind, struct err *err);
/* The same from memory, without partials; `name` is for errors. */
int template_parse(struct template **out, const char *text, const char *name,
    enum template_kind kind, enum template_mode mode, struct err *err);
void template_free(struct template *template);
/* Reads the catalogue "messages" of the language in the same way. */
int template_messages(
    struct messages **out, const struct template_dirs *dirs, struct err *err);

/* Renders to literals, with marks where holes are. `values` ends with a NULL
 * name. A name of the kind that is not among them is ERR_SYSTEM: a fault of
 * the program. */
int template_render(struct str *out, const struct template *template,
    const struct template_value *values, const struct template_style *style,
    struct err *err);

/* Fills the holes of a rendered body. `holes` ends with a NULL name; each
 * value is text, escaped as its place asks. A hole without a value is
 * ERR_SYSTEM. */
struct template_hole {
	const char *name;
	const char *value;
};
int template_splice(struct str *out, const char *rendered, size_t len,
    const struct template_hole *holes, struct err *err);

#endif
