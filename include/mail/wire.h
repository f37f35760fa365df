/* SPDX-License-Identifier: ISC */
/*
 * wire - a connection to a relay, from the name up to AUTH.
 *
 * libcurl resolves, connects, does TLS, EHLO, STARTTLS and AUTH
 * (CURLOPT_CONNECT_ONLY), as mail/dial says; then it is a stream of bytes, read
 * and written without waiting. What is said over it is mail/smtp's and
 * mail/talk's. Speaks libcurl, as feed/fetch does.
 */
#ifndef NASHRA_MAIL_WIRE_H
#define NASHRA_MAIL_WIRE_H

#include "base/err.h"
#include "base/loop.h"
#include "mail/reply.h"
#include "mail/smtp.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct wire;
struct wires; /* all to one relay */

/*
 * All come from loop_turn(), never from within a call; `arg` is that of
 * wire_open(). One of up() and down() comes once; down() leaves the closing to
 * its receiver. up() reads before it returns: until something was read or
 * written libcurl takes a connection for idle, and closes it behind our back
 * where the relay has hung up and another one is being opened.
 */
struct wire_events {
	void (*up)(void *arg, const struct reply_offer *offer);
	void (*down)(void *arg, const struct smtp_result *why);
	void (*event)(void *arg, unsigned events); /* enum loop_events */
	/* Where trace_on(): a line up to up(), as trace_lines() has them. */
	void (*said)(void *arg, char side, const char *bytes, size_t len);
};

int
wires_new(struct wires **out, struct loop *loop, const struct smtp_relay *relay,
    const struct wire_events *events, struct err *err);
/* After every wire was closed. */
void wires_free(struct wires *wires);
/* For wires opened from now on, where the relay is logged in to by token. */
int wires_token(struct wires *wires, const char *token, struct err *err);
const char *wires_where(const struct wires *wires); /* host:port */

/* `patience_ms` is for all of it, up to AUTH. */
int wire_open(struct wire **out, struct wires *wires, int64_t patience_ms,
    void *arg, struct err *err);
/* Why one is given up that is not up in time; lives as long as the wire. */
const char *wire_late(struct wire *wire);
/* Cuts it, says nothing. */
void wire_close(struct wire *wire);

/* Once up: how many octets went, 0 where none can for now, -1 where the wire
 * is broken, and `why`. */
long
wire_write(struct wire *wire, const char *bytes, size_t len, const char **why);
long wire_read(struct wire *wire, char *bytes, size_t room, const char **why);
/* It may hold octets that cause no event: read on until there are none. */
bool wire_holds(const struct wire *wire);
/* Whether event() shall come when octets can be written, too. */
int wire_want(struct wire *wire, bool write, struct err *err);

#endif
