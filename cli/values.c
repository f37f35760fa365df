/* SPDX-License-Identifier: ISC */
#include "values.h"

#include "base/str.h"
#include "mail/template_any.h"
#include "text/dress.h"
#include "text/sanitise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REAL_SIZE 32
#define PATH_SIZE 160
#define HTML_ROOM ((size_t)16 * 1024 * 1024)

struct values_block {
	struct values_block *next;
	_Alignas(max_align_t) unsigned char bytes[];
};

/* Zeroed, and there as long as the values. */
static void *
keep(struct values *values, size_t count, size_t size)
{
	struct values_block *block = NULL;

	if (count <= (SIZE_MAX - sizeof(*block)) / size)
		block = calloc(1, sizeof(*block) + count * size);
	if (block == NULL)
		abort(); /* out of memory */
	block->next = values->blocks;
	values->blocks = block;
	return block->bytes;
}

/* Room for the items of a list. */
static const struct template_value **
keep_list(struct values *values, size_t count)
{
	return keep(values, count, sizeof(void *));
}

void
values_release(struct values *values)
{
	while (values->blocks != NULL) {
		struct values_block *next = values->blocks->next;

		free(values->blocks);
		values->blocks = next;
	}
}

/* ---- of any type */

static void
any(struct values *values, struct template_value *out, const struct doc *from);

static void
real(struct values *values, struct template_value *out, double number)
{
	char *digits = keep(values, REAL_SIZE, 1);

	out->type = TEMPLATE_TYPE_TEXT;
	out->text = digits;
	snprintf(digits, REAL_SIZE, "%.15g", number);
	if (number > 0 || number < 0)
		return;
	out->type = TEMPLATE_TYPE_NUMBER; /* 0.0 is no truth, as 0 is none */
	out->number = 0;
}

/* The values of an item: those of an object, and "." for the item itself. */
static const struct template_value *
any_item(struct values *values, const struct doc *from)
{
	bool object = doc_type(from) == DOC_OBJECT;
	size_t count = object ? doc_size(from) : 0;
	struct template_value *all = keep(values, count + 2, sizeof(*all));
	const struct template_value **self;
	const struct doc *value;
	void *place = NULL;

	for (size_t i = 0; i < count; i++) {
		const char *key = doc_next(from, &place, &value);

		all[i].name = key;
		any(values, &all[i], value);
	}
	all[count].name = ".";
	if (object) {
		self = keep_list(values, 1);
		*self = all;
		all[count].type = TEMPLATE_TYPE_OBJECT;
		all[count].items = self;
		all[count].count = 1;
	} else {
		any(values, &all[count], from);
	}
	return all;
}

static void
any_list(
    struct values *values, struct template_value *out, const struct doc *from)
{
	size_t count = doc_size(from);
	const struct template_value **items = keep_list(values, count + 1);

	for (size_t i = 0; i < count; i++)
		items[i] = any_item(values, doc_item(from, i));
	out->type = TEMPLATE_TYPE_LIST;
	out->items = items;
	out->count = count;
}

static void
any(struct values *values, struct template_value *out, const struct doc *from)
{
	const struct template_value **self;

	out->type = TEMPLATE_TYPE_TEXT;
	out->text = doc_as_text(from);
	switch (doc_type(from)) {
	case DOC_NULL: /* is there, and is nothing */
	case DOC_TEXT: break;
	case DOC_BOOL:
		out->type = TEMPLATE_TYPE_BOOL;
		out->number = doc_as_int(from);
		break;
	case DOC_INT:
		out->type = TEMPLATE_TYPE_NUMBER;
		out->number = doc_as_int(from);
		break;
	case DOC_REAL: real(values, out, doc_as_real(from)); break;
	case DOC_ARRAY: any_list(values, out, from); break;
	case DOC_OBJECT:
		self = keep_list(values, 1);
		*self = any_item(values, from);
		out->type = TEMPLATE_TYPE_OBJECT;
		out->items = self;
		out->count = 1;
		break;
	}
}

/* ---- of the types that a kind promises */

struct typed {
	struct values *values;
	const struct values_for *made_for;
	struct err *err;
};

