/* SPDX-License-Identifier: ISC */
/*
 * message - the catalogue: every sentence a person reads, in one language.
 *
 * A file of lines "key = sentence", UTF-8, '#' comments. A sentence that
 * counts has a line per plural form (key.zero ... key.other for Arabic,
 * key.one and key.other for English), whole sentences each, with {n} where
 * the digits go and {name} for other arguments. The loader is strict: a key
 * the program does not know, one it lacks, a missing form, an argument that
 * is not the key's: ERR_CONFIG with file:line.
 */
#ifndef NASHRA_TEXT_MESSAGE_H
#define NASHRA_TEXT_MESSAGE_H

#include "base/conf.h"
#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct messages;

/* Parses the text of a catalogue; `name` is the file's, for errors. */
int message_parse(struct messages **out, const char *text, const char *name,
    enum conf_language language, struct err *err);
/* The same, and tells of each error on the way, not only of the first;
 * text/message_file.h has the file. */
struct message_file;
struct message_listener {
	void (*error)(const struct err *err, void *arg);
	void *arg;
};
int message_check(struct messages **out, const char *text,
    const struct message_file *file, struct err *err);
void message_free(struct messages *messages);

struct message_arg {
	const char *name;
	const char *value;
};

/* The sentence of a key; {name} replaced from args, which end with a NULL
 * name (args NULL: none). An unknown key is a fault of the program: abort. */
void message_add(struct str *out, const struct messages *messages,
    const char *key, const struct message_arg *args);
/* The form for a count; {n} is the number in `digits`. */
void message_add_count(struct str *out, const struct messages *messages,
    const char *key, int64_t n, enum conf_digits digits);

#endif
