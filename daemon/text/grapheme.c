/* SPDX-License-Identifier: ISC */
#include "text/grapheme.h"

#include <stdint.h>
#include <stdlib.h>
#include <unicode/ubrk.h>
#include <unicode/utext.h>

struct grapheme {
	UBreakIterator *breaks;
	UText *text;
	const char *bytes;
	size_t len;
};

int
grapheme_new(
    struct grapheme **out, const char *text, size_t len, struct err *err)
{
	struct grapheme *grapheme = calloc(1, sizeof(*grapheme));
	UErrorCode status = U_ZERO_ERROR;

	if (grapheme == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	if (len > INT32_MAX) {
		(void)err_set(err, ERR_INPUT, "text is too long");
		goto undo;
	}
	grapheme->bytes = text;
	grapheme->len = len;
	grapheme->text = utext_openUTF8(NULL, text, (int64_t)len, &status);
	grapheme->breaks = ubrk_open(UBRK_CHARACTER, "", NULL, 0, &status);
	ubrk_setUText(grapheme->breaks, grapheme->text, &status);
	if (U_FAILURE(status)) {
		(void)err_set(err, ERR_SYSTEM, "ICU cannot break text: %s",
		    u_errorName(status));
		goto undo;
	}
	*out = grapheme;
	return 0;
undo:
	grapheme_free(grapheme);
	return -1;
}

void
grapheme_free(struct grapheme *grapheme)
{
	if (grapheme == NULL)
		return;
	if (grapheme->breaks != NULL)
		ubrk_close(grapheme->breaks);
	if (grapheme->text != NULL)
		utext_close(grapheme->text);
	free(grapheme);
}

size_t
grapheme_before(struct grapheme *grapheme, size_t at)
{
	int32_t before;

	if (at >= grapheme->len)
		return grapheme->len;
	while (((unsigned char)grapheme->bytes[at] & 0xc0) == 0x80)
		at--;
	if (ubrk_isBoundary(grapheme->breaks, (int32_t)at))
		return at;
	before = ubrk_preceding(grapheme->breaks, (int32_t)at);
	return before == UBRK_DONE ? 0 : (size_t)before;
}
