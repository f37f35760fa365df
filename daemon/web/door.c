/* SPDX-License-Identifier: ISC */
#include "web/door.h"

#include "base/str.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FORWARDED_MAX 2048 /* bytes of all X-Forwarded-For together */

static void
address_text(char out[CLIENT_SIZE], const struct sockaddr *address)
{
	const void *bytes = NULL;

	out[0] = '\0';
	if (address->sa_family == AF_INET) {
		bytes = &((const struct sockaddr_in *)address)->sin_addr;
	} else if (address->sa_family == AF_INET6) {
		bytes = &((const struct sockaddr_in6 *)address)->sin6_addr;
	}
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

int
door_check(const struct conf *conf, struct err *err)
{
	const struct conf_items *proxies = &conf->web.trusted_proxies;

	for (size_t i = 0; i < proxies->count; i++) {
		if (!client_range_ok(proxies->item[i])) {
			return conf_fail(err, conf, "web.trusted_proxies",
			    "'%s' is neither an address nor ADDRESS/BITS",
			    proxies->item[i]);
		}
	}
	return 0;
}

bool
door_admits(struct door *door, const struct sockaddr *address)
{
	struct client client;
	char text[CLIENT_SIZE];

	if (door->local)
		return true;
	address_text(text, address);
	if (!client_parse(&client, text) || client_trusted(text, door->trusted))
		return true;
	return peers_open(&door->peers, &client) < DOOR_PER_CLIENT;
}

struct peer *
door_enter(struct door *door, struct MHD_Connection *connection)
{
	struct client client = {0};
	char text[CLIENT_SIZE];

	peer_text(text, door, connection);
	(void)client_parse(&client, text);
	return peers_add(&door->peers, &client);
}

/* clang-format off */
static const struct {
	const char *name;
	const char *value;
} fixed_headers[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"}, /* addresses hold tokens */
};
/* clang-format on */

/* Nothing for a value that is not there. */
static void
add_header(struct MHD_Response *response, const char *name, const char *value)
{
	if (value != NULL && *value != '\0' &&
	    MHD_add_response_header(response, name, value) != MHD_YES)
		abort();
}

static void
add_policy(struct MHD_Response *response, const struct answer *answer)
{
	struct str policy;

	str_init(&policy, 256);
	str_add(&policy, "default-src 'none'; ");
	if (answer->nonce[0] != '\0')
		str_addf(&policy, "style-src 'nonce-%s'; ", answer->nonce);
	if (answer->pictures)
		str_add(&policy, "img-src https:; ");
	str_add(&policy, "form-action 'self'; frame-ancestors 'none'; "
			 "base-uri 'none'");
	add_header(response, "Content-Security-Policy", policy.data);
	str_release(&policy);
}

/* How long a page may be kept: not at all, or until it is asked after. */
static void
add_validity(struct MHD_Response *response, const char *tag)
{
	char weak[ANSWER_TAG_SIZE + 2] = "";

	if (tag[0] != '\0')
		(void)snprintf(weak, sizeof(weak), "W/%s", tag);
	add_header(response, "ETag", weak);
	add_header(response, "Cache-Control",
	    tag[0] != '\0' ? "no-cache" : "no-store");
}

static void
add_headers(struct MHD_Response *response, const struct answer *answer)
{
	struct str seconds;

	for (size_t i = 0; i < sizeof(fixed_headers) / sizeof(fixed_headers[0]);
	     i++) {
		add_header(
		    response, fixed_headers[i].name, fixed_headers[i].value);
	}
	add_validity(response, answer->tag);
	/* The policy of the page that is kept names that page's nonce. */
	if (answer->status != MHD_HTTP_NOT_MODIFIED)
		add_policy(response, answer);
	add_header(response, "Content-Type", answer->type);
	add_header(response, "Content-Language", answer->language);
	add_header(response, "Location", answer->location.data);
	add_header(response, "Allow", answer->allow);
	str_init(&seconds, 24);
	if (answer->retry_after > 0)
		str_addf(&seconds, "%lld", (long long)answer->retry_after);
	add_header(response, "Retry-After", seconds.data);
	str_release(&seconds);
	if (answer->close)
		add_header(response, "Connection", "close");
}

/* RFC 9110 13.1.2: the visitor has that page, and it is the same still. */
static void
leave_unsaid(struct answer *answer, struct MHD_Connection *connection)
{
	const char *known = MHD_lookup_connection_value(
	    connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_IF_NONE_MATCH);

	if (answer->tag[0] == '\0' || known == NULL ||
	    (!str_eq(known, "*") && strstr(known, answer->tag) == NULL))
		return;
	str_reset(&answer->body);
	answer->status = MHD_HTTP_NOT_MODIFIED;
	answer->type = NULL;
	answer->language = NULL;
}

bool
door_send(struct answer *answer, struct MHD_Connection *connection)
{
	struct MHD_Response *response;
	char *bytes;
	size_t len;
	bool sent;

	leave_unsaid(answer, connection);
	len = answer->body.len;
	bytes = str_take(&answer->body);
	if (bytes == NULL)
		return false;
	response =
	    MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(bytes);
		return false;
	}
	add_headers(response, answer);
	sent =
	    MHD_queue_response(connection, answer->status, response) == MHD_YES;
	MHD_destroy_response(response);
	return sent;
}
