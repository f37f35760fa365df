/* SPDX-License-Identifier: ISC */
/*
 * A database of schema 1 becomes one of today, with everything in it, however
 * often that is cut short.
 */
#define _GNU_SOURCE /* RTLD_NEXT */

#include "house.h"

#include "mailroom.h"

#include "base/clock.h"
#include "store/schema_steps.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define FIXTURE "tests/data/schema-1.sql"
#define THEN    INT64_C(1764000000) /* when the fixture was in use, or so */
#define DEAD    "dddddddd-dddd-4ddd-8ddd-dddddddddddd"

/* ---- the engine's way to the disk: this program stands in it, and dies at
 * the touch that it was told */

static long touches;
static long fatal; /* 0: none */

static void
touch_disk(void)
{
	if (++touches == fatal)
		(void)kill(getpid(), SIGKILL);
}

static void *
theirs(const char *name)
{
	void *symbol = dlsym(RTLD_NEXT, name);

	assert_non_null(symbol);
	return symbol;
}

typedef ssize_t pwrite_fn(int, const void *, size_t, off64_t);
typedef int sync_fn(int);
typedef int truncate_fn(int, off64_t);

ssize_t
pwrite64(int fd, const void *bytes, size_t n, off64_t at)
{
	void *symbol = theirs("pwrite64");
	pwrite_fn *fn;

	touch_disk();
	memcpy(&fn, &symbol, sizeof(fn));
	return fn(fd, bytes, n, at);
}

int
fdatasync(int fd)
{
	void *symbol = theirs("fdatasync");
	sync_fn *fn;

	touch_disk();
	memcpy(&fn, &symbol, sizeof(fn));
	return fn(fd);
}

int
ftruncate64(int fd, off64_t size)
{
	void *symbol = theirs("ftruncate64");
	truncate_fn *fn;

	touch_disk();
	memcpy(&fn, &symbol, sizeof(fn));
	return fn(fd, size);
}

/* ---- a database of that time, in a folder of its own */

static char folder[64];
static char path[128];

static char *
read_fixture(void)
{
	FILE *in = fopen(FIXTURE, "r");
	struct str text;
	char bytes[4096];
	size_t n;

	assert_non_null(in);
	str_init(&text, 1000000);
	while ((n = fread(bytes, 1, sizeof(bytes), in)) > 0)
		str_add_bytes(&text, bytes, n);
	assert_int_equal(ferror(in), 0);
	(void)fclose(in);
	return str_take(&text);
}

static void
run_sql(const char *sql)
{
	sqlite3 *handle = NULL;
	char *why = NULL;

	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	if (sqlite3_exec(handle, sql, NULL, NULL, &why) != SQLITE_OK)
		fail_msg("%s", why);
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
}

static void
remove_files(void)
{
	static const char *const ends[] = {"", "-wal", "-shm", "-journal"};

	for (size_t i = 0; i < sizeof(ends) / sizeof(*ends); i++) {
		char name[160];

		snprintf(name, sizeof(name), "%s%s", path, ends[i]);
		(void)unlink(name);
	}
}

static int
setup(void **state)
{
	char *sql = read_fixture();

	(void)state;
	(void)snprintf(folder, sizeof(folder), "/tmp/nashra-schema-XXXXXX");
	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/nashra.db", folder);
	run_sql("PRAGMA journal_mode = WAL");
	run_sql(sql);
	free(sql);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	remove_files();
	return rmdir(folder);
}

static struct db *
open_raw(void)
{
	struct err err = ERR_INIT;
	struct db *db = NULL;

	if (db_open_raw(&db, path, 0, false, &err) != 0)
		fail_msg("%s", err.msg);
	return db;
}

static int
migrate(struct db *db)
{
	struct err err = ERR_INIT;
	int taken = schema_migrate(db, path, THEN, &err);

	if (taken < 0)
		fail_msg("%s", err.msg);
	return taken;
}

/* ---- what must be the same before and after */

