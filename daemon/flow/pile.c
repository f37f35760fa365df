/* SPDX-License-Identifier: ISC */
#include "flow/pile.h"

#include "base/str.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static char *
copy(const char *text)
{
	char *made = strdup(text);

	if (made == NULL)
		abort(); /* out of memory: the database is the truth */
	return made;
}

static void
keep_text(struct compose_article *to, const struct article *article)
{
	to->title = copy(article->title);
	to->link = copy(article->link);
	to->author = copy(article->author);
	to->body = copy(article->body);
	to->content = copy(article->content);
	to->section = copy(article->section);
	to->image_url = copy(article->image_url);
	to->published = article->published;
	to->image_width = article->image_width;
	to->image_height = article->image_height;
}

static int
keep(const struct article *article, void *arg)
{
	struct pile *pile = arg;

	if (pile->total == pile->room) {
		pile->room = pile->room > 0 ? pile->room * 2 : 64;
		pile->id = realloc(pile->id, pile->room * sizeof(*pile->id));
		if (pile->id == NULL)
			abort();
	}
	pile->id[pile->total++] = article->id;
	if (pile->count < COMPOSE_ARTICLES)
		keep_text(&pile->article[pile->count++], article);
	return 0;
}

void
pile_free(struct pile *pile)
{
	if (pile == NULL)
		return;
	for (size_t i = 0; i < pile->count; i++) {
		free(pile->article[i].title);
		free(pile->article[i].link);
		free(pile->article[i].author);
		free(pile->article[i].body);
		free(pile->article[i].content);
		free(pile->article[i].section);
		free(pile->article[i].image_url);
	}
	free(pile->id);
	free(pile);
}

struct pile *
pile_gather(struct db *db, const struct article_unused *which, struct err *err)
{
	struct pile *pile = calloc(1, sizeof(*pile));

	if (pile == NULL) {
		(void)err_set(err, ERR_SYSTEM, "out of memory");
		return NULL;
	}
	if (article_each_unused(db, which, keep, pile, err) != 0) {
		pile_free(pile);
		return NULL;
	}
	return pile;
}

struct comparison {
	const struct pile *pile;
	size_t at; /* articles that were the same */
	bool differs;
};

static bool
same_text(const struct compose_article *one, const struct article *other)
{
	return str_eq(one->title, other->title) &&
	       str_eq(one->link, other->link) &&
	       str_eq(one->author, other->author) &&
	       str_eq(one->body, other->body) &&
	       str_eq(one->content, other->content) &&
	       str_eq(one->section, other->section) &&
	       str_eq(one->image_url, other->image_url) &&
	       one->published == other->published &&
	       one->image_width == other->image_width &&
	       one->image_height == other->image_height;
}

static int
compare(const struct article *article, void *arg)
{
	struct comparison *with = arg;
	const struct pile *pile = with->pile;
	size_t at = with->at++;

	if (with->differs)
		return 0;
	with->differs =
	    at >= pile->total || pile->id[at] != article->id ||
	    (at < pile->count && !same_text(&pile->article[at], article));
	return 0;
}

int
pile_still(const struct pile *pile, struct db *db,
    const struct article_unused *which, struct err *err)
{
	struct comparison with = {.pile = pile};

	if (article_each_unused(db, which, compare, &with, err) != 0)
		return -1;
	return !with.differs && with.at == pile->total;
}
