/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "base/codec.h"
#include "base/loop.h"
#include "base/str.h"
#include "feed/fetch.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* The server is fetch_server.py, next to this file. */
static struct {
	pid_t pid;
	int stop; /* closed, it ends */
	int port, https;
	char certificate[256];
} server;

static char loopback[] = "127.0.0.1";
static struct conf_items allow = {{loopback}, 1};

struct answer {
	int calls;
	bool failed;
	struct err err;
	struct fetch_reply reply;
	char body[8192]; /* its beginning */
};

static void
keep(void *arg, const struct fetch_reply *reply, const struct err *err)
{
	struct answer *answer = arg;
	size_t n;

	answer->calls++;
	answer->failed = reply == NULL;
	if (reply == NULL) {
		answer->err = *err;
		return;
	}
	answer->reply = *reply;
	n = reply->len < sizeof(answer->body) - 1 ? reply->len
						  : sizeof(answer->body) - 1;
	memcpy(answer->body, reply->body, n);
	answer->body[n] = '\0';
	answer->reply.body = NULL;
}

static struct loop *
new_loop(void)
{
	struct loop *loop = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(loop_new(&loop, &err), 0);
	return loop;
}

static struct fetch *
new_fetch(struct loop *loop, const struct conf_items *items)
{
	struct fetch *fetch = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(fetch_new(&fetch, loop, items, &err), 0);
	return fetch;
}

static void
turn_until(struct loop *loop, const int *calls, int wanted)
{
	struct err err = ERR_INIT;

	while (*calls < wanted)
		assert_int_equal(loop_turn(loop, 10000, &err), 0);
}

static void
get(struct answer *answer, const struct fetch_settings *settings,
    const struct fetch_request *request)
{
	struct loop *loop = new_loop();
	struct fetch *fetch = new_fetch(loop, &allow);
	struct err err = ERR_INIT;

	*answer = (struct answer){0};
	if (settings != NULL)
		fetch_set(fetch, settings);
	assert_int_equal(fetch_get(fetch, request, keep, answer, &err), 0);
	assert_int_equal(answer->calls, 0); /* never from within */
	turn_until(loop, &answer->calls, 1);
	assert_int_equal(answer->calls, 1);
	fetch_free(fetch);
	loop_free(loop);
}

static void
get_path(struct answer *answer, const struct fetch_settings *settings,
    const char *path)
{
	char url[FETCH_URL_SIZE];
	const struct fetch_request request = {url, "", ""};

	snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", server.port, path);
	get(answer, settings, &request);
}

static void
test_conditional(void **state)
{
	struct answer answer;
	char url[64];
	char etag[FETCH_HEADER_SIZE];
	struct fetch_request request = {url, "", ""};

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/feed", server.port);
	get(&answer, NULL, &request);
	assert_false(answer.failed);
	assert_int_equal(answer.reply.status, 200);
	assert_string_equal(
	    answer.body, "<rss><channel><title>نشرة</title></channel></rss>");
	assert_int_equal(answer.reply.len, strlen(answer.body));
	assert_string_equal(
	    answer.reply.content_type, "application/rss+xml; charset=utf-8");
	assert_string_equal(answer.reply.etag, "\"v1-'x\"");
	assert_string_equal(
	    answer.reply.last_modified, "Wed, 22 Jan 2025 06:30:00 GMT");
	assert_string_equal(answer.reply.url, url);

	snprintf(etag, sizeof(etag), "%s", answer.reply.etag);
	request.etag = etag;
	get(&answer, NULL, &request);
	assert_int_equal(answer.reply.status, 304);
	assert_int_equal(answer.reply.len, 0);
	assert_string_equal(answer.reply.etag, etag);

	request.etag = "";
	request.last_modified = "Wed, 22 Jan 2025 06:30:00 GMT";
	get(&answer, NULL, &request);
	assert_int_equal(answer.reply.status, 304);
	request.last_modified = "";
	request.etag = "\"other\"";
	get(&answer, NULL, &request);
	assert_int_equal(answer.reply.status, 200);
}

