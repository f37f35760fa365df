/* SPDX-License-Identifier: ISC */
#include "flow/harvest.h"

#include "model/article.h"
#include "text/excerpt.h"
#include "text/html.h"
#include "text/point.h"

#include <string.h>

_Static_assert(PARSE_HTML_MAX <= ARTICLE_CONTENT_MAX, "an item is an article");

#define TITLE_LENGTH    200 /* graphemes */
#define UNTITLED_LENGTH 80  /* of the text, where there is no title */
#define FEED_LENGTH     60  /* of the feed's own title */

static int
add_item(struct db *db, const struct feed *feed, const struct parse_item *item,
    int64_t now, struct err *err)
{
	struct article article = {
	    .list_id = feed->list_id,
	    .feed_id = feed->id,
	    .guid = item->guid,
	    .link = item->link,
	    .author = point_seen(item->author) ? item->author : "",
	    .content = item->html,
	    .section = item->section,
	    .image_url = item->image,
	    .image_width = item->image_width,
	    .image_height = item->image_height,
	    .published = item->published,
	    .seeded = feed->seed,
	    .created = now,
	};
	struct str title, body;
	int rc = -1;

	str_init(&title, ARTICLE_TITLE_MAX);
	str_init(&body, ARTICLE_BODY_MAX);
	if (point_seen(item->title))
		excerpt_make(&title, item->title, TITLE_LENGTH);
	/* A body over the limit is cut there: a digest shows its beginning. */
	if (html_to_text(&body, item->html, strlen(item->html), err) != 0)
		goto out;
	/* RSS asks for a title or a text; readers need one to tap on. */
	if (title.len == 0 && body.len > 0)
		excerpt_make(&title, body.data, UNTITLED_LENGTH);
	if (article.published <= 0 || article.published > now)
		article.published = now;
	article.title = title.data;
	article.body = body.data;
	rc = article_add(db, &article, err);
	if (rc < 0 && err->code == ERR_INPUT)
		rc = 0; /* one unusable item does not stop the feed */
out:
	str_release(&title);
	str_release(&body);
	return rc;
}

int
harvest(struct db *db, struct feed *feed, const struct parse_feed *parsed,
    int64_t now, int64_t *fresh, struct err *err)
{
	struct str title;
	int64_t added = 0;

	for (size_t i = 0; i < parsed->count; i++) {
		int rc = add_item(db, feed, &parsed->items[i], now, err);

		if (rc < 0)
			return -1;
		added += rc;
	}
	str_init(&title, FEED_TITLE_SIZE - 1);
	excerpt_make(&title, parsed->title, FEED_LENGTH);
	(void)str_fit(feed->title, sizeof(feed->title), title.data);
	str_release(&title);
	*fresh = added;
	return 0;
}
