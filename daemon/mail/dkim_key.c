/* SPDX-License-Identifier: ISC */
#include "mail/dkim_key.h"

#include "base/codec.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdlib.h>

#define BITS_MIN 1024 /* RFC 8301 3.2 */
#define PEM_MAX  ((size_t)64 * 1024)

struct kind {
	int id;
	const char *algorithm;
	const char *name; /* k= */
	bool (*begin)(struct dkim_key *key);
	bool (*sign)(struct dkim_key *key, unsigned char *raw, size_t *len,
	    const unsigned char *hash);
	/* Appends what stands behind p=, before it is base64. */
	bool (*publish)(struct str *out, EVP_PKEY *key);
};

/* OpenSSL looks up what a key can do when a context is made: that is done
 * once, and not for each signature. */
struct dkim_key {
	EVP_PKEY *key;
	const struct kind *kind;
	EVP_PKEY_CTX *rsa;
	EVP_MD_CTX *ed, *work;
};

static bool
begin_rsa(struct dkim_key *key)
{
	key->rsa = EVP_PKEY_CTX_new(key->key, NULL);
	return key->rsa != NULL && EVP_PKEY_sign_init(key->rsa) == 1 &&
	       EVP_PKEY_CTX_set_rsa_padding(key->rsa, RSA_PKCS1_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_signature_md(key->rsa, EVP_sha256()) == 1;
}

static bool
sign_rsa(struct dkim_key *key, unsigned char *raw, size_t *len,
    const unsigned char *hash)
{
	return EVP_PKEY_sign(key->rsa, raw, len, hash, DKIM_KEY_HASH) == 1;
}

/* RFC 6376 3.6.1: a SubjectPublicKeyInfo, whatever the name of k= says. */
static bool
publish_rsa(struct str *out, EVP_PKEY *key)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(key, &der);

	if (len <= 0)
		return false;
	str_add_bytes(out, der, (size_t)len);
	OPENSSL_free(der);
	return true;
}

static bool
begin_ed(struct dkim_key *key)
{
	key->ed = EVP_MD_CTX_new();
	key->work = EVP_MD_CTX_new();
	return key->ed != NULL && key->work != NULL &&
	       EVP_DigestSignInit(key->ed, NULL, NULL, NULL, key->key) == 1;
}

/* RFC 8463 3: PureEdDSA, and what it signs is the hash. */
static bool
sign_ed(struct dkim_key *key, unsigned char *raw, size_t *len,
    const unsigned char *hash)
{
	/* A context signs once. */
	return EVP_MD_CTX_copy_ex(key->work, key->ed) == 1 &&
	       EVP_DigestSign(key->work, raw, len, hash, DKIM_KEY_HASH) == 1;
}

/* RFC 8463 4: the 32 bytes alone. */
static bool
publish_ed(struct str *out, EVP_PKEY *key)
{
	unsigned char raw[32];
	size_t len = sizeof(raw);

	if (EVP_PKEY_get_raw_public_key(key, raw, &len) != 1)
		return false;
	str_add_bytes(out, raw, len);
	return true;
}

static const struct kind kinds[] = {
    {EVP_PKEY_RSA, "rsa-sha256", "rsa", begin_rsa, sign_rsa, publish_rsa},
    {EVP_PKEY_ED25519, "ed25519-sha256", "ed25519", begin_ed, sign_ed,
	publish_ed},
};

static const struct kind *
find_kind(const EVP_PKEY *key)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		if (EVP_PKEY_get_base_id(key) == kinds[i].id)
			return &kinds[i];
	}
	return NULL;
}

/* No password: a daemon has nobody to ask. */
static int
/* NOLINTNEXTLINE(readability-non-const-parameter): OpenSSL's type */
no_password(char *buf, int size, int writing, void *arg)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)arg;
	return -1;
}

static EVP_PKEY *
read_pem(const char *pem, size_t len)
{
	BIO *bio = len <= PEM_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	BIO_free(bio);
	ERR_clear_error();
	return key;
}

static bool
size_ok(const struct dkim_key *key)
{
	int bits = EVP_PKEY_get_bits(key->key);

	return key->kind->id != EVP_PKEY_RSA ||
	       (bits >= BITS_MIN && bits <= DKIM_KEY_BITS_MAX);
}

