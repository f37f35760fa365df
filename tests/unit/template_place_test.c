/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "unit/template_values.h"

static const struct render_case allowed[] = {
    {"<p>{{title}}</p>", "<p>&lt;b&gt;&amp;&quot;&#39;</p>"},
    {"<p title=\"{{title}}\">", "<p title=\"&lt;b&gt;&amp;&quot;&#39;\">"},
    {"<p title='{{title}}'>", "<p title='&lt;b&gt;&amp;&quot;&#39;'>"},
    {"<p title = \"a {{text}} {{text}}\">",
	"<p title = \"a Tom &amp; Jerry Tom &amp; Jerry\">"},
    {"<title>{{text}}</title>{{text}}",
	"<title>Tom &amp; Jerry</title>Tom &amp; Jerry"},
    {"<textarea>{{title}}</textarea>",
	"<textarea>&lt;b&gt;&amp;&quot;&#39;</textarea>"},
    {"<TITLE>{{text}}</TiTlE ><p>{{link_text|iso}}",
	"<TITLE>Tom &amp; Jerry</TiTlE ><p><span "
	"dir=\"ltr\">C++</span>"},
    {"{{note}}", "abc\xef\xbf\xbd"
		 "d"},
    {"<input value=\"{{email}}\">",
	"<input value=\"a&quot;&gt;&lt;script&gt;@example.org\">"},
    {"<a href=\"{{link}}\">", "<a href=\"https://example.org/"
			      "a?b=1&amp;c=&#39;2&#39;\">"},
    {"<a href='{{home}}#top'>", "<a href='/#top'>"},
    {"<a class=\"x\" HREF = \"{{home}}\">", "<a class=\"x\" HREF = \"/\">"},
    {"<p title=\"{{link}}\">{{home}}",
	"<p title=\"https://example.org/a?b=1&amp;c=&#39;2&#39;\">/"},
    {"<style nonce=\"{{nonce}}\">a{b:c}</style><p>{{text}}",
	"<style nonce=\"n0nce\">a{b:c}</style><p>Tom &amp; Jerry"},
    {"<style>@media x{a{b:c}}</style>{{home}}",
	"<style>@media x{a{b:c}}</style>/"},
    {"<style>a>b{}</styles></style>{{home}}", "<style>a>b{}</styles></style>/"},
    {"<script><!--\nx//--></script>{{home}}", "<script><!--\nx//--></script>/"},
    {"<script>a='<script'</script>{{home}}", "<script>a='<script'</script>/"},
    {"<meta http-equiv=x><meta name=a content=\"{{text}}\">",
	"<meta http-equiv=x><meta name=a content=\"Tom &amp; Jerry\">"},
    {"<meta content=x http-equiv=y><meta content=\"{{text}}\" name=a>",
	"<meta content=x http-equiv=y><meta content=\"Tom &amp; Jerry\" "
	"name=a>"},
    {"<link rel=Canonical href=\"{{home}}\"><link rel='next' "
     "href='{{home}}'><link title=x rel = \"icon\" href=\"{{home}}\">",
	"<link rel=Canonical href=\"/\"><link rel='next' href='/'><link "
	"title=x rel = \"icon\" href=\"/\">"},
    {"a < b {{home}}", "a < b /"},
    {"<!-- x -->{{home}}", "<!-- x -->/"},
    {"<!-->{{home}}", "<!-->/"},
    {"<!--->{{home}}", "<!--->/"},
    {"<!--x--!>{{home}}", "<!--x--!>/"},
    {"<!---->{{home}}", "<!---->/"},
    {"<!-- - -- ! --->{{home}}", "<!-- - -- ! --->/"},
    {"<!doctype html>{{home}}", "<!doctype html>/"},
    {"<?xml x?>{{home}}", "<?xml x?>/"},
    {"</>{{home}}</3>{{home}}", "</>/</3>/"},
    {"<!--[if mso]><a href=x><![endif]-->{{home}}",
	"<!--[if mso]><a href=x><![endif]-->/"},
    {"<p {{#has_form}}class=\"x\"{{/has_form}}>{{home}}", "<p class=\"x\">/"},
    {"<br/>{{home}}<br />{{home}}", "<br/>/<br />/"},
    {"<p a=b c>{{home}}", "<p a=b c>/"},
    {"<p a b = c d='>' e=\">\">{{home}}", "<p a b = c d='>' e=\">\">/"},
    {"{{#lists}}<a href=\"{{url}}\">{{title|iso}}</a>{{/lists}}",
	"<a href=\"/subscribe/one\"><span dir=\"ltr\">One</span></a>"
	"<a href=\"/subscribe/two\"><span "
	"dir=\"rtl\">اثنان</span></a>"},
    {"<p id=\"a{{#has_form}} b{{/has_form}}\">", "<p id=\"a b\">"},
    {"<a href=\"{{#has_form}}{{link}}{{/has_form}}{{^has_form}}{{home}}"
     "{{/has_form}}\">",
	"<a href=\"https://example.org/a?b=1&amp;c=&#39;2&#39;\">"},
    {"<a href=\"{{^has_form}}{{home}}{{/has_form}}{{#has_form}}{{link}}"
     "{{/has_form}}\">",
	"<a href=\"https://example.org/a?b=1&amp;c=&#39;2&#39;\">"},
    {"<a href=\"{{^has_form}}{{home}}{{/has_form}}\">", "<a href=\"\">"},
    {"<input {{#has_form}}aria-invalid=\"true\"{{/has_form}}>",
	"<input aria-invalid=\"true\">"},
};

