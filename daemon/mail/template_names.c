/* SPDX-License-Identifier: ISC */
#include "mail/template_names.h"

#include "base/near.h"
#include "base/str.h"

#include <stddef.h>
#include <string.h>

#define TEXT     TEMPLATE_TYPE_TEXT, NULL
#define URL      TEMPLATE_TYPE_URL, NULL
#define HTML     TEMPLATE_TYPE_HTML, NULL
#define NUMBER   TEMPLATE_TYPE_NUMBER, NULL
#define DATE     TEMPLATE_TYPE_DATE, NULL
#define BOOL     TEMPLATE_TYPE_BOOL, NULL
#define COLOR    TEMPLATE_TYPE_COLOR, NULL
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
    {"body", HTML}, /* as long as there is room for it; styled */
    {"body_text", TEXT},
    {"has_body", BOOL},
    {"image_url", URL},
    {"image_width", NUMBER}, /* as it is to be shown; 0: nobody knows */
    {"image_height", NUMBER},
    {"has_image", BOOL},
    {"section", TEXT},       /* "" where an article has none */
    {"section_first", BOOL}, /* of articles of the same one in a row */
    END,
};

static const struct template_name digest[] = {
    {"site_name", TEXT},
    {"site_url", URL},
    {"list.title", TEXT},
    {"list.name", TEXT},
    {"list.color", COLOR},
    {"list.logo_url", URL}, /* "" where a list has none */
    {"list.logo_width", NUMBER},
    {"list.logo_height", NUMBER},
    {"subject", TEXT},
    {"preheader", TEXT},
    {"digest.date", DATE},
    {"digest.number", NUMBER},
    {"article_count", NUMBER},
    {"articles", LIST(article)},
    {"more", NUMBER}, /* articles of the issue that are not in the list */
    {"has_more", BOOL},
    {"more_url", URL}, /* where those are: the issue's page or the site */
    {"web_url", URL},  /* the issue's page, "" where there is none */
    {"why", TEXT},     /* why the reader gets this: a sentence */
    {"postal_address", TEXT},
    {"unsubscribe_url", HOLE_URL},
    END,
};

/* One line that says what is inside of a digest. */
static const struct template_name line[] = {
    {"site_name", TEXT},
    {"list.title", TEXT},
    {"list.name", TEXT},
    {"digest.date", DATE},
    {"digest.number", NUMBER},
    {"article_count", NUMBER},
    {"title", TEXT},      /* of the first article, cut so that the line fits */
    {"title_ends", BOOL}, /* in a mark of its own, such as ? or an ellipsis */
    {"others", NUMBER},   /* articles but for the first */
    {"has_others", BOOL},
    {"articles", LIST(article)},
    {"next", LIST(article)}, /* less the first */
    END,
};

static const struct template_name confirm[] = {
    {"site_name", TEXT},
    {"site_url", URL},
    {"list.title", TEXT},
    {"list.name", TEXT},
    {"list.color", COLOR},
    {"list.logo_url", URL}, /* "" where a list has none */
    {"list.logo_width", NUMBER},
    {"list.logo_height", NUMBER},
    {"subject", TEXT},
    {"intro", TEXT}, /* what was asked for, and where: a sentence */
    {"hours", NUMBER},
    {"postal_address", TEXT},
    {"confirm_url", HOLE_URL},
    END,
};

static const struct template_name welcome[] = {
    {"site_name", TEXT},
    {"site_url", URL},
    {"list.title", TEXT},
    {"list.name", TEXT},
    {"list.color", COLOR},
    {"list.logo_url", URL}, /* "" where a list has none */
    {"list.logo_width", NUMBER},
    {"list.logo_height", NUMBER},
    {"subject", TEXT},
    {"intro", TEXT}, /* that it is done, and what comes: a sentence */
    {"postal_address", TEXT},
    {"unsubscribe_url", HOLE_URL},
    END,
};

