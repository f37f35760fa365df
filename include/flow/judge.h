/* SPDX-License-Identifier: ISC */
/*
 * judge - what an answer says about relays and domains, beside its own row.
 *
 * Who is to slow down, who is against us, who works again: by flow/fault and
 * flow/strike once, as the answer comes; written down in the turn's
 * transaction, as often as that is tried.
 */
#ifndef NASHRA_FLOW_JUDGE_H
#define NASHRA_FLOW_JUDGE_H

#include "base/err.h"
#include "flow/fault.h"
#include "flow/lease.h"
#include "flow/meter.h"
#include "flow/strike.h"
#include "mail/smtp.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

struct judge_case {
	struct strike strike;
	const struct smtp_result *result;
	bool fresh; /* the connection had carried nothing before */
	bool paced; /* the domain has a pace of its own */
	int64_t now;
};

struct judge {
	enum fault slow; /* who is to send less */
	enum fault down; /* who is in trouble */
	bool over;       /* its domain was, and is no more */
	bool trouble;    /* it is known to be: the row is not to blame */
	bool paced;
	bool sent;
};

struct judge judge_result(struct strikes *strikes, const struct judge_case *of);
/* What there is to write of a domain. Within the transaction. */
int judge_note(const struct judge *judge, const struct judge_case *of,
    const struct conf *conf, struct db *db, const struct meter_now *now,
    struct err *err);

#endif
