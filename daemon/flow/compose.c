/* SPDX-License-Identifier: ISC */
#include "flow/compose.h"

#include "base/clock.h"
#include "mail/dkim.h"
#include "mail/mime.h"
#include "mail/template.h"
#include "text/excerpt.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_MAX       16384
#define SUBJECT_TITLE 60 /* graphemes of the first title in a subject */
#define PREHEADER     130
#define BOUNCE_MAX    15 /* octets: with the seal, 64 in all (RFC 5321) */

struct compose {
	const struct conf *conf;
	struct messages *messages;
	struct template *digest_html, *digest_text;
	struct template *confirm_html, *confirm_text;
	struct template_style style;
	struct mailbox from;
	struct address bounce;
	struct dkim *dkim; /* NULL: unsigned */
};

/* Reads a key that only its owner may read; the caller wipes it. */
static int
read_key(const struct conf *conf, struct str *pem, struct err *err)
{
	char bytes[KEY_MAX];

	if (conf_secret(conf, "dkim.key_file", conf->dkim.key_file, bytes,
		sizeof(bytes), err) != 0)
		return -1;
	str_add(pem, bytes);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

static int
load_key(struct compose *compose, struct err *err)
{
	const struct conf *conf = compose->conf;
	struct str pem;
	int rc = -1;

	if (conf->dkim.domain[0] == '\0')
		return 0;
	str_init(&pem, KEY_MAX);
	if (read_key(conf, &pem, err) != 0)
		goto out;
	if (dkim_new(&compose->dkim, pem.data, pem.len, conf->dkim.domain,
		conf->dkim.selector, err) != 0) {
		struct err why = *err;

		(void)conf_fail(err, conf, "dkim.key_file", "'%s': %s",
		    conf->dkim.key_file, why.msg);
		goto out;
	}
	rc = 0;
out:
	explicit_bzero(pem.data, pem.len);
	str_release(&pem);
	return rc;
}

static int
load_addresses(struct compose *compose, struct err *err)
{
	const struct conf *conf = compose->conf;
	const char *bounce = conf->mail.bounce;
	struct err why = ERR_INIT;

	if (conf->mail.from[0] == '\0')
		return conf_fail(err, conf, "mail.from",
		    "set it to the sender of your mails, such as \"News "
		    "<news@example.org>\"");
	if (address_parse_mailbox(&compose->from, conf->mail.from, &why) != 0)
		return conf_fail(err, conf, "mail.from", "%s", why.msg);
	if (bounce[0] == '\0')
		bounce = compose->from.address.wire;
	if (address_parse(&compose->bounce, bounce, &why) != 0)
		return conf_fail(err, conf, "mail.bounce", "%s", why.msg);
	if (strcspn(compose->bounce.wire, "@") > BOUNCE_MAX)
		return conf_fail(err, conf, "mail.bounce",
		    "at most %d characters may stand before the '@': a sealed "
		    "name is added to them",
		    BOUNCE_MAX);
	return 0;
}

static int
load_templates(struct compose *compose, struct err *err)
{
	const struct template_dirs dirs = {
	    .own = compose->conf->templates,
	    .shipped = NASHRA_TEMPLATES,
	    .language = compose->conf->language,
	};
	const struct {
		struct template **to;
		const char *file;
		enum template_kind kind;
	} files[] = {
	    {&compose->digest_html, "digest.html", TEMPLATE_DIGEST},
	    {&compose->digest_text, "digest.txt", TEMPLATE_DIGEST},
	    {&compose->confirm_html, "confirm.html", TEMPLATE_CONFIRM},
	    {&compose->confirm_text, "confirm.txt", TEMPLATE_CONFIRM},
	};

	if (template_messages(&compose->messages, &dirs, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (template_load(files[i].to, &dirs, files[i].file,
			files[i].kind, err) != 0)
			return -1;
	}
	return 0;
}

int
compose_new(struct compose **out, const struct conf *conf, bool sign,
    struct err *err)
{
	struct compose *compose = calloc(1, sizeof(*compose));

	if (compose == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	compose->conf = conf;
	if (!date_zone_ok(conf->time_zone)) {
		(void)conf_fail(err, conf, "time_zone",
		    "no zone '%s': use a name such as \"Asia/Damascus\"",
		    conf->time_zone);
		goto undo;
	}
	if (load_addresses(compose, err) != 0 ||
	    load_templates(compose, err) != 0 ||
	    (sign && load_key(compose, err) != 0))
		goto undo;
	compose->style = (struct template_style){
	    .date = {.language = conf->language,
		.digits = conf->arabic.digits,
		.months = conf->arabic.months,
		.calendar = conf->arabic.calendar,
		.style = conf->arabic.date_style,
		.zone = conf->time_zone},
	    .messages = compose->messages,
	};
	*out = compose;
	return 0;
undo:
	compose_free(compose);
	return -1;
}

void
compose_free(struct compose *compose)
{
	if (compose == NULL)
		return;
	template_free(compose->digest_html);
	template_free(compose->digest_text);
	template_free(compose->confirm_html);
	template_free(compose->confirm_text);
	message_free(compose->messages);
	dkim_free(compose->dkim);
	free(compose);
}

bool
compose_signs(const struct compose *compose)
{
	return compose->dkim != NULL;
}

/* ---- bodies of a digest */

/* The first title, and how many more there are. */
static void
make_subject(const struct compose *compose, const struct compose_issue *issue,
    struct str *out)
{
	if (issue->count == 0) {
		str_add(out, issue->list->title);
		return;
	}
	excerpt_make(out, issue->articles[0].title, SUBJECT_TITLE);
	if (issue->count == 1)
		return;
	str_add(out, " ");
	message_add_count(out, compose->messages, "subject_more",
	    (int64_t)issue->count - 1, compose->conf->arabic.digits);
}

/* What a mail program shows beside the subject: the titles after the first. */
static void
make_preheader(const struct compose_issue *issue, struct str *out)
{
	struct str titles;

	str_init(&titles, (size_t)COMPOSE_ARTICLES * 1100);
	for (size_t i = issue->count > 1; i < issue->count && i < 8; i++) {
		if (titles.len > 0)
			str_add(&titles, " · ");
		str_add(&titles, issue->articles[i].title);
	}
	excerpt_make(out, titles.data, PREHEADER);
	str_release(&titles);
}

#define ARTICLE_FIELDS 7

struct shown {
	struct template_value values[COMPOSE_ARTICLES][ARTICLE_FIELDS];
	const struct template_value *items[COMPOSE_ARTICLES];
	struct str excerpts[COMPOSE_ARTICLES];
};

#define TEXT_VALUE(n, t)                                                       \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_TEXT, .text = (t)           \
	}
#define URL_VALUE(n, t)                                                        \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_URL, .text = (t)            \
	}
#define NUMBER_VALUE(n, v)                                                     \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_NUMBER, .number = (v)       \
	}
