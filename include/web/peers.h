/* SPDX-License-Identifier: ISC */
/*
 * peers - how many connections each client has open.
 *
 * Pure. There are as many rows as connections, so there is always one free.
 */
#ifndef NASHRA_WEB_PEERS_H
#define NASHRA_WEB_PEERS_H

#include "web/client.h"

#define PEERS 512

struct peer {
	unsigned char key[CLIENT_KEY];
	unsigned open;
};

/* Zeroed it is empty. */
struct peers {
	struct peer rows[PEERS];
};

unsigned peers_open(struct peers *peers, const struct client *client);
/* The client's row, one higher; NULL where all rows are taken. */
struct peer *peers_add(struct peers *peers, const struct client *client);
void peers_sub(struct peer *peer); /* accepts NULL */

#endif
