/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "unit/template_values.h"

#include <string.h>

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
	    {"{{digest.date|date:dual}}",
		"٢٢ يناير ٢٠٢٥ الموافق ٢٢ رجب ١٤٤٦ هـ"},
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_filters),
	    cmocka_unit_test(test_plural_forms),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
