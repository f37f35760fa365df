/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/codec.h"
#include "base/str.h"
#include "feed/item.h"
#include "feed/item_html.h"
#include "feed/xmltext.h"

#include <string.h>

#define LARGE        16777216
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define TEN(text) text text text text text text text text text text
#define DEEP      "<![CDATA[" TEN(TEN(TEN("<i>"))) "x]]>"
#define RTL(text) "<p dir=\"rtl\">" text "</p>"
#define LTR(text) "<p dir=\"ltr\">" text "</p>"

static const char base[] = "https://news.example.org/feeds/all.xml";

/* Reads every child of the root, as parse does of an item. */
static void
read_draft(
    struct item_draft *draft, const char *document, bool atom, bool of_feed)
{
	struct str text;
	struct xmltext *xml = NULL;
	struct err err = ERR_INIT;
	int depth;

	str_init(&text, LARGE);
	str_add(&text, document);
	assert_false(text.bad);
	assert_int_equal(xmltext_open(&xml, &text, base, &err), 0);
	assert_true(xmltext_child(xml, -1));
	depth = xmltext_enter(xml);
	item_init(draft);
	while (xmltext_child(xml, depth))
		item_read(xml, draft, atom, of_feed);
	if (xmltext_broken(xml))
		fail_msg("%s in %.200s", xmltext_error(xml), document);
	xmltext_close(xml);
	str_release(&text);
}

struct fields {
	const char *guid, *link, *title, *author, *html;
	int64_t published;
};

static void
check(const char *document, bool atom, bool of_feed, const struct fields *want)
{
	struct item_draft draft;
	struct str html;
	const char *got[5];
	const char *const wanted[] = {
	    want->guid, want->link, want->title, want->author, want->html};

	read_draft(&draft, document, atom, of_feed);
	str_init(&html, LARGE);
	item_html_make(&html, &draft);
	got[0] = draft.guid.data;
	got[1] = draft.link.data;
	got[2] = draft.title.data;
	got[3] = draft.author.data;
	got[4] = html.data;
	for (size_t i = 0; i < COUNT(got); i++) {
		if (!str_eq(got[i], wanted[i] != NULL ? wanted[i] : ""))
			fail_msg("%zu: '%s' in %s", i, got[i], document);
	}
	if (draft.published != want->published) {
		fail_msg("%lld in %s", (long long)draft.published, document);
	}
	str_release(&html);
	item_release(&draft);
}

/* Inside <item>: of two that say the same thing, in either order, one. */
static const struct {
	const char *first, *second;
	struct fields want;
} ranks[] = {
    {"<title>أ</title>", "<guid>1</guid>", {.title = "أ", .guid = "1"}},
    {"<link>/1</link>", "<guid>http://a.example/2</guid>",
	{.link = "https://news.example.org/1", .guid = "http://a.example/2"}},
    {"<link>/1</link>",
	"<a:link xmlns:a='http://www.w3.org/2005/Atom' href='/2'/>",
	{.link = "https://news.example.org/1"}},
    {"<link>mailto:a@b.example</link>",
	"<a:link xmlns:a='http://www.w3.org/2005/Atom' href='/2'/>",
	{.link = "https://news.example.org/2"}},
    {"<a:link xmlns:a='http://www.w3.org/2005/Atom' href='/1'/>",
	"<a:link xmlns:a='http://www.w3.org/2005/Atom' type='image/png'"
	" href='/2'/>",
	{.link = "https://news.example.org/1"}},
    {"<a:link xmlns:a='http://www.w3.org/2005/Atom' type='image/png'"
     " href='/2'/>",
	"<guid>http://a.example/3</guid>",
	{.link = "https://news.example.org/2", .guid = "http://a.example/3"}},
    {"<author>أ</author>",
	"<c:creator xmlns:c='http://purl.org/dc/elements"
	"/1.1/'>ب</c:creator>",
	{.author = "ب"}},
    {"<c:creator xmlns:c='https://purl.org/dc/elements/1.1/'>ب</c:creator>",
	"<a:author xmlns:a='http://www.w3.org/2005/Atom'><a:name>ج</a:name>"
	"<a:uri>x</a:uri></a:author>",
	{.author = "ج"}},
    {"<author>أ</author>", "<dc:creator> </dc:creator>", {.author = "أ"}},
    {"<author>أ</author>", "<dc:creator>x@a.example</dc:creator>",
	{.author = "أ"}},
    {"<description>قصير</description>",
	"<content:encoded>طويل</content:encoded>", {.html = RTL("طويل")}},
    {"<description>قصير</description>", "<content:encoded></content:encoded>",
	{.html = RTL("قصير")}},
    {"<pubDate>Wed, 22 Jan 2025 09:30:00 +0300</pubDate>",
	"<dc:date>2020-01-01T00:00:00Z</dc:date>", {.published = 1737527400}},
    {"<pubDate>أمس</pubDate>", "<dc:date>2025-01-22T06:30:00Z</dc:date>",
	{.published = 1737527400}},
    {"<a:updated xmlns:a='http://www.w3.org/2005/Atom'>2020-01-01T00:00:00Z"
     "</a:updated>",
	"<dc:date>2025-01-22T06:30:00Z</dc:date>", {.published = 1737527400}},
};

