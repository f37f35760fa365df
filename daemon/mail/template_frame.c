/* SPDX-License-Identifier: ISC */
#include "mail/template_frame.h"

#include <string.h>

#define VALUES_A_STEP 4 /* names that are compared at the cost of one */

void
template_frame_take(const struct template_frames *frames, size_t steps)
{
	*frames->steps -= steps < *frames->steps ? steps : *frames->steps;
}

static const struct template_value *
find_in(const struct template_frames *frames,
    const struct template_value *values, const char *name, size_t len)
{
	const struct template_value *value = values;

	while (value->name != NULL && (strlen(value->name) != len ||
					  memcmp(value->name, name, len) != 0))
		value++;
	template_frame_take(
	    frames, (size_t)(value - values) / VALUES_A_STEP + 1);
	return value->name != NULL ? value : NULL;
}

static const struct template_value *
find_outwards(const struct template_frames *frames, const char *name, size_t n)
{
	const struct template_value *value = NULL;

	for (size_t i = frames->depth + 1; value == NULL && i > 0; i--)
		value = find_in(frames, frames->at[i - 1].values, name, n);
	return value;
}

/* @first, @last and @index, of the innermost item; NULL outside of all. */
static const struct template_value *
loop_value(const struct template_frames *frames,
    const struct template_name *name, struct template_value *own)
{
	size_t i = frames->depth + 1;
	const struct template_frame *frame;

	while (i > 0 && frames->at[i - 1].count == 0)
		i--;
	if (i == 0)
		return NULL;
	frame = &frames->at[i - 1];
	*own = (struct template_value){
	    .name = name->name, .type = name->type, .text = ""};
	own->number = (int64_t)frame->index + 1;
	if (str_eq(name->name, "@first"))
		own->number = frame->index == 0;
	if (str_eq(name->name, "@last"))
		own->number = frame->index + 1 == frame->count;
	return own;
}

/* "a.b.c": the first part is looked for outwards, and the rest only inside of
 * what that is; "." is the innermost value itself. */
static const struct template_value *
find_any(const struct template_frames *frames, const char *name)
{
	size_t n = strcspn(name, ".");
	const struct template_value *value;

	if (n == 0) {
		return find_in(
		    frames, frames->at[frames->depth].values, ".", 1);
	}
	value = find_outwards(frames, name, n);
	while (value != NULL && name[n] == '.') {
		name += n + 1;
		n = strcspn(name, ".");
		if (value->type != TEMPLATE_TYPE_OBJECT)
			return NULL;
		value = find_in(frames, value->items[0], name, n);
	}
	return value;
}

static bool
holds_text(enum template_type type)
{
	return type == TEMPLATE_TYPE_TEXT || type == TEMPLATE_TYPE_URL ||
	       type == TEMPLATE_TYPE_HTML || type == TEMPLATE_TYPE_COLOR;
}

int
template_frame_find(const struct template_value **out,
    const struct template_frames *frames, const struct template_node *node,
    struct template_value *own, struct err *err)
{
	const struct template_name *name = node->name;
	const struct template_value *value;

	if (name->type == TEMPLATE_TYPE_ANY) {
		value = find_any(frames, node->expression.name);
	} else if (name->name[0] == '@') {
		value = loop_value(frames, name, own);
	} else {
		value = find_outwards(frames, name->name, strlen(name->name));
		if (value == NULL) {
			return err_set(err, ERR_SYSTEM,
			    "no value for '%s' was given", name->name);
		}
	}
	if (value == NULL)
		return 0;
	if ((name->type != TEMPLATE_TYPE_ANY && value->type != name->type) ||
	    (holds_text(value->type) && value->text == NULL)) {
		return err_set(err, ERR_SYSTEM,
		    "the value for '%s' has the wrong type", name->name);
	}
	*out = value;
	return 1;
}

void
template_frame_item(
    struct template_frames *frames, const struct template_value *list, size_t i)
{
	frames->depth++;
	frames->at[frames->depth] = (struct template_frame){
	    .values = list->items[i], .index = i, .count = list->count};
}

void
template_frame_value(
    struct template_frames *frames, const struct template_value *value)
{
	struct template_frame *frame = &frames->at[++frames->depth];

	*frame = (struct template_frame){.values = frame->self};
	if (value->type == TEMPLATE_TYPE_OBJECT) {
		frame->values = value->items[0];
		return;
	}
	frame->self[0] = *value;
	frame->self[0].name = ".";
}
