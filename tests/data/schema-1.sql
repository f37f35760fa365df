-- A database of schema 1, as nashra 0.1.0 left it: rows in every table, an
-- issue that is half out, a worker that died, a relay that is down. Statements
-- of the schema stand in one line each, as the engine keeps them.
PRAGMA application_id = 1853057138;
PRAGMA user_version = 1;
CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE list ( id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, title TEXT NOT NULL, sender TEXT NOT NULL, every TEXT NOT NULL, unknown_policy TEXT NOT NULL, created BIGINT NOT NULL);
CREATE TABLE feed ( id INTEGER PRIMARY KEY, list_id BIGINT NOT NULL REFERENCES list (id), url TEXT NOT NULL, title TEXT NOT NULL, etag TEXT NOT NULL, modified TEXT NOT NULL, next_poll BIGINT NOT NULL, last_ok BIGINT, failures BIGINT NOT NULL, error TEXT NOT NULL, seed BIGINT NOT NULL, created BIGINT NOT NULL, UNIQUE (list_id, url));
CREATE INDEX feed_due ON feed (next_poll);
CREATE TABLE article ( id INTEGER PRIMARY KEY, list_id BIGINT NOT NULL REFERENCES list (id), feed_id BIGINT REFERENCES feed (id), title TEXT NOT NULL, link TEXT NOT NULL, author TEXT NOT NULL, body TEXT NOT NULL, published BIGINT NOT NULL, seeded BIGINT NOT NULL, created BIGINT NOT NULL);
CREATE INDEX article_of_list ON article (list_id, published);
CREATE TABLE article_key ( list_id BIGINT NOT NULL REFERENCES list (id), key TEXT NOT NULL, article_id BIGINT NOT NULL REFERENCES article (id), PRIMARY KEY (list_id, key));
CREATE TABLE subscriber ( id INTEGER PRIMARY KEY, address_key TEXT NOT NULL UNIQUE, address TEXT NOT NULL, created BIGINT NOT NULL);
CREATE TABLE subscription ( id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, list_id BIGINT NOT NULL REFERENCES list (id), subscriber_id BIGINT NOT NULL REFERENCES subscriber (id), state TEXT NOT NULL, every TEXT, created BIGINT NOT NULL, changed BIGINT NOT NULL, UNIQUE (list_id, subscriber_id));
CREATE INDEX subscription_of_subscriber ON subscription (subscriber_id);
CREATE TABLE consent ( id INTEGER PRIMARY KEY, subscription_id BIGINT NOT NULL REFERENCES subscription (id), event TEXT NOT NULL, source TEXT NOT NULL, wording TEXT NOT NULL, client TEXT NOT NULL, at BIGINT NOT NULL);
CREATE INDEX consent_of_subscription ON consent (subscription_id);
CREATE TABLE optin ( hash TEXT PRIMARY KEY, purpose TEXT NOT NULL, subscription_id BIGINT NOT NULL REFERENCES subscription (id), created BIGINT NOT NULL, expires BIGINT NOT NULL, spent BIGINT);
CREATE INDEX optin_of_subscription ON optin (subscription_id);
CREATE TABLE issue ( id INTEGER PRIMARY KEY, uuid TEXT NOT NULL UNIQUE, list_id BIGINT NOT NULL REFERENCES list (id), number BIGINT NOT NULL, every TEXT NOT NULL, window_start BIGINT NOT NULL, window_end BIGINT NOT NULL, articles BIGINT NOT NULL, recipients BIGINT NOT NULL, frozen BIGINT NOT NULL, UNIQUE (list_id, every, window_start), UNIQUE (list_id, number));
CREATE TABLE issue_article ( issue_id BIGINT NOT NULL REFERENCES issue (id), article_id BIGINT NOT NULL REFERENCES article (id), position BIGINT NOT NULL, PRIMARY KEY (issue_id, article_id));
CREATE INDEX issue_of_article ON issue_article (article_id);
CREATE TABLE issue_body ( id INTEGER PRIMARY KEY, issue_id BIGINT NOT NULL REFERENCES issue (id), variant TEXT NOT NULL, subject TEXT NOT NULL, html TEXT NOT NULL, text TEXT NOT NULL, UNIQUE (issue_id, variant));
CREATE TABLE outbox ( id INTEGER PRIMARY KEY, kind TEXT NOT NULL, priority BIGINT NOT NULL, list_id BIGINT NOT NULL REFERENCES list (id), subscription_id BIGINT NOT NULL REFERENCES subscription (id), issue_id BIGINT REFERENCES issue (id), body_id BIGINT REFERENCES issue_body (id), uuid TEXT, state TEXT NOT NULL, due BIGINT NOT NULL, attempts BIGINT NOT NULL, uncertain BIGINT NOT NULL, owner TEXT, relay TEXT NOT NULL, reply_code BIGINT NOT NULL, reply_status TEXT NOT NULL, reply_text TEXT NOT NULL, created BIGINT NOT NULL, started BIGINT, finished BIGINT, UNIQUE (issue_id, subscription_id));
CREATE INDEX outbox_due ON outbox (priority, due, id) WHERE state IN ('queued', 'deferred');
CREATE INDEX outbox_owner ON outbox (owner) WHERE owner IS NOT NULL;
CREATE INDEX outbox_of_subscription ON outbox (subscription_id);
CREATE TABLE worker ( uuid TEXT PRIMARY KEY, host TEXT NOT NULL, pid BIGINT NOT NULL, started BIGINT NOT NULL, heartbeat BIGINT NOT NULL);
CREATE TABLE relay ( name TEXT PRIMARY KEY, failures BIGINT NOT NULL, since BIGINT NOT NULL, retry_at BIGINT NOT NULL, error TEXT NOT NULL);
CREATE VIEW reader AS SELECT s.id, s.uuid, s.list_id, s.subscriber_id, s.state, s.every,  s.created, s.changed, p.address FROM subscription s JOIN subscriber p ON p.id = s.subscriber_id;
CREATE VIEW audience AS SELECT s.id AS subscription_id, s.list_id,  COALESCE(s.every, l.every) AS every FROM subscription s JOIN list l ON l.id = s.list_id WHERE s.state = 'active';
CREATE VIEW outbox_report AS SELECT id, issue_id, subscription_id, state, attempts, due, relay,  reply_code, reply_status, reply_text FROM outbox;
CREATE VIEW article_use AS SELECT a.article_id, i.id AS issue_id, i.list_id, i.every, a.position FROM issue_article a JOIN issue i ON i.id = a.issue_id;
CREATE VIEW confirm_mail AS SELECT s.subscriber_id, o.subscription_id, o.created FROM outbox o JOIN subscription s ON s.id = o.subscription_id WHERE o.kind = 'confirm';

