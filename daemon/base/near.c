/* SPDX-License-Identifier: ISC */
#include "base/near.h"

#include <string.h>

#define LENGTH 40 /* longer words are like no other */

static size_t
least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* How many letters must be put in, left out or changed to get from one to
 * the other (Levenshtein), a row of the table at a time. */
static size_t
distance(const char *a, const char *b)
{
	size_t row[LENGTH + 1];
	size_t n = strlen(b);

	if (strlen(a) > LENGTH || n > LENGTH)
		return LENGTH;
	for (size_t j = 0; j <= n; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t before = row[0];

		row[0] = i;
		for (size_t j = 1; j <= n; j++) {
			size_t change = before + (a[i - 1] != b[j - 1]);

			before = row[j];
			row[j] = least(change, least(before, row[j - 1]) + 1);
		}
	}
	return row[n];
}

void
near_try(struct near *best, const char *word, const char *known)
{
	/* Nobody meant what is farther. */
	size_t limit = best->word != NULL ? best->far : strlen(word) / 4 + 2;
	size_t far = distance(word, known);

	if (far < limit)
		*best = (struct near){known, far};
}
