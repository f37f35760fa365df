/* SPDX-License-Identifier: ISC */
#include "web/server.h"

#include "visitor.h"
#include "web/door.h"
#include "web/form.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>

/* --------------------------------------------------------------- framing */

/* Bytes on the wire, and the status of the first answer; all of them ask to
 * leave, and none may. 0: no answer but the end of the connection. */
static const struct {
	const char *bytes;
	int status;
} vectors[] = {
    {"POST /leave/T HTTP/1.1\r\n" CLOSE "\r\n", 400},
    {"POST /leave/T HTTP/1.0\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nhost: b\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
     "Content-Length: 1\r\n\r\nx",
	400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n"
     "Content-Length: 0\r\n\r\nx",
	400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nx", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nContent-Length: 1,1\r\n\r\nx", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nContent-Length: 0x1\r\n\r\nx", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nContent-Length: 1 1\r\n\r\nx", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nContent-Length:\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
     "0\r\n\r\n",
	400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n"
     "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n"
     "Content-Length: 5\r\n\r\n0\r\n\r\n",
	400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\n"
     "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
	400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: identity\r\n"
     "\r\n",
	400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\ntransfer-encoding:\tchunked\r\n"
     "\r\n0\r\n\r\n",
	400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nTransfer-Encoding : chunked\r\n"
     "\r\n0\r\n\r\n",
	400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nTransfer-Encoding:\r\n chunked\r\n"
     "\r\n0\r\n\r\n",
	400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nX: a\r\n b\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nX: a\r\n\tb\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nX: a\r\n \r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\n b\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\n Host: a\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n 0\r\n\r\n"
     "0123456789",
	400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\n: x\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\n:\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost : a\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nno colon\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nX(): y\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nX: \x01\r\n\r\n", 400},
    {"POST /leave/T HTTP/1.1\r\nHost: a\r\nX: \x7f\r\n\r\n", 400},
    {"POST /leave/%00T HTTP/1.1\r\nHost: a\r\n\r\n", 400},
    {"POST /leave/T%00 HTTP/1.1\r\nHost: a\r\n\r\n", 400},
};

static void
test_framing(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct str response =
		    exchange(vectors[i].bytes, strlen(vectors[i].bytes));

		if (status_of(&response) != vectors[i].status)
			print_error("%s\ngot %d\n", vectors[i].bytes,
			    status_of(&response));
		assert_int_equal(status_of(&response), vectors[i].status);
		str_release(&response);
	}
	assert_int_equal(fake.leaves, 0);
}

/* A second request hidden behind a refused one is never read as one. */
static void
test_smuggled(void **state)
{
	static const char *const fronts[] = {
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 6\r\n"
	    "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
	    "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n"
	    "Content-Length: 60\r\n\r\n",
	    "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
	    "GET / HTTP/1.1\r\nHost: a\r\nX: y\r\n z\r\n\r\n",
	};
	struct str both;

	(void)state;
	for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
		str_init(&both, 4096);
		str_add(&both, fronts[i]);
		str_add(&both, "POST /leave/TOKEN HTTP/1.1\r\nHost: a\r\n"
			       "Content-Length: 0\r\n\r\n");
		expect(exchange(both.data, both.len), 400,
		    "\r\nConnection: close\r\n");
		str_release(&both);
	}
	assert_int_equal(fake.leaves, 0);
}

/* What is odd, but means one thing only. */
static const char *const odd[] = {
    "GET /health HTTP/1.1\r\nHost:a\r\n" CLOSE "\r\n",
    "GET /health HTTP/1.1\r\nHost:  \t a \t\r\n" CLOSE "\r\n",
    "GET /health HTTP/1.1\r\nhOsT: a\r\nX:\r\n" CLOSE "\r\n",
    "GET /health HTTP/1.1\r\nHost: a\r\nX: \r\n" CLOSE "\r\n",
    "GET /health HTTP/1.1\r\nX: \xd8\xb9\r\nHost: a\r\n" CLOSE "\r\n",
    "GET /health HTTP/1.0\r\nHost: a\r\n\r\n",
    "GET /health?q HTTP/1.1\r\nHost: a\r\nCookie: a=b\r\nCookie: c=d\r\n" CLOSE
    "\r\n",
    "GET /health HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n" CLOSE "\r\nabc",
};

static void
test_odd(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		expect(exchange(odd[i], strlen(odd[i])), 200, "ok\n");
}

/* ---------------------------------------------------------------- limits */

