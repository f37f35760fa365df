/* SPDX-License-Identifier: ISC */
#include "model/issue_archive.h"

static const char SQL_FIND[] =
    "SELECT id, list_id, number, frozen, articles, NULL FROM issue_front"
    " WHERE list_id = ?1 AND number = ?2 AND state <> 'cancelled'";
static const char SQL_PREVIOUS[] =
    "SELECT COALESCE(max(number), 0) FROM issue_front"
    " WHERE list_id = ?1 AND number < ?2 AND state <> 'cancelled'";
static const char SQL_NEXT[] =
    "SELECT COALESCE(min(number), 0) FROM issue_front"
    " WHERE list_id = ?1 AND number > ?2 AND state <> 'cancelled'";
static const char SQL_EACH[] =
    "SELECT id, list_id, number, frozen, articles, title FROM issue_front"
    " WHERE list_id = ?1 AND state <> 'cancelled'"
    " ORDER BY number DESC LIMIT ?2";
static const char SQL_STORIES[] =
    "SELECT title, link, author, body, content, published, section, image_url,"
    " image_width, image_height FROM issue_story WHERE issue_id = ?1"
    " ORDER BY position";

static struct issue_front
front_of(const struct db_row *row)
{
	return (struct issue_front){
	    .id = db_row_int(row, 0),
	    .list_id = db_row_int(row, 1),
	    .number = db_row_int(row, 2),
	    .frozen = db_row_int(row, 3),
	    .articles = db_row_int(row, 4),
	    .title = db_row_text(row, 5),
	};
}

static int
read_front(const struct db_row *row, void *arg)
{
	struct issue_front *out = arg;

	*out = front_of(row);
	out->title = "";
	return 0;
}

int
issue_archive_find(struct db *db, int64_t list_id, int64_t number,
    struct issue_front *out, struct err *err)
{
	return db_each(db, SQL_FIND, DB_ARGS(db_int(list_id), db_int(number)),
	    read_front, out, err);
}

int
issue_archive_beside(struct db *db, const struct issue_front *issue,
    struct issue_beside *out, struct err *err)
{
	const struct db_args args =
	    DB_ARGS(db_int(issue->list_id), db_int(issue->number));
	struct issue_beside beside = {0};

	if (db_value(db, SQL_PREVIOUS, args, &beside.previous, err) < 0 ||
	    db_value(db, SQL_NEXT, args, &beside.next, err) < 0)
		return -1;
	*out = beside;
	return 0;
}

struct each {
	issue_front_fn *front;
	article_fn *story;
	void *arg;
};

static int
pass_front(const struct db_row *row, void *arg)
{
	const struct each *each = arg;
	const struct issue_front issue = front_of(row);

	return each->front(&issue, each->arg);
}

int
issue_archive_each(struct db *db, int64_t list_id, int64_t max,
    issue_front_fn *fn, void *arg, struct err *err)
{
	struct each each = {.front = fn, .arg = arg};
	int rows = db_each(db, SQL_EACH, DB_ARGS(db_int(list_id), db_int(max)),
	    pass_front, &each, err);

	return rows < 0 ? -1 : 0;
}

static int
pass_story(const struct db_row *row, void *arg)
{
	const struct each *each = arg;
	const struct article article = {
	    .guid = "",
	    .title = db_row_text(row, 0),
	    .link = db_row_text(row, 1),
	    .author = db_row_text(row, 2),
	    .body = db_row_text(row, 3),
	    .content = db_row_text(row, 4),
	    .published = db_row_int(row, 5),
	    .section = db_row_text(row, 6),
	    .image_url = db_row_text(row, 7),
	    .image_width = db_row_int(row, 8),
	    .image_height = db_row_int(row, 9),
	};

	return each->story(&article, each->arg);
}

int
issue_archive_stories(struct db *db, const struct issue_front *issue,
    article_fn *fn, void *arg, struct err *err)
{
	struct each each = {.story = fn, .arg = arg};
	int rows = db_each(db, SQL_STORIES, DB_ARGS(db_int(issue->id)),
	    pass_story, &each, err);

	return rows < 0 ? -1 : 0;
}
