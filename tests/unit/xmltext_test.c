/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/str.h"
#include "feed/xmltext.h"

#include <string.h>

#define LARGE        16777216
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char base[] = "https://news.example.org/feeds/all.xml";
static const char *const whole[] = {"item", "entry", NULL};

/* The reader keeps pointing into `text`. */
static struct xmltext *
open_text(struct str *text, const char *bytes, bool broken)
{
	struct xmltext *xml = NULL;
	struct err err = ERR_INIT;

	str_init(text, LARGE);
	str_add(text, bytes);
	if (broken) {
		assert_int_equal(
		    xmltext_open_broken(&xml, text, base, whole, &err), 0);
	} else {
		assert_int_equal(xmltext_open(&xml, text, base, &err), 0);
	}
	assert_int_equal(err.code, ERR_NONE);
	return xml;
}

/* "(a(b)(c))" of <a><b/>text<c></c></a> */
static void
add_shape(struct str *out, struct xmltext *xml, int depth)
{
	while (xmltext_child(xml, depth)) {
		str_addf(out, "(%s", xmltext_name(xml));
		add_shape(out, xml, xmltext_enter(xml));
		str_add(out, ")");
	}
}

static const struct {
	const char *text;
	const char *shape; /* as far as it goes */
	bool sound;
} walks[] = {
    {"<a/>", "(a)", true},
    {"<a></a>", "(a)", true},
    {"<a><b/>text<c></c></a>", "(a(b)(c))", true},
    {"<a><b><c/><d/></b><e/></a>", "(a(b(c)(d))(e))", true},
    {"<a><![CDATA[<b/>]]></a>", "(a)", true},
    {"<x:a xmlns:x='u:x'><x:b/></x:a>", "(a(b))", true},
    {"<a/> \n", "(a)", true},
    {"", "", false},
    {"text", "", false},
    {"</a>", "", false},
    {"<a", "(a)", false},
    {"<a><b>", "(a(b))", false},
    {"<a></b>", "(a)", false},
    {"<a/><b/>", "(a)", false},
    {"<a/>text", "(a)", false},
    {"<a><b></a>", "(a(b))", false},
    {"<a><b x=1/><c/></a>", "(a(b)(c))", false},
    {"<a><b x='1' x='2'/><c/></a>", "(a(b)(c))", false},
    /* the innermost of the open ones that are to be whole goes, with all that
     * is in it */
    {"<r><item><b/></item><item><c>", "(r(item(b)))", false},
    {"<r><item><entry><b>", "(r(item))", false},
    {"<r><x><item/><y>", "(r(x(item)(y)))", false},
    {"<entry><b/>", "", false},
};

static void
check_walk(const char *bytes, bool broken, const char *expected, bool sound)
{
	struct str text, shape;
	struct xmltext *xml = open_text(&text, bytes, broken);

	str_init(&shape, 65536);
	add_shape(&shape, xml, -1);
	/* Where an error stops it is the reader's to choose. */
	if ((sound || broken) && !str_eq(shape.data, expected))
		fail_msg("%s: %s, not %s", bytes, shape.data, expected);
	if (!broken && xmltext_broken(xml) == sound)
		fail_msg("%s: broken %d", bytes, xmltext_broken(xml));
	if (sound) {
		assert_null(xmltext_error(xml));
	} else if (*bytes != '\0') {
		assert_true(str_starts(xmltext_error(xml), "line 1: "));
		assert_null(strchr(xmltext_error(xml), '\n'));
	}
	/* It stays where it is. */
	assert_false(xmltext_child(xml, -1));
	xmltext_close(xml);
	str_release(&shape);
	str_release(&text);
}

static void
test_walks(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(walks); i++) {
		for (int broken = 0; broken < 2; broken++) {
			check_walk(walks[i].text, broken, walks[i].shape,
			    walks[i].sound);
		}
	}
	xmltext_close(NULL);
}

