/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "text/strain.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct {
	const char *html;
	const char *want;
	bool tags;
} straining_cases[] = {
    /* text */
    {"", "", false},
    {"a & b", "a & b", false},
    {"a < b", "a &lt; b", false},
    {"1<2>0", "1&lt;2>0", false},
    {"<", "&lt;", false},
    {"</", "&lt;/", false},
    {"< p>", "&lt; p>", false},
    /* tags lose what they carry */
    {"<p>a</p>", "<p>a</p>", true},
    {"<P CLASS=x>a</P >", "<p>a</p>", true},
    {"<b href='x' onclick=\"y\">l</b>", "<b>l</b>", true},
    {"<a onclick=\"y\" target=_blank>l</a>", "<a>l</a>", true},
    {"<br/>", "<br>", true},
    {"<p/class=x/>", "<p>", true},
    {"<o:p>x</o:p>", "<span>x</span>", true},
    {"<p\"x\">", "<span>", true},
    {"<averyveryverylongelementname>", "<averyveryverylongelement>", true},
    /* where a tag ends (WHATWG 13.2.5.32-40) */
    {"<a title='x>y'>z", "<a>z", true},
    {"<a title=\"x>y\">z", "<a>z", true},
    {"<a title=x>y'>z", "<a>y'>z", true},
    {"<a title = 'x>y' >z", "<a>z", true},
    {"<a 'x>y'>z", "<a>y'>z", true},
    {"<a =\"x>y\">z", "<a>y\">z", true},
    {"<a x='>z", "", true},
    {"b<a", "b", true},
    {"b<a href", "b", true},
    {"b<a href=", "b", true},
    {"b<a href=\"", "b", true},
    {"b<a href=x", "b", true},
    /* what links and images keep */
    {"<a href='x' onclick=\"y\">l</a>", "<a href=\"x\">l</a>", true},
    {"<A HREF=x>", "<a href=\"x\">", true},
    {"</a href=x>", "</a>", true},
    {"<a href=x href=y>", "<a href=\"x\">", true},
    {"<a href>", "<a href=\"\">", true},
    {"<a href=>", "<a href=\"\">", true},
    {"<a\nhref\n=\n'x\ny'\n>", "<a href=\"x\ny\">", true},
    {"<a href=x/y/>", "<a href=\"x/y/\">", true},
    {"<a src=x>", "<a>", true},
    {"<img href=x>", "<img>", true},
    {"<abbr href=x>", "<abbr>", true},
    {"<img src=a.png/>", "<img src=\"a.png/\">", true},
    {"<img/src=a/alt='b'>", "<img src=\"a/alt='b'\">", true},
    {"<img height=1 width=2 alt=c srcset=d src=e>",
	"<img src=\"e\" alt=\"c\" width=\"2\" height=\"1\">", true},
    {"<a href='\"><script>'>", "<a href=\"&quot;&gt;&lt;script&gt;\">", true},
    {"<a href='&quot;&#34;&#x22;'>", "<a href=\"&quot;&#34;&#x22;\">", true},
    {"<a href='?a=1&b=2&copy=3'>", "<a href=\"?a=1&amp;b=2&amp;copy=3\">",
	true},
    {"<a href='&#106&'>", "<a href=\"&amp;#106&amp;\">", true},
    {"<a href='&#0;&#31;&#10;&#9;&#x20;&#;&#x;'>",
	"<a href=\"&amp;#0;&amp;#31;&#10;&amp;#9;&#x20;&amp;#;&amp;#x;\">",
	true},
    {"<a href='&#xd800;&#xDFFF;&#xE000;&#x10FFFF;&#x110000;'>",
	"<a href=\"&amp;#xd800;&amp;#xDFFF;&#xE000;&#x10FFFF;&amp;#x110000;\">",
	true},
    {"<a href='&#99999999999999999999;&#1a;&#xg;&#X41;'>",
	"<a href=\"&amp;#99999999999999999999;&amp;#1a;&amp;#xg;&#X41;\">",
	true},
    {"<a hidden href=x>", "<a href=\"x\" hidden>", true},
    /* comments and declarations */
    {"a<!-- b -->c", "ac", true},
    {"a<!-- <p> -- > -->c", "ac", true},
    {"a<!-->c", "ac", true},
    {"a<!--->c", "ac", true},
    {"a<!-- b", "a", true},
    {"<!doctype html>a", "a", true},
    {"<?xml version='1.0'?>a", "a", true},
    {"a</>b", "ab", true},
    {"a</ b>c", "ac", true},
    {"<![CDATA[a]]>b", "b", true},
    /* what is not markup */
    {"a<script>x<p>y</script>b", "ab", true},
    {"a<SCRIPT src=x>if(a<b)s=\"x>y\"</ScRipT >b", "ab", true},
    {"a<script>x</scripty></script>b", "ab", true},
    {"a<script>x</script1></script>b", "ab", true},
    {"a<script>x", "a", true},
    {"a<style>p{}</style>b", "ab", true},
    {"a<title>t</title>b", "ab", true},
    {"a<textarea><p></textarea>b", "ab", true},
    {"a</script>b", "ab", true},
    /* hidden */
    {"<p hidden>", "<p hidden>", true},
    {"<p HIDDEN=''>", "<p hidden>", true},
    {"<p style=display:none>", "<p hidden>", true},
    {"<p style=\"color:red; DISPLAY : none\">", "<p hidden>", true},
    {"<p style='visibility:hidden'>", "<p hidden>", true},
    {"<p style='display:block'>", "<p>", true},
    {"<p style='xdisplay'>", "<p>", true},
    {"<p title='hidden'>", "<p>", true},
    {"<p aria-hidden=true>", "<p>", true},
    {"</p hidden>", "<p></p>", true},
    {"<p>a<b></p></b>b</p>c", "<p>a<b></p></b>b<p></p>c", true},
    {"a</br x>b", "a<br>b", true},
};

