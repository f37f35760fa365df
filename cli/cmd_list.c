/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "cli.h"
#include "flow/amend.h"
#include "flow/kit.h"
#include "mail/address.h"
#include "model/list.h"
#include "text/bidi.h"

#include <string.h>

/* "" where the settings hold. */
static void
describe_look(struct doc *doc, const struct list_look *look, const char *key)
{
	struct str value;

	str_init(&value, LIST_LOGO_SIZE);
	list_look_value(look, key, &value);
	doc_text(doc, key, value.data);
	str_release(&value);
}

static void
describe(struct doc *doc, const struct list *list)
{
	doc_text(doc, "name", list->name);
	doc_text(doc, "title", list->title);
	doc_text(doc, "from", list->from);
	doc_text(doc, "every", list_every_name(list->every));
	doc_text(doc, "unknown", list_unknown_name(list->unknown));
	doc_text(doc, "archive", list_archive_name(list->archive));
	doc_time(doc, "created", list->created);
	for (size_t i = 0; list_look_key(i) != NULL; i++)
		describe_look(doc, &list->look, list_look_key(i));
}

/* ---- what a list can be set to */

static int
set_title(struct list *list, const char *value, struct err *err)
{
	struct str clean;
	bool fits;

	if (list_check_title(value, err) != 0)
		return -1;
	str_init(&clean, LIST_TITLE_SIZE);
	bidi_clean_line(&clean, value, strlen(value));
	fits =
	    !clean.bad && str_fit(list->title, sizeof(list->title), clean.data);
	str_release(&clean);
	if (fits)
		return 0;
	return err_set(err, ERR_INPUT,
	    "the title is too long: %d bytes at most", LIST_TITLE_SIZE - 1);
}

static int
set_from(struct list *list, const char *value, struct err *err)
{
	struct mailbox mailbox;

	if (value[0] != '\0' &&
	    address_parse_mailbox(&mailbox, value, err) != 0)
		return err_wrap(err, "from");
	if (!str_fit(list->from, sizeof(list->from), value))
		return err_set(err, ERR_INPUT, "the sender is too long");
	return 0;
}

static int
set_every(struct list *list, const char *value, struct err *err)
{
	if (list_every_parse(&list->every, value))
		return 0;
	return err_set(err, ERR_INPUT,
	    "every '%.20s': use instant, day, week or month", value);
}

static int
set_unknown(struct list *list, const char *value, struct err *err)
{
	if (list_unknown_parse(&list->unknown, value))
		return 0;
	return err_set(
	    err, ERR_INPUT, "unknown '%.20s': use resend, hold or skip", value);
}

static int
set_archive(struct list *list, const char *value, struct err *err)
{
	if (list_archive_parse(&list->archive, value))
		return 0;
	return err_set(err, ERR_INPUT, "archive '%.20s': use yes or no", value);
}

/* Those that list_look does not know. */
static const struct {
	const char *key;
	int (*set)(struct list *list, const char *value, struct err *err);
} settings[] = {
    {"title", set_title},
    {"from", set_from},
    {"every", set_every},
    {"unknown", set_unknown},
    {"archive", set_archive},
};

static int
no_setting(const char *key, struct err *err)
{
	struct str keys;

	str_init(&keys, 1000);
	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++)
		str_addf(&keys, "%s%s", i > 0 ? ", " : "", settings[i].key);
	for (size_t i = 0; list_look_key(i) != NULL; i++)
		str_addf(&keys, ", %s", list_look_key(i));
	(void)err_set(err, ERR_INPUT,
	    "a list has no setting '%.40s': there are %s", key, keys.data);
	str_release(&keys);
	return -1;
}

static int
set_one(void *arg, const char *key, const char *value, struct err *err)
{
	struct list *list = arg;

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		if (str_eq(settings[i].key, key))
			return settings[i].set(list, value, err);
	}
	if (list_look_has(key))
		return list_look_set(&list->look, key, value, err);
	return no_setting(key, err);
}

/* A template that cannot be read is told of now, not when mail is due. */
static int
check_look(const struct cli *cli, const struct list *list, struct err *err)
{
	const struct shelf_digest *digest;
	struct kit_look look;
	struct kit *kit = NULL;
	int rc = kit_new(&kit, cli->conf, false, err);

	if (rc == 0 && (kit_look(kit, list, &look, err) != 0 ||
			   kit_digest(kit, list, &digest, err) != 0)) {
		/* What is given must change, and no settings. */
		err->code = ERR_INPUT;
		rc = -1;
	}
	kit_free(kit);
	return rc;
}

static int
read_options(const struct cli *cli, struct list *list, struct err *err)
{
	static const char *const options[] = {
	    "title", "from", "every", "unknown"};

	if (cli_option(cli, "title") == NULL) {
		return err_set(
		    err, ERR_USAGE, "a list needs a title: --title \"...\"");
	}
	if (!str_fit(list->name, sizeof(list->name), cli->args[0])) {
		return err_set(err, ERR_INPUT,
		    "the name is too long: %d at most", LIST_NAME_SIZE - 1);
	}
	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++) {
		const char *value = cli_option(cli, options[i]);

		if (value != NULL && set_one(list, options[i], value, err) != 0)
			return -1;
	}
	return 0;
}

static int
show(struct cli *cli, const struct list *list)
{
	struct doc *doc = doc_object();

	describe(doc, list);
	return cli_show(cli, doc, NULL, 0);
}

static int
run_add(struct cli *cli, struct err *err)
{
	struct list list = {
	    .every = LIST_DAY, .unknown = LIST_RESEND, .created = cli->now};

	if (read_options(cli, &list, err) != 0 ||
	    cli_settings(cli, 1, set_one, &list, err) != 0 ||
	    (cli->count > 1 && check_look(cli, &list, err) != 0) ||
	    list_add(cli->db, &list, err) != 0)
		return -1;
	return show(cli, &list);
}

struct change {
	struct cli *cli;
	struct list list;
};

static int
change(void *arg, struct err *err)
{
	struct change *to = arg;
	struct cli *cli = to->cli;
	struct list_look before;

	if (list_need(cli->db, cli->args[0], &to->list, err) != 0)
		return -1;
	before = to->list.look;
	if (cli_settings(cli, 1, set_one, &to->list, err) != 0 ||
	    (!list_look_same(&before, &to->list.look) &&
		check_look(cli, &to->list, err) != 0))
		return -1;
	return list_save(cli->db, &to->list, err);
}

static int
run_set(struct cli *cli, struct err *err)
{
	struct change to = {.cli = cli};

	if (amend(cli->db, change, &to, err) != 0)
		return -1;
	return show(cli, &to.list);
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

	if (list_need(cli->db, cli->args[0], &list, err) != 0)
		return -1;
	return show(cli, &list);
}

/* clang-format off */
const struct command cmd_list[] = {
	{"list add",
	    "NAME --title T [--from A] [--every C] [--unknown P] [KEY=VALUE...]",
	    "add a list", run_add, CLI_DATABASE, 1, CLI_ARGS,
	    {"title=", "from=", "every=", "unknown="}},
	{"list ls", "", "show all lists", run_ls, CLI_DATABASE, 0, 0, {NULL}},
	{"list show", "NAME", "show one list", run_show, CLI_DATABASE, 1, 1,
	    {NULL}},
	{"list set", "NAME KEY=VALUE...", "change settings of a list", run_set,
	    CLI_DATABASE, 2, CLI_ARGS, {NULL}},
	{.name = NULL},
};
/* clang-format on */
