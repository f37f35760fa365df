/* SPDX-License-Identifier: ISC */
/*
 * wire_fault - why a connection to a relay did not come about, in a person's
 * words.
 *
 * libcurl's own texts are for who wrote the program ("response reading failed
 * (errno 104)"). Pure. Speaks libcurl, for its codes.
 */
#ifndef NASHRA_MAIL_WIRE_FAULT_H
#define NASHRA_MAIL_WIRE_FAULT_H

#include "mail/reply.h"

#include <stdbool.h>
#include <stddef.h>

struct wire_fault {
	const char *where;        /* host:port */
	int code;                 /* CURLcode */
	int errnum;               /* errno, 0 where there is none */
	const char *detail;       /* libcurl's text, "" where there is none */
	const struct reply *last; /* that the relay gave; code 0: none */
	int replies;              /* how many it gave */
	bool by_token;            /* how we meant to log in */
};

/* One printable line, the place first. */
void wire_fault_say(char *out, size_t size, const struct wire_fault *fault);
/* What ended a connection that was in use. */
void wire_fault_say_broken(char *out, size_t size, int errnum);

#endif