/* Each value in each place it may stand in. */
static void
test_allowed(void **state)
{
	(void)state;
	check_renders(allowed, COUNT(allowed), TEMPLATE_PAGE, TEMPLATE_HTML);
}

#define UNSAFE(where, what) "t:1:" where ": a value cannot be made safe " what
#define IN_RAW              "inside <style>, <script> or the like: write it out"
#define IN_COMMENT                                                             \
	"inside a comment or declaration: take it out, or write "              \
	"{{! a comment }}"
#define IN_TAG                                                                 \
	"inside a tag: values go between tags, or into a quoted attribute"
#define UNQUOTED                                                               \
	"inside an attribute without quotes: put quotes around the attribute"
#define NEVER "inside an event or source-list attribute: write it out"
#define STYLE                                                                  \
	"that is no color or number inside a style attribute: write it out"
#define LOADER                                                                 \
	"in a link of <script>, <iframe>, <base> or the like: write it out"
#define LATE_REFRESH                                                           \
	"inside the content of an http-equiv, which follows: write it out"
#define A_STYLE                                                                \
	"in a <link> that may load a style: write rel=\"canonical\", next, "   \
	"prev, alternate or icon before it, or write it out"
#define REFRESH  "inside the content of an http-equiv: write it out"
#define NO_URL   "that is no url inside a link: use a name that holds a url"
#define LATE_URL "after the start of a link: the value has to be the whole link"
#define WITH_TAGS                                                              \
	"with tags inside an attribute: use it without the filter, or "        \
	"between "                                                             \
	"tags"
#define ENDS(where)                                                            \
	"t:1:" where                                                           \
	": the html ends inside a tag, comment, <style> or the like: close it"
#define MOVES(where, name)                                                     \
	"t:1:" where ": section '" name "' ends in another part of the html "  \
	"than it began: close in it the tags and quotes that it opens"