static void
test_long_url(void **state)
{
	static const struct {
		size_t len;
		int status;
	} lengths[] = {{1000, 404}, {1025, 414}, {8000, 414}, {30000, 414}};
	static char path[30001];

	(void)state;
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		memset(path, 'a', lengths[i].len);
		path[0] = '/';
		path[lengths[i].len] = '\0';
		expect(ask_for("GET", path, "", NULL), lengths[i].status, "");
	}
}

static void
test_long_body(void **state)
{
	static char body[FORM_BODY + 2];
	struct visitor visitor;

	(void)state;
	memset(body, 'a', FORM_BODY);
	memcpy(body, "email=a@b.c&x=", 14);
	expect(post("/subscribe/daily", body), 303, "");
	body[FORM_BODY] = 'a';
	expect(post("/subscribe/daily", body), 413, "الطلب أكبر من المسموح");
	expect(post("/leave/TOKEN", body), 413, "");
	assert_int_equal(fake.leaves, 0);

	/* Who asks first is told before sending. */
	connect_unix(&visitor);
	say(&visitor,
	    "POST /leave/T HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n"
	    "Expect: 100-continue\r\n\r\n");
	listen_until(&visitor, complete);
	assert_true(str_starts(visitor.in.data, "HTTP/1.1 413 "));
	leave(&visitor);
}

static void
test_long_header(void **state)
{
	static char header[40000];

	(void)state;
	memset(header, 'a', sizeof(header) - 3);
	memcpy(header, "X: ", 3);
	memcpy(header + sizeof(header) - 3, "\r\n", 3);
	expect(ask_for("GET", "/health", header, NULL), 431, "");
}

/* ------------------------------------------------------------ connections */

static char text_tcp[] = "127.0.0.1:0";

static bool
two_answers(const struct visitor *visitor)
{
	const char *first = strstr(visitor->in.data, "ok\n");

	return first != NULL && strstr(first + 1, "ok\n") != NULL;
}

static void
test_pipelined(void **state)
{
	struct visitor visitor;

	(void)state;
	connect_unix(&visitor);
	say(&visitor, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
		      "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
	listen_until(&visitor, two_answers);
	assert_true(two_answers(&visitor));
	assert_false(visitor.ended);
	leave(&visitor);
}

static void
test_byte_by_byte(void **state)
{
	static const char request[] =
	    "POST /subscribe/daily HTTP/1.1\r\nHost: a\r\n" FORM_TYPE CLOSE
	    "Content-Length: 29\r\n\r\nemail=%D8%B3a%40b.c&every=day";
	struct visitor visitor;

	(void)state;
	connect_unix(&visitor);
	for (size_t i = 0; i < sizeof(request) - 1; i++) {
		say_bytes(&visitor, request + i, 1);
		turns(1, 1);
	}
	listen_until(&visitor, has_ended);
	assert_int_equal(status_of(&visitor.in), 303);
	assert_string_equal(fake.email, "سa@b.c");
	leave(&visitor);
}

/* Who goes away in the middle leaves nothing behind. */
static void
test_gone(void **state)
{
	static const char half[] =
	    "POST /subscribe/daily HTTP/1.1\r\nHost: a\r\n"
	    "Content-Length: 99\r\n\r\nemail=";
	static const char *const parts[] = {
	    "", "G", "GET /health HT", "GET /health HTTP/1.1\r\nHost", half};
	struct visitor visitor;

	(void)state;
	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		connect_unix(&visitor);
		say(&visitor, parts[i]);
		turns(5, 1);
		leave(&visitor);
	}
	assert_true(server_drained(server));
}

