/* SPDX-License-Identifier: ISC */
#include "web/client.h"

#include "base/codec.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <string.h>

#define RANGE_SIZE (CLIENT_SIZE + 4) /* an address and "/128" */

struct address {
	unsigned char bytes[16];
	size_t len; /* 4 or 16 */
};

static bool
read_address(struct address *out, const char *text)
{
	static const unsigned char mapped[12] = {
	    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

	*out = (struct address){.len = 4};
	if (inet_pton(AF_INET, text, out->bytes) == 1)
		return true;
	if (inet_pton(AF_INET6, text, out->bytes) != 1)
		return false;
	out->len = 16;
	if (memcmp(out->bytes, mapped, sizeof(mapped)) == 0) {
		memmove(out->bytes, out->bytes + sizeof(mapped), 4);
		out->len = 4;
	}
	return true;
}

bool
client_parse(struct client *out, const char *text)
{
	struct address address;
	int family;

	if (!read_address(&address, text))
		return false;
	*out = (struct client){0};
	family = address.len == 4 ? AF_INET : AF_INET6;
	inet_ntop(family, address.bytes, out->text, sizeof(out->text));
	out->key[0] = (unsigned char)address.len;
	memcpy(out->key + 1, address.bytes, address.len == 4 ? 4 : 8);
	return true;
}

/* "ADDRESS" or "ADDRESS/BITS". */
static bool
read_range(struct address *out, int64_t *bits, const char *range)
{
	char text[RANGE_SIZE];
	char *slash;

	if (!str_fit(text, sizeof(text), range))
		return false;
	slash = strchr(text, '/');
	if (slash != NULL)
		*slash++ = '\0';
	if (!read_address(out, text))
		return false;
	*bits = (int64_t)out->len * 8;
	return slash == NULL || codec_int(bits, slash, 0, *bits);
}

bool
client_range_ok(const char *range)
{
	struct address address;
	int64_t bits;

	return read_range(&address, &bits, range);
}

static bool
within(const struct address *address, const struct address *net, int64_t bits)
{
	size_t whole = (size_t)bits / 8;
	unsigned rest = (unsigned)bits % 8;

	if (address->len != net->len ||
	    memcmp(address->bytes, net->bytes, whole) != 0)
		return false;
	return rest == 0 ||
	       (address->bytes[whole] ^ net->bytes[whole]) >> (8 - rest) == 0;
}

bool
client_trusted(const char *text, const struct conf_items *ranges)
{
	struct address address;
	struct address net;
	int64_t bits;

	if (!read_address(&address, text))
		return false;
	for (size_t i = 0; i < ranges->count; i++) {
		if (read_range(&net, &bits, ranges->item[i]) &&
		    within(&address, &net, bits))
			return true;
	}
	return false;
}

/* The last entry before `end`, trimmed; moves `end` to its comma, or to the
 * start. An entry too long for an address comes out empty. */
static void
last_entry(char out[CLIENT_SIZE], const char *text, const char **end)
{
	const char *stop = *end;
	const char *start = stop;
	size_t len;

	while (start > text && start[-1] != ',')
		start--;
	*end = start > text ? start - 1 : text;
	while (start < stop && strchr(" \t", *start) != NULL)
		start++;
	while (start < stop && strchr(" \t", stop[-1]) != NULL)
		stop--;
	len = (size_t)(stop - start);
	if (len >= CLIENT_SIZE)
		len = 0;
	memcpy(out, start, len);
	out[len] = '\0';
}

void
client_find(struct client *out, const char *peer, const char *forwarded,
    const struct conf_items *trusted)
{
	const char *end = forwarded + strlen(forwarded);
	char entry[CLIENT_SIZE];

	*out = (struct client){0};
	(void)client_parse(out, peer);
	if (*peer != '\0' && !client_trusted(peer, trusted))
		return;
	/* Each trusted hop vouches for the entry before its own. */
	while (end > forwarded) {
		last_entry(entry, forwarded, &end);
		if (!client_parse(out, entry) ||
		    !client_trusted(entry, trusted))
			return;
	}
}
