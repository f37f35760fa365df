/* SPDX-License-Identifier: ISC */
#include "text/strain.h"

#include "text/reference.h"

#include <string.h>

#define NAME_MAX_LEN 24 /* of the names that matter, with room */
#define VALUE_SIZE   512
/* Of those that are kept, escaped; longer ones go. The longest that
 * text/sanitise gives is a URL of 2,048 bytes, most of them "&amp;". */
#define VALUE_MAX 12288

static const char SPACE[] = " \t\n\f\r";

/* Elements whose content is not markup: it ends at their own end tag. None of
 * it is for reading. */
static const char *const RAW[] = {"script", "style", "textarea", "title", "xmp",
    "iframe", "noembed", "noframes", "plaintext"};

/* What a tag may keep: where a link goes, what an image is. */
static const struct {
	const char *tag;
	const char *attribute;
} KEPT[] = {{"a", "href"}, {"img", "src"}, {"img", "alt"}, {"img", "width"},
    {"img", "height"}};

#define KEPT_COUNT (sizeof(KEPT) / sizeof(*KEPT))

struct view {
	const char *at;
	const char *end;
};

struct tag {
	bool closes;
	bool hidden;
	char name[NAME_MAX_LEN + 1];   /* lower case */
	struct view value[KEPT_COUNT]; /* of the first of each, at NULL: none */
};

static bool
is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

/* Moves on to the first of the characters of a set. */
static void
skip_until(struct view *view, const char *set)
{
	while (view->at < view->end && !is_one_of(*view->at, set))
		view->at++;
}

static void
skip_all(struct view *view, const char *set)
{
	while (view->at < view->end && is_one_of(*view->at, set))
		view->at++;
}

/* Copies what lies between two points in lower case, as much as fits. */
static void
lower(char *out, size_t size, const char *from, const char *to)
{
	size_t n = 0;

	for (; from < to && n + 1 < size; from++) {
		char c = *from;

		if (c >= 'A' && c <= 'Z')
			c = (char)(c + ('a' - 'A'));
		out[n++] = c;
	}
	out[n] = '\0';
}

/* True where a style says "name: value", spaces or not. */
static bool
style_has(const char *style, const char *name, const char *value)
{
	const char *at = strstr(style, name);

	for (; at != NULL; at = strstr(at + 1, name)) {
		const char *colon = at + strlen(name);

		colon += strspn(colon, SPACE);
		if (*colon == ':' &&
		    str_starts(colon + 1 + strspn(colon + 1, SPACE), value))
			return true;
	}
	return false;
}

static bool
hides(const char *name, const char *value)
{
	if (str_eq(name, "hidden"))
		return true;
	return str_eq(name, "style") &&
	       (style_has(value, "display", "none") ||
		   style_has(value, "visibility", "hidden"));
}

/* The value after a '=': in quotes, or up to a space or the end. */
static struct view
read_value(struct view *view)
{
	struct view value;

	skip_all(view, SPACE);
	value.at = view->at;
	if (view->at < view->end && is_one_of(*view->at, "\"'")) {
		const char quote[] = {*view->at, '\0'};

		value.at = ++view->at;
		skip_until(view, quote);
		value.end = view->at;
		if (view->at < view->end)
			view->at++;
		return value;
	}
	skip_until(view, " \t\n\f\r>");
	value.end = view->at;
	return value;
}

static void
keep(struct tag *tag, const char *name, struct view value)
{
	for (size_t i = 0; i < KEPT_COUNT; i++) {
		if (str_eq(tag->name, KEPT[i].tag) &&
		    str_eq(name, KEPT[i].attribute) && tag->value[i].at == NULL)
			tag->value[i] = value;
	}
}

/* One attribute, or the '/' before one. At the '>' there is none. */
static bool
read_attribute(struct view *view, struct tag *tag)
{
	char name[NAME_MAX_LEN + 1];
	char lowered[VALUE_SIZE];
	struct view value = {"", ""};
	const char *from;

	skip_all(view, " \t\n\f\r/");
	if (view->at == view->end || *view->at == '>')
		return false;
	from = view->at++; /* even a '=' begins a name */
	skip_until(view, " \t\n\f\r/>=");
	lower(name, sizeof(name), from, view->at);
	skip_all(view, SPACE);
	if (view->at < view->end && *view->at == '=') {
		view->at++;
		value = read_value(view);
	}
	lower(lowered, sizeof(lowered), value.at, value.end);
	if (hides(name, lowered))
		tag->hidden = true;
	keep(tag, name, value);
	return true;
}

