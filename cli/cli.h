/* SPDX-License-Identifier: ISC */
/*
 * cli - what the commands of nashra share: the table's row, the arguments.
 *
 * Each cmd_NOUN.c fills its own rows; main.c finds the row, reads what is
 * asked for in front of it, opens what the row needs, and calls it.
 */
#ifndef NASHRA_CLI_H
#define NASHRA_CLI_H

#include "base/conf.h"
#include "base/err.h"
#include "base/str.h"
#include "model/list.h"
#include "model/outbox_list.h"
#include "store/db.h"

#include "doc.h"

#include <stdbool.h>
#include <stdint.h>

#define CLI_OPTIONS 8
#define CLI_ARGS    64 /* where there may be any number */

/* A command's surroundings and its arguments. */
struct cli {
	const char *config; /* as given, or NULL */
	struct conf *conf;  /* where the row asks for it */
	struct db *db;      /* likewise */
	bool json;
	int64_t now;
	const struct command *command;
	const char *value[CLI_OPTIONS]; /* by place in command->options */
	char **args;                    /* those that are no options */
	int count;
};

enum cli_needs { CLI_NOTHING, CLI_CONF, CLI_DATABASE };

struct command {
	const char *name;  /* "list add" */
	const char *args;  /* as the usage shows them */
	const char *about; /* one line */
	int (*run)(struct cli *cli, struct err *err);
	enum cli_needs needs;
	int min, max; /* arguments that are no options */
	/* Names of options; one that takes a value ends in '='. */
	const char *options[CLI_OPTIONS];
};

/* The value of an option: NULL where it is absent, "" for one that takes
 * none. */
const char *cli_option(const struct cli *cli, const char *name);
/* The same, `otherwise` where it is absent. */
const char *
cli_option_or(const struct cli *cli, const char *name, const char *otherwise);

/* Calls fn for each of the arguments from there on, which have to be KEY=VALUE,
 * until it fails. */
typedef int
cli_setting_fn(void *arg, const char *key, const char *value, struct err *err);
int cli_settings(const struct cli *cli, int from, cli_setting_fn *fn, void *arg,
    struct err *err);

/* Prints a document where rc is 0: as JSON, as a table of `columns`, or (NULL)
 * a line a key. Frees it, and returns rc. */
int cli_show(
    const struct cli *cli, struct doc *doc, const char *const *columns, int rc);

/* A document in the making, for the callbacks that add its rows. */
struct cli_listing {
	struct cli *cli;
	struct doc *doc;
	struct err *err;
};
/* A new row that begins with the name of a list, which `out` is filled with;
 * NULL, with the listing's err filled, where that cannot be read. */
struct doc *
cli_row_of_list(struct cli_listing *to, int64_t list_id, struct list *out);

/* A number for each state of a message, and whether none will change. */
void
cli_add_counts(struct doc *object, const struct outbox_list_counts *counts);

/* What was printed is on its way. A full disk under a report must not look like
 * success; where nobody reads on, who has seen enough, it is 1. */
int cli_flush(struct err *err);

/* Writes a file, or the standard output for "-". */
int cli_write_file(const char *path, const struct str *text, struct err *err);

/* "1 article", "3 articles": the number and the noun that fits it. */
void cli_print_count(int64_t n, const char *one, const char *many);

/* Ends each table: a row without a name. */
extern const struct command cmd_init[];
extern const struct command cmd_list[];
extern const struct command cmd_feed[];
extern const struct command cmd_subscriber[];
extern const struct command cmd_digest[];
extern const struct command cmd_mail[];
extern const struct command cmd_issue[];
extern const struct command cmd_control[];
extern const struct command cmd_dkim[];
extern const struct command cmd_status[];
extern const struct command cmd_template[];

#endif
