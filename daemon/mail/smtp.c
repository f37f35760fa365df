/* SPDX-License-Identifier: ISC */
#include "mail/smtp.h"

#include "mail/reply.h"
#include "mail/talk.h"
#include "mail/trace.h"
#include "mail/wire.h"

#include <stdlib.h>
#include <string.h>

#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)

/* How long a phase may last (RFC 5321 4.5.3.2), in milliseconds; a body, per
 * buffer of it. Connecting is everything up to AUTH, and libcurl spends half
 * of what is left of it on each address but the last. */
static const int64_t PATIENCE[] = {
    [SMTP_CONNECT] = 60 * SECOND,
    [SMTP_IDLE] = 0, /* as long as both sides like */
    [SMTP_MAIL] = 5 * MINUTE,
    [SMTP_RCPT] = 5 * MINUTE,
    [SMTP_DATA] = 2 * MINUTE,
    [SMTP_BODY] = 3 * MINUTE,
    [SMTP_DOT] = 10 * MINUTE,
    [SMTP_RSET] = 5 * MINUTE,
    [SMTP_QUIT] = 5 * SECOND,
};

struct smtp {
	struct loop *loop;
	const struct smtp_events *events;
	struct wires *wires;
	struct smtp_conn *conns;
	int64_t patience[sizeof(PATIENCE) / sizeof(*PATIENCE)];
};

struct smtp_conn {
	struct smtp *smtp;
	struct smtp_conn *prev, *next;
	void *arg;
	struct wire *wire;
	struct loop_timer timer;
	bool up;            /* the wire is */
	bool ready;         /* ready() is due */
	bool closing;       /* smtp_close() was called */
	bool dead;          /* closed() is being called */
	bool blocked;       /* the kernel takes no more for now */
	const char *broken; /* why a write failed; the timer will tell */
	bool refused;       /* the message that is out; the timer will tell */
	struct smtp_result refusal;
	struct trace trace;
	struct talk talk;
	size_t in_len;
	char in[REPLY_MAX];
};

static void
start_timer(struct smtp_conn *conn)
{
	enum smtp_phase phase = conn->talk.phase;
	int64_t ms;

	/* A relay that speaks unasked is about to go: it may finish. */
	if (phase == SMTP_IDLE && conn->in_len > 0)
		phase = SMTP_QUIT;
	ms = conn->smtp->patience[phase];
	if (conn->broken != NULL || conn->refused ||
	    (conn->closing && !conn->up)) {
		loop_timer_start(conn->smtp->loop, &conn->timer, 0);
	} else if (ms > 0) {
		loop_timer_start(conn->smtp->loop, &conn->timer, ms);
	} else {
		loop_timer_stop(conn->smtp->loop, &conn->timer);
	}
}

/* Takes a connection out of everything that could call for it. */
static void
cut(struct smtp_conn *conn)
{
	struct smtp *smtp = conn->smtp;

	conn->dead = true;
	loop_timer_stop(smtp->loop, &conn->timer);
	wire_close(conn->wire);
	if (conn->prev != NULL) {
		conn->prev->next = conn->next;
	} else {
		smtp->conns = conn->next;
	}
	if (conn->next != NULL)
		conn->next->prev = conn->prev;
}

static void
finish(struct smtp_conn *conn, const struct smtp_result *why)
{
	struct smtp_result result = *why;

	if (conn->refused)
		conn->smtp->events->result(conn->arg, conn, &conn->refusal);
	result.outcome = conn->closing ? SMTP_SENT : SMTP_RELAY;
	trace_end(&conn->trace, result.text);
	cut(conn);
	conn->smtp->events->closed(conn->arg, conn, &result);
	free(conn);
}

/* False: the connection is gone. */
static bool
tell(struct smtp_conn *conn, unsigned news, const struct smtp_result *result)
{
	conn->ready = conn->ready || (news & TALK_READY) != 0;
	if (news & TALK_RESULT)
		conn->smtp->events->result(conn->arg, conn, result);
	if (news & TALK_OVER)
		finish(conn, result);
	return (news & TALK_OVER) == 0;
}