#define DATE_VALUE(n, v)                                                       \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_DATE, .number = (v)         \
	}
#define BOOL_VALUE(n, v)                                                       \
	{                                                                      \
		.name = (n), .type = TEMPLATE_TYPE_BOOL, .number = (v)         \
	}

static void
show_articles(struct shown *shown, const struct compose_issue *issue)
{
	for (size_t i = 0; i < issue->count; i++) {
		const struct compose_article *article = &issue->articles[i];
		struct str *excerpt = &shown->excerpts[i];
		const struct template_value values[ARTICLE_FIELDS] = {
		    TEXT_VALUE("title", article->title),
		    URL_VALUE("url", article->link),
		    TEXT_VALUE("author", article->author),
		    DATE_VALUE("published", article->published),
		    TEXT_VALUE("excerpt", ""),
		    BOOL_VALUE("has_excerpt", 0),
		    {0},
		};

		memcpy(shown->values[i], values, sizeof(values));
		str_init(excerpt, (size_t)COMPOSE_EXCERPT * 64);
		if (i < COMPOSE_EXCERPTS)
			excerpt_make(excerpt, article->body, COMPOSE_EXCERPT);
		shown->values[i][4].text = excerpt->data;
		shown->values[i][5].number = excerpt->len > 0;
		shown->items[i] = shown->values[i];
	}
}

static int
render_digest(struct compose *compose, const struct template_value *values,
    struct str *html, struct str *text, struct err *err)
{
	if (template_render(
		html, compose->digest_html, values, &compose->style, err) != 0)
		return err_wrap(err, "digest.html");
	if (template_render(
		text, compose->digest_text, values, &compose->style, err) != 0)
		return err_wrap(err, "digest.txt");
	return 0;
}

int
compose_digest(struct compose *compose, const struct compose_issue *issue,
    struct issue_body *out, struct err *err)
{
	const struct message_arg list_arg[] = {
	    {"list", issue->list->title}, {0}};
	struct str subject, preheader, why, html, text;
	struct shown *shown;
	int rc = -1;

