/* SPDX-License-Identifier: ISC */
#include "flow/letter_head.h"

#include "base/clock.h"
#include "flow/greeting.h"
#include "flow/public.h"
#include "mail/mime.h"
#include "text/bidi.h"

/* The sender that a list chose, or the settings'. */
static int
add_from(struct str *out, const char *name, const struct letter_head_input *in,
    struct err *err)
{
	const struct list *list = in->mail->list;
	struct mailbox from = in->kit->from;

	if (list->from[0] != '\0' &&
	    address_parse_mailbox(&from, list->from, err) != 0)
		return err_wrap(err, "sender of list '%s'", list->name);
	return mime_header_phrase(out, name, from.name, from.address.wire, err);
}

static int
add_to(struct str *out, const char *name, const struct letter_head_input *in,
    struct err *err)
{
	return mime_header_phrase(
	    out, name, "", in->mail->subscription->address, err);
}

static int
add_subject(struct str *out, const char *name,
    const struct letter_head_input *in, struct err *err)
{
	struct str subject;
	int rc;

	str_init(&subject, MIME_MESSAGE_MAX);
	bidi_without_marks(&subject, in->subject);
	rc = mime_header_text(out, name, subject.data, err);
	str_release(&subject);
	return rc;
}

static int
add_date(struct str *out, const char *name, const struct letter_head_input *in,
    struct err *err)
{
	char date[CLOCK_MAIL_SIZE];

	clock_mail(date, in->mail->now);
	return mime_header(out, name, date, err);
}

/* A mail of the same row has the same name, however often it is sent, so that
 * a receiver can drop the second copy. */
static int
add_message_id(struct str *out, const char *name,
    const struct letter_head_input *in, struct err *err)
{
	const struct letter *mail = in->mail;
	struct str id;
	int rc;

	str_init(&id, 512);
	str_addf(&id, "<%s.%lld@%s>",
	    mail->issue != NULL ? mail->issue->uuid : mail->uuid,
	    (long long)mail->subscription->id,
	    address_domain(in->kit->from.address.wire));
	rc = mime_header(out, name, id.data, err);
	str_release(&id);
	return rc;
}

/* RFC 2919 2 and 3: a domain that lasts, and the list's name before it. Names
 * of other letters, which lists could once have, become a number. */
static void
make_list_id(struct str *out, const struct list *list, const char *domain)
{
	bool ascii = true;

	for (const char *p = list->name; *p != '\0'; p++)
		ascii = ascii && *p > ' ' && *p < 0x7f;
	if (ascii) {
		str_addf(out, "%s.%s", list->name, domain);
	} else {
		str_addf(out, "list-%lld.%s", (long long)list->id, domain);
	}
}

static int
add_list_id(struct str *out, const char *name,
    const struct letter_head_input *in, struct err *err)
{
	const struct list *list = in->mail->list;
	struct str title;
	struct str id;
	int rc;

	str_init(&title, MIME_MESSAGE_MAX);
	str_init(&id, 512);
	bidi_without_marks(&title, list->title);
	make_list_id(&id, list, address_domain(in->kit->from.address.wire));
	rc = mime_header_phrase(out, name, title.data, id.data, err);
	str_release(&title);
	str_release(&id);
	return rc;
}

/* RFC 2369 2: a URL in angle brackets; without one there is no header. */
static int
add_url(struct str *out, const char *name, const char *url, struct err *err)
{
	struct str link;
	int rc;

	if (url[0] == '\0')
		return 0;
	str_init(&link, 4096);
	str_addf(&link, "<%s>", url);
	rc = mime_header(out, name, link.data, err);
	str_release(&link);
	return rc;
}

/* RFC 2369 3.2, 8058. */
static int
add_leave(struct str *out, const char *name, const struct letter_head_input *in,
    struct err *err)
{
	return add_url(out, name, in->leave, err);
}

static int
add_one_click(struct str *out, const char *name,
    const struct letter_head_input *in, struct err *err)
{
	(void)in;
	return mime_header(out, name, "List-Unsubscribe=One-Click", err);
}

