/* SPDX-License-Identifier: ISC */
#include "text/bidi.h"
#include "base/codec.h"
#include "base/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

#define LRM "\u200e"
#define RLM "\u200f"

static bool
is_mark(const char *text)
{
	return str_starts(text, LRM) || str_starts(text, RLM);
}

typedef void clean_fn(struct str *out, const char *text, size_t n);

/* What comes out is UTF-8 without a control or a mark that turns text round,
 * and cleaning it again changes nothing. */
static void
check(const uint8_t *data, size_t len, clean_fn *clean, bool one_line)
{
	struct str out;
	struct str again;

	str_init(&out, 1 << 24);
	str_init(&again, 1 << 24);
	clean(&out, (const char *)data, len);
	clean(&again, out.data, out.len);
	if (out.bad || !codec_utf8_ok(out.data, out.len) ||
	    strlen(out.data) != out.len)
		abort();
	if (again.len != out.len || memcmp(again.data, out.data, out.len) != 0)
		abort();
	for (const char *p = out.data; *p != '\0'; p++) {
		unsigned char c = (unsigned char)*p;

		if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\n'))
			abort();
		if (one_line && (c == '\t' || c == '\n'))
			abort();
		/* U+202A-202E, U+2066-2069 */
		if (str_starts(p, "\xe2\x80") && (unsigned char)p[2] >= 0xaa &&
		    (unsigned char)p[2] <= 0xae)
			abort();
		if (str_starts(p, "\xe2\x81") && (unsigned char)p[2] >= 0xa6 &&
		    (unsigned char)p[2] <= 0xa9)
			abort();
	}
	if (one_line &&
	    (strstr(out.data, "  ") != NULL || str_starts(out.data, " ") ||
		str_ends(out.data, " ")))
		abort();
	(void)bidi_first(out.data);
	str_release(&out);
	str_release(&again);
}

/* A line begins with no mark, has none twice, and no letter beside one that
 * runs its way. */
static void
check_marks(const uint8_t *data, size_t len)
{
	struct str out;

	str_init(&out, 1 << 24);
	bidi_clean_line(&out, (const char *)data, len);
	if (is_mark(out.data) || strstr(out.data, LRM LRM) != NULL ||
	    strstr(out.data, RLM RLM) != NULL ||
	    strstr(out.data, LRM "a") != NULL ||
	    strstr(out.data, RLM "\u0628") != NULL ||
	    strstr(out.data, " " LRM " ") != NULL ||
	    strstr(out.data, " " RLM " ") != NULL ||
	    str_ends(out.data, "a" LRM))
		abort();
	str_release(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	check(data, len, bidi_clean, false);
	check(data, len, bidi_clean_run, true);
	check(data, len, bidi_clean_line, true);
	check_marks(data, len);
	return 0;
}