/* Reads a tag from its '<' to behind its '>'; false where the text ends
 * before the tag does. */
static bool
read_tag(struct view *view, struct tag *tag)
{
	const char *from;

	*tag = (struct tag){0};
	view->at++;
	if (*view->at == '/') {
		tag->closes = true;
		view->at++;
	}
	from = view->at;
	skip_until(view, " \t\n\f\r/>");
	lower(tag->name, sizeof(tag->name), from, view->at);
	while (read_attribute(view, tag))
		continue;
	if (view->at == view->end)
		return false;
	view->at++;
	return true;
}

static bool
is_raw(const struct tag *tag)
{
	for (size_t i = 0; i < sizeof(RAW) / sizeof(*RAW); i++) {
		if (str_eq(tag->name, RAW[i]))
			return true;
	}
	return false;
}

/* To the "</name" that ends what is not markup, or to the end of all. */
static void
skip_raw(struct view *view, const char *name)
{
	char found[NAME_MAX_LEN + 1];

	for (; view->at < view->end; view->at++) {
		const char *at = view->at + 2;
		const char *to = at;

		if (view->end - view->at < 2 || memcmp(view->at, "</", 2) != 0)
			continue;
		while (to < view->end && is_letter(*to))
			to++;
		lower(found, sizeof(found), at, to);
		if (str_eq(found, name) &&
		    (to == view->end || is_one_of(*to, " \t\n\f\r/>")))
			return;
	}
}

/* From "<!" or the like to behind its '>'. */
static void
skip_comment(struct view *view)
{
	bool dashes =
	    view->end - view->at >= 4 && memcmp(view->at, "<!--", 4) == 0;

	view->at += dashes ? 4 : 1;
	/* "<!-->" is a whole comment. */
	if (dashes && view->at < view->end && *view->at == '>')
		dashes = false;
	for (; view->at < view->end; view->at++) {
		if (*view->at == '>' &&
		    (!dashes || memcmp(view->at - 2, "--", 2) == 0))
			break;
	}
	if (view->at < view->end)
		view->at++;
}

/* "#106;", "#x6a;": false for what is no character. The parser would take it
 * for a NUL, and the value would end there. */
static bool
is_number(struct view view)
{
	unsigned base = 10;
	unsigned point = 0;

	view.at++;
	if (view.at < view.end && (*view.at == 'x' || *view.at == 'X')) {
		base = 16;
		view.at++;
	}
	for (; view.at < view.end && *view.at != ';'; view.at++) {
		static const char digits[] = "0123456789abcdef";
		char digit[2];

		lower(digit, sizeof(digit), view.at, view.at + 1);
		if (!is_one_of(*digit, digits) ||
		    strchr(digits, *digit) >= digits + base || point > 0x10ffff)
			return false;
		point =
		    point * base + (unsigned)(strchr(digits, *digit) - digits);
	}
	return view.at < view.end && (point >= ' ' || point == '\n') &&
	       point <= 0x10ffff && (point < 0xd800 || point > 0xdfff);
}

/* True where a character reference begins that ends in ';'. Of the others the
 * parser takes more for one than browsers do in an attribute: "&copy=1". */
static bool
is_reference(struct view view)
{
	view.at++;
	if (view.at < view.end && *view.at == '#')
		return is_number(view);
	while (view.at < view.end &&
	       (is_letter(*view.at) || (*view.at >= '0' && *view.at <= '9')))
		view.at++;
	return view.at < view.end && *view.at == ';';
}

static void
write_value(struct str *out, struct view value)
{
	for (; value.at < value.end; value.at++) {
		size_t n = *value.at != '&'
			       ? 0
			       : reference_mend(out, value.at, value.end, true);

		if (n > 0) {
			value.at += n - 1;
			continue;
		}
		switch (*value.at) {
		case '"': str_add(out, "&quot;"); break;
		case '<': str_add(out, "&lt;"); break;
		case '>': str_add(out, "&gt;"); break;
		case '&':
			str_add(out, is_reference(value) ? "&" : "&amp;");
			break;
		default: str_add_bytes(out, value.at, 1);
		}
	}
}

