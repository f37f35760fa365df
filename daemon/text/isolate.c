/* SPDX-License-Identifier: ISC */
#include "text/isolate.h"

#include <stdbool.h>
#include <string.h>

#define DIGITS  "0123456789"
#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define ALNUM   DIGITS LETTERS
/* Signs of the sentence around a word, not of the word. */
#define BEFORE "\"'([{<"
#define AFTER  "\"')]}>.,:;!?"

/* Stand for the tags of a span until the rest is escaped: clean text holds no
 * control characters. */
#define OPEN  '\x02'
#define CLOSE '\x03'

static bool
is_one_of(char c, const char *set)
{
	return c != '\0' && strchr(set, c) != NULL;
}

static size_t
visible_ascii(const char *text)
{
	size_t n = 0;

	while (text[n] > ' ' && text[n] < '\x7f')
		n++;
	return n;
}

/* How long the number is that "+963" begins, with the groups behind it. */
static size_t
number_length(const char *text, size_t n)
{
	size_t more;

	while (is_one_of(text[n], " -") &&
	       (more = strspn(text + n + 1, DIGITS)) > 0)
		n += 1 + more;
	return n;
}

/* A Latin word, or a number in full, with a sign at one of its ends. */
static bool
needs_span(const char *word, size_t n)
{
	if (n == 0 ||
	    (is_one_of(word[0], ALNUM) && is_one_of(word[n - 1], ALNUM)))
		return false;
	if (word[0] == '+' && is_one_of(word[1], DIGITS))
		return true;
	for (size_t i = 0; i < n; i++) {
		if (is_one_of(word[i], LETTERS))
			return true;
	}
	return false;
}

/* "90+4": after Arabic letters each number would have a side of the sign to
 * itself, the first on the right (UAX 9 W2, W4). */
static bool
is_sum(const char *word, size_t n)
{
	size_t first = strspn(word, DIGITS);

	return first > 0 && first < n && word[first] == '+' &&
	       strspn(word, DIGITS "+") >= n && is_one_of(word[n - 1], DIGITS);
}

/* How long a name is that ends in an initial, "Sara A."; else 0, and none of
 * the words up to `plain` begins one. The stop is the name's, and no end of a
 * sentence. */
static size_t
initial_length(const char *text, const char **plain)
{
	size_t found = 0;
	size_t at = 0;

	if (text < *plain)
		return 0;
	while (is_one_of(text[at], LETTERS)) {
		size_t n = strspn(text + at, LETTERS "'-");
		bool initial = n == 1 && text[at + 1] == '.';

		n += initial;
		found = initial && at > 0 ? at + n : 0;
		at += n;
		if (text[at] != ' ')
			break;
		at++;
	}
	*plain = text + at;
	return found;
}

/* Marks the words that need a span of their own. */
static void
mark(struct str *out, const char *text)
{
	const char *plain = text;

	while (*text != '\0') {
		size_t n = visible_ascii(text);
		size_t lead = strspn(text, BEFORE);
		size_t name;

		if (n == 0) {
			str_add_bytes(out, text++, 1);
			continue;
		}
		str_add_bytes(out, text, lead);
		text += lead;
		n -= lead;
		while (n > 0 && is_one_of(text[n - 1], AFTER))
			n--;
		if (n > 1 && text[0] == '+' && is_one_of(text[1], DIGITS))
			n = number_length(text, n);
		name = initial_length(text, &plain);
		if (name > 0)
			n = name;
		if (name > 0 || needs_span(text, n) || is_sum(text, n)) {
			str_addf(out, "%c%.*s%c", OPEN, (int)n, text, CLOSE);
		} else {
			str_add_bytes(out, text, n);
		}
		text += n;
		n = strspn(text, AFTER);
		str_add_bytes(out, text, n);
		text += n;
	}
}

void
isolate_html(struct str *out, const char *text)
{
	struct str marked;
	char *at;

	str_init(&marked, out->max);
	mark(&marked, text);
	out->bad |= marked.bad;
	at = marked.cap > 0 ? marked.data : NULL;
	while (at != NULL && *at != '\0') {
		size_t n = strcspn(at, "\x02\x03");
		char sign = at[n];

		at[n] = '\0';
		str_add_html(out, at);
		if (sign == '\0')
			break;
		str_add(out, sign == OPEN ? "<span dir=\"ltr\">" : "</span>");
		at += n + 1;
	}
	str_release(&marked);
}
