/* SPDX-License-Identifier: ISC */
#include "web/server.h"

#include "base/clock.h"
#include "base/confparse.h"
#include "base/log.h"
#include "base/str.h"
#include "flow/signup.h"
#include "model/list.h"
#include "web/door.h"
#include "web/form.h"
#include "web/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define RESPONSE_MAX (512 * 1024)
#define NOW          INT64_C(1764000000)

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

/* ---------------------------------------------- a flow and a model of ours */

static const struct list list_rows[] = {
    {.id = 1, .name = "daily", .title = "النشرة اليومية"},
    {.id = 2, .name = "tech.ar", .title = "تقنية <و> & \"غيرها\""},
};

static struct {
	int busy; /* calls that find the database locked, still to come */
	enum err_code fail;
	enum signup_link_state state;
	int lists_hidden;
	bool reads_pass; /* only what writes finds the database locked */

	int tries; /* calls of anything */
	int asks, confirms, leaves, looks;
	char list[LIST_NAME_SIZE];
	char email[300];
	char every[32];
	char source[32];
	char client[64];
	char token[200];
	char wording[1024];
	int64_t now;
} fake;

static bool
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
	for (size_t i = 0; i < 2; i++) {
		if (!str_eq(list_rows[i].name, name))
			continue;
		*out = list_rows[i];
		return 1;
	}
	return 0;
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

