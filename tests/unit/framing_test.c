/* SPDX-License-Identifier: ISC */
#include "web/framing.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

/* Requests as they came. The library of this test tells all lines but those
 * that begin with '~', as if it had not seen them. */
static const struct {
	const char *request;
	bool ok;
	int64_t length;
} cases[] = {
    {"Host: h\r\n\r\n", true, 0},
    {"host:h\r\n\r\n", true, 0},
    {"HOST:\t h\r\n\r\n", true, 0},
    {"Host: h \t \r\n\r\n", true, 0},
    {"Host:\r\n\r\n", true, 0},
    {"Host: h\r\nContent-Length: 12\r\n\r\n", true, 12},
    {"Host: h\r\nContent-Length:0\r\n\r\n", true, 0},
    {"Host: h\r\nX: a\tb\r\nY: \r\n\r\n", true, 0},
    {"Host: h\r\nX: عربي\r\n\r\n", true, 0},
    {"Host: h\r\n!#$%&'*+-.^_`|~09azAZ: x\r\n\r\n", true, 0},
    {"Host: h\r\nCookie: a=b\r\nCookie: c=d\r\n\r\n", true, 0},

    {"\r\n", false, 0},
    {"X: h\r\n\r\n", false, 0},
    {"Host: a\r\nHost: a\r\n\r\n", false, 0},
    {"Host: a\r\nhOST: b\r\n\r\n", false, 0},
    {"Host: h\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\n", false, 1},
    {"Host: h\r\nContent-Length: 1\r\ncontent-length: 2\r\n\r\n", false, 2},
    {"Host: h\r\nContent-Length: -1\r\n\r\n", false, 0},
    {"Host: h\r\nContent-Length: +1\r\n\r\n", false, 0},
    {"Host: h\r\nContent-Length: 1,1\r\n\r\n", false, 0},
    {"Host: h\r\nContent-Length: 1 1\r\n\r\n", false, 0},
    {"Host: h\r\nContent-Length: 0x10\r\n\r\n", false, 0},
    {"Host: h\r\nContent-Length: ١\r\n\r\n", false, 0},
    {"Host: h\r\nContent-Length:\r\n\r\n", false, 0},
    {"Host: h\r\nContent-Length: 99999999999999999999\r\n\r\n", false, 0},
    {"Host: h\r\nTransfer-Encoding: chunked\r\n\r\n", false, 0},
    {"Host: h\r\ntransfer-encoding: identity\r\n\r\n", false, 0},
    {"Host: h\r\nTransfer-Encoding:\r\n\r\n", false, 0},
    {"Host: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", false, 0},
    {"Host: h\r\n: x\r\n\r\n", false, 0},
    {"Host: h\r\nX : x\r\n\r\n", false, 0},
    {"Host: h\r\nX\t: x\r\n\r\n", false, 0},
    {"Host: h\r\nX(y): x\r\n\r\n", false, 0},
    {"Host: h\r\nX\"y: x\r\n\r\n", false, 0},
    {"Host: h\r\nاسم: x\r\n\r\n", false, 0},
    {"Host: h\r\nX: a\x01z\r\n\r\n", false, 0},
    {"Host: h\r\nX: a\rz\r\n\r\n", false, 0},
    {"Host: h\r\nX: a\x7fz\r\n\r\n", false, 0},

    /* lines that nobody was told of */
    {"Host: h\r\n~: x\r\n\r\n", false, 0},
    {"~X: y\r\nHost: h\r\n\r\n", false, 0},
    {"Host: h\r\n~ folded\r\nX: y\r\n\r\n", false, 0},
    {"Host: h\r\n~\r\n\r\n", false, 0},
    /* ends that are none */
    {"Host: h\r\n", false, 0},
    {"Host: h\n\r\n", false, 0},
    {"Host: h\r\n\n", false, 0},
    {"Host: h\r\n\r\nmore", false, 0},
};

#define LINE "GET / HTTP/1.1\r\n"

/* Cuts a line as the library does, where it stands, and tells of it. */
static void
tell(struct framing *framing, char *line, char *end)
{
	char *colon = strchr(line, ':');
	const char *value = colon + 1;

	*colon = '\0';
	while (value < end && (*value == ' ' || *value == '\t'))
		value++;
	while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	framing_add(framing, line, strlen(line), value, (size_t)(end - value));
}

static void
parse(struct framing *framing, char *text)
{
	size_t size = strlen(text);
	char *line = text + strlen(LINE);

	memset(strchr(text, '\r'), '\0', 2);
	framing_begin(framing, text, size, text + strlen("GET / "));
	while (*line != '\0' && *line != '\r' && *line != '\n') {
		char *end = strchr(line, '\n');
		size_t ends = 1;

		if (end > line && end[-1] == '\r') {
			end--;
			ends++;
		}
		memset(end, '\0', ends);
		if (*line != '~')
			tell(framing, line, end);
		line = end + ends;
	}
}

static void
test_requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct framing framing;
		char text[256] = LINE;

		assert_true(str_fit(text + strlen(LINE),
		    sizeof(text) - strlen(LINE), cases[i].request));
		parse(&framing, text);
		if (framing_ok(&framing) != cases[i].ok)
			print_error("%s\n", cases[i].request);
		assert_int_equal(framing_ok(&framing), cases[i].ok);
	}
}

/* The length counts where the header is good. */
static void
test_lengths(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct framing framing;
		char text[256] = LINE;

		(void)str_fit(text + strlen(LINE), sizeof(text) - strlen(LINE),
		    cases[i].request);
		parse(&framing, text);
		assert_true(framing.length == cases[i].length);
	}
}

/* A value with a NUL inside, cut short or not. */
static void
test_nul(void **state)
{
	static const char text[] = "GET / HTTP/1.1\0\0Host\0 a\0b\0\0\0\0";
	struct framing framing;

	(void)state;
	framing_begin(&framing, text, sizeof(text) - 1, text + 6);
	framing_add(&framing, text + 16, 4, text + 22, 1);
	assert_false(framing_ok(&framing));
	framing_begin(&framing, text, sizeof(text) - 1, text + 6);
	framing_add(&framing, text + 16, 4, text + 22, 3);
	assert_false(framing_ok(&framing));
}

/* A value that was moved: unfolded from two lines. */
static void
test_moved(void **state)
{
	static const char text[] = "GET / HTTP/1.1\0\0Host\0 a\0\0\0\0";
	static const char elsewhere[] = "a";
	struct framing framing;

	(void)state;
	framing_begin(&framing, text, sizeof(text) - 1, text + 6);
	framing_add(&framing, text + 16, 4, text + 22, 1);
	assert_true(framing_ok(&framing));
	framing_begin(&framing, text, sizeof(text) - 1, text + 6);
	framing_add(&framing, text + 16, 4, elsewhere, 1);
	assert_false(framing_ok(&framing));
	framing_begin(&framing, text, sizeof(text) - 1, elsewhere);
	framing_add(&framing, text + 16, 4, text + 22, 1);
	assert_false(framing_ok(&framing));
	framing_begin(&framing, text, 0, text + 6);
	framing_add(&framing, text + 16, 4, text + 22, 1);
	assert_false(framing_ok(&framing));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_requests),
	    cmocka_unit_test(test_lengths),
	    cmocka_unit_test(test_nul),
	    cmocka_unit_test(test_moved),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
