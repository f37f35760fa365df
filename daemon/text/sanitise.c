/* SPDX-License-Identifier: ISC */
#include "text/sanitise.h"

#include "base/codec.h"
#include "text/bidi.h"
#include "text/link.h"
#include "text/sanitise_plan.h"
#include "text/tree.h"

#include <stdbool.h>
#include <string.h>

#define WORK_MAX ((size_t)8 * TREE_MAX)

#define ALT_SIZE   1000 /* bytes of a description, and NUL */
#define PIXELS_MAX 10000
#define BREAKS_MAX 2

/* Until the first strong character is met; a step's mark is where it stands,
 * 0 where it does not. */
#define DIR_UNKNOWN " dir=\"   \""
#define DIR_AT      (sizeof(" dir=\"") - 1) /* where it says which */

/* What the source has open is wanted; it is written when text comes, which
 * is how nothing empty is ever written. */
struct writer {
	struct str *out;
	struct str text;  /* up to the next element that may matter */
	struct str run;   /* up to the last: stands in what is open */
	struct str link;  /* the href of the link that is wanted */
	const char *base; /* of URLs */
	struct sanitise_path wanted;
	struct sanitise_path open;
	unsigned char kept[TREE_DEPTH + 1]; /* wanted before each element */
	size_t depth;
	size_t pre;
	unsigned number;  /* of the last element that has one */
	unsigned block;   /* goes up at every edge of a block */
	unsigned written; /* the block of the last text */
	int breaks;       /* owed before the next text of this block */
	bool space;       /* owed too */
	size_t elements;
};

static void
open_step(struct writer *writer, struct sanitise_step step)
{
	struct str *out = writer->out;

	str_addf(out, "<%s", sanitise_tag(step.kind));
	if (sanitise_is_block(step.kind)) {
		step.mark = out->len;
		str_add(out, DIR_UNKNOWN);
	} else if (step.kind == SANITISE_LINK) {
		str_add(out, " href=\"");
		str_add_html(out, writer->link.data);
		str_add(out, "\"");
	}
	str_add(out, ">");
	writer->open.step[writer->open.len++] = step;
	writer->elements++;
}

/* A block whose direction nothing told does without. */
static void
close_step(struct writer *writer)
{
	struct sanitise_step *step = &writer->open.step[--writer->open.len];
	struct str *out = writer->out;

	if (step->mark > 0 && !out->bad) {
		size_t behind = step->mark + strlen(DIR_UNKNOWN);

		memmove(out->data + step->mark, out->data + behind,
		    out->len - behind + 1);
		out->len -= strlen(DIR_UNKNOWN);
	}
	str_addf(out, "</%s>", sanitise_tag(step->kind));
}

/* The first strong character is that of all that is open and has none yet;
 * where the innermost block has one, those around it have. */
static void
direct(struct writer *writer, const char *text)
{
	enum bidi_dir dir = BIDI_NEUTRAL;

	for (size_t i = writer->open.len; i-- > 0;) {
		struct sanitise_step *step = &writer->open.step[i];

		if (!sanitise_is_block(step->kind))
			continue;
		if (step->mark == 0)
			return;
		if (dir == BIDI_NEUTRAL)
			dir = bidi_first(text);
		if (dir == BIDI_NEUTRAL || writer->out->bad)
			return;
		memcpy(writer->out->data + step->mark + DIR_AT,
		    dir == BIDI_RTL ? "rtl" : "ltr", 3);
		step->mark = 0;
	}
}

/* Room between what stands in this block and what comes. */
static void
settle(struct writer *writer)
{
	if (writer->breaks == 0 && writer->written != writer->block)
		writer->breaks = 1; /* a block within an item */
	for (int i = 0; i < writer->breaks && i < BREAKS_MAX; i++) {
		str_add(writer->out, "<br>");
		writer->elements++;
	}
	if (writer->breaks == 0 && writer->space)
		str_add(writer->out, " ");
}

/* Writes what stands in the innermost element. It is cleaned as a whole: a
 * letter and its mark may have come in two pieces. */
static void
put_run(struct writer *writer)
{
	struct str clean;
	const char *text;

	if (writer->run.len == 0)
		return;
	str_init(&clean, WORK_MAX);
	bidi_clean_run(&clean, writer->run.data, writer->run.len);
	text = clean.data;
	direct(writer, text);
	/* Behind a tag this mark would be composed with its '>' by whoever
	 * makes the whole NFC, and the tag be gone. */
	if (writer->out->len > 0 &&
	    writer->out->data[writer->out->len - 1] == '>' &&
	    str_starts(text, "\u0338")) {
		str_add(writer->out, "&#824;");
		text += strlen("\u0338");
	}
	str_add_html(writer->out, text);
	if (clean.bad || writer->run.bad)
		writer->out->bad = true;
	str_reset(&writer->run);
	str_release(&clean);
}

