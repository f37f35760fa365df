/* SPDX-License-Identifier: ISC */
/*
 * usage: sanitise_test [FILE]
 *
 * With a file of records like tests/data/hostile.txt it tests nothing, and
 * prints the name of each record, a tab, and what the input becomes.
 */
#include "base/codec.h"
#include "base/err.h"
#include "base/str.h"
#include "markup.h"
#include "text/bidi.h"
#include "text/html.h"
#include "text/sanitise.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define ROOM         ((size_t)1 << 24)
#define HOSTILE      "tests/data/hostile.txt"

struct record {
	char name[64];
	struct str in;
	struct str out;
	bool refused;
};

typedef void record_fn(struct record *record);

static void unescape(struct str *out, const char *text, const char *end);

/* "{3|abc}": returns what is behind it. */
static const char *
repeat(struct str *out, const char *text)
{
	const char *bar = strchr(text, '|');
	const char *end = strchr(text, '}');
	int count = 0;

	assert_true(bar != NULL && end != NULL && bar < end);
	for (text++; text < bar; text++)
		count = count * 10 + *text - '0';
	while (count-- > 0)
		unescape(out, bar + 1, end);
	return end + 1;
}

static void
unescape(struct str *out, const char *text, const char *end)
{
	while (text < end) {
		char byte = *text++;

		if (byte == '\\' && *text == '{') {
			text = repeat(out, text);
			continue;
		}
		if (byte == '\\' && *text == 'x') {
			char hex[3] = {text[1], text[2], '\0'};

			assert_true(codec_hex_decode(&byte, 1, hex));
			text += 3;
		} else if (byte == '\\') {
			byte = *text == 'n'   ? '\n'
			       : *text == 't' ? '\t'
					      : *text;
			text++;
		}
		str_add_bytes(out, &byte, 1);
	}
}

/* Calls for each record of a file. */
static int
each_record(const char *path, record_fn *fn)
{
	FILE *file = fopen(path, "r");
	struct record record;
	char *line = NULL;
	size_t size = 0;
	int count = 0;
	ssize_t n;

	assert_non_null(file);
	str_init(&record.in, ROOM);
	str_init(&record.out, ROOM);
	while ((n = getline(&line, &size, file)) > 0) {
		if (line[n - 1] == '\n')
			line[--n] = '\0';
		if (*line == '[') {
			line[n - 1] = '\0';
			assert_true(str_fit(
			    record.name, sizeof(record.name), line + 1));
		} else if (str_starts(line, "in ")) {
			str_reset(&record.in);
			unescape(&record.in, line + 3, line + n);
		} else if (str_starts(line, "out") ||
			   str_starts(line, "refused")) {
			str_reset(&record.out);
			record.refused = *line == 'r';
			if (str_starts(line, "out "))
				unescape(&record.out, line + 4, line + n);
			fn(&record);
			count++;
		} else {
			assert_true(*line == '#' || *line == '\0');
		}
	}
	free(line);
	fclose(file);
	str_release(&record.in);
	str_release(&record.out);
	return count;
}

static void
check(struct record *record)
{
	struct err err = ERR_INIT;
	const char *fault;
	struct str out;
	int rc;

	str_init(&out, ROOM);
	rc = sanitise_html(&out, record->in.data, record->in.len, "", &err);
	if (rc != (record->refused ? -1 : 0))
		fail_msg("[%s]: %s", record->name, err.msg);
	if (!str_eq(out.data, record->out.data)) {
		fail_msg("[%s]: '%s', not '%s'", record->name, out.data,
		    record->out.data);
	}
	fault = markup_fault(out.data);
	if (fault != NULL)
		fail_msg("[%s]: at '%s'", record->name, fault);
	/* the result of a result */
	str_reset(&record->in);
	if (sanitise_html(&record->in, out.data, out.len, "", &err) != 0 ||
	    !str_eq(record->in.data, out.data))
		fail_msg("[%s]: again '%s'", record->name, record->in.data);
	str_release(&out);
}

static void
hostile(void **state)
{
	(void)state;
	assert_true(each_record(HOSTILE, check) >= 200);
}

/* With a page that relative URLs belong to, as of an article, it is as
 * strict; and from its result the page makes no difference any more. */
