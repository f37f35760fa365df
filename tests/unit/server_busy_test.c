/* SPDX-License-Identifier: ISC */
#include "web/server.h"

#include "visitor.h"
#include "web/guard.h"

/* ------------------------------------------------------------------ busy */

static void
test_busy(void **state)
{
	static const int busy[] = {1, 2, 10, 100};

	(void)state;
	for (size_t i = 0; i < sizeof(busy) / sizeof(busy[0]); i++) {
		fake.busy = busy[i];
		fake.tries = 0;
		fake.asks = 0;
		expect(
		    post("/subscribe/daily", "email=a%40example.org"), 303, "");
		assert_int_equal(fake.tries, busy[i] + 1);
		assert_int_equal(fake.asks, 1);
	}
	/* Tried again is not asked again. */
	for (int i = 4; i < GUARD_BURST; i++)
		expect(
		    post("/subscribe/daily", "email=a%40example.org"), 303, "");
	expect(post("/subscribe/daily", "email=a%40example.org"), 429, "");
}

static void
test_busy_for_all(void **state)
{
	static const struct {
		const char *method;
		const char *path;
	} all[] = {{"GET", "/"}, {"GET", "/health"}, {"GET", "/confirm/T"},
	    {"POST", "/confirm/T"}, {"GET", "/leave/T"}, {"POST", "/leave/T"},
	    {"HEAD", "/leave/T"}};

	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		fake.busy = 3;
		expect(ask_for(all[i].method, all[i].path, "", NULL), 200, "");
		assert_int_equal(fake.busy, 0);
	}
}

static void
test_busy_too_long(void **state)
{
	struct visitor visitor;
	int64_t begun;

	(void)state;
	fake.busy = 1000000;
	connect_unix(&visitor);
	say(&visitor, "GET /health HTTP/1.1\r\nHost: a\r\n" CLOSE "\r\n");
	begun = mono;
	for (int i = 0; i < 5000 && !visitor.ended; i++) {
		turns(1, 5);
		hear(&visitor);
	}
	assert_int_equal(status_of(&visitor.in), 503);
	assert_true(has(&visitor.in, "\r\nRetry-After: 5\r\n"));
	assert_true(has(&visitor.in, "الخدمة مشغولة"));
	assert_in_range(mono - begun, 10000, 10200);
	/* It was tried about once in 25 ms, not all the time. */
	assert_in_range(fake.tries, 200, 420);
	leave(&visitor);
}

/* Many wait: only the first tries, and they are served in their order. */
static void
test_busy_queue(void **state)
{
	struct visitor visitors[20];

	(void)state;
	fake.busy = 1000;
	for (int i = 0; i < 20; i++) {
		connect_unix(&visitors[i]);
		say(&visitors[i], "POST /leave/T HTTP/1.1\r\nHost: a\r\n" CLOSE
				  "Content-Length: 0\r\n\r\n");
		turns(2, 0);
	}
	fake.tries = 0;
	turns(100, 5);
	assert_in_range(fake.tries, 10, 21);
	assert_int_equal(fake.leaves, 0);
	fake.busy = 0;
	for (int i = 0; i < 20; i++) {
		listen_until(&visitors[i], has_ended);
		assert_int_equal(status_of(&visitors[i].in), 200);
		assert_true(fake.leaves >= i + 1);
	}
	assert_int_equal(fake.leaves, 20);
	for (int i = 0; i < 20; i++)
		leave(&visitors[i]);
}

/* One that must write waits; who only reads passes it by. */
static void
test_reads_pass(void **state)
{
	struct visitor writer;

	(void)state;
	fake.busy = 1000;
	fake.reads_pass = true;
	connect_unix(&writer);
	say(&writer, "POST /leave/T HTTP/1.1\r\nHost: a\r\n" CLOSE
		     "Content-Length: 0\r\n\r\n");
	turns(5, 5);
	expect(ask_for("GET", "/health", "", NULL), 200, "ok");
	expect(ask_for("GET", "/leave/T", "", NULL), 200, "");
	assert_int_equal(fake.leaves, 0);
	assert_true(fake.busy > 900);
	fake.busy = 0;
	listen_until(&writer, has_ended);
	assert_int_equal(status_of(&writer.in), 200);
	assert_int_equal(fake.leaves, 1);
	leave(&writer);
}

/* Freed while visitors wait, and while they send. */
static void
test_free_while_busy(void **state)
{
	struct visitor visitors[3];

	(void)state;
	fake.busy = 1000;
	for (int i = 0; i < 3; i++) {
		connect_unix(&visitors[i]);
		say(&visitors[i],
		    i < 2 ? "GET /health HTTP/1.1\r\nHost: a\r\n\r\n"
			  : "GET /health HT");
	}
	turns(5, 5);
	stop();
	for (int i = 0; i < 3; i++)
		leave(&visitors[i]);
}

