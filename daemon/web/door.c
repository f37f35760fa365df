/* SPDX-License-Identifier: ISC */
#include "web/door.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#define FORWARDED_MAX 2048 /* bytes of all X-Forwarded-For together */

static void
address_text(char out[CLIENT_SIZE], const struct sockaddr *address)
{
	const void *bytes = NULL;

	out[0] = '\0';
	if (address->sa_family == AF_INET)
		bytes = &((const struct sockaddr_in *)address)->sin_addr;
	else if (address->sa_family == AF_INET6)
		bytes = &((const struct sockaddr_in6 *)address)->sin6_addr;
	if (bytes != NULL)
		(void)inet_ntop(address->sa_family, bytes, out, CLIENT_SIZE);
}

/* "" for a Unix socket. */
static void
peer_text(char out[CLIENT_SIZE], const struct door *door,
    struct MHD_Connection *connection)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);

	out[0] = '\0';
	if (info != NULL && !door->local)
		address_text(out, info->client_addr);
}

static enum MHD_Result
join_forwarded(
    void *arg, enum MHD_ValueKind kind, const char *name, const char *value)
{
	struct str *all = arg;

	(void)kind;
	if (value == NULL || !str_eq_ci(name, "X-Forwarded-For"))
		return MHD_YES;
	if (all->len > 0)
		str_add(all, ",");
	str_add(all, value);
	return MHD_YES;
}

void
door_client(const struct door *door, struct client *out,
    struct MHD_Connection *connection)
{
	char peer[CLIENT_SIZE];
	struct str forwarded;

	str_init(&forwarded, FORWARDED_MAX);
	(void)MHD_get_connection_values(
	    connection, MHD_HEADER_KIND, join_forwarded, &forwarded);
	peer_text(peer, door, connection);
	/* Cut short, its end would no longer be the proxy's word. */
	client_find(
	    out, peer, forwarded.bad ? "" : forwarded.data, door->trusted);
	str_release(&forwarded);
}

enum MHD_Result
door_accept(void *arg, const struct sockaddr *address, socklen_t len)
{
	struct door *door = arg;
	struct client client;
	char text[CLIENT_SIZE];

	(void)len;
	if (door->local)
		return MHD_YES;
	address_text(text, address);
	if (!client_parse(&client, text) || client_trusted(text, door->trusted))
		return MHD_YES;
	return peers_open(&door->peers, &client) < DOOR_PER_CLIENT ? MHD_YES
								   : MHD_NO;
}

void
door_connection(void *arg, struct MHD_Connection *connection, void **state,
    enum MHD_ConnectionNotificationCode code)
{
	struct door *door = arg;
	struct client client = {0};
	char text[CLIENT_SIZE];

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		peers_sub(*state);
		return;
	}
	peer_text(text, door, connection);
	(void)client_parse(&client, text);
	*state = peers_add(&door->peers, &client);
}
