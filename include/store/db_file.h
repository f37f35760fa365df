/* SPDX-License-Identifier: ISC */
/*
 * db_file - the file that a database is, before the engine has it.
 */
#ifndef NASHRA_STORE_DB_FILE_H
#define NASHRA_STORE_DB_FILE_H

#include "base/err.h"

#include <stdbool.h>

/* It is there, or is made, for its owner alone. ERR_NOTFOUND where it is not
 * to be made; ":memory:" is always there. */
int db_file_find(const char *path, bool create, struct err *err);
/* On a disk that has little room left, 32 MiB. */
bool db_file_cramped(const char *path);

#endif
