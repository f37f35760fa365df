/* SPDX-License-Identifier: ISC */
#include "base/confwords.h"

#include <stddef.h>

const char *const confwords_language[] = {"ar", "en", NULL};
const char *const confwords_digits[] = {"arab", "latn", NULL};
const char *const confwords_months[] = {
    "standard", "levant", "maghreb", "morocco", NULL};
const char *const confwords_calendar[] = {
    "gregorian", "umalqura", "dual", NULL};
const char *const confwords_date_style[] = {"site", "long", "dual", NULL};
const char *const confwords_answer[] = {"no", "yes", NULL};

int
confwords_find(const char *const *words, const char *word)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (str_eq(words[i], word))
			return i;
	}
	return -1;
}

void
confwords_list(struct str *out, const char *const *words)
{
	for (int i = 0; words[i] != NULL; i++) {
		if (i > 0)
			str_add(out, words[i + 1] == NULL ? " or " : ", ");
		str_add(out, words[i]);
	}
}