/* What is sent, and what is not. */
static void
test_request(void **state)
{
	struct answer answer;
	char url[64];
	const struct fetch_settings contact = {
	    .contact = "https://news.example.org"};
	struct fetch_request request = {url, "\"a\"\r\nX-Evil: 1", "b"};

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/headers", server.port);
	get(&answer, &contact, &request);
	assert_non_null(strstr(answer.body, "User-Agent: nashra/" NASHRA_VERSION
					    " (+https://news.example.org)\n"));
	assert_non_null(strstr(answer.body, "Accept: application/rss+xml"));
	assert_non_null(strstr(answer.body, "Accept-Encoding: "));
	assert_non_null(strstr(answer.body, "gzip"));
	assert_null(strstr(answer.body, "X-Evil"));
	assert_null(strstr(answer.body, "If-None-Match"));
	assert_non_null(strstr(answer.body, "If-Modified-Since: b\n"));
	assert_null(strstr(answer.body, "Cookie"));
	assert_null(strstr(answer.body, "Authorization"));
	assert_null(strstr(answer.body, "Referer"));
	get_path(&answer, NULL, "/headers");
	assert_non_null(
	    strstr(answer.body, "User-Agent: nashra/" NASHRA_VERSION "\n"));
}

static const struct {
	const char *path;
	int status;
	const char *body;
	const char *url; /* after redirects; NULL: the same */
} replies[] = {
    {"/status?404", 404, "status 404", NULL},
    {"/status?410", 410, "status 410", NULL},
    {"/status?500", 500, "status 500", NULL},
    {"/status?204", 204, "", NULL},
    {"/gzip", 200, "<rss><channel><title>نشرة</title></channel></rss>", NULL},
    {"/size?0", 200, "", NULL},
    {"/times?1", 200, "there", "/times?0"},
    {"/times?5", 200, "there", "/times?0"},
    {"/to?/status?404", 404, "status 404", "/status?404"},
    {"/nowhere", 302, "no location", NULL},
};

static void
test_replies(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(replies); i++) {
		const char *path =
		    replies[i].url ? replies[i].url : replies[i].path;
		struct answer answer;
		char url[128];

		get_path(&answer, NULL, replies[i].path);
		if (answer.failed)
			fail_msg("%s: %s", replies[i].path, answer.err.msg);
		assert_int_equal(answer.reply.status, replies[i].status);
		assert_string_equal(answer.body, replies[i].body);
		snprintf(url, sizeof(url), "http://127.0.0.1:%d%s", server.port,
		    path);
		assert_string_equal(answer.reply.url, url);
		assert_string_equal(answer.reply.etag, "");
	}
}

/* body_max is 100000 here, and total_ms 300 where the case is about time. */
static const struct {
	const char *path;
	enum err_code code;
	const char *message; /* its beginning */
	int64_t total_ms;
} failures[] = {
    {"/times?6", ERR_PERM, "it redirects more than 5 times", 0},
    {"/loop", ERR_PERM, "it redirects more than 5 times", 0},
    {"/to?file:///etc/passwd", ERR_PERM,
	"it redirects: 'file:///etc/passwd' "
	"is neither http nor https",
	0},
    {"/to?gopher://127.0.0.1/", ERR_PERM, "it redirects: ", 0},
    {"/to?ftp://127.0.0.1/", ERR_PERM, "it redirects: ", 0},
    {"/to?javascript:alert(1)", ERR_PERM, "it redirects: ", 0},
    {"/to?http://127.0.0.2:9/", ERR_PERM, "address '127.0.0.2' is not public",
	0},
    {"/to?http://[::1]:9/", ERR_PERM, "address '::1' is not public", 0},
    {"/to?http://169.254.169.254/latest", ERR_PERM,
	"address '169.254.169.254' is not public", 0},
    {"/size?100001", ERR_TEMP, "it is larger than 100000 bytes", 0},
    {"/bomb", ERR_TEMP, "it is larger than 100000 bytes", 0},
    {"/endless", ERR_TEMP, "it is larger than 100000 bytes", 0},
    {"/nested", ERR_PERM, "it is compressed twice", 0},
    {"/nested2", ERR_PERM, "it is compressed twice", 0},
    {"/notgzip", ERR_TEMP, "", 0},
    {"/drip", ERR_TEMP, "it takes too long (", 300},
    {"/silent", ERR_TEMP, "it takes too long (", 300},
    {"/close", ERR_TEMP, "Empty reply from server", 0},
    {"/short", ERR_TEMP, "", 0},
    {"/garbage", ERR_TEMP, "", 0},
    {"/manyheaders", ERR_TEMP, "", 0},
};

