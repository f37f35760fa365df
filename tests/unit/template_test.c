/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "mail/template.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SHIPPED  "templates"
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))
/* What a digest template cannot be without, and what that renders to. */
#define REST     "{{unsubscribe_url}}{{postal_address}}"
#define REST_OUT "https://example.org/leave/abcدمشق"
/* Wednesday 22 January 2025, 12:00 in Damascus. */
#define WEDNESDAY 1737536400

#define TEXT(n, v)                                                             \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_TEXT, .text = (v)           \
	}
#define URL(n, v)                                                              \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_URL, .text = (v)            \
	}
#define NUMBER(n, v)                                                           \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_NUMBER, .number = (v)       \
	}
#define BOOL(n, v)                                                             \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_BOOL, .number = (v)         \
	}
#define DATE(n, v)                                                             \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_DATE, .number = (v)         \
	}
#define LIST(n, v, c)                                                          \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_LIST, .items = (v),         \
		.count = (c)                                                   \
	}
#define END                                                                    \
	{                                                                      \
		.name = NULL                                                   \
	}

static const struct template_value article_1[] = {
    TEXT("title", "لغة C++ و<script>"),
    URL("url", "https://example.org/مقال?a=1&b=\"2\""),
    TEXT("author", "Sara A."),
    DATE("published", WEDNESDAY),
    TEXT("excerpt", "انتهاء الجولة \"العشرون\" في 2023 & ما بعدها"),
    BOOL("has_excerpt", 1),
    END,
};
static const struct template_value article_2[] = {
    TEXT("title", "The end"),
    URL("url", ""),
    TEXT("author", ""),
    DATE("published", 0),
    TEXT("excerpt", ""),
    BOOL("has_excerpt", 0),
    END,
};
static const struct template_value article_3[] = {
    TEXT("title", "123"),
    URL("url", "http://example.org/3"),
    TEXT("author", "كاتبة"),
    DATE("published", WEDNESDAY),
    TEXT("excerpt", "نص"),
    BOOL("has_excerpt", 1),
    END,
};
static const struct template_value *const articles[] = {
    article_1, article_2, article_3};

static const struct template_value digest[] = {
    TEXT("site_name", "الموسوعة"),
    URL("site_url", "https://example.org"),
    TEXT("list.title", "نشرة <الأسبوع>"),
    TEXT("list.name", "weekly"),
    TEXT("subject", "موضوع \"النشرة\""),
    TEXT("preheader", "ما يلي"),
    DATE("digest.date", WEDNESDAY),
    NUMBER("digest.number", 1234),
    NUMBER("article_count", 3),
    LIST("articles", articles, 3),
    TEXT("why", "لأنك اشتركت"),
    TEXT("postal_address", "دمشق"),
    END,
};

static const struct template_value confirm[] = {
    TEXT("site_name", "الموسوعة"),
    URL("site_url", "https://example.org"),
    TEXT("list.title", "نشرة"),
    TEXT("list.name", "weekly"),
    TEXT("subject", "تأكيد"),
    TEXT("intro", "وصلنا طلب"),
    NUMBER("hours", 48),
    TEXT("postal_address", "دمشق"),
    END,
};

static const struct template_value list_1[] = {TEXT("title", "One"),
    TEXT("name", "one"), URL("url", "/subscribe/one"), END};
static const struct template_value list_2[] = {TEXT("title", "اثنان"),
    TEXT("name", "two"), URL("url", "/subscribe/two"), END};
static const struct template_value *const lists[] = {list_1, list_2};
static const struct template_value every_1[] = {
    TEXT("value", "day"), TEXT("label", "يوميًا"), BOOL("chosen", 0), END};
static const struct template_value every_2[] = {
    TEXT("value", "week"), TEXT("label", "أسبوعيًا"), BOOL("chosen", 1), END};
static const struct template_value *const everies[] = {every_1, every_2};

static const struct template_value page[] = {
    TEXT("site_name", "الموسوعة"),
    URL("site_url", "https://example.org"),
    URL("home", "/"),
    TEXT("title", "<b>&\"'"),
    TEXT("text", "Tom & Jerry"),
    TEXT("note", "a\xe2\x80\xae"
		 "b\x01"
		 "c\xff"
		 "d"),
    BOOL("is_error", 0),
    TEXT("error", ""),
    TEXT("suggestion", ""),
    TEXT("list.title", "نشرة"),
    TEXT("list.name", "weekly"),
    LIST("lists", lists, 2),
    BOOL("has_form", 1),
    BOOL("has_button", 0),
    URL("action", "/subscribe/weekly"),
    TEXT("button", "اشتراك"),
    TEXT("email", "a\"><script>@example.org"),
    LIST("everies", everies, 2),
    TEXT("form_time", "t1m3"),
    URL("link", "https://example.org/a?b=1&c='2'"),
    TEXT("link_text", "C++"),
    TEXT("nonce", "n0nce"),
    END,
};

static const struct template_hole holes[] = {
    {"unsubscribe_url", "https://example.org/leave/abc"},
    {"confirm_url", "https://example.org/confirm/a?b&c"},
    {NULL, NULL},
};

static const struct template_value *const values[TEMPLATE_KINDS] = {
    [TEMPLATE_DIGEST] = digest,
    [TEMPLATE_CONFIRM] = confirm,
    [TEMPLATE_PAGE] = page,
};

static struct template_style
style_of(enum conf_language language)
{
	static struct messages *messages[2];
	const struct template_dirs dirs = {"", SHIPPED, language};
	struct err err = ERR_INIT;

	if (messages[language] == NULL &&
	    template_messages(&messages[language], &dirs, &err) != 0)
		fail_msg("%s", err.msg);
	return (struct template_style){
	    .date = {.language = language, .zone = "Asia/Damascus"},
	    .messages = messages[language],
	};
}

/* Renders and splices; the caller frees. NULL where something failed. */
static char *
run(const struct template *template, const struct template_value *given,
    enum conf_language language, struct err *err)
{
	const struct template_style style = style_of(language);
	struct str rendered;
	struct str spliced;
	char *out = NULL;

	str_init(&rendered, 1024 * 1024);
	str_init(&spliced, 1024 * 1024);
	if (template_render(&rendered, template, given, &style, err) == 0 &&
	    template_splice(
		&spliced, rendered.data, rendered.len, holes, err) == 0)
		out = str_take(&spliced);
	str_release(&rendered);
	str_release(&spliced);
	return out;
}

static void
check_render(const char *text, const char *want, enum template_kind kind,
    enum template_mode mode)
{
	struct err err = ERR_INIT;
	struct template *template = NULL;
	char *got;

	if (template_parse(&template, text, "t", kind, mode, &err) != 0)
		fail_msg("%s: %s", text, err.msg);
	got = run(template, values[kind], CONF_AR, &err);
	if (got == NULL)
		fail_msg("%s: %s", text, err.msg);
	assert_string_equal(got, want);
	free(got);
	template_free(template);
}

struct render_case {
	const char *text;
	const char *want;
};

static void
check_renders(const struct render_case *cases, size_t count,
    enum template_kind kind, enum template_mode mode)
{
	char text[1024];
	char want[1024];

