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
#include "feed/decode.h"

#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define R            "\xef\xbf\xbd" /* U+FFFD */

/* Bytes with what is known of their length: NULs are among them. */
#define BYTES(text) text, sizeof(text) - 1

static const struct {
	const char *bytes;
	size_t len;
	const char *content_type;
	const char *expected;
	bool repaired;
} encodings[] = {
    {BYTES(""), "", "", false},
    {BYTES(" \r\n\t"), "", "", false},
    {BYTES("\n <a>خبر</a>\n"), "", "<a>خبر</a>\n", false},
    /* a byte order mark is no text, and goes before all that is said */
    {BYTES("\xef\xbb\xbf<a>خ</a>"), "text/xml; charset=windows-1256",
	"<a>خ</a>", false},
    {BYTES("\xef\xbb\xbf<a>\xce</a>"), "text/xml; charset=windows-1256",
	"<a>" R "</a>", true},
    {BYTES("\xff\xfe<\0a\0/\0>\0"), "text/xml; charset=utf-16be", "<a/>",
	false},
    {BYTES("\xfe\xff\0<\0a\0/\0>"), "text/xml; charset=utf-16le", "<a/>",
	false},
    {BYTES("\xef\xbb"), "", R R, true},
    {BYTES("\xff\xfe"), "", "", false},
    {BYTES("\xfe"), "", R, true},
    /* UTF-16 told by its first characters (XML 1.0 F.1) */
    {BYTES("<\0?\0x\0?\0>\0\x2e\x06"), "", "خ", false},
    {BYTES("\0<\0?\0x\0?\0>\x06\x2e"), "text/xml; charset=utf-8", "خ", false},
    {BYTES("<\0a\0>\0\x2e\x06"), "text/xml; charset=utf-16le", "<a>خ", false},
    {BYTES("\0<\0a\0>\x06\x2e"), "", "<a>خ", false},
    /* a half of a pair, a half of a unit, a mark within */
    {BYTES("\xff\xfe\x00\xd8"
	   "a\0"),
	"", R "a", true},
    {BYTES("\xff\xfe"
	   "a\0\x00\xdc"
	   "b\0"),
	"", "a" R "b", true},
    {BYTES("\xfe\xff\xd8\x3d\xdc\xf0"), "", "\xf0\x9f\x93\xb0", false},
    {BYTES("\xfe\xff\0a\xd8\x3d"), "", "a" R, true},
    {BYTES("\xff\xfe"
	   "a\0b"),
	"", "a" R, true},
    {BYTES("\xff\xfe\xff\xff"
	   "a\0"),
	"", "a", true},
    /* what claims to be UTF-16 and is not */
    {BYTES("<?xml encoding='utf-16'?><a>خ</a>"), "", "<a>خ</a>", false},
    {BYTES("<a>خ</a>"), "text/xml; charset=UTF-16", "<a>خ</a>", false},
    {BYTES("<a>\xce</a>"), "text/xml; charset=utf-16le", "<a>" R "</a>", true},
    /* HTTP, declaration and bytes in conflict */
    {BYTES("<?xml encoding='windows-1251'?>\xce"),
	"text/xml; charset=windows-1256", "خ", false},
    {BYTES("<?xml encoding='windows-1256'?>\xce"), "text/xml; charset=utf-8",
	"خ", false},
    {BYTES("<?xml encoding='windows-1256'?>\xce"),
	"text/xml; charset=shift_jis", "خ", false},
    {BYTES("<?xml encoding='windows-1256'?>خ"), "text/xml; charset=koi8-r", "خ",
	false},
    {BYTES("<?xml encoding='utf-8'?>\xce"), "", R, true},
    {BYTES("<?xml encoding=\"windows-1256\"\xce"), "", "", true},
    {BYTES("<?xml version='1.0'?>\xce<?x encoding='cp1256'?>"), "", R, true},
    /* how a charset is spelled */
    {BYTES("\xce"), "text/xml;charset=\"windows-1256\"", "خ", false},
    {BYTES("\xce"), "text/xml; CHARSET = 'WINDOWS-1256'", "خ", false},
    {BYTES("\xce"), "text/xml; charset=cp1256,text/html", "خ", false},
    {BYTES("\xc1"), "text/xml; charset=koi8-u", "а", false},
    {BYTES("\xe9"), "text/xml; charset=us-ascii", R, true},
    {BYTES("\xce"), "charset", R, true},
    {BYTES("\xce"), "text/xml; charset=", R, true},
    {BYTES("\xce"), "text/xml; charset=\"", R, true},
    {BYTES("\xce"), "text/xml; charset windows-1256", R, true},
    /* names that would be iconv's to understand, and not ours */
    {BYTES("\xce"), "text/xml; charset=utf-7", R, true},
    {BYTES("+BC4-"), "text/xml; charset=utf-7", "+BC4-", false},
    {BYTES("\xce"), "text/xml; charset=windows-1256//IGNORE", R, true},
    {BYTES("\xce"), "text/xml; charset=iso-2022-jp", R, true},
    {BYTES("\xce"), "text/xml; charset=iso-8859-6-e", R, true},
    {BYTES("\xce"), "text/xml; charset=../../etc/passwd", R, true},
    {BYTES("\xce"),
	"text/xml; charset=iso-8859-00000000000000000000000000000000000000006",
	R, true},
    /* letters that iconv holds back, to see whether a point follows */
    {BYTES("<a>\xf9"), "text/xml; charset=windows-1255", "<a>ש", false},
    {BYTES("<a>\xf9\xff<"), "text/xml; charset=windows-1255", "<a>ש" R "<",
	true},
    /* invalid UTF-8: a byte, a mark */
    {BYTES("<a>\xc0\xaf</a>"), "", "<a>" R R "</a>", true},
    {BYTES("<a>\xd8</a>"), "", "<a>" R "</a>", true},
    {BYTES("<a>\xe2\x80"), "", "<a>" R R, true},
    {BYTES("<a>\xf8\x88\x80\x80\x80</a>"), "", "<a>" R R R R R "</a>", true},
    /* past U+10FFFF, and just not */
    {BYTES("<a>\xf4\x90\x80\x80</a>"), "", "<a>" R R R R "</a>", true},
    {BYTES("<a>\xf7\xbf\xbf\xbf</a>"), "", "<a>" R R R R "</a>", true},
    {BYTES("<a>\xf4\x8f\xbf\xbd</a>"), "", "<a>\xf4\x8f\xbf\xbd</a>", false},
    {BYTES("\xf5\x80\x80"), "", R R R, true},
    /* what XML 1.0 2.2 forbids, and what it does not */
    {BYTES("a\0b"), "", "ab", true},
    {BYTES("<\x01"
	   "a>\x1b\x08</a\x1f>"),
	"", "<a></a>", true},
    {BYTES("a\t\r\n\x7f"), "", "a\t\r\n\x7f", false},
    {BYTES("\xef\xbf\xbe\xef\xbf\xbf\xef\xbf\xbd"), "", R, true},
    {BYTES("&\0amp;"), "", "&amp;", true},
    {BYTES("<!\0--a-->b"), "", "b", true},
};

