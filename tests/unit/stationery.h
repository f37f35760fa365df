/* SPDX-License-Identifier: ISC */
/*
 * stationery - what the tests of letters write on: a kit, a list, an issue and
 * its body, made anew for each test by setup() and teardown().
 */
#ifndef NASHRA_TESTS_STATIONERY_H
#define NASHRA_TESTS_STATIONERY_H

#include "press.h"

#include "dkim_keys.h"
#include "dkim_verify.h"
#include "flow/compose.h"

#define MESSAGE_MAX ((size_t)4 * 1024 * 1024)

static struct press press;

static const struct list list = {
    .id = 1, .name = "daily", .title = "نشرة التجربة"};
static const struct issue issue = {.id = 9,
    .uuid = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee",
    .list_id = 1,
    .number = 3};
static struct issue_body body;

static int
setup(void **state)
{
	struct compose_article article = {.title = (char[]){"عنوان المقال"},
	    .link = (char[]){"https://news.example.org/a"},
	    .author = (char[]){"سارة"},
	    .body = (char[]){"نص المقال."},
	    .section = (char[]){""},
	    .image_url = (char[]){""},
	    .published = NOW};
	const struct compose_issue what = {.list = &list,
	    .number = 3,
	    .date = NOW,
	    .articles = &article,
	    .count = 1,
	    .total = 1};
	struct err err = ERR_INIT;

	(void)state;
	press_open(&press, "time_zone = \"Asia/Damascus\"\n" PRESS_MAIL);
	assert_int_equal(compose_digest(press.kit, &what, &body, &err), 0);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	issue_body_release(&body);
	press_close(&press);
	return 0;
}

#endif
