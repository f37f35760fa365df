/* SPDX-License-Identifier: ISC */
#include "text/tree.h"

#include "base/str.h"
#include "text/bidi.h"
#include "text/strain.h"

#include <libxml/HTMLparser.h>
#include <stdbool.h>
#include <string.h>

/* The most that a byte becomes on the way is "&quot;". */
#define WORK_MAX ((size_t)6 * TREE_MAX)

/* Around what browsers put into quotation marks. */
#define QUOTE   "\u201c"
#define UNQUOTE "\u201d"

static const struct {
	const char *name;
	enum tree_role role;
} ELEMENTS[] = {
    {"address", TREE_BLOCK},
    {"applet", TREE_SKIP},
    {"article", TREE_BLOCK},
    {"aside", TREE_BLOCK},
    {"audio", TREE_SKIP},
    {"blockquote", TREE_BLOCK},
    {"br", TREE_BREAK},
    {"button", TREE_SKIP},
    {"canvas", TREE_SKIP},
    {"caption", TREE_BLOCK},
    {"center", TREE_BLOCK},
    {"datalist", TREE_SKIP},
    {"dd", TREE_LINE},
    {"details", TREE_BLOCK},
    {"dialog", TREE_SKIP},
    {"dir", TREE_BLOCK},
    {"div", TREE_BLOCK},
    {"dl", TREE_BLOCK},
    {"dt", TREE_LINE},
    {"fieldset", TREE_BLOCK},
    {"figcaption", TREE_BLOCK},
    {"figure", TREE_BLOCK},
    {"footer", TREE_BLOCK},
    {"form", TREE_SKIP},
    {"frameset", TREE_SKIP},
    {"h1", TREE_BLOCK},
    {"h2", TREE_BLOCK},
    {"h3", TREE_BLOCK},
    {"h4", TREE_BLOCK},
    {"h5", TREE_BLOCK},
    {"h6", TREE_BLOCK},
    {"head", TREE_SKIP},
    {"header", TREE_BLOCK},
    {"hgroup", TREE_BLOCK},
    {"hr", TREE_BLOCK},
    {"input", TREE_SKIP},
    {"li", TREE_ITEM},
    {"main", TREE_BLOCK},
    {"map", TREE_SKIP},
    {"math", TREE_SKIP},
    {"menu", TREE_BLOCK},
    {"meter", TREE_SKIP},
    {"nav", TREE_BLOCK},
    {"noscript", TREE_SKIP},
    {"object", TREE_SKIP},
    {"ol", TREE_BLOCK},
    {"p", TREE_BLOCK},
    {"pre", TREE_PRE},
    {"progress", TREE_SKIP},
    {"section", TREE_BLOCK},
    {"select", TREE_SKIP},
    {"summary", TREE_BLOCK},
    {"svg", TREE_SKIP},
    {"table", TREE_BLOCK},
    {"td", TREE_CELL},
    {"template", TREE_SKIP},
    {"th", TREE_CELL},
    {"tr", TREE_LINE},
    {"ul", TREE_BLOCK},
    {"video", TREE_SKIP},
};

struct walk {
	const struct tree_reader *reader;
	htmlParserCtxtPtr parser;
	size_t depth;
	size_t skipped_at;      /* the depth of what is skipped, 0 for none */
	size_t raised, lowered; /* how many <sup> and <sub> are open */
	bool too_deep;
};

static enum tree_role
role_of(const char *name)
{
	for (size_t i = 0; i < sizeof(ELEMENTS) / sizeof(*ELEMENTS); i++) {
		if (str_eq(name, ELEMENTS[i].name))
			return ELEMENTS[i].role;
	}
	return TREE_INLINE;
}

const char *
tree_attribute(const struct tree_element *element, const char *name)
{
	const char *const *at = element->attributes;

	/* Pairs; the value is NULL where there is only a name. */
	for (; at != NULL && *at != NULL; at += 2) {
		if (str_eq(at[0], name))
			return at[1] != NULL ? at[1] : "";
	}
	return NULL;
}

static struct tree_element
element_of(const xmlChar *name, const xmlChar **attributes)
{
	return (struct tree_element){(const char *)name,
	    role_of((const char *)name), (const char *const *)attributes};
}

