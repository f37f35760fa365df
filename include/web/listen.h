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

struct listen_socket {
	int fd;     /* -1: none */
	bool local; /* a Unix socket: only who may write to it connects */
	/* The file to remove with it; "" where it is not ours. */
	char path[sizeof(((struct sockaddr_un *)0)->sun_path)];
};

/* A Unix socket has mode 0660. One that is left over is replaced, but not
 * while somebody answers on it. */
int listen_open(struct listen_socket *out, const char *where, struct err *err);
/* Removes the file first, so that a successor can be listening already. */
void listen_close(struct listen_socket *socket);

#endif
