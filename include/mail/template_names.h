/* SPDX-License-Identifier: ISC */
/*
 * template_names - the kinds of templates, and which names each may use.
 *
 * The agreement between those who write templates and the code that gives
 * the values. A new name is one new row in template_names.c, and so is a new
 * kind. All of it is in nashra-templates(7).
 */
#ifndef NASHRA_MAIL_TEMPLATE_NAMES_H
#define NASHRA_MAIL_TEMPLATE_NAMES_H

#include <stdbool.h>

enum template_kind {
	TEMPLATE_DIGEST,
	TEMPLATE_CONFIRM,
	TEMPLATE_PAGE,
	TEMPLATE_GENERIC, /* any name; what it holds is seen when it renders */
	TEMPLATE_SUBJECT, /* of a digest */
	TEMPLATE_PREHEADER, /* what stands beside the subject in a mailbox */
	TEMPLATE_WELCOME,
	TEMPLATE_GOODBYE,
	TEMPLATE_NOTICE,  /* to the admin */
	TEMPLATE_ARCHIVE, /* the pages of a list's issues, and of one */
	TEMPLATE_ISSUE,
	TEMPLATE_KINDS
};
enum template_mode { TEMPLATE_HTML, TEMPLATE_TEXT };

/* What a name holds. Text is escaped, a url must be http, https or mailto (or
 * a path of ours, beginning with '/'), a hole is a url that only the
 * recipient's row knows. A color is #rrggbb, or "" where there is none; it and
 * a number may stand in a style attribute. Html was sanitised by who gives it,
 * or made of a text by a filter, and is not escaped again. */
enum template_type {
	TEMPLATE_TYPE_TEXT,
	TEMPLATE_TYPE_URL,
	TEMPLATE_TYPE_HTML,
	TEMPLATE_TYPE_NUMBER,
	TEMPLATE_TYPE_DATE, /* a moment: number holds seconds, UTC */
	TEMPLATE_TYPE_BOOL,
	TEMPLATE_TYPE_LIST,
	TEMPLATE_TYPE_HOLE_URL,
	TEMPLATE_TYPE_COLOR,
	TEMPLATE_TYPE_OBJECT, /* in a generic template: names of its own */
	TEMPLATE_TYPE_ANY,    /* of a name in a generic template; of no value */
	TEMPLATE_TYPES
};

struct template_name {
	const char *name; /* NULL ends a table */
	enum template_type type;
	/* LIST: the names of an item, which hide those outside */
	const struct template_name *fields;
};

#define TEMPLATE_REQUIRED 3 /* at most */

struct template_kind_row {
	const char *name; /* and how the names of its files begin */
	const struct template_name *names; /* NULL: any */
	/* Names that it has to show to every reader, ended by NULL: what the
	 * law and the reader need (a way out, an address). */
	const char *required[TEMPLATE_REQUIRED + 1];
	bool variants; /* NAME-OTHER.html is of this kind too */
	bool paired;   /* an html part needs a text part beside it */
};

const struct template_kind_row *template_names_kind(enum template_kind kind);
/* Both true where there is one: of a name, and of a file (without folder). */
bool template_names_kind_find(enum template_kind *out, const char *name);
bool template_names_kind_of(enum template_kind *out, const char *file);

/* @first, @last and @index, which every item of a list has. */
const struct template_name *template_names_loop(void);
/* The row of a generic template's name. */
const struct template_name *template_names_any(void);
/* The row of a name in a table, or NULL. */
const struct template_name *
template_names_find(const struct template_name *names, const char *name);
/* The row whose name was meant, most likely, or NULL. */
const struct template_name *
template_names_near(const struct template_name *names, const char *name);
/* "a text", "a number"...: how errors call a type. */
const char *template_names_type(enum template_type type);

#endif
