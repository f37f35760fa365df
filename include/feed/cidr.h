/* SPDX-License-Identifier: ISC */
/*
 * cidr - which addresses are on the public internet, and ranges of them.
 *
 * Pure. An IPv4 address is kept as its mapped IPv6 form (::ffff:a.b.c.d), so
 * that there is one kind of address only.
 */
#ifndef NASHRA_FEED_CIDR_H
#define NASHRA_FEED_CIDR_H

#include <stdbool.h>

struct sockaddr;

#define CIDR_BYTES     16
#define CIDR_TEXT_SIZE 46

struct cidr {
	unsigned char address[CIDR_BYTES];
	int bits; /* of the prefix, of 128 */
};

/* "127.0.0.1", "10.0.0.0/8", "::1", "fc00::/7". Bits past the prefix must be
 * zero: "10.0.0.1/8" is a slip. */
bool cidr_parse(struct cidr *out, const char *text);
bool
cidr_holds(const struct cidr *range, const unsigned char address[CIDR_BYTES]);

/* False where it is no address of the internet (a Unix socket). */
bool
cidr_address(unsigned char out[CIDR_BYTES], const struct sockaddr *address);
/* As people write it: an IPv4 address in its own form. */
void
cidr_text(char out[CIDR_TEXT_SIZE], const unsigned char address[CIDR_BYTES]);

/* Loopback, private, link-local, shared (RFC 6598), multicast, reserved, and
 * the forms of IPv6 that carry such an IPv4 address: all that IANA's
 * special-purpose registries do not call globally reachable. */
bool cidr_special(const unsigned char address[CIDR_BYTES]);

#endif
