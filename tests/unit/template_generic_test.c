/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "mail/template_any.h"
#include "mail/template_build.h"
#include "unit/template_values.h"

#include <stdlib.h>
#include <string.h>

/* What has no type until it renders: mail/template_any and template_frame.
 * The mustache specification itself is a trip's (tests/data/mustache.json). */

#define OBJECT(n, v)                                                           \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_OBJECT, .items = (v),       \
		.count = 1                                                     \
	}

static const struct template_value name_of[] = {
    TEXT("first", "Sara"), TEXT("last", "<A>"), END};
static const struct template_value *const names_of[] = {name_of};
static const struct template_value item_a[] = {TEXT(".", "a&b"), END};
static const struct template_value item_b[] = {NUMBER(".", 1234), END};
static const struct template_value *const items[] = {item_a, item_b};
static const struct template_value one[] = {
    TEXT("v", "1"), OBJECT("name", names_of), LIST("items", items, 2), END};
static const struct template_value two[] = {
    TEXT("v", "2"), LIST("items", items, 0), END};
static const struct template_value *const rows[] = {one, two};
static const struct template_value generic[] = {
    TEXT("text", "Tom & \"J\""),
    TEXT("empty", ""),
    TEXT("link", "https://example.org/?a&\"b"),
    TEXT("path", "/a b"),
    TEXT("bad", " javascript:alert(1)"),
    TEXT("moment", "2025-01-22T12:00:00+03:00"),
    NUMBER("n", 1234),
    NUMBER("zero", 0),
    BOOL("yes", 1),
    BOOL("no", 0),
    OBJECT("name", names_of),
    LIST("rows", rows, 2),
    LIST("none", rows, 0),
    END,
};

static const struct render_case generic_cases[] = {
    {"{{text}}", "Tom &amp; &quot;J&quot;"},
    {"{{n}} {{yes}} {{no}} {{empty}}", "1234 true false "},
    {"{{missing}}{{missing.too}}{{text.too}}{{rows.v}}", ""},
    {"{{name.first}} {{name.last}}", "Sara &lt;A&gt;"},
    {"{{#name}}{{first}}{{text}}{{/name}}", "SaraTom &amp; &quot;J&quot;"},
    {"{{#rows}}{{v}}{{name.first}},{{/rows}}", "1Sara,2Sara,"},
    {"{{#rows}}{{#items}}{{v}}{{.}};{{/items}}{{^items}}-{{/items}}{{/rows}}",
	"1a&amp;b;11234;-"},
    {"{{#rows}}{{#items}}{{@index}}{{/items}}{{@index}}{{/rows}}", "1212"},
    {"{{#rows}}{{#name}}{{@index}}{{#@first}}f{{/@first}}{{/name}}{{/rows}}",
	"1f2"},
    {"{{#yes}}{{@index}}{{.}}{{/yes}}", "true"},
    {"{{#zero}}x{{/zero}}{{#none}}x{{/none}}{{#empty}}x{{/empty}}", ""},
    {"{{^zero}}a{{/zero}}{{^none}}b{{/none}}{{^x.y}}c{{/x.y}}", "abc"},
    {"{{#text}}{{.}}{{#name}}{{.}}{{/name}}{{/text}}",
	"Tom &amp; &quot;J&quot;"},
    {"<a href=\"{{link}}\">{{link}}",
	"<a href=\"https://example.org/?a&amp;%22b\">"
	"https://example.org/?a&amp;&quot;b"},
    {"<a href='{{path}}'><a href='{{missing}}'><a href='{{empty}}'>",
	"<a href='/a%20b'><a href=''><a href=''>"},
    {"<p title='{{text}}'>", "<p title='Tom &amp; &quot;J&quot;'>"},
    {"<title>{{text}}</title>", "<title>Tom &amp; &quot;J&quot;</title>"},
    {"{{moment|date}}", "الأربعاء ٢٢ / يناير / ٢٠٢٥"},
    {"{{n|number}}", "١٬٢٣٤"},
    {"{{n|iso}}", "<span dir=\"rtl\">1234</span>"},
    {"{{text|excerpt:3}}{{yes|dir}}", "Tom…ltr"},
    {"{{missing|date}}{{missing|number}}{{missing|excerpt:3|iso}}", ""},
    {"a\r\n{{#yes}}\r\nb\r\n{{/yes}}\r\n", "a\r\nb\r\n"},
};

static char *
run_generic(const char *text, struct err *err)
{
	struct template *template = NULL;
	char *got = NULL;

	if (template_parse(&template, text, "t", TEMPLATE_GENERIC,
		TEMPLATE_HTML, err) == 0)
		got = run(template, generic, CONF_AR, err);
	template_free(template);
	return got;
}

