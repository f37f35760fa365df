/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "text/html.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdlib.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const struct {
	const char *html;
	const char *want;
} reading_cases[] = {
    {"", ""},
    /* text without a tag keeps its lines */
    {"نشرة", "نشرة"},
    {"a\nb", "a\nb"},
    {"a\n\nb", "a\n\nb"},
    {"a\n\n\n\nb", "a\n\nb"},
    {"  a   b  ", "a b"},
    {"1 < 2 & 3 > 2", "1 < 2 & 3 > 2"},
    {"R&amp;D &lt;b&gt;", "R&D <b>"},
    /* blocks, lines and runs */
    {"<p>a</p><p>b</p>", "a\n\nb"},
    {"<p>a\nb</p>", "a b"},
    {"<p>a<p>b", "a\n\nb"},
    {"a<br>b", "a\nb"},
    {"a<br><br><br>b", "a\n\nb"},
    {"<br>a<br>", "a"},
    {"<b>a</b> c <i>d</i>e", "a c de"},
    {"<b>a </b>b", "a b"},
    {"<div>a<div>b</div></div>c", "a\n\nb\n\nc"},
    {"<h1>أستانا</h1>نص", "أستانا\n\nنص"},
    {"a<hr>b", "a\n\nb"},
    {"<blockquote>a</blockquote>b", "a\n\nb"},
    {"<pre>a\nb\n\n\nc</pre>d", "a\nb\n\nc\n\nd"},
    {"<p>&nbsp;</p><p>a\u00a0&nbsp;b</p><p>\u00a0</p>", "a b"},
    /* lists and tables */
    {"<ul><li>a<li>b</ul>c", "* a\n* b\n\nc"},
    {"x<ul><li><p>a</p></li><li><p>b</p><p>c</p></li></ul>",
	"x\n\n* a\n* b\nc"},
    {"<ul><li>a<ul><li>b</ul><li>c</ul>", "* a\n* b\n* c"},
    {"<ul><li></li><li>a</li></ul>", "* a"},
    {"<table><tr><td>a<td>b<tr><th>c<td>d</table>", "a b\nc d"},
    {"<dl><dt>a<dd>b</dl>", "a\nb"},
    /* what is not for reading */
    {"a<script>alert('<p>x')</script>b", "ab"},
    {"a<style>p{color:red}</style>b", "ab"},
    {"a<!-- x -->b", "ab"},
    {"<html><head><title>t</title></head><body>a</body></html>", "a"},
    {"a<svg><text>x</text></svg>b", "ab"},
    {"a<math><mi>x</mi></math>b", "ab"},
    {"a<noscript><p>x</p></noscript>b", "ab"},
    {"a<iframe>x</iframe>b", "ab"},
    {"a<select><option>x</select>b", "ab"},
    {"a<template><p>x</template>b", "ab"},
    {"<p hidden>x</p>a", "a"},
    {"<div style='display:none'>x<p>y</p></div>a", "a"},
    {"<div hidden><ul><li>x</ul></div><ul><li>a</ul>", "* a"},
    {"<span style='visibility: hidden'>x</span>a", "a"},
    /* entities, and what they may not bring */
    {"&#1606;&#x634;&eacute;&nosuch;", "نشé&nosuch;"},
    {"a&#8238;b&#x2066;c&#x200f;", "abc\u200f"},
    {"a&#0;b&#1;c", "abc"},
    {"&#8238;<p>a<p>&#8238;<p>b<p>&#xad;", "a\n\nb"},
    {"a&#x2028;b&#x2029;&#x2028; c", "a b c"},
    {"&lt;script&gt;x&lt;/script&gt;", "<script>x</script>"},
    {"e&#x301;", "é"},
    /* broken */
    {"<", "<"},
    {"a<b", "a"},
    {"<p>a</div></p></b>b", "a\n\nb"},
    {"</p>a", "a"},
    {"<b><i>a</b>b</i>", "ab"},
    {"<a href='x>y' title=\"'\">l</a>", "l"},
    {"<o:p>a</o:p>", "a"},
    {"<!doctype html><meta charset=windows-1256><p>مرحبا</p>", "مرحبا"},
    {"\ufeff<p>a</p>", "a"},
    {"a\xff<b>\xd9\x85</b>", "a\ufffdم"},
    {"\xe3\xf1\xcd\xc8\xc7", "\ufffd\ufffd\ufffd\ufffd\ufffd"},
};

