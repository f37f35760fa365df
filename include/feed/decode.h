/* SPDX-License-Identifier: ISC */
/*
 * decode - a feed's bytes as UTF-8 text that an XML parser can take.
 *
 * Pure. Finds the encoding (byte order mark, HTTP, XML declaration), drops
 * what XML forbids, and leaves no entity reference but XML's own five: HTML's
 * become characters, all others become plain text, so that nothing a document
 * declares is ever expanded. Speaks libxml2's table of HTML entities.
 */
#ifndef NASHRA_FEED_DECODE_H
#define NASHRA_FEED_DECODE_H

#include "base/err.h"
#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

#define DECODE_MAX ((size_t)32 * 1024 * 1024)

/* `repaired` is set where something had to be replaced or dropped. */
int decode_xml(struct str *out, bool *repaired, const char *bytes, size_t len,
    const char *content_type, struct err *err);

#endif
