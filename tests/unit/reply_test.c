/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mail/reply.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MORE 0
#define BAD  (-1)
#define ALL  1 /* whole */

static const struct {
	const char *bytes;
	int verdict;
	int code;
	const char *status, *text;
} CASES[] = {
    {"250 ok\r\n", ALL, 250, "", "ok"},
    {"250 2.1.5 ok\r\n", ALL, 250, "2.1.5", "ok"},
    {"250\r\n", ALL, 250, "", ""},
    {"250 \r\n", ALL, 250, "", ""},
    {"250-\r\n250\r\n", ALL, 250, "", ""},
    {"250 ok\n", ALL, 250, "", "ok"},
    {"354 go on\r\n", ALL, 354, "", "go on"},
    {"550-5.1.1 no\r\n550 5.1.1 such user\r\n", ALL, 550, "5.1.1",
	"no such user"},
    {"550-no\r\n550 5.7.1 way\r\n", ALL, 550, "5.7.1", "no way"},
    {"550-one\r\n550-\r\n550 two\r\n", ALL, 550, "", "one two"},
    {"452 4.2.2 full  \r\n", ALL, 452, "4.2.2", "full"},
    {"550 5.123.456 x\r\n", ALL, 550, "5.123.456", "x"},
    {"550 5.1.1\r\n", ALL, 550, "5.1.1", ""},
    /* Not a status: other class, too long, cut short, glued to a word. */
    {"550 4.1.1 x\r\n", ALL, 550, "", "4.1.1 x"},
    {"550 5.1234.1 x\r\n", ALL, 550, "", "5.1234.1 x"},
    {"550 5.1 x\r\n", ALL, 550, "", "5.1 x"},
    {"550 5.1.1x\r\n", ALL, 550, "", "5.1.1x"},
    {"550 5.1.1: x\r\n", ALL, 550, "", "5.1.1: x"},
    {"550 55.1.1 x\r\n", ALL, 550, "", "55.1.1 x"},
    {"550 5..1 x\r\n", ALL, 550, "", "5..1 x"},
    {"354 3.0.0 x\r\n", ALL, 354, "3.0.0", "x"},
    /* Printable UTF-8 and nothing else. */
    {"550 صندوق\r\n", ALL, 550, "", "صندوق"},
    {"550 a\x01\x1b[31mb\x7f\r\n", ALL, 550, "", "a??[31mb?"},
    {"550 \xff\xfe\xc3\r\n", ALL, 550, "", "???"},
    {"550 \xc2\x9b\x31m\r\n", ALL, 550, "", "??1m"},
    {"550 \xed\xa0\x80\r\n", ALL, 550, "", "???"},
    {"550 a\rb\r\n", ALL, 550, "", "a?b"},
    {"550 a\tb\r\n", ALL, 550, "", "a?b"},
    /* Not all there yet. */
    {"", MORE, 0, "", ""},
    {"2", MORE, 0, "", ""},
    {"25", MORE, 0, "", ""},
    {"250", MORE, 0, "", ""},
    {"250 ok", MORE, 0, "", ""},
    {"250 ok\r", MORE, 0, "", ""},
    {"250-ok\r\n", MORE, 0, "", ""},
    {"250-ok\r\n250", MORE, 0, "", ""},
    /* Garbage, seen as early as can be. */
    {"x", BAD, 0, "", ""},
    {"\r\n", BAD, 0, "", ""},
    {"\n", BAD, 0, "", ""},
    {" 250 ok\r\n", BAD, 0, "", ""},
    {"2x", BAD, 0, "", ""},
    {"25x", BAD, 0, "", ""},
    {"250x", BAD, 0, "", ""},
    {"2500 ok\r\n", BAD, 0, "", ""},
    {"25\r\n", BAD, 0, "", ""},
    {"150 ok\r\n", BAD, 0, "", ""},
    {"650 ok\r\n", BAD, 0, "", ""},
    {"099 ok\r\n", BAD, 0, "", ""},
    {"HTTP/1.1 200 OK\r\n", BAD, 0, "", ""},
    {"\x16\x03\x01", BAD, 0, "", ""},
    {"250-ok\r\n251 ok\r\n", BAD, 0, "", ""},
    {"250-ok\r\nx", BAD, 0, "", ""},
};

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
		struct reply reply = {.code = 1};
		size_t len = strlen(CASES[i].bytes);
		/* Exactly as long, so that a sanitizer sees one read more. */
		char *bytes = malloc(len + 1);
		long n;

		assert_non_null(bytes);
		memcpy(bytes + 1, CASES[i].bytes, len);
		n = reply_parse(&reply, bytes + 1, len);
		free(bytes);
		if (CASES[i].verdict != ALL) {
			if (n != CASES[i].verdict || reply.code != 1)
				fail_msg("case %zu: %ld", i, n);
			continue;
		}
		if (n != (long)len || reply.code != CASES[i].code)
			fail_msg("case %zu: %ld, %d", i, n, reply.code);
		assert_string_equal(reply.status, CASES[i].status);
		assert_string_equal(reply.text, CASES[i].text);
	}
}