static bool
broke(struct smtp_conn *conn, enum talk_break how, const char *why)
{
	struct smtp_result result;
	unsigned news = talk_broke(&conn->talk, how, why, &result);

	return tell(conn, news, &result);
}

/* Writes what there is to write and the kernel takes. Calls nobody, so that
 * smtp_send() can use it: trouble is left to the timer, which first reads
 * what the relay may have said before it hung up. */
static void
flush(struct smtp_conn *conn)
{
	struct err err = ERR_INIT;
	const char *bytes;
	size_t len;
	long n = 1;

	while (conn->broken == NULL) {
		bytes = talk_pending(&conn->talk, &len);
		if (len == 0)
			break;
		n = wire_write(conn->wire, bytes, len, &conn->broken);
		if (n <= 0)
			break;
		if (conn->talk.phase == SMTP_BODY) {
			trace_body(&conn->trace, (size_t)n);
		} else {
			trace_lines(&conn->trace, '>', bytes, (size_t)n);
		}
		talk_wrote(&conn->talk, (size_t)n);
		if ((size_t)n == len)
			start_timer(conn);
	}
	if (conn->broken == NULL && conn->blocked != (n == 0)) {
		conn->blocked = n == 0;
		if (wire_want(conn->wire, conn->blocked, &err) != 0)
			conn->broken = "the connection cannot be watched";
	}
	if (conn->broken != NULL)
		start_timer(conn);
}

/* Takes the whole replies out of what was read; false: it is gone. */
static bool
take_replies(struct smtp_conn *conn)
{
	struct reply reply;
	struct smtp_result result;
	size_t at = 0;
	long n = 1;

	while (at < conn->in_len) {
		n = reply_parse(&reply, conn->in + at, conn->in_len - at);
		if (n <= 0)
			break;
		trace_lines(&conn->trace, '<', conn->in + at, (size_t)n);
		at += (size_t)n;
		if (!tell(conn, talk_reply(&conn->talk, &reply, &result),
			&result))
			return false;
	}
	if (n < 0) {
		return broke(conn, TALK_GARBAGE,
		    "what the relay said is not a reply in SMTP");
	}
	conn->in_len -= at;
	if (at > 0 && conn->in_len > 0)
		memmove(conn->in, conn->in + at, conn->in_len);
	if (at > 0 || !conn->timer.armed)
		start_timer(conn);
	return true;
}

/* Reads all there is; false: the connection is gone. */
static bool
drain(struct smtp_conn *conn)
{
	for (;;) {
		size_t room = sizeof(conn->in) - conn->in_len;
		const char *why;
		long n =
		    wire_read(conn->wire, conn->in + conn->in_len, room, &why);

		if (n == 0)
			return true;
		if (n < 0)
			return broke(conn, TALK_LOST, why);
		conn->in_len += (size_t)n;
		if (!take_replies(conn))
			return false;
		if ((size_t)n < room && !wire_holds(conn->wire))
			return true;
	}
}

/* Comes last wherever the loop called: the relay has no more to say now. */
static void
go_on(struct smtp_conn *conn)
{
	/* With half a reply left over, the next could not be told from it. */
	if (conn->ready && conn->in_len == 0) {
		conn->ready = false;
		if (conn->closing) {
			talk_quit(&conn->talk);
		} else {
			conn->smtp->events->ready(conn->arg, conn);
		}
	}
	flush(conn);
}

static void
on_event(void *arg, unsigned events)
{
	struct smtp_conn *conn = arg;

	if ((events & LOOP_IN) == 0 || drain(conn))
		go_on(conn);
}

static void
on_up(void *arg, const struct reply_offer *offer)
{
	struct smtp_conn *conn = arg;

	conn->up = true;
	conn->ready = true;
	talk_begin(&conn->talk, offer);
	start_timer(conn);
	if (drain(conn))
		go_on(conn);
}

static void
on_down(void *arg, const struct smtp_result *why)
{
	finish(arg, why);
}