/* Who waits goes away: the others are served. */
static void
test_gone_while_busy(void **state)
{
	struct visitor gone;
	struct visitor stays;

	(void)state;
	fake.busy = 20;
	connect_unix(&gone);
	connect_unix(&stays);
	say(&gone, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
	turns(5, 1);
	say(&stays, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
	turns(5, 1);
	leave(&gone);
	listen_until(&stays, complete);
	assert_int_equal(status_of(&stays.in), 200);
	leave(&stays);
}

static const struct {
	enum err_code code;
	int status;
} failures[] = {
    {ERR_INPUT, 400},
    {ERR_TEMP, 503},
    {ERR_DATA, 500},
    {ERR_SYSTEM, 500},
    {ERR_DENIED, 500},
};

static void
test_failures(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(failures) / sizeof(failures[0]); i++) {
		struct str page;

		fake.fail = failures[i].code;
		page = ask_for("GET", "/leave/T", "", NULL);
		assert_int_equal(status_of(&page), failures[i].status);
		assert_false(has(&page, "planted"));
		str_release(&page);
		expect(ask_for("GET", "/health", "", NULL), failures[i].status,
		    "");
	}
}

/* -------------------------------------------------------------- draining */

static void
test_drain(void **state)
{
	struct visitor idle;
	struct visitor busy;
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd;

	(void)state;
	connect_unix(&idle);
	connect_unix(&busy);
	fake.busy = 5;
	say(&busy, "GET /health HTTP/1.1\r\nHost: a\r\n\r\n");
	turns(3, 1);
	assert_false(server_drained(server));

	/* Nobody new comes in. */
	(void)str_fit(name.sun_path, sizeof(name.sun_path), text_unix + 5);
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	assert_int_equal(
	    connect(fd, (struct sockaddr *)&name, sizeof(name)), -1);
	close(fd);

	listen_until(&busy, has_ended);
	assert_int_equal(status_of(&busy.in), 200);
	assert_true(has(&busy.in, "\r\nConnection: close\r\n"));
	assert_true(server_drained(server));
	leave(&busy);
	leave(&idle);
}

/* ---------------------------------------------------------- a successor */

/* Other settings: a second server takes the place of the first, on the same
 * socket, and the first answers what was begun with it. */
static void
test_former(void **state)
{
	static char other[] = "موقع آخر";
	struct conf fresh = conf;
	struct server_parts parts = {
	    .loop = loop, .conf = &fresh, .ring = ring, .former = server};
	struct server *former = server;
	struct visitor begun, waiting, idle;
	struct err err = ERR_INIT;

	(void)state;
	fresh.site_name = other;
	connect_unix(&idle);
	connect_unix(&begun);
	say(&begun, "GET /subscribe/daily HTTP/1.1\r\n");
	turns(3, 1);
	/* It is in the queue, and accepted by neither yet. */
	connect_unix(&waiting);
	say(&waiting, "GET /subscribe/daily HTTP/1.1\r\nHost: a\r\n\r\n");
	assert_int_equal(server_new(&server, &parts, &err), 0);
	listen_until(&waiting, complete);
	assert_int_equal(status_of(&waiting.in), 200);
	assert_true(has(&waiting.in, other));
	assert_false(has(&waiting.in, "\r\nConnection: close\r\n"));

	assert_false(server_left(former));
	say(&begun, "Host: a\r\n\r\n");
	listen_until(&begun, has_ended);
	assert_int_equal(status_of(&begun.in), 200);
	assert_true(has(&begun.in, text_ar_site));
	assert_true(has(&begun.in, "\r\nConnection: close\r\n"));
	leave(&begun);
	assert_false(server_left(former));
	leave(&idle);
	turns(3, 1);
	assert_true(server_left(former));
	server_free(former);
	expect(post("/leave/TOKEN", ""), 200, "");
	leave(&waiting);
}

/* What it cannot do it leaves to the former, and that is as it was. */
static void
test_no_successor(void **state)
{
	static char nowhere[] = "/nowhere";
	static char no_folder[] = "unix:/no/such/folder/web";
	struct conf fresh = conf;
	struct server_parts parts = {
	    .loop = loop, .conf = &fresh, .ring = ring, .former = server};
	struct server *former = server;
	struct server *next = NULL;
	struct err err = ERR_INIT;

	(void)state;
	fresh.templates = nowhere;
	assert_int_equal(server_new(&next, &parts, &err), -1);
	assert_null(next);
	expect(ask_for("GET", "/health", "", NULL), 200, "ok");

	fresh.templates = text_templates;
	fresh.web.listen = no_folder;
	assert_int_equal(server_new(&next, &parts, &err), 1);
	assert_non_null(strstr(err.msg, "no/such/folder"));
	server_free(former);
	server = next;
	expect(ask_for("GET", "/health", "", NULL), 200, "ok");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_busy),
	    UNIT(test_busy_for_all),
	    UNIT(test_busy_too_long),
	    UNIT(test_busy_queue),
	    UNIT(test_reads_pass),
	    UNIT(test_free_while_busy),
	    UNIT(test_gone_while_busy),
	    UNIT(test_failures),
	    UNIT(test_drain),
	    UNIT(test_former),
	    UNIT(test_no_successor),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
