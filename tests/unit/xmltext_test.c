/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "feed/xmltext.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char base[] = "https://a.example/b/c?d";

struct document {
	struct str text;
	struct xmltext *xml;
};

static const char *const items[] = {"item", "entry", NULL};

static void
open_document(struct document *document, const char *text, bool broken)
{
	struct err err = ERR_INIT;

	str_init(&document->text, 65536);
	str_add(&document->text, text);
	if (broken) {
		assert_int_equal(xmltext_open_broken(&document->xml,
				     &document->text, base, items, &err),
		    0);
	} else {
		assert_int_equal(
		    xmltext_open(&document->xml, &document->text, base, &err),
		    0);
	}
}

static void
close_document(struct document *document)
{
	xmltext_close(document->xml);
	str_release(&document->text);
}

/* "root(child,child(grandchild))" */
static void
outline(struct xmltext *xml, int depth, struct str *out)
{
	bool first = true;

	while (xmltext_child(xml, depth)) {
		str_addf(out, "%s%s", first ? "" : ",", xmltext_name(xml));
		first = false;
		str_add(out, "(");
		outline(xml, xmltext_enter(xml), out);
		str_add(out, ")");
	}
}

static const struct {
	const char *text;
	const char *outline;
	bool broken;      /* strictly read */
	const char *rest; /* what is left of it, read as broken */
} outlines[] = {
    {"<a/>", "a()", false, "a()"},
    {"<a></a>", "a()", false, "a()"},
    {"<a><b/><c><d/>x</c></a>", "a(b(),c(d()))", false, "a(b(),c(d()))"},
    {"<a> <b> </b> <!----> </a> ", "a(b())", false, "a(b())"},
    {"<a><b/><c>", NULL, true, "a(b(),c())"},
    {"<a><b></a>", NULL, true, "a(b())"},
    {"", NULL, true, ""},
    {"x", NULL, true, ""},
    {"<a/><b/>", NULL, true, "a()"},
    {"<a><item><b/></item><item><b/>", NULL, true, "a(item(b()))"},
    {"<a><item><b/></item><item><b>x", NULL, true, "a(item(b()))"},
    {"<item>", NULL, true, ""},
    {"<a><item>", NULL, true, "a()"},
};

static void
test_outline(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(outlines); i++) {
		struct document document;
		struct str out;

		str_init(&out, 4096);
		open_document(&document, outlines[i].text, false);
		outline(document.xml, -1, &out);
		assert_int_equal(
		    xmltext_broken(document.xml), outlines[i].broken);
		if (outlines[i].broken) {
			assert_non_null(xmltext_error(document.xml));
		} else {
			assert_string_equal(out.data, outlines[i].outline);
		}
		close_document(&document);

		str_reset(&out);
		open_document(&document, outlines[i].text, true);
		outline(document.xml, -1, &out);
		assert_string_equal(out.data, outlines[i].rest);
		close_document(&document);
		str_release(&out);
	}
}

static const struct {
	const char *text; /* what is read is the root */
	enum xmltext_form form;
	const char *read;
} reads[] = {
    {"<a>x</a>", XMLTEXT_PLAIN, "x"},
    {"<a/>", XMLTEXT_PLAIN, ""},
    {"<a>x<b>y</b>z</a>", XMLTEXT_PLAIN, "xyz"},
    {"<a>&lt;b&gt;<![CDATA[<c>&amp;]]></a>", XMLTEXT_PLAIN, "<b><c>&amp;"},
    {"<a>&lt;p&gt;x<b>y</b><br/></a>", XMLTEXT_HTML, "<p>x<b>y</b><br/>"},
    {"<a><![CDATA[<p>&amp;]]></a>", XMLTEXT_HTML, "<p>&amp;"},
    {"<a>1 &lt; 2 &amp; 3<b>&lt;</b></a>", XMLTEXT_ESCAPED,
	"1 &lt; 2 &amp; 3<b>&lt;</b>"},
    {"<a><b c='&quot;&lt;' d=\"'\"/></a>", XMLTEXT_HTML,
	"<b c=\"&quot;&lt;\" d=\"&#39;\"/>"},
    /* no name but one that HTML could have gets into a tag */
    {"<a xmlns:x='u:x'><x:b x:c='1' xmlns='u:d'>y</x:b></a>", XMLTEXT_HTML,
	"<b c=\"1\">y</b>"},
    {"<a><ب>x</ب><b.c>y</b.c></a>", XMLTEXT_HTML, "xy"},
    {"<a><b ج='1' c_d='2' e='3'/></a>", XMLTEXT_HTML, "<b e=\"3\"/>"},
};

static void
test_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(reads); i++) {
		struct document document;
		struct str out;

		str_init(&out, 4096);
		open_document(&document, reads[i].text, false);
		assert_true(xmltext_child(document.xml, -1));
		xmltext_read(document.xml, reads[i].form, &out);
		assert_string_equal(out.data, reads[i].read);
		assert_false(xmltext_child(document.xml, -1));
		assert_false(xmltext_broken(document.xml));
		close_document(&document);
		str_release(&out);
	}
}