static void
reading(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(reading_cases); i++) {
		struct err err = ERR_INIT;
		struct str out;

		str_init(&out, 1024);
		assert_int_equal(html_to_text(&out, reading_cases[i].html,
				     strlen(reading_cases[i].html), &err),
		    0);
		assert_string_equal(out.data, reading_cases[i].want);
		str_release(&out);
	}
}

#define A "<a href=https://example.org/a>"
#define B "<a href=https://example.org/b>"

static const struct {
	const char *html;
	const char *want;
} linked_cases[] = {
    {"a", "a"},
    {"<p>x " A "y</a> z</p><p>w</p>", "x y z\nhttps://example.org/a\n\nw"},
    {A "x</a>", "x\nhttps://example.org/a"},
    {"<p>" A "x</a>" B "y</a></p>",
	"xy\nhttps://example.org/a\nhttps://example.org/b"},
    {"<p>" A "x</a>, " A "y</a></p>", "x, y\nhttps://example.org/a"},
    {"<p>" A "x</a><br>y</p>", "x\ny\nhttps://example.org/a"},
    {"<ul><li>" A "x</a><li>y</ul>z", "* x\nhttps://example.org/a\n* y\n\nz"},
    {A "<p>x</p></a><p>y", "x\nhttps://example.org/a\n\ny"},
    {"<a href=mailto:desk@example.org>x</a>", "x\ndesk@example.org"},
    {"<a href=https://مثال.example/خبر>خبر</a>",
	"خبر\nhttps://xn--mgbh0fb.example/%D8%AE%D8%A8%D8%B1"},
    /* said already, or not fit */
    {A "https://example.org/a</a>", "https://example.org/a"},
    {"<a href=mailto:d@example.org>d@example.org</a>", "d@example.org"},
    {A "<img src=x></a>x", "x"},
    {A "</a>x", "x"},
    {"<a href=javascript:alert(1)>x</a>", "x"},
    {"<a href=/x>x</a>", "x"},
    {"<a>x</a>", "x"},
    {"<a href='https://example.org/\n&#8238;x'>x</a>",
	"x\nhttps://example.org/%E2%80%AEx"},
    {"<svg>" A "x</a></svg>y", "y"},
};

static void
linked(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(linked_cases); i++) {
		struct err err = ERR_INIT;
		struct str out;

		str_init(&out, 1024);
		assert_int_equal(html_to_text_linked(&out, linked_cases[i].html,
				     strlen(linked_cases[i].html), &err),
		    0);
		assert_string_equal(out.data, linked_cases[i].want);
		str_release(&out);
	}
}

static void
a_nul_ends_nothing(void **state)
{
	static const char html[] = "<p>a\0b</p>\0<p>c</p>";
	struct err err = ERR_INIT;
	struct str out;

	(void)state;
	str_init(&out, 64);
	assert_int_equal(html_to_text(&out, html, sizeof(html) - 1, &err), 0);
	assert_string_equal(out.data, "ab\n\nc");
	str_release(&out);
}

