/* SPDX-License-Identifier: ISC */
/*
 * trace - what is said in the sessions with the relays, for who looks for a
 * fault in one: line by line, without the secrets.
 *
 * Off until trace_to(); then it is for all sessions of this process that begin
 * later. Nothing of a login is shown but the mechanism's name, and of a message
 * but its length; addresses and what the relay says are.
 */
#ifndef NASHRA_MAIL_TRACE_H
#define NASHRA_MAIL_TRACE_H

#include <stdbool.h>
#include <stddef.h>

/* A printable line of a session: "> MAIL FROM:<...>" of ours, "< 250 ..." of
 * the relay's, "* ..." about the connection. Sessions are counted from 1. */
typedef void trace_fn(void *arg, unsigned session, const char *line);

/* NULL: off again. */
void trace_to(trace_fn *fn, void *arg);
bool trace_on(void);

/* Of one session; zeroed, it shows nothing. */
struct trace {
	unsigned session;
	bool secret; /* a login is under way */
	size_t body; /* octets of a message that are not told yet */
};

/* `where` is the relay. */
void trace_begin(struct trace *trace, const char *where);
/* Whole lines, each with its end: '>' of ours, '<' the relay's, '*' about the
 * connection. */
void trace_lines(struct trace *trace, char side, const char *bytes, size_t len);
/* So much more of a message went out; the next line, or the end, tells it. */
void trace_body(struct trace *trace, size_t octets);
void trace_end(struct trace *trace, const char *why);

#endif
