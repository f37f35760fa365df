/* SPDX-License-Identifier: ISC */
#include "text/sanitise.h"
#include "base/codec.h"
#include "base/str.h"
#include "markup.h"
#include "text/bidi.h"
#include "text/dress.h"
#include "text/html.h"
#include "text/sanitise_cut.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Wherever it is cut, it is as promised, and no longer than was asked for. */
static void
check_cut(const struct str *html, size_t most)
{
	struct str out;

	str_init(&out, 1 << 24);
	if (sanitise_cut(&out, html->data, most) != (html->len > most) ||
	    out.len > most || markup_fault(out.data) != NULL)
		abort();
	str_release(&out);
}

/* Dressed, it says the same, and is sanitised to the same blocks. */
static void
check_dressed(const struct str *html)
{
	struct err err = ERR_INIT;
	struct str out, clean, before, after;

	str_init(&out, 1 << 26);
	str_init(&clean, 1 << 24);
	str_init(&before, 1 << 24);
	str_init(&after, 1 << 24);
	dress_html(&out, html->data, html->len % 2 == 0);
	if (out.bad || out.len > 16 * html->len)
		abort();
	if (out.len <= TREE_MAX) {
		if (html_to_text_linked(&before, html->data, html->len, &err) !=
			0 ||
		    html_to_text_linked(&after, out.data, out.len, &err) != 0 ||
		    !str_eq(before.data, after.data) ||
		    sanitise_html(&clean, out.data, out.len, "", &err) != 0 ||
		    (strstr(html->data, "<img") == NULL &&
			!str_eq(clean.data, html->data)))
			abort();
	}
	str_release(&out);
	str_release(&clean);
	str_release(&before);
	str_release(&after);
}

/* With a page that it belongs to it is as strict, and taken alike. */
static void
check_on_a_page(const uint8_t *data, size_t len)
{
	static const char page[] = "https://a.example/b/c?d#e";
	struct err err = ERR_INIT;
	struct str out, again;

	str_init(&out, 1 << 24);
	str_init(&again, 1 << 24);
	if (sanitise_html(&out, (const char *)data, len, page, &err) == 0 &&
	    (markup_fault(out.data) != NULL ||
		sanitise_html(&again, out.data, out.len, "", &err) != 0 ||
		!str_eq(again.data, out.data)))
		abort();
	str_release(&out);
	str_release(&again);
}

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
	/* No controls; and nothing that NFC would make a part of a tag. */
	bidi_strip(&again, out.data, out.len);
	if (!str_eq(again.data, out.data) ||
	    strstr(out.data, ">\u0338") != NULL)
		abort();
	str_reset(&again);
	if (sanitise_html(&again, out.data, out.len, "", &err) != 0 ||
	    !str_eq(again.data, out.data))
		abort();
	check_cut(&out, len % 256);
	check_cut(&out, out.len / 2);
	check_dressed(&out);
	check_on_a_page(data, len);
	str_release(&out);
	str_release(&again);
	return 0;
}
