/* SPDX-License-Identifier: ISC */
#include "base/confparse.h"

#include "base/confscan.h"
#include "base/url.h"

#include <confuse.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define OPTIONS_MAX 24 /* settings of a section, or of the top and sections */
#define SECTION_MAX 16

/* libconfuse's callbacks carry no pointer of ours. One file at a time, in one
 * thread; set for the length of one call. */
static struct {
	struct conf_lines *lines;
	const struct conf_table *table;
	const char *path;
	struct err *err; /* its code is set once something failed */
} loading;

static void __attribute__((format(printf, 2, 0)))
on_error(cfg_t *cfg, const char *fmt, va_list ap)
{
	char text[sizeof(loading.err->msg)];

	if (loading.err->code != ERR_NONE)
		return;
	vsnprintf(text, sizeof(text), fmt, ap);
	err_set(loading.err, ERR_CONFIG, "%s:%d: %s", loading.path, cfg->line,
	    text);
}

static int __attribute__((format(printf, 2, 3)))
fail(cfg_t *cfg, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	on_error(cfg, fmt, ap);
	va_end(ap);
	return -1;
}

const struct conf_line *
confparse_find(const struct conf_lines *lines, const char *key)
{
	for (size_t i = 0; i < lines->count; i++) {
		if (str_eq(lines->at[i].key, key))
			return &lines->at[i];
	}
	return NULL;
}

/* Name and section of what stands in cfg; top-level cfg is called "root". */
static const struct setting *
find_setting(const cfg_t *cfg, const char *name)
{
	const struct conf_table *table = loading.table;
	const char *section = str_eq(cfg->name, "root") ? "" : cfg->name;

	for (size_t i = 0; i < table->setting_count; i++) {
		if (str_eq(table->settings[i].section, section) &&
		    str_eq(table->settings[i].name, name))
			return &table->settings[i];
	}
	return NULL;
}

static const struct section *
find_section(const char *name)
{
	for (size_t i = 0; i < loading.table->section_count; i++) {
		if (str_eq(loading.table->sections[i].name, name))
			return &loading.table->sections[i];
	}
	return NULL;
}

/* "mail.from", "relay.main.url", "senders"; the caller's to free. */
static char *
key_of(const char *section, const char *title, const char *name)
{
	struct str key;

	str_init(&key, CONFPARSE_KEY_SIZE);
	str_add(&key, section);
	str_addf(&key, "%s%s", *title ? "." : "", title);
	str_addf(&key, "%s%s", *section && *name ? "." : "", name);
	return str_take(&key);
}

static int
add_line(cfg_t *cfg, const struct setting *setting, const char *name,
    const char *title, const char *text)
{
	struct conf_lines *lines = loading.lines;
	struct conf_line *grown;
	struct conf_line line = {
	    .section = find_section(setting ? setting->section : name),
	    .setting = setting,
	    .line = cfg->line,
	};

	if (line.section == NULL)
		return fail(cfg, "no such option '%s'", name);
	line.key =
	    key_of(line.section->name, title, setting ? setting->name : "");
	line.title = strdup(title);
	line.text = text ? strdup(text) : NULL;
	grown = realloc(lines->at, (lines->count + 1) * sizeof(*lines->at));
	if (grown != NULL)
		lines->at = grown;
	if (grown != NULL && line.key && line.title && (line.text || !text)) {
		lines->at[lines->count++] = line;
		return 0;
	}
	free(line.key);
	free(line.title);
	free(line.text);
	return fail(cfg, "out of memory");
}

static const char *
title_of(const cfg_t *cfg)
{
	return cfg->title != NULL ? cfg->title : "";
}

/* How often a setting of this section is there, and the last one. */
static size_t
seen(const cfg_t *cfg, const struct setting *row, const struct conf_line **last)
{
	size_t n = 0;

	for (size_t i = 0; i < loading.lines->count; i++) {
		struct conf_line *line = &loading.lines->at[i];

		if (line->setting != row || !str_eq(line->title, title_of(cfg)))
			continue;
		*last = line;
		n++;
	}
	return n;
}

/* Called by libconfuse after each value, and once more after a list. */
static int
on_value(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct setting *row = find_setting(cfg, opt->name);
	unsigned n = cfg_opt_size(opt);
	const char *text = cfg_opt_getnstr(opt, n - 1);
	const struct conf_line *last = NULL;
	size_t had;
	struct str why;
	int failed = 0;

	/* libconfuse takes "web|listen" for a way into the section. */
	if (row == NULL)
		return fail(cfg, "no such option '%s'", opt->name);
	had = seen(cfg, row, &last);
	if (row->kind == ITEMS && had == n && last != NULL &&
	    str_eq(last->text, text))
		return 0;
	str_init(&why, sizeof(loading.err->msg));
	confcheck_value(&why, row, text);
	if (n > CONFPARSE_ITEMS)
		str_addf(&why, "has more than %d entries", CONFPARSE_ITEMS);
	if (why.len == 0 && had >= n && last != NULL)
		str_addf(&why, "is set already in line %d", last->line);
	if (why.len > 0) {
		char *key = key_of(row->section, title_of(cfg), row->name);

		failed = fail(cfg, "%s: %s", key ? key : "", why.data);
		free(key);
	}
	str_release(&why);
	return failed ? -1 : add_line(cfg, row, "", title_of(cfg), text);
}

