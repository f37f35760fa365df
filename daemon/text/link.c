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

/* Names that have a meaning in the network of whoever follows them: RFC 6761,
 * RFC 6762, RFC 8375, ICANN's .internal, and what routers call their own. */
static const char *const PRIVATE[] = {"localhost", "local", "internal",
    "home.arpa", "localdomain", "lan", "home", "corp", "intranet", "private",
    "onion", "alt"};

/* WHATWG URL 3.5: where the last label is a number, "0x7f.1" or "2130706433",
 * browsers take the host for an IPv4 address. */
static bool
is_number(const char *label)
{
	if (str_starts(label, "0x")) {
		return strspn(label + 2, "0123456789abcdef") ==
		       strlen(label + 2);
	}
	return strspn(label, "0123456789") == strlen(label);
}

static bool
ends_in_label(const char *host, const char *suffix)
{
	size_t n = strlen(host);
	size_t m = strlen(suffix);

	return str_ends(host, suffix) && (n == m || host[n - m - 1] == '.');
}

/* A name of the public DNS: of more than one label, and no address. */
static bool
is_public(const char *name)
{
	char host[HOST_SIZE];
	const char *dot;
	size_t n = strlen(name);

	if (n > 0 && name[n - 1] == '.')
		n--;
	memcpy(host, name, n);
	host[n] = '\0';
	dot = strrchr(host, '.');
	if (dot == NULL || is_number(dot + 1))
		return false;
	for (size_t i = 0; i < sizeof(PRIVATE) / sizeof(*PRIVATE); i++) {
		if (ends_in_label(host, PRIVATE[i]))
			return false;
	}
	return true;
}

/* RFC 3986 3.2.2 of an IPv6 address; or a name with an underscore, which no
 * host should have, and some do. */
static bool
is_odd_host(const char *text, size_t n)
{
	size_t plain = strspn(text, ALNUM);

	if (*text == '[') {
		return n > 2 && text[n - 1] == ']' &&
		       strspn(text + 1, "0123456789abcdefABCDEF:.") == n - 2;
	}
	while (is_one_of(text[plain], ALNUM) || is_one_of(text[plain], "-._"))
		plain++;
	return n > 0 && plain >= n && memchr(text, '_', n) != NULL;
}

/* Host and port. A user name before an '@' is there to be taken for a host. */
static bool
add_authority(struct str *out, const char *text, size_t n, enum link_use use)
{
	const char *port = NULL;
	char host[HOST_SIZE];
	char digits[8] = "";
	int64_t number = 0;
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
	if (use == LINK_IMAGE && number != 0 && number != 80 && number != 443)
		return false;
	if (use == LINK_SOURCE && is_odd_host(text, len)) {
		str_add_bytes(out, text, len);
	} else if (host_ascii(host, text, len) &&
		   (use == LINK_SOURCE || is_public(host))) {
		str_add(out, host);
	} else {
		return false;
	}
	if (digits[0] != '\0')
		str_addf(out, ":%lld", (long long)number);
	return true;
}

static bool
add_web(struct str *out, const char *rest, enum link_use use)
{
	/* A backslash ends a host for browsers, and for few others: with it the
	 * host is no host. */
	size_t n = strcspn(rest, "/?#");

	if (!add_authority(out, rest, n, use))
		return false;
	add_rest(out, rest + n);
	return true;
}

/* RFC 6068, as little of it as a link in an article needs: no header fields,
 * which might send a mail on, and no percent, which might hide them. */
static bool
add_mailbox(struct str *out, const char *rest, enum link_use use)
{
	size_t n = strcspn(rest, "?");
	const char *at = memchr(rest, '@', n);

	if (use != LINK_PAGE || at == NULL || at == rest || at + 1 == rest + n)
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
	bool (*add)(struct str *out, const char *rest, enum link_use use);
} SCHEMES[] = {
    {"https://", "https://", add_web},
    {"http://", "http://", add_web},
    {"//", "https://", add_web},
    {"mailto:", "mailto:", add_mailbox},
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
		ok = SCHEMES[i].add(
		    &link, trimmed + strlen(SCHEMES[i].prefix), use);
		break;
	}
	/* No longer than what is taken, so that it is taken again. */
	ok = ok && !link.bad && link.len <= LINK_MAX;
	if (ok)
		str_add_bytes(out, link.data, link.len);
	str_release(&link);
	return ok;
}

/* RFC 3986 3.1: up to its ':'. */
static bool
has_scheme(const char *url)
{
	size_t n = strspn(url, ALNUM);

	while (is_one_of(url[n], ALNUM) || is_one_of(url[n], "+-."))
		n++;
	return n > 0 && url[n] == ':';
}

/* RFC 3986 5.2.4 for the path that begins at `from`: "." and ".." go. */
static void
drop_dots(struct str *url, size_t from)
{
	char *out = url->data + from;
	const char *at = out;

	while (*at == '/') {
		size_t n = strcspn(at + 1, "/?#") + 1;
		bool last = at[n] != '/';

		if (n == 3 && memcmp(at, "/..", 3) == 0) {
			while (out > url->data + from && *--out != '/')
				continue;
		} else if (n != 2 || at[1] != '.') {
			memmove(out, at, n);
			out += n;
			at += n;
			continue;
		}
		if (last)
			*out++ = '/';
		at += n;
	}
	memmove(out, at, strlen(at) + 1);
	url->len = strlen(url->data);
}

/* A reference without scheme or host, behind as much of its base as RFC 3986
 * 5.2.2 says. */
static void
join(struct str *out, const char *base, const char *url)
{
	size_t host = strcspn(base, ":") + strlen("://");
	size_t path, whole;

	host += strcspn(base + host, "/?#");
	path = host + strcspn(base + host, "?#");
	whole = strcspn(base, "#");
	if (*url == '#') {
		str_add_bytes(out, base, whole);
	} else if (*url == '?') {
		str_add_bytes(out, base, path);
	} else if (*url == '/') {
		str_add_bytes(out, base, host);
	} else {
		while (path > host && base[path - 1] != '/')
			path--;
		str_add_bytes(out, base, path);
		str_add(out, path == host ? "/" : "");
	}
	str_add(out, url);
	if (*url != '#' && *url != '?' && !out->bad)
		drop_dots(out, host);
}

bool
link_resolve(
    struct str *out, const char *base, const char *url, enum link_use use)
{
	char trimmed[LINK_MAX + 1];
	struct str from, whole;
	bool ok;

	if (!trim(trimmed, url) || *trimmed == '\0')
		return false;
	if (has_scheme(trimmed) || str_starts(trimmed, "//"))
		return link_clean(out, trimmed, use);
	/* For browsers "\\host" and "/\host" name a host. */
	if (*trimmed == '\\' || str_starts(trimmed, "/\\"))
		return false;
	str_init(&from, (size_t)4 * LINK_MAX);
	str_init(&whole, (size_t)4 * LINK_MAX);
	ok = link_clean(&from, base, use == LINK_SOURCE ? use : LINK_PAGE) &&
	     str_starts(from.data, "http");
	if (ok) {
		join(&whole, from.data, trimmed);
		ok = !whole.bad && link_clean(out, whole.data, use);
	}
	str_release(&from);
	str_release(&whole);
	return ok;
}
