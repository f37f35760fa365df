/* SPDX-License-Identifier: ISC */
/*
 * verdict - what the relay's answer means for a row of the outbox.
 *
 * Pure: the answer, the row's age and the list's policy go in, the events to
 * apply come out. A refusal by policy (flow/fault) may be a fault of ours, and
 * is no reader's end: it is final from the third attempt on, and not while we
 * know that we are in trouble there. Nor does age alone end anything: what ate
 * a row's time may have been a relay that was down, or a clock set forward.
 */
#ifndef NASHRA_FLOW_VERDICT_H
#define NASHRA_FLOW_VERDICT_H

#include "mail/smtp.h"
#include "model/list.h"
#include "model/outbox.h"

#include <stdbool.h>
#include <stdint.h>

#define VERDICT_TRIES 10 /* with their waits, the better part of ten hours */

struct verdict_case {
	const struct smtp_result *result;
	int64_t attempts; /* this one included */
	int64_t left;     /* s until its deadline; past it, and tried that
			   * often, it is given up */
	bool trouble;     /* its domain or relay is known to be against us */
	enum list_unknown policy;
	unsigned jitter; /* any number: spreads the retries by ±20 % */
};

struct verdict {
	enum outbox_event event;
	bool retry;   /* after LOSE: apply RETRY too */
	int64_t wait; /* s until it is due again, for DEFER and RETRY; else 0 */
	bool bounced; /* the address does not exist (RFC 3463 X.1.x) */
};

struct verdict verdict(const struct verdict_case *of);

/* How long a row waits after its nth attempt, n >= 1. */
int64_t verdict_wait(int64_t attempts, unsigned jitter);

#endif