static int
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
signup_confirm(struct db *db, const char *token, const char *client,
    int64_t now, struct signup_link *out, struct err *err)
{
	(void)db;
	(void)now;
	if (fails(true, err))
		return -1;
	fake.confirms++;
	assert_true(str_fit(fake.client, sizeof(fake.client), client));
	return fake_link(token, out);
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
static char text_tcp[] = "127.0.0.1:0";

static struct conf_lines no_lines;
static struct conf conf;
static struct loop *loop;
static struct token_ring *ring;
static struct server *server;

static void
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

static void
stop(void)
{
	server_free(server);
	server = NULL;
}

static int
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

static int
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

static int
setup(void **state)
{
	(void)state;
	start(text_unix);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	stop();
	conf.language = CONF_AR;
	conf.web.trusted_proxies.count = 0;
	return 0;
}

/* ------------------------------------------------------------ a visitor */

struct visitor {
	int fd;
	struct str in;
	bool ended;
};

static void
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

static void
say_bytes(const struct visitor *visitor, const char *bytes, size_t len)
{
	/* Refused half way through is an answer too. */
	if (send(visitor->fd, bytes, len, MSG_NOSIGNAL) != (ssize_t)len)
		assert_true(errno == EPIPE || errno == ECONNRESET);
}

static void
say(const struct visitor *visitor, const char *text)
{
	say_bytes(visitor, text, strlen(text));
}

static void
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
static void
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
static bool
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

static void
listen_until(struct visitor *visitor, bool (*done)(const struct visitor *))
{
	for (int i = 0; i < 2000 && !done(visitor) && !visitor->ended; i++) {
		turns(1, 5);
		hear(visitor);
	}
}

static void
leave(struct visitor *visitor)
{
	close(visitor->fd);
	str_release(&visitor->in);
	turns(3, 1);
}

static bool
has_ended(const struct visitor *visitor)
{
	return visitor->ended;
}

/* Says it all on a connection of its own and hears until the end of that. The
 * caller releases what is returned. */
static struct str
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

static struct str
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

static struct str
post(const char *path, const char *body)
{
	return ask_for("POST", path, FORM_TYPE, body);
}

static int
status_of(const struct str *response)
{
	if (!str_starts(response->data, "HTTP/1.1 ") || response->len < 12)
		return 0;
	return (int)strtol(response->data + 9, NULL, 10);
}

static bool
has(const struct str *response, const char *text)
{
	return strstr(response->data, text) != NULL;
}

static void
expect(struct str response, int status, const char *text)
{
	if (status_of(&response) != status || !has(&response, text))
		print_error("wanted %d and \"%s\" in:\n%.1500s\n", status, text,
		    response.data);
	assert_int_equal(status_of(&response), status);
	assert_true(has(&response, text));
	str_release(&response);
}

/* ---------------------------------------------------------------- routes */

static const struct {
	const char *method;
	const char *path;
	const char *body;
	enum signup_link_state state;
	int status;
	const char *text;
} visits[] = {
    {"GET", "/", NULL, 0, 200, "href=\"/letters/subscribe/daily\""},
    {"GET", "/", NULL, 0, 200, "href=\"/letters/subscribe/tech.ar\""},
    {"GET", "/", NULL, 0, 200, "تقنية &lt;و&gt; &amp; &quot;غيرها&quot;"},
    {"GET", "/?utm_source=x", NULL, 0, 200, "النشرة اليومية"},
    {"GET", "/health", NULL, 0, 200, "\r\n\r\nok\n"},

    {"GET", "/subscribe/daily", NULL, 0, 200,
	"action=\"/letters/subscribe/daily\""},
    {"GET", "/subscribe/daily", NULL, 0, 200, "name=\"email\""},
    {"GET", "/subscribe/daily", NULL, 0, 200, "name=\"website\""},
    {"GET", "/subscribe/daily", NULL, 0, 200, "name=\"t\" value=\"AQ"},
    {"GET", "/subscribe/d%61ily", NULL, 0, 200, "name=\"email\""},
    {"GET", "/subscribe/weekly", NULL, 0, 404, "الصفحة غير موجودة"},
    {"GET", "/subscribe/daily/asked", NULL, 0, 200, "بقيت خطوة واحدة"},
    {"GET", "/subscribe/weekly/asked", NULL, 0, 404, "الصفحة غير موجودة"},
    {"POST", "/subscribe/daily", "email=a%40example.org", 0, 303,
	"Location: /letters/subscribe/daily/asked\r\n"},
    {"POST", "/subscribe/weekly", "email=a%40example.org", 0, 404,
	"الصفحة غير موجودة"},

    {"GET", "/confirm/TOKEN", NULL, SIGNUP_LINK_GOOD, 200,
	"action=\"/letters/confirm/TOKEN\""},
    {"GET", "/confirm/TOKEN", NULL, SIGNUP_LINK_DONE, 200, "تم تأكيد الاشتراك"},
    {"GET", "/confirm/TOKEN", NULL, SIGNUP_LINK_EXPIRED, 410,
	"action=\"/letters/subscribe/daily\""},
    {"GET", "/confirm/TOKEN", NULL, SIGNUP_LINK_BAD, 404, "الرابط غير صالح"},
    {"POST", "/confirm/TOKEN", "", SIGNUP_LINK_GOOD, 200, "تم تأكيد الاشتراك"},
    {"POST", "/confirm/TOKEN", "", SIGNUP_LINK_DONE, 200, "تم تأكيد الاشتراك"},
    {"POST", "/confirm/TOKEN", NULL, SIGNUP_LINK_DONE, 200,
	"تم تأكيد الاشتراك"},
    {"POST", "/confirm/TOKEN", "", SIGNUP_LINK_EXPIRED, 410,
	"انتهت صلاحية الرابط"},
    {"POST", "/confirm/TOKEN", "", SIGNUP_LINK_BAD, 404, "الرابط غير صالح"},

    {"GET", "/leave/TOKEN", NULL, SIGNUP_LINK_GOOD, 200,
	"action=\"/letters/leave/TOKEN\""},
    {"GET", "/leave/TOKEN", NULL, SIGNUP_LINK_DONE, 200, "تم إلغاء الاشتراك"},
    {"GET", "/leave/TOKEN", NULL, SIGNUP_LINK_BAD, 404, "الرابط غير صالح"},
    {"POST", "/leave/TOKEN", "", SIGNUP_LINK_GOOD, 200, "تم إلغاء الاشتراك"},
    {"POST", "/leave/TOKEN", "", SIGNUP_LINK_DONE, 200, "تم إلغاء الاشتراك"},
    {"POST", "/leave/TOKEN", "", SIGNUP_LINK_BAD, 404, "الرابط غير صالح"},

    {"GET", "/nothing", NULL, 0, 404, "href=\"/letters/\""},
    {"GET", "/subscribe", NULL, 0, 404, "الصفحة غير موجودة"},
    {"GET", "/subscribe/", NULL, 0, 404, "الصفحة غير موجودة"},
    {"GET", "/../../etc/passwd", NULL, 0, 404, "الصفحة غير موجودة"},
    {"GET", "/%2e%2e/%2e%2e/etc/passwd", NULL, 0, 404, ""},
    {"GET", "/subscribe/..%2f..%2fetc%2fpasswd", NULL, 0, 404, ""},
    {"GET", "/templates/ar/page.html", NULL, 0, 404, ""},
    {"GET", "/health%00.html", NULL, 0, 400, ""},

    {"POST", "/", "", 0, 405, "Allow: GET, HEAD\r\n"},
    {"DELETE", "/subscribe/daily", NULL, 0, 405, "Allow: GET, HEAD, POST\r\n"},
    {"PUT", "/confirm/TOKEN", "", 0, 405, "Allow: GET, HEAD, POST\r\n"},
    {"OPTIONS", "/leave/TOKEN", NULL, 0, 405, "Allow: GET, HEAD, POST\r\n"},
    {"POST", "/health", "", 0, 405, "Allow: GET, HEAD\r\n"},
    {"TRACE", "/health", NULL, 0, 405, "Allow: GET, HEAD\r\n"},
    {"POST", "/subscribe/daily/asked", "", 0, 405, "Allow: GET, HEAD\r\n"},
};

static void
test_routes(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(visits) / sizeof(visits[0]); i++) {
		fake.state = visits[i].state;
		expect(ask_for(visits[i].method, visits[i].path,
			   visits[i].body != NULL ? FORM_TYPE : "",
			   visits[i].body),
		    visits[i].status, visits[i].text);
	}
	assert_string_equal(fake.token, "TOKEN");
}