static const char *
type_of(const struct doc *value)
{
	static const char *const names[] = {[DOC_NULL] = "null",
	    [DOC_BOOL] = "a truth",
	    [DOC_INT] = "a number",
	    [DOC_REAL] = "a fraction",
	    [DOC_TEXT] = "a text",
	    [DOC_ARRAY] = "an array",
	    [DOC_OBJECT] = "an object"};

	return names[doc_type(value)];
}

static int
wrong(const struct typed *t, const char *path, const struct doc *value,
    const char *wanted)
{
	return err_set(t->err, ERR_INPUT, "%s: this is %s, and it has to be %s",
	    path, type_of(value), wanted);
}

/* "a.b" of {"a.b": 1}, or of {"a": {"b": 1}}. */
static const struct doc *
find(const struct doc *object, const char *name)
{
	const struct doc *value = doc_get(object, name);
	const char *dot = strchr(name, '.');
	char head[64];

	if (value != NULL || dot == NULL ||
	    (size_t)(dot - name) >= sizeof(head))
		return value;
	memcpy(head, name, (size_t)(dot - name));
	head[dot - name] = '\0';
	value = doc_get(object, head);
	return value != NULL ? find(value, dot + 1) : NULL;
}

static int typed_list(const struct typed *t, struct template_value *out,
    const struct doc *value, const struct template_name *name,
    const char *path);

static int
typed_text(const struct typed *t, struct template_value *out,
    const struct doc *value, const char *path)
{
	if (doc_type(value) != DOC_TEXT)
		return wrong(t, path, value, "a text");
	out->text = doc_as_text(value);
	if (out->type == TEMPLATE_TYPE_COLOR &&
	    !template_hole_color_ok(out->text)) {
		return err_set(t->err, ERR_INPUT,
		    "%s: '%.60s' is no color such as #0b4f8a", path, out->text);
	}
	if (out->type != TEMPLATE_TYPE_URL &&
	    out->type != TEMPLATE_TYPE_HOLE_URL)
		return 0;
	if (!template_hole_url_ok(out->text)) {
		return err_set(t->err, ERR_INPUT,
		    "%s: '%.60s' is no http, https or mailto url, nor a path",
		    path, out->text);
	}
	return 0;
}

/* What feeds hold goes the same way. */
static int
typed_html(const struct typed *t, struct template_value *out,
    const struct doc *value, const char *path)
{
	const char *html = doc_as_text(value);
	struct str clean, dressed;
	char *kept;
	int rc;

	if (doc_type(value) != DOC_TEXT)
		return wrong(t, path, value, "a text");
	str_init(&clean, HTML_ROOM);
	str_init(&dressed, HTML_ROOM);
	rc = sanitise_html(&clean, html, strlen(html), "", t->err);
	if (rc == 0)
		dress_html(&dressed, clean.data, t->made_for->rtl);
	if (rc == 0 && dressed.bad) {
		rc = err_set(t->err, ERR_INPUT, "the HTML is too long");
	}
	if (rc == 0) {
		kept = keep(t->values, dressed.len + 1, 1);
		memcpy(kept, dressed.data, dressed.len);
		out->text = kept;
	} else {
		(void)err_wrap(t->err, "%s", path);
	}
	str_release(&clean);
	str_release(&dressed);
	return rc;
}

static int
typed_date(const struct typed *t, struct template_value *out,
    const struct doc *value, const char *path)
{
	static const char wanted[] = "a date, such as \"2025-01-22T09:00Z\", "
				     "or seconds since 1970";

	if (doc_type(value) == DOC_INT) {
		out->number = doc_as_int(value);
		return 0;
	}
	if (doc_type(value) != DOC_TEXT)
		return wrong(t, path, value, wanted);
	if (!template_any_moment(&out->number, doc_as_text(value))) {
		return err_set(t->err, ERR_INPUT,
		    "%s: '%.60s' is no date such as \"2025-01-22T09:00Z\"",
		    path, doc_as_text(value));
	}
	return 0;
}

