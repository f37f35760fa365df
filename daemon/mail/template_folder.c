/* SPDX-License-Identifier: ISC */
#include "mail/template_folder.h"

#include "base/codec.h"
#include "base/str.h"
#include "mail/template.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_SIZE 4096
#define FILES_MAX 1000

struct names {
	char *name[FILES_MAX];
	size_t count;
};

struct check {
	void (*found)(const struct template_finding *finding, void *arg);
	void *arg;
	const char *folder; /* the one that is looked at */
	struct names files;
	bool used[FILES_MAX];
	struct names told; /* the messages so far: partials come again */
	bool ours_only;    /* what is wrong elsewhere is not asked for */
};

static void
names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->name[i]);
	names->count = 0;
}

/* False where there is no room left for it. */
static bool
names_add(struct names *names, const char *name)
{
	if (names->count == FILES_MAX)
		return false;
	names->name[names->count] = strdup(name);
	if (names->name[names->count] == NULL)
		return false;
	names->count++;
	return true;
}

static bool
names_have(const struct names *names, const char *name)
{
	for (size_t i = 0; i < names->count; i++) {
		if (str_eq(names->name[i], name))
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

/* "12:" -> 12, and goes past it. */
static bool
take_number(unsigned *out, const char **at)
{
	char digits[12] = "";
	size_t n = strspn(*at, "0123456789");
	int64_t number;

	if (n == 0 || n >= sizeof(digits) || (*at)[n] != ':')
		return false;
	memcpy(digits, *at, n);
	if (!codec_int(&number, digits, 1, INT_MAX))
		return false;
	*out = (unsigned)number;
	*at += n + 1;
	return true;
}

/* "file:line:column: what" or "file:line: what" into its parts; `room` gets
 * the file. False for another message. */
static bool
split(struct template_finding *out, char room[PATH_SIZE], const char *message)
{
	for (const char *at = message; (at = strchr(at, ':')) != NULL; at++) {
		const char *rest = at + 1;

		if (!take_number(&out->line, &rest))
			continue;
		out->column = 1;
		(void)take_number(&out->column, &rest);
		if (rest[0] != ' ' || (size_t)(at - message) >= PATH_SIZE)
			continue;
		memcpy(room, message, (size_t)(at - message));
		room[at - message] = '\0';
		out->file = room;
		out->what = rest + 1;
		return true;
	}
	return false;
}

/* Whether a path is that of a file in the folder. */
static const char *
within(const struct check *check, const char *path)
{
	size_t n = strlen(check->folder);

	return str_starts(path, check->folder) && path[n] == '/' ? path + n + 1
								 : NULL;
}

static void
on_error(const struct err *err, void *arg)
{
	struct check *check = arg;
	struct template_finding finding = {
	    .file = check->folder, .line = 1, .column = 1, .what = err->msg};
	char room[PATH_SIZE];

	(void)split(&finding, room, err->msg);
	if ((check->ours_only && within(check, finding.file) == NULL) ||
	    names_have(&check->told, err->msg))
		return;
	(void)names_add(&check->told, err->msg);
	check->found(&finding, check->arg);
}

static void
on_used(const char *path, void *arg)
{
	struct check *check = arg;
	const char *name = within(check, path);

	for (size_t i = 0; name != NULL && i < check->files.count; i++) {
		if (str_eq(check->files.name[i], name))
			check->used[i] = true;
	}
}

static int
list_files(struct names *names, const char *path, struct err *err)
{
	DIR *folder = opendir(path);
	const struct dirent *entry;
	int rc = 0;

	if (folder == NULL)
		return err_errno(err, "folder '%s'", path);
	while (rc == 0 && (entry = readdir(folder)) != NULL) {
		const char *name = entry->d_name;

		if (name[0] == '.' ||
		    (!str_ends(name, ".html") && !str_ends(name, ".txt")) ||
		    names_add(names, name))
			continue;
		rc = err_set(err, ERR_INPUT, "more than %d templates in '%s'",
		    FILES_MAX, path);
	}
	(void)closedir(folder);
	qsort(names->name, names->count, sizeof(*names->name), by_name);
	return rc;
}

/* An html part goes out with a text part that says the same. */
static void
check_pair(struct check *check, const char *file)
{
	struct err err = ERR_INIT;
	char text[PATH_SIZE];

	(void)snprintf(text, sizeof(text), "%.*s.txt",
	    (int)(strlen(file) - strlen(".html")), file);
	if (names_have(&check->files, text))
		return;
	(void)err_set(&err, ERR_CONFIG,
	    "%s/%s:1:1: its text part is missing: write '%s' beside it",
	    check->folder, file, text);
	on_error(&err, check);
}

static void
check_file(struct check *check, const struct template_dirs *dirs,
    const char *file, enum template_kind kind)
{
	const struct template_listener listener = {on_error, on_used, check};
	struct err ignored = ERR_INIT; /* on_error() was told */

	(void)template_check(dirs, file, kind, &listener, &ignored);
	if (template_names_kind(kind)->paired && str_ends(file, ".html") &&
	    names_have(&check->files, file))
		check_pair(check, file);
}

/* Shipped templates that may use a partial of this folder. */
static void
check_shipped(struct check *check, const struct template_dirs *dirs)
{
	struct err ignored = ERR_INIT; /* nothing may be installed */
	struct names shipped = {.count = 0};
	enum template_kind kind;
	char path[PATH_SIZE];

	(void)snprintf(path, sizeof(path), "%s/%s", dirs->shipped,
	    dirs->language == CONF_AR ? "ar" : "en");
	(void)list_files(&shipped, path, &ignored);
	check->ours_only = true;
	for (size_t i = 0; i < shipped.count; i++) {
		const char *file = shipped.name[i];

		if (!names_have(&check->files, file) &&
		    template_names_kind_of(&kind, file))
			check_file(check, dirs, file, kind);
	}
	check->ours_only = false;
	names_free(&shipped);
}

/* One folder, of one language. */
static int
check_language(struct check *check, const char *shipped,
    enum conf_language language, struct err *err)
{
	const struct template_dirs dirs = {.own = check->folder,
	    .shipped = shipped,
	    .language = language,
	    .flat = true};
	struct names *files = &check->files;
	enum template_kind kind;
	bool partials = false;

	memset(check->used, 0, sizeof(check->used));
	if (list_files(files, check->folder, err) != 0)
		return -1;
	for (size_t i = 0; i < files->count; i++) {
		if (template_names_kind_of(&kind, files->name[i])) {
			check_file(check, &dirs, files->name[i], kind);
			check->used[i] = true;
		}
	}
	for (size_t i = 0; i < files->count; i++)
		partials |= !check->used[i];
	if (partials)
		check_shipped(check, &dirs);
	/* What nobody uses: all but its names can be checked. */
	for (size_t i = 0; i < files->count; i++) {
		if (!check->used[i]) {
			check_file(
			    check, &dirs, files->name[i], TEMPLATE_GENERIC);
		}
	}
	return 0;
}

static bool
is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

/* Without the '/' at its end. */
static bool
trim(char out[PATH_SIZE], const char *folder)
{
	size_t n = strlen(folder);

	while (n > 1 && folder[n - 1] == '/')
		n--;
	return snprintf(out, PATH_SIZE, "%.*s", (int)n, folder) < PATH_SIZE;
}

int
template_folder_check(const char *folder, const char *shipped,
    void (*found)(const struct template_finding *finding, void *arg), void *arg,
    size_t *files, struct err *err)
{
	static const char *const languages[] = {"ar", "en"};
	struct check check = {.found = found, .arg = arg};
	char top[PATH_SIZE];
	size_t count = 0;
	int rc = 0;

	if (!trim(top, folder) || !is_folder(top))
		return err_set(err, ERR_NOTFOUND, "no folder '%s'", folder);
	for (int i = 0; rc == 0 && i < 3; i++) {
		char path[PATH_SIZE + 4];
		bool flat = i == 2;

		(void)snprintf(path, sizeof(path), "%s%s%s", top,
		    flat ? "" : "/", flat ? "" : languages[i]);
		if (!is_folder(path))
			continue;
		check.folder = path;
		rc = check_language(&check, shipped,
		    i == 1 || (flat &&
				  (str_eq(top, "en") || str_ends(top, "/en")))
			? CONF_EN
			: CONF_AR,
		    err);
		count += check.files.count;
		names_free(&check.files);
	}
	names_free(&check.told);
	if (rc == 0 && count == 0) {
		return err_set(err, ERR_NOTFOUND,
		    "no template in '%s': they end in .html or .txt", folder);
	}
	*files = count;
	return rc;
}
