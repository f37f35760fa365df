/* SPDX-License-Identifier: ISC */
#include "text/html.h"

#include "text/bidi.h"
#include "text/link.h"
#include "text/tree.h"

#include <stdbool.h>
#include <string.h>

/* A bullet, or the blank line between two letters. */
#define WORK_MAX ((size_t)5 * TREE_MAX)

struct reader {
	struct str *out;
	size_t pre;   /* how many of the open elements are <pre> ... */
	size_t items; /* ... and how many list items */
	int newlines; /* owed before the next word */
	bool space;
	bool bullet;
	size_t words;     /* so far ... */
	size_t link_from; /* ... and where the link began */
	struct str href;  /* of the link that is open, "" for none */
	struct str urls;  /* owed after this block, each behind a newline */
	bool linked;      /* URLs are wanted */
};

static void
owe(struct reader *reader, int newlines)
{
	if (reader->newlines < newlines)
		reader->newlines = newlines;
}

/* A URL has a line of its own: among Arabic words it would be turned about. */
static void
put_urls(struct reader *reader)
{
	if (reader->urls.len > 0)
		str_add(reader->out, reader->urls.data);
	str_reset(&reader->urls);
}

/* Both ends of an element part it from what is around it. Lists are tight:
 * what is in an item stands on lines, without blank ones. */
static void
part(struct reader *reader, enum tree_role role)
{
	/* clang-format off */
	static const int newlines[] = {
		[TREE_BLOCK] = 2, [TREE_PRE] = 2, [TREE_LINE] = 1,
		[TREE_ITEM] = 1, [TREE_BREAK] = 0};
	/* clang-format on */

	if (role == TREE_CELL) {
		reader->space = true;
	} else if (role < sizeof(newlines) / sizeof(*newlines)) {
		if (newlines[role] > 0)
			put_urls(reader);
		owe(reader, reader->items > 0 && newlines[role] > 1
				? 1
				: newlines[role]);
	}
}

/* Room between what is there and the word that comes. */
static void
settle(struct reader *reader)
{
	if (reader->out->len > 0) {
		if (reader->newlines > 0) {
			str_add(
			    reader->out, reader->newlines > 1 ? "\n\n" : "\n");
		} else if (reader->space) {
			str_add(reader->out, " ");
		}
	}
	if (reader->bullet)
		str_add(reader->out, "* ");
	reader->newlines = 0;
	reader->space = false;
	reader->bullet = false;
}

static void
begin_link(struct reader *reader, const struct tree_element *element)
{
	const char *href = tree_attribute(element, "href");

	str_reset(&reader->href);
	reader->link_from = reader->words;
	if (href != NULL && link_clean(&reader->href, href, LINK_PAGE) &&
	    str_starts(reader->href.data, "mailto:")) {
		size_t scheme = strlen("mailto:");

		reader->href.len -= scheme;
		memmove(reader->href.data, reader->href.data + scheme,
		    reader->href.len + 1);
	}
}

static bool
ends_in(const struct str *text, const struct str *end)
{
	return text->len >= end->len &&
	       memcmp(text->data + text->len - end->len, end->data, end->len) ==
		   0;
}

/* A picture's link has no words; one whose words are its URL says it. */
static void
end_link(struct reader *reader)
{
	if (reader->href.len > 0 && reader->words > reader->link_from &&
	    !ends_in(reader->out, &reader->href) &&
	    !ends_in(&reader->urls, &reader->href))
		str_addf(&reader->urls, "\n%s", reader->href.data);
	str_reset(&reader->href);
}

static bool
is_link(const struct reader *reader, const struct tree_element *element)
{
	return reader->linked && str_eq(element->name, "a");
}

static void
on_start(void *arg, const struct tree_element *element)
{
	struct reader *reader = arg;

	part(reader, element->role);
	if (element->role == TREE_BREAK) {
		owe(reader, reader->newlines + 1);
	} else if (element->role == TREE_ITEM) {
		reader->bullet = true;
		reader->items++;
	} else if (element->role == TREE_PRE) {
		reader->pre++;
	} else if (is_link(reader, element)) {
		begin_link(reader, element);
	}
}

static void
on_end(void *arg, const struct tree_element *element)
{
	struct reader *reader = arg;

	part(reader, element->role);
	if (element->role == TREE_ITEM) {
		reader->bullet = false;
		reader->items -= reader->items > 0;
	} else if (element->role == TREE_PRE && reader->pre > 0) {
		reader->pre--;
	} else if (is_link(reader, element)) {
		end_link(reader);
	}
}

/* A word of marks that came as entities, "&#8238;", is none: it would leave
 * room around nothing. */
static void
add_word(struct reader *reader, const char *word, size_t n)
{
	struct str clean;

	str_init(&clean, WORK_MAX);
	bidi_clean_run(&clean, word, n);
	if (clean.len > 0) {
		settle(reader);
		str_add_bytes(reader->out, clean.data, clean.len);
		reader->words++;
	}
	if (clean.bad)
		reader->out->bad = true;
	str_release(&clean);
}

/* How many bytes of white space there are at a point: the usual, U+00A0,
 * U+2028 and U+2029. */
static size_t
space_at(const char *at, const char *end)
{
	if (*at == ' ' || *at == '\t' || *at == '\n' || *at == '\r')
		return 1;
	if (end - at > 1 && memcmp(at, "\u00a0", 2) == 0)
		return 2;
	if (end - at > 2 &&
	    (memcmp(at, "\u2028", 3) == 0 || memcmp(at, "\u2029", 3) == 0))
		return 3;
	return 0;
}

/* Words apart by white space; a no-break space is one too, since editors fill
 * empty paragraphs with it. */
static void
on_text(void *arg, const char *text, size_t n)
{
	struct reader *reader = arg;
	const char *at = text;
	const char *end = at + n;

	while (at < end) {
		size_t space = space_at(at, end);
		const char *word = at;

		if (space > 0) {
			reader->space = true;
			if (*at == '\n' && reader->pre > 0)
				owe(reader, reader->newlines + 1);
			at += space;
			continue;
		}
		while (at < end && space_at(at, end) == 0)
			at++;
		add_word(reader, word, (size_t)(at - word));
	}
}

static int
to_text(
    struct str *out, const char *html, size_t len, bool linked, struct err *err)
{
	struct str text;
	struct reader reader = {.out = &text, .linked = linked};
	const struct tree_reader walker = {&reader, on_start, on_end, on_text};
	int rc;

	str_init(&text, WORK_MAX);
	str_init(&reader.href, LINK_MAX);
	str_init(&reader.urls, WORK_MAX);
	rc = tree_read(&walker, html, len, err);
	put_urls(&reader);
	/* Once more: a letter and its mark may have come in two pieces. */
	if (rc == 0)
		bidi_clean(out, text.data, text.len);
	if (rc == 0 && (text.bad || reader.urls.bad || out->bad)) {
		rc =
		    err_set(err, ERR_INPUT, "the text of the HTML is too long");
	}
	str_release(&text);
	str_release(&reader.href);
	str_release(&reader.urls);
	return rc;
}

int
html_to_text(struct str *out, const char *html, size_t len, struct err *err)
{
	return to_text(out, html, len, false, err);
}

int
html_to_text_linked(
    struct str *out, const char *html, size_t len, struct err *err)
{
	return to_text(out, html, len, true, err);
}
