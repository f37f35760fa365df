/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "base/uuid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void
new_ones(void **state)
{
	char seen[200][UUID_SIZE];

	(void)state;
	for (size_t i = 0; i < 200; i++) {
		unsigned char bytes[UUID_BYTES];
		char back[UUID_SIZE];

		uuid_new(seen[i]);
		assert_int_equal(strlen(seen[i]), 36);
		assert_int_equal(strspn(seen[i], "0123456789abcdef-"), 36);
		assert_int_equal(seen[i][14], '4');
		assert_non_null(strchr("89ab", seen[i][19]));
		assert_true(uuid_to_bytes(bytes, seen[i]));
		uuid_from_bytes(back, bytes);
		assert_string_equal(back, seen[i]);
		for (size_t k = 0; k < i; k++)
			assert_false(str_eq(seen[k], seen[i]));
	}
}

static void
parsing(void **state)
{
	static const struct {
		const char *text;
		bool ok;
	} cases[] = {
	    {"00112233-4455-4677-8899-aabbccddeeff", true},
	    {"00112233-4455-4677-8899-AABBCCDDEEFF", true},
	    {"", false},
	    {"00112233-4455-4677-8899-aabbccddeef", false},
	    {"00112233-4455-4677-8899-aabbccddeeff0", false},
	    {"00112233-4455-4677-8899-aabbccddeefg", false},
	    {"00112233-4455-4677-8899aabbccddeeff0", false},
	    {"00112233445546778899aabbccddeeff", false},
	    {" 0112233-4455-4677-8899-aabbccddeeff", false},
	    {"{0011223-4455-4677-8899-aabbccddeef}", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		unsigned char bytes[UUID_BYTES];

		if (uuid_to_bytes(bytes, cases[i].text) != cases[i].ok)
			fail_msg("'%s'", cases[i].text);
		if (cases[i].ok) {
			assert_memory_equal(bytes,
			    "\x00\x11\x22\x33\x44\x55\x46\x77"
			    "\x88\x99\xaa\xbb\xcc\xdd\xee\xff",
			    UUID_BYTES);
		}
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(new_ones),
	    cmocka_unit_test(parsing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
