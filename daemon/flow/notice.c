/* SPDX-License-Identifier: ISC */
#include "flow/notice.h"

#include "base/clock.h"
#include "base/codec.h"
#include "mail/mime.h"
#include "model/outbox_add.h"
#include "model/trouble.h"
#include "text/bidi.h"

#include <string.h>

#define MOST     32    /* in one mail; the next one has the others */
#define TEXT_MAX 65536 /* of one mail */
/* As systemd/ has them; the manual knows of the signal behind it. */
#define NOTICE_RELOAD "systemctl reload nashra-web nashra-work"

/* ---- what there is to tell */

struct tale {
	int64_t now;
	int count;
	struct trouble of[MOST];
};

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
	struct tale *tale = arg;

	if (is_new(trouble, tale->now))
		tale->of[tale->count++] = *trouble;
	return tale->count == MOST;
}

/* How many there are; 0 too where the last mail went out lately. */
static int
collect(struct db *db, struct tale *tale, struct err *err)
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

/* A sentence, and on a line of its own what it stands still for: words of
 * another program, in whatever language. */
static int
add_one(struct str *out, const struct kit *kit, const struct trouble *trouble,
    struct err *err)
{
	static const char *const keys[TROUBLE_SCOPES] = {
	    [TROUBLE_RELAY] = "notice_relay",
	    [TROUBLE_DOMAIN] = "notice_domain",
	    [TROUBLE_CLOCK] = "notice_clock",
	    [TROUBLE_SETTINGS] = "notice_settings",
	};
	struct str date, hour, why;
	int rc;

	str_init(&date, 256);
	str_init(&hour, 256);
	str_init(&why, 4096);
	rc = date_format(&date, trouble->since, &kit->style.date, err);
	if (rc == 0) {
		rc = date_format_time(
		    &hour, trouble->since, &kit->style.date, err);
	}
	bidi_clean_line(&why, trouble->error, strlen(trouble->error));
	message_add(out, kit->messages, keys[trouble->scope],
	    (const struct message_arg[]){{"name", trouble->name},
		{"date", date.data}, {"time", hour.data}, {0}});
	str_addf(out, "\n%s\n\n", why.data);
	str_release(&date);
	str_release(&hour);
	str_release(&why);
	return rc;
}

/* A sentence with the one value that is in it. */
static void
add_line(struct str *out, const struct kit *kit, const char *key,
    struct message_arg value)
{
	message_add(
	    out, kit->messages, key, (const struct message_arg[]){value, {0}});
	str_add(out, "\n");
}

/* What comes next: mail that waits goes on by itself, settings are read again
 * when somebody asks for it. */
static void
add_end(struct str *out, const struct kit *kit, int halts, int settings)
{
	if (halts > 0) {
		message_add(out, kit->messages, "notice_again", NULL);
		str_add(out, "\n");
	}
	if (settings > 0) {
		add_line(out, kit, "notice_reload",
		    (struct message_arg){"command", NOTICE_RELOAD});
	}
	add_line(out, kit, "notice_end",
	    (struct message_arg){"command", "nashra status"});
}

/* Settings that were not taken keep no mail back. */
static int
write_text(struct str *out, const struct kit *kit, const struct tale *tale,
    struct err *err)
{
	const struct message_arg site = {"site", kit->conf->site_name};
	int settings = 0;
	int halts;

	for (int i = 0; i < tale->count; i++)
		settings += tale->of[i].scope == TROUBLE_SETTINGS;
	halts = tale->count - settings;
	if (halts > 0) {
		message_add_count(out, kit->messages, "notice_subject",
		    tale->count, kit->conf->arabic.digits);
	} else {
		message_add(
		    out, kit->messages, "notice_settings_subject", NULL);
	}
	str_add(out, "\n\n");
	add_line(out, kit, halts > 0 ? "notice_intro" : "notice_settings_intro",
	    site);
	str_add(out, "\n");
	for (int i = 0; i < tale->count; i++) {
		if (add_one(out, kit, &tale->of[i], err) != 0)
			return -1;
	}
	add_end(out, kit, halts, settings);
	if (out->bad)
		return err_set(err, ERR_SYSTEM, "the notice is too long");
	return 0;
}

/* Within the transaction. */
static int
queue(struct db *db, const struct kit *kit, const struct tale *tale,
    struct err *err)
{
	struct str text;
	int rc;

	str_init(&text, TEXT_MAX);
	rc = write_text(&text, kit, tale, err);
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
	struct tale tale = {.now = now};
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
	char date[CLOCK_MAIL_SIZE];
	struct str id;
	int rc = -1;

	str_init(&id, 512);
	str_addf(&id, "<%s@%s>", uuid, address_domain(kit->from.address.wire));
	clock_mail(date, now);
	if (mime_header_phrase(out, "From", kit->from.name,
		kit->from.address.wire, err) == 0 &&
	    mime_header_phrase(out, "To", "", kit->admin.wire, err) == 0 &&
	    mime_header(out, "Date", date, err) == 0 &&
	    mime_header(out, "Message-ID", id.data, err) == 0 &&
	    mime_header(out, "Auto-Submitted", "auto-generated", err) == 0)
		rc = 0;
	str_release(&id);
	return rc;
}

/* From the subject on; a notice has but one part. */
static int
add_rest(
    struct str *out, const struct kit *kit, const char *text, struct err *err)
{
	const char *language = kit->conf->language == CONF_AR ? "ar" : "en";
	const char *body = text + strcspn(text, "\n");
	struct str subject, lines;
	int rc = -1;

	str_init(&subject, TEXT_MAX);
	str_init(&lines, (size_t)2 * TEXT_MAX);
	str_add_bytes(&subject, text, (size_t)(body - text));
	body += strspn(body, "\n");
	mime_crlf(&lines, body, strlen(body));
	if (mime_header_text(out, "Subject", subject.data, err) == 0 &&
	    mime_header(out, "MIME-Version", "1.0", err) == 0 &&
	    mime_header(out, "Content-Language", language, err) == 0 &&
	    mime_header(
		out, "Content-Type", "text/plain; charset=utf-8", err) == 0 &&
	    mime_header(out, "Content-Transfer-Encoding", "base64", err) == 0)
		rc = 0;
	str_add(out, "\r\n");
	codec_base64_lines(out, lines.data, lines.len);
	str_release(&subject);
	str_release(&lines);
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
	    add_rest(&message, kit, text, err) != 0)
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
