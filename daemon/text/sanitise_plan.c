/* SPDX-License-Identifier: ISC */
#include "text/sanitise_plan.h"

#include "base/str.h"

static const char *const TAGS[] = {
    [SANITISE_LIST] = "ul",
    [SANITISE_NUMBERS] = "ol",
    [SANITISE_ITEM] = "li",
    [SANITISE_QUOTE] = "blockquote",
    [SANITISE_FIGURE] = "figure",
    [SANITISE_CAPTION] = "figcaption",
    [SANITISE_PARAGRAPH] = "p",
    [SANITISE_HEADING_2] = "h2",
    [SANITISE_HEADING_3] = "h3",
    [SANITISE_HEADING_4] = "h4",
    [SANITISE_LINK] = "a",
    [SANITISE_STRONG] = "strong",
};

/* What becomes more than its text. Paragraphs are not among it: there is one
 * wherever text stands. Italics do not suit Arabic letters. */
static const struct {
	const char *name;
	enum sanitise_kind kind;
} KINDS[] = {
    {"a", SANITISE_LINK},
    {"b", SANITISE_STRONG},
    {"blockquote", SANITISE_QUOTE},
    {"em", SANITISE_STRONG},
    {"figcaption", SANITISE_CAPTION},
    {"figure", SANITISE_FIGURE},
    {"h1", SANITISE_HEADING_2},
    {"h2", SANITISE_HEADING_2},
    {"h3", SANITISE_HEADING_3},
    {"h4", SANITISE_HEADING_4},
    {"h5", SANITISE_HEADING_4},
    {"h6", SANITISE_HEADING_4},
    {"i", SANITISE_STRONG},
    {"img", SANITISE_IMAGE},
    {"li", SANITISE_ITEM},
    {"menu", SANITISE_LIST},
    {"ol", SANITISE_NUMBERS},
    {"strong", SANITISE_STRONG},
    {"ul", SANITISE_LIST},
};

const char *
sanitise_tag(enum sanitise_kind kind)
{
	return TAGS[kind];
}

enum sanitise_kind
sanitise_kind_of(const char *name)
{
	for (size_t i = 0; i < sizeof(KINDS) / sizeof(*KINDS); i++) {
		if (str_eq(name, KINDS[i].name))
			return KINDS[i].kind;
	}
	return SANITISE_NONE;
}

static bool
is_container(enum sanitise_kind kind)
{
	return kind >= SANITISE_LIST && kind <= SANITISE_CAPTION;
}

static bool
is_heading(enum sanitise_kind kind)
{
	return kind >= SANITISE_HEADING_2 && kind <= SANITISE_HEADING_4;
}

bool
sanitise_is_block(enum sanitise_kind kind)
{
	return kind >= SANITISE_LIST && kind <= SANITISE_HEADING_4;
}

static bool
is_list(enum sanitise_kind kind)
{
	return kind == SANITISE_LIST || kind == SANITISE_NUMBERS;
}

static bool
holds(const struct sanitise_path *path, enum sanitise_kind kind)
{
	for (size_t i = 0; i < path->len; i++) {
		if (path->step[i].kind == kind)
			return true;
	}
	return false;
}

static void
push(struct sanitise_path *path, enum sanitise_kind kind, unsigned number)
{
	path->step[path->len++] = (struct sanitise_step){kind, number, 0};
}

/* The containers that are wanted, with an item of ours wherever something
 * stands in a list without one. Returns the innermost. */
static enum sanitise_kind
plan_containers(struct sanitise_path *plan, const struct sanitise_path *wanted)
{
	enum sanitise_kind parent = SANITISE_NONE;

	for (size_t i = 0; i < wanted->len; i++) {
		enum sanitise_kind kind = wanted->step[i].kind;

		if (!is_container(kind))
			continue;
		if (is_list(parent) && kind != SANITISE_ITEM)
			push(plan, SANITISE_ITEM, 0);
		push(plan, kind, wanted->step[i].number);
		parent = kind;
	}
	if (is_list(parent)) {
		push(plan, SANITISE_ITEM, 0);
		parent = SANITISE_ITEM;
	}
	return parent;
}

void
sanitise_plan(struct sanitise_path *plan, const struct sanitise_path *wanted,
    unsigned block, bool image)
{
	enum sanitise_kind kind = SANITISE_PARAGRAPH;
	enum sanitise_kind parent;

	plan->len = 0;
	parent = plan_containers(plan, wanted);
	for (size_t i = 0; i < wanted->len; i++) {
		if (is_heading(wanted->step[i].kind))
			kind = wanted->step[i].kind;
	}
	if (parent != SANITISE_CAPTION &&
	    !(parent == SANITISE_ITEM && kind == SANITISE_PARAGRAPH) &&
	    !(parent == SANITISE_FIGURE && image))
		push(plan, kind, block);
	for (size_t i = 0; i < wanted->len; i++) {
		const struct sanitise_step *step = &wanted->step[i];

		if (step->kind == SANITISE_LINK ||
		    step->kind == SANITISE_STRONG)
			push(plan, step->kind, step->number);
	}
}

/* Items stand in lists, captions in figures, and in a caption is only text. */
static bool
may_contain(const struct sanitise_path *wanted, enum sanitise_kind kind)
{
	enum sanitise_kind parent = SANITISE_NONE;
	size_t depth = 0;

	for (size_t i = 0; i < wanted->len; i++) {
		enum sanitise_kind other = wanted->step[i].kind;

		if (!is_container(other))
			continue;
		parent = other;
		depth += other != SANITISE_ITEM && other != SANITISE_CAPTION;
	}
	if (parent == SANITISE_CAPTION)
		return false;
	if (kind == SANITISE_ITEM)
		return is_list(parent);
	if (kind == SANITISE_CAPTION)
		return parent == SANITISE_FIGURE;
	return depth < SANITISE_NEST &&
	       !(kind == SANITISE_FIGURE && holds(wanted, kind));
}

bool
sanitise_want(
    struct sanitise_path *wanted, enum sanitise_kind kind, unsigned number)
{
	for (size_t i = 0; i < wanted->len && !is_container(kind); i++) {
		enum sanitise_kind other = wanted->step[i].kind;

		if (kind == other || (is_heading(kind) && is_heading(other)))
			return false;
	}
	if (is_container(kind) && !may_contain(wanted, kind))
		return false;
	push(wanted, kind, number);
	return true;
}

size_t
sanitise_same(
    const struct sanitise_path *plan, const struct sanitise_path *open)
{
	size_t n = 0;

	for (; n < plan->len && n < open->len; n++) {
		const struct sanitise_step *a = &plan->step[n];
		const struct sanitise_step *b = &open->step[n];

		if (a->kind != b->kind ||
		    (a->number != 0 && a->number != b->number))
			break;
	}
	return n;
}
