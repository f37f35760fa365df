/* SPDX-License-Identifier: ISC */
/*
 * talk_check - a message looked at once more, before a byte of it is said.
 *
 * First for what could break the dialogue with any relay, whoever made the
 * message (RFC 5321 4.1.2, 4.5.2, 4.5.3.1; SMTP smuggling); then for what this
 * relay does not offer to carry (RFC 1870, 6152, 6531). Pure.
 */
#ifndef NASHRA_MAIL_TALK_CHECK_H
#define NASHRA_MAIL_TALK_CHECK_H

#include "base/err.h"
#include "mail/reply.h"
#include "mail/smtp.h"

#include <stdbool.h>
#include <stddef.h>

struct talk_facts {
	bool dots;     /* some line starts with a dot */
	bool eightbit; /* some byte is not ASCII */
	bool utf8;     /* nor is one of an address */
};

/* True of whole lines that may end any message, for any relay: in ASCII, none
 * too long, none that starts with a dot. What many messages share is looked at
 * once; what is true of it stays so while digits of base64 are changed. */
bool talk_fits(const char *data, size_t len);
/* ERR_INPUT as smtp_send() says. */
int talk_check(struct talk_facts *out, const struct smtp_message *message,
    struct err *err);
/* True, and what becomes of the message, where such a relay cannot get it. */
bool talk_refuses(struct smtp_result *out, const struct reply_offer *offer,
    const struct smtp_message *message, const struct talk_facts *facts);

/* RFC 1870 3: octets as the message is, without doubled dots, with the CRLF
 * that is put at its end. */
size_t talk_size(const struct smtp_message *message);
/* Its last line ends in CRLF, or there is none. */
bool talk_ends_well(const struct smtp_message *message);

#endif
