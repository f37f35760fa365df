/* SPDX-License-Identifier: ISC */
#include "store/schema_steps.h"

#include <stddef.h>

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

/* What lists, readers and articles have of their own; the archive. */
static const char *const STEP_3[] = {
	/* What a list has of its own; "" and 0: the settings'. */
	"ALTER TABLE list ADD COLUMN language TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE list ADD COLUMN digits TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE list ADD COLUMN months TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE list ADD COLUMN calendar TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE list ADD COLUMN date_style TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE list ADD COLUMN template TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE list ADD COLUMN color TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE list ADD COLUMN logo_url TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE list ADD COLUMN logo_width BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE list ADD COLUMN logo_height BIGINT NOT NULL DEFAULT 0",

	"ALTER TABLE article ADD COLUMN section TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE article ADD COLUMN image_url TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE article ADD COLUMN image_width BIGINT NOT NULL DEFAULT 0",
	"ALTER TABLE article ADD COLUMN image_height BIGINT NOT NULL DEFAULT 0",

	/* A reader's own choice; "": the list's. */
	"ALTER TABLE subscription ADD COLUMN digits TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE subscription ADD COLUMN format TEXT NOT NULL DEFAULT ''",

	"ALTER TABLE list ADD COLUMN archive TEXT NOT NULL DEFAULT 'yes'",
	"ALTER TABLE list ADD COLUMN welcome TEXT NOT NULL DEFAULT ''",
	"ALTER TABLE list ADD COLUMN goodbye TEXT NOT NULL DEFAULT ''",

	/* What it says, as HTML that is fit to be shown. */
	"ALTER TABLE article ADD COLUMN content TEXT NOT NULL DEFAULT ''",

	/* "": of a body that was made before this was kept. */
	"ALTER TABLE issue_body ADD COLUMN language TEXT NOT NULL DEFAULT ''",

	"DROP VIEW reader",
	"DROP VIEW audience",
	/* NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one long string */
	"CREATE VIEW reader AS"
	" SELECT s.id, s.uuid, s.list_id, s.subscriber_id, s.state, s.every,"
	"  s.created, s.changed, p.address, s.digits, s.format"
	" FROM subscription s JOIN subscriber p ON p.id = s.subscriber_id",

	"CREATE VIEW audience AS"
	" SELECT s.id AS subscription_id, s.list_id,"
	"  COALESCE(s.every, l.every) AS every, COALESCE(p.name, '') AS pace,"
	"  CASE s.digits WHEN '' THEN l.digits ELSE s.digits END AS digits,"
	"  CASE s.format WHEN '' THEN 'html' ELSE s.format END AS format"
	" FROM subscription s JOIN list l ON l.id = s.list_id"
	" JOIN subscriber r ON r.id = s.subscriber_id"
	" LEFT JOIN pace p ON p.scope = 'domain' AND p.name = r.domain"
	" WHERE s.state = 'active'",

	/* Who has chosen what, without the way to their mailboxes. */
	"CREATE VIEW audience_taste AS"
	" SELECT s.list_id, COALESCE(s.every, l.every) AS every,"
	"  CASE s.digits WHEN '' THEN l.digits ELSE s.digits END AS digits,"
	"  CASE s.format WHEN '' THEN 'html' ELSE s.format END AS format"
	" FROM subscription s JOIN list l ON l.id = s.list_id"
	" WHERE s.state = 'active'",

	/* The readers in the outer loop: a body is found by its key. */
	"CREATE VIEW audience_body AS"
	" SELECT a.subscription_id, a.list_id, a.every, a.pace, a.digits,"
	"  a.format, b.issue_id, b.variant, b.id AS body_id"
	" FROM audience a CROSS JOIN issue_body b",

	/* Read in order, the texts of a large issue need not be sorted. */
	"CREATE INDEX issue_in_order ON issue_article (issue_id, position)",

	/* What an index shows of an issue; no article: it has none. */
	"CREATE VIEW issue_front AS"
	" SELECT i.id, i.list_id, i.number, i.frozen, i.articles, i.state,"
	"  (SELECT a.title FROM issue_article p JOIN article a"
	"   ON a.id = p.article_id WHERE p.issue_id = i.id"
	"   AND p.position = 1) AS title"
	" FROM issue i",

	"CREATE VIEW issue_story AS"
	" SELECT p.issue_id, p.position, a.title, a.link, a.author, a.body,"
	"  a.content, a.published, a.section, a.image_url, a.image_width,"
	"  a.image_height"
	" FROM issue_article p JOIN article a ON a.id = p.article_id",
	NULL};
/* clang-format on */

const char *const *const schema_steps[SCHEMA_STEPS] = {STEP_1, STEP_2, STEP_3};
