/* SPDX-License-Identifier: ISC */
#include "mail/trace.h"

#include "base/str.h"
#include "mail/reply.h"

#include <stdio.h>
#include <string.h>

#define LINE_SIZE 1024 /* longer ones are cut */

static trace_fn *sink;
static void *sink_arg;
static unsigned sessions;

void
trace_to(trace_fn *fn, void *arg)
{
	sink = fn;
	sink_arg = arg;
	sessions = 0;
}

bool
trace_on(void)
{
	return sink != NULL;
}

static void
show(const struct trace *trace, char side, const char *bytes, size_t len)
{
	char line[LINE_SIZE] = {side, ' '};

	reply_clean(line + 2, sizeof(line) - 2, bytes, len);
	sink(sink_arg, trace->session, line);
}

static void
show_text(const struct trace *trace, char side, const char *text)
{
	show(trace, side, text, strlen(text));
}

static void
show_body(struct trace *trace)
{
	char text[40];

	snprintf(text, sizeof(text), "[%zu octets]", trace->body);
	trace->body = 0;
	show_text(trace, '>', text);
}

/* RFC 4954 4: AUTH, the mechanism, perhaps a first response; then responses
 * alone, until a reply that is not 334. All but the first two is masked. */
static void
show_ours(struct trace *trace, const char *line, size_t len)
{
	static const char command[] = "AUTH ";
	size_t word = strlen(command);
	char text[64];

	if (trace->secret) {
		show_text(trace, '>', "[secret]");
		return;
	}
	if (len <= word || !str_starts_ci(line, command)) {
		show(trace, '>', line, len);
		return;
	}
	trace->secret = true;
	while (word < len && line[word] != ' ')
		word++;
	snprintf(text, sizeof(text), "%.*s%s", word < 40 ? (int)word : 40, line,
	    word < len ? " [secret]" : "");
	show_text(trace, '>', text);
}

static void
show_theirs(struct trace *trace, const char *line, size_t len)
{
	bool challenge = len >= 3 && memcmp(line, "334", 3) == 0;

	if (trace->secret && challenge) {
		show_text(trace, '<', "334 [secret]");
		return;
	}
	/* The last line of the reply that ends a login. */
	if (len < 4 || line[3] != '-')
		trace->secret = false;
	show(trace, '<', line, len);
}

void
trace_begin(struct trace *trace, const char *where)
{
	if (sink == NULL)
		return;
	*trace = (struct trace){.session = ++sessions};
	show_text(trace, '*', where);
}

void
trace_lines(struct trace *trace, char side, const char *bytes, size_t len)
{
	if (sink == NULL || trace->session == 0)
		return;
	if (trace->body > 0)
		show_body(trace);
	while (len > 0) {
		const char *lf = memchr(bytes, '\n', len);
		size_t n = lf != NULL ? (size_t)(lf - bytes) + 1 : len;
		size_t shown = n - (lf != NULL);

		shown -= shown > 0 && bytes[shown - 1] == '\r';
		if (side == '>') {
			show_ours(trace, bytes, shown);
		} else if (side == '<') {
			show_theirs(trace, bytes, shown);
		} else {
			show(trace, side, bytes, shown);
		}
		bytes += n;
		len -= n;
	}
}

void
trace_body(struct trace *trace, size_t octets)
{
	trace->body += octets;
}

void
trace_end(struct trace *trace, const char *why)
{
	if (sink == NULL || trace->session == 0)
		return;
	if (trace->body > 0)
		show_body(trace);
	show_text(trace, '*', why);
	trace->session = 0;
}
