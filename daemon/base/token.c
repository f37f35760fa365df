/* SPDX-License-Identifier: ISC */
#include "base/token.h"

#include "base/codec.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEYS_MAX     32
#define KEY_BYTES    32
#define LINK_MAC     16
#define VERP_MAC     8
#define SEAL_VERSION 1
#define SECRETS_MAX  8192

/* The first byte under the MAC keeps the three kinds of seal apart. */
enum domain { DOMAIN_LINK = 'L', DOMAIN_VERP = 'V', DOMAIN_TIME = 'T' };

/* The key itself is in `mac` alone, where it is ready for use: to set up an
 * HMAC takes six times as long as to compute one. */
struct key {
	unsigned char id;
	EVP_MAC_CTX *mac;
};

struct token_ring {
	struct key keys[KEYS_MAX];
	size_t count;
};

void
token_guard(void)
{
#ifndef __SANITIZE_ADDRESS__
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
}

void
token_random(void *out, size_t n)
{
	/* Without randomness every link could be guessed: better no service. */
	if (RAND_bytes(out, (int)n) != 1)
		abort();
}

void
token_new(char out[TOKEN_RANDOM_SIZE])
{
	unsigned char raw[TOKEN_RANDOM_BYTES];
	struct str text;

	token_random(raw, sizeof(raw));
	str_init(&text, TOKEN_RANDOM_SIZE);
	codec_base64url(&text, raw, sizeof(raw));
	(void)str_fit(out, TOKEN_RANDOM_SIZE, text.data);
	OPENSSL_cleanse(raw, sizeof(raw));
	str_release(&text);
}

void
token_digest(char out[TOKEN_HASH_SIZE], const void *bytes, size_t n)
{
	unsigned char md[EVP_MAX_MD_SIZE];
	struct str text;

	if (EVP_Digest(bytes, n, md, NULL, EVP_sha256(), NULL) != 1)
		abort();
	str_init(&text, TOKEN_HASH_SIZE);
	codec_hex(&text, md, 32);
	(void)str_fit(out, TOKEN_HASH_SIZE, text.data);
	str_release(&text);
}

void
token_hash(char out[TOKEN_HASH_SIZE], const char *text)
{
	token_digest(out, text, strlen(text));
}

static EVP_MAC_CTX *
new_mac(const unsigned char bytes[KEY_BYTES])
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
	    OSSL_PARAM_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
	    OSSL_PARAM_END};
	EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
	EVP_MAC_CTX *mac = EVP_MAC_CTX_new(hmac);

	EVP_MAC_free(hmac);
	if (mac == NULL || EVP_MAC_init(mac, bytes, KEY_BYTES, params) != 1)
		abort();
	return mac;
}

static int
parse_line(struct token_ring *ring, char *line, struct err *err)
{
	char *hex = strchr(line, ' ');
	unsigned char bytes[KEY_BYTES];
	int64_t id;
	int rc = -1;

	if (*line == '\0' || *line == '#')
		return 0;
	if (ring->count == KEYS_MAX)
		return err_set(err, ERR_CONFIG, "more than %d keys", KEYS_MAX);
	if (hex == NULL)
		return err_set(err, ERR_CONFIG, "not \"ID HEX\"");
	*hex++ = '\0';
	if (!codec_int(&id, line, 1, 255) ||
	    !codec_hex_decode(bytes, KEY_BYTES, hex)) {
		(void)err_set(err, ERR_CONFIG,
		    "a key is a number from 1 to 255, a space and 64 "
		    "lower-case hex digits");
		goto out;
	}
	for (size_t i = 0; i < ring->count; i++) {
		if (ring->keys[i].id == id) {
			(void)err_set(err, ERR_CONFIG, "key %d twice", (int)id);
			goto out;
		}
	}
	ring->keys[ring->count++] =
	    (struct key){.id = (unsigned char)id, .mac = new_mac(bytes)};
	rc = 0;
out:
	OPENSSL_cleanse(bytes, sizeof(bytes));
	return rc;
}

static int
parse_ring(
    struct token_ring *ring, char *text, const char *path, struct err *err)
{
	int number = 1;

