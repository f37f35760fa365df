/* SPDX-License-Identifier: ISC */
#include "feed/cidr.h"

#include "base/codec.h"
#include "base/str.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>

#define MAPPED_BITS 96

static const unsigned char mapped[12] = {
    0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

/* RFC 6890 and IANA's two registries, as of 2024. */
static const char *const special[] = {
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "64:ff9b:1::/48",
    "100::/64",
    "2001::/23",
    "2001:db8::/32",
    "2002::/16", /* carries any IPv4 address */
    "3fff::/20",
    "5f00::/16",
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",
    "ff00::/8",
};

static void
map(unsigned char out[CIDR_BYTES], const void *ipv4)
{
	memcpy(out, mapped, sizeof(mapped));
	memcpy(out + sizeof(mapped), ipv4, 4);
}

static bool
bits_zero(const unsigned char address[CIDR_BYTES], int from)
{
	for (int bit = from; bit < 8 * CIDR_BYTES; bit++) {
		if (address[bit / 8] & (0x80 >> bit % 8))
			return false;
	}
	return true;
}

bool
cidr_parse(struct cidr *out, const char *text)
{
	struct cidr range = {.bits = 8 * CIDR_BYTES};
	size_t n = strcspn(text, "/");
	char address[INET6_ADDRSTRLEN];
	struct in_addr ipv4;
	int64_t bits;
	int base = 0;

	if (n >= sizeof(address))
		return false;
	memcpy(address, text, n);
	address[n] = '\0';
	if (inet_pton(AF_INET, address, &ipv4) == 1) {
		map(range.address, &ipv4);
		base = MAPPED_BITS;
	} else if (inet_pton(AF_INET6, address, range.address) != 1) {
		return false;
	}
	if (text[n] == '/') {
		if (!codec_int(&bits, text + n + 1, 0, 8 * CIDR_BYTES - base))
			return false;
		range.bits = base + (int)bits;
	}
	if (!bits_zero(range.address, range.bits))
		return false;
	*out = range;
	return true;
}

bool
cidr_holds(const struct cidr *range, const unsigned char address[CIDR_BYTES])
{
	size_t whole = (size_t)range->bits / 8;
	int rest = range->bits % 8;
	unsigned char mask = (unsigned char)(0xff00 >> rest);

	if (memcmp(range->address, address, whole) != 0)
		return false;
	return rest == 0 ||
	       ((range->address[whole] ^ address[whole]) & mask) == 0;
}

bool
cidr_address(unsigned char out[CIDR_BYTES], const struct sockaddr *address)
{
	struct sockaddr_in ipv4;
	struct sockaddr_in6 ipv6;

	if (address->sa_family == AF_INET) {
		memcpy(&ipv4, address, sizeof(ipv4));
		map(out, &ipv4.sin_addr);
		return true;
	}
	if (address->sa_family != AF_INET6)
		return false;
	memcpy(&ipv6, address, sizeof(ipv6));
	memcpy(out, &ipv6.sin6_addr, CIDR_BYTES);
	return true;
}

void
cidr_text(char out[CIDR_TEXT_SIZE], const unsigned char address[CIDR_BYTES])
{
	const unsigned char *ipv4 = address + sizeof(mapped);

	if (memcmp(address, mapped, sizeof(mapped)) == 0) {
		(void)inet_ntop(AF_INET, ipv4, out, CIDR_TEXT_SIZE);
	} else {
		(void)inet_ntop(AF_INET6, address, out, CIDR_TEXT_SIZE);
	}
}

bool
cidr_special(const unsigned char address[CIDR_BYTES])
{
	/* RFC 6052 2.1: what a NAT64 turns into an IPv4 address. */
	static const unsigned char nat64[12] = {0, 0x64, 0xff, 0x9b};
	static const unsigned char zero[12];
	unsigned char inner[CIDR_BYTES];
	struct cidr range;

	if (memcmp(address, nat64, sizeof(nat64)) == 0) {
		map(inner, address + sizeof(nat64));
		return cidr_special(inner);
	}
	/* ::, ::1 and the former IPv4-compatible addresses */
	if (memcmp(address, zero, sizeof(zero)) == 0)
		return true;
	for (size_t i = 0; i < sizeof(special) / sizeof(special[0]); i++) {
		if (cidr_parse(&range, special[i]) &&
		    cidr_holds(&range, address))
			return true;
	}
	return false;
}
