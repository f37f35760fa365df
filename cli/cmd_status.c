/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "cli.h"
#include "flow/gauge.h"
#include "flow/meter.h"
#include "flow/paced.h"
#include "flow/setup.h"
#include "model/feed.h"
#include "model/issue.h"
#include "model/list.h"
#include "model/outbox_list.h"
#include "model/outbox_queue.h"
#include "model/pace.h"
#include "model/subscriber.h"
#include "model/subscription.h"
#include "model/trouble.h"
#include "model/worker.h"
#include "store/schema.h"

#include <stdio.h>
#include <sys/statvfs.h>

#define ISSUES_LOOKED 256 /* the newest */
#define MB            (INT64_C(1024) * 1024)
#define DISK_LOW      100 /* MB, or */
#define DISK_SHARE    20  /* less than one part in so many */

static int
count_list(const struct list *list, void *arg)
{
	(void)list;
	++*(int64_t *)arg;
	return 0;
}

static int
add_counts(struct cli *cli, struct doc *doc, struct err *err)
{
	int64_t lists = 0;
	int64_t subscribers;
	int64_t active;

	if (list_each(cli->db, count_list, &lists, err) != 0 ||
	    subscriber_count(cli->db, &subscribers, err) != 0 ||
	    subscription_count(cli->db, SUBSCRIPTION_ACTIVE, &active, err) != 0)
		return -1;
	doc_int(doc, "lists", lists);
	doc_int(doc, "subscribers", subscribers);
	doc_int(doc, "active", active);
	return 0;
}

static int
add_queue(struct cli *cli, struct doc *doc, struct err *err)
{
	struct outbox_list_counts counts;
	struct doc *queue;

	if (outbox_list_count(cli->db, 0, &counts, err) != 0)
		return -1;
	queue = doc_put_object(doc, "queue");
	for (int i = 0; i < OUTBOX_STATES; i++) {
		doc_int(queue, outbox_state_name((enum outbox_state)i),
		    counts.n[i]);
	}
	return 0;
}

/* What is 0 is no limit. */
static void
add_limit(struct doc *row, const char *key, int64_t value)
{
	if (value != 0) {
		doc_int(row, key, value);
	} else {
		doc_null(row, key);
	}
}

/* What limits it today, and what its complaints have taught. What nothing
 * limits is not counted. */
static int
add_pace(struct cli *cli, const struct conf_relay *relay, struct doc *row,
    struct err *err)
{
	const struct pace pace = {
	    .scope = PACE_RELAY, .name = relay->name, .day = PACE_NO_DAY};
	struct pace_facts facts;
	struct meter_now now = {.s = 0};
	int64_t day;

	meter_clock(&now, cli->conf, cli->now);
	if (pace_look(cli->db, &pace, &now.at, &facts, err) != 0)
		return -1;
	day = gauge_day(relay, facts.first_day, now.at.day);
	if (facts.known &&
	    (facts.learned > 0 || relay->rate > 0 || day != PACE_NO_DAY)) {
		doc_int(row, "sent_today", facts.day_sent);
	} else {
		doc_null(row, "sent_today");
	}
	if (day != PACE_NO_DAY) {
		doc_int(row, "most_today", day);
	} else {
		doc_null(row, "most_today");
	}
	add_limit(row, "learned_per_minute", facts.learned * 60 / 1000);
	return 0;
}

static int
add_relays(struct cli *cli, struct doc *doc, struct err *err)
{
	struct doc *relays = doc_put_array(doc, "relays");

	for (size_t i = 0; i < cli->conf->relays; i++) {
		struct trouble relay = {.scope = TROUBLE_RELAY};
		struct doc *row;
		int down;

		(void)str_fit(
		    relay.name, sizeof(relay.name), cli->conf->relay[i].name);
		down = trouble_find(cli->db, &relay, err);
		if (down < 0)
			return -1;
		row = doc_push_object(relays);
		doc_text(row, "name", cli->conf->relay[i].name);
		doc_text(row, "state", down ? "down" : "ok");
		if (add_pace(cli, &cli->conf->relay[i], row, err) != 0)
			return -1;
		doc_time(row, "since", relay.since);
		doc_time(row, "retry_at", relay.retry_at);
		doc_text(row, "error", relay.error);
	}
	return 0;
}

static int
add_trouble(const struct trouble *trouble, void *arg)
{
	struct doc *row = doc_push_object(arg);

	doc_text(row, "scope", trouble_scope_name(trouble->scope));
	doc_text(row, "name", trouble->name);
	doc_int(row, "failures", trouble->failures);
	doc_time(row, "since", trouble->since);
	doc_time(row, "retry_at", trouble->retry_at);
	doc_text(row, "error", trouble->error);
	return 0;
}

