/* SPDX-License-Identifier: ISC */
#include "web/peers.h"

#include <stddef.h>
#include <string.h>

/* The client's row, or a free one, or NULL. */
static struct peer *
find(struct peers *peers, const struct client *client)
{
	struct peer *spare = NULL;

	for (size_t i = 0; i < PEERS; i++) {
		struct peer *row = &peers->rows[i];

		if (row->open == 0) {
			spare = spare != NULL ? spare : row;
		} else if (memcmp(row->key, client->key, CLIENT_KEY) == 0) {
			return row;
		}
	}
	return spare;
}

unsigned
peers_open(struct peers *peers, const struct client *client)
{
	const struct peer *row = find(peers, client);

	return row != NULL ? row->open : 0;
}

struct peer *
peers_add(struct peers *peers, const struct client *client)
{
	struct peer *row = find(peers, client);

	if (row == NULL)
		return NULL;
	memcpy(row->key, client->key, CLIENT_KEY);
	row->open++;
	return row;
}

void
peers_sub(struct peer *peer)
{
	if (peer != NULL)
		peer->open--;
}