static int
typed_one(const struct typed *t, struct template_value *out,
    const struct doc *value, const struct template_name *name, const char *path)
{
	switch (name->type) {
	case TEMPLATE_TYPE_TEXT:
	case TEMPLATE_TYPE_URL:
	case TEMPLATE_TYPE_HOLE_URL:
	case TEMPLATE_TYPE_COLOR: return typed_text(t, out, value, path);
	case TEMPLATE_TYPE_HTML: return typed_html(t, out, value, path);
	case TEMPLATE_TYPE_DATE: return typed_date(t, out, value, path);
	case TEMPLATE_TYPE_LIST: return typed_list(t, out, value, name, path);
	case TEMPLATE_TYPE_NUMBER:
		if (doc_type(value) != DOC_INT)
			return wrong(t, path, value, "a whole number");
		break;
	case TEMPLATE_TYPE_BOOL:
		if (doc_type(value) != DOC_BOOL)
			return wrong(t, path, value, "true or false");
		break;
	case TEMPLATE_TYPE_OBJECT:
	case TEMPLATE_TYPE_ANY:
	case TEMPLATE_TYPES: break; /* no name of a kind */
	}
	out->number = doc_as_int(value);
	return 0;
}

static void
add_hole(struct values *values, const struct template_value *value)
{
	size_t i = 0;

	while (values->holes[i].name != NULL)
		i++;
	if (i < VALUES_HOLES) {
		values->holes[i] =
		    (struct template_hole){value->name, value->text};
	}
}

/* Names, and which of them the template uses: asked once for all items. */
struct table {
	const struct template_name *names;
	size_t count;
	bool *used;
};

static struct table
table_of(const struct typed *t, const struct template_name *names)
{
	struct table table = {.names = names};

	while (names[table.count].name != NULL)
		table.count++;
	table.used = keep(t->values, table.count + 1, sizeof(*table.used));
	for (size_t i = 0; i < table.count; i++) {
		table.used[i] = template_uses(t->made_for->template, &names[i]);
	}
	return table;
}

/* Those of the names that the template uses; `path` is where the object is. */
static int
typed_names(const struct typed *t, const struct template_value **out,
    const struct doc *from, const struct table *table, const char *path)
{
	struct template_value *all =
	    keep(t->values, table->count + 1, sizeof(*all));
	size_t made = 0;

	for (size_t i = 0; i < table->count; i++) {
		const struct template_name *name = &table->names[i];
		struct template_value *to = &all[made];
		const struct doc *value;
		char own[PATH_SIZE];

		if (!table->used[i])
			continue;
		value = find(from, name->name);
		(void)snprintf(own, sizeof(own), "%s%s%s", path,
		    path[0] != '\0' ? "." : "", name->name);
		if (value == NULL) {
			return err_set(t->err, ERR_INPUT,
			    "%s: is missing, and the template uses it; it is "
			    "%s",
			    own, template_names_type(name->type));
		}
		to->name = name->name;
		to->type = name->type;
		if (typed_one(t, to, value, name, own) != 0)
			return -1;
		made++;
		if (name->type == TEMPLATE_TYPE_HOLE_URL)
			add_hole(t->values, to);
	}
	*out = all;
	return 0;
}

static int
typed_list(const struct typed *t, struct template_value *out,
    const struct doc *value, const struct template_name *name, const char *path)
{
	const struct template_value **items;
	struct table table;
	size_t count;

	if (doc_type(value) != DOC_ARRAY)
		return wrong(t, path, value, "an array of objects");
	count = doc_size(value);
	items = keep_list(t->values, count + 1);
	table = table_of(t, name->fields);
	for (size_t i = 0; i < count; i++) {
		const struct doc *item = doc_item(value, i);
		char own[PATH_SIZE];

		(void)snprintf(own, sizeof(own), "%.120s[%zu]", path, i);
		if (doc_type(item) != DOC_OBJECT)
			return wrong(t, own, item, "an object");
		if (typed_names(t, &items[i], item, &table, own) != 0)
			return -1;
	}
	out->items = items;
	out->count = count;
	return 0;
}

int
values_make(struct values *out, const struct doc *from,
    const struct values_for *made_for, struct err *err)
{
	const struct template_name *names =
	    template_names_kind(made_for->kind)->names;
	const struct typed typed = {out, made_for, err};
	struct table table;

	*out = (struct values){.blocks = NULL};
	if (names == NULL) {
		out->all = any_item(out, from);
		return 0;
	}
	if (doc_type(from) != DOC_OBJECT)
		return wrong(&typed, "at the top", from, "an object");
	table = table_of(&typed, names);
	return typed_names(&typed, &out->all, from, &table, "");
}
