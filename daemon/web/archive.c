/* SPDX-License-Identifier: ISC */
#include "web/archive.h"

#include "base/codec.h"
#include "flow/manner.h"
#include "model/issue_archive.h"
#include "text/dress.h"
#include "text/excerpt.h"
#include "web/archive_atom.h"
#include "web/archive_view.h"

#include <stdlib.h>
#include <string.h>

#define FRONTS       300 /* issues in an index */
#define FRONTS_BYTES ((size_t)128 * 1024)
#define FRONTS_FEED  30 /* issues in a feed */

/* What a page takes of an issue, of whatever size that is: so many articles,
 * of so many bytes, and of them so many of full texts, the others with an
 * excerpt. The second where the first has come out too long. */
static const struct extent {
	size_t stories;
	size_t bytes;
	size_t bodies;
	size_t excerpt; /* graphemes; 0: none */
} extents[] = {
    {500, (size_t)512 * 1024, (size_t)320 * 1024, 280},
    {100, (size_t)48 * 1024, 0, 0},
};
#define EXTENTS (sizeof(extents) / sizeof(*extents))
#define STORIES 500

/* How much longer a text gets at most: "a+" alone is isolated. */
#define DRESSED 16

#define PAGE_TYPE "text/html; charset=utf-8"

static char *
copy(const char *text)
{
	char *made = strdup(text);

	if (made == NULL)
		abort(); /* out of memory: the database is the truth */
	return made;
}

/* The list of the path, where everybody may read it. 1; 0 with the answer that
 * says that there is no such page. */
static int
need_list(struct visit *visit, struct list *list, struct err *err)
{
	int found = list_find(visit->site->db, visit->arg, list, err);

	if (found == 0)
		site_refuse(visit, 404);
	if (found != 1 || list->archive == LIST_ARCHIVE_YES)
		return found;
	site_refuse_of(visit, 404, list);
	return 0;
}

static int
finish(struct visit *visit, const struct list *list, const char *type,
    struct err *err)
{
	struct answer *answer = &visit->answer;

	if (answer->body.bad)
		return err_set(err, ERR_SYSTEM, "a page is too long");
	answer_tag(answer);
	answer->pictures = answer->nonce[0] != '\0';
	answer->status = 200;
	answer->type = type;
	answer->language = pages_language(visit->site->pages, list);
	return 0;
}

/* ---- all issues */

struct fronts {
	struct archive_front rows[FRONTS];
	size_t count, bytes;
	int64_t older;
};

static int
take_front(const struct issue_front *issue, void *arg)
{
	struct fronts *fronts = arg;

	fronts->bytes += strlen(issue->title);
	if (fronts->count == FRONTS || fronts->bytes > FRONTS_BYTES) {
		fronts->older = issue->number;
		return 1;
	}
	fronts->rows[fronts->count++] =
	    (struct archive_front){.number = issue->number,
		.date = issue->frozen,
		.articles = issue->articles,
		.title = copy(issue->title)};
	return 0;
}

typedef int index_fn(struct str *out, const struct pages *pages,
    const struct archive_index *index, struct err *err);

/* The newest issues, as that has them. */
static int
show_index(struct visit *visit, const struct list *list, int64_t most,
    index_fn *fn, struct err *err)
{
	struct fronts fronts = {.count = 0};
	const struct pages *pages = visit->site->pages;
	int rc = issue_archive_each(
	    visit->site->db, list->id, most, take_front, &fronts, err);

	if (rc == 0) {
		const struct archive_index index = {.list = list,
		    .fronts = fronts.rows,
		    .count = fronts.count,
		    .older = fronts.older,
		    .nonce = visit->answer.nonce};

		rc = fn(&visit->answer.body, pages, &index, err);
	}
	for (size_t i = 0; i < fronts.count; i++)
		free(fronts.rows[i].title);
	return rc;
}

int
archive_list(struct visit *visit, struct err *err)
{
	struct list list;
	int found = need_list(visit, &list, err);

	if (found != 1)
		return found;
	answer_nonce(&visit->answer);
	if (show_index(visit, &list, FRONTS + 1, archive_view_index, err) != 0)
		return -1;
	return finish(visit, &list, PAGE_TYPE, err);
}

int
archive_feed(struct visit *visit, struct err *err)
{
	struct list list;
	int found = need_list(visit, &list, err);

	if (found != 1)
		return found;
	if (show_index(visit, &list, FRONTS_FEED, archive_atom, err) != 0)
		return -1;
	return finish(visit, &list, ARCHIVE_ATOM_TYPE, err);
}

