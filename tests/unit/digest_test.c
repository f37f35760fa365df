/* SPDX-License-Identifier: ISC */
#include "flow/digest.h"

#include "press.h"

#include "flow/compose.h"
#include "model/outbox.h"

#define DAY 86400

static struct press press;
static struct db *db;
static struct list list;

static int
setup(void **state)
{
	(void)state;
	press_open(&press, "time_zone = \"Asia/Damascus\"\n" PRESS_MAIL);
	db = press.db;
	list = house_list(db, "daily");
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	press_close(&press);
	return 0;
}

static struct subscription
active(const char *address)
{
	return house_reader(db, &list, address, SUBSCRIPTION_ADD);
}

static void
articles(int from, int n)
{
	for (int i = from; i < from + n; i++) {
		char name[32];

		snprintf(name, sizeof(name), "مقال رقم %03d", i);
		(void)house_article(db, &list, name);
	}
}

static int64_t
value(const char *sql)
{
	return house_value(db, sql);
}

#define ISSUES  "SELECT count(*) FROM issue"
#define ROWS    "SELECT count(*) FROM outbox"
#define USED    "SELECT count(*) FROM issue_article"
#define BODIES  "SELECT count(*) FROM issue_body"
#define WRITTEN "SELECT total_changes()"

static void
the_same_window_is_the_same_issue(void **state)
{
	static const int64_t again[] = {NOW, NOW + 1, NOW + 3600};
	struct digest first, second;

	(void)state;
	(void)active("a@example.org");
	(void)active("b@example.org");
	articles(0, 3);
	first = press_freeze(&press, "daily", "", NOW);
	assert_int_equal(first.result, DIGEST_FROZEN);
	assert_int_equal(first.every, LIST_DAY);
	assert_int_equal(first.issue.number, 1);
	assert_int_equal(first.issue.articles, 3);
	assert_int_equal(first.issue.recipients, 2);
	articles(3, 2);
	(void)active("c@example.org");
	for (size_t i = 0; i < sizeof(again) / sizeof(*again); i++) {
		int64_t before = value(WRITTEN);

		second = press_freeze(&press, "daily", "day", again[i]);
		assert_int_equal(second.result, DIGEST_ALREADY);
		assert_int_equal(second.issue.id, first.issue.id);
		assert_string_equal(second.issue.uuid, first.issue.uuid);
		assert_int_equal(second.issue.articles, 3);
		assert_int_equal(second.issue.recipients, 2);
		assert_int_equal(value(WRITTEN), before);
	}
	assert_int_equal(value(ISSUES), 1);
	assert_int_equal(value(ROWS), 2);
	assert_int_equal(value(USED), 3);
	assert_int_equal(value(BODIES), 1);
	/* what came late is the next window's */
	second = press_freeze(&press, "daily", "", NOW + DAY);
	assert_int_equal(second.result, DIGEST_FROZEN);
	assert_int_equal(second.issue.number, 2);
	assert_int_equal(second.issue.articles, 2);
	assert_int_equal(second.issue.recipients, 3);
	assert_int_equal(value(ROWS), 5);
}

static void
nothing_new_leaves_nothing(void **state)
{
	struct digest digest;
	int64_t before;

	(void)state;
	(void)active("a@example.org");
	before = value(WRITTEN);
	digest = press_freeze(&press, "daily", "", NOW);
	assert_int_equal(digest.result, DIGEST_NOTHING);
	assert_int_equal(digest.since, list.created);
	assert_int_equal(value(WRITTEN), before);
	articles(0, 1);
	(void)press_freeze(&press, "daily", "", NOW + 60);
	before = value(WRITTEN);
	digest = press_freeze(&press, "daily", "", NOW + DAY);
	assert_int_equal(digest.result, DIGEST_NOTHING);
	assert_int_equal(digest.since, NOW + 60);
	assert_int_equal(digest.issue.id, 0);
	assert_int_equal(value(WRITTEN), before);
	/* a window that had nothing is not used up */
	articles(1, 1);
	digest = press_freeze(&press, "daily", "", NOW + DAY);
	assert_int_equal(digest.result, DIGEST_FROZEN);
	assert_int_equal(digest.issue.number, 2);
}

