/* SPDX-License-Identifier: ISC */
#include "mail/template_place.h"

#include "base/str.h"
#include "mail/template_attribute.h"

#include <stdint.h>
#include <string.h>

#define SPACE " \t\n\f\r"
#define IN_TAG                                                                 \
	"inside a tag: values go between tags, or into a quoted attribute"

/* Elements whose content is not parsed as text with references. A value in
 * one of them cannot be escaped. */
static const char *const raw_tags[] = {"style", "script", "xmp", "iframe",
    "noembed", "noframes", "noscript", "plaintext", "svg", "math"};
static const char *const title_tags[] = {"title", "textarea"};

/* HTML 13.2.5.18 on: a <script> that opens a comment and in it a <script> does
 * not end where it seems to. Such a one ends nowhere here. */
static const char escape[] = "<!--<script";
#define ESCAPE_COMMENT 4 /* how much of that opens the comment */
#define ESCAPE_ALL     (sizeof(escape) - 1)

static bool
is_space(char c)
{
	return c != '\0' && strchr(SPACE, c) != NULL;
}

static char
lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c | 0x20);
	return c;
}

static bool
is_letter(char c)
{
	return lower(c) >= 'a' && lower(c) <= 'z';
}

static bool
among(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++) {
		if (str_eq(names[i], name))
			return true;
	}
	return false;
}

static void
name_begin(char name[TEMPLATE_PLACE_NAME], char c)
{
	memset(name, 0, TEMPLATE_PLACE_NAME);
	name[0] = lower(c);
}

static void
name_add(char name[TEMPLATE_PLACE_NAME], char c)
{
	size_t n = strlen(name);

	if (n + 1 < TEMPLATE_PLACE_NAME)
		name[n] = lower(c);
}

static void
tag_begin(struct template_place *p, char c, bool closing)
{
	p->state = PLACE_TAG_NAME;
	p->closing = closing;
	p->refresh = false;
	p->content = false;
	memset(p->rel, 0, sizeof(p->rel));
	name_begin(p->tag, c);
}

static void
tag_end(struct template_place *p)
{
	p->match = 0;
	p->escape = 0;
	p->state = PLACE_TEXT;
	template_hidden_tag(&p->hidden, p->tag, p->closing);
	if (p->closing)
		return;
	if (among(raw_tags, sizeof(raw_tags) / sizeof(*raw_tags), p->tag)) {
		p->state = PLACE_RAW;
	} else if (among(title_tags, sizeof(title_tags) / sizeof(*title_tags),
		       p->tag)) {
		p->state = PLACE_TITLE;
	}
}

static void
step_markup(struct template_place *p, char c)
{
	if (p->state == PLACE_MARKUP && c == '-') {
		p->state = PLACE_MARKUP_DASH;
	} else if (p->state == PLACE_MARKUP_DASH && c == '-') {
		p->state = PLACE_COMMENT;
		p->match = 2; /* "<!-->" is a whole comment */
		p->body = false;
	} else {
		p->state = c == '>' ? PLACE_TEXT : PLACE_BOGUS;
	}
}

/* Ended by "-->", and by "--!>" once it has begun. */
static void
step_comment(struct template_place *p, char c)
{
	bool bang = p->match == SIZE_MAX;

	if (c == '>' && p->match >= 2) {
		p->state = PLACE_TEXT;
	} else if (c == '-') {
		p->match = bang ? 1 : p->match + 1;
	} else {
		p->match = c == '!' && p->match >= 2 && p->body && !bang
			       ? SIZE_MAX
			       : 0;
		p->body = true;
	}
}

static void
step_escape(struct template_place *p, char c)
{
	size_t least = p->escape < ESCAPE_COMMENT ? 0 : ESCAPE_COMMENT;

	if (escape[p->escape] == lower(c)) {
		p->escape++;
	} else {
		p->escape = least + (c == '<');
	}
}

