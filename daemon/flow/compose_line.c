/* SPDX-License-Identifier: ISC */
#include "flow/compose_line.h"

#include "text/excerpt.h"

#define LINE_MAX  ((size_t)1024 * 1024)
#define TITLE_MIN 12 /* graphemes: less of a title says nothing */
#define TURNS     8  /* a cut is at a word, so it may take some */

struct line {
	const struct template *template;
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

/* The title gives way, so that what stands after it is seen. */
static int
fit_title(struct str *out, const struct line *line,
    struct compose_values *values, const struct template_style *style,
    struct err *err)
{
	size_t title = line->room;

	for (int turn = 0; turn < TURNS; turn++) {
		size_t length;

		if (render(out, line, compose_values_line(values, title), style,
			err) != 0)
			return -1;
		length = excerpt_length(out->data);
		if (length <= line->room || title <= TITLE_MIN)
			return 0;
		title -= length - line->room;
		if (title < TITLE_MIN || title > line->room)
			title = TITLE_MIN;
	}
	return 0;
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
	    digest->subject, "subject.txt", COMPOSE_SUBJECT};
	const struct line preheader = {
	    digest->preheader, "preheader.txt", COMPOSE_PREHEADER};

	if (make_line(&lines->subject, &subject, values, style, err) != 0)
		return -1;
	return make_line(&lines->preheader, &preheader, values, style, err);
}
