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

/* LRM, RLM and ALM: characters without a shape that run one way. */
static bool
is_mark(int32_t c)
{
	return c == 0x200e || c == 0x200f || c == 0x61c;
}

static bool
is_strong(UCharDirection direction)
{
	return direction == U_LEFT_TO_RIGHT || direction == U_RIGHT_TO_LEFT ||
	       direction == U_RIGHT_TO_LEFT_ARABIC;
}

/* Whether a letter does for the text around it what a mark does. RLM stands
 * for an Arabic letter too; ALM, by which digits go (UAX 9 W2), for no other.
 */
static bool
is_like(UCharDirection letter, int32_t mark)
{
	UCharDirection own = u_charDirection(mark);

	return letter == own ||
	       (own == U_RIGHT_TO_LEFT && letter == U_RIGHT_TO_LEFT_ARABIC);
}

/* A line on its way: what was kept last, and what comes next that is no
 * mark. Both looks ahead go over a run of marks once, however long. */
struct line {
	struct wide *text;
	int32_t len;         /* kept so far */
	bool space;          /* and white space after it */
	int32_t last;        /* the last that was kept */
	UCharDirection base; /* of that, or of the letter that it marks */
	int32_t to_space;    /* up to here there are marks, then ... */
	bool space_next;     /* ... this */
	int32_t to_letter;   /* up to here marks and spaces, then ... */
	UCharDirection next; /* ... this, but for ... */
	bool end;            /* ... the end of the line */
};

static void
keep(struct line *line, int32_t c)
{
	UCharDirection direction = u_charDirection(c);

	if (line->space && line->len > 0) {
		wide_put(line->text, &line->len, ' ');
		line->base = U_WHITE_SPACE_NEUTRAL;
	}
	line->space = false;
	wide_put(line->text, &line->len, c);
	line->last = c;
	if (direction != U_DIR_NON_SPACING_MARK)
		line->base = direction;
}

static bool
is_passed_over(int32_t c, bool spaces)
{
	if (u_isUWhiteSpace(c))
		return spaces;
	return is_mark(c) || is_dropped(c);
}

/* The first that is not passed over, or NUL; where it ends is in `at`. */
static int32_t
look_ahead(const struct wide *text, int32_t *at, bool spaces)
{
	int32_t c = 0;

	while (*at < text->len) {
		c = wide_next(text, at);
		if (!is_passed_over(c, spaces))
			return c;
	}
	return 0;
}

static void
look(struct line *line, int32_t at)
{
	if (at >= line->to_space) {
		line->to_space = at;
		line->space_next = u_isUWhiteSpace(
		    look_ahead(line->text, &line->to_space, false));
	}
	if (at >= line->to_letter) {
		int32_t letter;

		line->to_letter = at;
		letter = look_ahead(line->text, &line->to_letter, true);
		line->next = u_charDirection(letter);
		line->end = letter == 0;
	}
}

/* A mark that does nothing, or only to the direction of the whole line, which
 * is not for the line to say: before all else, beside white space alone, twice,
 * beside a letter that does the same. */
static bool
is_stray(struct line *line, int32_t mark, int32_t at)
{
	look(line, at);
	if (line->len == 0 || (line->space && (line->space_next || line->end)))
		return true;
	if (!line->space_next && is_like(line->next, mark))
		return true;
	if (line->space)
		return false;
	return line->last == mark ||
	       (is_like(line->base, mark) &&
		   (line->end || (!line->space_next && is_strong(line->next))));
}

/* The same for one line. White space is looked at first, so that a return or
 * a form feed parts two words rather than joining them. */
static void
filter_spaces(struct wide *text, bool strays)
{
	struct line line = {.text = text};
	int32_t i = 0;

	while (i < text->len) {
		int32_t c = wide_next(text, &i);

		if (u_isUWhiteSpace(c)) {
			line.space = true;
		} else if (!is_dropped(c) &&
			   (strays || !is_mark(c) || !is_stray(&line, c, i))) {
			keep(&line, c);
		}
	}
	text->len = line.len;
}

static void
filter_run(struct wide *text)
{
	filter_spaces(text, true);
}

static void
filter_line(struct wide *text)
{
	filter_spaces(text, false);
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
bidi_clean_run(struct str *out, const char *text, size_t n)
{
	clean(out, text, n, filter_run);
}

void
bidi_clean_line(struct str *out, const char *text, size_t n)
{
	clean(out, text, n, filter_line);
}

/* How many bytes at a place are a mark of direction of any kind. */
static size_t
mark_size(const char *text)
{
	static const char *const marks[] = {"\u061c", "\u200e", "\u200f",
	    "\u202a", "\u202b", "\u202c", "\u202d", "\u202e", "\u2066",
	    "\u2067", "\u2068", "\u2069"};

	for (size_t i = 0; i < sizeof(marks) / sizeof(*marks); i++) {
		if (str_starts(text, marks[i]))
			return strlen(marks[i]);
	}
	return 0;
}

void
bidi_without_marks(struct str *out, const char *text)
{
	while (*text != '\0') {
		size_t n = 1 + strcspn(text + 1, "\xd8\xe2");
		size_t mark = mark_size(text);

		if (mark == 0)
			str_add_bytes(out, text, n);
		text += mark > 0 ? mark : n;
	}
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
