/* SPDX-License-Identifier: ISC */
#include "mail/dkim.h"

#include "base/codec.h"
#include "mail/canon.h"
#include "mail/domain.h"

#include <openssl/evp.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE          76
#define SELECTOR_SIZE 128 /* and NUL */
#define TEXT_MAX      ((size_t)64 * 1024 * 1024)
#define MESSAGE_MAX   (TEXT_MAX / 4)
#define NAME          "DKIM-Signature"

struct dkim {
	struct dkim_key *key;
	struct domain domain;
	char selector[SELECTOR_SIZE];
	EVP_MD *sha;
	EVP_MD_CTX *work;
};

/* A hash that has taken in the first `fixed` bytes of a body. */
struct dkim_stem {
	EVP_MD_CTX *ctx;
	size_t fixed;
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
	if (dkim_key_read(&dkim->key, pem, len, err) != 0)
		goto undo;
	dkim->sha = EVP_MD_fetch(NULL, "SHA256", NULL);
	dkim->work = EVP_MD_CTX_new();
	if (dkim->sha == NULL || dkim->work == NULL) {
		(void)err_set(err, ERR_SYSTEM, "OpenSSL has no SHA-256");
		goto undo;
	}
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
	dkim_key_free(dkim->key);
	EVP_MD_free(dkim->sha);
	EVP_MD_CTX_free(dkim->work);
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
	size_t before = strlen(gap);
	size_t n = strlen(piece);

	if (line->column + before + n > LINE) {
		gap = "\r\n ";
		line->column = 1 - before;
	}
	str_add(&line->text, gap);
	str_add_bytes(&line->text, piece, n);
	line->column += before + n;
}

static void
add_tag(struct line *line, const char *tag, const char *value)
{
	char piece[DOMAIN_SIZE + 8];

	(void)snprintf(piece, sizeof(piece), "%s=%s;", tag, value);
	add_piece(line, " ", piece);
}

/* One name of h=, at most CANON_NAME_SIZE - 1 bytes, and what ends it. */
static void
add_name(struct line *line, const char *name, char end)
{
	char piece[CANON_NAME_SIZE + 1];
	size_t n = strlen(name);

	memcpy(piece, name, n);
	piece[n] = end;
	piece[n + 1] = '\0';
	add_piece(line, "", piece);
}

/* h=, and the headers it names in its order. Of a name that occurs more than
 * once, a verifier takes the last one first (RFC 6376 5.4.2): so all of them
 * go from the bottom up. */
static void
add_headers(struct line *line, struct str *canonical,
    const struct canon_message *message)
{
	add_piece(line, " ", "h=");
	for (size_t i = message->count; i-- > 0;) {
		const struct canon_header *header = &message->headers[i];

		if (!is_signed(header->name))
			continue;
		add_name(line, header->name, ':');
		canon_header(canonical, header);
		str_add(canonical, "\r\n");
	}
	for (size_t i = 0; i < COUNT(sealed); i++)
		add_name(line, sealed[i], i + 1 < COUNT(sealed) ? ':' : ';');
}

static bool
hash_text(const struct dkim *dkim, const char *text, size_t len,
    unsigned char hash[DKIM_KEY_HASH])
{
	return EVP_DigestInit_ex(dkim->work, dkim->sha, NULL) == 1 &&
	       EVP_DigestUpdate(dkim->work, text, len) == 1 &&
	       EVP_DigestFinal_ex(dkim->work, hash, NULL) == 1;
}

static bool
hash_body(const struct dkim *dkim, const struct dkim_parts *parts,
    unsigned char hash[DKIM_KEY_HASH])
{
	const struct dkim_stem *stem = parts->stem;
	struct str text;
	size_t full;
	bool done;

	if (stem != NULL) {
		return EVP_MD_CTX_copy_ex(dkim->work, stem->ctx) == 1 &&
		       EVP_DigestUpdate(dkim->work, parts->body + stem->fixed,
			   parts->body_len - stem->fixed) == 1 &&
		       EVP_DigestFinal_ex(dkim->work, hash, NULL) == 1;
	}
	str_init(&text, parts->body_len + 2);
	full = canon_body(&text, parts->body, parts->body_len);
	done = !text.bad && hash_text(dkim, text.data, full, hash);
	str_release(&text);
	return done;
}

