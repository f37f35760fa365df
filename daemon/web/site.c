/* SPDX-License-Identifier: ISC */
#include "web/site.h"

#include "base/log.h"
#include "flow/signup.h"
#include "model/list.h"
#include "web/archive.h"

#include <stdlib.h>
#include <string.h>

#define WORDING_MAX 4096
#define BUSY_RETRY  5 /* seconds, said to who was turned away */

/* clang-format off */
static const struct {
	unsigned status;
	enum page page;
} problems[] = {
    {404, PAGE_NOT_FOUND},
    {405, PAGE_BAD_METHOD},
    {410, PAGE_EXPIRED},
    {413, PAGE_TOO_LONG},
    {414, PAGE_TOO_LONG},
    {429, PAGE_TOO_MANY},
    {500, PAGE_BUSY},
    {503, PAGE_BUSY},
};
/* clang-format on */

void
visit_init(struct visit *visit, struct site *site)
{
	*visit = (struct visit){.site = site, .method = "", .path = ""};
	answer_init(&visit->answer);
}

void
visit_release(struct visit *visit)
{
	answer_release(&visit->answer);
}

/* Fills the answer with a page. */
static int
show(struct visit *visit, unsigned status, enum page page,
    struct page_values *values, struct err *err)
{
	struct answer *answer = &visit->answer;

	answer_nonce(answer);
	values->nonce = answer->nonce;
	str_reset(&answer->body);
	if (pages_render(
		&answer->body, visit->site->pages, page, values, err) != 0)
		return -1;
	if (answer->body.bad)
		return err_set(err, ERR_SYSTEM, "a page is too long");
	answer->status = status;
	answer->type = "text/html; charset=utf-8";
	answer->language = pages_language(visit->site->pages, values->list);
	return 0;
}

/* The page with the form of a list: the first time, or again. */
static int
show_form(struct visit *visit, unsigned status, enum page page,
    struct page_values *values, struct err *err)
{
	token_seal_time(visit->site->ring, visit->form_time, visit->now);
	values->form_time = visit->form_time;
	return show(visit, status, page, values, err);
}

void
site_refuse(struct visit *visit, unsigned status)
{
	site_refuse_of(visit, status, NULL);
}

void
site_refuse_of(struct visit *visit, unsigned status, const struct list *list)
{
	struct page_values values = {.list = list};
	struct err err = ERR_INIT;
	enum page page = PAGE_BAD_METHOD;

	for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
		if (problems[i].status == status)
			page = problems[i].page;
	}
	if (status == 503)
		visit->answer.retry_after = BUSY_RETRY;
	if (show(visit, status, page, &values, &err) == 0)
		return;
	/* The page itself is at fault: a few words without it. */
	log_line(LOG_ERROR, "page", "cannot be shown: %s", err.msg);
	answer_reset(&visit->answer);
	str_addf(&visit->answer.body, "%u\n", status);
	visit->answer.status = status;
	visit->answer.type = "text/plain; charset=utf-8";
}

/* 1 with the list of the path; 0 where there is none, and the answer says so.
 */
static int
need_list(struct visit *visit, struct list *list, struct err *err)
{
	int found = list_find(visit->site->db, visit->arg, list, err);

	if (found == 0)
		site_refuse(visit, 404);
	return found;
}

struct lists {
	struct list *rows;
	size_t count;
	size_t cap;
};

static int
collect(const struct list *list, void *arg)
{
	struct lists *lists = arg;

	if (lists->count == lists->cap) {
		size_t cap = lists->cap != 0 ? lists->cap * 2 : 8;
		struct list *rows =
		    realloc(lists->rows, cap * sizeof(*lists->rows));

		if (rows == NULL)
			abort();
		lists->rows = rows;
		lists->cap = cap;
	}
	lists->rows[lists->count++] = *list;
	return 0;
}

static int
get_lists(struct visit *visit, struct err *err)
{
	struct lists lists = {0};
	struct page_values values = {0};
	int rc = list_each(visit->site->db, collect, &lists, err);

	if (rc >= 0) {
		values.lists = lists.rows;
		values.lists_count = lists.count;
		rc = show(visit, 200, PAGE_LISTS, &values, err);
	}
	free(lists.rows);
	return rc;
}

