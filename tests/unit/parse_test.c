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
#include "feed/parse.h"

#include <iconv.h>
#include <stdlib.h>
#include <string.h>

#define LARGE        16777216
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define RTL(text) "<p dir=\"rtl\">" text "</p>"
#define LTR(text) "<p dir=\"ltr\">" text "</p>"

static const char base[] = "https://news.example.org/feeds/all.xml";

static struct parse_feed
read_as(const char *bytes, size_t len, const char *content_type)
{
	struct parse_feed feed = {0};
	struct err err = ERR_INIT;

	if (parse_feed(&feed, bytes, len, base, content_type, &err) != 0)
		fail_msg("%s in %.200s", err.msg, bytes);
	assert_int_equal(err.code, ERR_NONE);
	return feed;
}

static struct parse_feed
read_text(const char *text)
{
	return read_as(text, strlen(text), "");
}

/* Two articles, as a news site's feed carries them. */
static const char rss[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<rss version=\"2.0\""
    " xmlns:content=\"http://purl.org/rss/1.0/modules/content/\""
    " xmlns:dc=\"http://purl.org/dc/elements/1.1/\""
    " xmlns:media=\"http://search.yahoo.com/mrss/\""
    " xmlns:atom=\"http://www.w3.org/2005/Atom\">\n"
    "<channel>\n"
    " <title>الموسوعة | أخبار وتحليلات</title>\n"
    " <atom:link href=\"/feeds/all.xml\" rel=\"self\"/>\n"
    " <link>https://news.example.org/</link>\n"
    " <image><title>شعار</title><link>https://logo.example/</link></image>\n"
    " <item>\n"
    "  <title>كازاخستان توسّع «الممر الأوسط» نحو المتوسط</title>\n"
    "  <link>https://news.example.org/articles/2025/middle-corridor</link>\n"
    "  <guid isPermaLink=\"false\">article-4817</guid>\n"
    "  <pubDate>Wed, 22 Jan 2025 09:30:00 +0300</pubDate>\n"
    "  <dc:creator>ليلى الحموي</dc:creator>\n"
    "  <media:title>صورة من ميناء أكتاو</media:title>\n"
    "  <description>تعمل أستانا على ربط موانئ قزوين بشبكات النقل في سوريا "
    "وتركيا.</description>\n"
    "  <content:encoded><![CDATA[<p>وقّعت شركة السكك الحديدية الكازاخية "
    "اتفاقاً يقضي بزيادة حركة الحاويات بنسبة 40&nbsp;٪ خلال عامين.</p>\n"
    "<p>ويقول خبراء إن «الممر الأوسط» يختصر الطريق بين الصين وأوروبا."
    "</p>]]></content:encoded>\n"
    " </item>\n"
    " <item>\n"
    "  <title>أسواق دمشق القديمة: حرفيون يعيدون النول إلى الحياة</title>\n"
    "  <link>\n   /articles/2025/damascus-looms?ref=rss&amp;lang=ar\n  "
    "</link>\n"
    "  <guid>https://news.example.org/articles/2025/damascus-looms</guid>\n"
    "  <pubDate>Tue, 21 Jan 2025 18:05:00 GMT</pubDate>\n"
    "  <author>culture@example.org (سامر الكيلاني)</author>\n"
    "  <description>&lt;p&gt;في سوق الخياطين عاد صوت النول بعد صمت "
    "طويل.&lt;/p&gt;</description>\n"
    " </item>\n"
    "</channel>\n</rss>\n";

static void
check_rss(const struct parse_feed *feed)
{
	const struct parse_item *item = feed->items;

	assert_string_equal(feed->title, "الموسوعة | أخبار وتحليلات");
	assert_string_equal(feed->link, "https://news.example.org/");
	assert_int_equal(feed->count, 2);
	assert_int_equal(feed->dropped, 0);
	assert_false(feed->repaired);
	assert_string_equal(item[0].guid, "article-4817");
	assert_string_equal(
	    item[0].title, "كازاخستان توسّع «الممر الأوسط» نحو المتوسط");
	assert_string_equal(item[0].link,
	    "https://news.example.org/articles/2025/middle-corridor");
	assert_string_equal(item[0].author, "ليلى الحموي");
	assert_int_equal(item[0].published, 1737527400);
	assert_non_null(strstr(item[0].html, "<p dir=\"rtl\">وقّعت شركة"));
	assert_non_null(strstr(item[0].html, "40 ٪"));
	assert_string_equal(item[1].title,
	    "أسواق دمشق القديمة: حرفيون يعيدون النول إلى الحياة");
	assert_string_equal(item[1].link,
	    "https://news.example.org/articles/2025/"
	    "damascus-looms?ref=rss&lang=ar");
	assert_string_equal(item[1].author, "سامر الكيلاني");
	assert_int_equal(item[1].published, 1737482700);
	assert_string_equal(
	    item[1].html, RTL("في سوق الخياطين عاد صوت النول بعد صمت طويل."));
}

static void
test_rss(void **state)
{
	struct parse_feed feed = read_text(rss);

	(void)state;
	check_rss(&feed);
	parse_feed_release(&feed);
	assert_null(feed.items);
	parse_feed_release(&feed);
}

static const char atom[] =
    "<?xml version=\"1.0\"?>\n"
    "<feed xmlns=\"http://www.w3.org/2005/Atom\""
    " xml:base=\"https://econ.example.org/ar/\">\n"
    " <title type=\"html\">الاقتصاد &lt;em&gt;اليوم&lt;/em&gt;</title>\n"
    " <link rel=\"self\" href=\"feed.atom\"/>\n"
    " <link href=\".\"/>\n"
    " <entry>\n"
    "  <id>tag:example.org,2025:1</id>\n"
    "  <title type=\"xhtml\"><div xmlns=\"http://www.w3.org/1999/xhtml\">"
    "الليرة السورية تستقر <b>بعد</b> أسبوع من التقلّب</div></title>\n"
    "  <link rel=\"enclosure\" href=\"audio.mp3\" type=\"audio/mpeg\"/>\n"
    "  <link rel=\"alternate\" type=\"application/json\" href=\"1.json\"/>\n"
    "  <link rel=\"alternate\" type=\"text/html\" href=\"2025/lira\"/>\n"
    "  <author><name>رنا العبدالله</name><email>r@example.org</email>"
    "</author>\n"
    "  <updated>2025-01-22T12:00:00Z</updated>\n"
    "  <published>2025-01-22T10:15:30.5+03:00</published>\n"
    "  <summary>ملخص قصير</summary>\n"
    "  <content type=\"xhtml\"><xh:div"
    " xmlns:xh=\"http://www.w3.org/1999/xhtml\"><xh:p class=\"a&quot;b\">سعر "
    "الصرف &lt; 15000</xh:p><xh:br/></xh:div></content>\n"
    " </entry>\n"
    " <entry xml:base=\"../kz/\">\n"
    "  <id>tag:example.org,2025:2</id>\n"
    "  <title>نمو الناتج المحلي في كازاخستان: 4.8٪ &amp; توقعات "
    "<![CDATA[<إيجابية>]]>"
    "</title>\n"
    "  <link href=\"gdp?a=1&amp;b=خبر\"/>\n"
    "  <updated>2025-01-21T08:00:00+06:00</updated>\n"
    "  <content>أرقام &lt;أولية&gt; &amp; نهائية</content>\n"
    " </entry>\n"
    " <entry>\n"
    "  <title type=\"text\">صورة</title><id>3</id>\n"
    "  <summary type=\"html\">&lt;p&gt;نص&lt;/p&gt;</summary>\n"
    "  <content type=\"image/png\">iVBORw0KGgo=</content>\n"
    " </entry>\n"
    "</feed>";

static void
test_atom(void **state)
{
	struct parse_feed feed = read_text(atom);
	const struct parse_item *item = feed.items;

	(void)state;
	assert_string_equal(feed.title, "الاقتصاد اليوم");
	assert_string_equal(feed.link, "https://econ.example.org/ar/");
	assert_int_equal(feed.count, 3);
	assert_false(feed.repaired);
	assert_string_equal(item[0].guid, "tag:example.org,2025:1");
	assert_string_equal(
	    item[0].title, "الليرة السورية تستقر بعد أسبوع من التقلّب");
	assert_string_equal(
	    item[0].link, "https://econ.example.org/ar/2025/lira");
	assert_string_equal(item[0].author, "رنا العبدالله");
	assert_int_equal(item[0].published, 1737530130);
	assert_string_equal(item[0].html, RTL("سعر الصرف &lt; 15000"));
	assert_string_equal(item[1].title,
	    "نمو الناتج المحلي في كازاخستان: 4.8٪ & توقعات <إيجابية>");
	assert_string_equal(item[1].link,
	    "https://econ.example.org/kz/gdp?a=1&b=%D8%AE%D8%A8%D8%B1");
	assert_int_equal(item[1].published, 1737424800);
	assert_string_equal(
	    item[1].html, RTL("أرقام &lt;أولية&gt; &amp; نهائية"));
	assert_string_equal(item[2].link, "");
	assert_string_equal(item[2].html, RTL("نص"));
	assert_int_equal(item[2].published, 0);
	parse_feed_release(&feed);
}

/* One item each; the field that the case is about. */
static const struct {
	const char *item; /* inside <item> of an RSS feed */
	const char *guid, *link, *title, *author, *html;
	bool repaired;
} items[] = {
    {"<title>خبر</title>", "", "", "خبر", "", "", false},
    {"<link>http://a.example/1</link>", "", "http://a.example/1", "", "", "",
	false},
    {"<title> \n سطر\n\tثانٍ&#160; </title>", "", "", "سطر ثانٍ", "", "", false},
    {"<title>AT&amp;T و &lt;b&gt;حلب&lt;/b&gt;</title>", "", "", "AT&T و حلب",
	"", "", false},
    {"<title><![CDATA[<i>تدمر</i> &amp; البادية]]></title>", "", "",
	"تدمر & البادية", "", "", false},
    {"<title>3 &lt; 5</title>", "", "", "3 < 5", "", "", false},
    {"<title>أول</title><title>ثانٍ</title>", "", "", "أول", "", "", false},
    /* entities that HTML has and XML has not */
    {"<title>caf&eacute;&nbsp;دمشق &mdash; &hellip;</title>", "", "",
	"café دمشق — …", "", "", false},
    {"<title>A & B</title>", "", "", "A & B", "", "", true},
    {"<title>A &foo; B</title>", "", "", "A &foo; B", "", "", true},
    {"<title>A &#0; &#xD800; B</title>", "", "", "A B", "", "", true},
    {"<title>&#x62E;&#1576;&#1585;</title>", "", "", "خبر", "", "", false},
    {"<title>x</title><link>http://a.example/?a=1&b=2</link>", "",
	"http://a.example/?a=1&b=2", "x", "", "", true},
    {"<title>x</title><link><![CDATA[http://a.example/?a=1&b=2]]></link>", "",
	"http://a.example/?a=1&b=2", "x", "", "", false},
    /* what does not belong in a line of text */
    {"<title>\xe2\x80\xaeعكس\xe2\x80\xac \xe2\x81\xa7x\xe2\x81\xa9</title>", "",
	"", "عكس x", "", "", false},
    {"<title>a\x01"
     "b\x0c"
     "c</title>",
	"", "", "abc", "", "", true},
    {"<title>a\xef\xbf\xbf"
     "b\xef\xbf\xbe</title>",
	"", "", "ab", "", "", true},
    {"<title>a\xff\xfe"
     "b</title>",
	"", "",
	"a\xef\xbf\xbd\xef\xbf\xbd"
	"b",
	"", "", true},
    {"<title>a\xed\xa0\x80</title>", "", "",
	"a\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd", "", "", true},
    /* links */
    {"<title>x</title><link>javascript:alert(1)</link>", "", "", "x", "", "",
	false},
    {"<title>x</title><link>file:///etc/passwd</link>", "", "", "x", "", "",
	false},
    {"<title>x</title><link>data:text/html,x</link>", "", "", "x", "", "",
	false},
    {"<title>x</title><link>http:///nohost</link>", "", "", "x", "", "", false},
    {"<title>x</title><link>mailto:a@b.example</link>", "", "", "x", "", "",
	false},
    {"<title>x</title><link>//cdn.example/a</link>", "",
	"https://cdn.example/a", "x", "", "", false},
    {"<title>x</title><link>../a b/«ج»</link>", "",
	"https://news.example.org/a%20b/%C2%AB%D8%AC%C2%BB", "x", "", "",
	false},
    {"<title>x</title><link>?id=7</link>", "",
	"https://news.example.org/feeds/all.xml?id=7", "x", "", "", false},
    {"<title>x</title><link>HTTPS://A.example/%D8%AC</link>", "",
	"https://a.example/%D8%AC", "x", "", "", false},
    {"<title>x</title><link>http://a.example/\n  long/path</link>", "",
	"http://a.example/%20%20long/path", "x", "", "", false},
    {"<title>x</title><link>http://a.example/\"onclick=\"&lt;b&gt;</link>", "",
	"http://a.example/%22onclick=%22%3Cb%3E", "x", "", "", false},
    {"<title>x</title><link/><guid>http://a.example/9</guid>",
	"http://a.example/9", "http://a.example/9", "x", "", "", false},
    {"<title>x</title><guid isPermaLink=\"false\">http://a.example/9</guid>",
	"http://a.example/9", "", "x", "", "", false},
    {"<title>x</title><guid>9</guid>", "9", "", "x", "", "", false},
    {"<title>x</title><guid>http://a.example/9</guid>"
     "<link>http://a.example/1</link>",
	"http://a.example/9", "http://a.example/1", "x", "", "", false},
    /* namespaces: not everything called title is one */
    {"<title>x</title><m:title xmlns:m=\"http://m.example/\">y</m:title>"
     "<m:link xmlns:m=\"http://m.example/\">http://m.example/</m:link>",
	"", "", "x", "", "", false},
    {"<media:group xmlns:media=\"http://search.yahoo.com/mrss/\">"
     "<title>لا</title></media:group><title>x</title>",
	"", "", "x", "", "", false},
    {"<title>x</title><content:encoded>y</content:encoded>"
     "<dc:creator>ن</dc:creator>",
	"", "", "x", "ن", LTR("y"), false},
    {"<title>x</title><a:link xmlns:a=\"http://www.w3.org/2005/Atom\""
     " href=\"/1\"/>",
	"", "https://news.example.org/1", "x", "", "", false},
    {"<title>x</title><a:link xmlns:a=\"http://www.w3.org/2005/Atom\""
     " href=\"/1\"/><link>/2</link>",
	"", "https://news.example.org/2", "x", "", "", false},
    /* authors: an address is nobody's business */
    {"<title>x</title><author>a@b.example</author>", "", "", "x", "", "",
	false},
    {"<title>x</title><author>هدى</author>", "", "", "x", "هدى", "", false},
    {"<title>x</title><author>a@b.example (هدى)</author>", "", "", "x", "هدى",
	"", false},
    {"<title>x</title><dc:creator>ب</dc:creator><author>أ</author>", "", "",
	"x", "ب", "", false},
    /* content */
    {"<title>x</title><content:encoded>كامل</content:encoded>"
     "<description>ملخص</description>",
	"", "", "x", "", RTL("كامل"), false},
    {"<title>x</title><description>a <b>c</b><br/></description>", "", "", "x",
	"", LTR("a <strong>c</strong>"), false},
    {"<title>x</title><description>a\xe2\x80\xae"
     "b</description>",
	"", "", "x", "", LTR("ab"), false},
    {"<title>x</title><content:encoded/><description>ملخص</description>", "",
	"", "x", "", RTL("ملخص"), false},
    {"<title>x</title><!-- <title>no</title> & --><?php echo & ?>", "", "", "x",
	"", "", false},
};

static void
test_items(void **state)
{
	struct str text;

	(void)state;
	str_init(&text, 65536);
	for (size_t i = 0; i < COUNT(items); i++) {
		struct parse_feed feed;

		str_reset(&text);
		str_addf(&text, "<rss><channel><item>%s</item></channel></rss>",
		    items[i].item);
		feed = read_text(text.data);
		assert_int_equal(feed.count, 1);
		assert_string_equal(feed.items[0].guid, items[i].guid);
		assert_string_equal(feed.items[0].link, items[i].link);
		assert_string_equal(feed.items[0].title, items[i].title);
		assert_string_equal(feed.items[0].author, items[i].author);
		assert_string_equal(feed.items[0].html, items[i].html);
		if (feed.repaired != items[i].repaired)
			fail_msg("repaired: %s", items[i].item);
		parse_feed_release(&feed);
	}
	str_release(&text);
}

/* Whole documents that are not quite what they should be. */
static const struct {
	const char *text;
	size_t count, dropped;
	bool repaired;
} documents[] = {
    {"<rss><channel></channel></rss>", 0, 0, false},
    {"<rss/>", 0, 0, false},
    {"<feed xmlns='http://www.w3.org/2005/Atom'/>", 0, 0, false},
    {"\n\n <?xml version='1.0'?><rss><channel/></rss>", 0, 0, false},
    {"<rss><channel><item/></channel></rss>", 0, 1, false},
    {"<rss><channel><item><guid>1</guid></item></channel></rss>", 0, 1, false},
    /* RSS 1.0: items beside the channel; 0.9 the same */
    {"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
     " xmlns='http://purl.org/rss/1.0/'><channel rdf:about='x'><title>t"
     "</title><items><rdf:Seq><rdf:li resource='1'/></rdf:Seq></items>"
     "</channel><item rdf:about='1'><title>a</title></item></rdf:RDF>",
	1, 0, false},
    {"<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'"
     " xmlns='http://my.netscape.com/rdf/simple/0.9/'><item><title>a</title>"
     "</item></rdf:RDF>",
	1, 0, false},
    {"<!DOCTYPE rss PUBLIC '-//Netscape Communications//DTD RSS 0.91//EN'"
     " 'http://my.netscape.com/publish/formats/rss-0.91.dtd'>"
     "<rss version='0.91'><channel><item><title>a</title></item></channel>"
     "</rss>",
	1, 0, false},
    {"<rss xmlns='http://backend.userland.com/rss2'><channel><item><title>a"
     "</title></item></channel></rss>",
	1, 0, false},
    {"<feed xmlns='http://purl.org/atom/ns#' version='0.3'><entry><title>a"
     "</title><issued>2004-01-01T00:00:00Z</issued></entry></feed>",
	1, 0, false},
    {"<feed><entry><title>a</title></entry></feed>", 1, 0, false},
    {"<rss xmlns:a='u:a' xmlns:a2='u:a2'><a:channel/><channel><item><title>a"
     "</title></item></channel></rss>",
	1, 0, false},
    /* broken off: what is whole is kept */
    {"<rss><channel><item><title>a</title></item><item><title>b</title>", 1, 0,
	true},
    {"<rss><channel><item><title>a</title></item><item><title>b", 1, 0, true},
    {"<rss><channel><item><title>a</title></item>", 1, 0, true},
    {"<rss><channel><item><title>a</title></item></channel>", 1, 0, true},
    {"<rss><channel><item><title>a</title></item></channel></rss>junk", 1, 0,
	true},
    {"<rss><channel><item><title>a</title></item><item><title>b<![CDATA[x", 1,
	0, true},
    {"<rss><channel><item><title>a<b</title></item><item><title>c</title>"
     "</item></channel></rss>",
	2, 0, true},
    {"<br>Warning: x & y in <b>z.php</b>\n<?xml version='1.0'?><rss><channel>"
     "<item><title>a</title></item></channel></rss><script>a()</script>",
	1, 0, true},
    {"<rss><channel><item><title>a</title><description><p>x</description>"
     "</item><item><title>b</title></item><item><title>c</title></item>"
     "</channel></rss>",
	3, 0, true},
    {"<rss><channel><item><title>a</item><item><title>b</title></item>"
     "</channel></rss>",
	2, 0, true},
    {"<rss><channel><item><title>a</title><x a=b/></item></channel></rss>", 1,
	0, true},
};

static void
check_counts(const struct parse_feed *feed, size_t count, size_t dropped,
    const char *what)
{
	if (feed->count != count || feed->dropped != dropped) {
		fail_msg("%zu items, %zu dropped: %s", feed->count,
		    feed->dropped, what);
	}
}

static void
test_documents(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(documents); i++) {
		struct parse_feed feed = read_text(documents[i].text);

		check_counts(&feed, documents[i].count, documents[i].dropped,
		    documents[i].text);
		assert_int_equal(feed.repaired, documents[i].repaired);
		parse_feed_release(&feed);
	}
}

