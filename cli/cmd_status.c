/* SPDX-License-Identifier: ISC */
#include "base/str.h"
#include "cli.h"
#include "model/feed.h"
#include "model/list.h"
#include "model/outbox_list.h"
#include "model/subscriber.h"
#include "model/subscription.h"
#include "model/trouble.h"
#include "model/worker.h"
#include "store/schema.h"

#include <stdio.h>

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
		doc_time(row, "since", relay.since);
		doc_time(row, "retry_at", relay.retry_at);
		doc_text(row, "error", relay.error);
	}
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
	doc_text(doc, "version", NASHRA_VERSION);
	doc_text(doc, "database", cli->conf->database);
	doc_int(doc, "schema", schema_version());
	if (add_counts(cli, doc, err) != 0)
		return -1;
	doc_bool(doc, "dkim", cli->conf->dkim.domain[0] != '\0');
	if (add_queue(cli, doc, err) != 0 || add_relays(cli, doc, err) != 0)
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

static void
print_report(const struct cli *cli, const struct doc *doc)
{
	static const char *const relays[] = {
	    "name", "state", "since", "retry_at", "error", NULL};
	static const char *const feeds[] = {
	    "url", "failures", "last_ok", "next_poll", "error", NULL};
	static const char *const workers[] = {
	    "pid", "host", "since", "heartbeat", NULL};

	doc_lines(doc);
	puts("\nqueue");
	doc_lines(doc_get(doc, "queue"));
	print_part(doc, "relays", "relays", relays);
	print_part(doc, "feeds", "feeds in trouble", feeds);
	print_part(doc, "workers", "workers", workers);
	if (doc_empty(doc_get(doc, "workers")))
		puts("\nno worker runs: nothing is sent until `nashrad` does");
	if (cli->conf->dkim.domain[0] == '\0')
		puts("\nmail goes unsigned: the settings have no dkim section");
	if (cli->conf->relays == 0)
		puts("\nno relay: the settings have no relay section");
	if (cli->conf->domains > 0)
		puts("\ndomain sections are not in force yet");
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
