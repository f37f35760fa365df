/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "unit/template_values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct render_case spec[] = {
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
    {"{{#lists}}{{#has_form}}{{name}}{{/has_form}}{{/lists}}", "onetwo"},
    {"{{#has_form}}a{{#has_button}}b{{/has_button}}c{{/has_form}}", "ac"},
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

/* Names, sections, comments: what the mustache spec says of the subset. */
static void
test_mustache(void **state)
{
	(void)state;
	check_renders(spec, COUNT(spec), TEMPLATE_PAGE, TEMPLATE_TEXT);
}

static const struct template_value given_none[] = {END};
static const struct template_value given_wrong[] = {URL("title", "/"), END};
static const struct template_value given_null[] = {TEXT("title", NULL), END};
static const struct template_value given_script[] = {
    URL("link", " javascript:alert(1)"), END};
static const struct template_value given_data[] = {
    URL("link", "DATA:text/html,x"), END};
static const struct template_value given_host[] = {
    URL("link", "//example.org/"), END};
static const struct template_value given_host_2[] = {
    URL("link", "/\\example.org/"), END};
static const struct template_value given_bare[] = {
    URL("link", "example.org"), END};
static const struct {
	const char *text;
	const struct template_value *values;
	const char *want;
	enum err_code code;
} faults[] = {
    {"{{title}}", given_none, "template 't': no value for 'title' was given",
	ERR_SYSTEM},
    {"{{#lists}}{{/lists}}", given_none,
	"template 't': no value for 'lists' was given", ERR_SYSTEM},
    {"{{title}}", given_wrong,
	"template 't': the value for 'title' has the wrong type", ERR_SYSTEM},
    {"{{title}}", given_null,
	"template 't': the value for 'title' has the wrong type", ERR_SYSTEM},
    {"{{link}}", given_script,
	"template 't': 'link' is no http, https or mailto url: "
	"' javascript:alert(1)'",
	ERR_DATA},
    {"{{link}}", given_data,
	"template 't': 'link' is no http, https or mailto url: "
	"'DATA:text/html,x'",
	ERR_DATA},
    {"{{link}}", given_host,
	"template 't': 'link' is no http, https or mailto url: "
	"'//example.org/'",
	ERR_DATA},
    {"{{link}}", given_host_2,
	"template 't': 'link' is no http, https or mailto url: "
	"'/\\example.org/'",
	ERR_DATA},
    {"{{link}}", given_bare,
	"template 't': 'link' is no http, https or mailto url: "
	"'example.org'",
	ERR_DATA},
    {"{{t:no_such}}", given_none,
	"template 't': no sentence 'no_such' in messages", ERR_CONFIG},
    {"{{t:new_articles}}", given_none,
	"template 't': sentence 'new_articles' counts: "
	"write {{number|plural:new_articles}}",
	ERR_CONFIG},
    {"{{t:confirm_intro}}", given_none,
	"template 't': sentence 'confirm_intro' has arguments, which only "
	"the program can give",
	ERR_CONFIG},
    {"{{#lists}}{{@index|plural:unsubscribe}}{{/lists}}", page,
	"template 't': sentence 'unsubscribe' does not count: "
	"write {{t:unsubscribe}}",
	ERR_CONFIG},
};

/* What only shows when it is rendered: faults of the program or its data. */
static void
test_errors_of_render(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(faults); i++) {
		struct err err = ERR_INIT;
		struct template *template = NULL;

		assert_int_equal(template_parse(&template, faults[i].text, "t",
				     TEMPLATE_PAGE, TEMPLATE_TEXT, &err),
		    0);
		assert_null(run(template, faults[i].values, CONF_AR, &err));
		assert_string_equal(err.msg, faults[i].want);
		assert_int_equal(err.code, faults[i].code);
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_mustache),
	    cmocka_unit_test(test_errors_of_render),
	    cmocka_unit_test(test_full),
	    cmocka_unit_test(test_holes),
	    cmocka_unit_test(test_splice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