/* Closes what is not wanted any more, opens what is. */
static void
align(struct writer *writer, const struct sanitise_path *plan)
{
	struct sanitise_path *open = &writer->open;
	size_t same = sanitise_same(plan, open);
	bool other =
	    (same < plan->len && sanitise_is_block(plan->step[same].kind)) ||
	    (same < open->len && sanitise_is_block(open->step[same].kind));

	put_run(writer);
	while (open->len > same)
		close_step(writer);
	if (!other)
		settle(writer);
	for (; same < plan->len; same++)
		open_step(writer, plan->step[same]);
	writer->written = writer->block;
	writer->breaks = 0;
	writer->space = false;
}

/* Goes on where the last text stands, or somewhere else. */
static void
put_text(struct writer *writer, const char *text)
{
	struct sanitise_path plan;

	sanitise_plan(&plan, &writer->wanted, writer->block, false);
	if (writer->run.len > 0 && writer->breaks == 0 &&
	    writer->written == writer->block && plan.len == writer->open.len &&
	    sanitise_same(&plan, &writer->open) == plan.len) {
		str_add(&writer->run, writer->space ? " " : "");
	} else {
		align(writer, &plan);
	}
	str_add(&writer->run, text);
}

/* Takes the text that came. It is cleaned between two full stops, which
 * compose with nothing, to learn whether there was white space at its ends. */
static void
flush(struct writer *writer)
{
	struct str framed;
	struct str clean;

	if (writer->text.len == 0)
		return;
	str_init(&framed, WORK_MAX);
	str_init(&clean, WORK_MAX);
	str_add(&framed, ".");
	str_add_bytes(&framed, writer->text.data, writer->text.len);
	str_add(&framed, ".");
	bidi_clean_run(&clean, framed.data, framed.len);
	if (clean.bad || framed.bad || writer->text.bad) {
		writer->out->bad = true;
	} else if (str_eq(clean.data, ". .")) {
		writer->space = true;
	} else if (clean.len > 2) {
		bool before = clean.data[1] == ' ';
		bool behind = clean.data[clean.len - 2] == ' ';

		clean.data[clean.len - (behind ? 2 : 1)] = '\0';
		writer->space |= before;
		put_text(writer, clean.data + (before ? 2 : 1));
		writer->space = behind;
	}
	str_reset(&writer->text);
	str_release(&framed);
	str_release(&clean);
}

static void
edge(struct writer *writer)
{
	flush(writer);
	writer->block++;
}

static void
add_pixels(struct str *out, const char *name, int64_t pixels)
{
	if (pixels > 1)
		str_addf(out, " %s=\"%lld\"", name, (long long)pixels);
}

/* 0 where there is none that can be used. */
static int64_t
pixels_of(const struct tree_element *element, const char *name)
{
	const char *value = tree_attribute(element, name);
	int64_t pixels = 0;

	if (value == NULL || !codec_int(&pixels, value, 1, PIXELS_MAX))
		return value != NULL && str_eq(value, "0") ? 1 : 0;
	return pixels;
}

static void
add_alt(struct str *out, const char *alt)
{
	struct str clean;
	char line[ALT_SIZE];
	size_t n;

	str_init(&clean, WORK_MAX);
	bidi_clean_line(&clean, alt, strlen(alt));
	str_cut(line, sizeof(line), clean.data);
	n = strlen(line);
	if (n > 0 && line[n - 1] == ' ')
		line[n - 1] = '\0';
	str_add(out, " alt=\"");
	str_add_html(out, line);
	str_add(out, "\"");
	str_release(&clean);
}

/* Images of one pixel count who reads. */
static void
put_image(struct writer *writer, const struct tree_element *element)
{
	const char *source = tree_attribute(element, "src");
	const char *alt = tree_attribute(element, "alt");
	int64_t width = pixels_of(element, "width");
	int64_t height = pixels_of(element, "height");
	struct sanitise_path plan;
	struct str url;

	if (source == NULL || width == 1 || height == 1)
		return;
	str_init(&url, LINK_MAX);
	if (link_resolve(&url, writer->base, source, LINK_IMAGE)) {
		flush(writer);
		sanitise_plan(&plan, &writer->wanted, writer->block, true);
		align(writer, &plan);
		if (width > SANITISE_WIDTH) {
			height = height * SANITISE_WIDTH / width;
			width = SANITISE_WIDTH;
		}
		str_add(writer->out, "<img src=\"");
		str_add_html(writer->out, url.data);
		str_add(writer->out, "\"");
		add_alt(writer->out, alt != NULL ? alt : "");
		add_pixels(writer->out, "width", width);
		add_pixels(writer->out, "height", height);
		str_add(writer->out, ">");
		writer->elements++;
	}
	str_release(&url);
}

