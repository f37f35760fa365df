/* SPDX-License-Identifier: ISC */
/* nashra - the admin's command line: one table of commands. */
#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "base/token.h"
#include "cli.h"
#include "flow/kit.h"

#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct command *const tables[] = {cmd_init, cmd_list, cmd_feed,
    cmd_subscriber, cmd_digest, cmd_mail, cmd_issue, cmd_control, cmd_dkim,
    cmd_status, cmd_template};
#define TABLES 11
_Static_assert(sizeof(tables) == TABLES * sizeof(struct command *),
    "each table is looked through");

/* What getopt_long returns for a command's own option i is OWN + i. */
enum { OPT_CONFIG = 256, OPT_JSON, OPT_HELP, OWN };

static void
usage(FILE *to)
{
	fputs("usage: nashra [--config FILE] [--json] COMMAND ...\n\n", to);
	for (size_t i = 0; i < TABLES; i++) {
		const struct command *c;

		for (c = tables[i]; c->name != NULL; c++)
			fprintf(to, "  %-18s %s\n", c->name, c->about);
	}
	fputs("\n`nashra COMMAND --help` shows its arguments; the manual is "
	      "nashra(1).\n",
	    to);
}

static void
usage_of(const struct command *command, FILE *to)
{
	fprintf(to, "usage: nashra [--config FILE] [--json] %s%s%s\n",
	    command->name, command->args[0] ? " " : "", command->args);
}

/* Finds "list add" in `list` `add`, or "init" in `init`; *words is how many
 * arguments its name took. */
static const struct command *
find(char **argv, int argc, int *words)
{
	for (size_t i = 0; i < TABLES; i++) {
		const struct command *c;

		for (c = tables[i]; c->name != NULL; c++) {
			const char *space = strchr(c->name, ' ');
			size_t n = strcspn(c->name, " ");

			if (strlen(argv[0]) != n ||
			    memcmp(argv[0], c->name, n) != 0)
				continue;
			*words = space == NULL ? 1 : 2;
			if (space == NULL ||
			    (argc > 1 && str_eq(argv[1], space + 1)))
				return c;
		}
	}
	return NULL;
}

/* The commands whose first word is that one. */
static void
list_verbs(struct str *out, const char *noun)
{
	for (size_t i = 0; i < TABLES; i++) {
		const struct command *c;

		for (c = tables[i]; c->name != NULL; c++) {
			size_t n = strcspn(c->name, " ");

			if (strlen(noun) != n || c->name[n] != ' ' ||
			    memcmp(noun, c->name, n) != 0)
				continue;
			str_addf(out, "%s%s", out->len ? ", " : "", c->name);
		}
	}
}

static int
unknown(char **argv, int argc, struct err *err)
{
	struct str verbs;

	str_init(&verbs, 256);
	list_verbs(&verbs, argv[0]);
	if (verbs.len == 0) {
		(void)err_set(err, ERR_USAGE,
		    "no command '%.60s': `nashra --help` lists them", argv[0]);
	} else {
		(void)err_set(err, ERR_USAGE,
		    "'%.60s%s%.60s' is no command: %s", argv[0],
		    argc > 1 ? " " : "", argc > 1 ? argv[1] : "", verbs.data);
	}
	str_release(&verbs);
	return -1;
}

const char *
cli_option(const struct cli *cli, const char *name)
{
	const char *const *options = cli->command->options;

	for (int i = 0; i < CLI_OPTIONS && options[i] != NULL; i++) {
		size_t n = strcspn(options[i], "=");

		if (strlen(name) == n && memcmp(name, options[i], n) == 0)
			return cli->value[i];
	}
	return NULL;
}

const char *
cli_option_or(const struct cli *cli, const char *name, const char *otherwise)
{
	const char *value = cli_option(cli, name);

	return value != NULL ? value : otherwise;
}

int
cli_show(
    const struct cli *cli, struct doc *doc, const char *const *columns, int rc)
{
	if (rc == 0 && cli->json) {
		doc_print(doc);
	} else if (rc == 0 && columns != NULL) {
		doc_table(doc, columns);
	} else if (rc == 0) {
		doc_lines(doc);
	}
	doc_free(doc);
	return rc;
}

struct doc *
cli_row_of_list(struct cli_listing *to, int64_t list_id, struct list *out)
{
	int found = list_get(to->cli->db, list_id, out, to->err);
	struct doc *row;

	if (found == 0)
		(void)err_set(to->err, ERR_SYSTEM, "its list is gone");
	if (found != 1)
		return NULL;
	row = doc_push_object(to->doc);
	doc_text(row, "list", out->name);
	return row;
}

void
cli_add_counts(struct doc *object, const struct outbox_list_counts *counts)
{
	for (int i = 0; i < OUTBOX_STATES; i++) {
		doc_int(object, outbox_state_name((enum outbox_state)i),
		    counts->n[i]);
	}
	doc_bool(object, "finished", outbox_list_final(counts));
}

int
cli_write_file(const char *path, const struct str *text, struct err *err)
{
	FILE *file = str_eq(path, "-") ? stdout : fopen(path, "w");
	bool bad;

	if (file == NULL)
		return err_errno(err, "cannot write '%s'", path);
	bad = fwrite(text->data, 1, text->len, file) != text->len;
	if (file == stdout) {
		bad |= fflush(file) != 0;
	} else {
		bad |= fclose(file) != 0;
	}
	return bad ? err_errno(err, "cannot write '%s'", path) : 0;
}

void
cli_print_count(int64_t n, const char *one, const char *many)
{
	printf("%lld %s", (long long)n, n == 1 ? one : many);
}

/* The options of the program and of the command, for getopt_long. */
struct table {
	struct option option[CLI_OPTIONS + 4];
	char names[CLI_OPTIONS][32];
};

