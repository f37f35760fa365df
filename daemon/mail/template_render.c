/* SPDX-License-Identifier: ISC */
#include "mail/template_render.h"

#include "mail/template_any.h"
#include "mail/template_build.h"
#include "mail/template_frame.h"
#include "mail/template_sentence.h"
#include "text/bidi.h"

#include <string.h>

#define SCRATCH_MAX ((size_t)1024 * 1024)

/* What things cost, in steps of some 50 ns. */
#define STEPS_NODE     2
#define STEPS_SENTENCE 50
#define BYTES_A_STEP   2

struct renderer {
	struct str *out;
	const struct template *template;
	const struct template_style *style;
	struct template_frames frames;
	const struct template_node *list; /* innermost; or NULL */
	struct err *err;
};

static int render_range(struct renderer *r, size_t from, size_t to);

/* Text that is ready for its place, in the making. */
struct made {
	struct str text;
	enum template_type type; /* TEXT or HTML */
};

static void
take_text(const struct renderer *r, size_t len)
{
	template_frame_take(&r->frames, len / BYTES_A_STEP);
}

/* False where no step is left. */
static bool
may_go_on(const struct renderer *r, const struct template_node *node)
{
	const struct template_node *at = r->list != NULL ? r->list : node;

	template_frame_take(&r->frames, STEPS_NODE);
	if (*r->frames.steps > 0)
		return true;
	(void)err_set(r->err, ERR_CONFIG, "rendering takes too long: %s",
	    r->list != NULL ? "less of it inside of a list, and no list inside "
			      "of another one"
			    : "make it shorter");
	if (at->spot.source != NULL)
		(void)template_source_wrap(r->err, at->spot);
	return false;
}

static void
put_clean(const struct renderer *r, const char *text)
{
	struct str clean;
	size_t len = strlen(text);

	take_text(r, len);
	str_init(&clean, SCRATCH_MAX);
	bidi_clean(&clean, text, len);
	template_hole_text(r->out, clean.data, r->template->mode);
	r->out->bad |= clean.bad;
	str_release(&clean);
}

/* Html that was sanitised: nothing in it can be the mark of a hole. (NFC, as
 * bidi_clean() makes it, would join the '>' of a tag with what follows.) */
static void
put_html(struct str *out, const char *html)
{
	while (*html != '\0') {
		const char *from = html;

		while ((unsigned char)*html >= ' ' || *html == '\n' ||
		       *html == '\t')
			html++;
		str_add_bytes(out, from, (size_t)(html - from));
		if (*html != '\0')
			html++;
	}
}

/* A value of a generic template cannot be what is wanted of it. */
static int
not_that(const struct renderer *r, const struct template_node *node,
    const struct template_value *value, enum template_type wanted)
{
	(void)err_set(r->err, ERR_DATA, "'%s' is %s where %s is wanted",
	    node->expression.name, template_names_type(value->type),
	    template_names_type(wanted));
	return template_source_wrap(r->err, node->spot);
}

/* Runs a value through its filters. Each reads `text` and writes `made`; then
 * the two change places. */
static int
run_filters(const struct renderer *r, const struct template_node *node,
    const struct template_value *value, struct made *out)
{
	struct str made;
	struct str full;
	int rc = 0;

	str_init(&made, SCRATCH_MAX);
	if (value->type == TEMPLATE_TYPE_TEXT) {
		bidi_clean(&out->text, value->text, strlen(value->text));
		take_text(r, out->text.len);
	}
	for (size_t i = 0; rc == 0 && i < node->expression.filters; i++) {
		const struct template_call *call = &node->expression.calls[i];
		const struct template_filter_input in = {out->text.data,
		    value->number, call->argument, r->template->mode, r->style};

		template_frame_take(&r->frames, call->filter->steps);
		take_text(r, out->text.len);
		str_reset(&made);
		rc = call->filter->apply(&made, &in, r->err);
		out->type = template_filter_to(call->filter, r->template->mode);
		full = out->text;
		out->text = made;
		made = full;
	}
	str_release(&made);
	return rc;
}

static int
render_filtered(const struct renderer *r, const struct template_node *node,
    const struct template_value *value)
{
	struct made made = {.type = value->type};
	int rc;

	str_init(&made.text, SCRATCH_MAX);
	rc = run_filters(r, node, value, &made);
	if (rc == 0 && made.type == TEMPLATE_TYPE_HTML) {
		str_add(r->out, made.text.data);
	} else if (rc == 0) {
		template_hole_text(r->out, made.text.data, r->template->mode);
	}
	r->out->bad |= made.text.bad;
	str_release(&made.text);
	return rc;
}

/* A value whose type nobody promised. */
static int
render_any(const struct renderer *r, const struct template_node *node,
    const struct template_value *value)
{
	bool filtered = node->expression.filters > 0;
	enum template_type wanted = filtered
					? node->expression.calls[0].filter->from
					: TEMPLATE_TYPE_TEXT;
	char room[TEMPLATE_ANY_ROOM];
	struct template_value as;
	int rc = 0;

	if (!template_any_as(&as, room, value, wanted))
		return not_that(r, node, value, wanted);
	if (filtered) {
		rc = render_filtered(r, node, &as);
	} else if (node->link && r->template->mode == TEMPLATE_HTML) {
		rc = template_hole_url(r->out, node->expression.name, as.text,
		    r->template->mode, r->err);
	} else {
		put_clean(r, as.text);
	}
	return rc == 0 ? 0 : template_source_wrap(r->err, node->spot);
}

