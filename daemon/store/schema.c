/* SPDX-License-Identifier: ISC */
#include "store/schema.h"

#include "base/str.h"

/* "nshr" in ASCII, in the header of the file: what file(1) and we know it
 * by. A fresh file has 0. */
#define APPLICATION_ID 1853057138

/* clang-format off */
static const char *const STEP_1[] = {
	"CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL)",

	"CREATE TABLE list ("
	" id INTEGER PRIMARY KEY,"
	" name TEXT NOT NULL UNIQUE,"
	" title TEXT NOT NULL,"
	" sender TEXT NOT NULL,"
	" every TEXT NOT NULL,"
	" unknown_policy TEXT NOT NULL,"
	" created BIGINT NOT NULL)",

	"CREATE TABLE feed ("
	" id INTEGER PRIMARY KEY,"
	" list_id BIGINT NOT NULL REFERENCES list (id),"
	" url TEXT NOT NULL,"
	" title TEXT NOT NULL,"
	" etag TEXT NOT NULL,"
	" modified TEXT NOT NULL,"
	" next_poll BIGINT NOT NULL,"
	" last_ok BIGINT,"
	" failures BIGINT NOT NULL,"
	" error TEXT NOT NULL,"
	" seed BIGINT NOT NULL," /* 1: what the next poll finds counts as seen */
	" created BIGINT NOT NULL,"
	" UNIQUE (list_id, url))",
	"CREATE INDEX feed_due ON feed (next_poll)",

	"CREATE TABLE article ("
	" id INTEGER PRIMARY KEY,"
	" list_id BIGINT NOT NULL REFERENCES list (id),"
	" feed_id BIGINT REFERENCES feed (id),"
	" title TEXT NOT NULL,"
	" link TEXT NOT NULL,"
	" author TEXT NOT NULL,"
	" body TEXT NOT NULL,"
	" published BIGINT NOT NULL,"
	" seeded BIGINT NOT NULL,"
	" created BIGINT NOT NULL)",
	"CREATE INDEX article_of_list ON article (list_id, published)",
	/* Every name an article has been seen under. */
	"CREATE TABLE article_key ("
	" list_id BIGINT NOT NULL REFERENCES list (id),"
	" key TEXT NOT NULL,"
	" article_id BIGINT NOT NULL REFERENCES article (id),"
	" PRIMARY KEY (list_id, key))",

	"CREATE TABLE subscriber ("
	" id INTEGER PRIMARY KEY,"
	" address_key TEXT NOT NULL UNIQUE,"
	" address TEXT NOT NULL,"
	" created BIGINT NOT NULL)",

	"CREATE TABLE subscription ("
	" id INTEGER PRIMARY KEY,"
	" uuid TEXT NOT NULL UNIQUE,"
	" list_id BIGINT NOT NULL REFERENCES list (id),"
	" subscriber_id BIGINT NOT NULL REFERENCES subscriber (id),"
	" state TEXT NOT NULL,"
	" every TEXT," /* NULL: the list's default, whatever it becomes */
	" created BIGINT NOT NULL,"
	" changed BIGINT NOT NULL,"
	" UNIQUE (list_id, subscriber_id))",
	"CREATE INDEX subscription_of_subscriber"
	" ON subscription (subscriber_id)",

	"CREATE TABLE consent ("
	" id INTEGER PRIMARY KEY,"
	" subscription_id BIGINT NOT NULL REFERENCES subscription (id),"
	" event TEXT NOT NULL,"
	" source TEXT NOT NULL,"
	" wording TEXT NOT NULL,"
	" client TEXT NOT NULL,"
	" at BIGINT NOT NULL)",
	"CREATE INDEX consent_of_subscription ON consent (subscription_id)",

	"CREATE TABLE optin ("
	" hash TEXT PRIMARY KEY," /* SHA-256: the token itself is in the mail */
	" purpose TEXT NOT NULL,"
	" subscription_id BIGINT NOT NULL REFERENCES subscription (id),"
	" created BIGINT NOT NULL,"
	" expires BIGINT NOT NULL,"
	" spent BIGINT)",
	"CREATE INDEX optin_of_subscription ON optin (subscription_id)",

	"CREATE TABLE issue ("
	" id INTEGER PRIMARY KEY,"
	" uuid TEXT NOT NULL UNIQUE,"
	" list_id BIGINT NOT NULL REFERENCES list (id),"
	" number BIGINT NOT NULL," /* counted per list, for people */
	" every TEXT NOT NULL,"
	" window_start BIGINT NOT NULL,"
	" window_end BIGINT NOT NULL,"
	" articles BIGINT NOT NULL,"
	" recipients BIGINT NOT NULL,"
	" frozen BIGINT NOT NULL,"
	" UNIQUE (list_id, every, window_start),"
	" UNIQUE (list_id, number))",
	"CREATE TABLE issue_article ("
	" issue_id BIGINT NOT NULL REFERENCES issue (id),"
	" article_id BIGINT NOT NULL REFERENCES article (id),"
	" position BIGINT NOT NULL,"
	" PRIMARY KEY (issue_id, article_id))",
	"CREATE INDEX issue_of_article ON issue_article (article_id)",
	"CREATE TABLE issue_body ("
	" id INTEGER PRIMARY KEY,"
	" issue_id BIGINT NOT NULL REFERENCES issue (id),"
	" variant TEXT NOT NULL,"
	" subject TEXT NOT NULL,"
	" html TEXT NOT NULL,"
	" text TEXT NOT NULL,"
	" UNIQUE (issue_id, variant))",

	"CREATE TABLE outbox ("
	" id INTEGER PRIMARY KEY,"
	" kind TEXT NOT NULL,"
	" priority BIGINT NOT NULL," /* small goes first */
	" list_id BIGINT NOT NULL REFERENCES list (id),"
	" subscription_id BIGINT NOT NULL REFERENCES subscription (id),"
	" issue_id BIGINT REFERENCES issue (id),"
	" body_id BIGINT REFERENCES issue_body (id),"
	" uuid TEXT," /* of a mail that belongs to no issue */
	" state TEXT NOT NULL,"
	" due BIGINT NOT NULL,"
	" attempts BIGINT NOT NULL,"
	" uncertain BIGINT NOT NULL," /* attempts whose end nobody knows */
	" owner TEXT,"
	" relay TEXT NOT NULL,"
	" reply_code BIGINT NOT NULL,"
	" reply_status TEXT NOT NULL,"
	" reply_text TEXT NOT NULL,"
	" created BIGINT NOT NULL,"
	" started BIGINT,"
	" finished BIGINT,"
	" UNIQUE (issue_id, subscription_id))",
	"CREATE INDEX outbox_due ON outbox (priority, due, id)"
	" WHERE state IN ('queued', 'deferred')",
	"CREATE INDEX outbox_owner ON outbox (owner)"
	" WHERE owner IS NOT NULL",
	"CREATE INDEX outbox_of_subscription ON outbox (subscription_id)",

	"CREATE TABLE worker ("
	" uuid TEXT PRIMARY KEY,"
	" host TEXT NOT NULL,"
	" pid BIGINT NOT NULL,"
	" started BIGINT NOT NULL,"
	" heartbeat BIGINT NOT NULL)",

	"CREATE TABLE relay ("
	" name TEXT PRIMARY KEY,"
	" failures BIGINT NOT NULL,"
	" since BIGINT NOT NULL,"
	" retry_at BIGINT NOT NULL,"
	" error TEXT NOT NULL)",

	"CREATE VIEW reader AS"
	" SELECT s.id, s.uuid, s.list_id, s.subscriber_id, s.state, s.every,"
	"  s.created, s.changed, p.address"
	" FROM subscription s JOIN subscriber p ON p.id = s.subscriber_id",

	"CREATE VIEW audience AS"
	" SELECT s.id AS subscription_id, s.list_id,"
	"  COALESCE(s.every, l.every) AS every"
	" FROM subscription s JOIN list l ON l.id = s.list_id"
	" WHERE s.state = 'active'",

	/* For people to look at. */
	"CREATE VIEW outbox_report AS"
	" SELECT id, issue_id, subscription_id, state, attempts, due, relay,"
	"  reply_code, reply_status, reply_text FROM outbox",

	/* Which stream of a list has used which article. */
	"CREATE VIEW article_use AS"
	" SELECT a.article_id, i.id AS issue_id, i.list_id, i.every, a.position"
	" FROM issue_article a JOIN issue i ON i.id = a.issue_id",

	"CREATE VIEW confirm_mail AS"
	" SELECT s.subscriber_id, o.subscription_id, o.created"
	" FROM outbox o JOIN subscription s ON s.id = o.subscription_id"
	" WHERE o.kind = 'confirm'",
	NULL};