static const struct error_case refused[] = {
    {"<style>{{text}}</style>", UNSAFE("8", IN_RAW)},
    {"<STYLE media=x>{{text}}</style>", UNSAFE("16", IN_RAW)},
    {"<style>a</stylex>{{text}}", UNSAFE("18", IN_RAW)},
    {"<style></style{{text}}>", UNSAFE("15", IN_RAW)},
    {"<style>{{t:unsubscribe}}</style>", UNSAFE("8", IN_RAW)},
    {"<script>{{text}}</script>", UNSAFE("9", IN_RAW)},
    {"<script src=\"/x.js\">{{text}}", UNSAFE("21", IN_RAW)},
    {"<xmp>{{text}}</xmp>", UNSAFE("6", IN_RAW)},
    {"<noscript>{{text}}", UNSAFE("11", IN_RAW)},
    {"<svg><text>{{text}}", UNSAFE("12", IN_RAW)},
    {"<!--{{text}}-->", UNSAFE("5", IN_COMMENT)},
    {"<!-- a -- {{text}}-->", UNSAFE("11", IN_COMMENT)},
    {"<!--!>{{text}}-->", UNSAFE("7", IN_COMMENT)},
    {"<!--[if mso]>{{text}}<![endif]-->", UNSAFE("14", IN_COMMENT)},
    {"<!doctype {{text}}>", UNSAFE("11", IN_COMMENT)},
    {"<!{{text}}>", UNSAFE("3", IN_COMMENT)},
    {"<!-{{text}}>", UNSAFE("4", IN_COMMENT)},
    {"<{{text}}>", UNSAFE("2", IN_TAG)},
    {"</{{text}}>", UNSAFE("3", IN_TAG)},
    {"<p{{text}}>", UNSAFE("3", IN_TAG)},
    {"<p {{text}}>", UNSAFE("4", IN_TAG)},
    {"<p a{{text}}>", UNSAFE("5", IN_TAG)},
    {"<p a {{text}}>", UNSAFE("6", IN_TAG)},
    {"<p a=\"b\"{{text}}>", UNSAFE("9", IN_TAG)},
    {"<title></{{text}}", UNSAFE("10", IN_TAG)},
    {"<p a={{text}}>", UNSAFE("6", UNQUOTED)},
    {"<p a= {{text}}>", UNSAFE("7", UNQUOTED)},
    {"<p a=b{{text}}>", UNSAFE("7", UNQUOTED)},
    {"<p title='a'b={{text}}>", UNSAFE("15", UNQUOTED)},
    {"<p style=\"color:{{text}}\">", UNSAFE("17", STYLE)},
    {"<p STYLE='{{text}}'>", UNSAFE("11", STYLE)},
    {"<p onclick=\"{{text}}\">", UNSAFE("13", NEVER)},
    {"<p ONfocus=\"{{link}}\">", UNSAFE("13", NEVER)},
    {"<p\nonx = '{{text}}'>", "t:2:8: a value cannot be made safe " NEVER},
    {"<iframe srcdoc=\"{{text}}\">", UNSAFE("17", NEVER)},
    {"<img srcset=\"{{link}} 2x\">", UNSAFE("14", NEVER)},
    {"<meta http-equiv=\"{{text}}\">", UNSAFE("19", NEVER)},
    {"<a href=\"{{text}}\">", UNSAFE("10", NO_URL)},
    {"<a href=\"{{t:unsubscribe}}\">", UNSAFE("10", NO_URL)},
    {"<img src='{{title|dir}}'>", UNSAFE("11", NO_URL)},
    {"<form action=\"{{text}}\">", UNSAFE("15", NO_URL)},
    {"<a href=\"javascript:{{link}}\">", UNSAFE("21", LATE_URL)},
    {"<a href=\" {{link}}\">", UNSAFE("11", LATE_URL)},
    {"<a href=\"{{link}}{{link}}\">", UNSAFE("18", LATE_URL)},
    {"<a href=\"/?q={{link}}\">", UNSAFE("14", LATE_URL)},
    {"<a href=\"{{#has_form}}x{{/has_form}}{{link}}\">",
	UNSAFE("37", LATE_URL)},
    {"<script src=\"{{link}}\"></script>", UNSAFE("14", LOADER)},
    {"<IFRAME SRC='{{link}}'>", UNSAFE("14", LOADER)},
    {"<embed src=\"{{home}}\">", UNSAFE("13", LOADER)},
    {"<object data=\"{{link}}\">", UNSAFE("15", LOADER)},
    {"<base href=\"{{home}}\">", UNSAFE("13", LOADER)},
    {"<object codebase=\"{{link}}\">", UNSAFE("19", NEVER)},
    {"<img lowsrc=\"{{text}}\">", UNSAFE("14", NO_URL)},
    {"<meta http-equiv=refresh content=\"{{text}}\">", UNSAFE("35", REFRESH)},
    {"<meta HTTP-EQUIV content='5;url={{link}}'>", UNSAFE("33", REFRESH)},
    {"<meta content=\"0;url={{text}}\" http-equiv=refresh>",
	UNSAFE("22", LATE_REFRESH)},
    {"<meta name=a content='{{text}}'\n HTTP-equiv>",
	UNSAFE("23", LATE_REFRESH)},
    {"<link rel=stylesheet href=\"{{link}}\">", UNSAFE("28", A_STYLE)},
    {"<link href=\"{{link}}\" rel=next>", UNSAFE("13", A_STYLE)},
    {"<link rel=\"icon stylesheet\" href=\"{{link}}\">", UNSAFE("35", A_STYLE)},
    {"<link {{#has_form}}rel='next' {{/has_form}} rel='stylesheet' "
     "href=\"{{link}}\">",
	UNSAFE("68", A_STYLE)},
    {"<link rel=next><link href=\"{{link}}\">", UNSAFE("28", A_STYLE)},
    {"<link rel=\"next{{text}}\" href=\"/\">", UNSAFE("16", NEVER)},
    {"<param name=movie value=\"{{link}}\">",
	UNSAFE("26", "inside the value of a <param>: write it out")},
    {"<img dynsrc=\"{{text}}\">", UNSAFE("14", NO_URL)},
    {"<html manifest=\"{{text}}\">", UNSAFE("17", NO_URL)},
    {"<td background=\"{{text}}\">", UNSAFE("17", NO_URL)},
    {"<img longdesc='{{text}}'>", UNSAFE("16", NO_URL)},
    {"<img usemap='{{text}}'>", UNSAFE("14", NO_URL)},
    {"<head profile='{{text}}'>", UNSAFE("16", NO_URL)},
    {"<q cite='{{text}}'>", UNSAFE("10", NO_URL)},
    {"<video poster='{{text}}'>", UNSAFE("16", NO_URL)},
    {"<button formaction='{{text}}'>", UNSAFE("21", NO_URL)},
    {"<a ping='{{text}}'>", UNSAFE("10", NO_URL)},
    {"<a xlink:href='{{text}}'>", UNSAFE("16", NO_URL)},
    {"<p itemid='{{text}}'>", UNSAFE("12", NO_URL)},
    {"<img attributionsrc='{{link}}'>", UNSAFE("22", NEVER)},
    {"<applet archive='{{link}}'>", UNSAFE("18", NEVER)},
    {"<applet code='{{link}}'>", UNSAFE("15", NEVER)},
    {"<object classid='{{link}}'>", UNSAFE("18", NEVER)},
    {"<link rel=next imagesrcset='{{link}}'>", UNSAFE("29", NEVER)},
    /* html.spec.whatwg.org 13.2.5.27: a script in a script's comment */
    {"<script><!--<script></script>{{text}}</script>", UNSAFE("30", IN_RAW)},
    {"<script>a<<!-- x --<SCRIPT\n></script>-->{{text}}",
	"t:2:14: a value cannot be made safe " IN_RAW},
    {"<a href=\"{{#has_form}}{{link}}{{/has_form}}{{^has_form}}{{/has_form}}"
     "{{#has_form}}{{link}}{{/has_form}}\">",
	UNSAFE("83", LATE_URL)},
    /* one of two sections of a name, but for all else around them */
    {"<a href=\"{{#has_form}}{{link}}{{/has_form}}{{^lists}}{{home}}{{/lists}}"
     "\">",
	UNSAFE("54", LATE_URL)},
    {"<a href=\"{{#has_form}}{{link}}{{/has_form}}#{{^has_form}}{{home}}"
     "{{/has_form}}\">",
	UNSAFE("58", LATE_URL)},
    {"<a href=\"/{{#has_form}}{{/has_form}}{{^has_form}}{{home}}"
     "{{/has_form}}\">",
	UNSAFE("50", LATE_URL)},
    {"<a href=\"{{#has_form}}{{link}}{{/has_form}}{{^has_form}}{{home}}"
     "{{/has_form}}{{link}}\">",
	UNSAFE("78", LATE_URL)},
    {"<a href=\"{{#has_form}}{{link}}{{/has_form}}{{#has_form}}{{home}}"
     "{{/has_form}}\">",
	UNSAFE("57", LATE_URL)},
    {"<p title=\"{{text|iso}}\">", UNSAFE("11", WITH_TAGS)},
    {"<title>{{text|iso}}</title>",
	UNSAFE("8", "with tags inside <title> or <textarea>: use it without "
		    "the filter")},
    {"<p", ENDS("3")},
    {"<", ENDS("2")},
    {"<!-- ", ENDS("6")},
    {"<style>", ENDS("8")},
    {"<title>", ENDS("8")},
    {"<p a=\"b>", ENDS("9")},
    {"{{#has_form}}<p{{/has_form}}>", MOVES("16", "has_form")},
    {"<p {{#has_form}}>{{/has_form}}", MOVES("18", "has_form")},
    {"<p{{#has_form}} class=\"x\"{{/has_form}}>", MOVES("26", "has_form")},
    {"<p {{#has_form}}a=\"{{/has_form}}\">", MOVES("20", "has_form")},
    {"<p {{#chosen}}on{{/chosen}}x=\"\">",
	"t:1:4: unknown name 'chosen' here: it belongs inside of "
	"{{#everies}}"},
    {"<p {{#has_form}}on{{/has_form}}x=\"\">", MOVES("19", "has_form")},
    {"<p a=\"{{#has_form}}\" b=\"{{/has_form}}\">", MOVES("25", "has_form")},
    {"{{^lists}}<!--{{/lists}}-->", MOVES("15", "lists")},
    {"<style>{{#lists}}</style>{{/lists}}", MOVES("26", "lists")},
    {"<title>{{#lists}}<{{/lists}}</title>", MOVES("19", "lists")},
};

