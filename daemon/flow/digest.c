/* SPDX-License-Identifier: ISC */
#include "flow/digest.h"

#include "base/confwords.h"
#include "base/log.h"
#include "flow/compose.h"
#include "flow/pile.h"
#include "model/outbox_add.h"
#include "model/subscription.h"

#include <stdio.h>

#define DIGITS   (CONF_DIGITS_LATN + 1)
#define VARIANTS ((size_t)DIGITS * SUBSCRIPTION_FORMATS)
#define ATTEMPTS 3

static const enum date_period periods[LIST_EVERIES] = {
    [LIST_INSTANT] = DATE_INSTANT,
    [LIST_DAY] = DATE_DAY,
    [LIST_WEEK] = DATE_WEEK,
    [LIST_MONTH] = DATE_MONTH,
};

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

static struct article_unused
unused(const struct digest *digest)
{
	return (struct article_unused){.list_id = digest->list.id,
	    .every = list_every_name(digest->every)};
}

/* What the stream has not used yet: the pile is the caller's. */
static struct pile *
gather(struct db *db, struct digest *digest, struct err *err)
{
	const struct article_unused which = unused(digest);
	struct pile *pile = pile_gather(db, &which, err);

	if (pile != NULL)
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
	bool wanted[VARIANTS];
	int64_t readers;
	struct err *err;
};

/* Which body somebody gets. */
static size_t
variant(enum conf_digits digits, enum subscription_format format)
{
	return (size_t)digits * SUBSCRIPTION_FORMATS + (size_t)format;
}

static int
add_taste(const struct subscription_taste *taste, void *arg)
{
	struct menu *menu = arg;
	enum conf_digits digits;

	if (compose_digits(
		menu->kit, menu->list, taste->digits, &digits, menu->err) != 0)
		return -1;
	menu->wanted[variant(digits, taste->format)] = true;
	menu->readers += taste->readers;
	return 0;
}

/* One body for each choice that somebody has made, and that of the list. */
static int
read_menu(struct db *db, const struct kit *kit, const struct digest *digest,
    struct menu *menu, struct err *err)
{
	enum conf_digits digits;

	*menu = (struct menu){.kit = kit, .list = &digest->list, .err = err};
	if (compose_digits(kit, &digest->list, 0, &digits, err) != 0)
		return -1;
	menu->wanted[variant(digits, SUBSCRIPTION_HTML)] = true;
	return subscription_each_taste(
	    db, digest->list.id, digest->every, add_taste, menu, err);
}

/* An issue that is composed, and all that it was composed from. */
struct draft {
	struct digest digest;
	struct pile *pile;
	struct menu menu;
	struct issue_body body[VARIANTS]; /* of those that are wanted */
};

static void
draft_release(struct draft *draft)
{
	pile_free(draft->pile);
	for (size_t i = 0; i < VARIANTS; i++)
		issue_body_release(&draft->body[i]);
}

static int
compose_all(const struct kit *kit, struct draft *draft, struct err *err)
{
	struct compose_issue what = composition(&draft->digest, draft->pile);

	for (size_t i = 0; i < VARIANTS; i++) {
		what.digits = (int)(i / SUBSCRIPTION_FORMATS) + 1;
		what.format =
		    (enum subscription_format)(i % SUBSCRIPTION_FORMATS);
		if (draft->menu.wanted[i] &&
		    compose_digest(kit, &what, &draft->body[i], err) != 0)
			return -1;
	}
	return 0;
}

/* Fills the result, and all else where an issue is to be made. */
static int
prepare(struct db *db, const struct kit *kit,
    const struct digest_request *request, struct draft *draft, struct err *err)
{
	struct digest *digest = &draft->digest;
	int found;

	if (read_request(db, kit, request, digest, err) != 0)
		return -1;
	found = issue_find(db, digest->list.id, digest->every,
	    digest->issue.window_start, &digest->issue, err);
	digest->result = DIGEST_ALREADY;
	if (found != 0)
		return found < 0 ? -1 : 0;
	draft->pile = gather(db, digest, err);
	if (draft->pile == NULL)
		return -1;
	digest->result = DIGEST_NOTHING;
	if (draft->pile->count == 0)
		return since_when(db, digest, err);
	digest->result = DIGEST_FROZEN;
	if (issue_next_number(
		db, digest->list.id, &digest->issue.number, err) != 0 ||
	    read_menu(db, kit, digest, &draft->menu, err) != 0)
		return -1;
	return compose_all(kit, draft, err);
}

/* Within the transaction: whether it would be composed the same way now, 1, 0
 * or -1. Fewer readers, and other ones, want no other bodies. */