/* Sending at a pace: whom a row is for decides in which queue it stands. */
static const char *const STEP_2[] = {
	"ALTER TABLE issue ADD COLUMN state TEXT NOT NULL DEFAULT 'sending'",

	"ALTER TABLE subscriber ADD COLUMN domain TEXT NOT NULL DEFAULT ''",
	"UPDATE subscriber SET domain = substr(address,"
	" instr(address, '@') + 1)",

	/* What is learned and counted of a relay, or of a recipient domain
	 * whose mail has a queue of its own. */
	"CREATE TABLE pace ("
	" scope TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" rate BIGINT NOT NULL," /* learned, in thousandths; 0: none */
	" ceiling BIGINT NOT NULL," /* the rate at which it complained */
	" tokens BIGINT NOT NULL," /* millionths of a message */
	" filled BIGINT NOT NULL," /* ms, as are the other times here */
	" seen BIGINT NOT NULL," /* messages since seen_from */
	" seen_from BIGINT NOT NULL,"
	" slowed BIGINT NOT NULL,"
	" day BIGINT NOT NULL," /* since 1970, in the site's time zone */
	" day_sent BIGINT NOT NULL,"
	" first_day BIGINT NOT NULL,"
	" PRIMARY KEY (scope, name))",

	/* What stands still, or has stood still until somebody was told. */
	"CREATE TABLE trouble ("
	" scope TEXT NOT NULL,"
	" name TEXT NOT NULL,"
	" failures BIGINT NOT NULL,"
	" since BIGINT NOT NULL,"
	" retry_at BIGINT NOT NULL,"
	" error TEXT NOT NULL,"
	" told BIGINT NOT NULL," /* 1: a mail to the admin is queued */
	" PRIMARY KEY (scope, name))",
	"INSERT INTO trouble (scope, name, failures, since, retry_at, error,"
	" told) SELECT 'relay', name, failures, since, retry_at, error, 0"
	" FROM relay",
	"DROP TABLE relay",

	"DROP VIEW confirm_mail",
	"DROP VIEW outbox_report",
	"DROP VIEW audience",
	"ALTER TABLE outbox RENAME TO outbox_1",
	"CREATE TABLE outbox ("
	" id INTEGER PRIMARY KEY,"
	" kind TEXT NOT NULL,"
	" list_id BIGINT REFERENCES list (id),"
	" subscription_id BIGINT REFERENCES subscription (id),"
	" issue_id BIGINT REFERENCES issue (id),"
	" body_id BIGINT REFERENCES issue_body (id),"
	" uuid TEXT," /* of a mail that belongs to no issue */
	" text TEXT," /* of a notice to the admin */
	/* Its queue: that of its issue (0: of no issue) and of its domain,
	 * where that has a pace of its own. */
	" queue BIGINT NOT NULL,"
	" pace TEXT NOT NULL,"
	" state TEXT NOT NULL,"
	" due BIGINT NOT NULL,"
	" deadline BIGINT NOT NULL," /* when it is given up */
	" attempts BIGINT NOT NULL,"
	" faults BIGINT NOT NULL," /* times that it could not be composed */
	" uncertain BIGINT NOT NULL," /* attempts whose end nobody knows */
	" owner TEXT,"
	" relay TEXT NOT NULL,"
	" reply_code BIGINT NOT NULL,"
	" reply_status TEXT NOT NULL,"
	" reply_text TEXT NOT NULL,"
	" created BIGINT NOT NULL,"
	" started BIGINT,"
	" finished BIGINT,"
	" UNIQUE (issue_id, subscription_id))",
	"INSERT INTO outbox SELECT id, kind, list_id, subscription_id, issue_id,"
	" body_id, uuid, NULL, COALESCE(issue_id, 0), '', state, due, created + 172800, attempts, 0,"
	" uncertain, owner, relay, reply_code, reply_status, reply_text,"
	" created, started, finished FROM outbox_1",
	"DROP TABLE outbox_1",
	/* With the state in it, a count need not read the rows. */
	"CREATE INDEX outbox_queue ON outbox (queue, pace, id, state)"
	" WHERE state = 'queued'",
	"CREATE INDEX outbox_deferred ON outbox (due) WHERE state = 'deferred'",
	"CREATE INDEX outbox_aside ON outbox (issue_id, state)"
	" WHERE state IN ('deferred', 'failed', 'unknown', 'cancelled')",
	"CREATE INDEX outbox_owner ON outbox (owner, pace)"
	" WHERE owner IS NOT NULL",
	"CREATE INDEX outbox_of_subscription ON outbox (subscription_id)",
	"CREATE INDEX outbox_notice ON outbox (created) WHERE kind = 'notice'",

	"CREATE VIEW audience AS"
	" SELECT s.id AS subscription_id, s.list_id,"
	"  COALESCE(s.every, l.every) AS every, COALESCE(p.name, '') AS pace"
	" FROM subscription s JOIN list l ON l.id = s.list_id"
	" JOIN subscriber r ON r.id = s.subscriber_id"
	" LEFT JOIN pace p ON p.scope = 'domain' AND p.name = r.domain"
	" WHERE s.state = 'active'",

	"CREATE VIEW subscription_pace AS"
	" SELECT s.id AS subscription_id, s.list_id,"
	"  COALESCE(p.name, '') AS pace"
	" FROM subscription s JOIN subscriber r ON r.id = s.subscriber_id"
	" LEFT JOIN pace p ON p.scope = 'domain' AND p.name = r.domain",

	/* For people to look at. */
	"CREATE VIEW outbox_report AS"
	" SELECT id, kind, queue, issue_id,"
	"  subscription_id, pace, state, attempts, due, owner, relay,"
	"  reply_code, reply_status, reply_text, started, finished FROM outbox",

	"CREATE VIEW confirm_mail AS"
	" SELECT s.subscriber_id, o.subscription_id, o.created"
	" FROM outbox o JOIN subscription s ON s.id = o.subscription_id"
	" WHERE o.kind = 'confirm'",
	NULL};
