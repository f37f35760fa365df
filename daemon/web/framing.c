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

/* Past the line end at `at`, or NULL: CR LF, or the NULs that the library
 * writes over them; white space before it belongs to no value. */
static const char *
line_end(const char *at, const char *end)
{
	while (at < end && (*at == ' ' || *at == '\t'))
		at++;
	if (end - at < 2 || (at[0] != '\r' && at[0] != '\0') ||
	    (at[1] != '\n' && at[1] != '\0'))
		return NULL;
	return at + 2;
}

/* RFC 9112 5.2 wants a folded line refused or unfolded; the library unfolds,
 * and moves the value away from its name. */
static bool
in_place(const struct framing *framing, const char *name, size_t name_len,
    const char *value)
{
	const char *at;

	if (name != framing->at ||
	    name_len >= (size_t)(framing->end - framing->at))
		return false;
	at = name + name_len + 1; /* past the colon */
	while (at < framing->end && at != value && (*at == ' ' || *at == '\t'))
		at++;
	return at == value;
}

void
framing_begin(
    struct framing *out, const char *start, size_t size, const char *version)
{
	*out = (struct framing){.end = start + size};
	if ((uintptr_t)version >= (uintptr_t)start &&
	    (uintptr_t)version < (uintptr_t)out->end)
		out->at = line_end(version + strlen(version), out->end);
	out->bad = out->at == NULL;
}

void
framing_add(struct framing *framing, const char *name, size_t name_len,
    const char *value, size_t value_len)
{
	if (framing->bad || !is_token(name, name_len) ||
	    !in_place(framing, name, name_len, value) ||
	    value_len > (size_t)(framing->end - value) ||
	    !is_value(value, value_len) ||
	    str_eq_ci(name, "Transfer-Encoding")) {
		framing->bad = true;
		return;
	}
	framing->at = line_end(value + value_len, framing->end);
	framing->bad = framing->at == NULL;
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
	return !framing->bad && framing->hosts == 1 && framing->lengths <= 1 &&
	       line_end(framing->at, framing->end) == framing->end;
}
