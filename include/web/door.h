/* SPDX-License-Identifier: ISC */
/*
 * door - who may connect, and whose each request is. Speaks libmicrohttpd.
 *
 * The library's own limit of connections per address would take a proxy for
 * one client: here a proxy that the settings trust, and whoever may open a
 * Unix socket, counts as many.
 */
#ifndef NASHRA_WEB_DOOR_H
#define NASHRA_WEB_DOOR_H

#include "base/conf.h"
#include "web/client.h"
#include "web/peers.h"

#include <microhttpd.h>
#include <stdbool.h>

#define DOOR_PER_CLIENT 48 /* connections at once */

/* Zeroed but for: */
struct door {
	bool local; /* listens on a Unix socket */
	const struct conf_items *trusted;
	struct peers peers;
};

void door_client(const struct door *door, struct client *out,
    struct MHD_Connection *connection);

/* For the library: MHD_AcceptPolicyCallback and MHD_NotifyConnectionCallback,
 * `arg` is the door. */
enum MHD_Result
door_accept(void *arg, const struct sockaddr *address, socklen_t len);
void door_connection(void *arg, struct MHD_Connection *connection, void **state,
    enum MHD_ConnectionNotificationCode code);

#endif