	for (size_t i = 0; i < count; i++) {
		bool rest = kind == TEMPLATE_DIGEST;

		(void)snprintf(text, sizeof(text), "%s%s", cases[i].text,
		    rest ? REST : "");
		(void)snprintf(want, sizeof(want), "%s%s", cases[i].want,
		    rest ? REST_OUT : "");
		check_render(text, want, kind, mode);
	}
}

/* Names, sections, comments: what the mustache spec says of the subset. */
static void
test_mustache(void **state)
{
	static const struct render_case cases[] = {
	    {"", ""},
	    {"plain { text }} and } more {", "plain { text }} and } more {"},
	    {"{{text}}", "Tom & Jerry"},
	    {"{{ text }}{{\ttext\n}}", "Tom & JerryTom & Jerry"},
	    {"| {{ text }} |", "| Tom & Jerry |"},
	    {"  {{text}}\n", "  Tom & Jerry\n"},
	    {"{{list.title}}", "نشرة"},
	    {"{{error}}", ""},
	    /* comments */
	    {"12345{{! Comment Block! }}67890", "1234567890"},
	    {"12345{{!\n  two lines\n}}67890\n", "1234567890\n"},
	    {"Begin.\n{{! alone }}\nEnd.\n", "Begin.\nEnd.\n"},
	    {"Begin.\n  {{! indented }}\nEnd.\n", "Begin.\nEnd.\n"},
	    {"|\r\n{{! alone }}\r\n|", "|\n|"},
	    {"  {{! first line }}\n!", "!"},
	    {"!\n  {{! last line }}", "!\n"},
	    {"Begin.\n{{!\nblock\n}}\nEnd.\n", "Begin.\nEnd.\n"},
	    {"  12 {{! 34 }}\n", "  12 \n"},
	    {"12345 {{! }} 67890", "12345  67890"},
	    {"{{! {{ }}", ""},
	    {"{{!}}x", "x"},
	    /* sections */
	    {"\"{{#has_form}}yes{{/has_form}}\"", "\"yes\""},
	    {"\"{{#has_button}}no{{/has_button}}\"", "\"\""},
	    {"{{# has_form }}={{/ has_form }}", "="},
	    {"{{#text}}[{{text}}]{{/text}}", "[Tom & Jerry]"},
	    {"{{#error}}[{{error}}]{{/error}}", ""},
	    {"{{#link}}u{{/link}}", "u"},
	    {"{{#lists}}{{title}},{{/lists}}", "One,اثنان,"},
	    {"{{#lists}}{{site_name}}{{/lists}}", "الموسوعةالموسوعة"},
	    {"{{title}}{{#lists}}{{title}}{{/lists}}{{title}}",
		"<b>&\"'Oneاثنان<b>&\"'"},
	    {"{{#lists}}{{#everies}}{{name}}-{{value}} {{/everies}}{{/lists}}",
		"one-day one-week two-day two-week "},
	    {"{{#lists}}{{#has_form}}{{name}}{{/has_form}}{{/lists}}",
		"onetwo"},
	    {"{{#has_form}}a{{#has_button}}b{{/has_button}}c{{/has_form}}",
		"ac"},
	    {"{{#has_form}}a{{/has_form}} {{#has_form}}b{{/has_form}}", "a b"},
	    {" | {{#has_form}}\t|\t{{/has_form}} | \n", " | \t|\t | \n"},
	    {" | {{#has_form}} {{! }}\n {{/has_form}} | \n", " |  \n  | \n"},
	    {"| This Is\n{{#has_form}}\n|\n{{/has_form}}\n| A Line\n",
		"| This Is\n|\n| A Line\n"},
	    {"  {{#has_form}}\n#{{/has_form}}\n/", "#\n/"},
	    {"#{{#has_form}}\n/\n  {{/has_form}}", "#\n/\n"},
	    {"{{#has_form}} {{/has_form}}\n", " \n"},
	    /* inverted */
	    {"\"{{^has_button}}none{{/has_button}}\"", "\"none\""},
	    {"\"{{^has_form}}none{{/has_form}}\"", "\"\""},
	    {"{{^lists}}none{{/lists}}{{^error}}fine{{/error}}", "fine"},
	    {"{{#has_form}}a{{/has_form}}{{^has_form}}b{{/has_form}}", "a"},
	    {"| a\n{{^has_button}}\n|\n{{/has_button}}\n| b", "| a\n|\n| b"},
	    /* loops */
	    {"{{#lists}}{{@index}}{{^@last}}, {{/@last}}{{/lists}}", "1, 2"},
	    {"{{#lists}}{{#@first}}[{{/@first}}{{name}}{{#@last}}]{{/@last}}"
	     "{{/lists}}",
		"[onetwo]"},
	    {"{{#lists}}{{#everies}}{{@index}}{{/everies}}{{@index}} "
	     "{{/lists}}",
		"121 122 "},
	    {"{{#lists}}{{@index|number}}{{/lists}}", "١٢"},
	    {"{{#lists}}{{#has_form}}{{@index}}{{/has_form}}{{/lists}}", "12"},
	    /* sentences */
	    {"{{t:page_email_label}}", "البريد الإلكتروني"},
	    {"{{ t: page_email_label }}", "البريد الإلكتروني"},
	};

	(void)state;
	check_renders(cases, COUNT(cases), TEMPLATE_PAGE, TEMPLATE_TEXT);
}

/* Each value in each place it may stand in. */
static void
test_escapes(void **state)
{
	static const struct render_case cases[] = {
	    {"<p>{{title}}</p>", "<p>&lt;b&gt;&amp;&quot;&#39;</p>"},
	    {"<p title=\"{{title}}\">",
		"<p title=\"&lt;b&gt;&amp;&quot;&#39;\">"},
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
	    {"<a class=\"x\" HREF = \"{{home}}\">",
		"<a class=\"x\" HREF = \"/\">"},
	    {"<p title=\"{{link}}\">{{home}}",
		"<p title=\"https://example.org/a?b=1&amp;c=&#39;2&#39;\">/"},
	    {"<style nonce=\"{{nonce}}\">a{b:c}</style><p>{{text}}",
		"<style nonce=\"n0nce\">a{b:c}</style><p>Tom &amp; Jerry"},
	    {"<style>@media x{a{b:c}}</style>{{home}}",
		"<style>@media x{a{b:c}}</style>/"},
	    {"<style>a>b{}</styles></style>{{home}}",
		"<style>a>b{}</styles></style>/"},
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
	    {"<p {{#has_form}}class=\"x\"{{/has_form}}>{{home}}",
		"<p class=\"x\">/"},
	    {"<br/>{{home}}<br />{{home}}", "<br/>/<br />/"},
	    {"<p a=b c>{{home}}", "<p a=b c>/"},
	    {"<p a b = c d='>' e=\">\">{{home}}", "<p a b = c d='>' e=\">\">/"},
	    {"{{#lists}}<a href=\"{{url}}\">{{title|iso}}</a>{{/lists}}",
		"<a href=\"/subscribe/one\"><span dir=\"ltr\">One</span></a>"
		"<a href=\"/subscribe/two\"><span "
		"dir=\"rtl\">اثنان</span></a>"},
	    {"<p id=\"a{{#has_form}} b{{/has_form}}\">", "<p id=\"a b\">"},
	    {"<input {{#has_form}}aria-invalid=\"true\"{{/has_form}}>",
		"<input aria-invalid=\"true\">"},
	};

	(void)state;
	check_renders(cases, COUNT(cases), TEMPLATE_PAGE, TEMPLATE_HTML);
}

