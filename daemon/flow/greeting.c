/* SPDX-License-Identifier: ISC */
#include "flow/greeting.h"

#include "flow/signup.h"
#include "mail/mime.h"

#include <string.h>

#define TEXT_MAX 4096

/* A kind, its sentences and its templates. */
static const struct row {
	const char *name, *subject, *intro;
	enum outbox_kind kind;
	enum shelf_mail mail;
} rows[] = {
    {"confirm", "confirm_subject", "confirm_intro", OUTBOX_CONFIRM,
	SHELF_CONFIRM},
    {"welcome", "welcome_subject", "welcome_intro", OUTBOX_WELCOME,
	SHELF_WELCOME},
    {"goodbye", "goodbye_subject", "goodbye_intro", OUTBOX_GOODBYE,
	SHELF_GOODBYE},
};
#define ROWS (sizeof(rows) / sizeof(*rows))

bool
greeting_kind(enum outbox_kind *out, const char *name)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (str_eq(rows[i].name, name)) {
			*out = rows[i].kind;
			return true;
		}
	}
	return false;
}

static const struct row *
row_of(enum outbox_kind kind)
{
	for (size_t i = 0; i < ROWS; i++) {
		if (rows[i].kind == kind)
			return &rows[i];
	}
	return NULL;
}

void
greeting_way_back(
    const struct kit *kit, const struct list *list, struct str *out)
{
	str_addf(out, "%s/subscribe/", kit->conf->base_url);
	str_add_url(out, list->name);
}

void
greeting_init(struct greeting *out)
{
	str_init(&out->subject, TEXT_MAX);
	str_init(&out->text, MIME_MESSAGE_MAX);
	str_init(&out->html, MIME_MESSAGE_MAX);
}

static void
wipe(struct str *text)
{
	if (text->len > 0)
		explicit_bzero(text->data, text->len);
	str_release(text);
}

void
greeting_release(struct greeting *greeting)
{
	str_release(&greeting->subject);
	wipe(&greeting->text);
	wipe(&greeting->html);
}

/* One part, with its links. */
static int
render_part(struct str *out, const struct template *template,
    const struct template_value *values, const struct greeting_case *of,
    const struct template_style *style, struct err *err)
{
	const struct template_hole holes[] = {{"confirm_url", of->confirm_url},
	    {"unsubscribe_url", of->leave_url}, {0}};
	struct str rendered;
	int rc;

	str_init(&rendered, MIME_MESSAGE_MAX);
	rc = template_render(&rendered, template, values, style, err);
	if (rc == 0) {
		rc = template_splice(
		    out, rendered.data, rendered.len, holes, err);
	}
	str_release(&rendered);
	return rc;
}

/* All that any kind has a name for: each template sees those of its own. */
static int
render_parts(const struct kit *kit, const struct greeting_case *of,
    const struct row *row, const struct kit_look *look, struct greeting *out,
    struct err *err)
{
	const struct shelf_parts *templates = &look->words->mails[row->mail];
	const struct list_look *own = &of->list->look;
	struct str back, intro;
	int rc;

	str_init(&back, TEXT_MAX);
	str_init(&intro, TEXT_MAX);
	greeting_way_back(kit, of->list, &back);
	message_add(&intro, look->words->messages, row->intro,
	    (const struct message_arg[]){{"list", of->list->title}, {0}});
	const struct template_value values[] = {
	    KIT_TEXT("site_name", kit->conf->site_name),
	    KIT_URL("site_url", kit->conf->base_url),
	    KIT_TEXT("list.title", of->list->title),
	    KIT_TEXT("list.name", of->list->name),
	    KIT_COLOR("list.color", own->color),
	    KIT_URL("list.logo_url", own->logo_url),
	    KIT_NUMBER("list.logo_width", own->logo_width),
	    KIT_NUMBER("list.logo_height", own->logo_height),
	    KIT_TEXT("subject", out->subject.data),
	    KIT_TEXT("intro", intro.data),
	    KIT_NUMBER("hours", SIGNUP_TOKEN_LIFE / 3600),
	    KIT_URL("subscribe_url", back.data),
	    KIT_TEXT("postal_address", kit->conf->mail.postal_address), {0}};

	rc = render_part(
	    &out->text, templates->text, values, of, &look->style, err);
	if (rc == 0 && of->reader->format == SUBSCRIPTION_HTML) {
		rc = render_part(
		    &out->html, templates->html, values, of, &look->style, err);
	}
	str_release(&back);
	str_release(&intro);
	return rc;
}

int
greeting_render(const struct kit *kit, const struct greeting_case *of,
    struct greeting *out, struct err *err)
{
	const struct row *row = row_of(of->kind);
	struct kit_look look;

	if (row == NULL)
		return err_set(err, ERR_SYSTEM, "such a mail greets nobody");
	if (kit_look_of(kit, of->list, of->reader->digits, &look, err) != 0)
		return -1;
	message_add(&out->subject, look.words->messages, row->subject,
	    (const struct message_arg[]){{"list", of->list->title}, {0}});
	return render_parts(kit, of, row, &look, out, err);
}
