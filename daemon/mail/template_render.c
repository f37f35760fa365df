/* SPDX-License-Identifier: ISC */
#include "mail/template_render.h"

#include "mail/template_build.h"
#include "mail/template_sentence.h"
#include "text/bidi.h"

#include <string.h>

#define SCRATCH_MAX ((size_t)1024 * 1024)

/* A hole in a rendered body: MARK, the mode it is to be escaped in, the name,
 * MARK. The byte is in no literal (template_build) and in no value (below). */
#define MARK      '\x01'
#define MARK_HTML 'h'
#define MARK_TEXT 't'

/* One item of a list, or the values outside of all lists. */
struct frame {
	const struct template_value *values;
	size_t index;
	size_t count;
};

struct renderer {
	struct str *out;
	const struct template *template;
	const struct template_style *style;
	struct frame frames[TEMPLATE_NEST + 1];
	size_t depth;
	struct err *err;
};

static int render_range(struct renderer *r, size_t from, size_t to);

static const struct template_value *
find_in(const struct template_value *values, const char *name)
{
	for (; values->name != NULL; values++) {
		if (str_eq(values->name, name))
			return values;
	}
	return NULL;
}

/* @first, @last and @index, of the innermost item. */
static const struct template_value *
loop_value(const struct renderer *r, const struct template_name *name,
    struct template_value *own)
{
	const struct frame *frame = &r->frames[r->depth];

	*own = (struct template_value){.name = name->name, .type = name->type};
	own->text = "";
	own->number = (int64_t)frame->index + 1;
	if (str_eq(name->name, "@first"))
		own->number = frame->index == 0;
	if (str_eq(name->name, "@last"))
		own->number = frame->index + 1 == frame->count;
	return own;
}

/* The value of a name, or NULL and an error; `own` is room for one that
 * nobody gave. */
static const struct template_value *
find(const struct renderer *r, const struct template_name *name,
    struct template_value *own)
{
	const struct template_value *value = NULL;
	bool text =
	    name->type == TEMPLATE_TYPE_TEXT || name->type == TEMPLATE_TYPE_URL;

	if (name->name[0] == '@')
		return loop_value(r, name, own);
	for (size_t i = r->depth + 1; value == NULL && i > 0; i--)
		value = find_in(r->frames[i - 1].values, name->name);
	if (value == NULL) {
		(void)err_set(r->err, ERR_SYSTEM, "no value for '%s' was given",
		    name->name);
		return NULL;
	}
	if (value->type != name->type || (text && value->text == NULL)) {
		(void)err_set(r->err, ERR_SYSTEM,
		    "the value for '%s' has the wrong type", name->name);
		return NULL;
	}
	return value;
}

static void
put(struct str *out, const char *text, enum template_mode mode)
{
	if (mode == TEMPLATE_HTML) {
		str_add_html(out, text);
	} else {
		str_add(out, text);
	}
}

static bool
url_ok(const char *url)
{
	static const char *const schemes[] = {"https://", "http://", "mailto:"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		if (str_starts_ci(url, schemes[i]))
			return true;
	}
	/* A path of ours; "//host" would be another site. */
	return url[0] == '\0' ||
	       (url[0] == '/' && url[1] != '/' && url[1] != '\\');
}

/* RFC 3986 2: what may not stand in a URL is percent-encoded, so that it
 * cannot end a line, an attribute or a link, nor turn one around. */
static int
put_url(struct str *out, const char *name, const char *url,
    enum template_mode mode, struct err *err)
{
	/* What no mode escapes, and so most of a URL. */
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~:/?#[]@!$()*+,;=%";
	char part[2] = "";

	if (!url_ok(url)) {
		return err_set(err, ERR_DATA,
		    "'%s' is no http, https or mailto url: '%.100s'", name,
		    url);
	}
	for (; *url != '\0'; url++) {
		size_t n = strspn(url, plain);
		unsigned char c = (unsigned char)url[n];

		str_add_bytes(out, url, n);
		url += n;
		if (c == '\0')
			break;
		if (c > 0x20 && c < 0x7f && strchr("\"<>\\^`{|}", c) == NULL) {
			part[0] = (char)c;
			put(out, part, mode);
		} else {
			str_addf(out, "%%%02X", c);
		}
	}
	return 0;
}

static void
put_hole(struct str *out, const char *name, enum template_mode mode)
{
	const char open[] = {
	    MARK, mode == TEMPLATE_HTML ? MARK_HTML : MARK_TEXT};
	const char close[] = {MARK};

	str_add_bytes(out, open, sizeof(open));
	str_add(out, name);
	str_add_bytes(out, close, sizeof(close));
}

static void
put_clean(const struct renderer *r, const char *text)
{
	struct str clean;

	str_init(&clean, SCRATCH_MAX);
	bidi_clean(&clean, text, strlen(text));
	put(r->out, clean.data, r->template->mode);
	r->out->bad |= clean.bad;
	str_release(&clean);
}

/* Runs a value through its filters and prints what comes out. Each filter
 * reads `text` and writes `made`; then the two change places. */