static void
test_filters(void **state)
{
	static const struct render_case html[] = {
	    {"{{article_count}}", "3"},
	    {"{{digest.number|number}}", "١٬٢٣٤"},
	    {"{{digest.number}}", "1234"},
	    {"{{digest.date|date}}", "الأربعاء ٢٢ / يناير / ٢٠٢٥"},
	    {"{{ digest.date | date : long }}", "الأربعاء، ٢٢ يناير ٢٠٢٥"},
	    {"{{digest.date|date:site}}", "الأربعاء ٢٢ / يناير / ٢٠٢٥"},
	    {"{{article_count|plural:new_articles}}", "وصلتك ٣ مقالات جديدة"},
	    {"{{list.title|iso}}", "<span dir=\"rtl\">نشرة "
				   "&lt;الأسبوع&gt;</span>"},
	    {"<p dir=\"{{list.name|dir}}\">", "<p dir=\"ltr\">"},
	    {"{{#articles}}{{title|dir}} {{/articles}}", "rtl ltr rtl "},
	    {"{{#articles}}{{author|iso}}{{/articles}}",
		"<span dir=\"ltr\">Sara A.</span><span dir=\"rtl\"></span>"
		"<span dir=\"rtl\">كاتبة</span>"},
	    {"{{#articles}}{{#@first}}{{excerpt|excerpt:14|iso}}{{/@first}}"
	     "{{/articles}}",
		"<span dir=\"rtl\">انتهاء الجولة…</span>"},
	    {"{{#articles}}{{#published}}{{published|date}};{{/published}}"
	     "{{/articles}}",
		"الأربعاء ٢٢ / يناير / ٢٠٢٥;الأربعاء ٢٢ / يناير / ٢٠٢٥;"},
	    {"{{#articles}}{{#url}}<a "
	     "href=\"{{url}}\">{{/url}}{{#url}}</a>{{/url}}"
	     "{{/articles}}",
		"<a "
		"href=\"https://example.org/%D9%85%D9%82%D8%A7%D9%84?a=1&amp;"
		"b=%222%22\"></a><a href=\"http://example.org/3\"></a>"},
	};
	static const struct render_case text[] = {
	    {"{{list.title|iso}}", "نشرة <الأسبوع>"},
	    {"{{list.title|dir}}", "rtl"},
	    {"{{#articles}}{{url}} {{/articles}}",
		"https://example.org/%D9%85%D9%82%D8%A7%D9%84?a=1&b=%222%22  "
		"http://example.org/3 "},
	};

	(void)state;
	check_renders(html, COUNT(html), TEMPLATE_DIGEST, TEMPLATE_HTML);
	check_renders(text, COUNT(text), TEMPLATE_DIGEST, TEMPLATE_TEXT);
}

