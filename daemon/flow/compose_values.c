/* SPDX-License-Identifier: ISC */
#include "flow/compose_values.h"

#include "flow/public.h"
#include "text/dress.h"
#include "text/excerpt.h"
#include "text/html.h"
#include "text/message.h"
#include "text/sanitise_cut.h"

#include <stdlib.h>
#include <string.h>

#define ARTICLE_FIELDS 16  /* with the end of the row */
#define IMAGE_HEIGHT   800 /* of which a phone shows most at once */
#define EXCERPT_AT     0   /* the first are filled in as there is room */
#define BODY_AT        2
#define BODY_ROOM      ((size_t)16 * COMPOSE_BODY) /* of one that is dressed */
#define DIGEST_FIELDS  25

struct compose_values {
	const struct kit *kit;
	const struct compose_issue *issue;
	const struct kit_look *look;
	struct template_value all[DIGEST_FIELDS];
	struct template_value fields[COMPOSE_ARTICLES][ARTICLE_FIELDS];
	const struct template_value *items[COMPOSE_ARTICLES];
	struct str excerpts[COMPOSE_ARTICLES]; /* as long as they may be */
	struct str shorter[COMPOSE_ARTICLES];  /* as shown */
	size_t excerpt;                        /* graphemes of those */
	bool has_body, has_body_text;          /* some template shows it */
	struct str bodies[COMPOSE_ARTICLES];   /* as shown */
	struct str texts[COMPOSE_ARTICLES];
	size_t body; /* bytes of those, before they were dressed */
	struct str title, why, web_url;
};

static bool
begins_section(const struct compose_issue *issue, size_t i)
{
	const char *section = issue->articles[i].section;

	return section[0] != '\0' &&
	       (i == 0 || !str_eq(issue->articles[i - 1].section, section));
}

/* A picture that is wider than the column is shown smaller: Outlook for
 * Windows goes by these, whatever a style says. */
static void
fit_image(
    const struct compose_article *article, int64_t *width, int64_t *height)
{
	*width = article->image_width;
	*height = article->image_height;
	if (*width > DRESS_WIDTH) {
		*height = *height * DRESS_WIDTH / *width;
		*width = DRESS_WIDTH;
	}
	if (*height > IMAGE_HEIGHT) {
		*width = *width * IMAGE_HEIGHT / *height;
		*height = IMAGE_HEIGHT;
	}
}

static void
fill_article(struct compose_values *values, size_t i)
{
	const struct compose_article *article = &values->issue->articles[i];
	int64_t width, height;

	fit_image(article, &width, &height);
	const struct template_value fields[ARTICLE_FIELDS] = {
	    KIT_TEXT("excerpt", ""),
	    KIT_BOOL("has_excerpt", 0),
	    KIT_HTML("body", ""),
	    KIT_TEXT("body_text", ""),
	    KIT_BOOL("has_body", 0),
	    KIT_TEXT("title", article->title),
	    KIT_URL("url", article->link),
	    KIT_TEXT("author", article->author),
	    KIT_DATE("published", article->published),
	    KIT_URL("image_url", article->image_url),
	    KIT_NUMBER("image_width", width),
	    KIT_NUMBER("image_height", height),
	    KIT_BOOL("has_image", article->image_url[0] != '\0'),
	    KIT_TEXT("section", article->section),
	    KIT_BOOL("section_first", begins_section(values->issue, i)),
	    {0},
	};

	memcpy(values->fields[i], fields, sizeof(fields));
	values->items[i] = values->fields[i];
	str_init(&values->excerpts[i], (size_t)COMPOSE_EXCERPT * 64);
	str_init(&values->shorter[i], (size_t)COMPOSE_EXCERPT * 64);
	str_init(&values->bodies[i], BODY_ROOM);
	str_init(&values->texts[i], BODY_ROOM);
	excerpt_make(&values->excerpts[i], article->body, COMPOSE_EXCERPT);
}

/* A long excerpt is made shorter, not made anew of a text of any size. */
static void
show_excerpts(struct compose_values *values, size_t graphemes)
{
	for (size_t i = 0; i < values->issue->count; i++) {
		const struct str *shown = &values->excerpts[i];
		struct template_value *field = &values->fields[i][EXCERPT_AT];

		if (graphemes < COMPOSE_EXCERPT) {
			str_reset(&values->shorter[i]);
			excerpt_make(&values->shorter[i],
			    values->excerpts[i].data, graphemes);
			shown = &values->shorter[i];
		}
		field[0].text = shown->data;
		field[1].number = shown->len > 0;
	}
	values->excerpt = graphemes;
}

static void
make_body(struct compose_values *values, size_t i, const char *content)
{
	bool rtl = values->look->language == CONF_AR;
	struct err ignored = ERR_INIT;
	struct str cut;

	str_init(&cut, COMPOSE_BODY);
	(void)sanitise_cut(&cut, content, values->body);
	if (values->has_body)
		dress_html(&values->bodies[i], cut.data, rtl);
	/* Nothing that was sanitised is too deep or too long. */
	if (values->has_body_text) {
		(void)html_to_text_linked(
		    &values->texts[i], cut.data, cut.len, &ignored);
	}
	/* Half a tag would take the rest of the mail with it. */
	if (values->bodies[i].bad) {
		str_release(&values->bodies[i]);
	} else {
		values->fields[i][BODY_AT + 2].number = cut.len > 0;
	}
	str_release(&cut);
}

static void
show_bodies(struct compose_values *values, size_t most)
{
	values->body = most;
	for (size_t i = 0; i < values->issue->count; i++) {
		const char *content = values->issue->articles[i].content;
		struct template_value *fields = &values->fields[i][BODY_AT];

		str_reset(&values->bodies[i]);
		str_reset(&values->texts[i]);
		fields[2].number = 0;
		if (content != NULL && compose_values_has_bodies(values))
			make_body(values, i, content);
		fields[0].text = values->bodies[i].data;
		fields[1].text = values->texts[i].data;
	}
}

