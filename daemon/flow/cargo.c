/* SPDX-License-Identifier: ISC */
#include "flow/cargo.h"

#include "base/str.h"
#include "flow/letter.h"
#include "flow/notice.h"
#include "flow/signup.h"
#include "mail/mime.h"
#include "model/optin.h"
#include "model/outbox_add.h"

#include <stdlib.h>
#include <string.h>

void
cargo_cache_age(struct cargo_cache *cache)
{
	memset(cache->fresh, 0, sizeof(cache->fresh));
}

static void
drop_plate(struct cargo_plate *plate)
{
	plate_free(plate->plate);
	*plate = (struct cargo_plate){0};
}

void
cargo_cache_release(struct cargo_cache *cache)
{
	for (size_t i = 0; i < CARGO_PLATES; i++)
		drop_plate(&cache->plates[i]);
	*cache = (struct cargo_cache){0};
}

void
cargo_init(struct cargo *cargo)
{
	*cargo = (struct cargo){.row = {.id = 0}};
	str_init(&cargo->message, MIME_MESSAGE_MAX * 2);
}

void
cargo_release(struct cargo *cargo)
{
	cargo_empty(cargo);
	str_release(&cargo->message);
}

void
cargo_empty(struct cargo *cargo)
{
	if (cargo->row.kind == OUTBOX_CONFIRM)
		explicit_bzero(cargo->message.data, cargo->message.len);
	explicit_bzero(cargo->token, sizeof(cargo->token));
	str_reset(&cargo->message);
	cargo->row.id = 0;
}

/* A finder's answer, where a row must be there. */
static int
need(int found, const char *what, struct err *err)
{
	if (found == 0)
		return err_set(err, ERR_SYSTEM, "its %s is gone", what);
	return found < 0 ? -1 : 0;
}

int
cargo_slip_fill(struct cargo_slip *slip, struct db *db,
    const struct outbox *row, struct err *err)
{
	*slip = (struct cargo_slip){.row = *row};
	if (row->subscription_id == 0)
		return 0;
	return subscription_get(db, row->subscription_id, &slip->to, err) < 0
		   ? -1
		   : 0;
}

/* The place of a list in the cache, or of the one that it replaces. */
static size_t
place_of(struct cargo_cache *cache, int64_t id)
{
	size_t i = 0;

	while (i < CARGO_LISTS && cache->lists[i].id != id)
		i++;
	if (i < CARGO_LISTS)
		return i;
	i = cache->next++ % CARGO_LISTS;
	cache->fresh[i] = false;
	return i;
}

/* A list that has changed needs new plates. */
static int
get_list(const struct cargo_parts *parts, int64_t id, struct list *out,
    struct err *err)
{
	struct cargo_cache *cache = parts->cache;
	size_t at = place_of(cache, id);
	struct list now = {0};

	if (!cache->fresh[at]) {
		if (need(list_get(parts->db, id, &now, err), "list", err) != 0)
			return -1;
		for (size_t i = 0; i < CARGO_PLATES; i++) {
			if (cache->plates[i].list_id == id &&
			    !list_same(&now, &cache->lists[at]))
				drop_plate(&cache->plates[i]);
		}
		cache->lists[at] = now;
		cache->fresh[at] = true;
	}
	*out = cache->lists[at];
	return 0;
}

static int
make_plate(const struct cargo_parts *parts, const struct outbox *row,
    const struct list *list, struct cargo_plate *out, struct err *err)
{
	struct issue_body body = {0};
	const struct letter letter = {.kind = OUTBOX_DIGEST,
	    .list = list,
	    .issue = &out->issue,
	    .body = &body};
	int rc = -1;

	drop_plate(out);
	if (need(issue_get(parts->db, row->issue_id, &out->issue, err), "issue",
		err) == 0 &&
	    need(issue_get_body(parts->db, row->body_id, &body, err), "body",
		err) == 0) {
		rc = plate_new(
		    &out->plate, parts->kit, parts->ring, &letter, err);
	}
	if (rc == 0) {
		out->body_id = row->body_id;
		out->list_id = list->id;
	}
	issue_body_release(&body);
	return rc;
}

