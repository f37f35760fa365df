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
#include <sys/stat.h>
#include <unistd.h>

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
	own.dirs = (struct template_dirs){
	    .own = own.path, .shipped = SHIPPED, .language = CONF_AR};
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
static const struct {
	const char *file;
	const char *text;
	const char *a;
	const char *b;
	const char *want;
	bool ok;
} partials[] = {
    {"page.txt", "[{{>a}}]", "{{text}}", NULL, "[Tom & Jerry]", true},
    {"page.html", "[{{>a}}]", "{{text}}", NULL, "[Tom &amp; Jerry]", true},
    {"page.txt", "1\n  {{>a}}\n2\n", "a\nb\n", NULL, "1\n  a\n  b\n2\n", true},
    {"page.txt", "{{#lists}}{{>a}}{{/lists}}", "{{title}},", NULL, "One,اثنان,",
	true},
    {"page.txt", "{{>a}}{{>b}}{{>a}}", "a", "b{{>a}}", "abaa", true},
    {"page.html", "<style>{{>a}}</style>", "a>b{c:d}", NULL,
	"<style>a>b{c:d}</style>", true},
    {"page.html", "<p {{>a}}>", "title=\"{{text}}\"", NULL,
	"<p title=\"Tom &amp; Jerry\">", true},
    {"page.html", "{{>a}}{{home}}\">x", "<a href=\"", NULL, "<a href=\"/\">x",
	true},
    {"page.html", "<style>{{>a}}</style>", "\n {{text}}", NULL,
	"/ar/a.html:2:2: a value cannot be made safe inside "
	"<style>, <script> or the like",
	false},
    {"page.html", "<a href=\"{{>a}}\">", "{{text}}", NULL,
	"/ar/a.html:1:1: a value cannot be made safe that is no url "
	"inside a link",
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
	"/ar/page.html:1:2: no partial 'none' beside this file", false},
    {"page.txt", "{{t:no_such}}", NULL, NULL,
	"/ar/page.txt:1:1: no sentence 'no_such' in messages", false},
    {"page.txt", "{{#lists}}{{@index|plural:no_such}}{{/lists}}", NULL, NULL,
	"/ar/page.txt:1:11: no sentence 'no_such' in messages", false},
    {"page.txt", "{{t:unsubscibe}}", NULL, NULL,
	"/ar/page.txt:1:1: no sentence 'unsubscibe' in messages: did you mean "
	"'unsubscribe'?",
	false},
    {"page.txt", "{{t:confirm_intro}}", NULL, NULL,
	"/ar/page.txt:1:1: sentence 'confirm_intro' has arguments, "
	"which only the program can give",
	false},
    {"page.txt", "{{t:articles}}", NULL, NULL,
	"/ar/page.txt:1:1: sentence 'articles' counts: "
	"write {{number|plural:articles}}",
	false},
    {"page.txt", "{{#lists}}{{@index|plural:unsubscribe}}{{/lists}}", NULL,
	NULL,
	"/ar/page.txt:1:11: sentence 'unsubscribe' does not count: "
	"write {{t:unsubscribe}}",
	false},
};

static void
test_partials(void **state)
{
	const struct own *own = *state;

	for (size_t i = 0; i < COUNT(partials); i++) {
		bool html = str_ends(partials[i].file, ".html");
		struct err err = ERR_INIT;
		struct template *template = NULL;
		char *got = NULL;

		own_clear(own);
		own_write(own, partials[i].file, partials[i].text);
		if (partials[i].a != NULL) {
			own_write(
			    own, html ? "a.html" : "a.txt", partials[i].a);
		}
		if (partials[i].b != NULL) {
			own_write(
			    own, html ? "b.html" : "b.txt", partials[i].b);
		}
		if (template_load(&template, &own->dirs, partials[i].file,
			TEMPLATE_PAGE, &err) == 0)
			got = run(template, page, CONF_AR, &err);
		if (partials[i].ok && got == NULL)
			fail_msg("%s: %s", partials[i].text, err.msg);
		if (partials[i].ok) {
			assert_string_equal(got, partials[i].want);
		} else {
			assert_non_null(strstr(err.msg, partials[i].want));
		}
		free(got);
		template_free(template);
	}
}

static void
load_fails(const struct template_dirs *dirs, const char *file, const char *want)
{
	struct template *template = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(
	    template_load(&template, dirs, file, TEMPLATE_PAGE, &err), -1);
	if (strstr(err.msg, want) == NULL)
		fail_msg("%s", err.msg);
}

static void
load_works(const struct template_dirs *dirs, const char *file)
{
	struct template *template = NULL;
	struct err err = ERR_INIT;

	if (template_load(&template, dirs, file, TEMPLATE_PAGE, &err) != 0)
		fail_msg("%s", err.msg);
	template_free(template);
}

static void
test_own_folder(void **state)
{
	const struct own *own = *state;
	struct template_dirs dirs = own->dirs;
	struct messages *catalogue = NULL;
	struct err err = ERR_INIT;
	char path[128];

	/* Nothing of our own: the shipped file. */
	own_clear(own);
	load_works(&dirs, "page.html");
	/* A shipped partial, and one of our own that is broken. */
	own_write(own, "page.html", "{{>page-style}}{{>a}}");
	own_write(own, "a.html", "{{oops}}");
	load_fails(&dirs, "page.html", "/ar/a.html:1:1: unknown name 'oops'");
	/* Something that is there but cannot be read is not passed over. */
	own_clear(own);
	own_path(path, own, "a.html");
	assert_int_equal(mkdir(path, 0700), 0);
	load_fails(&dirs, "a.html", "/ar/a.html");
	assert_int_equal(rmdir(path), 0);
	/* A catalogue of our own is read, and checked. */
	own_write(own, "messages", "unsubscribe = x\n");
	assert_int_equal(template_messages(&catalogue, &dirs, &err), -1);
	assert_non_null(strstr(err.msg, "/ar/messages"));
	load_fails(&dirs, "page.html", "/ar/messages");
	/* No folder of our own. */
	dirs.own = "";
	load_works(&dirs, "page.html");
	load_fails(&dirs, "none.html", "no template 'ar/none.html' in ");
}

static void
test_size(void **state)
{
	const struct own *own = *state;
	struct template *template = NULL;
	struct err err = ERR_INIT;
	struct str text;

	str_init(&text, TEMPLATE_FILE_MAX + 1);
	while (!text.bad)
		str_add_bytes(&text, "x", 1);
	own_write(own, "a.txt", text.data);
	load_fails(&own->dirs, "a.txt", "a.txt:1:1: larger than 262144 bytes");
	assert_int_equal(template_parse(&template, text.data, "t",
			     TEMPLATE_PAGE, TEMPLATE_TEXT, &err),
	    -1);
	assert_string_equal(
	    err.msg, "template 't' is larger than 262144 bytes");
	/* Partials that multiply. */
	str_reset(&text);
	for (int i = 0; i < 1000; i++)
		str_add(&text, "0123456789");
	own_write(own, "a.txt", text.data);
	str_reset(&text);
	for (int i = 0; i < 1000; i++)
		str_add(&text, "{{>a}}");
	own_write(own, "page.txt", text.data);
	load_fails(&own->dirs, "page.txt",
	    "with its partials it is larger than 1048576 bytes");
	str_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		test_partials, own_make, own_remove),
	    cmocka_unit_test_setup_teardown(
		test_own_folder, own_make, own_remove),
	    cmocka_unit_test_setup_teardown(test_size, own_make, own_remove),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
