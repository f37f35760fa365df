/* SPDX-License-Identifier: ISC */
/*
 * decode_charset - a document's bytes as UTF-8, whatever they were.
 *
 * Pure. By the byte order mark, HTTP or the XML declaration; where these
 * disagree, by what the bytes are. Speaks iconv.
 */
#ifndef NASHRA_FEED_DECODE_CHARSET_H
#define NASHRA_FEED_DECODE_CHARSET_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* What is none becomes U+FFFD, and `repaired` is set. */
int decode_charset(struct str *out, bool *repaired, const char *bytes,
    size_t len, const char *content_type, struct err *err);

#endif
