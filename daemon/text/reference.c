/* SPDX-License-Identifier: ISC */
#include "text/reference.h"

#include <string.h>

/* Those of WHATWG 13.5 that may go without their ';' and are met in feeds. */
static const char *const NAMES[] = {"amp", "lt", "gt", "quot", "copy", "reg",
    "nbsp", "laquo", "raquo", "middot", "deg", "shy"};
/* The first of them may be written like this. */
static const char *const CAPITALS[] = {
    "AMP", "LT", "GT", "QUOT", "COPY", "REG"};

/* Windows 1252 from 128 on; NULL where it has nothing. */
static const char *const WINDOWS[32] = {"\u20ac", NULL, "\u201a", "\u0192",
    "\u201e", "\u2026", "\u2020", "\u2021", "\u02c6", "\u2030", "\u0160",
    "\u2039", "\u0152", NULL, "\u017d", NULL, NULL, "\u2018", "\u2019",
    "\u201c", "\u201d", "\u2022", "\u2013", "\u2014", "\u02dc", "\u2122",
    "\u0161", "\u203a", "\u0153", NULL, "\u017e", "\u0178"};

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static bool
begins(const char *at, const char *end, const char *name)
{
	size_t n = strlen(name);

	return (size_t)(end - at) >= n && memcmp(at, name, n) == 0;
}

static int
digit_of(char c, int base)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *found = c != '\0' ? strchr(digits, c) : NULL;
	int value = found != NULL ? (int)(found - digits) % 16 : base;

	return value < base ? value : -1;
}

static size_t
mend_number(struct str *out, const char *at, const char *end)
{
	const char *p = at + 2;
	int base = 10;
	int point = 0;
	int digit;

	if (p < end && (*p == 'x' || *p == 'X')) {
		base = 16;
		p++;
	}
	for (; p < end && (digit = digit_of(*p, base)) >= 0 && point < 4096;
	     p++)
		point = point * base + digit;
	if (point < 128 || point > 159 || WINDOWS[point - 128] == NULL)
		return 0;
	str_add(out, WINDOWS[point - 128]);
	p += p < end && *p == ';';
	return (size_t)(p - at);
}

/* The name goes on to a ';': it is another, or needs nothing. */
static bool
is_whole(const char *at, const char *end)
{
	while (at < end &&
	       ((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') ||
		   (*at >= '0' && *at <= '9')))
		at++;
	return at < end && *at == ';';
}

static size_t
mend_name(struct str *out, const char *at, const char *end)
{
	for (size_t i = 0; i < COUNT(NAMES); i++) {
		size_t n = 1 + strlen(NAMES[i]);

		if (!begins(at + 1, end, NAMES[i]))
			continue;
		if (is_whole(at + n, end))
			return 0;
		str_addf(out, "&%s;", NAMES[i]);
		return n;
	}
	return 0;
}

size_t
reference_mend(struct str *out, const char *at, const char *end, bool in_value)
{
	for (size_t i = 0; i < COUNT(CAPITALS); i++) {
		size_t n = 1 + strlen(CAPITALS[i]);

		if (!begins(at + 1, end, CAPITALS[i]) || at + n == end ||
		    at[n] != ';')
			continue;
		str_addf(out, "&%s;", NAMES[i]);
		return n + 1;
	}
	if (end - at > 2 && at[1] == '#')
		return mend_number(out, at, end);
	return in_value ? 0 : mend_name(out, at, end);
}