static void
test_generic(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(generic_cases); i++) {
		struct err err = ERR_INIT;
		char *got = run_generic(generic_cases[i].text, &err);

		if (got == NULL)
			fail_msg("%s: %s", generic_cases[i].text, err.msg);
		assert_string_equal(got, generic_cases[i].want);
		free(got);
	}
}

static const struct error_case generic_wrong[] = {
    /* as it loads */
    {"{{{text}}}", "t:1:1: raw values do not exist: write {{name}}"},
    {"{{a..b}}", "t:1:1: 'a..b' is no name: write one like a.b"},
    {"{{.a}}", "t:1:1: '.a' is no name: write one like a.b"},
    {"{{a.}}", "t:1:1: 'a.' is no name: write one like a.b"},
    {"{{..}}", "t:1:1: '..' is no name: write one like a.b"},
    {"{{@index}}", "t:1:1: no name '@index' outside of a list"},
    {"{{#a}}{{@odd}}{{/a}}", "t:1:7: '@odd' is no name: write one like a.b"},
    {"{{#a}}{{/b}}", "t:1:7: section 'a' is closed as 'b': write {{/a}} here"},
    {"<style>{{text}}</style>",
	"t:1:8: a value cannot be made safe inside <style>, <script> or the "
	"like: write it out"},
    {"<a href='x{{link}}'>",
	"t:1:11: a value cannot be made safe after the start of a link: the "
	"value has to be the whole link"},
    {"<a href='{{text|excerpt:3}}'>",
	"t:1:10: a value cannot be made safe that is no url inside a link: use "
	"a name that holds a url"},
    {"{{text|iso|number}}",
	"t:1:1: filter 'number' does not go with 'text': it takes a number, "
	"and this is html"},
    /* as it renders */
    {"\n<a href='{{bad}}'>", "t:2:10: 'bad' is no http, https or mailto url: "
			     "' javascript:alert(1)'"},
    {"<a href='{{n}}'>", "t:1:10: 'n' is no http, https or mailto url: '1234'"},
    {"a{{rows}}", "t:1:2: 'rows' is a list where a text is wanted"},
    {"{{name|iso}}", "t:1:1: 'name' is an object where a text is wanted"},
    {"{{text|number}}", "t:1:1: 'text' is a text where a number is wanted"},
    {"{{text|date}}", "t:1:1: 'text' is a text where a date is wanted"},
    {"{{yes|number}}", "t:1:1: 'yes' is yes or no where a number is wanted"},
};

static void
test_generic_errors(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(generic_wrong); i++) {
		struct err err = ERR_INIT;

		if (run_generic(generic_wrong[i].text, &err) != NULL)
			fail_msg("rendered: %s", generic_wrong[i].text);
		assert_string_equal(err.msg, generic_wrong[i].want);
	}
}

static void
test_moments(void **state)
{
	static const struct {
		const char *text;
		int64_t want; /* -1: no moment */
	} cases[] = {
	    {"1970-01-01", 0},
	    {"2025-01-22T09:00:00Z", WEDNESDAY},
	    {"2025-01-22T12:00:00+03:00", WEDNESDAY},
	    {"2025-01-22T12:00+0300", WEDNESDAY},
	    {"2025-01-22 04:00:00.250-05:00", WEDNESDAY},
	    {"2025-01-22T09:00", WEDNESDAY},
	    {"2000-02-29", 951782400},
	    {"2024-02-29T23:59:59Z", 1709251199},
	    {"2024-12-31", 1735603200},
	    {"2023-02-29", -1},
	    {"1900-02-29", -1},
	    {"2025-13-01", -1},
	    {"2025-00-10", -1},
	    {"2025-04-31", -1},
	    {"0000-01-01", -1},
	    {"2025-1-2", -1},
	    {"2025-01-22T", -1},
	    {"2025-01-22T24:00", -1},
	    {"2025-01-22T09:60", -1},
	    {"2025-01-22T09:00:00.Z", -1},
	    {"2025-01-22T09:00:00+3", -1},
	    {"2025-01-22T09:00Zulu", -1},
	    {"2025-01-22x", -1},
	    {" 2025-01-22", -1},
	    {"+025-01-22", -1},
	    {"", -1},
	    {"٢٠٢٥-٠١-٢٢", -1},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t got = -1;
		bool ok = template_any_moment(&got, cases[i].text);

		if (ok != (cases[i].want >= 0) || got != cases[i].want)
			fail_msg("%s: %lld", cases[i].text, (long long)got);
	}
}

/* ---- a kind is a row: one with html in it, as no shipped one has yet */

static const struct template_name page_names[] = {
    {"body", TEMPLATE_TYPE_HTML, NULL},
    {"title", TEMPLATE_TYPE_TEXT, NULL},
    {NULL, TEMPLATE_TYPE_TEXT, NULL},
};
static const struct template_kind_row page_kind = {
    "own", page_names, {"title"}, false, false};

