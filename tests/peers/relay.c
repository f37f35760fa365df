/* SPDX-License-Identifier: ISC */
/*
 * relay - an SMTP server that takes mail fast, writes down what it took, and
 * breaks where a script says so. For the trips and the benches.
 *
 * Prints its port, then serves 127.0.0.1 until SIGTERM. A message is in the
 * record before its 250 is written, so that the record is the truth whoever
 * is killed. A line of it has six words:
 *
 *	NUMBER MILLISECONDS CONNECTION sent|mute RECIPIENT MESSAGE-ID
 *
 * "mute": read up to the dot, and never answered. SIGUSR1 ends all faults;
 * connections that are stalled stay so.
 *
 * A fault is PHASE/ACTION[/WHEN...], e.g. "dot/451 4.3.0 later/to=grey/nth=3".
 * phases   connect ehlo mail rcpt data body dot rset quit
 * actions  a reply (after 421 it closes), close, stall, garbage, half
 * when     nth=N, every=N  of the times that the fault could have struck
 *          times=N         at most so often
 *          to=WORDS        the recipient begins so; from RCPT on
 *          after=N         body: octets that are read first; a stall after
 *                          none reads nothing, others see the first ones
 *          hold=MS         stall: and closes then
 */
#define _GNU_SOURCE /* memmem, strcasestr, accept4 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define IN_SIZE     32768
#define OUT_SIZE    4096
#define HEAD_SIZE   8192
#define ADDRESS_MAX 320
#define FAULTS_MAX  128
#define EVENTS_MAX  256
#define RECORD_SIZE 65536
#define LINE_SIZE   2048

enum phase { CONNECT, EHLO, MAIL, RCPT, DATA, BODY, DOT, RSET, QUIT, PHASES };
enum action { REPLY, CLOSE, STALL, GARBAGE, HALF };

static const char *const PHASE[PHASES] = {
    "connect", "ehlo", "mail", "rcpt", "data", "body", "dot", "rset", "quit"};

struct fault {
	enum phase phase;
	enum action action;
	const char *reply;
	const char *to;
	long nth, every, times, after, hold;
	long seen, struck;
};

enum mode { COMMANDS, IN_BODY, SWALLOW, LOGIN_USER, LOGIN_PASSWORD, PLAIN };

struct conn {
	int fd;
	SSL *ssl;
	long number;
	enum mode mode;
	bool polling_out;
	bool stalled; /* reads nothing more */
	bool ending;  /* closes once all is written */
	bool touched; /* has something to write, is in the list */
	bool ready;   /* authenticated, or need not be */
	bool has_sender;
	bool fresh; /* nothing of the body was seen */
	long taken;
	long body; /* octets of it that were read */
	const struct fault *in_body;
	int64_t due; /* held until then; 0: is not */
	struct conn *next_held;
	struct conn *next;
	char user[256];
	char recipient[ADDRESS_MAX];
	size_t in_at, in_len, out_len, head_len;
	char in[IN_SIZE];
	char out[OUT_SIZE];
	char head[HEAD_SIZE + 1];
};

static struct {
	int port, delay, refuse, per_connection, rate;
	const char *rate_reply, *record, *cert, *key, *auth;
	bool tls, no_pipelining, narrow;
} set = {.rate_reply = "450 4.7.1 too fast"};

static struct fault faults[FAULTS_MAX];
static size_t fault_count;
static volatile sig_atomic_t healed, ended;

static int poller, record_fd = -1;
static SSL_CTX *tls;
static long connections, messages, rate_left;
static int64_t rate_second;
static struct conn *touched, *held, **held_end = &held;
static char record[RECORD_SIZE];
static size_t record_len;

static int64_t
now_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static void
die(const char *what, const char *about)
{
	fprintf(stderr, "relay: %s '%s'\n", what, about);
	exit(1);
}

/* The record */