/* Seeded articles were there before the feed was: they are in no digest. */
static void
what_was_seen_before_is_not_new(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	articles(0, 2);
	assert_int_equal(
	    db_run(db, "UPDATE article SET seeded = 1 WHERE id = 1", DB_NO_ARGS,
		&err),
	    0);
	assert_int_equal(
	    press_freeze(&press, "daily", "", NOW).issue.articles, 1);
	assert_int_equal(value("SELECT article_id FROM issue_article"), 2);
}

/* Each cadence of a list is a stream: it uses every article once, whatever
 * the others have used, and goes to its own readers. */
static void
streams_use_articles_on_their_own(void **state)
{
	struct subscription weekly = active("w@example.org");
	struct list other = house_list(db, "other");
	struct err err = ERR_INIT;
	struct digest day, week, month;

	(void)state;
	(void)active("a@example.org");
	(void)active("b@example.org");
	(void)house_reader(db, &list, "p@example.org", SUBSCRIPTION_ASK);
	(void)house_reader(db, &other, "o@example.org", SUBSCRIPTION_ADD);
	(void)house_article(db, &other, "لغيرها");
	assert_int_equal(
	    subscription_set_every(db, &weekly, LIST_WEEK, NOW, &err), 0);
	articles(0, 2);
	day = press_freeze(&press, "daily", "", NOW);
	assert_int_equal(day.issue.articles, 2);
	assert_int_equal(day.issue.recipients, 2);
	articles(2, 1);
	week = press_freeze(&press, "daily", "week", NOW);
	assert_int_equal(week.result, DIGEST_FROZEN);
	assert_int_equal(week.issue.articles, 3);
	assert_int_equal(week.issue.recipients, 1);
	/* the numbers are the list's */
	assert_int_equal(week.issue.number, 2);
	/* a stream that nobody reads is frozen all the same */
	month = press_freeze(&press, "daily", "month", NOW);
	assert_int_equal(month.result, DIGEST_FROZEN);
	assert_int_equal(month.issue.recipients, 0);
	day = press_freeze(&press, "daily", "day", NOW + DAY);
	assert_int_equal(day.issue.articles, 1);
	assert_int_equal(
	    value("SELECT count(*) FROM outbox WHERE subscription_id = 1"), 1);
	assert_int_equal(
	    press_freeze(&press, "other", "", NOW).issue.number, 1);
}

/* The bodies hold one sentence per number of articles, and the rows name the
 * body that they carry. */
static void
rows_carry_the_body_of_their_issue(void **state)
{
	struct digest digest;
	struct issue_body body = {0};
	struct err err = ERR_INIT;

	(void)state;
	(void)active("a@example.org");
	articles(0, 2);
	digest = press_freeze(&press, "daily", "", NOW);
	assert_int_equal(value("SELECT count(*) FROM outbox o"
			       " JOIN issue_body b ON b.id = o.body_id"
			       " WHERE b.issue_id = o.issue_id"
			       " AND o.kind = 'digest' AND o.state = 'queued'"
			       " AND o.attempts = 0 AND o.due = 1764000000"),
	    1);
	assert_int_equal(issue_get_body(db, 1, &body, &err), 1);
	assert_int_equal(body.issue_id, digest.issue.id);
	assert_non_null(strstr(body.subject, "مقال رقم 001"));
	assert_non_null(strstr(body.html, "مقال رقم 000"));
	assert_non_null(strstr(body.text, "مقال رقم 000"));
	issue_body_release(&body);
}

/* The issue has them all, newest first, whatever the mail can show. */
static void
an_issue_holds_all_that_is_new(void **state)
{
	const int64_t all = COMPOSE_ARTICLES + 7;
	struct digest digest;
	int64_t last;

	(void)state;
	articles(0, COMPOSE_ARTICLES + 7);
	last = value("SELECT max(id) FROM article");
	digest = press_freeze(&press, "daily", "", NOW);
	assert_int_equal(digest.issue.articles, all);
	assert_int_equal(value(USED), all);
	assert_int_equal(
	    value("SELECT article_id FROM issue_article WHERE position = 1"),
	    last);
	assert_int_equal(value("SELECT article_id FROM issue_article"
			       " ORDER BY position DESC LIMIT 1"),
	    last - all + 1);
	digest = press_freeze(&press, "daily", "", NOW + DAY);
	assert_int_equal(digest.result, DIGEST_NOTHING);
}

