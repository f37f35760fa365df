/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static enum log_level limit = LOG_INFO;
static char who[16];

void
log_limit(enum log_level level)
{
	limit = level;
}

void
log_prefix(const char *role)
{
	(void)str_fit(who, sizeof(who), role);
}

static bool
in_address(char c)
{
	return c != '\0' && strchr(" \t<>()[],;:=/\"'?", c) == NULL;
}

/* A server's answer may name whom it is about: "*@*" stands for them, which is
 * never longer. */
static void
hide_addresses(char *text)
{
	const char *from = text;
	char *to = text;

	while (*from != '\0') {
		char *local = to;

		while (*from == '@' && local > text && in_address(local[-1]))
			local--;
		if (local == to || !in_address(from[1])) {
			*to++ = *from++;
			continue;
		}
		to = local;
		*to++ = '*';
		*to++ = '@';
		*to++ = '*';
		while (in_address(*from))
			from++;
	}
	*to = '\0';
}

/* A person reads no syslog levels. */
static bool
to_person(void)
{
	static int person = -1; /* not asked yet */

	if (person < 0)
		person = isatty(STDERR_FILENO);
	return person;
}

void
log_line(enum log_level level, const char *event, const char *fmt, ...)
{
	char fields[768];
	va_list ap;

	if (level > limit)
		return;
	va_start(ap, fmt);
	vsnprintf(fields, sizeof(fields), fmt, ap);
	va_end(ap);
	for (char *p = fields; *p != '\0'; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	}
	hide_addresses(fields);
	if (to_person()) {
		fprintf(stderr, "%s%s%s %s\n", who, *who ? ": " : "", event,
		    fields);
	} else {
		fprintf(stderr, "<%d>%s%s%s %s\n", (int)level, who,
		    *who ? ": " : "", event, fields);
	}
}
