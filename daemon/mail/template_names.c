/* SPDX-License-Identifier: ISC */
#include "mail/template_names.h"

#include "base/str.h"

#include <stddef.h>

#define TEXT     TEMPLATE_TYPE_TEXT, NULL
#define URL      TEMPLATE_TYPE_URL, NULL
#define NUMBER   TEMPLATE_TYPE_NUMBER, NULL
#define DATE     TEMPLATE_TYPE_DATE, NULL
#define BOOL     TEMPLATE_TYPE_BOOL, NULL
#define HOLE_URL TEMPLATE_TYPE_HOLE_URL, NULL
#define LIST(of) TEMPLATE_TYPE_LIST, (of)
#define END                                                                    \
	{                                                                      \
		NULL, TEXT                                                     \
	}

static const struct template_name loop[] = {
    {"@first", BOOL},
    {"@last", BOOL},
    {"@index", NUMBER},
    END,
};

static const struct template_name article[] = {
    {"title", TEXT},
    {"url", URL}, /* "" where an article has none */
    {"author", TEXT},
    {"published", DATE},
    {"excerpt", TEXT},
    {"has_excerpt", BOOL},
    END,
};

static const struct template_name digest[] = {
    {"site_name", TEXT},
    {"site_url", URL},
    {"list.title", TEXT},
    {"list.name", TEXT},
    {"subject", TEXT},
    {"preheader", TEXT},
    {"digest.date", DATE},
    {"digest.number", NUMBER},
    {"article_count", NUMBER},
    {"articles", LIST(article)},
    {"more", NUMBER}, /* articles of the issue that are not in the list */
    {"has_more", BOOL},
    {"why", TEXT}, /* why the reader gets this: a sentence */
    {"postal_address", TEXT},
    {"unsubscribe_url", HOLE_URL},
    END,
};

static const struct template_name confirm[] = {
    {"site_name", TEXT},
    {"site_url", URL},
    {"list.title", TEXT},
    {"list.name", TEXT},
    {"subject", TEXT},
    {"intro", TEXT}, /* what was asked for, and where: a sentence */
    {"hours", NUMBER},
    {"postal_address", TEXT},
    {"confirm_url", HOLE_URL},
    END,
};

static const struct template_name list[] = {
    {"title", TEXT},
    {"name", TEXT},
    {"url", URL},
    END,
};

static const struct template_name every[] = {
    {"value", TEXT},
    {"label", TEXT},
    {"chosen", BOOL},
    END,
};

static const struct template_name page[] = {
    {"site_name", TEXT},
    {"site_url", URL},
    {"home", URL}, /* the page with all lists */
    {"title", TEXT},
    {"text", TEXT},
    {"note", TEXT}, /* small print under the rest */
    {"is_error", BOOL},
    {"error", TEXT}, /* what is wrong with the form, "" where nothing is */
    {"suggestion", TEXT},
    {"list.title", TEXT},
    {"list.name", TEXT},
    {"lists", LIST(list)},
    {"has_form", BOOL}, /* the subscribe form */
    {"has_button", BOOL},
    {"action", URL}, /* where the form or the button posts to */
    {"button", TEXT},
    {"email", TEXT}, /* as typed */
    {"everies", LIST(every)},
    {"form_time", TEXT}, /* signed */
    {"link", URL},       /* where to go from here */
    {"link_text", TEXT},
    {"nonce", TEXT}, /* of the Content-Security-Policy */
    END,
};

static const struct template_name *const kinds[TEMPLATE_KINDS] = {
    [TEMPLATE_DIGEST] = digest,
    [TEMPLATE_CONFIRM] = confirm,
    [TEMPLATE_PAGE] = page,
};

static const char *const required[TEMPLATE_KINDS][TEMPLATE_REQUIRED + 1] = {
    [TEMPLATE_DIGEST] = {"unsubscribe_url", "postal_address"},
    [TEMPLATE_CONFIRM] = {"confirm_url"},
    [TEMPLATE_PAGE] = {NULL},
};

const struct template_name *
template_names(enum template_kind kind)
{
	return kinds[kind];
}

const struct template_name *
template_names_loop(void)
{
	return loop;
}

const struct template_name *
template_names_find(const struct template_name *names, const char *name)
{
	for (; names->name != NULL; names++) {
		if (str_eq(names->name, name))
			return names;
	}
	return NULL;
}

const char *const *
template_names_required(enum template_kind kind)
{
	return required[kind];
}