static void
test_refused(void **state)
{
	(void)state;
	check_errors(refused, COUNT(refused), TEMPLATE_PAGE, TEMPLATE_HTML);
}

/* What may stand in a style; the end of it is a whole declaration. */
static const struct render_case styled[] = {
    {"<p style=\"color:{{list.color}}\">", "<p style=\"color:#0a7d5A\">"},
    {"<p style='{{#list.color}}color:{{list.color}};{{/list.color}}margin:0'>",
	"<p style='color:#0a7d5A;margin:0'>"},
    {"<td bgcolor=\"{{list.color}}\">", "<td bgcolor=\"#0a7d5A\">"},
    {"<b>{{list.color}}</b>", "<b>#0a7d5A</b>"},
    {"<p style=\"width:{{list.logo_width}}px\">", "<p style=\"width:160px\">"},
};

static void
test_styled(void **state)
{
	(void)state;
	check_renders(styled, COUNT(styled), TEMPLATE_DIGEST, TEMPLATE_HTML);
}

static const struct error_case unstyled[] = {
    {"<style>p{color:{{list.color}}}</style>" REST, UNSAFE("16", IN_RAW)},
    {"<p style={{list.color}}>" REST, UNSAFE("10", UNQUOTED)},
    {"<p onclick=\"{{list.color}}\">" REST, UNSAFE("13", NEVER)},
    {"<a href=\"{{list.color}}\">" REST, UNSAFE("10", NO_URL)},
    {"<p style=\"width:{{more|number}}px\">" REST, UNSAFE("17", STYLE)},
    {"<p style=\"a:{{list.logo_url}}\">" REST, UNSAFE("13", STYLE)},
    {"<p style=\"a:{{unsubscribe_url}}\">" REST, UNSAFE("13", STYLE)},
    {"{{list.color|iso}}" REST,
	"t:1:1: filter 'iso' does not go with 'list.color': it takes a text, "
	"and this is a color"},
};