static int
get_subscribe(struct visit *visit, struct err *err)
{
	struct list list;
	struct page_values values = {.list = &list};
	int found = need_list(visit, &list, err);

	if (found != 1)
		return found;
	return show_form(visit, 200, PAGE_SUBSCRIBE, &values, err);
}

static int
get_asked(struct visit *visit, struct err *err)
{
	struct list list;
	struct page_values values = {.list = &list};
	int found = need_list(visit, &list, err);

	if (found != 1)
		return found;
	return show(visit, 200, PAGE_ASKED, &values, err);
}

/* What everybody gets, whether new, waiting, active or gone: who asks learns
 * nothing about the address. */
static int
see_asked(struct visit *visit, const struct list *list)
{
	struct str *location = &visit->answer.location;

	str_reset(location);
	str_add(location, pages_root(visit->site->pages));
	str_add(location, "/subscribe/");
	str_add_url(location, list->name);
	str_add(location, "/asked");
	visit->answer.status = 303;
	return 0;
}

static int
form_again(struct visit *visit, const struct list *list, enum page_error error,
    struct err *err)
{
	struct page_values values = {.list = list,
	    .email = form_get(visit->form, "email"),
	    .error = error};

	return show_form(visit, 400, PAGE_SUBSCRIBE, &values, err);
}

/* Counted once, however often a busy database brings the visit back. True
 * where the visit may go on; else the answer is filled. */
static bool
admitted(struct visit *visit, const struct list *list)
{
	int64_t wait = 0;

	if (visit->counted)
		return true;
	visit->counted =
	    guard_take(&visit->site->guard, &visit->client, visit->now, &wait);
	if (visit->counted)
		return true;
	log_line(
	    LOG_INFO, "refused", "why=rate list=%lld", (long long)list->id);
	site_refuse(visit, 429);
	visit->answer.retry_after = wait;
	return false;
}

static int
ask(struct visit *visit, const struct list *list, struct err *err)
{
	struct str wording;
	struct signup_request request = {.list = list->name,
	    .email = form_get(visit->form, "email"),
	    .every = form_get(visit->form, "every"),
	    .source = "form",
	    .client = visit->client.text};
	int rc;

	str_init(&wording, WORDING_MAX);
	rc = pages_wording(&wording, visit->site->pages, list, err);
	request.wording = wording.data;
	if (rc == 0)
		rc = signup_ask(visit->site->db, &request, visit->now, err);
	str_release(&wording);
	return rc;
}

static int
post_subscribe(struct visit *visit, struct err *err)
{
	const char *trap = form_get(visit->form, "website");
	const char *shown_at = form_get(visit->form, "t");
	const char *every = form_get(visit->form, "every");
	enum list_every cadence;
	enum guard_verdict verdict;
	struct list list;
	int found = need_list(visit, &list, err);

	if (found != 1)
		return found;
	if (!admitted(visit, &list))
		return 0;
	if (visit->form_bad)
		return form_again(visit, &list, PAGE_ERROR_AGAIN, err);
	verdict = guard_form(visit->site->ring, trap, shown_at, visit->now);
	if (*every != '\0' && !list_every_parse(&cadence, every))
		verdict = GUARD_AGAIN;
	if (verdict == GUARD_AGAIN)
		return form_again(visit, &list, PAGE_ERROR_AGAIN, err);
	if (verdict == GUARD_TRAP) {
		log_line(LOG_INFO, "refused", "why=trap list=%lld",
		    (long long)list.id);
		return see_asked(visit, &list);
	}
	if (ask(visit, &list, err) == 0)
		return see_asked(visit, &list);
	if (err->code == ERR_INPUT)
		return form_again(visit, &list, PAGE_ERROR_EMAIL, err);
	return -1;
}

/* What a link's state shows; `good` is the page of a link that works. */
static int
show_link(struct visit *visit, const struct signup_link *link, enum page good,
    enum page done, struct err *err)
{
	struct page_values values = {.list = &link->list, .token = visit->arg};

	switch (link->state) {
	case SIGNUP_LINK_GOOD: return show(visit, 200, good, &values, err);
	case SIGNUP_LINK_DONE: return show(visit, 200, done, &values, err);
	case SIGNUP_LINK_EXPIRED:
		return show_form(visit, 410, PAGE_EXPIRED, &values, err);
	case SIGNUP_LINK_BAD:
	default:
		values.list = NULL;
		return show(visit, 404, PAGE_BAD_LINK, &values, err);
	}
}

