/* SPDX-License-Identifier: ISC */
#include "flow/signup.h"

#include "base/conf.h"
#include "base/log.h"
#include "base/str.h"
#include "mail/address.h"
#include "model/consent.h"
#include "model/optin.h"
#include "model/outbox.h"
#include "model/outbox_add.h"
#include "model/subscriber.h"

_Static_assert(SUBSCRIBER_ADDRESS_SIZE == ADDRESS_SIZE,
    "what mail/address accepts fits what model/subscriber keeps");

/* What a request turns out to be about. */
struct person {
	struct list list;
	struct address address;
	struct subscription subscription;
	int every; /* -1: the list's */
};

static int
read_request(struct db *db, const struct signup_request *request,
    struct person *out, struct err *err)
{
	enum list_every every;

	if (list_need(db, request->list, &out->list, err) != 0)
		return -1;
	out->every = -1;
	if (request->every[0] != '\0') {
		if (!list_every_parse(&every, request->every)) {
			return err_set(err, ERR_INPUT,
			    "no cadence '%.20s': use instant, day, week or "
			    "month",
			    request->every);
		}
		out->every = (int)every;
	}
	return address_parse(&out->address, request->email, err);
}

/* Within a transaction: the rows of subscriber and subscription. */
static int
ensure(struct db *db, struct person *who, int64_t now, struct err *err)
{
	struct subscriber subscriber = {0};

	(void)str_fit(
	    subscriber.address, sizeof(subscriber.address), who->address.wire);
	(void)str_fit(subscriber.key, sizeof(subscriber.key), who->address.key);
	if (subscriber_ensure(db, &subscriber, now, err) < 0)
		return -1;
	return subscription_ensure(
	    db, &who->subscription, who->list.id, subscriber.id, now, err);
}

static int
note_consent(struct db *db, const struct signup_request *request,
    int64_t subscription_id, const char *event, int64_t now, struct err *err)
{
	struct consent consent = {
	    .subscription_id = subscription_id,
	    .event = event,
	    .source = request->source,
	    .wording = request->wording,
	    .client = request->client,
	    .at = now,
	};

	return consent_add(db, &consent, err);
}

/* 1 where a confirm mail may go out, 0 where one went lately: a stranger must
 * not be able to fill somebody's inbox through us. */
static int
may_mail(
    struct db *db, const struct subscription *sub, int64_t now, struct err *err)
{
	int64_t last;
	int64_t today;
	bool cool;

	if (outbox_last_confirm(db, sub->id, &last, err) != 0 ||
	    outbox_count_confirms(
		db, sub->subscriber_id, now - SIGNUP_DAY, &today, err) != 0)
		return -1;
	/* Who has left since did so by a link of their own: whoever asks now
	 * is not a stranger to that inbox. A clock that ran ahead once must
	 * not keep anybody out for as long. */
	cool = last == 0 || last > now || last + SIGNUP_COOLDOWN <= now ||
	       (sub->state == SUBSCRIPTION_LEFT && last < sub->changed);
	return cool && today < SIGNUP_MAIL_A_DAY;
}

/* Within a transaction. Who is active already is left as they are: a stranger
 * who knows an address must not change its cadence either. */
static int
ask(struct db *db, const struct signup_request *request, struct person *who,
    int64_t now, struct err *err)
{
	struct subscription *sub = &who->subscription;
	int may;

	if (ensure(db, who, now, err) < 0 ||
	    note_consent(db, request, sub->id, "ask", now, err) != 0)
		return -1;
	if (sub->state == SUBSCRIPTION_ACTIVE)
		return 0;
	may = may_mail(db, sub, now, err);
	if (may <= 0)
		return may;
	if (subscription_move(db, sub, SUBSCRIPTION_ASK, now, err) < 0 ||
	    subscription_set_every(db, sub, who->every, now, err) != 0)
		return -1;
	return outbox_add_confirm(db, sub->id, now, err);
}

/* Both ways in: one transaction around the step that differs. */
typedef int signup_step(struct db *db, const struct signup_request *request,
    struct person *who, int64_t now, struct err *err);