/* In both schemas, by one query or by two. */
static const struct {
	const char *before, *after;
} kept[] = {
    {"SELECT id, name, title, sender, every, unknown_policy, created FROM list"
     " ORDER BY id",
	NULL},
    {"SELECT * FROM feed ORDER BY id", NULL},
    {"SELECT id, list_id, feed_id, title, link, author, body, published,"
     " seeded, created FROM article ORDER BY id",
	NULL},
    {"SELECT * FROM article_key ORDER BY list_id, key", NULL},
    {"SELECT id, address_key, address, created FROM subscriber"
     " ORDER BY id",
	NULL},
    {"SELECT id, uuid, list_id, subscriber_id, state, every, created, changed"
     " FROM subscription ORDER BY id",
	NULL},
    {"SELECT * FROM consent ORDER BY id", NULL},
    {"SELECT * FROM optin ORDER BY hash", NULL},
    {"SELECT id, uuid, list_id, number, every, window_start, window_end,"
     " articles, recipients, frozen FROM issue ORDER BY id",
	NULL},
    {"SELECT * FROM issue_article ORDER BY issue_id, article_id", NULL},
    {"SELECT id, issue_id, variant, subject, html, text FROM issue_body"
     " ORDER BY id",
	NULL},
    {"SELECT * FROM worker ORDER BY uuid", NULL},
    {"SELECT id, kind, list_id, subscription_id, issue_id, body_id, uuid,"
     " state, due, attempts, uncertain, owner, relay, reply_code,"
     " reply_status, reply_text, created, started, finished FROM outbox"
     " ORDER BY id",
	NULL},
    {"SELECT state, count(*) FROM outbox GROUP BY state", NULL},
    {"SELECT issue_id, state, count(*) FROM outbox GROUP BY issue_id, state",
	NULL},
    {"SELECT name, failures, since, retry_at, error FROM relay"
     " ORDER BY name",
	"SELECT name, failures, since, retry_at, error FROM trouble"
	" WHERE scope = 'relay' ORDER BY name"},
    /* and the views */
    {"SELECT id, uuid, list_id, subscriber_id, state, every, created, changed,"
     " address FROM reader ORDER BY id",
	NULL},
    {"SELECT subscription_id, list_id, every FROM audience"
     " ORDER BY subscription_id",
	NULL},
    {"SELECT * FROM article_use ORDER BY article_id, issue_id", NULL},
    {"SELECT * FROM confirm_mail ORDER BY subscription_id, created", NULL},
};
#define KEPT (sizeof(kept) / sizeof(*kept))

static void
add_rows(sqlite3 *handle, const char *sql, struct str *out)
{
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_prepare_v2(handle, sql, -1, &stmt, NULL) != SQLITE_OK)
		fail_msg("%s: %s", sql, sqlite3_errmsg(handle));
	while (sqlite3_step(stmt) == SQLITE_ROW) {
		for (int i = 0; i < sqlite3_column_count(stmt); i++) {
			const void *text = sqlite3_column_text(stmt, i);

			str_addf(out, "%d:%s|", sqlite3_column_type(stmt, i),
			    text != NULL ? (const char *)text : "");
		}
		str_add(out, "\n");
	}
	assert_int_equal(sqlite3_finalize(stmt), SQLITE_OK);
}

/* All of it, one text. The caller frees it. */
static char *
photograph(int version)
{
	sqlite3 *handle = NULL;
	struct str all;

	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	str_init(&all, (size_t)100 * 1024 * 1024);
	for (size_t i = 0; i < KEPT; i++) {
		str_addf(&all, "-- %s\n", kept[i].before);
		add_rows(handle,
		    version > 1 && kept[i].after != NULL ? kept[i].after
							 : kept[i].before,
		    &all);
	}
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
	assert_false(all.bad);
	return str_take(&all);
}