/* Whatever the machine says at whichever point, nothing is half there. */
static void
a_failure_leaves_nothing_half_written(void **state)
{
	static const char *const tables[] = {
	    "issue", "issue_article", "issue_body", "outbox"};
	const struct digest_request request = {
	    .list = "daily", .every = "", .now = NOW};
	struct digest digest;

	(void)state;
	(void)active("a@example.org");
	articles(0, 2);
	for (size_t i = 0; i < sizeof(tables) / sizeof(*tables); i++) {
		struct err err = ERR_INIT;
		char sql[200];

		/* a statement is known by its address: one text each */
		snprintf(sql, sizeof(sql),
		    "CREATE TRIGGER broken AFTER INSERT ON %s BEGIN"
		    " SELECT RAISE(ABORT, 'planted'); END",
		    tables[i]);
		{
			struct db *other = press_db(&press);

			assert_int_equal(
			    db_run(other, sql, DB_NO_ARGS, &err), 0);
			assert_int_equal(digest_freeze(db, press.kit, &request,
					     &digest, &err),
			    -1);
			assert_non_null(strstr(err.msg, "planted"));
			db_close(other);
		}
		assert_int_equal(value(ISSUES), 0);
		assert_int_equal(value(USED), 0);
		assert_int_equal(value(BODIES), 0);
		assert_int_equal(value(ROWS), 0);
		assert_int_equal(
		    db_run(db, "DROP TRIGGER broken", DB_NO_ARGS, &err), 0);
		/* nothing is open: the next transaction begins */
		assert_int_equal(db_begin(db, &err), 0);
		db_rollback(db);
	}
	assert_int_equal(
	    press_freeze(&press, "daily", "", NOW).result, DIGEST_FROZEN);
}

/* A folder with all that is shipped, and one text part of its own. */
static struct conf *
own_text(const char *text)
{
	DIR *dir = opendir("templates/ar");
	const struct dirent *entry;
	struct str more;
	struct conf *conf;
	char path[PRESS_PATH];

	assert_non_null(dir);
	press_path(&press, "own", path);
	assert_int_equal(mkdir(path, 0700), 0);
	press_path(&press, "own/ar", path);
	assert_int_equal(mkdir(path, 0700), 0);
	while ((entry = readdir(dir)) != NULL) {
		char from[3 * PRESS_PATH];
		char name[PRESS_PATH + 16];

		if (entry->d_name[0] == '.' ||
		    str_starts(entry->d_name, "digest-classic.txt") ||
		    str_eq(entry->d_name, "digest.txt"))
			continue;
		snprintf(from, sizeof(from), "%s/templates/ar/%s", press.root,
		    entry->d_name);
		snprintf(name, sizeof(name), "own/ar/%s", entry->d_name);
		press_path(&press, name, path);
		assert_int_equal(symlink(from, path), 0);
	}
	closedir(dir);
	press_write(&press, "own/ar/digest-classic.txt", text, 0600);
	str_init(&more, 1000);
	str_addf(&more, "time_zone = \"Asia/Damascus\"\n" PRESS_MAIL);
	conf = press_conf(&press, more.data);
	free(conf->templates);
	press_path(&press, "own", path);
	conf->templates = strdup(path);
	str_release(&more);
	return conf;
}

static void
must_not_freeze(const char *text, const char *why)
{
	const struct digest_request request = {
	    .list = "daily", .every = "", .now = NOW};
	struct conf *conf = own_text(text);
	struct err err = ERR_INIT;
	struct digest digest;
	char path[PRESS_PATH];
	struct kit *kit = NULL;

	assert_true(kit_new(&kit, conf, false, &err) != 0 ||
		    digest_freeze(db, kit, &request, &digest, &err) != 0);
	if (strstr(err.msg, why) == NULL)
		fail_msg("%s", err.msg);
	assert_int_equal(value(ISSUES), 0);
	assert_int_equal(value(ROWS), 0);
	kit_free(kit);
	conf_free(conf);
	press_path(&press, "own", path);
	press_remove(path);
}

