/* SPDX-License-Identifier: ISC */
/*
 * server - the public pages over HTTP. Speaks libmicrohttpd, as web/door and
 * web/form do.
 *
 * One listener on the loop of its process. A request that finds the database
 * busy is kept and tried again by the loop; nothing here waits.
 */
#ifndef NASHRA_WEB_SERVER_H
#define NASHRA_WEB_SERVER_H

#include "base/conf.h"
#include "base/err.h"
#include "base/loop.h"
#include "base/token.h"
#include "store/db.h"

#include <stdbool.h>

struct server;

/* Borrows all it is given, for as long as it lives. */
struct server_parts {
	struct loop *loop;
	const struct conf *conf;
	struct db *db;
	const struct token_ring *ring;
	/* Whose place it takes, NULL for none; that one accepts no more. */
	struct server *former;
};

/* Loads the page templates and listens on conf->web.listen. With a former
 * server it may return 1: that address could not be had, err says why, and it
 * is the former one still. */
int server_new(
    struct server **out, const struct server_parts *parts, struct err *err);
void server_free(struct server *server);
/* True once nobody is connected. */
bool server_left(const struct server *server);
/* Stops accepting and lets what was begun be answered; true once all of it
 * is. Called again until it says so, or until the caller's patience ends. */
bool server_drained(struct server *server);

#endif
