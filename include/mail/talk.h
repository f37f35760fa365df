/* SPDX-License-Identifier: ISC */
/*
 * talk - the mail transaction as a state machine: bytes out, replies in
 * (RFC 5321, 2920).
 *
 * Pure: it holds no connection and asks no clock, so every fault can be
 * played to it. mail/smtp moves its bytes and brings it what the relay says;
 * the state of a connection after EHLO is here alone. With PIPELINING, MAIL,
 * RCPT and DATA leave in one write, the body only after 354.
 */
#ifndef NASHRA_MAIL_TALK_H
#define NASHRA_MAIL_TALK_H

#include "base/err.h"
#include "mail/reply.h"
#include "mail/smtp.h"
#include "mail/talk_check.h"

#include <stdbool.h>
#include <stddef.h>

#define TALK_BUFFER 32768

struct talk {
	enum smtp_phase phase; /* whose reply is awaited; zeroed: CONNECT */
	struct reply_offer offer;

	struct smtp_message message; /* its texts are borrowed */
	struct talk_facts facts;     /* about it */
	size_t at;                   /* of its data, copied so far */
	bool ended;        /* the final dot is in the buffer, or gone */
	bool decided;      /* its result was told; what follows tidies up */
	bool no_recipient; /* RCPT was refused */

	char out[TALK_BUFFER]; /* dot-stuffed */
	size_t out_at;
	size_t out_len;
};

/* What a reply, or the end of the connection, came to: any of these. */
enum talk_news {
	TALK_RESULT = 1, /* the message is decided, `result` says how */
	TALK_READY = 2,  /* idle again */
	TALK_OVER = 4,   /* the connection cannot be used: `result` says why */
};

/* What breaks a connection, apart from a reply. */
enum talk_break { TALK_LOST, TALK_GARBAGE };

/* Connected: from SMTP_CONNECT to SMTP_IDLE. */
void talk_begin(struct talk *talk, const struct reply_offer *offer);
/* From SMTP_IDLE. 1: it cannot go through this relay, and `refused` is its
 * result. ERR_INPUT as smtp_send() says, ERR_USAGE where a message is still
 * out. Nothing is changed then. */
int talk_send(struct talk *talk, const struct smtp_message *message,
    struct smtp_result *refused, struct err *err);
/* From SMTP_IDLE. */
void talk_quit(struct talk *talk);

/* What is to be written now, the same bytes until talk_wrote(). */
const char *talk_pending(const struct talk *talk, size_t *len);
/* The first `n` of them are the kernel's. */
void talk_wrote(struct talk *talk, size_t n);

/* Each returns enum talk_news, or'ed; 0: go on. */
unsigned talk_reply(
    struct talk *talk, const struct reply *reply, struct smtp_result *result);
unsigned talk_broke(struct talk *talk, enum talk_break how, const char *why,
    struct smtp_result *result);

#endif
