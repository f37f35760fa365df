/* SPDX-License-Identifier: ISC */
#include "flow/notice.h"

#include "base/clock.h"
#include "base/confwords.h"
#include "flow/notice_text.h"
#include "mail/mime.h"
#include "model/outbox_add.h"
#include "model/trouble.h"

#include <string.h>

/* ---- what there is to tell */

/* What began later than now did so by a clock that was set back since. */
static bool
is_new(const struct trouble *trouble, int64_t now)
{
	return !trouble->told &&
	       (trouble->since > now || now - trouble->since >= NOTICE_AFTER);
}

static int
collect_one(const struct trouble *trouble, void *arg)
{
	struct notice_tale *tale = arg;

	if (is_new(trouble, tale->now))
		tale->of[tale->count++] = *trouble;
	return tale->count == NOTICE_TEXT_MOST;
}

/* How many there are; 0 too where the last mail went out lately. */
static int
collect(struct db *db, struct notice_tale *tale, struct err *err)
{
	int64_t last;

	tale->count = 0;
	if (trouble_each(db, collect_one, tale, err) != 0)
		return -1;
	if (tale->count == 0)
		return 0;
	if (outbox_last_notice(db, &last, err) != 0)
		return -1;
	if (tale->now >= last && tale->now - last < NOTICE_EVERY)
		return 0;
	return tale->count;
}

/* Within the transaction. */
static int
queue(struct db *db, const struct kit *kit, const struct notice_tale *tale,
    struct err *err)
{
	struct str text;
	int rc;

	str_init(&text, NOTICE_TEXT_MAX);
	rc = notice_text_add(&text, kit, tale, err);
	if (rc == 0)
		rc = outbox_add_notice(db, text.data, tale->now, err);
	for (int i = 0; i < tale->count && rc == 0; i++)
		rc = trouble_told(db, &tale->of[i], err);
	str_release(&text);
	return rc;
}

int
notice_tell(struct db *db, const struct kit *kit, int64_t now, struct err *err)
{
	struct notice_tale tale = {.now = now};
	int n;

	if (kit->admin.wire[0] == '\0')
		return 0;
	n = collect(db, &tale, err);
	if (n <= 0)
		return n;
	if (db_begin(db, err) != 0)
		return -1;
	/* Another worker may have told it meanwhile. */
	n = collect(db, &tale, err);
	if (n < 0 || (n > 0 && queue(db, kit, &tale, err) != 0) ||
	    db_commit(db, err) != 0) {
		db_rollback(db);
		return -1;
	}
	return n > 0;
}

/* ---- the mail */

static int
add_head(struct str *out, const struct kit *kit, const char *uuid, int64_t now,
    struct err *err)
{
	const char *domain = address_domain(kit->from.address.wire);
	char date[CLOCK_MAIL_SIZE];
	struct str id, stream;
	int rc = -1;

	str_init(&id, 512);
	str_init(&stream, 512);
	str_addf(&id, "<%s@%s>", uuid, domain);
	/* Admins sort by it what programs tell them, and nobody is to answer.
	 * No list's name begins with "_". */
	str_addf(&stream, "<_notices.%s>", domain);
	clock_mail(date, now);
	if (mime_header_phrase(out, "From", kit->from.name,
		kit->from.address.wire, err) == 0 &&
	    mime_header_phrase(out, "To", "", kit->admin.wire, err) == 0 &&
	    mime_header(out, "Date", date, err) == 0 &&
	    mime_header(out, "Message-ID", id.data, err) == 0 &&
	    mime_header(out, "List-Id", stream.data, err) == 0 &&
	    mime_header(out, "List-Post", "NO", err) == 0 &&
	    mime_header(out, "Precedence", "bulk", err) == 0 &&
	    mime_header(out, "Auto-Submitted", "auto-generated", err) == 0)
		rc = 0;
	str_release(&id);
	str_release(&stream);
	return rc;
}

/* From the subject on. */
static int
add_rest(struct str *out, const struct kit *kit, const char *uuid,
    const char *text, struct err *err)
{
	const char *start = text + strcspn(text, "\n");
	const char *html = strchr(start, NOTICE_TEXT_BREAK);
	struct mime_body body = {
	    .language = confwords_language[kit->conf->language]};
	struct str subject, boundary;
	int rc = -1;

	str_init(&subject, NOTICE_TEXT_MAX);
	str_init(&boundary, 60);
	str_add_bytes(&subject, text, (size_t)(start - text));
	str_addf(&boundary, "=_%s", uuid);
	body.boundary = boundary.data;
	body.text = start + strspn(start, "\n");
	body.text_len =
	    html != NULL ? (size_t)(html - body.text) : strlen(body.text);
	body.html = html != NULL ? html + 1 : NULL;
	body.html_len = html != NULL ? strlen(html + 1) : 0;
	if (mime_header_text(out, "Subject", subject.data, err) == 0)
		rc = mime_body_add(out, &body, err);
	str_release(&subject);
	str_release(&boundary);
	return rc;
}

int
notice_make(const struct kit *kit, const char *uuid, const char *text,
    int64_t now, struct str *out, struct err *err)
{
	struct str message;
	int rc = -1;

	if (kit->admin.wire[0] == '\0') {
		return err_set(
		    err, ERR_CONFIG, "there is no 'mail.admin' to write to");
	}
	str_init(&message, MIME_MESSAGE_MAX);
	if (add_head(&message, kit, uuid, now, err) != 0 ||
	    add_rest(&message, kit, uuid, text, err) != 0)
		goto out;
	if (kit->dkim != NULL &&
	    dkim_sign(out, kit->dkim, message.data, message.len, now, err) != 0)
		goto out;
	str_add_bytes(out, message.data, message.len);
	rc = out->bad || message.bad
		 ? err_set(err, ERR_INPUT, "the notice is too long")
		 : 0;
out:
	str_release(&message);
	return rc;
}
