/* SPDX-License-Identifier: ISC */
/*
 * template_names - which names a template of a kind may use.
 *
 * The agreement between those who write templates and the code that gives
 * the values. A new name is one new row in template_names.c.
 */
#ifndef NASHRA_MAIL_TEMPLATE_NAMES_H
#define NASHRA_MAIL_TEMPLATE_NAMES_H

enum template_kind {
	TEMPLATE_DIGEST,
	TEMPLATE_CONFIRM,
	TEMPLATE_PAGE,
	TEMPLATE_KINDS
};
enum template_mode { TEMPLATE_HTML, TEMPLATE_TEXT };

/* What a name holds. Text is escaped, a url must be http, https or mailto (or
 * a path of ours, beginning with '/'), a hole is a url that only the
 * recipient's row knows. Html is what a filter made of a text, and is not
 * escaped again; no name holds it. */
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

struct template_name {
	const char *name; /* NULL ends a table */
	enum template_type type;
	/* LIST: the names of an item, which hide those outside */
	const struct template_name *fields;
};

const struct template_name *template_names(enum template_kind kind);
/* @first, @last and @index, which every item of a list has. */
const struct template_name *template_names_loop(void);
/* The row of a name in a table, or NULL. */
const struct template_name *
template_names_find(const struct template_name *names, const char *name);

#define TEMPLATE_REQUIRED 3 /* at most */

/* Names that a template of this kind has to show to every reader, ended by
 * NULL: what the law and the reader need (a way out, an address). */
const char *const *template_names_required(enum template_kind kind);

#endif