bool
compose_values_has_bodies(const struct compose_values *values)
{
	return values->has_body || values->has_body_text;
}

/* The names of an article are the same in all kinds. */
static bool
uses(const struct shelf_digest *digest, const char *name)
{
	const struct template_name *names = template_names_find(
	    template_names_kind(TEMPLATE_DIGEST)->names, "articles")
						->fields;
	const struct template_name *row = template_names_find(names, name);

	return template_uses(digest->html, row) ||
	       template_uses(digest->text, row) ||
	       template_uses(digest->subject, row) ||
	       template_uses(digest->preheader, row);
}

struct compose_values *
compose_values_new(const struct kit *kit, const struct compose_issue *issue,
    const struct kit_look *look, const struct shelf_digest *digest)
{
	const struct message_arg list_arg[] = {
	    {"list", issue->list->title}, {0}};
	struct compose_values *values = calloc(1, sizeof(*values));

	if (values == NULL)
		return NULL;
	values->kit = kit;
	values->issue = issue;
	values->look = look;
	str_init(&values->title, 4096);
	str_init(&values->why, 4096);
	str_init(&values->web_url, 4096);
	public_issue(&values->web_url, kit->conf, issue->list, issue->number);
	message_add(
	    &values->why, look->words->messages, "digest_footer_why", list_arg);
	for (size_t i = 0; i < issue->count; i++)
		fill_article(values, i);
	show_excerpts(values, COMPOSE_EXCERPT);
	values->has_body_text = uses(digest, "body_text");
	values->has_body = uses(digest, "body") || uses(digest, "has_body");
	show_bodies(values, COMPOSE_BODY);
	return values;
}

void
compose_values_free(struct compose_values *values)
{
	if (values == NULL)
		return;
	for (size_t i = 0; i < values->issue->count; i++) {
		str_release(&values->excerpts[i]);
		str_release(&values->shorter[i]);
		str_release(&values->bodies[i]);
		str_release(&values->texts[i]);
	}
	str_release(&values->title);
	str_release(&values->why);
	str_release(&values->web_url);
	free(values);
}

/* What follows such a title needs no comma, as after one that was cut. */
static bool
ends_in_mark(const char *title)
{
	static const char *const marks[] = {"…", "؟", "?", "!", "."};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (str_ends(title, marks[i]))
			return true;
	}
	return false;
}

const struct template_value *
compose_values_line(struct compose_values *values, size_t title)
{
	const struct compose_issue *issue = values->issue;
	size_t first = issue->count > 0;

	str_reset(&values->title);
	if (first > 0)
		excerpt_make(&values->title, issue->articles[0].title, title);

	const struct template_value all[DIGEST_FIELDS] = {
	    KIT_TEXT("site_name", values->kit->conf->site_name),
	    KIT_TEXT("list.title", issue->list->title),
	    KIT_TEXT("list.name", issue->list->name),
	    KIT_DATE("digest.date", issue->date),
	    KIT_NUMBER("digest.number", issue->number),
	    KIT_NUMBER("article_count", (int64_t)issue->total),
	    KIT_TEXT("title", values->title.data),
	    KIT_BOOL("title_ends", ends_in_mark(values->title.data)),
	    KIT_NUMBER("others", (int64_t)(issue->total - first)),
	    KIT_BOOL("has_others", issue->total > first),
	    KIT_LIST("articles", values->items, issue->count),
	    KIT_LIST("next", values->items + first, issue->count - first),
	};

	memcpy(values->all, all, sizeof(all));
	return values->all;
}

const char *
compose_values_title(const struct compose_values *values)
{
	return values->issue->list->title;
}

const struct template_value *
compose_values_digest(struct compose_values *values,
    const struct compose_lines *lines, const struct compose_extent *extent)
{
	const struct compose_issue *issue = values->issue;
	const struct conf *conf = values->kit->conf;
	const struct list_look *look = &issue->list->look;
	const char *web_url = values->web_url.data;
	size_t more = issue->total - extent->count;

	if (values->excerpt != extent->excerpt)
		show_excerpts(values, extent->excerpt);
	if (values->body != extent->body)
		show_bodies(values, extent->body);

	const struct template_value all[DIGEST_FIELDS] = {
	    KIT_TEXT("site_name", conf->site_name),
	    KIT_URL("site_url", conf->base_url),
	    KIT_TEXT("list.title", issue->list->title),
	    KIT_TEXT("list.name", issue->list->name),
	    KIT_COLOR("list.color", look->color),
	    KIT_URL("list.logo_url", look->logo_url),
	    KIT_NUMBER("list.logo_width", look->logo_width),
	    KIT_NUMBER("list.logo_height", look->logo_height),
	    KIT_TEXT("subject", lines->subject.data),
	    KIT_TEXT("preheader", lines->preheader.data),
	    KIT_DATE("digest.date", issue->date),
	    KIT_NUMBER("digest.number", issue->number),
	    KIT_NUMBER("article_count", (int64_t)issue->total),
	    KIT_LIST("articles", values->items, extent->count),
	    KIT_NUMBER("more", (int64_t)more),
	    KIT_BOOL("has_more", more > 0),
	    KIT_URL("more_url", web_url[0] != '\0' ? web_url : conf->base_url),
	    KIT_URL("web_url", web_url),
	    KIT_TEXT("why", values->why.data),
	    KIT_TEXT("postal_address", conf->mail.postal_address),
	};

	memcpy(values->all, all, sizeof(all));
	return values->all;
}
