/* SPDX-License-Identifier: ISC */
/*
 * markup - what text/sanitise promises of its output, checked by other means
 * than those it is made by: a scanner that knows exactly that subset of HTML.
 */
#ifndef NASHRA_TESTS_MARKUP_H
#define NASHRA_TESTS_MARKUP_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#define MARKUP_DEPTH 64

/* A tag, with '?' for what may be missing and, between quotes, what the value
 * must be of; and what may stand in it: (t)ext, (b)locks, (i)tems, image (m),
 * figcaption (c), (h)eadings, (l)ists and quotes. "" holds nothing: no end. */
static const struct markup_tag {
	const char *name;
	char is;
	const char *holds;
} markup_tags[] = {
    {"p", 'b', "t"},
    {"h2", 'h', "t"},
    {"h3", 'h', "t"},
    {"h4", 'h', "t"},
    {"ul", 'l', "i"},
    {"ol", 'l', "i"},
    {"li", 'i', "tlhf"},
    {"blockquote", 'l', "bhlf"},
    {"figure", 'f', "bhlcm"},
    {"figcaption", 'c', "t"},
    {"a", 't', "t"},
    {"strong", 't', "t"},
    {"img", 'm', ""},
    {"br", 't', ""},
};

struct markup {
	const char *at;
	const struct markup_tag *open[MARKUP_DEPTH];
	size_t depth;
	bool empty; /* nothing yet in the innermost */
};

static bool
markup_take(struct markup *markup, const char *text)
{
	if (!str_starts(markup->at, text))
		return false;
	markup->at += strlen(text);
	return true;
}

static bool
markup_is_open(const struct markup *markup, const char *name)
{
	for (size_t i = 0; i < markup->depth; i++) {
		if (str_eq(markup->open[i]->name, name))
			return true;
	}
	return false;
}

/* One of the references that are written. */
static bool
markup_reference(struct markup *markup)
{
	return markup_take(markup, "&amp;") || markup_take(markup, "&lt;") ||
	       markup_take(markup, "&gt;") || markup_take(markup, "&quot;") ||
	       markup_take(markup, "&#39;") || markup_take(markup, "&#824;");
}

/* Up to a tag, or to the end of a value. */
static bool
markup_text(struct markup *markup)
{
	for (; *markup->at != '\0' && *markup->at != '<' && *markup->at != '"';
	     markup->at++) {
		unsigned char c = (unsigned char)*markup->at;

		if (c == '&') {
			if (!markup_reference(markup))
				return false;
			markup->at--;
		} else if (c < ' ' || c == 0x7f || c == '>' || c == '\'') {
			return false;
		}
	}
	return true;
}

static bool
markup_url(struct markup *markup, bool image)
{
	if (!str_starts(markup->at, "https://") &&
	    !str_starts(markup->at, "http://") &&
	    (image || !str_starts(markup->at, "mailto:")))
		return false;
	return markup_text(markup) && markup_take(markup, "\"");
}

static bool
markup_pixels(struct markup *markup, const char *name, int max)
{
	int value = 0;

	if (!markup_take(markup, name))
		return true;
	for (; *markup->at >= '0' && *markup->at <= '9' && value < 100000;
	     markup->at++)
		value = value * 10 + *markup->at - '0';
	return value > 1 && value <= max && markup_take(markup, "\"");
}

static bool
markup_attributes(struct markup *markup, const struct markup_tag *tag)
{
	if (str_eq(tag->name, "a")) {
		return markup_take(markup, " href=\"") &&
		       markup_url(markup, false);
	}
	if (tag->is == 'm') {
		return markup_take(markup, " src=\"") &&
		       markup_url(markup, true) &&
		       markup_take(markup, " alt=\"") && markup_text(markup) &&
		       markup_take(markup, "\"") &&
		       markup_pixels(markup, " width=\"", 600) &&
		       markup_pixels(markup, " height=\"", 10000);
	}
	if (tag->is != 't') {
		(void)(markup_take(markup, " dir=\"rtl\"") ||
		       markup_take(markup, " dir=\"ltr\""));
	}
	return true;
}

/* A figure holds its image without a paragraph: there, and in a link there,
 * is no text. */
static bool
markup_in_figure(const struct markup *markup)
{
	size_t i = markup->depth;

	while (i > 0 && markup->open[i - 1]->is == 't')
		i--;
	return i > 0 && markup->open[i - 1]->is == 'f';
}

/* What may stand where the scanner is. Without a block around it: blocks. */
static bool
markup_fits(const struct markup *markup, const struct markup_tag *tag)
{
	const char *holds =
	    markup->depth > 0 ? markup->open[markup->depth - 1]->holds : "bhlf";

	return strchr(holds, tag->is) != NULL ||
	       (tag->is == 'm' && strchr(holds, 't') != NULL) ||
	       (tag->is == 't' && markup_in_figure(markup));
}

static bool
markup_open_tag(struct markup *markup)
{
	for (size_t i = 0; i < sizeof(markup_tags) / sizeof(*markup_tags);
	     i++) {
		const struct markup_tag *tag = &markup_tags[i];
		size_t n = strlen(tag->name);

		if (!str_starts(markup->at, tag->name) ||
		    (markup->at[n] != ' ' && markup->at[n] != '>'))
			continue;
		markup->at += n;
		if (!markup_fits(markup, tag) ||
		    (tag->is == 't' && tag->holds[0] != '\0' &&
			markup_is_open(markup, tag->name)) ||
		    !markup_attributes(markup, tag) ||
		    !markup_take(markup, ">"))
			return false;
		markup->empty = tag->holds[0] != '\0';
		if (markup->empty && markup->depth == MARKUP_DEPTH)
			return false;
		if (markup->empty)
			markup->open[markup->depth++] = tag;
		return true;
	}
	return false;
}

static bool
markup_close_tag(struct markup *markup)
{
	if (markup->depth == 0 || markup->empty)
		return false;
	markup->depth--;
	return markup_take(markup, markup->open[markup->depth]->name) &&
	       markup_take(markup, ">");
}

static bool
markup_words(struct markup *markup)
{
	if (markup_in_figure(markup))
		return markup_take(markup, " ");
	return markup->depth > 0 &&
	       strchr(markup->open[markup->depth - 1]->holds, 't') != NULL &&
	       *markup->at != '"' && markup_text(markup);
}

/* NULL where all is as promised; else where it is not. */
static const char *
markup_fault(const char *html)
{
	struct markup markup = {.at = html};

	while (*markup.at != '\0') {
		const char *from = markup.at;
		bool ok;

		if (markup_take(&markup, "</")) {
			ok = markup_close_tag(&markup);
		} else if (markup_take(&markup, "<")) {
			ok = markup_open_tag(&markup);
		} else {
			ok = markup_words(&markup);
			markup.empty = false;
		}
		if (!ok)
			return from;
	}
	return markup.depth == 0 ? NULL : markup.at;
}

#endif
