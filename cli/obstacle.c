/* SPDX-License-Identifier: ISC */
#include "obstacle.h"

#include "base/clock.h"
#include "base/str.h"
#include "flow/gauge.h"
#include "flow/meter.h"
#include "model/issue.h"
#include "model/pace.h"
#include "model/trouble.h"
#include "model/worker.h"
#include "progress.h"

#include <stdio.h>

/* What is looked for, and what was found. */
struct search {
	struct cli *cli;
	int64_t issue_id;
	const struct outbox_list_counts *counts;
	int64_t now;
	struct obstacle *out;
	struct err *err;
};

/* One kind of obstacle: 1 it is there and in words, 0 it is not. */
typedef int obstacle_fn(struct search *search);

static int
paused(struct search *search)
{
	struct issue issue;
	int found =
	    issue_get(search->cli->db, search->issue_id, &issue, search->err);

	if (found != 1 || issue.state != ISSUE_PAUSED)
		return found < 0 ? -1 : 0;
	snprintf(search->out->text, OBSTACLE_SIZE,
	    "paused: `nashra digest resume %lld` lets it go on",
	    (long long)issue.id);
	search->out->stops = true;
	return 1;
}

struct census {
	int64_t now;
	int alive;
};

static int
count_alive(const struct worker *worker, void *arg)
{
	struct census *census = arg;

	census->alive += worker->heartbeat + WORKER_LEASE >= census->now;
	return 0;
}

static int
no_worker(struct search *search)
{
	struct census census = {.now = search->now};

	if (worker_each(search->cli->db, count_alive, &census, search->err) !=
	    0)
		return -1;
	if (census.alive > 0)
		return 0;
	(void)str_fit(search->out->text, OBSTACLE_SIZE,
	    "no worker runs: nothing is sent until `nashrad` does");
	search->out->stops = true;
	return 1;
}

/* Of the troubles, the one that concerns most messages. */
struct troubles {
	const struct conf *conf;
	struct trouble worst;
	int count;
};

static int
weight(const struct troubles *troubles, const struct trouble *trouble)
{
	static const int weights[TROUBLE_SCOPES] = {
	    [TROUBLE_DOMAIN] = 1,
	    [TROUBLE_SETTINGS] = 2,
	    [TROUBLE_CLOCK] = 3,
	    [TROUBLE_RELAY] = 4,
	};

	if (trouble->scope != TROUBLE_RELAY)
		return weights[trouble->scope];
	for (size_t i = 0; i < troubles->conf->relays; i++) {
		if (str_eq(troubles->conf->relay[i].name, trouble->name))
			return weights[TROUBLE_RELAY];
	}
	return 0; /* the settings have it no more */
}

static int
weigh(const struct trouble *trouble, void *arg)
{
	struct troubles *troubles = arg;
	int n = weight(troubles, trouble);

	if (n == 0)
		return 0;
	if (troubles->count++ == 0 || n > weight(troubles, &troubles->worst))
		troubles->worst = *trouble;
	return 0;
}

static int
in_trouble(struct search *search)
{
	struct troubles troubles = {.conf = search->cli->conf};
	const struct trouble *worst = &troubles.worst;
	struct str text;

	if (trouble_each(search->cli->db, weigh, &troubles, search->err) != 0)
		return -1;
	if (troubles.count == 0)
		return 0;
	str_init(&text, OBSTACLE_SIZE - 1);
	str_addf(&text, "%s%s%s: ", trouble_scope_name(worst->scope),
	    worst->name[0] != '\0' ? " " : "", worst->name);
	search->out->wait_s = worst->retry_at - search->now;
	str_add(&text, worst->error);
	if (troubles.count > 1)
		str_addf(&text, " (and %d more)", troubles.count - 1);
	(void)str_fit(search->out->text, OBSTACLE_SIZE, text.data);
	str_release(&text);
	return 1;
}

/* Minutes until a relay takes digests again; -1: not today. */
static int
closed_for(struct search *search, const struct conf_relay *relay, int *minutes)
{
	struct pace pace = {.scope = PACE_RELAY, .name = relay->name};
	struct pace_facts facts;
	struct meter_now now = {.s = 0};

	meter_clock(&now, search->cli->conf, search->now);
	if (pace_look(search->cli->db, &pace, &now.at, &facts, search->err) !=
	    0)
		return -1;
	*minutes = gauge_closed_for(relay->hours, now.minute);
	if (facts.day_sent >= gauge_day(relay, facts.first_day, now.at.day))
		*minutes = -1;
	return 0;
}

static int
relays_closed(struct search *search)
{
	const struct conf *conf = search->cli->conf;
	int first = -1;

	for (size_t i = 0; i < conf->relays; i++) {
		int minutes;

		if (closed_for(search, &conf->relay[i], &minutes) != 0)
			return -1;
		if (minutes == 0)
			return 0;
		if (minutes > 0 && (first < 0 || minutes < first))
			first = minutes;
	}
	search->out->stops = true;
	if (conf->relays == 0) {
		(void)str_fit(search->out->text, OBSTACLE_SIZE,
		    "no relay: the settings have no relay section");
	} else if (first < 0) {
		(void)str_fit(search->out->text, OBSTACLE_SIZE,
		    "what the relays may be given today is used up");
	} else {
		search->out->wait_s = (int64_t)first * 60;
		(void)str_fit(search->out->text, OBSTACLE_SIZE,
		    "out of the relays' hours");
	}
	return 1;
}

static int
only_deferred(struct search *search)
{
	const int64_t *n = search->counts->n;
	int64_t due;
	int found;

	if (n[OUTBOX_QUEUED] + n[OUTBOX_LEASED] + n[OUTBOX_STARTED] > 0)
		return 0;
	found = outbox_list_next_due(
	    search->cli->db, search->issue_id, &due, search->err);
	if (found != 1)
		return found;
	search->out->wait_s = due - search->now;
	(void)str_fit(search->out->text, OBSTACLE_SIZE,
	    "what is left is tried again later");
	search->out->stops = true;
	return 1;
}

int
obstacle_find(struct cli *cli, int64_t issue_id,
    const struct outbox_list_counts *counts, struct obstacle *out,
    struct err *err)
{
	static obstacle_fn *const kinds[] = {
	    paused, no_worker, in_trouble, relays_closed, only_deferred};
	struct obstacle found = {.stops = false};
	struct search search = {.cli = cli,
	    .issue_id = issue_id,
	    .counts = counts,
	    .now = clock_now(),
	    .out = &found,
	    .err = err};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		int rc = kinds[i](&search);

		if (rc < 0)
			return -1;
		if (rc == 1)
			break;
	}
	*out = found;
	return 0;
}

void
obstacle_words(struct str *out, const struct obstacle *obstacle)
{
	char span[PROGRESS_SPAN_SIZE];

	if (obstacle->text[0] != '\0' && obstacle->wait_s > 0) {
		progress_span(span, obstacle->wait_s);
		str_addf(out, "waits %s: ", span);
	}
	str_add(out, obstacle->text);
}