/* The element is read, and the walk goes on behind it. */
static const struct {
	const char *inside; /* of the element */
	const char *plain, *html, *escaped;
} texts[] = {
    {"", "", "", ""},
    {"خبر", "خبر", "خبر", "خبر"},
    {" a\n b ", " a\n b ", " a\n b ", " a\n b "},
    {"a&lt;b&gt; &amp;amp;", "a<b> &amp;", "a<b> &amp;",
	"a&lt;b&gt; &amp;amp;"},
    {"<![CDATA[<i>]]>&#160;x", "<i>\xc2\xa0x", "<i>\xc2\xa0x",
	"&lt;i&gt;\xc2\xa0x"},
    {"a<b>c</b><br/>d", "acd", "a<b>c</b><br/>d", "a<b>c</b><br/>d"},
    {"<p><p>a</p></p>", "a", "<p><p>a</p></p>", "<p><p>a</p></p>"},
    /* an element of the same name inside does not end it */
    {"<t>a</t>b<t/>c", "abc", "<t>a</t>b<t/>c", "<t>a</t>b<t/>c"},
    {"<x:p xmlns:x='u:x' x:class='k' xmlns='u:y'>a</x:p>", "a",
	"<p class=\"k\">a</p>", "<p class=\"k\">a</p>"},
    {"<a href='&quot;&lt;&amp;&apos;'/>", "",
	"<a href=\"&quot;&lt;&amp;&#39;\"/>",
	"<a href=\"&quot;&lt;&amp;&#39;\"/>"},
    /* names that HTML does not have are no tags; what they hold stays */
    {"<a.b>x</a.b><\xc3\xa9>y</\xc3\xa9><a_b/>", "xy", "xy", "xy"},
    {"<a o_n='1' on='2'/>", "", "<a on=\"2\"/>", "<a on=\"2\"/>"},
    {"<a><b> </b><c/></a>", " ", "<a><b> </b><c/></a>", "<a><b> </b><c/></a>"},
    {"a<!-- b --><?c d?>e", "ae", "ae", "ae"},
};

static void
check_text(
    const char *bytes, bool broken, enum xmltext_form form, const char *want)
{
	struct str text, got;
	struct xmltext *xml = open_text(&text, bytes, broken);
	int depth;

	str_init(&got, 65536);
	assert_true(xmltext_child(xml, -1));
	depth = xmltext_enter(xml);
	assert_true(xmltext_child(xml, depth));
	assert_string_equal(xmltext_name(xml), "t");
	xmltext_read(xml, form, &got);
	if (!str_eq(got.data, want))
		fail_msg("%s: '%s', not '%s'", bytes, got.data, want);
	assert_true(xmltext_child(xml, depth));
	assert_string_equal(xmltext_name(xml), "after");
	assert_false(xmltext_child(xml, depth));
	assert_false(xmltext_broken(xml));
	assert_null(xmltext_error(xml));
	xmltext_close(xml);
	str_release(&got);
	str_release(&text);
}

static void
test_texts(void **state)
{
	struct str text;

	(void)state;
	str_init(&text, 65536);
	for (size_t i = 0; i < COUNT(texts); i++) {
		str_reset(&text);
		str_addf(&text, "<r><t>%s</t><after/></r>", texts[i].inside);
		for (int broken = 0; broken < 2; broken++) {
			check_text(
			    text.data, broken, XMLTEXT_PLAIN, texts[i].plain);
			check_text(
			    text.data, broken, XMLTEXT_HTML, texts[i].html);
			check_text(text.data, broken, XMLTEXT_ESCAPED,
			    texts[i].escaped);
		}
	}
	check_text("<r><t/><after/></r>", false, XMLTEXT_HTML, "");
	check_text("<r><t a='b'/><after/></r>", true, XMLTEXT_PLAIN, "");
	str_release(&text);
}

/* Texts of documents that break off in them, far behind their beginning. */
static const char *const cut[] = {
    "a",
    "a<b>c</b>",
    "a<b>c</t>",
    "a</t",
    "<![CDATA[a",
    "<b",
    "<b x='",
    "",
};

static void
test_cut(void **state)
{
	struct str document;

	(void)state;
	str_init(&document, 65536);
	for (size_t i = 0; i < COUNT(cut); i++) {
		struct str text, got;
		struct xmltext *xml;

		str_reset(&document);
		str_add(&document, "<t>");
		for (int j = 0; j < 4096; j++)
			str_add(&document, "<i/>");
		str_add(&document, cut[i]);
		xml = open_text(&text, document.data, false);
		str_init(&got, 65536);
		assert_true(xmltext_child(xml, -1));
		assert_string_equal(xmltext_name(xml), "t");
		assert_false(xmltext_broken(xml));
		xmltext_read(xml, XMLTEXT_HTML, &got);
		if (!xmltext_broken(xml) || xmltext_error(xml) == NULL)
			fail_msg("sound: %s", cut[i]);
		assert_true(str_starts(got.data, "<i/><i/>"));
		assert_false(xmltext_child(xml, -1));
		xmltext_close(xml);
		str_release(&got);
		str_release(&text);
	}
	str_release(&document);
}