static void
check(const char *bytes, size_t len, const char *content_type,
    const char *expected, bool repaired)
{
	struct str out;
	struct err err = ERR_INIT;
	bool marked = false;

	str_init(&out, 1048576);
	if (decode_xml(&out, &marked, bytes, len, content_type, &err) != 0)
		fail_msg("%s: %s (%s)", err.msg, bytes, content_type);
	if (!str_eq(out.data, expected) || out.len != strlen(expected)) {
		fail_msg("'%s', not '%s': %s (%s)", out.data, expected, bytes,
		    content_type);
	}
	if (marked != repaired)
		fail_msg("repaired: %s (%s)", bytes, content_type);
	assert_true(codec_utf8_ok(out.data, out.len));
	str_release(&out);
}

static void
test_encodings(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(encodings); i++) {
		check(encodings[i].bytes, encodings[i].len,
		    encodings[i].content_type, encodings[i].expected,
		    encodings[i].repaired);
	}
}

static const struct {
	const char *text, *expected;
	bool repaired;
} markup[] = {
    /* references */
    {"&amp;&lt;&gt;&quot;&apos;", "&amp;&lt;&gt;&quot;&apos;", false},
    {"&nbsp;&eacute;&thetasym;", "&#160;&#233;&#977;", false},
    {"&NBSP;", "&amp;NBSP;", true},
    {"&#65;&#x41;&#xaF;&#x10ffff;", "&#65;&#x41;&#xaF;&#x10ffff;", false},
    {"&#9;&#10;&#13;&#32;", "&#9;&#10;&#13;&#32;", false},
    {"&#0;", "&amp;#0;", true},
    {"&#8;&#x1F;", "&amp;#8;&amp;#x1F;", true},
    {"&#xD7FF;&#xD800;&#xDFFF;&#xE000;",
	"&#xD7FF;&amp;#xD800;&amp;#xDFFF;&#xE000;", true},
    {"&#xFFFD;&#xFFFE;&#xFFFF;", "&#xFFFD;&amp;#xFFFE;&amp;#xFFFF;", true},
    {"&#x110000;", "&amp;#x110000;", true},
    {"&#x100000041;", "&amp;#x100000041;", true},
    {"&#4294967361;", "&amp;#4294967361;", true},
    {"&#;&#x;&#X41;&#4a;&#x4g;", "&amp;#;&amp;#x;&amp;#X41;&amp;#4a;&amp;#x4g;",
	true},
    {"&#-65;&#+65;", "&amp;#-65;&amp;#+65;", true},
    {"&", "&amp;", true},
    {"&;", "&amp;;", true},
    {"&&amp;", "&amp;&amp;", true},
    {"&amp", "&amp;amp", true},
    {"&lt <a>", "&amp;lt <a>", true},
    {"?a=1&copy=2&lt;", "?a=1&amp;copy=2&lt;", true},
    {"&xxe;&%p;", "&amp;xxe;&amp;%p;", true},
    {"&averylongnameindeed;", "&amp;averylongnameindeed;", true},
    {"<a b='&x;'>", "<a b='&amp;x;'>", true},
    /* what means itself */
    {"<![CDATA[&nbsp; <b> & <!DOCTYPE a>]]>&x",
	"<![CDATA[&nbsp; <b> & <!DOCTYPE a>]]>&amp;x", true},
    {"<![CDATA[a]]]]><![CDATA[>b]]>", "<![CDATA[a]]]]><![CDATA[>b]]>", false},
    {"<![CDATA[& <b>", "<![CDATA[& <b>", false},
    {"<![cdata[&]]>", "<![cdata[&amp;]]>", true},
    /* what says nothing */
    {"a<!-- & <b> -->c", "ac", false},
    {"a<!-->-->b", "ab", false},
    {"a<!-- b", "a", false},
    {"<?php echo '&' ?>a<?x", "a", false},
    {"<?xml?><?xml-stylesheet href='x'?><a/>", "<a/>", false},
    /* of a document type, the name alone */
    {"<!DOCTYPE rss>a", "<!DOCTYPE rss>a", false},
    {"<!DOCTYPE\n\trss SYSTEM 'a>b'>c", "<!DOCTYPE rss>c", false},
    {"<!DOCTYPE r [<!ENTITY x '>]'><!ENTITY % y \"]>\">]>&x;%y;",
	"<!DOCTYPE r>&amp;x;%y;", true},
    {"<!DOCTYPE r [<!-- ]> ' --><?x ]> \" ?>]>a", "<!DOCTYPE r>a", false},
    {"<!DOCTYPE r [<![INCLUDE[<!ENTITY x 'y'>]]>]>a", "<!DOCTYPE r>a", false},
    {"<!DOCTYPE r ]]]>a", "<!DOCTYPE r>a", false},
    {"<!DOCTYPE r [<!ENTITY x 'y'>", "<!DOCTYPE r>", false},
    {"<!DOCTYPE r 'a>b", "<!DOCTYPE r>", false},
    {"<!DOCTYPE", "<!DOCTYPE >", false},
    {"<!DOCTYPE&x;[", "<!DOCTYPE >", false},
    {"<!DOCTYPE a><!DOCTYPE b [<!ENTITY x 'y'>]>", "<!DOCTYPE a><!DOCTYPE b>",
	false},
    /* broken tags are the parser's to judge */
    {"<", "<", false},
    {"<<a b='", "<<a b='", false},
    {"<a b='=======' c=\"'\">", "<a b='=======' c=\"'\">", false},
};

