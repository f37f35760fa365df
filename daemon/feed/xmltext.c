/* SPDX-License-Identifier: ISC */
#include "feed/xmltext.h"

#include "text/link.h"

#include <libxml/xmlreader.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINK_MAX_BYTES 2048

/* Neither NOENT nor HUGE, ever: files of ours would be read, and entities
 * grow without bound. */
#define OPTIONS                                                                \
	(XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING |           \
	    XML_PARSE_IGNORE_ENC)

struct xmltext {
	xmlTextReader *reader;
	xmlParserCtxt *parser; /* of a broken document, read as a whole */
	xmlDoc *document;      /* the same */
	bool broken;
	char error[200]; /* "" where there was none */
};

static const char *
chars(const xmlChar *text)
{
	return text != NULL ? (const char *)text : "";
}

/* libxml2 ends its messages with a newline. */
static void
on_error(void *arg, xmlErrorPtr error)
{
	struct xmltext *xml = arg;
	const char *message = error->message != NULL ? error->message : "";

	if (xml->error[0] != '\0' || error->level < XML_ERR_ERROR)
		return;
	snprintf(xml->error, sizeof(xml->error), "line %d: %.*s", error->line,
	    (int)strcspn(message, "\n"), message);
}

/* RFC 3986 2: what may not stand in a URL is percent-encoded; white space
 * around it, and line breaks in it, are the feed's indentation. */
static void
add_encoded(struct str *out, const char *link)
{
	size_t n = strlen(link);

	while (n > 0 && strchr(" \t\r\n", link[n - 1]) != NULL)
		n--;
	for (size_t i = strspn(link, " \t\r\n"); i < n; i++) {
		unsigned char c = (unsigned char)link[i];

		if (c == '\t' || c == '\r' || c == '\n')
			continue;
		if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c) != NULL) {
			str_addf(out, "%%%02X", c);
		} else {
			str_add_bytes(out, &link[i], 1);
		}
	}
}

static struct xmltext *
xmltext_new(const struct str *text, struct err *err)
{
	struct xmltext *xml = calloc(1, sizeof(*xml));

	if (xml != NULL && text->len <= INT_MAX)
		return xml;
	free(xml);
	err_set(err, ERR_SYSTEM, "out of memory");
	return NULL;
}

int
xmltext_open(struct xmltext **out, const struct str *text, const char *base,
    struct err *err)
{
	struct xmltext *xml = xmltext_new(text, err);
	struct str url;

	if (xml == NULL)
		return -1;
	str_init(&url, LINK_MAX_BYTES);
	add_encoded(&url, base);
	xml->reader = xmlReaderForMemory(
	    text->data, (int)text->len, url.data, "UTF-8", OPTIONS);
	str_release(&url);
	if (xml->reader == NULL) {
		xmltext_close(xml);
		return err_set(err, ERR_SYSTEM, "out of memory");
	}
	xmlTextReaderSetStructuredErrorHandler(xml->reader, on_error, xml);
	*out = xml;
	return 0;
}

static void
on_parser_error(void *arg, xmlErrorPtr error)
{
	const xmlParserCtxt *parser = arg;

	on_error(parser->_private, error);
}

/* The parser keeps the elements that were open where it gave up. */
static void
drop_open(const xmlParserCtxt *parser, const char *const *names)
{
	for (int i = parser->nodeNr - 1; i >= 0; i--) {
		xmlNode *node = parser->nodeTab[i];

		for (const char *const *name = names; *name != NULL; name++) {
			if (!str_eq(chars(node->name), *name))
				continue;
			xmlUnlinkNode(node);
			xmlFreeNode(node);
			return; /* with all that is open in it */
		}
	}
}

/* The reader stops at errors that the parser can pass, so this is read as a
 * whole and walked afterwards. */
int
xmltext_open_broken(struct xmltext **out, const struct str *text,
    const char *base, const char *const *names, struct err *err)
{
	struct xmltext *xml = xmltext_new(text, err);
	struct str url;

	if (xml == NULL)
		return -1;
	str_init(&url, LINK_MAX_BYTES);
	add_encoded(&url, base);
	xml->parser = xmlNewParserCtxt();
	if (xml->parser != NULL) {
		xml->parser->_private = xml;
		xml->parser->sax->serror = on_parser_error;
		xml->document =
		    xmlCtxtReadMemory(xml->parser, text->data, (int)text->len,
			url.data, "UTF-8", OPTIONS | XML_PARSE_RECOVER);
	}
	str_release(&url);
	if (xml->document != NULL) {
		drop_open(xml->parser, names);
		xml->reader = xmlReaderWalker(xml->document);
	}
	if (xml->parser == NULL ||
	    (xml->document != NULL && xml->reader == NULL)) {
		xmltext_close(xml);
		return err_set(err, ERR_SYSTEM, "out of memory");
	}
	*out = xml;
	return 0;
}