static void
check_failure(
    const struct answer *answer, const char *path, const char *message)
{
	if (!answer->failed)
		fail_msg("%s: status %d", path, answer->reply.status);
	if (!str_starts(answer->err.msg, message))
		fail_msg("%s: %s", path, answer->err.msg);
	assert_int_not_equal(answer->err.msg[0], '\0');
}

static void
test_failures(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(failures); i++) {
		const struct fetch_settings settings = {
		    .body_max = 100000, .total_ms = failures[i].total_ms};
		struct answer answer;

		get_path(&answer, &settings, failures[i].path);
		check_failure(&answer, failures[i].path, failures[i].message);
		assert_int_equal(answer.err.code, failures[i].code);
	}
}

static void
test_limits_fit(void **state)
{
	const struct fetch_settings settings = {.body_max = 100000};
	struct answer answer;

	(void)state;
	get_path(&answer, &settings, "/size?100000");
	assert_false(answer.failed);
	assert_int_equal(answer.reply.len, 100000);
	get_path(&answer, NULL, "/longheaders");
	assert_false(answer.failed);
	assert_string_equal(answer.reply.etag, "");
	assert_int_equal(strlen(answer.reply.last_modified), 255);
}

/* Nothing listens there; and all of them are refused before that is known. */
static const char *const private_hosts[] = {
    "127.0.0.1",
    "127.1",
    "0x7f.1",
    "2130706433",
    "0177.0.0.1",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[2002:7f00:1::]",
    "0.0.0.0",
    "0",
    "[::]",
    "10.0.0.1",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "240.0.0.1",
    "[fe80::1]",
    "[fd00::1]",
    "[ff02::1]",
};

static void
test_private(void **state)
{
	struct loop *loop = new_loop();
	struct fetch *fetch = new_fetch(loop, NULL);

	(void)state;
	for (size_t i = 0; i < COUNT(private_hosts); i++) {
		struct answer answer = {0};
		struct err err = ERR_INIT;
		char url[128];
		const struct fetch_request request = {url, "", ""};

		snprintf(url, sizeof(url), "http://%s:%d/feed",
		    private_hosts[i], server.port);
		assert_int_equal(
		    fetch_get(fetch, &request, keep, &answer, &err), 0);
		turn_until(loop, &answer.calls, 1);
		if (!answer.failed)
			fail_msg("%s was fetched", private_hosts[i]);
		if (answer.err.code != ERR_PERM ||
		    strstr(answer.err.msg, "is not public") == NULL)
			fail_msg("%s: %s", private_hosts[i], answer.err.msg);
	}
	fetch_free(fetch);
	loop_free(loop);
}

static const struct {
	const char *item;
	bool ok;
} ranges[] = {
    {"127.0.0.1", true},
    {"127.0.0.1/32", true},
    {"127.0.0.0/8", true},
    {"0.0.0.0/0", true},
    {"::ffff:127.0.0.1", true},
    {"::ffff:7f00:0/104", true},
    {"127.0.0.2", false},
    {"10.0.0.0/8", false},
    {"::1", false},
};

static void
test_allowed(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(ranges); i++) {
		char item[64];
		const struct conf_items items = {{item}, 1};
		struct loop *loop = new_loop();
		struct fetch *fetch;
		struct answer answer = {0};
		struct err err = ERR_INIT;
		char url[128];
		const struct fetch_request request = {url, "", ""};

		snprintf(item, sizeof(item), "%s", ranges[i].item);
		fetch = new_fetch(loop, &items);
		snprintf(
		    url, sizeof(url), "http://127.0.0.1:%d/feed", server.port);
		assert_int_equal(
		    fetch_get(fetch, &request, keep, &answer, &err), 0);
		turn_until(loop, &answer.calls, 1);
		assert_int_equal(answer.failed, !ranges[i].ok);
		fetch_free(fetch);
		loop_free(loop);
	}
}

static void
test_bad_ranges(void **state)
{
	static const char *const bad[] = {"", "localhost", "10.0.0.1/8", "10/8",
	    "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/", "::1/129", "1.2.3.4.5",
	    "10.0.0.0/8/8", "300.0.0.1",
	    "0000:0000:0000:0000:0000:0000:0000:0000:0000:0000:0000"};
	struct loop *loop = new_loop();

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		char item[128];
		const struct conf_items items = {{item}, 1};
		struct fetch *fetch = NULL;
		struct err err = ERR_INIT;

		snprintf(item, sizeof(item), "%s", bad[i]);
		assert_int_equal(fetch_new(&fetch, loop, &items, &err), -1);
		assert_int_equal(err.code, ERR_CONFIG);
		assert_non_null(strstr(err.msg, "neither an address nor a"));
		assert_null(fetch);
	}
	loop_free(loop);
}

