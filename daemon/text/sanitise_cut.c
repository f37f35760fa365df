/* SPDX-License-Identifier: ISC */
#include "text/sanitise_cut.h"

#include "text/sanitise_plan.h"

#include <string.h>

#define NAME_SIZE 16 /* of the longest, "figcaption" */
#define LEFT_OUT  "<p>…</p>"

/* A place where the HTML may end, and what is open there. */
struct place {
	size_t at;
	size_t depth;
	char open[SANITISE_STEPS][NAME_SIZE];
	size_t ends; /* bytes of the end tags of those */
};

static bool
is_block(const char *name)
{
	return !str_eq(name, "a") && !str_eq(name, "strong");
}

/* Takes the tag at a '<'; returns what is behind it. Sets whether it has
 * closed a block. */
static const char *
take_tag(struct place *place, const char *at, bool *closed)
{
	const char *end = strchr(at, '>');
	bool closes = at[1] == '/';
	const char *name = at + (closes ? 2 : 1);
	size_t n = strcspn(name, " >");

	*closed = false;
	if (closes && place->depth > 0) {
		place->depth--;
		place->ends -= strlen("</>") + n;
		*closed = is_block(place->open[place->depth]);
	} else if (!closes && n < NAME_SIZE && place->depth < SANITISE_STEPS &&
		   !str_starts(name, "br>") && !str_starts(name, "img ")) {
		memcpy(place->open[place->depth], name, n);
		place->open[place->depth][n] = '\0';
		place->depth++;
		place->ends += strlen("</>") + n;
	}
	return end != NULL ? end + 1 : at + strlen(at);
}

static bool
fits(const struct place *place, size_t most)
{
	return place->at + place->ends + strlen(LEFT_OUT) <= most;
}

/* The last end of a block that is within the limit; where there is none, the
 * last end of a word. */
static void
find_end(struct place *end, const char *html, size_t most)
{
	struct place word = {.at = 0};
	struct place here = {.at = 0};
	const char *at = html;

	while (*at != '\0' && (size_t)(at - html) <= most) {
		bool closed = false;

		if (*at == '<') {
			at = take_tag(&here, at, &closed);
		} else if (*at == ' ' && here.depth > 0) {
			here.at = (size_t)(at - html);
			if (fits(&here, most))
				word = here;
			at++;
		} else {
			at++;
		}
		here.at = (size_t)(at - html);
		if (closed && fits(&here, most))
			*end = here;
	}
	if (end->at == 0)
		*end = word;
}

bool
sanitise_cut(struct str *out, const char *html, size_t most)
{
	struct place end = {.at = 0};

	if (strlen(html) <= most) {
		str_add(out, html);
		return false;
	}
	find_end(&end, html, most);
	if (end.at == 0)
		return true;
	str_add_bytes(out, html, end.at);
	while (end.depth > 0)
		str_addf(out, "</%s>", end.open[--end.depth]);
	str_add(out, LEFT_OUT);
	return true;
}
