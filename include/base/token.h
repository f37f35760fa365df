/* SPDX-License-Identifier: ISC */
/*
 * token - secrets in links: random ones and sealed ones.
 *
 * A random token is 256 bits that only its reader holds; the database keeps
 * the SHA-256. A seal is a short binary name with a MAC, which needs no row:
 * version, key id, purpose, payload, MAC. The key ring is the `secrets` file;
 * its newest key seals, all of them verify, so old links outlive a new key.
 * Speaks OpenSSL, as mail/dkim does.
 */
#ifndef NASHRA_BASE_TOKEN_H
#define NASHRA_BASE_TOKEN_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TOKEN_RANDOM_BYTES 32
#define TOKEN_RANDOM_SIZE  44 /* base64url of them, and NUL */
#define TOKEN_HASH_SIZE    65 /* SHA-256 in hex, and NUL */
#define TOKEN_LINK_SIZE    48 /* a sealed link: base64url of 35 bytes, NUL */
#define TOKEN_VERP_SIZE    49 /* base32 of 30 bytes, and NUL */
#define TOKEN_TIME_SIZE    48

/* What a sealed link is for: a seal made for one never opens as another. */
enum token_purpose { TOKEN_LEAVE = 1, TOKEN_PREFER = 2 };

/* Secrets will be in memory: no core dump and no debugger from now on. Not
 * under AddressSanitizer, whose leak check is a debugger. */
void token_guard(void);

/* Cryptographically random bytes; ends the process where there are none. */
void token_random(void *out, size_t n);
/* A new random token, base64url. */
void token_new(char out[TOKEN_RANDOM_SIZE]);
/* SHA-256 of a text in hex: how a random token is stored and looked up. */
void token_hash(char out[TOKEN_HASH_SIZE], const char *text);
/* SHA-256 of bytes, for fingerprints of content. */
void token_digest(char out[TOKEN_HASH_SIZE], const void *bytes, size_t n);

struct token_ring;

/* Reads the ring: a line "ID HEX" a key (ID 1..255, 64 hex digits), newest
 * last. ERR_CONFIG where others may read the file or a line is not a key. */
int token_ring_load(struct token_ring **out, const char *path, struct err *err);
void token_ring_free(struct token_ring *ring);
/* Writes a ring of one new key, mode 0600; fails where the file exists. */
int token_ring_create(const char *path, struct err *err);

/* Seals a subscription's UUID (16 bytes) for one purpose; 128-bit MAC. */
void token_seal(const struct token_ring *ring, char out[TOKEN_LINK_SIZE],
    enum token_purpose purpose, const unsigned char uuid[16]);
bool token_open(const struct token_ring *ring, unsigned char uuid[16],
    enum token_purpose purpose, const char *text);

/* The same for an envelope sender (VERP): the subscription and the issue (0:
 * none), 64-bit MAC, lower-case base32 since mail systems fold case. */
void token_seal_verp(const struct token_ring *ring, char out[TOKEN_VERP_SIZE],
    const unsigned char uuid[16], uint32_t issue);
bool token_open_verp(const struct token_ring *ring, unsigned char uuid[16],
    uint32_t *issue, const char *text);

/* Seals a moment, for a form that says when it was shown. */
void token_seal_time(
    const struct token_ring *ring, char out[TOKEN_TIME_SIZE], int64_t when);
bool
token_open_time(const struct token_ring *ring, int64_t *when, const char *text);

#endif