/* After a child was read, the next one comes. */
static void
test_read_between(void **state)
{
	struct document document;
	struct str out;
	int depth;

	(void)state;
	str_init(&out, 4096);
	open_document(
	    &document, "<a><b>1<x/></b><c>2</c><d/><e>3</e></a>", false);
	assert_true(xmltext_child(document.xml, -1));
	depth = xmltext_enter(document.xml);
	while (xmltext_child(document.xml, depth)) {
		str_add(&out, xmltext_name(document.xml));
		if (xmltext_name(document.xml)[0] != 'c')
			xmltext_read(document.xml, XMLTEXT_PLAIN, &out);
	}
	assert_string_equal(out.data, "b1cde3");
	assert_false(xmltext_broken(document.xml));
	close_document(&document);
	str_release(&out);
}

static void
test_names(void **state)
{
	struct document document;
	struct str value;

	(void)state;
	str_init(&value, 4096);
	open_document(
	    &document, "<x:a xmlns:x='u:x' b='1' x:c='2' d=''/>", false);
	assert_string_equal(xmltext_name(document.xml), "");
	assert_true(xmltext_child(document.xml, -1));
	assert_string_equal(xmltext_name(document.xml), "a");
	assert_string_equal(xmltext_namespace(document.xml), "u:x");
	assert_true(xmltext_attribute(document.xml, "b", &value));
	assert_string_equal(value.data, "1");
	assert_true(xmltext_attribute(document.xml, "d", &value));
	assert_string_equal(value.data, "1");
	assert_false(xmltext_attribute(document.xml, "c", &value));
	assert_false(xmltext_attribute(document.xml, "e", &value));
	close_document(&document);
	open_document(&document, "<y:a/>", false);
	assert_true(xmltext_child(document.xml, -1));
	assert_string_equal(xmltext_name(document.xml), "y:a");
	assert_string_equal(xmltext_namespace(document.xml), "");
	close_document(&document);
	str_release(&value);
}

static const struct {
	const char *xml_base; /* of the root, or NULL */
	const char *link;
	const char *whole;
} links[] = {
    {NULL, "http://x.example/", "http://x.example/"},
    {NULL, "e", "https://a.example/b/e"},
    {NULL, "/e", "https://a.example/e"},
    {NULL, "../../../e", "https://a.example/e"},
    {NULL, "?e", "https://a.example/b/c?e"},
    {NULL, "#e", "https://a.example/b/c?d#e"},
    {NULL, "//x.example", "https://x.example"},
    {NULL, "  e\n", "https://a.example/b/e"},
    {NULL, "e f", "https://a.example/b/e%20f"},
    {NULL, "e%20f%zz", ""},
    {NULL, "ب", "https://a.example/b/%D8%A8"},
    {NULL, "http://x.example/\x01", "http://x.example/%01"},
    {NULL, "", ""},
    {NULL, " \n ", ""},
    {NULL, "javascript:alert(1)", ""},
    {NULL, "JavaScript:alert(1)", ""},
    {NULL, "java\nscript:alert(1)", ""},
    {NULL, "data:text/html,x", ""},
    {NULL, "ftp://x.example/", ""},
    {NULL, "http:", ""},
    {NULL, "http://", ""},
    {NULL, "http:x", ""},
    {"/e/", "f", "https://a.example/e/f"},
    {"http://x.example/y/", "z", "http://x.example/y/z"},
    {"javascript:", "alert(1)", ""},
    {"ftp://x.example/", "z", ""},
};

static void
test_links(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(links); i++) {
		struct document document;
		struct str text;
		struct str out;

		str_init(&text, 4096);
		str_init(&out, 4096);
		if (links[i].xml_base != NULL) {
			str_addf(
			    &text, "<a xml:base='%s'/>", links[i].xml_base);
		} else {
			str_add(&text, "<a/>");
		}
		open_document(&document, text.data, false);
		assert_true(xmltext_child(document.xml, -1));
		xmltext_link(document.xml, links[i].link, &out);
		assert_string_equal(out.data, links[i].whole);
		close_document(&document);
		str_release(&text);
		str_release(&out);
	}
}

static void
test_error(void **state)
{
	struct document document;

	(void)state;
	open_document(&document, "<a>\n<b>\n</c></a>", false);
	while (xmltext_child(document.xml, -1))
		(void)xmltext_enter(document.xml);
	assert_true(xmltext_broken(document.xml));
	assert_string_equal(xmltext_error(document.xml),
	    "line 3: Opening and ending tag mismatch: b line 2 and c");
	close_document(&document);
	open_document(&document, "<a/>", false);
	assert_true(xmltext_child(document.xml, -1));
	assert_null(xmltext_error(document.xml));
	close_document(&document);
	xmltext_close(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_outline),
	    cmocka_unit_test(test_read),
	    cmocka_unit_test(test_read_between),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_links),
	    cmocka_unit_test(test_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
