/* SPDX-License-Identifier: ISC */
#include "mail/wire.h"

#include "base/str.h"

#include <curl/curl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static const char HOST[] = "abcdefghijklmnopqrstuvwxyz"
			   "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
			   "0123456789.-:[]";

struct wires {
	struct loop *loop;
	const struct wire_events *events;
	CURLM *multi;
	struct loop_timer timer; /* libcurl's */
	char *url;               /* with the EHLO argument as its path */
	char *ca_file;
	char *user;
	char *password;
	long use_ssl; /* CURLUSESSL_... */
	bool verify;  /* the certificate, and the name in it */
	bool may_tls; /* some wire may turn out to use it */
};

struct wire {
	struct wires *wires;
	void *arg;
	CURL *easy;
	int fd;
	bool up;         /* fd is known and ours to watch */
	struct str said; /* of a reply that is not whole yet, until up */
	struct reply last;
	struct reply_offer offer;
	bool garbage; /* came in place of a reply */
	char error[CURL_ERROR_SIZE];
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
	if (n != 0)
		str_reset(&wire->said);
	/* libcurl would pass over it and wait for more. */
	wire->garbage = n < 0;
	return wire->garbage ? 0 : size * count;
}

static void
fail(struct wire *wire, CURLcode code)
{
	struct smtp_result why = {.outcome = SMTP_RELAY, .phase = SMTP_CONNECT};
	const char *text = wire->error;

	if (wire->garbage) {
		text = "what the relay says is not SMTP";
	} else if (wire->last.code >= 400) {
		why.code = wire->last.code;
		memcpy(why.status, wire->last.status, sizeof(why.status));
		text = wire->last.text;
	}
	if (*text == '\0')
		text = curl_easy_strerror(code);
	reply_clean(why.text, sizeof(why.text), text, strlen(text));
	wire->wires->events->down(wire->arg, &why);
}

static void
connected(struct wire *wire, CURLcode code)
{
	curl_socket_t fd = CURL_SOCKET_BAD;
	struct err err = ERR_INIT;

	str_release(&wire->said);
	if (code == CURLE_OK) {
		code =
		    curl_easy_getinfo(wire->easy, CURLINFO_ACTIVESOCKET, &fd);
	}
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

/* libcurl takes the EHLO argument from the path of the URL. */
static int
set_url(struct wires *wires, const struct smtp_relay *relay, struct err *err)
{
	CURLU *parts = curl_url();
	char *url = NULL;
	char *path = NULL;
	char *user = NULL;
	int rc = -1;

	if (parts == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	if ((!str_starts(relay->url, "smtp://") &&
		!str_starts(relay->url, "smtps://")) ||
	    curl_url_set(parts, CURLUPART_URL, relay->url, 0) != CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_USER, &user, 0) == CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_PATH, &path, 0) != CURLUE_OK ||
	    !str_eq(path, "/")) {
		err_set(err, ERR_CONFIG,
		    "relay url '%s' is not smtp://host:port or "
		    "smtps://host:port",
		    user != NULL ? "(it names a user)" : relay->url);
		goto out;
	}
	if (relay->hello[strspn(relay->hello, HOST)] != '\0') {
		err_set(err, ERR_CONFIG,
		    "'%s' is not a host name to greet the relay with",
		    relay->hello);
		goto out;
	}
	if (curl_url_set(parts, CURLUPART_PATH, relay->hello, 0) != CURLUE_OK ||
	    curl_url_get(parts, CURLUPART_URL, &url, 0) != CURLUE_OK ||
	    (wires->url = strdup(url)) == NULL) {
		err_set(err, ERR_SYSTEM, "out of memory");
		goto out;
	}
	rc = 0;
out:
	curl_free(url);
	curl_free(path);
	curl_free(user);
	curl_url_cleanup(parts);
	return rc;
}

/* A password never goes out in the clear where TLS was asked for: with one to
 * send, opportunistic TLS is a must as well, only unverified. */