static void
straining(void **state)
{
	(void)state;
	for (size_t i = 0;
	     i < sizeof(straining_cases) / sizeof(*straining_cases); i++) {
		struct str out;
		bool tags;

		str_init(&out, 1024);
		tags = strain_html(&out, straining_cases[i].html,
		    strlen(straining_cases[i].html));
		assert_string_equal(out.data, straining_cases[i].want);
		if (tags != straining_cases[i].tags)
			fail_msg("tags in '%s'?", straining_cases[i].html);
		str_release(&out);
	}
}

/* Only as far as it was told, and through any byte. */
static void
lengths_are_kept(void **state)
{
	static const char html[] = "<p class='x'>a\0b</p><!-- c --><b";

	(void)state;
	for (size_t n = 0; n < sizeof(html); n++) {
		struct str exact;
		struct str out;

		str_init(&exact, 1024);
		str_init(&out, 1024);
		str_add_bytes(&exact, html, n);
		(void)strain_html(&out, exact.data, exact.len);
		assert_true(out.len <= n + 3);
		str_release(&exact);
		str_release(&out);
	}
}

/* A picture of a hundred thousand bytes is no link. */
static void
long_values_go(void **state)
{
	(void)state;
	for (size_t n = 12287; n <= 12289; n++) {
		struct str html;
		struct str out;

		str_init(&html, 32768);
		str_init(&out, 32768);
		str_add(&html, "<img alt=b src=");
		while (html.len < n + 15)
			str_add(&html, "x");
		str_add(&html, ">");
		(void)strain_html(&out, html.data, html.len);
		assert_int_equal(
		    out.len, n <= 12288 ? n + strlen("<img src=\"\" alt=\"b\">")
					: strlen("<img alt=\"b\">"));
		str_release(&html);
		str_release(&out);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(straining),
	    cmocka_unit_test(long_values_go),
	    cmocka_unit_test(lengths_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
