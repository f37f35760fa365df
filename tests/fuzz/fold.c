/* SPDX-License-Identifier: ISC */
#include "text/fold.h"
#include "base/codec.h"
#include "base/str.h"
#include "text/wide.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Letters, 0-9, and single spaces between them. */
static void
check_spelling(const struct str *folded)
{
	struct wide wide;
	int32_t last = ' ';
	int32_t at = 0;

	if (!wide_decode(&wide, folded->data, folded->len))
		abort();
	while (at < wide.len) {
		int32_t point = wide_next(&wide, &at);

		if (point == ' ' && last == ' ')
			abort();
		if (point != ' ' && !u_isalpha(point) &&
		    (point < '0' || point > '9'))
			abort();
		last = point;
	}
	if (wide.len > 0 && last == ' ')
		abort();
	wide_release(&wide);
}

/* A folded text is spelt so, folds to itself, and so does the same text in
 * other words: with a tatweel at its end and white space around it. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str out;
	struct str again;
	struct str other;

	str_init(&out, 1 << 24);
	str_init(&again, 1 << 24);
	str_init(&other, 1 << 24);
	fold_text(&out, (const char *)data, len);
	if (out.bad || !codec_utf8_ok(out.data, out.len) ||
	    strlen(out.data) != out.len)
		abort();
	check_spelling(&out);
	fold_text(&again, out.data, out.len);
	if (!str_eq(again.data, out.data))
		abort();
	str_addf(&other, " \u00a0%sـ\n", out.data);
	str_reset(&again);
	fold_text(&again, other.data, other.len);
	if (!str_eq(again.data, out.data))
		abort();
	str_release(&out);
	str_release(&again);
	str_release(&other);
	return 0;
}
