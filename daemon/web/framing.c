/* SPDX-License-Identifier: ISC */
#include "web/framing.h"

#include "base/codec.h"
#include "base/str.h"

#include <string.h>

/* RFC 9110 5.6.2 */
static bool
is_token(const char *text, size_t len)
{
	static const char others[] = "!#$%&'*+-.^_`|~";

	for (size_t i = 0; i < len; i++) {
		char c = text[i];

		if (!(c >= '0' && c <= '9') && !(c >= 'A' && c <= 'Z') &&
		    !(c >= 'a' && c <= 'z') &&
		    (c == '\0' || strchr(others, c) == NULL))
			return false;
	}
	return len > 0;
}

/* RFC 9110 5.5: no control but the tab. */
static bool
is_value(const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((c < 0x20 && c != '\t') || c == 0x7f)
			return false;
	}
	return true;
}

/* RFC 9112 5.2: a server must refuse or unfold a folded line. The library
 * unfolds it, and the only trace of that is that it had to move the value
 * away from the name. */
static bool
is_folded(const char *name, size_t name_len, const char *value)
{
	const char *at = name + name_len + 1; /* past the colon */

	if ((uintptr_t)value < (uintptr_t)at)
		return true;
	while (at != value && (*at == ' ' || *at == '\t'))
		at++;
	return at != value;
}

void
framing_add(struct framing *framing, const char *name, size_t name_len,
    const char *value, size_t value_len)
{
	if (!is_token(name, name_len) || !is_value(value, value_len) ||
	    is_folded(name, name_len, value) ||
	    str_eq_ci(name, "Transfer-Encoding"))
		framing->bad = true;
	if (str_eq_ci(name, "Host"))
		framing->hosts++;
	if (str_eq_ci(name, "Content-Length")) {
		framing->lengths++;
		if (!codec_int(&framing->length, value, 0, INT64_MAX))
			framing->bad = true;
	}
}

bool
framing_ok(const struct framing *framing)
{
	return !framing->bad && framing->hosts == 1 && framing->lengths <= 1;
}