static void
record_flush(void)
{
	for (size_t at = 0; at < record_len;) {
		ssize_t n = write(record_fd, record + at, record_len - at);

		if (n < 0 && errno != EINTR)
			die("cannot write the record", set.record);
		at += n > 0 ? (size_t)n : 0;
	}
	record_len = 0;
}

static void
record_add(struct conn *c, const char *how)
{
	const char *id;
	size_t n = 0;

	messages++;
	c->taken++;
	if (record_fd < 0)
		return;
	c->head[c->head_len] = '\0';
	id = strcasestr(c->head, "\nmessage-id:");
	if (id != NULL) {
		id += sizeof("\nmessage-id:") - 1;
		id += strspn(id, " \r\n\t");
		n = strcspn(id, " \r\n\t");
	}
	if (sizeof(record) - record_len < LINE_SIZE)
		record_flush();
	record_len += (size_t)snprintf(record + record_len, LINE_SIZE,
	    "%ld %lld %ld %s %s %.*s\n", messages,
	    (long long)now_ms(CLOCK_REALTIME), c->number, how, c->recipient,
	    n > 0 ? (int)(n < 998 ? n : 998) : 1, n > 0 ? id : "-");
}

/* Octets in and out: how many, 0 none for now, -1 the end */

static long
tls_came(struct conn *c, int n)
{
	int why = SSL_get_error(c->ssl, n);

	ERR_clear_error();
	return why == SSL_ERROR_WANT_READ || why == SSL_ERROR_WANT_WRITE ? 0
									 : -1;
}

static long
conn_read(struct conn *c, char *to, size_t room)
{
	ssize_t n;

	if (c->ssl != NULL) {
		int got = SSL_read(c->ssl, to, (int)room);

		return got > 0 ? got : tls_came(c, got);
	}
	n = read(c->fd, to, room);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n > 0 ? n : -1;
}

static long
conn_write(struct conn *c, const char *from, size_t len)
{
	ssize_t n;

	if (c->ssl != NULL) {
		int put = SSL_write(c->ssl, from, (int)len);

		return put > 0 ? put : tls_came(c, put);
	}
	n = send(c->fd, from, len, MSG_NOSIGNAL);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	return n;
}

/* Its memory is freed by touch_all() alone. */
static void
conn_touch(struct conn *c)
{
	if (c->touched)
		return;
	c->touched = true;
	c->next = touched;
	touched = c;
}

static void
conn_cut(struct conn *c)
{
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	conn_touch(c);
}

static void
conn_watch(struct conn *c, bool out)
{
	struct epoll_event e = {.data.ptr = c};

	e.events =
	    EPOLLRDHUP | (c->stalled ? 0 : EPOLLIN) | (out ? EPOLLOUT : 0);
	c->polling_out = out;
	epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &e);
}

