/* SPDX-License-Identifier: ISC */
#include "mail/template.h"

#include "mail/template_build.h"
#include "text/message_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_SIZE   4096
#define ENDING_SIZE 32

/* Where partials are looked for, and with which ending. */
struct origin {
	const struct template_dirs *dirs;
	char ending[ENDING_SIZE];
	bool crlf;                                /* stays */
	const struct template_listener *listener; /* or NULL */
	size_t errors;                            /* that it was told of */
};

struct template_dirs
template_dirs_of(const struct conf *conf)
{
	return (struct template_dirs){.own = conf->templates,
	    .shipped = NASHRA_TEMPLATES,
	    .language = conf->language};
}

/* 1 with the file open, 0 where there is none. A pipe is not waited for, and a
 * device has no end. */
static int
open_file(int *out, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat st;

	if (fd < 0 && errno == ENOENT && lstat(path, &st) != 0)
		return 0;
	if (fd < 0)
		return err_errno(err, "template '%s'", path);
	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		(void)close(fd);
		return err_set(err, ERR_CONFIG,
		    "%s:1:1: not a file of text: take it away", path);
	}
	*out = fd;
	return 1;
}

/* 1 with the file in `text`, 0 where there is none. */
static int
read_file(struct str *text, const char *path, struct err *err)
{
	char part[4096];
	ssize_t n = 1;
	int fd = -1;
	int rc = open_file(&fd, path, err);

	if (rc <= 0)
		return rc;
	while (!text->bad && (n = read(fd, part, sizeof(part))) > 0)
		str_add_bytes(text, part, (size_t)n);
	rc = -1;
	if (n < 0) {
		(void)err_errno(err, "template '%s'", path);
	} else if (text->bad) {
		(void)err_set(err, ERR_CONFIG,
		    "%s:1:1: larger than %zu bytes, which no template is", path,
		    TEMPLATE_FILE_MAX);
	} else {
		rc = 1;
	}
	(void)close(fd);
	return rc;
}

#define FOLDERS 2 /* the own one, the shipped one */

/* Where a file is in a folder, if it is there. 1, 0 without such a folder. */
static int
path_in(char path[PATH_SIZE], const struct template_dirs *dirs, size_t folder,
    const char *file, struct err *err)
{
	const char *const folders[FOLDERS] = {dirs->own, dirs->shipped};
	const char *language = dirs->language == CONF_AR ? "ar" : "en";
	bool flat = folder == 0 && dirs->flat;

	if (folders[folder][0] == '\0')
		return 0;
	if (snprintf(path, PATH_SIZE, "%s/%s%s%s", folders[folder],
		flat ? "" : language, flat ? "" : "/", file) < PATH_SIZE)
		return 1;
	return err_set(
	    err, ERR_CONFIG, "path of template '%s' is too long", file);
}

/* Looks in both folders: 1, and `path` is where the file was; or 0. */
static int
find_file(struct str *text, char path[PATH_SIZE],
    const struct template_dirs *dirs, const char *file, struct err *err)
{
	int found = 0;

	for (size_t i = 0; found == 0 && i < FOLDERS; i++) {
		found = path_in(path, dirs, i, file, err);
		if (found > 0)
			found = read_file(text, path, err);
	}
	return found;
}

const char *
template_find(const struct template_dirs *dirs, const char *const *files)
{
	struct err ignored = ERR_INIT;
	struct stat st;
	char path[PATH_SIZE];

	for (size_t i = 0; i < FOLDERS; i++) {
		for (size_t k = 0; files[k] != NULL; k++) {
			/* One that cannot be read is there. */
			if (path_in(path, dirs, i, files[k], &ignored) > 0 &&
			    (lstat(path, &st) == 0 || errno != ENOENT))
				return files[k];
		}
	}
	return NULL;
}

/* 1, 0 where there is no such file, -1. What is wrong in it is ERR_CONFIG. */
static int
read_source(struct template_source **out, const struct template_dirs *dirs,
    const char *file, bool crlf, struct err *err)
{
	char path[PATH_SIZE];
	struct str text;
	int rc;

	str_init(&text, TEMPLATE_FILE_MAX);
	rc = find_file(&text, path, dirs, file, err);
	if (rc > 0 && template_source_new(out, path, &text, crlf, err) != 0)
		rc = -1;
	str_release(&text);
	return rc;
}

static int
no_file(const struct template_dirs *dirs, const char *file, struct err *err)
{
	const char *language = dirs->language == CONF_AR ? "ar/" : "en/";

	return err_set(err, ERR_CONFIG, "no template '%s%s' in '%s' or '%s'",
	    dirs->flat ? "" : language, file, dirs->own, dirs->shipped);
}

static int
read_partial(struct template_source **out, const char *name, const void *arg,
    struct err *err)
{
	const struct origin *origin = arg;
	char file[TEMPLATE_WORD + ENDING_SIZE];
	int rc;

	(void)snprintf(file, sizeof(file), "%s%s", name, origin->ending);
	rc = read_source(out, origin->dirs, file, origin->crlf, err);
	if (rc > 0 && origin->listener != NULL)
		origin->listener->used((*out)->name, origin->listener->arg);
	return rc;
}

static void
report(const struct err *err, void *arg)
{
	struct origin *origin = arg;

	origin->errors++;
	origin->listener->error(err, origin->listener->arg);
}

