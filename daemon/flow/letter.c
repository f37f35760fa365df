/* SPDX-License-Identifier: ISC */
#include "flow/letter.h"

#include "flow/greeting.h"
#include "flow/letter_head.h"
#include "mail/mime.h"

#include <string.h>

void
letter_sender(const struct kit *kit, const struct token_ring *ring,
    const struct letter *mail, char out[ADDRESS_SIZE])
{
	const char *bounce = kit->bounce.wire;
	unsigned char uuid[UUID_BYTES] = {0};
	char seal[TOKEN_VERP_SIZE];
	struct str text;

	(void)uuid_to_bytes(uuid, mail->subscription->uuid);
	token_seal_verp(ring, seal, uuid,
	    mail->issue != NULL ? (uint32_t)mail->issue->id : 0);
	str_init(&text, ADDRESS_SIZE - 1);
	str_add_bytes(&text, bounce, strcspn(bounce, "@"));
	str_addf(&text, "+%s@%s", seal, address_domain(bounce));
	(void)str_fit(out, ADDRESS_SIZE, text.data);
	str_release(&text);
}

static void
make_link(
    const struct kit *kit, const char *path, const char *token, struct str *out)
{
	str_addf(out, "%s/%s/%s", kit->conf->base_url, path, token);
}

void
letter_confirm(const struct kit *kit, const char *token, struct str *out)
{
	make_link(kit, "confirm", token, out);
}

void
letter_leave(const struct kit *kit, const struct token_ring *ring,
    const struct subscription *reader, struct str *out)
{
	unsigned char uuid[UUID_BYTES] = {0};
	char seal[TOKEN_LINK_SIZE];

	(void)uuid_to_bytes(uuid, reader->uuid);
	token_seal(ring, seal, TOKEN_LEAVE, uuid);
	make_link(kit, "leave", seal, out);
}

/* That of the words, whatever the list has been told since. */
static const char *
language_of(const struct kit *kit, const struct letter *mail)
{
	if (mail->body != NULL && mail->body->language[0] != '\0')
		return mail->body->language;
	return kit_language_tag(kit, mail->list);
}

void
letter_frame(const struct kit *kit, const struct letter *mail,
    struct str *boundary, struct mime_body *out)
{
	str_addf(boundary, "=_%s",
	    mail->issue != NULL ? mail->issue->uuid : mail->uuid);
	*out = (struct mime_body){
	    .language = language_of(kit, mail),
	    .boundary = boundary->data,
	};
}

static int
add_body(const struct kit *kit, const struct letter *mail,
    const struct str *text, const struct str *html, struct str *out,
    struct err *err)
{
	struct mime_body body;
	struct str boundary;
	int rc;

	str_init(&boundary, 60);
	letter_frame(kit, mail, &boundary, &body);
	body.text = text->data;
	body.text_len = text->len;
	body.html = html->len > 0 ? html->data : NULL;
	body.html_len = html->len;
	rc = mime_body_add(out, &body, err);
	str_release(&boundary);
	return rc;
}

/* The signature goes before all that it covers. */
static int
sign(const struct kit *kit, const struct str *message, int64_t now,
    struct str *out, struct err *err)
{
	if (kit->dkim != NULL && dkim_sign(out, kit->dkim, message->data,
				     message->len, now, err) != 0)
		return -1;
	str_add_bytes(out, message->data, message->len);
	if (out->bad || message->bad)
		return err_set(err, ERR_INPUT, "the message is too long");
	return 0;
}

static int
make_digest(const struct kit *kit, const struct token_ring *ring,
    const struct letter *mail, struct str *out, struct err *err)
{
	struct str leave, html, text;
	int rc = -1;

	str_init(&leave, 4096);
	str_init(&html, MIME_MESSAGE_MAX);
	str_init(&text, MIME_MESSAGE_MAX);
	letter_leave(kit, ring, mail->subscription, &leave);
	const struct template_hole holes[] = {
	    {"unsubscribe_url", leave.data}, {0}};
	const struct letter_head_input in = {.kit = kit,
	    .mail = mail,
	    .subject = mail->body->subject,
	    .leave = leave.data};

	if (template_splice(&html, mail->body->html, strlen(mail->body->html),
		holes, err) == 0 &&
	    template_splice(&text, mail->body->text, strlen(mail->body->text),
		holes, err) == 0 &&
	    letter_head_add(out, letter_head_digest, &in, err) == 0 &&
	    add_body(kit, mail, &text, &html, out, err) == 0)
		rc = 0;
	str_release(&leave);
	str_release(&html);
	str_release(&text);
	return rc;
}

/* What heads a greeting, and whether its reader may leave by it. */
static const struct greeting_row {
	const struct letter_head *heads;
	bool leave;
} greetings[OUTBOX_KINDS] = {
    [OUTBOX_CONFIRM] = {letter_head_confirm, true},
    [OUTBOX_WELCOME] = {letter_head_welcome, true},
    [OUTBOX_GOODBYE] = {letter_head_goodbye, false},
};

static int
make_greeting(const struct kit *kit, const struct token_ring *ring,
    const struct letter *mail, struct str *out, struct err *err)
{
	const struct greeting_row *row = &greetings[mail->kind];
	struct str confirm, leave;
	struct greeting greeting;
	int rc = -1;

	if (row->heads == NULL)
		return err_set(err, ERR_SYSTEM, "such a mail is no letter");
	str_init(&confirm, 4096);
	str_init(&leave, 4096);
	greeting_init(&greeting);
	if (mail->kind == OUTBOX_CONFIRM)
		letter_confirm(kit, mail->token, &confirm);
	if (row->leave)
		letter_leave(kit, ring, mail->subscription, &leave);
	const struct greeting_case of = {.kind = mail->kind,
	    .list = mail->list,
	    .reader = mail->subscription,
	    .confirm_url = confirm.data,
	    .leave_url = leave.data};

	rc = greeting_render(kit, &of, &greeting, err);
	const struct letter_head_input in = {.kit = kit,
	    .mail = mail,
	    .subject = greeting.subject.data,
	    .leave = leave.data};

	if (rc == 0)
		rc = letter_head_add(out, row->heads, &in, err);
	if (rc == 0) {
		rc = add_body(
		    kit, mail, &greeting.text, &greeting.html, out, err);
	}
	if (confirm.len > 0)
		explicit_bzero(confirm.data, confirm.len);
	greeting_release(&greeting);
	str_release(&confirm);
	str_release(&leave);
	return rc;
}

int
letter_make(const struct kit *kit, const struct token_ring *ring,
    const struct letter *mail, struct str *out, struct err *err)
{
	struct str message;
	int rc;

	str_init(&message, MIME_MESSAGE_MAX);
	if (mail->kind == OUTBOX_DIGEST) {
		rc = make_digest(kit, ring, mail, &message, err);
	} else {
		rc = make_greeting(kit, ring, mail, &message, err);
	}
	if (rc == 0)
		rc = sign(kit, &message, mail->now, out, err);
	str_release(&message);
	return rc;
}
