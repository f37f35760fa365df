/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "cli.h"
#include "mail/address.h"
#include "model/list.h"

static void
describe(struct doc *doc, const struct list *list)
{
	doc_text(doc, "name", list->name);
	doc_text(doc, "title", list->title);
	doc_text(doc, "from", list->from);
	doc_text(doc, "every", list_every_name(list->every));
	doc_text(doc, "unknown", list_unknown_name(list->unknown));
	doc_time(doc, "created", list->created);
}

static int
read_options(const struct cli *cli, struct list *list, struct err *err)
{
	const char *every = cli_option_or(cli, "every", "day");
	const char *unknown = cli_option_or(cli, "unknown", "resend");
	const char *from = cli_option_or(cli, "from", "");
	struct mailbox mailbox;

	if (cli_option(cli, "title") == NULL) {
		return err_set(
		    err, ERR_USAGE, "a list needs a title: --title \"...\"");
	}
	if (!str_fit(list->name, sizeof(list->name), cli->args[0])) {
		return err_set(err, ERR_INPUT,
		    "the name is too long: %d at most", LIST_NAME_SIZE - 1);
	}
	if (!str_fit(list->title, sizeof(list->title),
		cli_option_or(cli, "title", ""))) {
		return err_set(err, ERR_INPUT,
		    "the title is too long: %d bytes at most",
		    LIST_TITLE_SIZE - 1);
	}
	if (!list_every_parse(&list->every, every)) {
		return err_set(err, ERR_USAGE,
		    "--every '%.20s': use instant, day, week or month", every);
	}
	if (!list_unknown_parse(&list->unknown, unknown)) {
		return err_set(err, ERR_USAGE,
		    "--unknown '%.20s': use resend, hold or skip", unknown);
	}
	if (from[0] != '\0' && address_parse_mailbox(&mailbox, from, err) != 0)
		return err_wrap(err, "--from");
	if (!str_fit(list->from, sizeof(list->from), from))
		return err_set(err, ERR_INPUT, "the sender is too long");
	return 0;
}

static int
run_add(struct cli *cli, struct err *err)
{
	struct list list = {.created = cli->now};
	struct doc *doc;

	if (read_options(cli, &list, err) != 0 ||
	    list_add(cli->db, &list, err) != 0)
		return -1;
	doc = doc_object();
	describe(doc, &list);
	return cli_show(cli, doc, NULL, 0);
}

static int
add_row(const struct list *list, void *arg)
{
	describe(doc_push_object(arg), list);
	return 0;
}

static int
run_ls(struct cli *cli, struct err *err)
{
	static const char *const columns[] = {"name", "every", "title", NULL};
	struct doc *doc = doc_array();

	return cli_show(
	    cli, doc, columns, list_each(cli->db, add_row, doc, err));
}

static int
run_show(struct cli *cli, struct err *err)
{
	struct list list;
	struct doc *doc;

	if (list_need(cli->db, cli->args[0], &list, err) != 0)
		return -1;
	doc = doc_object();
	describe(doc, &list);
	return cli_show(cli, doc, NULL, 0);
}

/* clang-format off */
const struct command cmd_list[] = {
	{"list add", "NAME --title T [--from A] [--every C] [--unknown P]",
	    "add a list", run_add, CLI_DATABASE, 1, 1,
	    {"title=", "from=", "every=", "unknown="}},
	{"list ls", "", "show all lists", run_ls, CLI_DATABASE, 0, 0, {NULL}},
	{"list show", "NAME", "show one list", run_show, CLI_DATABASE, 1, 1,
	    {NULL}},
	{.name = NULL},
};
/* clang-format on */
