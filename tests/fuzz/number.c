/* SPDX-License-Identifier: ISC */
#include "base/codec.h"
#include "base/str.h"
#include "text/date.h"
#include "text/point.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* The digits of a number as it is printed, and where its groups end: at most
 * three before the first separator, three after each. */
static void
read_back(char out[32], const char *text, unsigned separator)
{
	size_t n = 0;
	int group = 0;
	bool first = true;

	while (*text != '\0') {
		unsigned point;

		text += point_next(text, &point);
		if (point == separator) {
			if (group == 0 || group > 3 || (!first && group != 3))
				abort();
			group = 0;
			first = false;
			continue;
		}
		if (point >= 0x660 && point <= 0x669 && separator == 0x66c)
			point = '0' + (point - 0x660);
		if (point != '-')
			group++;
		if (n == 31 || point >= 0x80 ||
		    strchr("-0123456789", (int)point) == NULL)
			abort();
		out[n++] = (char)point;
	}
	if (group == 0 || group > 3 || (!first && group != 3))
		abort();
	out[n] = '\0';
}

/* A number in either kind of digits reads back as itself. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	int64_t n = 0;

	memcpy(&n, data, len < sizeof(n) ? len : sizeof(n));
	for (int digits = CONF_DIGITS_ARAB; digits <= CONF_DIGITS_LATN;
	     digits++) {
		struct str out;
		char plain[32];
		int64_t back;

		str_init(&out, 128);
		date_number(&out, n, (enum conf_digits)digits);
		read_back(
		    plain, out.data, digits == CONF_DIGITS_ARAB ? 0x66c : ',');
		if (out.bad || !codec_utf8_ok(out.data, out.len) ||
		    !codec_int(&back, plain, INT64_MIN, INT64_MAX) || back != n)
			abort();
		str_release(&out);
	}
	return 0;
}
