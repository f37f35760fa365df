/* SPDX-License-Identifier: ISC */
#include "base/confkeys.h"

#include "base/conf.h"
#include "base/confwords.h"

static const char *const tls_modes[] = {
    "required", "opportunistic", "none", NULL};
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
	{"", "language",   WORD,     C(language),   "ar", 0, 0, confwords_language, "ar or en"},
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
	{"mail", "welcome",        WORD, C(mail.welcome),        "yes", 0, 0, confwords_answer, "yes or no: a mail to who has just confirmed"},
	{"mail", "goodbye",        WORD, C(mail.goodbye),        "no", 0, 0, confwords_answer, "yes or no: a last mail to who has left"},
	{"relay", "url",           RELAY_URL,  R(url),           "smtp://127.0.0.1:25", 0, 0, relay_schemes, "smtp://host:port, or smtps:// for TLS at once"},
	{"relay", "tls",           WORD,   R(tls),           "required", 0, 0, tls_modes, "required, opportunistic or none"},
	{"relay", "user",          TEXT,   R(user),          "", 0, 0, NULL, "name to log in with"},
	{"relay", "password_file", PATH,   R(password_file), "", 0, 0, NULL, "file that holds the password, mode 0600"},
	{"relay", "token_file",    PATH,   R(token_file),    "", 0, 0, NULL, "file that holds an OAuth token, in place of a password"},
	{"relay", "ca_file",       PATH,   R(ca_file),       "", 0, 0, NULL, "certificates to trust; default: the system's"},
	{"relay", "connections",   NUMBER, R(connections),   "20", 1, 1000, NULL, "open at a time"},
	{"relay", "per_connection", NUMBER, R(per_connection), "0", 0, 1000000, NULL, "messages on one connection; 0: no limit"},
	{"relay", "timeout",       NUMBER, R(timeout),       "0", 0, 3600, NULL, "seconds for any answer; 0: as RFC 5321 has them"},
	{"relay", "rate",          NUMBER, R(rate),          "0", 0, 1000000, NULL, "messages a second; 0: as fast as it takes them"},
	{"relay", "per_day",       NUMBER, R(per_day),       "0", 0, 1000000000, NULL, "messages a day; 0: no limit"},
	{"relay", "warmup",        NUMBER, R(warmup),        "0", 0, 1000000000, NULL, "messages on its first day; 0: it is warm"},
	{"relay", "warmup_growth", NUMBER, R(warmup_growth), "50", 1, 1000, NULL, "per cent more on each day that follows"},
	{"relay", "hours",         TEXT,   R(hours),         "", 0, 0, NULL, "when digests go out, such as 08:00-22:00"},
	{"relay", "weight",        NUMBER, R(weight),        "1", 1, 1000, NULL, "its share where there are several"},
	{"relay", "priority",      NUMBER, R(priority),      "0", 0, 1000, NULL, "a higher one waits until those below it fail"},
	{"relay", "lists",         ITEMS,  R(lists),         "", 0, 0, NULL, "the only lists that it is for"},
	{"relay", "domains",       ITEMS,  R(domains),       "", 0, 0, NULL, "the only recipient domains that it is for"},
	{"domain", "rate",        NUMBER, D(rate),        "0", 0, 1000000, NULL, "messages a second; 0: no limit"},
	{"domain", "connections", NUMBER, D(connections), "1000", 1, 1000, NULL, "open at a time"},
	{"dkim", "domain",   TEXT, C(dkim.domain),   "", 0, 0, NULL, "the domain that signs"},
	{"dkim", "selector", TEXT, C(dkim.selector), "nashra", 0, 0, NULL, "the name of the key in DNS"},
	{"dkim", "key_file", PATH, C(dkim.key_file), "", 0, 0, NULL, "private key, PEM"},
	{"arabic", "digits",     WORD, C(arabic.digits),     "arab", 0, 0, confwords_digits, "arab or latn"},
	{"arabic", "months",     WORD, C(arabic.months),     "standard", 0, 0, confwords_months, "standard, levant, maghreb or morocco"},
	{"arabic", "calendar",   WORD, C(arabic.calendar),   "gregorian", 0, 0, confwords_calendar, "gregorian, umalqura or dual"},
	{"arabic", "date_style", WORD, C(arabic.date_style), "site", 0, 0, confwords_date_style, "site, long or dual"},
	{"bounce_mailbox", "url",           MAILBOX_URL,C(bounce_mailbox.url),           "", 0, 0, mailbox_schemes, "imaps://host or pop3s://host"},
	{"bounce_mailbox", "user",          TEXT, C(bounce_mailbox.user),          "", 0, 0, NULL, "name to log in with"},
	{"bounce_mailbox", "password_file", PATH, C(bounce_mailbox.password_file), "", 0, 0, NULL, "file that holds the password, mode 0600"},
	{"feeds", "allow_addresses", ITEMS, C(feeds.allow_addresses), "", 0, 0, NULL, "private addresses or ranges that feeds may be on"},
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

const struct conf_table confkeys = {
    sections, COUNT(sections), settings, COUNT(settings)};
