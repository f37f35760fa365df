/* SPDX-License-Identifier: ISC */
/*
 * message - what one core does for one reader: seal the links, encode the
 * body, sign. Signing is what bounds a sender on one core.
 */
#include "base/clock.h"
#include "base/token.h"
#include "mail/dkim.h"
#include "mail/mime.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define BODY_SIZE 20000
#define RUN_MS    1000

struct bench {
	struct token_ring *ring;
	struct dkim *dkim;
	char body[BODY_SIZE + 1];
	struct str message;
	struct str signature;
};

static void
fail(const char *what)
{
	fprintf(stderr, "message: %s\n", what);
	exit(1);
}

static void
seal(struct bench *bench)
{
	static const unsigned char uuid[16] = {1, 2, 3};
	char link[TOKEN_LINK_SIZE];
	char verp[TOKEN_VERP_SIZE];

	token_seal(bench->ring, link, TOKEN_LEAVE, uuid);
	token_seal_verp(bench->ring, verp, uuid, 1);
}

static void
encode(struct bench *bench)
{
	struct mime_body body = {.text = bench->body,
	    .text_len = BODY_SIZE / 4,
	    .html = bench->body,
	    .html_len = BODY_SIZE * 3 / 4,
	    .language = "ar",
	    .boundary = "bench"};
	struct err err = ERR_INIT;

	str_reset(&bench->message);
	if (mime_header(&bench->message, "From", "<news@example.org>", &err) !=
		0 ||
	    mime_header_text(&bench->message, "Subject",
		"نشرة الموسوعة اليومية", &err) != 0 ||
	    mime_body_add(&bench->message, &body, &err) != 0)
		fail(err.msg);
}

static void
sign(struct bench *bench)
{
	struct err err = ERR_INIT;

	str_reset(&bench->signature);
	if (dkim_sign(&bench->signature, bench->dkim, bench->message.data,
		bench->message.len, 1700000000, &err) != 0)
		fail(err.msg);
}

static void
measure(struct bench *bench, const char *name, void (*run)(struct bench *))
{
	int64_t start = clock_mono_ms();
	int64_t took;
	int64_t times = 0;

	do {
		for (int i = 0; i < 16; i++)
			run(bench);
		times += 16;
		took = clock_mono_ms() - start;
	} while (took < RUN_MS);
	printf("  %-8s %9lld a second, %8.1f us each\n", name,
	    (long long)(times * 1000 / took),
	    (double)took * 1000 / (double)times);
}

static void
load(struct bench *bench)
{
	char path[] = "/tmp/nashra-bench-XXXXXX";
	struct err err = ERR_INIT;
	struct str pem;

	if (mkdtemp(path) == NULL)
		fail("no folder in /tmp");
	str_init(&pem, 16384);
	str_addf(&pem, "%s/ring", path);
	if (token_ring_create(pem.data, &err) != 0 ||
	    token_ring_load(&bench->ring, pem.data, &err) != 0)
		fail(err.msg);
	unlink(pem.data);
	rmdir(path);
	str_reset(&pem);
	if (dkim_key_new(&pem, 2048, &err) != 0 ||
	    dkim_new(&bench->dkim, pem.data, pem.len, "example.org", "bench",
		&err) != 0)
		fail(err.msg);
	str_release(&pem);
	for (size_t i = 0; i < BODY_SIZE; i++)
		bench->body[i] = i % 64 == 63 ? '\n' : 'a';
	str_init(&bench->message, MIME_MESSAGE_MAX);
	str_init(&bench->signature, 65536);
}

int
main(void)
{
	static struct bench bench;

	load(&bench);
	measure(&bench, "seal", seal);
	measure(&bench, "encode", encode);
	measure(&bench, "sign", sign);
	str_release(&bench.message);
	str_release(&bench.signature);
	dkim_free(bench.dkim);
	token_ring_free(bench.ring);
	return 0;
}
