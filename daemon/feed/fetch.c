/* SPDX-License-Identifier: ISC */
#include "feed/fetch.h"

#include "base/str.h"
#include "feed/cidr.h"
#include "feed/transfer.h"

#include <curl/curl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

struct fetch {
	struct loop *loop;
	CURLM *multi;
	struct loop_timer timer;
	struct job *jobs;
	struct transfer_rules rules;
	bool draining; /* callbacks are being called */
	bool doomed;   /* and one of them freed us */
};

struct job {
	struct fetch *fetch;
	struct job *next;
	struct transfer *transfer;
	fetch_fn *fn;
	void *arg;
};

static void
detach(struct job *job)
{
	struct job **at = &job->fetch->jobs;

	while (*at != job)
		at = &(*at)->next;
	*at = job->next;
	(void)curl_multi_remove_handle(
	    job->fetch->multi, transfer_handle(job->transfer));
}

static void
job_free(struct job *job)
{
	transfer_free(job->transfer);
	free(job);
}

static int
start(struct job *job, struct err *err)
{
	if (transfer_hop(job->transfer, err) != 0)
		return -1;
	if (curl_multi_add_handle(
		job->fetch->multi, transfer_handle(job->transfer)) != CURLM_OK)
		return err_set(err, ERR_SYSTEM, "cannot start a transfer");
	return 0;
}

static void
finish(struct job *job, CURLcode code)
{
	struct err err = ERR_INIT;
	int more = transfer_end(job->transfer, (int)code, &err);

	(void)curl_multi_remove_handle(
	    job->fetch->multi, transfer_handle(job->transfer));
	if (more == 1 && start(job, &err) == 0)
		return;
	detach(job);
	job->fn(
	    job->arg, more == 0 ? transfer_reply(job->transfer) : NULL, &err);
	job_free(job);
}

/* Callbacks may start transfers, or free everything. */
static void
drain(struct fetch *fetch)
{
	CURLMsg *message;
	int left;

	fetch->draining = true;
	while (!fetch->doomed &&
	       (message = curl_multi_info_read(fetch->multi, &left)) != NULL) {
		CURLcode code = message->data.result;
		char *owner = NULL;

		if (message->msg != CURLMSG_DONE)
			continue;
		(void)curl_easy_getinfo(
		    message->easy_handle, CURLINFO_PRIVATE, &owner);
		finish((struct job *)(void *)owner, code);
	}
	fetch->draining = false;
	if (fetch->doomed)
		fetch_free(fetch);
}

static void
on_socket_ready(void *arg, int fd, unsigned events)
{
	struct fetch *fetch = arg;
	int mask = 0;
	int running;

	if (events & LOOP_IN)
		mask |= CURL_CSELECT_IN;
	if (events & LOOP_OUT)
		mask |= CURL_CSELECT_OUT;
	(void)curl_multi_socket_action(fetch->multi, fd, mask, &running);
	drain(fetch);
}

static void
on_timer(void *arg)
{
	struct fetch *fetch = arg;
	int running;

	(void)curl_multi_socket_action(
	    fetch->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	drain(fetch);
}

/* libcurl says what it wants to know of a socket. */
static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *socket_arg)
{
	struct fetch *fetch = arg;
	struct err err = ERR_INIT;
	unsigned events = 0;

	(void)easy;
	(void)socket_arg;
	if (what == CURL_POLL_REMOVE) {
		loop_forget(fetch->loop, fd);
		return 0;
	}
	if (what & CURL_POLL_IN)
		events |= LOOP_IN;
	if (what & CURL_POLL_OUT)
		events |= LOOP_OUT;
	return loop_watch(
	    fetch->loop, fd, events, on_socket_ready, fetch, &err);
}

static int
on_timer_change(CURLM *multi, long ms, void *arg)
{
	struct fetch *fetch = arg;

	(void)multi;
	if (ms < 0) {
		loop_timer_stop(fetch->loop, &fetch->timer);
	} else {
		loop_timer_start(fetch->loop, &fetch->timer, ms);
	}
	return 0;
}