static void
set_tls(struct wires *wires, const struct smtp_relay *relay)
{
	bool smtps = str_starts(relay->url, "smtps:");

	wires->verify = smtps || relay->tls == SMTP_TLS_REQUIRED;
	wires->may_tls = smtps || relay->tls != SMTP_TLS_NONE;
	if (relay->tls == SMTP_TLS_NONE) {
		wires->use_ssl = CURLUSESSL_NONE;
	} else if (relay->tls == SMTP_TLS_REQUIRED || relay->user[0] != '\0') {
		wires->use_ssl = CURLUSESSL_ALL;
	} else {
		wires->use_ssl = CURLUSESSL_TRY;
	}
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
	set_tls(wires, relay);
	if (set_url(wires, relay, err) != 0)
		goto undo;
	wires->ca_file = strdup(relay->ca_file);
	wires->user = strdup(relay->user);
	wires->password = strdup(relay->password);
	if (wires->ca_file == NULL || wires->user == NULL ||
	    wires->password == NULL || start_multi(wires) != 0) {
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
	if (wires->password != NULL)
		explicit_bzero(wires->password, strlen(wires->password));
	free(wires->password);
	free(wires->user);
	free(wires->ca_file);
	free(wires->url);
	free(wires);
	curl_global_cleanup();
}

#define SET(easy, option, value)                                               \
	(curl_easy_setopt((easy), (option), (value)) != CURLE_OK)

static bool
configure(struct wire *wire, int64_t patience_ms)
{
	const struct wires *wires = wire->wires;
	CURL *easy = wire->easy;
	bool bad = false;

	bad |= SET(easy, CURLOPT_URL, wires->url);
	bad |= SET(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	bad |= SET(easy, CURLOPT_CONNECT_ONLY, 1L);
	bad |= SET(easy, CURLOPT_FRESH_CONNECT, 1L);
	bad |= SET(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)patience_ms);
	bad |= SET(easy, CURLOPT_NOSIGNAL, 1L);
	bad |= SET(easy, CURLOPT_PROXY, "");
	bad |= SET(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	bad |= SET(easy, CURLOPT_TCP_NODELAY, 1L);
	bad |= SET(easy, CURLOPT_QUICK_EXIT, 1L);
	bad |= SET(easy, CURLOPT_USE_SSL, wires->use_ssl);
	bad |= SET(easy, CURLOPT_SSL_VERIFYPEER, wires->verify ? 1L : 0L);
	bad |= SET(easy, CURLOPT_SSL_VERIFYHOST, wires->verify ? 2L : 0L);
	if (wires->ca_file[0] != '\0') {
		bad |= SET(easy, CURLOPT_CAINFO, wires->ca_file);
		/* The system's folder would count as well. */
		bad |= SET(easy, CURLOPT_CAPATH, NULL);
	}
	if (wires->user[0] != '\0') {
		bad |= SET(easy, CURLOPT_USERNAME, wires->user);
		bad |= SET(easy, CURLOPT_PASSWORD, wires->password);
	}
	bad |= SET(easy, CURLOPT_HEADERFUNCTION, on_header);
	bad |= SET(easy, CURLOPT_HEADERDATA, wire);
	bad |= SET(easy, CURLOPT_ERRORBUFFER, wire->error);
	bad |= SET(easy, CURLOPT_PRIVATE, wire);
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

long
wire_write(struct wire *wire, const char *bytes, size_t len, const char **why)
{
	size_t n = 0;
	CURLcode code = curl_easy_send(wire->easy, bytes, len, &n);

	if (code == CURLE_OK)
		return (long)n;
	if (code == CURLE_AGAIN)
		return 0;
	*why = curl_easy_strerror(code);
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
	*why = code == CURLE_OK ? "the relay closed the connection"
				: curl_easy_strerror(code);
	return -1;
}

bool
wire_holds(const struct wire *wire)
{
	return wire->wires->may_tls;
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
