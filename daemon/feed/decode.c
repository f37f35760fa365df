/* SPDX-License-Identifier: ISC */
#include "feed/decode.h"

#include "feed/decode_charset.h"

#include <libxml/HTMLparser.h>
#include <string.h>

#define ATTRIBUTES_MAX   256
#define ENTITY_NAME_SIZE 16 /* the longest of HTML's is "thetasym" */

/* XML 1.0 2.2 forbids most controls and U+FFFE, U+FFFF. Text is UTF-8. */
static size_t
forbidden(const char *at)
{
	unsigned char c = (unsigned char)*at;

	if (c < ' ' && c != '\t' && c != '\n' && c != '\r')
		return 1;
	if (c == 0xef && (at[1] & 0xff) == 0xbf && (at[2] & 0xff) >= 0xbe)
		return 3;
	return 0;
}

/* What is passed over as a whole: text that means itself, and what says
 * nothing. libxml2 is slow over a comment that never ends. */
static const struct {
	const char *begin, *end;
	bool kept;
} opaque[] = {
    {"<![CDATA[", "]]>", true},
    {"<!--", "-->", false},
    {"<?", "?>", false},
};

/* The bytes taken, 0 where none of these begins. One that never ends takes
 * the rest. */
static size_t
add_opaque(struct str *out, const char *at, size_t left)
{
	for (size_t i = 0; i < sizeof(opaque) / sizeof(opaque[0]); i++) {
		const char *end;
		size_t n = left;

		if (!str_starts(at, opaque[i].begin))
			continue;
		end = strstr(at + strlen(opaque[i].begin), opaque[i].end);
		if (end != NULL)
			n = (size_t)(end - at) + strlen(opaque[i].end);
		if (opaque[i].kept)
			str_add_bytes(out, at, n);
		return n;
	}
	return 0;
}

/* Past the quoted text, comment or instruction that stands here; NULL where it
 * never ends, `at` where there is none. */
static const char *
skip_quoted(const char *at)
{
	static const struct {
		const char *begin, *end;
	} quotes[] = {{"\"", "\""}, {"'", "'"}, {"<!--", "-->"}, {"<?", "?>"}};

	for (size_t i = 0; i < sizeof(quotes) / sizeof(quotes[0]); i++) {
		const char *end;

		if (!str_starts(at, quotes[i].begin))
			continue;
		end = strstr(at + strlen(quotes[i].begin), quotes[i].end);
		return end == NULL ? NULL : end + strlen(quotes[i].end);
	}
	return at;
}

/* A document type is read for its name alone. libxml2 2.9 goes on for hours
 * over parameter entities that hold each other. Returns the bytes taken. */
static size_t
add_doctype(struct str *out, const char *begin, size_t left)
{
	const char *at = begin + strlen("<!DOCTYPE");
	int depth = 0;

	str_add(out, "<!DOCTYPE ");
	at += strspn(at, " \t\r\n");
	str_add_bytes(out, at, strcspn(at, " \t\r\n[<>\"'&"));
	str_add(out, ">");
	while (*at != '\0' && (*at != '>' || depth > 0)) {
		const char *past = skip_quoted(at);

		if (past == NULL)
			return left;
		depth += (*at == '[') - (*at == ']' && depth > 0);
		at = past == at ? at + 1 : past;
	}
	return *at == '\0' ? left : (size_t)(at + 1 - begin);
}

/* A reference to a character that XML allows. */
static bool
is_char_reference(const char *name)
{
	bool hex = name[0] == '#' && name[1] == 'x';
	const char *at = name + (hex ? 2 : 1);
	unsigned long value = 0;
	static const char digits[] = "0123456789abcdef";

	if (name[0] != '#' || *at == '\0')
		return false;
	for (; *at != '\0'; at++) {
		int c = *at >= 'A' && *at <= 'F' ? *at - 'A' + 'a' : *at;
		const char *digit = strchr(digits, c);
		unsigned long base = hex ? 16 : 10;

		if (digit == NULL || (unsigned long)(digit - digits) >= base)
			return false;
		value = value * base + (unsigned long)(digit - digits);
		if (value > 0x10ffff)
			return false;
	}
	return value == '\t' || value == '\n' || value == '\r' ||
	       (value >= ' ' && (value < 0xd800 || value > 0xdfff) &&
		   value != 0xfffe && value != 0xffff);
}

