/* SPDX-License-Identifier: ISC */
#include "flow/kit.h"

#include "base/confwords.h"
#include "base/str.h"
#include "base/token.h"
#include "flow/gauge.h"
#include "flow/manner.h"
#include "mail/domain.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define KEY_MAX    16384
#define BOUNCE_MAX 15 /* octets: with the seal, 64 in all (RFC 5321) */

/* Reads a key that only its owner may read; the caller wipes it. */
static int
read_key(const struct conf *conf, struct str *pem, struct err *err)
{
	char bytes[KEY_MAX];

	if (conf_key(conf, "dkim.key_file", conf->dkim.key_file, bytes,
		sizeof(bytes), err) != 0)
		return -1;
	str_add(pem, bytes);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

static int
load_key(struct kit *kit, struct err *err)
{
	const struct conf *conf = kit->conf;
	struct str pem;
	int rc = -1;

	if (conf->dkim.domain[0] == '\0')
		return 0;
	str_init(&pem, KEY_MAX);
	if (read_key(conf, &pem, err) != 0)
		goto out;
	if (dkim_new(&kit->dkim, pem.data, pem.len, conf->dkim.domain,
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

/* Recipient domains are compared as they stand in addresses. */
static int
check_domain(const char *typed, struct err *why)
{
	struct domain domain;

	if (domain_parse(&domain, typed, why) != 0)
		return -1;
	if (str_eq(domain.wire, typed))
		return 0;
	return err_set(why, ERR_CONFIG, "write '%s' as DNS has it: \"%s\"",
	    typed, domain.wire);
}

static int
check_items(const struct conf_items *items,
    int (*check_item)(const char *item, struct err *why), struct err *why)
{
	for (size_t i = 0; i < items->count; i++) {
		if (check_item(items->item[i], why) != 0)
			return -1;
	}
	return 0;
}

static int
check_numbers(const struct conf *conf, const struct conf_relay *relay,
    const char **key, struct err *why)
{
	/* Each work process has a connection of its own to each relay. */
	*key = "connections";
	if (relay->connections < conf->senders) {
		return err_set(why, ERR_CONFIG,
		    "at least as many as senders, which is %lld",
		    (long long)conf->senders);
	}
	*key = "warmup";
	if (relay->per_day > 0 && relay->warmup > relay->per_day) {
		return err_set(why, ERR_CONFIG,
		    "the first day cannot have more than per_day, which is "
		    "%lld",
		    (long long)relay->per_day);
	}
	return 0;
}

/* The key that is wrong, and why. */
static int
check_relay(const struct conf *conf, const struct conf_relay *relay,
    const char **key, struct err *why)
{
	if (check_numbers(conf, relay, key, why) != 0)
		return -1;
	*key = "token_file";
	if (relay->token_file[0] != '\0' && relay->password_file[0] != '\0') {
		return err_set(why, ERR_CONFIG,
		    "a relay takes a token or a password_file, not both");
	}
	*key = "hours";
	if (gauge_check_hours(relay->hours, why) != 0)
		return -1;
	*key = "lists";
	if (check_items(&relay->lists, list_check_name, why) != 0)
		return -1;
	*key = "domains";
	return check_items(&relay->domains, check_domain, why);
}

static int
check_routes(const struct conf *conf, struct err *err)
{
	struct err why = ERR_INIT;
	const char *key = "";
	char name[512];

	for (size_t i = 0; i < conf->relays; i++) {
		if (check_relay(conf, &conf->relay[i], &key, &why) == 0)
			continue;
		snprintf(name, sizeof(name), "relay.%s.%s", conf->relay[i].name,
		    key);
		return conf_fail(err, conf, name, "%s", why.msg);
	}
	for (size_t i = 0; i < conf->domains; i++) {
		if (check_domain(conf->domain[i].name, &why) == 0)
			continue;
		snprintf(name, sizeof(name), "domain.%s", conf->domain[i].name);
		return conf_fail(err, conf, name, "%s", why.msg);
	}
	return 0;
}

/* A sealed name is added to the bounce address. */
static int
check_bounce(const struct conf *conf, const char *wire, struct err *err)
{
	if (strcspn(wire, "@") > BOUNCE_MAX) {
		return conf_fail(err, conf, "mail.bounce",
		    "at most %d characters may stand before the '@': a sealed "
		    "name is added to them",
		    BOUNCE_MAX);
	}
	if (strlen(wire) + TOKEN_VERP_SIZE >= ADDRESS_SIZE) {
		return conf_fail(err, conf, "mail.bounce",
		    "the address is too long for a sealed name: %d characters "
		    "at most",
		    ADDRESS_SIZE - 1 - TOKEN_VERP_SIZE);
	}
	return 0;
}

/* Fills from, bounce and admin. */
static int
take_addresses(struct kit *kit, struct err *err)
{
	const struct conf *conf = kit->conf;
	const char *bounce = conf->mail.bounce;
	struct err why = ERR_INIT;

	if (conf->mail.from[0] == '\0') {
		return conf_fail(err, conf, "mail.from",
		    "set it to the sender of your mails, such as \"News "
		    "<news@example.org>\"");
	}
	if (address_parse_mailbox(&kit->from, conf->mail.from, &why) != 0)
		return conf_fail(err, conf, "mail.from", "%s", why.msg);
	if (bounce[0] == '\0')
		bounce = kit->from.address.wire;
	if (address_parse(&kit->bounce, bounce, &why) != 0)
		return conf_fail(err, conf, "mail.bounce", "%s", why.msg);
	if (conf->mail.admin[0] != '\0' &&
	    address_parse(&kit->admin, conf->mail.admin, &why) != 0)
		return conf_fail(err, conf, "mail.admin", "%s", why.msg);
	return check_bounce(conf, kit->bounce.wire, err);
}

/* A folder with a typing error in its name would be an own look that is gone
 * without a word. */
static int
check_templates(const struct conf *conf, struct err *err)
{
	struct stat st;

	if (conf->templates[0] == '\0' ||
	    str_eq(conf->templates, NASHRA_TEMPLATES))
		return 0; /* the shipped ones: said of the file that lacks */
	if (stat(conf->templates, &st) != 0) {
		return conf_fail(err, conf, "templates",
		    "no folder '%s': make it, or take the setting away",
		    conf->templates);
	}
	if (!S_ISDIR(st.st_mode)) {
		return conf_fail(err, conf, "templates",
		    "'%s' is no folder: name the one that has ar/ and en/ in "
		    "it",
		    conf->templates);
	}
	return 0;
}

/* Settings whose meaning base/conf cannot know. */
static int
check(struct kit *kit, struct err *err)
{
	const struct conf *conf = kit->conf;

	if (!date_zone_ok(conf->time_zone)) {
		return conf_fail(err, conf, "time_zone",
		    "no zone '%s': use a name such as \"Asia/Damascus\"",
		    conf->time_zone);
	}
	if (conf->base_url[0] == '\0') {
		return conf_fail(err, conf, "base_url",
		    "set it to the public address of the pages, such as "
		    "\"https://news.example.org\": links in mails begin with "
		    "it");
	}
	if (check_templates(conf, err) != 0 || take_addresses(kit, err) != 0)
		return -1;
	return check_routes(conf, err);
}

int
kit_check(const struct conf *conf, struct err *err)
{
	struct kit kit = {.conf = conf};

	return check(&kit, err);
}

const char *
kit_language_tag(const struct kit *kit, const struct list *list)
{
	return confwords_language[manner_language(kit->conf, list)];
}

int
kit_look(const struct kit *kit, const struct list *list, struct kit_look *out,
    struct err *err)
{
	enum conf_language language = manner_language(kit->conf, list);

	*out = (struct kit_look){
	    .language = language, .style.date = manner_dates(kit->conf, list)};
	if (shelf_words(kit->shelf, language, &out->words, err) != 0)
		return -1;
	out->style.messages = out->words->messages;
	return 0;
}

int
kit_look_of(const struct kit *kit, const struct list *list, int digits,
    struct kit_look *out, struct err *err)
{
	if (kit_look(kit, list, out, err) != 0)
		return -1;
	if (digits > 0 && out->language == CONF_AR)
		out->style.date.digits = (enum conf_digits)(digits - 1);
	return 0;
}

int
kit_digest(const struct kit *kit, const struct list *list,
    const struct shelf_digest **out, struct err *err)
{
	return shelf_digest(kit->shelf, manner_language(kit->conf, list),
	    list->look.template, out, err);
}

/* What every list has that has nothing of its own: what is wrong in it shows
 * before it is needed. */
static int
load_site(struct kit *kit, struct err *err)
{
	static const struct list plain = {.id = 0};
	const struct shelf_digest *digest;
	struct kit_look look;

	if (shelf_new(&kit->shelf, kit->conf, err) != 0 ||
	    kit_look(kit, &plain, &look, err) != 0 ||
	    kit_digest(kit, &plain, &digest, err) != 0)
		return -1;
	kit->messages = look.words->messages;
	kit->style = look.style;
	kit->notice = &look.words->mails[SHELF_NOTICE];
	return 0;
}

int
kit_new(struct kit **out, const struct conf *conf, bool sign, struct err *err)
{
	struct kit *kit = calloc(1, sizeof(*kit));

	if (kit == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	kit->conf = conf;
	if (check(kit, err) != 0 || load_site(kit, err) != 0 ||
	    (sign && load_key(kit, err) != 0))
		goto undo;
	*out = kit;
	return 0;
undo:
	kit_free(kit);
	return -1;
}

void
kit_free(struct kit *kit)
{
	if (kit == NULL)
		return;
	shelf_free(kit->shelf);
	dkim_free(kit->dkim);
	free(kit);
}
