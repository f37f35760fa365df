/* SPDX-License-Identifier: ISC */
/*
 * visitor - the web server of a test, on a socket of its own, with a clock, a
 * flow and a model that do as the test says; and who visits it.
 *
 * Included once in a program: its clock_now(), signup_ask() and so on take
 * the place of the real ones.
 */
#ifndef NASHRA_TESTS_VISITOR_H
#define NASHRA_TESTS_VISITOR_H

#include "base/clock.h"
#include "base/confparse.h"
#include "base/log.h"
#include "base/str.h"
#include "flow/signup.h"
#include "model/issue_archive.h"
#include "model/list.h"
#include "web/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define RESPONSE_MAX (2 * 1024 * 1024)
#define NOW          INT64_C(1764000000)

#define CLOSE "Connection: close\r\n"

/* ------------------------------------------------------------------ time */

/* The clock of this program: it goes on when a test says so. */
static int64_t mono;
static int64_t now_seconds;

int64_t
clock_now(void)
{
	return now_seconds;
}

int64_t
clock_mono_ms(void)
{
	return mono;
}

void
clock_iso(char out[CLOCK_ISO_SIZE], int64_t when)
{
	(void)snprintf(out, CLOCK_ISO_SIZE, "%lld", (long long)when);
}

/* ---------------------------------------------- a flow and a model of ours */

static const struct list list_rows[] = {
    {.id = 1, .name = "daily", .title = "النشرة اليومية"},
    {.id = 2, .name = "tech.ar", .title = "تقنية <و> & \"غيرها\""},
    {.id = 3,
	.name = "secret",
	.title = "Secret",
	.archive = LIST_ARCHIVE_NO,
	.look = {.language = CONF_EN + 1}},
};

static struct {
	int busy; /* calls that find the database locked, still to come */
	enum err_code fail;
	enum signup_link_state state;
	int lists_hidden;
	bool reads_pass; /* only what writes finds the database locked */
	int64_t issues;  /* that the list "daily" has */
	int stories;     /* of each of them */
	const char *title, *content; /* of those; NULL: as usual */

	int tries; /* calls of anything */
	int asks, confirms, leaves, looks;
	bool welcome, goodbye; /* as they were asked for last */
	char list[LIST_NAME_SIZE];
	char email[300];
	char every[32];
	char source[32];
	char client[64];
	char token[200];
	char wording[1024];
	int64_t now;
} fake;

static inline bool
fails(bool writes, struct err *err)
{
	fake.tries++;
	if (fake.busy > 0 && (writes || !fake.reads_pass)) {
		fake.busy--;
		(void)err_set(err, ERR_BUSY, "locked");
		return true;
	}
	if (fake.fail != ERR_NONE) {
		(void)err_set(err, fake.fail, "planted");
		return true;
	}
	return false;
}

int
list_find(struct db *db, const char *name, struct list *out, struct err *err)
{
	(void)db;
	(void)err;
	for (size_t i = 0; i < 3; i++) {
		if (!str_eq(list_rows[i].name, name))
			continue;
		*out = list_rows[i];
		return 1;
	}
	return 0;
}

bool
list_every_parse(enum list_every *out, const char *name)
{
	*out = LIST_WEEK;
	return str_eq(name, "week") || str_eq(name, "day");
}

int
list_each(struct db *db, list_fn *fn, void *arg, struct err *err)
{
	(void)db;
	if (fails(false, err))
		return -1;
	for (int i = 0; i < 2 - fake.lists_hidden; i++) {
		if (fn(&list_rows[i], arg) != 0)
			return i + 1;
	}
	return 2;
}

int
issue_archive_find(struct db *db, int64_t list_id, int64_t number,
    struct issue_front *out, struct err *err)
{
	(void)db;
	if (fails(false, err))
		return -1;
	if (list_id != 1 || number > fake.issues)
		return 0;
	*out = (struct issue_front){.id = number,
	    .list_id = 1,
	    .number = number,
	    .frozen = NOW,
	    .articles = fake.stories,
	    .title = ""};
	return 1;
}

int
issue_archive_beside(struct db *db, const struct issue_front *issue,
    struct issue_beside *out, struct err *err)
{
	(void)db;
	if (fails(false, err))
		return -1;
	out->previous = issue->number - 1;
	out->next = issue->number < fake.issues ? issue->number + 1 : 0;
	return 0;
}

int
issue_archive_each(struct db *db, int64_t list_id, int64_t max,
    issue_front_fn *fn, void *arg, struct err *err)
{
	(void)db;
	if (fails(false, err))
		return -1;
	for (int64_t i = 0; i < fake.issues && i < max && list_id == 1; i++) {
		const struct issue_front front = {.list_id = 1,
		    .number = fake.issues - i,
		    .frozen = NOW - i * 86400,
		    .articles = fake.stories,
		    .title = fake.title != NULL ? fake.title : "عنوان"};

		if (fn(&front, arg) != 0)
			break;
	}
	return 0;
}

