/* SPDX-License-Identifier: ISC */
#include "web/reply.h"

#include <microhttpd.h>
#include <stdlib.h>

#define LOCATION_MAX 1024

void
reply_init(struct reply *reply)
{
	*reply = (struct reply){0};
	str_init(&reply->body, REPLY_MAX);
	str_init(&reply->location, LOCATION_MAX);
}

void
reply_release(struct reply *reply)
{
	str_release(&reply->body);
	str_release(&reply->location);
}

void
reply_reset(struct reply *reply)
{
	struct str body = reply->body;
	struct str location = reply->location;

	str_reset(&body);
	str_reset(&location);
	*reply = (struct reply){.body = body, .location = location};
}

/* clang-format off */
static const struct {
	const char *name;
	const char *value;
} fixed_headers[] = {
    {"X-Content-Type-Options", "nosniff"},
    {"X-Frame-Options", "DENY"},
    {"Referrer-Policy", "no-referrer"}, /* addresses hold tokens */
    {"Cache-Control", "no-store"},
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
add_policy(struct MHD_Response *response, const char *nonce)
{
	struct str policy;

	str_init(&policy, 256);
	str_add(&policy, "default-src 'none'; ");
	if (*nonce != '\0')
		str_addf(&policy, "style-src 'nonce-%s'; ", nonce);
	str_add(&policy, "form-action 'self'; frame-ancestors 'none'; "
			 "base-uri 'none'");
	add_header(response, "Content-Security-Policy", policy.data);
	str_release(&policy);
}

static void
add_headers(struct MHD_Response *response, const struct reply *reply)
{
	struct str seconds;

	for (size_t i = 0; i < sizeof(fixed_headers) / sizeof(fixed_headers[0]);
	     i++)
		add_header(
		    response, fixed_headers[i].name, fixed_headers[i].value);
	add_policy(response, reply->nonce);
	add_header(response, "Content-Type", reply->type);
	add_header(response, "Content-Language", reply->language);
	add_header(response, "Location", reply->location.data);
	add_header(response, "Allow", reply->allow);
	str_init(&seconds, 24);
	if (reply->retry_after > 0)
		str_addf(&seconds, "%lld", (long long)reply->retry_after);
	add_header(response, "Retry-After", seconds.data);
	str_release(&seconds);
	if (reply->close)
		add_header(response, "Connection", "close");
}

bool
reply_send(struct reply *reply, struct MHD_Connection *connection)
{
	size_t len = reply->body.len;
	char *bytes = str_take(&reply->body);
	struct MHD_Response *response;
	bool sent;

	if (bytes == NULL)
		return false;
	response =
	    MHD_create_response_from_buffer(len, bytes, MHD_RESPMEM_MUST_FREE);
	if (response == NULL) {
		free(bytes);
		return false;
	}
	add_headers(response, reply);
	sent =
	    MHD_queue_response(connection, reply->status, response) == MHD_YES;
	MHD_destroy_response(response);
	return sent;
}