static int
connect_tcp(uint16_t port)
{
	const struct sockaddr_in to = {.sin_family = AF_INET,
	    .sin_port = port,
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	assert_true(fd >= 0);
	assert_int_equal(
	    connect(fd, (const struct sockaddr *)&to, sizeof(to)), 0);
	assert_int_equal(fcntl(fd, F_SETFL, O_NONBLOCK), 0);
	return fd;
}

/* The port that the kernel chose for the only listening TCP socket that this
 * process has. */
static uint16_t
find_port(void)
{
	for (int fd = 3; fd < 64; fd++) {
		struct sockaddr_in name;
		socklen_t len = sizeof(name);
		int accepts = 0;
		socklen_t size = sizeof(accepts);

		if (getsockopt(
			fd, SOL_SOCKET, SO_ACCEPTCONN, &accepts, &size) == 0 &&
		    accepts &&
		    getsockname(fd, (struct sockaddr *)&name, &len) == 0 &&
		    name.sin_family == AF_INET)
			return name.sin_port;
	}
	fail();
	return 0;
}

/* How many of 60 connections from one address stay open. */
static int
count_open(void)
{
	uint16_t port = find_port();
	int fds[60];
	int open = 0;

	for (int i = 0; i < 60; i++) {
		fds[i] = connect_tcp(port);
		turns(2, 1);
	}
	turns(10, 1);
	for (int i = 0; i < 60; i++) {
		char byte;

		open += recv(fds[i], &byte, 1, 0) < 0 && errno == EAGAIN;
	}
	for (int i = 0; i < 60; i++)
		close(fds[i]);
	turns(10, 1);
	return open;
}

static void
test_connections_per_client(void **state)
{
	static char loopback[] = "127.0.0.0/8";

	(void)state;
	stop();
	start(text_tcp);
	assert_int_equal(count_open(), DOOR_PER_CLIENT);
	/* Closed ones are given back. */
	assert_int_equal(count_open(), DOOR_PER_CLIENT);
	stop();
	/* A proxy speaks for many. */
	conf.web.trusted_proxies.item[0] = loopback;
	conf.web.trusted_proxies.count = 1;
	start(text_tcp);
	assert_int_equal(count_open(), 60);
}

/* Whose request it is, over TCP: the proxy's word only where it is trusted. */
static void
test_client(void **state)
{
	static char loopback[] = "127.0.0.1";
	static const struct {
		bool trusted;
		const char *header;
		const char *client;
	} cases[] = {
	    {false, "", "127.0.0.1"},
	    {false, "X-Forwarded-For: 192.0.2.7\r\n", "127.0.0.1"},
	    {true, "", "127.0.0.1"},
	    {true, "X-Forwarded-For: 192.0.2.7\r\n", "192.0.2.7"},
	    {true, "X-Forwarded-For: 192.0.2.7\r\nx-forwarded-for: ::2\r\n",
		"::2"},
	    {true, "X-Forwarded-For:\r\n", "127.0.0.1"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct visitor visitor = {0};
		char request[512];

		stop();
		conf.web.trusted_proxies.item[0] = loopback;
		conf.web.trusted_proxies.count = cases[i].trusted ? 1 : 0;
		start(text_tcp);
		str_init(&visitor.in, RESPONSE_MAX);
		visitor.fd = connect_tcp(find_port());
		(void)snprintf(request, sizeof(request),
		    "POST /subscribe/daily HTTP/1.1\r\nHost: a\r\n" CLOSE
			FORM_TYPE "%sContent-Length: 11\r\n\r\nemail=a@b.c",
		    cases[i].header);
		say(&visitor, request);
		listen_until(&visitor, has_ended);
		assert_int_equal(status_of(&visitor.in), 303);
		assert_string_equal(fake.client, cases[i].client);
		leave(&visitor);
	}
}

static void
test_bad_settings(void **state)
{
	static char bad[] = "proxy.example.org";
	static const char *const wheres[] = {"", "8025", "localhost", "[::1]",
	    "::1:8025", "127.0.0.1:65536", "127.0.0.1:x", ":8025",
	    "unix:", "unix:/no/such/folder/web"};
	const struct server_parts parts = {
	    .loop = loop, .conf = &conf, .ring = ring};
	struct err err = ERR_INIT;
	struct server *none = NULL;
	char where[64];

	(void)state;
	for (size_t i = 0; i < sizeof(wheres) / sizeof(wheres[0]); i++) {
		assert_true(str_fit(where, sizeof(where), wheres[i]));
		conf.web.listen = where;
		assert_int_equal(server_new(&none, &parts, &err), -1);
		assert_null(none);
	}
	conf.web.trusted_proxies.item[0] = bad;
	conf.web.trusted_proxies.count = 1;
	assert_int_equal(server_new(&none, &parts, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_non_null(strstr(err.msg, "proxy.example.org"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_framing),
	    UNIT(test_smuggled),
	    UNIT(test_odd),
	    UNIT(test_long_url),
	    UNIT(test_long_body),
	    UNIT(test_long_header),
	    UNIT(test_pipelined),
	    UNIT(test_byte_by_byte),
	    UNIT(test_gone),
	    UNIT(test_connections_per_client),
	    UNIT(test_client),
	    UNIT(test_bad_settings),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