	for (char *line = text; line != NULL; number++) {
		char *end = strchr(line, '\n');

		if (end != NULL)
			*end++ = '\0';
		if (parse_line(ring, line, err) != 0)
			return err_wrap(err, "%s:%d", path, number);
		line = end;
	}
	if (ring->count == 0)
		return err_set(err, ERR_CONFIG, "%s: no key in it", path);
	return 0;
}

int
token_ring_load(struct token_ring **out, const char *path, struct err *err)
{
	struct token_ring *ring = NULL;
	char text[SECRETS_MAX];
	struct stat st;
	ssize_t n = 0;
	int rc = -1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && errno == ENOENT) {
		(void)err_set(err, ERR_NOTFOUND,
		    "no secrets '%s': `nashra init` makes them", path);
		goto out;
	}
	if (fd < 0 || fstat(fd, &st) != 0) {
		(void)err_errno(err, "secrets '%s'", path);
		goto out;
	}
	if (!S_ISREG(st.st_mode) || (st.st_mode & 077) != 0) {
		(void)err_set(err, ERR_CONFIG,
		    "secrets '%s' can be read by others: chmod 600 it", path);
		goto out;
	}
	n = read(fd, text, sizeof(text) - 1);
	if (n < 0 || n == (ssize_t)sizeof(text) - 1) {
		n = 0;
		(void)err_set(
		    err, ERR_CONFIG, "cannot read secrets '%s'", path);
		goto out;
	}
	text[n] = '\0';
	ring = calloc(1, sizeof(*ring));
	if (ring == NULL) {
		(void)err_set(err, ERR_SYSTEM, "out of memory");
		goto out;
	}
	rc = parse_ring(ring, text, path, err);
out:
	if (fd >= 0)
		close(fd);
	OPENSSL_cleanse(text, (size_t)n);
	if (rc != 0) {
		token_ring_free(ring);
		return -1;
	}
	*out = ring;
	return 0;
}

void
token_ring_free(struct token_ring *ring)
{
	if (ring == NULL)
		return;
	/* OpenSSL wipes what it frees. */
	for (size_t i = 0; i < ring->count; i++)
		EVP_MAC_CTX_free(ring->keys[i].mac);
	free(ring);
}

int
token_ring_create(const char *path, struct err *err)
{
	unsigned char raw[KEY_BYTES];
	struct str line;
	int rc = -1;
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0)
		return err_errno(err, "cannot create secrets '%s'", path);
	token_random(raw, sizeof(raw));
	str_init(&line, 128);
	str_add(&line, "1 ");
	codec_hex(&line, raw, sizeof(raw));
	str_add(&line, "\n");
	OPENSSL_cleanse(raw, sizeof(raw));
	if (write(fd, line.data, line.len) == (ssize_t)line.len &&
	    fsync(fd) == 0) {
		rc = 0;
	} else {
		(void)err_errno(err, "cannot write secrets '%s'", path);
	}
	OPENSSL_cleanse(line.data, line.len);
	str_release(&line);
	close(fd);
	if (rc != 0)
		(void)unlink(path);
	return rc;
}

/* HMAC-SHA256, cut to `size`, over the domain and the n bytes. */
static void
mac(const struct key *key, enum domain domain, const unsigned char *bytes,
    size_t n, unsigned char *out, size_t size)
{
	const unsigned char first = (unsigned char)domain;
	unsigned char md[EVP_MAX_MD_SIZE];

	/* Without a key, init takes the one that it had. */
	if (EVP_MAC_init(key->mac, NULL, 0, NULL) != 1 ||
	    EVP_MAC_update(key->mac, &first, 1) != 1 ||
	    EVP_MAC_update(key->mac, bytes, n) != 1 ||
	    EVP_MAC_final(key->mac, md, NULL, sizeof(md)) != 1)
		abort();
	memcpy(out, md, size);
}

static const struct key *
newest(const struct token_ring *ring)
{
	return &ring->keys[ring->count - 1];
}

/* True where the last `size` of the n bytes are the MAC of those before, by
 * the key whose id is bytes[1]. */
static bool
verify(const struct token_ring *ring, enum domain domain,
    const unsigned char *bytes, size_t n, size_t size)
{
	unsigned char want[EVP_MAX_MD_SIZE];

	for (size_t i = 0; i < ring->count; i++) {
		if (ring->keys[i].id != bytes[1])
			continue;
		mac(&ring->keys[i], domain, bytes, n - size, want, size);
		return CRYPTO_memcmp(want, bytes + n - size, size) == 0;
	}
	return false;
}

