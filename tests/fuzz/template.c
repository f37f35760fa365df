/* SPDX-License-Identifier: ISC */
/*
 * Input: a byte that chooses kind, mode and language; a template; NUL; the
 * text that all text values get. What must hold:
 *
 *  - a template that loads also renders (a generic one may find that a value
 *    is not of the type that its filter or its link wants, and says where);
 *  - in HTML no value adds a tag, a quote or the mark of a hole: hostile text
 *    leaves as many of them as harmless text does;
 *  - splicing gives what rendering gives where the value is known at once;
 *  - who asks for all errors is told of the one that ends a load first.
 */
#include "mail/template.h"
#include "base/str.h"
#include "mail/template_build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define ROOM ((size_t)4 * 1024 * 1024)
#define HOLE "https://example.org/x?a=1&b='2'"

static const char *const holes_of[TEMPLATE_KINDS] = {
    [TEMPLATE_DIGEST] = "unsubscribe_url",
    [TEMPLATE_CONFIRM] = "confirm_url",
    [TEMPLATE_WELCOME] = "unsubscribe_url",
};
static const char *const tags_of[TEMPLATE_KINDS] = {
    [TEMPLATE_DIGEST] = "{{unsubscribe_url}}",
    [TEMPLATE_CONFIRM] = "{{confirm_url}}",
    [TEMPLATE_WELCOME] = "{{unsubscribe_url}}",
};

static struct messages *messages[2];
static bool loaded;

/* Values for all names of all tables, kept in one place; lists have two items.
 * Deepest: lists of the kind itself. */
#define NAMES 32
#define LISTS 4

struct values {
	struct template_value kind[NAMES];
	struct template_value item[LISTS][NAMES];
	const struct template_value *items[LISTS][2];
	size_t lists;
};

static void
fill(struct template_value *values, const struct template_name *names,
    const char *text, struct values *all)
{
	size_t i = 0;

	for (; names[i].name != NULL; i++) {
		struct template_value *value = &values[i];
		size_t list = all->lists;

		assert(i + 1 < NAMES);
		value->name = names[i].name;
		value->type = names[i].type;
		value->number = 3;
		value->text = value->type == TEMPLATE_TYPE_URL ? HOLE : text;
		if (value->type == TEMPLATE_TYPE_COLOR)
			value->text = "#0b4f8a";
		if (names[i].fields == NULL)
			continue;
		assert(list < LISTS);
		all->lists++;
		fill(all->item[list], names[i].fields, text, all);
		all->items[list][0] = all->item[list];
		all->items[list][1] = all->item[list];
		value->items = all->items[list];
		value->count = 2;
	}
	values[i].name = NULL;
}

#define NAMED(n, t) .name = (n), .type = TEMPLATE_TYPE_##t
#define OF(n, t, i, c)                                                         \
	{                                                                      \
		NAMED(n, t), .items = (i), .count = (c)                        \
	}
#define WORD(n, v)                                                             \
	{                                                                      \
		NAMED(n, TEXT), .text = (v)                                    \
	}
#define INTEGER(n, v)                                                          \
	{                                                                      \
		NAMED(n, NUMBER), .number = (v)                                \
	}

/* Values for a generic template: one of each type, under names of a letter.
 * Deepest: what a section of a section of a list finds. */
static int
render_generic(struct str *out, const struct template *template,
    const char *text, const struct template_style *style, struct err *err)
{
	const struct template_value leaf[] = {
	    WORD("a", text), INTEGER("n", 7), {.name = NULL}};
	const struct template_value *const leaves[] = {leaf, leaf};
	const struct template_value self[] = {WORD(".", text), {.name = NULL}};
	const struct template_value *const selves[] = {self, self, self};
	const struct template_value object[] = {WORD("a", text),
	    WORD("u", HOLE), OF("l", LIST, leaves, 2),
	    OF("o", OBJECT, leaves, 1), {.name = NULL}};
	const struct template_value *const objects[] = {object, object};
	const struct template_value values[] = {WORD("a", text),
	    WORD("u", HOLE), WORD("z", ""), WORD("d", "2025-01-22T09:00Z"),
	    INTEGER("n", 3), {NAMED("t", BOOL), .number = 1},
	    {NAMED("f", BOOL), .number = 0}, OF("l", LIST, objects, 2),
	    OF("e", LIST, objects, 0), OF("s", LIST, selves, 3),
	    OF("o", OBJECT, objects, 1), WORD(".", text), {.name = NULL}};

	return template_render(out, template, values, style, err);
}