/* The plate of a row's body; the one not used for longest makes room. */
static struct cargo_plate *
get_plate(const struct cargo_parts *parts, const struct outbox *row,
    const struct list *list, struct err *err)
{
	struct cargo_plate *plates = parts->cache->plates;
	struct cargo_plate *at = plates;

	for (size_t i = 0; i < CARGO_PLATES; i++) {
		if (plates[i].body_id == row->body_id)
			at = &plates[i];
		if (at->body_id == row->body_id)
			break;
		if (plates[i].used < at->used)
			at = &plates[i];
	}
	if (at->body_id != row->body_id &&
	    make_plate(parts, row, list, at, err) != 0)
		return NULL;
	at->used = ++parts->cache->uses;
	return at;
}

static int
write_digest(struct cargo *cargo, const struct cargo_parts *parts,
    const struct outbox *row, struct letter *letter, struct err *err)
{
	struct cargo_plate *plate = get_plate(parts, row, letter->list, err);

	if (plate == NULL)
		return -1;
	letter->issue = &plate->issue;
	letter_sender(parts->kit, parts->ring, letter, cargo->sender);
	return plate_print(plate->plate, letter->subscription, letter->now,
	    &cargo->message, &cargo->fits, err);
}

/* From the null sender, so that it cannot come back (RFC 3834 3.3). */
static int
write_notice(struct cargo *cargo, const struct cargo_parts *parts,
    const struct outbox *row, int64_t now, struct err *err)
{
	char *text = NULL;
	int rc = outbox_notice_text(parts->db, row->id, &text, err);

	cargo->list = (struct list){.name = ""};
	cargo->sender[0] = '\0';
	if (rc == 0) {
		(void)str_fit(cargo->subscription.address,
		    sizeof(cargo->subscription.address),
		    parts->kit->admin.wire);
		rc = notice_make(
		    parts->kit, row->uuid, text, now, &cargo->message, err);
	}
	free(text);
	return rc;
}

static int
write_mail(struct cargo *cargo, const struct cargo_parts *parts,
    const struct outbox *row, struct letter *letter, struct err *err)
{
	if (get_list(parts, row->list_id, &cargo->list, err) != 0 ||
	    need(letter->subscription->id != 0, "subscription", err) != 0)
		return -1;
	if (row->kind == OUTBOX_DIGEST)
		return write_digest(cargo, parts, row, letter, err);
	if (row->kind == OUTBOX_CONFIRM)
		token_new(cargo->token);
	letter_sender(parts->kit, parts->ring, letter, cargo->sender);
	return letter_make(
	    parts->kit, parts->ring, letter, &cargo->message, err);
}

int
cargo_load(struct cargo *cargo, const struct cargo_parts *parts,
    const struct cargo_slip *slip, int64_t now, struct err *err)
{
	const struct outbox *row = &slip->row;
	struct letter letter = {.kind = row->kind,
	    .list = &cargo->list,
	    .subscription = &cargo->subscription,
	    .uuid = row->uuid,
	    .token = cargo->token,
	    .now = now};

	cargo->subscription = slip->to;
	cargo->relays = slip->relays;
	str_reset(&cargo->message);
	cargo->fits = 0;
	if ((row->kind == OUTBOX_NOTICE
		    ? write_notice(cargo, parts, row, now, err)
		    : write_mail(cargo, parts, row, &letter, err)) != 0)
		return -1;
	cargo->row = *row;
	return 0;
}

int
cargo_start(
    const struct cargo *cargo, struct db *db, int64_t now, struct err *err)
{
	struct outbox row = cargo->row;
	char hash[TOKEN_HASH_SIZE];
	int started = outbox_move(db, &row, OUTBOX_START, NULL, now, err);
	const struct optin_new optin = {
	    .hash = hash,
	    .purpose = OPTIN_CONFIRM,
	    .subscription_id = row.subscription_id,
	    .expires = now + SIGNUP_TOKEN_LIFE,
	};

	if (started != 1 || row.kind != OUTBOX_CONFIRM)
		return started;
	token_hash(hash, cargo->token);
	return optin_add(db, &optin, now, err) != 0 ? -1 : 1;
}