static void
limits(void **state)
{
	struct err err = ERR_INIT;
	struct str out;
	char *large = calloc(1, HTML_MAX + 1);

	(void)state;
	memset(large, 'a', HTML_MAX + 1);
	str_init(&out, HTML_MAX);
	assert_int_equal(html_to_text(&out, large, HTML_MAX, &err), 0);
	assert_int_equal(out.len, HTML_MAX);
	str_reset(&out);
	assert_int_equal(html_to_text(&out, large, HTML_MAX + 1, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	str_release(&out);
	str_init(&out, 10);
	assert_int_equal(html_to_text(&out, large, 11, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	str_release(&out);
	free(large);
}

/* Half a megabyte of each: an instant, not minutes, and no stack without end. A
 * test that hangs here has met a quadratic parser. */
static void
floods(void **state)
{
	static const struct {
		const char *unit;
		int rc;
	} cases[] = {{"<b>", -1}, {"<b></i>", -1}, {"<table><tr><td>", -1},
	    {"<x1><x2></x3>", -1}, {"<select>", -1}, {"<p>", 0}, {"</p>", 0},
	    {"<br>", 0}, {"<li>", 0}, {"<a></b>", 0}, {"<", 0}, {"</", 0},
	    {"<!--", 0}, {"<script>", 0}, {"&", 0}, {"&amp;", 0},
	    {"&#x301;", 0}, {"\u0301\u0323", 0}, {"\n", 0}, {"\xff", 0},
	    {"<p/", 0}, {"<form>", 0}, {"<!", 0}, {"<a b=c ", 0}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = ERR_INIT;
		struct str html;
		struct str out;

		str_init(&html, HTML_MAX);
		str_init(&out, HTML_MAX);
		while (html.len < HTML_MAX / 4)
			str_add(&html, cases[i].unit);
		assert_int_equal(
		    html_to_text(&out, html.data, html.len, &err), cases[i].rc);
		str_release(&html);
		str_release(&out);
	}
}

/* libxml2 compares each attribute of a tag with all before it. */
static void
one_tag_of_many_attributes(void **state)
{
	struct err err = ERR_INIT;
	struct str html;
	struct str out;

	(void)state;
	str_init(&html, HTML_MAX);
	str_init(&out, 64);
	str_add(&html, "<a");
	for (int i = 0; html.len < HTML_MAX - 64; i++)
		str_addf(&html, " a%x=\">\"", (unsigned)i);
	str_add(&html, ">end");
	assert_int_equal(html_to_text(&out, html.data, html.len, &err), 0);
	assert_string_equal(out.data, "end");
	str_release(&html);
	str_release(&out);
}

/* 512 deep is read, one more is not. */
static void
depth(void **state)
{
	(void)state;
	for (size_t levels = 500; levels <= 520; levels += 20) {
		struct err err = ERR_INIT;
		struct str html;
		struct str out;

		str_init(&html, 4096);
		str_init(&out, 64);
		for (size_t i = 0; i < levels; i++)
			str_add(&html, "<b>");
		str_add(&html, "a");
		assert_int_equal(html_to_text(&out, html.data, html.len, &err),
		    levels < 512 ? 0 : -1);
		assert_string_equal(out.data, levels < 512 ? "a" : "");
		str_release(&html);
		str_release(&out);
	}
}

/* A library that complained on standard error would fill the journal. */
static void
nothing_on_stderr(void **state)
{
	static const char html[] = "<p <<a &bogus; </x><tr><p></b>\xff<!-";
	char path[] = "/tmp/nashra-html-XXXXXX";
	struct err err = ERR_INIT;
	struct str out;
	int kept = dup(STDERR_FILENO);
	int file = mkstemp(path);
	off_t written;

	(void)state;
	assert_true(kept >= 0 && file >= 0);
	(void)unlink(path);
	(void)dup2(file, STDERR_FILENO);
	str_init(&out, 1024);
	(void)html_to_text(&out, html, sizeof(html) - 1, &err);
	written = lseek(STDERR_FILENO, 0, SEEK_END);
	(void)dup2(kept, STDERR_FILENO);
	close(kept);
	close(file);
	str_release(&out);
	assert_int_equal(written, 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(reading),
	    cmocka_unit_test(linked),
	    cmocka_unit_test(a_nul_ends_nothing),
	    cmocka_unit_test(limits),
	    cmocka_unit_test(floods),
	    cmocka_unit_test(one_tag_of_many_attributes),
	    cmocka_unit_test(depth),
	    cmocka_unit_test(nothing_on_stderr),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
