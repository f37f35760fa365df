/* SPDX-License-Identifier: ISC */
#include "text/html.h"

#include "text/bidi.h"
#include "text/strain.h"

#include <libxml/HTMLparser.h>
#include <stdbool.h>
#include <string.h>

/* The parser looks through the open elements at each end tag: deeper nesting
 * than any editor writes would take it minutes. */
#define DEPTH_MAX 512

/* The most that a byte becomes on the way is "&lt;". */
#define WORK_MAX ((size_t)5 * HTML_MAX)

enum role {
	INLINE,
	SKIP,  /* nothing in it is for reading */
	BLOCK, /* apart from its neighbours by a blank line */
	LINE,  /* on lines of its own */
	ITEM,
	CELL,
	BREAK,
	PRE
};

static const struct element {
	const char *name;
	enum role role;
} ELEMENTS[] = {
    {"address", BLOCK},
    {"article", BLOCK},
    {"aside", BLOCK},
    {"audio", SKIP},
    {"blockquote", BLOCK},
    {"br", BREAK},
    {"canvas", SKIP},
    {"caption", BLOCK},
    {"center", BLOCK},
    {"dd", LINE},
    {"details", BLOCK},
    {"div", BLOCK},
    {"dl", BLOCK},
    {"dt", LINE},
    {"fieldset", BLOCK},
    {"figcaption", BLOCK},
    {"figure", BLOCK},
    {"footer", BLOCK},
    {"form", BLOCK},
    {"h1", BLOCK},
    {"h2", BLOCK},
    {"h3", BLOCK},
    {"h4", BLOCK},
    {"h5", BLOCK},
    {"h6", BLOCK},
    {"head", SKIP},
    {"header", BLOCK},
    {"hr", BLOCK},
    {"li", ITEM},
    {"main", BLOCK},
    {"math", SKIP},
    {"nav", BLOCK},
    {"noscript", SKIP},
    {"object", SKIP},
    {"ol", BLOCK},
    {"p", BLOCK},
    {"pre", PRE},
    {"section", BLOCK},
    {"select", SKIP},
    {"summary", BLOCK},
    {"svg", SKIP},
    {"table", BLOCK},
    {"td", CELL},
    {"template", SKIP},
    {"th", CELL},
    {"tr", LINE},
    {"ul", BLOCK},
    {"video", SKIP},
};

struct reader {
	htmlParserCtxtPtr parser;
	struct str *out;
	size_t depth;
	size_t skipped_at; /* the depth of what is skipped, 0 for none */
	size_t pre;        /* how many of the open elements are <pre> ... */
	size_t items;      /* ... and how many list items */
	int newlines;      /* owed before the next word */
	bool space;
	bool bullet;
	bool too_deep;
};

static enum role
role_of(const xmlChar *name)
{
	for (size_t i = 0; i < sizeof(ELEMENTS) / sizeof(*ELEMENTS); i++) {
		if (str_eq((const char *)name, ELEMENTS[i].name))
			return ELEMENTS[i].role;
	}
	return INLINE;
}

static void
owe(struct reader *reader, int newlines)
{
	if (reader->newlines < newlines)
		reader->newlines = newlines;
}

/* Both ends of an element part it from what is around it. Lists are tight:
 * what is in an item stands on lines, without blank ones. */
static void
part(struct reader *reader, enum role role)
{
	/* clang-format off */
	static const int newlines[] = {
		[BLOCK] = 2, [PRE] = 2, [LINE] = 1, [ITEM] = 1, [BREAK] = 0};
	/* clang-format on */

	if (role == CELL) {
		reader->space = true;
	} else if (role < sizeof(newlines) / sizeof(*newlines)) {
		owe(reader, reader->items > 0 && newlines[role] > 1
				? 1
				: newlines[role]);
	}
}

/* Room between what is there and the word that comes. */
static void
settle(struct reader *reader)
{
	if (reader->out->len > 0) {
		if (reader->newlines > 0) {
			str_add(
			    reader->out, reader->newlines > 1 ? "\n\n" : "\n");
		} else if (reader->space) {
			str_add(reader->out, " ");
		}
	}
	if (reader->bullet)
		str_add(reader->out, "* ");
	reader->newlines = 0;
	reader->space = false;
	reader->bullet = false;
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar **attributes)
{
	struct reader *reader = arg;
	enum role role = role_of(name);

	reader->depth++;
	if (reader->depth > DEPTH_MAX) {
		reader->too_deep = true;
		xmlStopParser(reader->parser);
		return;
	}
	if (reader->skipped_at > 0)
		return;
	/* strain_html() leaves no attribute but "hidden". */
	if (role == SKIP || attributes != NULL) {
		reader->skipped_at = reader->depth;
		return;
	}
	part(reader, role);
	if (role == BREAK) {
		owe(reader, reader->newlines + 1);
	} else if (role == ITEM) {
		reader->bullet = true;
		reader->items++;
	} else if (role == PRE)
		reader->pre++;
}

