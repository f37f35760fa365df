/* SPDX-License-Identifier: ISC */
#include "base/confscan.h"

#include "base/str.h"

#include <stddef.h>
#include <string.h>

struct scan {
	char *at;
	int line;
	int depth;  /* of braces */
	int brace;  /* line of the outermost open one */
	int opened; /* line of the last text or comment */
};

static void
blank(struct scan *scan, size_t n)
{
	for (; n > 0; n--, scan->at++) {
		if (*scan->at == '\n') {
			scan->line++;
		} else {
			*scan->at = ' ';
		}
	}
}

/* The command and the daemon would read different settings. */
static const char no_variables[] = "'${' is not read from the environment";

/* No way to write a control character, or to leave libconfuse's scanner
 * inside the text. */
static const char bad_escape[] = "only '\"' and '\\' may follow a backslash";

static const char *
scan_quoted(struct scan *scan)
{
	char quote = *scan->at++;

	scan->opened = scan->line;
	for (; *scan->at != quote; scan->at++) {
		if (quote == '"' && str_starts(scan->at, "${"))
			return no_variables;
		if (quote == '"' && *scan->at == '\\' && scan->at[1] != '"' &&
		    scan->at[1] != '\\')
			return bad_escape;
		if (*scan->at == '\\')
			scan->at++;
		if (*scan->at == '\n')
			return "a text must end on the line it begins on";
		if (*scan->at == '\0')
			return "this text has no closing quote";
	}
	scan->at++;
	return NULL;
}

static const char *
scan_comment(struct scan *scan)
{
	const char *end;

	scan->opened = scan->line;
	if (!str_starts(scan->at, "/*")) {
		blank(scan, strcspn(scan->at, "\n"));
		return NULL;
	}
	end = strstr(scan->at + 2, "*/");
	if (end == NULL)
		return "this comment has no end";
	blank(scan, (size_t)(end + 2 - scan->at));
	return NULL;
}

static const char *
scan_bare(struct scan *scan)
{
	size_t n = strcspn(scan->at, " \t\n{}=+,#\"'*()|");

	scan->opened = scan->line;
	if (str_starts(scan->at, "${"))
		return no_variables;
	if (n > 0) {
		scan->at += n;
		return NULL;
	}
	if (strchr("*()|", *scan->at) ||
	    (*scan->at == '+' && scan->at[1] != '='))
		return "a text with such a character needs quotes";
	if (*scan->at == '\n')
		scan->line++;
	if (*scan->at == '{' && scan->depth++ == 0)
		scan->brace = scan->line;
	if (*scan->at == '}')
		scan->depth--;
	scan->at++;
	return NULL;
}

const char *
confscan_blank(char *text, int *line)
{
	struct scan start = {.line = 1};
	struct scan *scan = &start;
	const char *trouble = NULL;

	scan->at = text;
	while (trouble == NULL && *scan->at != '\0') {
		if (*scan->at == '"' || *scan->at == '\'') {
			trouble = scan_quoted(scan);
		} else if (*scan->at == '#' || str_starts(scan->at, "//") ||
			   str_starts(scan->at, "/*")) {
			trouble = scan_comment(scan);
		} else {
			trouble = scan_bare(scan);
		}
	}
	*line = scan->opened;
	if (trouble == NULL && scan->depth > 0) {
		trouble = "this brace is never closed";
		*line = scan->brace;
	}
	return trouble;
}