static const struct {
	const char *text;
	const char *message;
} refused[] = {
    {"", "an empty document, not a feed"},
    {" \n\t ", "an empty document, not a feed"},
    {"\xef\xbb\xbf", "an empty document, not a feed"},
    {"<!DOCTYPE html><html><head><title>الصفحة غير موجودة</title>",
	"an HTML page, not a feed"},
    {"<!doctype HTML>", "an HTML page, not a feed"},
    {"\n<html lang=\"ar\"><p>", "an HTML page, not a feed"},
    {"<?xml version=\"1.0\"?><!DOCTYPE html PUBLIC \"x\" \"y\"><html>"
     "<body/></html>",
	"an HTML page, not a feed"},
    {"<!-- cached --><HTML><br></HTML>", "an HTML page, not a feed"},
    {"{\"version\": \"https://jsonfeed.org/version/1.1\"}", "JSON, not a feed"},
    {"[]", "JSON, not a feed"},
    {"%PDF-1.7", "a PDF file, not a feed"},
    {"<opml version=\"2.0\"><body/></opml>",
	"an XML document 'opml', not a feed"},
    {"<urlset/>", "an XML document 'urlset', not a feed"},
    {"خطأ في الخادم",
	"neither RSS nor Atom, line 1: Start tag expected, '<' not found"},
    {"<rss><channel><item><title>a", "a feed without a whole item, line 1: "},
    {"<rss>\n\n<channel><a></b></channel>",
	"a feed without a whole item, line 3: Opening and ending tag mismatch"},
    {"<", "neither RSS nor Atom, line 1: "},
};

