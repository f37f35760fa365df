/* SPDX-License-Identifier: ISC */
#include "flow/digest.h"

#include "base/confwords.h"
#include "base/log.h"
#include "flow/compose.h"
#include "model/article.h"
#include "model/outbox_add.h"
#include "model/subscription.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DIGITS (CONF_DIGITS_LATN + 1)

static const enum date_period periods[LIST_EVERIES] = {
    [LIST_INSTANT] = DATE_INSTANT,
    [LIST_DAY] = DATE_DAY,
    [LIST_WEEK] = DATE_WEEK,
    [LIST_MONTH] = DATE_MONTH,
};

/* The articles of an issue in the making, newest first: the ids of all, the
 * texts of those that the mail shows. */
struct pile {
	struct compose_article article[COMPOSE_ARTICLES];
	size_t count;
	int64_t *id;
	size_t total, room;
};

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

static void
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

/* List, cadence and window of a request. */
static int
read_request(struct db *db, const struct kit *kit,
    const struct digest_request *request, struct digest *out, struct err *err)
{
	struct issue *issue = &out->issue;

	*out = (struct digest){0};
	if (list_need(db, request->list, &out->list, err) != 0)
		return -1;
	out->every = out->list.every;
	if (request->every[0] != '\0' &&
	    !list_every_parse(&out->every, request->every)) {
		return err_set(err, ERR_INPUT,
		    "no cadence '%.20s': use instant, day, week or month",
		    request->every);
	}
	issue->list_id = out->list.id;
	issue->every = out->every;
	issue->frozen = request->now;
	return date_window(&issue->window_start, &issue->window_end,
	    request->now, periods[out->every], kit->conf->time_zone,
	    kit->conf->language, err);
}

/* What the stream has not used yet: the pile is the caller's. */
static struct pile *
gather(struct db *db, struct digest *digest, struct err *err)
{
	const struct article_unused which = {
	    .list_id = digest->list.id,
	    .every = list_every_name(digest->every),
	};
	struct pile *pile = calloc(1, sizeof(*pile));

	if (pile == NULL) {
		(void)err_set(err, ERR_SYSTEM, "out of memory");
		return NULL;
	}
	if (article_each_unused(db, &which, keep, pile, err) != 0) {
		pile_free(pile);
		return NULL;
	}
	digest->issue.articles = (int64_t)pile->total;
	return pile;
}

static int
since_when(struct db *db, struct digest *digest, struct err *err)
{
	struct issue last;
	int found = issue_last(db, digest->list.id, digest->every, &last, err);

	if (found < 0)
		return -1;
	digest->since = found == 1 ? last.frozen : digest->list.created;
	return 0;
}

static struct compose_issue
composition(const struct digest *digest, const struct pile *pile)
{
	return (struct compose_issue){
	    .list = &digest->list,
	    .number = digest->issue.number,
	    .date = digest->issue.frozen,
	    .articles = pile->article,
	    .count = pile->count,
	    .total = pile->total,
	};
}

/* What the readers have chosen, each body once. */
struct menu {
	const struct kit *kit;
	const struct list *list;
	bool wanted[DIGITS][SUBSCRIPTION_FORMATS];
	int64_t readers;
	struct err *err;
};

static int
add_taste(const struct subscription_taste *taste, void *arg)
{
	struct menu *menu = arg;
	enum conf_digits digits;

	if (compose_digits(
		menu->kit, menu->list, taste->digits, &digits, menu->err) != 0)
		return -1;
	menu->wanted[digits][taste->format] = true;
	menu->readers += taste->readers;
	return 0;
}

static int
save_body(struct db *db, const struct kit *kit,
    const struct compose_issue *what, int64_t issue_id, struct err *err)
{
	struct issue_body body = {0};
	char variant[32];
	int rc;

	(void)snprintf(variant, sizeof(variant), "%s-%s",
	    confwords_digits[what->digits - 1],
	    subscription_format_name(what->format));
	rc = compose_digest(kit, what, &body, err);
	if (rc == 0) {
		body.issue_id = issue_id;
		rc = issue_add_body(db, &body, variant, err);
	}
	issue_body_release(&body);
	return rc;
}

/* One body for each choice that somebody has made, and that of the list. */
static int
save_bodies(struct db *db, const struct kit *kit, const struct digest *digest,
    const struct pile *pile, struct menu *menu, struct err *err)
{
	struct compose_issue what = composition(digest, pile);

	if (subscription_each_taste(
		db, digest->list.id, digest->every, add_taste, menu, err) != 0)
		return -1;
	for (int i = 0; i < DIGITS * SUBSCRIPTION_FORMATS; i++) {
		what.digits = i / SUBSCRIPTION_FORMATS + 1;
		what.format =
		    (enum subscription_format)(i % SUBSCRIPTION_FORMATS);
		if (menu->wanted[what.digits - 1][what.format] &&
		    save_body(db, kit, &what, digest->issue.id, err) != 0)
			return -1;
	}
	return 0;
}