/* WHATWG 13.2.6.4.7: these end a paragraph that is open. */
static const char *const BLOCKS[] = {"address", "article", "aside",
    "blockquote", "center", "dd", "details", "dialog", "dir", "div", "dl", "dt",
    "fieldset", "figcaption", "figure", "footer", "form", "h1", "h2", "h3",
    "h4", "h5", "h6", "header", "hgroup", "hr", "li", "main", "menu", "nav",
    "ol", "p", "pre", "section", "summary", "table", "td", "th", "tr", "ul"};

static bool
ends_paragraph(const char *name)
{
	for (size_t i = 0; i < sizeof(BLOCKS) / sizeof(*BLOCKS); i++) {
		if (str_eq(name, BLOCKS[i]))
			return true;
	}
	return false;
}

/* The same section: an end tag "p" without a paragraph is a paragraph, which
 * parts what is around it, and "br" a line break. The parser drops both. */
static void
write_end(struct str *out, const char *name, bool paragraph)
{
	if (str_eq(name, "br")) {
		str_add(out, "<br>");
		return;
	}
	if (str_eq(name, "p") && !paragraph)
		str_add(out, "<p>");
	str_addf(out, "</%s>", name);
}

/* Names are written only where they are plain: a parser need not see more. */
static void
write_tag(struct str *out, const struct tag *tag, bool *paragraph)
{
	size_t plain =
	    strspn(tag->name, "abcdefghijklmnopqrstuvwxyz0123456789");

	const char *name = plain == strlen(tag->name) ? tag->name : "span";

	if (tag->closes) {
		write_end(out, name, *paragraph);
		*paragraph &= !ends_paragraph(name);
		return;
	}
	if (ends_paragraph(name))
		*paragraph = str_eq(name, "p");
	str_addf(out, "<%s", name);
	for (size_t i = 0; i < KEPT_COUNT; i++) {
		struct str value;

		if (tag->value[i].at == NULL)
			continue;
		str_init(&value, VALUE_MAX);
		write_value(&value, tag->value[i]);
		if (!value.bad) {
			str_addf(
			    out, " %s=\"%s\"", KEPT[i].attribute, value.data);
		}
		str_release(&value);
	}
	str_add(out, tag->hidden ? " hidden>" : ">");
}

static bool
begins(const struct view *view, const char *mark)
{
	size_t n = strlen(mark);

	return (size_t)(view->end - view->at) > n &&
	       memcmp(view->at, mark, n) == 0;
}

/* What a '<' begins; true where that is a tag. */
static bool
markup(struct str *out, struct view *view, bool *paragraph)
{
	bool closes = begins(view, "</");
	struct tag tag;

	if ((begins(view, "<") && is_letter(view->at[1])) ||
	    (closes && is_letter(view->at[2]))) {
		if (!read_tag(view, &tag))
			return true;
		if (!is_raw(&tag)) {
			write_tag(out, &tag, paragraph);
		} else if (!tag.closes) {
			skip_raw(view, tag.name);
		}
		return true;
	}
	if (closes || begins(view, "<!") || begins(view, "<?")) {
		skip_comment(view);
		return true;
	}
	str_add(out, "&lt;");
	view->at++;
	return false;
}

static void
write_text(struct str *out, const char *at, const char *end)
{
	while (at < end) {
		const char *and = memchr(at, '&', (size_t)(end - at));
		const char *stop = and != NULL ? and : end;
		size_t n;

		str_add_bytes(out, at, (size_t)(stop - at));
		if (and == NULL)
			return;
		n = reference_mend(out, and, end, false);
		if (n == 0)
			str_add(out, "&");
		at = and+(n > 0 ? n : 1);
	}
}

bool
strain_html(struct str *out, const char *html, size_t len)
{
	struct view view = {html, html + len};
	bool any = false;
	bool paragraph = false; /* one is open, most likely */

	while (view.at < view.end) {
		const char *less =
		    memchr(view.at, '<', (size_t)(view.end - view.at));
		const char *stop = less != NULL ? less : view.end;

		write_text(out, view.at, stop);
		view.at = stop;
		if (less != NULL && markup(out, &view, &paragraph))
			any = true;
	}
	return any;
}
