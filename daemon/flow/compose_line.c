/* SPDX-License-Identifier: ISC */
#include "flow/compose_line.h"

#include "text/excerpt.h"
#include "text/point.h"

#define LINE_MAX  ((size_t)1024 * 1024)
#define TITLE_MIN 12 /* graphemes: less of a title says nothing */

struct line {
	const struct template *template;
	enum template_kind kind;
	const char *name; /* for errors */
	size_t room;
};

static int
render(struct str *out, const struct line *line,
    const struct template_value *values, const struct template_style *style,
    struct err *err)
{
	struct str text;
	int rc;

	str_init(&text, LINE_MAX);
	rc = template_render(&text, line->template, values, style, err);
	if (rc != 0) {
		rc = err_wrap(err, "%s", line->name);
	} else {
		str_reset(out);
		excerpt_make(out, text.data, LINE_MAX);
	}
	str_release(&text);
	return rc;
}

static bool
uses_title(const struct line *line)
{
	const struct template_name *names =
	    template_names_kind(line->kind)->names;

	return template_uses(
	    line->template, template_names_find(names, "title"));
}

/* The title gives way, so that what stands after it is seen. It is cut at a
 * word, so that a character less may change nothing yet. */
static int
fit_title(struct str *out, const struct line *line,
    struct compose_values *values, const struct template_style *style,
    struct err *err)
{
	size_t title = uses_title(line) ? line->room : TITLE_MIN;
	size_t length;

	for (;;) {
		if (render(out, line, compose_values_line(values, title), style,
			err) != 0)
			return -1;
		length = excerpt_length(out->data);
		if (length <= line->room || title <= TITLE_MIN)
			return 0;
		length -= line->room;
		title = title > TITLE_MIN + length ? title - length : TITLE_MIN;
	}
}

static int
make_line(struct str *out, const struct line *line,
    struct compose_values *values, const struct template_style *style,
    struct err *err)
{
	struct str text;
	int rc;

	str_init(&text, LINE_MAX);
	rc = fit_title(&text, line, values, style, err);
	/* What is cut gets an ellipsis, which counts. */
	if (rc == 0 && excerpt_length(text.data) > line->room) {
		excerpt_make(out, text.data, line->room - 1);
	} else if (rc == 0) {
		str_add_bytes(out, text.data, text.len);
	}
	str_release(&text);
	return rc;
}

int
compose_line_both(struct compose_lines *lines, struct compose_values *values,
    const struct shelf_digest *digest, const struct template_style *style,
    struct err *err)
{
	const struct line subject = {
	    digest->subject, TEMPLATE_SUBJECT, "subject.txt", COMPOSE_SUBJECT};
	const struct line preheader = {digest->preheader, TEMPLATE_PREHEADER,
	    "preheader.txt", COMPOSE_PREHEADER};

	if (make_line(&lines->subject, &subject, values, style, err) != 0)
		return -1;
	if (!point_seen(lines->subject.data)) {
		str_reset(&lines->subject);
		str_add(&lines->subject, compose_values_title(values));
	}
	return make_line(&lines->preheader, &preheader, values, style, err);
}
