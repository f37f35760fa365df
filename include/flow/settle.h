/* SPDX-License-Identifier: ISC */
/*
 * settle - write down what became of a message.
 *
 * Applies flow/verdict's answer to the row, and to the reader where the
 * address turned out not to exist. A message that cannot be composed, which is
 * no answer of a relay's, is tried OUTBOX_FAULTS times. A row that would go
 * again is cancelled where its reader has left meanwhile. Within the caller's
 * transaction.
 */
#ifndef NASHRA_FLOW_SETTLE_H
#define NASHRA_FLOW_SETTLE_H

#include "base/err.h"
#include "mail/smtp.h"
#include "model/list.h"
#include "model/outbox.h"
#include "store/db.h"

#include <stdbool.h>
#include <stdint.h>

struct settle_case {
	const struct smtp_result *result;
	const char *relay;        /* name, "" where it is not known */
	enum list_unknown policy; /* of the list; confirm mails are resent */
	bool at_once; /* what is sent again is due now, not after a wait */
	bool trouble; /* its domain or relay is known to be against us */
	bool fault;   /* it could not be composed; result->text says why */
};

/* 1; or 0 where the row is not its owner's any more: it is left alone. */
int settle_row(struct db *db, struct outbox *row, const struct settle_case *of,
    int64_t now, struct err *err);

#endif