static void
a_digest_that_cannot_be_composed_is_not_frozen(void **state)
{
	struct str big;

	(void)state;
	(void)active("a@example.org");
	articles(0, 12);
	must_not_freeze("{{article_count|plural:no_such_words}}{{"
			"unsubscribe_url}}{{postal_address}}",
	    "no_such_words");
	/* One that makes it larger than a mail may be, whatever is in it. */
	str_init(&big, 200000);
	str_add(&big, "{{unsubscribe_url}}{{postal_address}}");
	for (int i = 0; i < 9000; i++)
		str_add(&big, "too much of it all ");
	must_not_freeze(big.data, "without any article");
	/* One that would be rendered for ever. */
	must_not_freeze("{{#articles}}\n{{#articles}}{{/articles}}{{/articles}}"
			"{{unsubscribe_url}}{{postal_address}}",
	    "digest-classic.txt:2:1: list 'articles' is open already");
	articles(12, 188);
	str_reset(&big);
	str_add(&big, "{{unsubscribe_url}}{{postal_address}}\n{{#articles}}");
	for (int i = 0; i < 10500; i++)
		str_add(&big, "{{#more}}{{/more}}");
	str_add(&big, "{{/articles}}");
	must_not_freeze(
	    big.data, "digest-classic.txt:2:1: rendering takes too long");
	str_release(&big);
	assert_int_equal(
	    press_freeze(&press, "daily", "", NOW).result, DIGEST_FROZEN);
}

/* A body for each choice that somebody has made, and none besides. */
static void
each_choice_has_one_body(void **state)
{
	static const struct {
		const char *address;
		int digits;
		enum subscription_format format;
		const char *variant;
	} cases[] = {
	    {"a@example.org", 0, SUBSCRIPTION_HTML, "arab-html"},
	    {"b@example.org", CONF_DIGITS_ARAB + 1, SUBSCRIPTION_HTML,
		"arab-html"},
	    {"c@example.org", CONF_DIGITS_LATN + 1, SUBSCRIPTION_HTML,
		"latn-html"},
	    {"d@example.org", 0, SUBSCRIPTION_TEXT, "arab-text"},
	    {"e@example.org", CONF_DIGITS_ARAB + 1, SUBSCRIPTION_TEXT,
		"arab-text"},
	    {"f@example.org", 0, SUBSCRIPTION_HTML, "arab-html"},
	};
	struct err err = ERR_INIT;
	struct str sql;

	(void)state;
	str_init(&sql, 1000);
	articles(0, 3);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct subscription sub = active(cases[i].address);

		sub.digits = cases[i].digits;
		sub.format = cases[i].format;
		assert_int_equal(subscription_save_taste(db, &sub, &err), 0);
	}
	assert_int_equal(
	    press_freeze(&press, "daily", "", NOW).issue.recipients, 6);
	assert_int_equal(value(BODIES), 3);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		str_reset(&sql);
		str_addf(&sql,
		    "SELECT count(*) FROM outbox o JOIN reader r"
		    " ON r.id = o.subscription_id"
		    " JOIN issue_body b ON b.id = o.body_id"
		    " WHERE r.address = '%s' AND b.variant = '%s'"
		    " AND b.issue_id = o.issue_id",
		    cases[i].address, cases[i].variant);
		if (value(sql.data) != 1)
			fail_msg("%s", cases[i].address);
	}
	str_release(&sql);
	assert_int_equal(value("SELECT count(*) FROM issue_body"
			       " WHERE (variant LIKE '%text') = (html = '')"),
	    3);
	/* The list's digits are those of who has none of their own. */
	assert_int_equal(list_look_set(&list.look, "digits", "latn", &err), 0);
	assert_int_equal(list_save(db, &list, &err), 0);
	articles(3, 1);
	assert_int_equal(
	    press_freeze(&press, "daily", "", NOW + DAY).issue.recipients, 6);
	assert_int_equal(value(BODIES), 3 + 4);
	/* English has Latin digits alone, whoever wants others. */
	assert_int_equal(list_look_set(&list.look, "language", "en", &err), 0);
	assert_int_equal(list_save(db, &list, &err), 0);
	articles(4, 1);
	assert_int_equal(
	    press_freeze(&press, "daily", "", NOW + 2 * DAY).issue.recipients,
	    6);
	assert_int_equal(value(BODIES), 3 + 4 + 2);
}