static void
test_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct parse_feed feed = {0};
		struct err err = ERR_INIT;

		if (parse_feed(&feed, refused[i].text, strlen(refused[i].text),
			base, "text/xml", &err) != -1)
			fail_msg("taken: %s", refused[i].text);
		if (!str_starts(err.msg, refused[i].message))
			fail_msg("'%s', not '%s'", err.msg, refused[i].message);
		assert_int_equal(err.code, ERR_DATA);
		assert_null(feed.items);
		assert_null(feed.title);
	}
}

/* The feed above in another encoding. */
static size_t
encode(char *out, size_t size, const char *charset, const char *declared)
{
	iconv_t cd = iconv_open(charset, "UTF-8");
	struct str text;
	const char *rest = strstr(rss, "?>");
	char *in;
	char *to = out;
	size_t left;

	/* NOLINTNEXTLINE(performance-no-int-to-ptr): iconv_open(3) says so */
	assert_true(cd != (iconv_t)-1);
	str_init(&text, sizeof(rss) + 256);
	if (declared != NULL)
		str_addf(&text, "<?xml version='1.0' encoding='%s'", declared);
	str_add(&text, declared != NULL ? rest : rest + 2);
	in = text.data;
	left = text.len;
	assert_int_not_equal(iconv(cd, &in, &left, &to, &size), (size_t)-1);
	iconv_close(cd);
	str_release(&text);
	return (size_t)(to - out);
}

