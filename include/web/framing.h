/* SPDX-License-Identifier: ISC */
/*
 * framing - whether a request's header says one thing to everybody.
 *
 * Pure. A proxy in front of us and the HTTP library behind it must agree on
 * where a request ends; what they could read in two ways is refused, though
 * libmicrohttpd 0.9.75 would take it: two Hosts or lengths, any
 * Transfer-Encoding, folded lines, names that are none.
 */
#ifndef NASHRA_WEB_FRAMING_H
#define NASHRA_WEB_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Zeroed before the first header. */
struct framing {
	unsigned hosts;
	unsigned lengths;
	int64_t length; /* what Content-Length says, 0 without one */
	bool bad;
};

/* One header as the library keeps it: `value` in the bytes that came, behind
 * the name and its colon. */
void framing_add(struct framing *framing, const char *name, size_t name_len,
    const char *value, size_t value_len);
/* After the last header. */
bool framing_ok(const struct framing *framing);

#endif
