/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "cli.h"
#include "flow/control.h"

#include <stdio.h>

/* What was done, and where it was so before. */
static const struct {
	const char *done, *already;
	const char *what; /* of the messages that are counted */
} words[CONTROL_ORDERS] = {
    [CONTROL_PAUSE] = {"paused", "was paused already", NULL},
    [CONTROL_RESUME] = {"resumed", "", NULL},
    [CONTROL_CANCEL] = {"cancelled", "was cancelled already", "cancelled"},
    [CONTROL_RETRY] = {"is tried again", "", "queued again"},
};

static void
print_json(enum control_order order, const struct issue *issue,
    const struct list *list, const struct control_result *result)
{
	struct doc *doc = doc_object();

	doc_int(doc, "issue", issue->id);
	doc_text(doc, "list", list->name);
	doc_text(doc, "state", issue_state_name(issue->state));
	doc_bool(doc, "already", result->already);
	if (words[order].what != NULL)
		doc_int(doc, "messages", result->rows);
	doc_print(doc);
	doc_free(doc);
}

static void
print_words(enum control_order order, const struct issue *issue,
    const struct list *list, const struct control_result *result)
{
	const char *said =
	    result->already ? words[order].already : words[order].done;

	printf("issue %lld of '%s' %s", (long long)issue->id, list->name, said);
	if (words[order].what != NULL) {
		fputs(": ", stdout);
		cli_print_count(result->rows, "message", "messages");
		printf(" %s", words[order].what);
	}
	putchar('\n');
	if (order == CONTROL_RETRY && issue->state == ISSUE_PAUSED) {
		printf("it is paused: `nashra digest resume %lld` sends it\n",
		    (long long)issue->id);
	}
}

static int
run_order(struct cli *cli, enum control_order order, struct err *err)
{
	struct control_result result;
	struct issue issue;
	struct list list;

	if (control_find(cli->db, order, cli->args[0], &issue, err) != 0 ||
	    control_run(cli->db, order, &issue, cli->now, &result, err) != 0 ||
	    list_get(cli->db, issue.list_id, &list, err) < 0)
		return -1;
	if (cli->json) {
		print_json(order, &issue, &list, &result);
	} else {
		print_words(order, &issue, &list, &result);
	}
	return 0;
}

static int
run_pause(struct cli *cli, struct err *err)
{
	return run_order(cli, CONTROL_PAUSE, err);
}

static int
run_resume(struct cli *cli, struct err *err)
{
	return run_order(cli, CONTROL_RESUME, err);
}

static int
run_cancel(struct cli *cli, struct err *err)
{
	return run_order(cli, CONTROL_CANCEL, err);
}

static int
run_retry(struct cli *cli, struct err *err)
{
	return run_order(cli, CONTROL_RETRY, err);
}

/* clang-format off */
const struct command cmd_control[] = {
	{"digest pause", "ID|LIST", "hold an issue: nothing more of it starts",
	    run_pause, CLI_DATABASE, 1, 1, {NULL}},
	{"digest resume", "ID|LIST", "let a paused issue go on", run_resume,
	    CLI_DATABASE, 1, 1, {NULL}},
	{"digest cancel", "ID|LIST", "never send what has not left", run_cancel,
	    CLI_DATABASE, 1, 1, {NULL}},
	{"digest retry", "ID|LIST", "send again what failed or may have",
	    run_retry, CLI_DATABASE, 1, 1, {NULL}},
	{.name = NULL},
};
/* clang-format on */