static void
a_request_that_is_wrong_says_how(void **state)
{
	static const struct {
		const char *list, *every;
		enum err_code code;
		const char *message;
	} cases[] = {
	    {"weekly", "", ERR_NOTFOUND, "no list 'weekly'"},
	    {"", "", ERR_NOTFOUND, "no list ''"},
	    {"Daily", "", ERR_NOTFOUND, "'Daily'"},
	    {"daily", "hour", ERR_INPUT, "no cadence 'hour'"},
	    {"daily", "Day", ERR_INPUT, "no cadence 'Day'"},
	    {"daily", "day ", ERR_INPUT, "instant, day, week or month"},
	    {"daily'; DROP TABLE issue; --", "", ERR_NOTFOUND, "no list"},
	};

	(void)state;
	articles(0, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct digest_request request = {
		    .list = cases[i].list, .every = cases[i].every, .now = NOW};
		struct issue_body body = {0};
		struct err err = ERR_INIT;
		struct digest digest;

		assert_int_equal(
		    digest_freeze(db, press.kit, &request, &digest, &err), -1);
		assert_int_equal(err.code, cases[i].code);
		assert_non_null(strstr(err.msg, cases[i].message));
		err = ERR_INIT;
		assert_int_equal(digest_preview(db, press.kit, &request,
				     &digest, &body, &err),
		    -1);
		assert_int_equal(err.code, cases[i].code);
	}
	assert_int_equal(value(ISSUES), 0);
}

/* The moments of Asia/Damascus, which has been three hours ahead of UTC all
 * year since October 2022; an Arabic week begins on Saturday. */
static void
windows_are_those_of_the_zone(void **state)
{
	static const struct {
		const char *every;
		int64_t at;
		int64_t start, end;
	} cases[] = {
	    /* 2025-11-24 19:00 there */
	    {"day", NOW, 1763931600, 1764018000},
	    /* the last second of that day, and the first of the next */
	    {"day", 1764017999, 1763931600, 1764018000},
	    {"day", 1764018000, 1764018000, 1764104400},
	    /* Monday; since Saturday the 22nd */
	    {"week", NOW, 1763758800, 1764363600},
	    {"week", 1764363599, 1763758800, 1764363600},
	    {"week", 1764363600, 1764363600, 1764968400},
	    /* November */
	    {"month", NOW, 1761944400, 1764536400},
	    {"month", 1764536399, 1761944400, 1764536400},
	    {"month", 1764536400, 1764536400, 1767214800},
	    {"instant", NOW, NOW, NOW + 1},
	    {"instant", NOW + 1, NOW + 1, NOW + 2},
	};
	int64_t seen[sizeof(cases) / sizeof(*cases)] = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct digest digest;
		bool before = i > 0 && cases[i - 1].start == cases[i].start &&
			      str_eq(cases[i - 1].every, cases[i].every);

		articles((int)i * 10, 1);
		digest =
		    press_freeze(&press, "daily", cases[i].every, cases[i].at);
		assert_int_equal(
		    digest.result, before ? DIGEST_ALREADY : DIGEST_FROZEN);
		assert_int_equal(digest.issue.window_start, cases[i].start);
		assert_int_equal(digest.issue.window_end, cases[i].end);
		seen[i] = digest.issue.id;
		if (i > 0)
			assert_int_equal(seen[i] == seen[i - 1], before);
	}
}

/* Summer time: 2026-03-29 has 23 hours in Berlin, 2026-10-25 has 25. */
static void
days_of_23_and_25_hours(void **state)
{
	static const struct {
		int64_t at;
		int64_t hours;
	} cases[] = {{1774785600, 23}, {1774872000, 24}, {1792929600, 25}};
	struct conf *conf;
	struct kit *kit;
	struct err err = ERR_INIT;

	(void)state;
	conf = press_conf(&press, "time_zone = \"Europe/Berlin\"\n" PRESS_MAIL);
	assert_int_equal(kit_new(&kit, conf, false, &err), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const struct digest_request request = {
		    .list = "daily", .every = "day", .now = cases[i].at};
		struct digest digest;

		articles((int)i, 1);
		assert_int_equal(
		    digest_freeze(db, kit, &request, &digest, &err), 0);
		assert_int_equal(digest.result, DIGEST_FROZEN);
		assert_int_equal(
		    digest.issue.window_end - digest.issue.window_start,
		    cases[i].hours * 3600);
	}
	kit_free(kit);
	conf_free(conf);
}

