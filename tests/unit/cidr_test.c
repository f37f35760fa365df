/* SPDX-License-Identifier: ISC */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include "feed/cidr.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
	const char *address;
	bool special;
} addresses[] = {
    {"0.0.0.0", true},
    {"0.255.255.255", true},
    {"1.0.0.0", false},
    {"9.255.255.255", false},
    {"10.0.0.0", true},
    {"10.255.255.255", true},
    {"11.0.0.0", false},
    {"100.63.255.255", false},
    {"100.64.0.0", true},
    {"100.127.255.255", true},
    {"100.128.0.0", false},
    {"126.255.255.255", false},
    {"127.0.0.0", true},
    {"127.255.255.255", true},
    {"128.0.0.0", false},
    {"169.253.255.255", false},
    {"169.254.0.0", true},
    {"169.254.169.254", true},
    {"169.255.0.0", false},
    {"172.15.255.255", false},
    {"172.16.0.0", true},
    {"172.31.255.255", true},
    {"172.32.0.0", false},
    {"192.0.0.8", true},
    {"192.0.2.1", true},
    {"192.167.255.255", false},
    {"192.168.0.0", true},
    {"192.169.0.0", false},
    {"198.17.255.255", false},
    {"198.18.0.0", true},
    {"198.20.0.0", false},
    {"203.0.113.7", true},
    {"223.255.255.255", false},
    {"224.0.0.0", true},
    {"239.255.255.255", true},
    {"240.0.0.0", true},
    {"255.255.255.255", true},
    {"93.184.216.34", false},
    {"::", true},
    {"::1", true},
    {"::2", true},
    {"::127.0.0.1", true},
    {"::8.8.8.8", true},
    {"::ffff:127.0.0.1", true},
    {"::ffff:8.8.8.8", false},
    {"64:ff9b::10.0.0.1", true},
    {"64:ff9b::8.8.8.8", false},
    {"64:ff9b:1::8.8.8.8", true},
    {"100::1", true},
    {"2001::1", true},
    {"2001:1ff::1", true},
    {"2001:200::1", false},
    {"2001:db8::1", true},
    {"2002:7f00:1::", true},
    {"2002:808:808::", true},
    {"2606:2800:220:1:248:1893:25c8:1946", false},
    {"2a00:1450::1", false},
    {"fbff::1", false},
    {"fc00::", true},
    {"fdff:ffff::1", true},
    {"fe80::1", true},
    {"febf::1", true},
    {"fec0::1", true},
    {"ff02::1", true},
    {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
};

static void
read_address(unsigned char out[CIDR_BYTES], const char *text)
{
	struct sockaddr_in ipv4 = {.sin_family = AF_INET};
	struct sockaddr_in6 ipv6 = {.sin6_family = AF_INET6};

	if (inet_pton(AF_INET, text, &ipv4.sin_addr) == 1) {
		assert_true(cidr_address(out, (struct sockaddr *)&ipv4));
		return;
	}
	assert_int_equal(inet_pton(AF_INET6, text, &ipv6.sin6_addr), 1);
	assert_true(cidr_address(out, (struct sockaddr *)&ipv6));
}

static void
test_special(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(addresses); i++) {
		unsigned char bytes[CIDR_BYTES];

		read_address(bytes, addresses[i].address);
		if (cidr_special(bytes) != addresses[i].special)
			fail_msg("%s", addresses[i].address);
	}
}

static const struct {
	const char *range, *address;
	bool holds;
} pairs[] = {
    {"127.0.0.1", "127.0.0.1", true},
    {"127.0.0.1", "127.0.0.2", false},
    {"10.0.0.0/8", "10.1.2.3", true},
    {"10.0.0.0/8", "11.0.0.0", false},
    {"10.0.0.0/9", "10.127.255.255", true},
    {"10.0.0.0/9", "10.128.0.0", false},
    {"10.0.0.4/31", "10.0.0.5", true},
    {"10.0.0.4/31", "10.0.0.6", false},
    {"0.0.0.0/0", "255.1.2.3", true},
    {"0.0.0.0/0", "::1", false},
    {"::/0", "1.2.3.4", true},
    {"::1", "::1", true},
    {"::1/128", "::2", false},
    {"fc00::/7", "fdff::1", true},
    {"fc00::/7", "fe00::1", false},
    {"::ffff:10.0.0.0/104", "10.9.9.9", true},
    {"10.0.0.0/8", "::ffff:10.0.0.1", true},
};

static void
test_holds(void **state)
{
	(void)state;
	for (size_t i = 0; i < COUNT(pairs); i++) {
		unsigned char bytes[CIDR_BYTES];
		struct cidr range;

		assert_true(cidr_parse(&range, pairs[i].range));
		read_address(bytes, pairs[i].address);
		if (cidr_holds(&range, bytes) != pairs[i].holds)
			fail_msg("%s %s", pairs[i].range, pairs[i].address);
	}
}

static void
test_text(void **state)
{
	static const char *const same[] = {
	    "127.0.0.1", "::1", "fe80::1", "255.255.255.255", "2001:db8::1"};
	unsigned char bytes[CIDR_BYTES];
	char text[CIDR_TEXT_SIZE];
	const struct sockaddr_un local = {.sun_family = AF_UNIX};

	(void)state;
	for (size_t i = 0; i < COUNT(same); i++) {
		read_address(bytes, same[i]);
		cidr_text(text, bytes);
		assert_string_equal(text, same[i]);
	}
	assert_false(cidr_address(bytes, (const struct sockaddr *)&local));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_special),
	    cmocka_unit_test(test_holds),
	    cmocka_unit_test(test_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
