/* SPDX-License-Identifier: ISC */
#include "mail/wire.h"

#include "base/str.h"
#include "mail/dial.h"
#include "mail/trace.h"
#include "mail/wire_fault.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

struct wires {
	struct loop *loop;
	const struct wire_events *events;
	CURLM *multi;
	struct loop_timer timer; /* libcurl's */
	struct dial dial;
};

struct wire {
	struct wires *wires;
	void *arg;
	CURL *easy;
	int fd;
	bool up;         /* fd is known and ours to watch */
	struct str said; /* of a reply that is not whole yet, until up */
	struct reply last;
	int replies; /* so many */
	struct reply_offer offer;
	bool garbage; /* came in place of a reply */
	char error[CURL_ERROR_SIZE];
	char broke[REPLY_TEXT_SIZE]; /* why, where nobody else keeps it */
};

/* The replies of the time before libcurl hands over, a line at a time: what
 * counts is the last one, and the last to EHLO (RFC 3207 4.2). */
static size_t
on_header(char *bytes, size_t size, size_t count, void *arg)
{
	struct wire *wire = arg;
	long n;

	str_add_bytes(&wire->said, bytes, size * count);
	n = wire->said.bad
		? -1
		: reply_parse(&wire->last, wire->said.data, wire->said.len);
	if (n > 0 && wire->last.code == 250)
		reply_offer(&wire->offer, wire->said.data, (size_t)n);
	wire->replies += n > 0;
	if (n != 0)
		str_reset(&wire->said);
	/* libcurl would pass over it and wait for more. */
	wire->garbage = n < 0;
	return wire->garbage ? 0 : size * count;
}

/* Of what libcurl tells its debugger, what makes a transcript. */
static int
on_debug(CURL *easy, curl_infotype type, char *bytes, size_t size, void *arg)
{
	static const char tls[] = "SSL connection using ";
	struct wire *wire = arg;
	char side = '\0';

	(void)easy;
	if (type == CURLINFO_HEADER_OUT)
		side = '>';
	if (type == CURLINFO_HEADER_IN)
		side = '<';
	if (type == CURLINFO_TEXT && size > strlen(tls) &&
	    memcmp(bytes, tls, strlen(tls)) == 0)
		side = '*';
	if (side != '\0' && !wire->up)
		wire->wires->events->said(wire->arg, side, bytes, size);
	return 0;
}

static void
say(char *out, size_t size, const struct wire *wire, CURLcode code)
{
	long errnum = 0;
	struct wire_fault fault = {
	    .where = wire->wires->dial.where,
	    .code = wire->garbage ? CURLE_WEIRD_SERVER_REPLY : (int)code,
	    .detail = wire->error,
	    .last = &wire->last,
	    .replies = wire->replies,
	    .by_token = wire->wires->dial.by_token,
	};

	(void)curl_easy_getinfo(wire->easy, CURLINFO_OS_ERRNO, &errnum);
	fault.errnum = (int)errnum;
	wire_fault_say(out, size, &fault);
}

static void
fail(struct wire *wire, CURLcode code)
{
	struct smtp_result why = {.outcome = SMTP_RELAY, .phase = SMTP_CONNECT};

	if (!wire->garbage && wire->last.code >= 400) {
		why.code = wire->last.code;
		memcpy(why.status, wire->last.status, sizeof(why.status));
		memcpy(why.text, wire->last.text, sizeof(why.text));
	} else {
		say(why.text, sizeof(why.text), wire, code);
	}
	wire->wires->events->down(wire->arg, &why);
}

static void
connected(struct wire *wire, CURLcode code)
{
	const struct dial *dial = &wire->wires->dial;
	curl_socket_t fd = CURL_SOCKET_BAD;
	struct err err = ERR_INIT;

	str_release(&wire->said);
	if (code == CURLE_OK) {
		code =
		    curl_easy_getinfo(wire->easy, CURLINFO_ACTIVESOCKET, &fd);
	}
	/* Where a relay offers no AUTH at all libcurl goes on without. */
	if (code == CURLE_OK && dial->user[0] != '\0' && wire->last.code != 235)
		code = CURLE_LOGIN_DENIED;
	wire->fd = fd;
	wire->up = code == CURLE_OK && fd != CURL_SOCKET_BAD;
	if (wire->up && wire_want(wire, false, &err) == 0) {
		wire->wires->events->up(wire->arg, &wire->offer);
	} else {
		fail(wire, code != CURLE_OK ? code : CURLE_COULDNT_CONNECT);
	}
}

