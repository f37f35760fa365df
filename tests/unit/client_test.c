/* SPDX-License-Identifier: ISC */
#include "web/client.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static char range_v4[] = "10.0.0.0/8";
static char range_odd[] = "172.16.0.0/12";
static char one_v4[] = "127.0.0.1";
static char one_v6[] = "::1";
static char range_v6[] = "fd00::/8";

static const struct conf_items proxies = {
    .item = {range_v4, range_odd, one_v4, one_v6, range_v6}, .count = 5};
static const struct conf_items none = {.count = 0};

static const struct {
	const char *text;
	const char *shown; /* NULL: not an address */
} addresses[] = {
    {"192.0.2.1", "192.0.2.1"},
    {"0.0.0.0", "0.0.0.0"},
    {"255.255.255.255", "255.255.255.255"},
    {"::1", "::1"},
    {"2001:DB8::00A", "2001:db8::a"},
    {"::ffff:192.0.2.1", "192.0.2.1"},
    {"::ffff:c000:201", "192.0.2.1"},
    {"", NULL},
    {" 192.0.2.1", NULL},
    {"192.0.2.1 ", NULL},
    {"192.0.2", NULL},
    {"192.0.2.256", NULL},
    {"192.0.2.1:80", NULL},
    {"0300.0.2.1", NULL},
    {"0x7f.1", NULL},
    {"[::1]", NULL},
    {"fe80::1%eth0", NULL},
    {"unknown", NULL},
    {"_hidden", NULL},
    {"١٩٢.٠.٢.١", NULL},
    {"2001:db8:0:0:0:0:0:0:1", NULL},
};

static void
test_addresses(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(addresses) / sizeof(addresses[0]); i++) {
		struct client client;
		bool ok = client_parse(&client, addresses[i].text);

		assert_int_equal(ok, addresses[i].shown != NULL);
		if (ok)
			assert_string_equal(client.text, addresses[i].shown);
	}
}

static const struct {
	const char *text;
	bool ok;
} ranges[] = {
    {"127.0.0.1", true},
    {"10.0.0.0/8", true},
    {"0.0.0.0/0", true},
    {"10.0.0.0/32", true},
    {"::1/128", true},
    {"2001:db8::/32", true},
    {"ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255/128", true},
    {"10.0.0.0/33", false},
    {"10.0.0.0/-1", false},
    {"10.0.0.0/", false},
    {"10.0.0.0/8 ", false},
    {"10.0.0.0/8/8", false},
    {"::/129", false},
    {"/8", false},
    {"", false},
    {"localhost", false},
    {"*", false},
    {"10.0.0.0/00000000000000000000000000000000000000000000008", false},
};

static void
test_ranges(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++)
		assert_int_equal(client_range_ok(ranges[i].text), ranges[i].ok);
}

static const struct {
	const char *text;
	bool trusted;
} hops[] = {
    {"127.0.0.1", true},
    {"127.0.0.2", false},
    {"::ffff:127.0.0.1", true},
    {"::1", true},
    {"::2", false},
    {"10.255.255.255", true},
    {"11.0.0.0", false},
    {"172.15.255.255", false},
    {"172.16.0.0", true},
    {"172.31.255.255", true},
    {"172.32.0.0", false},
    {"fd12:3456::1", true},
    {"fc00::1", false},
    {"a00::", false}, /* begins with the bytes of 10.0.0.0 */
    {"", false},
    {"no address", false},
};

static void
test_trusted(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hops) / sizeof(hops[0]); i++) {
		assert_int_equal(
		    client_trusted(hops[i].text, &proxies), hops[i].trusted);
		assert_false(client_trusted(hops[i].text, &none));
	}
}

static const struct {
	const char *peer;
	const char *forwarded;
	const char *client;
} finds[] = {
    /* a stranger's word is not heard */
    {"192.0.2.1", "", "192.0.2.1"},
    {"192.0.2.1", "198.51.100.7", "192.0.2.1"},
    {"192.0.2.1", "127.0.0.1", "192.0.2.1"},
    /* a proxy's is, and only its own: the last */
    {"127.0.0.1", "", "127.0.0.1"},
    {"127.0.0.1", "198.51.100.7", "198.51.100.7"},
    {"127.0.0.1", "203.0.113.5, 198.51.100.7", "198.51.100.7"},
    {"127.0.0.1", "10.1.2.3,198.51.100.7", "198.51.100.7"},
    {"127.0.0.1", "2001:db8::7", "2001:db8::7"},
    {"127.0.0.1", " \t198.51.100.7\t ", "198.51.100.7"},
    /* proxies behind proxies */
    {"127.0.0.1", "198.51.100.7, 10.1.2.3", "198.51.100.7"},
    {"127.0.0.1", "203.0.113.5,198.51.100.7,10.1.2.3,::1", "198.51.100.7"},
    {"::ffff:127.0.0.1", "198.51.100.7", "198.51.100.7"},
    /* nothing but proxies: the first of them */
    {"127.0.0.1", "10.1.2.3, 10.1.2.4", "10.1.2.3"},
    /* what is no address ends the search at the last that was one */
    {"127.0.0.1", "unknown", "127.0.0.1"},
    {"127.0.0.1", "198.51.100.7, unknown", "127.0.0.1"},
    {"127.0.0.1", "198.51.100.7, , 10.1.2.3", "10.1.2.3"},
    {"127.0.0.1", ",", "127.0.0.1"},
    {"127.0.0.1", ",,,,", "127.0.0.1"},
    {"127.0.0.1", "198.51.100.7:1234", "127.0.0.1"},
    {"127.0.0.1",
	"1111111111111111111111111111111111111111111111111111111.1.1.1",
	"127.0.0.1"},
    /* a Unix socket is the proxy's */
    {"", "198.51.100.7", "198.51.100.7"},
    {"", "203.0.113.5, 198.51.100.7", "198.51.100.7"},
    {"", "", ""},
    {"", "unknown", ""},
};

static void
test_finds(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(finds) / sizeof(finds[0]); i++) {
		struct client client;

		client_find(
		    &client, finds[i].peer, finds[i].forwarded, &proxies);
		assert_string_equal(client.text, finds[i].client);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_addresses),
	    cmocka_unit_test(test_ranges),
	    cmocka_unit_test(test_trusted),
	    cmocka_unit_test(test_finds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
