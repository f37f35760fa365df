/* SPDX-License-Identifier: ISC */
#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* What an empty str points at: never written to, never freed. */
static char empty[1];

void
str_init(struct str *s, size_t max)
{
	*s = (struct str){.data = empty, .max = max};
}

void
str_release(struct str *s)
{
	if (s->cap > 0)
		free(s->data);
	str_init(s, s->max);
}

void
str_reset(struct str *s)
{
	s->len = 0;
	s->bad = false;
	if (s->cap > 0)
		s->data[0] = '\0';
}

/* Makes room for n more bytes and the NUL, or turns the string bad. */
static bool
reserve(struct str *s, size_t n)
{
	size_t cap = s->cap ? s->cap : 64;
	char *data;

	if (s->bad || n > s->max || s->len > s->max - n) {
		s->bad = true;
		return false;
	}
	while (cap <= s->len + n)
		cap *= 2;
	if (cap == s->cap)
		return true;
	data = realloc(s->cap ? s->data : NULL, cap);
	if (data == NULL) {
		s->bad = true;
		return false;
	}
	s->data = data;
	s->cap = cap;
	return true;
}

void
str_add_bytes(struct str *s, const void *bytes, size_t n)
{
	if (!reserve(s, n))
		return;
	if (n > 0)
		memcpy(s->data + s->len, bytes, n);
	s->len += n;
	s->data[s->len] = '\0';
}

void
str_add(struct str *s, const char *text)
{
	str_add_bytes(s, text, strlen(text));
}

void
str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || !reserve(s, (size_t)n)) {
		s->bad = true;
		return;
	}
	va_start(ap, fmt);
	vsnprintf(s->data + s->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	s->len += (size_t)n;
}

void
str_add_html(struct str *s, const char *text)
{
	static const struct {
		char plain;
		const char *escaped;
	} table[] = {{'&', "&amp;"}, {'<', "&lt;"}, {'>', "&gt;"},
	    {'"', "&quot;"}, {'\'', "&#39;"}};

	while (*text != '\0') {
		size_t n = strcspn(text, "&<>\"'");

		str_add_bytes(s, text, n);
		text += n;
		for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
			if (*text != table[i].plain)
				continue;
			str_add(s, table[i].escaped);
			text++;
			break;
		}
	}
}

void
str_add_url(struct str *s, const char *text)
{
	static const char unreserved[] = "abcdefghijklmnopqrstuvwxyz"
					 "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
					 "0123456789-._~";

	while (*text != '\0') {
		size_t n = strspn(text, unreserved);

		str_add_bytes(s, text, n);
		text += n;
		if (*text != '\0')
			str_addf(s, "%%%02X", (unsigned char)*text++);
	}
}

char *
str_take(struct str *s)
{
	char *data = s->cap ? s->data : calloc(1, 1);

	str_init(s, s->max);
	return data;
}

bool
str_eq(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

bool
str_eq_ci(const char *a, const char *b)
{
	return strcasecmp(a, b) == 0;
}

bool
str_starts(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool
str_starts_ci(const char *text, const char *prefix)
{
	return strncasecmp(text, prefix, strlen(prefix)) == 0;
}

bool
str_ends(const char *text, const char *suffix)
{
	size_t n = strlen(text);
	size_t m = strlen(suffix);

	return n >= m && str_eq(text + n - m, suffix);
}

bool
str_fit(char *array, size_t size, const char *text)
{
	size_t n = strlen(text);

	if (n >= size) {
		array[0] = '\0';
		return false;
	}
	memcpy(array, text, n + 1);
	return true;
}

void
str_cut(char *array, size_t size, const char *text)
{
	size_t n = strlen(text);

	if (n >= size) {
		n = size - 1;
		while (n > 0 && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	memcpy(array, text, n);
	array[n] = '\0';
}
