/* SPDX-License-Identifier: ISC */
#include "base/clock.h"
#include "base/confwords.h"
#include "base/str.h"
#include "cli.h"
#include "flow/compose.h"
#include "flow/digest.h"
#include "flow/letter.h"
#include "model/outbox_list.h"
#include "wait.h"

#include <stdio.h>

static struct digest_request
request_of(const struct cli *cli)
{
	return (struct digest_request){
	    .list = cli->args[0],
	    .every = cli_option_or(cli, "every", ""),
	    .now = cli->now,
	};
}

/* ---- preview */

/* The mail as a reader would get it, to nobody: its links are sealed for no
 * subscription. */
static int
make_eml(const struct cli *cli, const struct kit *kit,
    const struct digest *digest, const struct issue_body *body, struct str *out,
    struct err *err)
{
	struct token_ring *ring = NULL;
	struct subscription nobody = {
	    .uuid = "00000000-0000-0000-0000-000000000000"};
	struct issue issue = digest->issue;
	const struct letter letter = {
	    .kind = OUTBOX_DIGEST,
	    .list = &digest->list,
	    .subscription = &nobody,
	    .issue = &issue,
	    .body = body,
	    .now = cli->now,
	};
	int rc;

	(void)str_fit(
	    nobody.address, sizeof(nobody.address), "reader@example.org");
	uuid_new(issue.uuid);
	if (token_ring_load(&ring, cli->conf->secrets, err) != 0)
		return -1;
	rc = letter_make(kit, ring, &letter, out, err);
	token_ring_free(ring);
	return rc;
}

static int
write_files(const struct cli *cli, const struct kit *kit,
    const struct digest *digest, const struct issue_body *body, struct err *err)
{
	const char *html_path = cli_option(cli, "html");
	const char *text_path = cli_option(cli, "text");
	const char *eml_path = cli_option(cli, "eml");
	struct str html, text, eml;
	int rc = -1;

	str_init(&html, 1 << 22);
	str_init(&text, 1 << 22);
	str_init(&eml, 1 << 22);
	if (compose_show(kit, body, &html, &text, err) != 0)
		goto out;
	if (html_path != NULL && cli_write_file(html_path, &html, err) != 0)
		goto out;
	if (text_path != NULL && cli_write_file(text_path, &text, err) != 0)
		goto out;
	if (eml_path != NULL &&
	    (make_eml(cli, kit, digest, body, &eml, err) != 0 ||
		cli_write_file(eml_path, &eml, err) != 0))
		goto out;
	if (html_path == NULL && text_path == NULL && eml_path == NULL &&
	    !cli->json)
		printf("%s\n\n%s", body->subject, text.data);
	rc = 0;
out:
	str_release(&html);
	str_release(&text);
	str_release(&eml);
	return rc;
}

/* The reader whom it is made for. */
static int
read_taste(
    const struct cli *cli, struct digest_request *request, struct err *err)
{
	const char *digits = cli_option_or(cli, "digits", "");
	const char *format = cli_option_or(cli, "format", "html");
	int at = confwords_find(confwords_digits, digits);

	if (at < 0 && digits[0] != '\0') {
		return err_set(err, ERR_USAGE,
		    "--digits '%.20s': use arab or latn", digits);
	}
	request->digits = at + 1;
	if (!subscription_format_parse(&request->format, format)) {
		return err_set(err, ERR_USAGE,
		    "--format '%.20s': use html or text", format);
	}
	if (request->format == SUBSCRIPTION_TEXT &&
	    cli_option(cli, "html") != NULL) {
		return err_set(
		    err, ERR_USAGE, "--html: there is none with --format text");
	}
	return 0;
}

