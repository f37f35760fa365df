/* SPDX-License-Identifier: ISC */
/*
 * dkim_verify - a verifier for dkim_test: another reading of RFC 6376 than
 * daemon/mail has, slow and plain. It checks the headers against RECORD or, by
 * a=, RECORD_ED25519; the body is canon_test's.
 *
 * Comes after cmocka.h and dkim_keys.h.
 */
#ifndef NASHRA_TESTS_DKIM_VERIFY_H
#define NASHRA_TESTS_DKIM_VERIFY_H

#include "base/str.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>

/* Where tag `name` of an unfolded header has its value. */
static inline void
tag(char *value, size_t size, const char *header, const char *name)
{
	size_t n = 0;
	const char *p = strstr(header, name);

	assert_non_null(p);
	for (p += strlen(name); *p != ';' && *p != '\0'; p++) {
		assert_true(n + 1 < size);
		if (*p != ' ')
			value[n++] = *p;
	}
	value[n] = '\0';
}

/* Removes folds, then makes every run of blanks one space. */
static inline void
squeeze(struct str *out, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		bool blank = text[i] == ' ' || text[i] == '\t';

		if (text[i] == '\r' || text[i] == '\n')
			continue;
		if (!blank)
			str_add_bytes(out, text + i, 1);
		else if (out->len == 0 || out->data[out->len - 1] != ' ')
			str_add(out, " ");
	}
}

/* Appends instance number `nth` from the bottom of header `name`. */
static inline void
pick(struct str *out, const char *message, const char *name, size_t nth)
{
	const char *found[64] = {NULL};
	size_t count = 0;
	const char *end = strstr(message, "\r\n\r\n");
	const char *p = message;
	struct str line;
	size_t n = strlen(name);
	const char *value;

	while (p < end + 2) {
		char head[80] = "";
		size_t k = strcspn(p, ": \t");

		memcpy(head, p, k < 79 ? k : 79);
		if (k == n && str_eq_ci(head, name))
			found[count++] = p;
		do {
			p = strstr(p, "\r\n") + 2;
		} while (*p == ' ' || *p == '\t');
	}
	if (nth >= count)
		return;
	p = found[count - 1 - nth];
	end = p;
	do {
		end = strstr(end, "\r\n") + 2;
	} while (*end == ' ' || *end == '\t');
	str_init(&line, 100000);
	squeeze(&line, p, (size_t)(end - p));
	for (size_t i = 0; i < n; i++) {
		char c = name[i];

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + 32);
		str_add_bytes(out, &c, 1);
	}
	value = strchr(line.data, ':') + 1;
	value += *value == ' ';
	str_add(out, ":");
	n = strlen(value);
	str_add_bytes(out, value, n > 0 && value[n - 1] == ' ' ? n - 1 : n);
	str_add(out, "\r\n");
	str_release(&line);
}

static inline void
pick_all(struct str *out, const char *message, char *names)
{
	char *all[64] = {NULL};
	size_t count = 0;

	for (char *name = names; name != NULL; count++) {
		char *colon = strchr(name, ':');
		size_t nth = 0;

		if (colon != NULL)
			*colon++ = '\0';
		assert_true(count < 64);
		all[count] = name;
		for (size_t i = 0; i < count; i++)
			nth += str_eq_ci(all[i], name);
		pick(out, message, name, nth);
		name = colon;
	}
}

static inline bool
dkim_verify_rsa(const unsigned char *sig, const struct str *text)
{
	unsigned char der[1024];
	const unsigned char *p = der;
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *key;
	bool ok;
	int n = EVP_DecodeBlock(
	    der, (const unsigned char *)RECORD + 18, (int)strlen(RECORD) - 18);

	key = d2i_PUBKEY(NULL, &p, n);
	assert_non_null(key);
	ok = EVP_DigestVerifyInit(ctx, NULL, EVP_sha256(), NULL, key) == 1 &&
	     EVP_DigestVerify(ctx, sig, 128, (const unsigned char *)text->data,
		 text->len) == 1;
	EVP_PKEY_free(key);
	EVP_MD_CTX_free(ctx);
	return ok;
}

static inline bool
dkim_verify_ed25519(const unsigned char *sig, const struct str *text)
{
	const char *p = strstr(RECORD_ED25519, "p=") + 2;
	unsigned char hash[32];
	unsigned char raw[64];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	EVP_PKEY *key;
	bool ok;

	assert_true(EVP_DecodeBlock(
			raw, (const unsigned char *)p, (int)strlen(p)) == 33);
	assert_true(EVP_Digest(text->data, text->len, hash, NULL, EVP_sha256(),
			NULL) == 1);
	key = EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, raw, 32);
	assert_non_null(key);
	ok = EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key) == 1 &&
	     EVP_DigestVerify(ctx, sig, 64, hash, sizeof(hash)) == 1;
	EVP_PKEY_free(key);
	EVP_MD_CTX_free(ctx);
	return ok;
}

static inline bool
dkim_verify(const char *header, const char *message)
{
	unsigned char sig[1024];
	char value[4096] = "";
	struct str flat;
	struct str text;
	const char *b;
	bool ed25519;
	bool ok;
	int n;

	str_init(&flat, 100000);
	str_init(&text, 100000);
	squeeze(&flat, header, strlen(header));
	tag(value, sizeof(value), flat.data, " a=");
	ed25519 = str_eq(value, "ed25519-sha256");
	assert_true(ed25519 || str_eq(value, "rsa-sha256"));
	tag(value, sizeof(value), flat.data, " h=");
	pick_all(&text, message, value);
	b = strstr(flat.data, " b=") + 3;
	str_add(&text, "dkim-signature:");
	str_add_bytes(&text, flat.data + 16, (size_t)(b - flat.data) - 16);
	tag(value, sizeof(value), flat.data, " b=");
	n = EVP_DecodeBlock(
	    sig, (const unsigned char *)value, (int)strlen(value));
	assert_int_equal(n, ed25519 ? 66 : 129);
	ok = ed25519 ? dkim_verify_ed25519(sig, &text)
		     : dkim_verify_rsa(sig, &text);
	str_release(&flat);
	str_release(&text);
	return ok;
}

#endif
