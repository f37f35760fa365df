/* SPDX-License-Identifier: ISC */
/*
 * door - who comes in, and what goes out. Speaks libmicrohttpd.
 *
 * The library's own limit of connections per address would take a proxy for
 * one client: here a proxy that the settings trust, and whoever may open a
 * Unix socket, counts as many.
 */
#ifndef NASHRA_WEB_DOOR_H
#define NASHRA_WEB_DOOR_H

#include "base/conf.h"
#include "base/err.h"
#include "web/answer.h"
#include "web/client.h"
#include "web/peers.h"

#include <stdbool.h>

#define DOOR_PER_CLIENT 48 /* connections at once */

struct MHD_Connection;
struct sockaddr;

/* Zeroed but for: */
struct door {
	bool local; /* listens on a Unix socket */
	const struct conf_items *trusted;
	struct peers peers;
};

/* What is wrong with the settings of who is trusted. */
int door_check(const struct conf *conf, struct err *err);
/* Whether one more connection from there is welcome. */
bool door_admits(struct door *door, const struct sockaddr *address);
/* Counts a new connection; peers_sub() what is returned at its end. */
struct peer *door_enter(struct door *door, struct MHD_Connection *connection);
/* Whose a request is. */
void door_client(const struct door *door, struct client *out,
    struct MHD_Connection *connection);

/* Hands an answer to the library, and with it what keeps a page to itself: no
 * frames, no scripts, no guessed types, no address told to others, no copy
 * kept but of what has a tag: who has that copy still hears 304. The body is
 * taken. False where the connection takes no answer. */
bool door_send(struct answer *answer, struct MHD_Connection *connection);

#endif
