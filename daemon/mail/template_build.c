/* SPDX-License-Identifier: ISC */
#include "mail/template_build.h"

#include "mail/template_place.h"
#include "mail/template_sentence.h"

#include <stdlib.h>
#include <string.h>

#define EXPANDED ((size_t)1024 * 1024) /* bytes, all partials counted */

/* A section that is open. */
struct section {
	struct template_spot spot;
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
	bool seen[TEMPLATE_REQUIRED];
	struct err *err;
};

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

/* The row of a name that can be seen from here. */
static const struct template_name *
resolve(const struct builder *b, struct template_spot spot, const char *name)
{
	const struct template_name *row = NULL;

	for (size_t i = b->depth; row == NULL && i > 0; i--) {
		const struct template_name *names = b->open[i - 1].names;

		if (names != NULL && name[0] == '@')
			names = template_names_loop();
		if (names != NULL)
			row = template_names_find(names, name);
	}
	if (row == NULL) {
		row = template_names_find(
		    template_names(b->template->kind), name);
	}
	if (row == NULL && name[0] == '@') {
		(void)template_source_fail(
		    b->err, spot, "no name '%s' outside of a list", name);
	} else if (row == NULL) {
		(void)template_source_fail(
		    b->err, spot, "unknown name '%s'", name);
	}
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
key_check(const struct builder *b, struct template_spot spot, const char *key,
    bool counts)
{
	if (b->reader == NULL || template_sentence_check(b->reader->messages,
				     key, counts, b->err) == 0)
		return 0;
	return template_source_wrap(b->err, spot);
}

/* Which type comes out of a value's filters. */
static int
value_type(const struct builder *b, struct template_spot spot,
    const struct template_name *name,
    const struct template_expression *expression, enum template_type *type)
{
	*type = name->type;
	for (size_t i = 0; i < expression->filters; i++) {
		const struct template_call *call = &expression->calls[i];

		if (*type != call->filter->from) {
			return template_source_fail(b->err, spot,
			    "filter '%s' does not go with '%s'",
			    call->filter->name, name->name);
		}
		*type = template_filter_to(call->filter, b->template->mode);
		if (call->filter->argument == TEMPLATE_ARGUMENT_KEY &&
		    key_check(b, spot, call->argument, true) != 0)
			return -1;
	}
	if (*type == TEMPLATE_TYPE_BOOL || *type == TEMPLATE_TYPE_LIST) {
		return template_source_fail(b->err, spot,
		    "'%s' cannot be printed, only be a section", name->name);
	}
	if (*type == TEMPLATE_TYPE_DATE) {
		return template_source_fail(
		    b->err, spot, "'%s' needs the filter 'date'", name->name);
	}
	return 0;
}

static int
place_check(
    struct builder *b, struct template_spot spot, enum template_type type)
{
	const char *why;

	if (b->template->mode == TEMPLATE_TEXT) {
		if (type != TEMPLATE_TYPE_HTML)
			return 0;
		return template_source_fail(
		    b->err, spot, "html cannot stand in a text template");
	}
	why = template_place_refuses(&b->place, type);
	if (why != NULL) {
		return template_source_fail(
		    b->err, spot, "a value %s cannot be made safe", why);
	}
	template_place_value(&b->place);
	return 0;
}

/* {{t:key}} */
static int
add_sentence(struct builder *b, const struct template_tag *tag,
    const struct template_expression *expression)
{
	struct template_node *node;

	if (key_check(b, tag->spot, expression->name, false) != 0 ||
	    place_check(b, tag->spot, TEMPLATE_TYPE_TEXT) != 0)
		return -1;
	node = node_add(b, NODE_SENTENCE);
	if (node == NULL)
		return -1;
	node->expression = *expression;
	return 0;
}

/* {{name|filter}} or {{t:key}} */
static int
tag_value(struct builder *b, const struct template_tag *tag)
{
	struct template_expression expression;
	const struct template_name *name;
	struct template_node *node;
	enum template_type type;

	if (template_tag_expression(&expression, tag, b->err) != 0)
		return -1;
	if (expression.sentence)
		return add_sentence(b, tag, &expression);
	name = resolve(b, tag->spot, expression.name);
	if (name == NULL ||
	    value_type(b, tag->spot, name, &expression, &type) != 0 ||
	    place_check(b, tag->spot, type) != 0)
		return -1;
	note_required(b, name->name);
	node = node_add(b, NODE_VALUE);
	if (node == NULL)
		return -1;
	node->name = name;
	node->expression = expression;
	return 0;
}

static int
section_open(struct builder *b, const struct template_tag *tag,
    enum template_node_kind kind)
{
	struct section *section;
	struct template_node *node;
	const struct template_name *name;
	char word[TEMPLATE_WORD];

	if (template_tag_name(word, tag, b->err) != 0)
		return -1;
	name = resolve(b, tag->spot, word);
	if (name == NULL)
		return -1;
	if (name->type == TEMPLATE_TYPE_HOLE_URL) {
		return template_source_fail(b->err, tag->spot,
		    "'%s' is filled for each reader and "
		    "cannot be a section",
		    name->name);
	}
	if (b->depth == TEMPLATE_NEST) {
		return template_source_fail(b->err, tag->spot,
		    "sections nest deeper than %d", TEMPLATE_NEST);
	}
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
tag_section(struct builder *b, const struct template_tag *tag)
{
	return section_open(b, tag, NODE_SECTION);
}

static int
tag_inverted(struct builder *b, const struct template_tag *tag)
{
	return section_open(b, tag, NODE_INVERTED);
}

/* A section may begin and end in a tag, but where it ends what follows must
 * mean the same whether it was rendered once, often or never. */
static int
tag_close(struct builder *b, const struct template_tag *tag)
{
	char name[TEMPLATE_WORD];
	struct section *section;
	const char *opened;

	if (template_tag_name(name, tag, b->err) != 0)
		return -1;
	section = b->depth > 0 ? &b->open[b->depth - 1] : NULL;
	if (section == NULL || section->spot.source != tag->spot.source) {
		return template_source_fail(
		    b->err, tag->spot, "section '%s' is not open", name);
	}
	opened = b->template->nodes[section->node].name->name;
	if (!str_eq(opened, name)) {
		return template_source_fail(b->err, tag->spot,
		    "section '%s' is closed as '%s'", opened, name);
	}
	if (!template_place_same(&section->place, &b->place)) {
		return template_source_fail(b->err, tag->spot,
		    "section '%s' ends in another part of the html "
		    "than it began",
		    name);
	}
	b->template->nodes[section->node].end = b->template->count;
	b->depth--;
	return node_add(b, NODE_END) == NULL ? -1 : 0;
}

static int
tag_raw(struct builder *b, const struct template_tag *tag)
{
	return template_source_fail(
	    b->err, tag->spot, "raw values do not exist; write {{name}}");
}

static int
tag_delimiters(struct builder *b, const struct template_tag *tag)
{
	return template_source_fail(
	    b->err, tag->spot, "delimiters cannot be changed");
}

static int add_source(struct builder *b, struct template_source *source);

static int
tag_partial(struct builder *b, const struct template_tag *tag)
{
	char name[TEMPLATE_WORD];
	struct template_source *source = NULL;

	if (template_tag_name(name, tag, b->err) != 0)
		return -1;
	if (strpbrk(name, ".@") != NULL) {
		return template_source_fail(
		    b->err, tag->spot, "'%s' is no name of a partial", name);
	}
	if (b->reader == NULL) {
		return template_source_fail(
		    b->err, tag->spot, "there are no partials here");
	}
	if (b->partials == TEMPLATE_PARTIALS) {
		return template_source_fail(b->err, tag->spot,
		    "partials nest deeper than %d", TEMPLATE_PARTIALS);
	}
	if (b->reader->read(&source, name, b->reader->arg, b->err) != 0)
		return template_source_wrap(b->err, tag->spot);
	b->partials++;
	if (add_source(b, source) != 0)
		return -1;
	b->partials--;
	return 0;
}

static const struct {
	char sigil;
	int (*add)(struct builder *b, const struct template_tag *tag);
} sigils[] = {
    {'#', tag_section},
    {'^', tag_inverted},
    {'/', tag_close},
    {'>', tag_partial},
    {'{', tag_raw},
    {'&', tag_raw},
    {'=', tag_delimiters},
    {'\0', tag_value},
};

static int
add_tag(struct builder *b, const struct template_tag *tag)
{
	for (size_t i = 0; i < sizeof(sigils) / sizeof(*sigils); i++) {
		if (sigils[i].sigil == tag->sigil)
			return sigils[i].add(b, tag);
	}
	return 0; /* a comment */
}

static int
add_source(struct builder *b, struct template_source *source)
{
	struct template_spot start = {source, 0};
	struct template_tag tag;
	size_t depth = b->depth;
	size_t at = 0;
	int found;

	source->next = b->template->sources;
	b->template->sources = source;
	b->expanded += source->len + 64;
	if (b->expanded > EXPANDED) {
		return template_source_fail(
		    b->err, start, "with its partials it is too large");
	}
	while ((found = template_tag_next(&tag, source, at, b->err)) == 1) {
		if (literal(b, source->text + at, tag.open - at) != 0 ||
		    add_tag(b, &tag) != 0)
			return -1;
		at = tag.close;
	}
	if (found != 0)
		return -1;
	if (b->depth > depth) {
		const struct section *left = &b->open[b->depth - 1];

		return template_source_fail(b->err, left->spot,
		    "section '%s' is not closed",
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
	struct template_spot end = {source, source->len};

	template->name = source->name;
	if (add_source(&b, source) != 0)
		return -1;
	if (b.place.state != PLACE_TEXT) {
		return template_source_fail(err, end,
		    "the html ends inside a tag, comment, "
		    "<style> or the like");
	}
	for (size_t i = 0; required[i] != NULL; i++) {
		if (!b.seen[i]) {
			return template_source_fail(err, end,
			    "{{%s}} is missing; it has to stand outside of "
			    "sections",
			    required[i]);
		}
	}
	return 0;
}