static void
on_said(void *arg, char side, const char *bytes, size_t len)
{
	struct smtp_conn *conn = arg;

	trace_lines(&conn->trace, side, bytes, len);
}

static void
on_timer(void *arg)
{
	struct smtp_conn *conn = arg;

	if (conn->refused) {
		conn->refused = false;
		tell(conn, TALK_RESULT | TALK_READY, &conn->refusal);
		start_timer(conn);
		go_on(conn);
	} else if (conn->closing && !conn->up) {
		broke(conn, TALK_LOST, "closed before it was connected");
	} else if (conn->broken == NULL) {
		broke(conn, TALK_LOST,
		    conn->up ? SMTP_LATE : wire_late(conn->wire));
	} else if (drain(conn)) {
		broke(conn, TALK_LOST, conn->broken);
	}
}

int
smtp_new(struct smtp **out, struct loop *loop, const struct smtp_relay *relay,
    const struct smtp_events *events, struct err *err)
{
	static const struct wire_events wire_events = {
	    .up = on_up, .down = on_down, .event = on_event, .said = on_said};
	struct smtp *smtp = calloc(1, sizeof(*smtp));

	if (smtp == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	smtp->loop = loop;
	smtp->events = events;
	memcpy(smtp->patience, PATIENCE, sizeof(PATIENCE));
	if (wires_new(&smtp->wires, loop, relay, &wire_events, err) != 0) {
		free(smtp);
		return -1;
	}
	*out = smtp;
	return 0;
}

int
smtp_set_token(struct smtp *smtp, const char *token, struct err *err)
{
	return wires_token(smtp->wires, token, err);
}

void
smtp_set_patience(struct smtp *smtp, enum smtp_phase phase, int64_t ms)
{
	smtp->patience[phase] = ms;
}

void
smtp_cap_patience(struct smtp *smtp, int64_t ms)
{
	for (size_t i = 0; i < sizeof(PATIENCE) / sizeof(*PATIENCE); i++) {
		if (smtp->patience[i] > ms)
			smtp->patience[i] = ms;
	}
}

void
smtp_free(struct smtp *smtp)
{
	struct smtp_conn *conn;
	struct smtp_conn *next;

	if (smtp == NULL)
		return;
	for (conn = smtp->conns; conn != NULL; conn = next) {
		next = conn->next;
		cut(conn);
		free(conn);
	}
	wires_free(smtp->wires);
	free(smtp);
}

int
smtp_open(struct smtp *smtp, void *arg, struct smtp_conn **out, struct err *err)
{
	struct smtp_conn *conn = calloc(1, sizeof(*conn));

	if (conn == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	conn->smtp = smtp;
	conn->arg = arg;
	conn->timer.fn = on_timer;
	conn->timer.arg = conn;
	if (wire_open(&conn->wire, smtp->wires, smtp->patience[SMTP_CONNECT],
		conn, err) != 0) {
		free(conn);
		return -1;
	}
	conn->next = smtp->conns;
	if (conn->next != NULL)
		conn->next->prev = conn;
	smtp->conns = conn;
	trace_begin(&conn->trace, wires_where(smtp->wires));
	start_timer(conn);
	*out = conn;
	return 0;
}

int
smtp_send(
    struct smtp_conn *conn, const struct smtp_message *message, struct err *err)
{
	int rc;

	if (conn->ready || conn->refused || conn->closing || conn->dead) {
		return err_set(err, ERR_USAGE,
		    "the connection to the relay takes no message now");
	}
	rc = talk_send(&conn->talk, message, &conn->refusal, err);
	if (rc < 0)
		return -1;
	conn->refused = rc == 1;
	start_timer(conn);
	flush(conn);
	return 0;
}

void
smtp_close(struct smtp_conn *conn)
{
	if (conn->closing || conn->dead)
		return;
	conn->closing = true;
	if (!conn->up) {
		start_timer(conn);
	} else if (conn->talk.phase == SMTP_IDLE && !conn->ready &&
		   !conn->refused) {
		talk_quit(&conn->talk);
		start_timer(conn);
		flush(conn);
	}
}