static void
test_ranks(void **state)
{
	struct str text;

	(void)state;
	str_init(&text, 65536);
	for (size_t i = 0; i < COUNT(ranks); i++) {
		str_reset(&text);
		str_addf(&text, "<item>%s%s</item>", ranks[i].first,
		    ranks[i].second);
		check(text.data, false, false, &ranks[i].want);
		str_reset(&text);
		str_addf(&text, "<item>%s%s</item>", ranks[i].second,
		    ranks[i].first);
		check(text.data, false, false, &ranks[i].want);
	}
	str_release(&text);
}

static const struct {
	const char *document;
	bool atom, of_feed;
	struct fields want;
} documents[] = {
    /* of two of one rank, the first */
    {"<item><title>أ</title><title>ب</title><guid>1</guid><guid>2</guid>"
     "<link>/1</link><link>/2</link><author>ج</author><author>د</author>"
     "<description>ه</description><description>و</description></item>",
	false, false,
	{.guid = "1",
	    .link = "https://news.example.org/1",
	    .title = "أ",
	    .author = "ج",
	    .html = RTL("ه")}},
    {"<item><title> </title><title>ب</title><guid/><guid>2</guid></item>",
	false, false, {.guid = "2", .title = "ب"}},
    /* whose element it is: what has no namespace is the feed's own kind */
    {"<r><id>1</id><title>أ</title><summary>ب</summary></r>", true, false,
	{.guid = "1", .title = "أ", .html = RTL("ب")}},
    {"<r><id>1</id><title>أ</title><summary>ب</summary></r>", false, false,
	{.title = "أ"}},
    {"<r><guid>1</guid><description>ب</description><pubDate>Wed, 22 Jan 2025 "
     "09:30:00 +0300</pubDate></r>",
	true, false, {0}},
    {"<r xmlns='http://www.w3.org/2005/Atom'><id>1</id></r>", false, false,
	{.guid = "1"}},
    {"<r xmlns='https://www.w3.org/2005/Atom'><id>1</id></r>", false, false,
	{.guid = "1"}},
    {"<r xmlns='http://www.w3.org/2005/Atom/'><id>1</id></r>", true, false,
	{0}},
    {"<r xmlns='http://www.w3.org/2005/atom'><id>1</id></r>", true, false, {0}},
    {"<r xmlns='x'><title>أ</title><link>/1</link></r>", false, false, {0}},
    {"<r><atom:id>1</atom:id><content:encoded>أ</content:encoded>"
     "<dc:date>2025-01-22T06:30:00Z</dc:date></r>",
	false, false, {.guid = "1", .html = RTL("أ"), .published = 1737527400}},
    {"<r><d:creator>أ</d:creator><dcx:creator>ب</dcx:creator>"
     "<DC:creator>ج</DC:creator></r>",
	false, false, {0}},
    {"<r xmlns:dc='u:dc'><dc:creator>أ</dc:creator></r>", false, false, {0}},
    {"<r><TITLE>أ</TITLE><Link>/1</Link><pubdate>x</pubdate></r>", false, false,
	{0}},
    /* of the feed itself, its title and its link alone */
    {"<r><title>أ</title><link>/</link><guid>1</guid><description>ب"
     "</description><author>ج</author></r>",
	false, true, {.title = "أ", .link = "https://news.example.org/"}},
    {"<r><title>أ</title><link href='/'/><id>1</id><author><name>ج</name>"
     "</author><updated>2025-01-22T06:30:00Z</updated></r>",
	true, true, {.title = "أ", .link = "https://news.example.org/"}},
    /* Atom's links */
    {"<r><link rel='self' href='/1'/><link rel='alternate' href='/2'/></r>",
	true, false, {.link = "https://news.example.org/2"}},
    {"<r><link rel='Alternate' href='/1'/><link rel='' href='/2'/></r>", true,
	false, {0}},
    {"<r><link/><link href=''/><link href='javascript:x'/></r>", true, false,
	{0}},
    {"<r><link type='application/json' href='/1'/><link href='/2'/></r>", true,
	false, {.link = "https://news.example.org/2"}},
    {"<r><link type='text/html' href='/1'/><link href='/2'/></r>", true, false,
	{.link = "https://news.example.org/1"}},
    {"<r><link>http://a.example/</link></r>", true, false, {0}},
    /* a permanent link unless it says that it is not one */
    {"<r><guid isPermaLink='true'>/1</guid></r>", false, false, {.guid = "/1"}},
    {"<r><guid isPermaLink='true'>HTTPS://a.example/</guid></r>", false, false,
	{.guid = "HTTPS://a.example/", .link = "https://a.example/"}},
    {"<r><guid isPermaLink='false'>http://a.example/</guid></r>", false, false,
	{.guid = "http://a.example/"}},
    {"<r><guid>javascript:alert(1)</guid></r>", false, false,
	{.guid = "javascript:alert(1)"}},
    /* authors */
    {"<r><author>a@b.example (أ)</author></r>", false, false, {.author = "أ"}},
    {"<r><author>a@b.example (أ</author></r>", false, false, {.author = "أ"}},
    {"<r><author>a@b.example ()</author></r>", false, false, {0}},
    {"<r><author>أ (ب)</author></r>", false, false, {.author = "أ (ب)"}},
    {"<r><author>a@b.example</author><author>ب</author></r>", false, false,
	{.author = "ب"}},
    {"<r><author><name>أ</name><name>ب</name></author></r>", true, false,
	{.author = "أ"}},
    {"<r><author/><author><email>a@b.example</email></author>"
     "<author><x><name>أ</name></x></author></r>",
	true, false, {0}},
    /* the type decides what is text and what is HTML */
    {"<r><title>&lt;b&gt;أ&lt;/b&gt;</title></r>", true, false,
	{.title = "<b>أ</b>"}},
    {"<r><title type='text'>a &amp;amp; b</title></r>", true, false,
	{.title = "a &amp; b"}},
    {"<r><title type='html'>&lt;b&gt;أ&lt;/b&gt; &amp;amp;</title></r>", true,
	false, {.title = "أ &"}},
    {"<r><title type='xhtml'><div>a <b>&lt;b&gt;</b></div></title></r>", true,
	false, {.title = "a <b>"}},
    {"<r><title>&lt;script&gt;x()&lt;/script&gt;</title></r>", false, false,
	{.title = "<script>x()</script>"}},
    {"<r><content>&lt;b&gt; &amp;amp;</content></r>", true, false,
	{.html = LTR("&lt;b&gt; &amp;amp;")}},
    {"<r><content type='html'>&lt;b&gt; &amp;amp;</content></r>", true, false,
	{.html = "<p><strong>&amp;</strong></p>"}},
    {"<r><content type='xhtml'><p>&lt;</p></content></r>", true, false,
	{.html = "<p>&lt;</p>"}},
    {"<r><content type='HTML'>أ</content><summary>ب</summary></r>", true, false,
	{.html = RTL("ب")}},
    {"<r><content type='image/png'>AAAA</content><content src='/v'/></r>", true,
	false, {0}},
    /* one line, and clean */
    {"<r><title>\xe2\x80\xae"
     "a&#10;&#160;\xe2\x81\xa8"
     "b\xef\xbb\xbf&#x85;</title><author>\t&#x202e;أ\n</author>"
     "<guid>&#x200b; 1 \n 2</guid></r>",
	false, false,
	{.title = "a b", .author = "أ", .guid = "\xe2\x80\x8b 1 2"}},
    {"<r><description>a&#x202e;b\n\nc&#x7f;</description></r>", false, false,
	{.html = LTR("ab") LTR("c")}},
    /* URLs are relative to the item's link, wherever that stands */
    {"<r><description>&lt;a href='../x'&gt;أ&lt;/a&gt;&lt;img src=i.png&gt;"
     "</description><link>http://a.example/b/c</link></r>",
	false, false,
	{.link = "http://a.example/b/c",
	    .html = RTL("<a href=\"http://a.example/x\">أ</a>"
			"<img src=\"http://a.example/b/i.png\" alt=\"\">")}},
    {"<r><description>&lt;a href='/x'&gt;أ&lt;/a&gt;</description></r>", false,
	false, {.html = RTL("أ")}},
    /* the summary, where nothing is left of the whole */
    {"<r><content:encoded>&lt;script&gt;x()&lt;/script&gt;</content:encoded>"
     "<description>أ</description></r>",
	false, false, {.html = RTL("أ")}},
    /* words stay apart */
    {"<r><description>أ&lt;/p&gt;ب&lt;/br&gt;ج</description></r>", false, false,
	{.html = RTL("أ") RTL("ب<br>ج")}},
    /* what is nested without end is as good as nothing */
    {"<r><title>أ</title><content:encoded>" DEEP "</content:encoded></r>",
	false, false, {.title = "أ"}},
    {"<r><content:encoded>" DEEP "</content:encoded><description>أ"
     "</description></r>",
	false, false, {.html = RTL("أ")}},
    /* an element that is there and says nothing */
    {"<r><title/><link/><guid/><author/><description/><pubDate/></r>", false,
	false, {0}},
    {"<r><link><x/></link><pubDate>1</pubDate></r>", false, false, {0}},
    {"<r/>", false, false, {0}},
};