static void
everything_is_there_afterwards(void **state)
{
	char *before = photograph(1);
	struct db *db = open_raw();
	struct err err = ERR_INIT;
	char *after;

	(void)state;
	assert_int_equal(schema_check(db, path, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_non_null(strstr(err.msg, "schema 1"));
	assert_non_null(strstr(err.msg, "nashra init"));
	assert_int_equal(migrate(db), schema_version() - 1);
	assert_int_equal(migrate(db), 0);
	err = ERR_INIT;
	assert_int_equal(schema_check(db, path, &err), 0);
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM pragma_foreign_key_check"),
	    0);
	assert_int_equal(house_value(db, "SELECT integrity_check = 'ok'"
					 " FROM pragma_integrity_check"),
	    1);
	after = photograph(SCHEMA_STEPS);
	assert_string_equal(before, after);
	free(before);
	free(after);
	db_close(db);
}

/* A database that has come a long way is like one that was made today. */
static void
the_schema_is_that_of_a_new_one(void **state)
{
	static const char SHAPE[] =
	    "SELECT type, name, tbl_name, sql FROM sqlite_master"
	    " WHERE name NOT LIKE 'sqlite_stat%' ORDER BY type, name";
	struct db *db = open_raw();
	sqlite3 *handle = NULL;
	struct str old, new;

	(void)state;
	str_init(&old, 100000);
	str_init(&new, 100000);
	assert_int_equal(migrate(db), schema_version() - 1);
	db_close(db);
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	add_rows(handle, SHAPE, &old);
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
	remove_files();
	run_sql("SELECT 1");
	db = open_raw();
	assert_int_equal(migrate(db), schema_version());
	db_close(db);
	assert_int_equal(sqlite3_open(path, &handle), SQLITE_OK);
	add_rows(handle, SHAPE, &new);
	assert_int_equal(sqlite3_close(handle), SQLITE_OK);
	assert_string_equal(old.data, new.data);
	str_release(&old);
	str_release(&new);
}

static void
what_is_new_has_its_value(void **state)
{
	static const char *const true_now[] = {
	    "SELECT count(*) = 2 FROM issue WHERE state = 'sending'",
	    "SELECT count(*) = 8 FROM subscriber WHERE domain <> ''",
	    "SELECT count(*) = 2 FROM subscriber WHERE domain = 'gmail.com'",
	    "SELECT domain = 'sub.example.org' FROM subscriber WHERE id = 8",
	    "SELECT domain = 'xn--mgbh0fb.xn--kgbechtv' FROM subscriber"
	    " WHERE id = 3",
	    "SELECT count(*) = 14 FROM outbox"
	    " WHERE deadline = created + 172800 AND faults = 0 AND pace = ''"
	    " AND text IS NULL AND queue = COALESCE(issue_id, 0)",
	    "SELECT count(*) = 1 FROM trouble WHERE told = 0",
	    "SELECT count(*) = 0 FROM pace",
	    "SELECT count(*) > 0 AND sum(content <> '') = 0 FROM article",
	    "SELECT count(*) = 0 FROM list WHERE archive <> 'yes'",
	    "SELECT count(*) = 2 FROM issue_front",
	    "SELECT count(*) = 0 FROM issue_front f WHERE f.title <> (SELECT"
	    " s.title FROM issue_story s WHERE s.issue_id = f.id"
	    " AND s.position = 1)",
	    "SELECT count(*) = 0 FROM list WHERE welcome <> ''"
	    " OR goodbye <> ''",
	    "SELECT count(*) > 0 AND sum(language <> '') = 0 FROM issue_body",
	};
	struct db *db = open_raw();

	(void)state;
	assert_int_equal(migrate(db), schema_version() - 1);
	for (size_t i = 0; i < sizeof(true_now) / sizeof(*true_now); i++) {
		if (house_value(db, true_now[i]) != 1)
			fail_msg("%s", true_now[i]);
	}
	db_close(db);
}

/* The mail that was under way goes on. */
static void
what_waited_still_goes(void **state)
{
	struct db *db = open_raw();
	struct outbox rows[16];
	struct err err = ERR_INIT;
	int64_t when;

	(void)state;
	assert_int_equal(migrate(db), schema_version() - 1);
	/* those that were queued, the confirm mail in the queue of no issue */
	assert_int_equal(mailroom_claim(db, ME, 0, "", rows, 16), 1);
	assert_int_equal(rows[0].id, 13);
	assert_int_equal(rows[0].kind, OUTBOX_CONFIRM);
	assert_int_equal(strlen(rows[0].uuid), 36);
	assert_int_equal(mailroom_claim(db, ME, 1, "", rows, 16), 1);
	assert_int_equal(rows[0].id, 3);
	assert_int_equal(mailroom_claim(db, ME, 2, "", rows, 16), 1);
	assert_int_equal(rows[0].id, 10);
	/* those that were deferred, when their time comes */
	assert_int_equal(outbox_queue_next_due(db, &when, &err), 1);
	assert_int_equal(when, THEN - 1);
	assert_int_equal(outbox_queue_ripen(db, THEN, 16, &err), 2);
	assert_int_equal(mailroom_claim(db, ME, 1, "", rows, 16), 1);
	assert_int_equal(rows[0].id, 8);
	assert_int_equal(rows[0].attempts, 4);
	assert_int_equal(mailroom_claim(db, ME, 0, "", rows, 16), 1);
	assert_int_equal(rows[0].id, 14);
	assert_int_equal(outbox_queue_ripen(db, THEN + 3600, 16, &err), 1);
	assert_int_equal(mailroom_claim(db, ME, 2, "", rows, 16), 1);
	assert_int_equal(rows[0].id, 11);
	/* those in dead hands are found there */
	assert_int_equal(outbox_owned(db, DEAD, rows, 16, &err), 2);
	assert_int_equal(rows[0].state, OUTBOX_LEASED);
	assert_int_equal(rows[1].state, OUTBOX_STARTED);
	/* and a new id is not one that was used before */
	(void)outbox_add_notice(db, "x", THEN, &err);
	assert_true(db_last_id(db) > 14);
	db_close(db);
}

static void
counts_are_what_they_were(void **state)
{
	static const int64_t wanted[][OUTBOX_STATES] = {
	    /* queued leased started sent deferred failed unknown cancelled */
	    {3, 1, 1, 3, 3, 1, 1, 1},
	    {1, 1, 1, 1, 1, 1, 1, 1},
	    {1, 0, 0, 1, 1, 0, 0, 0},
	};
	struct db *db = open_raw();

	(void)state;
	assert_int_equal(migrate(db), schema_version() - 1);
	for (int64_t issue = 0; issue <= 2; issue++) {
		struct outbox_list_counts counts;
		struct err err = ERR_INIT;

		assert_int_equal(
		    outbox_list_count(db, issue, &counts, &err), 0);
		for (int i = 0; i < OUTBOX_STATES; i++)
			assert_int_equal(counts.n[i], wanted[issue][i]);
	}
	db_close(db);
}

/* ---- cut short */

/* Migrates in a process of its own, which dies at the nth touch of the disk.
 * Returns true where it came to the end alive. */
static bool
migrate_and_die(long at)
{
	int status;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid == 0) {
		struct err err = ERR_INIT;
		struct db *db = NULL;
		int rc;

		touches = 0;
		fatal = at;
		rc = db_open_raw(&db, path, 0, false, &err);
		if (rc == 0)
			rc = schema_migrate(db, path, THEN, &err);
		db_close(db);
		_exit(rc == schema_version() - 1 ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	if (WIFEXITED(status))
		assert_int_equal(WEXITSTATUS(status), 0);
	else
		assert_int_equal(WTERMSIG(status), SIGKILL);
	return WIFEXITED(status);
}

/* kill -9 at every write, sync and cut of a file: what is found is the one
 * schema or the other, whole, and the migration can be run again. */
static void
a_kill_leaves_one_or_the_other(void **state)
{
	char *before = photograph(1);
	int versions[SCHEMA_STEPS + 1] = {0};
	bool alive = false;

	(void)state;
	for (long at = 1; !alive; at++) {
		struct db *db;
		struct err err = ERR_INIT;
		int64_t version;
		char *after;

		(void)teardown(NULL);
		(void)setup(NULL);
		alive = migrate_and_die(at);
		db = open_raw();
		assert_int_equal(schema_of(db, &version, &err), 0);
		assert_in_range(version, 1, SCHEMA_STEPS);
		versions[version]++;
		after = photograph((int)version);
		assert_string_equal(before, after);
		free(after);
		assert_int_equal(migrate(db), SCHEMA_STEPS - version);
		db_close(db);
		after = photograph(SCHEMA_STEPS);
		assert_string_equal(before, after);
		free(after);
	}
	/* many kills before it was done, and some after */
	assert_true(versions[1] >= 20);
	assert_true(versions[SCHEMA_STEPS] > 1);
	free(before);
}

/* ---- large */

#define MANY "100000"

/* The figure is for people; a machine may be slow. */
static void
a_hundred_thousand_rows(void **state)
{
	struct db *db;
	struct outbox row;
	int64_t ms;

	(void)state;
	run_sql("BEGIN;"
		"WITH RECURSIVE n (i) AS"
		" (SELECT 100 UNION ALL SELECT i + 1 FROM n LIMIT " MANY ")"
		" INSERT INTO subscriber SELECT i, 'r' || i || '@example.org',"
		" 'r' || i || '@example.org', 1763000000 FROM n;"
		"INSERT INTO subscription SELECT id, 'u' || id, 1, id,"
		" 'active', NULL, 1763000000, 1763000000 FROM subscriber"
		" WHERE id >= 100;"
		"INSERT INTO outbox SELECT id, 'digest', 10, 1, id, 1, 1, NULL,"
		" CASE id % 4 WHEN 0 THEN 'queued' WHEN 1 THEN 'deferred'"
		" ELSE 'sent' END, 1763931700, 1, 0, NULL, 'main', 250,"
		" '2.0.0', 'ok', 1763931700, 1763931701, 1763931702"
		" FROM subscription WHERE id >= 100;"
		"COMMIT");
	db = open_raw();
	ms = clock_mono_ms();
	assert_int_equal(migrate(db), schema_version() - 1);
	ms = clock_mono_ms() - ms;
	print_message("# " MANY " rows: %d ms\n", (int)ms);
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM outbox"), 100000 + 14);
	assert_int_equal(mailroom_claim(db, ME, 1, "", &row, 1), 1);
	db_close(db);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(everything_is_there_afterwards),
	    TEST(the_schema_is_that_of_a_new_one),
	    TEST(what_is_new_has_its_value),
	    TEST(what_waited_still_goes),
	    TEST(counts_are_what_they_were),
	    TEST(a_kill_leaves_one_or_the_other),
	    TEST(a_hundred_thousand_rows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