/* Values that are no color never come to their place. */
static void
test_colors(void **state)
{
	static const struct {
		const char *color;
		bool ok;
	} cases[] = {
	    {"#0b4f8a", true},
	    {"#ABCDEF", true},
	    {"", true},
	    {"#0b4f8", false},
	    {"#0b4f8a0", false},
	    {"0b4f8aa", false},
	    {"#0b4f8g", false},
	    {"#0b4;:x", false},
	    {"red", false},
	    {"#0b4f8a;x:y", false},
	};

	(void)state;
	check_errors(unstyled, COUNT(unstyled), TEMPLATE_DIGEST, TEMPLATE_HTML);
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct template_value given[] = {
		    COLOR("list.color", cases[i].color),
		    TEXT("postal_address", "x"), END};
		struct template *template = NULL;
		struct err err = ERR_INIT;
		char *got;

		assert_int_equal(template_parse(&template,
				     "<p style=\"color:{{list.color}}\">" REST,
				     "t", TEMPLATE_DIGEST, TEMPLATE_HTML, &err),
		    0);
		got = run(template, given, CONF_AR, &err);
		assert_int_equal(got != NULL, cases[i].ok);
		if (got == NULL)
			assert_int_equal(err.code, ERR_DATA);
		free(got);
		template_free(template);
	}
}

