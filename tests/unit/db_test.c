/* SPDX-License-Identifier: ISC */
#include "house.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static const char MAKE[] = "CREATE TABLE t (id INTEGER PRIMARY KEY,"
			   " a TEXT UNIQUE, b BLOB, c BIGINT)";
static const char ADD[] = "INSERT INTO t (a, b, c) VALUES (?1, ?2, ?3)";
static const char ALL[] = "SELECT a, b, c FROM t ORDER BY id";
static const char COUNT[] = "SELECT count(*) FROM t";

static char path[64];

static int
in_folder(void **state)
{
	(void)state;
	(void)str_fit(path, sizeof(path), "/tmp/nashra-db-XXXXXX");
	return mkdtemp(path) == NULL || chdir(path) != 0;
}

static int
out_of_folder(void **state)
{
	static const char *const files[] = {
	    "a.db", "a.db-wal", "a.db-shm", "b.db", "junk.db"};

	(void)state;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		(void)unlink(files[i]);
	return chdir("/") != 0 || rmdir(path) != 0;
}

static struct db *
open_new(const char *file)
{
	struct err err = ERR_INIT;
	struct db *db = NULL;

	assert_int_equal(db_open_raw(&db, file, 0, true, &err), 0);
	return db;
}

static int
check_row(const struct db_row *row, void *arg)
{
	size_t len;

	assert_string_equal(db_row_text(row, 0), "نشرة");
	assert_memory_equal(db_row_blob(row, 1, &len), "\0\xff", 2);
	assert_int_equal(len, 2);
	assert_int_equal(db_row_int(row, 2), INT64_MIN);
	assert_false(db_row_null(row, 2));
	db_row_copy(row, 2, (char[32]){0}, 32);
	++*(int *)arg;
	return 0;
}

static void
values_survive(void **state)
{
	struct db *db = open_new(":memory:");
	struct err err = ERR_INIT;
	int rows = 0;

	(void)state;
	assert_int_equal(db_run(db, MAKE, DB_NO_ARGS, &err), 0);
	assert_int_equal(db_run(db, ADD,
			     DB_ARGS(db_text("نشرة"), db_blob("\0\xff", 2),
				 db_int(INT64_MIN)),
			     &err),
	    0);
	assert_int_equal(db_last_id(db), 1);
	assert_int_equal(db_changes(db), 1);
	assert_int_equal(
	    db_each(db, ALL, DB_NO_ARGS, check_row, &rows, &err), 1);
	assert_int_equal(rows, 1);
	db_close(db);
}

static int
check_null(const struct db_row *row, void *arg)
{
	(void)arg;
	assert_true(db_row_null(row, 0));
	assert_string_equal(db_row_text(row, 0), "");
	return 0;
}

static void
null_is_null_and_reads_as_empty(void **state)
{
	struct db *db = open_new(":memory:");
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(db_run(db, MAKE, DB_NO_ARGS, &err), 0);
	assert_int_equal(
	    db_run(db, ADD, DB_ARGS(db_text(NULL), db_null(), db_int(1)), &err),
	    0);
	assert_int_equal(
	    db_each(db, ALL, DB_NO_ARGS, check_null, NULL, &err), 1);
	db_close(db);
}

static int
copy_short(const struct db_row *row, void *arg)
{
	char name[4] = "x";

	db_row_copy(row, 0, name, sizeof(name));
	*(int *)arg += name[0] == '\0';
	return 0;
}

static int
call_odd(const struct db_row *row, void *arg)
{
	db_row_odd(row, 0);
	++*(int *)arg;
	return 1;
}

/* What nashra never wrote fails the query, whatever its reader made of it. */
static void
what_is_odd_is_damage(void **state)
{
	static db_row_fn *const readers[] = {copy_short, call_odd};
	struct db *db = open_new(":memory:");

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct err err = ERR_INIT;
		int seen = 0;

		assert_int_equal(
		    db_each(db, "SELECT 'four' AS name UNION SELECT 'fourth'",
			DB_NO_ARGS, readers[i], &seen, &err),
		    -1);
		assert_int_equal(err.code, ERR_DATA);
		assert_non_null(strstr(err.msg, "'name'"));
		assert_int_equal(seen, 1);
	}
	db_close(db);
}

struct nest {
	struct db *db;
	int depth;
	int seen;
};

