/* SPDX-License-Identifier: ISC */
/*
 * doc - the documents that --json prints, and the same ones as tables.
 *
 * The only code that speaks jansson. A document is built from the outside in
 * and freed by its root; adding to it never fails (out of memory ends the
 * process: nothing is half done at that point).
 */
#ifndef NASHRA_CLI_DOC_H
#define NASHRA_CLI_DOC_H

#include <stdbool.h>
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

/* One document, on standard output. */
void doc_print(const struct doc *root);

/* An array of objects as a table: `columns` are keys, ended by NULL. */
void doc_table(const struct doc *array, const char *const *columns);
/* One object, a line a key; what is inside it is left out. */
void doc_lines(const struct doc *object);

#endif
