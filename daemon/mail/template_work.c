/* SPDX-License-Identifier: ISC */
#include "mail/template_work.h"

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
	return 0;
}
