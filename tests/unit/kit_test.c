/* SPDX-License-Identifier: ISC */
#include "flow/kit.h"

#include "press.h"

#include "dkim_keys.h"

static struct press press;

static int
setup(void **state)
{
	(void)state;
	press_folder(&press);
	press_write(&press, "good.pem", KEY, 0600);
	press_write(&press, "open.pem", KEY, 0644);
	press_write(&press, "empty.pem", "", 0600);
	press_write(&press, "junk.pem", "not a key\n", 0600);
	press_write(&press, "short.pem", KEY_768, 0600);
	press_write(&press, "public.pem", KEY_PUBLIC, 0600);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	press_close(&press);
	return 0;
}

#define FROM "from = \"News <news@example.org>\"\n"
#define DKIM(file)                                                             \
	"mail { " FROM                                                         \
	"}\ndkim {\ndomain = example.org\nselector = s\nkey_file = " file      \
	"\n}\n"

#define RELAY(what) "mail { " FROM "}\nrelay a {\n" what "}\n"
#define LABEL       "label-of-fifty-octets-that-a-domain-may-well-have-x"

/* The file begins with seven lines that are right (press.h). */
static const struct {
	const char *settings;
	const char *where; /* after the path of the file */
	const char *what;
} wrong[] = {
    {"", ": mail.from: ", "set it to the sender of your mails"},
    {"mail { }\n", ": mail.from: ", "set it to the sender"},
    {"mail {\nfrom = \"\"\n}\n", ":9: mail.from: ", "set it to the sender"},
    {"mail {\nfrom = nobody\n}\n", ":9: mail.from: ", "nobody"},
    {"mail {\n\nfrom = \"A <a@b\"\n}\n", ":10: mail.from: ", ""},
    {"mail {\nfrom = \"<@example.org>\"\n}\n", ":9: mail.from: ", ""},
    {"mail {\nfrom = \"a@example.org, b@example.org\"\n}\n",
	":9: mail.from: ", ""},
    {"mail {\n" FROM "bounce = bounce\n}\n", ":10: mail.bounce: ", "bounce"},
    {"mail {\n" FROM "bounce = \"a b@example.org\"\n}\n",
	":10: mail.bounce: ", ""},
    {"mail {\n" FROM "bounce = sixteen-letters-@example.org\n}\n",
	":10: mail.bounce: ", "at most 15 characters"},
    {"mail {\n" FROM "bounce = b@" LABEL "." LABEL "." LABEL "." LABEL
     ".example\n}\n",
	":10: mail.bounce: ", "at most"},
    /* the bounce address of who sets none is the sender's */
    {"mail {\nfrom = \"a-very-long-sender@example.org\"\n}\n",
	": mail.bounce: ", "at most 15 characters"},
    {"mail { " FROM "}\ntime_zone = Damascus\n",
	":10: time_zone: ", "no zone 'Damascus'"},
    {"mail { " FROM "}\n\ntime_zone = \"Asia/Nowhere\"\n",
	":11: time_zone: ", "such as \"Asia/Damascus\""},
    {"mail { " FROM "}\ntime_zone = \"../../etc/passwd\"\n",
	":10: time_zone: ", "no zone"},
    {"mail { " FROM "}\ntime_zone = \"\"\n", ":10: time_zone: ", "no zone ''"},
    {"mail { " FROM "}\nsenders = 3\nrelay a {\nurl = \"smtp://127.0.0.1\"\n"
     "connections = 2\n}\n",
	":13: relay.a.connections: ", "as senders, which is 3"},
    {"mail {\n" FROM "admin = root\n}\n", ":10: mail.admin: ", ""},
    {RELAY("warmup = 6\nper_day = 5\n"),
	":11: relay.a.warmup: ", "more than per_day, which is 5"},
    {RELAY("hours = \"8-22\"\n"),
	":11: relay.a.hours: ", "write them as \"08:00-22:00\""},
    {RELAY("password_file = p\ntoken_file = t\n"),
	":12: relay.a.token_file: ", "not both"},
    {RELAY("lists = {\"daily\", \"da ily\"}\n"),
	":11: relay.a.lists: ", "list name 'da ily'"},
    {RELAY("domains = {\"gmail.com\", \"GMail.com\"}\n"),
	":11: relay.a.domains: ", "'GMail.com' as DNS has it: \"gmail.com\""},
    {RELAY("domains = {\"موقع.example\"}\n"),
	":11: relay.a.domains: ", "\"xn--4gbrim.example\""},
    {RELAY("domains = {\"gmail\"}\n"), ":11: relay.a.domains: ", "needs a '.'"},
    {RELAY("domains = {\"*.example\"}\n"), ":11: relay.a.domains: ", "'*'"},
    {"mail { " FROM "}\ndomain gmail {\nrate = 1\n}\n",
	":12: domain.gmail: ", "needs a '.'"},
    {DKIM("none.pem"), ":13: dkim.key_file: ", "none.pem"},
    {DKIM("open.pem"), ":13: dkim.key_file: ", "open.pem"},
    {DKIM("empty.pem"), ":13: dkim.key_file: ", "empty.pem"},
    {DKIM("junk.pem"), ":13: dkim.key_file: ", "junk.pem"},
    {DKIM("short.pem"), ":13: dkim.key_file: ", "short.pem"},
    {DKIM("public.pem"), ":13: dkim.key_file: ", "public.pem"},
    {DKIM("."), ":13: dkim.key_file: ", ""},
};

