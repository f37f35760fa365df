/* SPDX-License-Identifier: ISC */
#include "base/codec.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

typedef void encode_fn(struct str *out, const void *bytes, size_t n);
typedef bool decode_fn(void *bytes, size_t n, const char *text);

/* RFC 4648 10, and bytes that use the whole alphabet. */
static void
encoding(void **state)
{
	static const struct {
		encode_fn *encode;
		const char *bytes;
		size_t n;
		const char *want;
	} cases[] = {
	    {codec_base64, "", 0, ""},
	    {codec_base64, "f", 1, "Zg=="},
	    {codec_base64, "fo", 2, "Zm8="},
	    {codec_base64, "foo", 3, "Zm9v"},
	    {codec_base64, "foob", 4, "Zm9vYg=="},
	    {codec_base64, "fooba", 5, "Zm9vYmE="},
	    {codec_base64, "foobar", 6, "Zm9vYmFy"},
	    {codec_base64, "\xfb\xff\xfe", 3, "+//+"},
	    {codec_base64url, "\xfb\xff\xfe", 3, "-__-"},
	    {codec_base64url, "f", 1, "Zg"},
	    {codec_base64url, "fo", 2, "Zm8"},
	    {codec_base64url, "\0", 1, "AA"},
	    {codec_base32, "", 0, ""},
	    {codec_base32, "f", 1, "my"},
	    {codec_base32, "fo", 2, "mzxq"},
	    {codec_base32, "foo", 3, "mzxw6"},
	    {codec_base32, "foob", 4, "mzxw6yq"},
	    {codec_base32, "fooba", 5, "mzxw6ytb"},
	    {codec_base32, "foobar", 6, "mzxw6ytboi"},
	    {codec_base32, "\xff\xff\xff\xff\xff", 5, "77777777"},
	    {codec_hex, "\0\x7f\xff", 3, "007fff"},
	    {codec_base64_lines, "", 0, ""},
	    {codec_base64_lines, "f", 1, "Zg==\r\n"},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct str out;

		str_init(&out, 64);
		cases[i].encode(&out, cases[i].bytes, cases[i].n);
		assert_string_equal(out.data, cases[i].want);
		str_release(&out);
	}
}

/* RFC 2045 6.8: no line is longer than 76, none but the last is shorter. */
static void
lines(void **state)
{
	static char bytes[1000];

	(void)state;
	memset(bytes, 'x', sizeof(bytes));
	for (size_t n = 0; n < sizeof(bytes); n++) {
		struct str wrapped;
		struct str plain;
		struct str joined;

		str_init(&wrapped, 2000);
		str_init(&plain, 2000);
		str_init(&joined, 2000);
		codec_base64_lines(&wrapped, bytes, n);
		codec_base64(&plain, bytes, n);
		for (const char *at = wrapped.data; *at != '\0';) {
			size_t len = strcspn(at, "\r");

			assert_memory_equal(at + len, "\r\n", 2);
			assert_true(len == 76 || at[len + 2] == '\0');
			assert_true(len > 0 && len <= 76);
			str_add_bytes(&joined, at, len);
			at += len + 2;
		}
		assert_string_equal(joined.data, plain.data);
		str_release(&wrapped);
		str_release(&plain);
		str_release(&joined);
	}
}

/* As it was, with a digit more, and with a digit less. */
static void
round_trip(encode_fn *encode, decode_fn *decode, size_t n)
{
	unsigned char bytes[40];
	unsigned char back[40];
	struct str text;

	for (size_t i = 0; i < n; i++)
		bytes[i] = (unsigned char)(i * 151 + 77);
	str_init(&text, 128);
	encode(&text, bytes, n);
	assert_true(decode(back, n, text.data));
	assert_memory_equal(back, bytes, n);
	str_add(&text, "a");
	assert_false(decode(back, n, text.data));
	if (n > 0) {
		text.data[text.len - 2] = '\0';
		assert_false(decode(back, n, text.data));
	}
	str_release(&text);
}

static void
there_and_back(void **state)
{
	(void)state;
	for (size_t n = 0; n <= 40; n++) {
		round_trip(codec_base64url, codec_base64url_decode, n);
		round_trip(codec_base32, codec_base32_decode, n);
		round_trip(codec_hex, codec_hex_decode, n);
	}
}

