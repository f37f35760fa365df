/* SPDX-License-Identifier: ISC */
#include "flow/poll.h"

#include "press.h"

#include "kiosk.h"

#define TURNS 1000

static struct press press;
static struct kiosk kiosk;
static struct db *db;
static struct list list;
static char url[100];

static int
setup(void **state)
{
	(void)state;
	kiosk_open(&kiosk);
	press_open(
	    &press, PRESS_MAIL "feeds { allow_addresses = {\"127.0.0.1\"} }\n");
	db = press.db;
	list = house_list(db, "daily");
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/feed.xml", kiosk.port);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	press_close(&press);
	kiosk_close(&kiosk);
	return 0;
}

/* A feed of that many items, numbered from `from`. */
static void
put_items(int from, int n)
{
	struct str body;

	str_init(&body, 150000);
	str_add(&body,
	    "<?xml version=\"1.0\"?><rss version=\"2.0\"><channel>"
	    "<title>الموقع</title><link>https://news.example.org/</link>");
	for (int i = from; i < from + n; i++)
		str_addf(&body,
		    "<item><guid>g%d</guid><title>عنوان %d</title>"
		    "<link>https://news.example.org/%d</link>"
		    "<pubDate>Mon, 24 Nov 2025 12:00:00 GMT</pubDate>"
		    "<description>&lt;p&gt;نص &lt;b&gt;%d&lt;/b&gt;"
		    "&lt;/p&gt;</description></item>",
		    i, i, i, i);
	str_add(&body, "</channel></rss>");
	kiosk_put(&kiosk, "200 OK",
	    "Content-Type: application/rss+xml\r\nETag: \"e1\"\r\n"
	    "Last-Modified: Mon, 24 Nov 2025 12:00:00 GMT\r\n",
	    body.data);
	str_release(&body);
}

static int
add(const char *address, bool send_existing, bool check,
    struct poll_outcome *out, struct err *err)
{
	const struct poll_add what = {.list = &list,
	    .url = address,
	    .send_existing = send_existing,
	    .check = check};

	return poll_add(db, press.conf, &what, NOW, out, err);
}

static struct poll_outcome
added(bool send_existing)
{
	struct poll_outcome out;
	struct err err = ERR_INIT;

	if (add(url, send_existing, true, &out, &err) != 0)
		fail_msg("%s", err.msg);
	return out;
}

static int64_t
count(const char *sql)
{
	return house_value(db, sql);
}

#define FEEDS    "SELECT count(*) FROM feed"
#define ARTICLES "SELECT count(*) FROM article"
#define NEW      ARTICLES " WHERE seeded = 0"

/* What stood there before the feed was added is no news. */
static void
a_feed_is_fetched_before_it_is_added(void **state)
{
	struct poll_outcome out;

	(void)state;
	put_items(0, 3);
	out = added(false);
	assert_int_equal(out.status, POLL_OK);
	assert_int_equal(out.fresh, 3);
	assert_false(out.repaired);
	assert_string_equal(out.feed.title, "الموقع");
	assert_string_equal(out.feed.etag, "\"e1\"");
	assert_int_equal(out.feed.next_poll, NOW + FEED_INTERVAL);
	assert_int_equal(count(FEEDS " WHERE seed = 0 AND failures = 0"
				     " AND last_ok = 1764000000"),
	    1);
	assert_int_equal(count(ARTICLES), 3);
	assert_int_equal(count(NEW), 0);
	assert_int_equal(
	    count(ARTICLES " WHERE body LIKE 'نص%' AND title LIKE 'عنوان%'"
			   " AND published = 1763985600 AND feed_id = 1"),
	    3);
	assert_int_equal(
	    press_freeze(&press, "daily", "", NOW).result, DIGEST_NOTHING);
}

static void
or_all_that_stands_there_is_news(void **state)
{
	(void)state;
	put_items(0, 3);
	assert_int_equal(added(true).fresh, 3);
	assert_int_equal(count(NEW), 3);
}

