/* SPDX-License-Identifier: ISC */
/*
 * conf - the settings file: its table of settings, and what was set.
 *
 * Syntax and defaults: nashra.conf(5). An unknown key, a wrong type, a value
 * out of range or a path that does not fit is ERR_CONFIG and names the file
 * and the line. Texts are UTF-8, owned by the struct, never NULL ("" where
 * not set). What a text means is checked by who knows: see conf_fail().
 */
#ifndef NASHRA_BASE_CONF_H
#define NASHRA_BASE_CONF_H

#include "base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONF_PATH    "/etc/nashra/nashra.conf"
#define CONF_RELAYS  8
#define CONF_DOMAINS 64
#define CONF_ITEMS   32 /* entries of a list of addresses */

enum conf_language { CONF_AR, CONF_EN };
enum conf_tls { CONF_TLS_REQUIRED, CONF_TLS_OPPORTUNISTIC, CONF_TLS_NONE };
enum conf_digits { CONF_DIGITS_ARAB, CONF_DIGITS_LATN };
/* clang-format off */
enum conf_months { CONF_MONTHS_STANDARD, CONF_MONTHS_LEVANT, CONF_MONTHS_MAGHREB, CONF_MONTHS_MOROCCO };
enum conf_calendar { CONF_CALENDAR_GREGORIAN, CONF_CALENDAR_UMALQURA, CONF_CALENDAR_DUAL };
/* clang-format on */
enum conf_answer { CONF_NO, CONF_YES };
enum conf_date_style { CONF_DATE_SITE, CONF_DATE_LONG, CONF_DATE_DUAL };

struct conf_items {
	char *item[CONF_ITEMS];
	size_t count;
};

/* Numbers: 0 is no limit, and the defaults of RFC 5321 for `timeout`. */
struct conf_relay {
	char *name;
	char *url; /* smtp://host:port or smtps://host:port */
	enum conf_tls tls;
	char *user, *password_file, *token_file;      /* see conf_secret() */
	char *ca_file;                                /* "": the system's */
	int64_t connections, per_connection, timeout; /* timeout: s */
	int64_t rate, per_day;         /* messages, a second and a day */
	int64_t warmup, warmup_growth; /* first day's messages, per cent */
	char *hours;                   /* "08:00-22:00"; "": always */
	int64_t weight, priority;
	struct conf_items lists, domains; /* the only ones it is for */
};

struct conf_domain {
	char *name; /* recipient domain, lower case */
	int64_t rate, connections;
};

struct conf {
	char *path;                 /* of the file itself */
	char *site_name, *base_url; /* without a trailing slash */
	enum conf_language language;
	char *database, *secrets;
	char *templates; /* own folder; shipped files fill the gaps */
	char *time_zone; /* default "UTC" */
	int64_t senders;
	struct {
		char *listen; /* host:port or unix:/path */
		struct conf_items trusted_proxies;
	} web;
	struct {
		char *from, *bounce; /* bounce: default is that of from */
		char *postal_address, *admin;
		enum conf_answer welcome, goodbye;
	} mail;
	struct conf_relay relay[CONF_RELAYS];
	struct conf_domain domain[CONF_DOMAINS];
	size_t relays, domains;
	struct {
		char *domain, *selector, *key_file; /* domain "": unsigned */
	} dkim;
	struct {
		enum conf_digits digits;
		enum conf_months months;
		enum conf_calendar calendar;
		enum conf_date_style date_style;
	} arabic;
	struct {
		char *url, *user, *password_file;
	} bounce_mailbox;
	struct {
		struct conf_items allow_addresses;
	} feeds;
	struct conf_lines *lines; /* where each key was set */
};

/* `path` NULL: $NASHRA_CONFIG, or CONF_PATH. Relative paths in the file are
 * relative to the file's folder. */
int conf_load(struct conf **out, const char *path, struct err *err);
void conf_free(struct conf *conf);

/* ERR_CONFIG, "FILE:LINE: KEY: ..."; key is spelled "mail.from" or
 * "relay.main.url"; without a line in the file the line is left out. */
int conf_fail(struct err *err, const struct conf *conf, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

/* Reads a secret of one line, at most `size` - 1 bytes, from a file; a file of
 * the same base name under $CREDENTIALS_DIRECTORY wins. Refuses a file that
 * others than its owner (and root) may read. */
int conf_secret(const struct conf *conf, const char *key, const char *path,
    char *out, size_t size, struct err *err);
/* The same for a private key, which is of many lines. */
int conf_key(const struct conf *conf, const char *key, const char *path,
    char *out, size_t size, struct err *err);

/* Writes a commented first settings file, mode 0640, where there is none.
 * Returns 1 where it was written, 0 where one exists. */
int conf_create(const char *path, struct err *err);

#endif
