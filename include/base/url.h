/* SPDX-License-Identifier: ISC */
/*
 * url - the few forms of URL that settings may have: scheme, host, port.
 *
 * Pure. Stricter than RFC 3986: no user, no escaped host, ASCII only.
 */
#ifndef NASHRA_BASE_URL_H
#define NASHRA_BASE_URL_H

#include <stdbool.h>

#define URL_HOST_MAX 253 /* RFC 1035 2.3.4, less the root's dot */

struct url {
	int scheme;                  /* index among the schemes asked for */
	char host[URL_HOST_MAX + 1]; /* with brackets where it has them */
	int port;                    /* 0 where none is given */
	const char *rest; /* "" or "/...", a part of what was split */
};

/* `schemes` such as "https://", ended by NULL. */
bool url_split(struct url *out, const char *text, const char *const *schemes);

/* 127.0.0.0/8, [::1] and localhost. */
bool url_is_loopback(const struct url *url);

#endif
