/* SPDX-License-Identifier: ISC */
#include "base/conf.h"

#include "base/codec.h"
#include "base/confcheck.h"
#include "base/conffile.h"
#include "base/confparse.h"
#include "base/confwrite.h"
#include "base/str.h"

#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_SIZE   16384 /* a path made of two */
#define CREATED_MAX 65536 /* a first settings file */

static const char *const languages[] = {"ar", "en", NULL};
static const char *const tls_modes[] = {
    "required", "opportunistic", "none", NULL};
static const char *const digits[] = {"arab", "latn", NULL};
static const char *const months[] = {
    "standard", "levant", "maghreb", "morocco", NULL};
static const char *const calendars[] = {"gregorian", "umalqura", "dual", NULL};
static const char *const date_styles[] = {"site", "long", NULL};
static const char *const relay_schemes[] = {"smtp://", "smtps://", NULL};
static const char *const mailbox_schemes[] = {
    "imaps://", "imap://", "pop3s://", "pop3://", NULL};

#define C(field) offsetof(struct conf, field)
#define R(field) offsetof(struct conf_relay, field)
#define D(field) offsetof(struct conf_domain, field)

/* clang-format off */
static const struct section sections[] = {
	{"", NULL, 1, false, "The site"},
	{"web", NULL, 1, false, "The public pages: form, confirm, leave, archive"},
	{"mail", NULL, 1, false, "Who the mail is from"},
	{"relay", "main", CONF_RELAYS, false, "Where mail is handed in; one section for each relay"},
	{"domain", "gmail.com", CONF_DOMAINS, true, "Limits for the addresses of one domain"},
	{"dkim", NULL, 1, true, "The signature on every mail; without it mail goes unsigned"},
	{"arabic", NULL, 1, false, "How Arabic is written"},
	{"bounce_mailbox", NULL, 1, true, "Where bounces are fetched from"},
	{"feeds", NULL, 1, false, "Where articles come from"},
};