static int
in_transaction(struct db *db, const struct signup_request *request,
    signup_step *step, int64_t now, struct err *err)
{
	struct person who = {0};
	int rc;

	if (read_request(db, request, &who, err) != 0 || db_begin(db, err) != 0)
		return -1;
	rc = step(db, request, &who, now, err);
	if (rc < 0 || db_commit(db, err) != 0) {
		db_rollback(db);
		return -1;
	}
	log_line(LOG_INFO, "signup", "source=%s list=%lld subscription=%lld",
	    request->source, (long long)who.list.id,
	    (long long)who.subscription.id);
	return rc;
}

int
signup_ask(struct db *db, const struct signup_request *request, int64_t now,
    struct err *err)
{
	return in_transaction(db, request, ask, now, err);
}

static int
add(struct db *db, const struct signup_request *request, struct person *who,
    int64_t now, struct err *err)
{
	struct subscription *sub = &who->subscription;
	int moved;

	if (ensure(db, who, now, err) < 0)
		return -1;
	moved = subscription_move(db, sub, SUBSCRIPTION_ADD, now, err);
	if (moved < 0)
		return err_wrap(err, "'%s'", sub->address);
	if (who->every >= 0 &&
	    subscription_set_every(db, sub, who->every, now, err) != 0)
		return -1;
	if (moved == 1 &&
	    note_consent(db, request, sub->id, "add", now, err) != 0)
		return -1;
	return moved;
}

int
signup_add(struct db *db, const struct signup_request *request, int64_t now,
    struct err *err)
{
	return in_transaction(db, request, add, now, err);
}

/* Fills list and subscription of a link that names one; 1, 0, -1. */
static int
fill_link(struct db *db, int64_t subscription_id, struct signup_link *out,
    struct err *err)
{
	int found =
	    subscription_get(db, subscription_id, &out->subscription, err);

	if (found != 1)
		return found;
	return list_get(db, out->subscription.list_id, &out->list, err);
}

/* Whose address has bounced or who has complained since must ask anew. */
static bool
can_confirm(const struct subscription *sub)
{
	return sub->state == SUBSCRIPTION_PENDING ||
	       sub->state == SUBSCRIPTION_ACTIVE;
}

int
signup_confirm_look(struct db *db, const char *token, int64_t now,
    struct signup_link *out, struct err *err)
{
	char hash[TOKEN_HASH_SIZE];
	struct optin optin;
	int found;

	*out = (struct signup_link){.state = SIGNUP_LINK_BAD};
	token_hash(hash, token);
	found = optin_find(db, hash, OPTIN_CONFIRM, &optin, err);
	if (found == 1)
		found = fill_link(db, optin.subscription_id, out, err);
	if (found != 1)
		return found;
	if (optin.spent != 0 &&
	    out->subscription.state == SUBSCRIPTION_ACTIVE) {
		out->state = SIGNUP_LINK_DONE;
	} else if (optin.spent != 0 || optin.expires <= now ||
		   !can_confirm(&out->subscription)) {
		out->state = SIGNUP_LINK_EXPIRED;
	} else {
		out->state = SIGNUP_LINK_GOOD;
	}
	return 0;
}

static int
note_link(struct db *db, const struct consent *consent, struct err *err)
{
	if (optin_spend(db, consent->subscription_id, consent->at, err) != 0)
		return -1;
	return consent_add(db, consent, err);
}

/* A list's own answer, or that of the settings. */
static bool
wants(int own, bool settings)
{
	return own > 0 ? own - 1 == CONF_YES : settings;
}

/* A goodbye that still waits would come after the welcome. */
static int
welcome(struct db *db, const struct signup_confirm_request *request,
    const struct signup_link *link, int64_t now, struct err *err)
{
	int64_t id = link->subscription.id;

	if (outbox_cancel_goodbye(db, id, now, err) != 0)
		return -1;
	return wants(link->list.look.welcome, request->welcome)
		   ? outbox_add_welcome(db, id, now, err)
		   : 0;
}