/* In <title>, <style> and their like only their own end tag ends them. */
static void
step_raw(struct template_place *p, char c)
{
	size_t n = p->match;

	if (str_eq(p->tag, "script") && p->escape < ESCAPE_ALL)
		step_escape(p, c);
	if (p->escape < ESCAPE_ALL && n >= 2 && p->tag[n - 2] == '\0' &&
	    (is_space(c) || c == '/' || c == '>')) {
		p->closing = true;
		p->state = PLACE_TAG;
		if (c == '>')
			tag_end(p);
		return;
	}
	if ((n == 1 && c == '/') || (n >= 2 && p->tag[n - 2] == lower(c))) {
		p->match++;
	} else {
		p->match = c == '<';
	}
}

static void
step_open(struct template_place *p, char c)
{
	bool end = p->state == PLACE_END_OPEN;

	if (is_letter(c)) {
		tag_begin(p, c, end);
	} else if (end) {
		p->state = c == '>' ? PLACE_TEXT : PLACE_BOGUS;
	} else if (c == '/') {
		p->state = PLACE_END_OPEN;
	} else if (c == '!') {
		p->state = PLACE_MARKUP;
	} else if (c == '?') {
		p->state = PLACE_BOGUS;
	} else if (c != '<') {
		p->state = PLACE_TEXT;
	}
}

/* The name of an attribute is complete. */
static void
attribute_end(struct template_place *p)
{
	p->refresh |= str_eq(p->attribute, "http-equiv");
	template_hidden_attribute(&p->hidden, p->attribute);
}

/* In a tag, outside of values. */
static void
step_tag(struct template_place *p, char c)
{
	enum template_place_state was = p->state;

	if (was == PLACE_ATTRIBUTE_NAME &&
	    (is_space(c) || c == '=' || c == '/' || c == '>'))
		attribute_end(p);
	if (c == '>') {
		tag_end(p);
	} else if (c == '/') {
		p->state = PLACE_TAG;
	} else if (is_space(c)) {
		p->state =
		    was == PLACE_ATTRIBUTE_NAME || was == PLACE_AFTER_NAME
			? PLACE_AFTER_NAME
			: PLACE_TAG;
	} else if (was == PLACE_TAG_NAME) {
		name_add(p->tag, c);
	} else if (c == '=' && was != PLACE_TAG) {
		p->state = PLACE_BEFORE_VALUE;
	} else if (was == PLACE_ATTRIBUTE_NAME) {
		name_add(p->attribute, c);
	} else {
		p->state = PLACE_ATTRIBUTE_NAME;
		name_begin(p->attribute, c);
	}
}

/* A character of a value, or the one that ends it. */
static void
value_add(struct template_place *p, char c)
{
	if (str_eq(p->attribute, "style"))
		template_hidden_style(&p->hidden, c);
	if (str_eq(p->attribute, "rel") && p->state != PLACE_TAG)
		name_add(p->rel, c);
}

static void
step_value(struct template_place *p, char c)
{
	bool before = p->state == PLACE_BEFORE_VALUE;

	if (before && is_space(c))
		return;
	if (c == '>') {
		tag_end(p);
	} else if (before && (c == '"' || c == '\'')) {
		p->state = c == '"' ? PLACE_DOUBLE_QUOTED : PLACE_SINGLE_QUOTED;
		p->fresh = true;
	} else {
		p->state = is_space(c) ? PLACE_TAG : PLACE_UNQUOTED;
		value_add(p, c);
	}
}

static void
step_quoted(struct template_place *p, char c)
{
	if (c == (p->state == PLACE_DOUBLE_QUOTED ? '"' : '\''))
		p->state = PLACE_TAG;
	p->fresh = false;
	value_add(p, c);
}

static void
step_text(struct template_place *p, char c)
{
	if (p->state == PLACE_BOGUS && c == '>') {
		p->state = PLACE_TEXT;
	} else if (p->state == PLACE_TEXT && c == '<') {
		p->state = PLACE_TAG_OPEN;
	}
}

