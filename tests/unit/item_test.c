/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/str.h"
#include "feed/item.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What the children of a root say, one "field=value" a line. */
static void
read_item(const char *children, bool atom, bool of_feed, struct str *out)
{
	struct err err = ERR_INIT;
	struct item_draft draft;
	struct parse_item item;
	struct xmltext *xml = NULL;
	struct str text;
	int depth;

	str_init(&text, 65536);
	str_addf(&text,
	    "<x xmlns:a='http://www.w3.org/2005/Atom'"
	    " xmlns:dc='https://purl.org/dc/elements/1.1/'"
	    " xmlns:c='http://purl.org/rss/1.0/modules/content/'"
	    " xmlns:r='http://purl.org/rss/1.0/' xmlns:o='u:other'>%s</x>",
	    children);
	assert_int_equal(
	    xmltext_open(&xml, &text, "http://h.example/", &err), 0);
	item_init(&draft);
	assert_true(xmltext_child(xml, -1));
	depth = xmltext_enter(xml);
	while (xmltext_child(xml, depth))
		item_read(xml, &draft, atom, of_feed);
	assert_false(xmltext_broken(xml));
	assert_int_equal(item_take(&item, &draft, &err), 0);
	str_reset(out);
	str_addf(out, "%s|%s|%s|%s|%s|%lld", item.guid, item.link, item.title,
	    item.author, item.html, (long long)item.published);
	item_free(&item);
	item_release(&draft);
	xmltext_close(xml);
	str_release(&text);
}

static const struct {
	const char *children;
	bool atom, of_feed;
	const char *item; /* guid|link|title|author|html|published */
} cases[] = {
    {"", false, false, "|||||0"},
    {"<title>ع</title><link>/1</link>", false, false,
	"|http://h.example/1|ع|||0"},
    {"<r:title>ع</r:title><r:description>و</r:description>", false, false,
	"||ع||و|0"},
    /* what has no namespace belongs to the root's vocabulary alone */
    {"<title>ع</title><pubDate>Thu, 1 Jan 1970 00:00:09 GMT</pubDate>", true,
	false, "||ع|||0"},
    {"<published>1970-01-01T00:00:09Z</published>", false, false, "|||||0"},
    {"<published>1970-01-01T00:00:09Z</published>", true, false, "|||||9"},
    {"<o:title>ع</o:title><o:link>/1</o:link><zz:title>ع</zz:title>", false,
	false, "|||||0"},
    {"<atom:link href='/1'/><content:encoded>و</content:encoded>", false, false,
	"|http://h.example/1|||و|0"},
    /* ranks, in both orders */
    {"<description>1</description><c:encoded>2</c:encoded>", false, false,
	"||||2|0"},
    {"<c:encoded>2</c:encoded><description>1</description>", false, false,
	"||||2|0"},
    {"<author>ا</author><dc:creator>ب</dc:creator>", false, false, "|||ب||0"},
    {"<dc:creator>ب</dc:creator><author>ا</author>", false, false, "|||ب||0"},
    {"<a:link href='/a'/><link>/r</link>", false, false,
	"|http://h.example/r||||0"},
    {"<link>/r</link><a:link href='/a'/>", false, false,
	"|http://h.example/r||||0"},
    {"<link>javascript:1</link><a:link href='/a'/>", false, false,
	"|http://h.example/a||||0"},
    {"<guid>http://h.example/g</guid><a:link href='/a'/>", false, false,
	"http://h.example/g|http://h.example/a||||0"},
    {"<dc:date>1970-01-01T00:00:03Z</dc:date><pubDate>Thu, 1 Jan 1970 "
     "00:00:04 GMT</pubDate>",
	false, false, "|||||4"},
    {"<pubDate>gestern</pubDate><dc:date>1970-01-01T00:00:03Z</dc:date>", false,
	false, "|||||3"},
    {"<updated>1970-01-01T00:00:02Z</updated><published>1970-01-01T00:00:01Z"
     "</published>",
	true, false, "|||||1"},
    {"<updated>1970-01-01T00:00:02Z</updated>", true, false, "|||||2"},
    {"<link href='/j' type='application/json'/><link href='/h'/>", true, false,
	"|http://h.example/h||||0"},
    {"<link href='/h' type='text/html'/><link href='/2'/>", true, false,
	"|http://h.example/h||||0"},
    {"<link rel='self' href='/s'/><link rel='enclosure' href='/e'/>"
     "<link rel='replies' href='/r'/><link/>",
	true, false, "|||||0"},
    {"<link rel='alternate'>/1</link>", true, false, "|||||0"},
    {"<content>a &lt; b</content>", true, false, "||||a &lt; b|0"},
    {"<content type='html'>a &lt;b></content>", true, false, "||||a <b>|0"},
    {"<content type='image/png'>aGk=</content><summary>s</summary>", true,
	false, "||||s|0"},
    {"<content/><summary>s</summary>", true, false, "||||s|0"},
    {"<author><name>ا</name><uri>u</uri></author><author><name>ب</name>"
     "</author>",
	true, false, "|||ا||0"},
    {"<author>ا</author>", true, false, "|||||0"},
    {"<author>n@h.example</author>", false, false, "|||||0"},
    {"<author>n@h.example (ا)</author>", false, false, "|||ا||0"},
    {"<author>n@h.example ()</author>", false, false, "|||||0"},
    {"<guid isPermaLink='false'>http://h.example/g</guid>", false, false,
	"http://h.example/g|||||0"},
    {"<guid isPermaLink='true'> http://h.example/g </guid>", false, false,
	"http://h.example/g|http://h.example/g||||0"},
    {"<guid>1</guid><guid>2</guid>", false, false, "1|||||0"},
    {"<title><b>ع</b> و</title>", false, false, "||ع و|||0"},
    {"<title type='html'>&lt;b>ع&lt;/b></title>", true, false, "||ع|||0"},
    {"<title>&lt;b></title>", true, false, "||<b>|||0"},
    {"<title type='xhtml'><div>ع <i>و</i></div></title>", true, false,
	"||ع و|||0"},
    /* of the feed: its title and link, and nothing else */
    {"<title>ع</title><link>/1</link><description>و</description>"
     "<pubDate>Thu, 1 Jan 1970 00:00:09 GMT</pubDate><dc:creator>ا"
     "</dc:creator>",
	false, true, "|http://h.example/1|ع|||0"},
    {"<title>ع</title><id>1</id><link href='/1'/><updated>1970-01-01T00:00:09Z"
     "</updated>",
	true, true, "|http://h.example/1|ع|||0"},
};

static void
test_items(void **state)
{
	struct str out;

	(void)state;
	str_init(&out, 65536);
	for (size_t i = 0; i < COUNT(cases); i++) {
		read_item(
		    cases[i].children, cases[i].atom, cases[i].of_feed, &out);
		assert_string_equal(out.data, cases[i].item);
	}
	str_release(&out);
}

/* Two long ids that differ at the end must not become one. */
static void
test_long_guid(void **state)
{
	struct str children;
	struct str out;

	(void)state;
	str_init(&children, 4096);
	str_init(&out, 65536);
	str_add(&children, "<guid>");
	for (int i = 0; i < 1001; i++)
		str_add(&children, "g");
	str_add(&children, "</guid>");
	read_item(children.data, false, false, &out);
	assert_string_equal(out.data, "|||||0");
	str_release(&children);
	str_release(&out);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_items),
	    cmocka_unit_test(test_long_guid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
