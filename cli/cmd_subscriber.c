/* SPDX-License-Identifier: ISC */
#include "base/confwords.h"
#include "base/str.h"
#include "cli.h"
#include "flow/amend.h"
#include "flow/signup.h"
#include "mail/address.h"
#include "model/consent.h"
#include "model/subscriber.h"

#include <stdio.h>

static int
run_add(struct cli *cli, struct err *err)
{
	bool confirm = cli_option(cli, "confirm") != NULL;
	const struct signup_request request = {
	    .list = cli->args[0],
	    .email = cli->args[1],
	    .every = cli_option_or(cli, "every", ""),
	    .source = "admin",
	    .wording = "",
	    .client = "",
	};
	int rc = confirm ? signup_ask(cli->db, &request, cli->now, err)
			 : signup_add(cli->db, &request, cli->now, err);

	if (rc < 0)
		return -1;
	if (cli->json) {
		struct doc *doc = doc_object();

		doc_text(doc, "list", cli->args[0]);
		doc_bool(doc, "added", !confirm && rc == 1);
		doc_bool(doc, "asked", confirm);
		doc_print(doc);
		doc_free(doc);
	} else if (confirm) {
		puts("a confirm mail goes out, unless one did lately or the "
		     "reader is active");
	} else {
		puts(rc == 1 ? "added" : "was active already");
	}
	return 0;
}

static int
add_consent(const struct consent *consent, void *arg)
{
	struct doc *row = doc_push_object(arg);

	doc_time(row, "at", consent->at);
	doc_text(row, "event", consent->event);
	doc_text(row, "source", consent->source);
	doc_text(row, "client", consent->client);
	doc_text(row, "wording", consent->wording);
	return 0;
}

static const char *
cadence(const struct subscription *sub, const struct list *list)
{
	return list_every_name(
	    sub->every < 0 ? list->every : (enum list_every)sub->every);
}

/* What a reader has chosen beside the cadence; "" is the list's. */
static void
add_taste(struct doc *row, const struct subscription *sub)
{
	doc_text(row, "digits",
	    sub->digits > 0 ? confwords_digits[sub->digits - 1] : "");
	doc_text(row, "format", subscription_format_name(sub->format));
}

static int
add_subscription(const struct subscription *sub, void *arg)
{
	struct cli_listing *to = arg;
	struct list list;
	struct doc *row;

	row = cli_row_of_list(to, sub->list_id, &list);
	if (row == NULL)
		return -1;
	doc_text(row, "state", subscription_state_name(sub->state));
	doc_text(row, "every", cadence(sub, &list));
	add_taste(row, sub);
	doc_time(row, "created", sub->created);
	doc_time(row, "changed", sub->changed);
	return consent_each(to->cli->db, sub->id, add_consent,
	    doc_put_array(row, "consent"), to->err);
}

static int
find(
    struct cli *cli, const char *email, struct subscriber *out, struct err *err)
{
	struct address address;
	int found;

	if (address_parse(&address, email, err) != 0)
		return -1;
	found = subscriber_find(cli->db, address.key, out, err);
	if (found == 0) {
		return err_set(
		    err, ERR_NOTFOUND, "no subscriber '%s'", address.wire);
	}
	return found < 0 ? -1 : 0;
}

static int
run_show(struct cli *cli, struct err *err)
{
	static const char *const columns[] = {
	    "list", "state", "every", "created", "changed", NULL};
	struct subscriber subscriber;
	struct doc *doc;
	int rc;

	if (find(cli, cli->args[0], &subscriber, err) != 0)
		return -1;
	doc = doc_object();
	doc_text(doc, "email", subscriber.address);
	doc_time(doc, "created", subscriber.created);

	struct cli_listing to = {cli, doc_put_array(doc, "subscriptions"), err};

	rc = subscription_each_of_subscriber(
	    cli->db, subscriber.id, add_subscription, &to, err);
	if (rc == 0 && cli->json) {
		doc_print(doc);
	} else if (rc == 0) {
		puts(subscriber.address);
		doc_table(to.doc, columns);
	}
	doc_free(doc);
	return rc;
}

struct list_rows {
	const struct list *list;
	struct doc *doc;
};

static int
add_reader(const struct subscription *sub, void *arg)
{
	const struct list_rows *to = arg;
	struct doc *row = doc_push_object(to->doc);

	doc_text(row, "email", sub->address);
	doc_text(row, "state", subscription_state_name(sub->state));
	doc_text(row, "every", cadence(sub, to->list));
	add_taste(row, sub);
	doc_time(row, "changed", sub->changed);
	return 0;
}

