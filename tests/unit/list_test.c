/* SPDX-License-Identifier: ISC */
#include "house.h"

#include <string.h>

static struct db *db;

static int
setup(void **state)
{
	(void)state;
	db = house_open();
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	db_close(db);
	return 0;
}

static int
add(const char *name, const char *title, struct err *err)
{
	struct list list = {.every = LIST_DAY, .created = NOW};

	*err = ERR_INIT;
	assert_true(str_fit(list.name, sizeof(list.name), name));
	assert_true(str_fit(list.title, sizeof(list.title), title));
	return list_add(db, &list, err);
}

/* A name is a part of URLs, of List-Id (RFC 2919) and of commands. */
static void
names_that_go_anywhere(void **state)
{
	static const struct {
		const char *name;
		bool good;
	} cases[] = {
	    {"daily", true},
	    {"d", true},
	    {"7", true},
	    {"Daily-News_2.ar", true},
	    {"a.b.c", true},
	    {"63-letters-are-the-most-that-a-label-of-a-domain-can-have-12345",
		true},
	    {"", false},
	    {".", false},
	    {"..", false},
	    {".daily", false},
	    {"daily.", false},
	    {"a..b", false},
	    {"-daily", false},
	    {"_daily", false},
	    {"daily news", false},
	    {"daily/news", false},
	    {"../daily", false},
	    {"daily%2e", false},
	    {"daily?x", false},
	    {"daily#x", false},
	    {"daily\n", false},
	    {"daily\x7f", false},
	    {"<b>", false},
	    {"a'b", false},
	    {"يومية", false},
	};
	struct err err;
	struct list found;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int rc = add(cases[i].name, "عنوان", &err);

		if (rc != (cases[i].good ? 0 : -1))
			fail_msg("'%s': %s", cases[i].name, err.msg);
		if (cases[i].good) {
			assert_int_equal(
			    list_find(db, cases[i].name, &found, &err), 1);
			assert_string_equal(found.name, cases[i].name);
			continue;
		}
		assert_int_equal(err.code, ERR_INPUT);
		assert_int_equal(list_find(db, cases[i].name, &found, &err), 0);
	}
}

static void
titles_are_text(void **state)
{
	static const struct {
		const char *title;
		bool good;
	} cases[] = {{"نشرة «اليوم»", true}, {"a <b> & \"c\"", true},
	    {"", false}, {"a\r\nBcc: x", false}, {"a\tb", false},
	    {"a\x1b[31m", false}, {"a\x7f", false}, {"  ", false},
	    {"\u200b\u2060", false}, {"a\xff", false}, {"a\u200c", true}};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		char name[8];

		snprintf(name, sizeof(name), "l%zu", i);
		assert_int_equal(
		    add(name, cases[i].title, &err), cases[i].good ? 0 : -1);
		if (!cases[i].good)
			assert_int_equal(err.code, ERR_INPUT);
	}
}

static void
a_name_is_taken_once(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(add("daily", "واحد", &err), 0);
	assert_int_equal(add("daily", "اثنان", &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.msg, "'daily'"));
	/* letters are told apart by their case, as URLs do */
	assert_int_equal(add("Daily", "ثلاثة", &err), 0);
	assert_int_equal(house_value(db, "SELECT count(*) FROM list"), 2);
}

static void
all_of_it_is_kept(void **state)
{
	struct list list = {.every = LIST_MONTH,
	    .unknown = LIST_SKIP,
	    .archive = LIST_ARCHIVE_NO,
	    .created = NOW};
	struct list found;
	struct err err = ERR_INIT;

	(void)state;
	assert_true(str_fit(list.name, sizeof(list.name), "monthly"));
	assert_true(str_fit(list.title, sizeof(list.title), "شهرية"));
	assert_true(str_fit(list.from, sizeof(list.from), "A <a@b.example>"));
	assert_int_equal(list_add(db, &list, &err), 0);
	for (int i = 0; i < 3; i++) {
		int rc = i == 0   ? list_get(db, list.id, &found, &err)
			 : i == 1 ? list_find(db, "monthly", &found, &err)
				  : list_need(db, "monthly", &found, &err);

		assert_int_equal(rc, i == 2 ? 0 : 1);
		assert_int_equal(found.id, list.id);
		assert_string_equal(found.title, list.title);
		assert_string_equal(found.from, list.from);
		assert_int_equal(found.every, LIST_MONTH);
		assert_int_equal(found.unknown, LIST_SKIP);
		assert_int_equal(found.archive, LIST_ARCHIVE_NO);
		assert_int_equal(found.created, NOW);
	}
	assert_int_equal(list_get(db, 99, &found, &err), 0);
	assert_int_equal(list_need(db, "none", &found, &err), -1);
	assert_int_equal(err.code, ERR_NOTFOUND);
	assert_non_null(strstr(err.msg, "nashra list ls"));
}

