/* SPDX-License-Identifier: ISC */
#include "cli.h"
#include "flow/poll.h"
#include "model/feed.h"
#include "model/list.h"

#include <stdio.h>

static const char *const status_names[] = {
    [POLL_OK] = "ok",
    [POLL_UNCHANGED] = "not-modified",
    [POLL_FAILED] = "failed",
};

static int
run_add(struct cli *cli, struct err *err)
{
	bool existing = cli_option(cli, "send-existing") != NULL;
	struct poll_outcome out = {0};
	struct list list;

	if (list_need(cli->db, cli->args[0], &list, err) != 0)
		return -1;
	const struct poll_add add = {
	    .list = &list,
	    .url = cli->args[1],
	    .send_existing = existing,
	    .check = cli_option(cli, "no-check") == NULL,
	};
	if (poll_add(cli->db, cli->conf, &add, cli->now, &out, err) != 0)
		return -1;
	if (cli->json) {
		struct doc *doc = doc_object();

		doc_text(doc, "list", list.name);
		doc_text(doc, "url", out.feed.url);
		doc_text(doc, "title", out.feed.title);
		doc_int(doc, "seeded", existing ? 0 : out.fresh);
		doc_int(doc, "new", existing ? out.fresh : 0);
		doc_text(doc, "error", out.feed.error);
		doc_print(doc);
		doc_free(doc);
	} else if (out.status == POLL_FAILED) {
		printf("added, unread: %s\n", out.feed.error);
	} else {
		printf("added '%s': ", out.feed.title);
		cli_print_count(out.fresh, "article", "articles");
		puts(existing ? " to send" : " there already count as seen");
	}
	return 0;
}

static int
add_row(const struct feed *feed, void *arg)
{
	struct cli_listing *to = arg;
	struct list list;
	struct doc *row;

	row = cli_row_of_list(to, feed->list_id, &list);
	if (row == NULL)
		return -1;
	doc_text(row, "url", feed->url);
	doc_text(row, "title", feed->title);
	doc_time(row, "next_poll", feed->next_poll);
	doc_time(row, "last_ok", feed->last_ok);
	doc_int(row, "failures", feed->failures);
	doc_text(row, "error", feed->error);
	return 0;
}

/* The list that an optional argument names: 0 for all. */
static int
chosen_list(struct cli *cli, int64_t *id, struct err *err)
{
	struct list list;

	*id = 0;
	if (cli->count == 0)
		return 0;
	if (list_need(cli->db, cli->args[0], &list, err) != 0)
		return -1;
	*id = list.id;
	return 0;
}

static int
run_ls(struct cli *cli, struct err *err)
{
	static const char *const columns[] = {
	    "list", "url", "last_ok", "next_poll", "failures", "error", NULL};
	struct cli_listing to = {cli, doc_array(), err};
	int64_t list_id;
	int rc = chosen_list(cli, &list_id, err);

	if (rc == 0)
		rc = feed_each(cli->db, list_id, add_row, &to, err);
	return cli_show(cli, to.doc, columns, rc);
}

static int
add_outcome(const struct poll_outcome *outcome, void *arg)
{
	struct cli_listing *to = arg;
	struct list list;
	struct doc *row;

	row = cli_row_of_list(to, outcome->feed.list_id, &list);
	if (row == NULL)
		return -1;
	doc_text(row, "url", outcome->feed.url);
	doc_text(row, "status", status_names[outcome->status]);
	doc_int(row, "new", outcome->fresh);
	doc_text(row, "error", outcome->feed.error);
	return 0;
}

static int
run_poll(struct cli *cli, struct err *err)
{
	static const char *const columns[] = {
	    "list", "status", "new", "url", "error", NULL};
	struct cli_listing to = {cli, doc_array(), err};
	struct poll_now which = {
	    .now = cli->now, .fn = add_outcome, .arg = &to};
	int rc = chosen_list(cli, &which.list_id, err);

	if (rc == 0)
		rc = poll_now(cli->db, cli->conf, &which, err);
	return cli_show(cli, to.doc, columns, rc);
}

/* clang-format off */
const struct command cmd_feed[] = {
	{"feed add", "LIST URL [--send-existing] [--no-check]",
	    "add a feed to a list, and read it once", run_add, CLI_DATABASE,
	    2, 2, {"send-existing", "no-check"}},
	{"feed ls", "[LIST]", "show feeds and how they are", run_ls,
	    CLI_DATABASE, 0, 1, {NULL}},
	{"feed poll", "[LIST]", "read the feeds now, and say what was found",
	    run_poll, CLI_DATABASE, 0, 1, {NULL}},
	{.name = NULL},
};
/* clang-format on */
