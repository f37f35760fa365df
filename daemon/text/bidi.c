/* SPDX-License-Identifier: ISC */
#include "text/bidi.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/unorm2.h>
#include <unicode/ustring.h>

/* UAX 15 D4: no language stacks more marks on a letter, and putting a longer
 * pile into canonical order takes time by the square of its height. */
#define MARKS_MAX 30

/* ICU counts in int32_t; normalising can triple a text. */
#define CLEAN_MAX 268435456

/* A text while it is worked on, in UTF-16; filters shorten it in place. */
struct units {
	UChar *unit;
	int32_t len;
};

/* U+FFFD for what is not UTF-8. At most one unit a byte. */
static bool
decode(struct units *out, const char *text, size_t n)
{
	UErrorCode status = U_ZERO_ERROR;
	UChar *unit;
	int32_t len = 0;

	*out = (struct units){0};
	if (n > CLEAN_MAX)
		return false;
	unit = malloc((n + 1) * sizeof(*unit));
	if (unit == NULL)
		return false;
	u_strFromUTF8WithSub(unit, (int32_t)n + 1, &len, text, (int32_t)n,
	    0xfffd, NULL, &status);
	*out = (struct units){unit, len};
	return U_SUCCESS(status);
}

static bool
encode(struct str *out, const struct units *text)
{
	UErrorCode status = U_ZERO_ERROR;
	size_t size = (size_t)text->len * 3 + 1;
	char *bytes = malloc(size);
	int32_t n = 0;

	if (bytes == NULL)
		return false;
	u_strToUTF8(bytes, (int32_t)size, &n, text->unit, text->len, &status);
	if (U_SUCCESS(status))
		str_add_bytes(out, bytes, (size_t)n);
	free(bytes);
	return U_SUCCESS(status);
}

static UChar32
next(const struct units *text, int32_t *at)
{
	UChar32 c;

	U16_NEXT_UNSAFE(text->unit, *at, c);
	return c;
}

static void
put(struct units *text, int32_t *len, UChar32 c)
{
	U16_APPEND_UNSAFE(text->unit, *len, c);
}

static bool
is_dropped(UChar32 c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad ||
	       c == 0xfeff || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || U_IS_UNICODE_NONCHAR(c);
}

static void
filter(struct units *text)
{
	int32_t len = 0;
	int32_t i = 0;

	while (i < text->len) {
		UChar32 c = next(text, &i);

		if (c == 0x2028 || c == 0x2029)
			c = '\n';
		if (c == '\t' || c == '\n' || !is_dropped(c))
			put(text, &len, c);
	}
	text->len = len;
}

/* The same for one line. White space is looked at first, so that a return or
 * a form feed parts two words rather than joining them. */
static void
filter_line(struct units *text)
{
	bool space = false;
	int32_t len = 0;
	int32_t i = 0;

	while (i < text->len) {
		UChar32 c = next(text, &i);

		if (u_isUWhiteSpace(c)) {
			space = true;
			continue;
		}
		if (is_dropped(c))
			continue;
		if (space && len > 0)
			put(text, &len, ' ');
		space = false;
		put(text, &len, c);
	}
	text->len = len;
}

static void
limit_marks(struct units *text)
{
	int32_t marks = 0;
	int32_t len = 0;
	int32_t i = 0;

	while (i < text->len) {
		UChar32 c = next(text, &i);

		marks = u_getCombiningClass(c) != 0 ? marks + 1 : 0;
		if (marks <= MARKS_MAX)
			put(text, &len, c);
	}
	text->len = len;
}

/* NFC (UAX 15). Most text is composed already. */
static bool
compose(struct units *text)
{
	UErrorCode status = U_ZERO_ERROR;
	const UNormalizer2 *nfc = unorm2_getNFCInstance(&status);
	UChar *unit;
	int32_t len;

	if (unorm2_isNormalized(nfc, text->unit, text->len, &status))
		return true;
	len = unorm2_normalize(nfc, text->unit, text->len, NULL, 0, &status);
	if (status != U_BUFFER_OVERFLOW_ERROR)
		return false;
	status = U_ZERO_ERROR;
	unit = malloc(((size_t)len + 1) * sizeof(*unit));
	if (unit == NULL)
		return false;
	len = unorm2_normalize(
	    nfc, text->unit, text->len, unit, len + 1, &status);
	free(text->unit);
	*text = (struct units){unit, len};
	return U_SUCCESS(status);
}

static void
clean(struct str *out, const char *text, size_t n,
    void (*through)(struct units *text))
{
	struct units units;
	bool done = decode(&units, text, n);

	if (done) {
		through(&units);
		limit_marks(&units);
		done = compose(&units);
	}
	if (done) {
		/* Composing may leave a longer pile than it was given. */
		limit_marks(&units);
		done = encode(out, &units);
	}
	if (!done)
		out->bad = true;
	free(units.unit);
}

void
bidi_clean(struct str *out, const char *text, size_t n)
{
	clean(out, text, n, filter);
}

void
bidi_clean_line(struct str *out, const char *text, size_t n)
{
	clean(out, text, n, filter_line);
}

static enum bidi_dir
first_strong(const struct units *text)
{
	int32_t isolates = 0;
	int32_t i = 0;

	while (i < text->len) {
		UChar32 c = next(text, &i);
		UCharDirection direction = u_charDirection(c);

		if (c >= 0x2066 && c <= 0x2068) {
			isolates++;
		} else if (c == 0x2069 && isolates > 0) {
			isolates--;
		} else if (direction == U_BLOCK_SEPARATOR) {
			isolates = 0;
		}
		if (isolates > 0)
			continue;
		if (direction == U_LEFT_TO_RIGHT)
			return BIDI_LTR;
		if (direction == U_RIGHT_TO_LEFT ||
		    direction == U_RIGHT_TO_LEFT_ARABIC)
			return BIDI_RTL;
	}
	return BIDI_NEUTRAL;
}

/* UAX 9 P2 and P3: what an isolate holds does not count. */
enum bidi_dir
bidi_first(const char *text)
{
	struct units units;
	enum bidi_dir dir = BIDI_NEUTRAL;

	if (decode(&units, text, strlen(text)))
		dir = first_strong(&units);
	free(units.unit);
	return dir;
}