static int
add_paused(const struct issue *issue, void *arg)
{
	struct cli_listing *to = arg;
	struct list list;
	struct doc *row;
	int open;

	if (issue->state != ISSUE_PAUSED)
		return 0;
	open = outbox_queue_open(to->cli->db, issue->id, to->err);
	if (open != 1)
		return open;
	row = cli_row_of_list(to, issue->list_id, &list);
	if (row == NULL)
		return -1;
	doc_int(row, "issue", issue->id);
	doc_int(row, "recipients", issue->recipients);
	doc_time(row, "frozen", issue->frozen);
	return 0;
}

/* Whether mail is signed: the key is there, can be read and is one. */
static void
add_dkim(struct cli *cli, struct doc *doc)
{
	bool wanted = cli->conf->dkim.domain[0] != '\0';
	struct err why = ERR_INIT;
	struct str name, value;
	bool can;

	str_init(&name, 1024);
	str_init(&value, 4096);
	can = wanted && setup_dns(cli->conf, &name, &value, &why) == 0;
	doc_bool(doc, "dkim", can);
	if (wanted && !can)
		doc_text(doc, "dkim_error", why.msg);
	str_release(&name);
	str_release(&value);
}

/* What this user may still write beside the database; 0 where nobody can
 * tell. */
static int64_t
disk_free(const struct cli *cli, bool *low)
{
	struct statvfs disk;
	int64_t free;

	*low = false;
	if (statvfs(cli->conf->database, &disk) != 0)
		return 0;
	free = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize / MB;
	*low = free < DISK_LOW || disk.f_bavail < disk.f_blocks / DISK_SHARE;
	return free;
}

static void
add_disk(struct cli *cli, struct doc *doc)
{
	bool low;

	doc_int(doc, "disk_free_mb", disk_free(cli, &low));
	doc_bool(doc, "disk_low", low);
}

/* ---- domains that have a pace of their own */

static int
add_domain(const char *domain, void *arg)
{
	struct cli_listing *to = arg;
	struct pace_facts facts;
	struct meter_now now = {.s = 0};
	struct doc *row;
	int64_t connections;
	struct pace pace = paced_pace(to->cli->conf, domain, &connections);

	meter_clock(&now, to->cli->conf, to->cli->now);
	if (pace_look(to->cli->db, &pace, &now.at, &facts, to->err) != 0)
		return -1;
	row = doc_push_object(to->doc);
	doc_text(row, "domain", domain);
	add_limit(row, "rate", pace.rate);
	add_limit(row, "connections", connections);
	add_limit(row, "learned_per_minute", facts.learned * 60 / 1000);
	doc_int(row, "sent_today", facts.day_sent);
	return 0;
}

/* ---- what nobody knows of, on lists that say to leave it so */

static int
add_held(int64_t issue_id, int64_t n, void *arg)
{
	struct cli_listing *to = arg;
	struct issue issue;
	struct list list;
	struct doc *row;
	int found = issue_get(to->cli->db, issue_id, &issue, to->err);

	if (found == 1)
		found = list_get(to->cli->db, issue.list_id, &list, to->err);
	if (found != 1 || list.unknown != LIST_HOLD)
		return found < 0 ? -1 : 0;
	row = doc_push_object(to->doc);
	doc_int(row, "issue", issue_id);
	doc_text(row, "list", list.name);
	doc_int(row, "unknown", n);
	return 0;
}

static int
add_failing(const struct feed *feed, void *arg)
{
	struct doc *row;

	if (feed->failures == 0)
		return 0;
	row = doc_push_object(arg);
	doc_text(row, "url", feed->url);
	doc_int(row, "failures", feed->failures);
	doc_time(row, "last_ok", feed->last_ok);
	doc_time(row, "next_poll", feed->next_poll);
	doc_text(row, "error", feed->error);
	return 0;
}

static int
add_worker(const struct worker *worker, void *arg)
{
	struct doc *row = doc_push_object(arg);

	doc_int(row, "pid", worker->pid);
	doc_text(row, "host", worker->host);
	doc_time(row, "since", worker->started);
	doc_time(row, "heartbeat", worker->heartbeat);
	return 0;
}

