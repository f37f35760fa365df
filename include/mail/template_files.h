/* SPDX-License-Identifier: ISC */
/*
 * template_files - the names of the templates in a folder, in their order.
 *
 * For mail/template_folder.c alone.
 */
#ifndef NASHRA_MAIL_TEMPLATE_FILES_H
#define NASHRA_MAIL_TEMPLATE_FILES_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>

#define TEMPLATE_FILES 1000 /* in one folder */

/* All zero: empty. */
struct template_files {
	char *name[TEMPLATE_FILES];
	size_t count;
};

/* What ends in .html or .txt; ERR_INPUT where there is more than has room. */
int template_files_list(
    struct template_files *files, const char *folder, struct err *err);
/* False where there is no room left for it. */
bool template_files_add(struct template_files *files, const char *name);
bool template_files_have(const struct template_files *files, const char *name);
void template_files_free(struct template_files *files);

#endif
