/* SPDX-License-Identifier: ISC */
/*
 * sanitise_plan - which elements a sanitised text has, and which of them may
 * stand in which.
 *
 * What the source has open is wanted; a plan is what of it, and what besides,
 * must be open in HTML 5 for a text to stand there. Pure.
 */
#ifndef NASHRA_TEXT_SANITISE_PLAN_H
#define NASHRA_TEXT_SANITISE_PLAN_H

#include <stdbool.h>
#include <stddef.h>

#define SANITISE_NEST 4 /* lists and quotes in each other: each takes room */
/* An item to each list; a block, a link, a run of strong text, a caption. */
#define SANITISE_STEPS (2 * SANITISE_NEST + 4)

enum sanitise_kind {
	SANITISE_NONE,
	SANITISE_LIST,
	SANITISE_NUMBERS,
	SANITISE_ITEM,
	SANITISE_QUOTE,
	SANITISE_FIGURE,
	SANITISE_CAPTION,
	SANITISE_PARAGRAPH,
	SANITISE_HEADING_2,
	SANITISE_HEADING_3,
	SANITISE_HEADING_4,
	SANITISE_LINK,
	SANITISE_STRONG,
	SANITISE_IMAGE
};

/* Two of a kind and a number are the same element; number 0 is that of any. */
struct sanitise_step {
	enum sanitise_kind kind;
	unsigned number;
	size_t mark; /* the writer's */
};

struct sanitise_path {
	struct sanitise_step step[SANITISE_STEPS];
	size_t len;
};

/* By the name of an element of the source. Paragraphs are none: there is one
 * wherever text stands. */
enum sanitise_kind sanitise_kind_of(const char *name);
const char *sanitise_tag(enum sanitise_kind kind);
bool sanitise_is_block(enum sanitise_kind kind);

/* Adds to what is wanted; false where that may not stand there: an item out of
 * a list, a link in a link, a heading in a heading, lists without end. */
bool sanitise_want(
    struct sanitise_path *wanted, enum sanitise_kind kind, unsigned number);

/* `block` numbers the paragraph or the heading. */
void sanitise_plan(struct sanitise_path *plan,
    const struct sanitise_path *wanted, unsigned block, bool image);

/* How many steps from the start are the same in both. */
size_t sanitise_same(
    const struct sanitise_path *plan, const struct sanitise_path *open);

#endif
