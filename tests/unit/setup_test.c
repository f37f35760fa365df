/* SPDX-License-Identifier: ISC */
#include "flow/setup.h"

#include "press.h"

#include "dkim_keys.h"

#define DKIM                                                                   \
	PRESS_MAIL "dkim {\n domain = example.org\n selector = nashra\n"       \
		   " key_file = \"keys/dkim.pem\"\n}\n"

static struct press press;

static int
setup(void **state)
{
	(void)state;
	press_folder(&press);
	press.conf = press_conf(&press, DKIM);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	press_close(&press);
	return 0;
}

/* Size and rights of a file, and what is in it. */
struct look {
	struct stat st;
	char bytes[8192];
	size_t n;
};

static struct look
look_at(const char *path)
{
	struct look look = {.n = 0};
	FILE *file = fopen(path, "r");

	assert_non_null(file);
	assert_int_equal(stat(path, &look.st), 0);
	look.n = fread(look.bytes, 1, sizeof(look.bytes) - 1, file);
	fclose(file);
	return look;
}

static void
assert_same(const struct look *a, const struct look *b)
{
	assert_int_equal(a->n, b->n);
	assert_memory_equal(a->bytes, b->bytes, a->n);
	assert_int_equal(a->st.st_ino, b->st.st_ino);
	assert_int_equal(a->st.st_mode, b->st.st_mode);
}

static void
the_database_is_made_once(void **state)
{
	struct err err = ERR_INIT;
	struct stat st;

	(void)state;
	assert_int_equal(setup_database(press.conf, NOW, &err), 1);
	assert_int_equal(stat(press.conf->database, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	press.db = press_db(&press);
	(void)house_list(press.db, "daily");
	assert_int_equal(setup_database(press.conf, NOW + 9, &err), 0);
	assert_int_equal(house_value(press.db, "SELECT count(*) FROM list"), 1);
}

static void
what_is_no_database_of_ours_is_left(void **state)
{
	static const char *const texts[] = {
	    "this is a diary, not a database, and longer than a header of 100 "
	    "bytes so that nobody mistakes it for an empty one\n",
	    "SQLite format 3"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct err err = ERR_INIT;
		struct look before, after;

		press_write(&press, "nashra.db", texts[i], 0600);
		before = look_at(press.conf->database);
		assert_int_equal(setup_database(press.conf, NOW, &err), -1);
		assert_int_equal(err.code, ERR_DATA);
		assert_non_null(strstr(err.msg, press.conf->database));
		after = look_at(press.conf->database);
		assert_same(&before, &after);
	}
}

static void
secrets_are_made_once_and_checked(void **state)
{
	struct err err = ERR_INIT;
	struct look before, after;

	(void)state;
	assert_int_equal(setup_secrets(press.conf, &err), 1);
	before = look_at(press.conf->secrets);
	assert_int_equal(before.st.st_mode & 07777, 0600);
	assert_int_equal(setup_secrets(press.conf, &err), 0);
	after = look_at(press.conf->secrets);
	assert_same(&before, &after);
	/* what is of no use is said now, not by the first link that fails */
	press_write(&press, "secrets", "no ring\n", 0600);
	assert_int_equal(setup_secrets(press.conf, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	err = ERR_INIT;
	press_write(&press, "secrets", before.bytes, 0644);
	assert_int_equal(setup_secrets(press.conf, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
}

static void
the_key_is_made_once_and_signs(void **state)
{
	struct err err = ERR_INIT;
	struct look before, after;
	struct str name, value;
	struct kit *kit = NULL;
	struct stat st;
	char folder[PRESS_PATH];

	(void)state;
	assert_int_equal(setup_key(press.conf, &err), 1);
	press_path(&press, "keys", folder);
	assert_int_equal(stat(folder, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0700);
	before = look_at(press.conf->dkim.key_file);
	assert_int_equal(before.st.st_mode & 07777, 0600);
	assert_true(str_starts(before.bytes, "-----BEGIN"));
	assert_int_equal(setup_key(press.conf, &err), 0);
	after = look_at(press.conf->dkim.key_file);
	assert_same(&before, &after);

	str_init(&name, 1000);
	str_init(&value, 4000);
	assert_int_equal(setup_dns(press.conf, &name, &value, &err), 0);
	assert_string_equal(name.data, "nashra._domainkey.example.org");
	assert_true(str_starts(value.data, "v=DKIM1; k=rsa; p="));
	/* an RSA key of 2048 bits is 392 letters long */
	assert_int_equal(strlen(strstr(value.data, "p=") + 2), 392);
	str_release(&name);
	str_release(&value);
	assert_int_equal(kit_new(&kit, press.conf, true, &err), 0);
	assert_non_null(kit->dkim);
	kit_free(kit);
}

/* The record is that of the key in the file. */
static void
the_dns_record_is_the_keys(void **state)
{
	struct err err = ERR_INIT;
	struct str name, value;
	char folder[PRESS_PATH];

	(void)state;
	press_path(&press, "keys", folder);
	assert_int_equal(mkdir(folder, 0700), 0);
	press_write(&press, "keys/dkim.pem", KEY, 0600);
	str_init(&name, 1000);
	str_init(&value, 4000);
	assert_int_equal(setup_dns(press.conf, &name, &value, &err), 0);
	assert_string_equal(value.data, RECORD);
	str_release(&name);
	str_release(&value);
}

static void
what_cannot_be_made_is_named(void **state)
{
	struct err err = ERR_INIT;
	struct str name, value;
	struct conf *plain;

	(void)state;
	str_init(&name, 1000);
	str_init(&value, 4000);
	/* no key yet */
	assert_int_equal(setup_dns(press.conf, &name, &value, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_non_null(strstr(err.msg, "dkim.key_file"));
	assert_int_equal(name.len + value.len, 0);
	/* a file where a folder should be */
	press_write(&press, "keys", "x", 0600);
	err = ERR_INIT;
	assert_int_equal(setup_key(press.conf, &err), -1);
	assert_non_null(strstr(err.msg, "keys"));
	/* no section */
	plain = press_conf(&press, PRESS_MAIL);
	err = ERR_INIT;
	assert_int_equal(setup_key(plain, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_non_null(strstr(err.msg, "no dkim section"));
	err = ERR_INIT;
	assert_int_equal(setup_dns(plain, &name, &value, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	conf_free(plain);
	str_release(&name);
	str_release(&value);
}

/* One folder is made where it is missing; a whole path of them is a typing
 * error. */
static void
a_folder_is_made_one_deep(void **state)
{
	static const struct {
		const char *at;
		bool made;
	} cases[] = {{"new/nashra.db", true}, {"a/b/nashra.db", false}};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char *before = press.conf->database;
		struct err err = ERR_INIT;
		char path[PRESS_PATH];

		press_path(&press, cases[i].at, path);
		press.conf->database = path;
		assert_int_equal(setup_database(press.conf, NOW, &err),
		    cases[i].made ? 1 : -1);
		press.conf->database = before;
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(the_database_is_made_once),
	    TEST(what_is_no_database_of_ours_is_left),
	    TEST(secrets_are_made_once_and_checked),
	    TEST(the_key_is_made_once_and_signs),
	    TEST(the_dns_record_is_the_keys),
	    TEST(what_cannot_be_made_is_named),
	    TEST(a_folder_is_made_one_deep),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
