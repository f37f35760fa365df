/* SPDX-License-Identifier: ISC */
/*
 * str - a growing byte string with a hard upper bound, and small questions
 * about C strings.
 *
 * Append as much as you like and ask once at the end: past `max`, or out of
 * memory, the string turns bad, keeps what it had and ignores the rest.
 * `data` is always NUL-terminated and never NULL.
 */
#ifndef NASHRA_BASE_STR_H
#define NASHRA_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>

struct str {
	char *data;
	size_t len;
	size_t cap;
	size_t max;
	bool bad;
};

void str_init(struct str *s, size_t max);
void str_release(struct str *s); /* empty and usable again, same max */
void str_reset(struct str *s);   /* empty again, same memory */

void str_add(struct str *s, const char *text);
void str_add_bytes(struct str *s, const void *bytes, size_t n);
void str_addf(struct str *s, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Text for an HTML text node or a quoted attribute: & < > " ' escaped. */
void str_add_html(struct str *s, const char *text);
/* One component of a URL: all but RFC 3986 unreserved is percent-encoded. */
void str_add_url(struct str *s, const char *text);

/* The caller owns what is returned (free it); the str is empty again.
 * NULL only when there is no memory left. */
char *str_take(struct str *s);

bool str_eq(const char *a, const char *b);
bool str_eq_ci(const char *a, const char *b); /* ASCII case */
bool str_starts(const char *text, const char *prefix);
bool str_starts_ci(const char *text, const char *prefix);
bool str_ends(const char *text, const char *suffix);
/* Copies into an array of `size` bytes, always ended by NUL. False, with the
 * array empty, where it does not fit: nothing is ever cut in silence. */
bool str_fit(char *array, size_t size, const char *text);
/* The same for a text whose beginning will do: what does not fit is cut off,
 * between characters of UTF-8. */
void str_cut(char *array, size_t size, const char *text);

#endif
