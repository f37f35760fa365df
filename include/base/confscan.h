/* SPDX-License-Identifier: ISC */
/*
 * confscan - makes the text of a settings file safe for libconfuse.
 *
 * Pure. What libconfuse's own scanner misreads, it never sees: comments are
 * blanked (it counts a line too many after a C comment); an open text or
 * section is refused (it takes both, and begins the next file inside the open
 * text), and so are the characters that it skips without a word.
 */
#ifndef NASHRA_BASE_CONFSCAN_H
#define NASHRA_BASE_CONFSCAN_H

/* Blanks comments in place. NULL, or what is wrong in line `*line`. */
const char *confscan_blank(char *text, int *line);

#endif
