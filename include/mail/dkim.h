/* SPDX-License-Identifier: ISC */
/*
 * dkim - sign a finished message (RFC 6376), and make keys.
 *
 * rsa-sha256, relaxed/relaxed, no l=. Owns nothing but the key it was given.
 * Speaks OpenSSL, as base/token does.
 */
#ifndef NASHRA_MAIL_DKIM_H
#define NASHRA_MAIL_DKIM_H

#include "base/err.h"
#include "base/str.h"

#include <stdint.h>

struct dkim;

/* `pem`: a private key, PKCS#8 or PKCS#1, RSA of 1024 bits or more (RFC 8301
 * 3.2). `domain` is d=, `selector` is s=. */
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

/* A new RSA key of `bits` as PKCS#8 PEM. The caller wipes what it no longer
 * needs. */
int dkim_key_new(struct str *pem, unsigned bits, struct err *err);
/* The value of the TXT record of SELECTOR._domainkey.DOMAIN:
 * "v=DKIM1; k=rsa; p=...". */
int dkim_dns(struct str *out, const struct dkim *dkim, struct err *err);

#endif
