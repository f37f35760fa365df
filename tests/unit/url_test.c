/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/url.h"

#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *const schemes[] = {"https://", "http://", NULL};

static const struct {
	const char *text;
	const char *host; /* "": refused */
	const char *rest;
	int scheme;
	int port;
	bool loopback;
} cases[] = {
    {"https://a", "a", "", 0, 0, false},
    {"http://a.b-c.example:80/x/y?", "", "", 0, 0, false},
    {"http://a.b-c.example:80/x/%D8", "a.b-c.example", "/x/%D8", 1, 80, false},
    {"http://localhost:65535", "localhost", "", 1, 65535, true},
    {"http://LocalHost/", "LocalHost", "/", 1, 0, true},
    {"http://127.0.0.1", "127.0.0.1", "", 1, 0, true},
    {"http://127.1.2.3:1", "127.1.2.3", "", 1, 1, true},
    {"http://[::1]:25/", "[::1]", "/", 1, 25, true},
    {"http://[fe80::1]", "[fe80::1]", "", 1, 0, false},
    {"http://127.1", "127.1", "", 1, 0, false},
    {"http://0177.0.0.1", "0177.0.0.1", "", 1, 0, false},
    {"http://127.0.0.1.example", "127.0.0.1.example", "", 1, 0, false},
    {"HTTP://a", "", "", 0, 0, false},
    {"http:/a", "", "", 0, 0, false},
    {"http://", "", "", 0, 0, false},
    {"http:///a", "", "", 0, 0, false},
    {"http://:80", "", "", 0, 0, false},
    {"http://a:", "", "", 0, 0, false},
    {"http://a:0", "", "", 0, 0, false},
    {"http://a:65536", "", "", 0, 0, false},
    {"http://a:123456", "", "", 0, 0, false},
    {"http://a:8x", "", "", 0, 0, false},
    {"http://a:-1", "", "", 0, 0, false},
    {"http://u@a", "", "", 0, 0, false},
    {"http://u:p@a", "", "", 0, 0, false},
    {"http://a b", "", "", 0, 0, false},
    {"http://a/b c", "", "", 0, 0, false},
    {"http://a#x", "", "", 0, 0, false},
    {"http://a/#x", "", "", 0, 0, false},
    {"http://a\\b", "", "", 0, 0, false},
    {"http://a/\x7f", "", "", 0, 0, false},
    {"http://a/خبر", "", "", 0, 0, false},
    {"http://خبر.example", "", "", 0, 0, false},
    {"http://-a", "", "", 0, 0, false},
    {"http://.a", "", "", 0, 0, false},
    {"http://[::1", "", "", 0, 0, false},
    {"http://[]", "", "", 0, 0, false},
    {"http://[127.0.0.1]", "", "", 0, 0, false},
    {"http://[::1%25lo]", "", "", 0, 0, false},
    {"http://[::1]x", "", "", 0, 0, false},
    {"", "", "", 0, 0, false},
};

static void
test_split(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct url url = {.port = -1};
		bool ok = url_split(&url, cases[i].text, schemes);

		print_message("# %s\n", cases[i].text);
		assert_int_equal(ok, cases[i].host[0] != '\0');
		if (!ok) {
			assert_int_equal(url.port, -1);
			continue;
		}
		assert_int_equal(url.scheme, cases[i].scheme);
		assert_string_equal(url.host, cases[i].host);
		assert_int_equal(url.port, cases[i].port);
		assert_string_equal(url.rest, cases[i].rest);
		assert_int_equal(url_is_loopback(&url), cases[i].loopback);
	}
}

static void
test_long(void **state)
{
	char text[512];
	struct url url;

	(void)state;
	memset(text, 'a', sizeof(text));
	memcpy(text, "http://", 7);
	text[7 + URL_HOST_MAX] = '\0';
	assert_true(url_split(&url, text, schemes));
	assert_int_equal(strlen(url.host), URL_HOST_MAX);
	text[7 + URL_HOST_MAX] = 'a';
	text[8 + URL_HOST_MAX] = '\0';
	assert_false(url_split(&url, text, schemes));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_split),
	    cmocka_unit_test(test_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
