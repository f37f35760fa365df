/* SPDX-License-Identifier: ISC */
/*
 * signup - a reader asks, confirms or leaves.
 *
 * The form and the command line both come through here. Each call is one
 * transaction: the state change, the consent row and the mail it causes
 * happen together. ERR_BUSY: nothing happened, call again soon.
 */
#ifndef NASHRA_FLOW_SIGNUP_H
#define NASHRA_FLOW_SIGNUP_H

#include "base/err.h"
#include "base/token.h"
#include "model/list.h"
#include "model/subscription.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

#define SIGNUP_COOLDOWN                                                        \
	(INT64_C(24) * 3600) /* seconds between two confirm mails */
#define SIGNUP_TOKEN_LIFE                                                      \
	(INT64_C(48) * 3600) /* seconds a confirm link works */
#define SIGNUP_DAY        (INT64_C(24) * 3600)
#define SIGNUP_MAIL_A_DAY 3 /* confirm mails to one address, all lists */

struct signup_request {
	const char *list;    /* name */
	const char *email;   /* as typed */
	const char *every;   /* "day", "week"... or "" for the list's default */
	const char *source;  /* for the consent row: "form", "admin" */
	const char *wording; /* what the person agreed to, as it was shown */
	const char *client;  /* network address, "" where none */
};

/* Asks to be subscribed: a confirm mail is queued unless one went out lately
 * or the reader is active. The outcome is the same 0 in all these cases, so
 * that nobody learns who reads what. ERR_INPUT: not an address, or an unknown
 * cadence. ERR_NOTFOUND: no such list. */
int signup_ask(struct db *db, const struct signup_request *request, int64_t now,
    struct err *err);
/* Makes an active subscription at once: the admin vouches. Returns 1 where it
 * is new or was woken, 0 where it was active before. A reader who left or
 * complained comes back by their own confirmation only: ERR_INPUT. */
int signup_add(struct db *db, const struct signup_request *request, int64_t now,
    struct err *err);

/* What a link in a mail stands for. */
enum signup_link_state {
	SIGNUP_LINK_GOOD,
	SIGNUP_LINK_DONE,    /* already confirmed, already left */
	SIGNUP_LINK_EXPIRED, /* too old, or used up: ask again */
	SIGNUP_LINK_BAD,     /* altered, foreign purpose, never existed */
};
struct signup_link {
	enum signup_link_state state;
	/* Filled for all but BAD. */
	struct list list;
	struct subscription subscription;
};

/* Looking changes nothing, however often. 0 or -1; never ERR_NOTFOUND: a bad
 * link is an answer. */
int signup_confirm_look(struct db *db, const char *token, int64_t now,
    struct signup_link *out, struct err *err);
int signup_leave_look(struct db *db, const struct token_ring *ring,
    const char *token, struct signup_link *out, struct err *err);

/* Acting: GOOD means that it has happened now. DONE and GOOD are the same to
 * the reader. `client` goes into the consent row. */
struct signup_confirm_request {
	const char *token;
	const char *client;
	bool welcome; /* a mail of welcome, where the list does not say */
};
/* Whoever becomes active by it is welcomed, once. */
int signup_confirm(struct db *db, const struct signup_confirm_request *request,
    int64_t now, struct signup_link *out, struct err *err);
/* `source`: "page" or "one-click" (RFC 8058). Cancels what is still queued
 * for this subscription; who was a reader is said goodbye to, but not twice
 * within SIGNUP_DAY. */
struct signup_leave_request {
	const char *token;
	const char *source;
	const char *client;
	bool goodbye; /* a mail of goodbye, where the list does not say */
};
int signup_leave(struct db *db, const struct token_ring *ring,
    const struct signup_leave_request *request, int64_t now,
    struct signup_link *out, struct err *err);

#endif
