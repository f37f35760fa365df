/* SPDX-License-Identifier: ISC */
#include "base/codec.h"
#include "base/str.h"
#include "cli.h"
#include "model/issue.h"
#include "model/outbox_list.h"
#include "model/outbox_queue.h"
#include "model/subscription.h"
#include "wait.h"

#include <stdio.h>

#define ISSUES_SHOWN  20
#define TROUBLE_SHOWN 100

/* ---- which one */

struct newest {
	int64_t list_id;
	struct issue issue; /* id 0: none */
};

static int
is_of_list(const struct issue *issue, void *arg)
{
	struct newest *newest = arg;

	if (issue->list_id != newest->list_id)
		return 0;
	newest->issue = *issue;
	return 1;
}

/* "12", or the name of a list for its newest. 1; 0 where that has none. */
static int
find_issue(struct cli *cli, struct issue *out, struct err *err)
{
	struct newest newest = {.list_id = 0};
	struct list list;
	int64_t id;
	int found;

	if (!codec_int(&id, cli->args[0], 1, INT64_MAX)) {
		if (list_need(cli->db, cli->args[0], &list, err) != 0)
			return -1;
		newest.list_id = list.id;
		if (issue_each(cli->db, INT64_MAX, is_of_list, &newest, err) !=
		    0)
			return -1;
		*out = newest.issue;
		return newest.issue.id != 0;
	}
	found = issue_get(cli->db, id, out, err);
	if (found == 0) {
		return err_set(err, ERR_NOTFOUND,
		    "no issue %s: `nashra digest status` shows them",
		    cli->args[0]);
	}
	return found;
}

/* ---- status */

struct listing {
	struct cli *cli;
	struct doc *doc;
	struct doc *row; /* the last one added */
	struct outbox_list_counts counts;
	struct err *err;
};

static int
add_issue(const struct issue *issue, void *arg)
{
	struct listing *to = arg;
	struct list list;
	struct doc *row;

	if (list_get(to->cli->db, issue->list_id, &list, to->err) != 1 ||
	    outbox_list_count(to->cli->db, issue->id, &to->counts, to->err) !=
		0)
		return -1;
	row = to->row = doc_push_object(to->doc);
	doc_int(row, "issue", issue->id);
	doc_text(row, "list", list.name);
	doc_int(row, "number", issue->number);
	doc_text(row, "state",
	    issue->state == ISSUE_SENDING && outbox_list_final(&to->counts)
		? "finished"
		: issue_state_name(issue->state));
	doc_text(row, "every", list_every_name(issue->every));
	doc_time(row, "window_start", issue->window_start);
	doc_time(row, "frozen", issue->frozen);
	doc_int(row, "articles", issue->articles);
	doc_int(row, "recipients", issue->recipients);
	cli_add_counts(row, &to->counts);
	return 0;
}

static int
add_trouble(const struct outbox_list_row *row, void *arg)
{
	struct listing *to = arg;
	struct subscription sub;
	struct doc *doc;

	if (subscription_get(
		to->cli->db, row->subscription_id, &sub, to->err) != 1)
		return -1;
	doc = doc_push_object(to->doc);
	doc_text(doc, "email", sub.address);
	doc_text(doc, "state", outbox_state_name(row->state));
	doc_int(doc, "attempts", row->attempts);
	doc_time(
	    doc, "due", outbox_state_final(row->state) ? 0 : row->note.due);
	doc_int(doc, "code", row->note.code);
	doc_text(doc, "status", row->note.status);
	doc_text(doc, "text", row->note.text);
	return 0;
}

/* From the first start to the last end, or until now. */
static int
add_times(struct listing *to, const struct issue *issue)
{
	bool ended = outbox_list_final(&to->counts);
	struct outbox_list_span span;
	int64_t took;

	if (outbox_list_span(to->cli->db, issue->id, &span, to->err) != 0)
		return -1;
	took = (ended ? span.last_end : to->cli->now) - span.first_start;
	if (took < 1)
		took = 1;
	doc_time(to->row, "first_start", span.first_start);
	doc_time(to->row, "last_end", ended ? span.last_end : 0);
	doc_milli(to->row, "per_second",
	    span.first_start == 0 ? 0
				  : to->counts.n[OUTBOX_SENT] * 1000 / took);
	return 0;
}

/* One issue, and the rows of it that did not go through. */
static int
add_one(struct listing *to)
{
	struct listing trouble = {.cli = to->cli, .err = to->err};
	struct outbox_list_trouble which = {
	    .max = TROUBLE_SHOWN, .fn = add_trouble, .arg = &trouble};
	struct issue issue;
	int found = find_issue(to->cli, &issue, to->err);

	if (found != 1)
		return found;
	if (add_issue(&issue, to) != 0 || add_times(to, &issue) != 0)
		return -1;
	which.issue_id = issue.id;
	trouble.doc = doc_put_array(to->row, "trouble");
	return outbox_list_trouble(to->cli->db, &which, to->err);
}

static void
print_status(const struct listing *of)
{
	static const char *const issues[] = {"issue", "list", "every", "state",
	    "frozen", "articles", "recipients", "queued", "sent", "deferred",
	    "failed", "unknown", NULL};
	static const char *const rows[] = {
	    "state", "attempts", "due", "code", "email", "text", NULL};
	const struct doc *trouble;

	if (of->cli->count == 0) {
		doc_table(of->doc, issues);
		return;
	}
	if (of->row == NULL)
		return;
	doc_lines(of->row);
	trouble = doc_get(of->row, "trouble");
	if (!doc_empty(trouble))
		putchar('\n');
	doc_table(trouble, rows);
}

static int
run_status(struct cli *cli, struct err *err)
{
	struct listing to = {.cli = cli, .doc = doc_array(), .err = err};
	int rc = cli->count == 1
		     ? add_one(&to)
		     : issue_each(cli->db, ISSUES_SHOWN, add_issue, &to, err);

	if (rc == 0 && cli->json) {
		doc_print(to.doc);
	} else if (rc == 0) {
		print_status(&to);
	}
	doc_free(to.doc);
	return rc;
}

/* ---- wait */

static int
run_wait(struct cli *cli, struct err *err)
{
	struct listing to = {.cli = cli, .doc = doc_array(), .err = err};
	struct issue issue;
	int rc = find_issue(cli, &issue, err);

	if (rc == 1)
		rc = wait_for_issue(cli, issue.id, &to.counts, err);
	if (rc == 0 && cli->json)
		rc = add_one(&to);
	if (rc == 0 && cli->json)
		doc_print(to.doc);
	doc_free(to.doc);
	return rc;
}

/* clang-format off */
const struct command cmd_issue[] = {
	{"digest wait", "ID|LIST", "stay until an issue has been sent",
	    run_wait, CLI_DATABASE, 1, 1, {NULL}},
	{"digest status", "[ID|LIST]",
	    "show issues and how far they have come", run_status, CLI_DATABASE,
	    0, 1, {NULL}},
	{.name = NULL},
};
/* clang-format on */