static void
on_end(void *arg, const xmlChar *name)
{
	struct reader *reader = arg;
	enum role role = role_of(name);
	bool skipped = reader->skipped_at > 0;

	if (reader->skipped_at == reader->depth)
		reader->skipped_at = 0;
	if (reader->depth > 0)
		reader->depth--;
	if (skipped)
		return;
	part(reader, role);
	if (role == ITEM) {
		reader->bullet = false;
		reader->items -= reader->items > 0;
	} else if (role == PRE && reader->pre > 0)
		reader->pre--;
}

/* A word of marks that came as entities, "&#8238;", is none: it would leave
 * room around nothing. */
static void
add_word(struct reader *reader, const char *word, size_t n)
{
	struct str clean;

	str_init(&clean, WORK_MAX);
	bidi_clean_line(&clean, word, n);
	if (clean.len > 0) {
		settle(reader);
		str_add_bytes(reader->out, clean.data, clean.len);
	}
	if (clean.bad)
		reader->out->bad = true;
	str_release(&clean);
}

/* How many bytes of white space there are at a point: the usual, U+00A0,
 * U+2028 and U+2029. */
static size_t
space_at(const char *at, const char *end)
{
	if (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')
		return 1;
	if (end - at > 1 && memcmp(at, "\u00a0", 2) == 0)
		return 2;
	if (end - at > 2 &&
	    (memcmp(at, "\u2028", 3) == 0 || memcmp(at, "\u2029", 3) == 0))
		return 3;
	return 0;
}

/* Words apart by white space; a no-break space is one too, since editors fill
 * empty paragraphs with it. */
static void
on_text(void *arg, const xmlChar *text, int len)
{
	struct reader *reader = arg;
	const char *at = (const char *)text;
	const char *end = at + len;

	while (reader->skipped_at == 0 && at < end) {
		size_t space = space_at(at, end);
		const char *word = at;

		if (space > 0) {
			reader->space = true;
			if (*at == '\n' && reader->pre > 0)
				owe(reader, reader->newlines + 1);
			at += space;
			continue;
		}
		while (at < end && space_at(at, end) == 0)
			at++;
		add_word(reader, word, (size_t)(at - word));
	}
}

static int
parse(struct str *out, const struct str *html, struct err *err)
{
	const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
			    HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
			    HTML_PARSE_IGNORE_ENC;
	struct reader reader = {.out = out};

	reader.parser = htmlNewParserCtxt();
	if (reader.parser == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	memset(reader.parser->sax, 0, sizeof(*reader.parser->sax));
	reader.parser->sax->startElement = on_start;
	reader.parser->sax->endElement = on_end;
	reader.parser->sax->characters = on_text;
	reader.parser->sax->ignorableWhitespace = on_text;
	reader.parser->userData = &reader;
	xmlFreeDoc(htmlCtxtReadMemory(
	    reader.parser, html->data, (int)html->len, NULL, "UTF-8", options));
	htmlFreeParserCtxt(reader.parser);
	if (reader.too_deep) {
		return err_set(err, ERR_INPUT,
		    "HTML is nested more than %d deep", DEPTH_MAX);
	}
	return 0;
}

int
html_to_text(struct str *out, const char *html, size_t len, struct err *err)
{
	struct str clean;
	struct str strained;
	struct str text;
	int rc = -1;

	if (len > HTML_MAX) {
		return err_set(
		    err, ERR_INPUT, "HTML is longer than %d bytes", HTML_MAX);
	}
	str_init(&clean, WORK_MAX);
	str_init(&strained, WORK_MAX);
	str_init(&text, WORK_MAX);
	/* The parser stops at a NUL, and takes a text with one wrong byte for
	 * ISO 8859-1. */
	bidi_clean(&clean, html, len);
	if (!strain_html(&strained, clean.data, clean.len)) {
		/* A text without tags has lines of its own. */
		str_reset(&clean);
		str_add(&clean, "<pre>");
		str_add_bytes(&clean, strained.data, strained.len);
		rc = parse(&text, &clean, err);
	} else {
		rc = parse(&text, &strained, err);
	}
	/* Once more: a letter and its mark may have come in two pieces. */
	if (rc == 0)
		bidi_clean(out, text.data, text.len);
	if (rc == 0 && (clean.bad || strained.bad || text.bad || out->bad)) {
		rc =
		    err_set(err, ERR_INPUT, "the text of the HTML is too long");
	}
	str_release(&clean);
	str_release(&strained);
	str_release(&text);
	return rc;
}