static const struct {
	const char *charset; /* of the bytes */
	const char *bom;
	const char *declared; /* in the XML declaration; NULL: there is none */
	const char *content_type;
} encodings[] = {
    {"UTF-8", "", "UTF-8", ""},
    {"UTF-8", "", NULL, ""},
    {"UTF-8", "\xef\xbb\xbf", "UTF-8", "text/xml; charset=utf-8"},
    {"UTF-8", "\xef\xbb\xbf", "windows-1256", ""},
    {"UTF-8", "", "utf-8", "text/xml; charset=ISO-8859-1"},
    {"UTF-8", "", NULL, "application/rss+xml; charset=\"utf-8\""},
    {"UTF-8", "", "nonsense", "text/xml; charset=rubbish"},
    {"UTF-16LE", "\xff\xfe", "UTF-16", ""},
    {"UTF-16BE", "\xfe\xff", "UTF-16", ""},
    {"UTF-16LE", "\xff\xfe", NULL, "text/xml; charset=utf-8"},
    {"UTF-16LE", "", "UTF-16", ""},
    {"UTF-16BE", "", "UTF-16", ""},
    {"UTF-16LE", "\xff\xfe", "utf-8", ""},
};

static void
test_encodings(void **state)
{
	static char bytes[4 * sizeof(rss)];

	(void)state;
	for (size_t i = 0; i < COUNT(encodings); i++) {
		size_t bom = strlen(encodings[i].bom);
		struct parse_feed feed;
		size_t n;

		memcpy(bytes, encodings[i].bom, bom);
		n = bom + encode(bytes + bom, sizeof(bytes) - bom,
			      encodings[i].charset, encodings[i].declared);
		feed = read_as(bytes, n, encodings[i].content_type);
		check_rss(&feed);
		parse_feed_release(&feed);
	}
}

