/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "markup.h"
#include "text/sanitise.h"
#include "text/sanitise_cut.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define MORE         "<p>…</p>"

static const struct {
	const char *html;
	size_t most;
	const char *want;
	bool cut;
} cases[] = {
    {"", 0, "", false},
    {"<p>a</p>", 8, "<p>a</p>", false},
    {"<p>a</p>", 7, "", true},
    /* whole blocks */
    {"<p>a</p><p>b</p>", 16, "<p>a</p><p>b</p>", false},
    {"<p>aaa</p><p>bbbbbbbbbbbb</p>", 21, "<p>aaa</p>" MORE, true},
    {"<p>a</p><h2>b</h2><p>cccccccccccc</p>", 29, "<p>a</p><h2>b</h2>" MORE,
	true},
    /* a list by its items, a quotation by its paragraphs */
    {"<ul><li>a</li><li>bbbbbbbbbbbbb</li></ul>", 32,
	"<ul><li>a</li></ul>" MORE, true},
    {"<blockquote><p>a</p><p>bbbbbbbbb</p></blockquote>", 44,
	"<blockquote><p>a</p></blockquote>" MORE, true},
    {"<p>a</p><ul><li>b<ul><li>c</li><li>dddddddddddddd</li></ul></li></ul>",
	66, "<p>a</p><ul><li>b<ul><li>c</li></ul></li></ul>" MORE, true},
    /* one block that is too long alone, by its words, never in a tag */
    {"<p>aa bb cc dddd</p>", 19, "<p>aa</p>" MORE, true},
    {"<p>aa <strong>bb cc dddddddddd</strong></p>", 42,
	"<p>aa <strong>bb cc</strong></p>" MORE, true},
    {"<p>aa <a href=\"https://example.org/\">bb</a></p>", 46, "<p>aa</p>" MORE,
	true},
    {"<p dir=\"rtl\">aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa</p>", 40, "", true},
    {"<p><img src=\"https://i.example/a\" alt=\"a b c\"></p>", 48, "", true},
    {"<p>a<br>b</p><p>c</p>", 25, "<p>a<br>b</p><p>c</p>", false},
    {"<p>a<br>b</p><p>cccc</p>", 23, "<p>a<br>b</p>" MORE, true},
};

static void
cutting(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str out;
		bool cut;

		str_init(&out, 4096);
		cut = sanitise_cut(&out, cases[i].html, cases[i].most);
		if (cut != cases[i].cut || !str_eq(out.data, cases[i].want) ||
		    out.len > cases[i].most)
			fail_msg("%zu: %d '%s'", i, cut, out.data);
		str_release(&out);
	}
}

static const char article[] =
    "<h1>عنوان</h1><p>نص <b>غليظ <a href='https://example.org/a?b&c'>و"
    "رابط</a> هنا</b></p><ul><li>أول<li>ثان<ol><li>one<li>two</ol></ul>"
    "<figure><img src='//img.example/a.png' width=900 height=30 alt='وصف'>"
    "<figcaption>شرح الصورة</figcaption></figure><blockquote><p>قول<p>قول"
    "<blockquote>في قول</blockquote></blockquote><p>3 &lt; 5<br>سطر آخر";

/* Wherever it is cut, it is what a sanitised HTML is, and within the limit. */
static void
at_every_length(void **state)
{
	struct err err = ERR_INIT;
	struct str html;
	size_t most = 0;

	(void)state;
	str_init(&html, 8192);
	assert_int_equal(
	    sanitise_html(&html, article, sizeof(article) - 1, "", &err), 0);
	for (size_t before = 0; most <= html.len; most++) {
		struct str out;
		const char *fault;

		str_init(&out, 8192);
		assert_int_equal(
		    sanitise_cut(&out, html.data, most), most < html.len);
		fault = markup_fault(out.data);
		if (fault != NULL || out.len > most || out.len < before)
			fail_msg("%zu: '%s' at '%s'", most, out.data,
			    fault != NULL ? fault : "");
		before = out.len;
		str_release(&out);
	}
	str_release(&html);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(cutting),
	    cmocka_unit_test(at_every_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