void
token_seal(const struct token_ring *ring, char out[TOKEN_LINK_SIZE],
    enum token_purpose purpose, const unsigned char uuid[16])
{
	unsigned char raw[19 + LINK_MAC] = {
	    SEAL_VERSION, newest(ring)->id, (unsigned char)purpose};
	struct str text;

	memcpy(raw + 3, uuid, 16);
	mac(newest(ring), DOMAIN_LINK, raw, 19, raw + 19, LINK_MAC);
	str_init(&text, TOKEN_LINK_SIZE);
	codec_base64url(&text, raw, sizeof(raw));
	(void)str_fit(out, TOKEN_LINK_SIZE, text.data);
	str_release(&text);
}

bool
token_open(const struct token_ring *ring, unsigned char uuid[16],
    enum token_purpose purpose, const char *text)
{
	unsigned char raw[19 + LINK_MAC];

	if (!codec_base64url_decode(raw, sizeof(raw), text) ||
	    raw[0] != SEAL_VERSION || raw[2] != (unsigned char)purpose ||
	    !verify(ring, DOMAIN_LINK, raw, sizeof(raw), LINK_MAC))
		return false;
	memcpy(uuid, raw + 3, 16);
	return true;
}

static void
put_big_endian(unsigned char *out, uint64_t n, size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		out[i] = (unsigned char)(n >> (8 * (bytes - 1 - i)));
}

static uint64_t
get_big_endian(const unsigned char *in, size_t bytes)
{
	uint64_t n = 0;

	for (size_t i = 0; i < bytes; i++)
		n = n << 8 | in[i];
	return n;
}

void
token_seal_verp(const struct token_ring *ring, char out[TOKEN_VERP_SIZE],
    const unsigned char uuid[16], uint32_t issue)
{
	unsigned char raw[22 + VERP_MAC] = {SEAL_VERSION, newest(ring)->id};
	struct str text;

	memcpy(raw + 2, uuid, 16);
	put_big_endian(raw + 18, issue, 4);
	mac(newest(ring), DOMAIN_VERP, raw, 22, raw + 22, VERP_MAC);
	str_init(&text, TOKEN_VERP_SIZE);
	codec_base32(&text, raw, sizeof(raw));
	(void)str_fit(out, TOKEN_VERP_SIZE, text.data);
	str_release(&text);
}

bool
token_open_verp(const struct token_ring *ring, unsigned char uuid[16],
    uint32_t *issue, const char *text)
{
	unsigned char raw[22 + VERP_MAC];

	if (!codec_base32_decode(raw, sizeof(raw), text) ||
	    raw[0] != SEAL_VERSION ||
	    !verify(ring, DOMAIN_VERP, raw, sizeof(raw), VERP_MAC))
		return false;
	memcpy(uuid, raw + 2, 16);
	*issue = (uint32_t)get_big_endian(raw + 18, 4);
	return true;
}

void
token_seal_time(
    const struct token_ring *ring, char out[TOKEN_TIME_SIZE], int64_t when)
{
	unsigned char raw[10 + LINK_MAC] = {SEAL_VERSION, newest(ring)->id};
	struct str text;

	put_big_endian(raw + 2, (uint64_t)when, 8);
	mac(newest(ring), DOMAIN_TIME, raw, 10, raw + 10, LINK_MAC);
	str_init(&text, TOKEN_TIME_SIZE);
	codec_base64url(&text, raw, sizeof(raw));
	(void)str_fit(out, TOKEN_TIME_SIZE, text.data);
	str_release(&text);
}

bool
token_open_time(const struct token_ring *ring, int64_t *when, const char *text)
{
	unsigned char raw[10 + LINK_MAC];

	if (!codec_base64url_decode(raw, sizeof(raw), text) ||
	    raw[0] != SEAL_VERSION ||
	    !verify(ring, DOMAIN_TIME, raw, sizeof(raw), LINK_MAC))
		return false;
	*when = (int64_t)get_big_endian(raw + 2, 8);
	return true;
}
