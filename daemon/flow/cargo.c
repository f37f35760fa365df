/* SPDX-License-Identifier: ISC */
#include "flow/cargo.h"

#include "flow/letter.h"
#include "flow/signup.h"
#include "mail/mime.h"
#include "model/optin.h"

#include <string.h>

void
cargo_cache_release(struct cargo_cache *cache)
{
	issue_body_release(&cache->body);
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

static int
fill_cache(
    const struct cargo_parts *parts, const struct outbox *row, struct err *err)
{
	struct cargo_cache *cache = parts->cache;

	if (row->kind != OUTBOX_DIGEST || cache->body.id == row->body_id)
		return 0;
	cargo_cache_release(cache);
	if (need(issue_get(parts->db, row->issue_id, &cache->issue, err),
		"issue", err) != 0)
		return -1;
	return need(issue_get_body(parts->db, row->body_id, &cache->body, err),
	    "body", err);
}

int
cargo_load(struct cargo *cargo, const struct cargo_parts *parts,
    const struct cargo_slip *slip, int64_t now, struct err *err)
{
	const struct outbox *row = &slip->row;
	bool digest = row->kind == OUTBOX_DIGEST;
	struct letter letter = {.kind = row->kind,
	    .list = &cargo->list,
	    .subscription = &cargo->subscription,
	    .issue = digest ? &parts->cache->issue : NULL,
	    .body = digest ? &parts->cache->body : NULL,
	    .uuid = row->uuid,
	    .token = cargo->token,
	    .now = now};

	if (need(list_get(parts->db, row->list_id, &cargo->list, err), "list",
		err) != 0 ||
	    need(slip->to.id != 0, "subscription", err) != 0 ||
	    fill_cache(parts, row, err) != 0)
		return -1;
	cargo->subscription = slip->to;
	if (!digest)
		token_new(cargo->token);
	str_reset(&cargo->message);
	letter_sender(parts->kit, parts->ring, &letter, cargo->sender);
	if (letter_make(
		parts->kit, parts->ring, &letter, &cargo->message, err) != 0)
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
