/* SPDX-License-Identifier: ISC */
#include "base/conf.h"

#include "base/codec.h"
#include "base/confcheck.h"
#include "base/conffile.h"
#include "base/confkeys.h"
#include "base/confparse.h"
#include "base/confwrite.h"
#include "base/str.h"

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE   16384 /* a path made of two */
#define CREATED_MAX 65536 /* a first settings file */

int
conf_fail(struct err *err, const struct conf *conf, const char *key,
    const char *fmt, ...)
{
	const struct conf_line *line = confparse_find(conf->lines, key);
	char text[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (line == NULL || line->line == 0) {
		return err_set(
		    err, ERR_CONFIG, "%s: %s: %s", conf->path, key, text);
	}
	return err_set(err, ERR_CONFIG, "%s:%d: %s: %s", conf->path, line->line,
	    key, text);
}

/* NULL only when there is no memory left. */
static char *
resolve(const struct conf *conf, const char *path)
{
	const char *slash = strrchr(conf->path, '/');
	struct str whole;
	char folder[PATH_MAX];

	str_init(&whole, PATH_SIZE);
	if (*path != '/' && *path != '\0') {
		if (*conf->path != '/' &&
		    getcwd(folder, sizeof(folder)) != NULL)
			str_addf(&whole, "%s/", folder);
		if (slash != NULL) {
			str_add_bytes(&whole, conf->path,
			    (size_t)(slash + 1 - conf->path));
		}
	}
	str_add(&whole, path);
	return str_take(&whole);
}

static int
store_item(struct conf_items *items, const char *text)
{
	char *copy;

	if (*text == '\0') /* the default of a list that is empty */
		return 0;
	copy = strdup(text);
	if (copy == NULL)
		return -1;
	items->item[items->count++] = copy;
	return 0;
}

/* One checked value, or a default, to its place; -1: out of memory. */
static int
store(const struct conf *conf, void *place, const struct setting *row,
    const char *text)
{
	size_t len = strlen(text);
	unsigned word;
	char *copy;

	switch (row->kind) {
	case NUMBER: (void)codec_int(place, text, row->min, row->max); return 0;
	case WORD:
		/* All the enums of struct conf are as wide as this one. */
		word = (unsigned)confcheck_word(row, text);
		memcpy(place, &word, sizeof(word));
		return 0;
	case PATH: copy = resolve(conf, text); break;
	case BASE_URL:
		while (len > 0 && text[len - 1] == '/')
			len--;
		copy = strndup(text, len);
		break;
	case ITEMS: return store_item(place, text);
	case TEXT:
	case RELAY_URL:
	case MAILBOX_URL:
	default: copy = strdup(text); break;
	}
	memcpy(place, &copy, sizeof(copy));
	return copy == NULL ? -1 : 0;
}

/* The settings of one section: what was set, or the default. */
static int
fill(struct conf *conf, void *base, const char *section, const char *title)
{
	int failed = 0;

	for (size_t i = 0; i < confkeys.setting_count; i++) {
		const struct setting *row = &confkeys.settings[i];
		void *place = (char *)base + row->at;
		bool found = false;

		if (!str_eq(row->section, section))
			continue;
		for (size_t j = 0; j < conf->lines->count; j++) {
			const struct conf_line *line = &conf->lines->at[j];

			if (line->setting != row || !str_eq(line->title, title))
				continue;
			found = true;
			if (line->text != NULL)
				failed |= store(conf, place, row, line->text);
		}
		if (!found)
			failed |= store(conf, place, row, row->fallback);
	}
	return failed;
}

static int
fill_titled(struct conf *conf, const char *section, const char *title)
{
	void *base = &conf->relay[conf->relays];
	char **name = &conf->relay[conf->relays].name;

	if (str_eq(section, "relay")) {
		conf->relays++;
	} else {
		base = &conf->domain[conf->domains];
		name = &conf->domain[conf->domains].name;
		conf->domains++;
	}
	*name = strdup(title);
	return fill(conf, base, section, title) | (*name == NULL ? -1 : 0);
}

static int
fill_all(struct conf *conf)
{
	int failed = 0;

	for (size_t i = 0; i < confkeys.section_count; i++) {
		const struct section *section = &confkeys.sections[i];

		if (section->title == NULL)
			failed |= fill(conf, conf, section->name, "");
	}
	for (size_t i = 0; i < conf->lines->count; i++) {
		const struct conf_line *line = &conf->lines->at[i];

		if (line->setting == NULL && line->section->title != NULL) {
			failed |=
			    fill_titled(conf, line->section->name, line->title);
		}
	}
	return failed;
}

/* The defaults that follow from other settings. */
static int
derive(struct conf *conf)
{
	const char *open;
	const char *slash;
	struct str text;

	if (conf->mail.from == NULL || conf->database == NULL)
		return -1;
	open = strrchr(conf->mail.from, '<');
	slash = strrchr(conf->database, '/');

	if (*conf->mail.bounce == '\0') {
		free(conf->mail.bounce);
		open = open != NULL ? open + 1 : conf->mail.from;
		conf->mail.bounce = strndup(open, strcspn(open, ">"));
	}
	if (*conf->secrets == '\0') {
		free(conf->secrets);
		str_init(&text, PATH_SIZE);
		if (slash != NULL) {
			str_add_bytes(&text, conf->database,
			    (size_t)(slash + 1 - conf->database));
		}
		str_add(&text, "secrets");
		conf->secrets = str_take(&text);
	}
	return conf->mail.bounce == NULL || conf->secrets == NULL ? -1 : 0;
}

static bool
set(const struct conf *conf, const char *key)
{
	return confparse_find(conf->lines, key) != NULL;
}

/* What a section cannot do without. */
static int
check_whole(const struct conf *conf, struct err *err)
{
	if (set(conf, "dkim") && *conf->dkim.domain == '\0')
		return conf_fail(err, conf, "dkim", "'domain' is missing");
	if (set(conf, "dkim") && *conf->dkim.key_file == '\0')
		return conf_fail(err, conf, "dkim", "'key_file' is missing");
	if (set(conf, "bounce_mailbox") && *conf->bounce_mailbox.url == '\0') {
		return conf_fail(
		    err, conf, "bounce_mailbox", "'url' is missing");
	}
	return 0;
}

static int
load(struct conf *conf, const char *path, struct err *err)
{
	char *text = NULL;
	int failed = -1;

	conf->path = strdup(path);
	conf->lines = calloc(1, sizeof(*conf->lines));
	if (conf->path == NULL || conf->lines == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	if (conffile_read(&text, path, err) != 0 ||
	    confparse(conf->lines, &confkeys, path, text, err) != 0)
		goto out;
	if (fill_all(conf) != 0 || derive(conf) != 0) {
		err_set(err, ERR_SYSTEM, "out of memory");
	} else {
		failed = check_whole(conf, err);
	}
out:
	free(text);
	return failed;
}

int
conf_load(struct conf **out, const char *path, struct err *err)
{
	struct conf *conf = calloc(1, sizeof(*conf));
	const char *named = getenv("NASHRA_CONFIG");

	if (conf == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	if (path == NULL)
		path = named != NULL && *named != '\0' ? named : CONF_PATH;
	if (load(conf, path, err) != 0) {
		conf_free(conf);
		return -1;
	}
	*out = conf;
	return 0;
}

static void
free_section(void *base, const char *section)
{
	for (size_t i = 0; i < confkeys.setting_count; i++) {
		const struct setting *row = &confkeys.settings[i];
		void *place = (char *)base + row->at;
		struct conf_items *items = place;

		if (!str_eq(row->section, section))
			continue;
		if (row->kind == ITEMS) {
			while (items->count > 0)
				free(items->item[--items->count]);
		} else if (row->kind != NUMBER && row->kind != WORD) {
			free(*(char **)place);
		}
	}
}

void
conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	for (size_t i = 0; i < CONF_RELAYS; i++) {
		free(conf->relay[i].name);
		free_section(&conf->relay[i], "relay");
	}
	for (size_t i = 0; i < CONF_DOMAINS; i++) {
		free(conf->domain[i].name);
		free_section(&conf->domain[i], "domain");
	}
	for (size_t i = 0; i < confkeys.section_count; i++) {
		if (confkeys.sections[i].title == NULL)
			free_section(conf, confkeys.sections[i].name);
	}
	if (conf->lines != NULL)
		confparse_release(conf->lines);
	free(conf->lines);
	free(conf->path);
	free(conf);
}

/* What conf_secret() and conf_key() are asked for. */
struct wanted {
	const char *key;
	const char *path;
	bool lines;
};

static int
read_secret(const struct conf *conf, const struct wanted *wanted, char *out,
    size_t size, struct err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	const char *path = wanted->path;
	const char *slash = strrchr(path, '/');
	struct conffile_kind kind = {.lines = wanted->lines};
	struct err cause = ERR_INIT;
	struct str given;
	int failed;

	if (*path == '\0')
		return conf_fail(err, conf, wanted->key, "is not set");
	str_init(&given, PATH_MAX);
	if (folder != NULL && *folder != '\0') {
		str_addf(
		    &given, "%s/%s", folder, slash != NULL ? slash + 1 : path);
		kind.guarded = !given.bad && access(given.data, F_OK) == 0;
	}
	if (kind.guarded)
		path = given.data;
	failed = conffile_secret(out, size, path, &kind, &cause);
	if (failed)
		conf_fail(err, conf, wanted->key, "'%s' %s", path, cause.msg);
	str_release(&given);
	return failed;
}

int
conf_secret(const struct conf *conf, const char *key, const char *path,
    char *out, size_t size, struct err *err)
{
	const struct wanted wanted = {key, path, false};

	return read_secret(conf, &wanted, out, size, err);
}

int
conf_key(const struct conf *conf, const char *key, const char *path, char *out,
    size_t size, struct err *err)
{
	const struct wanted wanted = {key, path, true};

	return read_secret(conf, &wanted, out, size, err);
}

int
conf_create(const char *path, struct err *err)
{
	struct str text;
	int made;

	str_init(&text, CREATED_MAX);
	confwrite(&text, &confkeys);
	made = text.bad ? err_set(err, ERR_SYSTEM, "out of memory")
			: conffile_create(path, text.data, text.len, err);
	str_release(&text);
	return made;
}
