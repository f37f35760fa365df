/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/codec.h"
#include "mail/wire_fault.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>

#define AT "mail.example.org:587"

static const struct {
	int code;
	int errnum;
	const char *detail;
	int last, replies;
	const char *said;
} CASES[] = {
    {CURLE_COULDNT_RESOLVE_HOST, 0, "Could not resolve host: x", 0, 0,
	AT ": no address was found for that name"},
    {CURLE_COULDNT_CONNECT, ECONNREFUSED, "Failed to connect", 0, 0,
	AT ": no connection: Connection refused"},
    {CURLE_COULDNT_CONNECT, ENETUNREACH, "", 0, 0,
	AT ": no connection: Network is unreachable"},
    {CURLE_COULDNT_CONNECT, 0, "", 0, 0, AT ": no connection"},
    {CURLE_OPERATION_TIMEDOUT, 0, "Connection timed out after 60001 ms", 0, 0,
	AT ": did not answer in time, before its greeting"},
    {CURLE_OPERATION_TIMEDOUT, 0, "", 250, 2,
	AT ": did not answer in time, after EHLO"},
    {CURLE_RECV_ERROR, ECONNRESET, "response reading failed (errno: 104)", 0, 0,
	AT ": hung up, before its greeting"},
    {CURLE_RECV_ERROR, 0, "response reading failed", 220, 1,
	AT ": hung up, after its greeting"},
    {CURLE_RECV_ERROR, 0, "x", 220, 3, AT ": hung up, in the TLS handshake"},
    {CURLE_SEND_ERROR, EPIPE, "x", 334, 3,
	AT ": hung up, in the middle of the login"},
    {CURLE_RECV_ERROR, 0, "x", 235, 4, AT ": hung up"},
    {CURLE_WEIRD_SERVER_REPLY, 0, "x", 0, 0,
	AT ": what it says is not SMTP, before its greeting"},
    {CURLE_PEER_FAILED_VERIFICATION, 0,
	"SSL certificate problem: certificate has expired", 220, 2,
	AT ": its certificate does not verify: certificate has expired"},
    {CURLE_PEER_FAILED_VERIFICATION, 0,
	"SSL: no alternative certificate subject name matches target host name "
	"'x'",
	220, 2,
	AT ": its certificate does not verify: no alternative certificate "
	   "subject name matches target host name 'x'"},
    {CURLE_PEER_FAILED_VERIFICATION, 0, "", 220, 2,
	AT ": its certificate does not verify"},
    {CURLE_SSL_CACERT_BADFILE, 0, "error setting certificate file: /x", 220, 2,
	AT ": ca_file cannot be used: error setting certificate file: /x"},
    {CURLE_SSL_CONNECT_ERROR, 0, "wrong version number", 0, 0,
	AT ": TLS failed: wrong version number"},
    {CURLE_USE_SSL_FAILED, 0, "STARTTLS not available.", 250, 2,
	AT ": it offers no STARTTLS, which 'tls' asks for"},
    {CURLE_LOGIN_DENIED, 0, "", 250, 2,
	AT ": it offers no way to log in that we know (PLAIN, LOGIN, "
	   "CRAM-MD5)"},
    /* Rows that nobody thought of. */
    {CURLE_INTERFACE_FAILED, 0, "something new", 0, 0, AT ": something new"},
    {CURLE_INTERFACE_FAILED, 0, "a\r\nb\x1b[1m", 0, 0, AT ": a??b?[1m"},
};

static void
test_cases(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
		struct reply last = {.code = CASES[i].last};
		struct wire_fault fault = {AT, CASES[i].code, CASES[i].errnum,
		    CASES[i].detail, &last, CASES[i].replies, false};
		char said[256];

		wire_fault_say(said, sizeof(said), &fault);
		assert_string_equal(said, CASES[i].said);
	}
}

static void
test_token(void **state)
{
	struct reply last = {.code = 250};
	struct wire_fault fault = {
	    AT, CURLE_LOGIN_DENIED, 0, "", &last, 2, true};
	char said[256];

	(void)state;
	wire_fault_say(said, sizeof(said), &fault);
	assert_non_null(strstr(said, "(OAUTHBEARER, XOAUTH2)"));
	last.code = 334;
	wire_fault_say(said, sizeof(said), &fault);
	assert_non_null(strstr(said, "it refuses the token"));
	fault.by_token = false;
	wire_fault_say(said, sizeof(said), &fault);
	assert_non_null(strstr(said, "it refuses the login"));
}

/* Every code there is, in a line of any size. */
static void
test_any(void **state)
{
	struct reply last = {.code = 220};
	char said[256];

	(void)state;
	for (int code = 0; code < CURL_LAST; code++) {
		for (size_t size = 1; size <= sizeof(said); size *= 2) {
			struct wire_fault fault = {
			    AT, code, 0, "", &last, 1, false};

			wire_fault_say(said, size, &fault);
			assert_true(strlen(said) < size);
			assert_true(codec_utf8_ok(said, strlen(said)));
			assert_true(
			    size < 256 || strlen(said) > strlen(AT) + 2);
		}
	}
}

static void
test_broken(void **state)
{
	char said[96];

	(void)state;
	wire_fault_say_broken(said, sizeof(said), ECONNRESET);
	assert_string_equal(said,
	    "the connection to the relay broke: Connection reset by peer");
	wire_fault_say_broken(said, sizeof(said), 0);
	assert_string_equal(said, "the connection to the relay broke");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_cases),
	    cmocka_unit_test(test_token),
	    cmocka_unit_test(test_any),
	    cmocka_unit_test(test_broken),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
