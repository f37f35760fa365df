/* SPDX-License-Identifier: ISC */
#include "base/codec.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static const char BASE64[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static const char BASE64URL[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
static const char BASE32[] = "abcdefghijklmnopqrstuvwxyz234567";
static const char HEX[] = "0123456789abcdef";

#define LINE_BYTES 57 /* 76 characters of base64 */

/* One to three bytes as four characters. */
static void
base64_quad(char quad[4], const unsigned char *in, size_t n)
{
	unsigned b1 = n > 1 ? in[1] : 0;
	unsigned b2 = n > 2 ? in[2] : 0;

	quad[0] = BASE64[in[0] >> 2];
	quad[1] = BASE64[(in[0] & 3u) << 4 | b1 >> 4];
	quad[2] = BASE64[(b1 & 15) << 2 | b2 >> 6];
	quad[3] = BASE64[b2 & 63];
	if (n < 3)
		quad[3] = '=';
	if (n < 2)
		quad[2] = '=';
}

static void
base64_padded(struct str *out, const unsigned char *in, size_t n)
{
	char quads[4 * LINE_BYTES];

	while (n > 0) {
		size_t len;

		for (len = 0; n > 0 && len + 4 <= sizeof(quads); len += 4) {
			size_t take = n < 3 ? n : 3;

			base64_quad(quads + len, in, take);
			in += take;
			n -= take;
		}
		str_add_bytes(out, quads, len);
	}
}

void
codec_base64(struct str *out, const void *bytes, size_t n)
{
	base64_padded(out, bytes, n);
}

void
codec_base64_lines(struct str *out, const void *bytes, size_t n)
{
	const unsigned char *in = bytes;

	while (n > 0) {
		size_t take = n < LINE_BYTES ? n : LINE_BYTES;

		base64_padded(out, in, take);
		str_add_bytes(out, "\r\n", 2);
		in += take;
		n -= take;
	}
}

/* Writes n bytes as digits of `bits` bits each, high bits first. */
static void
encode_bits(struct str *out, const unsigned char *in, size_t n,
    const char *alphabet, unsigned bits)
{
	char digits[128];
	size_t len = 0;
	unsigned acc = 0;
	unsigned have = 0;

	for (size_t i = 0; i < n; i++) {
		acc = (acc << 8 | in[i]) & 0xffff;
		have += 8;
		while (have >= bits) {
			have -= bits;
			digits[len++] =
			    alphabet[acc >> have & ((1u << bits) - 1)];
		}
		/* Room for what is left over and two more. */
		if (len + 3 > sizeof(digits)) {
			str_add_bytes(out, digits, len);
			len = 0;
		}
	}
	if (have > 0) {
		digits[len++] =
		    alphabet[acc << (bits - have) & ((1u << bits) - 1)];
	}
	str_add_bytes(out, digits, len);
}

/* The reverse; the text must have the one length and form that n bytes do. */
static bool
decode_bits(unsigned char *out, size_t n, const char *text,
    const char *alphabet, unsigned bits)
{
	size_t digits = (n * 8 + bits - 1) / bits;
	unsigned acc = 0;
	unsigned have = 0;
	size_t at = 0;

	if (strlen(text) != digits)
		return false;
	for (size_t i = 0; i < digits; i++) {
		const char *digit = strchr(alphabet, text[i]);

		if (digit == NULL)
			return false;
		acc = (acc << bits | (unsigned)(digit - alphabet)) & 0xffff;
		have += bits;
		if (have >= 8) {
			have -= 8;
			out[at++] = (unsigned char)(acc >> have);
		}
	}
	return at == n && (acc & ((1u << have) - 1)) == 0;
}

void
codec_base64url(struct str *out, const void *bytes, size_t n)
{
	encode_bits(out, bytes, n, BASE64URL, 6);
}

void
codec_base32(struct str *out, const void *bytes, size_t n)
{
	encode_bits(out, bytes, n, BASE32, 5);
}

void
codec_hex(struct str *out, const void *bytes, size_t n)
{
	encode_bits(out, bytes, n, HEX, 4);
}

bool
codec_base64url_decode(void *bytes, size_t n, const char *text)
{
	return decode_bits(bytes, n, text, BASE64URL, 6);
}

bool
codec_hex_decode(void *bytes, size_t n, const char *text)
{
	return decode_bits(bytes, n, text, HEX, 4);
}

bool
codec_base32_decode(void *bytes, size_t n, const char *text)
{
	char lower[128] = "";
	size_t len = strlen(text);

	if (len >= sizeof(lower))
		return false;
	for (size_t i = 0; i <= len; i++) {
		lower[i] = text[i];
		if (text[i] >= 'A' && text[i] <= 'Z')
			lower[i] = (char)(text[i] + ('a' - 'A'));
	}
	return decode_bits(bytes, n, lower, BASE32, 5);
}

bool
codec_int(int64_t *out, const char *text, int64_t min, int64_t max)
{
	const char *digits = *text == '-' ? text + 1 : text;
	long long value;

	if (*digits == '\0' || strspn(digits, "0123456789") != strlen(digits))
		return false;
	errno = 0;
	value = strtoll(text, NULL, 10);
	if (errno != 0 || value < min || value > max)
		return false;
	*out = value;
	return true;
}

/* How many bytes follow the lead byte c, and the smallest code point that
 * needs so many; -1 where c cannot lead. */
static int
utf8_tail(unsigned char c, unsigned *least)
{
	if (c < 0x80) {
		*least = 0;
		return 0;
	}
	if (c >= 0xc2 && c <= 0xdf) {
		*least = 0x80;
		return 1;
	}
	if (c >= 0xe0 && c <= 0xef) {
		*least = 0x800;
		return 2;
	}
	if (c >= 0xf0 && c <= 0xf4) {
		*least = 0x10000;
		return 3;
	}
	return -1;
}

bool
codec_utf8_ok(const char *text, size_t n)
{
	const unsigned char *p = (const unsigned char *)text;

	for (size_t i = 0; i < n;) {
		unsigned least;
		int tail = utf8_tail(p[i], &least);
		unsigned point;

		if (tail < 0 || (size_t)tail >= n - i)
			return false;
		point = tail == 0 ? p[i] : p[i] & (0x3fu >> tail);
		for (int k = 1; k <= tail; k++) {
			if ((p[i + (size_t)k] & 0xc0) != 0x80)
				return false;
			point = point << 6 | (p[i + (size_t)k] & 0x3fu);
		}
		if (point < least || point > 0x10ffff ||
		    (point >= 0xd800 && point <= 0xdfff))
			return false;
		i += (size_t)tail + 1;
	}
	return true;
}
