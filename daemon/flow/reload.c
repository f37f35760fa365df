/* SPDX-License-Identifier: ISC */
#include "flow/reload.h"

#include "base/log.h"
#include "base/loop.h"
#include "base/str.h"
#include "base/token.h"
#include "flow/kit.h"
#include "flow/login.h"
#include "model/trouble.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#define KEYS_MAX 256

/* Rows and seals of the one are nothing to the other. */
static const struct {
	const char *key;
	size_t at;
} fixed[] = {
    {"database", offsetof(struct conf, database)},
    {"secrets", offsetof(struct conf, secrets)},
};

static void
keep_fixed(struct conf *fresh, const struct conf *old, struct str *changed)
{
	for (size_t i = 0; i < sizeof(fixed) / sizeof(*fixed); i++) {
		char **text = (char **)((char *)fresh + fixed[i].at);
		const char *before =
		    *(char *const *)((const char *)old + fixed[i].at);
		char *copy;

		if (str_eq(*text, before))
			continue;
		str_addf(changed, "%s%s", changed->len > 0 ? ", " : "",
		    fixed[i].key);
		copy = strdup(before);
		if (copy == NULL)
			abort();
		free(*text);
		*text = copy;
	}
}

int
reload_read(
    struct conf **out, const struct conf *old, bool tell, struct err *err)
{
	struct conf *fresh;
	struct str changed;

	if (conf_load(&fresh, old->path, err) != 0)
		return -1;
	str_init(&changed, KEYS_MAX);
	keep_fixed(fresh, old, &changed);
	if (tell && changed.len > 0) {
		log_line(LOG_WARN, "settings", "restart_to_change=\"%s\"",
		    changed.data);
	}
	str_release(&changed);
	*out = fresh;
	return 0;
}

/* Passwords and certificates: those are read with the relay. */
static int
check_relays(const struct conf *conf, struct err *err)
{
	static const struct smtp_events none;
	struct login login = {.conf = conf, .hello = "localhost"};
	int rc = 0;

	if (loop_new(&login.loop, err) != 0)
		return -1;
	for (size_t i = 0; i < conf->relays && rc == 0; i++) {
		struct smtp *smtp = NULL;

		login.relay = &conf->relay[i];
		rc = login_smtp(&smtp, &login, &none, err);
		smtp_free(smtp);
	}
	loop_free(login.loop);
	return rc;
}

int
reload_check(const struct conf *conf, struct err *err)
{
	struct token_ring *ring = NULL;
	struct kit *kit = NULL;
	int rc = -1;

	if (kit_new(&kit, conf, true, err) == 0 &&
	    token_ring_load(&ring, conf->secrets, err) == 0)
		rc = check_relays(conf, err);
	token_ring_free(ring);
	kit_free(kit);
	return rc;
}

/* ---- what status shows */

static int
note(struct db *db, const char *who, const struct err *why, int64_t now)
{
	struct trouble trouble = {.scope = TROUBLE_SETTINGS};
	struct err err = ERR_INIT;

	(void)str_fit(trouble.name, sizeof(trouble.name), who);
	str_cut(trouble.error, sizeof(trouble.error), why->msg);
	if (db_begin(db, &err) != 0)
		return -1;
	if (trouble_failed(db, &trouble, now, &err) == 0 &&
	    db_commit(db, &err) == 0)
		return 0;
	db_rollback(db);
	return -1;
}

void
reload_refused(
    struct db *db, const char *who, const struct err *why, int64_t now)
{
	log_line(LOG_WARN, "settings", "state=kept why=\"%s\"", why->msg);
	(void)note(db, who, why, now);
}

void
reload_partly(
    struct db *db, const char *who, const struct err *why, int64_t now)
{
	log_line(LOG_WARN, "settings", "state=reloaded but=\"%s\"", why->msg);
	(void)note(db, who, why, now);
}

/* A look costs no lock: there seldom is something to end. */
void
reload_taken(struct db *db, const char *who)
{
	struct trouble trouble = {.scope = TROUBLE_SETTINGS};
	struct err err = ERR_INIT;

	(void)str_fit(trouble.name, sizeof(trouble.name), who);
	if (trouble_find(db, &trouble, &err) != 1 || db_begin(db, &err) != 0)
		return;
	if (trouble_over(db, trouble.scope, trouble.name, &err) < 0 ||
	    db_commit(db, &err) != 0)
		db_rollback(db);
}