/* However the bytes are cut, the reply is the same, and never too early. */
static void
test_cut(void **state)
{
	static const char bytes[] =
	    "250-a\r\n250-2.0.0 b\r\n250 c\r\n421 d\r\n";
	struct reply reply;

	(void)state;
	for (size_t n = 0; n < 27; n++)
		assert_int_equal(reply_parse(&reply, bytes, n), 0);
	assert_int_equal(reply_parse(&reply, bytes, 27), 27);
	assert_int_equal(reply_parse(&reply, bytes, sizeof(bytes) - 1), 27);
	assert_string_equal(reply.text, "a b c");
}

static void
test_nul_in_code(void **state)
{
	struct reply reply;

	(void)state;
	assert_int_equal(reply_parse(&reply, "250\0ok\r\n", 8), -1);
	assert_int_equal(reply_parse(&reply, "250 o\0k\r\n", 9), 9);
	assert_string_equal(reply.text, "o?k");
}

static void
test_limits(void **state)
{
	static char bytes[REPLY_MAX + 64];
	struct reply reply;
	size_t n = 0;

	(void)state;
	/* A line of exactly the limit, its end included, and one longer. */
	memset(bytes, 'x', sizeof(bytes));
	memcpy(bytes, "250 ", 4);
	assert_int_equal(reply_parse(&reply, bytes, REPLY_LINE_MAX - 1), 0);
	assert_int_equal(reply_parse(&reply, bytes, REPLY_LINE_MAX), -1);
	memcpy(bytes + REPLY_LINE_MAX - 2, "\r\n", 2);
	assert_int_equal(
	    reply_parse(&reply, bytes, REPLY_LINE_MAX), REPLY_LINE_MAX);
	assert_int_equal(strlen(reply.text), REPLY_TEXT_SIZE - 1);
	memcpy(bytes + REPLY_LINE_MAX - 2, "x\r\n", 3);
	assert_int_equal(reply_parse(&reply, bytes, REPLY_LINE_MAX + 1), -1);

	for (; n + 8 <= REPLY_MAX; n += 8)
		memcpy(bytes + n, "250-abc\n", 8);
	assert_int_equal(reply_parse(&reply, bytes, REPLY_MAX - 1), 0);
	assert_int_equal(reply_parse(&reply, bytes, REPLY_MAX), -1);
	memcpy(bytes + REPLY_MAX, "250 abc\n", 8);
	assert_int_equal(reply_parse(&reply, bytes, REPLY_MAX + 8), -1);
	bytes[REPLY_MAX - 5] = ' ';
	assert_int_equal(reply_parse(&reply, bytes, REPLY_MAX), REPLY_MAX);
}