int
issue_archive_stories(struct db *db, const struct issue_front *issue,
    article_fn *fn, void *arg, struct err *err)
{
	(void)db;
	(void)issue;
	if (fails(false, err))
		return -1;
	for (int i = 0; i < fake.stories; i++) {
		const struct article article = {
		    .title = fake.title != NULL ? fake.title : "عنوان",
		    .link = "https://news.example.org/a",
		    .author = "",
		    .body = "كلام",
		    .content = fake.content,
		    .section = "",
		    .image_url = "http://img.example.org/a.png",
		    .published = NOW};

		if (fn(&article, arg) != 0)
			break;
	}
	return 0;
}

int
signup_ask(struct db *db, const struct signup_request *request, int64_t now,
    struct err *err)
{
	(void)db;
	if (fails(true, err))
		return -1;
	fake.asks++;
	fake.now = now;
	assert_true(str_fit(fake.list, sizeof(fake.list), request->list));
	assert_true(str_fit(fake.email, sizeof(fake.email), request->email));
	assert_true(str_fit(fake.every, sizeof(fake.every), request->every));
	assert_true(str_fit(fake.source, sizeof(fake.source), request->source));
	assert_true(str_fit(fake.client, sizeof(fake.client), request->client));
	assert_true(
	    str_fit(fake.wording, sizeof(fake.wording), request->wording));
	if (strchr(request->email, '@') == NULL)
		return err_set(err, ERR_INPUT, "not an address");
	return 0;
}

static inline int
fake_link(const char *token, struct signup_link *out)
{
	assert_true(str_fit(fake.token, sizeof(fake.token), token));
	out->state = fake.state;
	if (fake.state != SIGNUP_LINK_BAD)
		out->list = list_rows[0];
	return 0;
}

int
signup_confirm_look(struct db *db, const char *token, int64_t now,
    struct signup_link *out, struct err *err)
{
	(void)db;
	(void)now;
	if (fails(false, err))
		return -1;
	fake.looks++;
	return fake_link(token, out);
}

int
signup_leave_look(struct db *db, const struct token_ring *ring,
    const char *token, struct signup_link *out, struct err *err)
{
	(void)db;
	(void)ring;
	if (fails(false, err))
		return -1;
	fake.looks++;
	return fake_link(token, out);
}

int
signup_confirm(struct db *db, const struct signup_confirm_request *request,
    int64_t now, struct signup_link *out, struct err *err)
{
	(void)db;
	(void)now;
	if (fails(true, err))
		return -1;
	fake.confirms++;
	assert_true(str_fit(fake.client, sizeof(fake.client), request->client));
	fake.welcome = request->welcome;
	return fake_link(request->token, out);
}

int
signup_leave(struct db *db, const struct token_ring *ring,
    const struct signup_leave_request *request, int64_t now,
    struct signup_link *out, struct err *err)
{
	(void)db;
	(void)ring;
	(void)now;
	if (fails(true, err))
		return -1;
	fake.leaves++;
	fake.goodbye = request->goodbye;
	assert_true(str_fit(fake.source, sizeof(fake.source), request->source));
	return fake_link(request->token, out);
}

/* ------------------------------------------------------------ the server */

static char folder[64];
static char text_ar_site[] = "الموسوعة";
static char text_base[] = "https://news.example.org/letters";
static char text_templates[] = "templates";
static char text_zone[] = "UTC";
static char text_unix[128];

static struct conf_lines no_lines;
static struct conf conf;
static struct loop *loop;
static struct token_ring *ring;
static struct server *server;

static inline void
start(char *where)
{
	struct err err = ERR_INIT;
	const struct server_parts parts = {
	    .loop = loop, .conf = &conf, .ring = ring};

	memset(&fake, 0, sizeof(fake));
	conf.web.listen = where;
	if (server_new(&server, &parts, &err) != 0)
		print_error("%s\n", err.msg);
	assert_non_null(server);
}

static inline void
stop(void)
{
	server_free(server);
	server = NULL;
}