static bool
title_ok(const char *title)
{
	static const char ok[] = "abcdefghijklmnopqrstuvwxyz0123456789-._";
	size_t n = strspn(title, ok);

	return n > 0 && n <= URL_HOST_MAX && title[n] == '\0';
}

/* Called by libconfuse at the closing brace of each section. */
static int
on_section(cfg_t *cfg, cfg_opt_t *opt)
{
	const struct section *section = find_section(opt->name);
	unsigned n = cfg_opt_size(opt);
	const char *title = title_of(cfg_opt_getnsec(opt, n - 1));
	const struct conf_line *before;

	if (section == NULL)
		return fail(cfg, "no such option '%s'", opt->name);
	if (section->title != NULL && !title_ok(title)) {
		return fail(cfg,
		    "'%s' is no name for a %s: a-z, 0-9, '-', '_' and '.' may "
		    "stand in it",
		    title, opt->name);
	}
	if (section->title != NULL && n > section->max) {
		return fail(cfg, "there is room for %zu %s sections only",
		    section->max, opt->name);
	}
	before = confparse_find(loading.lines, opt->name);
	if (before != NULL) {
		return fail(cfg, "%s: is set already in line %d", opt->name,
		    before->line);
	}
	return add_line(cfg, NULL, opt->name, title, NULL);
}

static cfg_opt_t
option(const struct setting *row)
{
	cfg_opt_t opt = CFG_STR(row->name, NULL, CFGF_NONE);

	if (row->kind == ITEMS)
		opt.flags = CFGF_LIST;
	opt.validcb = on_value;
	return opt;
}

static size_t
section_options(
    cfg_opt_t *out, const struct conf_table *table, const char *section)
{
	const cfg_opt_t end = CFG_END();
	size_t n = 0;

	for (size_t i = 0; i < table->setting_count; i++) {
		if (str_eq(table->settings[i].section, section))
			out[n++] = option(&table->settings[i]);
	}
	out[n] = end;
	return n;
}

static cfg_t *
new_parser(const struct conf_table *table)
{
	cfg_opt_t subs[SECTION_MAX][OPTIONS_MAX];
	cfg_opt_t root[OPTIONS_MAX];
	const cfg_opt_t end = CFG_END();
	size_t n = section_options(root, table, "");

	for (size_t i = 1; i < table->section_count; i++) {
		const struct section *section = &table->sections[i];

		(void)section_options(subs[i], table, section->name);
		root[n] = (cfg_opt_t)CFG_SEC(section->name, subs[i],
		    section->title
			? CFGF_MULTI | CFGF_TITLE | CFGF_NO_TITLE_DUPES
			: CFGF_NONE);
		root[n++].validcb = on_section;
	}
	root[n] = end;
	return cfg_init(root, CFGF_NONE);
}

static int
note_empty_list(cfg_t *cfg, const struct setting *row)
{
	const cfg_opt_t *opt = cfg_getopt(cfg, row->name);

	if ((opt->flags & CFGF_MODIFIED) == 0 || opt->nvalues > 0)
		return 0;
	return add_line(cfg, row, "", title_of(cfg), NULL);
}

/* libconfuse does not call back for `name = {}`. */
static int
note_empty_lists(cfg_t *root)
{
	for (size_t i = 0; i < loading.table->setting_count; i++) {
		const struct setting *row = &loading.table->settings[i];
		const char *section = row->section;
		unsigned n = *section == '\0' ? 1 : cfg_size(root, section);

		for (unsigned at = 0; row->kind == ITEMS && at < n; at++) {
			cfg_t *cfg = *section == '\0'
					 ? root
					 : cfg_getnsec(root, section, at);

			if (note_empty_list(cfg, row) != 0)
				return -1;
		}
	}
	return 0;
}

static int
parse(cfg_t *cfg, char *text)
{
	FILE *stream = fmemopen(text, strlen(text), "r");
	int failed;

	if (stream == NULL)
		return *text == '\0' ? 0 : fail(cfg, "out of memory");
	failed = cfg_parse_fp(cfg, stream) != CFG_SUCCESS;
	fclose(stream);
	/* It says nothing of some errors, such as an empty name. */
	if (failed)
		return fail(cfg, "cannot be understood");
	return note_empty_lists(cfg);
}

int
confparse(struct conf_lines *out, const struct conf_table *table,
    const char *path, char *text, struct err *err)
{
	struct conf_lines lines = {0};
	struct err first = ERR_INIT;
	const char *trouble;
	cfg_t *cfg;
	int line;
	int failed;

	trouble = confscan_blank(text, &line);
	if (trouble != NULL) {
		return err_set(
		    err, ERR_CONFIG, "%s:%d: %s", path, line, trouble);
	}
	cfg = new_parser(table);
	if (cfg == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	(void)cfg_set_error_function(cfg, on_error);
	loading.lines = &lines;
	loading.table = table;
	loading.path = path;
	loading.err = &first;
	failed = parse(cfg, text);
	cfg_free(cfg);
	loading.lines = NULL;
	loading.err = NULL;
	if (failed) {
		confparse_release(&lines);
		*err = first;
		return -1;
	}
	*out = lines;
	return 0;
}

void
confparse_release(struct conf_lines *lines)
{
	for (size_t i = 0; i < lines->count; i++) {
		free(lines->at[i].key);
		free(lines->at[i].title);
		free(lines->at[i].text);
	}
	free(lines->at);
	*lines = (struct conf_lines){0};
}
