/* SPDX-License-Identifier: ISC */
#include "mail/template.h"

#include "mail/template_build.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PATH_SIZE 4096

/* Where partials are looked for, and with which ending. */
struct origin {
	const struct template_dirs *dirs;
	const char *ending;
};

struct template_dirs
template_dirs_of(const struct conf *conf)
{
	return (struct template_dirs){.own = conf->templates,
	    .shipped = NASHRA_TEMPLATES,
	    .language = conf->language};
}

/* 1 with the file in `text`, 0 where there is none. */
static int
read_file(struct str *text, const char *path, struct err *err)
{
	char part[4096];
	FILE *file = fopen(path, "re");
	size_t n;
	int rc = -1;

	if (file == NULL && errno == ENOENT)
		return 0;
	if (file == NULL)
		return err_errno(err, "template '%s'", path);
	while ((n = fread(part, 1, sizeof(part), file)) > 0)
		str_add_bytes(text, part, n);
	if (ferror(file)) {
		(void)err_errno(err, "template '%s'", path);
	} else if (text->bad) {
		(void)err_set(err, ERR_CONFIG,
		    "template '%s' is larger than %zu bytes", path,
		    TEMPLATE_FILE_MAX);
	} else {
		rc = 1;
	}
	(void)fclose(file);
	return rc;
}

/* Looks in both folders; `path` is then where the file was. */
static int
find_file(struct str *text, char path[PATH_SIZE],
    const struct template_dirs *dirs, const char *file, struct err *err)
{
	const char *const folders[] = {dirs->own, dirs->shipped};
	const char *language = dirs->language == CONF_AR ? "ar" : "en";
	int found = 0;

	for (size_t i = 0; found == 0 && i < 2; i++) {
		if (folders[i][0] == '\0')
			continue;
		if (snprintf(path, PATH_SIZE, "%s/%s/%s", folders[i], language,
			file) >= PATH_SIZE) {
			return err_set(err, ERR_CONFIG,
			    "path of template '%s' is too long", file);
		}
		found = read_file(text, path, err);
	}
	if (found == 0) {
		return err_set(err, ERR_CONFIG,
		    "no template '%s/%s' in '%s' or '%s'", language, file,
		    dirs->own, dirs->shipped);
	}
	return found;
}

static int
read_source(struct template_source **out, const struct template_dirs *dirs,
    const char *file, struct err *err)
{
	char path[PATH_SIZE];
	struct str text;
	int rc = -1;

	str_init(&text, TEMPLATE_FILE_MAX);
	if (find_file(&text, path, dirs, file, err) > 0)
		rc = template_source_new(out, path, &text, err);
	str_release(&text);
	return rc;
}

static int
read_partial(struct template_source **out, const char *name, const void *arg,
    struct err *err)
{
	const struct origin *origin = arg;
	char file[TEMPLATE_WORD + 8];

	(void)snprintf(file, sizeof(file), "%s%s", name, origin->ending);
	return read_source(out, origin->dirs, file, err);
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

int
template_load(struct template **out, const struct template_dirs *dirs,
    const char *file, enum template_kind kind, struct err *err)
{
	struct template wanted = {.kind = kind, .mode = TEMPLATE_HTML};
	struct origin origin = {dirs, ".html"};
	struct template_reader reader = {read_partial, &origin, NULL};
	struct template_source *source = NULL;
	struct messages *messages = NULL;
	int rc;

	if (!str_ends(file, origin.ending)) {
		wanted.mode = TEMPLATE_TEXT;
		origin.ending = ".txt";
	}
	if (template_messages(&messages, dirs, err) != 0)
		return -1;
	reader.messages = messages;
	rc = read_source(&source, dirs, file, err);
	if (rc == 0)
		rc = build(out, &wanted, source, &reader, err);
	message_free(messages);
	return rc;
}

int
template_parse(struct template **out, const char *text, const char *name,
    enum template_kind kind, enum template_mode mode, struct err *err)
{
	struct template wanted = {.kind = kind, .mode = mode};
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
	rc = template_source_new(&source, name, &copy, err);
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

int
template_messages(
    struct messages **out, const struct template_dirs *dirs, struct err *err)
{
	struct template_source *source = NULL;
	int rc;

	if (read_source(&source, dirs, "messages", err) != 0)
		return -1;
	rc =
	    message_parse(out, source->text, source->name, dirs->language, err);
	template_source_free(source);
	return rc;
}
