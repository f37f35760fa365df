/* SPDX-License-Identifier: ISC */
#include "feed/decode_charset.h"

#include "base/codec.h"

#include <errno.h>
#include <iconv.h>
#include <string.h>

#define CHARSET_SIZE    32
#define DECLARATION_MAX 256 /* bytes in which <?xml ... ?> is looked for */

static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */

/* Feeds choose the encoding, so only those that no byte can shift. */
static const char *const charsets[] = {"utf-8", "utf-16", "utf-16le",
    "utf-16be", "us-ascii", "iso-8859-*", "windows-*", "cp125*", "koi8-*",
    NULL};

static bool
charset_known(const char *name)
{
	for (size_t i = 0; charsets[i] != NULL; i++) {
		size_t n = strcspn(charsets[i], "*");
		char head[CHARSET_SIZE] = "";

		if (charsets[i][n] == '\0') {
			if (str_eq_ci(charsets[i], name))
				return true;
			continue;
		}
		memcpy(head, charsets[i], n);
		if (str_starts_ci(name, head) &&
		    name[n + strspn(name + n, "0123456789ru")] == '\0')
			return true;
	}
	return false;
}

/* The value after `mark`, quoted or not; "" where it is none we know. */
static void
named_charset(char out[CHARSET_SIZE], const char *text, const char *mark)
{
	const char *at = text;
	size_t n;

	out[0] = '\0';
	while (*at != '\0' && !str_starts_ci(at, mark))
		at++;
	if (*at == '\0')
		return;
	at += strlen(mark);
	at += strspn(at, " \t\r\n");
	if (*at != '=')
		return;
	at++;
	at += strspn(at, " \t\r\n\"'");
	n = strcspn(at, " \t\r\n\"';,>?");
	if (n >= CHARSET_SIZE)
		return;
	memcpy(out, at, n);
	out[n] = '\0';
	if (!charset_known(out))
		out[0] = '\0';
}

static void
declared_charset(char out[CHARSET_SIZE], const char *bytes, size_t len)
{
	char head[DECLARATION_MAX + 1];
	size_t n = len < DECLARATION_MAX ? len : DECLARATION_MAX;
	char *end;

	memcpy(head, bytes, n);
	head[n] = '\0';
	end = strstr(head, "?>");
	out[0] = '\0';
	if (end == NULL)
		return;
	*end = '\0';
	named_charset(out, head, "encoding");
}

struct mark {
	const char *bytes;
	size_t len;
	size_t skip; /* of them, what is no text */
	const char *charset;
};

/* XML 1.0 appendix F.1 */
static const struct mark marks[] = {
    {"\xef\xbb\xbf", 3, 3, "utf-8"},
    {"\xff\xfe", 2, 2, "utf-16le"},
    {"\xfe\xff", 2, 2, "utf-16be"},
    {"<\0", 2, 0, "utf-16le"},
    {"\0<", 2, 0, "utf-16be"},
};

/* What HTTP says goes before the declaration (RFC 7303 3.2); but a server
 * often says its default, and what is valid UTF-8 by chance is rare. */
static void
choose_charset(char out[CHARSET_SIZE], const char *bytes, size_t len,
    const char *content_type)
{
	char declared[CHARSET_SIZE];

	named_charset(out, content_type, "charset");
	declared_charset(declared, bytes, len);
	if (codec_utf8_ok(bytes, len) && !str_starts_ci(declared, "utf-16")) {
		(void)str_fit(out, CHARSET_SIZE, "utf-8");
	} else if (out[0] == '\0' || str_eq_ci(out, "utf-8")) {
		(void)str_fit(out, CHARSET_SIZE, declared);
	}
	/* Bytes that begin with "<" alone are no UTF-16. */
	if (out[0] == '\0' || str_starts_ci(out, "utf-16"))
		(void)str_fit(out, CHARSET_SIZE, "utf-8");
}

/* In Hebrew and Vietnamese iconv holds a letter back until it has seen that no
 * mark follows that it could carry. */
static void
flush(struct str *out, iconv_t cd)
{
	char part[16];
	char *to = part;
	size_t room = sizeof(part);

	(void)iconv(cd, NULL, NULL, &to, &room);
	str_add_bytes(out, part, (size_t)(to - part));
}

/* The bytes of the character that begins here, 0 where none does. */
static size_t
whole_character(const char *bytes, size_t len)
{
	for (size_t n = 1; n <= 4 && n <= len; n++) {
		if (codec_utf8_ok(bytes, n))
			return n;
	}
	return 0;
}

/* glibc's iconv lets pass what is past U+10FFFF, in up to six bytes. */
static void
repair_utf8(struct str *out, bool *repaired, const char *bytes, size_t len)
{
	const char *end = bytes + len;
	const char *from = bytes;

	for (const char *at = bytes; at < end && !out->bad;) {
		size_t n = whole_character(at, (size_t)(end - at));

		at += n;
		if (n > 0)
			continue;
		str_add_bytes(out, from, (size_t)(at - from));
		str_add_bytes(out, replacement, 3);
		*repaired = true;
		from = ++at;
	}
	str_add_bytes(out, from, (size_t)(end - from));
}

/* Each byte or pair that does not belong becomes one U+FFFD. */
static int
convert(struct str *out, bool *repaired, const char *charset, const char *bytes,
    size_t len, struct err *err)
{
	iconv_t cd = iconv_open("UTF-8", charset);
	char *in;
	size_t unit = str_starts_ci(charset, "utf-16") ? 2 : 1;

	/* NOLINTNEXTLINE(performance-no-int-to-ptr): iconv_open(3) says so */
	if (cd == (iconv_t)-1) {
		return err_set(
		    err, ERR_DATA, "encoding '%s' is not known here", charset);
	}
	memcpy(&in, &bytes, sizeof(in)); /* it does not write there */
	while (len > 0 && !out->bad) {
		char part[4096];
		char *to = part;
		size_t room = sizeof(part);
		size_t done = iconv(cd, &in, &len, &to, &room);
		bool full = done == (size_t)-1 && errno == E2BIG;

		str_add_bytes(out, part, (size_t)(to - part));
		if (done != (size_t)-1 || full)
			continue;
		flush(out, cd);
		str_add_bytes(out, replacement, 3);
		*repaired = true;
		if (unit > len)
			unit = len;
		in += unit;
		len -= unit;
	}
	flush(out, cd);
	iconv_close(cd);
	return 0;
}

int
decode_charset(struct str *out, bool *repaired, const char *bytes, size_t len,
    const char *content_type, struct err *err)
{
	char charset[CHARSET_SIZE] = "";
	const struct mark *mark = marks;
	const struct mark *end = marks + sizeof(marks) / sizeof(marks[0]);

	while (mark < end &&
	       (len < mark->len || memcmp(bytes, mark->bytes, mark->len) != 0))
		mark++;
	if (mark < end) {
		(void)str_fit(charset, sizeof(charset), mark->charset);
		bytes += mark->skip;
		len -= mark->skip;
	} else {
		choose_charset(charset, bytes, len, content_type);
	}
	if (str_eq_ci(charset, "utf-8")) {
		repair_utf8(out, repaired, bytes, len);
		return 0;
	}
	return convert(out, repaired, charset, bytes, len, err);
}
