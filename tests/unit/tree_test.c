/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "text/tree.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* What a walk meets, as it is met: (p attribute=value "text" ) */
struct log {
	struct str met;
	size_t depth;
};

static void
on_start(void *arg, const struct tree_element *element)
{
	static const char *const kept[] = {
	    "href", "src", "alt", "width", "height", "hidden", "onclick"};
	struct log *log = arg;

	/* The frame that the parser puts around everything. */
	if (str_eq(element->name, "html") || str_eq(element->name, "body"))
		return;
	str_addf(&log->met, "(%s", element->name);
	for (size_t i = 0; i < COUNT(kept); i++) {
		const char *value = tree_attribute(element, kept[i]);

		if (value != NULL)
			str_addf(&log->met, " %s=%s", kept[i], value);
	}
	str_add(&log->met, " ");
	log->depth++;
}

static void
on_end(void *arg, const struct tree_element *element)
{
	struct log *log = arg;

	if (str_eq(element->name, "html") || str_eq(element->name, "body"))
		return;
	str_add(&log->met, ")");
	log->depth--;
}

static void
on_text(void *arg, const char *text, size_t n)
{
	struct log *log = arg;

	str_add_bytes(&log->met, text, n);
}

static int
walk(struct log *log, const char *html, size_t n, struct err *err)
{
	const struct tree_reader reader = {log, on_start, on_end, on_text};

	str_init(&log->met, (size_t)4 * TREE_MAX);
	log->depth = 0;
	return tree_read(&reader, html, n, err);
}

static const struct {
	const char *html;
	const char *met;
} walking_cases[] = {
    {"<p>a</p>", "(p a)"},
    {"<P>a<B>b</B></P>", "(p a(b b))"},
    {"<p>a<p>b", "(p a)(p b)"},
    {"<ul><li>a<li>b</ul>", "(ul (li a)(li b))"},
    {"<b><i>a</b>b</i>", "(b (i a))b"},
    {"<p>a<br>b<img src=x>c</p>", "(p a(br )b(img src=x )c)"},
    {"<section>a</section>", "(section a)"},
    {"a</p></b>b</br>c", "(p a)(p )b(br )c"},
    {"<p>a<b>b</p>c", "(p a(b b))c"},
    {"<p>a<div>b</p>c</div>", "(p a)(div b(p )c)"},
    {"<p>a</p></p>b", "(p a)(p )b"},
    /* attributes are decoded, and few */
    {"<b>x</b><a href='?a&amp;b&copy=1' onclick=x>a</a>",
	"(b x)(a href=?a&b&copy=1 a)"},
    {"<b>x</b><img alt='&#x644;&quot;' width src=y>",
	"(b x)(img src=y alt=ل\" width= )"},
    /* said by elements alone */
    {"10<sup>6</sup> H<sub>2</sub>O 1<sup>st</sup> x<sup>a<b>12</b></sup>",
	"10(sup \u2076) H(sub \u2082)O 1(sup st) x(sup a(b \u00b9\u00b2))"},
    {"<b>a</b><q>b</q><i hidden><q>c</q><sup>1</sup></i>2",
	"(b a)(q \u201cb\u201d)2"},
    {"<b>a</b><sup>1", "(b a)(sup \u00b9)"},
    /* not for reading */
    {"a<script>b</script>c<style>d</style><!-- e -->f", "acf"},
    {"<b>a</b><svg><b>b</b></svg><form><p>c</form>d", "(b a)d"},
    {"<b>a</b><i hidden>b<b>c</b></i>d", "(b a)d"},
    {"<b>a</b><noscript><b>b</noscript><template>c</template>d", "(b a)d"},
    /* text */
    {"a\nb", "(pre a\nb)"},
    {"a < b &amp; c", "(pre a < b & c)"},
    {"<b>&lt;i&gt;&#8238;</b>", "(b <i>\u202e)"},
    {"<b>a\xff\u202e\x01</b>", "(b a\ufffd)"},
    {"<b>\u0338a</b>", "(b \u0338a)"},
    {"<b>e\u0301</b>", "(b e\u0301)"},
};

static void
walking(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(walking_cases); i++) {
		struct err err = ERR_INIT;
		struct str plain;
		struct log log;

		assert_int_equal(walk(&log, walking_cases[i].html,
				     strlen(walking_cases[i].html), &err),
		    0);
		/* Text out of any block gets a paragraph from the parser. */
		str_init(&plain, 1024);
		if (str_starts(log.met.data, "(p ") &&
		    !str_starts(walking_cases[i].met, "(p ")) {
			str_add_bytes(
			    &plain, log.met.data + 3, log.met.len - 4);
		} else {
			str_add(&plain, log.met.data);
		}
		assert_string_equal(plain.data, walking_cases[i].met);
		assert_int_equal(log.depth, 0);
		str_release(&plain);
		str_release(&log.met);
	}
}

/* What began ends, even where nothing is said to end. */
static void
all_ends(void **state)
{
	static const char *const units[] = {"<b>", "<ul><li>",
	    "<table><tr><td>", "<x>", "<p><div></p>", "<a><b></a>", "<svg><p>",
	    "</b><b>", "<select><b>"};

	(void)state;
	for (size_t i = 0; i < COUNT(units); i++) {
		struct err err = ERR_INIT;
		struct str html;
		struct log log;

		str_init(&html, 4096);
		for (int n = 0; n < 100; n++)
			str_add(&html, units[i]);
		assert_int_equal(walk(&log, html.data, html.len, &err), 0);
		assert_int_equal(log.depth, 0);
		str_release(&html);
		str_release(&log.met);
	}
}

static void
limits(void **state)
{
	struct err err = ERR_INIT;
	struct str html;
	struct log log;

	(void)state;
	str_init(&html, TREE_MAX + 1);
	while (html.len < 3 * (TREE_DEPTH + 1))
		str_add(&html, "<b>");
	assert_int_equal(walk(&log, html.data, html.len, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	str_release(&log.met);
	str_reset(&html);
	while (html.len <= TREE_MAX)
		str_add(&html, "a");
	assert_int_equal(walk(&log, html.data, TREE_MAX, &err), 0);
	str_release(&log.met);
	assert_int_equal(walk(&log, html.data, TREE_MAX + 1, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(log.met.len, 0);
	str_release(&log.met);
	str_release(&html);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(walking),
	    cmocka_unit_test(all_ends),
	    cmocka_unit_test(limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