static void
say(struct conn *c, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

static void
say(struct conn *c, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(c->out + c->out_len, OUT_SIZE - c->out_len, fmt, ap);
	va_end(ap);
	c->out_len += n > 0 ? (size_t)n : 0;
	if (c->out_len >= OUT_SIZE)
		c->out_len = OUT_SIZE - 1;
	conn_touch(c);
}

static void
hold(struct conn *c, long ms)
{
	if (ms <= 0 || c->due != 0)
		return;
	c->due = now_ms(CLOCK_MONOTONIC) + ms;
	c->next_held = NULL;
	*held_end = c;
	held_end = &c->next_held;
}

/* Faults */

static struct fault *
fault_at(enum phase phase, const struct conn *c)
{
	for (size_t i = 0; i < fault_count && !healed; i++) {
		struct fault *f = &faults[i];

		if (f->phase != phase ||
		    (f->to != NULL &&
			strncmp(c->recipient, f->to, strlen(f->to)) != 0))
			continue;
		f->seen++;
		if ((f->nth != 0 && f->seen != f->nth) ||
		    (f->every != 0 && f->seen % f->every != 0) ||
		    (f->times != 0 && f->struck >= f->times))
			continue;
		f->struck++;
		return f;
	}
	return NULL;
}

static void
strike(struct conn *c, const struct fault *f)
{
	switch (f->action) {
	case REPLY:
		say(c, "%s\r\n", f->reply);
		c->ending = c->ending || strncmp(f->reply, "421", 3) == 0 ||
			    f->phase == CONNECT || f->phase == QUIT;
		break;
	case CLOSE: c->ending = true; break;
	case STALL:
		c->stalled = true;
		hold(c, f->hold);
		break;
	case GARBAGE:
		say(c, "HTTP/1.1 400 Bad Request\r\n");
		c->stalled = true;
		break;
	case HALF:
		say(c, "250-half a re");
		c->ending = true;
		break;
	}
	if (c->stalled)
		conn_watch(c, c->polling_out);
	conn_touch(c);
}

static bool
faulty(struct conn *c, enum phase phase)
{
	const struct fault *f = fault_at(phase, c);

	if (f != NULL)
		strike(c, f);
	return f != NULL;
}

/* AUTH PLAIN and LOGIN (RFC 4616) */

static int
base64(const char *text, char *out, size_t size)
{
	size_t len = strlen(text);
	int n;

	if (len % 4 != 0 || len / 4 * 3 >= size)
		return -1;
	n = EVP_DecodeBlock(
	    (unsigned char *)out, (const unsigned char *)text, (int)len);
	while (n > 0 && len > 0 && text[len - 1] == '=') {
		n--;
		len--;
	}
	if (n >= 0)
		out[n] = '\0';
	return n;
}

static void
check_login(struct conn *c, const char *user, const char *password)
{
	char both[600];

	snprintf(both, sizeof(both), "%s:%s", user, password);
	c->mode = COMMANDS;
	c->ready = set.auth != NULL && strcmp(both, set.auth) == 0;
	say(c, c->ready ? "235 2.7.0 welcome\r\n" : "535 5.7.8 no\r\n");
}

static void
answer_login(struct conn *c, const char *line)
{
	char text[512];
	int n = base64(line, text, sizeof(text));
	size_t at;

	if (n < 0) {
		c->mode = COMMANDS;
		say(c, "501 5.5.2 not base64\r\n");
	} else if (c->mode == LOGIN_USER) {
		snprintf(c->user, sizeof(c->user), "%.255s", text);
		c->mode = LOGIN_PASSWORD;
		say(c, "334 UGFzc3dvcmQ6\r\n");
	} else if (c->mode == LOGIN_PASSWORD) {
		check_login(c, c->user, text);
	} else {
		/* authorize NUL user NUL password */
		at = strlen(text) + 1;
		at += at < (size_t)n ? strlen(text + at) + 1 : 0;
		check_login(c, at < (size_t)n ? text + strlen(text) + 1 : "",
		    at < (size_t)n ? text + at : "");
	}
}

static void
do_auth(struct conn *c, const char *args)
{
	if (set.auth == NULL) {
		say(c, "503 5.5.1 not offered\r\n");
	} else if (strncasecmp(args, "PLAIN", 5) == 0) {
		c->mode = PLAIN;
		if (args[5] == ' ') {
			answer_login(c, args + 6);
		} else {
			say(c, "334 \r\n");
		}
	} else if (strncasecmp(args, "LOGIN", 5) == 0) {
		c->mode = LOGIN_USER;
		say(c, "334 VXNlcm5hbWU6\r\n");
	} else {
		say(c, "504 5.5.4 PLAIN or LOGIN\r\n");
	}
}

/* Commands */

static void
reset(struct conn *c)
{
	c->has_sender = false;
	c->recipient[0] = '\0';
}

static void
do_ehlo(struct conn *c, const char *args)
{
	(void)args;
	reset(c);
	if (faulty(c, EHLO))
		return;
	say(c, "250-relay.example.org\r\n");
	if (!set.no_pipelining)
		say(c, "250-PIPELINING\r\n");
	if (tls != NULL && c->ssl == NULL)
		say(c, "250-STARTTLS\r\n");
	if (set.auth != NULL)
		say(c, "250-AUTH PLAIN LOGIN\r\n");
	say(c, "250-8BITMIME\r\n250 ENHANCEDSTATUSCODES\r\n");
}

static bool
take_address(const char *args, char *out, size_t size)
{
	const char *open = strchr(args, '<');
	const char *shut = open != NULL ? strchr(open, '>') : NULL;

	if (shut == NULL || (size_t)(shut - open) > size)
		return false;
	snprintf(out, size, "%.*s", (int)(shut - open - 1), open + 1);
	return true;
}

static bool
too_fast(void)
{
	int64_t second = now_ms(CLOCK_MONOTONIC) / 1000;

	if (set.rate == 0)
		return false;
	if (second != rate_second) {
		rate_second = second;
		rate_left = set.rate;
	}
	return rate_left-- <= 0;
}

static void
do_mail(struct conn *c, const char *args)
{
	char sender[ADDRESS_MAX];

	reset(c);
	if (faulty(c, MAIL))
		return;
	if (!c->ready) {
		say(c, "530 5.7.0 log in first\r\n");
	} else if (!take_address(args, sender, sizeof(sender))) {
		say(c, "501 5.1.7 what sender?\r\n");
	} else if (too_fast()) {
		say(c, "%s\r\n", set.rate_reply);
		c->ending = strncmp(set.rate_reply, "421", 3) == 0;
	} else {
		c->has_sender = true;
		say(c, "250 2.1.0 ok\r\n");
	}
}

/* FNV-1a: the same addresses are dead in every run. */
static bool
is_dead(const char *address)
{
	uint32_t hash = 2166136261U;

	for (; *address != '\0'; address++)
		hash = (hash ^ (unsigned char)*address) * 16777619U;
	return hash % 100 < (uint32_t)set.refuse;
}

static void
do_rcpt(struct conn *c, const char *args)
{
	if (!c->has_sender) {
		say(c, "503 5.5.1 MAIL first\r\n");
		return;
	}
	if (!take_address(args, c->recipient, sizeof(c->recipient))) {
		c->recipient[0] = '\0';
		say(c, "501 5.1.3 what recipient?\r\n");
		return;
	}
	if (faulty(c, RCPT)) {
		c->recipient[0] = '\0';
		return;
	}
	if (is_dead(c->recipient)) {
		c->recipient[0] = '\0';
		say(c, "550 5.1.1 nobody of that name\r\n");
		return;
	}
	say(c, "250 2.1.5 ok\r\n");
}

static void
do_data(struct conn *c, const char *args)
{
	(void)args;
	if (c->recipient[0] == '\0') {
		say(c, "503 5.5.1 RCPT first\r\n");
		return;
	}
	if (faulty(c, DATA))
		return;
	c->mode = IN_BODY;
	c->fresh = true;
	c->head_len = 0;
	c->body = 0;
	c->in_body = fault_at(BODY, c);
	say(c, "354 go on\r\n");
	/* Not one octet of it is read. */
	if (c->in_body != NULL && c->in_body->action == STALL &&
	    c->in_body->after == 0)
		strike(c, c->in_body);
}

static void
do_rset(struct conn *c, const char *args)
{
	(void)args;
	reset(c);
	if (!faulty(c, RSET))
		say(c, "250 2.0.0 ok\r\n");
}

static void
do_quit(struct conn *c, const char *args)
{
	(void)args;
	if (faulty(c, QUIT))
		return;
	say(c, "221 2.0.0 bye\r\n");
	c->ending = true;
}

static void
do_starttls(struct conn *c, const char *args)
{
	static const char go[] = "220 2.0.0 go ahead\r\n";

	(void)args;
	if (tls == NULL || c->ssl != NULL) {
		say(c, "503 5.5.1 not offered\r\n");
		return;
	}
	/* What came before it in the clear is forgotten (RFC 3207 4.2), and
	 * the reply must not go through TLS. */
	c->in_at = c->in_len = 0;
	if (send(c->fd, go, sizeof(go) - 1, MSG_NOSIGNAL) < 0)
		conn_cut(c);
	reset(c);
	c->ssl = SSL_new(tls);
	SSL_set_fd(c->ssl, c->fd);
	SSL_set_accept_state(c->ssl);
}

static void
do_noop(struct conn *c, const char *args)
{
	(void)args;
	say(c, "250 2.0.0 ok\r\n");
}

static const struct {
	const char *word;
	void (*act)(struct conn *, const char *);
} COMMAND[] = {
    {"EHLO", do_ehlo},
    {"HELO", do_ehlo},
    {"MAIL", do_mail},
    {"RCPT", do_rcpt},
    {"DATA", do_data},
    {"RSET", do_rset},
    {"NOOP", do_noop},
    {"QUIT", do_quit},
    {"AUTH", do_auth},
    {"STARTTLS", do_starttls},
};

static void
do_line(struct conn *c, char *line)
{
	size_t n = strcspn(line, " :");

	if (c->mode != COMMANDS) {
		answer_login(c, line);
		return;
	}
	for (size_t i = 0; i < sizeof(COMMAND) / sizeof(*COMMAND); i++) {
		if (strlen(COMMAND[i].word) == n &&
		    strncasecmp(line, COMMAND[i].word, n) == 0) {
			COMMAND[i].act(c, line + n + (line[n] != '\0'));
			return;
		}
	}
	say(c, "500 5.5.2 what?\r\n");
}

/* The body */

static void
do_dot(struct conn *c)
{
	const struct fault *f = fault_at(DOT, c);
	bool mute = f != NULL && f->action != REPLY;

	c->mode = COMMANDS;
	if (f == NULL || mute)
		record_add(c, mute ? "mute" : "sent");
	if (f != NULL) {
		strike(c, f);
	} else {
		say(c, "250 2.0.0 kept as %ld\r\n", messages);
		c->ending = c->ending || (set.per_connection > 0 &&
					     c->taken >= set.per_connection);
		hold(c, set.delay);
	}
	reset(c);
}

static void
eat(struct conn *c, size_t n)
{
	size_t room = HEAD_SIZE - c->head_len;

	if (c->head_len < HEAD_SIZE) {
		memcpy(c->head + c->head_len, c->in + c->in_at,
		    n < room ? n : room);
		c->head_len += n < room ? n : room;
	}
	c->in_at += n;
	c->body += (long)n;
}

/* False where more octets are needed. */
static bool
do_body(struct conn *c)
{
	static const char dot[] = "\r\n.\r\n";
	size_t have = c->in_len - c->in_at;
	const char *in = c->in + c->in_at;
	const char *end = NULL;

	if (c->in_body != NULL && c->body + (long)have >= c->in_body->after) {
		const struct fault *f = c->in_body;

		c->in_body = NULL;
		c->mode = SWALLOW;
		strike(c, f);
		return !c->stalled && !c->ending;
	}
	if (c->fresh && have < 3)
		return false;
	/* The end of the line before is that of DATA's. */
	if (c->fresh && memcmp(in, dot + 2, 3) == 0) {
		eat(c, 3);
	} else {
		c->fresh = false;
		end = memmem(in, have, dot, 5);
		if (end == NULL) {
			eat(c, have > 4 ? have - 4 : 0);
			return false;
		}
		eat(c, (size_t)(end - in) + 5);
	}
	if (c->mode == SWALLOW) {
		c->mode = COMMANDS;
		reset(c);
	} else {
		do_dot(c);
	}
	return true;
}

static bool
do_command(struct conn *c)
{
	char *line = c->in + c->in_at;
	char *lf = memchr(line, '\n', c->in_len - c->in_at);

	if (lf == NULL) {
		if (c->in_at == 0 && c->in_len == IN_SIZE)
			conn_cut(c);
		return false;
	}
	*lf = '\0';
	if (lf > line && lf[-1] == '\r')
		lf[-1] = '\0';
	c->in_at += (size_t)(lf - line) + 1;
	do_line(c, line);
	return true;
}

/* A line's answer always has room: a full buffer waits for its reader. */
static void
work(struct conn *c)
{
	bool more = true;

	while (more && c->fd >= 0 && c->due == 0 && !c->stalled && !c->ending &&
	       c->in_at < c->in_len && c->out_len < OUT_SIZE / 2) {
		more = c->mode == IN_BODY || c->mode == SWALLOW ? do_body(c)
								: do_command(c);
	}
	if (c->in_at > 0) {
		memmove(c->in, c->in + c->in_at, c->in_len - c->in_at);
		c->in_len -= c->in_at;
		c->in_at = 0;
	}
}

static void
on_readable(struct conn *c)
{
	long n = 1;

	while (n > 0 && c->fd >= 0 && c->due == 0 && !c->stalled &&
	       c->in_len < IN_SIZE) {
		size_t room = IN_SIZE - c->in_len;

		n = conn_read(c, c->in + c->in_len, room);
		if (n < 0) {
			conn_cut(c);
			return;
		}
		c->in_len += (size_t)n;
		work(c);
		/* Of TLS there may be more than the socket shows. */
		if (c->ssl == NULL && n < (long)room)
			break;
	}
}

/* What was held, or was full, goes on. */
static void
flush(struct conn *c)
{
	bool wait;
	long n;

	if (c->due != 0 && !c->stalled)
		return;
	n = c->out_len > 0 ? conn_write(c, c->out, c->out_len) : 0;
	if (n < 0) {
		conn_cut(c);
		return;
	}
	memmove(c->out, c->out + n, c->out_len - (size_t)n);
	c->out_len -= (size_t)n;
	/* In a handshake it is the peer that we wait for. */
	wait =
	    c->out_len > 0 && (c->ssl == NULL || SSL_is_init_finished(c->ssl));
	if (c->out_len == 0 && c->ending) {
		conn_cut(c);
	} else if (wait != c->polling_out) {
		conn_watch(c, wait);
	}
}

static void
unlink_held(struct conn *c)
{
	struct conn **at = &held;

	while (*at != NULL && *at != c)
		at = &(*at)->next_held;
	if (*at == c)
		*at = c->next_held;
	for (held_end = &held; *held_end != NULL;)
		held_end = &(*held_end)->next_held;
}

static void
touch_all(void)
{
	record_flush();
	while (touched != NULL) {
		struct conn *c = touched;

		touched = c->next;
		c->touched = false;
		if (c->fd >= 0)
			flush(c);
		if (c->fd >= 0 || c->touched)
			continue;
		if (c->due != 0)
			unlink_held(c);
		SSL_free(c->ssl);
		free(c);
	}
}

/* Milliseconds until the next is due, -1: none. */
static int
release_held(void)
{
	int64_t now = now_ms(CLOCK_MONOTONIC);

	while (held != NULL && held->due <= now) {
		struct conn *c = held;

		held = c->next_held;
		if (held == NULL)
			held_end = &held;
		c->due = 0;
		if (c->stalled) {
			conn_cut(c);
			continue;
		}
		conn_touch(c);
		work(c);
		on_readable(c);
	}
	return held != NULL ? (int)(held->due - now) : -1;
}

/* Few octets are in flight: a peer's kernel takes little before we read. It
 * is the listener that must have them, the handshake tells the window. */
static void
make_narrow(int fd)
{
	int buffer = 1024;
	int segment = 536;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof(buffer));
	setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof(segment));
}