static void
test_markup(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(markup); i++) {
		check(markup[i].text, strlen(markup[i].text), "text/xml",
		    markup[i].expected, markup[i].repaired);
	}
}

/* `times` of `middle`, between head and tail; message NULL: it is taken. */
static const struct {
	const char *head, *middle, *tail, *content_type;
	size_t times;
	const char *message;
} shapes[] = {
    {"<a", " b=c", ">", "", 256, NULL},
    {"<a", " b=c", ">", "", 257, "a tag has too many attributes"},
    {"<a", " b=c", "", "", 257, "a tag has too many attributes"},
    {"<a b='", "=", "'>", "", 100000, NULL},
    {"<a>", "=", "</a>", "", 100000, NULL},
    {"<![CDATA[<a", " b=c", ">", "", 257, NULL},
    {"<!--", " b=c", "-->", "", 257, NULL},
    /* small as it comes, and large when it is taken apart */
    {"", "&", "", "", DECODE_MAX / 5, NULL},
    {"", "&", "", "", DECODE_MAX / 5 + 1, "is too long"},
    {"", "\xce", "", "text/xml; charset=cp1256", DECODE_MAX / 2, NULL},
    {"", "\xce", "", "text/xml; charset=cp1256", DECODE_MAX / 2 + 1,
	"is too long"},
    {"", "\xff", "", "", DECODE_MAX / 3 + 1, "is too long"},
    /* an encoding of a family that we take, and iconv knows nothing of */
    {"", "\xff", "", "text/xml; charset=windows-9", 1,
	"encoding 'windows-9' is not known here"},
    {"", "\xff", "", "text/xml; charset=iso-8859-", 1,
	"encoding 'iso-8859-' is not known here"},
    /* none of these may take the square of its length */
    {"", "<!DOCTYPE a [", "", "", 200000, NULL},
    {"", "<!DOCTYPE a>", "", "", 200000, NULL},
    {"", "<a '", "", "", 500000, NULL},
    {"", "<![CDATA[]]>", "", "", 200000, NULL},
    {"", "&a", "", "", 1000000, NULL},
};

