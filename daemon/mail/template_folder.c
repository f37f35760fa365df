/* SPDX-License-Identifier: ISC */
#include "mail/template_folder.h"

#include "base/codec.h"
#include "base/near.h"
#include "base/str.h"
#include "mail/template.h"
#include "mail/template_files.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE 4096

struct check {
	void (*found)(const struct template_finding *finding, void *arg);
	void *arg;
	const char *folder; /* the one that is looked at */
	const char *file;   /* in it; NULL: none yet */
	struct template_files files;
	struct template_files
	    shipped; /* of the same language; none where not installed */
	bool used[TEMPLATE_FILES];
	struct template_files
	    told;       /* the messages so far: partials come again */
	bool ours_only; /* what is wrong elsewhere is not asked for */
	bool catalogue; /* it has one of its own */
	bool any;       /* there was something to check */
};

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
	char room[PATH_SIZE];
	struct template_finding finding = {
	    .file = room, .line = 1, .column = 1, .what = err->msg};

	(void)snprintf(room, sizeof(room), "%s%s%s", check->folder,
	    check->file != NULL ? "/" : "",
	    check->file != NULL ? check->file : "");
	(void)split(&finding, room, err->msg);
	if ((check->ours_only && within(check, finding.file) == NULL) ||
	    template_files_have(&check->told, err->msg))
		return;
	(void)template_files_add(&check->told, err->msg);
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

/* The other name of a digest's file: that of the kind is also that of the look
 * of lists which pick none. False: it has but one. */
static bool
other_name(char out[PATH_SIZE], const char *file)
{
	static const char look[] = "-" TEMPLATE_LOOK ".";
	const char *at = strstr(file, look);
	size_t n = strcspn(file, ".");
	enum template_kind kind;

	if (!template_names_kind_of(&kind, file) ||
	    !template_names_kind(kind)->variants ||
	    !template_names_kind(kind)->paired)
		return false;
	if (at != NULL) {
		(void)snprintf(out, PATH_SIZE, "%.*s%s", (int)(at - file), file,
		    at + strlen(look) - 1);
	} else if (n == strlen(template_names_kind(kind)->name)) {
		(void)snprintf(out, PATH_SIZE, "%.*s%s%s", (int)n, file, look,
		    file + n + 1);
	} else {
		return false;
	}
	return true;
}

/* Under either of its names. */
static bool
is_ours(const struct check *check, const char *file)
{
	char other[PATH_SIZE];

	return template_files_have(&check->files, file) ||
	       (other_name(other, file) &&
		   template_files_have(&check->files, other));
}

/* An html part goes out with a text part that says the same. */
static void
check_pair(struct check *check, const char *file)
{
	struct err err = ERR_INIT;
	char text[PATH_SIZE];

	(void)snprintf(text, sizeof(text), "%.*s.txt",
	    (int)(strlen(file) - strlen(".html")), file);
	if (is_ours(check, text))
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

	check->file = file;
	(void)template_check(dirs, file, kind, &listener, &ignored);
	if (template_names_kind(kind)->paired && str_ends(file, ".html") &&
	    template_files_have(&check->files, file))
		check_pair(check, file);
}

/* Shipped templates that may use a partial of this folder. */
static void
check_shipped(struct check *check, const struct template_dirs *dirs)
{
	enum template_kind kind;

	check->ours_only = true;
	for (size_t i = 0; i < check->shipped.count; i++) {
		const char *file = check->shipped.name[i];

		if (!is_ours(check, file) &&
		    template_names_kind_of(&kind, file))
			check_file(check, dirs, file, kind);
	}
	check->ours_only = false;
}

static void
says_nothing(struct check *check, const char *file, const char *instead)
{
	struct err err = ERR_INIT;

	(void)err_set(&err, ERR_CONFIG,
	    "%s/%s:1:1: nothing uses a file of this name: %s", check->folder,
	    file, instead);
	on_error(&err, check);
}

/* The subject is a text, a page is html: what is shipped tells. */
static void
check_mode(struct check *check, const char *file, enum template_kind kind)
{
	const char *ending = strrchr(file, '.');
	const char *other = NULL;
	char instead[PATH_SIZE];

	for (size_t i = 0; i < check->shipped.count; i++) {
		const char *name = check->shipped.name[i];
		enum template_kind its;

		if (!template_names_kind_of(&its, name) || its != kind)
			continue;
		if (str_ends(name, ending))
			return;
		other = strrchr(name, '.');
	}
	if (other == NULL)
		return;
	(void)snprintf(instead, sizeof(instead), "call it '%.*s%s'",
	    (int)(ending - file), file, other);
	says_nothing(check, file, instead);
}

