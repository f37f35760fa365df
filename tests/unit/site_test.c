/* SPDX-License-Identifier: ISC */
#include "web/site.h"

#include "visitor.h"

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

    {"GET", "/archive/daily", NULL, 0, 200, "لم يصدر أي عدد بعد"},
    {"GET", "/archive/daily/1", NULL, 0, 404, "الصفحة غير موجودة"},
    {"GET", "/archive/weekly", NULL, 0, 404, "الصفحة غير موجودة"},
    {"GET", "/archive/weekly/1", NULL, 0, 404, "الصفحة غير موجودة"},
    {"GET", "/archive/secret", NULL, 0, 404, "Page not found"},
    {"GET", "/archive/secret/1", NULL, 0, 404, "Content-Language: en\r\n"},
    {"GET", "/archive/secret/feed.xml", NULL, 0, 404, "Page not found"},
    {"GET", "/archive/weekly/feed.xml", NULL, 0, 404, "الصفحة غير موجودة"},
    {"GET", "/archive/daily/feed.xml", NULL, 0, 200,
	"Content-Type: application/atom+xml; charset=utf-8\r\n"},
    {"GET", "/archive/daily/feed.xml", NULL, 0, 200, "<updated>0</updated>"},
    {"POST", "/archive/daily/feed.xml", "", 0, 405, "Allow: GET, HEAD"},
    {"GET", "/archive", NULL, 0, 404, "الصفحة غير موجودة"},
    {"GET", "/archive/daily/1/2", NULL, 0, 404, "الصفحة غير موجودة"},
    {"POST", "/archive/daily", "", 0, 405, "Allow: GET, HEAD\r\n"},
    {"DELETE", "/archive/daily/1", NULL, 0, 405, "Allow: GET, HEAD\r\n"},
    {"GET", "/subscribe/daily", NULL, 0, 200,
	"<a href=\"/letters/archive/daily\">"},
    {"GET", "/subscribe/secret", NULL, 0, 200, "<html lang=\"en\""},

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
	    "\r\nCache-Control: no-",
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

/* --------------------------------------------------------------- archive */

static size_t
times(const struct str *response, const char *what)
{
	size_t n = 0;

	for (const char *at = response->data; (at = strstr(at, what)) != NULL;
	     at++)
		n++;
	return n;
}

static void
test_numbers(void **state)
{
	static const struct {
		const char *number;
		int status;
	} cases[] = {{"1", 200}, {"3", 200}, {"4", 404}, {"0", 404},
	    {"01", 404}, {"-1", 404}, {"+1", 404}, {"%201", 404}, {"1x", 404},
	    {"0x1", 404}, {"9223372036854775807", 404},
	    {"9223372036854775808", 404}, {"18446744073709551617", 404},
	    {"feed", 404}};

	(void)state;
	fake.issues = 3;
	fake.stories = 1;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char path[64];

		(void)snprintf(
		    path, sizeof(path), "/archive/daily/%s", cases[i].number);
		expect(ask_for("GET", path, "", NULL), cases[i].status, "");
	}
	expect(ask_for("GET", "/archive/daily/2", "", NULL), 200,
	    "<link rel=\"canonical\" "
	    "href=\"https://news.example.org/letters/archive/daily/2\">");
	expect(ask_for("GET", "/archive/daily/2", "", NULL), 200,
	    "<link rel=\"prev\" href=\"/letters/archive/daily/1\">\n"
	    "<link rel=\"next\" href=\"/letters/archive/daily/3\">");
	/* a picture that the policy would not show is not asked for */
	{
		struct str page = ask_for("GET", "/archive/daily/2", "", NULL);

		assert_false(has(&page, "<img"));
		assert_true(has(&page, "; img-src https:; "));
		str_release(&page);
	}
}

/* An issue and an index of any size are a page, of whatever is in them. */
static void
test_sizes(void **state)
{
	static const char body[] = "<p dir=\"rtl\">كلام</p>";
	struct str title, content, page;

	(void)state;
	str_init(&title, 1000);
	str_init(&content, 200000);
	while (!title.bad)
		str_add(&title, "\"");
	while (content.len < 130000)
		str_add(&content, body);
	fake.issues = 2000;
	fake.stories = 2000;
	page = ask_for("GET", "/archive/daily", "", NULL);
	assert_int_equal(status_of(&page), 200);
	assert_int_equal(times(&page, "class=\"issue\""), 300);
	assert_true(has(&page, "href=\"/letters/archive/daily/1700\">أعداد"));
	str_release(&page);
	page = ask_for("GET", "/archive/daily/7", "", NULL);
	assert_int_equal(times(&page, "<article>"), 500);
	assert_true(has(&page, "١٬٥٠٠ مقال آخر في هذا العدد"));
	str_release(&page);
	/* full texts of the first two, excerpts of the others */
	fake.content = content.data;
	page = ask_for("GET", "/archive/daily/7", "", NULL);
	assert_int_equal(status_of(&page), 200);
	assert_int_equal(times(&page, "class=\"body\""), 2);
	assert_int_equal(times(&page, "<article>"), 500);
	str_release(&page);
	/* escaped, a quote is six times as long */
	fake.title = title.data;
	page = ask_for("GET", "/archive/daily/7", "", NULL);
	assert_int_equal(status_of(&page), 200);
	assert_in_range(times(&page, "<article>"), 20, 100);
	assert_int_equal(times(&page, "class=\"body\""), 0);
	str_release(&page);
	page = ask_for("GET", "/archive/daily", "", NULL);
	assert_int_equal(status_of(&page), 200);
	assert_in_range(times(&page, "class=\"issue\""), 100, 140);
	assert_true(has(&page, ">أعداد أقدم<"));
	str_release(&page);
	str_release(&title);
	str_release(&content);
}

