/* SPDX-License-Identifier: ISC */
#include "mail/dkim.h"

#include "base/codec.h"
#include "mail/canon.h"
#include "mail/domain.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BITS_MIN      1024 /* RFC 8301 3.2 */
#define BITS_MAX      4096 /* what verifiers must be able to check, ibid. */
#define PEM_MAX       ((size_t)64 * 1024)
#define LINE          76
#define SELECTOR_SIZE 128 /* and NUL */
#define HASH_SIZE     32
#define SIGNATURE_MAX ((size_t)BITS_MAX / 8)
#define TEXT_MAX      ((size_t)64 * 1024 * 1024)
#define MESSAGE_MAX   (TEXT_MAX / 4)
#define NAME          "DKIM-Signature"

struct dkim {
	EVP_PKEY *key;
	struct domain domain;
	char selector[SELECTOR_SIZE];
};

/* Named once more than they occur (RFC 6376 8.15): a second one that somebody
 * adds on the way breaks the signature. */
static const char *const sealed[] = {"From", "Subject", "To", "Date",
    "Reply-To", "List-Unsubscribe", "List-Unsubscribe-Post"};

/* RFC 6376 5.4.1: relays change these. */
static const char *const unsigned_names[] = {
    "Return-Path", "Received", "DKIM-Signature"};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static bool