/* Arabic as old sites have it: "خبر من دمشق" in one byte a letter. */
static const struct {
	const char *declaration, *content_type;
	const char *title;
	const char *expected;
	bool repaired;
} old[] = {
    {"<?xml version='1.0' encoding='windows-1256'?>", "",
	"\xce\xc8\xd1 \xe3\xe4 \xcf\xe3\xd4\xde", "خبر من دمشق", false},
    {"<?xml version=\"1.0\" encoding = \"cp1256\" ?>", "",
	"\xce\xc8\xd1 \xe3\xe4 \xcf\xe3\xd4\xde", "خبر من دمشق", false},
    {"", "text/xml; charset=windows-1256",
	"\xce\xc8\xd1 \xe3\xe4 \xcf\xe3\xd4\xde", "خبر من دمشق", false},
    {"", "text/xml;charset='Windows-1256'; x=y",
	"\xce\xc8\xd1 \xe3\xe4 \xcf\xe3\xd4\xde", "خبر من دمشق", false},
    /* HTTP says its default, the document knows better */
    {"<?xml version='1.0' encoding='windows-1256'?>", "text/xml; charset=utf-8",
	"\xce\xc8\xd1 \xe3\xe4 \xcf\xe3\xd4\xde", "خبر من دمشق", false},
    /* HTTP before the declaration (RFC 7303 3.2) */
    {"<?xml version='1.0' encoding='iso-8859-6'?>",
	"text/xml; charset=windows-1256",
	"\xce\xc8\xd1 \xe3\xe4 \xcf\xe3\xd4\xde", "خبر من دمشق", false},
    {"<?xml version='1.0' encoding='ISO-8859-6'?>", "",
	"\xce\xc8\xd1 \xe5\xe6 \xcf\xe5\xd4\xe2", "خبر من دمشق", false},
    {"<?xml version='1.0' encoding='ISO-8859-6'?>", "", "\xce\xc8\xd1\xa1",
	"خبر\xef\xbf\xbd", true},
    {"<?xml version='1.0' encoding='windows-1256'?>", "",
	"&eacute; \xce &nbsp;\xc8", "é خ ب", false},
    {"<?xml version='1.0' encoding='windows-1251'?>", "",
	"\xc0\xf1\xf2\xe0\xed\xe0", "Астана", false},
    {"<?xml version='1.0' encoding='us-ascii'?>", "", "a&#1576;", "aب", false},
};

