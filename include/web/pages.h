/* SPDX-License-Identifier: ISC */
/*
 * pages - what a visitor gets to see, in the language of the list that it is
 * about, and of the settings where it is about none.
 *
 * Owns the templates of pages and their catalogues (web/wording).
 */
#ifndef NASHRA_WEB_PAGES_H
#define NASHRA_WEB_PAGES_H

#include "base/conf.h"
#include "base/err.h"
#include "base/str.h"
#include "model/list.h"

#include <stddef.h>

struct pages;
struct template_style;
struct wording_set;

enum page {
	PAGE_LISTS,
	PAGE_SUBSCRIBE,
	PAGE_ASKED,
	PAGE_CONFIRM,
	PAGE_CONFIRMED,
	PAGE_LEAVE,
	PAGE_LEFT,
	PAGE_EXPIRED,
	PAGE_BAD_LINK,
	PAGE_NOT_FOUND,
	PAGE_BAD_METHOD,
	PAGE_TOO_LONG,
	PAGE_TOO_MANY,
	PAGE_BUSY,
	PAGES
};

/* What is wrong with the form that was sent. */
enum page_error { PAGE_NO_ERROR, PAGE_ERROR_EMAIL, PAGE_ERROR_AGAIN };

/* What a page is filled with; zeroed, nothing. */
struct page_values {
	const struct list *list;
	const struct list *lists; /* of PAGE_LISTS */
	size_t lists_count;
	const char *token; /* of the link, where the page has its button */
	const char *email; /* as typed */
	const char *form_time;
	enum page_error error;
	const char *nonce; /* of the style */
};

int pages_load(struct pages **out, const struct conf *conf, struct err *err);
void pages_free(struct pages *pages);

int pages_render(struct str *out, const struct pages *pages, enum page page,
    const struct page_values *values, struct err *err);
/* The sentence that a reader agrees to by sending the form. */
int pages_wording(struct str *out, const struct pages *pages,
    const struct list *list, struct err *err);
/* Our path as a browser must ask for it: base_url may have a path of its own.
 * "" before any of them where it has none. */
const char *pages_root(const struct pages *pages);
const struct conf *pages_conf(const struct pages *pages);
/* Of a page about a list, or about none (NULL). */
const char *pages_language(const struct pages *pages, const struct list *list);
int pages_look(const struct pages *pages, const struct list *list,
    const struct wording_set **words, struct template_style *style,
    struct err *err);

#endif
