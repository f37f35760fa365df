/* SPDX-License-Identifier: ISC */
#include "web/answer.h"

#define LOCATION_MAX 1024

void
answer_init(struct answer *answer)
{
	*answer = (struct answer){0};
	str_init(&answer->body, ANSWER_MAX);
	str_init(&answer->location, LOCATION_MAX);
}

void
answer_release(struct answer *answer)
{
	str_release(&answer->body);
	str_release(&answer->location);
}

void
answer_reset(struct answer *answer)
{
	struct str body = answer->body;
	struct str location = answer->location;

	str_reset(&body);
	str_reset(&location);
	*answer = (struct answer){.body = body, .location = location};
}