/* Nothing is half added. */
static void
what_is_no_feed_is_not_added(void **state)
{
	static const struct {
		const char *status, *headers, *body;
		const char *message;
	} cases[] = {
	    {"404 Not Found", "", "no", "status 404"},
	    {"500 Oops", "", "", "status 500"},
	    {"200 OK", "Content-Type: text/html\r\n", "<html>hello</html>", ""},
	    {"200 OK", "", "", ""},
	    {"200 OK", "Content-Type: application/xml\r\n", "<rss><chan", ""},
	    {"301 Moved", "Location: http://10.0.0.1/\r\n", "", ""},
	    {"301 Moved", "Location: file:///etc/passwd\r\n", "", ""},
	    {NULL, NULL, NULL, ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct poll_outcome out;
		struct err err = ERR_INIT;

		kiosk.shelf->response[0] = '\0';
		if (cases[i].status != NULL)
			kiosk_put(&kiosk, cases[i].status, cases[i].headers,
			    cases[i].body);
		if (add(url, false, true, &out, &err) != -1)
			fail_msg("case %zu was added", i);
		assert_true(err.code != ERR_NONE && err.code != ERR_SYSTEM);
		assert_non_null(strstr(err.msg, url));
		assert_non_null(strstr(err.msg, cases[i].message));
		assert_int_equal(count(FEEDS), 0);
		assert_int_equal(count(ARTICLES), 0);
	}
}

static void
an_address_that_is_none_is_refused(void **state)
{
	static const char *const addresses[] = {"", "news.example.org",
	    "ftp://news.example.org/", "file:///etc/passwd", "http://",
	    "javascript:alert(1)", "http://127.0.0.1:1/feed"};

	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(*addresses); i++) {
		struct poll_outcome out;
		struct err err = ERR_INIT;

		assert_int_equal(
		    add(addresses[i], false, true, &out, &err), -1);
		assert_true(err.code != ERR_NONE);
		assert_int_equal(count(FEEDS), 0);
	}
}

/* Unasked for, one that cannot be reached is added all the same; what its
 * first good poll finds counts as seen. */
static void
without_a_check_it_waits_for_its_first_poll(void **state)
{
	struct poll_outcome out;
	struct err err = ERR_INIT;

	(void)state;
	kiosk_put(&kiosk, "503 Later", "", "");
	assert_int_equal(add(url, false, false, &out, &err), 0);
	assert_int_equal(out.status, POLL_FAILED);
	assert_int_equal(
	    count(FEEDS " WHERE seed = 1 AND failures = 1 AND last_ok IS NULL"
			" AND error LIKE '%status 503%'"),
	    1);
}

static void
one_address_is_added_once(void **state)
{
	struct poll_outcome out;
	struct err err = ERR_INIT;
	struct list other = house_list(db, "other");
	struct poll_add elsewhere = {.list = &other, .url = url, .check = true};

	(void)state;
	put_items(0, 1);
	(void)added(false);
	assert_int_equal(add(url, false, true, &out, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.msg, "already"));
	err = ERR_INIT;
	assert_int_equal(
	    poll_add(db, press.conf, &elsewhere, NOW, &out, &err), 0);
	assert_int_equal(count(FEEDS), 2);
}

struct noted {
	int calls;
	struct poll_outcome last;
};

static int
note(const struct poll_outcome *outcome, void *arg)
{
	struct noted *noted = arg;

	noted->calls++;
	noted->last = *outcome;
	return 0;
}

static struct noted
polled(int64_t now)
{
	struct noted noted = {0};
	const struct poll_now which = {.now = now, .fn = note, .arg = &noted};
	struct err err = ERR_INIT;

	if (poll_now(db, press.conf, &which, &err) != 0)
		fail_msg("%s", err.msg);
	return noted;
}

static void
each_article_is_kept_once(void **state)
{
	struct noted noted;

	(void)state;
	put_items(0, 3);
	(void)added(false);
	put_items(1, 4);
	noted = polled(NOW + 10);
	assert_int_equal(noted.calls, 1);
	assert_int_equal(noted.last.status, POLL_OK);
	assert_int_equal(noted.last.fresh, 2);
	assert_int_equal(count(ARTICLES), 5);
	assert_int_equal(count(NEW), 2);
	assert_int_equal(polled(NOW + 20).last.fresh, 0);
	assert_int_equal(count(ARTICLES), 5);
}

/* RFC 9110 13.1: what we have seen is named, and not sent again. */
static void
what_has_not_changed_is_not_read_again(void **state)
{
	struct noted noted;

	(void)state;
	put_items(0, 2);
	(void)added(true);
	assert_null(strstr(kiosk.shelf->request, "If-None-Match"));
	kiosk_put(&kiosk, "304 Not Modified", "", "");
	noted = polled(NOW + 10);
	assert_non_null(
	    strstr(kiosk.shelf->request, "If-None-Match: \"e1\"\r\n"));
	assert_non_null(strstr(kiosk.shelf->request,
	    "If-Modified-Since: Mon, 24 Nov 2025 12:00:00 GMT\r\n"));
	assert_int_equal(noted.last.status, POLL_UNCHANGED);
	assert_int_equal(noted.last.fresh, 0);
	assert_string_equal(noted.last.feed.etag, "\"e1\"");
	assert_int_equal(count(ARTICLES), 2);
	assert_int_equal(
	    count("SELECT next_poll FROM feed"), NOW + 10 + FEED_INTERVAL);
}

/* A feed that fails keeps what it had and waits longer each time; a good day
 * makes up for it. */