static void
test_old_encodings(void **state)
{
	struct str text;

	(void)state;
	str_init(&text, 4096);
	for (size_t i = 0; i < COUNT(old); i++) {
		struct parse_feed feed;

		str_reset(&text);
		str_addf(&text,
		    "%s<rss><channel><item><title>%s</title></item></channel>"
		    "</rss>",
		    old[i].declaration, old[i].title);
		feed = read_as(text.data, text.len, old[i].content_type);
		assert_int_equal(feed.count, 1);
		assert_string_equal(feed.items[0].title, old[i].expected);
		assert_int_equal(feed.repaired, old[i].repaired);
		parse_feed_release(&feed);
	}
	str_release(&text);
}

/* Nothing that a document declares is expanded, and no other file is read. */
static void
test_entities(void **state)
{
	static const char *const documents_of_evil[] = {
	    /* billion laughs */
	    "<!DOCTYPE r [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;'>"
	    "<!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;'>"
	    "<!ENTITY d '&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;'>"
	    "<!ENTITY e '&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;'>"
	    "<!ENTITY f '&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;'>"
	    "<!ENTITY x '&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;'>]>",
	    /* the same in parameter entities */
	    "<!DOCTYPE r [<!ENTITY % a '<!ENTITY x \"ha\">'>"
	    "<!ENTITY % b '&#37;a;&#37;a;&#37;a;&#37;a;&#37;a;&#37;a;&#37;a;'>"
	    "<!ENTITY % c '&#37;b;&#37;b;&#37;b;&#37;b;&#37;b;&#37;b;&#37;b;'>"
	    "<!ENTITY % d '&#37;c;&#37;c;&#37;c;&#37;c;&#37;c;&#37;c;&#37;c;'>"
	    "<!ENTITY % e '&#37;d;&#37;d;&#37;d;&#37;d;&#37;d;&#37;d;&#37;d;'>"
	    "<!ENTITY % f '&#37;e;&#37;e;&#37;e;&#37;e;&#37;e;&#37;e;&#37;e;'>"
	    "<!ENTITY % g '&#37;f;&#37;f;&#37;f;&#37;f;&#37;f;&#37;f;&#37;f;'>"
	    "<!ENTITY % h '&#37;g;&#37;g;&#37;g;&#37;g;&#37;g;&#37;g;&#37;g;'>"
	    "%h;]>",
	    /* another file */
	    "<!DOCTYPE r [<!ENTITY x SYSTEM 'file:///etc/passwd'>]>",
	    ("<!DOCTYPE r [<!ENTITY % p SYSTEM 'file:///etc/passwd'>%p;"
	     "<!ENTITY x 'y'>]>"),
	    "<!DOCTYPE r SYSTEM 'file:///etc/passwd'>",
	    "<!DOCTYPE r SYSTEM 'http://127.0.0.1:9/x.dtd' [<!ENTITY x 'y'>]>",
	};
	struct str text;

	(void)state;
	str_init(&text, 65536);
	for (size_t i = 0; i < COUNT(documents_of_evil); i++) {
		struct parse_feed feed;
		struct err err = ERR_INIT;

		str_reset(&text);
		str_addf(&text,
		    "<?xml version='1.0'?>%s<rss><channel><item><title a='&x;'>"
		    "A&x;B</title></item></channel></rss>",
		    documents_of_evil[i]);
		if (parse_feed(&feed, text.data, text.len, base, "", &err) != 0)
			continue;
		if (feed.count > 0)
			assert_string_equal(feed.items[0].title, "A&x;B");
		assert_true(feed.repaired);
		parse_feed_release(&feed);
	}
	str_release(&text);
}

