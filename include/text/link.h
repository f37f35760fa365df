/* SPDX-License-Identifier: ISC */
/*
 * link - the URLs of strangers, made fit to be followed from a mail.
 *
 * Rebuilt, not copied: a scheme of ours, a host of plain letters (UTS 46),
 * everything behind it in the characters that RFC 3986 allows. Pure; speaks
 * ICU for host names.
 */
#ifndef NASHRA_TEXT_LINK_H
#define NASHRA_TEXT_LINK_H

#include "base/str.h"

#include <stdbool.h>

#define LINK_MAX 2048 /* bytes of a URL as strangers write it */

enum link_use {
	LINK_PAGE,  /* http, https, or mailto: to one address, nothing else */
	LINK_IMAGE, /* http or https, of their usual ports */
	LINK_SOURCE /* http or https of any host: the site's own, to itself */
};

/* White space around it and line ends in it go, as in a browser; "//host/"
 * is taken for https. False, with nothing added, for any other scheme, a
 * relative one, a user name or password in it, a host that is none.
 *
 * Nor, but for LINK_SOURCE, does a link lead into a reader's own network, or a
 * picture ask there as the mail is opened: a host is a name of the public DNS,
 * never an address in any spelling, nor one such as localhost, printer or
 * nas.local. What a name stands for is not asked. */
bool link_clean(struct str *out, const char *url, enum link_use use);

/* The same for a URL that may be relative to another (RFC 3986 5.2); `base`
 * may be "". An empty one, which would be the page itself, is none. */
bool link_resolve(
    struct str *out, const char *base, const char *url, enum link_use use);

#endif