static void
put_break(struct writer *writer)
{
	flush(writer);
	/* Two in a text with lines of its own are a blank line. */
	if (writer->pre > 0 && writer->breaks > 0)
		edge(writer);
	writer->breaks++;
	writer->space = false;
}

/* Text up to here stands without what is wanted from here on. */
static void
want(struct writer *writer, const struct tree_element *element,
    enum sanitise_kind kind)
{
	const char *href = tree_attribute(element, "href");
	struct str link;

	flush(writer);
	if (kind != SANITISE_LINK) {
		(void)sanitise_want(&writer->wanted, kind,
		    kind == SANITISE_STRONG ? 0 : ++writer->number);
		return;
	}
	str_init(&link, LINK_MAX);
	if (href != NULL &&
	    link_resolve(&link, writer->base, href, LINK_PAGE) &&
	    sanitise_want(&writer->wanted, kind, ++writer->number)) {
		str_reset(&writer->link);
		str_add(&writer->link, link.data);
	}
	str_release(&link);
}

static bool
has_edges(const struct tree_element *element)
{
	return element->role == TREE_BLOCK || element->role == TREE_LINE ||
	       element->role == TREE_ITEM || element->role == TREE_PRE;
}

static void
on_start(void *arg, const struct tree_element *element)
{
	struct writer *writer = arg;
	enum sanitise_kind kind = sanitise_kind_of(element->name);

	writer->kept[writer->depth++] = (unsigned char)writer->wanted.len;
	if (has_edges(element))
		edge(writer);
	if (element->role == TREE_BREAK) {
		put_break(writer);
	} else if (element->role == TREE_CELL) {
		str_add(&writer->text, " ");
	} else if (element->role == TREE_PRE) {
		writer->pre++;
	}
	if (kind == SANITISE_IMAGE) {
		put_image(writer, element);
	} else if (kind != SANITISE_NONE) {
		want(writer, element, kind);
	}
}

static void
on_end(void *arg, const struct tree_element *element)
{
	struct writer *writer = arg;
	size_t kept = writer->kept[--writer->depth];

	if (has_edges(element)) {
		edge(writer);
	} else if (kept != writer->wanted.len) {
		flush(writer);
	}
	writer->wanted.len = kept;
	writer->pre -= element->role == TREE_PRE;
}

static void
on_text(void *arg, const char *text, size_t n)
{
	struct writer *writer = arg;
	const char *end = text + n;
	const char *line;

	while (writer->pre > 0 &&
	       (line = memchr(text, '\n', (size_t)(end - text))) != NULL) {
		str_add_bytes(&writer->text, text, (size_t)(line - text));
		put_break(writer);
		text = line + 1;
	}
	str_add_bytes(&writer->text, text, (size_t)(end - text));
}

int
sanitise_html(struct str *out, const char *html, size_t len, const char *base,
    struct err *err)
{
	struct str clean;
	struct writer writer = {.out = &clean, .base = base, .block = 1};
	const struct tree_reader reader = {&writer, on_start, on_end, on_text};
	int rc;

	str_init(&clean, WORK_MAX);
	str_init(&writer.text, WORK_MAX);
	str_init(&writer.run, WORK_MAX);
	str_init(&writer.link, (size_t)2 * LINK_MAX);
	rc = tree_read(&reader, html, len, err);
	flush(&writer);
	put_run(&writer);
	while (writer.open.len > 0)
		close_step(&writer);
	if (rc == 0 && writer.elements > SANITISE_ELEMENTS) {
		rc = err_set(err, ERR_INPUT, "HTML of more than %d elements",
		    SANITISE_ELEMENTS);
	}
	if (rc == 0 && !clean.bad)
		str_add_bytes(out, clean.data, clean.len);
	if (rc == 0 && (clean.bad || out->bad))
		rc = err_set(err, ERR_INPUT, "the HTML is too long");
	str_release(&clean);
	str_release(&writer.text);
	str_release(&writer.run);
	str_release(&writer.link);
	return rc;
}
