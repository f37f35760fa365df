/* SPDX-License-Identifier: ISC */
#include "base/codec.h"
#include "base/str.h"
#include "base/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))
#define KEY1         "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"
#define KEY2         "f00102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f"

static const unsigned char UUID[16] = "0123456789abcde";
static char folder[] = "/tmp/nashra-token-XXXXXX";
static char path[sizeof(folder) + 8];

static int
make_folder(void **state)
{
	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/secrets", folder);
	return 0;
}

static int
remove_folder(void **state)
{
	(void)state;
	(void)unlink(path);
	return rmdir(folder);
}

static void
write_file(const char *text, mode_t mode)
{
	FILE *file;

	(void)unlink(path);
	file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, strlen(text), file), strlen(text));
	assert_int_equal(fclose(file), 0);
	assert_int_equal(chmod(path, mode), 0);
}

static struct token_ring *
ring_of(const char *text)
{
	struct token_ring *ring = NULL;
	struct err err = ERR_INIT;

	write_file(text, 0600);
	if (token_ring_load(&ring, path, &err) != 0)
		fail_msg("%s", err.msg);
	return ring;
}

static void
hashes(void **state)
{
	/* FIPS 180-4 */
	static const struct {
		const char *text;
		const char *want;
	} cases[] = {
	    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b"
		 "855"},
	    {"abc",
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"
		"15ad"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char hash[TOKEN_HASH_SIZE];

		token_hash(hash, cases[i].text);
		assert_string_equal(hash, cases[i].want);
		token_digest(hash, cases[i].text, strlen(cases[i].text));
		assert_string_equal(hash, cases[i].want);
	}
}

static void
random_tokens(void **state)
{
	char seen[200][TOKEN_RANDOM_SIZE];

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		unsigned char raw[TOKEN_RANDOM_BYTES];

		token_new(seen[i]);
		assert_int_equal(strlen(seen[i]), TOKEN_RANDOM_SIZE - 1);
		assert_true(codec_base64url_decode(raw, sizeof(raw), seen[i]));
		for (size_t k = 0; k < i; k++)
			assert_false(str_eq(seen[k], seen[i]));
	}
}

static void
ring_files(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		bool ok;
	} cases[] = {
	    {"1 " KEY1 "\n", 0600, true},
	    {"1 " KEY1, 0600, true},
	    {"1 " KEY1 "\n", 0400, true},
	    {"# old\n1 " KEY1 "\n\n255 " KEY2 "\n", 0600, true},
	    {"1 " KEY1 "\n", 0640, false},
	    {"1 " KEY1 "\n", 0604, false},
	    {"", 0600, false},
	    {"# nothing\n", 0600, false},
	    {"0 " KEY1 "\n", 0600, false},
	    {"256 " KEY1 "\n", 0600, false},
	    {"-1 " KEY1 "\n", 0600, false},
	    {"x " KEY1 "\n", 0600, false},
	    {KEY1 "\n", 0600, false},
	    {"1  " KEY1 "\n", 0600, false},
	    {"1 " KEY1 " \n", 0600, false},
	    {"1 " KEY1 "00\n", 0600, false},
	    {"1 abc\n", 0600, false},
	    {"1 " KEY1 "\n1 " KEY2 "\n", 0600, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct token_ring *ring = NULL;
		struct err err = ERR_INIT;
		int rc;

		write_file(cases[i].text, cases[i].mode);
		rc = token_ring_load(&ring, path, &err);
		if ((rc == 0) != cases[i].ok)
			fail_msg("'%s': %s", cases[i].text, err.msg);
		if (rc != 0) {
			assert_int_equal(err.code, ERR_CONFIG);
			assert_non_null(strstr(err.msg, path));
			/* no key in a message */
			assert_null(strstr(err.msg, "0001020304"));
		}
		token_ring_free(ring);
	}
}

