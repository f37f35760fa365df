/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/codec.h"
#include "feed/decode.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *bytes;
	const char *text;
	bool repaired;
} cases[] = {
    {"", "", false},
    {" \r\n\t<a/>", "<a/>", false},
    {"\xef\xbb\xbf<a/>", "<a/>", false},
    {"<a>خبر</a>", "<a>خبر</a>", false},
    /* XML's own entities stay, HTML's become characters */
    {"&amp;&lt;&gt;&quot;&apos;", "&amp;&lt;&gt;&quot;&apos;", false},
    {"&nbsp;&eacute;&thetasym;", "&#160;&#233;&#977;", false},
    {"<a b='&nbsp;'>", "<a b='&#160;'>", false},
    {"&#160;&#xA0;&#xa0;", "&#160;&#xA0;&#xa0;", false},
    /* what is no reference is an ampersand */
    {"a & b", "a &amp; b", true},
    {"&", "&amp;", true},
    {"&&amp;", "&amp;&amp;", true},
    {"&;", "&amp;;", true},
    {"&x;", "&amp;x;", true},
    {"&NBSP;", "&amp;NBSP;", true},
    {"&nbsp", "&amp;nbsp", true},
    {"&amp", "&amp;amp", true},
    {"&am p;", "&amp;am p;", true},
    {"?a=1&copy=2", "?a=1&amp;copy=2", true},
    {"&averyverylongname;", "&amp;averyverylongname;", true},
    {"&#;&#x;&#xg;&#1a;", "&amp;#;&amp;#x;&amp;#xg;&amp;#1a;", true},
    {"&#0;", "&amp;#0;", true},
    {"&#x1b;", "&amp;#x1b;", true},
    {"&#xD800;&#xDFFF;", "&amp;#xD800;&amp;#xDFFF;", true},
    {"&#xFFFE;&#65535;", "&amp;#xFFFE;&amp;#65535;", true},
    {"&#x110000;", "&amp;#x110000;", true},
    {"&#99999999999999999999;", "&amp;#99999999999999999999;", true},
    {"&#x10FFFF;&#9;", "&#x10FFFF;&#9;", false},
    {"&#X41;", "&amp;#X41;", true},
    /* in CDATA an ampersand means itself */
    {"<![CDATA[a & b &nbsp; <!--]]>&nbsp;",
	"<![CDATA[a & b &nbsp; <!--]]>&#160;", false},
    {"<![CDATA[&", "<![CDATA[&", false},
    {"<![CDATA[]]]]><![CDATA[>&]]>", "<![CDATA[]]]]><![CDATA[>&]]>", false},
    /* what says nothing is gone */
    {"<?xml version='1.0'?><a/>", "<a/>", false},
    {"<a><!-- & --><b/><?php echo '&' ?></a>", "<a><b/></a>", false},
    {"<a><!-- & <b/>", "<a>", false},
    {"<a><? <b/>", "<a>", false},
    {"<!DOCTYPE a><a/>", "<!DOCTYPE a><a/>", false},
    {"<!DOCTYPE a SYSTEM 'x>y'><a/>", "<!DOCTYPE a><a/>", false},
    {"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>", "<!DOCTYPE a><a>&amp;x;</a>",
	true},
    {"<!DOCTYPE a [<!ENTITY x ']>'> <!-- ]> ' --> <?p ]> ?>]><a/>",
	"<!DOCTYPE a><a/>", false},
    {"<!DOCTYPE a [%x;]] [<!ENTITY y 'z'>]><a/>", "<!DOCTYPE a><a/>", false},
    {"<!DOCTYPE a [<!ENTITY x 'y", "<!DOCTYPE a>", false},
    {"<!DOCTYPE a [", "<!DOCTYPE a>", false},
    {"<!DOCTYPE [<!ENTITY x 'y'>]><a/>", "<!DOCTYPE ><a/>", false},
    /* what XML forbids is dropped, in CDATA as well */
    {"a\x01"
     "b\x0b\x1f"
     "c",
	"abc", true},
    {"<![CDATA[a\x08]]>", "<![CDATA[a]]>", true},
    {"a\xef\xbf\xbe\xef\xbf\xbf"
     "b",
	"ab", true},
    {"a\xef\xbf\xbd"
     "b",
	"a\xef\xbf\xbd"
	"b",
	false},
    {"\xef\xb7\x8f", "\xef\xb7\x8f", false},
    {"a\r\nb\tc", "a\r\nb\tc", false},
    /* bytes that are no UTF-8 */
    {"a\xff"
     "b",
	"a\xef\xbf\xbd"
	"b",
	true},
    {"a\xc3", "a\xef\xbf\xbd", true},
    {"\xc0\xaf", "\xef\xbf\xbd\xef\xbf\xbd", true},
};

static void
check(const char *bytes, size_t len, const char *type, const char *text,
    bool repaired)
{
	struct str out;
	bool got = false;
	struct err err = ERR_INIT;

	str_init(&out, DECODE_MAX);
	assert_int_equal(decode_xml(&out, &got, bytes, len, type, &err), 0);
	assert_string_equal(out.data, text);
	assert_true(codec_utf8_ok(out.data, out.len));
	if (got != repaired)
		fail_msg("repaired: '%s'", bytes);
	str_release(&out);
}

