/* SPDX-License-Identifier: ISC */
#include "web/archive_view.h"

#include "flow/kit.h"
#include "flow/public.h"
#include "mail/template.h"
#include "text/date.h"
#include "text/excerpt.h"
#include "web/wording.h"

#include <stdlib.h>
#include <string.h>

#define URL_MAX         4096
#define DESCRIPTION     160 /* graphemes, of which others show as many */
#define DESCRIPTION_MAX ((size_t)16 * 1024)
#define VALUES          32
#define FRONT_FIELDS    6
#define YEAR_FIELDS     3
#define STORY_FIELDS    15

/* What both pages are given; a NULL name ends it. */
struct view {
	const struct pages *pages;
	const struct list *list;
	const struct wording_set *words;
	struct template_style style;
	struct str home, url, subscribe, feed;
	struct template_value all[VALUES];
	size_t names;
};

/* Adds rows, up to one without a name. */
static void
put(struct view *view, const struct template_value *rows)
{
	for (; rows->name != NULL && view->names < VALUES - 1; rows++)
		view->all[view->names++] = *rows;
}

/* The path of a page of ours, as a browser must ask for it. */
static void
add_path(struct str *out, const struct view *view, const char *path,
    const char *last)
{
	str_add(out, pages_root(view->pages));
	str_add(out, path);
	str_add_url(out, last);
}

static void
add_issue(struct str *out, const struct view *view, int64_t number)
{
	if (number < 1)
		return;
	add_path(out, view, "/archive/", view->list->name);
	str_addf(out, "/%lld", (long long)number);
}

/* The page would not be shown it: that is for https alone. */
static const char *
picture(const char *url)
{
	return str_starts_ci(url, "https://") ? url : "";
}

static int
view_open(struct view *view, const struct pages *pages, const struct list *list,
    struct err *err)
{
	*view = (struct view){.pages = pages, .list = list};
	str_init(&view->home, URL_MAX);
	str_init(&view->url, URL_MAX);
	str_init(&view->subscribe, URL_MAX);
	str_init(&view->feed, URL_MAX);
	return pages_look(pages, list, &view->words, &view->style, err);
}

static void
view_close(struct view *view)
{
	str_release(&view->home);
	str_release(&view->url);
	str_release(&view->subscribe);
	str_release(&view->feed);
}

/* `view->url` is the page's own, with its host. */
static void
put_shared(struct view *view, const char *nonce)
{
	const struct conf *conf = pages_conf(view->pages);
	const struct list_look *look = &view->list->look;

	add_path(&view->home, view, "/", "");
	add_path(&view->subscribe, view, "/subscribe/", view->list->name);
	add_path(&view->feed, view, "/archive/", view->list->name);
	str_add(&view->feed, "/feed.xml");
	const struct template_value rows[] = {
	    KIT_TEXT("site_name", conf->site_name),
	    KIT_URL("site_url", conf->base_url),
	    KIT_URL("home", view->home.data),
	    KIT_URL("url", view->url.data),
	    KIT_TEXT("list.title", view->list->title),
	    KIT_TEXT("list.name", view->list->name),
	    KIT_COLOR("list.color", look->color),
	    KIT_URL("list.logo_url", picture(look->logo_url)),
	    KIT_NUMBER("list.logo_width", look->logo_width),
	    KIT_NUMBER("list.logo_height", look->logo_height),
	    KIT_URL("subscribe_url", view->subscribe.data),
	    KIT_URL("feed_url", view->feed.data),
	    KIT_TEXT("nonce", nonce),
	    {0},
	};

	put(view, rows);
}

/* ---- all issues */

/* A line of the index, and the year that begins with it. */
struct line {
	struct template_value fields[FRONT_FIELDS];
	struct template_value year[YEAR_FIELDS];
	struct str url, year_text;
};

struct lines {
	struct line *rows;
	const struct template_value **items; /* one for each line */
	const struct template_value **years; /* as many at most */
	size_t count, years_count;
};

