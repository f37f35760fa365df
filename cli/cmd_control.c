/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "cli.h"
#include "flow/control.h"

#include <stdio.h>
#include <unistd.h>

#define BREATH_US 20000

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
print_json(const struct control *control, const struct list *list)
{
	const struct issue *issue = &control->issue;
	struct doc *doc = doc_object();

	doc_int(doc, "issue", issue->id);
	doc_text(doc, "list", list->name);
	doc_text(doc, "state", issue_state_name(issue->state));
	doc_bool(doc, "already", control->already);
	if (words[control->order].what != NULL)
		doc_int(doc, "messages", control->rows);
	doc_print(doc);
	doc_free(doc);
}

static void
print_words(const struct control *control, const struct list *list)
{
	const struct issue *issue = &control->issue;
	enum control_order order = control->order;
	const char *said =
	    control->already ? words[order].already : words[order].done;

	printf("issue %lld of '%s' %s", (long long)issue->id, list->name, said);
	if (words[order].what != NULL) {
		fputs(": ", stdout);
		cli_print_count(control->rows, "message", "messages");
		printf(" %s", words[order].what);
	}
	putchar('\n');
	if (order == CONTROL_RETRY && issue->state == ISSUE_PAUSED) {
		printf("it is paused: `nashra digest resume %lld` sends it\n",
		    (long long)issue->id);
	}
}

/* Between its steps others come to write: mail that is not this issue's goes
 * out meanwhile. */
static int
go_on(struct cli *cli, struct control *control, struct err *err)
{
	int more;

	while ((more = control_step(control, cli->db, cli->now, err)) == 1)
		(void)usleep(BREATH_US);
	return more;
}

static int
run_order(struct cli *cli, enum control_order order, struct err *err)
{
	struct control control;
	struct list list;

	if (control_find(&control, cli->db, order, cli->args[0], err) != 0 ||
	    control_begin(&control, cli->db, cli->now, err) != 0 ||
	    go_on(cli, &control, err) != 0 ||
	    list_get(cli->db, control.issue.list_id, &list, err) < 0)
		return -1;
	if (cli->json) {
		print_json(&control, &list);
	} else {
		print_words(&control, &list);
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