static int
listen_here(void)
{
	struct sockaddr_in here = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)set.port),
	    .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t len = sizeof(here);
	int one = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (set.narrow)
		make_narrow(fd);
	if (fd < 0 || bind(fd, (struct sockaddr *)&here, len) != 0 ||
	    listen(fd, 1024) != 0 ||
	    getsockname(fd, (struct sockaddr *)&here, &len) != 0)
		die("cannot listen", strerror(errno));
	printf("%d\n", ntohs(here.sin_port));
	fflush(stdout);
	return fd;
}

static void
on_accept(int listener)
{
	struct epoll_event e = {.events = EPOLLIN | EPOLLRDHUP};
	int one = 1;
	int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
	struct conn *c = fd >= 0 ? calloc(1, sizeof(*c)) : NULL;

	if (c == NULL)
		return;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->fd = fd;
	c->number = ++connections;
	c->ready = set.auth == NULL;
	e.data.ptr = c;
	epoll_ctl(poller, EPOLL_CTL_ADD, fd, &e);
	if (set.tls) {
		c->ssl = SSL_new(tls);
		SSL_set_fd(c->ssl, fd);
		SSL_set_accept_state(c->ssl);
	}
	if (!faulty(c, CONNECT))
		say(c, "220 relay.example.org ESMTP\r\n");
}