static void
looking_changes_no_row(void **state)
{
	const struct digest_request request = {
	    .list = "daily", .every = "", .now = NOW};
	struct issue_body seen = {0}, body = {0};
	struct err err = ERR_INIT;
	struct digest digest;
	int64_t before, version, after;
	struct db *other = press_db(&press);

	(void)state;
	(void)active("a@example.org");
	articles(0, 3);
	before = value(WRITTEN);
	assert_int_equal(db_version(other, &version, &err), 0);
	assert_int_equal(
	    digest_preview(db, press.kit, &request, &digest, &seen, &err), 0);
	assert_int_equal(digest.result, DIGEST_FROZEN);
	assert_int_equal(digest.issue.number, 1);
	assert_int_equal(digest.issue.articles, 3);
	assert_int_equal(digest.issue.recipients, 1);
	assert_int_equal(value(WRITTEN), before);
	assert_int_equal(db_version(other, &after, &err), 0);
	assert_int_equal(after, version);
	assert_int_equal(value(ISSUES), 0);

	/* what was shown is what is frozen */
	digest = press_freeze(&press, "daily", "", NOW);
	assert_int_equal(issue_get_body(db, 1, &body, &err), 1);
	assert_string_equal(body.subject, seen.subject);
	assert_string_equal(body.html, seen.html);
	assert_string_equal(body.text, seen.text);
	issue_body_release(&body);
	issue_body_release(&seen);

	/* once it is, there is nothing new to show */
	before = value(WRITTEN);
	assert_int_equal(
	    digest_preview(db, press.kit, &request, &digest, &seen, &err), 0);
	assert_int_equal(digest.result, DIGEST_NOTHING);
	assert_int_equal(digest.since, NOW);
	assert_int_equal(digest.issue.number, 2);
	assert_non_null(strstr(seen.text, "لا مقالات جديدة"));
	issue_body_release(&seen);
	assert_int_equal(value(WRITTEN), before);
	db_close(other);
}

/* A preview shows where its links would be, and none that works. */
static void
a_preview_is_shown_without_anyones_links(void **state)
{
	const struct digest_request request = {
	    .list = "daily", .every = "", .now = NOW};
	struct issue_body body = {0};
	struct err err = ERR_INIT;
	struct digest digest;
	struct str html, text;

	(void)state;
	articles(0, 1);
	assert_int_equal(
	    digest_preview(db, press.kit, &request, &digest, &body, &err), 0);
	str_init(&html, 1000000);
	str_init(&text, 1000000);
	assert_int_equal(compose_show(press.kit, &body, &html, &text, &err), 0);
	assert_non_null(
	    strstr(html.data, "https://news.example.org/leave/preview"));
	assert_non_null(
	    strstr(text.data, "https://news.example.org/leave/preview"));
	assert_int_equal(compose_show(press.kit, &body, NULL, NULL, &err), 0);
	str_release(&html);
	str_release(&text);
	issue_body_release(&body);
}

/* Two crons at once: one issue. The second waits for nobody here, so that it
 * is told to come again; then it finds the first one's. */
