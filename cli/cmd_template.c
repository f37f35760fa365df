/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "cli.h"
#include "mail/template_folder.h"
#include "values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define BODY_MAX  ((size_t)16 * 1024 * 1024)
#define PATH_SIZE 4096
#define TOLD      100 /* errors of a folder: who has mended those asks again */

/* ---- check */

struct tally {
	const struct cli *cli;
	struct doc *rows;
	size_t errors;
};

static void
on_found(const struct template_finding *finding, void *arg)
{
	struct tally *tally = arg;
	struct doc *row;

	if (++tally->errors > TOLD)
		return;
	row = doc_push_object(tally->rows);
	doc_text(row, "file", finding->file);
	doc_int(row, "line", finding->line);
	doc_int(row, "column", finding->column);
	doc_text(row, "error", finding->what);
	if (!tally->cli->json) {
		fprintf(stderr, "%s:%u:%u: %s\n", finding->file, finding->line,
		    finding->column, finding->what);
	}
}

static int
run_check(struct cli *cli, struct err *err)
{
	struct doc *doc = doc_object();
	struct tally tally = {cli, doc_put_array(doc, "errors"), 0};
	size_t files = 0;
	int rc = template_folder_check(
	    cli->args[0], NASHRA_TEMPLATES, on_found, &tally, &files, err);

	if (rc == 0 && tally.errors > TOLD && !cli->json) {
		fprintf(stderr, "... and %zu more\n", tally.errors - TOLD);
	}
	if (rc == 0 && cli->json) {
		doc_int(doc, "more",
		    tally.errors > TOLD ? (int64_t)(tally.errors - TOLD) : 0);
		doc_int(doc, "templates", (int64_t)files);
		doc_print(doc);
	} else if (rc == 0 && tally.errors == 0 && files == 0) {
		printf("a catalogue, no errors\n");
	} else if (rc == 0 && tally.errors == 0) {
		cli_print_count((int64_t)files, "template", "templates");
		printf(", no errors\n");
	}
	if (rc == 0 && tally.errors > 0) {
		rc = err_set(err, ERR_INPUT, "%zu error%s in '%s'",
		    tally.errors, tally.errors == 1 ? "" : "s", cli->args[0]);
	}
	doc_free(doc);
	return rc;
}

/* ---- render */

/* What is to be rendered, and how it prints. */
struct job {
	char folder[PATH_SIZE];
	const char *file; /* in it */
	enum template_kind kind;
	struct template_dirs dirs;
	struct template_style style;
	struct messages *messages; /* or NULL */
};

static int
find_kind(struct job *job, const struct cli *cli, struct err *err)
{
	const char *name = cli_option(cli, "kind");
	struct str kinds;

	job->kind = TEMPLATE_GENERIC;
	if (name == NULL) {
		(void)template_names_kind_of(&job->kind, job->file);
		return 0;
	}
	if (template_names_kind_find(&job->kind, name))
		return 0;
	str_init(&kinds, 1024);
	for (int i = 0; i < TEMPLATE_KINDS; i++) {
		str_addf(&kinds, "%s%s", i > 0 ? ", " : "",
		    template_names_kind((enum template_kind)i)->name);
	}
	(void)err_set(
	    err, ERR_USAGE, "no kind '%.60s': there are %s", name, kinds.data);
	str_release(&kinds);
	return -1;
}

/* By the name of the folder, that of "." too; NULL where that says nothing. */
static const char *
folder_language(const char *folder)
{
	char *path = realpath(folder, NULL);
	const char *name = NULL;

	if (path != NULL && str_ends(path, "/en"))
		name = "en";
	if (path != NULL && str_ends(path, "/ar"))
		name = "ar";
	free(path);
	return name;
}

/* Asked for, or that of the folder, or of the settings. */
static int
find_language(struct job *job, const struct cli *cli, struct err *err)
{
	const char *name = cli_option(cli, "language");

	job->style.date = (struct date_style){.zone = "UTC"};
	if (cli->conf != NULL) {
		const struct conf *conf = cli->conf;

		job->style.date = (struct date_style){
		    .language = conf->language,
		    .digits = conf->arabic.digits,
		    .months = conf->arabic.months,
		    .calendar = conf->arabic.calendar,
		    .style = conf->arabic.date_style,
		    .zone = conf->time_zone,
		};
	}
	if (name == NULL)
		name = folder_language(job->folder);
	if (name != NULL && !str_eq(name, "ar") && !str_eq(name, "en")) {
		return err_set(err, ERR_USAGE,
		    "--language is ar or en, not '%.60s'", name);
	}
	if (name != NULL) {
		job->style.date.language =
		    str_eq(name, "en") ? CONF_EN : CONF_AR;
	}
	return 0;
}

