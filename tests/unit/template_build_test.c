/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "unit/template_values.h"

#define A_COUNT "a number from 1 to 10000, as in excerpt:280"
#define SPACES                                                                 \
	"a name has no spaces in it: one name between the braces, as in "      \
	"{{#name}}"

static const struct error_case wrong[] = {
    {"{{titel}}", "t:1:1: unknown name 'titel': did you mean 'title'?"},
    {"a\n b {{titel}}", "t:2:4: unknown name 'titel': did you mean 'title'?"},
    {"نص\nعربي {{titel}}",
	"t:2:6: unknown name 'titel': did you mean 'title'?"},
    {"a\r\nb\r\n{{titel}}",
	"t:3:1: unknown name 'titel': did you mean 'title'?"},
    {"\xef\xbb\xbf{{titel}}",
	"t:1:1: unknown name 'titel': did you mean 'title'?"},
    {"{{Title}}", "t:1:1: unknown name 'Title': did you mean 'title'?"},
    {"{{digest.date|date}}", "t:1:1: unknown name 'digest.date': "
			     "nashra-templates(7) has those of kind 'page'"},
    {"{{colour}}", "t:1:1: unknown name 'colour': nashra-templates(7) has "
		   "those of kind 'page'"},
    {"{{value}}",
	"t:1:1: unknown name 'value' here: it belongs inside of {{#everies}}"},
    {"{{#lists}}{{value}}{{/lists}}",
	"t:1:11: unknown name 'value' here: it belongs inside of {{#everies}}"},
    {"{{^lists}}{{url}}{{/lists}}",
	"t:1:11: unknown name 'url' here: it belongs inside of {{#lists}}"},
    {"{{#lists}}{{/lists}}{{url}}",
	"t:1:21: unknown name 'url' here: it belongs inside of {{#lists}}"},
    {"{{list}}", "t:1:1: unknown name 'list': did you mean 'list.title'?"},
    {"{{#list}}{{/list}}",
	"t:1:1: unknown name 'list': did you mean 'list.title'?"},
    {"{{lists.url}}", "t:1:1: unknown name 'lists.url': 'lists' is a list, "
		      "write {{#lists}}{{url}}{{/lists}}"},
    {"{{#has_form}}{{else}}{{/has_form}}",
	"t:1:14: unknown name 'else': close the section and open the other "
	"one, {{/name}}{{^name}}"},
    {"{{#titel}}{{/titel}}",
	"t:1:1: unknown name 'titel': did you mean 'title'?"},
    {"{{@first}}", "t:1:1: no name '@first' outside of a list"},
    {"{{#has_form}}{{@index}}{{/has_form}}",
	"t:1:14: no name '@index' outside of a list"},
    {"{{^lists}}{{@index}}{{/lists}}",
	"t:1:11: no name '@index' outside of a list"},
    {"{{#lists}}{{@key}}{{/lists}}",
	"t:1:11: unknown name '@key': a list has @first, @last and @index"},
    {"{{}}", "t:1:1: a name is missing between the braces"},
    {"{{ }}", "t:1:1: a name is missing between the braces"},
    {"{{#}}{{/}}", "t:1:1: a name is missing between the braces"},
    {"{{>}}", "t:1:1: a name is missing between the braces"},
    {"{{title|}}", "t:1:1: a name is missing between the braces"},
    {"{{title||iso}}", "t:1:1: a name is missing between the braces"},
    {"{{|iso}}", "t:1:1: a name is missing between the braces"},
    {"{{t:}}", "t:1:1: a name is missing between the braces"},
    {"{{title|excerpt:}}", "t:1:1: a name is missing between the braces"},
    {"{{.}}", "t:1:1: unknown name '.': nashra-templates(7) has those of kind "
	      "'page'"},
    {"{{a b}}", "t:1:1: " SPACES},
    {"{{#if has_form}}", "t:1:1: " SPACES},
    {"{{title|excerpt 9}}", "t:1:1: " SPACES},
    {"{{a\nb}}", "t:1:1: " SPACES},
    {"{{a+b}}", "t:1:1: a name is made of letters, digits, '_', '-' and '.'"},
    {"{{t:unsubscribe|iso}}",
	"t:1:1: a sentence takes no filter: write {{t:key}}"},
    {"{{#t:unsubscribe}}",
	"t:1:1: a sentence is no section: it is always there"},
    {"{{#title|iso}}", "t:1:1: only a value takes a filter: {{name|filter}}"},
    {"{{>style|iso}}", "t:1:1: only a value takes a filter: {{name|filter}}"},
    {"{{عنوان}}", "t:1:1: unknown name 'عنوان': nashra-templates(7) has those "
		  "of kind 'page'"},
    {"{{title:x}}", "t:1:1: a name is made of letters, digits, '_', "
		    "'-' and '.'"},
    {"{{aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffff"
     "gggg}}",
	"t:1:1: a name is longer than 63 bytes"},
    {"{{title", "t:1:1: '{{' without '}}': close the tag"},
    {"{{title}", "t:1:1: '{{' without '}}': close the tag"},
    {"a {{! comment", "t:1:3: '{{' without '}}': close the tag"},
    {"{{{title}}}", "t:1:1: raw values do not exist: write {{name}}"},
    {"{{&title}}", "t:1:1: raw values do not exist: write {{name}}"},
    {"{{=<% %>=}}", "t:1:1: delimiters cannot be changed: write {{ and }}"},
    {"{{>style}}", "t:1:1: there are no partials here"},
    {"{{>../style}}", "t:1:1: a name is made of letters, digits, '_', "
		      "'-' and '.'"},
    {"{{>..}}",
	"t:1:1: '..' is no name of a partial: it has no '.' and no ending"},
    /* sections */
    {"{{#has_form}}", "t:1:1: section 'has_form' is not closed: write "
		      "{{/has_form}} in this file"},
    {"{{#has_form}}\n {{^lists}}",
	"t:2:2: section 'lists' is not closed: write {{/lists}} in this file"},
    {"{{#has_form}}{{/lists}}", "t:1:14: section 'has_form' is closed as "
				"'lists': write {{/has_form}} here"},
    {"{{/has_form}}", "t:1:1: section 'has_form' is not open: {{#has_form}} "
		      "has to come before, in the same file"},
    {"{{#has_form}}{{^lists}}{{/has_form}}{{/lists}}",
	"t:1:24: section 'lists' is closed as 'has_form': write {{/lists}} "
	"here"},
    {"{{#has_form}}{{#has_form}}{{#has_form}}{{#has_form}}"
     "{{#has_form}}{{#has_form}}{{#has_form}}{{#has_form}}"
     "{{#has_form}}{{#has_form}}{{#has_form}}{{#has_form}}"
     "{{#has_form}}{{#has_form}}{{#has_form}}{{#has_form}}"
     "{{#has_form}}",
	"t:1:209: sections nest deeper than 16"},
    {"{{#lists}}{{#has_form}}{{#lists}}x{{/lists}}{{/has_form}}{{/lists}}",
	"t:1:24: list 'lists' is open already: inside of it its items have "
	"their names at once"},
    /* filters and types */
    {"{{title|upper}}", "t:1:1: unknown filter 'upper': there are number, "
			"date, plural, dir, iso and excerpt"},
    {"{{title|number}}", "t:1:1: filter 'number' does not go with 'title': it "
			 "takes a number, and this is a text"},
    {"{{title|date}}", "t:1:1: filter 'date' does not go with 'title': it "
		       "takes a date, and this is a text"},
    {"{{title|plural:articles}}",
	"t:1:1: filter 'plural' does not go with 'title': it takes a number, "
	"and this is a text"},
    {"{{link|iso}}", "t:1:1: filter 'iso' does not go with 'link': it takes a "
		     "text, and this is a url"},
    {"{{lists|number}}", "t:1:1: filter 'number' does not go with 'lists': it "
			 "takes a number, and this is a list"},
    {"{{title|iso:x}}",
	"t:1:1: filter 'iso' does not take 'x': it stands alone"},
    {"{{title|excerpt}}", "t:1:1: filter 'excerpt' needs an argument: it "
			  "takes " A_COUNT},
    {"{{title|excerpt:0}}",
	"t:1:1: filter 'excerpt' does not take '0': it takes " A_COUNT},
    {"{{title|excerpt:-1}}",
	"t:1:1: filter 'excerpt' does not take '-1': it takes " A_COUNT},
    {"{{title|excerpt:10001}}",
	"t:1:1: filter 'excerpt' does not take '10001': it takes " A_COUNT},
    {"{{title|excerpt:ten}}",
	"t:1:1: filter 'excerpt' does not take 'ten': it takes " A_COUNT},
    {"{{title|date:short}}", "t:1:1: filter 'date' does not take 'short': it "
			     "takes 'site', 'long' or 'dual'"},
    {"{{title|excerpt:9|excerpt:8|excerpt:7|excerpt:6}}",
	"t:1:1: more than 3 filters at one value"},
    {"{{has_form}}", "t:1:1: 'has_form' cannot be printed, only be a section: "
		     "{{#has_form}}"},
    {"{{lists}}",
	"t:1:1: 'lists' cannot be printed, only be a section: {{#lists}}"},
    {"{{#lists}}{{@last}}{{/lists}}",
	"t:1:11: '@last' cannot be printed, only be a section: {{#@last}}"},
    /* bytes */
    {"a\x01h:confirm_url\x01", "t:1:2: control character 0x01; take it out"},
    {"a\n\x1b[1m", "t:2:1: control character 0x1b; take it out"},
    {"ع\xc2\x85", "t:1:2: control character 0x85; take it out"},
    {"a\u202eb", "t:1:2: U+202E turns text round, unseen; take it out and say "
		 "dir=\"...\""},
    {"\n\u2066", "t:2:1: U+2066 turns text round, unseen; take it out and say "
		 "dir=\"...\""},
    {"a\rb", "t:1:2: control character 0x0d; take it out"},
    {"\xff", "t:1:1: not valid UTF-8; save it as UTF-8"},
};

