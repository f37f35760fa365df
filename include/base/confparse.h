/* SPDX-License-Identifier: ISC */
/*
 * confparse - the text of a settings file as checked values with their lines.
 * The only code that speaks libconfuse.
 *
 * What may be set is the caller's table. Owns the lines it returns.
 */
#ifndef NASHRA_BASE_CONFPARSE_H
#define NASHRA_BASE_CONFPARSE_H

#include "base/confcheck.h"
#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define CONFPARSE_KEY_SIZE 320
#define CONFPARSE_ITEMS    32 /* entries of a list */

struct section {
	const char *name;  /* "" for what stands outside of sections */
	const char *title; /* an example, where there may be several; or NULL */
	size_t max;        /* so many */
	bool optional;     /* a first settings file has it as a comment */
	const char *help;
};

struct conf_table {
	const struct section *sections; /* "" first */
	size_t section_count;
	const struct setting *settings;
	size_t setting_count;
};

/* A value; or a section, or a list that was set empty, where text is NULL. */
struct conf_line {
	char *key;   /* "mail.from", "relay.main.url" */
	char *title; /* "main", or "" */
	const struct section *section;
	const struct setting *setting; /* NULL: the section's closing brace */
	char *text;
	int line;
};

struct conf_lines {
	struct conf_line *at;
	size_t count;
};

/* `path` is for messages; `text` is spoilt. */
int confparse(struct conf_lines *out, const struct conf_table *table,
    const char *path, char *text, struct err *err);
void confparse_release(struct conf_lines *lines);

/* The first that has this key, or NULL. */
const struct conf_line *
confparse_find(const struct conf_lines *lines, const char *key);

#endif
