/* SPDX-License-Identifier: ISC */
#include "web/route.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

/* Which row was found shows in its handler. */
static int
front(struct visit *visit, struct err *err)
{
	(void)visit;
	(void)err;
	return 0;
}

static int
read_form(struct visit *visit, struct err *err)
{
	(void)visit;
	(void)err;
	return 1;
}

static int
send_form(struct visit *visit, struct err *err)
{
	(void)visit;
	(void)err;
	return 2;
}

static int
asked(struct visit *visit, struct err *err)
{
	(void)visit;
	(void)err;
	return 3;
}

static int
act(struct visit *visit, struct err *err)
{
	(void)visit;
	(void)err;
	return 4;
}

static int
both(struct visit *visit, struct err *err)
{
	(void)visit;
	(void)err;
	return 5;
}

/* clang-format off */
static const struct route table[] = {
    {"GET",  "/",                  front},
    {"GET",  "/subscribe/*",       read_form},
    {"POST", "/subscribe/*",       send_form},
    {"GET",  "/subscribe/*/asked", asked},
    {"POST", "/act",               act},
    {"GET",  "/both/*/*",          both},
};

static const struct {
	const char *method;
	const char *path;
	enum route_result result;
	route_fn *fn;
	const char *arg;
	const char *allow;
} cases[] = {
    {"GET", "/", ROUTE_FOUND, front, "", "GET, HEAD"},
    {"HEAD", "/", ROUTE_FOUND, front, "", "GET, HEAD"},
    {"GET", "/subscribe/daily", ROUTE_FOUND, read_form, "daily",
	"GET, HEAD, POST"},
    {"HEAD", "/subscribe/daily", ROUTE_FOUND, read_form, "daily",
	"GET, HEAD, POST"},
    {"POST", "/subscribe/daily", ROUTE_FOUND, send_form, "daily",
	"GET, HEAD, POST"},
    {"GET", "/subscribe/daily/asked", ROUTE_FOUND, asked, "daily",
	"GET, HEAD"},
    {"GET", "/subscribe/asked", ROUTE_FOUND, read_form, "asked",
	"GET, HEAD, POST"},
    {"GET", "/subscribe/asked/asked", ROUTE_FOUND, asked, "asked",
	"GET, HEAD"},
    {"GET", "/subscribe/*", ROUTE_FOUND, read_form, "*", "GET, HEAD, POST"},
    {"GET", "/subscribe/..", ROUTE_FOUND, read_form, "..",
	"GET, HEAD, POST"},
    {"GET", "/subscribe/نشرة", ROUTE_FOUND, read_form, "نشرة",
	"GET, HEAD, POST"},
    {"POST", "/act", ROUTE_FOUND, act, "", "POST"},
    {"GET", "/both/daily/7", ROUTE_FOUND, both, "daily", "GET, HEAD"},
    {"GET", "/both/*/..", ROUTE_FOUND, both, "*", "GET, HEAD"},

    {"POST", "/", ROUTE_NO_METHOD, NULL, "", "GET, HEAD"},
    {"GET", "/act", ROUTE_NO_METHOD, NULL, "", "POST"},
    {"HEAD", "/act", ROUTE_NO_METHOD, NULL, "", "POST"},
    {"PUT", "/subscribe/daily", ROUTE_NO_METHOD, NULL, "", "GET, HEAD, POST"},
    {"DELETE", "/subscribe/daily", ROUTE_NO_METHOD, NULL, "",
	"GET, HEAD, POST"},
    {"OPTIONS", "/subscribe/x/asked", ROUTE_NO_METHOD, NULL, "", "GET, HEAD"},
    {"POST", "/subscribe/x/asked", ROUTE_NO_METHOD, NULL, "", "GET, HEAD"},
    {"get", "/", ROUTE_NO_METHOD, NULL, "", "GET, HEAD"},
    {"", "/", ROUTE_NO_METHOD, NULL, "", "GET, HEAD"},
    {"GETX", "/", ROUTE_NO_METHOD, NULL, "", "GET, HEAD"},

    {"GET", "/both/daily", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/both/daily/", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/both//7", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/both/daily/7/", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/both/daily/7/8", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "*", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "//", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/x", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/subscribe", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/subscribe/", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/subscribe//", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/subscribe//asked", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/subscribe/daily/", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/subscribe/daily/asked/", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/subscribe/daily/aske", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/subscribe/a/b/asked", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/Subscribe/daily", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/subscribe/../act", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/../subscribe/daily", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "\\subscribe\\daily", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "/act ", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "act", ROUTE_NO_PATH, NULL, "", ""},
    {"GET", "http://h/act", ROUTE_NO_PATH, NULL, "", ""},
};
/* clang-format on */

static void
test_table(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct route_match match;
		enum route_result result =
		    route_find(&match, table, sizeof(table) / sizeof(table[0]),
			cases[i].method, cases[i].path);

		print_message("%s %s\n", cases[i].method, cases[i].path);
		assert_int_equal(result, cases[i].result);
		assert_string_equal(match.allow, cases[i].allow);
		assert_string_equal(match.arg, cases[i].arg);
		assert_true((match.route != NULL) == (cases[i].fn != NULL));
		if (match.route != NULL)
			assert_true(match.route->fn == cases[i].fn);
	}
}

static void
test_second(void **state)
{
	struct route_match match;

	(void)state;
	(void)route_find(&match, table, sizeof(table) / sizeof(table[0]), "GET",
	    "/both/daily/7");
	assert_string_equal(match.second, "7");
	(void)route_find(&match, table, sizeof(table) / sizeof(table[0]), "GET",
	    "/subscribe/daily");
	assert_string_equal(match.second, "");
	/* of a row that did not match, nothing is left */
	(void)route_find(&match, table, sizeof(table) / sizeof(table[0]), "GET",
	    "/both/daily/7/8");
	assert_string_equal(match.arg, "");
	assert_string_equal(match.second, "");
}

/* A segment that does not fit is not cut to one that does. */
static void
test_long_segment(void **state)
{
	char path[ROUTE_ARG_SIZE + 32] = "/subscribe/";
	size_t head = strlen(path);
	struct route_match match;

	(void)state;
	memset(path + head, 'a', ROUTE_ARG_SIZE - 1);
	assert_int_equal(
	    route_find(&match, table, 5, "GET", path), ROUTE_FOUND);
	assert_int_equal(strlen(match.arg), ROUTE_ARG_SIZE - 1);
	path[head + ROUTE_ARG_SIZE - 1] = 'a';
	assert_int_equal(
	    route_find(&match, table, 5, "GET", path), ROUTE_NO_PATH);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_table),
	    cmocka_unit_test(test_second),
	    cmocka_unit_test(test_long_segment),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