static void
test_documents(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(documents); i++) {
		check(documents[i].document, documents[i].atom,
		    documents[i].of_feed, &documents[i].want);
	}
}

/* A title or a name is cut; an id or a link that is cut is another one. */
static const struct {
	const char *element, *head, *letter, *tail;
	size_t times;
	size_t kept; /* bytes */
} lengths[] = {
    {"title", "", "a", "", 1000, 1000},
    {"title", "", "a", "", 1001, 1000},
    {"title", "", "ب", "", 501, 1000},
    {"title", "a", "ب", "", 501, 999},
    {"title", "ab", "\xf0\x9f\x93\xb0", "", 300, 998},
    {"title", "", "a", " b", 999, 999},
    {"title", "", "a", "&lt;b&gt; b &lt;/b&gt;", 999, 999},
    {"title", "", "a", "", 65536, 1000},
    {"title", "", "&lt;b&gt;", "a", 10, 1},
    /* deeper than HTML is read: it stays as it came */
    {"title", "", "&lt;b&gt;", "a", 5000, 1000},
    {"author", "", "ب", "", 600, 1000},
    {"author", "a@b.example (", "ب", ")", 600, 1000},
    {"guid", "", "a", "", 1000, 1000},
    {"guid", "", "a", "", 1001, 0},
    {"guid", "", "ب", "", 500, 1000},
    {"guid", "", "a", "", 65537, 0},
    /* a letter that takes the double when it is composed */
    {"guid", "", "\xe0\xa5\x98", "", 166, 996},
    {"guid", "", "\xe0\xa5\x98", "", 167, 0},
    /* the beginning alone would be taken for the whole */
    {"guid", "a<![CDATA[", "b", "]]>", 65536, 0},
    {"link", "http://a.example/", "b", "", 2031, 2048},
    {"link", "http://a.example/", "b", "", 2032, 0},
    {"link", "http://a.example/<![CDATA[", "b", "]]>", 65536, 0},
    {"description", "", "ب", "", 1048576, 2097152},
    {"description", "", "ب", "", 1048577, 0},
    {"description", "a<![CDATA[", "b", "]]>", 2097152, 0},
};

