/* SPDX-License-Identifier: ISC */
/*
 * bidi - which way a text runs, and the marks that do not belong in it.
 *
 * Pure; UTF-8 in and out. Speaks ICU's character properties.
 */
#ifndef NASHRA_TEXT_BIDI_H
#define NASHRA_TEXT_BIDI_H

#include "base/str.h"

#include <stddef.h>

enum bidi_dir { BIDI_NEUTRAL, BIDI_LTR, BIDI_RTL };

/* By the first strong character (UAX 9 P2). */
enum bidi_dir bidi_first(const char *text);

/* Text from outside, made fit to stand in ours: invalid UTF-8 becomes U+FFFD;
 * NUL, controls (C0 but tab and newline, C1, U+007F), the embedding, override
 * and isolate marks (U+202A-202E, U+2066-2069), U+FEFF, U+00AD and
 * noncharacters are dropped; U+2028/2029 become newlines. ZWNJ, ZWJ, LRM, RLM
 * and ALM stay (Persian and Urdu need the first two). NFC. */
void bidi_clean(struct str *out, const char *text, size_t n);
/* The same but for NFC, for markup: a mark behind a tag would be composed with
 * its '>', and the tag be gone. What is read from it is cleaned afterwards. */
void bidi_strip(struct str *out, const char *text, size_t n);
/* As bidi_clean, for what stands in a line: every run of white space, U+00A0
 * and newlines included, becomes one space; trimmed. */
void bidi_clean_run(struct str *out, const char *text, size_t n);
/* The same for what is a line of its own (a title, a name). LRM, RLM and ALM
 * stay only where they part what would else run together, as the last one of
 * "C++\u200e": those at the start, doubled, between spaces, or beside a letter
 * that runs their way, are dropped. */
void bidi_clean_line(struct str *out, const char *text, size_t n);
/* The text as it is less all marks of direction: for headers, where old mail
 * programs show them as boxes, and others let a name turn round what they
 * write beside it. */
void bidi_without_marks(struct str *out, const char *text);

#endif