	if (issue->count > COMPOSE_ARTICLES)
		return err_set(err, ERR_SYSTEM, "too many articles");
	shown = calloc(1, sizeof(*shown));
	if (shown == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	str_init(&subject, 4096);
	str_init(&preheader, (size_t)PREHEADER * 64);
	str_init(&why, 4096);
	str_init(&html, MIME_MESSAGE_MAX);
	str_init(&text, MIME_MESSAGE_MAX);
	make_subject(compose, issue, &subject);
	make_preheader(issue, &preheader);
	message_add(&why, compose->messages, "digest_footer_why", list_arg);
	show_articles(shown, issue);

	const struct template_value values[] = {
	    TEXT_VALUE("site_name", compose->conf->site_name),
	    URL_VALUE("site_url", compose->conf->base_url),
	    TEXT_VALUE("list.title", issue->list->title),
	    TEXT_VALUE("list.name", issue->list->name),
	    TEXT_VALUE("subject", subject.data),
	    TEXT_VALUE("preheader", preheader.data),
	    DATE_VALUE("digest.date", issue->date),
	    NUMBER_VALUE("digest.number", issue->number),
	    NUMBER_VALUE("article_count", (int64_t)issue->count),
	    {.name = "articles",
		.type = TEMPLATE_TYPE_LIST,
		.items = shown->items,
		.count = issue->count},
	    TEXT_VALUE("why", why.data),
	    TEXT_VALUE("postal_address", compose->conf->mail.postal_address),
	    {0}};

	if (render_digest(compose, values, &html, &text, err) != 0)
		goto out;
	if (subject.bad || html.bad || text.bad) {
		(void)err_set(err, ERR_INPUT, "the digest is too long");
		goto out;
	}
	out->subject = str_take(&subject);
	out->html = str_take(&html);
	out->text = str_take(&text);
	rc = 0;
out:
	for (size_t i = 0; i < issue->count; i++)
		str_release(&shown->excerpts[i]);
	free(shown);
	str_release(&subject);
	str_release(&preheader);
	str_release(&why);
	str_release(&html);
	str_release(&text);
	return rc;
}

/* ---- one message */

void
compose_sender(const struct compose *compose, const struct token_ring *ring,
    const struct compose_mail *mail, char out[ADDRESS_SIZE])
{
	const char *bounce = compose->bounce.wire;
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
make_message_id(const struct compose *compose, const struct compose_mail *mail,
    struct str *out)
{
	str_addf(out, "<%s.%lld@%s>",
	    mail->issue != NULL ? mail->issue->uuid : mail->uuid,
	    (long long)mail->subscription->id,
	    address_domain(compose->from.address.wire));
}

/* RFC 2919 wants a domain that lasts; the list's name is its first label. */
static void
make_list_id(const struct compose *compose, const struct list *list,
    struct str *out)
{
	str_addf(out, "%s.%s", list->name,
	    address_domain(compose->from.address.wire));
}

static void
make_link(const struct compose *compose, const char *path, const char *token,
    struct str *out)
{
	str_addf(out, "%s/%s/%s", compose->conf->base_url, path, token);
}

/* The sender that a list chose, or the settings'. */
static int
sender_of(const struct compose *compose, const struct list *list,
    struct mailbox *out, struct err *err)
{
	if (list->from[0] == '\0') {
		*out = compose->from;
		return 0;
	}
	if (address_parse_mailbox(out, list->from, err) != 0)
		return err_wrap(err, "sender of list '%s'", list->name);
	return 0;
}

/* From, To, Subject, Date and Message-ID: what every mail has. */
static int
add_common(const struct compose *compose, const struct compose_mail *mail,
    const char *subject, struct str *out, struct err *err)
{
	char date[CLOCK_MAIL_SIZE];
	struct mailbox from;
	struct str id;
	int rc = -1;

	if (sender_of(compose, mail->list, &from, err) != 0)
		return -1;
	str_init(&id, 512);
	make_message_id(compose, mail, &id);
	clock_mail(date, mail->now);
	if (mime_header_phrase(out, "From", from.name, from.address.wire, err) ==
		0 &&
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
add_list_headers(const struct compose *compose,
    const struct compose_mail *mail, const char *leave, struct str *out,
    struct err *err)
{
	struct str id, link;
	int rc = -1;

	str_init(&id, 512);
	str_init(&link, 4096);
	make_list_id(compose, mail->list, &id);
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
add_body(const struct compose *compose, const struct compose_mail *mail,
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
	    .language = compose->conf->language == CONF_AR ? "ar" : "en",
	    .boundary = boundary.data,
	};
	rc = mime_alternative(out, &body, err);
	str_release(&boundary);
	return rc;
}

/* The signature goes before all that it covers. */
static int
sign(struct compose *compose, const struct str *message, int64_t now,
    struct str *out, struct err *err)
{
	if (compose->dkim != NULL &&
	    dkim_sign(out, compose->dkim, message->data, message->len, now,
		err) != 0)
		return -1;
	str_add_bytes(out, message->data, message->len);
	if (out->bad || message->bad)
		return err_set(err, ERR_INPUT, "the message is too long");
	return 0;
}

static int
make_digest(struct compose *compose, const struct token_ring *ring,
    const struct compose_mail *mail, struct str *out, struct err *err)
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
	make_link(compose, "leave", seal, &leave);
	const struct template_hole holes[] = {
	    {"unsubscribe_url", leave.data}, {0}};

	if (template_splice(&html, mail->body->html, strlen(mail->body->html),
		holes, err) == 0 &&
	    template_splice(&text, mail->body->text, strlen(mail->body->text),
		holes, err) == 0 &&
	    add_common(compose, mail, mail->body->subject, out, err) == 0 &&
	    add_list_headers(compose, mail, leave.data, out, err) == 0 &&
	    add_body(compose, mail, &text, &html, out, err) == 0)
		rc = 0;
	str_release(&leave);
	str_release(&html);
	str_release(&text);
	return rc;
}

static int
render_confirm(struct compose *compose, const struct compose_mail *mail,
    const char *subject, struct str parts[2], struct err *err)
{
	const struct message_arg list_arg[] = {{"list", mail->list->title}, {0}};
	const struct template *templates[2] = {
	    compose->confirm_text, compose->confirm_html};
	struct str intro, link, rendered;
	int rc = 0;

	str_init(&intro, 4096);
	str_init(&link, 4096);
	str_init(&rendered, MIME_MESSAGE_MAX);
	message_add(&intro, compose->messages, "confirm_intro", list_arg);
	make_link(compose, "confirm", mail->token, &link);
	const struct template_value values[] = {
	    TEXT_VALUE("site_name", compose->conf->site_name),
	    URL_VALUE("site_url", compose->conf->base_url),
	    TEXT_VALUE("list.title", mail->list->title),
	    TEXT_VALUE("list.name", mail->list->name),
	    TEXT_VALUE("subject", subject),
	    TEXT_VALUE("intro", intro.data),
	    NUMBER_VALUE("hours", 48),
	    TEXT_VALUE("postal_address", compose->conf->mail.postal_address),
	    {0}};
	const struct template_hole holes[] = {{"confirm_url", link.data}, {0}};

	for (size_t i = 0; i < 2 && rc == 0; i++) {
		str_reset(&rendered);
		rc = template_render(
		    &rendered, templates[i], values, &compose->style, err);
		if (rc == 0)
			rc = template_splice(&parts[i], rendered.data,
			    rendered.len, holes, err);
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
make_confirm(struct compose *compose, const struct compose_mail *mail,
    struct str *out, struct err *err)
{
	const struct message_arg list_arg[] = {{"list", mail->list->title}, {0}};
	struct str subject, parts[2];
	int rc = -1;

	str_init(&subject, 4096);
	str_init(&parts[0], MIME_MESSAGE_MAX);
	str_init(&parts[1], MIME_MESSAGE_MAX);
	message_add(&subject, compose->messages, "confirm_subject", list_arg);
	if (render_confirm(compose, mail, subject.data, parts, err) == 0 &&
	    add_common(compose, mail, subject.data, out, err) == 0 &&
	    mime_header(out, "Auto-Submitted", "auto-generated", err) == 0 &&
	    add_body(compose, mail, &parts[0], &parts[1], out, err) == 0)
		rc = 0;
	str_release(&subject);
	str_release(&parts[0]);
	str_release(&parts[1]);
	return rc;
}

int
compose_message(struct compose *compose, const struct token_ring *ring,
    const struct compose_mail *mail, struct str *out, struct err *err)
{
	struct str message;
	int rc;

	str_init(&message, MIME_MESSAGE_MAX);
	if (mail->kind == OUTBOX_DIGEST)
		rc = make_digest(compose, ring, mail, &message, err);
	else
		rc = make_confirm(compose, mail, &message, err);
	if (rc == 0)
		rc = sign(compose, &message, mail->now, out, err);
	str_release(&message);
	return rc;
}

int
compose_show(struct compose *compose, const struct issue_body *body,
    struct str *html, struct str *text, struct err *err)
{
	struct str link;
	int rc = 0;

	str_init(&link, 4096);
	make_link(compose, "leave", "preview", &link);
	const struct template_hole holes[] = {
	    {"unsubscribe_url", link.data}, {0}};

	if (html != NULL)
		rc = template_splice(
		    html, body->html, strlen(body->html), holes, err);
	if (rc == 0 && text != NULL)
		rc = template_splice(
		    text, body->text, strlen(body->text), holes, err);
	str_release(&link);
	return rc;
}
