/* SPDX-License-Identifier: ISC */
#include "text/excerpt.h"
#include "base/codec.h"
#include "base/str.h"
#include "text/bidi.h"
#include "text/wide.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicode/uchar.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Whether a cut there comes between a letter and its marks (UAX 29 GB9; a mark
 * behind a control stands alone). */
static bool
parts_a_letter(const char *text, size_t at)
{
	struct wide wide;
	UChar32 last = 0;
	int32_t i = 0;
	int32_t next;

	if (!wide_decode(&wide, text, at))
		abort();
	while (i < wide.len)
		last = wide_next(&wide, &i);
	wide_release(&wide);
	if (!wide_decode(&wide, text + at, strlen(text + at)))
		abort();
	i = 0;
	next = wide_next(&wide, &i);
	wide_release(&wide);
	return (u_getCombiningClass(next) != 0 || next == 0x200d) &&
	       u_getIntPropertyValue(last, UCHAR_GRAPHEME_CLUSTER_BREAK) !=
		   U_GCB_CONTROL;
}

/* An excerpt of N has at most N + 1 graphemes, is valid UTF-8, and is the
 * beginning of the text on one line, with an ellipsis where it was cut; no
 * letter is parted from its marks. The first byte is N. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct str text;
	struct str line;
	struct str out;
	size_t room;
	size_t n;

	if (len == 0)
		return 0;
	room = data[0];
	str_init(&text, 1 << 24);
	str_init(&line, 1 << 24);
	str_init(&out, 1 << 24);
	str_add_bytes(&text, data + 1, len - 1);
	bidi_clean_line(&line, text.data, strlen(text.data));
	excerpt_make(&out, text.data, room);
	n = out.len;
	if (out.bad || !codec_utf8_ok(out.data, out.len) ||
	    excerpt_length(out.data) > room + 1)
		abort();
	if (n > 0 && !str_eq(out.data, line.data)) {
		if (!str_ends(out.data, "…"))
			abort();
		n -= strlen("…");
	}
	if (n > line.len || memcmp(out.data, line.data, n) != 0)
		abort();
	if (n > 0 && n < line.len && parts_a_letter(line.data, n))
		abort();
	/* something is left of what was something */
	if (room > 0 && line.len > 0 && out.len == 0)
		abort();
	str_release(&text);
	str_release(&line);
	str_release(&out);
	return 0;
}
