/* SPDX-License-Identifier: ISC */
#include "text/strain.h"
#include "base/str.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static const char *
skip(const char *at, const char *text)
{
	return str_starts(at, text) ? at + strlen(text) : at;
}

/* A tag from behind its '<': a plain name, the attributes that are kept, in
 * double quotes and in one order, and "hidden". Returns its '>'. */
static const char *
check_tag(const char *at)
{
	static const char *const kept[] = {
	    " href=\"", " src=\"", " alt=\"", " width=\"", " height=\""};
	bool closes = *at == '/';
	size_t n;

	at += closes;
	n = strspn(at, "abcdefghijklmnopqrstuvwxyz0123456789");
	if (n == 0 || n > 24)
		abort();
	at += n;
	for (size_t i = 0; i < sizeof(kept) / sizeof(*kept) && !closes; i++) {
		const char *value = skip(at, kept[i]);

		if (value == at)
			continue;
		value += strcspn(value, "\"<>");
		if (*value != '"')
			abort();
		at = value + 1;
	}
	if (!closes)
		at = skip(at, " hidden");
	if (*at != '>')
		abort();
	return at;
}

/* Whatever comes in, every '<' that comes out begins such a tag; strained
 * again it is the same; and it grows no more than an escape does. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *html = calloc(1, len + 1);
	struct str out;
	struct str again;
	const char *at;
	bool any;

	if (html == NULL)
		abort();
	if (len > 0)
		memcpy(html, data, len);
	len = strlen(html); /* a NUL never comes here (text/tree) */
	str_init(&out, 1 << 24);
	str_init(&again, 1 << 24);
	any = strain_html(&out, html, len);
	if (out.bad || out.len > 6 * len)
		abort();
	for (at = out.data; (at = strchr(at, '<')) != NULL;) {
		if (!any)
			abort();
		at = check_tag(at + 1);
	}
	(void)strain_html(&again, out.data, out.len);
	if (!str_eq(again.data, out.data))
		abort();
	str_release(&out);
	str_release(&again);
	free(html);
	return 0;
}
