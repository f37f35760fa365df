/* SPDX-License-Identifier: ISC */
#include "flow/verdict.h"

#include "base/str.h"
#include "flow/fault.h"

#include <stddef.h>

/* Seconds after the first, second, ... attempt; the last one repeats. */
static const int64_t waits[] = {60, 300, 900, 1800, 3600, 7200};
#define AT_ONCE 3 /* attempts that may follow one another without a wait */
#define POLICY  3 /* attempts until a refusal by policy is believed */
#define WAITS   ((int64_t)(sizeof(waits) / sizeof(*waits)))

int64_t
verdict_wait(int64_t attempts, unsigned jitter)
{
	int64_t at = attempts < 1 ? 0 : attempts - 1;
	int64_t wait = waits[at < WAITS ? at : WAITS - 1];
	int64_t spread = wait * 2 / 5;

	return wait - spread / 2 + (int64_t)(jitter % (unsigned)(spread + 1));
}

/* Codes that say the mailbox or its domain is not there. All other refusals,
 * policy and spam among them, are not the address's fault. */
static bool
no_such_mailbox(const struct smtp_result *result)
{
	static const char *const codes[] = {
	    "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10"};

	if (result->phase != SMTP_RCPT)
		return false;
	for (size_t i = 0; i < sizeof(codes) / sizeof(*codes); i++) {
		if (str_eq(result->status, codes[i]))
			return true;
	}
	return false;
}

/* A relay may close between two messages without a word, at its limit of
 * messages per connection: the next one is offered anew at once. One that
 * does nothing else is waited for like any other. */
static bool
cut_between(const struct verdict_case *of)
{
	return of->result->outcome == SMTP_DEFERRED &&
	       of->result->phase == SMTP_MAIL && of->result->code == 0 &&
	       of->attempts < AT_ONCE;
}

/* Refused for what we are: by nothing that the reader did, as far as one
 * answer tells. */
static bool
may_pass(const struct verdict_case *of)
{
	return fault_policy(of->result) != FAULT_NONE &&
	       (of->trouble || of->attempts < POLICY);
}

struct verdict
verdict(const struct verdict_case *of)
{
	bool late = of->left <= 0;
	bool old = late && of->attempts >= VERDICT_TRIES;
	struct verdict out = {.wait = 0};

	switch (of->result->outcome) {
	case SMTP_SENT: out.event = OUTBOX_ACCEPT; break;
	case SMTP_FAILED:
		out.event = may_pass(of) && !old ? OUTBOX_DEFER : OUTBOX_REFUSE;
		out.bounced = no_such_mailbox(of->result);
		break;
	case SMTP_UNKNOWN:
		out.event = OUTBOX_LOSE;
		/* It may be there: late, a second copy is no help. */
		out.retry = of->policy == LIST_RESEND && !late;
		break;
	case SMTP_DEFERRED:
	case SMTP_RELAY: out.event = old ? OUTBOX_REFUSE : OUTBOX_DEFER; break;
	}
	if ((out.event == OUTBOX_DEFER || out.retry) && !cut_between(of))
		out.wait = verdict_wait(of->attempts, of->jitter);
	return out;
}
