/* SPDX-License-Identifier: ISC */
#include "web/answer.h"

#include "base/codec.h"
#include "base/token.h"

#include <stdio.h>
#include <string.h>

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

void
answer_nonce(struct answer *answer)
{
	unsigned char raw[16];
	struct str nonce;

	token_random(raw, sizeof(raw));
	str_init(&nonce, sizeof(answer->nonce));
	codec_base64url(&nonce, raw, sizeof(raw));
	(void)str_fit(answer->nonce, sizeof(answer->nonce), nonce.data);
	str_release(&nonce);
}

void
answer_tag(struct answer *answer)
{
	const char *at = answer->body.data;
	char hash[TOKEN_HASH_SIZE];
	struct str rest;
	const char *nonce;

	str_init(&rest, ANSWER_MAX);
	while (answer->nonce[0] != '\0' &&
	       (nonce = strstr(at, answer->nonce)) != NULL) {
		str_add_bytes(&rest, at, (size_t)(nonce - at));
		at = nonce + strlen(answer->nonce);
	}
	str_add(&rest, at);
	token_digest(hash, rest.data, rest.len);
	str_release(&rest);
	(void)snprintf(answer->tag, sizeof(answer->tag), "\"%.32s\"", hash);
}