static int
parse_allowed(
    struct fetch *fetch, const struct conf_items *allow, struct err *err)
{
	for (size_t i = 0; allow != NULL && i < allow->count; i++) {
		if (!cidr_parse(&fetch->rules.allow[i], allow->item[i])) {
			return err_set(err, ERR_CONFIG,
			    "'%.100s' is neither an address nor a range such "
			    "as 10.0.0.0/8",
			    allow->item[i]);
		}
		fetch->rules.allowed++;
	}
	return 0;
}

static int
open_multi(struct fetch *fetch, struct err *err)
{
	CURLM *multi;
	bool bad;

	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		return err_set(err, ERR_SYSTEM, "cannot start libcurl");
	fetch->multi = multi = curl_multi_init();
	bad =
	    multi == NULL ||
	    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, on_socket) !=
		CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, fetch) != CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, on_timer_change) !=
		CURLM_OK ||
	    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, fetch) != CURLM_OK;
	return bad ? err_set(err, ERR_SYSTEM, "cannot start libcurl") : 0;
}

int
fetch_new(struct fetch **out, struct loop *loop, const struct conf_items *allow,
    struct err *err)
{
	struct fetch *fetch = calloc(1, sizeof(*fetch));
	const struct fetch_settings settings = {
	    .body_max = (size_t)FETCH_BODY_MAX,
	    .total_ms = (int64_t)FETCH_SECONDS * 1000,
	    .contact = "",
	};

	if (fetch == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	fetch->loop = loop;
	fetch->timer.fn = on_timer;
	fetch->timer.arg = fetch;
	fetch_set(fetch, &settings);
	if (parse_allowed(fetch, allow, err) != 0) {
		free(fetch);
		return -1;
	}
	if (open_multi(fetch, err) != 0) {
		fetch_free(fetch);
		return -1;
	}
	*out = fetch;
	return 0;
}

void
fetch_set(struct fetch *fetch, const struct fetch_settings *settings)
{
	const char *contact = settings->contact;

	if (settings->body_max > 0)
		fetch->rules.body_max = settings->body_max;
	if (settings->total_ms > 0)
		fetch->rules.total_ms = settings->total_ms;
	if (settings->ca_file != NULL) {
		(void)str_fit(fetch->rules.ca_file,
		    sizeof(fetch->rules.ca_file), settings->ca_file);
	}
	if (contact != NULL) {
		snprintf(fetch->rules.agent, sizeof(fetch->rules.agent),
		    "nashra/" NASHRA_VERSION "%s%.200s%s",
		    *contact ? " (+" : "", contact, *contact ? ")" : "");
	}
}

void
fetch_free(struct fetch *fetch)
{
	if (fetch == NULL)
		return;
	fetch->doomed = true;
	if (fetch->draining)
		return;
	while (fetch->jobs != NULL) {
		struct job *job = fetch->jobs;

		fetch->jobs = job->next;
		(void)curl_multi_remove_handle(
		    fetch->multi, transfer_handle(job->transfer));
		job_free(job);
	}
	(void)curl_multi_cleanup(fetch->multi);
	loop_timer_stop(fetch->loop, &fetch->timer);
	curl_global_cleanup();
	free(fetch);
}

int
fetch_get(struct fetch *fetch, const struct fetch_request *request,
    fetch_fn *fn, void *arg, struct err *err)
{
	struct job *job = calloc(1, sizeof(*job));

	if (job == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	if (transfer_new(&job->transfer, &fetch->rules, request, err) != 0) {
		free(job);
		return -1;
	}
	job->fetch = fetch;
	job->fn = fn;
	job->arg = arg;
	job->next = fetch->jobs;
	fetch->jobs = job;
	if (curl_easy_setopt(transfer_handle(job->transfer), CURLOPT_PRIVATE,
		job) != CURLE_OK ||
	    start(job, err) != 0) {
		detach(job);
		job_free(job);
		return err_set(err, ERR_SYSTEM, "cannot start a transfer");
	}
	return 0;
}