static const struct template_name goodbye[] = {
    {"site_name", TEXT},
    {"site_url", URL},
    {"list.title", TEXT},
    {"list.name", TEXT},
    {"list.color", COLOR},
    {"list.logo_url", URL}, /* "" where a list has none */
    {"list.logo_width", NUMBER},
    {"list.logo_height", NUMBER},
    {"subject", TEXT},
    {"intro", TEXT},        /* that it is done: a sentence */
    {"subscribe_url", URL}, /* the way back */
    {"postal_address", TEXT},
    END,
};

static const struct template_name trouble[] = {
    {"what", TEXT}, /* what has happened, and since when: a sentence */
    {"since", DATE},
    {"name", TEXT},  /* of the relay or domain; "" for all else */
    {"error", TEXT}, /* the words of another program, in its language */
    {"todo", TEXT},  /* what to look at: a sentence */
    END,
};

static const struct template_name notice[] = {
    {"site_name", TEXT},
    {"site_url", URL},
    {"subject", TEXT},
    {"intro", TEXT}, /* who writes, and what it means: a sentence */
    {"trouble_count", NUMBER},
    {"troubles", LIST(trouble)},
    {"mail_waits", BOOL},     /* it goes on by itself */
    {"settings_wait", BOOL},  /* for somebody to have them read again, */
    {"reload_command", TEXT}, /* with this */
    {"status_command", TEXT},
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

/* An issue, in the index of a list's archive. */
static const struct template_name front[] = {
    {"title", TEXT}, /* of its first article, "" where it has none */
    {"url", URL},
    {"date", DATE},
    {"number", NUMBER},
    {"article_count", NUMBER},
    END,
};

static const struct template_name year[] = {
    {"year", TEXT},
    {"issues", LIST(front)},
    END,
};

static const struct template_name archive[] = {
    {"site_name", TEXT},
    {"site_url", URL},
    {"home", URL}, /* the page with all lists */
    {"url", URL},  /* of the page, with its host */
    {"list.title", TEXT},
    {"list.name", TEXT},
    {"list.color", COLOR},
    {"list.logo_url", URL}, /* "" where a list has none */
    {"list.logo_width", NUMBER},
    {"list.logo_height", NUMBER},
    {"subscribe_url", URL},
    {"feed_url", URL},     /* of the newest issues, as Atom */
    {"years", LIST(year)}, /* newest first */
    {"older_url", URL},    /* the newest issue that is not here, or "" */
    {"nonce", TEXT},       /* of the Content-Security-Policy */
    END,
};

/* An article as a page has room for it. */
static const struct template_name story[] = {
    {"title", TEXT},
    {"url", URL},
    {"author", TEXT},
    {"published", DATE},
    {"excerpt", TEXT},
    {"has_excerpt", BOOL},
    {"body", HTML}, /* all of it, "" where nobody knows or it is too long */
    {"has_body", BOOL},
    {"image_url", URL}, /* "" where the body has a picture */
    {"image_width", NUMBER},
    {"image_height", NUMBER},
    {"has_image", BOOL},
    {"section", TEXT},
    {"section_first", BOOL},
    END,
};

/* An issue as a page of its own. */
static const struct template_name issue[] = {
    {"site_name", TEXT},
    {"site_url", URL},
    {"home", URL},
    {"url", URL},
    {"list.title", TEXT},
    {"list.name", TEXT},
    {"list.color", COLOR},
    {"list.logo_url", URL},
    {"list.logo_width", NUMBER},
    {"list.logo_height", NUMBER},
    {"subscribe_url", URL},
    {"feed_url", URL},    /* of the newest issues, as Atom */
    {"archive_url", URL}, /* the page with all issues */
    {"digest.date", DATE},
    {"digest.number", NUMBER},
    {"article_count", NUMBER},
    {"articles", LIST(story)},
    {"more", NUMBER}, /* articles that are not in the list */
    {"has_more", BOOL},
    {"description", TEXT}, /* the first titles */
    {"image_url", URL},    /* the first picture, or "" */
    {"previous_url", URL}, /* the issue before, or "" */
    {"next_url", URL},     /* the issue after, or "" */
    {"nonce", TEXT},
    END,
};

static const struct template_name any = {"", TEMPLATE_TYPE_ANY, NULL};

static const struct template_kind_row kinds[TEMPLATE_KINDS] = {
    [TEMPLATE_DIGEST] = {"digest", digest,
	{"unsubscribe_url", "postal_address"}, .variants = true,
	.paired = true},
    [TEMPLATE_SUBJECT] = {"subject", line, {NULL}, .variants = true},
    [TEMPLATE_PREHEADER] = {"preheader", line, {NULL}, .variants = true},
    [TEMPLATE_CONFIRM] = {"confirm", confirm, {"confirm_url"},
	.variants = false},
    [TEMPLATE_WELCOME] = {"welcome", welcome,
	{"unsubscribe_url", "postal_address"}, .variants = false,
	.paired = true},
    [TEMPLATE_GOODBYE] = {"goodbye", goodbye, {"postal_address"},
	.variants = false, .paired = true},
    [TEMPLATE_NOTICE] = {"notice", notice, {"troubles"}, .variants = false,
	.paired = true},
    [TEMPLATE_PAGE] = {"page", page, {NULL}, .variants = false},
    [TEMPLATE_ARCHIVE] = {"archive", archive, {NULL}, .variants = false},
    [TEMPLATE_ISSUE] = {"archive-issue", issue, {NULL}, .variants = false},
    [TEMPLATE_GENERIC] = {"generic", NULL, {NULL}, .variants = true},
};

static const char *const types[TEMPLATE_TYPES] = {
    [TEMPLATE_TYPE_TEXT] = "a text",
    [TEMPLATE_TYPE_URL] = "a url",
    [TEMPLATE_TYPE_HTML] = "html",
    [TEMPLATE_TYPE_NUMBER] = "a number",
    [TEMPLATE_TYPE_DATE] = "a date",
    [TEMPLATE_TYPE_BOOL] = "yes or no",
    [TEMPLATE_TYPE_LIST] = "a list",
    [TEMPLATE_TYPE_HOLE_URL] = "a url of each reader",
    [TEMPLATE_TYPE_COLOR] = "a color",
    [TEMPLATE_TYPE_OBJECT] = "an object",
    [TEMPLATE_TYPE_ANY] = "anything",
};

const struct template_kind_row *
template_names_kind(enum template_kind kind)
{
	return &kinds[kind];
}

bool
template_names_kind_find(enum template_kind *out, const char *name)
{
	for (int i = 0; i < TEMPLATE_KINDS; i++) {
		if (str_eq(kinds[i].name, name)) {
			*out = (enum template_kind)i;
			return true;
		}
	}
	return false;
}

bool
template_names_kind_of(enum template_kind *out, const char *file)
{
	for (int i = 0; i < TEMPLATE_KINDS; i++) {
		const char *rest = file + strlen(kinds[i].name);

		if (!str_starts(file, kinds[i].name))
			continue;
		if (*rest == '.' || (*rest == '-' && kinds[i].variants)) {
			*out = (enum template_kind)i;
			return true;
		}
	}
	return false;
}

const struct template_name *
template_names_loop(void)
{
	return loop;
}

const struct template_name *
template_names_any(void)
{
	return &any;
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

const struct template_name *
template_names_near(const struct template_name *names, const char *name)
{
	const struct template_name *best = NULL;
	struct near near = {.word = NULL};

	for (; names->name != NULL; names++) {
		near_try(&near, name, names->name);
		if (near.word == names->name)
			best = names;
	}
	return best;
}

const char *
template_names_type(enum template_type type)
{
	return types[type];
}
