/* SPDX-License-Identifier: ISC */
#include "web/reply.h"

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
