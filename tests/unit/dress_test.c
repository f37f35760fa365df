/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "text/dress.h"
#include "text/sanitise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

#define TOP "word-break:break-word;\">"
#define RTL "direction:rtl;text-align:right;"
#define LTR "direction:ltr;text-align:left;"
#define P   "margin:0 0 12px 0;"
#define LI  "margin:0 0 6px 0;"
#define BAR "3px solid #8aa4bf;"
#define IMG "max-width:100%;height:auto;border:0;\">"

/* As sanitise_html() gives it, and what becomes of it in an Arabic mail; an
 * English one where it is said. */
static const struct {
	const char *html, *want;
	bool english;
} cases[] = {
    {"", "", false},
    {"<p dir=\"rtl\">أ</p>", "<p dir=\"rtl\" style=\"" P RTL TOP "أ</p>",
	false},
    {"<p dir=\"ltr\">a</p>", "<p dir=\"ltr\" style=\"" P LTR TOP "a</p>",
	false},
    {"<p>1 &lt; 2</p>", "<p style=\"" P TOP "1 &lt; 2</p>", false},
    {"<p>a<br><strong>b</strong></p>",
	"<p style=\"" P TOP "a<br><strong>b</strong></p>", false},
    {"<p><a href=\"https://e.example/?a&amp;b\">c</a></p>",
	"<p style=\"" P TOP
	"<a href=\"https://e.example/?a&amp;b\" class=\"l\" "
	"style=\"color:#0b4f8a;text-decoration:underline;\">c</a></p>",
	false},
    /* indented where it begins; what has no direction, as what is around */
    {"<ul dir=\"rtl\"><li dir=\"rtl\">أ</li></ul>",
	"<ul dir=\"rtl\" style=\"padding:0;margin:0 24px 12px 0;" RTL TOP
	"<li dir=\"rtl\" style=\"" LI RTL "\">أ</li></ul>",
	false},
    {"<ol dir=\"ltr\"><li dir=\"ltr\">a</li></ol>",
	"<ol dir=\"ltr\" style=\"padding:0;margin:0 0 12px 24px;" LTR TOP
	"<li dir=\"ltr\" style=\"" LI LTR "\">a</li></ol>",
	false},
    {"<ul><li>1</li></ul>",
	"<ul style=\"padding:0;margin:0 24px 12px 0;" TOP "<li style=\"" LI
	"\">1</li></ul>",
	false},
    {"<ul><li>1</li></ul>",
	"<ul style=\"padding:0;margin:0 0 12px 24px;" TOP "<li style=\"" LI
	"\">1</li></ul>",
	true},
    {"<ul dir=\"rtl\"><li dir=\"ltr\">a</li><li dir=\"rtl\">أ</li></ul>",
	"<ul dir=\"rtl\" style=\"padding:0;margin:0 24px 12px 0;" RTL TOP
	"<li dir=\"ltr\" style=\"" LI LTR "margin-left:24px;\">a</li>"
	"<li dir=\"rtl\" style=\"" LI RTL "\">أ</li></ul>",
	false},
    {"<blockquote dir=\"rtl\"><p dir=\"ltr\">a</p><ul><li>1</li></ul>"
     "</blockquote><ul><li>2</li></ul>",
	"<blockquote dir=\"rtl\" style=\"" P
	"padding:0 12px 0 0;border-right:" BAR RTL TOP
	"<p dir=\"ltr\" style=\"" P LTR "\">a</p>"
	"<ul style=\"padding:0;margin:0 24px 12px 0;\"><li style=\"" LI
	"\">1</li></ul></blockquote>"
	"<ul style=\"padding:0;margin:0 0 12px 24px;" TOP "<li style=\"" LI
	"\">2</li></ul>",
	true},
    {"<blockquote dir=\"ltr\"><p dir=\"ltr\">a</p></blockquote>",
	"<blockquote dir=\"ltr\" style=\"" P
	"padding:0 0 0 12px;border-left:" BAR LTR TOP
	"<p dir=\"ltr\" style=\"" P LTR "\">a</p></blockquote>",
	false},
    /* Latin words among Arabic ones */
    {"<p dir=\"rtl\">لغة C++ و <strong>+963 11 5</strong> &amp; &quot;@a&quot;"
     "</p><p dir=\"ltr\">C++</p><p>&#824; C++</p>",
	"<p dir=\"rtl\" style=\"" P RTL TOP
	"لغة <span dir=\"ltr\">C++</span> و "
	"<strong><span dir=\"ltr\">+963 11 5</span></strong> &amp; &quot;"
	"<span dir=\"ltr\">@a</span>&quot;</p>"
	"<p dir=\"ltr\" style=\"" P LTR TOP "C++</p>"
	"<p style=\"" P TOP "&#824; C++</p>",
	false},
    /* pictures: the column's width at most, in the attributes too */
    {"<p>a<img src=\"https://i.example/a\" alt=\"\" width=\"600\""
     " height=\"300\"></p>",
	"<p style=\"" P TOP "a<img src=\"https://i.example/a\" alt=\"\""
	" width=\"552\" height=\"276\" style=\"" IMG "</p>",
	false},
    {"<p>a<img src=\"https://i.example/a\" alt=\"\" width=\"552\"></p>",
	"<p style=\"" P TOP "a<img src=\"https://i.example/a\" alt=\"\""
	" width=\"552\" style=\"" IMG "</p>",
	false},
    {"<p><img src=\"https://i.example/a\" alt=\"\" height=\"20\"></p>",
	"<p style=\"" P TOP "<img src=\"https://i.example/a\" alt=\"\""
	" height=\"20\" style=\"" IMG "</p>",
	false},
    {"<p>a <img src=\"https://i.example/a\" alt=\"&quot; width=&quot;9\"></p>",
	"<p style=\"" P TOP "a <img src=\"https://i.example/a\""
	" alt=\"&quot; width=&quot;9\" style=\"" IMG "</p>",
	false},
    /* alone and of no size: Outlook would show it as large as it is */
    {"<figure><img src=\"https://i.example/a\" alt=\"b\"></figure>",
	"<figure style=\"" P TOP "<img src=\"https://i.example/a\" alt=\"b\""
	" width=\"552\" style=\"width:auto;" IMG "</figure>",
	false},
    {"<p><a href=\"https://e.example/\"><img src=\"https://i.example/a\""
     " alt=\"\"></a></p>",
	"<p style=\"" P TOP "<a href=\"https://e.example/\" class=\"l\" "
	"style=\"color:#0b4f8a;text-decoration:underline;\">"
	"<img src=\"https://i.example/a\" alt=\"\" width=\"552\""
	" style=\"width:auto;" IMG "</a></p>",
	false},
    {"<p><strong>a</strong><img src=\"https://i.example/a\" alt=\"\"></p>",
	"<p style=\"" P TOP
	"<strong>a</strong><img src=\"https://i.example/a\" alt=\"\""
	" style=\"" IMG "</p>",
	false},
};