static int
run_ls(struct cli *cli, struct err *err)
{
	static const char *const columns[] = {
	    "state", "every", "changed", "email", NULL};
	struct list list;
	int rc;

	if (list_need(cli->db, cli->args[0], &list, err) != 0)
		return -1;

	struct list_rows to = {&list, doc_array()};

	rc = subscription_each_of_list(cli->db, list.id, add_reader, &to, err);
	return cli_show(cli, to.doc, columns, rc);
}

/* ---- set */

static int
set_every(struct subscription *sub, const char *value, struct err *err)
{
	enum list_every every = LIST_DAY;

	if (value[0] != '\0' && !list_every_parse(&every, value)) {
		return err_set(err, ERR_INPUT,
		    "every '%.20s': use instant, day, week or month", value);
	}
	sub->every = value[0] != '\0' ? (int)every : -1;
	return 0;
}

static int
set_digits(struct subscription *sub, const char *value, struct err *err)
{
	int at = confwords_find(confwords_digits, value);

	if (at < 0 && value[0] != '\0') {
		return err_set(
		    err, ERR_INPUT, "digits '%.20s': use arab or latn", value);
	}
	sub->digits = at + 1;
	return 0;
}

static int
set_format(struct subscription *sub, const char *value, struct err *err)
{
	sub->format = SUBSCRIPTION_HTML;
	if (value[0] != '\0' &&
	    !subscription_format_parse(&sub->format, value)) {
		return err_set(
		    err, ERR_INPUT, "format '%.20s': use html or text", value);
	}
	return 0;
}

static int
set_one(void *arg, const char *key, const char *value, struct err *err)
{
	static const struct {
		const char *key;
		int (*set)(struct subscription *sub, const char *value,
		    struct err *err);
	} settings[] = {
	    {"every", set_every},
	    {"digits", set_digits},
	    {"format", set_format},
	};

	for (size_t i = 0; i < sizeof(settings) / sizeof(*settings); i++) {
		if (str_eq(settings[i].key, key))
			return settings[i].set(arg, value, err);
	}
	return err_set(err, ERR_INPUT,
	    "a reader has no setting '%.40s': there are every, digits and "
	    "format",
	    key);
}

static int
find_reader(struct cli *cli, struct list *list, struct subscription *out,
    struct err *err)
{
	struct subscriber who;
	int found;

	if (list_need(cli->db, cli->args[0], list, err) != 0 ||
	    find(cli, cli->args[1], &who, err) != 0)
		return -1;
	found = subscription_find(cli->db, list->id, who.id, out, err);
	if (found == 0) {
		return err_set(err, ERR_NOTFOUND, "'%s' is not on '%s'",
		    who.address, list->name);
	}
	return found < 0 ? -1 : 0;
}

struct change {
	struct cli *cli;
	struct list list;
	struct subscription sub;
};

static int
change(void *arg, struct err *err)
{
	struct change *to = arg;

	if (find_reader(to->cli, &to->list, &to->sub, err) != 0 ||
	    cli_settings(to->cli, 2, set_one, &to->sub, err) != 0)
		return -1;
	return subscription_save_taste(to->cli->db, &to->sub, err);
}

static int
run_set(struct cli *cli, struct err *err)
{
	struct change to = {.cli = cli};
	struct doc *doc;

	if (amend(cli->db, change, &to, err) != 0)
		return -1;
	doc = doc_object();
	doc_text(doc, "email", to.sub.address);
	doc_text(doc, "list", to.list.name);
	doc_text(doc, "every", cadence(&to.sub, &to.list));
	add_taste(doc, &to.sub);
	return cli_show(cli, doc, NULL, 0);
}

/* clang-format off */
const struct command cmd_subscriber[] = {
	{"subscriber add", "LIST EMAIL [--every C] [--confirm]",
	    "make a reader active, or ask them to confirm", run_add,
	    CLI_DATABASE, 2, 2, {"every=", "confirm"}},
	{"subscriber set", "LIST EMAIL KEY=VALUE...",
	    "change what a reader has chosen", run_set, CLI_DATABASE, 3,
	    CLI_ARGS, {NULL}},
	{"subscriber ls", "LIST", "show the readers of a list", run_ls,
	    CLI_DATABASE, 1, 1, {NULL}},
	{"subscriber show", "EMAIL", "show what one reader gets, and why",
	    run_show, CLI_DATABASE, 1, 1, {NULL}},
	{.name = NULL},
};
/* clang-format on */