struct names {
	char all[100];
	int stop_after;
	int calls;
};

static int
note_name(const struct list *list, void *arg)
{
	struct names *names = arg;
	size_t n = strlen(names->all);

	snprintf(names->all + n, sizeof(names->all) - n, "%s ", list->name);
	return ++names->calls == names->stop_after;
}

static void
they_come_by_name_until_told_to_stop(void **state)
{
	struct names all = {"", 0, 0};
	struct names two = {"", 2, 0};
	struct err err;

	(void)state;
	assert_int_equal(list_each(db, note_name, &all, &err), 0);
	assert_string_equal(all.all, "");
	assert_int_equal(add("c", "x", &err), 0);
	assert_int_equal(add("a", "x", &err), 0);
	assert_int_equal(add("b", "x", &err), 0);
	assert_int_equal(list_each(db, note_name, &all, &err), 0);
	assert_string_equal(all.all, "a b c ");
	assert_int_equal(list_each(db, note_name, &two, &err), 0);
	assert_string_equal(two.all, "a b ");
}

static void
words_and_values_are_one(void **state)
{
	static const char *const everies[] = {
	    "instant", "day", "week", "month"};
	static const char *const unknowns[] = {"resend", "hold", "skip"};
	static const char *const others[] = {
	    "", "Day", "day ", "daily", "hour", "hold,skip"};
	enum list_every every = LIST_WEEK;
	enum list_unknown unknown = LIST_HOLD;
	enum list_archive archive = LIST_ARCHIVE_YES;

	(void)state;
	for (int i = 0; i < LIST_EVERIES; i++) {
		assert_string_equal(
		    list_every_name((enum list_every)i), everies[i]);
		assert_true(list_every_parse(&every, everies[i]));
		assert_int_equal(every, i);
	}
	for (int i = 0; i <= LIST_SKIP; i++) {
		assert_string_equal(
		    list_unknown_name((enum list_unknown)i), unknowns[i]);
		assert_true(list_unknown_parse(&unknown, unknowns[i]));
		assert_int_equal(unknown, i);
	}
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++) {
		assert_false(list_every_parse(&every, others[i]));
		assert_false(list_unknown_parse(&unknown, others[i]));
		assert_false(list_archive_parse(&archive, others[i]));
	}
	assert_true(list_archive_parse(&archive, "no"));
	assert_int_equal(archive, LIST_ARCHIVE_NO);
	assert_string_equal(list_archive_name(archive), "no");
	assert_true(list_archive_parse(&archive, "yes"));
	assert_int_equal(archive, LIST_ARCHIVE_YES);
	assert_string_equal(list_archive_name(archive), "yes");
	assert_int_equal(every, LIST_MONTH);
	assert_int_equal(unknown, LIST_SKIP);
}

/* A mail says where its issue can be read, and who may has changed. */
static void
the_archive_is_a_part_of_it(void **state)
{
	struct list list = house_list(db, "daily");
	struct list found;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(list.archive, LIST_ARCHIVE_YES);
	assert_int_equal(list_get(db, list.id, &found, &err), 1);
	found.archive = LIST_ARCHIVE_NO;
	assert_false(list_same(&list, &found));
	assert_int_equal(list_save(db, &found, &err), 0);
	assert_int_equal(list_get(db, list.id, &list, &err), 1);
	assert_int_equal(list.archive, LIST_ARCHIVE_NO);
	assert_int_equal(
	    db_run(db, "UPDATE list SET archive = 'maybe'", DB_NO_ARGS, &err),
	    0);
	assert_int_equal(list_get(db, list.id, &list, &err), -1);
	assert_int_equal(err.code, ERR_DATA);
}

/* In one statement: who is killed beside it leaves no list without its look. */
static void
all_of_it_is_added(void **state)
{
	struct list list = {.name = "whole",
	    .title = "Whole",
	    .archive = LIST_ARCHIVE_NO,
	    .created = 7,
	    .look = {.template = "0", .color = "#0b4f8a"}};
	int64_t before, after;
	struct list found;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    db_value(db, "SELECT total_changes()", DB_NO_ARGS, &before, &err),
	    1);
	assert_int_equal(list_add(db, &list, &err), 0);
	assert_int_equal(
	    db_value(db, "SELECT total_changes()", DB_NO_ARGS, &after, &err),
	    1);
	assert_int_equal(after - before, 1);
	assert_int_equal(list_get(db, list.id, &found, &err), 1);
	assert_true(list_same(&found, &list));
	assert_int_equal(found.created, 7);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* What a list has of its own; the value as it is shown, or NULL. */
