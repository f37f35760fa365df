/* SPDX-License-Identifier: ISC */
#include "web/pages.h"

#include "base/confwords.h"
#include "flow/manner.h"
#include "mail/template.h"
#include "text/message.h"
#include "web/wording.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define TEXT_MAX  4096 /* bytes of a title, a sentence, a path */
#define TREE_SIZE 32

struct pages {
	const struct conf *conf;
	struct wording *wording;
	const char *root; /* the path in base_url, "" where it has none */
};

/* Where to go from a page. */
enum link { LINK_NONE, LINK_HOME, LINK_LIST, LINK_ARCHIVE };

/* clang-format off */
static const struct page_kind {
	const char *title;
	const char *text;   /* keys of the catalogue; NULL: nothing */
	const char *button;
	const char *action; /* "/confirm/": posts to that and the token */
	bool form;          /* the subscribe form, where the list is known */
	bool problem;
	enum link link;
} kinds[PAGES] = {
    [PAGE_LISTS] = {"page_lists_title", NULL,
	NULL, NULL, false, false, LINK_NONE},
    [PAGE_SUBSCRIBE] = {"page_subscribe_title", NULL,
	NULL, NULL, true, false, LINK_ARCHIVE},
    [PAGE_ASKED] = {"page_asked_title", "page_asked_text",
	NULL, NULL, false, false, LINK_NONE},
    [PAGE_CONFIRM] = {"page_confirm_title", "page_confirm_text",
	"page_confirm_button", "/confirm/", false, false, LINK_NONE},
    [PAGE_CONFIRMED] = {"page_confirmed_title", "page_confirmed_text",
	NULL, NULL, false, false, LINK_ARCHIVE},
    [PAGE_LEAVE] = {"page_leave_title", "page_leave_text",
	"page_leave_button", "/leave/", false, false, LINK_NONE},
    [PAGE_LEFT] = {"page_left_title", "page_left_text",
	NULL, NULL, false, false, LINK_LIST},
    [PAGE_EXPIRED] = {"page_expired_title", "page_expired_text",
	NULL, NULL, true, true, LINK_NONE},
    [PAGE_BAD_LINK] = {"page_bad_link_title", "page_bad_link_text",
	NULL, NULL, false, true, LINK_HOME},
    [PAGE_NOT_FOUND] = {"page_not_found_title", "page_not_found_text",
	NULL, NULL, false, true, LINK_HOME},
    [PAGE_BAD_METHOD] = {"page_method_title", "page_method_text",
	NULL, NULL, false, true, LINK_HOME},
    [PAGE_TOO_LONG] = {"page_too_large_title", "page_too_large_text",
	NULL, NULL, false, true, LINK_HOME},
    [PAGE_TOO_MANY] = {"page_limit_title", "page_limit_text",
	NULL, NULL, false, true, LINK_NONE},
    [PAGE_BUSY] = {"page_busy_title", "page_busy_text",
	NULL, NULL, false, true, LINK_NONE},
};
/* clang-format on */

static const char *const errors[] = {
    [PAGE_ERROR_EMAIL] = "page_email_error",
    [PAGE_ERROR_AGAIN] = "page_form_error",
};

