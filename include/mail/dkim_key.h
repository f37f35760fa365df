/* SPDX-License-Identifier: ISC */
/*
 * dkim_key - the private key of a signer: RSA (RFC 6376, 8301) or Ed25519
 * (RFC 8463).
 *
 * Reads and makes keys, signs a hash, and says what DNS is to say of the key.
 * Knows nothing of messages. Speaks OpenSSL, as mail/dkim does.
 */
#ifndef NASHRA_MAIL_DKIM_KEY_H
#define NASHRA_MAIL_DKIM_KEY_H

#include "base/err.h"
#include "base/str.h"

#include <stddef.h>

#define DKIM_KEY_BITS_MAX 4096 /* what verifiers must check: RFC 8301 3.2 */
#define DKIM_KEY_HASH     32   /* bytes of SHA-256 */
#define DKIM_KEY_RAW      (DKIM_KEY_BITS_MAX / 8) /* bytes of a signature */

struct dkim_key;

/* `pem`: PKCS#8, or PKCS#1 of RSA, without a password; RSA of 1024 bits or
 * more. ERR_CONFIG says what is wrong with it. */
int dkim_key_read(
    struct dkim_key **out, const char *pem, size_t len, struct err *err);
void dkim_key_free(struct dkim_key *key);

/* a=: "rsa-sha256" or "ed25519-sha256". */
const char *dkim_key_algorithm(const struct dkim_key *key);
/* Fills raw and its length with the signature of a hash. */
int dkim_key_sign(struct dkim_key *key, unsigned char raw[DKIM_KEY_RAW],
    size_t *len, const unsigned char hash[DKIM_KEY_HASH], struct err *err);
/* "v=DKIM1; k=rsa; p=..." */
int dkim_key_dns(struct str *out, const struct dkim_key *key, struct err *err);

/* A new RSA key of `bits` as PKCS#8 PEM. The caller wipes what it no longer
 * needs. */
int dkim_key_new(struct str *pem, unsigned bits, struct err *err);

#endif