static int
still_so(struct db *db, const struct kit *kit,
    const struct digest_request *request, struct draft *draft, struct err *err)
{
	const struct article_unused which = unused(&draft->digest);
	struct digest now;
	struct issue issue;
	struct menu menu;
	int rc;

	if (read_request(db, kit, request, &now, err) != 0)
		return -1;
	rc = issue_find(
	    db, now.list.id, now.every, now.issue.window_start, &issue, err);
	if (rc != 0 || !list_same(&now.list, &draft->digest.list))
		return rc < 0 ? -1 : 0;
	if (issue_next_number(db, now.list.id, &now.issue.number, err) != 0 ||
	    read_menu(db, kit, &draft->digest, &menu, err) != 0)
		return -1;
	if (now.issue.number != draft->digest.issue.number)
		return 0;
	for (size_t i = 0; i < VARIANTS; i++) {
		if (menu.wanted[i] && !draft->menu.wanted[i])
			return 0;
	}
	draft->menu = menu;
	return pile_still(draft->pile, db, &which, err);
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

static int
save_bodies(struct db *db, struct draft *draft, struct err *err)
{
	for (size_t i = 0; i < VARIANTS; i++) {
		char name[32];

		if (!draft->menu.wanted[i])
			continue;
		(void)snprintf(name, sizeof(name), "%s-%s",
		    confwords_digits[i / SUBSCRIPTION_FORMATS],
		    subscription_format_name(
			(enum subscription_format)(i % SUBSCRIPTION_FORMATS)));
		draft->body[i].issue_id = draft->digest.issue.id;
		if (issue_add_body(db, &draft->body[i], name, err) != 0)
			return -1;
	}
	return 0;
}

/* Within the transaction: all rows of a new issue. */
static int
save(struct db *db, const struct kit *kit, struct draft *draft, struct err *err)
{
	struct digest *digest = &draft->digest;
	struct outbox_issue mail = {.list_id = digest->list.id,
	    .every = list_every_name(digest->every)};
	enum conf_digits digits, arab;
	int64_t recipients;

	if (compose_digits(kit, &digest->list, 0, &digits, err) != 0 ||
	    compose_digits(
		kit, &digest->list, CONF_DIGITS_ARAB + 1, &arab, err) != 0)
		return -1;
	mail.digits = confwords_digits[digits];
	mail.arab = confwords_digits[arab];
	if (issue_add(db, &digest->issue, err) != 0 ||
	    save_articles(db, &digest->issue, draft->pile, err) != 0 ||
	    save_bodies(db, draft, err) != 0)
		return -1;
	mail.issue_id = digest->issue.id;
	if (outbox_add_issue(
		db, &mail, digest->issue.frozen, &recipients, err) != 0)
		return -1;
	if (recipients != draft->menu.readers) {
		return err_set(err, ERR_SYSTEM,
		    "%lld readers, and a body for %lld of them",
		    (long long)draft->menu.readers, (long long)recipients);
	}
	return issue_set_recipients(db, &digest->issue, recipients, err);
}

/* Within the transaction: 1 frozen, 0 something has changed since it was
 * composed, -1. */
static int
settle(struct db *db, const struct kit *kit,
    const struct digest_request *request, struct draft *draft, struct err *err)
{
	int rc = still_so(db, kit, request, draft, err);

	if (rc == 1 &&
	    (save(db, kit, draft, err) != 0 || db_commit(db, err) != 0))
		rc = -1;
	return rc;
}

/* Readers and feeds write as a digest is composed, for which nobody waits; the
 * last of several attempts holds the lock from the start, and is certain. 1
 * done, 0 once more, -1. */
static int
attempt(struct db *db, const struct kit *kit,
    const struct digest_request *request, bool last, struct digest *out,
    struct err *err)
{
	struct draft draft = {.pile = NULL};
	bool held = last;
	bool frozen;
	int rc;

	if (last && db_begin(db, err) != 0)
		return -1;
	rc = prepare(db, kit, request, &draft, err);
	frozen = draft.digest.result == DIGEST_FROZEN;
	if (rc == 0 && frozen && !held) {
		rc = db_begin(db, err);
		held = rc == 0;
	}
	if (rc == 0)
		rc = frozen ? settle(db, kit, request, &draft, err) : 1;
	if (held && (rc != 1 || !frozen))
		db_rollback(db);
	*out = draft.digest;
	draft_release(&draft);
	return rc;
}

int
digest_freeze(struct db *db, const struct kit *kit,
    const struct digest_request *request, struct digest *out, struct err *err)
{
	int rc = 0;

	for (int i = 1; rc == 0 && i <= ATTEMPTS; i++)
		rc = attempt(db, kit, request, i == ATTEMPTS, out, err);
	if (rc < 0)
		return -1;
	if (rc == 0) {
		return err_set(err, ERR_SYSTEM,
		    "digest of '%s' changed while nobody could change it",
		    request->list);
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