int
pages_load(struct pages **out, const struct conf *conf, struct err *err)
{
	struct pages *pages = calloc(1, sizeof(*pages));
	const struct wording_set *site;
	const char *host;
	const char *path;

	if (pages == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	host = strstr(conf->base_url, "://");
	path = host != NULL ? strchr(host + 3, '/') : NULL;
	pages->conf = conf;
	pages->root = path != NULL ? path : "";
	/* What is wrong in them shows now, not to the first visitor. */
	if (wording_new(&pages->wording, conf, err) != 0 ||
	    wording_in(pages->wording, conf->language, &site, err) != 0) {
		pages_free(pages);
		return -1;
	}
	*out = pages;
	return 0;
}

void
pages_free(struct pages *pages)
{
	if (pages == NULL)
		return;
	wording_free(pages->wording);
	free(pages);
}

const char *
pages_root(const struct pages *pages)
{
	return pages->root;
}

const struct conf *
pages_conf(const struct pages *pages)
{
	return pages->conf;
}

const char *
pages_language(const struct pages *pages, const struct list *list)
{
	return confwords_language[manner_language(pages->conf, list)];
}

int
pages_look(const struct pages *pages, const struct list *list,
    const struct wording_set **words, struct template_style *style,
    struct err *err)
{
	if (wording_in(pages->wording, manner_language(pages->conf, list),
		words, err) != 0)
		return -1;
	*style =
	    (struct template_style){.date = manner_dates(pages->conf, list),
		.messages = (*words)->messages};
	return 0;
}

/* Nothing for a NULL key. */
static void
add_sentence(struct str *out, const struct messages *messages, const char *key,
    const struct list *list)
{
	const struct message_arg args[] = {
	    {"list", list != NULL ? list->title : ""}, {NULL, NULL}};

	if (key != NULL)
		message_add(out, messages, key, args);
}

int
pages_wording(struct str *out, const struct pages *pages,
    const struct list *list, struct err *err)
{
	const struct wording_set *words;
	struct template_style style;

	if (pages_look(pages, list, &words, &style, err) != 0)
		return -1;
	add_sentence(out, words->messages, "page_subscribe_title", list);
	str_add(out, "\n");
	add_sentence(out, words->messages, "page_privacy", list);
	return 0;
}

static void
add_path(struct str *out, const struct pages *pages, const char *path,
    const char *last)
{
	str_add(out, pages->root);
	str_add(out, path);
	str_add_url(out, last);
}

/* The texts that a page puts together, for as long as it is rendered. */
struct parts {
	const struct pages *pages;
	const struct messages *messages;
	struct str title, text, note, error, button, action, link, link_text;
	struct str home;
	/* The rows of the front page: four values each, and what they point
	 * at. */
	struct template_value (*rows)[4];
	const struct template_value **items;
	struct str *urls;
	/* What the template sees; a NULL name ends it. */
	struct template_value tree[TREE_SIZE];
	size_t names;
};

static struct str *
part(struct parts *parts, size_t i)
{
	struct str *const all[] = {&parts->title, &parts->text, &parts->note,
	    &parts->error, &parts->button, &parts->action, &parts->link,
	    &parts->link_text, &parts->home};

	return i < sizeof(all) / sizeof(all[0]) ? all[i] : NULL;
}

static void
parts_init(struct parts *parts, const struct pages *pages,
    const struct messages *messages)
{
	*parts = (struct parts){.pages = pages, .messages = messages};
	for (size_t i = 0; part(parts, i) != NULL; i++)
		str_init(part(parts, i), TEXT_MAX);
}

static void
parts_release(struct parts *parts, size_t rows)
{
	for (size_t i = 0; part(parts, i) != NULL; i++)
		str_release(part(parts, i));
	for (size_t i = 0; parts->urls != NULL && i < rows; i++)
		str_release(&parts->urls[i]);
	free(parts->urls);
	free(parts->items);
	free(parts->rows);
}

static int
fill_lists(
    struct parts *parts, const struct page_values *values, struct err *err)
{
	size_t n = values->lists_count;

	if (n == 0)
		return 0;
	parts->rows = calloc(n, sizeof(*parts->rows));
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers it is */
	parts->items = calloc(n, sizeof(*parts->items));
	parts->urls = calloc(n, sizeof(*parts->urls));
	if (parts->rows == NULL || parts->items == NULL || parts->urls == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	for (size_t i = 0; i < n; i++) {
		const struct list *list = &values->lists[i];
		struct template_value *row = parts->rows[i];

		str_init(&parts->urls[i], TEXT_MAX);
		add_path(
		    &parts->urls[i], parts->pages, "/subscribe/", list->name);
		row[0] = (struct template_value){.name = "title",
		    .type = TEMPLATE_TYPE_TEXT,
		    .text = list->title};
		row[1] = (struct template_value){.name = "name",
		    .type = TEMPLATE_TYPE_TEXT,
		    .text = list->name};
		row[2] = (struct template_value){.name = "url",
		    .type = TEMPLATE_TYPE_URL,
		    .text = parts->urls[i].data};
		parts->items[i] = row;
	}
	return 0;
}

static void
fill_link(struct parts *parts, enum link link, const struct list *list)
{
	const struct pages *pages = parts->pages;
	const struct messages *messages = parts->messages;

	if (link == LINK_HOME) {
		str_add(&parts->link, parts->home.data);
		add_sentence(
		    &parts->link_text, messages, "page_lists_title", NULL);
	}
	if (link == LINK_ARCHIVE && list != NULL &&
	    list->archive == LIST_ARCHIVE_YES) {
		add_path(&parts->link, pages, "/archive/", list->name);
		add_sentence(&parts->link_text, messages, "archive_all", NULL);
	}
	if (link == LINK_LIST && list != NULL) {
		add_path(&parts->link, pages, "/subscribe/", list->name);
		add_sentence(
		    &parts->link_text, messages, "page_subscribe_title", list);
	}
}

static void
fill_parts(struct parts *parts, const struct page_kind *kind,
    const struct page_values *values)
{
	const struct pages *pages = parts->pages;
	const struct messages *messages = parts->messages;
	const struct list *list = values->list;

	add_path(&parts->home, pages, "/", "");
	if (values->error != PAGE_NO_ERROR) {
		add_sentence(
		    &parts->error, messages, errors[values->error], NULL);
	}
	add_sentence(&parts->title, messages, kind->title, list);
	add_sentence(&parts->text, messages, kind->text, list);
	if (kind->title == kinds[PAGE_LISTS].title && values->lists_count == 0)
		add_sentence(&parts->text, messages, "page_lists_empty", NULL);
	if (kind->form && list != NULL) {
		add_sentence(
		    &parts->button, messages, "page_subscribe_button", list);
		add_sentence(&parts->note, messages, "page_privacy", list);
		add_path(&parts->action, pages, "/subscribe/", list->name);
	}
	if (kind->action != NULL && values->token != NULL) {
		add_sentence(&parts->button, messages, kind->button, list);
		add_path(&parts->action, pages, kind->action, values->token);
	}
	fill_link(parts, kind->link, list);
}

static void
put(struct parts *parts, const char *name, enum template_type type,
    const char *text)
{
	parts->tree[parts->names++] = (struct template_value){
	    .name = name, .type = type, .text = text != NULL ? text : ""};
}

static void
put_bool(struct parts *parts, const char *name, bool value)
{
	parts->tree[parts->names++] = (struct template_value){
	    .name = name, .type = TEMPLATE_TYPE_BOOL, .number = value};
}

static void
put_list(struct parts *parts, const char *name,
    const struct template_value *const *items, size_t count)
{
	parts->tree[parts->names++] = (struct template_value){.name = name,
	    .type = TEMPLATE_TYPE_LIST,
	    .items = items,
	    .count = count};
}

/* Every name that mail/template knows for a page. */
static void
fill_tree(struct parts *parts, const struct page_kind *kind,
    const struct page_values *values)
{
	const struct list *list = values->list;
	const struct conf *conf = parts->pages->conf;

	put(parts, "site_name", TEMPLATE_TYPE_TEXT, conf->site_name);
	put(parts, "site_url", TEMPLATE_TYPE_URL, conf->base_url);
	put(parts, "home", TEMPLATE_TYPE_URL, parts->home.data);
	put(parts, "title", TEMPLATE_TYPE_TEXT, parts->title.data);
	put(parts, "text", TEMPLATE_TYPE_TEXT, parts->text.data);
	put(parts, "note", TEMPLATE_TYPE_TEXT, parts->note.data);
	put_bool(parts, "is_error", kind->problem);
	put(parts, "error", TEMPLATE_TYPE_TEXT, parts->error.data);
	put(parts, "suggestion", TEMPLATE_TYPE_TEXT, NULL);
	put(parts, "list.title", TEMPLATE_TYPE_TEXT,
	    list != NULL ? list->title : NULL);
	put(parts, "list.name", TEMPLATE_TYPE_TEXT,
	    list != NULL ? list->name : NULL);
	put_list(parts, "lists", parts->items, values->lists_count);
	put_bool(parts, "has_form", kind->form && list != NULL);
	put_bool(parts, "has_button", kind->action != NULL);
	put(parts, "action", TEMPLATE_TYPE_URL, parts->action.data);
	put(parts, "button", TEMPLATE_TYPE_TEXT, parts->button.data);
	put(parts, "email", TEMPLATE_TYPE_TEXT, values->email);
	put_list(parts, "everies", NULL, 0);
	put(parts, "form_time", TEMPLATE_TYPE_TEXT, values->form_time);
	put(parts, "link", TEMPLATE_TYPE_URL, parts->link.data);
	put(parts, "link_text", TEMPLATE_TYPE_TEXT, parts->link_text.data);
	put(parts, "nonce", TEMPLATE_TYPE_TEXT, values->nonce);
}

int
pages_render(struct str *out, const struct pages *pages, enum page page,
    const struct page_values *values, struct err *err)
{
	const struct wording_set *words;
	struct template_style style;
	struct parts parts;
	int rc;

	if (pages_look(pages, values->list, &words, &style, err) != 0)
		return -1;
	parts_init(&parts, pages, words->messages);
	fill_parts(&parts, &kinds[page], values);
	rc = fill_lists(&parts, values, err);
	if (rc == 0) {
		fill_tree(&parts, &kinds[page], values);
		rc = template_render(out, words->page, parts.tree, &style, err);
	}
	parts_release(&parts, values->lists_count);
	return rc;
}
