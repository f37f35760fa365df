/* SPDX-License-Identifier: ISC */
/*
 * compose_body - what articles say, in digests whose own templates show it:
 * whole where there is room, and the first to go where there is none.
 */
#include "press.h"

#include "flow/compose.h"
#include "text/sanitise.h"

#include <dirent.h>

static struct press press;
static struct kit *kit;
static struct conf *conf;
static struct list list = {
    .name = "daily", .title = "نشرة", .look = {.template = "whole"}};
static struct compose_article articles[COMPOSE_ARTICLES];

static const char html[] = "<!doctype html><html lang=\"ar\" dir=\"rtl\">"
			   "<body>{{#articles}}<h2>{{title}}</h2>{{excerpt}}\n"
			   "{{#has_body}}<div>{{body}}</div>{{/has_body}}"
			   "{{/articles}}\nmore {{more}}\n"
			   "<a href=\"{{unsubscribe_url}}\">x</a>"
			   "{{postal_address}}</body></html>\n";
static const char text[] = "{{#articles}}\n# {{title}}\n"
			   "{{body_text}}{{^has_body}}nothing{{/has_body}}\n"
			   "{{/articles}}\nmore {{more}}\n"
			   "{{unsubscribe_url}}\n{{postal_address}}\n";

/* The shipped ones, and a look of its own. */
static void
fill_own(void)
{
	DIR *dir = opendir("templates/ar");
	struct dirent *entry;
	char path[PRESS_PATH];

	assert_non_null(dir);
	press_path(&press, "own", path);
	assert_int_equal(mkdir(path, 0700), 0);
	press_path(&press, "own/ar", path);
	assert_int_equal(mkdir(path, 0700), 0);
	while ((entry = readdir(dir)) != NULL) {
		struct str from, name;

		if (entry->d_name[0] == '.')
			continue;
		str_init(&from, 4096);
		str_init(&name, 4096);
		str_addf(
		    &from, "%s/templates/ar/%s", press.root, entry->d_name);
		str_addf(&name, "%s/own/ar/%s", press.folder, entry->d_name);
		assert_int_equal(symlink(from.data, name.data), 0);
		str_release(&from);
		str_release(&name);
	}
	closedir(dir);
	press_write(&press, "own/ar/digest-whole.html", html, 0600);
	press_write(&press, "own/ar/digest-whole.txt", text, 0600);
}

static int
setup(void **state)
{
	struct err err = ERR_INIT;
	char path[PRESS_PATH];

	(void)state;
	press_open(&press, PRESS_MAIL);
	fill_own();
	conf = press_conf(&press, PRESS_MAIL);
	free(conf->templates);
	press_path(&press, "own", path);
	conf->templates = strdup(path);
	if (kit_new(&kit, conf, false, &err) != 0)
		fail_msg("%s", err.msg);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	kit_free(kit);
	conf_free(conf);
	press_close(&press);
	return 0;
}

/* So many articles of so many paragraphs. */
static struct issue_body
composed(size_t n, size_t paragraphs, enum subscription_format format)
{
	static char none[] = "", link[] = "https://n.example/", title[] = "خبر";
	const struct compose_issue issue = {.list = &list,
	    .date = NOW,
	    .articles = articles,
	    .count = n,
	    .total = n,
	    .format = format};
	struct issue_body body = {0};
	struct err err = ERR_INIT;
	struct str content;

	str_init(&content, (size_t)1 << 24);
	for (size_t i = 0; i < paragraphs; i++) {
		str_add(&content,
		    "<p dir=\"rtl\">فقرة من <a "
		    "href=\"https://n.example/x\">المقال</a></p>");
	}
	for (size_t i = 0; i < n; i++) {
		articles[i] = (struct compose_article){.title = title,
		    .link = link,
		    .author = none,
		    .body = title,
		    .section = none,
		    .image_url = none,
		    .content = content.data};
	}
	if (compose_digest(kit, &issue, &body, &err) != 0)
		fail_msg("%s", err.msg);
	str_release(&content);
	return body;
}

static size_t
times(const char *where, const char *what)
{
	size_t n = 0;

	for (; (where = strstr(where, what)) != NULL; where += strlen(what))
		n++;
	return n;
}

static void
shown_as_it_is(void **state)
{
	struct issue_body body = composed(2, 3, SUBSCRIPTION_HTML);

	(void)state;
	assert_int_equal(times(body.html, "<p dir=\"rtl\" style=\""), 6);
	assert_int_equal(times(body.html, " class=\"l\" style=\""), 6);
	assert_int_equal(times(body.text, "فقرة من المقال\n"), 6);
	assert_int_equal(times(body.text, "\nhttps://n.example/x\n"), 6);
	assert_int_equal(times(body.html, "…"), 0);
	issue_body_release(&body);
	body = composed(1, 0, SUBSCRIPTION_HTML);
	assert_int_equal(times(body.html, "<div>"), 0);
	assert_int_equal(times(body.text, "nothing"), 1);
	issue_body_release(&body);
	body = composed(1, 1, SUBSCRIPTION_TEXT);
	assert_string_equal(body.html, "");
	assert_int_equal(times(body.text, "فقرة من"), 1);
	issue_body_release(&body);
}

/* Base64 of both parts is four bytes for three. */
static size_t
size_of(const struct issue_body *body)
{
	return (strlen(body->html) + strlen(body->text)) * 78 / 57 + 3000;
}

/* Titles stay while there is anything of a body, and all are counted. */
static void
the_first_to_go(void **state)
{
	static const struct {
		size_t n, paragraphs;
		bool whole, cut;
	} cases[] = {
	    {1, 20, true, false},
	    {1, 400, false, true},
	    {10, 100, false, true},
	    {15, 100, false, true},
	    {60, 100, false, false},
	    {200, 1000, false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		for (int format = 0; format < SUBSCRIPTION_FORMATS; format++) {
			size_t n = cases[i].n;
			struct issue_body body =
			    composed(n, cases[i].paragraphs,
				(enum subscription_format)format);
			size_t said = times(body.text, "فقرة من");

			assert_true(size_of(&body) <= COMPOSE_MOST);
			assert_int_equal(times(body.text, "# خبر"), n);
			assert_int_equal(times(body.text, "more 0"), 1);
			if (format == SUBSCRIPTION_HTML) {
				assert_int_equal(times(body.html, "<h2>"), n);
				assert_int_equal(
				    times(body.html, "فقرة من"), said);
				assert_int_equal(
				    times(body.html, "<div>") > 0, said > 0);
			}
			if (format == SUBSCRIPTION_HTML || n == 200) {
				assert_int_equal(
				    said == n * cases[i].paragraphs,
				    cases[i].whole);
				assert_int_equal(
				    times(body.text, "…") == n, cases[i].cut);
			}
			issue_body_release(&body);
		}
	}
}

/* Where all the articles are large, it is their beginnings that are shown:
 * there is room, and it is used. */
static void
the_room_is_used(void **state)
{
	struct issue_body body = composed(3, 2000, SUBSCRIPTION_HTML);

	(void)state;
	assert_true(size_of(&body) > COMPOSE_LARGE / 3);
	assert_true(size_of(&body) <= COMPOSE_MOST);
	issue_body_release(&body);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(shown_as_it_is),
	    cmocka_unit_test(the_first_to_go),
	    cmocka_unit_test(the_room_is_used),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