/* Every answer, whatever its status, keeps the page to itself. */
static void
test_headers(void **state)
{
	static const char *const headers[] = {
	    "\r\nX-Content-Type-Options: nosniff\r\n",
	    "\r\nX-Frame-Options: DENY\r\n",
	    "\r\nReferrer-Policy: no-referrer\r\n",
	    "\r\nCache-Control: no-store\r\n",
	    "\r\nContent-Security-Policy: default-src 'none'; ",
	    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'\r\n",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(visits) / sizeof(visits[0]); i++) {
		struct str response;

		fake.state = visits[i].state;
		response = ask_for(visits[i].method, visits[i].path, FORM_TYPE,
		    visits[i].body);
		for (size_t j = 0; j < sizeof(headers) / sizeof(headers[0]);
		     j++)
			assert_true(has(&response, headers[j]));
		assert_false(has(&response, "\r\nServer:"));
		assert_false(has(&response, "\r\nSet-Cookie:"));
		str_release(&response);
	}
}

static void
test_page_headers(void **state)
{
	struct str first;
	struct str second;
	char nonce[64];
	const char *at;

	(void)state;
	first = ask_for("GET", "/subscribe/daily", "", NULL);
	assert_true(
	    has(&first, "\r\nContent-Type: text/html; charset=utf-8\r\n"));
	assert_true(has(&first, "\r\nContent-Language: ar\r\n"));
	assert_true(has(&first, "<html lang=\"ar\" dir=\"rtl\">"));
	at = strstr(first.data, "style-src 'nonce-");
	assert_non_null(at);
	(void)snprintf(nonce, sizeof(nonce), "<style nonce=\"%.22s\">",
	    at + strlen("style-src 'nonce-"));
	assert_true(has(&first, nonce));
	assert_false(has(&first, "<script"));
	assert_false(has(&first, " style=\""));
	second = ask_for("GET", "/subscribe/daily", "", NULL);
	assert_false(has(&second, nonce));
	str_release(&first);
	str_release(&second);
}

static void
test_english(void **state)
{
	(void)state;
	stop();
	conf.language = CONF_EN;
	start(text_unix);
	expect(ask_for("GET", "/subscribe/daily", "", NULL), 200,
	    "Content-Language: en\r\n");
	expect(ask_for("GET", "/subscribe/daily", "", NULL), 200,
	    "<html lang=\"en\"");
	expect(ask_for("GET", "/nothing", "", NULL), 404, "Page not found");
}

static void
test_head(void **state)
{
	static const char *const paths[] = {"/", "/subscribe/daily",
	    "/subscribe/daily/asked", "/confirm/TOKEN", "/leave/TOKEN",
	    "/health", "/nothing"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct str get = ask_for("GET", paths[i], "", NULL);
		struct str head = ask_for("HEAD", paths[i], "", NULL);
		char length[64];

		(void)snprintf(length, sizeof(length),
		    "\r\nContent-Length: %zu\r\n",
		    strlen(strstr(get.data, "\r\n\r\n") + 4));
		assert_int_equal(status_of(&head), status_of(&get));
		assert_true(has(&get, length));
		assert_true(has(&head, length));
		assert_true(str_ends(head.data, "\r\n\r\n"));
		str_release(&get);
		str_release(&head);
	}
}

static void
test_no_lists(void **state)
{
	(void)state;
	fake.lists_hidden = 2;
	expect(ask_for("GET", "/", "", NULL), 200, "لا توجد نشرات بعد");
	expect(ask_for("GET", "/health", "", NULL), 200, "ok");
}