static int
lines_new(struct lines *lines, size_t count, struct err *err)
{
	*lines = (struct lines){.count = count};
	lines->rows = calloc(count + 1, sizeof(*lines->rows));
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers it is */
	lines->items = calloc(count + 1, sizeof(*lines->items));
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers it is */
	lines->years = calloc(count + 1, sizeof(*lines->years));
	if (lines->rows == NULL || lines->items == NULL || lines->years == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	for (size_t i = 0; i < count; i++) {
		str_init(&lines->rows[i].url, URL_MAX);
		str_init(&lines->rows[i].year_text, 64);
	}
	return 0;
}

static void
lines_release(struct lines *lines)
{
	for (size_t i = 0; lines->rows != NULL && i < lines->count; i++) {
		str_release(&lines->rows[i].url);
		str_release(&lines->rows[i].year_text);
	}
	free(lines->rows);
	free(lines->items);
	free(lines->years);
}

/* The lines from `from` up to `to` are of one year. */
static void
end_year(struct lines *lines, size_t from, size_t to)
{
	struct line *first = &lines->rows[from];
	const struct template_value year[YEAR_FIELDS] = {
	    KIT_TEXT("year", first->year_text.data),
	    KIT_LIST("issues", lines->items + from, to - from),
	    {0},
	};

	memcpy(first->year, year, sizeof(year));
	lines->years[lines->years_count++] = first->year;
}

static int
fill_lines(struct lines *lines, const struct view *view,
    const struct archive_index *index, struct err *err)
{
	size_t first = 0;

	for (size_t i = 0; i < index->count; i++) {
		const struct archive_front *front = &index->fronts[i];
		struct line *line = &lines->rows[i];

		if (date_format_year(&line->year_text, front->date,
			&view->style.date, err) != 0)
			return -1;
		add_issue(&line->url, view, front->number);
		const struct template_value fields[FRONT_FIELDS] = {
		    KIT_TEXT("title", front->title),
		    KIT_URL("url", line->url.data),
		    KIT_DATE("date", front->date),
		    KIT_NUMBER("number", front->number),
		    KIT_NUMBER("article_count", front->articles),
		    {0},
		};

		memcpy(line->fields, fields, sizeof(fields));
		lines->items[i] = line->fields;
		if (!str_eq(line->year_text.data,
			lines->rows[first].year_text.data)) {
			end_year(lines, first, i);
			first = i;
		}
	}
	if (index->count > 0)
		end_year(lines, first, index->count);
	return 0;
}

int
archive_view_index(struct str *out, const struct pages *pages,
    const struct archive_index *index, struct err *err)
{
	struct lines lines = {0};
	struct view view;
	struct str older;
	int rc = view_open(&view, pages, index->list, err);

	str_init(&older, URL_MAX);
	if (rc != 0 || (rc = lines_new(&lines, index->count, err)) != 0)
		goto out;
	rc = fill_lines(&lines, &view, index, err);
	if (rc != 0)
		goto out;
	public_archive(&view.url, pages_conf(pages), index->list);
	add_issue(&older, &view, index->older);
	put_shared(&view, index->nonce);
	const struct template_value rows[] = {
	    KIT_LIST("years", lines.years, lines.years_count),
	    KIT_URL("older_url", older.data),
	    {0},
	};

	put(&view, rows);
	rc = template_render(
	    out, view.words->archive, view.all, &view.style, err);
out:
	lines_release(&lines);
	str_release(&older);
	view_close(&view);
	return rc;
}

/* ---- one issue */

struct story {
	struct template_value fields[STORY_FIELDS];
};

/* What only the page of an issue is given. */
struct sheet {
	struct story *stories;
	const struct template_value **items;
	struct str description, archive, previous, next;
};

static int
sheet_new(struct sheet *sheet, size_t count, struct err *err)
{
	*sheet = (struct sheet){0};
	str_init(&sheet->description, DESCRIPTION_MAX);
	str_init(&sheet->archive, URL_MAX);
	str_init(&sheet->previous, URL_MAX);
	str_init(&sheet->next, URL_MAX);
	sheet->stories = calloc(count + 1, sizeof(*sheet->stories));
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): pointers it is */
	sheet->items = calloc(count + 1, sizeof(*sheet->items));
	if (sheet->stories == NULL || sheet->items == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	return 0;
}

static void
sheet_release(struct sheet *sheet)
{
	str_release(&sheet->description);
	str_release(&sheet->archive);
	str_release(&sheet->previous);
	str_release(&sheet->next);
	free(sheet->stories);
	free(sheet->items);
}

/* The titles, as far as others show them. */
static void
describe(struct str *out, const struct archive_page *page)
{
	struct str titles;

	str_init(&titles, DESCRIPTION_MAX);
	for (size_t i = 0; i < page->count && titles.len < DESCRIPTION_MAX / 8;
	     i++) {
		str_add(&titles, i > 0 ? " · " : "");
		str_add(&titles, page->stories[i].title);
	}
	excerpt_make(out, titles.data, DESCRIPTION);
	str_release(&titles);
}

static bool
begins_section(const struct archive_page *page, size_t i)
{
	const char *section = page->stories[i].section;

	return section[0] != '\0' &&
	       (i == 0 || !str_eq(page->stories[i - 1].section, section));
}

static void
fill_story(struct sheet *sheet, const struct archive_page *page, size_t i)
{
	const struct archive_story *story = &page->stories[i];
	/* One in the text is likely the same. */
	bool own = strstr(story->body, "<img ") == NULL;
	const char *image = own ? picture(story->image_url) : "";
	const struct template_value fields[STORY_FIELDS] = {
	    KIT_TEXT("title", story->title),
	    KIT_URL("url", story->link),
	    KIT_TEXT("author", story->author),
	    KIT_DATE("published", story->published),
	    KIT_TEXT("excerpt", story->excerpt),
	    KIT_BOOL("has_excerpt", story->excerpt[0] != '\0'),
	    KIT_HTML("body", story->body),
	    KIT_BOOL("has_body", story->body[0] != '\0'),
	    KIT_URL("image_url", image),
	    KIT_NUMBER("image_width", story->image_width),
	    KIT_NUMBER("image_height", story->image_height),
	    KIT_BOOL("has_image", image[0] != '\0'),
	    KIT_TEXT("section", story->section),
	    KIT_BOOL("section_first", begins_section(page, i)),
	    {0},
	};

	memcpy(sheet->stories[i].fields, fields, sizeof(fields));
	sheet->items[i] = sheet->stories[i].fields;
}

static const char *
first_picture(const struct archive_page *page)
{
	const char *found = "";

	for (size_t i = 0; found[0] == '\0' && i < page->count; i++)
		found = picture(page->stories[i].image_url);
	return found;
}

static void
put_issue(
    struct view *view, struct sheet *sheet, const struct archive_page *page)
{
	const struct issue_front *issue = page->issue;
	int64_t more = issue->articles - (int64_t)page->count;

	for (size_t i = 0; i < page->count; i++)
		fill_story(sheet, page, i);
	describe(&sheet->description, page);
	add_path(&sheet->archive, view, "/archive/", view->list->name);
	add_issue(&sheet->previous, view, page->beside.previous);
	add_issue(&sheet->next, view, page->beside.next);
	const struct template_value rows[] = {
	    KIT_URL("archive_url", sheet->archive.data),
	    KIT_DATE("digest.date", issue->frozen),
	    KIT_NUMBER("digest.number", issue->number),
	    KIT_NUMBER("article_count", issue->articles),
	    KIT_LIST("articles", sheet->items, page->count),
	    KIT_NUMBER("more", more),
	    KIT_BOOL("has_more", more > 0),
	    KIT_TEXT("description", sheet->description.data),
	    KIT_URL("image_url", first_picture(page)),
	    KIT_URL("previous_url", sheet->previous.data),
	    KIT_URL("next_url", sheet->next.data),
	    {0},
	};

	put(view, rows);
}

int
archive_view_issue(struct str *out, const struct pages *pages,
    const struct archive_page *page, struct err *err)
{
	struct sheet sheet;
	struct view view;
	int rc = sheet_new(&sheet, page->count, err);

	if (view_open(&view, pages, page->list, err) != 0)
		rc = -1;
	if (rc == 0) {
		public_issue(&view.url, pages_conf(pages), page->list,
		    page->issue->number);
		put_shared(&view, page->nonce);
		put_issue(&view, &sheet, page);
		rc = template_render(
		    out, view.words->issue, view.all, &view.style, err);
	}
	sheet_release(&sheet);
	view_close(&view);
	return rc;
}
