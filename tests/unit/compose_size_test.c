/* SPDX-License-Identifier: ISC */
/*
 * compose_size - of any set of articles comes a message that no mail program
 * cuts off, and whose counts name all of them.
 */
#include "press.h"

#include "dkim_keys.h"
#include "flow/compose.h"
#include "flow/letter.h"
#include "text/excerpt.h"

#define SETS        150
#define MESSAGE_MAX ((size_t)4 * 1024 * 1024)

static struct press press;
static struct kit *kit;
static struct conf *conf;
static struct list list = {.id = 1, .name = "daily", .title = "نشرة التجربة"};
static struct compose_article articles[COMPOSE_ARTICLES];
static uint32_t seed = 20251124;

static int
setup(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	press_open(&press, PRESS_MAIL);
	press_write(&press, "dkim.pem", KEY, 0600);
	conf = press_conf(&press,
	    PRESS_MAIL "dkim {\n domain = example.org\n selector = nashra\n"
		       " key_file = \"dkim.pem\"\n}\n");
	if (kit_new(&kit, conf, true, &err) != 0)
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

/* Numbers that are the same each time (Marsaglia's xorshift). */
static size_t
up_to(size_t most)
{
	seed ^= seed << 13;
	seed ^= seed >> 17;
	seed ^= seed << 5;
	return seed % (most + 1);
}

static char *
words(size_t most, const char *first)
{
	static const char *const some[] = {"كلام ", "الأخبار، ", "C++ ",
	    "مقال. ", "<b>&\"", "👨‍👩‍👧 ", "مُحَمَّد ", "پیام ",
	    "٢٠٢٥ ", "واللغة؛ "};
	struct str text;
	size_t len = up_to(most);

	str_init(&text, most + 200);
	str_add(&text, first);
	while (text.len < len)
		str_add(&text, some[up_to(9)]);
	return str_take(&text);
}

static void
make_articles(size_t n)
{
	static const size_t titles[] = {20, 150, 900};
	static const size_t bodies[] = {0, 300, 5000};
	static const size_t links[] = {10, 60, 1500};
	size_t title = titles[up_to(2)];
	size_t body = bodies[up_to(2)];
	size_t link = links[up_to(2)];

	for (size_t i = 0; i < n; i++) {
		struct str url;

		str_init(&url, 4096);
		str_addf(&url, "https://news.example.org/%zu/", i);
		for (size_t k = up_to(link); k > 0; k--)
			str_add(&url, k % 7 == 0 ? "&" : "a");
		articles[i] =
		    (struct compose_article){.title = words(title, "عنوان "),
			.link = str_take(&url),
			.author = words(30, ""),
			.body = words(body, ""),
			.section = words(0, up_to(3) == 0 ? "علوم" : ""),
			.image_url = words(0, ""),
			.published = NOW};
	}
}

static void
free_articles(size_t n)
{
	for (size_t i = 0; i < n; i++) {
		free(articles[i].title);
		free(articles[i].link);
		free(articles[i].author);
		free(articles[i].body);
		free(articles[i].section);
		free(articles[i].image_url);
	}
}

/* How many of the first are linked; all of the others are not. */
static size_t
shown(const char *body, size_t n)
{
	size_t count = 0;

	for (size_t i = 0; i < n; i++) {
		char link[60];
		bool there;

		snprintf(
		    link, sizeof(link), "https://news.example.org/%zu/", i);
		there = strstr(body, link) != NULL;
		assert_true(!there || count == i);
		count += there;
	}
	return count;
}

/* As it goes out, to somebody with a long address. */
static size_t
size_of(const struct issue_body *body)
{
	struct subscription reader = {
	    .id = INT64_MAX, .uuid = "11111111-2222-4333-8444-555555555555"};
	const struct issue issue = {
	    .id = 9, .uuid = "aaaaaaaa-bbbb-4ccc-8ddd-eeeeeeeeeeee"};
	const struct letter letter = {.kind = OUTBOX_DIGEST,
	    .list = &list,
	    .subscription = &reader,
	    .issue = &issue,
	    .body = body,
	    .now = NOW};
	struct err err = ERR_INIT;
	struct str out;
	size_t size;

	memset(reader.address, 'a', 64);
	str_cut(reader.address + 64, 40, "@a.long.name.example.org");
	str_init(&out, MESSAGE_MAX);
	if (letter_make(kit, press.ring, &letter, &out, &err) != 0)
		fail_msg("%s", err.msg);
	size = out.len;
	str_release(&out);
	return size;
}

static void
must_count(const struct issue_body *body, const struct compose_issue *issue)
{
	const char *where =
	    issue->format == SUBSCRIPTION_HTML ? body->html : body->text;
	const struct messages *messages = kit->messages;
	size_t count = shown(where, issue->count);
	struct str sentence, more;

	assert_int_equal(shown(body->text, issue->count), count);
	str_init(&sentence, 1000);
	str_init(&more, 1000);
	message_add_count(&sentence, messages, "new_articles",
	    (int64_t)issue->total, CONF_DIGITS_ARAB);
	assert_true(str_starts(body->text, sentence.data));
	assert_non_null(strstr(where, sentence.data));
	if (count < issue->total) {
		message_add_count(&more, messages, "more_articles",
		    (int64_t)(issue->total - count), CONF_DIGITS_ARAB);
		str_add(&more, "\nhttps://news.example.org/archive/daily/1\n");
		assert_non_null(strstr(body->text, more.data));
	}
	str_release(&sentence);
	str_release(&more);
}

/* However long the title is, what stands after it is seen. */
static void
must_tell(const struct issue_body *body, const struct compose_issue *issue)
{
	struct str others;

	str_init(&others, 1000);
	if (issue->total > 1) {
		str_add(&others, " ");
		message_add_count(&others, kit->messages, "subject_more",
		    (int64_t)issue->total - 1, CONF_DIGITS_ARAB);
	}
	assert_true(excerpt_length(body->subject) <= 60);
	assert_true(str_ends(body->subject, others.data));
	assert_true(strlen(body->subject) > others.len);
	str_release(&others);
}

static void
no_message_is_too_large(void **state)
{
	size_t most = 0;

	(void)state;
	for (int set = 0; set < SETS; set++) {
		size_t n = up_to(set % 3 == 0 ? COMPOSE_ARTICLES : 30);
		const struct compose_issue issue = {.list = &list,
		    .number = 1,
		    .date = NOW,
		    .articles = articles,
		    .count = n,
		    .total = n + (n == COMPOSE_ARTICLES ? up_to(900) : 0),
		    .format = (enum subscription_format)(set % 4 == 3)};
		struct issue_body body = {0};
		struct err err = ERR_INIT;
		size_t size;

		make_articles(n);
		if (compose_digest(kit, &issue, &body, &err) != 0)
			fail_msg("set %d: %s", set, err.msg);
		size = size_of(&body);
		if (size > COMPOSE_MOST)
			fail_msg("set %d: %zu bytes", set, size);
		most = size > most ? size : most;
		must_count(&body, &issue);
		must_tell(&body, &issue);
		issue_body_release(&body);
		free_articles(n);
	}
	/* and the room is used */
	assert_true(most > COMPOSE_MOST - 6000);
}

static struct issue_body
alike(size_t n, const char *title, const char *body_text)
{
	struct compose_issue issue = {.list = &list,
	    .number = 1,
	    .date = NOW,
	    .articles = articles,
	    .count = n,
	    .total = n};
	struct issue_body body = {0};
	struct err err = ERR_INIT;

	for (size_t i = 0; i < n; i++) {
		struct str url;

		str_init(&url, 100);
		str_addf(&url, "https://news.example.org/%zu/", i);
		articles[i] = (struct compose_article){.title = strdup(title),
		    .link = str_take(&url),
		    .author = strdup(""),
		    .body = strdup(body_text),
		    .section = strdup(""),
		    .image_url = strdup(""),
		    .published = NOW};
	}
	if (compose_digest(kit, &issue, &body, &err) != 0)
		fail_msg("%s", err.msg);
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

/* First the excerpts shrink, for all alike; titles go only after that. */
static void
excerpts_give_way_to_titles(void **state)
{
	static const struct {
		size_t n;
		bool all, excerpts;
		size_t most; /* bytes */
	} cases[] = {
	    {5, true, true, COMPOSE_LARGE},
	    {20, true, true, COMPOSE_LARGE},
	    {28, true, true, COMPOSE_LARGE},
	    {200, false, false, COMPOSE_MOST},
	};
	struct str text;
	size_t before = SIZE_MAX;

	(void)state;
	str_init(&text, 100000);
	for (int i = 0; i < 200; i++)
		str_add(&text, "حديث ");
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct issue_body body =
		    alike(cases[i].n, "عنوان من الأخبار", text.data);
		size_t count = shown(body.html, cases[i].n);
		size_t said = times(body.text, "حديث") / cases[i].n;

		assert_int_equal(count == cases[i].n, cases[i].all);
		assert_int_equal(said > 0, cases[i].excerpts);
		assert_true(said <= before);
		assert_true(size_of(&body) <= cases[i].most);
		before = said;
		issue_body_release(&body);
		free_articles(cases[i].n);
	}
	str_release(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(no_message_is_too_large),
	    cmocka_unit_test(excerpts_give_way_to_titles),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
