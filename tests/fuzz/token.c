/* SPDX-License-Identifier: ISC */
#include "base/token.h"
#include "base/str.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const unsigned char UUID[16] = "0123456789abcde";

/* A ring of one key that never changes, so that findings can be repeated. */
static struct token_ring *
fixed_ring(void)
{
	char path[] = "/tmp/nashra-fuzz-XXXXXX";
	struct token_ring *ring = NULL;
	struct err err = ERR_INIT;
	int fd = mkstemp(path);

	if (fd < 0 || dprintf(fd, "1 %032d%032d\n", 1, 2) < 0 ||
	    token_ring_load(&ring, path, &err) != 0)
		abort();
	close(fd);
	(void)unlink(path);
	return ring;
}

/* Two letters that a mail system may take for one. */
static bool
same_letter(char a, char b)
{
	const char one[] = {a, '\0'};
	const char two[] = {b, '\0'};

	return str_eq_ci(one, two);
}

/* Whatever opens is, letter for letter, what the ring seals; a VERP seal but
 * for its case. */
static void
check(const struct token_ring *ring, const char *text)
{
	char seal[TOKEN_LINK_SIZE];
	char verp[TOKEN_VERP_SIZE];
	char moment[TOKEN_TIME_SIZE];
	unsigned char uuid[16];
	uint32_t issue;
	int64_t when;

	for (int purpose = TOKEN_LEAVE; purpose <= TOKEN_PREFER; purpose++) {
		if (!token_open(ring, uuid, (enum token_purpose)purpose, text))
			continue;
		token_seal(ring, seal, (enum token_purpose)purpose, uuid);
		if (!str_eq(seal, text))
			abort();
	}
	if (token_open_verp(ring, uuid, &issue, text)) {
		token_seal_verp(ring, verp, uuid, issue);
		if (!str_eq_ci(verp, text))
			abort();
	}
	if (token_open_time(ring, &when, text)) {
		token_seal_time(ring, moment, when);
		if (!str_eq(moment, text))
			abort();
	}
}

/* The input itself, and good seals with one byte of it put in: the first byte
 * says where. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static struct token_ring *ring;
	char seal[TOKEN_LINK_SIZE];
	char verp[TOKEN_VERP_SIZE];
	char text[256];
	unsigned char uuid[16];
	uint32_t issue;

	if (ring == NULL)
		ring = fixed_ring();
	if (len < 2 || len >= sizeof(text))
		return 0;
	memcpy(text, data, len);
	text[len] = '\0';
	check(ring, text);
	token_seal(ring, seal, TOKEN_LEAVE, UUID);
	token_seal_verp(ring, verp, UUID, data[1]);
	if (seal[data[0] % (TOKEN_LINK_SIZE - 1)] != text[1]) {
		seal[data[0] % (TOKEN_LINK_SIZE - 1)] = text[1];
		if (token_open(ring, uuid, TOKEN_LEAVE, seal))
			abort();
	}
	if (!same_letter(verp[data[0] % (TOKEN_VERP_SIZE - 1)], text[1])) {
		verp[data[0] % (TOKEN_VERP_SIZE - 1)] = text[1];
		if (token_open_verp(ring, uuid, &issue, verp))
			abort();
	}
	return 0;
}
