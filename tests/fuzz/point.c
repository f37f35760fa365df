/* SPDX-License-Identifier: ISC */
#include "text/point.h"
#include "base/codec.h"
#include "base/str.h"
#include "text/wide.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The points of valid UTF-8 are those that ICU finds. */
static void
check_points(const char *text, size_t len)
{
	struct wide wide;
	const char *end = text + len;
	int32_t at = 0;

	if (!wide_decode(&wide, text, len))
		abort();
	while (text < end) {
		unsigned point;

		text += point_next(text, &point);
		if (at >= wide.len || wide_next(&wide, &at) != (int32_t)point)
			abort();
		if (point_is(point, POINT_JOINER) &&
		    !point_is(point, POINT_MARK))
			abort();
	}
	if (text != end || at != wide.len)
		abort();
	wide_release(&wide);
}

/* Mapping digits leaves valid text that it leaves alone, and what has letters
 * outside ASCII as it was. */
static void
check_digits(char *text)
{
	struct str before;
	struct str once;

	str_init(&before, 1 << 24);
	str_init(&once, 1 << 24);
	str_add(&before, text);
	point_map_digits(text);
	str_add(&once, text);
	if (!codec_utf8_ok(once.data, once.len))
		abort();
	for (size_t i = 0; i < once.len; i++) {
		if ((unsigned char)once.data[i] >= 0x80 &&
		    !str_eq(once.data, before.data))
			abort();
	}
	point_map_digits(text);
	if (!str_eq(text, once.data))
		abort();
	str_release(&before);
	str_release(&once);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = calloc(1, len + 1);

	if (text == NULL)
		abort();
	if (len > 0)
		memcpy(text, data, len);
	len = strlen(text);
	if (codec_utf8_ok(text, len)) {
		check_points(text, len);
		check_digits(text);
	}
	free(text);
	return 0;
}