static int
put_color(const struct renderer *r, const struct template_value *value)
{
	if (!template_hole_color_ok(value->text)) {
		return err_set(r->err, ERR_DATA,
		    "'%s' is no color such as #0b4f8a: '%.100s'", value->name,
		    value->text);
	}
	str_add(r->out, value->text);
	return 0;
}

static int
render_value(const struct renderer *r, const struct template_node *node)
{
	struct template_value own;
	const struct template_value *value = NULL;
	int found;

	if (node->name->type == TEMPLATE_TYPE_HOLE_URL) {
		template_hole_add(r->out, node->name->name, r->template->mode);
		return 0;
	}
	found = template_frame_find(&value, &r->frames, node, &own, r->err);
	if (found <= 0)
		return found;
	if (node->name->type == TEMPLATE_TYPE_ANY)
		return render_any(r, node, value);
	if (node->expression.filters > 0)
		return render_filtered(r, node, value);
	if (value->type == TEMPLATE_TYPE_URL) {
		return template_hole_url(r->out, value->name, value->text,
		    r->template->mode, r->err);
	}
	if (value->type == TEMPLATE_TYPE_COLOR)
		return put_color(r, value);
	if (value->type == TEMPLATE_TYPE_NUMBER) {
		str_addf(r->out, "%lld", (long long)value->number);
	} else if (value->type == TEMPLATE_TYPE_HTML) {
		put_html(r->out, value->text);
	} else {
		put_clean(r, value->text);
	}
	return 0;
}

static int
render_sentence(const struct renderer *r, const char *key)
{
	struct str sentence;
	int rc;

	template_frame_take(&r->frames, STEPS_SENTENCE);
	str_init(&sentence, SCRATCH_MAX);
	rc = template_sentence_add(&sentence, r->style->messages, key, r->err);
	if (rc == 0)
		put_clean(r, sentence.data);
	str_release(&sentence);
	return rc;
}

static bool
is_true(const struct template_value *value)
{
	switch (value->type) {
	case TEMPLATE_TYPE_TEXT:
	case TEMPLATE_TYPE_COLOR:
	case TEMPLATE_TYPE_URL: return value->text[0] != '\0';
	case TEMPLATE_TYPE_OBJECT: return true;
	case TEMPLATE_TYPE_LIST: return value->count > 0;
	case TEMPLATE_TYPE_NUMBER:
	case TEMPLATE_TYPE_DATE:
	case TEMPLATE_TYPE_BOOL: return value->number != 0;
	case TEMPLATE_TYPE_HTML:
	case TEMPLATE_TYPE_HOLE_URL: /* no section: template_build */
	case TEMPLATE_TYPE_ANY:
	case TEMPLATE_TYPES: break;
	}
	return false;
}

static int
render_list(struct renderer *r, const struct template_value *list,
    const struct template_node *node, size_t from)
{
	const struct template_node *around = r->list;
	int rc = 0;

	r->list = node;
	for (size_t i = 0; rc == 0 && i < list->count && !r->out->bad; i++) {
		if (!may_go_on(r, node))
			return -1;
		template_frame_item(&r->frames, list, i);
		rc = render_range(r, from, node->end);
		r->frames.depth--;
	}
	r->list = around;
	return rc;
}

static int
render_section(struct renderer *r, size_t at)
{
	const struct template_node *node = &r->template->nodes[at];
	struct template_value own;
	const struct template_value *value = NULL;
	int found = template_frame_find(&value, &r->frames, node, &own, r->err);
	int rc;

	if (found < 0)
		return -1;
	if ((found > 0 && is_true(value)) != (node->kind == NODE_SECTION))
		return 0;
	if (node->kind == NODE_INVERTED)
		return render_range(r, at + 1, node->end);
	if (value->type == TEMPLATE_TYPE_LIST)
		return render_list(r, value, node, at + 1);
	if (node->name->type != TEMPLATE_TYPE_ANY)
		return render_range(r, at + 1, node->end);
	template_frame_value(&r->frames, value);
	rc = render_range(r, at + 1, node->end);
	r->frames.depth--;
	return rc;
}

static int
render_range(struct renderer *r, size_t from, size_t to)
{
	int rc = 0;

	for (size_t i = from; rc == 0 && i < to && !r->out->bad; i++) {
		const struct template_node *node = &r->template->nodes[i];

		if (!may_go_on(r, node))
			return -1;
		switch (node->kind) {
		case NODE_LITERAL:
			str_add_bytes(r->out, node->text, node->len);
			break;
		case NODE_VALUE: rc = render_value(r, node); break;
		case NODE_SENTENCE:
			rc = render_sentence(r, node->expression.name);
			break;
		case NODE_SECTION:
		case NODE_INVERTED:
			rc = render_section(r, i);
			i = node->end;
			break;
		case NODE_END: break;
		}
	}
	return rc;
}

int
template_render(struct str *out, const struct template *template,
    const struct template_value *values, const struct template_style *style,
    struct err *err)
{
	size_t steps = TEMPLATE_STEPS;
	struct renderer r = {.out = out,
	    .template = template,
	    .style = style,
	    .frames = {.at = {{.values = values}},
		.steps = style->steps != NULL ? style->steps : &steps},
	    .err = err};

	if (render_range(&r, 0, template->count) != 0) {
		if (*r.frames.steps == 0 ||
		    (err->code == ERR_DATA && template->kind->names == NULL))
			return -1; /* it has its place */
		return err_wrap(err, "template '%s'", template->name);
	}
	if (out->bad) {
		return err_set(err, ERR_INPUT,
		    "template '%s' gives more than %zu bytes", template->name,
		    out->max);
	}
	return 0;
}