static void
drive(struct wires *wires, int fd, int events)
{
	int running;
	int left;
	CURLMsg *message;

	(void)curl_multi_socket_action(wires->multi, fd, events, &running);
	while ((message = curl_multi_info_read(wires->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		void *wire = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(
		    message->easy_handle, CURLINFO_PRIVATE, (char **)&wire);
		connected(wire, code);
	}
}

static void
on_multi_event(void *arg, int fd, unsigned events)
{
	int bits = (events & LOOP_IN ? CURL_CSELECT_IN : 0) |
		   (events & LOOP_OUT ? CURL_CSELECT_OUT : 0);

	drive(arg, fd, bits);
}

static void
on_multi_timer(void *arg)
{
	drive(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int
set_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *unused)
{
	struct wires *wires = arg;
	struct err err = ERR_INIT;
	unsigned events = (what & CURL_POLL_IN ? LOOP_IN : 0U) |
			  (what & CURL_POLL_OUT ? LOOP_OUT : 0U);

	(void)easy;
	(void)unused;
	if (what == CURL_POLL_REMOVE) {
		loop_forget(wires->loop, fd);
	} else if (loop_watch(wires->loop, fd, events, on_multi_event, wires,
		       &err) != 0) {
		return 0; /* -1 would end all wires; this one times out */
	}
	return 0;
}

static int
set_timer(CURLM *multi, long ms, void *arg)
{
	struct wires *wires = arg;

	(void)multi;
	if (ms < 0) {
		loop_timer_stop(wires->loop, &wires->timer);
	} else {
		loop_timer_start(wires->loop, &wires->timer, ms);
	}
	return 0;
}

static int
start_multi(struct wires *wires)
{
	wires->multi = curl_multi_init();
	if (wires->multi == NULL)
		return -1;
	(void)curl_multi_setopt(
	    wires->multi, CURLMOPT_SOCKETFUNCTION, set_socket);
	(void)curl_multi_setopt(wires->multi, CURLMOPT_SOCKETDATA, wires);
	(void)curl_multi_setopt(
	    wires->multi, CURLMOPT_TIMERFUNCTION, set_timer);
	(void)curl_multi_setopt(wires->multi, CURLMOPT_TIMERDATA, wires);
	/* OpenSSL writes without MSG_NOSIGNAL. */
	(void)signal(SIGPIPE, SIG_IGN);
	return 0;
}

int
wires_new(struct wires **out, struct loop *loop, const struct smtp_relay *relay,
    const struct wire_events *events, struct err *err)
{
	struct wires *wires = NULL;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, ERR_SYSTEM, "cannot start libcurl");
	wires = calloc(1, sizeof(*wires));
	if (wires == NULL) {
		curl_global_cleanup();
		return err_set(err, ERR_SYSTEM, "out of memory");
	}
	wires->loop = loop;
	wires->events = events;
	wires->timer.fn = on_multi_timer;
	wires->timer.arg = wires;
	if (dial_init(&wires->dial, relay, err) != 0)
		goto undo;
	if (start_multi(wires) != 0) {
		err_set(err, ERR_SYSTEM, "out of memory");
		goto undo;
	}
	*out = wires;
	return 0;
undo:
	wires_free(wires);
	return -1;
}

void
wires_free(struct wires *wires)
{
	if (wires == NULL)
		return;
	if (wires->multi != NULL)
		(void)curl_multi_cleanup(wires->multi);
	loop_timer_stop(wires->loop, &wires->timer);
	dial_release(&wires->dial);
	free(wires);
	curl_global_cleanup();
}

int
wires_token(struct wires *wires, const char *token, struct err *err)
{
	return dial_token(&wires->dial, token, err);
}

const char *
wires_where(const struct wires *wires)
{
	return wires->dial.where;
}

#define SET(easy, option, value)                                               \
	(curl_easy_setopt((easy), (option), (value)) != CURLE_OK)

static bool
configure(struct wire *wire, int64_t patience_ms)
{
	CURL *easy = wire->easy;
	bool bad = !dial_apply(&wire->wires->dial, easy);

	bad |= SET(easy, CURLOPT_CONNECT_ONLY, 1L);
	bad |= SET(easy, CURLOPT_FRESH_CONNECT, 1L);
	bad |= SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)patience_ms);
	bad |= SET(easy, CURLOPT_NOSIGNAL, 1L);
	bad |= SET(easy, CURLOPT_TCP_NODELAY, 1L);
	bad |= SET(easy, CURLOPT_QUICK_EXIT, 1L);
	bad |= SET(easy, CURLOPT_HEADERFUNCTION, on_header);
	bad |= SET(easy, CURLOPT_HEADERDATA, wire);
	bad |= SET(easy, CURLOPT_ERRORBUFFER, wire->error);
	bad |= SET(easy, CURLOPT_PRIVATE, wire);
	if (trace_on()) {
		bad |= SET(easy, CURLOPT_VERBOSE, 1L);
		bad |= SET(easy, CURLOPT_DEBUGFUNCTION, on_debug);
		bad |= SET(easy, CURLOPT_DEBUGDATA, wire);
	}
	return !bad;
}