/* Folder and file of a path; it has to be there. */
static int
find_file(struct job *job, const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	size_t n = slash != NULL ? (size_t)(slash - path) : 0;
	struct stat st;

	if (stat(path, &st) != 0)
		return err_errno(err, "template '%s'", path);
	if (n >= sizeof(job->folder))
		return err_set(err, ERR_INPUT, "'%.60s...' is too long", path);
	job->file = slash != NULL ? slash + 1 : path;
	memcpy(job->folder, path, n);
	job->folder[n] = '\0';
	if (n == 0)
		str_cut(job->folder, sizeof(job->folder), slash ? "/" : ".");
	return 0;
}

static int
find_all(struct job *job, struct cli *cli, struct err *err)
{
	struct err ignored = ERR_INIT;

	if (cli->config != NULL && conf_load(&cli->conf, cli->config, err) != 0)
		return -1;
	if (find_file(job, cli->args[0], err) != 0 ||
	    find_kind(job, cli, err) != 0 || find_language(job, cli, err) != 0)
		return -1;
	job->dirs = (struct template_dirs){.own = job->folder,
	    .shipped = NASHRA_TEMPLATES,
	    .language = job->style.date.language,
	    .flat = true};
	/* Not there: said where a sentence is wanted. Damaged: said as the
	 * template loads. */
	(void)template_messages(&job->messages, &job->dirs, &ignored);
	job->style.messages = job->messages;
	return 0;
}

static void
show(const struct cli *cli, const struct job *job, const struct str *body)
{
	struct doc *doc;

	if (!cli->json) {
		fwrite(body->data, 1, body->len, stdout);
		return;
	}
	doc = doc_object();
	doc_text(doc, "file", cli->args[0]);
	doc_text(doc, "kind", template_names_kind(job->kind)->name);
	doc_text(doc, "body", body->data);
	doc_print(doc);
	doc_free(doc);
}

static int
render(const struct cli *cli, const struct job *job,
    const struct template *template, struct err *err)
{
	const struct values_for made_for = {
	    template, job->kind, job->style.date.language == CONF_AR};
	struct values values = {.blocks = NULL};
	struct doc *data = NULL;
	struct str shared;
	struct str body;
	int rc = -1;

	str_init(&shared, BODY_MAX);
	str_init(&body, BODY_MAX);
	if (doc_read(&data, cli->args[1], err) != 0)
		goto out;
	if (values_make(&values, data, &made_for, err) != 0) {
		(void)err_wrap(err, "%s", cli->args[1]);
		goto out;
	}
	if (template_render(&shared, template, values.all, &job->style, err) !=
		0 ||
	    template_splice(
		&body, shared.data, shared.len, values.holes, err) != 0)
		goto out;
	show(cli, job, &body);
	rc = 0;
out:
	str_release(&shared);
	str_release(&body);
	values_release(&values);
	if (data != NULL)
		doc_free(data);
	return rc;
}

static int
run_render(struct cli *cli, struct err *err)
{
	struct job job = {.messages = NULL};
	struct template *template = NULL;
	int rc = find_all(&job, cli, err);

	if (rc == 0) {
		rc = template_load(
		    &template, &job.dirs, job.file, job.kind, err);
	}
	if (rc == 0)
		rc = render(cli, &job, template, err);
	/* Both files are the author's to change, and no settings. */
	if (rc != 0 && job.file != NULL &&
	    (err->code == ERR_CONFIG || err->code == ERR_DATA))
		err->code = ERR_INPUT;
	template_free(template);
	message_free(job.messages);
	return rc;
}

/* clang-format off */
const struct command cmd_template[] = {
	{"template check", "DIR", "find every mistake in a folder of templates",
	    run_check, CLI_NOTHING, 1, 1, {NULL}},
	{"template render", "FILE DATA.json [--kind KIND] [--language ar|en]",
	    "render one with values from JSON",
	    run_render, CLI_NOTHING, 2, 2, {"kind=", "language="}},
	{.name = NULL},
};
/* clang-format on */
