/* SPDX-License-Identifier: ISC */
#include "mail/template_build.h"

#include "mail/template_section.h"
#include "mail/template_sentence.h"

#include <stdlib.h>
#include <string.h>

#define EXPANDED ((size_t)1024 * 1024) /* bytes, all partials counted */

static int
key_check(const struct template_work *b, struct template_spot spot,
    const char *key, bool counts)
{
	if (b->reader == NULL || template_sentence_check(b->reader->messages,
				     key, counts, b->err) == 0)
		return 0;
	return template_source_wrap(b->err, spot);
}

/* The sentences that filters name. */
static int
keys_check(const struct template_work *b, struct template_spot spot,
    const struct template_expression *expression)
{
	for (size_t i = 0; i < expression->filters; i++) {
		const struct template_call *call = &expression->calls[i];

		if (call->filter->argument == TEMPLATE_ARGUMENT_KEY &&
		    key_check(b, spot, call->argument, true) != 0)
			return -1;
	}
	return 0;
}

static int
place_check(
    struct template_work *b, struct template_spot spot, enum template_type type)
{
	const char *why;

	if (b->template->mode == TEMPLATE_TEXT) {
		if (type != TEMPLATE_TYPE_HTML)
			return 0;
		return template_source_fail(b->err, spot,
		    "html cannot stand in a text template: use a text");
	}
	why = template_place_refuses(&b->place, type);
	if (why != NULL) {
		return template_source_fail(
		    b->err, spot, "a value cannot be made safe %s", why);
	}
	template_place_value(&b->place);
	b->content = spot;
	return 0;
}

/* {{t:key}} */
static int
add_sentence(struct template_work *b, const struct template_tag *tag,
    const struct template_expression *expression)
{
	struct template_node *node;

	if (key_check(b, tag->spot, expression->name, false) != 0 ||
	    place_check(b, tag->spot, TEMPLATE_TYPE_TEXT) != 0)
		return -1;
	node = template_work_node(b, NODE_SENTENCE);
	if (node == NULL)
		return -1;
	node->spot = tag->spot;
	node->expression = *expression;
	return 0;
}

/* {{name|filter}} or {{t:key}} */
static int
tag_value(struct template_work *b, const struct template_tag *tag)
{
	struct template_expression expression;
	const struct template_name *name;
	struct template_node *node;
	enum template_type type;
	bool link;

	if (template_tag_expression(&expression, tag, b->err) != 0)
		return -1;
	if (expression.sentence)
		return add_sentence(b, tag, &expression);
	name =
	    template_scope_find(&b->scope, tag->spot, expression.name, b->err);
	if (name == NULL ||
	    template_scope_type(&type, name, &expression, b->template->mode,
		tag->spot, b->err) != 0 ||
	    keys_check(b, tag->spot, &expression) != 0)
		return -1;
	template_work_shown(b, name, tag->spot);
	link = template_place_link(&b->place);
	if (place_check(b, tag->spot, type) != 0)
		return -1;
	node = template_work_node(b, NODE_VALUE);
	if (node == NULL)
		return -1;
	node->spot = tag->spot;
	node->name = name;
	node->expression = expression;
	node->link = link;
	return 0;
}

static int
tag_section(struct template_work *b, const struct template_tag *tag)
{
	return template_section_open(b, tag, NODE_SECTION);
}

static int
tag_inverted(struct template_work *b, const struct template_tag *tag)
{
	return template_section_open(b, tag, NODE_INVERTED);
}

static int
tag_raw(struct template_work *b, const struct template_tag *tag)
{
	return template_source_fail(
	    b->err, tag->spot, "raw values do not exist: write {{name}}");
}

static int
tag_delimiters(struct template_work *b, const struct template_tag *tag)
{
	return template_source_fail(
	    b->err, tag->spot, "delimiters cannot be changed: write {{ and }}");
}

static int add_source(struct template_work *b, struct template_source *source);

static int
too_large(struct template_work *b, struct template_spot spot)
{
	b->over = true;
	return template_source_fail(b->err, spot,
	    "with its partials it is larger than %zu bytes", EXPANDED);
}

/* Adds a partial that was found, with the indentation of its tag. */
static int
partial_add(struct template_work *b, const struct template_tag *tag,
    struct template_source *source)
{
	const char *text = tag->spot.source->text;
	size_t indent = tag->spot.at - tag->open;
	int rc;

	if (template_source_indented(source, indent) > EXPANDED) {
		rc = too_large(b, tag->spot);
	} else {
		rc = template_source_indent(
		    source, text + tag->open, indent, b->err);
	}
	if (rc != 0) {
		template_source_free(source);
		return -1;
	}
	b->partials++;
	rc = add_source(b, source);
	b->partials--;
	return rc;
}