int
dkim_key_read(
    struct dkim_key **out, const char *pem, size_t len, struct err *err)
{
	struct dkim_key *key = calloc(1, sizeof(*key));

	if (key == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	key->key = read_pem(pem, len);
	key->kind = key->key != NULL ? find_kind(key->key) : NULL;
	if (key->key == NULL) {
		(void)err_set(err, ERR_CONFIG,
		    "not a private key in PEM without a password: make one "
		    "with 'nashra dkim new'");
	} else if (key->kind == NULL) {
		(void)err_set(err, ERR_CONFIG,
		    "a key of another kind than RSA and Ed25519: make one "
		    "with 'nashra dkim new'");
	} else if (!size_ok(key)) {
		(void)err_set(err, ERR_CONFIG,
		    "an RSA key of %d bits, not of %d to %d: make one with "
		    "'nashra dkim new'",
		    EVP_PKEY_get_bits(key->key), BITS_MIN, DKIM_KEY_BITS_MAX);
	} else if (!key->kind->begin(key)) {
		(void)err_set(err, ERR_SYSTEM, "OpenSSL cannot use the key");
	} else {
		*out = key;
		return 0;
	}
	ERR_clear_error();
	dkim_key_free(key);
	return -1;
}

void
dkim_key_free(struct dkim_key *key)
{
	if (key == NULL)
		return;
	EVP_PKEY_CTX_free(key->rsa);
	EVP_MD_CTX_free(key->ed);
	EVP_MD_CTX_free(key->work);
	EVP_PKEY_free(key->key);
	free(key);
}

const char *
dkim_key_algorithm(const struct dkim_key *key)
{
	return key->kind->algorithm;
}

int
dkim_key_sign(struct dkim_key *key, unsigned char raw[DKIM_KEY_RAW],
    size_t *len, const unsigned char hash[DKIM_KEY_HASH], struct err *err)
{
	*len = DKIM_KEY_RAW;
	if (key->kind->sign(key, raw, len, hash))
		return 0;
	ERR_clear_error();
	return err_set(err, ERR_SYSTEM, "cannot sign the headers");
}

int
dkim_key_dns(struct str *out, const struct dkim_key *key, struct err *err)
{
	struct str raw;
	int rc = 0;

	str_init(&raw, (size_t)2 * DKIM_KEY_RAW);
	if (!key->kind->publish(&raw, key->key)) {
		rc = err_set(err, ERR_SYSTEM, "OpenSSL cannot write the key");
		goto out;
	}
	str_addf(out, "v=DKIM1; k=%s; p=", key->kind->name);
	codec_base64(out, raw.data, raw.len);
	if (out->bad || raw.bad)
		rc = err_set(err, ERR_SYSTEM, "no room for the record");
out:
	str_release(&raw);
	return rc;
}

int
dkim_key_new(struct str *pem, unsigned bits, struct err *err)
{
	EVP_PKEY *key = NULL;
	BIO *bio = NULL;
	char *text;
	long len;
	int rc = -1;

	if (bits < BITS_MIN || bits > DKIM_KEY_BITS_MAX) {
		return err_set(err, ERR_INPUT,
		    "a DKIM key has %d to %d bits, not %u", BITS_MIN,
		    DKIM_KEY_BITS_MAX, bits);
	}
	key = EVP_RSA_gen(bits);
	bio = BIO_new(BIO_s_secmem()); /* wiped when it is freed */
	if (key == NULL || bio == NULL ||
	    PEM_write_bio_PKCS8PrivateKey(
		bio, key, NULL, NULL, 0, NULL, NULL) != 1) {
		(void)err_set(err, ERR_SYSTEM, "OpenSSL cannot make a key");
		goto out;
	}
	len = BIO_get_mem_data(bio, &text);
	str_add_bytes(pem, text, (size_t)len);
	rc = pem->bad ? err_set(err, ERR_SYSTEM, "no room for the key") : 0;
out:
	ERR_clear_error();
	BIO_free(bio);
	EVP_PKEY_free(key);
	return rc;
}
