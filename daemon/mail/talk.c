/* SPDX-License-Identifier: ISC */
#include "mail/talk.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

enum event {
	GOOD, /* go on */
	TEMP, /* 4xx */
	PERM, /* 5xx */
	GONE, /* 421: the relay is about to close (RFC 5321 3.8) */
	ODD,  /* no reply, or none that fits */
	LOST, /* closed, or too slow */
	EVENTS
};

/*
 * What an event means for the message that is out. Trouble at MAIL concerns
 * us, not the recipient. After the final dot only a whole reply that fits
 * tells what became of the message.
 */
/* clang-format off */
static const enum smtp_outcome OUTCOME[][EVENTS] = {
	/*               GOOD       TEMP           PERM         GONE        ODD           LOST */
	[SMTP_CONNECT] = {SMTP_SENT, SMTP_RELAY,    SMTP_RELAY,  SMTP_RELAY, SMTP_RELAY,   SMTP_RELAY},
	[SMTP_IDLE]    = {SMTP_SENT, SMTP_RELAY,    SMTP_RELAY,  SMTP_RELAY, SMTP_RELAY,   SMTP_RELAY},
	[SMTP_MAIL]    = {SMTP_SENT, SMTP_RELAY,    SMTP_RELAY,  SMTP_RELAY, SMTP_RELAY,   SMTP_DEFERRED},
	[SMTP_RCPT]    = {SMTP_SENT, SMTP_DEFERRED, SMTP_FAILED, SMTP_RELAY, SMTP_RELAY,   SMTP_DEFERRED},
	[SMTP_DATA]    = {SMTP_SENT, SMTP_DEFERRED, SMTP_FAILED, SMTP_RELAY, SMTP_RELAY,   SMTP_DEFERRED},
	[SMTP_BODY]    = {SMTP_SENT, SMTP_DEFERRED, SMTP_FAILED, SMTP_RELAY, SMTP_RELAY,   SMTP_DEFERRED},
	[SMTP_DOT]     = {SMTP_SENT, SMTP_DEFERRED, SMTP_FAILED, SMTP_RELAY, SMTP_UNKNOWN, SMTP_UNKNOWN},
	[SMTP_RSET]    = {SMTP_SENT, SMTP_RELAY,    SMTP_RELAY,  SMTP_RELAY, SMTP_RELAY,   SMTP_RELAY},
	[SMTP_QUIT]    = {SMTP_SENT, SMTP_SENT,     SMTP_SENT,   SMTP_SENT,  SMTP_SENT,    SMTP_SENT},
};

#define OVER SMTP_CONNECT

/* The first digit of the reply that lets us go on (0: none was asked for),
 * and which phase follows it or a refusal. OVER: the two ends no longer agree
 * on where they are, or are done. */
static const struct {
	int good;
	enum smtp_phase next;
	enum smtp_phase refused;           /* one command at a time */
	enum smtp_phase refused_pipelined; /* further replies are under way */
} STEP[] = {
	[SMTP_CONNECT] = {0, OVER,      OVER,      OVER},
	[SMTP_IDLE]    = {0, OVER,      OVER,      OVER},
	[SMTP_MAIL]    = {2, SMTP_RCPT, SMTP_RSET, SMTP_RCPT},
	[SMTP_RCPT]    = {2, SMTP_DATA, SMTP_RSET, SMTP_DATA},
	[SMTP_DATA]    = {3, SMTP_BODY, SMTP_RSET, SMTP_RSET},
	[SMTP_BODY]    = {0, OVER,      OVER,      OVER},
	[SMTP_DOT]     = {2, SMTP_IDLE, SMTP_IDLE, SMTP_IDLE},
	[SMTP_RSET]    = {2, SMTP_IDLE, OVER,      OVER},
	[SMTP_QUIT]    = {2, OVER,      OVER,      OVER},
};
/* clang-format on */

