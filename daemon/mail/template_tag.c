/* SPDX-License-Identifier: ISC */
#include "mail/template_tag.h"

#include <string.h>

#define SPACE  " \t\n"
#define SIGILS "#^/>!{&="
/* Sigils whose tag, alone on a line, takes the line with it. */
#define LINE_SIGILS "#^/>!"
#define NAME_MADE                                                              \
	"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.@"

/* A part of a tag. */
struct part {
	const char *text;
	size_t len;
};

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static struct part
trim(struct part part)
{
	while (part.len > 0 && is_one_of(part.text[0], SPACE)) {
		part.text++;
		part.len--;
	}
	while (part.len > 0 && is_one_of(part.text[part.len - 1], SPACE))
		part.len--;
	return part;
}

/* Cuts off and returns what stands before the first `by`; all of it, and a
 * text of NULL is left, where there is none. */
static struct part
cut(struct part *rest, char by)
{
	struct part head = *rest;
	const char *at = memchr(rest->text, by, rest->len);

	if (at == NULL) {
		*rest = (struct part){NULL, 0};
		return head;
	}
	head.len = (size_t)(at - head.text);
	rest->text = at + 1;
	rest->len -= head.len + 1;
	return head;
}

static int
read_word(char out[TEMPLATE_WORD], struct part part, struct template_spot spot,
    struct err *err)
{
	part = trim(part);
	if (part.len == 0) {
		return template_source_fail(
		    err, spot, "a name is missing between the braces");
	}
	if (part.len >= TEMPLATE_WORD) {
		return template_source_fail(err, spot,
		    "a name is longer than %d bytes", TEMPLATE_WORD - 1);
	}
	for (size_t i = 0; i < part.len; i++) {
		unsigned char c = (unsigned char)part.text[i];

		if (is_one_of((char)c, SPACE)) {
			return template_source_fail(err, spot,
			    "a name has no spaces in it: one name between the "
			    "braces, as in {{#name}}");
		}
		if (c < 0x80 && strchr(NAME_MADE, c) == NULL) {
			return template_source_fail(err, spot,
			    "a name is made of letters, digits, '_', '-' and "
			    "'.'");
		}
	}
	memcpy(out, part.text, part.len);
	out[part.len] = '\0';
	return 0;
}

/* Where a tag has its line for itself, it takes that line. */
static void
take_line(struct template_tag *tag)
{
	const char *text = tag->spot.source->text;
	size_t open = tag->open;
	size_t close = tag->close;

	while (open > 0 && is_one_of(text[open - 1], " \t"))
		open--;
	while (is_one_of(text[close], " \t"))
		close++;
	if (text[close] == '\r' && text[close + 1] == '\n')
		close++;
	if ((open > 0 && text[open - 1] != '\n') ||
	    (text[close] != '\n' && text[close] != '\0'))
		return;
	tag->open = open;
	tag->close = close + (text[close] == '\n');
}

int
template_tag_next(struct template_tag *out,
    const struct template_source *source, size_t at, struct err *err)
{
	const char *open = strstr(source->text + at, "{{");
	const char *close;
	struct part inside;

	if (open == NULL)
		return 0;
	*out = (struct template_tag){
	    .spot = {source, (size_t)(open - source->text)}};
	close = strstr(open + 2, "}}");
	if (close == NULL) {
		return template_source_fail(
		    err, out->spot, "'{{' without '}}': close the tag");
	}
	out->open = out->spot.at;
	out->close = (size_t)(close + 2 - source->text);
	inside = trim((struct part){open + 2, (size_t)(close - open - 2)});
	if (inside.len > 0 && is_one_of(inside.text[0], SIGILS)) {
		out->sigil = inside.text[0];
		inside.text++;
		inside.len--;
	}
	out->text = inside.text;
	out->len = inside.len;
	if (is_one_of(out->sigil, LINE_SIGILS))
		take_line(out);
	return 1;
}

int
template_tag_name(
    char out[TEMPLATE_WORD], const struct template_tag *tag, struct err *err)
{
	if (memchr(tag->text, '|', tag->len) != NULL) {
		return template_source_fail(err, tag->spot,
		    "only a value takes a filter: {{name|filter}}");
	}
	if (tag->len > 2 && memcmp(tag->text, "t:", 2) == 0) {
		return template_source_fail(err, tag->spot,
		    "a sentence is no section: it is always there");
	}
	return read_word(
	    out, (struct part){tag->text, tag->len}, tag->spot, err);
}

/* "filter" or "filter:argument" */
static int
read_call(struct template_call *out, struct part part,
    struct template_spot spot, struct err *err)
{
	struct part head = cut(&part, ':');
	char name[TEMPLATE_WORD];

	*out = (struct template_call){.filter = NULL};
	if (read_word(name, head, spot, err) != 0 ||
	    (part.text != NULL &&
		read_word(out->argument, part, spot, err) != 0))
		return -1;
	out->filter = template_filter_find(name);
	if (out->filter == NULL) {
		return template_source_fail(err, spot,
		    "unknown filter '%s': there are %s", name,
		    template_filter_names());
	}
	if (out->argument[0] == '\0' &&
	    !template_filter_argument_ok(out->filter, "")) {
		return template_source_fail(err, spot,
		    "filter '%s' needs an argument: %s", name,
		    template_filter_takes(out->filter));
	}
	if (!template_filter_argument_ok(out->filter, out->argument)) {
		return template_source_fail(err, spot,
		    "filter '%s' does not take '%s': %s", name, out->argument,
		    template_filter_takes(out->filter));
	}
	return 0;
}

int
template_tag_expression(struct template_expression *out,
    const struct template_tag *tag, struct err *err)
{
	struct part rest = {tag->text, tag->len};
	struct part head;

	*out = (struct template_expression){
	    .sentence = tag->len >= 2 && memcmp(tag->text, "t:", 2) == 0};
	if (out->sentence) {
		rest.text += 2;
		rest.len -= 2;
		if (memchr(rest.text, '|', rest.len) != NULL) {
			return template_source_fail(err, tag->spot,
			    "a sentence takes no filter: write {{t:key}}");
		}
		return read_word(out->name, rest, tag->spot, err);
	}
	head = cut(&rest, '|');
	if (read_word(out->name, head, tag->spot, err) != 0)
		return -1;
	while (rest.text != NULL) {
		head = cut(&rest, '|');
		if (out->filters == TEMPLATE_FILTERS) {
			return template_source_fail(err, tag->spot,
			    "more than %d filters at one value",
			    TEMPLATE_FILTERS);
		}
		if (read_call(
			&out->calls[out->filters], head, tag->spot, err) != 0)
			return -1;
		out->filters++;
	}
	return 0;
}
