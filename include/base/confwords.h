/* SPDX-License-Identifier: ISC */
/*
 * confwords - the words of those settings that have few choices.
 *
 * In the order of their enums (base/conf.h), ended by NULL. A list or a reader
 * who chooses otherwise than the settings does so in the same words.
 */
#ifndef NASHRA_BASE_CONFWORDS_H
#define NASHRA_BASE_CONFWORDS_H

#include "base/str.h"

extern const char *const confwords_language[], *const confwords_digits[];
extern const char *const confwords_months[], *const confwords_calendar[];
extern const char *const confwords_date_style[], *const confwords_answer[];

/* The place of a word, which is its enum's value, or -1. */
int confwords_find(const char *const *words, const char *word);
/* Appends "arab or latn", "standard, levant, maghreb or morocco". */
void confwords_list(struct str *out, const char *const *words);

#endif