int
signup_confirm(struct db *db, const struct signup_confirm_request *request,
    int64_t now, struct signup_link *out, struct err *err)
{
	struct consent consent = {.event = "confirm",
	    .source = "mail",
	    .wording = "",
	    .client = request->client,
	    .at = now};
	int moved;

	if (db_begin(db, err) != 0)
		return -1;
	if (signup_confirm_look(db, request->token, now, out, err) != 0)
		goto undo;
	if (out->state != SIGNUP_LINK_GOOD) {
		db_rollback(db);
		return 0;
	}
	consent.subscription_id = out->subscription.id;
	moved = subscription_move(
	    db, &out->subscription, SUBSCRIPTION_CONFIRM, now, err);
	if (moved < 0 ||
	    (moved == 1 && welcome(db, request, out, now, err) != 0) ||
	    note_link(db, &consent, err) != 0 || db_commit(db, err) != 0)
		goto undo;
	log_line(LOG_INFO, "confirm", "list=%lld subscription=%lld",
	    (long long)out->list.id, (long long)out->subscription.id);
	return 0;
undo:
	db_rollback(db);
	return -1;
}

int
signup_leave_look(struct db *db, const struct token_ring *ring,
    const char *token, struct signup_link *out, struct err *err)
{
	unsigned char raw[UUID_BYTES];
	char uuid[UUID_SIZE];
	int found;

	*out = (struct signup_link){.state = SIGNUP_LINK_BAD};
	if (!token_open(ring, raw, TOKEN_LEAVE, token))
		return 0;
	uuid_from_bytes(uuid, raw);
	found = subscription_find_uuid(db, uuid, &out->subscription, err);
	if (found == 1) {
		found =
		    list_get(db, out->subscription.list_id, &out->list, err);
	}
	if (found != 1)
		return found;
	out->state = out->subscription.state == SUBSCRIPTION_LEFT ||
			     out->subscription.state == SUBSCRIPTION_COMPLAINED
			 ? SIGNUP_LINK_DONE
			 : SIGNUP_LINK_GOOD;
	return 0;
}

/* Only who got mail is told that none comes any more; and a reader who comes
 * and goes is told once a day, so that nobody can fill an inbox by it. */
static int
goodbye(struct db *db, const struct signup_leave_request *request,
    const struct signup_link *link, int64_t now, struct err *err)
{
	int64_t id = link->subscription.id;
	int64_t today;

	if (!wants(link->list.look.goodbye, request->goodbye))
		return 0;
	if (outbox_count_goodbyes(db, id, now - SIGNUP_DAY, now, &today, err) !=
	    0)
		return -1;
	return today == 0 ? outbox_add_goodbye(db, id, now, err) : 0;
}

/* Within a transaction. */
static int
leave(struct db *db, const struct signup_leave_request *request,
    struct signup_link *link, int64_t now, struct err *err)
{
	struct subscription *sub = &link->subscription;
	bool reader = sub->state == SUBSCRIPTION_ACTIVE;

	if (subscription_move(db, sub, SUBSCRIPTION_LEAVE, now, err) < 0 ||
	    outbox_cancel(db, sub->id, now, err) != 0)
		return -1;
	return reader ? goodbye(db, request, link, now, err) : 0;
}

int
signup_leave(struct db *db, const struct token_ring *ring,
    const struct signup_leave_request *request, int64_t now,
    struct signup_link *out, struct err *err)
{
	struct consent consent = {.event = "leave",
	    .source = request->source,
	    .wording = "",
	    .client = request->client,
	    .at = now};

	if (db_begin(db, err) != 0)
		return -1;
	if (signup_leave_look(db, ring, request->token, out, err) != 0)
		goto undo;
	if (out->state != SIGNUP_LINK_GOOD) {
		db_rollback(db);
		return 0;
	}
	consent.subscription_id = out->subscription.id;
	if (leave(db, request, out, now, err) != 0 ||
	    note_link(db, &consent, err) != 0 || db_commit(db, err) != 0)
		goto undo;
	log_line(LOG_INFO, "leave", "source=%s list=%lld subscription=%lld",
	    request->source, (long long)out->list.id,
	    (long long)out->subscription.id);
	return 0;
undo:
	db_rollback(db);
	return -1;
}
