/* SPDX-License-Identifier: ISC */
#include "text/bidi.h"

#include "text/wide.h"

#include <stdbool.h>
#include <string.h>
#include <unicode/uchar.h>
#include <unicode/utf.h>

/* UAX 15 D4: no language stacks more marks on a letter, and putting a longer
 * pile into canonical order takes time by the square of its height. */
#define MARKS_MAX 30

static bool
is_dropped(int32_t c)
{
	return c < 0x20 || (c >= 0x7f && c <= 0x9f) || c == 0xad ||
	       c == 0xfeff || (c >= 0x202a && c <= 0x202e) ||
	       (c >= 0x2066 && c <= 0x2069) || U_IS_UNICODE_NONCHAR(c);
}

static void
filter(struct wide *text)
{
	int32_t len = 0;
	int32_t i = 0;

	while (i < text->len) {
		int32_t c = wide_next(text, &i);

		if (c == 0x2028 || c == 0x2029)
			c = '\n';
		if (c == '\t' || c == '\n' || !is_dropped(c))
			wide_put(text, &len, c);
	}
	text->len = len;
}

/* The same for one line. White space is looked at first, so that a return or
 * a form feed parts two words rather than joining them. */
static void
filter_line(struct wide *text)
{
	bool space = false;
	int32_t len = 0;
	int32_t i = 0;

	while (i < text->len) {
		int32_t c = wide_next(text, &i);

		if (u_isUWhiteSpace(c)) {
			space = true;
			continue;
		}
		if (is_dropped(c))
			continue;
		if (space && len > 0)
			wide_put(text, &len, ' ');
		space = false;
		wide_put(text, &len, c);
	}
	text->len = len;
}

static void
limit_marks(struct wide *text)
{
	int32_t marks = 0;
	int32_t len = 0;
	int32_t i = 0;

	while (i < text->len) {
		int32_t c = wide_next(text, &i);

		marks = u_getCombiningClass(c) != 0 ? marks + 1 : 0;
		if (marks <= MARKS_MAX)
			wide_put(text, &len, c);
	}
	text->len = len;
}

static void
clean(struct str *out, const char *text, size_t n,
    void (*through)(struct wide *text))
{
	struct wide wide;
	bool done = wide_decode(&wide, text, n);

	if (done) {
		through(&wide);
		limit_marks(&wide);
		done = wide_normalise(&wide, WIDE_COMPOSED);
	}
	if (done) {
		/* Composing may leave a longer pile than it was given. */
		limit_marks(&wide);
		done = wide_encode(out, &wide);
	}
	if (!done)
		out->bad = true;
	wide_release(&wide);
}

void
bidi_clean(struct str *out, const char *text, size_t n)
{
	clean(out, text, n, filter);
}

void
bidi_strip(struct str *out, const char *text, size_t n)
{
	struct wide wide;
	bool done = wide_decode(&wide, text, n);

	if (done) {
		filter(&wide);
		done = wide_encode(out, &wide);
	}
	if (!done)
		out->bad = true;
	wide_release(&wide);
}

void
bidi_clean_line(struct str *out, const char *text, size_t n)
{
	clean(out, text, n, filter_line);
}

static enum bidi_dir
first_strong(const struct wide *text)
{
	int32_t isolates = 0;
	int32_t i = 0;

	while (i < text->len) {
		int32_t c = wide_next(text, &i);
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
	struct wide wide;
	enum bidi_dir dir = BIDI_NEUTRAL;

	if (wide_decode(&wide, text, strlen(text)))
		dir = first_strong(&wide);
	wide_release(&wide);
	return dir;
}
