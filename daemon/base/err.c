/* SPDX-License-Identifier: ISC */
#include "base/err.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>

/* Leaves the cause at least half of a message. */
#define HEAD_SIZE 181

static const struct {
	int exit_status;
	unsigned http_status;
} meanings[ERR_CODES] = {
    [ERR_NONE] = {EX_OK, 200},
    [ERR_USAGE] = {EX_USAGE, 400},
    [ERR_INPUT] = {EX_DATAERR, 400},
    [ERR_NOTFOUND] = {EX_NOINPUT, 404},
    [ERR_CONFIG] = {EX_CONFIG, 500},
    [ERR_DENIED] = {EX_NOPERM, 500},
    [ERR_BUSY] = {EX_TEMPFAIL, 503},
    [ERR_TEMP] = {EX_TEMPFAIL, 503},
    [ERR_PERM] = {EX_UNAVAILABLE, 422},
    [ERR_DATA] = {EX_IOERR, 500},
    [ERR_SYSTEM] = {EX_OSERR, 500},
};

/* A text cut at some byte may end in part of a UTF-8 letter, which would
 * spoil the JSON or the page that shows it. */
static void
drop_part(char *text)
{
	size_t n = strlen(text);
	size_t lead = n;
	unsigned char c;
	size_t want;

	while (lead > 0 && n - lead < 3 &&
	       ((unsigned char)text[lead - 1] & 0xc0) == 0x80)
		lead--;
	if (lead == 0)
		return;
	c = (unsigned char)text[lead - 1];
	want = c >= 0xf0 ? 4 : c >= 0xe0 ? 3 : c >= 0xc0 ? 2 : 1;
	if (n - (lead - 1) < want)
		text[lead - 1] = '\0';
}

int
err_set(struct err *err, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	err->code = code;
	va_start(ap, fmt);
	vsnprintf(err->msg, sizeof(err->msg), fmt, ap);
	va_end(ap);
	drop_part(err->msg);
	return -1;
}

/* A message too long to keep loses its end, never its beginning. */
static void __attribute__((format(printf, 2, 0)))
prefix(struct err *err, const char *fmt, va_list ap)
{
	char head[HEAD_SIZE];
	char tail[sizeof(err->msg)];
	size_t n;
	size_t len;

	memcpy(tail, err->msg, sizeof(tail));
	vsnprintf(head, sizeof(head), fmt, ap);
	drop_part(head);
	n = (size_t)snprintf(err->msg, sizeof(err->msg), "%s: ", head);
	len = strlen(tail);
	if (len > sizeof(err->msg) - 1 - n)
		len = sizeof(err->msg) - 1 - n;
	memcpy(err->msg + n, tail, len);
	err->msg[n + len] = '\0';
	drop_part(err->msg);
}

int
err_wrap(struct err *err, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	prefix(err, fmt, ap);
	va_end(ap);
	return -1;
}

static enum err_code
code_of_errno(int number)
{
	switch (number) {
	case ENOENT:
	case ENOTDIR: return ERR_NOTFOUND;
	case EACCES:
	case EPERM:
	case EROFS: return ERR_DENIED;
	case EAGAIN:
	case EINTR: return ERR_TEMP;
	default: return ERR_SYSTEM;
	}
}

int
err_errno(struct err *err, const char *fmt, ...)
{
	int number = errno;
	va_list ap;

	err_set(err, code_of_errno(number), "%s", strerror(number));
	va_start(ap, fmt);
	prefix(err, fmt, ap);
	va_end(ap);
	return -1;
}

int
err_exit_status(enum err_code code)
{
	return meanings[code].exit_status;
}

unsigned
err_http_status(enum err_code code)
{
	return meanings[code].http_status;
}
