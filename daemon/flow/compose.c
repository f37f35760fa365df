/* SPDX-License-Identifier: ISC */
#include "flow/compose.h"

#include "mail/mime.h"
#include "mail/template.h"
#include "text/excerpt.h"
#include "text/message.h"

#include <stdlib.h>
#include <string.h>

#define SUBJECT_TITLE 60 /* graphemes of the first title in a subject */
#define PREHEADER     130

/* The first title, and how many more there are. */
static void
make_subject(
    const struct kit *kit, const struct compose_issue *issue, struct str *out)
{
	if (issue->count == 0) {
		str_add(out, issue->list->title);
		return;
	}
	excerpt_make(out, issue->articles[0].title, SUBJECT_TITLE);
	if (issue->total == 1)
		return;
	str_add(out, " ");
	message_add_count(out, kit->messages, "subject_more",
	    (int64_t)issue->total - 1, kit->conf->arabic.digits);
}

/* What a mail program shows beside the subject: the titles after the first. */
static void
make_preheader(const struct compose_issue *issue, struct str *out)
{
	struct str titles;

	str_init(&titles, (size_t)COMPOSE_ARTICLES * 1100);
	for (size_t i = issue->count > 1; i < issue->count && i < 8; i++) {
		if (titles.len > 0)
			str_add(&titles, " · ");
		str_add(&titles, issue->articles[i].title);
	}
	excerpt_make(out, titles.data, PREHEADER);
	str_release(&titles);
}

#define ARTICLE_FIELDS 7

struct shown {
	struct template_value values[COMPOSE_ARTICLES][ARTICLE_FIELDS];
	const struct template_value *items[COMPOSE_ARTICLES];
	struct str excerpts[COMPOSE_ARTICLES];
	struct str subject, preheader, why;
};

static void
show_articles(struct shown *shown, const struct compose_issue *issue)
{
	for (size_t i = 0; i < issue->count; i++) {
		const struct compose_article *article = &issue->articles[i];
		struct str *excerpt = &shown->excerpts[i];
		const struct template_value values[ARTICLE_FIELDS] = {
		    KIT_TEXT("title", article->title),
		    KIT_URL("url", article->link),
		    KIT_TEXT("author", article->author),
		    KIT_DATE("published", article->published),
		    KIT_TEXT("excerpt", ""),
		    KIT_BOOL("has_excerpt", 0),
		    {0},
		};

		memcpy(shown->values[i], values, sizeof(values));
		str_init(excerpt, (size_t)COMPOSE_EXCERPT * 64);
		if (i < COMPOSE_EXCERPTS)
			excerpt_make(excerpt, article->body, COMPOSE_EXCERPT);
		shown->values[i][4].text = excerpt->data;
		shown->values[i][5].number = excerpt->len > 0;
		shown->items[i] = shown->values[i];
	}
}

static struct shown *
shown_new(const struct kit *kit, const struct compose_issue *issue)
{
	const struct message_arg list_arg[] = {
	    {"list", issue->list->title}, {0}};
	struct shown *shown = calloc(1, sizeof(*shown));

	if (shown == NULL)
		return NULL;
	str_init(&shown->subject, 4096);
	str_init(&shown->preheader, (size_t)PREHEADER * 64);
	str_init(&shown->why, 4096);
	make_subject(kit, issue, &shown->subject);
	make_preheader(issue, &shown->preheader);
	message_add(&shown->why, kit->messages, "digest_footer_why", list_arg);
	show_articles(shown, issue);
	return shown;
}

static void
shown_free(struct shown *shown, size_t count)
{
	for (size_t i = 0; i < count; i++)
		str_release(&shown->excerpts[i]);
	str_release(&shown->subject);
	str_release(&shown->preheader);
	str_release(&shown->why);
	free(shown);
}

static int
render_digest(const struct kit *kit, const struct compose_issue *issue,
    const struct shown *shown, struct str *html, struct str *text,
    struct err *err)
{
	const struct template_value values[] = {
	    KIT_TEXT("site_name", kit->conf->site_name),
	    KIT_URL("site_url", kit->conf->base_url),
	    KIT_TEXT("list.title", issue->list->title),
	    KIT_TEXT("list.name", issue->list->name),
	    KIT_TEXT("subject", shown->subject.data),
	    KIT_TEXT("preheader", shown->preheader.data),
	    KIT_DATE("digest.date", issue->date),
	    KIT_NUMBER("digest.number", issue->number),
	    KIT_NUMBER("article_count", (int64_t)issue->total),
	    KIT_NUMBER("more", (int64_t)(issue->total - issue->count)),
	    KIT_BOOL("has_more", issue->total > issue->count),
	    {.name = "articles",
		.type = TEMPLATE_TYPE_LIST,
		.items = shown->items,
		.count = issue->count},
	    KIT_TEXT("why", shown->why.data),
	    KIT_TEXT("postal_address", kit->conf->mail.postal_address), {0}};

	if (template_render(html, kit->digest_html, values, &kit->style, err) !=
	    0)
		return err_wrap(err, "digest.html");
	if (template_render(text, kit->digest_text, values, &kit->style, err) !=
	    0)
		return err_wrap(err, "digest.txt");
	return 0;
}

int
compose_digest(const struct kit *kit, const struct compose_issue *issue,
    struct issue_body *out, struct err *err)
{
	struct str html, text;
	struct shown *shown;
	int rc = -1;

	if (issue->count > COMPOSE_ARTICLES)
		return err_set(err, ERR_SYSTEM, "too many articles");
	shown = shown_new(kit, issue);
	if (shown == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	str_init(&html, MIME_MESSAGE_MAX);
	str_init(&text, MIME_MESSAGE_MAX);
	if (render_digest(kit, issue, shown, &html, &text, err) != 0)
		goto out;
	if (shown->subject.bad || html.bad || text.bad) {
		(void)err_set(err, ERR_INPUT, "the digest is too long");
		goto out;
	}
	out->subject = str_take(&shown->subject);
	out->html = str_take(&html);
	out->text = str_take(&text);
	rc = 0;
out:
	shown_free(shown, issue->count);
	str_release(&html);
	str_release(&text);
	return rc;
}

int
compose_show(const struct kit *kit, const struct issue_body *body,
    struct str *html, struct str *text, struct err *err)
{
	struct str link;
	int rc = 0;

	str_init(&link, 4096);
	str_addf(&link, "%s/leave/preview", kit->conf->base_url);
	const struct template_hole holes[] = {
	    {"unsubscribe_url", link.data}, {0}};

	if (html != NULL) {
		rc = template_splice(
		    html, body->html, strlen(body->html), holes, err);
	}
	if (rc == 0 && text != NULL) {
		rc = template_splice(
		    text, body->text, strlen(body->text), holes, err);
	}
	str_release(&link);
	return rc;
}