static void
test_shapes(void **state)
{
	struct str text;

	(void)state;
	str_init(&text, 2 * DECODE_MAX);
	for (size_t i = 0; i < COUNT(shapes); i++) {
		struct str out;
		struct err err = ERR_INIT;
		bool repaired = false;
		int failed;

		str_reset(&text);
		str_add(&text, shapes[i].head);
		for (size_t j = 0; j < shapes[i].times; j++)
			str_add(&text, shapes[i].middle);
		str_add(&text, shapes[i].tail);
		assert_false(text.bad);
		str_init(&out, DECODE_MAX);
		failed = decode_xml(&out, &repaired, text.data, text.len,
		    shapes[i].content_type, &err);
		if (failed != (shapes[i].message == NULL ? 0 : -1))
			fail_msg("%zu: %d", i, failed);
		if (failed) {
			assert_string_equal(err.msg, shapes[i].message);
			assert_int_equal(err.code, ERR_DATA);
		}
		str_release(&out);
	}
	str_release(&text);
}

/* What the caller's string cannot hold is said, and not cut. */
static void
test_room(void **state)
{
	static const char text[] = "<a>1234</a>";

	(void)state;
	for (size_t max = 0; max <= sizeof(text); max++) {
		struct str out;
		struct err err = ERR_INIT;
		bool repaired = false;
		bool fits = max >= sizeof(text) - 1;

		str_init(&out, max);
		assert_int_equal(decode_xml(&out, &repaired, text,
				     sizeof(text) - 1, "", &err),
		    fits ? 0 : -1);
		assert_string_equal(err.msg, fits ? "" : "is too long");
		str_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_encodings),
	    cmocka_unit_test(test_markup),
	    cmocka_unit_test(test_shapes),
	    cmocka_unit_test(test_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