static void
a_feed_that_fails_waits(void **state)
{
	static const int64_t waits[] = {
	    900, 1800, 3600, 7200, 14400, 28800, 57600, 86400, 86400};
	struct noted noted;

	(void)state;
	put_items(0, 2);
	(void)added(true);
	kiosk_put(&kiosk, "500 Oops", "", "");
	for (size_t i = 0; i < sizeof(waits) / sizeof(*waits); i++) {
		noted = polled(NOW);
		assert_int_equal(noted.last.status, POLL_FAILED);
		assert_int_equal(noted.last.feed.failures, i + 1);
		assert_int_equal(noted.last.feed.next_poll, NOW + waits[i]);
		assert_non_null(strstr(noted.last.feed.error, "500"));
	}
	assert_int_equal(count(ARTICLES), 2);
	assert_int_equal(
	    count(FEEDS " WHERE etag = '\"e1\"' AND title = 'الموقع'"), 1);
	put_items(0, 3);
	noted = polled(NOW + 1);
	assert_int_equal(noted.last.fresh, 1);
	assert_int_equal(noted.last.feed.failures, 0);
	assert_string_equal(noted.last.feed.error, "");
	assert_int_equal(count(FEEDS " WHERE failures = 0 AND error = ''"), 1);
}

/* A date from the future would stand on top for ever. */
static void
dates_are_never_ahead(void **state)
{
	static const struct {
		const char *date;
		int64_t published;
	} cases[] = {{"Mon, 24 Nov 2025 12:00:00 GMT", 1763985600},
	    {"Mon, 24 Nov 2199 12:00:00 GMT", NOW}, {"yesterday", NOW},
	    {"", NOW}, {"Thu, 01 Jan 1970 00:00:00 GMT", NOW}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char body[1000];
		struct err err = ERR_INIT;

		snprintf(body, sizeof(body),
		    "<rss version=\"2.0\"><channel><title>t</title><item>"
		    "<guid>d%zu</guid><title>عنوان %zu</title><pubDate>%s"
		    "</pubDate></item></channel></rss>",
		    i, i, cases[i].date);
		kiosk_put(&kiosk, "200 OK",
		    "Content-Type: application/rss+xml\r\n", body);
		if (i == 0)
			(void)added(true);
		else
			(void)polled(NOW);
		assert_int_equal(
		    count("SELECT published FROM article ORDER BY id DESC"),
		    cases[i].published);
		assert_int_equal(err.code, ERR_NONE);
	}
}

/* A title that nobody sees would be a link that nobody finds. */
static void
an_unseen_title_is_none(void **state)
{
	static const char *const titles[] = {"", "\u200b\u2060", "\u3164",
	    "\u2800", "\u200f\u200e", "&amp;nbsp;", "&lt;b>&lt;/b>"};

	(void)state;
	for (size_t i = 0; i < sizeof(titles) / sizeof(*titles); i++) {
		char body[1000];

		snprintf(body, sizeof(body),
		    "<rss version=\"2.0\"><channel><title>t</title><item>"
		    "<guid>u%zu</guid><title>%s</title><author>\u200b</author>"
		    "<link>https://a.example/%zu</link><description>الخبر %zu"
		    "</description>"
		    "</item></channel></rss>",
		    i, titles[i], i, i);
		kiosk_put(&kiosk, "200 OK",
		    "Content-Type: application/rss+xml\r\n", body);
		if (i == 0)
			(void)added(true);
		else
			(void)polled(NOW);
		if (count(ARTICLES " WHERE title LIKE 'الخبر _'"
				   " AND author = ''") != (int64_t)i + 1)
			fail_msg("title %zu", i);
	}
}

/* ---- the work role's own */

static struct loop *loop;
static struct poll *poll;

static void
begin(void)
{
	struct err err = ERR_INIT;

	assert_int_equal(loop_new(&loop, &err), 0);
	assert_int_equal(poll_new(&poll, loop, db, press.conf, &err), 0);
}

static void
end(void)
{
	poll_free(poll);
	loop_free(loop);
}

static void
turn(int64_t now)
{
	struct err err = ERR_INIT;

	poll_turn(poll, now);
	assert_int_equal(loop_turn(loop, 15, &err), 0);
}

static void
what_is_due_is_polled(void **state)
{
	(void)state;
	put_items(0, 1);
	(void)added(false);
	put_items(0, 4);
	begin();
	for (int i = 0; i < 20; i++)
		turn(NOW + FEED_INTERVAL - 1);
	assert_int_equal(kiosk.shelf->served, 1);
	for (int i = 0; i < TURNS && count(NEW) < 3; i++)
		turn(NOW + FEED_INTERVAL);
	assert_int_equal(count(NEW), 3);
	assert_int_equal(kiosk.shelf->served, 2);
	assert_int_equal(
	    count("SELECT next_poll FROM feed"), NOW + 2 * FEED_INTERVAL);
	end();
}

