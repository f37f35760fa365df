/* SPDX-License-Identifier: ISC */
#include "text/html.h"
#include "base/codec.h"
#include "base/str.h"
#include "text/bidi.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* With links it is at least as long, and clean as well. */
static void
check_linked(const uint8_t *data, size_t len, size_t least)
{
	struct err err = ERR_INIT;
	struct str out;
	struct str again;

	str_init(&out, 1 << 24);
	str_init(&again, 1 << 24);
	if (html_to_text_linked(&out, (const char *)data, len, &err) != 0)
		abort();
	bidi_clean(&again, out.data, out.len);
	if (!codec_utf8_ok(out.data, out.len) ||
	    !str_eq(again.data, out.data) || out.len < least ||
	    strstr(out.data, "\n\n\n") != NULL)
		abort();
	str_release(&out);
	str_release(&again);
}

/* The text of any HTML is clean: UTF-8 that bidi_clean() leaves as it is, not
 * begun or ended by white space, no more than a blank line at a time. And it
 * takes no more room than the source could ask for. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err err = ERR_INIT;
	struct str out;
	struct str again;

	str_init(&out, 1 << 24);
	str_init(&again, 1 << 24);
	if (html_to_text(&out, (const char *)data, len, &err) != 0) {
		if (err.code != ERR_INPUT || out.len != 0)
			abort();
		return 0;
	}
	bidi_clean(&again, out.data, out.len);
	if (!codec_utf8_ok(out.data, out.len) || !str_eq(again.data, out.data))
		abort();
	if (out.len > 5 * len)
		abort();
	if (strstr(out.data, "\n\n\n") != NULL || str_starts(out.data, "\n") ||
	    str_ends(out.data, "\n") || str_starts(out.data, " "))
		abort();
	check_linked(data, len, out.len);
	str_release(&out);
	str_release(&again);
	return 0;
}
