/* SPDX-License-Identifier: ISC */
/*
 * isolate - words of the other direction, kept together in an Arabic text.
 *
 * Pure.
 */
#ifndef NASHRA_TEXT_ISOLATE_H
#define NASHRA_TEXT_ISOLATE_H

#include "base/str.h"

/* A clean text (text/bidi) as HTML, escaped, to stand in a block that runs
 * from the right. What ends or begins with a sign ("C++", "@name",
 * "+963 11 123", "Sara A.") has a <span dir="ltr"> of its own: in Arabic the
 * sign would move to its other side. */
void isolate_html(struct str *out, const char *text);

#endif