static int
build(struct template **out, const struct template *wanted,
    struct template_source *source, const struct template_reader *reader,
    struct err *err)
{
	struct template *template = malloc(sizeof(*template));

	if (template == NULL) {
		template_source_free(source);
		return err_set(err, ERR_SYSTEM, "out of memory");
	}
	*template = *wanted;
	if (template_build(template, source, reader, err) != 0) {
		template_free(template);
		return -1;
	}
	*out = template;
	return 0;
}

/* By its name: what a file is, and where its partials are. */
static struct template look_at(
    struct origin *origin, const char *file, enum template_kind kind)
{
	const char *dot = strrchr(file, '.');
	bool html = str_ends(file, ".html");

	origin->crlf = kind == TEMPLATE_GENERIC;
	str_cut(
	    origin->ending, sizeof(origin->ending), html ? ".html" : ".txt");
	if (kind == TEMPLATE_GENERIC) {
		html = !str_ends(file, ".txt");
		str_cut(origin->ending, sizeof(origin->ending),
		    dot != NULL ? dot : "");
	}
	return (struct template){.kind = template_names_kind(kind),
	    .mode = html ? TEMPLATE_HTML : TEMPLATE_TEXT};
}

/* The catalogue: 1, 0 where there is none, -1; errors are reported where
 * somebody listens. */
static int
read_messages(struct messages **out, struct origin *origin, struct err *err)
{
	const struct message_listener listener = {report, origin};
	struct template_source *source = NULL;
	struct message_file file = {.language = origin->dirs->language};
	size_t told = origin->errors;
	int rc = read_source(&source, origin->dirs, "messages", false, err);

	if (rc > 0) {
		file.name = source->name;
		file.listener = origin->listener != NULL ? &listener : NULL;
		if (message_check(out, source->text, &file, err) != 0)
			rc = -1;
	}
	if (rc < 0 && origin->listener != NULL && origin->errors == told)
		report(err, origin);
	template_source_free(source);
	return rc;
}

static int
load_from(struct template **out, struct origin *origin, const char *file,
    enum template_kind kind, struct err *err)
{
	struct template wanted = look_at(origin, file, kind);
	struct template_reader reader = {.read = read_partial,
	    .arg = origin,
	    .report = origin->listener != NULL ? report : NULL,
	    .report_arg = origin};
	struct template_source *source = NULL;
	struct messages *messages = NULL;
	int rc = read_messages(&messages, origin, err);

	if (rc < 0 && reader.report == NULL)
		return -1;
	reader.messages = messages;
	rc = read_source(&source, origin->dirs, file, origin->crlf, err);
	if (rc == 0)
		rc = no_file(origin->dirs, file, err);
	if (rc < 0 && reader.report != NULL)
		report(err, origin);
	if (rc > 0)
		rc = build(out, &wanted, source, &reader, err);
	message_free(messages);
	return rc;
}

int
template_load(struct template **out, const struct template_dirs *dirs,
    const char *file, enum template_kind kind, struct err *err)
{
	struct origin origin = {.dirs = dirs};

	return load_from(out, &origin, file, kind, err);
}

int
template_check(const struct template_dirs *dirs, const char *file,
    enum template_kind kind, const struct template_listener *listener,
    struct err *err)
{
	struct origin origin = {.dirs = dirs, .listener = listener};
	struct template *template = NULL;
	int rc = load_from(&template, &origin, file, kind, err);

	if (rc != 0 && origin.errors == 0)
		report(err, &origin);
	template_free(template);
	return origin.errors > 0 ? -1 : 0;
}

int
template_check_messages(const struct template_dirs *dirs,
    const struct template_listener *listener, struct err *err)
{
	struct origin origin = {.dirs = dirs, .listener = listener};
	struct messages *messages = NULL;
	int rc = read_messages(&messages, &origin, err);

	message_free(messages);
	return rc < 0 ? -1 : 0;
}

int
template_parse(struct template **out, const char *text, const char *name,
    enum template_kind kind, enum template_mode mode, struct err *err)
{
	struct template wanted = {
	    .kind = template_names_kind(kind), .mode = mode};
	struct template_source *source = NULL;
	struct str copy;
	int rc;

	str_init(&copy, TEMPLATE_FILE_MAX);
	str_add(&copy, text);
	if (copy.bad) {
		str_release(&copy);
		return err_set(err, ERR_CONFIG,
		    "template '%s' is larger than %zu bytes", name,
		    TEMPLATE_FILE_MAX);
	}
	rc = template_source_new(
	    &source, name, &copy, kind == TEMPLATE_GENERIC, err);
	str_release(&copy);
	if (rc != 0)
		return -1;
	return build(out, &wanted, source, NULL, err);
}

void
template_free(struct template *template)
{
	if (template == NULL)
		return;
	template_source_free(template->sources);
	free(template->nodes);
	free(template);
}

bool
template_uses(const struct template *template, const struct template_name *name)
{
	for (size_t i = 0; i < template->count; i++) {
		if (template->nodes[i].name == name)
			return true;
	}
	return false;
}

int
template_messages(
    struct messages **out, const struct template_dirs *dirs, struct err *err)
{
	struct origin origin = {.dirs = dirs};
	int rc = read_messages(out, &origin, err);

	if (rc == 0)
		return no_file(dirs, "messages", err);
	return rc > 0 ? 0 : -1;
}