#define SHOW "{{postal_address}}<a href=\"{{unsubscribe_url}}\">x</a>"
#define NOBODY(where, name, or)                                                \
	"t:1:" where ": no reader sees {{" name "}} here: it has to stand "    \
	"between tags" or                                                      \
	    ", in no element that is hidden"
#define NO_ADDRESS(where) NOBODY(where, "postal_address", "")
#define NO_WAY_OUT(where)                                                      \
	NOBODY(where, "unsubscribe_url", " or in the href of an <a>")

/* What the law and the reader need is where the reader sees it. */
static const struct error_case unseen[] = {
    {"<title>{{postal_address}}</title>{{unsubscribe_url}}", NO_ADDRESS("8")},
    {"<p title='{{postal_address}}'>{{unsubscribe_url}}", NO_ADDRESS("11")},
    {"<img src='{{unsubscribe_url}}'>{{postal_address}}", NO_WAY_OUT("11")},
    {"<link rel=next href='{{unsubscribe_url}}'>{{postal_address}}",
	NO_WAY_OUT("22")},
    {"<p title='{{unsubscribe_url}}'>{{postal_address}}", NO_WAY_OUT("11")},
    {"<title>{{unsubscribe_url}}</title>{{postal_address}}", NO_WAY_OUT("8")},
    {"<div style=\"display:none\">" SHOW "</div>", NO_WAY_OUT("54")},
    {"<div STYLE='x:y; Display : none;z:a'>{{postal_address}}</div>"
     "{{unsubscribe_url}}",
	NO_ADDRESS("38")},
    {"<p style=visibility:hidden>{{postal_address}}</p>{{unsubscribe_url}}",
	NO_ADDRESS("28")},
    {"<div hidden>{{postal_address}}</div>{{unsubscribe_url}}",
	NO_ADDRESS("13")},
    {"<div a hidden/><div></div>{{postal_address}}</div>{{unsubscribe_url}}",
	NO_ADDRESS("27")},
    {"<template>{{postal_address}}</template>{{unsubscribe_url}}",
	NO_ADDRESS("11")},
    {"<div hidden><br hidden><p><b>{{postal_address}}</b></div>"
     "{{unsubscribe_url}}",
	NO_ADDRESS("30")},
    {"<a hidden href='{{unsubscribe_url}}'></a>"
     "<i hidden><a href='{{unsubscribe_url}}'>x</a></i>{{postal_address}}",
	NO_WAY_OUT("61")},
};

/* Where something else is hidden, they are seen. */
static const char *const seen[] = {
    SHOW,
    "<div style='display:none'>x</div>" SHOW,
    "<div hidden><div>x</div></div>" SHOW,
    "<p hidden>x<p>" SHOW,
    "<img hidden>" SHOW,
    "<br style='display:none'/>" SHOW,
    "<div title='display:none' data-hidden='hidden' class=hidden>" SHOW,
    "<div style='display:block;'>" SHOW,
    "<template></template>" SHOW,
    "<i hidden>" SHOW "</i>" SHOW,
    "<area href='{{unsubscribe_url}}'>{{postal_address}}",
};

static void
test_what_readers_see(void **state)
{
	(void)state;
	check_errors(unseen, COUNT(unseen), TEMPLATE_DIGEST, TEMPLATE_HTML);
	for (size_t i = 0; i < COUNT(seen); i++) {
		struct template *template = NULL;
		struct err err = ERR_INIT;

		if (template_parse(&template, seen[i], "t", TEMPLATE_DIGEST,
			TEMPLATE_HTML, &err) != 0)
			fail_msg("%s: %s", seen[i], err.msg);
		template_free(template);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_allowed),
	    cmocka_unit_test(test_refused),
	    cmocka_unit_test(test_styled),
	    cmocka_unit_test(test_colors),
	    cmocka_unit_test(test_what_readers_see),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