static int
save_articles(struct db *db, const struct issue *issue, const struct pile *pile,
    struct err *err)
{
	for (size_t i = 0; i < pile->total; i++) {
		if (issue_add_article(
			db, issue, pile->id[i], (int64_t)i + 1, err) != 0)
			return -1;
	}
	return 0;
}

/* Within the transaction: all rows of a new issue. */
static int
save(struct db *db, const struct kit *kit, struct digest *digest,
    const struct pile *pile, struct err *err)
{
	struct menu menu = {.kit = kit, .list = &digest->list, .err = err};
	struct outbox_issue mail = {.list_id = digest->list.id,
	    .every = list_every_name(digest->every)};
	enum conf_digits digits, arab;
	int64_t recipients;

	if (compose_digits(kit, &digest->list, 0, &digits, err) != 0 ||
	    compose_digits(
		kit, &digest->list, CONF_DIGITS_ARAB + 1, &arab, err) != 0)
		return -1;
	menu.wanted[digits][SUBSCRIPTION_HTML] = true;
	mail.digits = confwords_digits[digits];
	mail.arab = confwords_digits[arab];
	if (issue_add(db, &digest->issue, err) != 0 ||
	    save_articles(db, &digest->issue, pile, err) != 0 ||
	    save_bodies(db, kit, digest, pile, &menu, err) != 0)
		return -1;
	mail.issue_id = digest->issue.id;
	if (outbox_add_issue(
		db, &mail, digest->issue.frozen, &recipients, err) != 0)
		return -1;
	if (recipients != menu.readers) {
		return err_set(err, ERR_SYSTEM,
		    "%lld readers, and a body for %lld of them",
		    (long long)menu.readers, (long long)recipients);
	}
	return issue_set_recipients(db, &digest->issue, recipients, err);
}

/* Within the transaction. */
static int
freeze(struct db *db, const struct kit *kit, struct digest *digest,
    struct err *err)
{
	struct pile *pile;
	int found;
	int rc = -1;

	found = issue_find(db, digest->list.id, digest->every,
	    digest->issue.window_start, &digest->issue, err);
	if (found != 0) {
		digest->result = DIGEST_ALREADY;
		return found < 0 ? -1 : 0;
	}
	pile = gather(db, digest, err);
	if (pile == NULL)
		return -1;
	if (pile->count == 0) {
		digest->result = DIGEST_NOTHING;
		rc = since_when(db, digest, err);
		goto out;
	}
	digest->result = DIGEST_FROZEN;
	if (issue_next_number(
		db, digest->list.id, &digest->issue.number, err) == 0)
		rc = save(db, kit, digest, pile, err);
out:
	pile_free(pile);
	return rc;
}

int
digest_freeze(struct db *db, const struct kit *kit,
    const struct digest_request *request, struct digest *out, struct err *err)
{
	if (db_begin(db, err) != 0)
		return -1;
	if (read_request(db, kit, request, out, err) != 0 ||
	    freeze(db, kit, out, err) != 0 || db_commit(db, err) != 0) {
		db_rollback(db);
		return -1;
	}
	if (out->result == DIGEST_FROZEN) {
		log_line(LOG_INFO, "freeze",
		    "issue=%lld list=%lld every=%s articles=%lld "
		    "recipients=%lld",
		    (long long)out->issue.id, (long long)out->list.id,
		    list_every_name(out->every), (long long)out->issue.articles,
		    (long long)out->issue.recipients);
	}
	return 0;
}

int
digest_preview(struct db *db, const struct kit *kit,
    const struct digest_request *request, struct digest *out,
    struct issue_body *body, struct err *err)
{
	struct compose_issue what;
	struct pile *pile;
	int rc = -1;

	if (read_request(db, kit, request, out, err) != 0)
		return -1;
	pile = gather(db, out, err);
	if (pile == NULL)
		return -1;
	out->result = pile->count > 0 ? DIGEST_FROZEN : DIGEST_NOTHING;
	if (since_when(db, out, err) != 0 ||
	    issue_next_number(db, out->list.id, &out->issue.number, err) != 0 ||
	    subscription_audience(
		db, out->list.id, out->every, &out->issue.recipients, err) != 0)
		goto out;
	what = composition(out, pile);
	what.digits = request->digits;
	what.format = request->format;
	rc = compose_preview(kit, &what, body, err);
out:
	pile_free(pile);
	return rc;
}
