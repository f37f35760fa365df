/* SPDX-License-Identifier: ISC */
#include "mail/template_hole.h"

#include <string.h>

/* A hole: the mark, the mode it is to be escaped in, the name, the mark. */
#define MARK      TEMPLATE_MARK
#define MARK_HTML 'h'
#define MARK_TEXT 't'

void
template_hole_text(struct str *out, const char *text, enum template_mode mode)
{
	if (mode == TEMPLATE_HTML) {
		str_add_html(out, text);
	} else {
		str_add(out, text);
	}
}

bool
template_hole_url_ok(const char *url)
{
	static const char *const schemes[] = {"https://", "http://", "mailto:"};

	for (size_t i = 0; i < sizeof(schemes) / sizeof(*schemes); i++) {
		if (str_starts_ci(url, schemes[i]))
			return true;
	}
	/* A path of ours; "//host" would be another site. */
	return url[0] == '\0' ||
	       (url[0] == '/' && url[1] != '/' && url[1] != '\\');
}

bool
template_hole_color_ok(const char *color)
{
	return color[0] == '\0' ||
	       (color[0] == '#' && strlen(color) == 7 &&
		   strspn(color + 1, "0123456789abcdefABCDEF") == 6);
}

/* RFC 3986 2: what may not stand in a URL is percent-encoded, so that it
 * cannot end a line, an attribute or a link, nor turn one around. */
int
template_hole_url(struct str *out, const char *name, const char *url,
    enum template_mode mode, struct err *err)
{
	/* What no mode escapes, and so most of a URL. */
	static const char plain[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789-._~:/?#[]@!$()*+,;=%";
	char part[2] = "";

	if (!template_hole_url_ok(url)) {
		return err_set(err, ERR_DATA,
		    "'%s' is no http, https or mailto url: '%.100s'", name,
		    url);
	}
	for (; *url != '\0'; url++) {
		size_t n = strspn(url, plain);
		unsigned char c = (unsigned char)url[n];

		str_add_bytes(out, url, n);
		url += n;
		if (c == '\0')
			break;
		if (c > 0x20 && c < 0x7f && strchr("\"<>\\^`{|}", c) == NULL) {
			part[0] = (char)c;
			template_hole_text(out, part, mode);
		} else {
			str_addf(out, "%%%02X", c);
		}
	}
	return 0;
}

void
template_hole_add(struct str *out, const char *name, enum template_mode mode)
{
	const char open[] = {
	    MARK, mode == TEMPLATE_HTML ? MARK_HTML : MARK_TEXT};
	const char close[] = {MARK};

	str_add_bytes(out, open, sizeof(open));
	str_add(out, name);
	str_add_bytes(out, close, sizeof(close));
}

bool
template_find_hole(const char *rendered, size_t len, size_t *at, size_t *size)
{
	const char *open = memchr(rendered, MARK, len);
	const char *close;
	size_t rest;

	if (open == NULL)
		return false;
	*at = (size_t)(open - rendered);
	rest = len - *at;
	close = memchr(open + 1, MARK, rest - 1);
	*size = close != NULL ? (size_t)(close - open) + 1 : rest;
	return true;
}

/* A hole as template_find_hole() finds it: a mark, "h" or "t" and the name, a
 * mark. */
static int
splice_hole(struct str *out, const char *hole, size_t size,
    const struct template_hole *holes, struct err *err)
{
	const char *name = hole + 2;
	size_t len = size - 3;

	if (size < 2 || hole[size - 1] != MARK)
		return err_set(err, ERR_DATA, "body ends in a damaged hole");
	if (size < 4 || (hole[1] != MARK_HTML && hole[1] != MARK_TEXT))
		return err_set(err, ERR_DATA, "body holds a damaged hole");
	for (; holes->name != NULL; holes++) {
		if (strlen(holes->name) == len &&
		    memcmp(holes->name, name, len) == 0) {
			return template_hole_url(out, holes->name, holes->value,
			    hole[1] == MARK_HTML ? TEMPLATE_HTML
						 : TEMPLATE_TEXT,
			    err);
		}
	}
	return err_set(err, ERR_SYSTEM, "no value for hole '%.*s' was given",
	    (int)(len > 64 ? 64 : len), name);
}

int
template_splice(struct str *out, const char *rendered, size_t len,
    const struct template_hole *holes, struct err *err)
{
	size_t at, size;

	while (template_find_hole(rendered, len, &at, &size)) {
		str_add_bytes(out, rendered, at);
		if (splice_hole(out, rendered + at, size, holes, err) != 0)
			return -1;
		rendered += at + size;
		len -= at + size;
	}
	str_add_bytes(out, rendered, len);
	if (out->bad) {
		return err_set(
		    err, ERR_INPUT, "body is longer than %zu bytes", out->max);
	}
	return 0;
}
