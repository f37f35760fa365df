/* SPDX-License-Identifier: ISC */
#include "text/excerpt.h"

#include "text/bidi.h"

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

/* One letter under 30 marks has 62 bytes; what is bigger is no letter. */
#define GRAPHEME_BYTES 64

/* A sentence end is worth losing two fifths of the room for. */
#define SENTENCE_SHARE(n) ((n) - (n)*2 / 5)

static const char ELLIPSIS[] = "…";

/* What no excerpt ends with: marks that promise more, and brackets that open.
 * A straight quote may close, so it stays. */
static const char *const LOOSE_ENDS[] = {" ", "،", "؛", ":", ",", ";", ".", "…",
    "-", "·", "–", "—", "/", "«", "(", "[", "{", "“", "‘", "‹"};
/* Conjunctions, and titles without the name that they belong to. */
static const char *const LOOSE_WORDS[] = {
    "و", "أو", "ثم", "د.", "أ.", "أ.د.", "and", "or", "Dr.", "Mr.", "Mrs."};
/* A stop after one of these ends no sentence. */
static const char *const ABBREVIATIONS[] = {"د.", "أ.", "أ.د.", "م.", "ص.",
    "هـ.", "ق.م.", "ج.", "ت.", "ط.", "Dr.", "Mr.", "Mrs.", "St.", "No.", "vs.",
    "p."};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

/* Iterators are slow to open and are kept; none is used inside another use
 * of itself. NULL where ICU has no rules, which is a broken installation. */
static UBreakIterator *
breaks(UBreakIteratorType type, const char *text, size_t n)
{
	static UBreakIterator *kept[UBRK_SENTENCE + 1];
	UErrorCode status = U_ZERO_ERROR;
	UText view = UTEXT_INITIALIZER;

	if (kept[type] == NULL)
		kept[type] = ubrk_open(type, "ar", NULL, 0, &status);
	utext_openUTF8(&view, text, (int64_t)n, &status);
	ubrk_setUText(kept[type], &view, &status);
	utext_close(&view);
	return U_SUCCESS(status) ? kept[type] : NULL;
}

/* Where the first `graphemes` of a text end, at most; in bytes. */
static size_t
room(const char *text, size_t n, size_t graphemes)
{
	UBreakIterator *letters = breaks(UBRK_CHARACTER, text, n);
	size_t most =
	    graphemes < n / GRAPHEME_BYTES ? graphemes * GRAPHEME_BYTES : n;
	size_t end = 0;

	while (letters != NULL && graphemes-- > 0) {
		int32_t next = ubrk_next(letters);

		if (next == UBRK_DONE || (size_t)next > most)
			break;
		end = (size_t)next;
	}
	return end;
}

/* The last boundary of a kind that is not after `at`. */
static size_t
boundary_before(UBreakIteratorType type, const char *text, size_t n, size_t at)
{
	UBreakIterator *iterator = breaks(type, text, n);
	int32_t found;

	if (iterator == NULL || at == 0)
		return 0;
	if (ubrk_isBoundary(iterator, (int32_t)at))
		return at;
	found = ubrk_preceding(iterator, (int32_t)at);
	return found == UBRK_DONE ? 0 : (size_t)found;
}

static bool
ends_with(const char *text, size_t n, const char *end)
{
	size_t len = strlen(end);

	return n >= len && memcmp(text + n - len, end, len) == 0;
}

/* The same, for a whole word. */
static bool
ends_with_word(const char *text, size_t n, const char *word)
{
	size_t len = strlen(word);

	return ends_with(text, n, word) &&
	       (n == len || strchr(" (", text[n - len - 1]) != NULL ||
		   ends_with(text, n - len, "«"));
}

static size_t
without_spaces(const char *text, size_t n)
{
	while (n > 0 && text[n - 1] == ' ')
		n--;
	return n;
}

static bool
is_abbreviation(const char *text, size_t n)
{
	for (size_t i = 0; i < COUNT(ABBREVIATIONS); i++) {
		if (ends_with_word(text, n, ABBREVIATIONS[i]))
			return true;
	}
	/* Nor does one inside of something: "ق.م", "example.org". */
	return ends_with(text, n, ".") && text[n] != ' ' && text[n] != '\0';
}

/* The end of the last whole sentence before `at`, or 0. */
static size_t
sentence_end(const char *text, size_t n, size_t at)
{
	while (at > 0) {
		size_t end;

		at = boundary_before(UBRK_SENTENCE, text, n, at);
		end = without_spaces(text, at);
		if (!is_abbreviation(text, end))
			return end;
		at = end > 0 ? end - 1 : 0;
	}
	return 0;
}

static size_t
without_loose_end(const char *text, size_t n)
{
	for (size_t i = 0; i < COUNT(LOOSE_WORDS); i++) {
		if (ends_with_word(text, n, LOOSE_WORDS[i]))
			return n - strlen(LOOSE_WORDS[i]);
	}
	for (size_t i = 0; i < COUNT(LOOSE_ENDS); i++) {
		if (ends_with(text, n, LOOSE_ENDS[i]))
			return n - strlen(LOOSE_ENDS[i]);
	}
	return n;
}

/* A shorter end, or the same. Nothing is left of a text of loose ends. */
static size_t
tidy(const char *text, size_t n)
{
	size_t before;

	do {
		before = n;
		n = without_loose_end(text, n);
	} while (n < before);
	return n;
}

/* Where to cut a text whose first `limit` bytes fit. */
static size_t
cut(const char *text, size_t n, size_t limit, size_t graphemes)
{
	size_t enough = room(text, n, SENTENCE_SHARE(graphemes));
	/* A line breaks after its spaces, which are not kept. */
	size_t reach = limit + strspn(text + limit, " ");
	size_t end = sentence_end(text, n, reach);

	if (end < enough)
		end = boundary_before(UBRK_LINE, text, n, reach);
	end = tidy(text, end);
	/* One word that fills all of the room is cut in itself. */
	if (end == 0)
		end = limit;
	/* Rules for lines and for letters differ at the edges of Unicode. */
	return boundary_before(UBRK_CHARACTER, text, n, end);
}

void
excerpt_make(struct str *out, const char *text, size_t graphemes)
{
	struct str line;
	size_t limit;

	str_init(&line, INT32_MAX);
	bidi_clean_line(&line, text, strlen(text));
	limit = room(line.data, line.len, graphemes);
	if (line.bad) {
		out->bad = true;
	} else if (limit == line.len) {
		str_add_bytes(out, line.data, line.len);
	} else if (graphemes > 0) {
		str_add_bytes(
		    out, line.data, cut(line.data, line.len, limit, graphemes));
		str_add(out, ELLIPSIS);
	}
	str_release(&line);
}

size_t
excerpt_length(const char *text)
{
	UBreakIterator *letters = breaks(UBRK_CHARACTER, text, strlen(text));
	size_t count = 0;

	while (letters != NULL && ubrk_next(letters) != UBRK_DONE)
		count++;
	return count;
}
