/* SPDX-License-Identifier: ISC */
#include "text/sanitise.h"
#include "base/codec.h"
#include "base/str.h"
#include "markup.h"
#include "text/bidi.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Whatever comes in: what goes out is of the few elements that are promised
 * (markup.h), is clean text, and is its own result; what is refused adds
 * nothing. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct err err = ERR_INIT;
	struct str out;
	struct str again;

	str_init(&out, 1 << 24);
	str_init(&again, 1 << 24);
	if (sanitise_html(&out, (const char *)data, len, "", &err) != 0) {
		if (err.code != ERR_INPUT || out.len != 0)
			abort();
		return 0;
	}
	if (!codec_utf8_ok(out.data, out.len) || strlen(out.data) != out.len ||
	    markup_fault(out.data) != NULL)
		abort();
	bidi_clean_line(&again, out.data, out.len);
	if (!str_eq(again.data, out.data))
		abort();
	str_reset(&again);
	if (sanitise_html(&again, out.data, out.len, "", &err) != 0 ||
	    !str_eq(again.data, out.data))
		abort();
	str_release(&out);
	str_release(&again);
	return 0;
}
