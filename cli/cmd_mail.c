/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "cli.h"
#include "flow/greeting.h"
#include "flow/letter.h"

#include <stdio.h>

/* One mail of a list to nobody: its links open nothing. */
struct sample {
	const struct cli *cli;
	const struct kit *kit;
	struct token_ring *ring;
	struct list list;
	struct subscription nobody;
	enum outbox_kind kind;
	char token[TOKEN_RANDOM_SIZE];
};

static int
render(const struct sample *sample, struct greeting *out, struct err *err)
{
	struct str confirm, leave;
	int rc;

	str_init(&confirm, 4096);
	str_init(&leave, 4096);
	letter_confirm(sample->kit, sample->token, &confirm);
	letter_leave(sample->kit, sample->ring, &sample->nobody, &leave);
	const struct greeting_case of = {.kind = sample->kind,
	    .list = &sample->list,
	    .reader = &sample->nobody,
	    .confirm_url = confirm.data,
	    .leave_url = leave.data};

	rc = greeting_render(sample->kit, &of, out, err);
	str_release(&confirm);
	str_release(&leave);
	return rc;
}

static int
make_eml(const struct sample *sample, struct str *out, struct err *err)
{
	char uuid[UUID_SIZE];
	const struct letter letter = {.kind = sample->kind,
	    .list = &sample->list,
	    .subscription = &sample->nobody,
	    .uuid = uuid,
	    .token = sample->token,
	    .now = sample->cli->now};

	uuid_new(uuid);
	return letter_make(sample->kit, sample->ring, &letter, out, err);
}

static int
write_files(const struct sample *sample, const struct greeting *greeting,
    struct err *err)
{
	const char *html = cli_option(sample->cli, "html");
	const char *text = cli_option(sample->cli, "text");
	const char *eml = cli_option(sample->cli, "eml");
	struct str message;
	int rc = 0;

	str_init(&message, 1 << 22);
	if (html != NULL)
		rc = cli_write_file(html, &greeting->html, err);
	if (rc == 0 && text != NULL)
		rc = cli_write_file(text, &greeting->text, err);
	if (rc == 0 && eml != NULL)
		rc = make_eml(sample, &message, err);
	if (rc == 0 && eml != NULL)
		rc = cli_write_file(eml, &message, err);
	str_release(&message);
	if (rc == 0 && html == NULL && text == NULL && eml == NULL &&
	    !sample->cli->json) {
		printf("%s\n\n%s", greeting->subject.data, greeting->text.data);
	}
	return rc;
}

static void
print_json(const struct sample *sample, const struct greeting *greeting)
{
	struct doc *doc = doc_object();

	doc_text(doc, "list", sample->list.name);
	doc_text(doc, "mail", sample->cli->args[1]);
	doc_text(doc, "subject", greeting->subject.data);
	doc_print(doc);
	doc_free(doc);
}

static int
run_preview(struct cli *cli, struct err *err)
{
	struct sample sample = {.cli = cli,
	    .nobody = {.uuid = "00000000-0000-0000-0000-000000000000",
		.address = "reader@example.org"}};
	struct greeting greeting;
	struct kit *kit = NULL;
	int rc = -1;

	if (!greeting_kind(&sample.kind, cli->args[1])) {
		return err_set(err, ERR_USAGE,
		    "no mail '%.20s': use confirm, welcome or goodbye",
		    cli->args[1]);
	}
	token_new(sample.token);
	greeting_init(&greeting);
	if (list_need(cli->db, cli->args[0], &sample.list, err) != 0 ||
	    kit_new(&kit, cli->conf, cli_option(cli, "eml") != NULL, err) != 0)
		goto out;
	sample.kit = kit;
	if (token_ring_load(&sample.ring, cli->conf->secrets, err) != 0 ||
	    render(&sample, &greeting, err) != 0 ||
	    write_files(&sample, &greeting, err) != 0)
		goto out;
	if (cli->json)
		print_json(&sample, &greeting);
	rc = 0;
out:
	greeting_release(&greeting);
	token_ring_free(sample.ring);
	kit_free(kit);
	return rc;
}

/* clang-format off */
const struct command cmd_mail[] = {
	{"mail preview", "LIST KIND [--html F] [--text F] [--eml F]",
	    "show a list's mail to one reader: confirm, welcome or goodbye",
	    run_preview, CLI_DATABASE, 2, 2, {"html=", "text=", "eml="}},
	{.name = NULL},
};
/* clang-format on */
