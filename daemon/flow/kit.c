/* SPDX-License-Identifier: ISC */
#include "flow/kit.h"

#include "base/str.h"
#include "base/token.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

/* Each work process has a connection of its own to each relay. */
static int
check_relays(const struct conf *conf, struct err *err)
{
	char key[512];

	for (size_t i = 0; i < conf->relays; i++) {
		if (conf->relay[i].connections >= conf->senders)
			continue;
		snprintf(key, sizeof(key), "relay.%s.connections",
		    conf->relay[i].name);
		return conf_fail(err, conf, key,
		    "at least as many as senders, which is %lld",
		    (long long)conf->senders);
	}
	return 0;
}

/* Settings whose meaning base/conf cannot know. */
static int
check(const struct conf *conf, struct mailbox *from, struct address *bounce,
    struct err *err)
{
	const char *address = conf->mail.bounce;
	struct err why = ERR_INIT;

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
	if (conf->mail.from[0] == '\0') {
		return conf_fail(err, conf, "mail.from",
		    "set it to the sender of your mails, such as \"News "
		    "<news@example.org>\"");
	}
	if (address_parse_mailbox(from, conf->mail.from, &why) != 0)
		return conf_fail(err, conf, "mail.from", "%s", why.msg);
	if (address[0] == '\0')
		address = from->address.wire;
	if (address_parse(bounce, address, &why) != 0)
		return conf_fail(err, conf, "mail.bounce", "%s", why.msg);
	if (strcspn(bounce->wire, "@") > BOUNCE_MAX) {
		return conf_fail(err, conf, "mail.bounce",
		    "at most %d characters may stand before the '@': a sealed "
		    "name is added to them",
		    BOUNCE_MAX);
	}
	if (strlen(bounce->wire) + TOKEN_VERP_SIZE >= ADDRESS_SIZE) {
		return conf_fail(err, conf, "mail.bounce",
		    "the address is too long for a sealed name: %d characters "
		    "at most",
		    ADDRESS_SIZE - 1 - TOKEN_VERP_SIZE);
	}
	return check_relays(conf, err);
}

int
kit_check(const struct conf *conf, struct err *err)
{
	struct mailbox from;
	struct address bounce;

	return check(conf, &from, &bounce, err);
}

static int
load_templates(struct kit *kit, struct err *err)
{
	const struct template_dirs dirs = template_dirs_of(kit->conf);
	const struct {
		struct template **to;
		const char *file;
		enum template_kind kind;
	} files[] = {
	    {&kit->digest_html, "digest.html", TEMPLATE_DIGEST},
	    {&kit->digest_text, "digest.txt", TEMPLATE_DIGEST},
	    {&kit->confirm_html, "confirm.html", TEMPLATE_CONFIRM},
	    {&kit->confirm_text, "confirm.txt", TEMPLATE_CONFIRM},
	};

	if (template_messages(&kit->messages, &dirs, err) != 0)
		return -1;
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++) {
		if (template_load(files[i].to, &dirs, files[i].file,
			files[i].kind, err) != 0)
			return -1;
	}
	return 0;
}

int
kit_new(struct kit **out, const struct conf *conf, bool sign, struct err *err)
{
	struct kit *kit = calloc(1, sizeof(*kit));

	if (kit == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	kit->conf = conf;
	if (check(conf, &kit->from, &kit->bounce, err) != 0 ||
	    load_templates(kit, err) != 0 || (sign && load_key(kit, err) != 0))
		goto undo;
	kit->style = (struct template_style){
	    .date = {.language = conf->language,
		.digits = conf->arabic.digits,
		.months = conf->arabic.months,
		.calendar = conf->arabic.calendar,
		.style = conf->arabic.date_style,
		.zone = conf->time_zone},
	    .messages = kit->messages,
	};
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
	template_free(kit->digest_html);
	template_free(kit->digest_text);
	template_free(kit->confirm_html);
	template_free(kit->confirm_text);
	message_free(kit->messages);
	dkim_free(kit->dkim);
	free(kit);
}