static inline int
group_setup(void **state)
{
	struct err err = ERR_INIT;
	char secrets[128];

	(void)state;
	log_limit((enum log_level)0);
	(void)str_fit(folder, sizeof(folder), "/tmp/server-test-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(secrets, sizeof(secrets), "%s/secrets", folder);
	(void)snprintf(text_unix, sizeof(text_unix), "unix:%s/web", folder);
	if (token_ring_create(secrets, &err) != 0 ||
	    token_ring_load(&ring, secrets, &err) != 0)
		return -1;
	now_seconds = NOW;
	mono = 1000;
	conf.path = folder;
	conf.lines = &no_lines;
	conf.site_name = text_ar_site;
	conf.base_url = text_base;
	conf.templates = text_templates;
	conf.time_zone = text_zone;
	return loop_new(&loop, &err);
}

static inline int
group_teardown(void **state)
{
	char path[128];

	(void)state;
	loop_free(loop);
	token_ring_free(ring);
	(void)snprintf(path, sizeof(path), "%s/secrets", folder);
	unlink(path);
	return rmdir(folder);
}

static inline int
setup(void **state)
{
	(void)state;
	start(text_unix);
	return 0;
}

static inline int
teardown(void **state)
{
	(void)state;
	stop();
	conf.language = CONF_AR;
	conf.mail.welcome = CONF_YES;
	conf.mail.goodbye = CONF_NO;
	conf.web.trusted_proxies.count = 0;
	return 0;
}

/* ------------------------------------------------------------ a visitor */

struct visitor {
	int fd;
	struct str in;
	bool ended;
};

static inline void
connect_unix(struct visitor *visitor)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};

	visitor->ended = false;
	str_init(&visitor->in, RESPONSE_MAX);
	assert_true(
	    str_fit(name.sun_path, sizeof(name.sun_path), text_unix + 5));
	visitor->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	assert_true(visitor->fd >= 0);
	assert_int_equal(
	    connect(visitor->fd, (struct sockaddr *)&name, sizeof(name)), 0);
}

static inline void
say_bytes(const struct visitor *visitor, const char *bytes, size_t len)
{
	/* Refused half way through is an answer too. */
	if (send(visitor->fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		assert_true(errno == EPIPE || errno == ECONNRESET);
}

static inline void
say(const struct visitor *visitor, const char *text)
{
	say_bytes(visitor, text, strlen(text));
}

static inline void
hear(struct visitor *visitor)
{
	char bytes[4096];
	ssize_t n;

	while ((n = recv(visitor->fd, bytes, sizeof(bytes), 0)) > 0)
		str_add_bytes(&visitor->in, bytes, (size_t)n);
	if (n == 0 || (errno != EAGAIN && errno != EINTR))
		visitor->ended = true;
}

/* So many turns of the loop, each of `ms` on our clock. */
static inline void
turns(int n, int64_t ms)
{
	struct err err = ERR_INIT;

	for (int i = 0; i < n; i++) {
		assert_int_equal(loop_turn(loop, 0, &err), 0);
		mono += ms;
	}
}

/* True where a whole answer has come: header, and a body of the length it
 * says. */
static inline bool
complete(const struct visitor *visitor)
{
	const char *body = strstr(visitor->in.data, "\r\n\r\n");
	const char *length = strstr(visitor->in.data, "Content-Length: ");

	if (body == NULL)
		return false;
	if (length == NULL || length > body)
		return true;
	return strlen(body + 4) >= (size_t)strtoul(length + 16, NULL, 10);
}

static inline void
listen_until(struct visitor *visitor, bool (*done)(const struct visitor *))
{
	for (int i = 0; i < 2000 && !done(visitor) && !visitor->ended; i++) {
		turns(1, 5);
		hear(visitor);
	}
}

static inline void
leave(struct visitor *visitor)
{
	close(visitor->fd);
	str_release(&visitor->in);
	turns(3, 1);
}

static inline bool
has_ended(const struct visitor *visitor)
{
	return visitor->ended;
}

/* Says it all on a connection of its own and hears until the end of that. The
 * caller releases what is returned. */
static inline struct str
exchange(const char *bytes, size_t len)
{
	struct visitor visitor;
	struct str in;

	connect_unix(&visitor);
	say_bytes(&visitor, bytes, len);
	listen_until(&visitor, has_ended);
	in = visitor.in;
	str_init(&visitor.in, 1);
	leave(&visitor);
	return in;
}

static inline struct str
ask_for(
    const char *method, const char *path, const char *headers, const char *body)
{
	struct str request;
	struct str response;

	str_init(&request, 65536);
	str_addf(&request,
	    "%s %s HTTP/1.1\r\nHost: h\r\nConnection: close\r\n%s", method,
	    path, headers);
	if (body != NULL)
		str_addf(&request, "Content-Length: %zu\r\n", strlen(body));
	str_addf(&request, "\r\n%s", body != NULL ? body : "");
	response = exchange(request.data, request.len);
	str_release(&request);
	return response;
}

#define FORM_TYPE "Content-Type: application/x-www-form-urlencoded\r\n"

static inline struct str
post(const char *path, const char *body)
{
	return ask_for("POST", path, FORM_TYPE, body);
}

static inline int
status_of(const struct str *response)
{
	if (!str_starts(response->data, "HTTP/1.1 ") || response->len < 12)
		return 0;
	return (int)strtol(response->data + 9, NULL, 10);
}

static inline bool
has(const struct str *response, const char *text)
{
	return strstr(response->data, text) != NULL;
}

static inline void
expect(struct str response, int status, const char *text)
{
	if (status_of(&response) != status || !has(&response, text))
		print_error("wanted %d and \"%s\" in:\n%.1500s\n", status, text,
		    response.data);
	assert_int_equal(status_of(&response), status);
	assert_true(has(&response, text));
	str_release(&response);
}

/* A test that has the server to itself. */
#define UNIT(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

#endif
