/* SPDX-License-Identifier: ISC */
/*
 * conffile - small files that must be trusted before they are read.
 */
#ifndef NASHRA_BASE_CONFFILE_H
#define NASHRA_BASE_CONFFILE_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

/* A whole settings file as UTF-8 text, for the caller to free: CRLF and a
 * byte order mark are blanked, control characters are an error. Refuses a
 * file that others may write. Messages begin with "FILE: " or "FILE:LINE: ". */
int conffile_read(char **out, const char *path, struct err *err);

/* The text of a file, at most `size` - 1 bytes, its last newline dropped.
 * Refuses a file that others than its owner and root may read. Messages leave
 * the path to the caller. */
struct conffile_kind {
	bool guarded; /* its folder keeps others out */
	bool lines;   /* may be of several lines, as a key is */
};
int conffile_secret(char *out, size_t size, const char *path,
    const struct conffile_kind *kind, struct err *err);

/* Writes a new file, mode 0640, whole or not at all. 1 where it was written,
 * 0 where one exists. */
int conffile_create(
    const char *path, const char *text, size_t len, struct err *err);

#endif
