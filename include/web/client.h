/* SPDX-License-Identifier: ISC */
/*
 * client - whose request it is: the peer, or whom a trusted proxy names.
 *
 * Pure. X-Forwarded-For is believed only from a peer in the settings'
 * web.trusted_proxies, or from a Unix socket, which only the proxy can open.
 */
#ifndef NASHRA_WEB_CLIENT_H
#define NASHRA_WEB_CLIENT_H

#include "base/conf.h"

#include <stdbool.h>

#define CLIENT_SIZE 46 /* the longest IPv6 address in text, and NUL */
#define CLIENT_KEY  9  /* the family, and 32 bits of IPv4 or 64 of IPv6 */

struct client {
	char text[CLIENT_SIZE]; /* "" where nobody is known */
	/* What is counted together: one IPv4 address, one IPv6 /64 (what a
	 * household gets). */
	unsigned char key[CLIENT_KEY];
};

/* An address in text; IPv4 in IPv6 (::ffff:192.0.2.1) becomes IPv4. */
bool client_parse(struct client *out, const char *text);

/* True for "192.0.2.1", "2001:db8::/32"...: what may stand in the settings. */
bool client_range_ok(const char *range);
bool client_trusted(const char *text, const struct conf_items *ranges);

/* `peer` is "" for a Unix socket. `forwarded` is all of X-Forwarded-For, its
 * lines joined by commas, or "". Of it, the last entry that is not itself a
 * trusted proxy counts; everything left of that is what a stranger wrote. */
void client_find(struct client *out, const char *peer, const char *forwarded,
    const struct conf_items *trusted);

#endif
