/* SPDX-License-Identifier: ISC */
#include "text/link.h"

#include "base/codec.h"

#include <string.h>
#include <unicode/uidna.h>

#define HOST_SIZE 256
#define PORT_MAX  65535

static const char ALNUM[] = "abcdefghijklmnopqrstuvwxyz"
			    "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/* RFC 3986 2.2 and 2.3, less the '#', which there is one of. */
static const char PATH_MARKS[] = "-._~:/?[]@!$&'()*+,;=";

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* WHATWG URL 4.4: controls and spaces around it, tabs and line ends anywhere
 * are no part of a URL. Any other control makes it none. */
static bool
trim(char out[LINK_MAX + 1], const char *url)
{
	size_t n = 0;

	if (strlen(url) > LINK_MAX)
		return false;
	while (*url != '\0' && (unsigned char)*url <= ' ')
		url++;
	for (; *url != '\0'; url++) {
		if (!is_one_of(*url, "\t\r\n"))
			out[n++] = *url;
	}
	while (n > 0 && (unsigned char)out[n - 1] <= ' ')
		n--;
	out[n] = '\0';
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)out[i] < ' ' || out[i] == 0x7f)
			return false;
	}
	return codec_utf8_ok(out, n);
}

static bool
is_hex(char c)
{
	return is_one_of(c, "0123456789abcdefABCDEF");
}

/* What follows the host. */
static void
add_rest(struct str *out, const char *rest)
{
	bool fragment = false;

	for (; *rest != '\0'; rest++) {
		bool as_is =
		    is_one_of(*rest, ALNUM) || is_one_of(*rest, PATH_MARKS) ||
		    (*rest == '#' && !fragment) ||
		    (*rest == '%' && is_hex(rest[1]) && is_hex(rest[2]));

		fragment |= *rest == '#';
		if (as_is) {
			str_add_bytes(out, rest, 1);
		} else {
			str_addf(out, "%%%02X", (unsigned char)*rest);
		}
	}
}

/* Letters of any script to those of the DNS, lower case. */
static bool
host_ascii(char out[HOST_SIZE], const char *host, size_t n)
{
	static UIDNA *idna;
	UIDNAInfo info = UIDNA_INFO_INITIALIZER;
	UErrorCode status = U_ZERO_ERROR;
	int32_t len;

	if (idna == NULL) {
		idna = uidna_openUTS46(UIDNA_USE_STD3_RULES | UIDNA_CHECK_BIDI |
					   UIDNA_CHECK_CONTEXTJ |
					   UIDNA_NONTRANSITIONAL_TO_ASCII,
		    &status);
	}
	len = uidna_nameToASCII_UTF8(
	    idna, host, (int32_t)n, out, HOST_SIZE - 1, &info, &status);
	if (U_FAILURE(status) || info.errors != 0 || len <= 0)
		return false;
	out[len] = '\0';
	return true;
}

/* "[::1]": only what an address may be made of. */
static bool
is_literal(const char *host, size_t n)
{
	return n > 4 && host[0] == '[' && host[n - 1] == ']' &&
	       strspn(host + 1, "0123456789abcdefABCDEF:.") == n - 2;
}

/* Host and port. A user name before an '@' is there to be taken for a host. */
static bool
add_authority(struct str *out, const char *text, size_t n)
{
	const char *port = NULL;
	char host[HOST_SIZE];
	char digits[8] = "";
	int64_t number;
	size_t len = n;

	while (len > 0 && text[len - 1] >= '0' && text[len - 1] <= '9')
		len--;
	if (len > 0 && text[len - 1] == ':') {
		port = text + len;
		len--;
	} else {
		len = n;
	}
	if (port != NULL && (size_t)(text + n - port) < sizeof(digits))
		memcpy(digits, port, (size_t)(text + n - port));
	if (port != NULL && port != text + n &&
	    !codec_int(&number, digits, 1, PORT_MAX))
		return false;
	if (is_literal(text, len)) {
		str_add_bytes(out, text, len);
	} else if (host_ascii(host, text, len)) {
		str_add(out, host);
	} else {
		return false;
	}
	if (digits[0] != '\0')
		str_addf(out, ":%lld", (long long)number);
	return true;
}

static bool
add_web(struct str *out, const char *rest)
{
	/* A backslash ends a host for browsers, and for few others: with it the
	 * host is no host. */
	size_t n = strcspn(rest, "/?#");

	if (!add_authority(out, rest, n))
		return false;
	add_rest(out, rest + n);
	return true;
}

/* RFC 6068, as little of it as a link in an article needs: no header fields,
 * which might send a mail on, and no percent, which might hide them. */
static bool
add_mailbox(struct str *out, const char *rest)
{
	size_t n = strcspn(rest, "?");
	const char *at = memchr(rest, '@', n);

	if (at == NULL || at == rest || at + 1 == rest + n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!is_one_of(rest[i], ALNUM) &&
		    !is_one_of(rest[i], "-._+=~!$") && rest + i != at)
			return false;
	}
	str_add_bytes(out, rest, n);
	return true;
}

static const struct {
	const char *prefix;
	const char *scheme;
	bool (*add)(struct str *out, const char *rest);
	bool image;
} SCHEMES[] = {
    {"https://", "https://", add_web, true},
    {"http://", "http://", add_web, true},
    {"//", "https://", add_web, true},
    {"mailto:", "mailto:", add_mailbox, false},
};

bool
link_clean(struct str *out, const char *url, enum link_use use)
{
	char trimmed[LINK_MAX + 1];
	struct str link;
	bool ok = false;

	if (!trim(trimmed, url))
		return false;
	str_init(&link, (size_t)4 * LINK_MAX);
	for (size_t i = 0; i < sizeof(SCHEMES) / sizeof(*SCHEMES); i++) {
		if (!str_starts_ci(trimmed, SCHEMES[i].prefix))
			continue;
		str_add(&link, SCHEMES[i].scheme);
		ok = (use == LINK_PAGE || SCHEMES[i].image) &&
		     SCHEMES[i].add(&link, trimmed + strlen(SCHEMES[i].prefix));
		break;
	}
	/* No longer than what is taken, so that it is taken again. */
	ok = ok && !link.bad && link.len <= LINK_MAX;
	if (ok)
		str_add_bytes(out, link.data, link.len);
	str_release(&link);
	return ok;
}