static int
run_preview(struct cli *cli, struct err *err)
{
	struct digest_request request = request_of(cli);
	bool sign = cli_option(cli, "eml") != NULL;
	struct issue_body body = {0};
	struct kit *kit = NULL;
	struct digest digest;
	int rc = -1;

	if (read_taste(cli, &request, err) != 0 ||
	    kit_new(&kit, cli->conf, sign, err) != 0)
		return -1;
	if (digest_preview(cli->db, kit, &request, &digest, &body, err) != 0 ||
	    write_files(cli, kit, &digest, &body, err) != 0)
		goto out;
	if (cli->json) {
		struct doc *doc = doc_object();

		doc_text(doc, "list", digest.list.name);
		doc_text(doc, "every", list_every_name(digest.every));
		doc_text(doc, "subject", body.subject);
		doc_int(doc, "articles", digest.issue.articles);
		doc_int(doc, "recipients", digest.issue.recipients);
		doc_time(doc, "since", digest.since);
		doc_print(doc);
		doc_free(doc);
	}
	rc = 0;
out:
	issue_body_release(&body);
	kit_free(kit);
	return rc;
}

/* ---- send */

static const char *const result_names[] = {
    [DIGEST_FROZEN] = "frozen",
    [DIGEST_ALREADY] = "already",
    [DIGEST_NOTHING] = "nothing-new",
};

/* `counts` NULL: nobody waited for them. */
static void
print_json(const struct digest *digest, const struct outbox_list_counts *counts)
{
	struct doc *doc = doc_object();

	doc_text(doc, "list", digest->list.name);
	doc_text(doc, "every", list_every_name(digest->every));
	if (digest->result == DIGEST_NOTHING) {
		doc_null(doc, "issue");
	} else {
		doc_int(doc, "issue", digest->issue.id);
	}
	doc_int(doc, "articles",
	    digest->result == DIGEST_NOTHING ? 0 : digest->issue.articles);
	doc_int(doc, "recipients", digest->issue.recipients);
	doc_text(doc, "result", result_names[digest->result]);
	doc_time(doc, "since", digest->since);
	if (counts != NULL)
		cli_add_counts(doc, counts);
	doc_print(doc);
	doc_free(doc);
}

static void
print_result(const struct digest *digest)
{
	static const char *const already[ISSUE_STATES] = {
	    [ISSUE_SENDING] = "already sent: ",
	    [ISSUE_PAUSED] = "there already, and paused: ",
	    [ISSUE_CANCELLED] = "was cancelled: ",
	};
	char since[CLOCK_ISO_SIZE];

	if (digest->result == DIGEST_NOTHING) {
		clock_iso(since, digest->since);
		printf("nothing new since %s\n", since);
		return;
	}
	if (digest->result == DIGEST_ALREADY)
		fputs(already[digest->issue.state], stdout);
	cli_print_count(digest->issue.articles, "article", "articles");
	fputs(", ", stdout);
	cli_print_count(digest->issue.recipients, "reader", "readers");
	printf(", issue %lld\n", (long long)digest->issue.id);
}

static int
run_send(struct cli *cli, struct err *err)
{
	const struct digest_request request = request_of(cli);
	bool wait = cli_option(cli, "wait") != NULL;
	struct outbox_list_counts counts;
	struct kit *kit = NULL;
	struct digest digest;
	int rc;

	/* Signing is the work role's: cron needs no key. */
	if (kit_new(&kit, cli->conf, false, err) != 0)
		return -1;
	rc = digest_freeze(cli->db, kit, &request, &digest, err);
	kit_free(kit);
	if (rc != 0)
		return err_wrap(err, "digest of '%.64s'", request.list);
	if (!cli->json)
		print_result(&digest);
	wait &= digest.result != DIGEST_NOTHING;
	if (wait && wait_for_issue(cli, digest.issue.id, &counts, err) != 0)
		return -1;
	if (cli->json)
		print_json(&digest, wait ? &counts : NULL);
	return 0;
}

/* clang-format off */
const struct command cmd_digest[] = {
	{"digest preview",
	    "LIST [--every C] [--digits D] [--format F] [--html F] [--text F] [--eml F]",
	    "show what would be sent now", run_preview, CLI_DATABASE, 1, 1,
	    {"every=", "digits=", "format=", "html=", "text=", "eml="}},
	{"digest send", "LIST [--every C] [--wait]",
	    "freeze what is new and queue it, once per window", run_send,
	    CLI_DATABASE, 1, 1, {"every=", "wait"}},
	{.name = NULL},
};
/* clang-format on */