static void
check_on_a_page(struct record *record)
{
	static const char page[] = "https://news.example.org/a/b?c";
	struct err err = ERR_INIT;
	struct str out;
	struct str again;

	str_init(&out, ROOM);
	str_init(&again, ROOM);
	if (!record->refused) {
		assert_int_equal(sanitise_html(&out, record->in.data,
				     record->in.len, page, &err),
		    0);
		assert_int_equal(
		    sanitise_html(&again, out.data, out.len, page, &err), 0);
		if (markup_fault(out.data) != NULL ||
		    strstr(out.data, "src=\"https://evil") != NULL ||
		    !str_eq(out.data, again.data))
			fail_msg("[%s]: '%s'", record->name, out.data);
	}
	str_release(&out);
	str_release(&again);
}

static void
hostile_on_a_page(void **state)
{
	(void)state;
	(void)each_record(HOSTILE, check_on_a_page);
}

static void
urls_are_made_whole(void **state)
{
	static const char html[] =
	    "<p>a<a href='../x?y'>b</a><a href='#c'>d</a><img src='i.png'>"
	    "<img src='/i.png'><a href='javascript:x'>e</a><a href=''>f</a>";
	struct err err = ERR_INIT;
	struct str out;

	(void)state;
	str_init(&out, ROOM);
	assert_int_equal(sanitise_html(&out, html, sizeof(html) - 1,
			     "http://e.example/b/c?d", &err),
	    0);
	assert_string_equal(out.data,
	    "<p dir=\"ltr\">a<a href=\"http://e.example/x?y\">b</a>"
	    "<a href=\"http://e.example/b/c?d#c\">d</a>"
	    "<img src=\"http://e.example/b/i.png\" alt=\"\">"
	    "<img src=\"http://e.example/i.png\" alt=\"\">ef</p>");
	str_release(&out);
}

/* Nothing that is to be read is lost on the way: the text of the output is
 * that of the input, less white space. */
static void
squeeze(struct str *text)
{
	size_t n = 0;

	for (size_t i = 0; i < text->len; i++) {
		if (strchr(" \n*", text->data[i]) == NULL)
			text->data[n++] = text->data[i];
	}
	text->len = n;
	text->data[n] = '\0';
}

static void
check_text(struct record *record)
{
	struct err err = ERR_INIT;
	struct str before;
	struct str after;

	str_init(&before, ROOM);
	str_init(&after, ROOM);
	if (!record->refused) {
		assert_int_equal(html_to_text(&before, record->in.data,
				     record->in.len, &err),
		    0);
		assert_int_equal(html_to_text(&after, record->out.data,
				     record->out.len, &err),
		    0);
		squeeze(&before);
		squeeze(&after);
		if (!str_eq(before.data, after.data)) {
			fail_msg("[%s]: '%s' became '%s'", record->name,
			    before.data, after.data);
		}
	}
	str_release(&before);
	str_release(&after);
}

static void
no_text_is_lost(void **state)
{
	(void)state;
	(void)each_record(HOSTILE, check_text);
}

#define PICTURE "<img src=\"https://a\" alt=\"\">"

/* The scanner that checks the rest, is it strict? */
static void
the_scanner_bites(void **state)
{
	static const char *const good[] = {"", "<p>a</p>",
	    "<p dir=\"rtl\">a<br>b</p>",
	    "<ul dir=\"ltr\"><li>a<ul><li>b</li></ul></li></ul>",
	    "<p><a href=\"https://example.org/\"><strong>a</strong></a></p>",
	    "<p><img src=\"https://example.org/\" alt=\"\" width=\"2\"></p>",
	    "<figure><img src=\"https://a/\" alt=\"\"><br></figure>",
	    "<figure><strong>" PICTURE "</strong></figure>"};
	static const char *const bad[] = {"a", "<p>", "</p>", "<p></p>", "<p>a",
	    "<p>a</h2>", "<p>a</p", "<P>a</P>", "<p >a</p>",
	    "<p class=\"x\">a</p>", "<p onclick=\"x\">a</p>",
	    "<p dir=\"auto\">a</p>", "<p dir=\"rtl\" onclick=\"x\">a</p>",
	    "<p dir='rtl'>a</p>", "<p>a<p>b</p></p>", "<div>a</div>",
	    "<script>a</script>", "<p><script>a</script></p>", "<p>a & b</p>",
	    "<p>a &copy; b</p>", "<p>a > b</p>", "<p>\"</p>", "<p>'</p>",
	    "<p><!-- a --></p>", "<p>a\n</p>", "<p><a>b</a></p>",
	    "<p><a href=\"javascript:x\">b</a></p>",
	    "<p><a href=\"https://a\" target=\"x\">b</a></p>",
	    "<p><a href=\"https://a\"><a href=\"https://b\">c</a></a></p>",
	    "<p><strong><strong>a</strong></strong></p>",
	    "<p><strong onclick=\"x\">a</strong></p>", "<ul>a</ul>",
	    "<ul><p>a</p></ul>", "<li>a</li>", "<p><ul><li>a</li></ul></p>",
	    "<p><img src=\"https://a\"></p>",
	    "<p><img src=\"data:x\" alt=\"\"></p>",
	    "<p><img src=\"https://a\" alt=\"\" onerror=\"x\"></p>",
	    "<p><img src=\"https://a\" alt=\"\" width=\"1\"></p>",
	    "<p><img src=\"https://a\" alt=\"\" width=\"601\"></p>",
	    "<p><br/></p>", "<p>a</p></p>", "<blockquote>a</blockquote>",
	    "<figure>a</figure>", "<figure><strong>a</strong></figure>",
	    "<figure><a href=\"https://a/\"><p>a</p></a></figure>"};

	(void)state;
	for (size_t i = 0; i < COUNT(good); i++) {
		if (markup_fault(good[i]) != NULL)
			fail_msg("'%s'", good[i]);
	}
	for (size_t i = 0; i < COUNT(bad); i++) {
		if (markup_fault(bad[i]) == NULL)
			fail_msg("'%s'", bad[i]);
	}
}