INSERT INTO meta VALUES
 ('version', '0.1.0'), ('migrated', '1763000000');

INSERT INTO list VALUES
 (1, 'daily', 'نشرة الأخبار', '', 'day', 'resend', 1763000000),
 (2, 'تقنية', 'نشرة التقنية', 'التحرير <tech@example.org>', 'week', 'hold', 1763000001);

INSERT INTO feed VALUES
 (1, 1, 'https://news.example.org/feed', 'أخبار', '"e1"', 'Sun, 23 Nov 2025 10:00:00 GMT', 1764000300, 1763999400, 0, '', 0, 1763000000),
 (2, 2, 'https://news.example.org/tech.atom', '', '', '', 1764003600, NULL, 3, 'timed out', 1, 1763000001);

INSERT INTO article VALUES
 (1, 1, 1, 'عنوان أول', 'https://news.example.org/1', 'سارة', '<p>متن</p>', 1763900000, 0, 1763900100),
 (2, 1, 1, 'عنوان ''ثان''', 'https://news.example.org/2', '', '', 1763910000, 0, 1763910100),
 (3, 1, NULL, 'بلا مصدر', '', '', 'نص', 1763920000, 1, 1763920100),
 (4, 2, 2, 'A title', 'https://news.example.org/4', 'Sam', '<p>x</p>', 1763930000, 0, 1763930100);

INSERT INTO article_key VALUES
 (1, 'g:1', 1), (1, 'l:https://news.example.org/1', 1), (1, 'g:2', 2), (1, 'g:3', 3), (2, 'g:4', 4);

INSERT INTO subscriber VALUES
 (1, 'one@example.org', 'One@example.org', 1763000100),
 (2, 'two@gmail.com', 'two@gmail.com', 1763000101),
 (3, 'three@xn--mgbh0fb.xn--kgbechtv', 'three@xn--mgbh0fb.xn--kgbechtv', 1763000102),
 (4, 'four+x@gmail.com', 'Four+x@gmail.com', 1763000103),
 (5, 'five@example.org', 'five@example.org', 1763000104),
 (6, 'six@example.org', 'six@example.org', 1763000105),
 (7, 'seven@example.org', 'seven@example.org', 1763000106),
 (8, 'eight@sub.example.org', 'eight@sub.example.org', 1763000107);

INSERT INTO subscription VALUES
 (1, '00000000-0000-4000-8000-000000000001', 1, 1, 'active', NULL, 1763000100, 1763000200),
 (2, '00000000-0000-4000-8000-000000000002', 1, 2, 'active', 'day', 1763000101, 1763000201),
 (3, '00000000-0000-4000-8000-000000000003', 1, 3, 'active', NULL, 1763000102, 1763000202),
 (4, '00000000-0000-4000-8000-000000000004', 1, 4, 'left', NULL, 1763000103, 1763000203),
 (5, '00000000-0000-4000-8000-000000000005', 1, 5, 'bounced', NULL, 1763000104, 1763000204),
 (6, '00000000-0000-4000-8000-000000000006', 1, 6, 'complained', NULL, 1763000105, 1763000205),
 (7, '00000000-0000-4000-8000-000000000007', 1, 7, 'active', NULL, 1763000106, 1763000206),
 (8, '00000000-0000-4000-8000-000000000008', 1, 8, 'active', NULL, 1763000107, 1763000207),
 (9, '00000000-0000-4000-8000-000000000009', 2, 1, 'pending', 'month', 1763000108, 1763000208);

