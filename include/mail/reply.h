/* SPDX-License-Identifier: ISC */
/*
 * reply - what an SMTP server says, read from its bytes (RFC 5321 4.2).
 *
 * Pure: no connection, no state. The caller keeps the bytes and asks again
 * when there are more of them. Liberal in what a line may hold and how it
 * ends, strict about the three digits, because all else is guessed from them.
 */
#ifndef NASHRA_MAIL_REPLY_H
#define NASHRA_MAIL_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 5321 4.5.3.1.5 allows 512 octets a line; relays were seen to pass it. */
#define REPLY_LINE_MAX    2048
#define REPLY_MAX         65536
#define REPLY_TEXT_SIZE   256
#define REPLY_STATUS_SIZE 12

struct reply {
	int code; /* 200..599 */
	/* RFC 3463, of the first line that has one that suits the code */
	char status[REPLY_STATUS_SIZE];
	/* Printable UTF-8: the lines without code and status, joined by
	 * spaces, other bytes as '?', cut between characters. */
	char text[REPLY_TEXT_SIZE];
};

/* The first reply in `bytes`. Returns how many octets it takes, 0 where its
 * last line is not all there, -1 where this is no reply: garbage, lines of
 * different codes, or past the limits. `out` is filled where it is there. */
long reply_parse(struct reply *out, const char *bytes, size_t len);

/* Any bytes as one printable line of at most size - 1 octets. */
void reply_clean(char *out, size_t size, const char *bytes, size_t len);

/* What a relay offers in its reply to EHLO (RFC 5321 4.1.1.1). */
struct reply_offer {
	bool pipelining;  /* RFC 2920 */
	bool eightbit;    /* RFC 6152 */
	bool utf8;        /* RFC 6531 */
	bool size;        /* RFC 1870 */
	int64_t size_max; /* octets of a message; 0: no limit was told */
};

/* Of a whole reply, `len` as reply_parse() told; a HELO reply offers
 * nothing. */
void reply_offer(struct reply_offer *out, const char *bytes, size_t len);

#endif
