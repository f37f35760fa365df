/* SPDX-License-Identifier: ISC */
#include "base/codec.h"
#include "base/err.h"
#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <errno.h>
#include <sysexits.h>

static void
setting_and_wrapping(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(err.code, ERR_NONE);
	assert_string_equal(err.msg, "");
	assert_int_equal(
	    err_set(&err, ERR_NOTFOUND, "no list '%s'", "news"), -1);
	assert_int_equal(err.code, ERR_NOTFOUND);
	assert_string_equal(err.msg, "no list 'news'");
	assert_int_equal(err_wrap(&err, "digest %d", 7), -1);
	assert_int_equal(err.code, ERR_NOTFOUND);
	assert_string_equal(err.msg, "digest 7: no list 'news'");
}

static void
numbers_of_the_system(void **state)
{
	static const struct {
		int number;
		enum err_code code;
	} cases[] = {{ENOENT, ERR_NOTFOUND}, {ENOTDIR, ERR_NOTFOUND},
	    {EACCES, ERR_DENIED}, {EPERM, ERR_DENIED}, {EROFS, ERR_DENIED},
	    {EAGAIN, ERR_TEMP}, {EINTR, ERR_TEMP}, {ENOSPC, ERR_SYSTEM},
	    {ENOMEM, ERR_SYSTEM}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct err err = ERR_INIT;

		errno = cases[i].number;
		assert_int_equal(err_errno(&err, "cannot read '%s'", "x"), -1);
		assert_int_equal(err.code, cases[i].code);
		assert_true(str_starts(err.msg, "cannot read 'x': "));
		assert_true(str_ends(err.msg, strerror(cases[i].number)));
	}
}

static void
statuses(void **state)
{
	static const struct {
		enum err_code code;
		int exit_status;
		unsigned http;
	} cases[] = {{ERR_NONE, EX_OK, 200}, {ERR_USAGE, EX_USAGE, 400},
	    {ERR_INPUT, EX_DATAERR, 400}, {ERR_NOTFOUND, EX_NOINPUT, 404},
	    {ERR_CONFIG, EX_CONFIG, 500}, {ERR_DENIED, EX_NOPERM, 500},
	    {ERR_BUSY, EX_TEMPFAIL, 503}, {ERR_TEMP, EX_TEMPFAIL, 503},
	    {ERR_PERM, EX_UNAVAILABLE, 422}, {ERR_DATA, EX_IOERR, 500},
	    {ERR_SYSTEM, EX_OSERR, 500}};

	(void)state;
	assert_int_equal(sizeof(cases) / sizeof(*cases), ERR_CODES);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		assert_int_equal(
		    err_exit_status(cases[i].code), cases[i].exit_status);
		assert_int_equal(err_http_status(cases[i].code), cases[i].http);
	}
}

/* However long its parts, a message ends with a whole letter. */
static void
long_messages(void **state)
{
	static const char *const letters[] = {"x", "ن", "漢", "😀"};

	(void)state;
	for (size_t i = 0; i < 2000; i++) {
		struct err err = ERR_INIT;
		struct str text;

		str_init(&text, 4096);
		for (size_t n = 0; n < i / 4 % 13; n++)
			str_add(&text, "y");
		for (size_t n = 0; n < i / 4; n++)
			str_add(&text, letters[i % 4]);
		(void)err_set(&err, ERR_DATA, "%s", text.data);
		assert_true(codec_utf8_ok(err.msg, strlen(err.msg)));
		assert_true(str_starts(text.data, err.msg));
		assert_true(text.len < 380 || strlen(err.msg) >= 380);
		(void)err_wrap(&err, "%s", text.data);
		assert_true(codec_utf8_ok(err.msg, strlen(err.msg)));
		str_release(&text);
	}
}

/* The cause of a failure is not pushed out by what is put before it. */
static void
causes_stay(void **state)
{
	struct err err = ERR_INIT;
	char subject[1000];

	(void)state;
	memset(subject, 's', sizeof(subject) - 1);
	subject[sizeof(subject) - 1] = '\0';
	(void)err_set(&err, ERR_TEMP, "the cause");
	(void)err_wrap(&err, "%s", subject);
	assert_true(str_ends(err.msg, "s: the cause"));
	memset(subject, 'c', 300);
	subject[300] = '\0';
	(void)err_set(&err, ERR_TEMP, "%s", subject);
	(void)err_wrap(&err, "short");
	assert_int_equal(strlen(err.msg), 307);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(setting_and_wrapping),
	    cmocka_unit_test(numbers_of_the_system),
	    cmocka_unit_test(statuses),
	    cmocka_unit_test(long_messages),
	    cmocka_unit_test(causes_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
