/* SPDX-License-Identifier: ISC */
#include "press.h"

#include "base/loop.h"
#include "flow/login.h"

static struct press press;
static struct loop *loop;

static int
setup(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	press_folder(&press);
	return loop_new(&loop, &err);
}

static int
teardown(void **state)
{
	(void)state;
	loop_free(loop);
	conf_free(press.conf);
	press_remove(press.folder);
	return 0;
}

static const struct conf_relay *
relay_with(const char *lines)
{
	char more[1000];

	snprintf(more, sizeof(more),
	    PRESS_MAIL "relay main {\n url = \"smtp://127.0.0.1:1\"\n%s\n}\n",
	    lines);
	conf_free(press.conf);
	press.conf = press_conf(&press, more);
	return &press.conf->relay[0];
}

static void
passwords_and_what_goes_together(void **state)
{
	static const struct {
		const char *lines;
		const char *password; /* NULL: refused */
		const char *why;
	} cases[] = {
	    {"", "", ""},
	    {"user = \"u\"", "", ""},
	    {"user = \"u\" password_file = \"good\"", "s3cret word", ""},
	    {"password_file = \"none\"", NULL, "relay.main.password_file"},
	    {"password_file = \"open\"", NULL, "others may read it"},
	    /* A token's file need not be there yet. */
	    {"user = \"u\" token_file = \"none\"", "", ""},
	    {"token_file = \"good\"", NULL, "relay.main.token_file"},
	    {"user = \"u\" token_file = \"good\" password_file = \"good\"",
		NULL, "in place of a 'password_file'"},
	};

	(void)state;
	press_write(&press, "good", "s3cret word\n", 0600);
	press_write(&press, "open", "s3cret word\n", 0644);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;
		char password[64] = "x";
		const struct conf_relay *relay = relay_with(cases[i].lines);
		int rc = login_password(
		    password, sizeof(password), press.conf, relay, &err);

		assert_int_equal(rc, cases[i].password == NULL ? -1 : 0);
		assert_string_equal(password,
		    cases[i].password != NULL ? cases[i].password : "");
		if (rc == 0)
			continue;
		assert_int_equal(err.code, ERR_CONFIG);
		assert_non_null(strstr(err.msg, cases[i].why));
		assert_non_null(strstr(err.msg, "nashra.conf:"));
		assert_null(strstr(err.msg, "s3cret"));
	}
}

/* The file is looked at each time, whatever was wrong with it before. */
static void
tokens_come_and_go(void **state)
{
	static const struct smtp_events none = {NULL, NULL, NULL};
	static char large[16384 + 1];
	static const struct {
		const char *token; /* NULL: there is no file */
		mode_t mode;
		const char *why; /* NULL: taken */
	} cases[] = {
	    {NULL, 0, "cannot be read"},
	    {"ya29.first\n", 0600, NULL},
	    {"ya29.second\r\n", 0400, NULL},
	    {"ya29.third", 0644, "others may read it"},
	    {"", 0600, "is empty"},
	    {"ya29\nfourth\n", 0600, "more than one line"},
	    {"ya29.\x01 fifth\n", 0600, "more than one line"},
	    {large, 0600, "is longer than"},
	    {"ya29.sixth", 0600, NULL},
	};
	struct smtp_relay where = {.url = "smtp://127.0.0.1:1",
	    .ca_file = "",
	    .user = "u",
	    .password = "",
	    .by_token = true,
	    .hello = "x"};
	const struct conf_relay *relay =
	    relay_with("user = \"u\" token_file = \"token\"");
	struct smtp *smtp = NULL;
	struct err err = ERR_INIT;
	char path[PRESS_PATH];

	(void)state;
	memset(large, 'x', sizeof(large) - 1);
	press_path(&press, "token", path);
	assert_int_equal(smtp_new(&smtp, loop, &where, &none, &err), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		int rc;

		err = ERR_INIT;
		(void)unlink(path);
		if (cases[i].token != NULL) {
			press_write(
			    &press, "token", cases[i].token, cases[i].mode);
		}
		rc = login_token(smtp, press.conf, relay, &err);
		if (rc != (cases[i].why == NULL ? 0 : -1))
			fail_msg("case %zu: %s", i, err.msg);
		if (rc == 0)
			continue;
		assert_int_equal(err.code, ERR_CONFIG);
		assert_non_null(strstr(err.msg, "relay.main.token_file"));
		assert_non_null(strstr(err.msg, cases[i].why));
		assert_null(strstr(err.msg, "ya29"));
	}
	smtp_free(smtp);
}

static void
no_token_is_asked_for(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    login_token(NULL, press.conf, relay_with("user = \"u\""), &err), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(passwords_and_what_goes_together),
	    TEST(tokens_come_and_go),
	    TEST(no_token_is_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
