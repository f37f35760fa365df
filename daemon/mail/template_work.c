/* SPDX-License-Identifier: ISC */
#include "mail/template_work.h"

#include "base/str.h"

#include <stdlib.h>

bool
template_work_gives_up(struct template_work *b)
{
	const struct template_reader *reader = b->reader;

	if (reader == NULL || reader->report == NULL ||
	    b->err->code != ERR_CONFIG)
		return true;
	reader->report(b->err, reader->report_arg);
	b->errors++;
	*b->err = ERR_INIT;
	return b->over;
}

void
template_work_shown(struct template_work *b, const struct template_name *name,
    struct template_spot spot)
{
	const char *const *all = b->template->kind->required;

	for (size_t i = 0; all[i] != NULL && b->scope.depth == 0; i++) {
		if (!str_eq(all[i], name->name))
			continue;
		if (b->template->mode == TEMPLATE_TEXT ||
		    template_place_shows(&b->place, name->type)) {
			b->seen[i] = true;
		} else {
			b->unseen[i] = spot;
		}
	}
}

struct template_node *
template_work_node(struct template_work *b, enum template_node_kind kind)
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

int
template_work_literal(struct template_work *b, const char *text, size_t len)
{
	struct template_node *node;

	if (len == 0)
		return 0;
	node = template_work_node(b, NODE_LITERAL);
	if (node == NULL)
		return -1;
	node->text = text;
	node->len = len;
	if (b->template->mode == TEMPLATE_HTML)
		template_place_feed(&b->place, text, len);
	if (!template_place_refreshes(&b->place))
		return 0;
	b->place.content = false;
	(void)template_source_fail(b->err, b->content,
	    "a value cannot be made safe inside the content of an http-equiv, "
	    "which follows: write it out");
	return template_work_gives_up(b) ? -1 : 0;
}
