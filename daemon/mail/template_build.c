/* SPDX-License-Identifier: ISC */
#include "mail/template_build.h"

#include "base/codec.h"
#include "mail/template_place.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPACE    " \t\n"
#define EXPANDED ((size_t)1024 * 1024) /* bytes, all partials counted */
#define REQUIRED 4
#define NAME_MADE                                                              \
	"abcdefghijklmnopqrstuvwxyz"                                           \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.@"

/* A place in a file, for errors. */
struct spot {
	const struct template_source *source;
	size_t at;
};

/* A section that is open. */
struct section {
	struct spot spot;
	size_t node;
	struct template_place place;
	const struct template_name *names; /* of its items; NULL: none */
};

struct builder {
	struct template *template;
	const struct template_reader *reader;
	struct template_place place;
	struct section open[TEMPLATE_NEST];
	size_t depth;
	size_t partials;
	size_t expanded;
	bool seen[REQUIRED];
	struct err *err;
};

/* What stands between {{ and }}, trimmed, without its sigil. */
struct tag {
	struct spot spot;
	const char *text;
	size_t len;
};

/* "file:line:column: " and the reason; columns count characters. */
static int fail(const struct builder *b, struct spot spot, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

static void
spot_count(struct spot spot, unsigned *line, unsigned *column)
{
	*line = 1;
	*column = 1;
	for (size_t i = 0; i < spot.at; i++) {
		unsigned char c = (unsigned char)spot.source->text[i];

		if (c == '\n') {
			++*line;
			*column = 1;
		} else if ((c & 0xc0) != 0x80) {
			++*column;
		}
	}
}

static int
fail(const struct builder *b, struct spot spot, const char *fmt, ...)
{
	char reason[256];
	unsigned line;
	unsigned column;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(reason, sizeof(reason), fmt, ap);
	va_end(ap);
	spot_count(spot, &line, &column);
	return err_set(b->err, ERR_CONFIG, "%s:%u:%u: %s", spot.source->name,
	    line, column, reason);
}

static struct template_node *
node_add(struct builder *b, enum template_node_kind kind)
{
	struct template *t = b->template;
	size_t cap = t->cap > 0 ? t->cap * 2 : 32;
	struct template_node *nodes = t->nodes;

	if (t->count == t->cap) {
		nodes = realloc(t->nodes, cap * sizeof(*nodes));
		if (nodes == NULL) {
			err_set(b->err, ERR_SYSTEM, "out of memory");
			return NULL;
		}
		t->nodes = nodes;
		t->cap = cap;
	}
	nodes[t->count] = (struct template_node){.kind = kind};
	return &nodes[t->count++];
}

static int
literal(struct builder *b, const char *text, size_t len)
{
	struct template_node *node;

	if (len == 0)
		return 0;
	node = node_add(b, NODE_LITERAL);
	if (node == NULL)
		return -1;
	node->text = text;
	node->len = len;
	if (b->template->mode == TEMPLATE_HTML)
		template_place_feed(&b->place, text, len);
	return 0;
}

static void
trim(const char **text, size_t *len)
{
	while (*len > 0 && strchr(SPACE, (*text)[0]) != NULL) {
		++*text;
		--*len;
	}
	while (*len > 0 && strchr(SPACE, (*text)[*len - 1]) != NULL)
		--*len;
}

/* Copies a trimmed run of name characters. */
static int
word(const struct builder *b, char out[TEMPLATE_WORD], const struct tag *tag)
{
	const char *text = tag->text;
	size_t len = tag->len;

	trim(&text, &len);
	if (len == 0)
		return fail(b, tag->spot, "a name is missing");
	if (len >= TEMPLATE_WORD)
		return fail(b, tag->spot, "a name is longer than %d characters",
		    TEMPLATE_WORD - 1);
	memcpy(out, text, len);
	out[len] = '\0';
	if (strspn(out, NAME_MADE) != len)
		return fail(b, tag->spot,
		    "a name is made of letters, digits, '_', '-' and '.'");
	return 0;
}

static const struct template_name *
resolve(const struct builder *b, const char *name)
{
	for (size_t i = b->depth; i > 0; i--) {
		const struct template_name *names = b->open[i - 1].names;
		const struct template_name *row;

		if (names == NULL)
			continue;
		row = template_names_find(
		    name[0] == '@' ? template_names_loop() : names, name);
		if (row != NULL)
			return row;
	}
	return template_names_find(template_names(b->template->kind), name);
}

static const struct template_name *
name_of(const struct builder *b, const struct tag *tag)
{
	char name[TEMPLATE_WORD];
	const struct template_name *row;

	if (word(b, name, tag) != 0)
		return NULL;
	row = resolve(b, name);
	if (row == NULL && name[0] == '@')
		fail(b, tag->spot, "no name '%s' outside of a list", name);
	else if (row == NULL)
		fail(b, tag->spot, "unknown name '%s'", name);
	return row;
}

/* Notes that a required name is shown to everyone: outside of sections. */
static void
note_required(struct builder *b, const char *name)
{
	const char *const *all = template_names_required(b->template->kind);

	for (size_t i = 0; all[i] != NULL && b->depth == 0; i++) {
		if (str_eq(all[i], name))
			b->seen[i] = true;
	}
}

static int
key_check(
    const struct builder *b, struct spot spot, const char *key, bool counts)
{
	if (b->reader == NULL || b->reader->messages == NULL)
		return 0;
	if (!message_has(b->reader->messages, key))
		return fail(b, spot, "no sentence '%s' in messages", key);
	if (message_counts(key) != counts)
		return fail(b, spot,
		    counts ? "sentence '%s' does not count: {{t:%s}}"
			   : "sentence '%s' counts: {{number|plural:%s}}",
		    key, key);
	return 0;
}

/* One "filter" or "filter:argument". */
static int
call_add(struct builder *b, struct template_node *node, const struct tag *tag)
{
	struct template_call *call = &node->calls[node->filters];
	const char *colon = memchr(tag->text, ':', tag->len);
	struct tag part = *tag;
	char name[TEMPLATE_WORD];

	if (node->filters == TEMPLATE_FILTERS)
		return fail(
		    b, tag->spot, "more than %d filters", TEMPLATE_FILTERS);
	if (colon != NULL) {
		part.text = colon + 1;
		part.len = (size_t)(tag->text + tag->len - part.text);
		if (word(b, call->argument, &part) != 0)
			return -1;
		part.text = tag->text;
		part.len = (size_t)(colon - tag->text);
	}
	if (word(b, name, &part) != 0)
		return -1;
	call->filter = template_filter_find(name);
	if (call->filter == NULL)
		return fail(b, tag->spot, "unknown filter '%s'", name);
	if (!template_filter_argument_ok(call->filter, call->argument))
		return fail(b, tag->spot, "filter '%s' does not take '%s'",
		    name, call->argument);
	node->filters++;
	if (call->filter->argument == TEMPLATE_ARGUMENT_KEY)
		return key_check(b, tag->spot, call->argument, true);
	return 0;
}

/* Which type comes out of a value's filters. */
static int
value_type(const struct builder *b, const struct template_node *node,
    struct spot spot, enum template_type *type)
{
	*type = node->name->type;
	for (size_t i = 0; i < node->filters; i++) {
		const struct template_filter *filter = node->calls[i].filter;

		if (*type != filter->from)
			return fail(b, spot,
			    "filter '%s' does not go with '%s'", filter->name,
			    node->name->name);
		*type = template_filter_to(filter, b->template->mode);
	}
	if (*type == TEMPLATE_TYPE_BOOL || *type == TEMPLATE_TYPE_LIST)
		return fail(b, spot,
		    "'%s' cannot be printed, only be a section",
		    node->name->name);
	if (*type == TEMPLATE_TYPE_DATE)
		return fail(
		    b, spot, "'%s' needs the filter 'date'", node->name->name);
	return 0;
}

static int
place_check(struct builder *b, struct spot spot, enum template_type type)
{
	const char *why;

	if (b->template->mode == TEMPLATE_TEXT) {
		if (type != TEMPLATE_TYPE_HTML)
			return 0;
		return fail(b, spot, "html cannot stand in a text template");
	}
	why = template_place_refuses(&b->place, type);
	if (why != NULL)
		return fail(b, spot, "a value %s cannot be made safe", why);
	template_place_value(&b->place);
	return 0;
}

/* {{t:key}} */
static int
tag_sentence(struct builder *b, const struct tag *tag)
{
	struct tag part = *tag;
	struct template_node *node = node_add(b, NODE_SENTENCE);

	part.text += 2;
	part.len -= 2;
	if (node == NULL || word(b, node->key, &part) != 0 ||
	    key_check(b, tag->spot, node->key, false) != 0)
		return -1;
	return place_check(b, tag->spot, TEMPLATE_TYPE_TEXT);
}

/* {{name|filter|filter}} */
static int
tag_value(struct builder *b, const struct tag *tag)
{
	struct tag part = *tag;
	const char *end = tag->text + tag->len;
	const char *bar = memchr(tag->text, '|', tag->len);
	struct template_node *node;
	enum template_type type;

	if (tag->len >= 2 && memcmp(tag->text, "t:", 2) == 0)
		return tag_sentence(b, tag);
	part.len = (size_t)((bar != NULL ? bar : end) - part.text);
	node = node_add(b, NODE_VALUE);
	if (node == NULL)
		return -1;
	node->name = name_of(b, &part);
	if (node->name == NULL)
		return -1;
	while (bar != NULL) {
		part.text = bar + 1;
		bar = memchr(part.text, '|', (size_t)(end - part.text));
		part.len = (size_t)((bar != NULL ? bar : end) - part.text);
		if (call_add(b, node, &part) != 0)
			return -1;
	}
	note_required(b, node->name->name);
	if (value_type(b, node, tag->spot, &type) != 0)
		return -1;
	return place_check(b, tag->spot, type);
}

static int
section_open(
    struct builder *b, const struct tag *tag, enum template_node_kind kind)
{
	struct section *section;
	struct template_node *node;
	const struct template_name *name = name_of(b, tag);

	if (name == NULL)
		return -1;
	if (name->type == TEMPLATE_TYPE_HOLE_URL)
		return fail(b, tag->spot,
		    "'%s' is filled for each reader and "
		    "cannot be a section",
		    name->name);
	if (b->depth == TEMPLATE_NEST)
		return fail(b, tag->spot, "sections nest deeper than %d",
		    TEMPLATE_NEST);
	node = node_add(b, kind);
	if (node == NULL)
		return -1;
	node->name = name;
	section = &b->open[b->depth++];
	section->spot = tag->spot;
	section->node = b->template->count - 1;
	section->place = b->place;
	section->names = kind == NODE_SECTION ? name->fields : NULL;
	return 0;
}

static int
tag_section(struct builder *b, const struct tag *tag)
{
	return section_open(b, tag, NODE_SECTION);
}

static int
tag_inverted(struct builder *b, const struct tag *tag)
{
	return section_open(b, tag, NODE_INVERTED);
}

/* A section may begin and end in a tag, but where it ends what follows must
 * mean the same whether it was rendered once, often or never. */
static int
tag_close(struct builder *b, const struct tag *tag)
{
	char name[TEMPLATE_WORD];
	struct section *section;
	const char *opened;

	if (word(b, name, tag) != 0)
		return -1;
	section = b->depth > 0 ? &b->open[b->depth - 1] : NULL;
	if (section == NULL || section->spot.source != tag->spot.source)
		return fail(b, tag->spot, "section '%s' is not open", name);
	opened = b->template->nodes[section->node].name->name;
	if (!str_eq(opened, name))
		return fail(b, tag->spot, "section '%s' is closed as '%s'",
		    opened, name);
	if (!template_place_same(&section->place, &b->place))
		return fail(b, tag->spot,
		    "section '%s' ends in another part of the html "
		    "than it began",
		    name);
	b->template->nodes[section->node].end = b->template->count;
	b->depth--;
	return node_add(b, NODE_END) == NULL ? -1 : 0;
}

static int
tag_comment(struct builder *b, const struct tag *tag)
{
	(void)b;
	(void)tag;
	return 0;
}

static int
tag_raw(struct builder *b, const struct tag *tag)
{
	return fail(b, tag->spot, "raw values do not exist; write {{name}}");
}

static int
tag_delimiters(struct builder *b, const struct tag *tag)
{
	return fail(b, tag->spot, "delimiters cannot be changed");
}

static int build_source(struct builder *b, struct template_source *source);

static int
tag_partial(struct builder *b, const struct tag *tag)
{
	char name[TEMPLATE_WORD];
	struct template_source *source;
	unsigned line;
	unsigned column;

	if (word(b, name, tag) != 0)
		return -1;
	if (strpbrk(name, ".@") != NULL)
		return fail(b, tag->spot, "'%s' is no name of a partial", name);
	if (b->reader == NULL)
		return fail(b, tag->spot, "there are no partials here");
	if (b->partials == TEMPLATE_PARTIALS)
		return fail(b, tag->spot, "partials nest deeper than %d",
		    TEMPLATE_PARTIALS);
	if (b->reader->read(&source, name, b->reader->arg, b->err) != 0) {
		spot_count(tag->spot, &line, &column);
		return err_wrap(
		    b->err, "%s:%u:%u", tag->spot.source->name, line, column);
	}
	b->partials++;
	if (build_source(b, source) != 0)
		return -1;
	b->partials--;
	return 0;
}

static const struct {
	char sigil;
	bool alone; /* takes its line with it */
	int (*add)(struct builder *b, const struct tag *tag);
} sigils[] = {
    {'#', true, tag_section},
    {'^', true, tag_inverted},
    {'/', true, tag_close},
    {'>', true, tag_partial},
    {'!', true, tag_comment},
    {'{', false, tag_raw},
    {'&', false, tag_raw},
    {'=', false, tag_delimiters},
    {'\0', false, tag_value},
};

/* Where a tag has its line for itself: widens [open, close) to that line. */
static void
take_line(const struct template_source *source, size_t *open, size_t *close)
{
	const char *text = source->text;
	size_t from = *open;
	size_t to = *close;

	while (from > 0 && (text[from - 1] == ' ' || text[from - 1] == '\t'))
		from--;
	while (text[to] == ' ' || text[to] == '\t')
		to++;
	if ((from > 0 && text[from - 1] != '\n') ||
	    (text[to] != '\n' && to < source->len))
		return;
	*open = from;
	*close = to < source->len ? to + 1 : to;
}

/* The tag that begins at tag->spot; `at` is the end of what came before it
 * and moves behind it. */
static int
build_tag(struct builder *b, struct tag *tag, size_t *at)
{
	const struct template_source *source = tag->spot.source;
	size_t open = tag->spot.at;
	const char *end = strstr(source->text + open + 2, "}}");
	size_t close;
	size_t i = 0;

	if (end == NULL)
		return fail(b, tag->spot, "'{{' without '}}'");
	tag->text = source->text + open + 2;
	tag->len = (size_t)(end - tag->text);
	close = (size_t)(end + 2 - source->text);
	trim(&tag->text, &tag->len);
	while (sigils[i].sigil != '\0' &&
	       (tag->len == 0 || sigils[i].sigil != tag->text[0]))
		i++;
	if (sigils[i].sigil != '\0') {
		tag->text++;
		tag->len--;
	}
	if (sigils[i].alone)
		take_line(source, &open, &close);
	if (literal(b, source->text + *at, open - *at) != 0)
		return -1;
	*at = close;
	return sigils[i].add(b, tag);
}

/* Text that a template may hold: UTF-8 without control characters, since a
 * mark of a hole is one. */
static int
source_check(const struct builder *b, const struct template_source *source)
{
	struct spot spot = {source, 0};

	for (; spot.at < source->len; spot.at++) {
		unsigned char c = (unsigned char)source->text[spot.at];

		if ((c < 0x20 && c != '\t' && c != '\n') || c == 0x7f)
			return fail(b, spot, "control character 0x%02x", c);
	}
	if (!codec_utf8_ok(source->text, source->len))
		return err_set(b->err, ERR_CONFIG,
		    "%s: not valid UTF-8; save it as UTF-8", source->name);
	return 0;
}

static int
build_source(struct builder *b, struct template_source *source)
{
	struct tag tag = {.spot = {source, 0}};
	size_t depth = b->depth;
	size_t at = 0;
	const char *open;

	source->next = b->template->sources;
	b->template->sources = source;
	b->expanded += source->len + 64;
	if (b->expanded > EXPANDED)
		return fail(b, tag.spot, "with its partials it is too large");
	if (source_check(b, source) != 0)
		return -1;
	while ((open = strstr(source->text + at, "{{")) != NULL) {
		tag.spot.at = (size_t)(open - source->text);
		if (build_tag(b, &tag, &at) != 0)
			return -1;
	}
	if (b->depth > depth) {
		const struct section *left = &b->open[b->depth - 1];

		return fail(b, left->spot, "section '%s' is not closed",
		    b->template->nodes[left->node].name->name);
	}
	return literal(b, source->text + at, source->len - at);
}

int
template_build(struct template *template, struct template_source *source,
    const struct template_reader *reader, struct err *err)
{
	struct builder b = {.template = template, .reader = reader, .err = err};
	const char *const *required = template_names_required(template->kind);
	struct spot end = {source, source->len};

	if (build_source(&b, source) != 0)
		return -1;
	if (b.place.state != PLACE_TEXT)
		return fail(&b, end,
		    "the html ends inside a tag, comment, "
		    "<style> or the like");
	for (size_t i = 0; required[i] != NULL; i++) {
		if (!b.seen[i])
			return fail(&b, end,
			    "{{%s}} is missing; it has to stand outside of "
			    "sections",
			    required[i]);
	}
	return 0;
}

void
template_source_free(struct template_source *source)
{
	while (source != NULL) {
		struct template_source *next = source->next;

		free(source->name);
		free(source->text);
		free(source);
		source = next;
	}
}
