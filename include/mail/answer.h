/* SPDX-License-Identifier: ISC */
/*
 * answer - what an SMTP server says, read from its bytes (RFC 5321 4.2).
 *
 * Pure: no connection, no state. The caller keeps the bytes and asks again
 * when there are more of them. Liberal in what a line may hold and how it
 * ends, strict about the three digits, because all else is guessed from them.
 */
#ifndef NASHRA_MAIL_ANSWER_H
#define NASHRA_MAIL_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* RFC 5321 4.5.3.1.5 allows 512 octets a line; relays were seen to pass it. */
#define ANSWER_LINE_MAX    2048
#define ANSWER_MAX         65536
#define ANSWER_TEXT_SIZE   256
#define ANSWER_STATUS_SIZE 12

struct answer {
	int code; /* 200..599 */
	/* RFC 3463, of the first line that has one that suits the code */
	char status[ANSWER_STATUS_SIZE];
	/* Printable UTF-8: the lines without code and status, joined by
	 * spaces, other bytes as '?', cut between characters. */
	char text[ANSWER_TEXT_SIZE];
};

/* The first reply in `bytes`. Returns how many octets it takes, 0 where its
 * last line is not all there, -1 where this is no reply: garbage, lines of
 * different codes, or past the limits. `out` is filled where it is there. */
long answer_parse(struct answer *out, const char *bytes, size_t len);

/* Any bytes as one printable line of at most size - 1 octets. */
void answer_clean(char *out, size_t size, const char *bytes, size_t len);

/* What a relay offers in its reply to EHLO (RFC 5321 4.1.1.1). */
struct answer_offer {
	bool pipelining; /* RFC 2920 */
	bool eightbit;   /* RFC 6152 */
	bool size;       /* RFC 1870 */
};

/* Of a whole reply, `len` as answer_parse() told; a HELO reply offers
 * nothing. */
void answer_offer(struct answer_offer *out, const char *bytes, size_t len);

#endif
