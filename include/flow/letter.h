/* SPDX-License-Identifier: ISC */
/*
 * letter - one finished message of one outbox row, headers to signature.
 *
 * Pure but for the clock it is given: changes nothing in the database.
 */
#ifndef NASHRA_FLOW_LETTER_H
#define NASHRA_FLOW_LETTER_H

#include "base/err.h"
#include "base/str.h"
#include "base/token.h"
#include "flow/kit.h"
#include "mail/address.h"
#include "mail/mime.h"
#include "model/issue.h"
#include "model/list.h"
#include "model/outbox.h"
#include "model/subscription.h"

#include <stdint.h>

/* All that one message is made of. */
struct letter {
	enum outbox_kind kind;
	const struct list *list;
	const struct subscription *subscription;
	const struct issue *issue;     /* of a digest, or NULL */
	const struct issue_body *body; /* of a digest */
	const char *uuid;              /* of all but a digest */
	const char *token;             /* of a confirm mail: raw */
	int64_t now;
};

/* The envelope sender of a letter: sealed, so that a bounce names its row. */
void letter_sender(const struct kit *kit, const struct token_ring *ring,
    const struct letter *mail, char out[ADDRESS_SIZE]);
/* The link by which a reader leaves the list. */
void letter_leave(const struct kit *kit, const struct token_ring *ring,
    const struct subscription *reader, struct str *out);
/* The link by which one confirms. */
void letter_confirm(const struct kit *kit, const char *token, struct str *out);
/* What holds the parts of the body together; the parts are to be filled in.
 * The boundary lives in a str of the caller's, empty until now. */
void letter_frame(const struct kit *kit, const struct letter *mail,
    struct str *boundary, struct mime_body *out);
/* The finished message, signed where the kit has a key: headers, empty line,
 * body, CRLF. Appends to out. */
int letter_make(const struct kit *kit, const struct token_ring *ring,
    const struct letter *mail, struct str *out, struct err *err);

#endif
