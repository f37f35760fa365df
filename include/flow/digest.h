/* SPDX-License-Identifier: ISC */
/*
 * digest - new articles become an issue, once per window.
 *
 * digest_freeze() is one transaction: the issue (unique by list, cadence and
 * window), its articles, its rendered bodies, and a row of the outbox for
 * each active reader of that cadence. Done again, it finds the same issue.
 * Bodies are rendered before it begins, so that nobody who writes waits for
 * that; where what they were made of has changed by then, they are made anew.
 */
#ifndef NASHRA_FLOW_DIGEST_H
#define NASHRA_FLOW_DIGEST_H

#include "base/err.h"
#include "flow/kit.h"
#include "model/issue.h"
#include "model/list.h"
#include "model/subscription.h"
#include "store/db.h"

#include <stdint.h>

enum digest_result {
	DIGEST_FROZEN,
	DIGEST_ALREADY, /* this window's issue was there before */
	DIGEST_NOTHING, /* no article that this stream has not used */
};

struct digest_request {
	const char *list;  /* name */
	const char *every; /* name of a cadence, "" for the list's default */
	int64_t now;
	/* A preview is as this reader has chosen (compose_issue). */
	int digits;
	enum subscription_format format;
};

struct digest {
	enum digest_result result;
	struct list list;
	enum list_every every;
	struct issue issue; /* none of NOTHING; of a preview: as it would be */
	int64_t since;      /* of NOTHING: when the stream last froze */
};

/* ERR_NOTFOUND: no such list; ERR_INPUT: no such cadence. */
int digest_freeze(struct db *db, const struct kit *kit,
    const struct digest_request *request, struct digest *out, struct err *err);

/* What would be frozen now, the window's own issue left aside; changes
 * nothing. Without a new article it shows an empty digest (result NOTHING).
 * The texts of `body` are the caller's. */
int digest_preview(struct db *db, const struct kit *kit,
    const struct digest_request *request, struct digest *out,
    struct issue_body *body, struct err *err);

#endif