/* Shapes that make a careless reader slow, deep or large. */
static void
test_large(void **state)
{
	static const struct {
		const char *head, *middle, *tail;
		size_t times;
		size_t count, dropped;
	} shapes[] = {
	    {"<rss><channel>", "<item><title>خبر</title></item>",
		"</channel></rss>", 1500, PARSE_ITEMS_MAX, 500},
	    {"<rss><channel><item><title>a</title></item>", "<a>", "", 100000,
		1, 0},
	    {"<rss><channel><item><title>a</title></item>", "<!--", "", 500000,
		1, 0},
	    {"<rss><channel><item><title>a</title></item>", "<![CDATA[", "",
		200000, 1, 0},
	    {"<rss><channel><item><title>a</title></item>", "&", "", 1000000, 1,
		0},
	    {"<rss><channel><item><title>", "ب",
		"</title></item></channel>"
		"</rss>",
		1000000, 0, 1},
	    {"<rss><channel><item><title>a</title><description>", "ب ",
		"</description></item></channel></rss>", 1500000, 1, 0},
	};
	struct str text;

	(void)state;
	str_init(&text, LARGE);
	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct parse_feed feed;

		str_reset(&text);
		str_add(&text, shapes[i].head);
		for (size_t j = 0; j < shapes[i].times; j++)
			str_add(&text, shapes[i].middle);
		str_add(&text, shapes[i].tail);
		assert_false(text.bad);
		feed = read_as(text.data, text.len, "");
		check_counts(&feed, shapes[i].count, shapes[i].dropped,
		    shapes[i].middle);
		parse_feed_release(&feed);
	}
	str_release(&text);
}