/* bh=: the hash of the body. */
static int
add_body(struct line *line, const struct dkim *dkim,
    const struct dkim_parts *parts, struct err *err)
{
	unsigned char hash[DKIM_KEY_HASH];
	struct str text;

	if (!hash_body(dkim, parts, hash))
		return err_set(err, ERR_SYSTEM, "cannot hash the body");
	str_init(&text, 64);
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

	str_init(&text, (size_t)2 * DKIM_KEY_RAW);
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
	unsigned char hash[DKIM_KEY_HASH];
	unsigned char raw[DKIM_KEY_RAW];
	size_t len;

	add_piece(line, " ", "b=");
	self.value = line->text.data + sizeof(NAME);
	self.len = line->text.len - sizeof(NAME);
	canon_header(canonical, &self);
	if (canonical->bad || line->text.bad ||
	    !hash_text(dkim, canonical->data, canonical->len, hash))
		return err_set(err, ERR_SYSTEM, "cannot hash the headers");
	if (dkim_key_sign(dkim->key, raw, &len, hash, err) != 0)
		return -1;
	add_base64(line, raw, len);
	return 0;
}

static int
write_header(struct line *line, const struct dkim *dkim,
    const struct dkim_parts *parts, int64_t now, struct err *err)
{
	struct str canonical;
	char t[24];
	int rc = -1;

	(void)snprintf(t, sizeof(t), "%lld", (long long)now);
	str_init(&canonical, TEXT_MAX);
	add_piece(line, "", NAME ":");
	add_tag(line, "v", "1");
	add_tag(line, "a", dkim_key_algorithm(dkim->key));
	add_tag(line, "c", "relaxed/relaxed");
	add_tag(line, "d", dkim->domain.wire);
	add_tag(line, "s", dkim->selector);
	add_tag(line, "t", t);
	if (add_body(line, dkim, parts, err) != 0)
		goto out;
	add_headers(line, &canonical, parts->head);
	rc = add_signature(line, dkim, &canonical, err);
out:
	str_release(&canonical);
	return rc;
}

int
dkim_sign_parts(struct str *out, struct dkim *dkim,
    const struct dkim_parts *parts, int64_t now, struct err *err)
{
	struct line line = {.column = 0};
	int rc = -1;

	if (parts->body_len > MESSAGE_MAX || now < 0) {
		return err_set(err, ERR_INPUT,
		    "the message is too long, or its time is before 1970");
	}
	/* RFC 6376 5.4 */
	if (!has_from(parts->head))
		return err_set(err, ERR_INPUT, "the message has no 'From'");
	str_init(&line.text, TEXT_MAX);
	if (write_header(&line, dkim, parts, now, err) != 0)
		goto out;
	str_add_bytes(out, line.text.data, line.text.len);
	str_add(out, "\r\n");
	rc = 0;
	if (out->bad)
		rc = err_set(err, ERR_INPUT, "the signature does not fit");
out:
	str_release(&line.text);
	return rc;
}

int
dkim_sign(struct str *out, struct dkim *dkim, const char *message, size_t len,
    int64_t now, struct err *err)
{
	struct canon_message head;
	struct dkim_parts parts = {.head = &head};
	int rc;

	if (len > MESSAGE_MAX || now < 0) {
		return err_set(err, ERR_INPUT,
		    "the message is too long, or its time is before 1970");
	}
	if (canon_split(&head, message, len, err) != 0)
		return -1;
	parts.body = head.body;
	parts.body_len = head.body_len;
	rc = dkim_sign_parts(out, dkim, &parts, now, err);
	canon_release(&head);
	return rc;
}

int
dkim_stem_new(struct dkim_stem **out, const char *body, size_t len,
    size_t fixed, struct err *err)
{
	struct dkim_stem *stem = calloc(1, sizeof(*stem));
	struct str text;
	bool same;

	if (stem == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	str_init(&text, len + 2);
	same = canon_body(&text, body, len) == len && text.len == len &&
	       memcmp(text.data, body, len) == 0;
	str_release(&text);
	stem->fixed = fixed;
	stem->ctx = EVP_MD_CTX_new();
	if (same && stem->ctx != NULL &&
	    EVP_DigestInit_ex(stem->ctx, EVP_sha256(), NULL) == 1 &&
	    EVP_DigestUpdate(stem->ctx, body, fixed) == 1) {
		*out = stem;
		return 1;
	}
	dkim_stem_free(stem);
	return same ? err_set(err, ERR_SYSTEM, "cannot hash the body") : 0;
}

void
dkim_stem_free(struct dkim_stem *stem)
{
	if (stem == NULL)
		return;
	EVP_MD_CTX_free(stem->ctx);
	free(stem);
}

int
dkim_dns(struct str *out, const struct dkim *dkim, struct err *err)
{
	return dkim_key_dns(out, dkim->key, err);
}
