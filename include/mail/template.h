/* SPDX-License-Identifier: ISC */
/*
 * template - the mustache subset in which mails and pages are written.
 *
 * Strict, typed and in two phases. A template is checked when it is loaded,
 * against the names of its kind (mail/template_names.h): an unknown name or
 * filter, a section left open, a value in a place it cannot be made safe for
 * (style, script, an unquoted or event attribute, a text in href) is
 * ERR_CONFIG with file:line:column. Rendering gives literals and holes; the
 * holes are filled for each recipient (mail/template_render.h). Pure but for
 * loading files.
 *
 *	{{name}}  {{name.part}}  {{name|filter}}  {{name|filter:argument}}
 *	{{t:key}}                   a sentence of the catalogue, as it is
 *	{{#name}} ... {{/name}}     for each item of a list; for anything else
 *	                            once where it is not empty, 0 or false
 *	{{^name}} ... {{/name}}     where it is
 *	{{@first}} {{@last}}        sections inside a list; {{@index}} from 1
 *	{{>partial}}                partial.html or partial.txt, like its file
 *	{{! comment }}
 *
 * A sentence with arguments is a value that the program gives. Filters:
 * mail/template_filter.h. A tag other than a value alone on its line takes
 * the line with it. What differs from mustache: no {{{raw}}}, {{&raw}} or
 * {{=delimiters=}}, and no partial includes itself. {{.}}, and names that
 * nobody promised, are for the generic kind alone. For authors all of it is
 * in nashra-templates(7).
 */
#ifndef NASHRA_MAIL_TEMPLATE_H
#define NASHRA_MAIL_TEMPLATE_H

#include "base/conf.h"
#include "base/err.h"
#include "mail/template_names.h"
#include "mail/template_render.h"
#include "text/message.h"

#include <stdbool.h>

#define TEMPLATE_FILE_MAX ((size_t)256 * 1024)
#define TEMPLATE_PARTIALS 8         /* partials in partials */
#define TEMPLATE_LOOK     "classic" /* of digests whose list picks none */

struct template;

/* Where files come from: `own` (may be "") wins over `shipped`, file by file;
 * each holds a folder per language. */
struct template_dirs {
	const char *own;
	const char *shipped;
	enum conf_language language;
	bool flat; /* `own` is the folder of the language itself */
};
/* Those of the settings, over what was installed. */
struct template_dirs template_dirs_of(const struct conf *conf);

/* The first of some files, ended by NULL, that is there: of the own folder's,
 * then of the shipped ones. NULL where none is. */
const char *
template_find(const struct template_dirs *dirs, const char *const *files);

/* Loads "digest.html", "confirm.txt", "page.html"... and its partials; the
 * ending decides the mode. (A generic one is html unless it ends in ".txt",
 * and its partials have the ending that it has.) Sentences are looked for in
 * the catalogue of the same folders. */
int template_load(struct template **out, const struct template_dirs *dirs,
    const char *file, enum template_kind kind, struct err *err);
/* Loads and frees one, and tells of each error on the way, not only of the
 * first: "file:line:column: reason" in most. -1 where there was one; err is
 * then the last. */
struct template_listener {
	void (*error)(const struct err *err, void *arg);
	void (*used)(const char *path, void *arg); /* a partial's file */
	void *arg;
};
int template_check(const struct template_dirs *dirs, const char *file,
    enum template_kind kind, const struct template_listener *listener,
    struct err *err);
/* The same for the catalogue alone, where there is one. */
int template_check_messages(const struct template_dirs *dirs,
    const struct template_listener *listener, struct err *err);
/* The same from memory, without partials; `name` is for errors. Whether a
 * sentence exists shows when it is rendered. */
int template_parse(struct template **out, const char *text, const char *name,
    enum template_kind kind, enum template_mode mode, struct err *err);
void template_free(struct template *template);
/* Whether it comes to a name of its kind, printed or as a section. */
bool template_uses(
    const struct template *template, const struct template_name *name);
/* Reads the catalogue "messages" of the language in the same way. */
int template_messages(
    struct messages **out, const struct template_dirs *dirs, struct err *err);

#endif