/* ---- one issue */

struct stories {
	const struct extent *extent;
	bool rtl; /* which way the page runs */
	struct archive_story rows[STORIES];
	size_t count, bytes;
};

static void
free_story(struct archive_story *story)
{
	free(story->title);
	free(story->link);
	free(story->author);
	free(story->excerpt);
	free(story->body);
	free(story->section);
	free(story->image_url);
}

static void
stories_reset(struct stories *stories, const struct extent *extent)
{
	for (size_t i = 0; i < stories->count; i++)
		free_story(&stories->rows[i]);
	stories->count = stories->bytes = 0;
	stories->extent = extent;
}

static size_t
size_of(const struct archive_story *story)
{
	return strlen(story->title) + strlen(story->link) +
	       strlen(story->author) + strlen(story->excerpt) +
	       strlen(story->body) + strlen(story->section) +
	       strlen(story->image_url);
}

static int
take_story(const struct article *article, void *arg)
{
	struct stories *stories = arg;
	const struct extent *extent = stories->extent;
	struct archive_story *story = &stories->rows[stories->count];
	const char *body = article->content;
	struct str excerpt, dressed;

	if (stories->count == extent->stories)
		return 1;
	if (body == NULL || stories->bytes + strlen(body) > extent->bodies)
		body = "";
	str_init(&excerpt, (size_t)64 * 1024);
	str_init(&dressed, (size_t)DRESSED * ARTICLE_CONTENT_MAX);
	dress_page(&dressed, body, stories->rtl);
	if (extent->excerpt > 0)
		excerpt_make(&excerpt, article->body, extent->excerpt);
	*story = (struct archive_story){.title = copy(article->title),
	    .link = copy(article->link),
	    .author = copy(article->author),
	    .excerpt = str_take(&excerpt),
	    .body = str_take(&dressed),
	    .section = copy(article->section),
	    .image_url = copy(article->image_url),
	    .published = article->published,
	    .image_width = article->image_width,
	    .image_height = article->image_height};
	stories->bytes += size_of(story);
	/* The first is there, whatever it takes. */
	if (stories->count > 0 && stories->bytes > extent->bytes) {
		free_story(story);
		return 1;
	}
	stories->count++;
	return 0;
}

static int
render_issue(struct visit *visit, struct archive_page *page, struct err *err)
{
	struct str *body = &visit->answer.body;
	struct stories *stories = calloc(1, sizeof(*stories));
	int rc = 0;

	if (stories == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	stories->rtl =
	    manner_language(visit->site->conf, page->list) == CONF_AR;
	for (size_t i = 0; rc == 0 && i < EXTENTS && (i == 0 || body->bad);
	     i++) {
		struct err why = ERR_INIT;

		str_reset(body);
		stories_reset(stories, &extents[i]);
		rc = issue_archive_stories(
		    visit->site->db, page->issue, take_story, stories, err);
		page->stories = stories->rows;
		page->count = stories->count;
		if (rc == 0 &&
		    archive_view_issue(body, visit->site->pages, page, &why) !=
			0 &&
		    !body->bad) {
			*err = why;
			rc = -1;
		}
	}
	stories_reset(stories, NULL);
	free(stories);
	return rc;
}

/* Each issue has one address: 07 is not 7. */
static bool
read_number(int64_t *out, const char *text)
{
	return text[0] != '0' && codec_int(out, text, 1, INT64_MAX);
}

int
archive_issue(struct visit *visit, struct err *err)
{
	struct db *db = visit->site->db;
	struct issue_front issue;
	struct archive_page page = {.issue = &issue};
	struct list list;
	int64_t number;
	int found = need_list(visit, &list, err);

	if (found != 1)
		return found;
	found = 0;
	if (read_number(&number, visit->second))
		found = issue_archive_find(db, list.id, number, &issue, err);
	if (found == 0)
		site_refuse_of(visit, 404, &list);
	if (found != 1)
		return found;
	if (issue_archive_beside(db, &issue, &page.beside, err) != 0)
		return -1;
	answer_nonce(&visit->answer);
	page.list = &list;
	page.nonce = visit->answer.nonce;
	if (render_issue(visit, &page, err) != 0)
		return -1;
	return finish(visit, &list, PAGE_TYPE, err);
}
