/* SPDX-License-Identifier: ISC */
#include "house.h"

#include "model/feed.h"
#include "model/issue.h"
#include "model/worker.h"

#include <stdlib.h>
#include <string.h>

static struct db *db;
static struct list list;

static int
setup(void **state)
{
	(void)state;
	db = house_open();
	list = house_list(db, "daily");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

struct sighting {
	const char *guid, *link, *title, *body;
	int want; /* 1 new, 0 known */
};

static int
see(const struct sighting *s, struct err *err)
{
	struct article article = {.list_id = list.id,
	    .guid = s->guid,
	    .link = s->link,
	    .title = s->title,
	    .body = s->body,
	    .author = "",
	    .published = NOW,
	    .created = NOW};

	return article_add(db, &article, err);
}

/* Each row is a later look at the same feed. */
static void
known_by_any_name_it_ever_had(void **state)
{
	static const struct sighting sightings[] = {
	    {"g1", "https://n.example/1", "استانا", "نص", 1},
	    {"g1", "https://n.example/1", "استانا", "نص", 0},
	    /* edited: the guid is the same */
	    {"g1", "https://n.example/1", "أستانا", "نص آخر", 0},
	    /* the guids were made anew */
	    {"x9", "https://n.example/1", "أستانا", "نص ثالث", 0},
	    /* moved to another host: by the new guid, then by the text */
	    {"x9", "https://m.example/1", "أستانا", "نص رابع", 0},
	    {"", "https://m.example/1", "عنوان", "نص خامس", 0},
	    {"", "", "أستانا", "نص رابع", 0},
	    /* another article under the same headline is another */
	    {"", "", "أستانا", "نص سادس", 1},
	    {"g2", "https://n.example/2", "غيره", "غيره", 1},
	    {"", "", "بلا رابط", "", 1},
	    {"", "", "بلا رابط", "", 0},
	    {"", "", "", "نص بلا عنوان", 1},
	    /* a column of headlines, the same every day */
	    {"g3", "https://n.example/3", "أسعار اليوم", "", 1},
	    {"g4", "https://n.example/4", "أسعار اليوم", "", 1},
	    {"g4", "https://n.example/4", "أسعار اليوم", "", 0},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(sightings) / sizeof(*sightings); i++) {
		struct err err = ERR_INIT;
		int got = see(&sightings[i], &err);

		if (got != sightings[i].want)
			fail_msg("sighting %zu: %d %s", i, got, err.msg);
	}
}

static void
what_is_no_article(void **state)
{
	char *title = calloc(1, ARTICLE_TITLE_MAX + 2);
	struct sighting s = {"g", "l", "", "", -1};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(see(&s, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	memset(title, 'a', ARTICLE_TITLE_MAX + 1);
	s.title = title;
	assert_int_equal(see(&s, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM article_key"), 0);
	free(title);
}

/* The same feed may serve two lists: each has its articles. */
static void
lists_do_not_share(void **state)
{
	struct list second = house_list(db, "weekly");

	(void)state;
	(void)house_article(db, &list, "g");
	(void)house_article(db, &second, "g");
	assert_int_equal(house_value(db, "SELECT count(*) FROM article"), 2);
}

static int
check_content(const struct article *article, void *arg)
{
	assert_string_equal(article->content, arg);
	return 0;
}

/* What an article says is kept as it is given; its limit is its own. */
static void
content_is_kept(void **state)
{
	const struct article_unused which = {
	    .list_id = list.id, .every = "day"};
	struct article article = {.list_id = list.id,
	    .guid = "g",
	    .link = "",
	    .title = "t",
	    .body = "",
	    .author = ""};
	char *content = calloc(1, ARTICLE_CONTENT_MAX + 2);
	struct err err = ERR_INIT;

	(void)state;
	memset(content, 'a', ARTICLE_CONTENT_MAX + 1);
	article.content = content;
	assert_int_equal(article_add(db, &article, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	content[ARTICLE_CONTENT_MAX] = '\0';
	assert_int_equal(article_add(db, &article, &err), 1);
	assert_int_equal(
	    article_each_unused(db, &which, check_content, content, &err), 0);
	free(content);
}

static int
count_article(const struct article *article, void *arg)
{
	(void)article;
	++*(int *)arg;
	return 0;
}

static void
assert_unused(const char *every, int want)
{
	const struct article_unused which = {
	    .list_id = list.id, .every = every};
	struct err err = ERR_INIT;
	int seen = 0;

	assert_int_equal(
	    article_each_unused(db, &which, count_article, &seen, &err), 0);
	assert_int_equal(seen, want);
}

/* A stream uses an article up; the list's other streams still have it. */
static void
used_once_in_each_stream(void **state)
{
	struct issue issue = {.list_id = list.id,
	    .number = 1,
	    .every = LIST_DAY,
	    .window_start = NOW,
	    .window_end = NOW + 1,
	    .frozen = NOW};
	int64_t first = house_article(db, &list, "a");
	struct err err = ERR_INIT;
	struct issue found;
	int64_t number;

	(void)state;
	(void)house_article(db, &list, "b");
	(void)house_article(db, &list, "c");
	assert_unused("day", 3);
	assert_int_equal(issue_add(db, &issue, &err), 0);
	assert_int_equal(issue_add_article(db, &issue, first, 1, &err), 0);
	assert_unused("day", 2);
	assert_unused("week", 3);
	/* a window has one issue */
	issue.number = 2;
	assert_int_equal(issue_add(db, &issue, &err), -1);
	assert_int_equal(
	    issue_find(db, list.id, LIST_DAY, NOW, &found, &err), 1);
	assert_int_equal(found.number, 1);
	assert_int_equal(
	    issue_find(db, list.id, LIST_WEEK, NOW, &found, &err), 0);
	assert_int_equal(issue_last(db, list.id, LIST_DAY, &found, &err), 1);
	assert_int_equal(issue_next_number(db, list.id, &number, &err), 0);
	assert_int_equal(number, 2);
}

static void
a_feed_is_claimed_once_and_waits_longer_each_time(void **state)
{
	struct feed feed = {.list_id = list.id,
	    .url = "https://n.example/feed",
	    .next_poll = NOW,
	    .seed = true,
	    .created = NOW};
	struct feed taken[4];
	struct err err = ERR_INIT;
	int64_t before = 0;

	(void)state;
	assert_int_equal(feed_add(db, &feed, &err), 0);
	assert_int_equal(feed_add(db, &feed, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(feed_due(db, NOW - 1, &err), 0);
	assert_int_equal(feed_claim(db, NOW, taken, 4, &err), 1);
	assert_true(taken[0].seed);
	assert_int_equal(feed_claim(db, NOW, taken, 4, &err), 0);
	/* nor does a clock that was set back since */
	assert_int_equal(feed_due(db, NOW - 2 * FEED_BACKOFF, &err), 1);
	/* a worker that died with it does not keep it */
	assert_int_equal(feed_claim(db, NOW + FEED_LEASE, taken, 4, &err), 1);
	for (int i = 0; i < 12; i++) {
		assert_int_equal(
		    feed_failed(db, &taken[0], "status 500", NOW, &err), 0);
		assert_true(taken[0].next_poll - NOW >= before);
		before = taken[0].next_poll - NOW;
	}
	assert_int_equal(before, FEED_BACKOFF);
	assert_int_equal(taken[0].failures, 12);
	assert_true(taken[0].seed);
	assert_int_equal(feed_polled(db, &taken[0], NOW, &err), 0);
	assert_int_equal(
	    feed_find(db, list.id, "https://n.example/feed", &feed, &err), 1);
	assert_int_equal(feed.failures, 0);
	assert_string_equal(feed.error, "");
	assert_int_equal(feed.next_poll, NOW + FEED_INTERVAL);
	assert_false(feed.seed);
}

static int
keep_worker(const struct worker *worker, void *arg)
{
	*(struct worker *)arg = *worker;
	return 0;
}

static void
a_worker_that_is_gone_hears_of_it(void **state)
{
	struct worker worker = {.uuid = "u",
	    .host = "h",
	    .pid = 7,
	    .started = NOW,
	    .heartbeat = NOW};
	struct worker found = {0};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(worker_add(db, &worker, &err), 0);
	assert_int_equal(worker_beat(db, "u", NOW + 5, &err), 1);
	assert_int_equal(worker_each(db, keep_worker, &found, &err), 0);
	assert_int_equal(found.heartbeat, NOW + 5);
	assert_int_equal(worker_remove(db, "u", &err), 0);
	assert_int_equal(worker_beat(db, "u", NOW + 6, &err), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(known_by_any_name_it_ever_had),
	    TEST(what_is_no_article),
	    TEST(content_is_kept),
	    TEST(lists_do_not_share),
	    TEST(used_once_in_each_stream),
	    TEST(a_feed_is_claimed_once_and_waits_longer_each_time),
	    TEST(a_worker_that_is_gone_hears_of_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
