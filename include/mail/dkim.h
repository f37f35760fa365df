/* SPDX-License-Identifier: ISC */
/*
 * dkim - sign a finished message (RFC 6376).
 *
 * rsa-sha256 or, by the key, ed25519-sha256 (RFC 8463); relaxed/relaxed, no
 * l=. Owns nothing but the key it was given. Speaks OpenSSL, as base/token
 * does.
 */
#ifndef NASHRA_MAIL_DKIM_H
#define NASHRA_MAIL_DKIM_H

#include "base/err.h"
#include "base/str.h"
#include "mail/canon.h"
#include "mail/dkim_key.h"

#include <stddef.h>
#include <stdint.h>

struct dkim;

/* `pem`: a private key as dkim_key_read() takes it. `domain` is d=,
 * `selector` is s=. */
int dkim_new(struct dkim **out, const char *pem, size_t len, const char *domain,
    const char *selector, struct err *err);
void dkim_free(struct dkim *dkim);

/* Appends one "DKIM-Signature: ...\r\n" header for `message` (headers, empty
 * line, body; CRLF throughout). Signs every header that is there, and names
 * From, Subject, To, Date, Reply-To, List-Unsubscribe and
 * List-Unsubscribe-Post once more than they occur, so that none can be added
 * later. `now` is t=. Lines of at most 76. */
int dkim_sign(struct str *out, struct dkim *dkim, const char *message,
    size_t len, int64_t now, struct err *err);

/* What many bodies begin with, hashed once. `body` is one of them; all of them
 * are as long and have the same first `fixed` bytes, and no byte in which they
 * differ is white space in one of them. 1 made; 0 where the body is not its
 * own canonical form, and must be hashed in full each time. */
struct dkim_stem;
int dkim_stem_new(struct dkim_stem **out, const char *body, size_t len,
    size_t fixed, struct err *err);
void dkim_stem_free(struct dkim_stem *stem);

/* The same signature for a message that lies in two pieces. */
struct dkim_parts {
	const struct canon_message *head; /* its headers: the body is below */
	const char *body;
	size_t body_len;
	const struct dkim_stem *stem; /* of that body, or NULL */
};
int dkim_sign_parts(struct str *out, struct dkim *dkim,
    const struct dkim_parts *parts, int64_t now, struct err *err);

/* The value of the TXT record of SELECTOR._domainkey.DOMAIN:
 * "v=DKIM1; k=rsa; p=...". */
int dkim_dns(struct str *out, const struct dkim *dkim, struct err *err);

#endif