int
wire_open(struct wire **out, struct wires *wires, int64_t patience_ms,
    void *arg, struct err *err)
{
	struct wire *wire = calloc(1, sizeof(*wire));

	if (wire == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	wire->wires = wires;
	wire->arg = arg;
	str_init(&wire->said, REPLY_MAX);
	wire->easy = curl_easy_init();
	if (wire->easy == NULL || !configure(wire, patience_ms) ||
	    curl_multi_add_handle(wires->multi, wire->easy) != CURLM_OK) {
		if (wire->easy != NULL)
			curl_easy_cleanup(wire->easy);
		free(wire);
		return err_set(err, ERR_SYSTEM,
		    "libcurl cannot start a connection to the relay");
	}
	*out = wire;
	return 0;
}

void
wire_close(struct wire *wire)
{
	if (wire == NULL)
		return;
	if (wire->up)
		loop_forget(wire->wires->loop, wire->fd);
	(void)curl_multi_remove_handle(wire->wires->multi, wire->easy);
	curl_easy_cleanup(wire->easy);
	str_release(&wire->said);
	free(wire);
}

static const char *
broke(struct wire *wire)
{
	long errnum = 0;

	(void)curl_easy_getinfo(wire->easy, CURLINFO_OS_ERRNO, &errnum);
	wire_fault_say_broken(wire->broke, sizeof(wire->broke), (int)errnum);
	return wire->broke;
}

long
wire_write(struct wire *wire, const char *bytes, size_t len, const char **why)
{
	size_t n = 0;
	CURLcode code = curl_easy_send(wire->easy, bytes, len, &n);

	if (code == CURLE_OK)
		return (long)n;
	if (code == CURLE_AGAIN)
		return 0;
	*why = broke(wire);
	return -1;
}

long
wire_read(struct wire *wire, char *bytes, size_t room, const char **why)
{
	size_t n = 0;
	CURLcode code = curl_easy_recv(wire->easy, bytes, room, &n);

	if (code == CURLE_OK && n > 0)
		return (long)n;
	if (code == CURLE_AGAIN)
		return 0;
	*why =
	    code == CURLE_OK ? "the relay closed the connection" : broke(wire);
	return -1;
}

const char *
wire_late(struct wire *wire)
{
	say(wire->broke, sizeof(wire->broke), wire, CURLE_OPERATION_TIMEDOUT);
	return wire->broke;
}

bool
wire_holds(const struct wire *wire)
{
	return wire->wires->dial.may_tls;
}

static void
on_event(void *arg, int fd, unsigned events)
{
	struct wire *wire = arg;

	(void)fd;
	wire->wires->events->event(wire->arg, events);
}

int
wire_want(struct wire *wire, bool write, struct err *err)
{
	return loop_watch(wire->wires->loop, wire->fd,
	    write ? LOOP_IN | LOOP_OUT : LOOP_IN, on_event, wire, err);
}