static void
two_at_once_make_one_issue(void **state)
{
	const struct digest_request request = {
	    .list = "daily", .every = "", .now = NOW};
	struct db *other = press_db(&press);
	struct err err = ERR_INIT;
	struct digest digest;

	(void)state;
	(void)active("a@example.org");
	articles(0, 2);
	assert_int_equal(db_begin(other, &err), 0);
	assert_int_equal(
	    digest_freeze(db, press.kit, &request, &digest, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	db_rollback(other);
	assert_int_equal(
	    digest_freeze(other, press.kit, &request, &digest, &err), 0);
	assert_int_equal(digest.result, DIGEST_FROZEN);
	digest = press_freeze(&press, "daily", "", NOW);
	assert_int_equal(digest.result, DIGEST_ALREADY);
	assert_int_equal(value(ISSUES), 1);
	assert_int_equal(value(ROWS), 1);
	db_close(other);
}

/* ---- what happens while a digest is composed */

static void (*before_begin)(int round);
static int begun, composed;
static struct db *beside;

int __real_db_begin(struct db *wrapped, struct err *err);
int __wrap_db_begin(struct db *wrapped, struct err *err);
int __real_compose_digest(const struct kit *kit,
    const struct compose_issue *issue, struct issue_body *out, struct err *err);
int __wrap_compose_digest(const struct kit *kit,
    const struct compose_issue *issue, struct issue_body *out, struct err *err);

/* Between the last body and the lock. */
int
__wrap_db_begin(struct db *wrapped, struct err *err)
{
	if (wrapped == db && before_begin != NULL)
		before_begin(begun++);
	return __real_db_begin(wrapped, err);
}

/* Somebody writes as this goes on, if they can. */
int
__wrap_compose_digest(const struct kit *kit, const struct compose_issue *issue,
    struct issue_body *out, struct err *err)
{
	struct err busy = ERR_INIT;

	composed++;
	if (beside != NULL) {
		assert_int_equal(__real_db_begin(beside, &busy), 0);
		db_rollback(beside);
	}
	return __real_compose_digest(kit, issue, out, err);
}

static void
nobody_waits_while_a_digest_is_composed(void **state)
{
	(void)state;
	(void)active("a@example.org");
	articles(0, 3);
	beside = press_db(&press);
	composed = 0;
	assert_int_equal(
	    press_freeze(&press, "daily", "", NOW).result, DIGEST_FROZEN);
	assert_int_equal(composed, 1);
	db_close(beside);
	beside = NULL;
}

static void
one_more_article(int round)
{
	if (round == 0)
		articles(50, 1);
}

static void
an_article_each_time(int round)
{
	articles(50 + round, 1);
}

static void
another_title(int round)
{
	struct err err = ERR_INIT;

	str_cut(list.title, sizeof(list.title), "عنوان آخر");
	if (round == 0)
		assert_int_equal(list_save(db, &list, &err), 0);
}

static void
one_more_reader(int round)
{
	if (round == 0)
		(void)active("b@example.org");
}

static void
one_who_wants_text(int round)
{
	struct err err = ERR_INIT;

	if (round == 0) {
		assert_int_equal(
		    db_run(db, "UPDATE subscription SET format = 'text'",
			DB_NO_ARGS, &err),
		    0);
	}
}

static void
somebody_else_freezes(int round)
{
	if (round == 0)
		(void)press_freeze(&press, "daily", "", NOW);
}

/* What is frozen is what is there when the lock is held. */
static void
what_changes_meanwhile_is_composed_anew(void **state)
{
	static const struct {
		void (*change)(int round);
		int composed; /* bodies */
		enum digest_result result;
		int64_t articles, readers;
	} cases[] = {
	    {one_more_article, 2, DIGEST_FROZEN, 4, 1},
	    {an_article_each_time, 3, DIGEST_FROZEN, 6, 1},
	    {another_title, 2, DIGEST_FROZEN, 3, 1},
	    {one_more_reader, 1, DIGEST_FROZEN, 3, 2},
	    {one_who_wants_text, 3, DIGEST_FROZEN, 3, 1},
	    {somebody_else_freezes, 2, DIGEST_ALREADY, 3, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct issue_body body = {0};
		struct err err = ERR_INIT;
		struct digest digest;

		if (i > 0) {
			(void)teardown(NULL);
			(void)setup(NULL);
		}
		(void)active("a@example.org");
		articles(0, 3);
		begun = composed = 0;
		before_begin = cases[i].change;
		digest = press_freeze(&press, "daily", "", NOW);
		before_begin = NULL;
		assert_int_equal(digest.result, cases[i].result);
		assert_int_equal(composed, cases[i].composed);
		assert_int_equal(value(ISSUES), 1);
		assert_int_equal(value(USED), cases[i].articles);
		assert_int_equal(value(ROWS), cases[i].readers);
		assert_int_equal(digest.issue.articles, cases[i].articles);
		assert_int_equal(digest.issue.recipients, cases[i].readers);
		assert_int_equal(issue_get_body(db, 1, &body, &err), 1);
		assert_int_equal(strstr(body.html, "عنوان آخر") != NULL,
		    cases[i].change == another_title);
		assert_int_equal(strstr(body.html, "مقال رقم 050") != NULL,
		    cases[i].articles > 3);
		issue_body_release(&body);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(nobody_waits_while_a_digest_is_composed),
	    TEST(what_changes_meanwhile_is_composed_anew),
	    TEST(the_same_window_is_the_same_issue),
	    TEST(nothing_new_leaves_nothing),
	    TEST(what_was_seen_before_is_not_new),
	    TEST(streams_use_articles_on_their_own),
	    TEST(rows_carry_the_body_of_their_issue),
	    TEST(an_issue_holds_all_that_is_new),
	    TEST(a_failure_leaves_nothing_half_written),
	    TEST(a_digest_that_cannot_be_composed_is_not_frozen),
	    TEST(each_choice_has_one_body),
	    TEST(a_request_that_is_wrong_says_how),
	    TEST(windows_are_those_of_the_zone),
	    TEST(days_of_23_and_25_hours),
	    TEST(looking_changes_no_row),
	    TEST(a_preview_is_shown_without_anyones_links),
	    TEST(two_at_once_make_one_issue),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