/* ----------------------------------------------------------------- forms */

static void
test_ask(void **state)
{
	(void)state;
	expect(post("/subscribe/daily",
		   "email=%D8%B3+a%40example.org&every=week&other=x"),
	    303, "\r\nContent-Length: 0\r\n");
	assert_int_equal(fake.asks, 1);
	assert_string_equal(fake.list, "daily");
	assert_string_equal(fake.email, "س a@example.org");
	assert_string_equal(fake.every, "week");
	assert_string_equal(fake.source, "form");
	assert_true(fake.now == NOW);
	assert_non_null(strstr(fake.wording, "النشرة اليومية"));
	assert_non_null(strstr(fake.wording, "نستخدم عنوانك"));
}

/* The same request gets the same bytes whether it was kept, or thrown away
 * for its trap: nothing tells a machine that it was seen. */
static void
test_neutral(void **state)
{
	struct str asked;
	struct str trapped;

	(void)state;
	asked = post("/subscribe/daily", "email=a%40example.org&website=");
	trapped = post("/subscribe/daily", "email=a%40example.org&website=x");
	assert_int_equal(fake.asks, 1);
	*strstr(asked.data, "Date: ") = '\0';
	*strstr(trapped.data, "Date: ") = '\0';
	assert_string_equal(asked.data, trapped.data);
	str_release(&asked);
	str_release(&trapped);
}

static void
test_bad_address(void **state)
{
	struct str page;

	(void)state;
	page = post("/subscribe/daily", "email=%22%3E%3Cscript%3E+x%26y");
	assert_int_equal(status_of(&page), 400);
	assert_true(has(&page, "خطأ: "));
	assert_true(has(&page, "href=\"#email\""));
	assert_true(has(&page, "aria-invalid=\"true\""));
	assert_true(has(&page, "value=\"&quot;&gt;&lt;script&gt; x&amp;y\""));
	assert_false(has(&page, "<script"));
	str_release(&page);
	/* Arabic typed where Latin belongs is kept as well. */
	expect(post("/subscribe/daily", "email=%D8%B3%D8%A7%D8%B1%D8%A9"), 400,
	    "value=\"سارة\"");
	expect(post("/subscribe/daily", "email="), 400, "aria-invalid");
	expect(post("/subscribe/daily", "other=x"), 400, "aria-invalid");
}

static const struct {
	const char *type;
	const char *body;
} bad_forms[] = {
    {FORM_TYPE, "email=a%4"},
    {FORM_TYPE, "email=a%00"},
    {FORM_TYPE, "email=a%40example.org&email=b%40example.org"},
    {FORM_TYPE, "email=%FF"},
    {"Content-Type: text/plain\r\n", "email=a@example.org"},
    {"Content-Type: application/json\r\n", "{\"email\":\"a@example.org\"}"},
    {"", "email=a@example.org"},
    {"Content-Type: multipart/form-data; boundary=x\r\n", "email=a@b.c"},
};

static void
test_bad_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad_forms) / sizeof(bad_forms[0]); i++)
		expect(ask_for("POST", "/subscribe/daily", bad_forms[i].type,
			   bad_forms[i].body),
		    400, "name=\"email\"");
	assert_int_equal(fake.asks, 0);
}

/* The age of the form, and what becomes of it. */
static const struct {
	int64_t age;
	int status;
} ages[] = {{0, 400}, {1, 400}, {2, 303}, {3600, 303}, {86400, 303},
    {86401, 400}, {-60, 400}};

static void
test_form_time(void **state)
{
	char sealed[TOKEN_TIME_SIZE];
	char body[256];

	(void)state;
	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		struct str page;

		token_seal_time(ring, sealed, NOW - ages[i].age);
		(void)snprintf(
		    body, sizeof(body), "email=a%%40example.org&t=%s", sealed);
		page = post("/subscribe/daily", body);
		assert_int_equal(status_of(&page), ages[i].status);
		if (ages[i].status == 400) {
			token_seal_time(ring, sealed, NOW);
			assert_true(has(&page, sealed));
			assert_true(has(&page, "value=\"a@example.org\""));
		}
		str_release(&page);
	}
	expect(post("/subscribe/daily", "email=a%40example.org&t=x"), 400,
	    "value=\"a@example.org\"");
}

