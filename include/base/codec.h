/* SPDX-License-Identifier: ISC */
/*
 * codec - bytes as text and back: base64, base64url, base32, hex, integers.
 *
 * Pure. Decoders are strict: one spelling per value, no white space, unused
 * bits zero, so that a token has no second form.
 */
#ifndef NASHRA_BASE_CODEC_H
#define NASHRA_BASE_CODEC_H

#include "base/str.h"

#include <stdbool.h>
#include <stdint.h>

/* RFC 4648 4, padded, in lines of 76 that each end in CRLF (RFC 2045 6.8). */
void codec_base64_lines(struct str *out, const void *bytes, size_t n);
/* RFC 4648 4, padded, on one line. */
void codec_base64(struct str *out, const void *bytes, size_t n);
/* RFC 4648 5, unpadded: for tokens in URLs. */
void codec_base64url(struct str *out, const void *bytes, size_t n);
/* RFC 4648 6, unpadded, lower case: for mail addresses, whose case is lost on
 * the way. Decoding takes either case. */
void codec_base32(struct str *out, const void *bytes, size_t n);
void codec_hex(struct str *out, const void *bytes, size_t n); /* lower case */

/* Fill exactly `n` bytes or return false. `text` ends at its NUL. */
bool codec_base64url_decode(void *bytes, size_t n, const char *text);
bool codec_base32_decode(void *bytes, size_t n, const char *text);
bool codec_hex_decode(void *bytes, size_t n, const char *text);

/* A whole decimal number within [min, max]; no sign but '-', no space. */
bool codec_int(int64_t *out, const char *text, int64_t min, int64_t max);

/* True where the n bytes are valid UTF-8 (RFC 3629: no surrogate, nothing
 * over-long, nothing past U+10FFFF). */
bool codec_utf8_ok(const char *text, size_t n);

#endif