/* RFC 2369 3.6. Not of a list that keeps its issues to itself. */
static int
add_archive(struct str *out, const char *name,
    const struct letter_head_input *in, struct err *err)
{
	struct str url;
	int rc;

	str_init(&url, 4096);
	public_archive(&url, in->kit->conf, in->mail->list);
	rc = add_url(out, name, url.data, err);
	str_release(&url);
	return rc;
}

/* RFC 2369 3.4: what comes back goes to a person, not to the list. */
static int
add_no_post(struct str *out, const char *name,
    const struct letter_head_input *in, struct err *err)
{
	(void)in;
	return mime_header(out, name, "NO", err);
}

/* RFC 2369 3.3. */
static int
add_subscribe(struct str *out, const char *name,
    const struct letter_head_input *in, struct err *err)
{
	struct str url;
	int rc;

	str_init(&url, 4096);
	greeting_way_back(in->kit, in->mail->list, &url);
	rc = add_url(out, name, url.data, err);
	str_release(&url);
	return rc;
}

static int
add_bulk(struct str *out, const char *name, const struct letter_head_input *in,
    struct err *err)
{
	(void)in;
	return mime_header(out, name, "bulk", err);
}

/* RFC 3834 5: no person wrote it. */
static int
add_generated(struct str *out, const char *name,
    const struct letter_head_input *in, struct err *err)
{
	(void)in;
	return mime_header(out, name, "auto-generated", err);
}

const struct letter_head letter_head_digest[LETTER_HEAD_MAX] = {
    {"From", false, add_from},
    {"To", true, add_to},
    {"Subject", false, add_subject},
    {"Date", true, add_date},
    {"Message-ID", true, add_message_id},
    {"List-Id", false, add_list_id},
    {"List-Unsubscribe", true, add_leave},
    {"List-Unsubscribe-Post", false, add_one_click},
    {"List-Archive", false, add_archive},
    {"Precedence", false, add_bulk},
};

/* RFC 2369 4 and RFC 2919 3 want a list's headers on what it answers to one
 * person too. Who has only asked for it leaves by taking that back: better than
 * to call it spam, for those for whom somebody else has asked. Not bulk. */
const struct letter_head letter_head_confirm[LETTER_HEAD_MAX] = {
    {"From", false, add_from},
    {"To", true, add_to},
    {"Subject", false, add_subject},
    {"Date", true, add_date},
    {"Message-ID", true, add_message_id},
    {"List-Id", false, add_list_id},
    {"List-Unsubscribe", true, add_leave},
    {"List-Unsubscribe-Post", false, add_one_click},
    {"List-Post", false, add_no_post},
    {"Auto-Submitted", false, add_generated},
};

/* No message is answered here, so they are not "auto-replied" (RFC 3834 5). */
const struct letter_head letter_head_welcome[LETTER_HEAD_MAX] = {
    {"From", false, add_from},
    {"To", true, add_to},
    {"Subject", false, add_subject},
    {"Date", true, add_date},
    {"Message-ID", true, add_message_id},
    {"List-Id", false, add_list_id},
    {"List-Unsubscribe", true, add_leave},
    {"List-Unsubscribe-Post", false, add_one_click},
    {"List-Archive", false, add_archive},
    {"List-Post", false, add_no_post},
    {"Precedence", false, add_bulk},
    {"Auto-Submitted", false, add_generated},
};

/* Nothing is left to leave, but there is a way back. */
const struct letter_head letter_head_goodbye[LETTER_HEAD_MAX] = {
    {"From", false, add_from},
    {"To", true, add_to},
    {"Subject", false, add_subject},
    {"Date", true, add_date},
    {"Message-ID", true, add_message_id},
    {"List-Id", false, add_list_id},
    {"List-Subscribe", false, add_subscribe},
    {"List-Post", false, add_no_post},
    {"Precedence", false, add_bulk},
    {"Auto-Submitted", false, add_generated},
};

int
letter_head_add(struct str *out, const struct letter_head *heads,
    const struct letter_head_input *in, struct err *err)
{
	for (; heads->name != NULL; heads++) {
		if (heads->add(out, heads->name, in, err) != 0)
			return -1;
	}
	return 0;
}