static int
get_confirm(struct visit *visit, struct err *err)
{
	struct signup_link link = {0};

	if (signup_confirm_look(
		visit->site->db, visit->arg, visit->now, &link, err) != 0)
		return -1;
	return show_link(visit, &link, PAGE_CONFIRM, PAGE_CONFIRMED, err);
}

static int
post_confirm(struct visit *visit, struct err *err)
{
	const struct signup_confirm_request request = {.token = visit->arg,
	    .client = visit->client.text,
	    .welcome = visit->site->conf->mail.welcome == CONF_YES};
	struct signup_link link = {0};

	if (signup_confirm(visit->site->db, &request, visit->now, &link, err) !=
	    0)
		return -1;
	return show_link(visit, &link, PAGE_CONFIRMED, PAGE_CONFIRMED, err);
}

static int
get_leave(struct visit *visit, struct err *err)
{
	struct signup_link link = {0};

	if (signup_leave_look(visit->site->db, visit->site->ring, visit->arg,
		&link, err) != 0)
		return -1;
	return show_link(visit, &link, PAGE_LEAVE, PAGE_LEFT, err);
}

/* RFC 8058 3.1, 3.2: done by the POST alone, 200, no redirect, no cookie. A
 * body that cannot be read does not keep a reader on the list. */
static int
post_leave(struct visit *visit, struct err *err)
{
	bool one_click =
	    str_eq(form_get(visit->form, "List-Unsubscribe"), "One-Click");
	const struct signup_leave_request request = {.token = visit->arg,
	    .source = one_click ? "one-click" : "page",
	    .client = visit->client.text,
	    .goodbye = visit->site->conf->mail.goodbye == CONF_YES};
	struct signup_link link = {0};

	if (signup_leave(visit->site->db, visit->site->ring, &request,
		visit->now, &link, err) != 0)
		return -1;
	return show_link(visit, &link, PAGE_LEFT, PAGE_LEFT, err);
}

static int
stop_at_first(const struct list *list, void *arg)
{
	(void)list;
	(void)arg;
	return 1;
}

static int
get_health(struct visit *visit, struct err *err)
{
	if (list_each(visit->site->db, stop_at_first, NULL, err) < 0)
		return -1;
	str_add(&visit->answer.body, "ok\n");
	visit->answer.type = "text/plain; charset=utf-8";
	visit->answer.status = 200;
	return 0;
}

/* clang-format off */
static const struct route routes[] = {
    {"GET",  "/",                  get_lists},
    {"GET",  "/subscribe/*",       get_subscribe},
    {"POST", "/subscribe/*",       post_subscribe},
    {"GET",  "/subscribe/*/asked", get_asked},
    {"GET",  "/confirm/*",         get_confirm},
    {"POST", "/confirm/*",         post_confirm},
    {"GET",  "/leave/*",           get_leave},
    {"POST", "/leave/*",           post_leave},
    {"GET",  "/archive/*",         archive_list},
    {"GET",  "/archive/*/feed.xml", archive_feed},
    {"GET",  "/archive/*/*",       archive_issue},
    {"GET",  "/health",            get_health},
};
/* clang-format on */

int
site_answer(struct visit *visit, struct err *err)
{
	struct route_match match;
	enum route_result result = route_find(&match, routes,
	    sizeof(routes) / sizeof(routes[0]), visit->method, visit->path);
	unsigned status;

	answer_reset(&visit->answer);
	if (result != ROUTE_FOUND) {
		site_refuse(visit, result == ROUTE_NO_PATH ? 404 : 405);
		memcpy(visit->answer.allow, match.allow, sizeof(match.allow));
		return 0;
	}
	memcpy(visit->arg, match.arg, sizeof(visit->arg));
	memcpy(visit->second, match.second, sizeof(visit->second));
	if (match.route->fn(visit, err) == 0)
		return 0;
	if (err->code == ERR_BUSY)
		return -1;
	status = err_http_status(err->code);
	/* The pattern, not the path, which may hold a token; and nothing that
	 * a visitor wrote, which may be an address. */
	log_line(status >= 500 ? LOG_ERROR : LOG_INFO, "failed",
	    "route=%s %s why=%s", match.route->method, match.route->pattern,
	    status >= 500 ? err->msg : "input");
	site_refuse(visit, status);
	return 0;
}
