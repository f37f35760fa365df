/* SPDX-License-Identifier: ISC */
#include "flow/letter.h"

#include "base/clock.h"
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

/* A mail of the same row has the same name, however often it is sent, so that
 * a receiver can drop the second copy. */
static void
make_message_id(
    const struct kit *kit, const struct letter *mail, struct str *out)
{
	str_addf(out, "<%s.%lld@%s>",
	    mail->issue != NULL ? mail->issue->uuid : mail->uuid,
	    (long long)mail->subscription->id,
	    address_domain(kit->from.address.wire));
}

/* RFC 2919 wants a domain that lasts; the list's name is its first label. */
static void
make_list_id(const struct kit *kit, const struct list *list, struct str *out)
{
	str_addf(
	    out, "%s.%s", list->name, address_domain(kit->from.address.wire));
}

static void
make_link(
    const struct kit *kit, const char *path, const char *token, struct str *out)
{
	str_addf(out, "%s/%s/%s", kit->conf->base_url, path, token);
}

/* The sender that a list chose, or the settings'. */
static int
sender_of(const struct kit *kit, const struct list *list, struct mailbox *out,
    struct err *err)
{
	if (list->from[0] == '\0') {
		*out = kit->from;
		return 0;
	}
	if (address_parse_mailbox(out, list->from, err) != 0)
		return err_wrap(err, "sender of list '%s'", list->name);
	return 0;
}

/* From, To, Subject, Date and Message-ID: what every mail has. */
static int
add_common(const struct kit *kit, const struct letter *mail,
    const char *subject, struct str *out, struct err *err)
{
	char date[CLOCK_MAIL_SIZE];
	struct mailbox from;
	struct str id;
	int rc = -1;

	if (sender_of(kit, mail->list, &from, err) != 0)
		return -1;
	str_init(&id, 512);
	make_message_id(kit, mail, &id);
	clock_mail(date, mail->now);
	if (mime_header_phrase(
		out, "From", from.name, from.address.wire, err) == 0 &&
	    mime_header_phrase(
		out, "To", "", mail->subscription->address, err) == 0 &&
	    mime_header_text(out, "Subject", subject, err) == 0 &&
	    mime_header(out, "Date", date, err) == 0 &&
	    mime_header(out, "Message-ID", id.data, err) == 0)
		rc = 0;
	str_release(&id);
	return rc;
}

/* RFC 2919, 2369 and 8058. */
static int
add_list_headers(const struct kit *kit, const struct letter *mail,
    const char *leave, struct str *out, struct err *err)
{
	struct str id, link;
	int rc = -1;

	str_init(&id, 512);
	str_init(&link, 4096);
	make_list_id(kit, mail->list, &id);
	str_addf(&link, "<%s>", leave);
	if (mime_header_phrase(
		out, "List-Id", mail->list->title, id.data, err) == 0 &&
	    mime_header(out, "List-Unsubscribe", link.data, err) == 0 &&
	    mime_header(out, "List-Unsubscribe-Post",
		"List-Unsubscribe=One-Click", err) == 0 &&
	    mime_header(out, "Precedence", "bulk", err) == 0)
		rc = 0;
	str_release(&id);
	str_release(&link);
	return rc;
}

static int
add_body(const struct kit *kit, const struct letter *mail,
    const struct str *text, const struct str *html, struct str *out,
    struct err *err)
{
	struct str boundary;
	int rc;

	str_init(&boundary, 60);
	str_addf(&boundary, "=_%s",
	    mail->issue != NULL ? mail->issue->uuid : mail->uuid);
	const struct mime_body body = {
	    .text = text->data,
	    .text_len = text->len,
	    .html = html->data,
	    .html_len = html->len,
	    .language = kit->conf->language == CONF_AR ? "ar" : "en",
	    .boundary = boundary.data,
	};
	rc = mime_alternative(out, &body, err);
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
	unsigned char uuid[UUID_BYTES] = {0};
	char seal[TOKEN_LINK_SIZE];
	struct str leave, html, text;
	int rc = -1;

	str_init(&leave, 4096);
	str_init(&html, MIME_MESSAGE_MAX);
	str_init(&text, MIME_MESSAGE_MAX);
	(void)uuid_to_bytes(uuid, mail->subscription->uuid);
	token_seal(ring, seal, TOKEN_LEAVE, uuid);
	make_link(kit, "leave", seal, &leave);
	const struct template_hole holes[] = {
	    {"unsubscribe_url", leave.data}, {0}};

	if (template_splice(&html, mail->body->html, strlen(mail->body->html),
		holes, err) == 0 &&
	    template_splice(&text, mail->body->text, strlen(mail->body->text),
		holes, err) == 0 &&
	    add_common(kit, mail, mail->body->subject, out, err) == 0 &&
	    add_list_headers(kit, mail, leave.data, out, err) == 0 &&
	    add_body(kit, mail, &text, &html, out, err) == 0)
		rc = 0;
	str_release(&leave);
	str_release(&html);
	str_release(&text);
	return rc;
}

static int
render_confirm(const struct kit *kit, const struct letter *mail,
    const char *subject, struct str parts[2], struct err *err)
{
	const struct message_arg list_arg[] = {
	    {"list", mail->list->title}, {0}};
	const struct template *templates[2] = {
	    kit->confirm_text, kit->confirm_html};
	struct str intro, link, rendered;
	int rc = 0;

	str_init(&intro, 4096);
	str_init(&link, 4096);
	str_init(&rendered, MIME_MESSAGE_MAX);
	message_add(&intro, kit->messages, "confirm_intro", list_arg);
	make_link(kit, "confirm", mail->token, &link);
	const struct template_value values[] = {
	    KIT_TEXT("site_name", kit->conf->site_name),
	    KIT_URL("site_url", kit->conf->base_url),
	    KIT_TEXT("list.title", mail->list->title),
	    KIT_TEXT("list.name", mail->list->name),
	    KIT_TEXT("subject", subject), KIT_TEXT("intro", intro.data),
	    KIT_NUMBER("hours", 48),
	    KIT_TEXT("postal_address", kit->conf->mail.postal_address), {0}};
	const struct template_hole holes[] = {{"confirm_url", link.data}, {0}};

	for (size_t i = 0; i < 2 && rc == 0; i++) {
		str_reset(&rendered);
		rc = template_render(
		    &rendered, templates[i], values, &kit->style, err);
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

/* Asked for by a form, so it says that no person wrote it (RFC 3834 5), and
 * it is not a list's mail: nobody is on the list yet. */
static int
make_confirm(const struct kit *kit, const struct letter *mail, struct str *out,
    struct err *err)
{
	const struct message_arg list_arg[] = {
	    {"list", mail->list->title}, {0}};
	struct str subject, parts[2];
	int rc = -1;

	str_init(&subject, 4096);
	str_init(&parts[0], MIME_MESSAGE_MAX);
	str_init(&parts[1], MIME_MESSAGE_MAX);
	message_add(&subject, kit->messages, "confirm_subject", list_arg);
	if (render_confirm(kit, mail, subject.data, parts, err) == 0 &&
	    add_common(kit, mail, subject.data, out, err) == 0 &&
	    mime_header(out, "Auto-Submitted", "auto-generated", err) == 0 &&
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