static void
test_bad_urls(void **state)
{
	static const char *const bad[] = {"", "news.example.org", "/feed",
	    "file:///etc/passwd", "gopher://a/", "ftp://a/", "javascript:1",
	    "http://", "http://a b/", "http://a:99999/", "http://a\r\nHost: b/",
	    "dict://127.0.0.1:11211/stats", "mailto:a"};
	struct loop *loop = new_loop();
	struct fetch *fetch = new_fetch(loop, &allow);
	char longest[FETCH_URL_SIZE + 1];
	struct answer answer = {0};
	struct fetch_request request = {longest, "", ""};
	struct err err = ERR_INIT;

	(void)state;
	for (size_t i = 0; i < COUNT(bad); i++) {
		err = ERR_INIT;
		request.url = bad[i];
		if (fetch_get(fetch, &request, keep, &answer, &err) != -1)
			fail_msg("taken: %s", bad[i]);
		assert_int_equal(err.code, ERR_INPUT);
	}
	memset(longest, 'a', sizeof(longest));
	memcpy(longest, "http://", 7);
	longest[FETCH_URL_SIZE] = '\0';
	request.url = longest;
	assert_int_equal(fetch_get(fetch, &request, keep, &answer, &err), -1);
	assert_int_equal(err.code, ERR_INPUT);
	assert_int_equal(answer.calls, 0);
	fetch_free(fetch);
	loop_free(loop);
}

static void
test_no_listener(void **state)
{
	const struct fetch_request request = {"http://127.0.0.1:1/", "", ""};
	struct answer answer;

	(void)state;
	get(&answer, NULL, &request);
	assert_true(answer.failed);
	assert_int_equal(answer.err.code, ERR_TEMP);
}

static void
test_https(void **state)
{
	const struct fetch_settings trusting = {.ca_file = server.certificate};
	struct answer answer;
	char url[256];
	const struct fetch_request request = {url, "", ""};

	(void)state;
	if (server.https == 0)
		skip();
	snprintf(url, sizeof(url), "https://127.0.0.1:%d/feed", server.https);
	get(&answer, NULL, &request);
	assert_true(answer.failed);
	assert_int_equal(answer.err.code, ERR_TEMP);
	assert_non_null(strstr(answer.err.msg, "certificate"));
	get(&answer, &trusting, &request);
	assert_false(answer.failed);
	assert_int_equal(answer.reply.status, 200);
	/* http to https is fine, and back is not */
	snprintf(url, sizeof(url),
	    "http://127.0.0.1:%d/to?https://127.0.0.1:%d"
	    "/feed",
	    server.port, server.https);
	get(&answer, &trusting, &request);
	assert_false(answer.failed);
	assert_int_equal(answer.reply.status, 200);
	snprintf(url, sizeof(url),
	    "https://127.0.0.1:%d/to?http://127.0.0.1:%d"
	    "/feed",
	    server.https, server.port);
	get(&answer, &trusting, &request);
	assert_true(answer.failed);
	assert_int_equal(answer.err.code, ERR_PERM);
	assert_true(str_starts(
	    answer.err.msg, "it redirects from https to http, to 'http://"));
}

/* Several at once; one more from a callback; then all is freed from one. */
struct crowd {
	struct fetch *fetch;
	int calls;
	int more;
	bool free_now;
	char url[128];
};

static void
join(void *arg, const struct fetch_reply *reply, const struct err *err)
{
	struct crowd *crowd = arg;
	const struct fetch_request request = {crowd->url, "", ""};
	struct err ignored = ERR_INIT;

	(void)err;
	assert_non_null(reply);
	crowd->calls++;
	if (crowd->more-- > 0) {
		assert_int_equal(
		    fetch_get(crowd->fetch, &request, join, crowd, &ignored),
		    0);
	}
	if (crowd->free_now)
		fetch_free(crowd->fetch);
}