/* Who has a page and asks for it again is told that it is the same. */
static void
test_kept(void **state)
{
	char known[128], tag[64] = "";
	struct str page;

	(void)state;
	fake.issues = fake.stories = 1;
	page = ask_for("GET", "/archive/daily/1", "", NULL);
	assert_true(has(&page, "\r\nCache-Control: no-cache\r\n"));
	assert_non_null(strstr(page.data, "\r\nETag: W/\""));
	(void)snprintf(tag, sizeof(tag), "%.34s",
	    strstr(page.data, "\r\nETag: W/\"") + strlen("\r\nETag: W/"));
	str_release(&page);
	(void)snprintf(
	    known, sizeof(known), "If-None-Match: \"x\", W/%s\r\n", tag);
	page = ask_for("GET", "/archive/daily/1", known, NULL);
	assert_int_equal(status_of(&page), 304);
	assert_true(has(&page, tag));
	assert_false(has(&page, "Content-Security-Policy"));
	assert_false(has(&page, "\r\nContent-Type"));
	assert_true(str_ends(page.data, "\r\n\r\n"));
	str_release(&page);
	expect(ask_for("HEAD", "/archive/daily/1", known, NULL), 304, tag);
	expect(ask_for("GET", "/archive/daily", known, NULL), 200, "ETag: ");
	expect(
	    ask_for("GET", "/subscribe/daily", known, NULL), 200, "no-store");
	expect(ask_for("GET", "/archive/daily/1", "If-None-Match: *\r\n", NULL),
	    304, tag);
	fake.title = "عنوان آخر";
	expect(ask_for("GET", "/archive/daily/1", known, NULL), 200, "آخر");
}

/* No page leads to an archive that is not there. */
static void
test_ways_to_it(void **state)
{
	struct str page;

	(void)state;
	page = ask_for("GET", "/subscribe/secret", "", NULL);
	assert_int_equal(status_of(&page), 200);
	assert_false(has(&page, "/archive/"));
	str_release(&page);
	fake.state = SIGNUP_LINK_DONE;
	expect(ask_for("GET", "/confirm/TOKEN", "", NULL), 200,
	    "<a href=\"/letters/archive/daily\">");
}

static void
test_feed(void **state)
{
	struct str feed;

	(void)state;
	fake.issues = 50;
	fake.stories = 2;
	fake.title = "Tom & <b>\"Jerry\"\x01";
	feed = ask_for("GET", "/archive/daily/feed.xml", "", NULL);
	assert_int_equal(status_of(&feed), 200);
	assert_int_equal(times(&feed, "<entry>"), 30);
	assert_true(has(&feed, "<feed xmlns=\"http://www.w3.org/2005/Atom\" "
			       "xml:lang=\"ar\">"));
	assert_true(has(&feed, "<id>https://news.example.org/letters/archive/"
			       "daily/50</id>"));
	assert_true(has(&feed, "<title>Tom &amp; &lt;b&gt;&quot;Jerry&quot;"
			       "</title>"));
	assert_true(has(&feed, "<summary>العدد ٥٠ · مقالان</summary>"));
	assert_true(
	    has(&feed, "rel=\"self\" type=\"application/atom+xml\" "
		       "href=\"https://news.example.org/letters/archive/"
		       "daily/feed.xml\"/>"));
	assert_true(has(&feed, "\r\nETag: W/\""));
	assert_false(has(&feed, "img-src"));
	str_release(&feed);
	fake.title = "";
	expect(ask_for("GET", "/archive/daily/feed.xml", "", NULL), 200,
	    "<title>العدد ٥٠ · مقالان</title>");
}

static void
test_archive_fails(void **state)
{
	static const char *const paths[] = {
	    "/archive/daily", "/archive/daily/1", "/archive/daily/feed.xml"};

	(void)state;
	fake.issues = fake.stories = 1;
	for (size_t i = 0; i < 3; i++) {
		fake.busy = 2;
		expect(ask_for("GET", paths[i], "", NULL), 200, "عنوان");
		fake.fail = ERR_DATA;
		expect(ask_for("GET", paths[i], "", NULL), 500, "");
		fake.fail = ERR_NONE;
	}
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
    {FORM_TYPE, "email=a%40example.org&every=never"},
    {FORM_TYPE, "email=a%40example.org&every=%22%3E"},
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

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    UNIT(test_routes),
	    UNIT(test_headers),
	    UNIT(test_page_headers),
	    UNIT(test_english),
	    UNIT(test_head),
	    UNIT(test_no_lists),
	    UNIT(test_numbers),
	    UNIT(test_sizes),
	    UNIT(test_kept),
	    UNIT(test_ways_to_it),
	    UNIT(test_feed),
	    UNIT(test_archive_fails),
	    UNIT(test_ask),
	    UNIT(test_neutral),
	    UNIT(test_bad_address),
	    UNIT(test_bad_forms),
	    UNIT(test_form_time),
	    UNIT(test_rate),
	    UNIT(test_leave),
	    UNIT(test_looking_changes_nothing),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