/* True where it rendered; what may go wrong otherwise is only that it grew
 * too large, or names a sentence that does not exist. */
static bool
render(struct str *out, const struct template *template,
    enum template_kind kind, const char *text, enum conf_language language)
{
	const struct template_style style = {
	    .date = {.language = language, .zone = "UTC"},
	    .messages = messages[language],
	};
	struct values values = {.lists = 0};
	struct err err = ERR_INIT;
	int rc;

	if (kind == TEMPLATE_GENERIC) {
		rc = render_generic(out, template, text, &style, &err);
		assert(rc == 0 || err.code != ERR_DATA ||
		       str_starts(err.msg, "fuzz:"));
	} else {
		fill(values.kind, template_names_kind(kind)->names, text,
		    &values);
		rc = template_render(out, template, values.kind, &style, &err);
		assert(rc == 0 || err.code != ERR_DATA);
	}
	assert(rc == 0 || err.code == ERR_INPUT || err.code == ERR_DATA ||
	       (err.code == ERR_CONFIG && strstr(err.msg, "sentence '")));
	return rc == 0;
}

static bool
splice(struct str *out, const struct str *rendered, const char *hole)
{
	const struct template_hole holes[] = {{hole, HOLE}, {NULL, NULL}};
	struct err err = ERR_INIT;
	int rc = template_splice(
	    out, rendered->data, rendered->len, hole ? holes : holes + 1, &err);

	assert(rc == 0 || err.code == ERR_INPUT);
	return rc == 0;
}

static size_t
count(const struct str *text, const char *what)
{
	size_t n = 0;

	for (const char *at = text->data; (at = strstr(at, what)) != NULL; at++)
		n++;
	return n;
}

static void
check_escapes(const struct str *harmless, const struct str *hostile)
{
	/* Which words have a span of their own depends on the text. */
	size_t spans = count(hostile, "<span dir=\"rtl\">") +
		       count(hostile, "<span dir=\"ltr\">");
	size_t before = count(harmless, "<span dir=\"rtl\">") +
			count(harmless, "<span dir=\"ltr\">");

	assert(count(hostile, "<") - 2 * spans ==
	       count(harmless, "<") - 2 * before);
	assert(count(hostile, ">") - 2 * spans ==
	       count(harmless, ">") - 2 * before);
	assert(count(hostile, "\"") - 2 * spans ==
	       count(harmless, "\"") - 2 * before);
	assert(count(hostile, "'") == count(harmless, "'"));
	assert(count(hostile, "\x01") == count(harmless, "\x01"));
}

/* The same template with a name that is known at once in place of the hole:
 * both have to come to the same body. */
static void
check_splice(const char *text, enum template_kind kind, enum template_mode mode,
    const struct str *spliced)
{
	const char *tag = tags_of[kind];
	struct template *template = NULL;
	struct err err = ERR_INIT;
	struct str other;
	struct str out;
	struct str body;
	const char *at;

	str_init(&other, ROOM);
	str_init(&out, ROOM);
	str_init(&body, ROOM);
	while ((at = strstr(text, tag)) != NULL) {
		str_add_bytes(&other, text, (size_t)(at - text));
		str_add(&other, "{{site_url}}");
		text = at + strlen(tag);
	}
	str_add(&other, text);
	str_add(&other, tag); /* a template cannot be without it */
	if (template_parse(&template, other.data, "other", kind, mode, &err) ==
		0 &&
	    render(&out, template, kind, "x", CONF_AR) &&
	    splice(&body, &out, holes_of[kind])) {
		assert(body.len >= spliced->len);
		assert(memcmp(body.data, spliced->data, spliced->len) == 0);
	}
	template_free(template);
	str_release(&other);
	str_release(&out);
	str_release(&body);
}