static int
go_deeper(const struct db_row *row, void *arg)
{
	struct nest *nest = arg;
	struct err err = ERR_INIT;

	(void)row;
	nest->seen++;
	if (nest->depth > 0) {
		nest->depth--;
		assert_true(db_each(nest->db, ALL, DB_NO_ARGS, go_deeper, nest,
				&err) > 0);
	}
	return 0;
}

/* A statement is cached by its text; used inside its own rows it must not
 * start over. */
static void
a_query_inside_its_own_rows(void **state)
{
	struct nest nest = {.db = open_new(":memory:"), .depth = 2};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(db_run(nest.db, MAKE, DB_NO_ARGS, &err), 0);
	for (int i = 0; i < 3; i++) {
		char name[2] = {(char)('a' + i), '\0'};

		assert_int_equal(
		    db_run(nest.db, ADD,
			DB_ARGS(db_text(name), db_null(), db_int(i)), &err),
		    0);
	}
	assert_int_equal(
	    db_each(nest.db, ALL, DB_NO_ARGS, go_deeper, &nest, &err), 3);
	assert_int_equal(nest.seen, 9);
	db_close(nest.db);
}

static int
stop_at_first(const struct db_row *row, void *arg)
{
	(void)row;
	++*(int *)arg;
	return 1;
}

static int
fail_at_first(const struct db_row *row, void *arg)
{
	(void)row;
	return err_set(arg, ERR_NOTFOUND, "no such thing");
}

static void
a_reader_may_stop(void **state)
{
	struct db *db = open_new(":memory:");
	struct err err = ERR_INIT;
	int seen = 0;

	(void)state;
	assert_int_equal(db_run(db, MAKE, DB_NO_ARGS, &err), 0);
	for (int i = 0; i < 3; i++)
		assert_int_equal(
		    db_run(db, ADD, DB_ARGS(db_null(), db_null(), db_int(i)),
			&err),
		    0);
	assert_int_equal(
	    db_each(db, ALL, DB_NO_ARGS, stop_at_first, &seen, &err), 1);
	assert_int_equal(seen, 1);
	/* or fail, and the whole with it */
	assert_int_equal(
	    db_each(db, ALL, DB_NO_ARGS, fail_at_first, &err, &err), -1);
	assert_int_equal(err.code, ERR_NOTFOUND);
	/* and leaves nothing open behind it */
	assert_int_equal(db_run(db, "DROP TABLE t", DB_NO_ARGS, &err), 0);
	db_close(db);
}

