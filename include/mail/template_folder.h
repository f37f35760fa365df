/* SPDX-License-Identifier: ISC */
/*
 * template_folder - all templates of a folder, checked.
 *
 * Which file is of which kind is told by its name (mail/template_names.h);
 * the others are partials, and checked where a template uses them.
 */
#ifndef NASHRA_MAIL_TEMPLATE_FOLDER_H
#define NASHRA_MAIL_TEMPLATE_FOLDER_H

#include "base/err.h"

#include <stddef.h>

/* What is wrong, and where. */
struct template_finding {
	const char *file;
	unsigned line;
	unsigned column;
	const char *what;
};

/* Checks the templates and the catalogue in `folder` itself or, where it has
 * them, in its folders "ar" and "en"; partials and sentences that are not there
 * are looked for in `shipped`. A file that nothing reads, with a name that is
 * nearly that of a template, is an error too. `found` is told of each error
 * once, file by file. ERR_NOTFOUND where there is neither; *files is how many
 * templates there were. */
int template_folder_check(const char *folder, const char *shipped,
    void (*found)(const struct template_finding *finding, void *arg), void *arg,
    size_t *files, struct err *err);

#endif
