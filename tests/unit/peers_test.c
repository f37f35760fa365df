/* SPDX-License-Identifier: ISC */
#include "web/peers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

static struct client
who(const char *text)
{
	struct client client;

	assert_true(client_parse(&client, text));
	return client;
}

static void
test_counting(void **state)
{
	static struct peers peers;
	const struct client a = who("192.0.2.1");
	const struct client b = who("192.0.2.2");
	struct peer *first;
	struct peer *second;

	(void)state;
	assert_int_equal(peers_open(&peers, &a), 0);
	first = peers_add(&peers, &a);
	second = peers_add(&peers, &a);
	assert_ptr_equal(first, second);
	assert_int_equal(peers_open(&peers, &a), 2);
	assert_int_equal(peers_open(&peers, &b), 0);
	assert_ptr_not_equal(peers_add(&peers, &b), first);
	peers_sub(first);
	assert_int_equal(peers_open(&peers, &a), 1);
	assert_int_equal(peers_open(&peers, &b), 1);
	peers_sub(second);
	assert_int_equal(peers_open(&peers, &a), 0);
	peers_sub(NULL);
	/* A row that fell free before does not hide a later one. */
	assert_int_equal(peers_open(&peers, &b), 1);
	(void)peers_add(&peers, &b);
	assert_int_equal(peers_open(&peers, &b), 2);
}

static void
test_full(void **state)
{
	static struct peers peers;
	struct peer *rows[PEERS];
	const struct client late = who("192.0.2.1");

	(void)state;
	for (int i = 0; i < PEERS; i++) {
		char text[CLIENT_SIZE];
		struct client client;

		(void)snprintf(
		    text, sizeof(text), "10.0.%d.%d", i / 256, i % 256);
		client = who(text);
		rows[i] = peers_add(&peers, &client);
		assert_non_null(rows[i]);
	}
	assert_null(peers_add(&peers, &late));
	assert_int_equal(peers_open(&peers, &late), 0);
	peers_sub(rows[100]);
	assert_ptr_equal(peers_add(&peers, &late), rows[100]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_counting),
	    cmocka_unit_test(test_full),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
