/* SPDX-License-Identifier: ISC */
#include "web/framing.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

/* Headers as they came, a line each. Names and values are cut out of the
 * line where it stands, as the library does. */
static const struct {
	const char *header;
	bool ok;
	int64_t length;
} cases[] = {
    {"Host: h\n", true, 0},
    {"host:h\n", true, 0},
    {"HOST:\t h\n", true, 0},
    {"Host:\n", true, 0},
    {"Host: h\nContent-Length: 12\n", true, 12},
    {"Host: h\nContent-Length:0\n", true, 0},
    {"Host: h\nX: a\tb\nY: \n", true, 0},
    {"Host: h\nX: عربي\n", true, 0},
    {"Host: h\n!#$%&'*+-.^_`|~09azAZ: x\n", true, 0},
    {"Host: h\nCookie: a=b\nCookie: c=d\n", true, 0},

    {"", false, 0},
    {"X: h\n", false, 0},
    {"Host: a\nHost: a\n", false, 0},
    {"Host: a\nhOST: b\n", false, 0},
    {"Host: h\nContent-Length: 1\nContent-Length: 1\n", false, 1},
    {"Host: h\nContent-Length: 1\ncontent-length: 2\n", false, 2},
    {"Host: h\nContent-Length: -1\n", false, 0},
    {"Host: h\nContent-Length: +1\n", false, 0},
    {"Host: h\nContent-Length: 1,1\n", false, 0},
    {"Host: h\nContent-Length: 1 1\n", false, 0},
    {"Host: h\nContent-Length: 0x10\n", false, 0},
    {"Host: h\nContent-Length: ١\n", false, 0},
    {"Host: h\nContent-Length:\n", false, 0},
    {"Host: h\nContent-Length: 99999999999999999999\n", false, 0},
    {"Host: h\nTransfer-Encoding: chunked\n", false, 0},
    {"Host: h\ntransfer-encoding: identity\n", false, 0},
    {"Host: h\nTransfer-Encoding:\n", false, 0},
    {"Host: h\nTransfer-Encoding: gzip, chunked\n", false, 0},
    {"Host: h\n: x\n", false, 0},
    {"Host: h\nX : x\n", false, 0},
    {"Host: h\nX\t: x\n", false, 0},
    {"Host: h\nX(y): x\n", false, 0},
    {"Host: h\nX\"y: x\n", false, 0},
    {"Host: h\nاسم: x\n", false, 0},
    {"Host: h\nX: a\x01z\n", false, 0},
    {"Host: h\nX: a\rz\n", false, 0},
    {"Host: h\nX: a\x7fz\n", false, 0},
};

static void
add_lines(struct framing *framing, char *text)
{
	for (char *end; (end = strchr(text, '\n')) != NULL; text = end + 1) {
		char *colon = strchr(text, ':');
		const char *value = colon + 1;

		*end = '\0';
		*colon = '\0';
		value += strspn(value, " \t");
		framing_add(framing, text, strlen(text), value, strlen(value));
	}
}

static void
test_headers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct framing framing = {0};
		char text[256];

		assert_true(str_fit(text, sizeof(text), cases[i].header));
		add_lines(&framing, text);
		print_message("%s\n", cases[i].header);
		assert_int_equal(framing_ok(&framing), cases[i].ok);
		assert_true(framing.length == cases[i].length);
	}
}

/* A value with a NUL inside is longer than it looks. */
static void
test_nul(void **state)
{
	static const char line[] = "Host\0 a\0b";
	struct framing framing = {0};

	(void)state;
	framing_add(&framing, line, 4, line + 6, 3);
	assert_false(framing_ok(&framing));
}

/* A value that was moved: unfolded from two lines. */
static void
test_folded(void **state)
{
	static const char line[] = "Host\0 a\0elsewhere";
	struct framing framing = {0};

	(void)state;
	framing_add(&framing, line, 4, line + 6, 1);
	assert_true(framing_ok(&framing));
	framing = (struct framing){0};
	framing_add(&framing, line, 4, line + 8, 9);
	assert_false(framing_ok(&framing));
	framing = (struct framing){0};
	framing_add(&framing, line + 8, 4, line, 4);
	assert_false(framing_ok(&framing));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_headers),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
