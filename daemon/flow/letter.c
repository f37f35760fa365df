/* SPDX-License-Identifier: ISC */
#include "flow/letter.h"

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
letter_leave(const struct kit *kit, const struct token_ring *ring,
    const struct subscription *reader, struct str *out)
{
	unsigned char uuid[UUID_BYTES] = {0};
	char seal[TOKEN_LINK_SIZE];

	(void)uuid_to_bytes(uuid, reader->uuid);
	token_seal(ring, seal, TOKEN_LEAVE, uuid);
	make_link(kit, "leave", seal, out);
}

void
letter_frame(const struct kit *kit, const struct letter *mail,
    struct str *boundary, struct mime_body *out)
{
	str_addf(boundary, "=_%s",
	    mail->issue != NULL ? mail->issue->uuid : mail->uuid);
	*out = (struct mime_body){
	    .language = kit_language_tag(kit, mail->list),
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

static int
render_confirm(const struct letter_head_input *in, const struct kit_look *look,
    struct str parts[2], struct err *err)
{
	const struct kit *kit = in->kit;
	const struct letter *mail = in->mail;
	const struct list_look *own = &mail->list->look;
	const struct message_arg list_arg[] = {
	    {"list", mail->list->title}, {0}};
	const struct template *templates[2] = {
	    look->words->confirm_text, look->words->confirm_html};
	struct str intro, link, rendered;
	int rc = 0;

	str_init(&intro, 4096);
	str_init(&link, 4096);
	str_init(&rendered, MIME_MESSAGE_MAX);
	message_add(&intro, look->words->messages, "confirm_intro", list_arg);
	make_link(kit, "confirm", mail->token, &link);
	const struct template_value values[] = {
	    KIT_TEXT("site_name", kit->conf->site_name),
	    KIT_URL("site_url", kit->conf->base_url),
	    KIT_TEXT("list.title", mail->list->title),
	    KIT_TEXT("list.name", mail->list->name),
	    KIT_COLOR("list.color", own->color),
	    KIT_URL("list.logo_url", own->logo_url),
	    KIT_NUMBER("list.logo_width", own->logo_width),
	    KIT_NUMBER("list.logo_height", own->logo_height),
	    KIT_TEXT("subject", in->subject), KIT_TEXT("intro", intro.data),
	    KIT_NUMBER("hours", 48),
	    KIT_TEXT("postal_address", kit->conf->mail.postal_address), {0}};
	const struct template_hole holes[] = {{"confirm_url", link.data}, {0}};

	for (size_t i = 0; i < 2 && rc == 0; i++) {
		str_reset(&rendered);
		rc = template_render(
		    &rendered, templates[i], values, &look->style, err);
		if (rc == 0) {
			rc = template_splice(
			    &parts[i], rendered.data, rendered.len, holes, err);
		}
	}
	explicit_bzero(link.data, link.len);
	str_release(&intro);
	str_release(&link);
	str_release(&rendered);
	return rc;
}

static int
make_confirm(const struct kit *kit, const struct letter *mail, struct str *out,
    struct err *err)
{
	const struct message_arg list_arg[] = {
	    {"list", mail->list->title}, {0}};
	struct str subject, parts[2];
	struct kit_look look;
	int rc = -1;

	if (kit_look(kit, mail->list, &look, err) != 0)
		return -1;
	str_init(&subject, 4096);
	str_init(&parts[0], MIME_MESSAGE_MAX);
	str_init(&parts[1], MIME_MESSAGE_MAX);
	message_add(
	    &subject, look.words->messages, "confirm_subject", list_arg);
	const struct letter_head_input in = {
	    .kit = kit, .mail = mail, .subject = subject.data};

	if (render_confirm(&in, &look, parts, err) == 0 &&
	    letter_head_add(out, letter_head_confirm, &in, err) == 0 &&
	    add_body(kit, mail, &parts[0], &parts[1], out, err) == 0)
		rc = 0;
	str_release(&subject);
	str_release(&parts[0]);
	str_release(&parts[1]);
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
		rc = make_confirm(kit, mail, &message, err);
	}
	if (rc == 0)
		rc = sign(kit, &message, mail->now, out, err);
	str_release(&message);
	return rc;
}