static void
test_cut_between_characters(void **state)
{
	char bytes[600] = "550 ";
	struct reply reply;
	size_t n = 4;

	(void)state;
	while (n < 500) {
		memcpy(bytes + n, "ن", 2);
		n += 2;
	}
	memcpy(bytes + n, "\r\n", 3);
	assert_int_equal(reply_parse(&reply, bytes, n + 2), n + 2);
	assert_int_equal(strlen(reply.text), 254);
}

static const struct {
	const char *bytes;
	const char *offer; /* p: PIPELINING, 8, u: SMTPUTF8, s: SIZE */
	int64_t size_max;
} OFFERS[] = {
    {"250 relay\r\n", "----", 0},
    {"250-relay\r\n250 PIPELINING\r\n", "p---", 0},
    {"250-relay\r\n250-pipelining\r\n250-Size 100\r\n250-8bitmime\r\n"
     "250 starttls\r\n",
	"p8-s", 100},
    {"250-relay\n250 SIZE\n", "---s", 0},
    {"250-SIZE\r\n250 PIPELINE\r\n", "----", 0},
    {"250-PIPELINING at your service\r\n250 HELP\r\n", "----", 0},
    {"250-relay\r\n250-SIZEABLE 1\r\n250 XPIPELINING\r\n", "----", 0},
    {"250-relay\r\n250-\r\n250-AVERYLONGKEYWORDTHATISNONE\r\n250 8BITMIME\r\n",
	"-8--", 0},
    {"250-relay\r\n250-AUTH PLAIN SIZE\r\n250 DSN\r\n", "----", 0},
    {"250-relay\r\n250 SMTPUTF8\r\n", "--u-", 0},
    {"250-relay\r\n250-SMTPUTF\r\n250 SMTPUTF88\r\n", "----", 0},
    {"250-relay\r\n250 SIZE\r\n", "---s", 0},
    {"250-relay\r\n250 SIZE 0\r\n", "---s", 0},
    {"250-relay\r\n250 SIZE  10240000 \r\n", "---s", 10240000},
    {"250-relay\r\n250 SIZE 00010\r\n", "---s", 10},
    {"250-relay\r\n250 SIZE -5\r\n", "---s", 0},
    {"250-relay\r\n250 SIZE lots\r\n", "---s", 0},
    {"250-relay\r\n250 SIZE 9223372036854775807\r\n", "---s", INT64_MAX},
    {"250-relay\r\n250 SIZE 9223372036854775808\r\n", "---s", 0},
    {"250-relay\r\n250 SIZE 99999999999999999999999\r\n", "---s", 0},
    {"250-relay\r\n250 SIZE=5\r\n", "----", 0},
    {"250-relay\r\n250 PIPELINING\t\r\n", "p---", 0},
    {"250-relay\r\n250  PIPELINING\r\n", "----", 0},
    /* Never asked for, but no reason to read past the end. */
    {"250-relay\r\n250-SIZE\r\n", "---s", 0},
    {"250-relay\r\n250-SI", "----", 0},
    {"x", "----", 0},
};

static void
test_offers(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(OFFERS) / sizeof(*OFFERS); i++) {
		struct reply_offer offer;
		char said[5];

		reply_offer(&offer, OFFERS[i].bytes, strlen(OFFERS[i].bytes));
		snprintf(said, sizeof(said), "%c%c%c%c",
		    offer.pipelining ? 'p' : '-', offer.eightbit ? '8' : '-',
		    offer.utf8 ? 'u' : '-', offer.size ? 's' : '-');
		assert_string_equal(said, OFFERS[i].offer);
		assert_int_equal(offer.size_max, OFFERS[i].size_max);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_cut),
	    cmocka_unit_test(test_nul_in_code),
	    cmocka_unit_test(test_limits),
	    cmocka_unit_test(test_cut_between_characters),
	    cmocka_unit_test(test_offers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
