/* SPDX-License-Identifier: ISC */
#include "base/url.h"

#include "base/codec.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

static const char name_chars[] = "abcdefghijklmnopqrstuvwxyz"
				 "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-";

static bool
bracketed(const char *host, size_t n)
{
	struct in6_addr address;
	char inner[INET6_ADDRSTRLEN];

	if (n < 4 || n - 2 >= sizeof(inner) || host[n - 1] != ']')
		return false;
	memcpy(inner, host + 1, n - 2);
	inner[n - 2] = '\0';
	return inet_pton(AF_INET6, inner, &address) == 1;
}

/* Past "host", or NULL. */
static const char *
take_host(struct url *url, const char *at)
{
	size_t n = strspn(at, name_chars);

	if (*at == '[')
		n = strcspn(at, "]") + 1;
	if (n == 0 || n > URL_HOST_MAX || n > strlen(at))
		return NULL;
	if (*at == '[' && !bracketed(at, n))
		return NULL;
	if (*at == '.' || *at == '-')
		return NULL;
	memcpy(url->host, at, n);
	url->host[n] = '\0';
	return at + n;
}

/* Past ":port", or NULL. */
static const char *
take_port(struct url *url, const char *at)
{
	size_t n = strspn(at, "0123456789");
	char digits[6] = "";
	int64_t port;

	if (n >= sizeof(digits))
		return NULL;
	memcpy(digits, at, n);
	if (!codec_int(&port, digits, 1, 65535))
		return NULL;
	url->port = (int)port;
	return at + n;
}

static bool
rest_ok(const char *rest)
{
	if (*rest != '\0' && *rest != '/')
		return false;
	for (; *rest != '\0'; rest++) {
		if (*rest <= ' ' || *rest > '~' ||
		    strchr("?#\"'<>\\^`{|}", *rest) != NULL)
			return false;
	}
	return true;
}

bool
url_split(struct url *out, const char *text, const char *const *schemes)
{
	struct url url = {0};
	const char *at = NULL;

	for (int i = 0; at == NULL && schemes[i] != NULL; i++) {
		if (str_starts(text, schemes[i])) {
			at = text + strlen(schemes[i]);
			url.scheme = i;
		}
	}
	if (at == NULL || (at = take_host(&url, at)) == NULL)
		return false;
	if (*at == ':' && (at = take_port(&url, at + 1)) == NULL)
		return false;
	if (!rest_ok(at))
		return false;
	url.rest = at;
	*out = url;
	return true;
}

bool
url_is_loopback(const struct url *url)
{
	struct in_addr address;

	if (str_eq_ci(url->host, "localhost") || str_eq(url->host, "[::1]"))
		return true;
	return inet_pton(AF_INET, url->host, &address) == 1 &&
	       ntohl(address.s_addr) >> 24 == 127;
}