static void
test_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		check(cases[i].bytes, strlen(cases[i].bytes), "", cases[i].text,
		    cases[i].repaired);
	}
	check("a\0b", 3, "", "ab", true);
	check("<![CDATA[\0&]]>", 14, "", "<![CDATA[&]]>", true);
}

static const struct {
	const char *type; /* what HTTP says */
	const char *bytes;
	const char *text;
	bool repaired;
} charsets[] = {
    {"text/xml; charset=windows-1256", "\xc8", "ب", false},
    {"text/xml; CHARSET = \"Windows-1256\"", "\xc8", "ب", false},
    {"text/xml; charset=windows-1256; x=y", "\xc8", "ب", false},
    {"text/xml; charset=iso-8859-6", "\xc8", "ب", false},
    {"text/xml; charset=koi8-r", "\xc1", "а", false},
    {"text/xml; charset=utf-8", "\xc8", "\xef\xbf\xbd", true},
    {"text/xml; charset=utf-16", "<a>", "<a>", false},
    /* only encodings without a state; the rest is as if not said */
    {"text/xml; charset=utf-7", "\xc8", "\xef\xbf\xbd", true},
    {"text/xml; charset=iso-2022-jp", "\xc8", "\xef\xbf\xbd", true},
    {"text/xml; charset=windows-1256//IGNORE", "\xc8", "\xef\xbf\xbd", true},
    {"text/xml; charset=../../evil", "\xc8", "\xef\xbf\xbd", true},
    {"text/xml; charset=", "\xc8", "\xef\xbf\xbd", true},
    {"text/xml; charset", "\xc8", "\xef\xbf\xbd", true},
    {"text/xml; charset=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", "\xc8",
	"\xef\xbf\xbd", true},
    /* the declaration */
    {"", "<?xml version='1.0' encoding='windows-1256'?>\xc8", "ب", false},
    {"", "<?xml encoding=windows-1256 ?>\xc8", "ب", false},
    {"", "<?xml encoding = \"CP1256\"?>\xc8", "ب", false},
    {"", "<a encoding='windows-1256'/>\xc8",
	"<a encoding='windows-1256'/>\xef\xbf\xbd", true},
    {"text/xml; charset=iso-8859-6", "<?xml encoding='windows-1256'?>\xe3", "ك",
	false},
    {"text/xml; charset=utf-8", "<?xml encoding='windows-1256'?>\xe3", "م",
	false},
    {"text/xml; charset=windows-1256", "ب", "ب", false},
};

static void
test_charsets(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(charsets); i++) {
		check(charsets[i].bytes, strlen(charsets[i].bytes),
		    charsets[i].type, charsets[i].text, charsets[i].repaired);
	}
	check("\xff\xfe<\0a\0>\0\x2e\x06", 10, "", "<a>خ", false);
	check("\xfe\xff\0<\0a\0>\x06\x2e", 10, "", "<a>خ", false);
	/* half a pair, and half a character */
	check("\xff\xfe\x2e\x06\x00\xd8", 6, "", "خ\xef\xbf\xbd", true);
	check("\xff\xfe\x2e\x06\x2e", 5, "", "خ\xef\xbf\xbd", true);
}

static void
test_refused(void **state)
{
	static const struct {
		const char *bytes;
		const char *message;
	} refused[] = {
	    {"<?xml encoding='windows-9999'?>\xc8",
		"encoding 'windows-9999' is not known here"},
	    {"<?xml encoding='iso-8859-99'?>\xc8",
		"encoding 'iso-8859-99' is not known here"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(refused); i++) {
		struct str out;
		bool repaired = false;
		struct err err = ERR_INIT;

		str_init(&out, DECODE_MAX);
		assert_int_equal(decode_xml(&out, &repaired, refused[i].bytes,
				     strlen(refused[i].bytes), "", &err),
		    -1);
		assert_int_equal(err.code, ERR_DATA);
		assert_string_equal(err.msg, refused[i].message);
		str_release(&out);
	}
}

/* A tag may have 256 attributes, wherever its quotes and marks stand. */
static void
test_attributes(void **state)
{
	(void)state;
	for (int extra = 0; extra < 2; extra++) {
		struct str text;
		struct str out;
		bool repaired = false;
		struct err err = ERR_INIT;

		str_init(&text, 65536);
		str_init(&out, DECODE_MAX);
		str_add(&text, "<a b='=====>' c=\"'>=\"");
		for (int i = 0; i < 254 + extra; i++)
			str_add(&text, " x=''");
		str_add(&text, ">");
		for (int i = 0; i < 1000; i++)
			str_add(&text, "====");
		assert_int_equal(
		    decode_xml(&out, &repaired, text.data, text.len, "", &err),
		    extra ? -1 : 0);
		str_release(&text);
		str_release(&out);
	}
}

static void
test_too_long(void **state)
{
	size_t len = (size_t)DECODE_MAX / 2;
	char *bytes = malloc(len);
	struct str out;
	bool repaired = false;
	struct err err = ERR_INIT;

	(void)state;
	assert_non_null(bytes);
	memset(bytes, '&', len);
	str_init(&out, DECODE_MAX);
	assert_int_equal(decode_xml(&out, &repaired, bytes, len, "", &err), -1);
	assert_string_equal(err.msg, "is too long");
	str_release(&out);
	free(bytes);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_text),
	    cmocka_unit_test(test_charsets),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_attributes),
	    cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