static void
test_names(void **state)
{
	struct str text, value;
	struct xmltext *xml = open_text(&text,
	    "<a:r xmlns:a='u:a' xmlns='u:d' k='v&amp;w' e=''><s xmlns=''/>"
	    "<u:t/></a:r>",
	    false);
	int depth;

	(void)state;
	str_init(&value, 65536);
	assert_string_equal(xmltext_name(xml), "");
	assert_string_equal(xmltext_namespace(xml), "");
	assert_int_equal(xmltext_enter(xml), -1);
	assert_true(xmltext_child(xml, -1));
	assert_string_equal(xmltext_name(xml), "r");
	assert_string_equal(xmltext_namespace(xml), "u:a");
	assert_true(xmltext_attribute(xml, "k", &value));
	assert_string_equal(value.data, "v&w");
	assert_false(xmltext_attribute(xml, "K", &value));
	assert_string_equal(value.data, "v&w");
	str_reset(&value);
	assert_true(xmltext_attribute(xml, "e", &value));
	assert_string_equal(value.data, "");
	depth = xmltext_enter(xml);
	assert_true(xmltext_child(xml, depth));
	assert_string_equal(xmltext_namespace(xml), "");
	assert_true(xmltext_child(xml, depth));
	/* A prefix that nobody declared is a part of the name. */
	assert_string_equal(xmltext_name(xml), "u:t");
	assert_string_equal(xmltext_namespace(xml), "");
	assert_false(xmltext_child(xml, depth));
	xmltext_close(xml);
	str_release(&value);
	str_release(&text);
}

static const struct {
	const char *base; /* xml:base; NULL: there is none */
	const char *link, *url;
} links[] = {
    {NULL, "", ""},
    {NULL, " \t\r\n", ""},
    {NULL, "http://a.example", "http://a.example"},
    {NULL, "  http://a.example/\n", "http://a.example/"},
    {NULL, "http://a.exa\r\nmple/", "http://a.example/"},
    {NULL, "a", "https://news.example.org/feeds/a"},
    {NULL, "/a/../b/./c", "https://news.example.org/b/c"},
    {NULL, "../../../a", "https://news.example.org/a"},
    {NULL, "#a", "https://news.example.org/feeds/all.xml#a"},
    {NULL, "//b.example/?q", "https://b.example/?q"},
    {NULL, "خبر", "https://news.example.org/feeds/%D8%AE%D8%A8%D8%B1"},
    {NULL, "http://a.example/a b", "http://a.example/a%20b"},
    {NULL, "http://a.example/a\x7f", ""},
    {NULL, "http://a.example/a\x01/b", ""},
    {NULL, "http://a.example/`{|}^\\\"<>",
	"http://a.example/"
	"%60%7B%7C%7D%5E%5C%22%3C%3E"},
    {NULL, "http://a.example/100%-off", "http://a.example/100%25-off"},
    {NULL, "http://a.example/a[x]", "http://a.example/a[x]"},
    {NULL, "https://مثال.إختبار/خبر",
	"https://xn--mgbh0fb.xn--kgbechtv/%D8%AE%D8%A8%D8%B1"},
    {NULL, "http://127.0.0.1:8080/a", "http://127.0.0.1:8080/a"},
    {NULL, "http://localhost/a", "http://localhost/a"},
    {NULL, "http://[::1]:81/a", "http://[::1]:81/a"},
    {NULL, "http://[::1/a", ""},
    {NULL, "http://my_site.example/a", "http://my_site.example/a"},
    {NULL, "http://u:p@a.example/", ""},
    {NULL, "http://a.example:99999999999/", ""},
    {NULL, "http://", ""},
    {NULL, "https:///a", ""},
    {NULL, "http:a", ""},
    {NULL, "http:\\\\a.example", ""},
    {NULL, "javascript://a.example/%0aalert(1)", ""},
    {NULL, "java\tscript:alert(1)", ""},
    {NULL, " \x01javascript:alert(1)", ""},
    {NULL, "ftp://a.example/", ""},
    {NULL, "httpx://a.example/", ""},
    {NULL, "tag:a.example,2025:1", ""},
    {"/x/", "a", "https://news.example.org/x/a"},
    {"http://b.example/y/", "a", "http://b.example/y/a"},
    {"http://b.example/y/", "https://c.example/", "https://c.example/"},
    {"javascript:alert(1)", "a", ""},
    {"file:///etc/", "passwd", ""},
    {"data:text/html,", "a", ""},
};

static void
check_link(const char *document, const char *link, const char *url)
{
	struct str text, got;
	struct xmltext *xml = open_text(&text, document, false);

	str_init(&got, 65536);
	assert_true(xmltext_child(xml, -1));
	xmltext_link(xml, link, &got);
	if (!str_eq(got.data, url))
		fail_msg("%s in %s: '%s'", link, document, got.data);
	xmltext_close(xml);
	str_release(&got);
	str_release(&text);
}

static void
test_links(void **state)
{
	struct str text;

	(void)state;
	str_init(&text, 65536);
	for (size_t i = 0; i < COUNT(links); i++) {
		str_reset(&text);
		str_add(&text, "<r");
		if (links[i].base != NULL)
			str_addf(&text, " xml:base='%s'", links[i].base);
		str_add(&text, "/>");
		check_link(text.data, links[i].link, links[i].url);
	}
	/* one byte too many, and a letter is three of them */
	str_reset(&text);
	str_add(&text, "http://a.example/");
	while (text.len < 2048)
		str_add(&text, "a");
	check_link("<r/>", text.data, text.data);
	str_add(&text, "a");
	check_link("<r/>", text.data, "");
	text.data[2047] = ' ';
	text.data[2048] = 'b';
	check_link("<r/>", text.data, "");
	str_release(&text);
}