static void
on_event(struct conn *c, unsigned events)
{
	if (c->fd < 0)
		return;
	if (events & EPOLLOUT)
		conn_touch(c);
	if (c->stalled && (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))) {
		conn_cut(c);
		return;
	}
	if (c->due != 0 && (events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP))) {
		conn_cut(c);
		return;
	}
	if (events & (EPOLLIN | EPOLLHUP | EPOLLERR | EPOLLRDHUP))
		on_readable(c);
	if (c->fd >= 0 && c->ssl != NULL && c->out_len > 0)
		conn_touch(c);
}

/* Options */

static long
number(const char *text)
{
	char *end;
	long n = strtol(text, &end, 10);

	if (end == text || n < 0)
		die("not a number", text);
	return n;
}

static void
set_when(struct fault *f, char *word)
{
	char *value = strchr(word, '=');
	static const char *const names[] = {
	    "nth", "every", "times", "after", "hold"};
	long *const fields[] = {
	    &f->nth, &f->every, &f->times, &f->after, &f->hold};

	if (value == NULL)
		die("unknown condition", word);
	*value++ = '\0';
	if (strcmp(word, "to") == 0) {
		f->to = value;
		return;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(word, names[i]) == 0) {
			*fields[i] = number(value);
			return;
		}
	}
	die("unknown condition", word);
}