static void
faults_are_told_apart(void **state)
{
	struct db *db = open_new(":memory:");
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(db_run(db, "NONSENSE", DB_NO_ARGS, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	assert_int_equal(db_run(db, MAKE, DB_NO_ARGS, &err), 0);
	assert_int_equal(db_run(db, ADD, DB_ARGS(db_int(1)), &err), -1);
	assert_non_null(strstr(err.msg, "1 values do not fit"));
	assert_int_equal(
	    db_value(db, COUNT, DB_NO_ARGS, &(int64_t){0}, &err), 1);
	db_close(db);
}

static void
a_rollback_leaves_nothing(void **state)
{
	struct db *db = open_new(":memory:");
	struct err err = ERR_INIT;

	(void)state;
	db_rollback(db); /* nothing begun: no harm */
	assert_int_equal(db_run(db, MAKE, DB_NO_ARGS, &err), 0);
	assert_int_equal(db_begin(db, &err), 0);
	assert_int_equal(
	    db_run(db, ADD, DB_ARGS(db_null(), db_null(), db_int(1)), &err), 0);
	db_rollback(db);
	assert_int_equal(house_value(db, COUNT), 0);
	db_close(db);
}

static void
a_second_writer_is_told_to_come_again(void **state)
{
	struct db *one = open_new("a.db");
	struct db *two = open_new("a.db");
	struct err err = ERR_INIT;
	int64_t before, after;

	(void)state;
	assert_int_equal(
	    db_run(one, "PRAGMA journal_mode = WAL", DB_NO_ARGS, &err), 0);
	assert_int_equal(db_run(one, MAKE, DB_NO_ARGS, &err), 0);
	assert_int_equal(db_version(two, &before, &err), 0);
	assert_int_equal(db_begin(one, &err), 0);
	assert_int_equal(db_begin(two, &err), -1);
	assert_int_equal(err.code, ERR_BUSY);
	/* who only reads is not held up */
	assert_int_equal(house_value(two, COUNT), 0);
	assert_int_equal(
	    db_run(one, ADD, DB_ARGS(db_null(), db_null(), db_int(1)), &err),
	    0);
	assert_int_equal(db_commit(one, &err), 0);
	assert_int_equal(db_version(two, &after, &err), 0);
	assert_int_not_equal(before, after);
	assert_int_equal(db_begin(two, &err), 0);
	assert_int_equal(house_value(two, COUNT), 1);
	db_rollback(two);
	db_close(one);
	db_close(two);
}

static void
settings_of_a_handle(void **state)
{
	struct db *db = open_new("a.db");
	struct stat st;

	(void)state;
	assert_int_equal(house_value(db, "PRAGMA foreign_keys"), 1);
	assert_int_equal(house_value(db, "PRAGMA synchronous"), 2);
	assert_int_equal(stat("a.db", &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	db_close(db);
}

static void
what_cannot_be_opened(void **state)
{
	struct err err = ERR_INIT;
	struct db *db = NULL;
	int fd;

	(void)state;
	assert_int_equal(db_open(&db, "none.db", 0, &err), -1);
	assert_int_equal(err.code, ERR_NOTFOUND);
	assert_non_null(strstr(err.msg, "nashra init"));
	assert_int_equal(access("none.db", F_OK), -1);

	fd = open("junk.db", O_WRONLY | O_CREAT, 0600);
	for (int i = 0; i < 100; i++)
		assert_int_equal(write(fd, "this is not a database\n", 23), 23);
	close(fd);
	err = ERR_INIT;
	assert_int_equal(db_open(&db, "junk.db", 0, &err), -1);
	assert_int_equal(err.code, ERR_DATA);
	assert_non_null(strstr(err.msg, "junk.db"));
	assert_null(db);
}

/* Where SQLite keeps its shared lock, which in WAL mode it holds for as long
 * as the file is open. */
static bool
is_locked(const char *file)
{
	struct flock lock = {.l_type = F_WRLCK,
	    .l_whence = SEEK_SET,
	    .l_start = 0x40000002,
	    .l_len = 510};
	pid_t pid = fork();
	int status;

	/* POSIX shows a process only the locks of others */
	if (pid == 0) {
		int fd = open(file, O_RDWR);

		_exit(fd < 0 || fcntl(fd, F_GETLK, &lock) != 0 ||
		      lock.l_type != F_UNLCK);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WEXITSTATUS(status) != 0;
}

static void
a_second_handle_leaves_the_locks_of_the_first(void **state)
{
	struct db *first = open_new("b.db");
	struct db *second;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    db_run(first, "PRAGMA journal_mode = WAL", DB_NO_ARGS, &err), 0);
	assert_int_equal(db_run(first, MAKE, DB_NO_ARGS, &err), 0);
	assert_true(is_locked("b.db"));
	second = open_new("b.db");
	assert_true(is_locked("b.db"));
	db_close(second);
	assert_true(is_locked("b.db"));
	db_close(first);
	assert_false(is_locked("b.db"));
}

static void
a_file_may_go_away(void **state)
{
	struct err err = ERR_INIT;
	struct db *db = NULL;
	int fd;

	(void)state;
	assert_int_equal(db_open_raw(&db, "gone.db", 0, true, &err), 0);
	assert_int_equal(db_run(db, MAKE, DB_NO_ARGS, &err), 0);
	assert_false(db_moved(db));
	assert_int_equal(rename("gone.db", "away.db"), 0);
	assert_true(db_moved(db));
	/* another one in its place */
	fd = open("gone.db", O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	close(fd);
	assert_true(db_moved(db));
	assert_int_equal(rename("away.db", "gone.db"), 0);
	assert_false(db_moved(db));
	db_close(db);
	unlink("gone.db");
	assert_int_equal(db_open_raw(&db, ":memory:", 0, true, &err), 0);
	assert_false(db_moved(db));
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(values_survive),
	    cmocka_unit_test(null_is_null_and_reads_as_empty),
	    cmocka_unit_test(what_is_odd_is_damage),
	    cmocka_unit_test(a_query_inside_its_own_rows),
	    cmocka_unit_test(a_reader_may_stop),
	    cmocka_unit_test(faults_are_told_apart),
	    cmocka_unit_test(a_rollback_leaves_nothing),
	    cmocka_unit_test(a_second_writer_is_told_to_come_again),
	    cmocka_unit_test(settings_of_a_handle),
	    cmocka_unit_test(a_second_handle_leaves_the_locks_of_the_first),
	    cmocka_unit_test(what_cannot_be_opened),
	    cmocka_unit_test(a_file_may_go_away),
	};

	return cmocka_run_group_tests(tests, in_folder, out_of_folder);
}