static void
strict_decoding(void **state)
{
	static const struct {
		decode_fn *decode;
		size_t n;
		const char *text;
		bool ok;
	} cases[] = {
	    {codec_base64url_decode, 1, "Zg", true},
	    {codec_base64url_decode, 1, "Zh", false}, /* unused bits */
	    {codec_base64url_decode, 2, "Zm8", true},
	    {codec_base64url_decode, 2, "Zm9", false},
	    {codec_base64url_decode, 1, "Zg==", false},
	    {codec_base64url_decode, 3, "+//+", false}, /* other alphabet */
	    {codec_base64url_decode, 3, "-__-", true},
	    {codec_base64url_decode, 3, "Zm9 ", false},
	    {codec_base64url_decode, 3, "Zm9\xd9", false},
	    {codec_base64url_decode, 0, "", true},
	    {codec_base32_decode, 1, "my", true},
	    {codec_base32_decode, 1, "MY", true}, /* case is lost in mail */
	    {codec_base32_decode, 1, "mz", false},
	    {codec_base32_decode, 1, "m1", false},
	    {codec_base32_decode, 1, "m0", false},
	    {codec_base32_decode, 1, "m8", false},
	    {codec_base32_decode, 1, "my======", false},
	    {codec_base32_decode, 10,
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aa"
		"aaaaaaaaaaaaaaaaaaaa",
		false},
	    {codec_hex_decode, 1, "7f", true},
	    {codec_hex_decode, 1, "7F", false}, /* one spelling */
	    {codec_hex_decode, 1, "7", false},
	    {codec_hex_decode, 1, "7g", false},
	    {codec_hex_decode, 1, "7f ", false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		unsigned char bytes[16];

		if (cases[i].decode(bytes, cases[i].n, cases[i].text) !=
		    cases[i].ok)
			fail_msg("'%s'", cases[i].text);
	}
}

static void
integers(void **state)
{
	static const struct {
		const char *text;
		int64_t min, max;
		bool ok;
		int64_t want;
	} cases[] = {
	    {"0", 0, 10, true, 0},
	    {"10", 0, 10, true, 10},
	    {"11", 0, 10, false, 0},
	    {"-1", 0, 10, false, 0},
	    {"-1", -1, 10, true, -1},
	    {"007", 0, 10, true, 7},
	    {"9223372036854775807", INT64_MIN, INT64_MAX, true, INT64_MAX},
	    {"-9223372036854775808", INT64_MIN, INT64_MAX, true, INT64_MIN},
	    {"9223372036854775808", INT64_MIN, INT64_MAX, false, 0},
	    {"-9223372036854775809", INT64_MIN, INT64_MAX, false, 0},
	    {"99999999999999999999999", INT64_MIN, INT64_MAX, false, 0},
	    {"", INT64_MIN, INT64_MAX, false, 0},
	    {"-", INT64_MIN, INT64_MAX, false, 0},
	    {"--1", INT64_MIN, INT64_MAX, false, 0},
	    {"+1", INT64_MIN, INT64_MAX, false, 0},
	    {" 1", INT64_MIN, INT64_MAX, false, 0},
	    {"1 ", INT64_MIN, INT64_MAX, false, 0},
	    {"1\n", INT64_MIN, INT64_MAX, false, 0},
	    {"0x1", INT64_MIN, INT64_MAX, false, 0},
	    {"1e3", INT64_MIN, INT64_MAX, false, 0},
	    {"1.0", INT64_MIN, INT64_MAX, false, 0},
	    {"١", INT64_MIN, INT64_MAX, false, 0},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		int64_t got = 77;

		if (codec_int(&got, cases[i].text, cases[i].min,
			cases[i].max) != cases[i].ok)
			fail_msg("'%s'", cases[i].text);
		assert_int_equal(got, cases[i].ok ? cases[i].want : 77);
	}
}

static void
utf8(void **state)
{
	static const struct {
		const char *text;
		size_t n;
		bool ok;
	} cases[] = {
	    {"", 0, true},
	    {"a\0b", 3, true},
	    {"\x7f", 1, true},
	    {"\xc2\x80", 2, true},
	    {"\xdf\xbf", 2, true},
	    {"\xe0\xa0\x80", 3, true},
	    {"\xed\x9f\xbf", 3, true},
	    {"\xee\x80\x80", 3, true},
	    {"\xef\xbf\xbf", 3, true},
	    {"\xf0\x90\x80\x80", 4, true},
	    {"\xf4\x8f\xbf\xbf", 4, true},
	    {"\x80", 1, false},
	    {"\xbf", 1, false},
	    {"\xc0\x80", 2, false},     /* over-long */
	    {"\xc1\xbf", 2, false},     /* over-long */
	    {"\xe0\x9f\xbf", 3, false}, /* over-long */
	    {"\xf0\x8f\xbf\xbf", 4, false},
	    {"\xed\xa0\x80", 3, false}, /* a surrogate */
	    {"\xed\xbf\xbf", 3, false},
	    {"\xf4\x90\x80\x80", 4, false}, /* past U+10FFFF */
	    {"\xf5\x80\x80\x80", 4, false},
	    {"\xff", 1, false},
	    {"\xc2", 1, false}, /* cut short */
	    {"\xe2\x82", 2, false},
	    {"\xf0\x9f\x98", 3, false},
	    {"\xe2\x82"
	     "a",
		3, false},
	    {"\xc2\x80\x80", 3, false},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		if (codec_utf8_ok(cases[i].text, cases[i].n) != cases[i].ok)
			fail_msg("case %zu", i);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(encoding),
	    cmocka_unit_test(lines),
	    cmocka_unit_test(there_and_back),
	    cmocka_unit_test(strict_decoding),
	    cmocka_unit_test(integers),
	    cmocka_unit_test(utf8),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