/* What stands after an ampersand: the bytes it takes, itself not counted. */
static size_t
add_reference(struct str *out, bool *repaired, const char *at)
{
	static const char *const own[] = {
	    "amp", "lt", "gt", "quot", "apos", NULL};
	char name[ENTITY_NAME_SIZE];
	const htmlEntityDesc *html;
	size_t n = strcspn(at, "; &<>\"'\t\r\n");

	if (at[n] == ';' && n > 0 && n < sizeof(name)) {
		memcpy(name, at, n);
		name[n] = '\0';
		for (size_t i = 0; own[i] != NULL; i++) {
			if (!str_eq(own[i], name))
				continue;
			str_addf(out, "&%s;", name);
			return n + 1;
		}
		if (is_char_reference(name)) {
			str_addf(out, "&%s;", name);
			return n + 1;
		}
		html = htmlEntityLookup((const xmlChar *)name);
		if (html != NULL) {
			str_addf(out, "&#%u;", html->value);
			return n + 1;
		}
	}
	*repaired = true;
	str_add(out, "&amp;");
	return 0;
}

static void
drop_forbidden(struct str *out, bool *repaired, const struct str *text)
{
	const char *from = text->data;
	const char *end = text->data + text->len;

	for (const char *at = from; at < end; at++) {
		size_t n = forbidden(at);

		if (n == 0)
			continue;
		str_add_bytes(out, from, (size_t)(at - from));
		*repaired = true;
		from = at + n;
		at += n - 1;
	}
	str_add_bytes(out, from, (size_t)(end - from));
}

/* Attributes of the tag that begins here: libxml2 compares each to each. */
static size_t
count_attributes(const char *at)
{
	char quote = '\0';
	size_t n = 0;

	for (at++; *at != '\0' && *at != '<'; at++) {
		if (*at == quote) {
			quote = '\0';
		} else if (quote != '\0') {
			continue;
		} else if (*at == '"' || *at == '\'') {
			quote = *at;
		} else if (*at == '>') {
			break;
		} else {
			n += *at == '=';
		}
	}
	return n;
}

static int
tame_markup(
    struct str *out, bool *repaired, const struct str *text, struct err *err)
{
	const char *at = text->data + strspn(text->data, " \t\r\n");
	const char *end = text->data + text->len;

	while (at < end) {
		size_t n = strcspn(at, "&<");

		str_add_bytes(out, at, n);
		at += n;
		if (*at == '&') {
			at += 1 + add_reference(out, repaired, at + 1);
			continue;
		}
		if (str_starts(at, "<!DOCTYPE")) {
			at += add_doctype(out, at, (size_t)(end - at));
			continue;
		}
		n = add_opaque(out, at, (size_t)(end - at));
		if (n > 0 || at == end) {
			at += n;
			continue;
		}
		if (count_attributes(at) > ATTRIBUTES_MAX) {
			return err_set(
			    err, ERR_DATA, "a tag has too many attributes");
		}
		str_add_bytes(out, at++, 1);
	}
	return 0;
}

int
decode_xml(struct str *out, bool *repaired, const char *bytes, size_t len,
    const char *content_type, struct err *err)
{
	struct str text;
	struct str legal;
	int failed;

	str_init(&text, DECODE_MAX);
	str_init(&legal, DECODE_MAX);
	failed = decode_charset(&text, repaired, bytes, len, content_type, err);
	if (!failed) {
		drop_forbidden(&legal, repaired, &text);
		failed = tame_markup(out, repaired, &legal, err);
		if (text.bad || legal.bad || out->bad)
			failed = err_set(err, ERR_DATA, "is too long");
	}
	str_release(&legal);
	str_release(&text);
	return failed;
}