static int
render_filtered(const struct renderer *r, const struct template_node *node,
    const struct template_value *value)
{
	struct str text;
	struct str made;
	struct str full;
	enum template_type type = value->type;
	int rc = -1;

	str_init(&text, SCRATCH_MAX);
	str_init(&made, SCRATCH_MAX);
	if (value->type == TEMPLATE_TYPE_TEXT)
		bidi_clean(&text, value->text, strlen(value->text));
	for (size_t i = 0; i < node->expression.filters; i++) {
		const struct template_call *call = &node->expression.calls[i];
		const struct template_filter_input in = {text.data,
		    value->number, call->argument, r->template->mode, r->style};

		str_reset(&made);
		if (call->filter->apply(&made, &in, r->err) != 0)
			goto out;
		type = template_filter_to(call->filter, r->template->mode);
		full = text;
		text = made;
		made = full;
	}
	if (type == TEMPLATE_TYPE_HTML) {
		str_add(r->out, text.data);
	} else {
		put(r->out, text.data, r->template->mode);
	}
	r->out->bad |= text.bad;
	rc = 0;
out:
	str_release(&text);
	str_release(&made);
	return rc;
}

static int
render_value(const struct renderer *r, const struct template_node *node)
{
	struct template_value own;
	const struct template_value *value;

	if (node->name->type == TEMPLATE_TYPE_HOLE_URL) {
		put_hole(r->out, node->name->name, r->template->mode);
		return 0;
	}
	value = find(r, node->name, &own);
	if (value == NULL)
		return -1;
	if (node->expression.filters > 0)
		return render_filtered(r, node, value);
	if (value->type == TEMPLATE_TYPE_URL) {
		return put_url(r->out, value->name, value->text,
		    r->template->mode, r->err);
	}
	if (value->type == TEMPLATE_TYPE_NUMBER) {
		str_addf(r->out, "%lld", (long long)value->number);
		return 0;
	}
	put_clean(r, value->text);
	return 0;
}

static int
render_sentence(const struct renderer *r, const char *key)
{
	struct str sentence;
	int rc;

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
	case TEMPLATE_TYPE_URL: return value->text[0] != '\0';
	case TEMPLATE_TYPE_LIST: return value->count > 0;
	case TEMPLATE_TYPE_NUMBER:
	case TEMPLATE_TYPE_DATE:
	case TEMPLATE_TYPE_BOOL: return value->number != 0;
	case TEMPLATE_TYPE_HTML:
	case TEMPLATE_TYPE_HOLE_URL: break; /* no section: template_build */
	}
	return false;
}

static int
render_list(struct renderer *r, const struct template_value *list, size_t from,
    size_t to)
{
	int rc = 0;

	r->depth++;
	for (size_t i = 0; rc == 0 && i < list->count; i++) {
		r->frames[r->depth] =
		    (struct frame){list->items[i], i, list->count};
		rc = render_range(r, from, to);
	}
	r->depth--;
	return rc;
}

static int
render_section(struct renderer *r, size_t at)
{
	const struct template_node *node = &r->template->nodes[at];
	struct template_value own;
	const struct template_value *value = find(r, node->name, &own);

	if (value == NULL)
		return -1;
	if (is_true(value) != (node->kind == NODE_SECTION))
		return 0;
	if (node->kind == NODE_SECTION && value->type == TEMPLATE_TYPE_LIST)
		return render_list(r, value, at + 1, node->end);
	return render_range(r, at + 1, node->end);
}

static int
render_range(struct renderer *r, size_t from, size_t to)
{
	int rc = 0;

	for (size_t i = from; rc == 0 && i < to && !r->out->bad; i++) {
		const struct template_node *node = &r->template->nodes[i];

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
	struct renderer r = {.out = out,
	    .template = template,
	    .style = style,
	    .frames = {{values, 0, 1}},
	    .err = err};

	if (render_range(&r, 0, template->count) != 0)
		return err_wrap(err, "template '%s'", template->name);
	if (out->bad) {
		return err_set(err, ERR_INPUT,
		    "template '%s' gives more than %zu bytes", template->name,
		    out->max);
	}
	return 0;
}

bool
template_find_hole(const char *rendered, size_t len, size_t *at, size_t *size)
{
	const char *open = memchr(rendered, MARK, len);
	const char *close;
	size_t rest;

	if (open == NULL)
		return false;
	*at = (size_t)(open - rendered);
	rest = len - *at;
	close = memchr(open + 1, MARK, rest - 1);
	*size = close != NULL ? (size_t)(close - open) + 1 : rest;
	return true;
}

/* A hole as template_find_hole() finds it: a mark, "h" or "t" and the name, a
 * mark. */
static int
splice_hole(struct str *out, const char *hole, size_t size,
    const struct template_hole *holes, struct err *err)
{
	const char *name = hole + 2;
	size_t len = size - 3;

	if (size < 2 || hole[size - 1] != MARK)
		return err_set(err, ERR_DATA, "body ends in a damaged hole");
	if (size < 4 || (hole[1] != MARK_HTML && hole[1] != MARK_TEXT))
		return err_set(err, ERR_DATA, "body holds a damaged hole");
	for (; holes->name != NULL; holes++) {
		if (strlen(holes->name) == len &&
		    memcmp(holes->name, name, len) == 0) {
			return put_url(out, holes->name, holes->value,
			    hole[1] == MARK_HTML ? TEMPLATE_HTML
						 : TEMPLATE_TEXT,
			    err);
		}
	}
	return err_set(err, ERR_SYSTEM, "no value for hole '%.*s' was given",
	    (int)(len > 64 ? 64 : len), name);
}

int
template_splice(struct str *out, const char *rendered, size_t len,
    const struct template_hole *holes, struct err *err)
{
	size_t at, size;

	while (template_find_hole(rendered, len, &at, &size)) {
		str_add_bytes(out, rendered, at);
		if (splice_hole(out, rendered + at, size, holes, err) != 0)
			return -1;
		rendered += at + size;
		len -= at + size;
	}
	str_add_bytes(out, rendered, len);
	if (out->bad) {
		return err_set(
		    err, ERR_INPUT, "body is longer than %zu bytes", out->max);
	}
	return 0;
}