/* An own look that is not there is no look that falls back in silence. */
static void
templates_are_in_a_folder_that_is_there(void **state)
{
	static const struct {
		const char *folder;
		const char *what; /* NULL: it is right */
	} cases[] = {
	    {"/nosuch/dir", "no folder '/nosuch/dir': make it"},
	    {"/dev/null", "'/dev/null' is no folder"},
	    {"/", NULL}, /* an empty one: the shipped files fill it */
	    {"", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct conf *conf = press_conf(&press, "mail { " FROM "}\n");
		struct err err = ERR_INIT;

		free(conf->templates);
		conf->templates = strdup(cases[i].folder);
		assert_int_equal(
		    kit_check(conf, &err), cases[i].what == NULL ? 0 : -1);
		if (cases[i].what != NULL) {
			assert_int_equal(err.code, ERR_CONFIG);
			assert_non_null(strstr(err.msg, ": templates: "));
			assert_non_null(strstr(err.msg, cases[i].what));
		}
		conf_free(conf);
	}
}

static void
each_mistake_is_named_with_its_line(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++) {
		struct conf *conf = press_conf(&press, wrong[i].settings);
		struct err err = ERR_INIT;
		struct kit *kit = NULL;
		struct str start;

		str_init(&start, 1000);
		str_addf(
		    &start, "%s/nashra.conf%s", press.folder, wrong[i].where);
		if (kit_new(&kit, conf, true, &err) != -1)
			fail_msg("accepted: %s", wrong[i].settings);
		assert_null(kit);
		if (err.code != ERR_CONFIG ||
		    !str_starts(err.msg, start.data) ||
		    strstr(err.msg, wrong[i].what) == NULL)
			fail_msg("%s\n%d %s", wrong[i].settings, (int)err.code,
			    err.msg);
		/* nothing of a key is said */
		assert_null(strstr(err.msg, "MIIC"));
		str_release(&start);
		conf_free(conf);
	}
}

static void
what_is_right_is_kept(void **state)
{
	static const struct {
		const char *settings;
		const char *name, *from, *bounce;
		bool signs;
	} cases[] = {
	    {"mail { from = \"النشرة <news@example.org>\" }", "النشرة",
		"news@example.org", "news@example.org", false},
	    {"mail { from = news@example.org bounce = "
	     "fifteen-letters@b.example }",
		"", "news@example.org", "fifteen-letters@b.example", false},
	    {DKIM("good.pem"), "News", "news@example.org", "news@example.org",
		true},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct conf *conf = press_conf(&press, cases[i].settings);
		struct err err = ERR_INIT;
		struct kit *kit = NULL;

		if (kit_new(&kit, conf, true, &err) != 0)
			fail_msg("%s", err.msg);
		assert_string_equal(kit->from.name, cases[i].name);
		assert_string_equal(kit->from.address.wire, cases[i].from);
		assert_string_equal(kit->bounce.wire, cases[i].bounce);
		assert_int_equal(kit->dkim != NULL, cases[i].signs);
		kit_free(kit);
		conf_free(conf);
	}
}