static void
on_start(void *arg, const xmlChar *name, const xmlChar **attributes)
{
	struct walk *walk = arg;
	struct tree_element element = element_of(name, attributes);

	walk->depth++;
	/* The parser looks through the open elements at each end tag: much
	 * deeper nesting would take it minutes. */
	if (walk->depth > TREE_DEPTH) {
		walk->too_deep = true;
		xmlStopParser(walk->parser);
		return;
	}
	if (walk->skipped_at > 0)
		return;
	if (element.role == TREE_SKIP ||
	    tree_attribute(&element, "hidden") != NULL) {
		walk->skipped_at = walk->depth;
		return;
	}
	walk->raised += str_eq(element.name, "sup");
	walk->lowered += str_eq(element.name, "sub");
	walk->reader->start(walk->reader->arg, &element);
	if (str_eq(element.name, "q"))
		walk->reader->text(walk->reader->arg, QUOTE, strlen(QUOTE));
}

static void
on_end(void *arg, const xmlChar *name)
{
	struct walk *walk = arg;
	struct tree_element element = element_of(name, NULL);
	bool skipped = walk->skipped_at > 0;

	/* An end of what never began. */
	if (walk->depth == 0)
		return;
	if (walk->skipped_at == walk->depth)
		walk->skipped_at = 0;
	walk->depth--;
	if (skipped)
		return;
	walk->raised -= str_eq(element.name, "sup");
	walk->lowered -= str_eq(element.name, "sub");
	if (str_eq(element.name, "q"))
		walk->reader->text(walk->reader->arg, UNQUOTE, strlen(UNQUOTE));
	walk->reader->end(walk->reader->arg, &element);
}

/* What makes 10 to the 6th of 106, where a text has digits alone. */
static bool
put_digits(const struct walk *walk, const char *text, size_t n)
{
	static const char *const raised[] = {"\u2070", "\u00b9", "\u00b2",
	    "\u00b3", "\u2074", "\u2075", "\u2076", "\u2077", "\u2078",
	    "\u2079"};
	static const char *const lowered[] = {"\u2080", "\u2081", "\u2082",
	    "\u2083", "\u2084", "\u2085", "\u2086", "\u2087", "\u2088",
	    "\u2089"};
	const char *const *digits = walk->raised > 0 ? raised : lowered;

	for (size_t i = 0; i < n; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		const char *digit = digits[text[i] - '0'];

		walk->reader->text(walk->reader->arg, digit, strlen(digit));
	}
	return true;
}

static void
on_text(void *arg, const xmlChar *text, int len)
{
	struct walk *walk = arg;

	if (walk->skipped_at > 0 || walk->too_deep)
		return;
	if ((walk->raised == 0 && walk->lowered == 0) ||
	    !put_digits(walk, (const char *)text, (size_t)len)) {
		walk->reader->text(
		    walk->reader->arg, (const char *)text, (size_t)len);
	}
}

static int
parse(const struct tree_reader *reader, const struct str *html, struct err *err)
{
	const int options = HTML_PARSE_RECOVER | HTML_PARSE_NOERROR |
			    HTML_PARSE_NOWARNING | HTML_PARSE_NONET |
			    HTML_PARSE_IGNORE_ENC;
	struct walk walk = {.reader = reader};

	walk.parser = htmlNewParserCtxt();
	if (walk.parser == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	memset(walk.parser->sax, 0, sizeof(*walk.parser->sax));
	walk.parser->sax->startElement = on_start;
	walk.parser->sax->endElement = on_end;
	walk.parser->sax->characters = on_text;
	walk.parser->sax->ignorableWhitespace = on_text;
	walk.parser->userData = &walk;
	xmlFreeDoc(htmlCtxtReadMemory(
	    walk.parser, html->data, (int)html->len, NULL, "UTF-8", options));
	htmlFreeParserCtxt(walk.parser);
	if (walk.too_deep) {
		return err_set(err, ERR_INPUT,
		    "HTML is nested more than %d deep", TREE_DEPTH);
	}
	return 0;
}

int
tree_read(const struct tree_reader *reader, const char *html, size_t len,
    struct err *err)
{
	struct str clean;
	struct str strained;
	int rc = -1;

	if (len > TREE_MAX) {
		return err_set(
		    err, ERR_INPUT, "HTML is longer than %d bytes", TREE_MAX);
	}
	str_init(&clean, WORK_MAX);
	str_init(&strained, WORK_MAX);
	/* The parser stops at a NUL, and takes a text with one wrong byte for
	 * ISO 8859-1. */
	bidi_strip(&clean, html, len);
	if (!strain_html(&strained, clean.data, clean.len)) {
		str_reset(&clean);
		str_add(&clean, "<pre>");
		str_add_bytes(&clean, strained.data, strained.len);
		str_reset(&strained);
		str_add_bytes(&strained, clean.data, clean.len);
	}
	if (clean.bad || strained.bad) {
		(void)err_set(err, ERR_INPUT, "HTML is too long to be read");
	} else {
		rc = parse(reader, &strained, err);
	}
	str_release(&clean);
	str_release(&strained);
	return rc;
}