static void
test_errors_of_language(void **state)
{
	(void)state;
	check_errors(wrong, COUNT(wrong), TEMPLATE_PAGE, TEMPLATE_TEXT);
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
		"t:1:1: filter 'iso' does not go with 'unsubscribe_url': it "
		"takes a text, and this is a url of each reader"},
	    {"{{confirm_url}}" REST,
		"t:1:1: unknown name 'confirm_url': nashra-templates(7) has "
		"those of kind 'digest'"},
	    {"{{digest.date}}" REST, "t:1:1: 'digest.date' needs the filter "
				     "'date': {{digest.date|date}}"},
	    {"{{digest.number|plural}}" REST,
		"t:1:1: filter 'plural' needs an argument: it takes the key of "
		"a sentence that counts, as in plural:articles"},
	    {"{{digest.number|date}}" REST,
		"t:1:1: filter 'date' does not go with 'digest.number': it "
		"takes a date, and this is a number"},
	};
	static const struct error_case confirms[] = {
	    {"{{intro}}", MISSING("10", "confirm_url")},
	    {"{{unsubscribe_url}}",
		"t:1:1: unknown name 'unsubscribe_url': nashra-templates(7) "
		"has those of kind 'confirm'"},
	};

	(void)state;
	check_errors(mails, COUNT(mails), TEMPLATE_DIGEST, TEMPLATE_TEXT);
	check_errors(
	    confirms, COUNT(confirms), TEMPLATE_CONFIRM, TEMPLATE_HTML);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_errors_of_language),
	    cmocka_unit_test(test_errors_of_kind),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