static void
add_fault(char *text)
{
	static const char *const actions[] = {
	    "", "close", "stall", "garbage", "half"};
	struct fault *f = &faults[fault_count++];
	char *rest = text;
	char *word = strsep(&rest, "/");
	char *action = strsep(&rest, "/");

	if (fault_count == FAULTS_MAX || action == NULL)
		die("bad fault", text);
	*f = (struct fault){.phase = PHASES, .action = REPLY, .reply = action};
	for (int i = 0; i < PHASES; i++) {
		if (strcmp(word, PHASE[i]) == 0)
			f->phase = (enum phase)i;
	}
	for (int i = CLOSE; i <= HALF; i++) {
		if (strcmp(action, actions[i]) == 0)
			f->action = (enum action)i;
	}
	if (f->phase == PHASES ||
	    (f->action == REPLY && (*action < '2' || *action > '5')))
		die("bad fault", text);
	while ((word = strsep(&rest, "/")) != NULL)
		set_when(f, word);
}

static void
set_rate(char *text)
{
	char *reply = strchr(text, '/');

	if (reply != NULL) {
		*reply++ = '\0';
		set.rate_reply = reply;
	}
	set.rate = (int)number(text);
}

static const char USAGE[] =
    "usage: relay [--port N] [--record FILE] [--delay-ms N]\n"
    "  [--cert PEM --key PEM [--tls]] [--auth USER:PASSWORD]\n"
    "  [--pipelining on|off] [--narrow] [--refuse-percent N]\n"
    "  [--max-per-connection N] [--rate N[/REPLY]]\n"
    "  [--fault PHASE/ACTION[/WHEN...]]...\n";