static void
test_lengths(void **state)
{
	struct str text;

	(void)state;
	str_init(&text, LARGE);
	for (size_t i = 0; i < COUNT(lengths); i++) {
		struct item_draft draft;
		const struct str *got = &draft.title;

		str_reset(&text);
		str_addf(
		    &text, "<r><%s>%s", lengths[i].element, lengths[i].head);
		for (size_t j = 0; j < lengths[i].times; j++)
			str_add(&text, lengths[i].letter);
		str_addf(
		    &text, "%s</%s></r>", lengths[i].tail, lengths[i].element);
		read_draft(&draft, text.data, false, false);
		if (str_eq(lengths[i].element, "author"))
			got = &draft.author;
		if (str_eq(lengths[i].element, "guid"))
			got = &draft.guid;
		if (str_eq(lengths[i].element, "link"))
			got = &draft.link;
		if (str_eq(lengths[i].element, "description"))
			got = &draft.html[ITEM_SUMMARY];
		if (got->len != lengths[i].kept || got->bad)
			fail_msg("%zu: %zu bytes", i, got->len);
		assert_true(codec_utf8_ok(got->data, got->len));
		item_release(&draft);
	}
	str_release(&text);
}

/* What is taken is whole, and the draft is empty and may be used again. */
static void
test_take(void **state)
{
	struct item_draft draft;
	struct parse_item item;
	struct err err = ERR_INIT;

	(void)state;
	read_draft(&draft,
	    "<r><title>أ</title><pubDate>Wed, 22 Jan 2025 09:30:00 +0300"
	    "</pubDate></r>",
	    false, false);
	assert_int_equal(item_take(&item, &draft, &err), 0);
	assert_string_equal(item.title, "أ");
	assert_string_equal(item.guid, "");
	assert_string_equal(item.link, "");
	assert_string_equal(item.author, "");
	assert_string_equal(item.html, "");
	assert_int_equal(item.published, 1737527400);
	assert_int_equal(draft.title.len, 0);
	item_free(&item);
	assert_int_equal(item_take(&item, &draft, &err), 0);
	assert_string_equal(item.title, "");
	item_free(&item);
	item_release(&draft);
	item_release(&draft);
	assert_int_equal(err.code, ERR_NONE);
}