static void
dressing(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str out;

		str_init(&out, 8192);
		dress_html(&out, cases[i].html, !cases[i].english);
		assert_string_equal(out.data, cases[i].want);
		str_release(&out);
	}
}

/* A page has its looks elsewhere; words keep their signs there too. */
static void
of_a_page(void **state)
{
	static const struct {
		const char *html, *want;
		bool english;
	} pages[] = {
	    {"<p dir=\"rtl\">لغة C++ <a href=\"https://e.example/\">@a</a>"
	     "<img src=\"https://i.example/a\" alt=\"\" width=\"900\"></p>",
		"<p dir=\"rtl\">لغة <span dir=\"ltr\">C++</span> "
		"<a href=\"https://e.example/\"><span dir=\"ltr\">@a</span></a>"
		"<img src=\"https://i.example/a\" alt=\"\" width=\"900\"></p>",
		true},
	    {"<ul><li dir=\"ltr\">C++</li><li>C++</li></ul>",
		"<ul><li dir=\"ltr\">C++</li>"
		"<li><span dir=\"ltr\">C++</span></li></ul>",
		false},
	    {"<ul><li>C++</li></ul>", "<ul><li>C++</li></ul>", true},
	    {"", "", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(pages); i++) {
		struct str out;

		str_init(&out, 8192);
		dress_page(&out, pages[i].html, !pages[i].english);
		assert_string_equal(out.data, pages[i].want);
		str_release(&out);
	}
}

/* Sanitised once more, it is what it was, but for the size of pictures. */
static void
nothing_else_is_changed(void **state)
{
	static const char html[] =
	    "<h1>عنوان</h1><h3>two</h3><h4>3</h4><p>نص <b>غليظ <a "
	    "href='https://example.org/a?b&c'>و رابط</a> هنا</b><br>سطر</p>"
	    "<ul><li>أول<li>ثان<ol><li>one<li>two</ol></ul><figure>"
	    "<img src='//img.example/a.png' width=90 height=30 alt='وصف'>"
	    "<figcaption>شرح</figcaption></figure><blockquote><p>قول"
	    "<blockquote>in a quote</blockquote></blockquote><p>3 &lt; 5";
	struct err err = ERR_INIT;
	struct str clean, dressed, again;

	(void)state;
	str_init(&clean, 65536);
	str_init(&dressed, 65536);
	str_init(&again, 65536);
	assert_int_equal(
	    sanitise_html(&clean, html, sizeof(html) - 1, "", &err), 0);
	dress_html(&dressed, clean.data, true);
	assert_true(dressed.len > clean.len);
	assert_int_equal(
	    sanitise_html(&again, dressed.data, dressed.len, "", &err), 0);
	assert_string_equal(again.data, clean.data);
	str_release(&clean);
	str_release(&dressed);
	str_release(&again);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dressing),
	    cmocka_unit_test(of_a_page),
	    cmocka_unit_test(nothing_else_is_changed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
