/* SPDX-License-Identifier: ISC */
#include "text/dress.h"

#include "base/codec.h"
#include "text/isolate.h"
#include "text/sanitise_plan.h"

#include <string.h>

#define PIXELS_MAX 10000

/* A style, and what it is besides in each direction. */
static const struct look {
	const char *name, *style, *rtl, *ltr;
} LOOKS[] = {
    {"p", "margin:0 0 12px 0;", "", ""},
    {"h2",
	"margin:20px 0 8px 0;font-size:20px;line-height:34px;"
	"mso-line-height-rule:exactly;font-weight:bold;",
	"", ""},
    {"h3",
	"margin:20px 0 8px 0;font-size:18px;line-height:32px;"
	"mso-line-height-rule:exactly;font-weight:bold;",
	"", ""},
    {"h4",
	"margin:16px 0 8px 0;font-size:17px;line-height:30px;"
	"mso-line-height-rule:exactly;font-weight:bold;",
	"", ""},
    {"ul", "padding:0;", "margin:0 24px 12px 0;", "margin:0 0 12px 24px;"},
    {"ol", "padding:0;", "margin:0 24px 12px 0;", "margin:0 0 12px 24px;"},
    {"li", "margin:0 0 6px 0;", "", ""},
    {"blockquote", "margin:0 0 12px 0;",
	"padding:0 12px 0 0;border-right:3px solid #8aa4bf;",
	"padding:0 0 0 12px;border-left:3px solid #8aa4bf;"},
    {"figure", "margin:0 0 12px 0;", "", ""},
    {"figcaption", "font-size:14px;line-height:24px;", "", ""},
};

#define LINK_LOOK                                                              \
	" class=\"l\" style=\"color:#0b4f8a;text-decoration:underline;\""
#define IMAGE_LOOK "max-width:100%;height:auto;border:0;"

struct dresser {
	struct str *out;
	bool page;                    /* whose looks are in a style sheet */
	bool rtl[SANITISE_STEPS + 1]; /* of the blocks that are open */
	size_t depth;
};

/* Of a tag: from behind its '<' to its '>'. */
struct tag {
	const char *name;
	size_t len; /* of the name */
	const char *end;
};

static bool
is_tag(const struct tag *tag, const char *name)
{
	return tag->len == strlen(name) &&
	       memcmp(tag->name, name, tag->len) == 0;
}

static const struct look *
look_of(const struct tag *tag)
{
	for (size_t i = 0; i < sizeof(LOOKS) / sizeof(*LOOKS); i++) {
		if (is_tag(tag, LOOKS[i].name))
			return &LOOKS[i];
	}
	return NULL;
}

/* What is the same in the output: the name and the attributes. */
static void
put_head(struct str *out, const struct tag *tag)
{
	str_add(out, "<");
	str_add_bytes(out, tag->name, (size_t)(tag->end - tag->name));
}

static void
open_block(
    struct dresser *dresser, const struct tag *tag, const struct look *look)
{
	const char *said = tag->name + tag->len;
	bool around = dresser->rtl[dresser->depth];
	bool outermost = dresser->depth == 0;
	bool has_dir = str_starts(said, " dir=\"");
	bool rtl = has_dir ? str_starts(said, " dir=\"rtl\"") : around;
	struct str *out = dresser->out;

	if (dresser->depth < SANITISE_STEPS)
		dresser->rtl[++dresser->depth] = rtl;
	put_head(out, tag);
	if (dresser->page) {
		str_add(out, ">");
		return;
	}
	str_addf(
	    out, " style=\"%s%s", look->style, rtl ? look->rtl : look->ltr);
	if (has_dir) {
		str_add(out, rtl ? "direction:rtl;text-align:right;"
				 : "direction:ltr;text-align:left;");
	}
	/* Its mark stands on the side where its list has no room for it. */
	if (is_tag(tag, "li") && rtl != around)
		str_add(out, rtl ? "margin-right:24px;" : "margin-left:24px;");
	str_add(out, outermost ? "word-break:break-word;\">" : "\">");
}

/* Within the tag alone: a search that goes on behind it would go through all
 * the rest for each picture. */
static const char *
find_in(const struct tag *tag, const char *words)
{
	size_t n = strlen(words);

	for (const char *at = tag->name; (size_t)(tag->end - at) >= n; at++) {
		if (memcmp(at, words, n) == 0)
			return at;
	}
	return NULL;
}

/* Reads an attribute of pixels, and where it begins. 0: there is none. */
static int64_t
pixels_of(const struct tag *tag, const char *name, const char **at)
{
	char digits[8] = "";
	const char *found = find_in(tag, name);
	int64_t pixels = 0;
	size_t n;

	if (found == NULL)
		return 0;
	n = strspn(found + strlen(name), "0123456789");
	if (n >= sizeof(digits))
		return 0;
	memcpy(digits, found + strlen(name), n);
	if (!codec_int(&pixels, digits, 1, PIXELS_MAX))
		return 0;
	if (found < *at)
		*at = found;
	return pixels;
}

