/* SPDX-License-Identifier: ISC */
#include "web/archive_atom.h"

#include "base/clock.h"
#include "flow/public.h"
#include "mail/template.h"
#include "text/bidi.h"
#include "web/wording.h"

#include <string.h>

#define TEXT_MAX 8192

/* XML 1.0 2.2 has no control characters, however they are written. */
static void
add_element(struct str *out, const char *name, const char *text)
{
	struct str clean;

	str_init(&clean, TEXT_MAX);
	bidi_clean_run(&clean, text, strlen(text));
	str_addf(out, "<%s>", name);
	str_add_html(out, clean.data);
	str_addf(out, "</%s>\n", name);
	str_release(&clean);
}

static void
add_moment(struct str *out, const char *name, int64_t when)
{
	char moment[CLOCK_ISO_SIZE];

	clock_iso(moment, when);
	add_element(out, name, moment);
}

static void
add_link(struct str *out, const char *rel, const char *type, const char *url)
{
	str_addf(out, "<link rel=\"%s\" type=\"%s\" href=\"", rel, type);
	str_add_html(out, url);
	str_add(out, "\"/>\n");
}

/* "Issue 3 · 10 articles" */
static void
add_summary(struct str *out, const struct template_style *style,
    const struct archive_front *front)
{
	static const struct message_arg none[] = {{NULL, NULL}};

	message_add(out, style->messages, "issue", none);
	str_add(out, " ");
	date_number(out, front->number, style->date.digits);
	str_add(out, " · ");
	message_add_count(out, style->messages, "articles", front->articles,
	    style->date.digits);
}

/* An issue is known by the address of its page. */
static void
add_entry(struct str *out, const struct pages *pages,
    const struct template_style *style, const struct list *list,
    const struct archive_front *front)
{
	struct str url, summary;

	str_init(&url, TEXT_MAX);
	str_init(&summary, TEXT_MAX);
	public_issue(&url, pages_conf(pages), list, front->number);
	add_summary(&summary, style, front);
	str_add(out, "<entry>\n");
	add_element(out, "title",
	    front->title[0] != '\0' ? front->title : summary.data);
	add_element(out, "id", url.data);
	add_link(out, "alternate", "text/html", url.data);
	add_moment(out, "published", front->date);
	add_moment(out, "updated", front->date);
	add_element(out, "summary", summary.data);
	str_add(out, "</entry>\n");
	str_release(&url);
	str_release(&summary);
}

int
archive_atom(struct str *out, const struct pages *pages,
    const struct archive_index *index, struct err *err)
{
	const struct list *list = index->list;
	const struct wording_set *words;
	struct template_style style;
	struct str url;

	if (pages_look(pages, list, &words, &style, err) != 0)
		return -1;
	str_init(&url, TEXT_MAX);
	public_archive(&url, pages_conf(pages), list);
	str_addf(out,
	    "<?xml version=\"1.0\" encoding=\"utf-8\"?>\n"
	    "<feed xmlns=\"http://www.w3.org/2005/Atom\" xml:lang=\"%s\">\n",
	    pages_language(pages, list));
	add_element(out, "title", list->title);
	add_element(out, "id", url.data);
	add_link(out, "alternate", "text/html", url.data);
	str_add(&url, "/feed.xml");
	add_link(out, "self", "application/atom+xml", url.data);
	add_moment(out, "updated",
	    index->count > 0 ? index->fronts[0].date : list->created);
	str_add(out, "<author>\n");
	add_element(out, "name", pages_conf(pages)->site_name);
	str_add(out, "</author>\n");
	for (size_t i = 0; i < index->count; i++)
		add_entry(out, pages, &style, list, &index->fronts[i]);
	str_add(out, "</feed>\n");
	str_release(&url);
	return 0;
}