/* Half a megabyte of each: an instant, whether it is taken or not. */
static void
floods(void **state)
{
	static const char *const units[] = {"<b>", "<b>a</b>", "<b></i>", "<p>",
	    "<p>a", "</p>", "<li>", "<ul><li>", "<ul><li></ul>", "<br>",
	    "<br>a", "a<br>", "<blockquote>", "<blockquote>1",
	    "<blockquote>1</blockquote>", "<a href=https://example.org/>",
	    "<a href=//e.org>1</a>", "<img src=//e.org>", "<h2>", "<td>1",
	    "<figure><figcaption>", "1 ", "&#x338;", "\u0301", "&#x301;<b>",
	    "<pre>\n", "\n", "&", "<!--", "<x1><x2></x3>", "\"", "<a href='",
	    "<span>1</span>"};

	(void)state;
	for (size_t i = 0; i < COUNT(units); i++) {
		struct err err = ERR_INIT;
		struct str html;
		struct str out;

		str_init(&html, TREE_MAX);
		str_init(&out, ROOM);
		while (html.len < TREE_MAX / 4)
			str_add(&html, units[i]);
		if (sanitise_html(&out, html.data, html.len, "", &err) == 0) {
			assert_null(markup_fault(out.data));
		} else {
			assert_int_equal(err.code, ERR_INPUT);
			assert_int_equal(out.len, 0);
		}
		str_release(&html);
		str_release(&out);
	}
}

static void
limits(void **state)
{
	struct err err = ERR_INIT;
	char *large = calloc(1, TREE_MAX + 1);
	struct str out;

	(void)state;
	memset(large, 'a', TREE_MAX + 1);
	str_init(&out, ROOM);
	assert_int_equal(sanitise_html(&out, large, TREE_MAX, "", &err), 0);
	assert_int_equal(out.len, TREE_MAX + strlen("<p dir=\"ltr\"></p>"));
	str_reset(&out);
	assert_int_equal(
	    sanitise_html(&out, large, TREE_MAX + 1, "", &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	str_release(&out);
	str_init(&out, 10);
	assert_int_equal(sanitise_html(&out, large, 1, "", &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	str_release(&out);
	free(large);
}

static void
print(struct record *record)
{
	struct err err = ERR_INIT;
	struct str out;

	str_init(&out, ROOM);
	printf("%s\t%s\n", record->name,
	    sanitise_html(&out, record->in.data, record->in.len, "", &err) == 0
		? out.data
		: "refused");
	str_release(&out);
}

int
main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hostile),
	    cmocka_unit_test(hostile_on_a_page),
	    cmocka_unit_test(urls_are_made_whole),
	    cmocka_unit_test(no_text_is_lost),
	    cmocka_unit_test(the_scanner_bites),
	    cmocka_unit_test(floods),
	    cmocka_unit_test(limits),
	};

	if (argc > 1)
		return each_record(argv[1], print) > 0 ? 0 : 1;
	return cmocka_run_group_tests(tests, NULL, NULL);
}