INSERT INTO consent VALUES
 (1, 1, 'ask', 'form', 'ar-1', '192.0.2.1', 1763000100),
 (2, 1, 'confirm', 'mail', 'ar-1', '192.0.2.1', 1763000200),
 (3, 4, 'leave', 'oneclick', '', '', 1763000203);

INSERT INTO optin VALUES
 ('5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8', 'confirm', 1, 1763000100, 1763172900, 1763000200),
 ('6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b', 'confirm', 9, 1763999900, 1764172700, NULL);

INSERT INTO issue VALUES
 (1, '10000000-0000-4000-8000-000000000001', 1, 1, 'day', 1763845200, 1763931600, 2, 8, 1763931700),
 (2, '10000000-0000-4000-8000-000000000002', 1, 2, 'day', 1763931600, 1764018000, 1, 3, 1763999000);

INSERT INTO issue_article VALUES (1, 1, 1), (1, 2, 2), (2, 3, 1);

INSERT INTO issue_body VALUES
 (1, 1, 'default', 'موضوع', '<p>١</p>', 'نص ١'),
 (2, 2, 'default', 'موضوع ٢', '<p>٢</p>', 'نص ٢');

INSERT INTO worker VALUES
 ('dddddddd-dddd-4ddd-8ddd-dddddddddddd', 'mail.example.org', 4711, 1763990000, 1763999990);

INSERT INTO relay VALUES
 ('main', 7, 1763999000, 1764000064, 'connection refused');

-- id, kind, priority, list, subscription, issue, body, uuid, state, due,
-- attempts, uncertain, owner, relay, code, status, text, created, started,
-- finished
INSERT INTO outbox VALUES
 (1, 'confirm', 0, 1, 1, NULL, NULL, '20000000-0000-4000-8000-000000000001', 'sent', 1763000100, 1, 0, NULL, 'main', 250, '2.0.0', 'ok', 1763000100, 1763000101, 1763000102),
 (2, 'digest', 10, 1, 1, 1, 1, NULL, 'sent', 1763931700, 1, 0, NULL, 'main', 250, '2.0.0', 'ok', 1763931700, 1763931701, 1763931702),
 (3, 'digest', 10, 1, 2, 1, 1, NULL, 'queued', 1763931700, 0, 0, NULL, '', 0, '', '', 1763931700, NULL, NULL),
 (4, 'digest', 10, 1, 3, 1, 1, NULL, 'leased', 1763931700, 0, 0, 'dddddddd-dddd-4ddd-8ddd-dddddddddddd', '', 0, '', '', 1763931700, NULL, NULL),
 (5, 'digest', 10, 1, 4, 1, 1, NULL, 'cancelled', 1763931700, 0, 0, NULL, '', 0, '', '', 1763931700, NULL, 1763931800),
 (6, 'digest', 10, 1, 5, 1, 1, NULL, 'failed', 1763931700, 1, 0, NULL, 'main', 550, '5.1.1', 'no such user', 1763931700, 1763931705, 1763931706),
 (7, 'digest', 10, 1, 6, 1, 1, NULL, 'unknown', 1763931700, 1, 1, NULL, 'main', 0, '', 'connection lost', 1763931700, 1763931705, 1763931706),
 (8, 'digest', 10, 1, 7, 1, 1, NULL, 'deferred', 1763999999, 4, 0, NULL, 'main', 451, '4.7.1', 'try again', 1763931700, 1763990000, NULL),
 (9, 'digest', 10, 1, 8, 1, 1, NULL, 'started', 1763931700, 2, 1, 'dddddddd-dddd-4ddd-8ddd-dddddddddddd', '', 0, '', '', 1763931700, 1763999989, NULL),
 (10, 'digest', 10, 1, 1, 2, 2, NULL, 'queued', 1763999000, 0, 0, NULL, '', 0, '', '', 1763999000, NULL, NULL),
 (11, 'digest', 10, 1, 2, 2, 2, NULL, 'deferred', 1764003600, 1, 0, NULL, 'main', 452, '4.2.2', 'mailbox full', 1763999000, 1763999100, NULL),
 (12, 'digest', 10, 1, 3, 2, 2, NULL, 'sent', 1763999000, 1, 0, NULL, 'main', 250, '', 'ok', 1763999000, 1763999100, 1763999101),
 (13, 'confirm', 0, 2, 9, NULL, NULL, '20000000-0000-4000-8000-000000000002', 'queued', 1763999900, 0, 0, NULL, '', 0, '', '', 1763999900, NULL, NULL),
 (14, 'confirm', 0, 2, 9, NULL, NULL, '20000000-0000-4000-8000-000000000003', 'deferred', 1764000000, 1, 0, NULL, 'main', 421, '4.3.2', 'later', 1763999000, 1763999001, NULL);