static void
test_plural_forms(void **state)
{
	static const struct {
		int64_t n;
		const char *want;
	} cases[] = {
	    {0, "لا مقالات جديدة هذه المرة"},
	    {1, "وصلك مقال جديد"},
	    {2, "وصلك مقالان جديدان"},
	    {10, "وصلتك ١٠ مقالات جديدة"},
	    {11, "وصلك ١١ مقالًا جديدًا"},
	    {100, "وصلك ١٠٠ مقال جديد"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		const struct template_value given[] = {
		    NUMBER("hours", cases[i].n), END};
		struct err err = ERR_INIT;
		struct template *template = NULL;
		char *got;

		assert_int_equal(
		    template_parse(&template,
			"{{hours|plural:new_articles}}"
			"{{! }}{{confirm_url}}",
			"t", TEMPLATE_CONFIRM, TEMPLATE_TEXT, &err),
		    0);
		got = run(template, given, CONF_AR, &err);
		assert_non_null(got);
		assert_memory_equal(got, cases[i].want, strlen(cases[i].want));
		free(got);
		template_free(template);
	}
}

struct error_case {
	const char *text;
	const char *want; /* the whole message */
};

static void
check_errors(const struct error_case *cases, size_t count,
    enum template_kind kind, enum template_mode mode)
{
	for (size_t i = 0; i < count; i++) {
		struct err err = ERR_INIT;
		struct template *template = NULL;

		if (template_parse(
			&template, cases[i].text, "t", kind, mode, &err) == 0)
			fail_msg("loaded: %s", cases[i].text);
		assert_null(template);
		assert_string_equal(err.msg, cases[i].want);
		assert_int_equal(err.code, ERR_CONFIG);
	}
}

static void
test_errors_of_language(void **state)
{
	static const struct error_case cases[] = {
	    {"{{titel}}", "t:1:1: unknown name 'titel'"},
	    {"a\n b {{titel}}", "t:2:4: unknown name 'titel'"},
	    {"نص\nعربي {{titel}}", "t:2:6: unknown name 'titel'"},
	    {"a\r\nb\r\n{{titel}}", "t:3:1: unknown name 'titel'"},
	    {"\xef\xbb\xbf{{titel}}", "t:1:1: unknown name 'titel'"},
	    {"{{Title}}", "t:1:1: unknown name 'Title'"},
	    {"{{digest.date|date}}", "t:1:1: unknown name 'digest.date'"},
	    {"{{value}}", "t:1:1: unknown name 'value'"},
	    {"{{#lists}}{{value}}{{/lists}}", "t:1:11: unknown name 'value'"},
	    {"{{^lists}}{{url}}{{/lists}}", "t:1:11: unknown name 'url'"},
	    {"{{#lists}}{{/lists}}{{url}}", "t:1:21: unknown name 'url'"},
	    {"{{#titel}}{{/titel}}", "t:1:1: unknown name 'titel'"},
	    {"{{@first}}", "t:1:1: no name '@first' outside of a list"},
	    {"{{#has_form}}{{@index}}{{/has_form}}",
		"t:1:14: no name '@index' outside of a list"},
	    {"{{^lists}}{{@index}}{{/lists}}",
		"t:1:11: no name '@index' outside of a list"},
	    {"{{#lists}}{{@key}}{{/lists}}",
		"t:1:11: no name '@key' outside of a list"},
	    {"{{}}", "t:1:1: a name is missing"},
	    {"{{ }}", "t:1:1: a name is missing"},
	    {"{{#}}{{/}}", "t:1:1: a name is missing"},
	    {"{{>}}", "t:1:1: a name is missing"},
	    {"{{title|}}", "t:1:1: a name is missing"},
	    {"{{title||iso}}", "t:1:1: a name is missing"},
	    {"{{|iso}}", "t:1:1: a name is missing"},
	    {"{{t:}}", "t:1:1: a name is missing"},
	    {"{{title|excerpt:}}", "t:1:1: a name is missing"},
	    {"{{.}}", "t:1:1: unknown name '.'"},
	    {"{{a b}}", "t:1:1: a name is made of letters, digits, '_', '-' "
			"and '.'"},
	    {"{{عنوان}}", "t:1:1: a name is made of letters, digits, '_', '-' "
			  "and '.'"},
	    {"{{title:x}}", "t:1:1: a name is made of letters, digits, '_', "
			    "'-' and '.'"},
	    {"{{aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"
	     "gggg}}",
		"t:1:1: a name is longer than 63 characters"},
	    {"{{title", "t:1:1: '{{' without '}}'"},
	    {"{{title}", "t:1:1: '{{' without '}}'"},
	    {"a {{! comment", "t:1:3: '{{' without '}}'"},
	    {"{{{title}}}", "t:1:1: raw values do not exist; write {{name}}"},
	    {"{{&title}}", "t:1:1: raw values do not exist; write {{name}}"},
	    {"{{=<% %>=}}", "t:1:1: delimiters cannot be changed"},
	    {"{{>style}}", "t:1:1: there are no partials here"},
	    {"{{>../style}}", "t:1:1: a name is made of letters, digits, '_', "
			      "'-' and '.'"},
	    {"{{>..}}", "t:1:1: '..' is no name of a partial"},
	    /* sections */
	    {"{{#has_form}}", "t:1:1: section 'has_form' is not closed"},
	    {"{{#has_form}}\n {{^lists}}",
		"t:2:2: section 'lists' is not closed"},
	    {"{{#has_form}}{{/lists}}",
		"t:1:14: section 'has_form' is closed as 'lists'"},
	    {"{{/has_form}}", "t:1:1: section 'has_form' is not open"},
	    {"{{#has_form}}{{^lists}}{{/has_form}}{{/lists}}",
		"t:1:24: section 'lists' is closed as 'has_form'"},
	    {"{{#has_form}}{{#has_form}}{{#has_form}}{{#has_form}}"
	     "{{#has_form}}{{#has_form}}{{#has_form}}{{#has_form}}"
	     "{{#has_form}}{{#has_form}}{{#has_form}}{{#has_form}}"
	     "{{#has_form}}{{#has_form}}{{#has_form}}{{#has_form}}"
	     "{{#has_form}}",
		"t:1:209: sections nest deeper than 16"},
	    /* filters and types */
	    {"{{title|upper}}", "t:1:1: unknown filter 'upper'"},
	    {"{{title|number}}",
		"t:1:1: filter 'number' does not go with 'title'"},
	    {"{{title|date}}", "t:1:1: filter 'date' does not go with 'title'"},
	    {"{{title|plural:articles}}",
		"t:1:1: filter 'plural' does not go with 'title'"},
	    {"{{link|iso}}", "t:1:1: filter 'iso' does not go with 'link'"},
	    {"{{lists|number}}",
		"t:1:1: filter 'number' does not go with 'lists'"},
	    {"{{title|iso:x}}", "t:1:1: filter 'iso' does not take 'x'"},
	    {"{{title|excerpt}}", "t:1:1: filter 'excerpt' does not take ''"},
	    {"{{title|excerpt:0}}",
		"t:1:1: filter 'excerpt' does not take '0'"},
	    {"{{title|excerpt:-1}}",
		"t:1:1: filter 'excerpt' does not take '-1'"},
	    {"{{title|excerpt:10001}}",
		"t:1:1: filter 'excerpt' does not take '10001'"},
	    {"{{title|excerpt:ten}}",
		"t:1:1: filter 'excerpt' does not take 'ten'"},
	    {"{{title|date:short}}",
		"t:1:1: filter 'date' does not take 'short'"},
	    {"{{title|excerpt:9|excerpt:8|excerpt:7|excerpt:6}}",
		"t:1:1: more than 3 filters"},
	    {"{{has_form}}",
		"t:1:1: 'has_form' cannot be printed, only be a section"},
	    {"{{lists}}",
		"t:1:1: 'lists' cannot be printed, only be a section"},
	    {"{{#lists}}{{@last}}{{/lists}}",
		"t:1:11: '@last' cannot be printed, only be a section"},
	    /* bytes */
	    {"a\x01h:confirm_url\x01", "t:1:2: control character 0x01"},
	    {"a\n\x1b[1m", "t:2:1: control character 0x1b"},
	    {"a\rb", "t:1:2: control character 0x0d"},
	    {"\xff", "t: not valid UTF-8; save it as UTF-8"},
	};

	(void)state;
	check_errors(cases, COUNT(cases), TEMPLATE_PAGE, TEMPLATE_TEXT);
}

#define UNSAFE(where, what)                                                    \
	"t:1:" where ": a value " what " cannot be made safe"
#define IN_RAW     "inside <style>, <script> or the like"
#define IN_COMMENT "inside a comment or declaration"
#define IN_TAG     "inside a tag"
#define UNQUOTED   "inside an attribute without quotes"
#define NEVER      "inside a style, event or source-list attribute"
#define NO_URL     "that is no url inside a link"
#define LATE_URL   "after the start of a link"
#define WITH_TAGS  "with tags inside an attribute"
#define ENDS(where)                                                            \
	"t:1:" where                                                           \
	": the html ends inside a tag, comment, <style> or the like"
#define MOVES(where, name)                                                     \
	"t:1:" where ": section '" name "' ends in another part of the html "  \
	"than it began"

static void
test_errors_of_place(void **state)
{
	static const struct error_case cases[] = {
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
	    {"<p style=\"color:{{text}}\">", UNSAFE("17", NEVER)},
	    {"<p STYLE='{{text}}'>", UNSAFE("11", NEVER)},
	    {"<p onclick=\"{{text}}\">", UNSAFE("13", NEVER)},
	    {"<p ONfocus=\"{{link}}\">", UNSAFE("13", NEVER)},
	    {"<p\nonx = '{{text}}'>",
		"t:2:8: a value " NEVER " cannot be made safe"},
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
	    {"<p title=\"{{text|iso}}\">", UNSAFE("11", WITH_TAGS)},
	    {"<title>{{text|iso}}</title>",
		UNSAFE("8", "with tags inside <title> or <textarea>")},
	    {"<p", ENDS("3")},
	    {"<", ENDS("2")},
	    {"<!-- ", ENDS("6")},
	    {"<style>", ENDS("8")},
	    {"<title>", ENDS("8")},
	    {"<p a=\"b>", ENDS("9")},
	    {"{{#has_form}}<p{{/has_form}}>", MOVES("16", "has_form")},
	    {"<p {{#has_form}}>{{/has_form}}", MOVES("18", "has_form")},
	    {"<p{{#has_form}} class=\"x\"{{/has_form}}>",
		MOVES("26", "has_form")},
	    {"<p {{#has_form}}a=\"{{/has_form}}\">", MOVES("20", "has_form")},
	    {"<p {{#chosen}}on{{/chosen}}x=\"\">", "t:1:4: unknown name "
						   "'chosen'"},
	    {"<p {{#has_form}}on{{/has_form}}x=\"\">", MOVES("19", "has_form")},
	    {"<p a=\"{{#has_form}}\" b=\"{{/has_form}}\">",
		MOVES("25", "has_form")},
	    {"{{^lists}}<!--{{/lists}}-->", MOVES("15", "lists")},
	    {"<style>{{#lists}}</style>{{/lists}}", MOVES("26", "lists")},
	    {"<title>{{#lists}}<{{/lists}}</title>", MOVES("19", "lists")},
	};

	(void)state;
	check_errors(cases, COUNT(cases), TEMPLATE_PAGE, TEMPLATE_HTML);
}

static void
test_errors_of_kind(void **state)
{
#define MISSING(where, name)                                                   \
	"t:1:" where ": {{" name "}} is missing; it has to stand outside of "  \
	"sections"
	static const struct error_case mails[] = {
	    {"", MISSING("1", "unsubscribe_url")},
	    {"{{postal_address}}", MISSING("19", "unsubscribe_url")},
	    {"{{unsubscribe_url}}", MISSING("20", "postal_address")},
	    {"{{#articles}}" REST "{{/articles}}",
		MISSING("64", "unsubscribe_url")},
	    {"{{#unsubscribe_url}}x{{/unsubscribe_url}}" REST,
		"t:1:1: 'unsubscribe_url' is filled for each reader and cannot "
		"be a section"},
	    {"{{unsubscribe_url|iso}}" REST,
		"t:1:1: filter 'iso' does not go with 'unsubscribe_url'"},
	    {"{{confirm_url}}" REST, "t:1:1: unknown name 'confirm_url'"},
	    {"{{digest.date}}" REST,
		"t:1:1: 'digest.date' needs the filter 'date'"},
	    {"{{digest.number|plural}}" REST,
		"t:1:1: filter 'plural' does not take ''"},
	    {"{{digest.number|date}}" REST,
		"t:1:1: filter 'date' does not go with 'digest.number'"},
	};
	static const struct error_case confirms[] = {
	    {"{{intro}}", MISSING("10", "confirm_url")},
	    {"{{unsubscribe_url}}", "t:1:1: unknown name 'unsubscribe_url'"},
	};

	(void)state;
	check_errors(mails, COUNT(mails), TEMPLATE_DIGEST, TEMPLATE_TEXT);
	check_errors(
	    confirms, COUNT(confirms), TEMPLATE_CONFIRM, TEMPLATE_HTML);
}

/* What only shows when it is rendered: faults of the program or its data. */
static void
test_errors_of_render(void **state)
{
	static const struct template_value none[] = {END};
	static const struct template_value wrong[] = {URL("title", "/"), END};
	static const struct template_value null[] = {TEXT("title", NULL), END};
	static const struct template_value script[] = {
	    URL("link", " javascript:alert(1)"), END};
	static const struct template_value data[] = {
	    URL("link", "DATA:text/html,x"), END};
	static const struct template_value host[] = {
	    URL("link", "//example.org/"), END};
	static const struct template_value host_2[] = {
	    URL("link", "/\\example.org/"), END};
	static const struct template_value bare[] = {
	    URL("link", "example.org"), END};
	static const struct {
		const char *text;
		const struct template_value *values;
		const char *want;
		enum err_code code;
	} cases[] = {
	    {"{{title}}", none, "template 't': no value for 'title' was given",
		ERR_SYSTEM},
	    {"{{#lists}}{{/lists}}", none,
		"template 't': no value for 'lists' was given", ERR_SYSTEM},
	    {"{{title}}", wrong,
		"template 't': the value for 'title' has the wrong type",
		ERR_SYSTEM},
	    {"{{title}}", null,
		"template 't': the value for 'title' has the wrong type",
		ERR_SYSTEM},
	    {"{{link}}", script,
		"template 't': 'link' is no http, https or mailto url: "
		"' javascript:alert(1)'",
		ERR_DATA},
	    {"{{link}}", data,
		"template 't': 'link' is no http, https or mailto url: "
		"'DATA:text/html,x'",
		ERR_DATA},
	    {"{{link}}", host,
		"template 't': 'link' is no http, https or mailto url: "
		"'//example.org/'",
		ERR_DATA},
	    {"{{link}}", host_2,
		"template 't': 'link' is no http, https or mailto url: "
		"'/\\example.org/'",
		ERR_DATA},
	    {"{{link}}", bare,
		"template 't': 'link' is no http, https or mailto url: "
		"'example.org'",
		ERR_DATA},
	    {"{{t:no_such}}", none,
		"template 't': no sentence 'no_such' that does not count in "
		"messages",
		ERR_CONFIG},
	    {"{{t:new_articles}}", none,
		"template 't': no sentence 'new_articles' that does not count "
		"in messages",
		ERR_CONFIG},
	    {"{{#lists}}{{@index|plural:unsubscribe}}{{/lists}}", page,
		"template 't': no sentence 'unsubscribe' that counts in "
		"messages",
		ERR_CONFIG},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = ERR_INIT;
		struct template *template = NULL;

		assert_int_equal(template_parse(&template, cases[i].text, "t",
				     TEMPLATE_PAGE, TEMPLATE_TEXT, &err),
		    0);
		assert_null(run(template, cases[i].values, CONF_AR, &err));
		assert_string_equal(err.msg, cases[i].want);
		assert_int_equal(err.code, cases[i].code);
		template_free(template);
	}
}

static void
test_full(void **state)
{
	const struct template_style style = style_of(CONF_AR);
	struct template *template = NULL;
	struct err err = ERR_INIT;
	struct str out;

	(void)state;
	assert_int_equal(template_parse(&template, "{{text}}{{text}}", "t",
			     TEMPLATE_PAGE, TEMPLATE_TEXT, &err),
	    0);
	str_init(&out, 20);
	assert_int_equal(
	    template_render(&out, template, page, &style, &err), -1);
	assert_string_equal(err.msg, "template 't' gives more than 20 bytes");
	assert_int_equal(err.code, ERR_INPUT);
	str_release(&out);
	str_init(&out, 22);
	assert_int_equal(
	    template_render(&out, template, page, &style, &err), 0);
	str_release(&out);
	template_free(template);
}

static void
test_holes(void **state)
{
	static const struct render_case html[] = {
	    {"<a href=\"{{confirm_url}}\">{{confirm_url}}",
		"<a href=\"https://example.org/confirm/a?b&amp;c\">"
		"https://example.org/confirm/a?b&amp;c"},
	};
	static const struct render_case text[] = {
	    {"x {{confirm_url}}\n", "x https://example.org/confirm/a?b&c\n"},
	};

	(void)state;
	check_renders(html, COUNT(html), TEMPLATE_CONFIRM, TEMPLATE_HTML);
	check_renders(text, COUNT(text), TEMPLATE_CONFIRM, TEMPLATE_TEXT);
}

static void
test_splice(void **state)
{
	static const struct template_hole bad[] = {
	    {"confirm_url", "javascript:x"}, {NULL, NULL}};
	static const struct {
		const char *body;
		const struct template_hole *holes;
		const char *want; /* or the error */
		enum err_code code;
	} cases[] = {
	    {"", holes, "", ERR_NONE},
	    {"plain", holes, "plain", ERR_NONE},
	    {"\x01tunsubscribe_url\x01", holes, "https://example.org/leave/abc",
		ERR_NONE},
	    {"a\x01tconfirm_url\x01"
	     "b\x01hconfirm_url\x01"
	     "c",
		holes,
		"ahttps://example.org/confirm/a?b&cb"
		"https://example.org/confirm/a?b&amp;cc",
		ERR_NONE},
	    {"a\x01tconfirm", holes, "body ends in a damaged hole", ERR_DATA},
	    {"a\x01", holes, "body ends in a damaged hole", ERR_DATA},
	    {"a\x01\x01", holes, "body holds a damaged hole", ERR_DATA},
	    {"a\x01t\x01", holes, "body holds a damaged hole", ERR_DATA},
	    {"a\x01xconfirm_url\x01", holes, "body holds a damaged hole",
		ERR_DATA},
	    {"a\x01tpreferences_url\x01", holes,
		"no value for hole 'preferences_url' was given", ERR_SYSTEM},
	    {"a\x01tconfirm_url\x01", bad,
		"'confirm_url' is no http, https or mailto url: 'javascript:x'",
		ERR_DATA},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct err err = ERR_INIT;
		struct str out;
		int rc;

		str_init(&out, 1000);
		rc = template_splice(&out, cases[i].body, strlen(cases[i].body),
		    cases[i].holes, &err);
		assert_int_equal(rc, cases[i].code == ERR_NONE ? 0 : -1);
		assert_int_equal(err.code, cases[i].code);
		assert_string_equal(
		    rc == 0 ? out.data : err.msg, cases[i].want);
		str_release(&out);
	}
}

/* A folder of own templates: what it has wins, the rest is shipped. */
struct own {
	char path[64];
	struct template_dirs dirs;
};

static int
own_make(void **state)
{
	static struct own own;
	char path[128];

	(void)snprintf(own.path, sizeof(own.path), "/tmp/template-XXXXXX");
	if (mkdtemp(own.path) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/ar", own.path);
	own.dirs = (struct template_dirs){own.path, SHIPPED, CONF_AR};
	*state = &own;
	return mkdir(path, 0700);
}

static const char *const own_files[] = {
    "page.html", "page.txt", "a.html", "a.txt", "b.html", "b.txt", "messages"};

static void
own_path(char path[128], const struct own *own, const char *file)
{
	(void)snprintf(path, 128, "%s/ar/%s", own->path, file);
}

static void
own_clear(const struct own *own)
{
	char path[128];

	for (size_t i = 0; i < COUNT(own_files); i++) {
		own_path(path, own, own_files[i]);
		(void)unlink(path);
	}
}

static int
own_remove(void **state)
{
	struct own *own = *state;
	char path[128];

	own_clear(own);
	own_path(path, own, "");
	(void)rmdir(path);
	return rmdir(own->path);
}

static void
own_write(const struct own *own, const char *file, const char *text)
{
	char path[128];
	FILE *to;

	own_path(path, own, file);
	to = fopen(path, "w");
	assert_non_null(to);
	assert_true(fputs(text, to) >= 0);
	assert_int_equal(fclose(to), 0);
}

/* `want` is what it renders to, or the error without the folder's path. */
static void
test_partials(void **state)
{
	static const struct {
		const char *file;
		const char *text;
		const char *a;
		const char *b;
		const char *want;
		bool ok;
	} cases[] = {
	    {"page.txt", "[{{>a}}]", "{{text}}", NULL, "[Tom & Jerry]", true},
	    {"page.html", "[{{>a}}]", "{{text}}", NULL, "[Tom &amp; Jerry]",
		true},
	    {"page.txt", "1\n  {{>a}}\n2\n", "a\nb\n", NULL, "1\na\nb\n2\n",
		true},
	    {"page.txt", "{{#lists}}{{>a}}{{/lists}}", "{{title}},", NULL,
		"One,اثنان,", true},
	    {"page.txt", "{{>a}}{{>b}}{{>a}}", "a", "b{{>a}}", "abaa", true},
	    {"page.html", "<style>{{>a}}</style>", "a>b{c:d}", NULL,
		"<style>a>b{c:d}</style>", true},
	    {"page.html", "<p {{>a}}>", "title=\"{{text}}\"", NULL,
		"<p title=\"Tom &amp; Jerry\">", true},
	    {"page.html", "{{>a}}{{home}}\">x", "<a href=\"", NULL,
		"<a href=\"/\">x", true},
	    {"page.html", "<style>{{>a}}</style>", "\n {{text}}", NULL,
		"/ar/a.html:2:2: a value inside <style>, <script> or the like "
		"cannot be made safe",
		false},
	    {"page.html", "<a href=\"{{>a}}\">", "{{text}}", NULL,
		"/ar/a.html:1:1: a value that is no url inside a link cannot "
		"be made safe",
		false},
	    {"page.txt", "{{>a}}", "{{#has_form}}", NULL,
		"/ar/a.txt:1:1: section 'has_form' is not closed", false},
	    {"page.txt", "{{#has_form}}{{>a}}", "x{{/has_form}}", NULL,
		"/ar/a.txt:1:2: section 'has_form' is not open", false},
	    {"page.txt", "x{{>a}}", "{{>b}}", "{{>a}}",
		"/ar/b.txt:1:1: partials nest deeper than 8", false},
	    {"page.txt", "{{>page}}", NULL, NULL,
		"/ar/page.txt:1:1: partials nest deeper than 8", false},
	    {"page.html", "x{{>none}}", NULL, NULL,
		"/ar/page.html:1:2: no template 'ar/none.html' in ", false},
	    {"page.txt", "{{t:no_such}}", NULL, NULL,
		"/ar/page.txt:1:1: no sentence 'no_such' in messages", false},
	    {"page.txt", "{{#lists}}{{@index|plural:no_such}}{{/lists}}", NULL,
		NULL, "/ar/page.txt:1:11: no sentence 'no_such' in messages",
		false},
	    {"page.txt", "{{t:confirm_intro}}", NULL, NULL,
		"/ar/page.txt:1:1: sentence 'confirm_intro' has arguments, "
		"which only the program can give",
		false},
	    {"page.txt", "{{t:articles}}", NULL, NULL,
		"/ar/page.txt:1:1: sentence 'articles' counts: "
		"{{number|plural:articles}}",
		false},
	    {"page.txt", "{{#lists}}{{@index|plural:unsubscribe}}{{/lists}}",
		NULL, NULL,
		"/ar/page.txt:1:11: sentence 'unsubscribe' does not count: "
		"{{t:unsubscribe}}",
		false},
	};
	const struct own *own = *state;

	for (size_t i = 0; i < COUNT(cases); i++) {
		bool html = str_ends(cases[i].file, ".html");
		struct err err = ERR_INIT;
		struct template *template = NULL;
		char *got = NULL;

		own_clear(own);
		own_write(own, cases[i].file, cases[i].text);
		if (cases[i].a != NULL)
			own_write(own, html ? "a.html" : "a.txt", cases[i].a);
		if (cases[i].b != NULL)
			own_write(own, html ? "b.html" : "b.txt", cases[i].b);
		if (template_load(&template, &own->dirs, cases[i].file,
			TEMPLATE_PAGE, &err) == 0)
			got = run(template, page, CONF_AR, &err);
		if (cases[i].ok && got == NULL)
			fail_msg("%s: %s", cases[i].text, err.msg);
		if (cases[i].ok)
			assert_string_equal(got, cases[i].want);
		else
			assert_non_null(strstr(err.msg, cases[i].want));
		free(got);
		template_free(template);
	}
}

static void
test_own_folder(void **state)
{
	const struct own *own = *state;
	struct template_dirs dirs = own->dirs;
	struct template *template = NULL;
	struct messages *catalogue = NULL;
	struct err err = ERR_INIT;
	char path[128];
	char *big;

	/* Nothing of our own: the shipped file. */
	own_clear(own);
	assert_int_equal(
	    template_load(&template, &dirs, "page.html", TEMPLATE_PAGE, &err),
	    0);
	template_free(template);
	/* One broken partial of our own is not passed over. */
	own_write(own, "page.html", "{{>page-style}}{{>a}}");
	own_write(own, "a.html", "{{oops}}");
	assert_int_equal(
	    template_load(&template, &dirs, "page.html", TEMPLATE_PAGE, &err),
	    -1);
	assert_non_null(strstr(err.msg, "/ar/a.html:1:1: unknown name 'oops'"));
	/* No own folder. */
	dirs.own = "";
	assert_int_equal(
	    template_load(&template, &dirs, "page.html", TEMPLATE_PAGE, &err),
	    0);
	template_free(template);
	/* Something that is there but cannot be read. */
	dirs.own = own->path;
	own_clear(own);
	own_path(path, own, "a.html");
	assert_int_equal(mkdir(path, 0700), 0);
	assert_int_equal(
	    template_load(&template, &dirs, "a.html", TEMPLATE_PAGE, &err), -1);
	assert_non_null(strstr(err.msg, "/ar/a.html"));
	assert_int_equal(rmdir(path), 0);
	/* Too large. */
	big = calloc(1, TEMPLATE_FILE_MAX + 2);
	assert_non_null(big);
	memset(big, 'x', TEMPLATE_FILE_MAX + 1);
	own_write(own, "a.html", big);
	assert_int_equal(
	    template_load(&template, &dirs, "a.html", TEMPLATE_PAGE, &err), -1);
	assert_non_null(strstr(err.msg, "is larger than 262144 bytes"));
	assert_int_equal(template_parse(&template, big, "t", TEMPLATE_PAGE,
			     TEMPLATE_TEXT, &err),
	    -1);
	assert_string_equal(
	    err.msg, "template 't' is larger than 262144 bytes");
	free(big);
	/* Partials that multiply. */
	own_write(own, "page.txt", "{{>a}}");
	own_write(own, "a.txt", "");
	for (size_t i = 0; i < 2; i++) {
		FILE *to;

		own_path(path, own, i == 0 ? "page.txt" : "a.txt");
		to = fopen(path, "w");
		assert_non_null(to);
		for (size_t n = 0; n < 1000; n++)
			(void)fputs(i == 0 ? "{{>a}}" : "0123456789", to);
		assert_int_equal(fclose(to), 0);
	}
	assert_int_equal(
	    template_load(&template, &dirs, "page.txt", TEMPLATE_PAGE, &err),
	    -1);
	assert_non_null(strstr(err.msg, "with its partials it is too large"));
	/* A catalogue of our own is read, and checked. */
	own_write(own, "messages", "unsubscribe = x\n");
	assert_int_equal(template_messages(&catalogue, &dirs, &err), -1);
	assert_non_null(strstr(err.msg, "/ar/messages"));
	assert_int_equal(
	    template_load(&template, &dirs, "page.html", TEMPLATE_PAGE, &err),
	    -1);
	own_clear(own);
}

/* ---- the shipped templates */

struct shipped {
	const char *file;
	enum template_kind kind;
};

static const struct shipped shipped[] = {
    {"digest.html", TEMPLATE_DIGEST},
    {"digest.txt", TEMPLATE_DIGEST},
    {"confirm.html", TEMPLATE_CONFIRM},
    {"confirm.txt", TEMPLATE_CONFIRM},
    {"page.html", TEMPLATE_PAGE},
};

static char *
render_shipped(const struct shipped *one, enum conf_language language)
{
	const struct template_dirs dirs = {"", SHIPPED, language};
	struct template *template = NULL;
	struct err err = ERR_INIT;
	char *got = NULL;

	if (template_load(&template, &dirs, one->file, one->kind, &err) == 0)
		got = run(template, values[one->kind], language, &err);
	if (got == NULL)
		fail_msg("%s: %s", one->file, err.msg);
	template_free(template);
	return got;
}

static void
test_shipped(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(shipped); i++) {
		free(render_shipped(&shipped[i], CONF_AR));
		free(render_shipped(&shipped[i], CONF_EN));
	}
}

static size_t
count(const char *text, const char *what)
{
	size_t n = 0;

	for (; (text = strstr(text, what)) != NULL; text++)
		n++;
	return n;
}

/* A copy of the tag that begins at `text`, which the caller frees. */
static char *
copy_tag(const char *text)
{
	return strndup(text, strcspn(text, ">"));
}

/* What mail clients need, whatever is in the mail. */
static void
check_mail(const char *html, const char *dir, const char *side)
{
	static const char *const never[] = {"<bdi", "text-align:start",
	    "text-align:end", "-inline", "justify", "<script", "var(--", "rem;",
	    "letter-spacing:1", "text-transform", "float", "{{", "\x01"};
	char say_dir[64];
	char say_direction[64];
	char say_align[64];
	char say_text_align[64];

	(void)snprintf(say_dir, sizeof(say_dir), "dir=\"%s\"", dir);
	(void)snprintf(
	    say_direction, sizeof(say_direction), "direction:%s", dir);
	(void)snprintf(say_align, sizeof(say_align), "align=\"%s\"", side);
	(void)snprintf(
	    say_text_align, sizeof(say_text_align), "text-align:%s", side);
	for (size_t i = 0; i < COUNT(never); i++) {
		if (strstr(html, never[i]) != NULL)
			fail_msg("%s in the mail", never[i]);
	}
	for (const char *at = html; (at = strchr(at, '<')) != NULL; at++) {
		char *tag = copy_tag(at);
		bool text = strstr(tag, "font-size") != NULL;

		if (str_starts(tag, "<html") || str_starts(tag, "<table"))
			assert_non_null(strstr(tag, say_dir));
		if (str_starts(tag, "<body") ||
		    str_starts(tag, "<div role=\"article\"")) {
			assert_non_null(strstr(tag, say_dir));
			assert_non_null(strstr(tag, say_direction));
			assert_non_null(strstr(tag, say_text_align));
		}
		if (str_starts(tag, "<table"))
			assert_non_null(strstr(tag, "role=\"presentation\""));
		if (str_starts(tag, "<td") && text) {
			assert_non_null(strstr(tag, say_dir));
			assert_non_null(strstr(tag, say_direction));
			assert_non_null(strstr(tag, say_align));
			assert_non_null(strstr(tag, say_text_align));
			assert_non_null(strstr(tag, "letter-spacing:0"));
			assert_non_null(
			    strstr(tag, "mso-line-height-rule:exactly"));
			/* Not beside a direction: it draws a line. */
			assert_null(strstr(tag, "px 24px"));
		}
		if (str_starts(tag, "<a "))
			assert_null(strstr(tag, "dir="));
		free(tag);
	}
	assert_int_equal(count(html, "<h1"), 1);
	assert_int_equal(count(html, "<style>"), 4); /* one for mso alone */
	assert_int_equal(count(html, "<table"), count(html, "</table"));
	assert_int_equal(count(html, "<td"), count(html, "</td"));
	assert_int_equal(count(html, "<p"), count(html, "</p>"));
	assert_int_equal(count(html, "<span"), count(html, "</span>"));
}

static void
test_shipped_mails(void **state)
{
	static const char *const files[] = {"digest.html", "confirm.html"};

	(void)state;
	for (size_t i = 0; i < COUNT(files); i++) {
		const struct shipped one = {
		    files[i], i == 0 ? TEMPLATE_DIGEST : TEMPLATE_CONFIRM};
		char *ar = render_shipped(&one, CONF_AR);
		char *en = render_shipped(&one, CONF_EN);

		check_mail(ar, "rtl", "right");
		check_mail(en, "ltr", "left");
		free(ar);
		free(en);
	}
}

static void
test_shipped_digest(void **state)
{
	static const char *const html[] = {
	    "<html lang=\"ar\" dir=\"rtl\"",
	    ">وصلتك ٣ مقالات جديدة<",
	    "الأربعاء ٢٢ / يناير / ٢٠٢٥",
	    "href=\"https://example.org/leave/abc\"",
	    "<span dir=\"rtl\">لغة C++ و&lt;script&gt;</span></a></h2>",
	    "<span dir=\"ltr\">Sara A.</span>",
	    "<h2 style=\"margin:0;font-size:20px;line-height:34px;"
	    "mso-line-height-rule:exactly;font-weight:bold;\"><span "
	    "dir=\"ltr\">The end</span></h2>",
	    "دمشق",
	    "لأنك اشتركت",
	    "aria-label=\"موضوع &quot;النشرة&quot;\"",
	};
	static const char text[] =
	    "وصلتك ٣ مقالات جديدة\n\n"
	    "نشرة <الأسبوع>\n"
	    "الأربعاء ٢٢ / يناير / ٢٠٢٥\n\n"
	    "* لغة C++ و<script>\n"
	    "Sara A.\n"
	    "الأربعاء ٢٢ / يناير / ٢٠٢٥\n\n"
	    "انتهاء الجولة \"العشرون\" في 2023 & ما بعدها\n\n"
	    "https://example.org/%D9%85%D9%82%D8%A7%D9%84?a=1&b=%222%22\n\n\n"
	    "* The end\n\n\n"
	    "* 123\n"
	    "كاتبة\n"
	    "الأربعاء ٢٢ / يناير / ٢٠٢٥\n\n"
	    "نص\n\n"
	    "http://example.org/3\n\n\n"
	    "-- \n"
	    "لأنك اشتركت\n\n"
	    "إلغاء الاشتراك\n"
	    "https://example.org/leave/abc\n\n"
	    "الموسوعة\n"
	    "https://example.org\n\n"
	    "دمشق\n";
	char *got = render_shipped(&shipped[0], CONF_AR);

	(void)state;
	for (size_t i = 0; i < COUNT(html); i++) {
		if (strstr(got, html[i]) == NULL)
			fail_msg("not in the digest: %s", html[i]);
	}
	assert_true(str_starts(got, "<!doctype html>\n"));
	assert_int_equal(count(got, "<h2"), 3);
	free(got);
	got = render_shipped(&shipped[1], CONF_AR);
	assert_string_equal(got, text);
	free(got);
}

static void
test_shipped_page(void **state)
{
	static const struct template_value failed[] = {
	    BOOL("is_error", 1), TEXT("error", "عنوان غير صحيح"), END};
	struct template_value given[COUNT(page)];
	const struct template_dirs dirs = {"", SHIPPED, CONF_AR};
	struct template *template = NULL;
	struct err err = ERR_INIT;
	char *got = render_shipped(&shipped[4], CONF_AR);

	(void)state;
	assert_non_null(strstr(got, "<form method=\"post\" action=\""
				    "/subscribe/weekly\" novalidate>"));
	assert_non_null(strstr(got, "type=\"email\" dir=\"ltr\" "
				    "value=\"a&quot;&gt;&lt;script&gt;"));
	assert_non_null(strstr(got, "<style nonce=\"n0nce\">"));
	assert_non_null(strstr(
	    got, "<option value=\"week\" selected=\"selected\">أسبوعيًا"));
	assert_int_equal(count(got, "<ul>"), 1);
	assert_int_equal(count(got, "<select"), 1);
	assert_int_equal(count(got, "<button"), 1);
	assert_null(strstr(got, "role=\"alert\""));
	assert_null(strstr(got, " style=\""));
	assert_null(strstr(got, "<script"));
	free(got);
	memcpy(given, page, sizeof(page));
	for (size_t i = 0; given[i].name != NULL; i++) {
		for (size_t j = 0; failed[j].name != NULL; j++) {
			if (str_eq(given[i].name, failed[j].name))
				given[i] = failed[j];
		}
	}
	assert_int_equal(
	    template_load(&template, &dirs, "page.html", TEMPLATE_PAGE, &err),
	    0);
	got = run(template, given, CONF_AR, &err);
	assert_non_null(got);
	assert_non_null(strstr(got, "role=\"alert\"><p><a href=\"#email\">"));
	assert_non_null(strstr(got, "aria-describedby=\"email-example "
				    "email-error\" aria-invalid=\"true\">"));
	free(got);
	template_free(template);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mustache),
	    cmocka_unit_test(test_escapes),
	    cmocka_unit_test(test_filters),
	    cmocka_unit_test(test_plural_forms),
	    cmocka_unit_test(test_errors_of_language),
	    cmocka_unit_test(test_errors_of_place),
	    cmocka_unit_test(test_errors_of_kind),
	    cmocka_unit_test(test_errors_of_render),
	    cmocka_unit_test(test_full),
	    cmocka_unit_test(test_holes),
	    cmocka_unit_test(test_splice),
	    cmocka_unit_test_setup_teardown(
		test_partials, own_make, own_remove),
	    cmocka_unit_test_setup_teardown(
		test_own_folder, own_make, own_remove),
	    cmocka_unit_test(test_shipped),
	    cmocka_unit_test(test_shipped_mails),
	    cmocka_unit_test(test_shipped_digest),
	    cmocka_unit_test(test_shipped_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