selector_ok(const char *selector)
{
	static const char set[] = "abcdefghijklmnopqrstuvwxyz"
				  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				  "0123456789-_";

	for (;; selector++) {
		size_t n = strspn(selector, set);

		if (n == 0 || n > 63)
			return false;
		selector += n;
		if (*selector == '\0')
			return true;
		if (*selector != '.')
			return false;
	}
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
read_key(const char *pem, size_t len, struct err *err)
{
	BIO *bio = len <= PEM_MAX ? BIO_new_mem_buf(pem, (int)len) : NULL;
	EVP_PKEY *key = NULL;

	if (bio != NULL)
		key = PEM_read_bio_PrivateKey(bio, NULL, no_password, NULL);
	BIO_free(bio);
	ERR_clear_error();
	if (key == NULL) {
		(void)err_set(err, ERR_CONFIG,
		    "not a private key in PEM without a password: make one "
		    "with 'nashra dkim new'");
		return NULL;
	}
	if (EVP_PKEY_get_base_id(key) != EVP_PKEY_RSA) {
		(void)err_set(err, ERR_CONFIG,
		    "a key of another kind than RSA: make one with 'nashra "
		    "dkim new'");
	} else if (EVP_PKEY_get_bits(key) < BITS_MIN ||
		   EVP_PKEY_get_bits(key) > BITS_MAX) {
		(void)err_set(err, ERR_CONFIG,
		    "an RSA key of %d bits, not of %d to %d: make one with "
		    "'nashra dkim new'",
		    EVP_PKEY_get_bits(key), BITS_MIN, BITS_MAX);
	} else {
		return key;
	}
	EVP_PKEY_free(key);
	return NULL;
}

int
dkim_new(struct dkim **out, const char *pem, size_t len, const char *domain,
    const char *selector, struct err *err)
{
	struct dkim *dkim = calloc(1, sizeof(*dkim));

	if (dkim == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	if (!codec_utf8_ok(domain, strlen(domain))) {
		(void)err_set(err, ERR_CONFIG, "domain is not valid UTF-8");
		goto undo;
	}
	if (domain_parse(&dkim->domain, domain, err) != 0) {
		err->code = ERR_CONFIG;
		(void)err_wrap(err, "domain '%.100s'", domain);
		goto undo;
	}
	if (!selector_ok(selector) ||
	    !str_fit(dkim->selector, sizeof(dkim->selector), selector)) {
		(void)err_set(err, ERR_CONFIG,
		    "selector '%.100s': letters, digits, '-' and '_', in "
		    "parts between single '.'",
		    selector);
		goto undo;
	}
	dkim->key = read_key(pem, len, err);
	if (dkim->key == NULL)
		goto undo;
	*out = dkim;
	return 0;
undo:
	dkim_free(dkim);
	return -1;
}

void
dkim_free(struct dkim *dkim)
{
	if (dkim == NULL)
		return;
	EVP_PKEY_free(dkim->key);
	free(dkim);
}

static bool
is_signed(const char *name)
{
	for (size_t i = 0; i < COUNT(unsigned_names); i++) {
		if (str_eq_ci(name, unsigned_names[i]))
			return false;
	}
	return true;
}

static bool
has_from(const struct canon_message *message)
{
	for (size_t i = 0; i < message->count; i++) {
		if (str_eq_ci(message->headers[i].name, "From"))
			return true;
	}
	return false;
}

/* The signature header while it is written. */
struct line {
	struct str text;
	size_t column;
};

/* Adds a piece that must stay whole; `gap` goes before it, or a fold. */
static void
add_piece(struct line *line, const char *gap, const char *piece)
{
	if (line->column + strlen(gap) + strlen(piece) > LINE) {
		str_add(&line->text, "\r\n ");
		line->column = 1;
	} else {
		str_add(&line->text, gap);
		line->column += strlen(gap);
	}
	str_add(&line->text, piece);
	line->column += strlen(piece);
}

static void
add_tag(struct line *line, const char *tag, const char *value)
{
	char piece[DOMAIN_SIZE + 8];

	(void)snprintf(piece, sizeof(piece), "%s=%s;", tag, value);
	add_piece(line, " ", piece);
}

/* h=, and the headers it names in its order. Of a name that occurs more than
 * once, a verifier takes the last one first (RFC 6376 5.4.2): so all of them
 * go from the bottom up. */
static void
add_headers(struct line *line, struct str *canonical,
    const struct canon_message *message)
{
	char piece[CANON_NAME_SIZE + 1];

	add_piece(line, " ", "h=");
	for (size_t i = message->count; i-- > 0;) {
		const struct canon_header *header = &message->headers[i];

		if (!is_signed(header->name))
			continue;
		(void)snprintf(piece, sizeof(piece), "%s:", header->name);
		add_piece(line, "", piece);
		canon_header(canonical, header);
		str_add(canonical, "\r\n");
	}
	for (size_t i = 0; i < COUNT(sealed); i++) {
		(void)snprintf(piece, sizeof(piece), "%s%c", sealed[i],
		    i + 1 < COUNT(sealed) ? ':' : ';');
		add_piece(line, "", piece);
	}
}

/* bh=: the hash of the body. */
static int
add_body(
    struct line *line, const struct canon_message *message, struct err *err)
{
	unsigned char hash[HASH_SIZE];
	struct str text;
	size_t full;
	bool done;

	str_init(&text, message->body_len + 2);
	full = canon_body(&text, message->body, message->body_len);
	done = !text.bad &&
	       EVP_Digest(text.data, full, hash, NULL, EVP_sha256(), NULL) == 1;
	str_reset(&text);
	if (!done) {
		str_release(&text);
		return err_set(err, ERR_SYSTEM, "cannot hash the body");
	}
	text.max = 64;
	codec_base64(&text, hash, sizeof(hash));
	add_tag(line, "bh", text.data);
	str_release(&text);
	return 0;
}

/* Adds text that may be cut anywhere. */
static void
add_base64(struct line *line, const unsigned char *bytes, size_t n)
{
	struct str text;

	str_init(&text, 2 * SIGNATURE_MAX);
	codec_base64(&text, bytes, n);
	for (size_t at = 0; at < text.len;) {
		size_t room = LINE - line->column;

		if (room > text.len - at)
			room = text.len - at;
		str_add_bytes(&line->text, text.data + at, room);
		line->column += room;
		at += room;
		if (at < text.len) {
			str_add(&line->text, "\r\n ");
			line->column = 1;
		}
	}
	str_release(&text);
}

/* RFC 6376 3.7: the header itself comes last under the signature, with
 * nothing behind its "b=" and no CRLF. */
static int
add_signature(struct line *line, const struct dkim *dkim, struct str *canonical,
    struct err *err)
{
	struct canon_header self = {.name = NAME};
	unsigned char raw[SIGNATURE_MAX];
	size_t len = sizeof(raw);
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool done;

	add_piece(line, " ", "b=");
	self.value = line->text.data + sizeof(NAME);
	self.len = line->text.len - sizeof(NAME);
	canon_header(canonical, &self);
	done =
	    !canonical->bad && !line->text.bad && ctx != NULL &&
	    EVP_DigestSignInit(ctx, NULL, EVP_sha256(), NULL, dkim->key) == 1 &&
	    EVP_DigestSign(ctx, raw, &len,
		(const unsigned char *)canonical->data, canonical->len) == 1;
	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	if (!done)
		return err_set(err, ERR_SYSTEM, "cannot sign the headers");
	add_base64(line, raw, len);
	return 0;
}

static int
write_header(struct line *line, const struct dkim *dkim,
    const struct canon_message *message, int64_t now, struct err *err)
{
	struct str canonical;
	char t[24];
	int rc = -1;

	(void)snprintf(t, sizeof(t), "%lld", (long long)now);
	str_init(&canonical, TEXT_MAX);
	add_piece(line, "", NAME ":");
	add_tag(line, "v", "1");
	add_tag(line, "a", "rsa-sha256");
	add_tag(line, "c", "relaxed/relaxed");
	add_tag(line, "d", dkim->domain.wire);
	add_tag(line, "s", dkim->selector);
	add_tag(line, "t", t);
	if (add_body(line, message, err) != 0)
		goto out;
	add_headers(line, &canonical, message);
	rc = add_signature(line, dkim, &canonical, err);
out:
	str_release(&canonical);
	return rc;
}

int
dkim_sign(struct str *out, struct dkim *dkim, const char *message, size_t len,
    int64_t now, struct err *err)
{
	struct canon_message parts;
	struct line line = {.column = 0};
	int rc = -1;

	if (len > MESSAGE_MAX || now < 0) {
		return err_set(err, ERR_INPUT,
		    "the message is too long, or its time is before 1970");
	}
	if (canon_split(&parts, message, len, err) != 0)
		return -1;
	str_init(&line.text, TEXT_MAX);
	/* RFC 6376 5.4 */
	if (!has_from(&parts)) {
		(void)err_set(err, ERR_INPUT, "the message has no 'From'");
		goto out;
	}
	if (write_header(&line, dkim, &parts, now, err) != 0)
		goto out;
	str_add_bytes(out, line.text.data, line.text.len);
	str_add(out, "\r\n");
	rc = 0;
	if (out->bad)
		rc = err_set(err, ERR_INPUT, "the signature does not fit");
out:
	str_release(&line.text);
	canon_release(&parts);
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

	if (bits < BITS_MIN || bits > BITS_MAX) {
		return err_set(err, ERR_INPUT,
		    "a DKIM key has %d to %d bits, not %u", BITS_MIN, BITS_MAX,
		    bits);
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

int
dkim_dns(struct str *out, const struct dkim *dkim, struct err *err)
{
	unsigned char *der = NULL;
	int len = i2d_PUBKEY(dkim->key, &der);

	if (len <= 0)
		return err_set(err, ERR_SYSTEM, "OpenSSL cannot write the key");
	str_add(out, "v=DKIM1; k=rsa; p=");
	codec_base64(out, der, (size_t)len);
	OPENSSL_free(der);
	return out->bad ? err_set(err, ERR_SYSTEM, "no room for the record")
			: 0;
}