#define MEDIA "<item xmlns:media=\"http://search.yahoo.com/mrss/\">"
#define IMAGE "https://news.example.org/i.jpg"

/* A section and a picture, or none where they are not to be shown. */
static const struct {
	const char *document;
	bool atom;
	const char *section, *image;
	int width, height;
} extras[] = {
    {"<item><category>علوم</category><category>ب</category></item>", false,
	"علوم", "", 0, 0},
    {"<item><category> </category><category>ب</category></item>", false, "ب",
	"", 0, 0},
    {"<item><category>a\nb</category></item>", false, "a b", "", 0, 0},
    {"<entry><category term=\"t\" label=\"فن\"/></entry>", true, "فن", "", 0,
	0},
    {"<entry><category term=\"t\"/></entry>", true, "t", "", 0, 0},
    {"<item><enclosure type=\"image/jpeg\" url=\"/i.jpg\"/></item>", false, "",
	IMAGE, 0, 0},
    {"<item><enclosure type=\"audio/mpeg\" url=\"/i.mp3\"/></item>", false, "",
	"", 0, 0},
    {"<item><enclosure type=\"image/svg+xml\" url=\"/i\"/></item>", false, "",
	"", 0, 0},
    {MEDIA "<media:content medium=\"image\" url=\"/i.jpg\" width=\"600\""
	   " height=\"400\"/></item>",
	false, "", IMAGE, 600, 400},
    {MEDIA "<media:content medium=\"image\" url=\"/i.jpg\" width=\"1\""
	   " height=\"1\"/></item>",
	false, "", "", 0, 0},
    {MEDIA "<media:content medium=\"image\" url=\"/i.jpg\" width=\"400\""
	   " height=\"2\"/></item>",
	false, "", "", 0, 0},
    {MEDIA "<media:thumbnail url=\"/t.jpg\" width=\"9\"/>"
	   "<media:content type=\"image/png\" url=\"/i.jpg\"/></item>",
	false, "", IMAGE, 0, 0},
    {MEDIA "<media:content type=\"image/png\" url=\"/i.jpg\"/>"
	   "<media:thumbnail url=\"/t.jpg\" width=\"9\"/></item>",
	false, "", IMAGE, 0, 0},
    {MEDIA "<media:thumbnail url=\"/i.jpg\" width=\"9px\" height=\"-1\"/>"
	   "</item>",
	false, "", IMAGE, 0, 0},
    {MEDIA "<media:content type=\"video/mp4\" url=\"/i.jpg\"/></item>", false,
	"", "", 0, 0},
    {MEDIA "<media:content medium=\"image\" url=\"javascript:x\"/></item>",
	false, "", "", 0, 0},
    {MEDIA "<media:content medium=\"image\"/></item>", false, "", "", 0, 0},
};

static void
what_is_besides_the_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(extras); i++) {
		struct item_draft draft;

		read_draft(&draft, extras[i].document, extras[i].atom, false);
		if (!str_eq(draft.section.data, extras[i].section) ||
		    !str_eq(draft.image.data, extras[i].image) ||
		    draft.image_width != extras[i].width ||
		    draft.image_height != extras[i].height) {
			fail_msg("%s: '%s', '%s'", extras[i].document,
			    draft.section.data, draft.image.data);
		}
		item_release(&draft);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(what_is_besides_the_words),
	    cmocka_unit_test(test_ranks),
	    cmocka_unit_test(test_documents),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_take),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