static void
test_crowd(void **state)
{
	struct loop *loop = new_loop();
	struct crowd crowd = {.fetch = new_fetch(loop, &allow), .more = 3};
	const struct fetch_request request = {crowd.url, "", ""};
	struct err err = ERR_INIT;

	(void)state;
	snprintf(crowd.url, sizeof(crowd.url), "http://127.0.0.1:%d/feed",
	    server.port);
	for (int i = 0; i < 20; i++) {
		assert_int_equal(
		    fetch_get(crowd.fetch, &request, join, &crowd, &err), 0);
	}
	turn_until(loop, &crowd.calls, 23);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(
		    fetch_get(crowd.fetch, &request, join, &crowd, &err), 0);
	}
	crowd.free_now = true;
	turn_until(loop, &crowd.calls, 24);
	assert_int_equal(crowd.calls, 24);
	loop_free(loop);
}

/* Freed with a transfer under way: no callback, no leak. */
static void
test_free_early(void **state)
{
	struct loop *loop = new_loop();
	struct fetch *fetch = new_fetch(loop, &allow);
	struct answer answer = {0};
	struct err err = ERR_INIT;
	char url[64];
	const struct fetch_request request = {url, "", ""};

	(void)state;
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/silent", server.port);
	assert_int_equal(fetch_get(fetch, &request, keep, &answer, &err), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(loop_turn(loop, 10, &err), 0);
	fetch_free(fetch);
	assert_int_equal(answer.calls, 0);
	assert_int_equal(loop_turn(loop, 0, &err), 0);
	fetch_free(NULL);
	loop_free(loop);
}

/* The environment does not choose our way, nor our name. */
static void
test_environment(void **state)
{
	struct answer answer;

	(void)state;
	assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
	assert_int_equal(setenv("ALL_PROXY", "http://127.0.0.1:1", 1), 0);
	get_path(&answer, NULL, "/headers");
	unsetenv("http_proxy");
	unsetenv("ALL_PROXY");
	assert_false(answer.failed);
	assert_null(strstr(answer.body, "Proxy"));
}

static void
script_path(char *out, size_t size)
{
	const char *slash = strrchr(__FILE__, '/');

	snprintf(out, size, "%.*s/fetch_server.py", (int)(slash - __FILE__),
	    __FILE__);
}

/* One line of what the server prints first. */
static bool
take_line(char *out, int size, FILE *stream)
{
	if (fgets(out, size, stream) == NULL)
		return false;
	out[strcspn(out, "\n")] = '\0';
	return true;
}

static bool
take_port(int *port, FILE *stream)
{
	char line[16];
	int64_t number;

	if (!take_line(line, sizeof(line), stream) ||
	    !codec_int(&number, line, 0, 65535))
		return false;
	*port = (int)number;
	return true;
}

static int
start_server(void **state)
{
	int in[2];
	int out[2];
	char script[512];
	FILE *stream;
	bool ok;

	(void)state;
	script_path(script, sizeof(script));
	if (pipe(in) != 0 || pipe(out) != 0)
		return -1;
	server.pid = fork();
	if (server.pid < 0)
		return -1;
	if (server.pid == 0) {
		dup2(in[0], 0);
		dup2(out[1], 1);
		close(in[1]);
		execl("/usr/bin/python3", "python3", script, (char *)NULL);
		_exit(127);
	}
	close(in[0]);
	close(out[1]);
	server.stop = in[1];
	stream = fdopen(out[0], "r");
	if (stream == NULL)
		return -1;
	ok = take_port(&server.port, stream) &&
	     take_port(&server.https, stream) &&
	     take_line(server.certificate, sizeof(server.certificate), stream);
	fclose(stream);
	return ok ? 0 : -1;
}

static int
stop_server(void **state)
{
	int status = 0;

	(void)state;
	close(server.stop);
	return waitpid(server.pid, &status, 0) == server.pid ? 0 : -1;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_conditional),
	    cmocka_unit_test(test_request),
	    cmocka_unit_test(test_replies),
	    cmocka_unit_test(test_failures),
	    cmocka_unit_test(test_limits_fit),
	    cmocka_unit_test(test_private),
	    cmocka_unit_test(test_allowed),
	    cmocka_unit_test(test_bad_ranges),
	    cmocka_unit_test(test_bad_urls),
	    cmocka_unit_test(test_no_listener),
	    cmocka_unit_test(test_https),
	    cmocka_unit_test(test_crowd),
	    cmocka_unit_test(test_free_early),
	    cmocka_unit_test(test_environment),
	};

	/* A peer that is gone is an error, not the end. */
	signal(SIGPIPE, SIG_IGN);
	return cmocka_run_group_tests(tests, start_server, stop_server);
}