static int
gather(struct cli *cli, struct doc *doc, struct err *err)
{
	struct cli_listing to = {.cli = cli, .err = err};

	doc_text(doc, "version", NASHRA_VERSION);
	doc_text(doc, "database", cli->conf->database);
	doc_int(doc, "schema", schema_version());
	add_disk(cli, doc);
	if (add_counts(cli, doc, err) != 0)
		return -1;
	add_dkim(cli, doc);
	if (add_queue(cli, doc, err) != 0 || add_relays(cli, doc, err) != 0 ||
	    trouble_each(
		cli->db, add_trouble, doc_put_array(doc, "troubles"), err) != 0)
		return -1;
	to.doc = doc_put_array(doc, "domains");
	if (pace_each_domain(cli->db, add_domain, &to, err) != 0)
		return -1;
	to.doc = doc_put_array(doc, "paused");
	if (issue_each(cli->db, ISSUES_LOOKED, add_paused, &to, err) != 0)
		return -1;
	to.doc = doc_put_array(doc, "held");
	if (outbox_list_unknown(cli->db, add_held, &to, err) != 0)
		return -1;
	if (feed_each(
		cli->db, 0, add_failing, doc_put_array(doc, "feeds"), err) != 0)
		return -1;
	return worker_each(
	    cli->db, add_worker, doc_put_array(doc, "workers"), err);
}

/* A part of the report, where there is something in it. */
static void
print_part(const struct doc *doc, const char *key, const char *title,
    const char *const *columns)
{
	const struct doc *part = doc_get(doc, key);

	if (doc_empty(part))
		return;
	printf("\n%s\n", title);
	doc_table(part, columns);
}

/* What somebody should see to, in words. */
static void
print_hints(const struct cli *cli, const struct doc *doc)
{
	const struct {
		bool so;
		const char *text;
	} hints[] = {
	    {doc_empty(doc_get(doc, "workers")),
		"no worker runs: nothing is sent until `nashrad` does"},
	    {!doc_empty(doc_get(doc, "paused")),
		"`nashra digest resume ID` lets what is paused go on"},
	    {!doc_empty(doc_get(doc, "held")),
		"nobody knows whether the unknown ones arrived: `nashra digest "
		"retry ID` sends them again"},
	    {doc_is(doc, "disk_low"),
		"the disk is nearly full: nothing is sent that cannot be "
		"recorded"},
	    {cli->conf->dkim.domain[0] == '\0',
		"mail goes unsigned: the settings have no dkim section"},
	    {doc_get(doc, "dkim_error") != NULL,
		"mail cannot be signed by this user: see dkim_error"},
	    {cli->conf->relays == 0,
		"no relay: the settings have no relay section"},
	};

	for (size_t i = 0; i < sizeof(hints) / sizeof(*hints); i++) {
		if (hints[i].so)
			printf("\n%s\n", hints[i].text);
	}
}

static void
print_report(const struct cli *cli, const struct doc *doc)
{
	static const char *const relays[] = {"name", "state", "sent_today",
	    "most_today", "learned_per_minute", NULL};
	static const char *const troubles[] = {
	    "scope", "name", "failures", "since", "retry_at", "error", NULL};
	static const char *const paused[] = {
	    "issue", "list", "recipients", "frozen", NULL};
	static const char *const domains[] = {"domain", "rate", "connections",
	    "learned_per_minute", "sent_today", NULL};
	static const char *const held[] = {"issue", "list", "unknown", NULL};
	static const char *const feeds[] = {
	    "url", "failures", "last_ok", "next_poll", "error", NULL};
	static const char *const workers[] = {
	    "pid", "host", "since", "heartbeat", NULL};

	doc_lines(doc);
	puts("\nqueue");
	doc_lines(doc_get(doc, "queue"));
	print_part(doc, "relays", "relays", relays);
	print_part(doc, "domains", "domains with a pace of their own", domains);
	print_part(doc, "troubles", "in trouble", troubles);
	print_part(doc, "paused", "paused", paused);
	print_part(doc, "held", "held, as nobody knows of them", held);
	print_part(doc, "feeds", "feeds in trouble", feeds);
	print_part(doc, "workers", "workers", workers);
	print_hints(cli, doc);
}

static int
run_status(struct cli *cli, struct err *err)
{
	struct doc *doc = doc_object();
	int rc = gather(cli, doc, err);

	if (rc == 0 && cli->json) {
		doc_print(doc);
	} else if (rc == 0) {
		print_report(cli, doc);
	}
	doc_free(doc);
	return rc;
}

static int
run_version(struct cli *cli, struct err *err)
{
	(void)err;
	if (cli->json) {
		struct doc *doc = doc_object();

		doc_text(doc, "version", NASHRA_VERSION);
		doc_int(doc, "schema", schema_version());
		doc_print(doc);
		doc_free(doc);
	} else {
		printf("nashra %s\n", NASHRA_VERSION);
	}
	return 0;
}

/* clang-format off */
const struct command cmd_status[] = {
	{"status", "", "show how everything is", run_status, CLI_DATABASE, 0, 0,
	    {NULL}},
	{"version", "", "print the version", run_version, CLI_NOTHING, 0, 0,
	    {NULL}},
	{.name = NULL},
};
/* clang-format on */
