/* SPDX-License-Identifier: ISC */
/*
 * framing - whether a request's header says one thing to everybody.
 *
 * Pure. A proxy in front of us and the HTTP library behind it must agree on
 * where a request ends; what they could read in two ways is refused, though
 * libmicrohttpd 0.9.75 takes it: two Hosts or lengths, any Transfer-Encoding,
 * folded lines, a NUL, a bare LF, a line ": x" (for it the end of the header).
 *
 * The library parses in place. Each line must follow the one before in the
 * bytes that came, so that nothing of them was left out, joined or moved.
 */
#ifndef NASHRA_WEB_FRAMING_H
#define NASHRA_WEB_FRAMING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct framing {
	const char *at;  /* where the next line begins */
	const char *end; /* of the header, past its blank line */
	unsigned hosts;
	unsigned lengths;
	int64_t length; /* what Content-Length says, 0 without one */
	bool bad;
};

/* `version` ends the request line; the header with its request line is `size`
 * bytes from `start`. */
void framing_begin(
    struct framing *out, const char *start, size_t size, const char *version);
/* One header as the library keeps it, in the order in which they came. */
void framing_add(struct framing *framing, const char *name, size_t name_len,
    const char *value, size_t value_len);
/* After the last header. */
bool framing_ok(const struct framing *framing);

#endif
