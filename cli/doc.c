/* SPDX-License-Identifier: ISC */
#include "doc.h"

#include "base/clock.h"
#include "base/str.h"
#include "text/excerpt.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#define COLUMNS 12

/* A document is jansson's own value under another name. */
static json_t *
inner(const struct doc *doc)
{
	union {
		const struct doc *ours;
		json_t *theirs;
	} u = {.ours = doc};

	return u.theirs;
}

static struct doc *
outer(json_t *value)
{
	union {
		json_t *theirs;
		struct doc *ours;
	} u = {.theirs = value};

	if (value == NULL)
		abort(); /* out of memory */
	return u.ours;
}

static json_t *
put(struct doc *object, const char *key, json_t *value)
{
	if (value == NULL ||
	    json_object_set_new(inner(object), key, value) != 0)
		abort();
	return value;
}

struct doc *
doc_object(void)
{
	return outer(json_object());
}

struct doc *
doc_array(void)
{
	return outer(json_array());
}

void
doc_free(struct doc *root)
{
	json_decref(inner(root));
}

/* Text from outside was made valid on its way in; what is not is shown as a
 * question mark rather than lost with the whole document. */
void
doc_text(struct doc *object, const char *key, const char *value)
{
	json_t *text = json_string(value);

	(void)put(object, key, text != NULL ? text : json_string("?"));
}

void
doc_int(struct doc *object, const char *key, int64_t value)
{
	(void)put(object, key, json_integer(value));
}

void
doc_milli(struct doc *object, const char *key, int64_t value)
{
	(void)put(object, key, json_real((double)value / 1000));
}

void
doc_bool(struct doc *object, const char *key, bool value)
{
	(void)put(object, key, json_boolean(value));
}

void
doc_null(struct doc *object, const char *key)
{
	(void)put(object, key, json_null());
}

void
doc_time(struct doc *object, const char *key, int64_t when)
{
	char text[CLOCK_ISO_SIZE];

	if (when == 0) {
		doc_null(object, key);
		return;
	}
	clock_iso(text, when);
	doc_text(object, key, text);
}

struct doc *
doc_put_object(struct doc *object, const char *key)
{
	return outer(put(object, key, json_object()));
}

struct doc *
doc_put_array(struct doc *object, const char *key)
{
	return outer(put(object, key, json_array()));
}

struct doc *
doc_push_object(struct doc *array)
{
	json_t *value = json_object();

	if (value == NULL || json_array_append_new(inner(array), value) != 0)
		abort();
	return outer(value);
}

const struct doc *
doc_get(const struct doc *object, const char *key)
{
	json_t *value = json_object_get(inner(object), key);

	return value != NULL ? outer(value) : NULL;
}

bool
doc_is(const struct doc *object, const char *key)
{
	return json_is_true(json_object_get(inner(object), key));
}

bool
doc_empty(const struct doc *array)
{
	return json_array_size(inner(array)) == 0;
}

int
doc_read(struct doc **out, const char *path, struct err *err)
{
	FILE *file = str_eq(path, "-") ? stdin : fopen(path, "re");
	json_error_t wrong;
	json_t *value;

	if (file == NULL)
		return err_errno(err, "'%s'", path);
	value =
	    json_loadf(file, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &wrong);
	if (file != stdin)
		(void)fclose(file);
	if (value == NULL) {
		return err_set(err, ERR_INPUT, "%s:%d:%d: no valid JSON: %s",
		    path, wrong.line, wrong.column, wrong.text);
	}
	*out = outer(value);
	return 0;
}

enum doc_type
doc_type(const struct doc *value)
{
	switch (json_typeof(inner(value))) {
	case JSON_OBJECT: return DOC_OBJECT;
	case JSON_ARRAY: return DOC_ARRAY;
	case JSON_STRING: return DOC_TEXT;
	case JSON_INTEGER: return DOC_INT;
	case JSON_REAL: return DOC_REAL;
	case JSON_TRUE:
	case JSON_FALSE: return DOC_BOOL;
	case JSON_NULL: break;
	}
	return DOC_NULL;
}

const char *
doc_as_text(const struct doc *value)
{
	const char *text = json_string_value(inner(value));

	return text != NULL ? text : "";
}

int64_t
doc_as_int(const struct doc *value)
{
	if (doc_type(value) == DOC_BOOL)
		return json_is_true(inner(value));
	return json_integer_value(inner(value));
}

double
doc_as_real(const struct doc *value)
{
	return json_real_value(inner(value));
}

size_t
doc_size(const struct doc *value)
{
	const json_t *json = inner(value);

	return json_is_object(json) ? json_object_size(json)
				    : json_array_size(json);
}

const struct doc *
doc_item(const struct doc *array, size_t i)
{
	return outer(json_array_get(inner(array), i));
}

const char *
doc_next(const struct doc *object, void **place, const struct doc **value)
{
	json_t *json = inner(object);

	*place = *place == NULL ? json_object_iter(json)
				: json_object_iter_next(json, *place);
	if (*place == NULL)
		return NULL;
	*value = outer(json_object_iter_value(*place));
	return json_object_iter_key(*place);
}

void
doc_print(const struct doc *root)
{
	json_dumpf(
	    inner(root), stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(9));
	putchar('\n');
}

/* How a value stands in a table; text is borrowed from the value or `room`. */
static const char *
shown(const json_t *value, char room[32])
{
	switch (json_typeof(value)) {
	case JSON_STRING: return json_string_value(value);
	case JSON_INTEGER:
		snprintf(
		    room, 32, "%lld", (long long)json_integer_value(value));
		return room;
	case JSON_REAL:
		snprintf(room, 32, "%.1f", json_real_value(value));
		return room;
	case JSON_TRUE: return "yes";
	case JSON_FALSE: return "no";
	case JSON_NULL:
	case JSON_OBJECT:
	case JSON_ARRAY: return "-";
	}
	return "-";
}

static void
cell(const char *text, size_t width, bool last)
{
	size_t length = excerpt_length(text);

	fputs(text, stdout);
	for (; !last && length < width + 2; length++)
		putchar(' ');
}

static const char *
at(const json_t *row, const char *key, char room[32])
{
	const json_t *value = json_object_get(row, key);

	return value != NULL ? shown(value, room) : "-";
}

void
doc_table(const struct doc *array, const char *const *columns)
{
	size_t width[COLUMNS] = {0};
	size_t n = json_array_size(inner(array));
	char room[32];

	if (n == 0)
		return;
	for (size_t c = 0; c < COLUMNS && columns[c] != NULL; c++) {
		width[c] = excerpt_length(columns[c]);
		for (size_t i = 0; i < n; i++) {
			size_t len = excerpt_length(at(
			    json_array_get(inner(array), i), columns[c], room));

			if (len > width[c])
				width[c] = len;
		}
		cell(columns[c], width[c], columns[c + 1] == NULL);
	}
	putchar('\n');
	for (size_t i = 0; i < n; i++) {
		const json_t *row = json_array_get(inner(array), i);

		for (size_t c = 0; c < COLUMNS && columns[c] != NULL; c++) {
			cell(at(row, columns[c], room), width[c],
			    columns[c + 1] == NULL);
		}
		putchar('\n');
	}
}

void
doc_lines(const struct doc *object)
{
	json_t *from = inner(object);
	char room[32];

	for (void *i = json_object_iter(from); i != NULL;
	     i = json_object_iter_next(from, i)) {
		const json_t *value = json_object_iter_value(i);

		if (json_is_object(value) || json_is_array(value))
			continue;
		printf(
		    "%-14s %s\n", json_object_iter_key(i), shown(value, room));
	}
}
