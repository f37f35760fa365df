/* SPDX-License-Identifier: ISC */
#include "mail/template_section.h"

#include "base/str.h"

#include <string.h>

/* Its row; where there is none and errors are collected, `any`, inside of
 * which every name is forgiven. */
static const struct template_name *
section_name(
    struct template_work *b, struct template_spot spot, const char *word)
{
	const struct template_name *name =
	    template_scope_find(&b->scope, spot, word, b->err);

	if (name != NULL && name->type == TEMPLATE_TYPE_HOLE_URL) {
		(void)template_source_fail(b->err, spot,
		    "'%s' is filled for each reader and cannot be a section",
		    word);
		name = NULL;
	}
	if (name != NULL && name->type == TEMPLATE_TYPE_HTML) {
		(void)template_source_fail(
		    b->err, spot, "'%s' is html and cannot be a section", word);
		name = NULL;
	}
	if (name == NULL && !template_work_gives_up(b))
		name = template_names_any();
	return name;
}

/* {{#a}}one{{/a}}{{^a}}other{{/a}}, or the other way round: whether the section
 * that ended last ended just here, and only one of the two is printed. */
static bool
is_alternative(const struct template_work *b, const char *name,
    enum template_node_kind kind)
{
	const struct template_node *node;

	if (b->closed.after != b->template->count || b->template->count == 0)
		return false;
	node = &b->template->nodes[b->closed.node];
	return node->kind != kind && str_eq(node->expression.name, name);
}

/* A list within itself would print each item once for each: sixteen deep, of
 * a hundred, for ever. */
static bool
is_open_list(const struct template_work *b, const struct template_name *name,
    enum template_node_kind kind)
{
	if (name->type != TEMPLATE_TYPE_LIST || kind != NODE_SECTION)
		return false;
	for (size_t i = 0; i < b->scope.depth; i++) {
		const struct template_node *node =
		    &b->template->nodes[b->open[i].node];

		if (node->kind == NODE_SECTION && node->name == name)
			return true;
	}
	return false;
}

int
template_section_open(struct template_work *b, const struct template_tag *tag,
    enum template_node_kind kind)
{
	size_t depth = b->scope.depth;
	struct template_node *node;
	const struct template_name *name;
	char word[TEMPLATE_WORD];
	bool other;

	if (template_tag_name(word, tag, b->err) != 0)
		return -1;
	name = section_name(b, tag->spot, word);
	if (name == NULL)
		return -1;
	if (is_open_list(b, name, kind)) {
		(void)template_source_fail(b->err, tag->spot,
		    "list '%s' is open already: inside of it its items have "
		    "their names at once",
		    word);
		if (template_work_gives_up(b))
			return -1;
	}
	if (depth == TEMPLATE_NEST) {
		b->over = true;
		return template_source_fail(b->err, tag->spot,
		    "sections nest deeper than %d", TEMPLATE_NEST);
	}
	other = is_alternative(b, word, kind);
	node = template_work_node(b, kind);
	if (node == NULL)
		return -1;
	if (kind == NODE_SECTION && name->type == TEMPLATE_TYPE_LIST)
		template_work_shown(b, name, tag->spot);
	node->spot = tag->spot;
	node->name = name;
	memcpy(node->expression.name, word, sizeof(word));
	b->open[depth] =
	    (struct template_open){tag->spot, b->template->count - 1, b->place};
	/* A third one comes after one of the two in any case. */
	if (other)
		b->place.fresh = b->closed.fresh;
	b->scope.in[depth].names = kind == NODE_SECTION ? name->fields : NULL;
	b->scope.in[depth].blind = name->type == TEMPLATE_TYPE_ANY;
	b->scope.depth++;
	return 0;
}

static const char *
name_at(const struct template_work *b, size_t depth)
{
	return b->template->nodes[b->open[depth - 1].node].expression.name;
}

const char *
template_section_name(const struct template_work *b)
{
	return name_at(b, b->scope.depth);
}

/* How many sections are open in this file around the one that a tag closes;
 * 0 where it closes none, else their number with it. */
static size_t
find_open(const struct template_work *b, const struct template_tag *tag,
    const char *name)
{
	size_t depth = b->scope.depth;

	while (
	    depth > 0 && b->open[depth - 1].spot.source == tag->spot.source) {
		if (str_eq(name_at(b, depth), name))
			return depth;
		depth--;
	}
	return 0;
}

int
template_section_end(struct template_work *b)
{
	size_t depth = --b->scope.depth;

	b->template->nodes[b->open[depth].node].end = b->template->count;
	b->closed.node = b->open[depth].node;
	b->closed.after = b->template->count + 1;
	b->closed.fresh = b->open[depth].place.fresh;
	return template_work_node(b, NODE_END) == NULL ? -1 : 0;
}

static int
close_wrong(struct template_work *b, const struct template_tag *tag,
    size_t depth, const char *name)
{
	size_t all = b->scope.depth;

	if (all == 0 || b->open[all - 1].spot.source != tag->spot.source) {
		return template_source_fail(b->err, tag->spot,
		    "section '%s' is not open: {{#%s}} has to come before, in "
		    "the same file",
		    name, name);
	}
	(void)template_source_fail(b->err, tag->spot,
	    "section '%s' is closed as '%s': write {{/%s}} here",
	    template_section_name(b), name, template_section_name(b));
	/* Others were left open inside of it, or its name is wrong. */
	while (b->scope.depth >= (depth > 0 ? depth : all)) {
		if (template_section_end(b) != 0)
			return -1;
	}
	return -1;
}

int
template_section_close(struct template_work *b, const struct template_tag *tag)
{
	const struct template_open *section;
	char name[TEMPLATE_WORD];
	size_t depth;

	if (template_tag_name(name, tag, b->err) != 0)
		return -1;
	depth = find_open(b, tag, name);
	if (depth == 0 || depth != b->scope.depth)
		return close_wrong(b, tag, depth, name);
	section = &b->open[depth - 1];
	if (!template_place_same(&section->place, &b->place)) {
		(void)template_source_fail(b->err, tag->spot,
		    "section '%s' ends in another part of the html than it "
		    "began: close in it the tags and quotes that it opens",
		    name);
		if (template_work_gives_up(b))
			return -1;
		b->place = section->place;
	}
	return template_section_end(b);
}
