/* SPDX-License-Identifier: ISC */
#include "model/article.h"

#include "base/token.h"

#include <string.h>

static const char SQL_ADD[] =
    "INSERT INTO article (list_id, feed_id, title, link, author, body,"
    " published, seeded, created, section, image_url, image_width,"
    " image_height, content)"
    " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, COALESCE(?10, ''),"
    " COALESCE(?11, ''), ?12, ?13, COALESCE(?14, ''))";
static const char SQL_FIND_KEY[] =
    "SELECT article_id FROM article_key WHERE list_id = ?1 AND key = ?2";
static const char SQL_ADD_KEY[] =
    "INSERT INTO article_key (list_id, key, article_id) VALUES (?1, ?2, ?3)"
    " ON CONFLICT (list_id, key) DO NOTHING";
static const char SQL_UNUSED[] =
    "SELECT a.id, a.list_id, COALESCE(a.feed_id, 0), a.title, a.link, a.author,"
    " a.body, a.published, a.seeded, a.created, a.section, a.image_url,"
    " a.image_width, a.image_height, a.content FROM article a"
    " WHERE a.list_id = ?1 AND a.seeded = 0"
    " AND a.id NOT IN (SELECT article_id FROM article_use"
    " WHERE list_id = ?1 AND every = ?2)"
    " ORDER BY a.published DESC, a.id DESC";

/* The names of an article, strongest first. */
enum key { KEY_GUID, KEY_LINK, KEY_HASH, KEYS };
struct keys {
	struct str text[KEYS];
};

static void
add_hash(struct str *key, const struct article *article)
{
	char hash[TOKEN_HASH_SIZE];
	struct str both;

	str_init(&both, ARTICLE_TITLE_MAX + ARTICLE_BODY_MAX + 1);
	str_addf(&both, "%s\n%s", article->title, article->body);
	token_digest(hash, both.data, both.len);
	str_release(&both);
	str_addf(key, "hash:%s", hash);
}

/* A headline alone is no name where there is a better one: a daily column has
 * the same each day. */
static void
keys_init(struct keys *keys, const struct article *article)
{
	for (int i = 0; i < KEYS; i++)
		str_init(&keys->text[i], ARTICLE_GUID_MAX + 64);
	if (article->guid[0] != '\0') {
		str_addf(&keys->text[KEY_GUID], "guid:%lld:%s",
		    (long long)article->feed_id, article->guid);
	}
	if (article->link[0] != '\0')
		str_addf(&keys->text[KEY_LINK], "link:%s", article->link);
	if (article->body[0] != '\0' ||
	    (article->guid[0] == '\0' && article->link[0] == '\0'))
		add_hash(&keys->text[KEY_HASH], article);
}

static void
keys_release(struct keys *keys)
{
	for (int i = 0; i < KEYS; i++)
		str_release(&keys->text[i]);
}

/* 1 and the article that is known by one of the keys, 0, -1. */
static int
keys_find(struct db *db, const struct keys *keys, int64_t list_id, int64_t *id,
    struct err *err)
{
	for (int i = 0; i < KEYS; i++) {
		int found;

		if (keys->text[i].len == 0)
			continue;
		found = db_value(db, SQL_FIND_KEY,
		    DB_ARGS(db_int(list_id), db_text(keys->text[i].data)), id,
		    err);
		if (found != 0)
			return found;
	}
	return 0;
}

static int
keys_save(struct db *db, const struct keys *keys, const struct article *article,
    struct err *err)
{
	for (int i = 0; i < KEYS; i++) {
		if (keys->text[i].len > 0 &&
		    db_run(db, SQL_ADD_KEY,
			DB_ARGS(db_int(article->list_id),
			    db_text(keys->text[i].data), db_int(article->id)),
			err) != 0)
			return -1;
	}
	return 0;
}

static int
check(const struct article *article, struct err *err)
{
	if (article->title[0] == '\0' && article->body[0] == '\0') {
		return err_set(
		    err, ERR_INPUT, "an article needs a title or a text");
	}
	if (strlen(article->title) > ARTICLE_TITLE_MAX ||
	    strlen(article->body) > ARTICLE_BODY_MAX ||
	    strlen(article->guid) > ARTICLE_GUID_MAX ||
	    strlen(article->link) > ARTICLE_LINK_MAX ||
	    (article->content != NULL &&
		strlen(article->content) > ARTICLE_CONTENT_MAX))
		return err_set(err, ERR_INPUT, "an article is too long");
	return 0;
}

static int
insert(struct db *db, struct article *article, struct err *err)
{
	struct db_val feed =
	    article->feed_id ? db_int(article->feed_id) : db_null();

	if (db_run(db, SQL_ADD,
		DB_ARGS(db_int(article->list_id), feed, db_text(article->title),
		    db_text(article->link), db_text(article->author),
		    db_text(article->body), db_int(article->published),
		    db_int(article->seeded), db_int(article->created),
		    db_text(article->section), db_text(article->image_url),
		    db_int(article->image_width), db_int(article->image_height),
		    db_text(article->content)),
		err) != 0)
		return -1;
	article->id = db_last_id(db);
	return 0;
}

int
article_add(struct db *db, struct article *article, struct err *err)
{
	struct keys keys;
	int rc = -1;
	int found;

	if (check(article, err) != 0)
		return -1;
	keys_init(&keys, article);
	found = keys_find(db, &keys, article->list_id, &article->id, err);
	if (found < 0)
		goto out;
	if (found == 0 && insert(db, article, err) != 0)
		goto out;
	if (keys_save(db, &keys, article, err) == 0)
		rc = !found;
out:
	keys_release(&keys);
	return rc;
}

struct each {
	article_fn *fn;
	void *arg;
};

static int
pass_row(const struct db_row *row, void *arg)
{
	const struct each *each = arg;
	struct article article = {
	    .id = db_row_int(row, 0),
	    .list_id = db_row_int(row, 1),
	    .feed_id = db_row_int(row, 2),
	    .guid = "",
	    .title = db_row_text(row, 3),
	    .link = db_row_text(row, 4),
	    .author = db_row_text(row, 5),
	    .body = db_row_text(row, 6),
	    .published = db_row_int(row, 7),
	    .seeded = db_row_int(row, 8) != 0,
	    .created = db_row_int(row, 9),
	    .section = db_row_text(row, 10),
	    .image_url = db_row_text(row, 11),
	    .image_width = db_row_int(row, 12),
	    .image_height = db_row_int(row, 13),
	    .content = db_row_text(row, 14),
	};

	return each->fn(&article, each->arg);
}

int
article_each_unused(struct db *db, const struct article_unused *which,
    article_fn *fn, void *arg, struct err *err)
{
	struct each each = {fn, arg};
	int rows = db_each(db, SQL_UNUSED,
	    DB_ARGS(db_int(which->list_id), db_text(which->every)), pass_row,
	    &each, err);

	return rows < 0 ? -1 : 0;
}