/* libxml2 would compare each attribute to each for minutes. */
static void
test_attributes(void **state)
{
	struct parse_feed feed;
	struct err err = ERR_INIT;
	struct str text;

	(void)state;
	str_init(&text, LARGE);
	str_add(&text, "<rss><channel><item><title>a</title></item><x y='>'");
	for (int i = 0; i < 500000; i++)
		str_addf(&text, " a%d='b'", i);
	str_add(&text, "/></channel></rss>");
	assert_int_equal(
	    parse_feed(&feed, text.data, text.len, base, "", &err), -1);
	assert_string_equal(err.msg, "a tag has too many attributes");
	str_release(&text);
}

/* A title that is long, but no longer than can be read, is cut between two
 * characters. */
static void
test_long_title(void **state)
{
	struct parse_feed feed;
	struct str text;
	size_t n;

	(void)state;
	str_init(&text, 65536);
	str_add(&text, "<rss><channel><item><title>a");
	for (int i = 0; i < 2000; i++)
		str_add(&text, "ب");
	str_add(&text, "</title></item></channel></rss>");
	feed = read_text(text.data);
	n = strlen(feed.items[0].title);
	assert_int_equal(n, 999);
	assert_true(codec_utf8_ok(feed.items[0].title, n));
	parse_feed_release(&feed);
	str_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_rss),
	    cmocka_unit_test(test_atom),
	    cmocka_unit_test(test_items),
	    cmocka_unit_test(test_documents),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_encodings),
	    cmocka_unit_test(test_old_encodings),
	    cmocka_unit_test(test_entities),
	    cmocka_unit_test(test_large),
	    cmocka_unit_test(test_attributes),
	    cmocka_unit_test(test_long_title),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
