/* SPDX-License-Identifier: ISC */
/*
 * near - which word was meant by one that is not known. Pure.
 */
#ifndef NASHRA_BASE_NEAR_H
#define NASHRA_BASE_NEAR_H

#include <stddef.h>

/* The candidate so far; zero is none. */
struct near {
	const char *word; /* NULL where nobody can have meant any */
	size_t far;
};

/* Looks at one more that is known. */
void near_try(struct near *best, const char *word, const char *known);

#endif
