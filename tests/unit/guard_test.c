/* SPDX-License-Identifier: ISC */
#include "web/guard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOW INT64_C(1764000000)

static struct token_ring *ring;
static struct guard *guard;

static int
setup(void **state)
{
	char path[] = "/tmp/guard-test-XXXXXX";
	struct err err = ERR_INIT;

	(void)state;
	guard = calloc(1, sizeof(*guard));
	assert_non_null(guard);
	assert_non_null(mkdtemp(path));
	assert_int_equal(chdir(path), 0);
	assert_int_equal(token_ring_create("secrets", &err), 0);
	assert_int_equal(token_ring_load(&ring, "secrets", &err), 0);
	assert_int_equal(unlink("secrets"), 0);
	assert_int_equal(chdir("/"), 0);
	return rmdir(path);
}

static int
teardown(void **state)
{
	(void)state;
	token_ring_free(ring);
	free(guard);
	return 0;
}

static bool
take(const char *client, int64_t now, int64_t *wait)
{
	struct client who;

	assert_true(client_parse(&who, client));
	return guard_take(guard, &who, now, wait);
}

static void
empty(void)
{
	memset(guard, 0, sizeof(*guard));
}

/* A history of one client: at each moment so many attempts, of which so many
 * pass. Moments are seconds after NOW. */
static const struct {
	const char *what;
	struct {
		int64_t at;
		int attempts;
		int pass;
		int64_t wait; /* said by the last attempt, where it fails */
	} steps[6];
} histories[] = {
    {"one attempt", {{0, 1, 1, 0}}},
    {"the burst and no more", {{0, 21, 20, 60}}},
    {"the wait gets shorter", {{0, 20, 20, 0}, {59, 1, 0, 1}}},
    {"one a minute", {{0, 20, 20, 0}, {60, 2, 1, 60}, {120, 2, 1, 60}}},
    {"ten minutes give ten", {{0, 20, 20, 0}, {600, 12, 10, 60}}},
    {"half a burst is not kept twice", {{0, 10, 10, 0}, {10000, 25, 20, 60}}},
    {"after long enough all are back", {{0, 30, 20, 60}, {1200, 21, 20, 60}}},
    {"refused attempts cost nothing", {{0, 500, 20, 60}, {60, 1, 1, 0}}},
    {"a clock set back does not lock anybody out",
	{{0, 20, 20, 0}, {-86400, 1, 0, 60}, {-86340, 1, 1, 0}}},
    {"a clock set back and forth",
	{{0, 5, 5, 0}, {-3600, 15, 0, 60}, {3600, 21, 20, 60}}},
};

static void
test_histories(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(histories) / sizeof(histories[0]); i++) {
		empty();
		for (size_t j = 0; j < 6 && histories[i].steps[j].attempts > 0;
		     j++) {
			int pass = 0;
			int64_t wait = 0;

			for (int k = 0; k < histories[i].steps[j].attempts; k++)
				pass += take("192.0.2.1",
				    NOW + histories[i].steps[j].at, &wait);
			print_message("%s, step %zu\n", histories[i].what, j);
			assert_int_equal(pass, histories[i].steps[j].pass);
			assert_int_equal(wait, histories[i].steps[j].wait);
		}
	}
}

/* Who shares a bucket with whom. */
static const struct {
	const char *a;
	const char *b;
	bool shared;
} neighbours[] = {
    {"192.0.2.1", "192.0.2.1", true},
    {"192.0.2.1", "192.0.2.2", false},
    {"192.0.2.1", "::ffff:192.0.2.1", true},
    {"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", true},
    {"2001:db8:1:2::1", "2001:db8:1:3::1", false},
    {"2001:db8::", "2001:db8::1", true},
    {"32.1.13.184", "2001:db8::1", false},
    {"::", "0.0.0.0", false},
};

static void
test_neighbours(void **state)
{
	int64_t wait;

	(void)state;
	for (size_t i = 0; i < sizeof(neighbours) / sizeof(neighbours[0]);
	     i++) {
		empty();
		for (int k = 0; k < GUARD_BURST; k++)
			assert_true(take(neighbours[i].a, NOW, &wait));
		print_message("%s %s\n", neighbours[i].a, neighbours[i].b);
		assert_int_equal(
		    !take(neighbours[i].b, NOW, &wait), neighbours[i].shared);
	}
}

