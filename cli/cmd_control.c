/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "cli.h"
#include "flow/control.h"
#include "model/outbox_list.h"

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
print_json(const struct control *control, const struct list *list,
    const struct outbox_list_counts *counts)
{
	const struct issue *issue = &control->issue;
	struct doc *doc = doc_object();

	doc_int(doc, "issue", issue->id);
	doc_text(doc, "list", list->name);
	doc_text(doc, "state", issue_state_name(issue->state));
	doc_bool(doc, "already", control->already);
	doc_bool(doc, "nothing", control->nothing);
	if (words[control->order].what != NULL)
		doc_int(doc, "messages", control->rows);
	doc_int(doc, "sent", counts->n[OUTBOX_SENT]);
	doc_int(doc, "started", counts->n[OUTBOX_STARTED]);
	doc_print(doc);
	doc_free(doc);
}

/* What cannot be called back. */
static void
print_gone(const struct outbox_list_counts *counts)
{
	printf(", %lld had gone", (long long)counts->n[OUTBOX_SENT]);
	if (counts->n[OUTBOX_STARTED] > 0) {
		printf(", %lld are on their way",
		    (long long)counts->n[OUTBOX_STARTED]);
	}
}

static void
print_words(const struct control *control, const struct list *list,
    const struct outbox_list_counts *counts)
{
	const struct issue *issue = &control->issue;
	enum control_order order = control->order;

	printf("issue %lld of '%s' ", (long long)issue->id, list->name);
	if (control->nothing) {
		printf("is %s: nothing to %s\n",
		    outbox_list_final(counts) ? "finished"
					      : issue_state_name(issue->state),
		    control_order_name(order));
		return;
	}
	fputs(control->already ? words[order].already : words[order].done,
	    stdout);
	if (words[order].what != NULL) {
		fputs(": ", stdout);
		cli_print_count(control->rows, "message", "messages");
		printf(" %s", words[order].what);
	}
	if (order == CONTROL_CANCEL)
		print_gone(counts);
	putchar('\n');
	if (order == CONTROL_RETRY && issue->state == ISSUE_PAUSED) {
		printf("it is paused: `nashra digest resume %lld` sends it\n",
		    (long long)issue->id);
	}
}

static int
print_none(const struct cli *cli, enum control_order order)
{
	struct doc *doc;

	if (!cli->json) {
		printf("'%s' has no issue to %s\n", cli->args[0],
		    control_order_name(order));
		return 0;
	}
	doc = doc_object();
	doc_null(doc, "issue");
	doc_text(doc, "list", cli->args[0]);
	doc_bool(doc, "nothing", true);
	doc_print(doc);
	doc_free(doc);
	return 0;
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
	struct outbox_list_counts counts;
	struct list list;
	int found = control_find(&control, cli->db, order, cli->args[0], err);

	if (found != 1)
		return found < 0 ? -1 : print_none(cli, order);
	if (control_begin(&control, cli->db, cli->now, err) != 0 ||
	    go_on(cli, &control, err) != 0 ||
	    list_get(cli->db, control.issue.list_id, &list, err) < 0 ||
	    outbox_list_count(cli->db, control.issue.id, &counts, err) != 0)
		return -1;
	if (cli->json) {
		print_json(&control, &list, &counts);
	} else {
		print_words(&control, &list, &counts);
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