static void
make_table(struct table *table, const struct command *command)
{
	static const struct option own[] = {
	    {"config", required_argument, NULL, OPT_CONFIG},
	    {"json", no_argument, NULL, OPT_JSON},
	    {"help", no_argument, NULL, OPT_HELP}};
	int n = 0;

	*table = (struct table){.names = {""}};
	for (; n < 3; n++)
		table->option[n] = own[n];
	for (int i = 0; command != NULL && i < CLI_OPTIONS; i++, n++) {
		const char *name = command->options[i];

		if (name == NULL)
			break;
		snprintf(table->names[i], sizeof(table->names[i]), "%.*s",
		    (int)strcspn(name, "="), name);
		table->option[n] = (struct option){table->names[i],
		    str_ends(name, "=") ? required_argument : no_argument, NULL,
		    OWN + i};
	}
}

/* Reads options; `stop` ends it at the first word that is none. Returns 1
 * where help was asked for. */
static int
read_options(struct cli *cli, int argc, char **argv, bool stop, struct err *err)
{
	struct table table;
	int c;

	make_table(&table, stop ? NULL : cli->command);
	optind = 0; /* GNU: forget the former word order */
	opterr = 0;
	while ((c = getopt_long(
		    argc, argv, stop ? "+:" : ":", table.option, NULL)) != -1) {
		if (c == OPT_CONFIG) {
			cli->config = optarg;
		} else if (c == OPT_JSON) {
			cli->json = true;
		} else if (c == OPT_HELP) {
			return 1;
		} else if (c == ':') {
			return err_set(err, ERR_USAGE, "'%.60s' needs a value",
			    argv[optind - 1]);
		} else if (c < OWN) {
			return err_set(err, ERR_USAGE, "no option '%.60s'",
			    argv[optind - 1]);
		} else {
			cli->value[c - OWN] = optarg != NULL ? optarg : "";
		}
	}
	return 0;
}

static int
check_count(const struct cli *cli, struct err *err)
{
	const struct command *command = cli->command;

	if (cli->count < command->min) {
		return err_set(err, ERR_USAGE, "usage: nashra %s %s",
		    command->name, command->args);
	}
	if (cli->count > command->max) {
		return err_set(err, ERR_USAGE,
		    "'%.60s' is too much: usage: nashra %s %s",
		    cli->args[command->max], command->name, command->args);
	}
	return 0;
}

int
cli_settings(const struct cli *cli, int from, cli_setting_fn *fn, void *arg,
    struct err *err)
{
	for (int i = from; i < cli->count; i++) {
		const char *value = strchr(cli->args[i], '=');
		char key[64];
		size_t n = value != NULL ? (size_t)(value - cli->args[i]) : 0;

		if (n == 0 || n >= sizeof(key)) {
			return err_set(err, ERR_USAGE,
			    "'%.60s' is no KEY=VALUE: usage: nashra %s %s",
			    cli->args[i], cli->command->name,
			    cli->command->args);
		}
		memcpy(key, cli->args[i], n);
		key[n] = '\0';
		if (fn(arg, key, value + 1, err) != 0)
			return -1;
	}
	return 0;
}

int
cli_flush(struct err *err)
{
	static int failed; /* the first time, and for good */

	if (failed == 0 && (fflush(stdout) != 0 || ferror(stdout)))
		failed = errno != 0 ? errno : EIO;
	if (failed == 0 || failed == EPIPE)
		return failed == EPIPE;
	errno = failed;
	return err_errno(err, "cannot write the output");
}

static int
run(struct cli *cli, struct err *err)
{
	const struct command *command = cli->command;
	int rc = -1;

	if (check_count(cli, err) != 0)
		return -1;
	if (command->needs != CLI_NOTHING &&
	    conf_load(&cli->conf, cli->config, err) != 0)
		return -1;
	if (command->needs == CLI_DATABASE &&
	    (kit_check(cli->conf, err) != 0 ||
		db_open(&cli->db, cli->conf->database, DB_WAIT_CLI, err) != 0))
		goto out;
	rc = command->run(cli, err);
	if (rc == 0 && cli_flush(err) < 0)
		rc = -1;
out:
	db_close(cli->db);
	conf_free(cli->conf);
	return rc;
}

static int
start(int argc, char **argv, struct err *err)
{
	struct cli cli = {.now = clock_now()};
	int words;
	int help = read_options(&cli, argc, argv, true, err);

	if (help < 0)
		return -1;
	if (help == 1 || argc == optind || str_eq(argv[optind], "help")) {
		usage(help == 1 || argc > optind ? stdout : stderr);
		return help == 1 || argc > optind
			   ? 0
			   : err_set(err, ERR_USAGE, "name a command");
	}
	argv += optind;
	argc -= optind;
	cli.command = find(argv, argc, &words);
	if (cli.command == NULL)
		return unknown(argv, argc, err);
	/* getopt takes the word before the options for the program's name. */
	argv += words - 1;
	argc -= words - 1;
	help = read_options(&cli, argc, argv, false, err);
	if (help == 1)
		usage_of(cli.command, stdout);
	if (help != 0)
		return help < 0 ? -1 : 0;
	cli.args = argv + optind;
	cli.count = argc - optind;
	return run(&cli, err);
}

int
main(int argc, char **argv)
{
	struct err err = ERR_INIT;

	token_guard();
	umask(077);
	/* A server that hangs up is an answer to a write, not the end. */
	signal(SIGPIPE, SIG_IGN);
	log_limit(LOG_WARN);
	if (start(argc, argv, &err) == 0)
		return 0;
	fprintf(stderr, "nashra: %s\n", err.msg);
	return err_exit_status(err.code);
}