static int
no_partial(struct template_source **out, const char *name, const void *arg,
    struct err *err)
{
	(void)out;
	(void)name;
	(void)arg;
	(void)err;
	return 0;
}

struct told {
	size_t count;
	struct err first;
};

static void
tell(const struct err *err, void *arg)
{
	struct told *told = arg;

	assert(err->code == ERR_CONFIG && str_starts(err->msg, "fuzz:"));
	if (told->count++ == 0)
		told->first = *err;
}

/* `wrong` is what a load ended with, or NULL. */
static void
check_all_errors(const char *text, enum template_kind kind,
    enum template_mode mode, const struct err *wrong)
{
	struct told told = {.count = 0};
	const struct template_reader reader = {
	    .read = no_partial, .report = tell, .report_arg = &told};
	struct template *template = calloc(1, sizeof(*template));
	struct template_source *source = NULL;
	struct err err = ERR_INIT;
	struct str copy;
	int rc;

	assert(template != NULL);
	template->kind = template_names_kind(kind);
	template->mode = mode;
	str_init(&copy, TEMPLATE_FILE_MAX);
	str_add(&copy, text);
	rc = template_source_new(
	    &source, "fuzz", &copy, kind == TEMPLATE_GENERIC, &err);
	str_release(&copy);
	if (rc == 0)
		rc = template_build(template, source, &reader, &err);
	/* Sentences are looked up here, and partials are not there. */
	if (wrong == NULL) {
		assert(told.count == 0 || strstr(told.first.msg, "sentence '"));
	} else if (!strstr(wrong->msg, "partial")) {
		assert(rc != 0);
		assert(told.count == 0 ||
		       strstr(told.first.msg, "sentence '") ||
		       str_eq(told.first.msg, wrong->msg));
	}
	template_free(template);
}

static void
check(const char *text, const char *value, enum template_kind kind,
    enum template_mode mode, enum conf_language language)
{
	struct template *template = NULL;
	struct err err = ERR_INIT;
	struct str harmless;
	struct str hostile;
	struct str body;

	if (template_parse(&template, text, "fuzz", kind, mode, &err) != 0) {
		assert(err.code == ERR_CONFIG);
		assert(str_starts(err.msg, "fuzz:") ||
		       str_starts(err.msg, "template 'fuzz' is larger"));
		check_all_errors(text, kind, mode, &err);
		return;
	}
	check_all_errors(text, kind, mode, NULL);
	str_init(&harmless, ROOM);
	str_init(&hostile, ROOM);
	str_init(&body, ROOM);
	if (render(&harmless, template, kind, "x", language) &&
	    render(&hostile, template, kind, value, language)) {
		if (mode == TEMPLATE_HTML)
			check_escapes(&harmless, &hostile);
		if (splice(&body, &harmless, holes_of[kind]) &&
		    holes_of[kind] != NULL && language == CONF_AR)
			check_splice(text, kind, mode, &body);
	}
	template_free(template);
	str_release(&harmless);
	str_release(&hostile);
	str_release(&body);
}

static void
load_messages(void)
{
	struct err err = ERR_INIT;

	for (int i = 0; i < 2 && !loaded; i++) {
		const struct template_dirs dirs = {.own = "",
		    .shipped = "templates",
		    .language = i == 0 ? CONF_AR : CONF_EN};

		if (template_messages(&messages[i], &dirs, &err) != 0)
			abort();
	}
	loaded = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text;
	const char *value;
	size_t len;

	load_messages();
	if (size < 1 || size > 4096)
		return 0;
	text = calloc(1, size);
	assert(text != NULL);
	memcpy(text, data + 1, size - 1);
	len = strlen(text);
	value = len + 1 < size ? text + len + 1 : "";
	/* A section is there for text that is not empty. */
	check(text, *value != '\0' ? value : "<script>\"'&\x01",
	    (enum template_kind)((data[0] & 0x3f) % TEMPLATE_KINDS),
	    data[0] & 0x40 ? TEMPLATE_TEXT : TEMPLATE_HTML,
	    data[0] & 0x80 ? CONF_EN : CONF_AR);
	free(text);
	return 0;
}