/* What is on its way is stored; nothing more is taken. */
static void
a_stop_lets_the_last_ones_come(void **state)
{
	(void)state;
	put_items(0, 1);
	(void)added(false);
	put_items(0, 3);
	begin();
	assert_true(poll_idle(poll));
	poll_turn(poll, NOW + FEED_INTERVAL);
	assert_false(poll_idle(poll));
	poll_stop(poll);
	for (int i = 0; i < TURNS && !poll_idle(poll); i++)
		turn(NOW + FEED_INTERVAL);
	assert_int_equal(count(NEW), 2);
	for (int i = 0; i < 20; i++)
		turn(NOW + 3 * FEED_INTERVAL);
	assert_true(poll_idle(poll));
	assert_int_equal(kiosk.shelf->served, 2);
	end();
}

/* Fetched once, it waits for the database as long as it takes. */
static void
a_busy_database_is_waited_for(void **state)
{
	struct db *other = press_db(&press);
	struct err err = ERR_INIT;

	(void)state;
	put_items(0, 1);
	(void)added(false);
	put_items(0, 3);
	begin();
	turn(NOW + FEED_INTERVAL);
	assert_int_equal(db_begin(other, &err), 0);
	for (int i = 0; i < TURNS && kiosk.shelf->served < 2; i++)
		turn(NOW + FEED_INTERVAL);
	for (int i = 0; i < 20; i++)
		turn(NOW + FEED_INTERVAL);
	assert_int_equal(count(NEW), 0);
	db_rollback(other);
	turn(NOW + FEED_INTERVAL);
	assert_int_equal(count(NEW), 2);
	assert_int_equal(kiosk.shelf->served, 2);
	end();
	db_close(other);
}

/* Many feeds, more than are fetched at a time; two workers, and each feed is
 * asked once. */
static void
feeds_are_shared_among_workers(void **state)
{
	enum { FEEDS_N = 20 };
	struct db *other = press_db(&press);
	struct poll *second;
	struct err err = ERR_INIT;

	(void)state;
	put_items(0, 1);
	for (int i = 0; i < FEEDS_N; i++) {
		struct feed feed = {
		    .list_id = list.id, .next_poll = NOW, .created = NOW};

		snprintf(feed.url, sizeof(feed.url),
		    "http://127.0.0.1:%d/%d.xml", kiosk.port, i);
		assert_int_equal(feed_add(db, &feed, &err), 0);
	}
	begin();
	assert_int_equal(poll_new(&second, loop, other, press.conf, &err), 0);
	for (int i = 0; i < TURNS && count(FEEDS " WHERE last_ok IS NULL") > 0;
	     i++) {
		turn(NOW);
		poll_turn(second, NOW);
	}
	assert_int_equal(count(FEEDS " WHERE last_ok IS NULL"), 0);
	assert_int_equal(kiosk.shelf->served, FEEDS_N);
	/* the same link on one list is the same article */
	assert_int_equal(count(ARTICLES), 1);
	poll_free(second);
	end();
	db_close(other);
}

/* A worker that dies while it fetches leaves its feed to the others. */
static void
a_poll_that_nobody_ends_is_anyones(void **state)
{
	(void)state;
	put_items(0, 1);
	(void)added(false);
	put_items(0, 2);
	begin();
	poll_turn(poll, NOW + FEED_INTERVAL);
	end();
	assert_int_equal(count(NEW), 0);
	begin();
	for (int i = 0; i < 10; i++)
		turn(NOW + FEED_INTERVAL + FEED_LEASE - 1);
	assert_int_equal(count(NEW), 0);
	for (int i = 0; i < TURNS && count(NEW) < 1; i++)
		turn(NOW + FEED_INTERVAL + FEED_LEASE);
	assert_int_equal(count(NEW), 1);
	end();
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_feed_is_fetched_before_it_is_added),
	    TEST(or_all_that_stands_there_is_news),
	    TEST(what_is_no_feed_is_not_added),
	    TEST(an_address_that_is_none_is_refused),
	    TEST(without_a_check_it_waits_for_its_first_poll),
	    TEST(one_address_is_added_once),
	    TEST(each_article_is_kept_once),
	    TEST(what_has_not_changed_is_not_read_again),
	    TEST(a_feed_that_fails_waits),
	    TEST(dates_are_never_ahead),
	    TEST(an_unseen_title_is_none),
	    TEST(what_is_due_is_polled),
	    TEST(a_stop_lets_the_last_ones_come),
	    TEST(a_busy_database_is_waited_for),
	    TEST(feeds_are_shared_among_workers),
	    TEST(a_poll_that_nobody_ends_is_anyones),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