/* Who previews needs no key: it may be one that they may not read. */
static void
the_key_is_read_by_who_signs(void **state)
{
	struct conf *conf = press_conf(&press, DKIM("none.pem"));
	struct err err = ERR_INIT;
	struct kit *kit = NULL;

	(void)state;
	assert_int_equal(kit_new(&kit, conf, false, &err), 0);
	assert_null(kit->dkim);
	kit_free(kit);
	conf_free(conf);
}

static void
copy(const char *from, const char *to)
{
	char bytes[65536];
	FILE *file = fopen(from, "r");
	size_t n;

	assert_non_null(file);
	n = fread(bytes, 1, sizeof(bytes) - 1, file);
	assert_true(feof(file));
	fclose(file);
	bytes[n] = '\0';
	press_write(&press, to, bytes, 0644);
}

/* An own copy of all templates, but for one file, which says `text`. */
static void
own_templates(const char *file, const char *text)
{
	char path[PRESS_PATH];
	DIR *dir = opendir("templates/ar");
	struct dirent *entry;
	struct str from, to;

	assert_non_null(dir);
	press_path(&press, "own", path);
	(void)mkdir(path, 0700);
	press_path(&press, "own/ar", path);
	(void)mkdir(path, 0700);
	str_init(&from, 1000);
	str_init(&to, 1000);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		str_reset(&from);
		str_reset(&to);
		str_addf(&from, "templates/ar/%s", entry->d_name);
		str_addf(&to, "own/ar/%s", entry->d_name);
		if (str_eq(entry->d_name, file))
			press_write(&press, to.data, text, 0644);
		else
			copy(from.data, to.data);
	}
	str_release(&from);
	str_release(&to);
	closedir(dir);
}

/* What is wrong in an own folder is named when it is loaded. */
static void
own_templates_are_checked_when_loaded(void **state)
{
	static const struct {
		const char *file, *text, *where;
	} cases[] = {
	    {"digest-classic.txt", "line\n{{no_such_name}}\n",
		"digest-classic.txt:2:"},
	    {"digest-classic.html", "<p>{{#articles}}</p>\n",
		"digest-classic.html:1:"},
	    {"confirm.txt", "{{intro}}\n", "confirm.txt"},
	    {"confirm.html", "{{confirm_url}}{{article_count}}",
		"confirm.html:1:"},
	    {"mail-head.html", "<script>x</script>{{subject",
		"mail-head.html:1:"},
	    {"messages", "new_articles.one\n", "messages:1"},
	    {"messages", "unsubscribe = x\n", "messages"},
	};
	char own[PRESS_PATH];

	(void)state;
	press_path(&press, "own", own);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct conf *conf = press_conf(&press, "mail { " FROM "}\n");
		char *shipped = conf->templates;
		struct err err = ERR_INIT;
		struct kit *kit = NULL;

		conf->templates = own;
		own_templates("", "");
		if (kit_new(&kit, conf, false, &err) != 0)
			fail_msg("%s", err.msg);
		kit_free(kit);
		kit = NULL;
		own_templates(cases[i].file, cases[i].text);
		assert_int_equal(kit_new(&kit, conf, false, &err), -1);
		assert_null(kit);
		if (err.code != ERR_CONFIG ||
		    strstr(err.msg, cases[i].where) == NULL)
			fail_msg("%s: %s", cases[i].file, err.msg);
		conf->templates = shipped;
		conf_free(conf);
		press_remove(own);
	}
}

static void
nothing_can_be_freed(void **state)
{
	(void)state;
	kit_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_mistake_is_named_with_its_line),
	    cmocka_unit_test(templates_are_in_a_folder_that_is_there),
	    cmocka_unit_test(what_is_right_is_kept),
	    cmocka_unit_test(the_key_is_read_by_who_signs),
	    cmocka_unit_test(own_templates_are_checked_when_loaded),
	    cmocka_unit_test(nothing_can_be_freed),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