/* clang-format on */

static const char *const *const steps[] = {STEP_1, STEP_2};
#define STEPS ((int)(sizeof(steps) / sizeof(*steps)))

int
schema_version(void)
{
	return STEPS;
}

int
schema_of(struct db *db, int64_t *out, struct err *err)
{
	return db_value(db, "PRAGMA user_version", DB_NO_ARGS, out, err) < 0
		   ? -1
		   : 0;
}

struct maker {
	char name[64];
};

static int
read_maker(const struct db_row *row, void *arg)
{
	struct maker *maker = arg;

	str_cut(maker->name, sizeof(maker->name), db_row_text(row, 0));
	return 1;
}

/* The version of a file that is ours, or of an empty one (0). */
static int
known_version(
    struct db *db, const char *path, int64_t *version, struct err *err)
{
	struct maker maker = {"?"};
	struct err ignored = ERR_INIT;
	int64_t id;
	int64_t tables;

	if (db_value(db, "PRAGMA application_id", DB_NO_ARGS, &id, err) < 0 ||
	    db_value(db, "SELECT count(*) FROM sqlite_master", DB_NO_ARGS,
		&tables, err) < 0 ||
	    schema_of(db, version, err) != 0)
		return -1;
	if (id != APPLICATION_ID && (id != 0 || tables > 0)) {
		return err_set(err, ERR_DATA,
		    "'%s' is a database of some other program: name another "
		    "file",
		    path);
	}
	if (*version <= STEPS)
		return 0;
	(void)db_each(db, "SELECT value FROM meta WHERE key = 'version'",
	    DB_NO_ARGS, read_maker, &maker, &ignored);
	return err_set(err, ERR_DATA,
	    "'%s' was written by nashra %s (schema %d); this is nashra %s, "
	    "which knows schemas up to %d: install the newer one",
	    path, maker.name, (int)*version, NASHRA_VERSION, STEPS);
}

