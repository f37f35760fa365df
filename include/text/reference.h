/* SPDX-License-Identifier: ISC */
/*
 * reference - character references that browsers read, and our parser does not.
 *
 * Of text/strain. Pure.
 */
#ifndef NASHRA_TEXT_REFERENCE_H
#define NASHRA_TEXT_REFERENCE_H

#include "base/str.h"

#include <stdbool.h>
#include <stddef.h>

/* At an '&': adds the reference as the parser wants it, or what it stands for,
 * and returns how long it was. "&#146;" is of Windows 1252 (WHATWG 13.2.5.80);
 * "&LT;" is &lt;; and "&nbsp", "AT&ampT" have their ';' left out, which in the
 * value of an attribute begins a parameter more often. 0 for any other. */
size_t
reference_mend(struct str *out, const char *at, const char *end, bool in_value);

#endif
