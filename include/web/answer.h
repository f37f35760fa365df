/* SPDX-License-Identifier: ISC */
/*
 * answer - what goes back: a status, a body, and the headers they want.
 *
 * Filled by web/site, sent by web/door.
 */
#ifndef NASHRA_WEB_ANSWER_H
#define NASHRA_WEB_ANSWER_H

#include "base/str.h"
#include "web/route.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ANSWER_MAX        ((size_t)1024 * 1024) /* bytes of a body */
#define ANSWER_NONCE_SIZE 24 /* base64url of 16 bytes, and NUL */
#define ANSWER_TAG_SIZE   35 /* 32 digits in quotes, and NUL */

struct answer {
	unsigned status;
	struct str body;
	struct str location;           /* of a redirect, "" elsewhere */
	const char *type;              /* of the body, NULL where it is empty */
	const char *language;          /* of a page, NULL elsewhere */
	int64_t retry_after;           /* seconds; 0 says nothing */
	char nonce[ANSWER_NONCE_SIZE]; /* of the page's style, or "" */
	char allow[ROUTE_ALLOW_SIZE];  /* of a 405, or "" */
	/* Of a page that may be kept, and asked after: an ETag without its
	 * W/, or "". */
	char tag[ANSWER_TAG_SIZE];
	bool pictures; /* the page may show them, from anywhere by https */
	bool close;    /* the connection ends with it */
};

void answer_init(struct answer *answer);
void answer_release(struct answer *answer);
void answer_reset(struct answer *answer); /* as new, same memory */
/* Draws the nonce of a page that is about to be rendered. */
void answer_nonce(struct answer *answer);
/* Names the body by its bytes, less the nonce, which is another each time. */
void answer_tag(struct answer *answer);

#endif