/* Nearly the name of a kind: a digest that is called so is never sent. */
static void
check_name(struct check *check, const char *file)
{
	size_t n = strcspn(file, ".-");
	char stem[PATH_SIZE];
	char instead[PATH_SIZE];
	struct near near = {.word = NULL};

	(void)snprintf(stem, sizeof(stem), "%.*s", (int)n, file);
	for (int i = 0; i < TEMPLATE_KINDS; i++) {
		if (i != TEMPLATE_GENERIC) {
			near_try(&near, stem,
			    template_names_kind((enum template_kind)i)->name);
		}
	}
	if (near.word == NULL || near.far * 3 > n)
		return;
	(void)snprintf(instead, sizeof(instead), "did you mean '%s%s'?",
	    near.word, near.far > 0 ? file + n : strrchr(file, '.'));
	says_nothing(check, file, instead);
}

/* What nobody uses: all but its names can be checked. */
static void
check_unused(struct check *check, const struct template_dirs *dirs)
{
	bool partials = false;

	for (size_t i = 0; i < check->files.count; i++)
		partials |= !check->used[i];
	if (partials)
		check_shipped(check, dirs);
	for (size_t i = 0; i < check->files.count; i++) {
		if (check->used[i])
			continue;
		check_file(check, dirs, check->files.name[i], TEMPLATE_GENERIC);
		check_name(check, check->files.name[i]);
	}
}

/* Those of a kind, and the catalogue. */
static void
check_files(struct check *check, const struct template_dirs *dirs)
{
	const struct template_listener listener = {on_error, on_used, check};
	struct err ignored = ERR_INIT; /* on_error() was told */
	enum template_kind kind;

	check->file = "messages";
	if (check->catalogue)
		(void)template_check_messages(dirs, &listener, &ignored);
	for (size_t i = 0; i < check->files.count; i++) {
		const char *file = check->files.name[i];

		if (!template_names_kind_of(&kind, file))
			continue;
		check_file(check, dirs, file, kind);
		check_mode(check, file, kind);
		check->used[i] = true;
	}
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
	struct err ignored = ERR_INIT; /* nothing may be installed */
	struct stat st;
	char path[PATH_SIZE];

	memset(check->used, 0, sizeof(check->used));
	check->file = NULL;
	if (template_files_list(&check->files, check->folder, err) != 0)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/messages", check->folder);
	check->catalogue = lstat(path, &st) == 0 || errno != ENOENT;
	(void)snprintf(path, sizeof(path), "%s/%s", shipped,
	    language == CONF_AR ? "ar" : "en");
	(void)template_files_list(&check->shipped, path, &ignored);
	check_files(check, &dirs);
	check_unused(check, &dirs);
	template_files_free(&check->shipped);
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

/* By its name, that of "." too. */
static enum conf_language
language_of(const char *folder)
{
	char *path = realpath(folder, NULL);
	bool english = path != NULL && str_ends(path, "/en");

	free(path);
	return english ? CONF_EN : CONF_AR;
}

/* Templates beside the folders of languages. */
static int
check_strays(struct check *check, struct err *err)
{
	check->file = NULL;
	if (template_files_list(&check->files, check->folder, err) != 0)
		return -1;
	for (size_t i = 0; i < check->files.count; i++) {
		says_nothing(check, check->files.name[i],
		    "it has to be in the folder of a language, 'ar' or 'en'");
	}
	return 0;
}

/* In the folders of languages, or in the one that is itself one. */
static int
check_folders(struct check *check, const char *top, const char *shipped,
    size_t *files, struct err *err)
{
	static const char *const languages[] = {
	    [CONF_AR] = "ar", [CONF_EN] = "en"};
	bool parted = false;
	int rc = 0;

	for (int i = CONF_AR; rc == 0 && i <= CONF_EN; i++) {
		char path[PATH_SIZE + 4];

		(void)snprintf(path, sizeof(path), "%s/%s", top, languages[i]);
		if (!is_folder(path))
			continue;
		parted = true;
		check->folder = path;
		rc = check_language(check, shipped, (enum conf_language)i, err);
		*files += check->files.count;
		check->any |= check->files.count > 0 || check->catalogue;
		template_files_free(&check->files);
	}
	check->folder = top;
	if (rc == 0) {
		rc = parted ? check_strays(check, err)
			    : check_language(
				  check, shipped, language_of(top), err);
	}
	*files += check->files.count;
	check->any |= check->files.count > 0 || (check->catalogue && !parted);
	template_files_free(&check->files);
	return rc;
}

int
template_folder_check(const char *folder, const char *shipped,
    void (*found)(const struct template_finding *finding, void *arg), void *arg,
    size_t *files, struct err *err)
{
	struct check check = {.found = found, .arg = arg};
	char top[PATH_SIZE];
	int rc;

	*files = 0;
	if (!trim(top, folder) || !is_folder(top)) {
		return err_set(err, ERR_NOTFOUND,
		    access(folder, F_OK) != 0
			? "no folder '%s'"
			: "'%s' is no folder: templates are checked together, "
			  "with what they use",
		    folder);
	}
	rc = check_folders(&check, top, shipped, files, err);
	template_files_free(&check.told);
	if (rc == 0 && !check.any) {
		return err_set(err, ERR_NOTFOUND,
		    "no template in '%s', nor in its folders 'ar' and 'en': "
		    "they end in .html or .txt",
		    folder);
	}
	return rc;
}
