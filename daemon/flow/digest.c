/* SPDX-License-Identifier: ISC */
#include "flow/digest.h"

#include "base/log.h"
#include "flow/compose.h"
#include "model/article.h"
#include "model/outbox_add.h"
#include "model/subscription.h"

#include <stdlib.h>
#include <string.h>

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

static void
keep_text(struct compose_article *to, const struct article *article)
{
	to->title = strdup(article->title);
	to->link = strdup(article->link);
	to->author = strdup(article->author);
	to->body = strdup(article->body);
	to->published = article->published;
	if (to->title == NULL || to->link == NULL || to->author == NULL ||
	    to->body == NULL)
		abort(); /* out of memory: the database is the truth */
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

static int
make_body(const struct kit *kit, const struct digest *digest,
    const struct pile *pile, struct issue_body *body, struct err *err)
{
	const struct compose_issue issue = {
	    .list = &digest->list,
	    .number = digest->issue.number,
	    .date = digest->issue.frozen,
	    .articles = pile->article,
	    .count = pile->count,
	    .total = pile->total,
	};

	return compose_digest(kit, &issue, body, err);
}

/* Within the transaction: all rows of a new issue. */
static int
save(struct db *db, struct digest *digest, const struct pile *pile,
    struct issue_body *body, struct err *err)
{
	struct issue *issue = &digest->issue;
	struct outbox_issue mail = {.list_id = digest->list.id,
	    .every = list_every_name(digest->every)};
	int64_t recipients;

	if (issue_add(db, issue, err) != 0)
		return -1;
	for (size_t i = 0; i < pile->total; i++) {
		if (issue_add_article(
			db, issue, pile->id[i], (int64_t)i + 1, err) != 0)
			return -1;
	}
	body->issue_id = issue->id;
	if (issue_add_body(db, body, "default", err) != 0)
		return -1;
	mail.issue_id = issue->id;
	mail.body_id = body->id;
	if (outbox_add_issue(db, &mail, issue->frozen, &recipients, err) != 0)
		return -1;
	return issue_set_recipients(db, issue, recipients, err);
}

/* Within the transaction. */
static int
freeze(struct db *db, const struct kit *kit, struct digest *digest,
    struct err *err)
{
	struct issue_body body = {0};
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
		db, digest->list.id, &digest->issue.number, err) == 0 &&
	    make_body(kit, digest, pile, &body, err) == 0)
		rc = save(db, digest, pile, &body, err);
out:
	issue_body_release(&body);
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
	struct pile *pile;
	int rc = -1;

	if (read_request(db, kit, request, out, err) != 0)
		return -1;
	pile = gather(db, out, err);
	if (pile == NULL)
		return -1;
	out->result = pile->count > 0 ? DIGEST_FROZEN : DIGEST_NOTHING;
	if (since_when(db, out, err) == 0 &&
	    issue_next_number(db, out->list.id, &out->issue.number, err) == 0 &&
	    subscription_audience(
		db, out->list.id, out->every, &out->issue.recipients, err) == 0)
		rc = make_body(kit, out, pile, body, err);
	pile_free(pile);
	return rc;
}
