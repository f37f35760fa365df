/* SPDX-License-Identifier: ISC */
#include "text/grapheme.h"
#include "base/codec.h"
#include "base/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* A boundary is at or before what was asked for, is a boundary itself, cuts no
 * character, and none is passed over: boundaries do not go back. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	struct grapheme *grapheme = NULL;
	struct err err = ERR_INIT;
	size_t last = 0;

	if (len == 0 || len > 4096 || !codec_utf8_ok(text, len))
		return 0;
	if (grapheme_new(&grapheme, text, len, &err) != 0)
		abort();
	for (size_t at = 0; at <= len; at++) {
		size_t cut = grapheme_before(grapheme, at);

		if (cut > at || cut < last ||
		    grapheme_before(grapheme, cut) != cut)
			abort();
		if (!codec_utf8_ok(text, cut))
			abort();
		last = cut;
	}
	if (last != len)
		abort();
	grapheme_free(grapheme);
	return 0;
}