/* Without a base, or with one that is none, a relative link is none. */
static void
test_bases(void **state)
{
	static const char *const bases[] = {
	    "", "not a url", "mailto:a@b.example", "file:///etc/"};
	struct str text, got;

	(void)state;
	str_init(&text, 65536);
	str_init(&got, 65536);
	str_add(&text, "<r/>");
	for (size_t i = 0; i < COUNT(bases); i++) {
		struct xmltext *xml = NULL;
		struct err err = ERR_INIT;

		str_reset(&got);
		assert_int_equal(xmltext_open(&xml, &text, bases[i], &err), 0);
		assert_true(xmltext_child(xml, -1));
		xmltext_link(xml, "passwd", &got);
		if (got.len > 0)
			fail_msg("'%s': %s", bases[i], got.data);
		xmltext_link(xml, "http://a.example/", &got);
		assert_string_equal(got.data, "http://a.example/");
		xmltext_close(xml);
	}
	str_release(&got);
	str_release(&text);
}

/* decode lets none of it through; if it did, nothing would be read. */
static void
test_entities(void **state)
{
	static const char *const documents[] = {
	    "<!DOCTYPE r [<!ENTITY x 'expanded'>]><r><t>&x;</t></r>",
	    ("<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>"
	     "<r><t>&x;</t></r>"),
	    "<!DOCTYPE r SYSTEM 'file:///etc/passwd'><r><t>&x;</t></r>",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(documents) * 2; i++) {
		struct str text, got;
		struct xmltext *xml =
		    open_text(&text, documents[i / 2], i % 2 == 1);

		str_init(&got, 65536);
		if (xmltext_child(xml, -1))
			xmltext_read(xml, XMLTEXT_HTML, &got);
		assert_null(strstr(got.data, "expanded"));
		assert_null(strstr(got.data, "root:"));
		xmltext_close(xml);
		str_release(&got);
		str_release(&text);
	}
}

/* As deep as libxml2 goes, and deeper: an error, and what is before it. */
static void
test_depth(void **state)
{
	static const struct {
		size_t depth;
		bool sound;
	} cases[] = {{1, true}, {250, true}, {300, false}, {100000, false}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str text, got;
		struct xmltext *xml;
		struct err err = ERR_INIT;

		str_init(&text, LARGE);
		str_init(&got, LARGE);
		str_add(&text, "<r>");
		for (size_t j = 0; j < cases[i].depth; j++)
			str_add(&text, "<a>");
		str_add(&text, "x");
		for (size_t j = 0; j < cases[i].depth; j++)
			str_add(&text, "</a>");
		str_add(&text, "</r>");
		assert_int_equal(xmltext_open(&xml, &text, base, &err), 0);
		assert_true(xmltext_child(xml, -1));
		xmltext_read(xml, XMLTEXT_PLAIN, &got);
		assert_int_equal(xmltext_broken(xml), !cases[i].sound);
		assert_string_equal(got.data, cases[i].sound ? "x" : "");
		assert_int_equal(xmltext_error(xml) == NULL, cases[i].sound);
		xmltext_close(xml);
		assert_int_equal(
		    xmltext_open_broken(&xml, &text, base, whole, &err), 0);
		assert_int_equal(xmltext_error(xml) == NULL, cases[i].sound);
		xmltext_close(xml);
		str_release(&got);
		str_release(&text);
	}
}

/* More than the caller has room for turns the string bad, and the walk goes
 * on. */
static void
test_room(void **state)
{
	struct str text, got;
	struct xmltext *xml =
	    open_text(&text, "<r><t>ab<b/>cdef</t><u/></r>", false);
	int depth;

	(void)state;
	str_init(&got, 3);
	assert_true(xmltext_child(xml, -1));
	depth = xmltext_enter(xml);
	assert_true(xmltext_child(xml, depth));
	xmltext_read(xml, XMLTEXT_PLAIN, &got);
	assert_true(got.bad);
	assert_string_equal(got.data, "ab");
	assert_true(xmltext_child(xml, depth));
	assert_string_equal(xmltext_name(xml), "u");
	xmltext_close(xml);
	str_release(&got);
	str_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_walks),
	    cmocka_unit_test(test_texts),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_names),
	    cmocka_unit_test(test_links),
	    cmocka_unit_test(test_bases),
	    cmocka_unit_test(test_entities),
	    cmocka_unit_test(test_depth),
	    cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