static void (*const steps[PLACE_STATES])(struct template_place *p, char c) = {
    [PLACE_TEXT] = step_text,
    [PLACE_TAG_OPEN] = step_open,
    [PLACE_END_OPEN] = step_open,
    [PLACE_MARKUP] = step_markup,
    [PLACE_MARKUP_DASH] = step_markup,
    [PLACE_BOGUS] = step_text,
    [PLACE_COMMENT] = step_comment,
    [PLACE_TAG_NAME] = step_tag,
    [PLACE_TAG] = step_tag,
    [PLACE_ATTRIBUTE_NAME] = step_tag,
    [PLACE_AFTER_NAME] = step_tag,
    [PLACE_BEFORE_VALUE] = step_value,
    [PLACE_DOUBLE_QUOTED] = step_quoted,
    [PLACE_SINGLE_QUOTED] = step_quoted,
    [PLACE_UNQUOTED] = step_value,
    [PLACE_TITLE] = step_raw,
    [PLACE_RAW] = step_raw,
};

void
template_place_feed(struct template_place *place, const char *text, size_t len)
{
	for (size_t i = 0; i < len; i++)
		steps[place->state](place, text[i]);
}

static bool
is_quoted(const struct template_place *place)
{
	return place->state == PLACE_DOUBLE_QUOTED ||
	       place->state == PLACE_SINGLE_QUOTED;
}

void
template_place_value(struct template_place *place)
{
	place->fresh = false;
	place->content |= is_quoted(place) && str_eq(place->tag, "meta") &&
			  str_eq(place->attribute, "content");
}

static const char *
attribute_refuses(const struct template_place *p, enum template_type type)
{
	const struct template_attribute attribute = {
	    p->tag, p->attribute, p->rel, p->fresh, p->refresh};

	return template_attribute_refuses(&attribute, type);
}

const char *
template_place_refuses(
    const struct template_place *place, enum template_type type)
{
	switch ((int)place->state) {
	case PLACE_TEXT: return NULL;
	case PLACE_DOUBLE_QUOTED:
	case PLACE_SINGLE_QUOTED: return attribute_refuses(place, type);
	case PLACE_TITLE:
		if (type == TEMPLATE_TYPE_HTML) {
			return "with tags inside <title> or <textarea>: use it "
			       "without the filter";
		}
		return place->match > 0 ? IN_TAG : NULL;
	case PLACE_RAW:
		return "inside <style>, <script> or the like: write it out";
	case PLACE_BOGUS:
	case PLACE_MARKUP:
	case PLACE_MARKUP_DASH:
	case PLACE_COMMENT:
		return "inside a comment or declaration: take it out, or write "
		       "{{! a comment }}";
	case PLACE_BEFORE_VALUE:
	case PLACE_UNQUOTED:
		return "inside an attribute without quotes: put quotes around "
		       "the attribute";
	default: return IN_TAG;
	}
}

bool
template_place_link(const struct template_place *place)
{
	return is_quoted(place) && template_attribute_link(place->attribute);
}

bool
template_place_refreshes(const struct template_place *place)
{
	return place->content && place->refresh;
}

bool
template_place_shows(
    const struct template_place *place, enum template_type type)
{
	if (place->hidden.depth > 0 || place->hidden.next)
		return false;
	if (place->state == PLACE_TEXT)
		return true;
	return type == TEMPLATE_TYPE_HOLE_URL && template_place_link(place) &&
	       str_eq(place->attribute, "href") &&
	       (str_eq(place->tag, "a") || str_eq(place->tag, "area"));
}

bool
template_place_same(
    const struct template_place *a, const struct template_place *b)
{
	enum template_place_state state = a->state;

	if (b->state != state)
		return false;
	if (state >= PLACE_TAG_NAME &&
	    (!str_eq(a->tag, b->tag) || a->closing != b->closing))
		return false;
	if (state >= PLACE_ATTRIBUTE_NAME && state <= PLACE_UNQUOTED)
		return str_eq(a->attribute, b->attribute);
	return (state != PLACE_COMMENT && state < PLACE_TITLE) ||
	       (a->match == b->match && a->escape == b->escape);
}
