/* SPDX-License-Identifier: ISC */
#include "base/log.h"

#include "base/str.h"

#include <stdarg.h>
#include <stdio.h>
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
	if (isatty(STDERR_FILENO)) {
		fprintf(stderr, "%s%s%s %s\n", who, *who ? ": " : "", event,
		    fields);
	} else {
		fprintf(stderr, "<%d>%s%s%s %s\n", (int)level, who,
		    *who ? ": " : "", event, fields);
	}
}