static void
test_rate(void **state)
{
	(void)state;
	for (int i = 0; i < GUARD_BURST; i++)
		expect(post("/subscribe/daily", "email=a%40example.org"), 303,
		    "Location: ");
	expect(post("/subscribe/daily", "email=a%40example.org"), 429,
	    "Retry-After: 60\r\n");
	expect(post("/subscribe/daily", "email=a%40example.org"), 429,
	    "محاولات كثيرة");
	assert_int_equal(fake.asks, GUARD_BURST);
	/* Others are not held up, nor is anybody who wants to leave. */
	expect(ask_for("POST", "/subscribe/daily",
		   FORM_TYPE "X-Forwarded-For: 192.0.2.9\r\n",
		   "email=a%40example.org"),
	    303, "Location: ");
	assert_string_equal(fake.client, "192.0.2.9");
	expect(post("/leave/TOKEN", "List-Unsubscribe=One-Click"), 200, "");
	expect(ask_for("GET", "/subscribe/daily", "", NULL), 200, "");
	now_seconds += 60;
	expect(post("/subscribe/daily", "email=a%40example.org"), 303, "");
	now_seconds = NOW;
}

/* ----------------------------------------------------------------- leave */

#define ONE_CLICK_PART                                                         \
	"--b-1\r\nContent-Disposition: form-data; "                            \
	"name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--b-1--\r\n"

static const struct {
	const char *type;
	const char *body;
	const char *source;
} leaves[] = {
    {FORM_TYPE, "List-Unsubscribe=One-Click", "one-click"},
    {"Content-Type: multipart/form-data; boundary=b-1\r\n", ONE_CLICK_PART,
	"one-click"},
    {"Content-Type: multipart/form-data; boundary=\"b-1\"\r\n", ONE_CLICK_PART,
	"one-click"},
    {FORM_TYPE, "", "page"},
    {FORM_TYPE, "List-Unsubscribe=Two", "page"},
    /* What cannot be read still comes from somebody who wants to leave. */
    {"Content-Type: text/plain\r\n", "List-Unsubscribe=One-Click", "page"},
    {"", "List-Unsubscribe=One-Click", "page"},
    {FORM_TYPE, "%", "page"},
};

static void
test_leave(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(leaves) / sizeof(leaves[0]); i++) {
		struct str page;

		fake.leaves = 0;
		page = ask_for(
		    "POST", "/leave/TOKEN", leaves[i].type, leaves[i].body);
		assert_int_equal(status_of(&page), 200);
		assert_false(has(&page, "\r\nLocation:"));
		assert_false(has(&page, "\r\nSet-Cookie:"));
		assert_int_equal(fake.leaves, 1);
		assert_string_equal(fake.source, leaves[i].source);
		str_release(&page);
	}
}

static void
test_looking_changes_nothing(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		expect(ask_for("GET", "/leave/TOKEN", "", NULL), 200, "");
		expect(ask_for("HEAD", "/leave/TOKEN", "", NULL), 200, "");
		expect(ask_for("GET", "/confirm/TOKEN", "", NULL), 200, "");
		expect(ask_for("HEAD", "/confirm/TOKEN", "", NULL), 200, "");
	}
	assert_int_equal(fake.looks, 12);
	assert_int_equal(fake.leaves + fake.confirms + fake.asks, 0);
}

/* --------------------------------------------------------------- framing */

#define CLOSE "Connection: close\r\n"

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
	static const char *const parts[] = {"", "G", "GET /health HT",
	    "GET /health HTTP/1.1\r\nHost",
	    "POST /subscribe/daily HTTP/1.1\r\n"
	    "Host: a\r\nContent-Length: 99\r\n\r\nemail="};
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

int
main(void)
{
#define UNIT(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
	    UNIT(test_routes),
	    UNIT(test_headers),
	    UNIT(test_page_headers),
	    UNIT(test_english),
	    UNIT(test_head),
	    UNIT(test_no_lists),
	    UNIT(test_ask),
	    UNIT(test_neutral),
	    UNIT(test_bad_address),
	    UNIT(test_bad_forms),
	    UNIT(test_form_time),
	    UNIT(test_rate),
	    UNIT(test_leave),
	    UNIT(test_looking_changes_nothing),
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
	    UNIT(test_busy),
	    UNIT(test_busy_for_all),
	    UNIT(test_busy_too_long),
	    UNIT(test_busy_queue),
	    UNIT(test_reads_pass),
	    UNIT(test_free_while_busy),
	    UNIT(test_gone_while_busy),
	    UNIT(test_failures),
	    UNIT(test_drain),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
