/* SPDX-License-Identifier: ISC */
#include "house.h"

#include <string.h>

static struct db *
open_empty(void)
{
	struct err err = ERR_INIT;
	struct db *db = NULL;

	assert_int_equal(db_open_raw(&db, ":memory:", 0, true, &err), 0);
	return db;
}

static void
from_nothing_to_now_once(void **state)
{
	struct db *db = open_empty();
	struct err err = ERR_INIT;
	int64_t version;

	(void)state;
	assert_int_equal(schema_of(db, &version, &err), 0);
	assert_int_equal(version, 0);
	assert_int_equal(schema_check(db, "x.db", &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_non_null(strstr(err.msg, "nashra init"));
	assert_int_equal(
	    schema_migrate(db, "x.db", NOW, &err), schema_version());
	assert_int_equal(schema_check(db, "x.db", &err), 0);
	assert_int_equal(schema_migrate(db, "x.db", NOW, &err), 0);
	assert_int_equal(schema_of(db, &version, &err), 0);
	assert_int_equal(version, schema_version());
	db_close(db);
}

static void
a_newer_file_is_refused_by_name(void **state)
{
	struct db *db = house_open();
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    db_run(db, "PRAGMA user_version = 99", DB_NO_ARGS, &err), 0);
	assert_int_equal(
	    db_run(db, "UPDATE meta SET value = '7.5.0' WHERE key = 'version'",
		DB_NO_ARGS, &err),
	    0);
	assert_int_equal(schema_check(db, "x.db", &err), -1);
	assert_int_equal(err.code, ERR_DATA);
	assert_non_null(strstr(err.msg, "'x.db'"));
	assert_non_null(strstr(err.msg, "nashra 7.5.0 (schema 99)"));
	err = ERR_INIT;
	assert_int_equal(schema_migrate(db, "x.db", NOW, &err), -1);
	assert_int_equal(err.code, ERR_DATA);
	assert_int_equal(house_value(db, "PRAGMA user_version"), 99);
	db_close(db);
}

static void
a_strange_file_is_not_touched(void **state)
{
	struct db *db = open_empty();
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    db_run(db, "CREATE TABLE theirs (x INT)", DB_NO_ARGS, &err), 0);
	assert_int_equal(schema_migrate(db, "x.db", NOW, &err), -1);
	assert_int_equal(err.code, ERR_DATA);
	assert_non_null(strstr(err.msg, "some other program"));
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM sqlite_master"), 1);
	db_close(db);
}

/* A step that fails half way leaves the schema it found. */
static void
a_step_is_whole_or_not_at_all(void **state)
{
	struct db *db = open_empty();
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    db_run(db, "PRAGMA application_id = 1853057138", DB_NO_ARGS, &err),
	    0);
	assert_int_equal(
	    db_run(db, "CREATE TABLE outbox (x INT)", DB_NO_ARGS, &err), 0);
	assert_int_equal(schema_migrate(db, "x.db", NOW, &err), -1);
	assert_non_null(strstr(err.msg, "schema step 1"));
	assert_int_equal(
	    house_value(db, "SELECT count(*) FROM sqlite_master"), 1);
	assert_int_equal(house_value(db, "PRAGMA user_version"), 0);
	db_close(db);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(from_nothing_to_now_once),
	    cmocka_unit_test(a_newer_file_is_refused_by_name),
	    cmocka_unit_test(a_strange_file_is_not_touched),
	    cmocka_unit_test(a_step_is_whole_or_not_at_all),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