static void put(struct talk *talk, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Commands only: they are short, and the buffer has room for all of them. */
static void
put(struct talk *talk, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(talk->out + talk->out_len,
	    sizeof(talk->out) - talk->out_len, fmt, ap);
	va_end(ap);
	talk->out_len += n > 0 ? (size_t)n : 0;
}

static void
put_mail(struct talk *talk)
{
	const struct smtp_message *message = &talk->message;

	put(talk, "MAIL FROM:<%s>", message->sender);
	if (talk->offer.size)
		put(talk, " SIZE=%zu", talk_size(message));
	if (talk->facts.eightbit)
		put(talk, " BODY=8BITMIME");
	if (talk->facts.utf8)
		put(talk, " SMTPUTF8");
	put(talk, "\r\n");
}

/* RFC 5321 4.5.2: a line that starts with a dot gets a second one, because a
 * line holding one dot would end the message. */
static size_t
copy_stuffed(struct talk *talk, char *to, size_t room)
{
	const char *data = talk->message.data;
	size_t len = talk->message.len;
	size_t used = 0;

	while (talk->at < len && room - used >= 2) {
		const char *from = data + talk->at;
		size_t n = len - talk->at;
		const char *lf = memchr(from, '\n', n);

		if (*from == '.' && (talk->at == 0 || from[-1] == '\n'))
			to[used++] = '.';
		if (lf != NULL)
			n = (size_t)(lf - from) + 1;
		if (n > room - used)
			n = room - used;
		memcpy(to + used, from, n);
		used += n;
		talk->at += n;
	}
	return used;
}

/* The next part of the body, into an empty buffer. */
static void
put_body(struct talk *talk)
{
	const struct smtp_message *message = &talk->message;
	size_t n = message->len - talk->at;

	if (talk->facts.dots) {
		n = copy_stuffed(talk, talk->out, sizeof(talk->out));
	} else {
		if (n > sizeof(talk->out))
			n = sizeof(talk->out);
		if (n > 0)
			memcpy(talk->out, message->data + talk->at, n);
		talk->at += n;
	}
	talk->out_len = n;
	/* vsnprintf() wants room for its NUL. */
	if (talk->at < message->len || sizeof(talk->out) - n < 6)
		return;
	put(talk, "%s.\r\n", talk_ends_well(message) ? "" : "\r\n");
	talk->ended = true;
}

/* Moves to a phase and puts in the buffer what is said on entering it. */
static void
enter(struct talk *talk, enum smtp_phase phase)
{
	bool each = !talk->offer.pipelining;

	talk->phase = phase;
	if (phase == SMTP_MAIL)
		put_mail(talk);
	if (phase == (each ? SMTP_RCPT : SMTP_MAIL))
		put(talk, "RCPT TO:<%s>\r\n", talk->message.recipient);
	if (phase == (each ? SMTP_DATA : SMTP_MAIL))
		put(talk, "DATA\r\n");
	if (phase == SMTP_BODY)
		put_body(talk);
	if (phase == SMTP_RSET)
		put(talk, "RSET\r\n");
	if (phase == SMTP_QUIT)
		put(talk, "QUIT\r\n");
}

void
talk_begin(struct talk *talk, const struct reply_offer *offer)
{
	talk->offer = *offer;
	talk->phase = SMTP_IDLE;
}

int
talk_send(struct talk *talk, const struct smtp_message *message,
    struct smtp_result *refused, struct err *err)
{
	struct talk_facts facts;

	if (talk->phase != SMTP_IDLE) {
		return err_set(err, ERR_USAGE,
		    "the connection to the relay is not ready for a message");
	}
	if (talk_check(&facts, message, err) != 0)
		return -1;
	if (talk_refuses(refused, &talk->offer, message, &facts))
		return 1;
	talk->message = *message;
	talk->facts = facts;
	talk->at = 0;
	talk->ended = talk->decided = talk->no_recipient = false;
	enter(talk, SMTP_MAIL);
	return 0;
}

void
talk_quit(struct talk *talk)
{
	enter(talk, SMTP_QUIT);
}

const char *
talk_pending(const struct talk *talk, size_t *len)
{
	*len = talk->out_len - talk->out_at;
	return talk->out + talk->out_at;
}

void
talk_wrote(struct talk *talk, size_t n)
{
	talk->out_at += n;
	if (talk->out_at < talk->out_len)
		return;
	talk->out_at = talk->out_len = 0;
	if (talk->phase != SMTP_BODY)
		return;
	if (talk->ended) {
		talk->phase = SMTP_DOT;
	} else {
		put_body(talk);
	}
}

static bool
carries_message(enum smtp_phase phase)
{
	return phase >= SMTP_MAIL && phase <= SMTP_DOT;
}

_Static_assert(sizeof(((struct reply *)0)->status) ==
		       sizeof(((struct smtp_result *)0)->status) &&
		   sizeof(((struct reply *)0)->text) ==
		       sizeof(((struct smtp_result *)0)->text),
    "what a reply says fits a result");

/* Fills the result; it is news where it decides a message. */
static unsigned
decide(struct talk *talk, enum event event, struct smtp_result *result)
{
	result->phase = talk->phase;
	result->outcome = OUTCOME[talk->phase][event];
	/* RFC 1870 6.1: this message is too large, others may not be. */
	if (talk->phase == SMTP_MAIL && event == PERM &&
	    str_eq(result->status, "5.3.4"))
		result->outcome = SMTP_FAILED;
	if (!carries_message(talk->phase) || talk->decided)
		return 0;
	talk->decided = true;
	return TALK_RESULT;
}

static unsigned
over(struct talk *talk)
{
	talk->phase = OVER;
	talk->out_at = talk->out_len = 0;
	return TALK_OVER;
}

static enum event
event_of(const struct talk *talk, int code)
{
	if (code == 421)
		return GONE;
	/* A reply before its command is out belongs to nothing, except that
	 * a relay may break a body off. */
	if (talk->out_len > 0 && talk->phase != SMTP_BODY)
		return ODD;
	if (code / 100 == STEP[talk->phase].good)
		return GOOD;
	return code / 100 == 4 ? TEMP : code / 100 == 5 ? PERM : ODD;
}

static enum smtp_phase
next_phase(struct talk *talk, enum event event)
{
	if (event == GOOD && talk->phase != SMTP_DATA)
		return STEP[talk->phase].next;
	if (event == GOOD && !talk->decided)
		return SMTP_BODY;
	/* RFC 2920 3.1: 354 although no recipient was taken is ended by a
	 * lone dot. With a recipient that would deliver an empty message. */
	if (event == GOOD)
		return talk->no_recipient ? SMTP_DOT : OVER;
	if (talk->offer.pipelining)
		return STEP[talk->phase].refused_pipelined;
	return STEP[talk->phase].refused;
}

unsigned
talk_reply(
    struct talk *talk, const struct reply *reply, struct smtp_result *result)
{
	enum event event = event_of(talk, reply->code);
	enum smtp_phase phase = talk->phase;
	enum smtp_phase next;
	unsigned news = 0;

	*result = (struct smtp_result){.code = reply->code};
	memcpy(result->status, reply->status, sizeof(result->status));
	memcpy(result->text, reply->text, sizeof(result->text));
	if (event != GOOD || phase == SMTP_DOT || phase == SMTP_QUIT)
		news = decide(talk, event, result);
	if (event == GONE || event == ODD)
		return news | over(talk);
	if (phase == SMTP_RCPT && event != GOOD)
		talk->no_recipient = true;
	next = next_phase(talk, event);
	if (next == OVER) {
		result->phase = phase;
		result->outcome = OUTCOME[phase][event == GOOD ? ODD : event];
		return news | over(talk);
	}
	enter(talk, next);
	if (next == SMTP_DOT)
		put(talk, ".\r\n");
	return news | (next == SMTP_IDLE ? TALK_READY : 0);
}

unsigned
talk_broke(struct talk *talk, enum talk_break how, const char *why,
    struct smtp_result *result)
{
	unsigned news;

	*result = (struct smtp_result){.code = 0};
	reply_clean(result->text, sizeof(result->text), why, strlen(why));
	news = decide(talk, how == TALK_GARBAGE ? ODD : LOST, result);
	return news | over(talk);
}
