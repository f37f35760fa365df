/* SPDX-License-Identifier: ISC */
/*
 * subscription - one reader on one list, and whether they may be mailed.
 *
 * Owns table `subscription`; reads views `reader`, `audience`
 * and `audience_taste`. The only code
 * that changes its state, and subscription_move() the only way it does.
 */
#ifndef NASHRA_MODEL_SUBSCRIPTION_H
#define NASHRA_MODEL_SUBSCRIPTION_H

#include "base/err.h"
#include "base/uuid.h"
#include "model/list.h"
#include "model/subscriber.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

enum subscription_state {
	SUBSCRIPTION_PENDING,    /* asked, has not confirmed */
	SUBSCRIPTION_ACTIVE,     /* confirmed: gets mail */
	SUBSCRIPTION_LEFT,       /* unsubscribed */
	SUBSCRIPTION_BOUNCED,    /* the address is dead */
	SUBSCRIPTION_COMPLAINED, /* called it spam */
	SUBSCRIPTION_STATES
};

enum subscription_event {
	SUBSCRIPTION_ASK,
	SUBSCRIPTION_CONFIRM, /* the reader's own tap */
	SUBSCRIPTION_ADD,     /* the admin vouches */
	SUBSCRIPTION_LEAVE,
	SUBSCRIPTION_BOUNCE,
	SUBSCRIPTION_COMPLAIN,
	SUBSCRIPTION_EVENTS
};

enum subscription_format {
	SUBSCRIPTION_HTML, /* and text beside it */
	SUBSCRIPTION_TEXT, /* alone */
	SUBSCRIPTION_FORMATS
};

struct subscription {
	int64_t id;
	int64_t list_id;
	int64_t subscriber_id;
	char uuid[UUID_SIZE];
	enum subscription_state state;
	int every;  /* enum list_every, or -1: the list's default */
	int digits; /* one more than enum conf_digits, or 0: the list's */
	enum subscription_format format;
	int64_t created;
	int64_t changed;
	char address[SUBSCRIBER_ADDRESS_SIZE]; /* from the subscriber */
};

const char *subscription_state_name(enum subscription_state state);
const char *subscription_format_name(enum subscription_format format);
bool subscription_format_parse(enum subscription_format *out, const char *name);

/* Finds or makes the row (state pending, a new UUID). 1 made, 0 found. */
int subscription_ensure(struct db *db, struct subscription *out,
    int64_t list_id, int64_t subscriber_id, int64_t now, struct err *err);
int subscription_get(
    struct db *db, int64_t id, struct subscription *out, struct err *err);
int subscription_find_uuid(
    struct db *db, const char *uuid, struct subscription *out, struct err *err);

/* Applies an event; ERR_INPUT where the state does not allow it. Returns 1
 * where the state changed, 0 where it stayed. */
int subscription_move(struct db *db, struct subscription *sub,
    enum subscription_event event, int64_t now, struct err *err);
int subscription_set_every(struct db *db, struct subscription *sub, int every,
    int64_t now, struct err *err);
/* Saves sub->every, digits and format. sub->changed stays: that is when the
 * state was, and so how long ago somebody left. */
int subscription_save_taste(
    struct db *db, const struct subscription *sub, struct err *err);
/* 1 found, 0 none. */
int subscription_find(struct db *db, int64_t list_id, int64_t subscriber_id,
    struct subscription *out, struct err *err);

typedef int subscription_fn(const struct subscription *sub, void *arg);
int subscription_each_of_list(struct db *db, int64_t list_id,
    subscription_fn *fn, void *arg, struct err *err);
int subscription_each_of_subscriber(struct db *db, int64_t subscriber_id,
    subscription_fn *fn, void *arg, struct err *err);
/* How many active readers of a list are on that cadence. */
int subscription_audience(struct db *db, int64_t list_id, enum list_every every,
    int64_t *out, struct err *err);
/* What the active readers of that cadence have chosen, each once. */
struct subscription_taste {
	int digits; /* theirs, or the list's; 0: the settings' */
	enum subscription_format format;
	int64_t readers;
};
typedef int
subscription_taste_fn(const struct subscription_taste *taste, void *arg);
int
subscription_each_taste(struct db *db, int64_t list_id, enum list_every every,
    subscription_taste_fn *fn, void *arg, struct err *err);
/* How many are in that state, over all lists. */
int subscription_count(struct db *db, enum subscription_state state,
    int64_t *out, struct err *err);

#endif