/* Nothing beside it in its block: a picture, and no part of a sentence. */
static bool
stands_alone(const struct tag *tag, const char *from)
{
	const char *before = tag->name - 1; /* its '<' */

	if (before == from || before[-1] != '>' ||
	    !str_starts(tag->end + 1, "</"))
		return false;
	while (before > from && *--before != '<')
		continue;
	return before[1] != '/' && before[1] != 'b' && before[1] != 'i';
}

/* Outlook for Windows goes by the attributes alone. A picture whose size
 * nobody told would be shown as large as it is there; to the others the style
 * says that it is. */
static void
put_image(struct dresser *dresser, const struct tag *tag, const char *from)
{
	const char *rest = tag->end;
	int64_t width = pixels_of(tag, "\" width=\"", &rest);
	int64_t height = pixels_of(tag, "\" height=\"", &rest);
	struct str *out = dresser->out;

	str_add(out, "<");
	str_add_bytes(out, tag->name, (size_t)(rest - tag->name));
	str_add(out, rest < tag->end ? "\"" : "");
	if (width > DRESS_WIDTH) {
		height = height * DRESS_WIDTH / width;
		width = DRESS_WIDTH;
	}
	if (width == 0 && height == 0 && stands_alone(tag, from)) {
		str_addf(out, " width=\"%d\" style=\"width:auto;%s\">",
		    DRESS_WIDTH, IMAGE_LOOK);
		return;
	}
	if (width > 0)
		str_addf(out, " width=\"%lld\"", (long long)width);
	if (height > 0)
		str_addf(out, " height=\"%lld\"", (long long)height);
	str_add(out, " style=\"" IMAGE_LOOK "\">");
}

static void
put_tag(struct dresser *dresser, const struct tag *tag, const char *from)
{
	struct tag bare = *tag;
	const struct look *look;

	if (*tag->name == '/') {
		bare.name++;
		bare.len--;
		if (look_of(&bare) != NULL && dresser->depth > 0)
			dresser->depth--;
		put_head(dresser->out, tag);
		str_add(dresser->out, ">");
		return;
	}
	look = look_of(tag);
	if (look != NULL) {
		open_block(dresser, tag, look);
	} else if (is_tag(tag, "img") && !dresser->page) {
		put_image(dresser, tag, from);
	} else {
		put_head(dresser->out, tag);
		if (is_tag(tag, "a") && !dresser->page)
			str_add(dresser->out, LINK_LOOK);
		str_add(dresser->out, ">");
	}
}

/* The references that str_add_html() writes. */
static void
decode(struct str *out, const char *text, size_t n)
{
	static const struct {
		const char *name, *is;
	} references[] = {{"&amp;", "&"}, {"&lt;", "<"}, {"&gt;", ">"},
	    {"&quot;", "\""}, {"&#39;", "'"}};
	const char *end = text + n;

	while (text < end) {
		const char *is = NULL;

		for (size_t i = 0; *text == '&' && is == NULL &&
				   i < sizeof(references) / sizeof(*references);
		     i++) {
			if (!str_starts(text, references[i].name))
				continue;
			is = references[i].is;
			text += strlen(references[i].name);
		}
		if (is != NULL) {
			str_add(out, is);
		} else {
			str_add_bytes(out, text++, 1);
		}
	}
}

/* In what runs from the right, Latin words have their signs on their side. A
 * mark that is to be no part of the tag before it stays as it is. */
static void
put_text(struct dresser *dresser, const char *text, size_t n)
{
	struct str plain;

	if (!dresser->rtl[dresser->depth] || str_starts(text, "&#824;")) {
		str_add_bytes(dresser->out, text, n);
		return;
	}
	str_init(&plain, n + 1);
	decode(&plain, text, n);
	isolate_html(dresser->out, plain.data);
	str_release(&plain);
}

static void
dress(struct dresser *dresser, const char *html)
{
	const char *at = html;

	while (*at != '\0') {
		size_t text = strcspn(at, "<");
		struct tag tag;

		put_text(dresser, at, text);
		at += text;
		tag.name = at + 1;
		tag.end = strchr(at, '>');
		if (*at == '\0' || tag.end == NULL)
			return;
		tag.len = strcspn(tag.name, " >");
		put_tag(dresser, &tag, html);
		at = tag.end + 1;
	}
}

void
dress_html(struct str *out, const char *html, bool rtl)
{
	struct dresser dresser = {.out = out, .rtl = {rtl}};

	dress(&dresser, html);
}

void
dress_page(struct str *out, const char *html, bool rtl)
{
	struct dresser dresser = {.out = out, .page = true, .rtl = {rtl}};

	dress(&dresser, html);
}
