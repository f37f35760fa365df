/* SPDX-License-Identifier: ISC */
#include "flow/engine.h"

#include "base/log.h"
#include "base/str.h"
#include "flow/deliver.h"
#include "flow/kit.h"
#include "flow/poll.h"
#include "model/trouble.h"

#include <stdlib.h>
#include <unistd.h>

#define HELLO_SIZE 256

struct engine {
	struct engine_parts parts;
	struct conf *conf;
	struct kit *kit;
	struct deliver *deliver;
	struct poll *poll;
	bool draining;
	char hello[HELLO_SIZE];
};

/* The parts, the settings aside. */
static int
assemble(struct engine *engine, int64_t now, struct err *err)
{
	struct deliver_parts parts = {.loop = engine->parts.loop,
	    .conf = engine->conf,
	    .db = engine->parts.db,
	    .ring = engine->parts.ring,
	    .hello = engine->hello};

	if (gethostname(engine->hello, HELLO_SIZE - 1) != 0 ||
	    engine->hello[0] == '\0')
		(void)str_fit(engine->hello, HELLO_SIZE, "localhost");
	if (kit_new(&engine->kit, engine->conf, true, err) != 0)
		return -1;
	if (engine->kit->dkim == NULL) {
		log_line(LOG_WARN, "dkim",
		    "mail goes unsigned: the settings have no dkim section");
	}
	parts.kit = engine->kit;
	if (deliver_new(&engine->deliver, &parts, now, err) != 0)
		return -1;
	return poll_new(&engine->poll, engine->parts.loop, engine->parts.db,
	    engine->conf, err);
}

static void
take_apart(struct engine *engine, int64_t now)
{
	poll_free(engine->poll);
	deliver_free(engine->deliver, now);
	kit_free(engine->kit);
	free(engine);
}

int
engine_new(struct engine **out, const struct engine_parts *parts,
    struct conf *conf, int64_t now, struct err *err)
{
	struct engine *engine = calloc(1, sizeof(*engine));

	if (engine == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	engine->parts = *parts;
	engine->conf = conf;
	if (assemble(engine, now, err) != 0) {
		take_apart(engine, now);
		return -1;
	}
	*out = engine;
	return 0;
}

void
engine_free(struct engine *engine, int64_t now)
{
	struct conf *conf;

	if (engine == NULL)
		return;
	conf = engine->conf;
	take_apart(engine, now);
	conf_free(conf);
}

void
engine_turn(struct engine *engine, int64_t now)
{
	deliver_turn(engine->deliver, now);
}

void
engine_tick(struct engine *engine, int64_t now)
{
	deliver_tick(engine->deliver, now);
	if (!engine->draining)
		poll_turn(engine->poll, now);
}

bool
engine_drained(struct engine *engine)
{
	engine->draining = true;
	return deliver_drained(engine->deliver);
}

int64_t
engine_patience(const struct engine *engine)
{
	return deliver_patience(engine->deliver);
}

/* ---- other settings */

/* Trouble with the settings, or its end. */
static int
note(struct db *db, const char *why, int64_t now, struct err *err)
{
	struct trouble trouble = {.scope = TROUBLE_SETTINGS};

	if (why != NULL)
		str_cut(trouble.error, sizeof(trouble.error), why);
	if (db_begin(db, err) != 0)
		return -1;
	if ((why != NULL ? trouble_failed(db, &trouble, now, err)
			 : trouble_over(db, TROUBLE_SETTINGS, "", err)) < 0 ||
	    db_commit(db, err) != 0) {
		db_rollback(db);
		return -1;
	}
	return 0;
}

/* What the process has opened stays as it is. */
static int
check_fixed(const struct conf *was, const struct conf *is, struct err *err)
{
	if (!str_eq(was->database, is->database)) {
		return conf_fail(
		    err, is, "database", "only a restart can change it");
	}
	if (!str_eq(was->secrets, is->secrets)) {
		return conf_fail(
		    err, is, "secrets", "only a restart can change it");
	}
	if (was->senders != is->senders) {
		return conf_fail(
		    err, is, "senders", "only a restart can change it");
	}
	return 0;
}

static int
make_another(const struct engine *engine, struct engine **out, int64_t now,
    struct err *err)
{
	struct conf *conf = NULL;

	if (conf_load(&conf, engine->conf->path, err) != 0)
		return -1;
	if (check_fixed(engine->conf, conf, err) == 0 &&
	    engine_new(out, &engine->parts, conf, now, err) == 0)
		return 0;
	conf_free(conf);
	return -1;
}

int
engine_reload(
    struct engine **engine, struct engine **old, int64_t now, struct err *err)
{
	struct db *db = (*engine)->parts.db;
	struct engine *fresh = NULL;
	struct err lost = ERR_INIT;

	if (make_another(*engine, &fresh, now, err) != 0) {
		if (note(db, err->msg, now, &lost) != 0) {
			log_line(LOG_ERROR, "settings", "why=\"%s\"", lost.msg);
		}
		return -1;
	}
	if (note(db, NULL, now, &lost) != 0)
		log_line(LOG_ERROR, "settings", "why=\"%s\"", lost.msg);
	*old = *engine;
	*engine = fresh;
	return 0;
}
