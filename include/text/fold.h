/* SPDX-License-Identifier: ISC */
/*
 * fold - the one spelling under which a text is searched, and two titles are
 * the same.
 *
 * People write «أستانا» and «استانا», with harakat or without, in either kind
 * of digits. Pure; speaks ICU's character properties.
 */
#ifndef NASHRA_TEXT_FOLD_H
#define NASHRA_TEXT_FOLD_H

#include "base/str.h"

#include <stddef.h>

/* Goes up when any text folds to something else: what was stored under an
 * elder version has to be folded again. */
#define FOLD_VERSION 1

/* Case and compatible forms are one (NFKC_Casefold); marks, joiners and
 * tatweel are dropped; letters that Arabic, Persian and Urdu writers put for
 * each other are one (alef, heh, yeh, kaf and the seats of hamza); digits are
 * 0-9; all else is a single space between words. "" where no letter is. */
void fold_text(struct str *out, const char *text, size_t n);

#endif
