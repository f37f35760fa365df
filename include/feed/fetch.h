/* SPDX-License-Identifier: ISC */
/*
 * fetch - get a document over HTTP, with a limit on everything.
 *
 * http and https only, at every hop; never from https to http; the address
 * that a connection really goes to is checked (private, loopback, link-local
 * and mapped ranges are refused unless allowed); certificates are verified.
 * Never blocks: the loop waits. Knows nothing of feeds or the database.
 * Speaks libcurl, as mail/smtp does.
 */
#ifndef NASHRA_FEED_FETCH_H
#define NASHRA_FEED_FETCH_H

#include "base/conf.h"
#include "base/err.h"
#include "base/loop.h"

#include <stddef.h>
#include <stdint.h>

#define FETCH_BODY_MAX    (10 * 1024 * 1024) /* after decompression */
#define FETCH_SECONDS     60
#define FETCH_REDIRECTS   5
#define FETCH_URL_SIZE    2048
#define FETCH_HEADER_SIZE 256

struct fetch;

struct fetch_request {
	const char *url;
	const char *etag;          /* "" where none is known */
	const char *last_modified; /* as the server spelled it, or "" */
};

struct fetch_reply {
	int status;       /* HTTP status of the last hop: 200, 304, 404... */
	const char *body; /* the reply's until the callback returns */
	size_t len;
	char content_type[FETCH_HEADER_SIZE];
	char etag[FETCH_HEADER_SIZE];
	char last_modified[FETCH_HEADER_SIZE];
	char url[FETCH_URL_SIZE]; /* after redirects */
};

/* `reply` is NULL where nothing usable came, and `err` says why: ERR_TEMP for
 * trouble that may pass, ERR_PERM for what the address itself forbids,
 * ERR_INPUT for a URL that is none. A 404 or 500 is a reply. */
typedef void
fetch_fn(void *arg, const struct fetch_reply *reply, const struct err *err);

/* `allow`: addresses or CIDR ranges that may be reached although private. */
int fetch_new(struct fetch **out, struct loop *loop,
    const struct conf_items *allow, struct err *err);
/* What is 0 or NULL stays as it is. */
struct fetch_settings {
	size_t body_max;     /* bytes; FETCH_BODY_MAX */
	int64_t total_ms;    /* all hops together; FETCH_SECONDS */
	const char *contact; /* a URL for the User-Agent, for who wonders */
	const char *ca_file; /* certificates to trust; "": the system's */
};
void fetch_set(struct fetch *fetch, const struct fetch_settings *settings);
/* Ends what is under way without a callback. */
void fetch_free(struct fetch *fetch);
/* Starts; the callback comes from loop_turn(), never from within. */
int fetch_get(struct fetch *fetch, const struct fetch_request *request,
    fetch_fn *fn, void *arg, struct err *err);

#endif