void
xmltext_close(struct xmltext *xml)
{
	if (xml == NULL)
		return;
	if (xml->reader != NULL)
		xmlFreeTextReader(xml->reader);
	xmlFreeDoc(xml->document);
	xmlFreeParserCtxt(xml->parser);
	free(xml);
}

static bool
step(struct xmltext *xml)
{
	int got = -1;

	/* There is no reader where there was not even a root. */
	if (xml->reader != NULL && !xml->broken)
		got = xmlTextReaderRead(xml->reader);

	if (got < 0)
		xml->broken = true;
	return got == 1;
}

int
xmltext_enter(struct xmltext *xml)
{
	if (xmlTextReaderNodeType(xml->reader) != XML_READER_TYPE_ELEMENT)
		return -1;
	if (xmlTextReaderIsEmptyElement(xml->reader))
		return INT_MAX;
	return xmlTextReaderDepth(xml->reader);
}

bool
xmltext_child(struct xmltext *xml, int depth)
{
	if (depth == INT_MAX)
		return false;
	while (step(xml)) {
		int type = xmlTextReaderNodeType(xml->reader);
		int at = xmlTextReaderDepth(xml->reader);

		if (type == XML_READER_TYPE_ELEMENT && at == depth + 1)
			return true;
		if (type == XML_READER_TYPE_END_ELEMENT && at == depth)
			return false;
	}
	/* The end of the document is no end of an element. */
	if (depth >= 0)
		xml->broken = true;
	return false;
}

const char *
xmltext_name(const struct xmltext *xml)
{
	return chars(xmlTextReaderConstLocalName(xml->reader));
}

const char *
xmltext_namespace(const struct xmltext *xml)
{
	return chars(xmlTextReaderConstNamespaceUri(xml->reader));
}

bool
xmltext_attribute(const struct xmltext *xml, const char *name, struct str *out)
{
	xmlChar *value =
	    xmlTextReaderGetAttribute(xml->reader, (const xmlChar *)name);

	if (value == NULL)
		return false;
	str_add(out, (const char *)value);
	xmlFree(value);
	return true;
}

static bool
is_html_name(const char *name)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-";

	return *name != '\0' && name[strspn(name, ok)] == '\0';
}

static void
add_tag(struct xmltext *xml, struct str *out)
{
	const char *name = xmltext_name(xml);
	bool empty = xmlTextReaderIsEmptyElement(xml->reader) == 1;

	if (!is_html_name(name))
		return;
	str_addf(out, "<%s", name);
	while (xmlTextReaderMoveToNextAttribute(xml->reader) == 1) {
		const char *attribute = xmltext_name(xml);

		if (!is_html_name(attribute) ||
		    xmlTextReaderIsNamespaceDecl(xml->reader) == 1)
			continue;
		str_addf(out, " %s=\"", attribute);
		str_add_html(out, chars(xmlTextReaderConstValue(xml->reader)));
		str_add(out, "\"");
	}
	(void)xmlTextReaderMoveToElement(xml->reader);
	str_add(out, empty ? "/>" : ">");
}

static void
add_node(struct xmltext *xml, enum xmltext_form form, struct str *out)
{
	int type = xmlTextReaderNodeType(xml->reader);
	const char *name = xmltext_name(xml);

	switch (type) {
	case XML_READER_TYPE_TEXT:
	case XML_READER_TYPE_CDATA:
	case XML_READER_TYPE_WHITESPACE:
	case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
		if (form == XMLTEXT_ESCAPED) {
			str_add_html(
			    out, chars(xmlTextReaderConstValue(xml->reader)));
		} else {
			str_add(
			    out, chars(xmlTextReaderConstValue(xml->reader)));
		}
		break;
	case XML_READER_TYPE_ELEMENT:
		if (form != XMLTEXT_PLAIN)
			add_tag(xml, out);
		break;
	case XML_READER_TYPE_END_ELEMENT:
		if (form != XMLTEXT_PLAIN && is_html_name(name))
			str_addf(out, "</%s>", name);
		break;
	default: break;
	}
}

void
xmltext_read(struct xmltext *xml, enum xmltext_form form, struct str *out)
{
	int depth = xmltext_enter(xml);

	while (depth != INT_MAX && step(xml)) {
		if (xmlTextReaderNodeType(xml->reader) ==
			XML_READER_TYPE_END_ELEMENT &&
		    xmlTextReaderDepth(xml->reader) == depth)
			return;
		add_node(xml, form, out);
	}
	if (depth != INT_MAX)
		xml->broken = true;
}

void
xmltext_link(const struct xmltext *xml, const char *link, struct str *out)
{
	xmlChar *base = xmlTextReaderBaseUri(xml->reader);

	(void)link_resolve(
	    out, base != NULL ? (const char *)base : "", link, LINK_SOURCE);
	xmlFree(base);
}

bool
xmltext_broken(const struct xmltext *xml)
{
	return xml->broken;
}

const char *
xmltext_error(const struct xmltext *xml)
{
	return xml->error[0] != '\0' ? xml->error : NULL;
}