static const struct {
	const char *key, *value, *shown;
} looks[] = {
    {"language", "en", "en"},
    {"language", "ar", "ar"},
    {"language", "", ""},
    {"language", "fr", NULL},
    {"language", "AR", NULL},
    {"digits", "latn", "latn"},
    {"digits", "arab", "arab"},
    {"digits", "roman", NULL},
    {"months", "morocco", "morocco"},
    {"calendar", "dual", "dual"},
    {"date_style", "long", "long"},
    {"date_style", "standard", NULL},
    {"template", "magazine", "magazine"},
    {"template", "My_own-2", "My_own-2"},
    {"template", "../../etc/passwd", NULL},
    {"template", "a.b", NULL},
    {"template", "-x", NULL},
    {"template", "مجلة", NULL},
    {"template", "32-letters-are-the-most-here-12345", NULL},
    {"color", "#0b4f8a", "#0b4f8a"},
    {"color", "#ABCDEF", "#ABCDEF"},
    {"color", "#abc", NULL},
    {"color", "red", NULL},
    {"color", "#0b4f8g", NULL},
    {"color", "#0b4f8a;x", NULL},
    {"logo_width", "240", "240"},
    {"logo_width", "241", NULL},
    {"logo_width", "600", NULL},
    {"logo_width", "0", NULL},
    {"logo_width", "12px", NULL},
    {"logo_height", "600", "600"},
    {"logo_height", "601", NULL},
    {"logo_height", "", ""},
    {"logo_url", "https://news.example.org/logo.png?a=1&b=2",
	"https://news.example.org/logo.png?a=1&b=2"},
    {"logo_url", "javascript:alert(1)", NULL},
    {"logo_url", "//evil.example", NULL},
    {"logo_url", "https://news.example.org/\"onload=\"x", NULL},
    {"logo_url", "https://news.example.org/شعار.png", NULL},
    {"logo_url", "", ""},
    {"size", "1", NULL},
    {"", "", NULL},
};

static void
a_look_is_checked_and_kept(void **state)
{
	struct list list = house_list(db, "looks");
	struct list found;
	struct err err = ERR_INIT;
	struct str shown;

	(void)state;
	str_init(&shown, 2000);
	list.look.logo_width = list.look.logo_height = 40;
	for (size_t i = 0; i < sizeof(looks) / sizeof(*looks); i++) {
		const struct list before = list;
		int rc = list_look_set(
		    &list.look, looks[i].key, looks[i].value, &err);

		if (rc != (looks[i].shown != NULL ? 0 : -1))
			fail_msg("%s=%s", looks[i].key, looks[i].value);
		if (rc != 0) {
			assert_int_equal(err.code, ERR_INPUT);
			assert_true(list_same(&before, &list));
			continue;
		}
		if (list.look.logo_height == 0 || list.look.logo_width == 0)
			list.look.logo_height = list.look.logo_width = 40;
		assert_int_equal(list_save(db, &list, &err), 0);
		assert_int_equal(list_get(db, list.id, &found, &err), 1);
		assert_true(list_same(&found, &list));
		str_reset(&shown);
		list_look_value(&found.look, looks[i].key, &shown);
		if (!str_starts(looks[i].key, "logo_h"))
			assert_string_equal(shown.data, looks[i].shown);
	}
	str_release(&shown);
}

static void
a_logo_needs_its_size(void **state)
{
	struct list list = house_list(db, "logos");
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(list_look_set(&list.look, "logo_url",
			     "https://news.example.org/l.png", &err),
	    0);
	assert_int_equal(list_save(db, &list, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_non_null(strstr(err.msg, "logo_width"));
	list.look.logo_width = 120;
	assert_int_equal(list_save(db, &list, &err), -1);
	list.look.logo_height = 40;
	assert_int_equal(list_save(db, &list, &err), 0);
}

/* What nashra never wrote is damage, not a wish. */
static void
an_odd_look_is_damage(void **state)
{
	struct list list = house_list(db, "odd");
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    db_run(db, "UPDATE list SET color = 'red;x'", DB_NO_ARGS, &err), 0);
	assert_int_equal(list_get(db, list.id, &list, &err), -1);
	assert_int_equal(err.code, ERR_DATA);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(names_that_go_anywhere),
	    TEST(titles_are_text),
	    TEST(a_name_is_taken_once),
	    TEST(all_of_it_is_kept),
	    TEST(they_come_by_name_until_told_to_stop),
	    TEST(words_and_values_are_one),
	    TEST(the_archive_is_a_part_of_it),
	    TEST(all_of_it_is_added),
	    TEST(a_look_is_checked_and_kept),
	    TEST(a_logo_needs_its_size),
	    TEST(an_odd_look_is_damage),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