static const struct setting settings[] = {
	{"", "site_name",  TEXT,     C(site_name),  "", 0, 0, NULL, "as readers see it"},
	{"", "base_url",   BASE_URL, C(base_url),   "", 0, 0, NULL, "public address of the web role; http only on loopback"},
	{"", "language",   WORD,     C(language),   "ar", 0, 0, languages, "ar or en"},
	{"", "database",   PATH,     C(database),   "/var/lib/nashra/nashra.db", 0, 0, NULL, "the file that holds everything"},
	{"", "secrets",    PATH,     C(secrets),    "", 0, 0, NULL, "key ring for links; default: beside the database"},
	{"", "templates",  PATH,     C(templates),  NASHRA_TEMPLATES, 0, 0, NULL, "own folder; shipped files fill the gaps"},
	{"", "time_zone",  TEXT,     C(time_zone),  "UTC", 0, 0, NULL, "such as Asia/Damascus"},
	{"", "senders",    NUMBER,   C(senders),    "1", 1, 64, NULL, "work processes that share the queue"},
	{"web", "listen",          TEXT,  C(web.listen),          "127.0.0.1:8025", 0, 0, NULL, "host:port or unix:/path"},
	{"web", "trusted_proxies", ITEMS, C(web.trusted_proxies), "127.0.0.1", 0, 0, NULL, "whose X-Forwarded-For is believed"},
	{"mail", "from",           TEXT, C(mail.from),           "", 0, 0, NULL, "name and address: Name <news@example.org>"},
	{"mail", "bounce",         TEXT, C(mail.bounce),         "", 0, 0, NULL, "address that bounces go to; default: the one of from"},
	{"mail", "postal_address", TEXT, C(mail.postal_address), "", 0, 0, NULL, "printed at the foot of every digest"},
	{"mail", "admin",          TEXT, C(mail.admin),          "", 0, 0, NULL, "who is told when something needs a person"},
	{"relay", "url",           RELAY_URL,  R(url),           "smtp://127.0.0.1:25", 0, 0, relay_schemes, "smtp://host:port, or smtps:// for TLS at once"},
	{"relay", "tls",           WORD,   R(tls),           "required", 0, 0, tls_modes, "required, opportunistic or none"},
	{"relay", "user",          TEXT,   R(user),          "", 0, 0, NULL, "name to log in with"},
	{"relay", "password_file", PATH,   R(password_file), "", 0, 0, NULL, "file that holds the password, mode 0600"},
	{"relay", "ca_file",       PATH,   R(ca_file),       "", 0, 0, NULL, "certificates to trust; default: the system's"},
	{"relay", "connections",   NUMBER, R(connections),   "20", 1, 1000, NULL, "open at a time"},
	{"relay", "rate",          NUMBER, R(rate),          "0", 0, 1000000, NULL, "messages a second; 0: as fast as it takes them"},
	{"relay", "weight",        NUMBER, R(weight),        "1", 1, 1000, NULL, "its share where there are several"},
	{"domain", "rate",        NUMBER, D(rate),        "0", 0, 1000000, NULL, "messages a second; 0: no limit"},
	{"domain", "connections", NUMBER, D(connections), "1000", 1, 1000, NULL, "open at a time"},
	{"dkim", "domain",   TEXT, C(dkim.domain),   "", 0, 0, NULL, "the domain that signs"},
	{"dkim", "selector", TEXT, C(dkim.selector), "nashra", 0, 0, NULL, "the name of the key in DNS"},
	{"dkim", "key_file", PATH, C(dkim.key_file), "", 0, 0, NULL, "private key, PEM"},
	{"arabic", "digits",     WORD, C(arabic.digits),     "arab", 0, 0, digits, "arab or latn"},
	{"arabic", "months",     WORD, C(arabic.months),     "standard", 0, 0, months, "standard, levant, maghreb or morocco"},
	{"arabic", "calendar",   WORD, C(arabic.calendar),   "gregorian", 0, 0, calendars, "gregorian, umalqura or dual"},
	{"arabic", "date_style", WORD, C(arabic.date_style), "site", 0, 0, date_styles, "site or long"},
	{"bounce_mailbox", "url",           MAILBOX_URL,C(bounce_mailbox.url),           "", 0, 0, mailbox_schemes, "imaps://host or pop3s://host"},
	{"bounce_mailbox", "user",          TEXT, C(bounce_mailbox.user),          "", 0, 0, NULL, "name to log in with"},
	{"bounce_mailbox", "password_file", PATH, C(bounce_mailbox.password_file), "", 0, 0, NULL, "file that holds the password, mode 0600"},
	{"feeds", "allow_addresses", ITEMS, C(feeds.allow_addresses), "", 0, 0, NULL, "private addresses or ranges that feeds may be on"},
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const struct conf_table table = {
    sections, COUNT(sections), settings, COUNT(settings)};

int
conf_fail(struct err *err, const struct conf *conf, const char *key,
    const char *fmt, ...)
{
	const struct conf_line *line = confparse_find(conf->lines, key);
	char text[sizeof(err->msg)];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (line == NULL || line->line == 0) {
		return err_set(
		    err, ERR_CONFIG, "%s: %s: %s", conf->path, key, text);
	}
	return err_set(err, ERR_CONFIG, "%s:%d: %s: %s", conf->path, line->line,
	    key, text);
}

/* NULL only when there is no memory left. */
static char *
resolve(const struct conf *conf, const char *path)
{
	const char *slash = strrchr(conf->path, '/');
	struct str whole;
	char folder[PATH_MAX];

	str_init(&whole, PATH_SIZE);
	if (*path != '/' && *path != '\0') {
		if (*conf->path != '/' &&
		    getcwd(folder, sizeof(folder)) != NULL)
			str_addf(&whole, "%s/", folder);
		if (slash != NULL) {
			str_add_bytes(&whole, conf->path,
			    (size_t)(slash + 1 - conf->path));
		}
	}
	str_add(&whole, path);
	return str_take(&whole);
}

static int
store_item(struct conf_items *items, const char *text)
{
	char *copy;

	if (*text == '\0') /* the default of a list that is empty */
		return 0;
	copy = strdup(text);
	if (copy == NULL)
		return -1;
	items->item[items->count++] = copy;
	return 0;
}

/* One checked value, or a default, to its place; -1: out of memory. */
static int
store(const struct conf *conf, void *place, const struct setting *row,
    const char *text)
{
	size_t len = strlen(text);
	unsigned word;
	char *copy;

	switch (row->kind) {
	case NUMBER: (void)codec_int(place, text, row->min, row->max); return 0;
	case WORD:
		/* All the enums of struct conf are as wide as this one. */
		word = (unsigned)confcheck_word(row, text);
		memcpy(place, &word, sizeof(word));
		return 0;
	case PATH: copy = resolve(conf, text); break;
	case BASE_URL:
		while (len > 0 && text[len - 1] == '/')
			len--;
		copy = strndup(text, len);
		break;
	case ITEMS: return store_item(place, text);
	case TEXT:
	case RELAY_URL:
	case MAILBOX_URL:
	default: copy = strdup(text); break;
	}
	memcpy(place, &copy, sizeof(copy));
	return copy == NULL ? -1 : 0;
}

/* The settings of one section: what was set, or the default. */
static int
fill(struct conf *conf, void *base, const char *section, const char *title)
{
	int failed = 0;

	for (size_t i = 0; i < COUNT(settings); i++) {
		const struct setting *row = &settings[i];
		void *place = (char *)base + row->at;
		bool found = false;

		if (!str_eq(row->section, section))
			continue;
		for (size_t j = 0; j < conf->lines->count; j++) {
			const struct conf_line *line = &conf->lines->at[j];

			if (line->setting != row || !str_eq(line->title, title))
				continue;
			found = true;
			if (line->text != NULL)
				failed |= store(conf, place, row, line->text);
		}
		if (!found)
			failed |= store(conf, place, row, row->fallback);
	}
	return failed;
}

static int
fill_titled(struct conf *conf, const char *section, const char *title)
{
	void *base = &conf->relay[conf->relays];
	char **name = &conf->relay[conf->relays].name;

	if (str_eq(section, "relay")) {
		conf->relays++;
	} else {
		base = &conf->domain[conf->domains];
		name = &conf->domain[conf->domains].name;
		conf->domains++;
	}
	*name = strdup(title);
	return fill(conf, base, section, title) | (*name == NULL ? -1 : 0);
}

static int
fill_all(struct conf *conf)
{
	int failed = 0;

	for (size_t i = 0; i < COUNT(sections); i++) {
		if (sections[i].title == NULL)
			failed |= fill(conf, conf, sections[i].name, "");
	}
	for (size_t i = 0; i < conf->lines->count; i++) {
		const struct conf_line *line = &conf->lines->at[i];

		if (line->setting == NULL && line->section->title != NULL) {
			failed |=
			    fill_titled(conf, line->section->name, line->title);
		}
	}
	return failed;
}

/* The defaults that follow from other settings. */
static int
derive(struct conf *conf)
{
	const char *open = strrchr(conf->mail.from, '<');
	const char *slash = strrchr(conf->database, '/');
	struct str text;

	if (*conf->mail.bounce == '\0') {
		free(conf->mail.bounce);
		open = open != NULL ? open + 1 : conf->mail.from;
		conf->mail.bounce = strndup(open, strcspn(open, ">"));
	}
	if (*conf->secrets == '\0') {
		free(conf->secrets);
		str_init(&text, PATH_SIZE);
		if (slash != NULL) {
			str_add_bytes(&text, conf->database,
			    (size_t)(slash + 1 - conf->database));
		}
		str_add(&text, "secrets");
		conf->secrets = str_take(&text);
	}
	return conf->mail.bounce == NULL || conf->secrets == NULL ? -1 : 0;
}

static bool
set(const struct conf *conf, const char *key)
{
	return confparse_find(conf->lines, key) != NULL;
}

/* What a section cannot do without. */
static int
check_whole(const struct conf *conf, struct err *err)
{
	if (set(conf, "dkim") && *conf->dkim.domain == '\0')
		return conf_fail(err, conf, "dkim", "'domain' is missing");
	if (set(conf, "dkim") && *conf->dkim.key_file == '\0')
		return conf_fail(err, conf, "dkim", "'key_file' is missing");
	if (set(conf, "bounce_mailbox") && *conf->bounce_mailbox.url == '\0') {
		return conf_fail(
		    err, conf, "bounce_mailbox", "'url' is missing");
	}
	return 0;
}

static int
load(struct conf *conf, const char *path, struct err *err)
{
	char *text = NULL;
	int failed = -1;

	conf->path = strdup(path);
	conf->lines = calloc(1, sizeof(*conf->lines));
	if (conf->path == NULL || conf->lines == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	if (conffile_read(&text, path, err) != 0 ||
	    confparse(conf->lines, &table, path, text, err) != 0)
		goto out;
	if (fill_all(conf) != 0 || derive(conf) != 0) {
		err_set(err, ERR_SYSTEM, "out of memory");
	} else {
		failed = check_whole(conf, err);
	}
out:
	free(text);
	return failed;
}

int
conf_load(struct conf **out, const char *path, struct err *err)
{
	struct conf *conf = calloc(1, sizeof(*conf));
	const char *named = getenv("NASHRA_CONFIG");

	if (conf == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	if (path == NULL)
		path = named != NULL && *named != '\0' ? named : CONF_PATH;
	if (load(conf, path, err) != 0) {
		conf_free(conf);
		return -1;
	}
	*out = conf;
	return 0;
}

static void
free_section(void *base, const char *section)
{
	for (size_t i = 0; i < COUNT(settings); i++) {
		const struct setting *row = &settings[i];
		void *place = (char *)base + row->at;
		struct conf_items *items = place;

		if (!str_eq(row->section, section))
			continue;
		if (row->kind == ITEMS) {
			while (items->count > 0)
				free(items->item[--items->count]);
		} else if (row->kind != NUMBER && row->kind != WORD) {
			free(*(char **)place);
		}
	}
}

void
conf_free(struct conf *conf)
{
	if (conf == NULL)
		return;
	for (size_t i = 0; i < CONF_RELAYS; i++) {
		free(conf->relay[i].name);
		free_section(&conf->relay[i], "relay");
	}
	for (size_t i = 0; i < CONF_DOMAINS; i++) {
		free(conf->domain[i].name);
		free_section(&conf->domain[i], "domain");
	}
	for (size_t i = 0; i < COUNT(sections); i++) {
		if (sections[i].title == NULL)
			free_section(conf, sections[i].name);
	}
	if (conf->lines != NULL)
		confparse_release(conf->lines);
	free(conf->lines);
	free(conf->path);
	free(conf);
}

/* What conf_secret() and conf_key() are asked for. */
struct wanted {
	const char *key;
	const char *path;
	bool lines;
};

static int
read_secret(const struct conf *conf, const struct wanted *wanted, char *out,
    size_t size, struct err *err)
{
	const char *folder = getenv("CREDENTIALS_DIRECTORY");
	const char *path = wanted->path;
	const char *slash = strrchr(path, '/');
	struct conffile_kind kind = {.lines = wanted->lines};
	struct err cause = ERR_INIT;
	struct str given;
	int failed;

	if (*path == '\0')
		return conf_fail(err, conf, wanted->key, "is not set");
	str_init(&given, PATH_MAX);
	if (folder != NULL && *folder != '\0') {
		str_addf(
		    &given, "%s/%s", folder, slash != NULL ? slash + 1 : path);
		kind.guarded = !given.bad && access(given.data, F_OK) == 0;
	}
	if (kind.guarded)
		path = given.data;
	failed = conffile_secret(out, size, path, &kind, &cause);
	if (failed)
		conf_fail(err, conf, wanted->key, "'%s' %s", path, cause.msg);
	str_release(&given);
	return failed;
}

int
conf_secret(const struct conf *conf, const char *key, const char *path,
    char *out, size_t size, struct err *err)
{
	const struct wanted wanted = {key, path, false};

	return read_secret(conf, &wanted, out, size, err);
}

int
conf_key(const struct conf *conf, const char *key, const char *path, char *out,
    size_t size, struct err *err)
{
	const struct wanted wanted = {key, path, true};

	return read_secret(conf, &wanted, out, size, err);
}

int
conf_create(const char *path, struct err *err)
{
	struct str text;
	int made;

	str_init(&text, CREATED_MAX);
	confwrite(&text, &table);
	made = text.bad ? err_set(err, ERR_SYSTEM, "out of memory")
			: conffile_create(path, text.data, text.len, err);
	str_release(&text);
	return made;
}
