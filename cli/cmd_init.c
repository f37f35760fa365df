/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "cli.h"
#include "flow/setup.h"

#include <stdio.h>
#include <stdlib.h>

static void
report(struct doc *doc, const char *what, const char *path, int made)
{
	struct doc *row = doc_push_object(doc);

	doc_text(row, "what", what);
	doc_text(row, "path", path);
	doc_bool(row, "created", made != 0);
}

static const char *
settings_path(const struct cli *cli)
{
	const char *path = cli->config;

	if (path == NULL)
		path = getenv("NASHRA_CONFIG");
	return path != NULL ? path : CONF_PATH;
}

static int
make_all(struct cli *cli, struct doc *doc, struct err *err)
{
	const char *path = settings_path(cli);
	int made = conf_create(path, err);

	if (made < 0)
		return -1;
	report(doc, "settings", path, made);
	if (conf_load(&cli->conf, path, err) != 0)
		return -1;
	made = setup_database(cli->conf, cli->now, err);
	if (made < 0)
		return -1;
	report(doc, "database", cli->conf->database, made);
	made = setup_secrets(cli->conf, err);
	if (made < 0)
		return -1;
	report(doc, "secrets", cli->conf->secrets, made);
	if (cli->conf->dkim.domain[0] == '\0')
		return 0;
	made = setup_key(cli->conf, err);
	if (made < 0)
		return -1;
	report(doc, "dkim key", cli->conf->dkim.key_file, made);
	return 0;
}

/* What was made is said even where a later step failed. */
static int
run_init(struct cli *cli, struct err *err)
{
	static const char *const columns[] = {"what", "created", "path", NULL};
	struct doc *doc = doc_array();
	int rc = make_all(cli, doc, err);

	if (cli->json) {
		doc_print(doc);
	} else {
		doc_table(doc, columns);
	}
	doc_free(doc);
	return rc;
}

/* clang-format off */
const struct command cmd_init[] = {
	{"init", "", "make what is missing: settings, database, secrets, key",
	    run_init, CLI_NOTHING, 0, 0, {NULL}},
	{.name = NULL},
};
/* clang-format on */