static void
read_options(int argc, char **argv)
{
	static const struct option options[] = {{"port", 1, NULL, 'p'},
	    {"record", 1, NULL, 'r'}, {"delay-ms", 1, NULL, 'd'},
	    {"cert", 1, NULL, 'c'}, {"key", 1, NULL, 'k'},
	    {"tls", 0, NULL, 't'}, {"auth", 1, NULL, 'a'},
	    {"pipelining", 1, NULL, 'i'}, {"narrow", 0, NULL, 'n'},
	    {"refuse-percent", 1, NULL, 'x'},
	    {"max-per-connection", 1, NULL, 'm'}, {"rate", 1, NULL, 's'},
	    {"fault", 1, NULL, 'f'}, {NULL, 0, NULL, 0}};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'p': set.port = (int)number(optarg); break;
		case 'r': set.record = optarg; break;
		case 'd': set.delay = (int)number(optarg); break;
		case 'c': set.cert = optarg; break;
		case 'k': set.key = optarg; break;
		case 't': set.tls = true; break;
		case 'a': set.auth = optarg; break;
		case 'i': set.no_pipelining = strcmp(optarg, "off") == 0; break;
		case 'n': set.narrow = true; break;
		case 'x': set.refuse = (int)number(optarg); break;
		case 'm': set.per_connection = (int)number(optarg); break;
		case 's': set_rate(optarg); break;
		case 'f': add_fault(optarg); break;
		default: fputs(USAGE, stderr); exit(64);
		}
	}
}

