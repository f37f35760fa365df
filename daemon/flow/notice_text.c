/* SPDX-License-Identifier: ISC */
#include "flow/notice_text.h"

#include "base/log.h"
#include "text/bidi.h"

#include <string.h>

/* As systemd/ has them; the manual knows of the signal behind it. */
#define RELOAD "systemctl reload nashra-web nashra-work"
#define STATUS "nashra status"

/* The sentences of a scope. */
static const struct {
	const char *what, *todo;
} sentences[TROUBLE_SCOPES] = {
    [TROUBLE_RELAY] = {"notice_relay", "notice_relay_todo"},
    [TROUBLE_DOMAIN] = {"notice_domain", "notice_domain_todo"},
    [TROUBLE_CLOCK] = {"notice_clock", "notice_clock_todo"},
    [TROUBLE_SETTINGS] = {"notice_settings", "notice_settings_todo"},
};

#define NAMES 6 /* of a trouble, with their end */

/* One trouble in words. */
struct words {
	struct str what, error, todo;
	struct template_value values[NAMES];
};

struct sheet {
	const struct kit *kit;
	const struct notice_tale *tale;
	int settings; /* troubles of the settings, which keep no mail back */
	struct str subject, intro;
	struct words words[NOTICE_TEXT_MOST];
	const struct template_value *items[NOTICE_TEXT_MOST];
};

static int
add_what(struct str *out, const struct kit *kit, const struct trouble *trouble,
    struct err *err)
{
	struct str date, hour;
	int rc;

	str_init(&date, 256);
	str_init(&hour, 256);
	rc = date_format(&date, trouble->since, &kit->style.date, err);
	if (rc == 0) {
		rc = date_format_time(
		    &hour, trouble->since, &kit->style.date, err);
	}
	message_add(out, kit->messages, sentences[trouble->scope].what,
	    (const struct message_arg[]){{"name", trouble->name},
		{"date", date.data}, {"time", hour.data}, {0}});
	str_release(&date);
	str_release(&hour);
	return rc;
}

static int
fill_words(struct words *out, const struct kit *kit,
    const struct trouble *trouble, struct err *err)
{
	if (add_what(&out->what, kit, trouble, err) != 0)
		return -1;
	bidi_clean_line(&out->error, trouble->error, strlen(trouble->error));
	message_add(
	    &out->todo, kit->messages, sentences[trouble->scope].todo, NULL);
	const struct template_value values[NAMES] = {
	    KIT_TEXT("what", out->what.data), KIT_DATE("since", trouble->since),
	    KIT_TEXT("name", trouble->name), KIT_TEXT("error", out->error.data),
	    KIT_TEXT("todo", out->todo.data), {0}};

	memcpy(out->values, values, sizeof(values));
	return 0;
}

static void
sheet_init(
    struct sheet *out, const struct kit *kit, const struct notice_tale *tale)
{
	*out = (struct sheet){.kit = kit, .tale = tale};
	str_init(&out->subject, 4096);
	str_init(&out->intro, 4096);
	for (int i = 0; i < tale->count; i++) {
		str_init(&out->words[i].what, 4096);
		str_init(&out->words[i].error, 4096);
		str_init(&out->words[i].todo, 4096);
		out->items[i] = out->words[i].values;
		out->settings += tale->of[i].scope == TROUBLE_SETTINGS;
	}
}

static void
sheet_release(struct sheet *sheet)
{
	for (int i = 0; i < sheet->tale->count; i++) {
		str_release(&sheet->words[i].what);
		str_release(&sheet->words[i].error);
		str_release(&sheet->words[i].todo);
	}
	str_release(&sheet->subject);
	str_release(&sheet->intro);
}

/* Settings that were not taken keep no mail back. */
static int
sheet_fill(struct sheet *sheet, struct err *err)
{
	const struct kit *kit = sheet->kit;
	const struct notice_tale *tale = sheet->tale;
	bool halts = tale->count > sheet->settings;

	if (halts) {
		message_add_count(&sheet->subject, kit->messages,
		    "notice_subject", tale->count, kit->style.date.digits);
	} else {
		message_add(&sheet->subject, kit->messages,
		    "notice_settings_subject", NULL);
	}
	message_add(&sheet->intro, kit->messages,
	    halts ? "notice_intro" : "notice_settings_intro",
	    (const struct message_arg[]){{"site", kit->conf->site_name}, {0}});
	for (int i = 0; i < tale->count; i++) {
		if (fill_words(&sheet->words[i], kit, &tale->of[i], err) != 0)
			return -1;
	}
	return 0;
}

static int
render(struct str *out, const struct sheet *sheet, struct err *err)
{
	const struct notice_tale *tale = sheet->tale;
	const struct shelf_parts *parts = sheet->kit->notice;
	const struct template_value values[] = {
	    KIT_TEXT("site_name", sheet->kit->conf->site_name),
	    KIT_URL("site_url", sheet->kit->conf->base_url),
	    KIT_TEXT("subject", sheet->subject.data),
	    KIT_TEXT("intro", sheet->intro.data),
	    KIT_NUMBER("trouble_count", tale->count),
	    KIT_LIST("troubles", sheet->items, (size_t)tale->count),
	    KIT_BOOL("mail_waits", tale->count > sheet->settings),
	    KIT_BOOL("settings_wait", sheet->settings > 0),
	    KIT_TEXT("reload_command", RELOAD),
	    KIT_TEXT("status_command", STATUS), {0}};
	static const char end = NOTICE_TEXT_BREAK;

	if (template_render(
		out, parts->text, values, &sheet->kit->style, err) != 0)
		return -1;
	str_add_bytes(out, &end, 1);
	return template_render(
	    out, parts->html, values, &sheet->kit->style, err);
}

static void
add_bare(struct str *out, const struct sheet *sheet)
{
	str_addf(out, "%s\n\n", sheet->intro.data);
	for (int i = 0; i < sheet->tale->count; i++) {
		const struct words *words = &sheet->words[i];

		str_addf(
		    out, "%s\n%s\n\n", words->what.data, words->error.data);
	}
	str_add(out, STATUS "\n");
}

int
notice_text_add(struct str *out, const struct kit *kit,
    const struct notice_tale *tale, struct err *err)
{
	struct err why = ERR_INIT;
	struct sheet sheet;
	struct str parts;
	int rc;

	sheet_init(&sheet, kit, tale);
	str_init(&parts, NOTICE_TEXT_MAX);
	rc = sheet_fill(&sheet, err);
	if (rc == 0 && render(&parts, &sheet, &why) != 0) {
		log_line(LOG_ERROR, "notice", "why=\"%s\"", why.msg);
		str_release(&parts);
		str_init(&parts, NOTICE_TEXT_MAX);
		add_bare(&parts, &sheet);
	}
	str_addf(out, "%s\n\n", sheet.subject.data);
	str_add_bytes(out, parts.data, parts.len);
	if (rc == 0 && (out->bad || parts.bad))
		rc = err_set(err, ERR_SYSTEM, "the notice is too long");
	str_release(&parts);
	sheet_release(&sheet);
	return rc;
}
