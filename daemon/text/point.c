/* SPDX-License-Identifier: ISC */
#include "text/point.h"

struct range {
	unsigned first;
	unsigned last;
};

#define RANGES_MAX 16

/* Each list ends where `last` is 0. */
static const struct range kinds[POINT_KINDS][RANGES_MAX + 1] = {
    [POINT_CONTROL] = {{0, 0x1f}, {0x7f, 0x9f}, {0x2028, 0x2029}},
    [POINT_SPACE] = {{0x09, 0x0d}, {0x20, 0x20}, {0x85, 0x85}, {0xa0, 0xa0},
	{0x1680, 0x1680}, {0x2000, 0x200a}, {0x2028, 0x2029}, {0x202f, 0x202f},
	{0x205f, 0x205f}, {0x2800, 0x2800}, {0x3000, 0x3000}},
    [POINT_MARK] = {{0xad, 0xad}, {0x34f, 0x34f}, {0x61c, 0x61c},
	{0x115f, 0x1160}, {0x17b4, 0x17b5}, {0x180b, 0x180f}, {0x200b, 0x200f},
	{0x202a, 0x202e}, {0x2060, 0x206f}, {0x3164, 0x3164}, {0xfe00, 0xfe0f},
	{0xfeff, 0xfeff}, {0xffa0, 0xffa0}, {0xfff9, 0xfffb},
	{0x1d173, 0x1d17a}, {0xe0000, 0xe0fff}},
    [POINT_JOINER] = {{0x200c, 0x200d}},
};

size_t
point_next(const char *text, unsigned *point)
{
	const unsigned char *p = (const unsigned char *)text;
	size_t n = 1;

	if (p[0] < 0x80) {
		*point = p[0];
	} else if (p[0] < 0xe0) {
		*point = p[0] & 0x1fu;
	} else {
		*point = p[0] & (p[0] < 0xf0 ? 0x0fu : 0x07u);
	}
	for (; p[0] >= 0xc0 && (p[n] & 0xc0) == 0x80; n++)
		*point = *point << 6 | (p[n] & 0x3fu);
	return n;
}

bool
point_is(unsigned point, enum point_kind kind)
{
	for (const struct range *range = kinds[kind]; range->last > 0;
	     range++) {
		if (point >= range->first && point <= range->last)
			return true;
	}
	return false;
}

bool
point_seen(const char *text)
{
	unsigned point;

	while (*text != '\0') {
		text += point_next(text, &point);
		if (!point_is(point, POINT_CONTROL) &&
		    !point_is(point, POINT_SPACE) &&
		    !point_is(point, POINT_MARK))
			return true;
	}
	return false;
}

static bool
is_eastern_digit(unsigned point)
{
	return (point >= 0x660 && point <= 0x669) ||
	       (point >= 0x6f0 && point <= 0x6f9);
}

void
point_map_digits(char *text)
{
	char *out = text;
	unsigned point;

	for (const char *p = text; *p != '\0';) {
		p += point_next(p, &point);
		if (point >= 0x80 && !is_eastern_digit(point))
			return;
	}
	for (const char *p = text; *p != '\0';) {
		p += point_next(p, &point);
		if (point < 0x80) {
			*out++ = (char)point;
		} else {
			*out++ = "0123456789"[point & 0xf];
		}
	}
	*out = '\0';
}
