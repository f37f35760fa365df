/* SPDX-License-Identifier: ISC */
/*
 * point - the code points of UTF-8 text, and which of them nobody sees.
 *
 * Pure; speaks no library.
 */
#ifndef NASHRA_TEXT_POINT_H
#define NASHRA_TEXT_POINT_H

#include <stdbool.h>
#include <stddef.h>

enum point_kind {
	POINT_CONTROL, /* C0, DEL, C1, and the line and paragraph separators */
	POINT_SPACE,   /* white space of any width, line ends among it */
	POINT_MARK,    /* no width: direction, joiners, selectors, tags */
	POINT_JOINER,  /* U+200C and U+200D, which are marks too */
	POINT_KINDS
};

/* The code point that begins at text, which is valid UTF-8; a NUL is one of a
 * byte. Returns how many bytes it takes. */
size_t point_next(const char *text, unsigned *point);
bool point_is(unsigned point, enum point_kind kind);
/* Whether there is anything to see in a text: more than spaces and marks. */
bool point_seen(const char *text);
/* Arabic-Indic and Persian digits become 0-9 in place, where nothing else in
 * the text is outside ASCII: a keyboard set to Arabic types them, while among
 * Arabic letters they may stand by right. */
void point_map_digits(char *text);

#endif
