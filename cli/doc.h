/* SPDX-License-Identifier: ISC */
/*
 * doc - the documents that --json prints, and the same ones as tables; JSON
 * that is read.
 *
 * The only code that speaks jansson. A document is built from the outside in
 * and freed by its root; adding to it never fails (out of memory ends the
 * process: nothing is half done at that point).
 */
#ifndef NASHRA_CLI_DOC_H
#define NASHRA_CLI_DOC_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct doc;

struct doc *doc_object(void);
struct doc *doc_array(void);
void doc_free(struct doc *root);

void doc_text(struct doc *object, const char *key, const char *value);
void doc_int(struct doc *object, const char *key, int64_t value);
/* Thousandths, as a number with a fraction. */
void doc_milli(struct doc *object, const char *key, int64_t value);
void doc_bool(struct doc *object, const char *key, bool value);
void doc_null(struct doc *object, const char *key);
/* A moment in ISO 8601, null for 0. */
void doc_time(struct doc *object, const char *key, int64_t when);
/* A new object or array inside: it is the parent's. */
struct doc *doc_put_object(struct doc *object, const char *key);
struct doc *doc_put_array(struct doc *object, const char *key);
struct doc *doc_push_object(struct doc *array);

/* What a key holds, borrowed; NULL where there is none. */
const struct doc *doc_get(const struct doc *object, const char *key);
/* True where a key holds true. */
bool doc_is(const struct doc *object, const char *key);
/* True for an array without items. */
bool doc_empty(const struct doc *array);

/* A document of others, of any type; `path` "-" is the standard input. What is
 * no JSON, or has a key twice in an object, is ERR_INPUT with line and column;
 * a text in it may not hold a NUL. */
int doc_read(struct doc **out, const char *path, struct err *err);

enum doc_type {
	DOC_NULL,
	DOC_BOOL,
	DOC_INT,
	DOC_REAL,
	DOC_TEXT,
	DOC_ARRAY,
	DOC_OBJECT
};
enum doc_type doc_type(const struct doc *value);
/* What it holds; of another type: "", 0. */
const char *doc_as_text(const struct doc *value);
int64_t doc_as_int(const struct doc *value); /* a truth is 0 or 1 */
double doc_as_real(const struct doc *value);
/* Of an array or an object. */
size_t doc_size(const struct doc *value);
const struct doc *doc_item(const struct doc *array, size_t i);
/* The next key of an object, NULL after the last; *place NULL: the first. */
const char *
doc_next(const struct doc *object, void **place, const struct doc **value);

/* One document, on standard output. */
void doc_print(const struct doc *root);

/* An array of objects as a table: `columns` are keys, ended by NULL. */
void doc_table(const struct doc *array, const char *const *columns);
/* One object, a line a key; what is inside it is left out. */
void doc_lines(const struct doc *object);

#endif
