/* SPDX-License-Identifier: ISC */
/*
 * listen - the socket that the web role accepts on.
 *
 * "host:port", "[v6]:port" or "unix:/path"; or the one that systemd has opened
 * already (LISTEN_FDS), whatever the settings say.
 */
#ifndef NASHRA_WEB_LISTEN_H
#define NASHRA_WEB_LISTEN_H

#include "base/err.h"

#include <stdbool.h>
#include <sys/un.h>

#define LISTEN_WHERE 300

struct listen_socket {
	int fd;     /* -1: none */
	bool local; /* a Unix socket: only who may write to it connects */
	bool given; /* by systemd */
	char where[LISTEN_WHERE];
	/* The file to remove with it; "" where it is not ours. */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* A Unix socket has mode 0660. One that is left over is replaced, but not
 * while somebody answers on it. */
int listen_open(struct listen_socket *out, const char *where, struct err *err);
/* The same beside one that is open: where that listens there already, one more
 * descriptor of it, so that nobody who connects meanwhile is refused. 1 where
 * no other could be had, and it is one more of the former all the same; err
 * says why. */
int listen_reopen(struct listen_socket *out, const struct listen_socket *former,
    const char *where, struct err *err);
/* Where both are of one listener, its file goes with the newer from now on. */
void listen_hand_over(struct listen_socket *to, struct listen_socket *former);
/* Removes the file first, so that a successor can be listening already. */
void listen_close(struct listen_socket *socket);

#endif