static struct template *
build_own(const char *text, enum template_mode mode, struct err *err)
{
	struct template *template = calloc(1, sizeof(*template));
	struct template_source *source = NULL;
	struct str copy;

	assert_non_null(template);
	template->kind = &page_kind;
	template->mode = mode;
	str_init(&copy, 4096);
	str_add(&copy, text);
	assert_int_equal(
	    template_source_new(&source, "t", &copy, false, err), 0);
	str_release(&copy);
	if (template_build(template, source, NULL, err) == 0)
		return template;
	template_free(template);
	return NULL;
}

static void
test_own_kind(void **state)
{
	static const struct {
		const char *text;
		enum template_mode mode;
		const char *want; /* what it renders to, or its error */
	} cases[] = {
	    {"{{title}}:{{body}}", TEMPLATE_HTML,
		"&lt;t&gt;:<p>a\n&amp;\xcc\xb8 h:title </p>"},
	    {"<p title=\"{{body}}\">{{title}}", TEMPLATE_HTML,
		"t:1:11: a value cannot be made safe with tags inside an "
		"attribute: use it without the filter, or between tags"},
	    {"<a href=\"{{body}}\">{{title}}", TEMPLATE_HTML,
		"t:1:10: a value cannot be made safe with tags inside an "
		"attribute: use it without the filter, or between tags"},
	    {"<title>{{body}}</title>{{title}}", TEMPLATE_HTML,
		"t:1:8: a value cannot be made safe with tags inside <title> "
		"or <textarea>: use it without the filter"},
	    {"{{title}}{{body}}", TEMPLATE_TEXT,
		"t:1:10: html cannot stand in a text template: use a text"},
	    {"{{#body}}x{{/body}}{{title}}", TEMPLATE_HTML,
		"t:1:1: 'body' is html and cannot be a section"},
	    {"{{body|iso}}{{title}}", TEMPLATE_HTML,
		"t:1:1: filter 'iso' does not go with 'body': it takes a text, "
		"and this is html"},
	    {"{{bodi}}", TEMPLATE_HTML,
		"t:1:1: unknown name 'bodi': did you mean 'body'?"},
	    {"{{body}}", TEMPLATE_HTML,
		"t:1:9: {{title}} is missing; it has to stand outside of "
		"sections"},
	};
	/* A mark of a hole, and what NFC would join with the '>' before it. */
	static const struct template_value given[] = {
	    {.name = "body",
		.type = TEMPLATE_TYPE_HTML,
		.text = "<p>a\n&amp;\xcc\xb8 \x01h:title\x01 </p>"},
	    TEXT("title", "<t>"), END};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = ERR_INIT;
		struct template *template =
		    build_own(cases[i].text, cases[i].mode, &err);
		char *got = NULL;

		if (template != NULL)
			got = run(template, given, CONF_AR, &err);
		assert_string_equal(got != NULL ? got : err.msg, cases[i].want);
		free(got);
		template_free(template);
	}
}