static int
tag_partial(struct template_work *b, const struct template_tag *tag)
{
	char name[TEMPLATE_WORD];
	struct template_source *source = NULL;
	int found;

	if (template_tag_name(name, tag, b->err) != 0)
		return -1;
	if (strpbrk(name, ".@") != NULL) {
		return template_source_fail(b->err, tag->spot,
		    "'%s' is no name of a partial: it has no '.' and no "
		    "ending",
		    name);
	}
	if (b->reader == NULL) {
		return template_source_fail(
		    b->err, tag->spot, "there are no partials here");
	}
	if (b->partials == TEMPLATE_PARTIALS) {
		b->over = true;
		return template_source_fail(b->err, tag->spot,
		    "partials nest deeper than %d: does '%s' include itself?",
		    TEMPLATE_PARTIALS, name);
	}
	found = b->reader->read(&source, name, b->reader->arg, b->err);
	if (found > 0)
		return partial_add(b, tag, source);
	/* mustache(5): a partial that is not there is empty. */
	if (found == 0 && b->template->kind->names == NULL)
		return 0;
	if (found == 0) {
		return template_source_fail(b->err, tag->spot,
		    "no partial '%s' beside this file, nor among those that "
		    "were installed",
		    name);
	}
	return b->err->code == ERR_CONFIG
		   ? -1 /* it has its place */
		   : template_source_wrap(b->err, tag->spot);
}

static const struct {
	char sigil;
	int (*add)(struct template_work *b, const struct template_tag *tag);
} sigils[] = {
    {'#', tag_section},
    {'^', tag_inverted},
    {'/', template_section_close},
    {'>', tag_partial},
    {'{', tag_raw},
    {'&', tag_raw},
    {'=', tag_delimiters},
    {'\0', tag_value},
};

static int
add_tag(struct template_work *b, const struct template_tag *tag)
{
	for (size_t i = 0; i < sizeof(sigils) / sizeof(*sigils); i++) {
		if (sigils[i].sigil == tag->sigil)
			return sigils[i].add(b, tag);
	}
	return 0; /* a comment */
}

/* Its tags, one by one: -1 where it is of no use to go on. */
static int
add_tags(struct template_work *b, const struct template_source *source)
{
	struct template_tag tag;
	size_t at = 0;
	int found;

	while ((found = template_tag_next(&tag, source, at, b->err)) == 1) {
		if (template_work_literal(
			b, source->text + at, tag.open - at) != 0)
			return -1;
		if (add_tag(b, &tag) != 0 && template_work_gives_up(b))
			return -1;
		at = tag.close;
	}
	if (found == 0) {
		return template_work_literal(
		    b, source->text + at, source->len - at);
	}
	/* The rest of the file is inside of braces. */
	b->over = true;
	return template_work_gives_up(b) ? -1 : 0;
}

static int
add_source(struct template_work *b, struct template_source *source)
{
	struct template_spot start = {source, 0};
	size_t depth = b->scope.depth;

	source->next = b->template->sources;
	b->template->sources = source;
	b->expanded += source->len + 64;
	if (b->expanded > EXPANDED)
		return too_large(b, start);
	if (add_tags(b, source) != 0)
		return -1;
	while (b->scope.depth > depth) {
		const struct template_open *left = &b->open[b->scope.depth - 1];
		const char *name = template_section_name(b);

		(void)template_source_fail(b->err, left->spot,
		    "section '%s' is not closed: write {{/%s}} in this file",
		    name, name);
		if (template_work_gives_up(b) || template_section_end(b) != 0)
			return -1;
	}
	return 0;
}

static void
required_missing(struct template_work *b, size_t i, struct template_spot end)
{
	const char *name = b->template->kind->required[i];
	const struct template_name *row =
	    template_names_find(b->template->kind->names, name);

	if (b->unseen[i].source == NULL) {
		(void)template_source_fail(b->err, end,
		    "{{%s%s}} is missing; it has to stand outside of sections",
		    row->type == TEMPLATE_TYPE_LIST ? "#" : "", name);
		return;
	}
	(void)template_source_fail(b->err, b->unseen[i],
	    "no reader sees {{%s}} here: it has to stand between tags%s, in no "
	    "element that is hidden",
	    name, str_ends(name, "_url") ? " or in the href of an <a>" : "");
}

/* What is asked of the whole. */
static int
finish(struct template_work *b, struct template_spot end)
{
	const char *const *required = b->template->kind->required;

	if (b->place.state != PLACE_TEXT) {
		(void)template_source_fail(b->err, end,
		    "the html ends inside a tag, comment, <style> or the "
		    "like: close it");
		if (template_work_gives_up(b))
			return -1;
	}
	for (size_t i = 0; required[i] != NULL; i++) {
		if (b->seen[i])
			continue;
		required_missing(b, i, end);
		if (template_work_gives_up(b))
			return -1;
	}
	return 0;
}

int
template_build(struct template *template, struct template_source *source,
    const struct template_reader *reader, struct err *err)
{
	struct template_work b = {.template = template,
	    .reader = reader,
	    .scope = {.kind = template->kind},
	    .err = err};
	struct template_spot end = {source, source->len};

	template->name = source->name;
	if (add_source(&b, source) == 0 && finish(&b, end) == 0 &&
	    b.errors == 0)
		return 0;
	if (b.errors > 0) {
		return err_set(err, ERR_CONFIG, "'%s' has %zu errors",
		    source->name, b.errors);
	}
	return -1;
}