/* More clients than buckets: the table keeps those that asked most. */
static void
test_many_clients(void **state)
{
	int64_t wait;
	char text[CLIENT_SIZE];

	(void)state;
	empty();
	for (int k = 0; k < GUARD_BURST; k++)
		assert_true(take("192.0.2.1", NOW, &wait));
	for (int k = 0; k < 3 * GUARD_BUCKETS; k++) {
		(void)snprintf(
		    text, sizeof(text), "10.%d.%d.1", k / 256, k % 256);
		assert_true(take(text, NOW, &wait));
	}
	assert_false(take("192.0.2.1", NOW, &wait));
}

/* Nobody is known, as on a Unix socket whose proxy names nobody: counted
 * together, not let through. */
static void
test_unknown_client(void **state)
{
	const struct client nobody = {0};
	int64_t wait;

	(void)state;
	empty();
	for (int k = 0; k < GUARD_BURST; k++)
		assert_true(guard_take(guard, &nobody, NOW, &wait));
	assert_false(guard_take(guard, &nobody, NOW, &wait));
}

/* The sealed time: its age in seconds. */
static const struct {
	int64_t age;
	enum guard_verdict verdict;
} ages[] = {
    {0, GUARD_AGAIN},
    {1, GUARD_AGAIN},
    {2, GUARD_PASS},
    {3, GUARD_PASS},
    {3600, GUARD_PASS},
    {86399, GUARD_PASS},
    {86400, GUARD_PASS},
    {86401, GUARD_AGAIN},
    {31536000, GUARD_AGAIN},
    {-1, GUARD_AGAIN}, /* shown in the future: not by us */
    {-86400, GUARD_AGAIN},
};

static void
test_form_time(void **state)
{
	char sealed[TOKEN_TIME_SIZE];

	(void)state;
	for (size_t i = 0; i < sizeof(ages) / sizeof(ages[0]); i++) {
		token_seal_time(ring, sealed, NOW - ages[i].age);
		print_message("age %lld\n", (long long)ages[i].age);
		assert_int_equal(
		    guard_form(ring, "", sealed, NOW), ages[i].verdict);
		/* The trap wins over everything. */
		assert_int_equal(
		    guard_form(ring, "x", sealed, NOW), GUARD_TRAP);
	}
}

static const struct {
	const char *trap;
	const char *shown_at;
	enum guard_verdict verdict;
} forms[] = {
    {"", "", GUARD_PASS},
    {"http://example.org/", "", GUARD_TRAP},
    {" ", "", GUARD_TRAP},
    {"", "0", GUARD_AGAIN},
    {"", "1764000000", GUARD_AGAIN},
    {"", " ", GUARD_AGAIN},
    {"", "AQEAAAAAaSRZgAAAAAAAAAAAAAAAAAAAAAAA", GUARD_AGAIN},
    {"", "٠", GUARD_AGAIN},
    {"", "../../etc/passwd", GUARD_AGAIN},
};

static void
test_forms(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++)
		assert_int_equal(
		    guard_form(ring, forms[i].trap, forms[i].shown_at, NOW),
		    forms[i].verdict);
}

/* No single character of a sealed time can be changed. */
static void
test_altered_time(void **state)
{
	char sealed[TOKEN_TIME_SIZE];

	(void)state;
	token_seal_time(ring, sealed, NOW - 60);
	for (size_t i = 0; sealed[i] != '\0'; i++) {
		char kept = sealed[i];

		sealed[i] = kept == 'A' ? 'B' : 'A';
		assert_int_equal(
		    guard_form(ring, "", sealed, NOW), GUARD_AGAIN);
		sealed[i] = kept;
	}
	assert_int_equal(guard_form(ring, "", sealed, NOW), GUARD_PASS);
	sealed[strlen(sealed) - 1] = '\0';
	assert_int_equal(guard_form(ring, "", sealed, NOW), GUARD_AGAIN);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_histories),
	    cmocka_unit_test(test_neighbours),
	    cmocka_unit_test(test_many_clients),
	    cmocka_unit_test(test_unknown_client),
	    cmocka_unit_test(test_form_time),
	    cmocka_unit_test(test_forms),
	    cmocka_unit_test(test_altered_time),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