static void
test_kinds(void **state)
{
	static const struct {
		const char *file;
		const char *kind; /* NULL: a partial */
	} cases[] = {
	    {"digest.html", "digest"},
	    {"digest.txt", "digest"},
	    {"digest-magazine.html", "digest"},
	    {"confirm.txt", "confirm"},
	    {"page.html", "page"},
	    {"generic-x.txt", "generic"},
	    {"page-style.html", NULL},
	    {"digests.html", NULL},
	    {"mail-head.html", NULL},
	    {"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum template_kind kind;
		bool found = template_names_kind_of(&kind, cases[i].file);

		assert_int_equal(found, cases[i].kind != NULL);
		if (found) {
			assert_string_equal(
			    template_names_kind(kind)->name, cases[i].kind);
		}
	}
	for (int i = 0; i < TEMPLATE_KINDS; i++) {
		enum template_kind kind;
		const char *name =
		    template_names_kind((enum template_kind)i)->name;

		assert_true(template_names_kind_find(&kind, name));
		assert_int_equal(kind, i);
	}
	assert_false(template_names_kind_find(&(enum template_kind){0}, "x"));
}

/* Once its string has grown, a splice takes no more memory. */
static void
test_splice_stays_in_place(void **state)
{
	static const char text[] = "<a href=\"{{confirm_url}}\">{{intro}}</a>";
	struct template *template = NULL;
	const struct template_style style = style_of(CONF_AR);
	struct err err = ERR_INIT;
	struct str shared;
	struct str body;
	const char *where;
	size_t cap;

	(void)state;
	str_init(&shared, 4096);
	str_init(&body, 4096);
	assert_int_equal(template_parse(&template, text, "t", TEMPLATE_CONFIRM,
			     TEMPLATE_HTML, &err),
	    0);
	assert_int_equal(
	    template_render(&shared, template, confirm, &style, &err), 0);
	assert_int_equal(
	    template_splice(&body, shared.data, shared.len, holes, &err), 0);
	where = body.data;
	cap = body.cap;
	for (int i = 0; i < 1000; i++) {
		str_reset(&body);
		assert_int_equal(template_splice(&body, shared.data, shared.len,
				     holes, &err),
		    0);
		assert_ptr_equal(body.data, where);
		assert_int_equal(body.cap, cap);
	}
	template_free(template);
	str_release(&shared);
	str_release(&body);
}

#define ITEMS 100

/* Renders over a list of so many items; false, and no step is left, where that
 * costs too much. */
static bool
costs(size_t *steps, const char *text, size_t count, struct err *err)
{
	static const struct template_value item[] = {TEXT("t", "نص ab"), END};
	const struct template_value *many[ITEMS];
	const struct template_value all[] = {LIST("a", many, count), END};
	struct template_style style = style_of(CONF_AR);
	struct template *template = NULL;
	struct str out;
	bool done;

	for (size_t i = 0; i < ITEMS; i++)
		many[i] = item;
	assert_int_equal(template_parse(&template, text, "t", TEMPLATE_GENERIC,
			     TEMPLATE_HTML, err),
	    0);
	str_init(&out, (size_t)64 * 1024 * 1024);
	style.steps = steps;
	done = template_render(&out, template, all, &style, err) == 0;
	str_release(&out);
	template_free(template);
	return done;
}

#define FOUR(text)    text text text text
#define SIXTEEN(text) FOUR(FOUR(text))

/* No template takes for ever, whatever it says; what is said of it has a
 * place. */
static void
test_work_has_an_end(void **state)
{
	static const struct {
		const char *text;
		const char *where;
	} cases[] = {
	    {SIXTEEN("{{#a}}") SIXTEEN("{{/a}}"), "t:1:91: "},
	    {FOUR("{{#a}}") "{{t}}" FOUR("{{/a}}"), "t:1:19: "},
	    {FOUR("{{#a}}") "{{zz.y|dir}}" FOUR("{{/a}}"), "t:1:19: "},
	    {FOUR("{{#a}}") "{{^zz}}{{/zz}}" FOUR("{{/a}}"), "t:1:19: "},
	    {FOUR("{{#a}}") "{{! only }}a" FOUR("{{/a}}"), "t:1:19: "},
	    {"\n{{#a}}{{#t}}{{#a}}{{#a}}" SIXTEEN("{{@index}}") "{{/a}}{{/a}}"
								"{{/t}}{{/a}}",
		"t:2:19: "},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = ERR_INIT;
		size_t steps = TEMPLATE_STEPS;

		assert_false(costs(&steps, cases[i].text, ITEMS, &err));
		assert_int_equal(err.code, ERR_CONFIG);
		assert_int_equal(steps, 0);
		if (!str_starts(err.msg, cases[i].where) ||
		    strstr(err.msg, "rendering takes too long") == NULL)
			fail_msg("%s: %s", cases[i].text, err.msg);
		/* and what shares its steps is not begun */
		err = ERR_INIT;
		assert_false(costs(&steps, "{{t}}", 1, &err));
		assert_string_equal(err.msg,
		    "t:1:1: rendering takes too long: make it shorter");
	}
}

static void
test_work_is_counted(void **state)
{
	static const char *const texts[] = {
	    "{{#a}}{{/a}}",
	    "{{#a}}{{t}}{{/a}}",
	    "{{#a}}{{t|iso}}{{t|excerpt:2|dir}}{{/a}}",
	    "{{#a}}{{#t}}{{.}}{{/t}}{{^zz}}{{@index|number}}{{/zz}}{{/a}}",
	};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++) {
		struct err err = ERR_INIT;
		size_t few = TEMPLATE_STEPS, many = TEMPLATE_STEPS;

		assert_true(costs(&few, texts[i], ITEMS / 10, &err));
		assert_true(costs(&many, texts[i], ITEMS, &err));
		few = TEMPLATE_STEPS - few;
		many = TEMPLATE_STEPS - many;
		assert_in_range(few, 10, 3000);
		assert_in_range(many, few * 8, few * 10);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_work_has_an_end),
	    cmocka_unit_test(test_work_is_counted),
	    cmocka_unit_test(test_generic),
	    cmocka_unit_test(test_generic_errors),
	    cmocka_unit_test(test_moments),
	    cmocka_unit_test(test_own_kind),
	    cmocka_unit_test(test_kinds),
	    cmocka_unit_test(test_splice_stays_in_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
