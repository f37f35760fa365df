/* SPDX-License-Identifier: ISC */
/*
 * smtp - hand messages to a relay over kept connections (RFC 5321, 2920).
 *
 * Joins mail/wire (libcurl connects, does TLS, EHLO, STARTTLS and AUTH) to
 * mail/talk (our state machine speaks the mail transaction: only who writes the
 * bytes knows which of them are gone). Never blocks: all waiting is the loop's.
 *
 * One connection carries one message at a time:
 *
 *	smtp_open() ... ready() ... smtp_send() ... result() ... ready() ...
 *
 * and ends in exactly one closed(), after which it is gone. While a message
 * is out, result() always comes before closed().
 */
#ifndef NASHRA_MAIL_SMTP_H
#define NASHRA_MAIL_SMTP_H

#include "base/err.h"
#include "base/loop.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum smtp_tls { SMTP_TLS_REQUIRED, SMTP_TLS_OPPORTUNISTIC, SMTP_TLS_NONE };

struct smtp_relay {
	const char *url;      /* smtp://host[:port] or smtps://host[:port] */
	enum smtp_tls tls;    /* STARTTLS: REQUIRED verifies the certificate and
			       * its name, as smtps:// always does;
			       * OPPORTUNISTIC requires it where user is set */
	const char *ca_file;  /* "": the system's */
	const char *user;     /* "": no AUTH */
	const char *password; /* wiped by the caller after smtp_new() */
	bool by_token;        /* by smtp_set_token(), not by password */
	const char *hello;    /* EHLO argument, a host name */
};

enum smtp_outcome {
	SMTP_SENT,     /* the message: 2xx to the final dot */
	SMTP_DEFERRED, /* 4xx for this recipient, or broken before the dot */
	SMTP_FAILED,   /* 5xx to RCPT, DATA or the final dot */
	SMTP_UNKNOWN,  /* all handed over to the kernel, no whole reply came */
	SMTP_RELAY,    /* not delivered, and not for the recipient's sake */
};

enum smtp_phase {
	SMTP_CONNECT, /* name, TCP, greeting, EHLO, TLS, AUTH */
	SMTP_IDLE,
	SMTP_MAIL,
	SMTP_RCPT,
	SMTP_DATA,
	SMTP_BODY,
	SMTP_DOT,
	SMTP_RSET,
	SMTP_QUIT,
};

struct smtp_result {
	enum smtp_outcome outcome;
	enum smtp_phase phase; /* in which it was decided */
	int code;              /* of the reply, 0 where none came */
	char status[12];       /* RFC 3463 "5.1.1", "" where none was given */
	char text[256];        /* the reply's, or what broke; printable UTF-8 */
};
#define SMTP_LATE "the relay did not answer in time" /* such a text */

struct smtp;
struct smtp_conn;

struct smtp_events {
	/* Connected and idle: smtp_send() may be called, here or later. */
	void (*ready)(void *arg, struct smtp_conn *conn);
	void (*result)(void *arg, struct smtp_conn *conn,
	    const struct smtp_result *result);
	/* `why` is never NULL: after smtp_close() its outcome is SMTP_SENT,
	 * else SMTP_RELAY with the phase in which it ended: CONNECT, IDLE, or
	 * that of the message that was out. */
	void (*closed)(
	    void *arg, struct smtp_conn *conn, const struct smtp_result *why);
};

/* One per relay; copies what it is given, `events` excepted. From then on the
 * process ignores SIGPIPE. */
int
smtp_new(struct smtp **out, struct loop *loop, const struct smtp_relay *relay,
    const struct smtp_events *events, struct err *err);
/* How long a phase may last; the defaults are RFC 5321 4.5.3.2's. 0: for
 * ever. SMTP_CONNECT: for connections opened later. Cap: the most for any. */
void smtp_set_patience(struct smtp *smtp, enum smtp_phase phase, int64_t ms);
void smtp_cap_patience(struct smtp *smtp, int64_t ms);
/* The OAuth access token of connections opened later. */
int smtp_set_token(struct smtp *smtp, const char *token, struct err *err);
/* Cuts every connection without a callback; never from within one. */
void smtp_free(struct smtp *smtp);

/* Starts a connection; `arg` goes to its callbacks. */
int smtp_open(
    struct smtp *smtp, void *arg, struct smtp_conn **out, struct err *err);

/* One message to one recipient; the texts are borrowed until result().
 * ERR_INPUT, nothing written: an address (over 254 octets, one below 0x21,
 * 0x7f, < or >, no UTF-8, not ASCII behind the @) or the message (a line over
 * 998 octets, a NUL, a bare CR or LF) could break the dialogue. What this relay
 * does not offer to carry is SMTP_FAILED in SMTP_MAIL, with no code. */
struct smtp_message {
	const char *sender; /* without <>; "" is the null one */
	const char *recipient;
	const char *data; /* headers, empty line, body; CRLF; not dot-stuffed */
	size_t len;
	size_t fits; /* octets at its end of which talk_fits() is true */
};
int smtp_send(struct smtp_conn *conn, const struct smtp_message *message,
    struct err *err);

/* Says QUIT and closes; with a message out, as soon as its result is in. */
void smtp_close(struct smtp_conn *conn);

#endif
