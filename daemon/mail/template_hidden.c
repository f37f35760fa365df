/* SPDX-License-Identifier: ISC */
#include "mail/template_hidden.h"

#include "base/str.h"

#include <string.h>

/* Elements without content and without an end tag. */
static const char *const empty[] = {"area", "base", "br", "col", "embed", "hr",
    "img", "input", "link", "meta", "param", "source", "track", "wbr"};

static bool
is_empty(const char *tag)
{
	for (size_t i = 0; i < sizeof(empty) / sizeof(*empty); i++) {
		if (str_eq(empty[i], tag))
			return true;
	}
	return false;
}

void
template_hidden_attribute(struct template_hidden *hidden, const char *name)
{
	hidden->next |= str_eq(name, "hidden");
	hidden->style[0] = '\0';
}

void
template_hidden_style(struct template_hidden *hidden, char c)
{
	size_t n = strlen(hidden->style);

	if (c == ' ' || c == '\t' || c == '\n')
		return;
	if (n + 1 == sizeof(hidden->style)) {
		memmove(hidden->style, hidden->style + 1, n);
		n--;
	}
	if (c >= 'A' && c <= 'Z')
		c = (char)(c | 0x20);
	hidden->style[n] = c;
	hidden->style[n + 1] = '\0';
	hidden->next |= str_ends(hidden->style, "display:none") ||
			str_ends(hidden->style, "visibility:hidden");
}

void
template_hidden_tag(
    struct template_hidden *hidden, const char *tag, bool closing)
{
	bool next = hidden->next || str_eq(tag, "template");
	bool same = hidden->depth > 0 && str_eq(hidden->tag, tag);

	hidden->next = false;
	hidden->style[0] = '\0';
	/* A paragraph ends where the next one begins. */
	if (same && (closing || str_eq(tag, "p"))) {
		hidden->depth--;
		same = false;
	}
	if (closing || is_empty(tag))
		return;
	if (same) {
		hidden->depth++;
	} else if (next && hidden->depth == 0) {
		str_cut(hidden->tag, sizeof(hidden->tag), tag);
		hidden->depth = 1;
	}
}