static void
ring_lines_are_named(void **state)
{
	struct token_ring *ring = NULL;
	struct err err = ERR_INIT;

	(void)state;
	write_file("1 " KEY1 "\n\nbad\n", 0600);
	assert_int_equal(token_ring_load(&ring, path, &err), -1);
	assert_non_null(strstr(err.msg, "secrets:3: "));
	(void)unlink(path);
	assert_int_equal(token_ring_load(&ring, path, &err), -1);
	assert_int_equal(err.code, ERR_NOTFOUND);
}

static void
too_many_keys(void **state)
{
	struct token_ring *ring = NULL;
	struct err err = ERR_INIT;
	struct str text;

	(void)state;
	str_init(&text, 8192);
	for (int i = 1; i <= 33; i++)
		str_addf(&text, "%d " KEY1 "\n", i);
	write_file(text.data, 0600);
	assert_int_equal(token_ring_load(&ring, path, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	str_release(&text);
}

static void
ring_creation(void **state)
{
	struct token_ring *ring = NULL;
	struct err err = ERR_INIT;
	struct stat st;
	char seal[TOKEN_LINK_SIZE];
	unsigned char uuid[16];

	(void)state;
	(void)unlink(path);
	assert_int_equal(token_ring_create(path, &err), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(token_ring_load(&ring, path, &err), 0);
	token_seal(ring, seal, TOKEN_LEAVE, UUID);
	assert_true(token_open(ring, uuid, TOKEN_LEAVE, seal));
	token_ring_free(ring);
	/* never over one that exists */
	assert_int_equal(token_ring_create(path, &err), -1);
	assert_int_equal(token_ring_load(&ring, path, &err), 0);
	assert_true(token_open(ring, uuid, TOKEN_LEAVE, seal));
	token_ring_free(ring);
	token_ring_free(NULL);
}

/* A seal is what the ring's key and its text make, today and in five years. */
static void
links(void **state)
{
	struct token_ring *ring = ring_of("1 " KEY1 "\n");
	char seal[TOKEN_LINK_SIZE];
	unsigned char uuid[16] = "";

	(void)state;
	token_seal(ring, seal, TOKEN_LEAVE, UUID);
	assert_int_equal(strlen(seal), TOKEN_LINK_SIZE - 1);
	assert_true(str_starts(seal, "AQEBMDEyMzQ1Njc4OWFiY2RlA"));
	assert_true(token_open(ring, uuid, TOKEN_LEAVE, seal));
	assert_memory_equal(uuid, UUID, 16);
	/* made for one purpose, it opens for no other */
	assert_false(token_open(ring, uuid, TOKEN_PREFER, seal));
	assert_false(token_open(ring, uuid, (enum token_purpose)0, seal));
	assert_false(token_open(ring, uuid, TOKEN_LEAVE, ""));
	token_ring_free(ring);
}

/* Whether a seal still opens with another character at a place. */
static bool
opens_with(const struct token_ring *ring, const char *seal, size_t at, char c)
{
	char text[TOKEN_LINK_SIZE];
	unsigned char uuid[16] = "kept";
	bool opens;

	memcpy(text, seal, sizeof(text));
	text[at] = c;
	opens = token_open(ring, uuid, TOKEN_LEAVE, text);
	/* what is refused leaves no trace */
	return opens || memcmp(uuid, "kept", 5) != 0;
}

/* Every character at every place, a shorter seal and a longer one. */
static void
altered_links(void **state)
{
	struct token_ring *ring = ring_of("1 " KEY1 "\n2 " KEY2 "\n");
	char seal[TOKEN_LINK_SIZE];
	char longer[TOKEN_LINK_SIZE + 1];
	unsigned char uuid[16];

	(void)state;
	token_seal(ring, seal, TOKEN_LEAVE, UUID);
	for (size_t i = 0; i < (TOKEN_LINK_SIZE - 1) * (size_t)256; i++) {
		char c = (char)(i % 256);

		if (c != seal[i / 256])
			assert_false(opens_with(ring, seal, i / 256, c));
	}
	(void)snprintf(longer, sizeof(longer), "%sA", seal);
	assert_false(token_open(ring, uuid, TOKEN_LEAVE, longer));
	assert_true(token_open(ring, uuid, TOKEN_LEAVE, seal));
	token_ring_free(ring);
}

static void
rings_turn(void **state)
{
	struct token_ring *old = ring_of("1 " KEY1 "\n");
	struct token_ring *both = ring_of("1 " KEY1 "\n2 " KEY2 "\n");
	struct token_ring *new = ring_of("2 " KEY2 "\n");
	struct token_ring *other = ring_of("1 " KEY2 "\n");
	char first[TOKEN_LINK_SIZE];
	char second[TOKEN_LINK_SIZE];
	unsigned char uuid[16];

	(void)state;
	token_seal(old, first, TOKEN_LEAVE, UUID);
	token_seal(both, second, TOKEN_LEAVE, UUID);
	assert_true(token_open(both, uuid, TOKEN_LEAVE, first));
	assert_true(token_open(both, uuid, TOKEN_LEAVE, second));
	assert_true(token_open(new, uuid, TOKEN_LEAVE, second));
	assert_false(token_open(new, uuid, TOKEN_LEAVE, first));
	assert_false(token_open(old, uuid, TOKEN_LEAVE, second));
	assert_false(token_open(other, uuid, TOKEN_LEAVE, first));
	token_ring_free(old);
	token_ring_free(both);
	token_ring_free(new);
	token_ring_free(other);
}

static void
verp(void **state)
{
	static const uint32_t issues[] = {0, 1, 255, 65536, UINT32_MAX};
	struct token_ring *ring = ring_of("7 " KEY1 "\n");

	(void)state;
	for (size_t i = 0; i < COUNT(issues); i++) {
		char seal[TOKEN_VERP_SIZE];
		unsigned char uuid[16] = "";
		uint32_t issue = 77;

		token_seal_verp(ring, seal, UUID, issues[i]);
		assert_int_equal(strlen(seal), TOKEN_VERP_SIZE - 1);
		assert_int_equal(
		    strspn(seal, "abcdefghijklmnopqrstuvwxyz234567"),
		    TOKEN_VERP_SIZE - 1);
		assert_true(token_open_verp(ring, uuid, &issue, seal));
		assert_int_equal(issue, issues[i]);
		assert_memory_equal(uuid, UUID, 16);
		/* a mail system may have turned its case over */
		for (char *c = seal; *c != '\0'; c++) {
			if (*c >= 'a' && *c <= 'z')
				*c = (char)(*c - ('a' - 'A'));
		}
		assert_true(token_open_verp(ring, uuid, &issue, seal));
		for (char *c = seal; *c != '\0'; c++) {
			char kept = *c;

			*c = kept == 'A' ? 'B' : 'A';
			assert_false(token_open_verp(ring, uuid, &issue, seal));
			*c = kept;
		}
	}
	token_ring_free(ring);
}

static void
times(void **state)
{
	static const int64_t cases[] = {
	    0, 1, -1, 1737500000, INT64_MAX, INT64_MIN};
	struct token_ring *ring = ring_of("7 " KEY1 "\n");

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		char seal[TOKEN_TIME_SIZE];
		int64_t when = 77;

		token_seal_time(ring, seal, cases[i]);
		assert_true(token_open_time(ring, &when, seal));
		assert_int_equal(when, cases[i]);
		for (char *c = seal; *c != '\0'; c++) {
			char kept = *c;

			*c = kept == 'A' ? 'B' : 'A';
			assert_false(token_open_time(ring, &when, seal));
			*c = kept;
		}
	}
	token_ring_free(ring);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(hashes),
	    cmocka_unit_test(random_tokens),
	    cmocka_unit_test(ring_files),
	    cmocka_unit_test(ring_lines_are_named),
	    cmocka_unit_test(too_many_keys),
	    cmocka_unit_test(ring_creation),
	    cmocka_unit_test(links),
	    cmocka_unit_test(altered_links),
	    cmocka_unit_test(rings_turn),
	    cmocka_unit_test(verp),
	    cmocka_unit_test(times),
	};

	return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
