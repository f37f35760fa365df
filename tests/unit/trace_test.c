/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/str.h"
#include "mail/trace.h"

#include <string.h>

static struct str seen;

static void
note(void *arg, unsigned session, const char *line)
{
	assert_ptr_equal(arg, &seen);
	str_addf(&seen, "%u %s\n", session, line);
}

static int
set_up(void **state)
{
	(void)state;
	str_init(&seen, 1024 * 1024);
	trace_to(note, &seen);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	trace_to(NULL, NULL);
	str_release(&seen);
	return 0;
}

/* A session in pieces, side and text, and what is shown of it. */
static const struct {
	const char *pieces[12];
	const char *shown;
} SESSIONS[] = {
    {{"<220 hi\r\n", ">EHLO x\r\n", "<250-a\r\n", "<250 b\r\n"},
	"< 220 hi\n> EHLO x\n< 250-a\n< 250 b\n"},
    {{">MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA\r\n",
	 "<250 ok\r\n250 ok\r\n354 go\r\n"},
	"> MAIL FROM:<a@b>\n> RCPT TO:<c@d>\n> DATA\n< 250 ok\n< 250 ok\n"
	"< 354 go\n"},
    {{">AUTH PLAIN\r\n", "<334 \r\n", ">AHUAcA==\r\n", "<235 ok\r\n",
	 ">QUIT\r\n"},
	"> AUTH PLAIN\n< 334 [secret]\n> [secret]\n< 235 ok\n> QUIT\n"},
    {{">AUTH PLAIN AHUAcA==\r\n", "<235-ok\r\n", ">x\r\n", "<235 ok\r\n",
	 ">MAIL\r\n"},
	"> AUTH PLAIN [secret]\n< 235-ok\n> [secret]\n< 235 ok\n> MAIL\n"},
    {{">auth login dQ==\r\n", "<334 UGFzc3dvcmQ6\r\n", ">cA==\r\n",
	 "<535 5.7.8 no\r\n", ">QUIT\r\n"},
	"> auth login [secret]\n< 334 [secret]\n> [secret]\n< 535 5.7.8 no\n"
	"> QUIT\n"},
    {{">AUTH LOGIN\r\n", "<334 VXNlcm5hbWU6\r\n", ">dQ==\r\n",
	 "<334 UGFzc3dvcmQ6\r\n", ">cA==\r\n", "<235 ok\r\n"},
	"> AUTH LOGIN\n< 334 [secret]\n> [secret]\n< 334 [secret]\n"
	"> [secret]\n< 235 ok\n"},
    {{">AUTH XOAUTH2\r\n", "<334 \r\n", ">dXNlcj1\r\n", "<334 eyJzdGF0\r\n",
	 ">\r\n", "<535 no\r\n"},
	"> AUTH XOAUTH2\n< 334 [secret]\n> [secret]\n< 334 [secret]\n"
	"> [secret]\n< 535 no\n"},
    /* A response in parts, and one that is cut off. */
    {{">AUTH PLAIN\r\n", "<334 \r\n", ">AHU", ">AcA==\r\n", "<235 ok\r\n"},
	"> AUTH PLAIN\n< 334 [secret]\n> [secret]\n> [secret]\n< 235 ok\n"},
    {{">AUTH PLAIN AHU"}, "> AUTH PLAIN [secret]\n"},
    {{">AUTH\r\n", "<500 what\r\n"}, "> AUTH\n< 500 what\n"},
    {{"<250-AUTH PLAIN\r\n", ">AUTHOR\r\n"}, "< 250-AUTH PLAIN\n> AUTHOR\n"},
    {{">AUTH "
      "AVERYLONGWORDTHATISNOMECHANISMATALLBUTMAYBEAPASSWORD\r\n"},
	"> AUTH AVERYLONGWORDTHATISNOMECHANISMATALL\n"},
    /* What a relay says is not trusted with a terminal, or with a line. */
    {{"<250 \x1b[2Jx\x01\n", "<\n", "<334\n", "<250\r\r\n"},
	"< 250 ?[2Jx?\n< \n< 334\n< 250?\n"},
    {{"*127.0.0.1\n"}, "* 127.0.0.1\n"},
    {{"[1000", "[234", "<250 ok\r\n"}, "> [1234 octets]\n< 250 ok\n"},
    {{"[5"}, "> [5 octets]\n"},
};

static void
test_sessions(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(SESSIONS) / sizeof(*SESSIONS); i++) {
		struct trace trace = {0};
		struct str want;
		size_t number = i + 1;
		const char *shown = SESSIONS[i].shown;

		str_reset(&seen);
		str_init(&want, 4096);
		trace_begin(&trace, "relay:25");
		str_addf(&want, "%zu * relay:25\n", number);
		while (*shown != '\0') {
			size_t n = strcspn(shown, "\n") + 1;

			str_addf(&want, "%zu %.*s", number, (int)n, shown);
			shown += n;
		}
		for (size_t k = 0; SESSIONS[i].pieces[k] != NULL; k++) {
			const char *piece = SESSIONS[i].pieces[k];
			size_t octets = 0;

			for (const char *c = piece + 1; *c >= '0' && *c <= '9';
			     c++)
				octets = octets * 10 + (size_t)(*c - '0');
			if (*piece == '[')
				trace_body(&trace, octets);
			else
				trace_lines(&trace, *piece, piece + 1,
				    strlen(piece + 1));
		}
		trace_end(&trace, "over");
		str_addf(&want, "%zu * over\n", number);
		assert_string_equal(seen.data, want.data);
		str_release(&want);
	}
}

static void
test_long_line(void **state)
{
	static char line[5000];
	struct trace trace = {0};

	(void)state;
	trace_to(note, &seen);
	memset(line, 'x', sizeof(line));
	trace_begin(&trace, "r");
	str_reset(&seen);
	trace_lines(&trace, '<', line, sizeof(line));
	assert_int_equal(seen.len, 1023 + 3);
}

/* A session that began while nothing was traced stays silent, and so does one
 * that is over. */
static void
test_off(void **state)
{
	struct trace trace = {0};

	(void)state;
	str_reset(&seen);
	trace_to(NULL, NULL);
	assert_false(trace_on());
	trace_begin(&trace, "r");
	trace_lines(&trace, '<', "250 a\r\n", 7);
	trace_to(note, &seen);
	assert_true(trace_on());
	trace_lines(&trace, '<', "250 a\r\n", 7);
	trace_end(&trace, "over");
	assert_string_equal(seen.data, "");
	trace_begin(&trace, "r");
	trace_end(&trace, "over");
	trace_lines(&trace, '<', "250 a\r\n", 7);
	trace_end(&trace, "over");
	assert_string_equal(seen.data, "1 * r\n1 * over\n");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_sessions),
	    cmocka_unit_test(test_long_line),
	    cmocka_unit_test(test_off),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