static void
start_tls(void)
{
	if (set.cert == NULL)
		return;
	tls = SSL_CTX_new(TLS_server_method());
	if (tls == NULL ||
	    SSL_CTX_use_certificate_chain_file(tls, set.cert) != 1 ||
	    SSL_CTX_use_PrivateKey_file(tls,
		set.key != NULL ? set.key : set.cert, SSL_FILETYPE_PEM) != 1)
		die("cannot use the certificate", set.cert);
	/* `out` moves between two tries of one write. */
	SSL_CTX_set_mode(tls, SSL_MODE_ENABLE_PARTIAL_WRITE |
				  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
}

static void
on_signal(int number_of_it)
{
	if (number_of_it == SIGUSR1) {
		healed = 1;
	} else {
		ended = 1;
	}
}

static void
catch_signals(void)
{
	struct sigaction action = {.sa_handler = on_signal};
	static const int numbers[] = {SIGTERM, SIGINT, SIGUSR1};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); i++)
		sigaction(numbers[i], &action, NULL);
	signal(SIGPIPE, SIG_IGN); /* OpenSSL writes without MSG_NOSIGNAL */
}

int
main(int argc, char **argv)
{
	struct epoll_event e = {.events = EPOLLIN};
	int listener;

	read_options(argc, argv);
	catch_signals();
	start_tls();
	if (set.record != NULL) {
		record_fd = open(set.record,
		    O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
		if (record_fd < 0)
			die("cannot open the record", set.record);
	}
	poller = epoll_create1(EPOLL_CLOEXEC);
	listener = listen_here();
	epoll_ctl(poller, EPOLL_CTL_ADD, listener, &e);
	while (!ended) {
		struct epoll_event events[EVENTS_MAX];
		int wait = release_held();
		int n;

		touch_all();
		n = epoll_wait(poller, events, EVENTS_MAX, wait);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL) {
				on_accept(listener);
			} else {
				on_event(events[i].data.ptr, events[i].events);
			}
		}
		touch_all();
	}
	return 0;
}
