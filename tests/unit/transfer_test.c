/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/str.h"
#include "feed/transfer.h"

#include <curl/curl.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* What goes over a wire is in fetch_test; here is what is said without one. */
static const struct transfer_rules rules = {
    .body_max = 1000, .total_ms = 1000, .agent = "nashra"};

static const struct {
	const char *url;
	const char *message; /* NULL: taken */
} urls[] = {
    {"http://news.example.org/feed", NULL},
    {"HTTPS://news.example.org", NULL},
    {"http://user:secret@news.example.org/?a=b#c", NULL},
    {"http://[2001:db8::1]:8080/", NULL},
    {"", "'' is no address"},
    {"news.example.org", "'news.example.org' is no address"},
    {"//news.example.org", "'//news.example.org' is no address"},
    {"file:///etc/passwd", "'file:///etc/passwd' is neither http nor https"},
    {"gopher://a/", "'gopher://a/' is neither http nor https"},
    {"smb://a/b", "'smb://a/b' is neither http nor https"},
    {"http://a b/", "'http://a b/' is no address"},
    {"http://a\n/", "'http://a\n/' is no address"},
    {"http://a:0x50/", "'http://a:0x50/' is no address"},
};

static void
test_urls(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(urls); i++) {
		const struct fetch_request request = {urls[i].url, "", ""};
		struct transfer *transfer = NULL;
		struct err err = ERR_INIT;
		int got = transfer_new(&transfer, &rules, &request, &err);

		if (urls[i].message != NULL) {
			assert_int_equal(got, -1);
			assert_int_equal(err.code, ERR_INPUT);
			assert_string_equal(err.msg, urls[i].message);
			assert_null(transfer);
			continue;
		}
		assert_int_equal(got, 0);
		assert_non_null(transfer_handle(transfer));
		assert_int_equal(transfer_hop(transfer, &err), 0);
		assert_string_equal(transfer_reply(transfer)->url, urls[i].url);
		transfer_free(transfer);
	}
	transfer_free(NULL);
}

static const struct {
	CURLcode code;
	enum err_code err;
	const char *message; /* its beginning */
} ends[] = {
    {CURLE_COULDNT_RESOLVE_HOST, ERR_TEMP, "Couldn't resolve host"},
    {CURLE_COULDNT_CONNECT, ERR_TEMP, "Couldn't connect"},
    {CURLE_OPERATION_TIMEDOUT, ERR_TEMP, "it takes too long"},
    {CURLE_PEER_FAILED_VERIFICATION, ERR_TEMP, "SSL peer certificate"},
    {CURLE_PARTIAL_FILE, ERR_TEMP, "Transferred a partial file"},
    {CURLE_GOT_NOTHING, ERR_TEMP, "Server returned nothing"},
    {CURLE_OUT_OF_MEMORY, ERR_TEMP, "Out of memory"},
};

static void
test_ends(void **state)
{
	const struct fetch_request request = {"http://a.example/", "", ""};

	(void)state;
	for (size_t i = 0; i < COUNT(ends); i++) {
		struct transfer *transfer = NULL;
		struct err err = ERR_INIT;

		assert_int_equal(
		    transfer_new(&transfer, &rules, &request, &err), 0);
		assert_int_equal(transfer_hop(transfer, &err), 0);
		assert_int_equal(
		    transfer_end(transfer, (int)ends[i].code, &err), -1);
		assert_int_equal(err.code, ends[i].err);
		if (!str_starts(err.msg, ends[i].message))
			fail_msg("%s", err.msg);
		transfer_free(transfer);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_urls),
	    cmocka_unit_test(test_ends),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
