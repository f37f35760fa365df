/* SPDX-License-Identifier: ISC */
#include "mail/template_files.h"

#include "base/str.h"

#include <dirent.h>
#include <stdlib.h>
#include <string.h>

void
template_files_free(struct template_files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->name[i]);
	files->count = 0;
}

bool
template_files_add(struct template_files *files, const char *name)
{
	if (files->count == TEMPLATE_FILES)
		return false;
	files->name[files->count] = strdup(name);
	if (files->name[files->count] == NULL)
		return false;
	files->count++;
	return true;
}

bool
template_files_have(const struct template_files *files, const char *name)
{
	for (size_t i = 0; i < files->count; i++) {
		if (str_eq(files->name[i], name))
			return true;
	}
	return false;
}

static int
by_name(const void *a, const void *b)
{
	const char *const *one = a;
	const char *const *other = b;
	size_t n = strlen(*one) + 1;

	return memcmp(
	    *one, *other, n < strlen(*other) + 1 ? n : strlen(*other) + 1);
}

int
template_files_list(
    struct template_files *files, const char *folder, struct err *err)
{
	DIR *all = opendir(folder);
	const struct dirent *entry;
	int rc = 0;

	if (all == NULL)
		return err_errno(err, "folder '%s'", folder);
	while (rc == 0 && (entry = readdir(all)) != NULL) {
		const char *name = entry->d_name;

		if (name[0] == '.' ||
		    (!str_ends(name, ".html") && !str_ends(name, ".txt")) ||
		    template_files_add(files, name))
			continue;
		rc = err_set(err, ERR_INPUT, "more than %d templates in '%s'",
		    TEMPLATE_FILES, folder);
	}
	(void)closedir(all);
	qsort(files->name, files->count, sizeof(*files->name), by_name);
	return rc;
}