int
schema_check(struct db *db, const char *path, struct err *err)
{
	int64_t version;

	if (known_version(db, path, &version, err) != 0)
		return -1;
	if (version == STEPS)
		return 0;
	return err_set(err, ERR_CONFIG,
	    "'%s' has schema %d, this nashra needs %d: `nashra init` brings it "
	    "up to date",
	    path, (int)version, STEPS);
}

static int
take_step(struct db *db, int to, struct err *err)
{
	/* A PRAGMA takes no bound value: one literal per version. */
	static const char *const marks[] = {
	    "PRAGMA user_version = 1", "PRAGMA user_version = 2"};

	_Static_assert(
	    sizeof(marks) / sizeof(*marks) == STEPS, "each step has its mark");
	for (const char *const *sql = steps[to - 1]; *sql != NULL; sql++) {
		if (db_run(db, *sql, DB_NO_ARGS, err) != 0)
			return -1;
	}
	return db_run(db, marks[to - 1], DB_NO_ARGS, err);
}

int
schema_migrate(struct db *db, const char *path, int64_t now, struct err *err)
{
	int64_t version;
	int taken = 0;

	/* A stranger's file is left alone to the last byte. */
	if (known_version(db, path, &version, err) != 0)
		return -1;
	/* Kept in the file; cannot be set inside a transaction. */
	if (db_run(db, "PRAGMA journal_mode = WAL", DB_NO_ARGS, err) != 0 ||
	    db_begin(db, err) != 0)
		return -1;
	if (known_version(db, path, &version, err) != 0)
		goto undo;
	if (version == 0 && db_run(db, "PRAGMA application_id = 1853057138",
				DB_NO_ARGS, err) != 0)
		goto undo;
	for (int to = (int)version + 1; to <= STEPS; to++, taken++) {
		if (take_step(db, to, err) != 0) {
			(void)err_wrap(err, "schema step %d", to);
			goto undo;
		}
	}
	if (taken > 0 &&
	    (db_run(db,
		 "INSERT INTO meta (key, value) VALUES ('version', ?1)"
		 " ON CONFLICT (key) DO UPDATE SET value = ?1",
		 DB_ARGS(db_text(NASHRA_VERSION)), err) != 0 ||
		db_run(db,
		    "INSERT INTO meta (key, value)"
		    " VALUES ('migrated', CAST(?1 AS TEXT))"
		    " ON CONFLICT (key) DO UPDATE SET value = excluded.value",
		    DB_ARGS(db_int(now)), err) != 0))
		goto undo;
	if (db_commit(db, err) != 0)
		goto undo;
	return taken;
undo:
	db_rollback(db);
	return -1;
}
