/* SPDX-License-Identifier: ISC */
#include "web/server.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/str.h"
#include "web/door.h"
#include "web/framing.h"
#include "web/listen.h"
#include "web/site.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#define MEMORY         ((size_t)24 * 1024) /* bytes for one connection */
#define TIMEOUT        10U                 /* seconds without a byte */
#define URI_MAX        1024
#define BUSY_PATIENCE  10000 /* ms that a request waits for the database */
#define BUSY_PAUSE     25    /* ms between two tries */
#define RUNS_AT_A_TIME 32    /* then the rest of the loop has its turn */

/* A request, from its first line to its last byte. */
struct call {
	struct server *server;
	struct MHD_Connection *connection;
	struct visit visit;
	struct str body;
	size_t uri_len;
	bool uri_nul; /* "%00", which would hide the rest of the path */
	bool begun;
	bool ours;    /* its turn among those that wait */
	bool waiting; /* suspended, and in the server's queue */
	int64_t deadline;
	struct call *next;
};

struct server {
	struct loop *loop;
	const struct conf *conf;
	struct pages *pages;
	struct site site;
	struct listen_socket socket;
	struct door door;
	struct MHD_Daemon *daemon;
	int epoll;
	struct loop_timer timer; /* when the library wants to run again */
	struct loop_timer retry; /* when the first that waits tries again */
	struct call *waiting;    /* oldest first */
	size_t calls;
	bool left; /* a connection has ended */
	bool draining;
};

/* Lets the library do what is ready, and asks when it wants to go on, so that
 * kept-alive connections end in time. It never says that it could accept again,
 * since one that ended has left a descriptor. */
static void
run(struct server *server)
{
	MHD_UNSIGNED_LONG_LONG ms = 0;
	bool timed = true;

	for (int i = 0; i < RUNS_AT_A_TIME && timed && ms == 0; i++) {
		server->left = false;
		(void)MHD_run(server->daemon);
		timed = MHD_get_timeout(server->daemon, &ms) == MHD_YES ||
			server->left;
		ms = server->left ? 0 : ms;
	}
	if (timed) {
		loop_timer_start(server->loop, &server->timer, (int64_t)ms);
	} else {
		loop_timer_stop(server->loop, &server->timer);
	}
}

static void
on_ready(void *arg, int fd, unsigned events)
{
	(void)fd;
	(void)events;
	run(arg);
}

static void
on_timer(void *arg)
{
	run(arg);
}

static void
wait_turn(struct call *call)
{
	struct server *server = call->server;
	struct call **at = &server->waiting;

	if (call->deadline == 0)
		call->deadline = clock_mono_ms() + BUSY_PATIENCE;
	/* Who had its turn stays the first. */
	while (!call->ours && *at != NULL)
		at = &(*at)->next;
	call->ours = false;
	call->next = *at;
	*at = call;
	call->waiting = true;
	MHD_suspend_connection(call->connection);
	if (!server->retry.armed)
		loop_timer_start(server->loop, &server->retry, BUSY_PAUSE);
}

static void
resume(struct call *call)
{
	struct call **at = &call->server->waiting;

	while (*at != call)
		at = &(*at)->next;
	*at = call->next;
	call->waiting = false;
	MHD_resume_connection(call->connection);
}

/* Only the first of those that wait tries: behind it the others would be as
 * busy, and each try holds the loop for the database's patience. */
static void
on_retry(void *arg)
{
	struct server *server = arg;
	struct call *first = server->waiting;

	if (first == NULL)
		return;
	first->ours = true;
	resume(first);
	run(server);
	if (server->waiting != NULL) {
		loop_timer_start(server->loop, &server->retry,
		    server->waiting == first ? BUSY_PAUSE : 0);
	}
}

static enum MHD_Result
send_answer(struct call *call)
{
	struct answer *answer = &call->visit.answer;

	answer->close = answer->close || call->server->draining;
	return door_send(answer, call->connection) ? MHD_YES : MHD_NO;
}

static enum MHD_Result
refuse(struct call *call, unsigned status, const char *why)
{
	/* What any stranger can send at any speed is not for the journal. */
	log_line(status == 503 ? LOG_WARN : LOG_DEBUG, "refused",
	    "why=%s status=%u", why, status);
	site_refuse(&call->visit, status);
	return send_answer(call);
}

static enum MHD_Result
add_to_framing(void *arg, enum MHD_ValueKind kind, const char *name,
    size_t name_len, const char *value, size_t value_len)
{
	(void)kind;
	/* "Name:" alone has no value at all. */
	framing_add(arg, name, name_len,
	    value != NULL ? value : name + name_len + 1, value_len);
	return MHD_YES;
}

/* Before any of the body is read. MHD_YES without an answer lets it come. */
static enum MHD_Result
begin(struct call *call, const char *version)
{
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
	    call->connection, MHD_CONNECTION_INFO_REQUEST_HEADER_SIZE);
	struct framing framing;

	call->begun = true;
	/* The library counts the size from the method on. */
	framing_begin(&framing, call->visit.method,
	    info != NULL ? info->header_size : 0, version);
	(void)MHD_get_connection_values_n(
	    call->connection, MHD_HEADER_KIND, add_to_framing, &framing);
	/* RFC 9112 11.2: what follows a request of doubtful length is not a
	 * request. */
	call->visit.answer.close = true;
	if (!framing_ok(&framing) || call->uri_nul)
		return refuse(call, 400, "framing");
	if (call->uri_len > URI_MAX)
		return refuse(call, 414, "long-url");
	if (framing.length > FORM_BODY)
		return refuse(call, 413, "long-body");
	call->visit.answer.close = false;
	return MHD_YES;
}

/* The request is here as a whole: for the first time, or again. */
static enum MHD_Result
serve(struct call *call)
{
	struct server *server = call->server;
	struct visit *visit = &call->visit;
	struct err err = ERR_INIT;
	struct form form;

	if (call->deadline != 0 && clock_mono_ms() >= call->deadline)
		return refuse(call, 503, "busy");
	/* Who only reads is not held up by who writes (WAL). */
	if (!call->ours && server->waiting != NULL &&
	    str_eq(visit->method, MHD_HTTP_METHOD_POST)) {
		wait_turn(call);
		return MHD_YES;
	}
	visit->form_bad = form_parse(&form, call->connection, call->body.data,
			      call->body.len, &err) != 0;
	visit->form = &form;
	visit->now = clock_now();
	door_client(&server->door, &visit->client, call->connection);
	if (site_answer(visit, &err) == 0)
		return send_answer(call);
	wait_turn(call);
	return MHD_YES;
}

static enum MHD_Result
/* NOLINTNEXTLINE(readability-function-size): the library's signature */
on_request(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **state)
{
	struct call *call = *state;

	(void)arg;
	(void)connection;
	if (call == NULL)
		return MHD_NO;
	call->visit.method = method;
	call->visit.path = url;
	if (!call->begun)
		return begin(call, version);
	if (*upload_size > 0) {
		str_add_bytes(&call->body, upload, *upload_size);
		*upload_size = 0;
		return MHD_YES;
	}
	return serve(call);
}

/* The library's first word of a request; what is returned is the `state` of
 * all that follows. */
static void *
on_uri(void *arg, const char *uri, struct MHD_Connection *connection)
{
	struct server *server = arg;
	struct call *call = calloc(1, sizeof(*call));

	if (call == NULL)
		return NULL;
	call->server = server;
	call->connection = connection;
	call->uri_len = strlen(uri);
	call->uri_nul = strstr(uri, "%00") != NULL;
	visit_init(&call->visit, &server->site);
	str_init(&call->body, FORM_BODY);
	server->calls++;
	return call;
}

static void
on_completed(void *arg, struct MHD_Connection *connection, void **state,
    enum MHD_RequestTerminationCode code)
{
	struct server *server = arg;
	struct call *call = *state;

	(void)connection;
	(void)code;
	if (call == NULL)
		return;
	visit_release(&call->visit);
	str_release(&call->body);
	free(call);
	*state = NULL;
	server->calls--;
}

static enum MHD_Result
on_accept(void *arg, const struct sockaddr *address, socklen_t len)
{
	(void)len;
	return door_admits(arg, address) ? MHD_YES : MHD_NO;
}

static void
on_connection(void *arg, struct MHD_Connection *connection, void **state,
    enum MHD_ConnectionNotificationCode code)
{
	struct server *server = arg;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		peers_sub(*state);
		server->left = true;
	}
	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*state = door_enter(&server->door, connection);
}

static int
start(struct server *server, struct err *err)
{
	const union MHD_DaemonInfo *info;

	/* clang-format off */
	server->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0,
	    on_accept, &server->door, on_request, server,
	    MHD_OPTION_LISTEN_SOCKET, server->socket.fd,
	    MHD_OPTION_CONNECTION_LIMIT, (unsigned)PEERS,
	    MHD_OPTION_CONNECTION_MEMORY_LIMIT, MEMORY,
	    MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT,
	    MHD_OPTION_STRICT_FOR_CLIENT, 1,
	    MHD_OPTION_URI_LOG_CALLBACK, on_uri, server,
	    MHD_OPTION_NOTIFY_COMPLETED, on_completed, server,
	    MHD_OPTION_NOTIFY_CONNECTION, on_connection, server,
	    MHD_OPTION_END);
	/* clang-format on */
	if (server->daemon == NULL)
		return err_set(err, ERR_SYSTEM, "cannot start the web server");
	info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	server->epoll = info->epoll_fd;
	return loop_watch(
	    server->loop, server->epoll, LOOP_IN, on_ready, server, err);
}

/* Returns as server_new() does. */
static int
listen_there(
    struct server *server, const struct server *former, struct err *err)
{
	const char *where = server->conf->web.listen;
	struct err why = ERR_INIT;
	int rc = former == NULL ? listen_open(&server->socket, where, &why)
				: listen_reopen(&server->socket,
				      &former->socket, where, &why);

	if (rc == 0)
		return 0;
	if (why.code == ERR_CONFIG) {
		(void)conf_fail(err, server->conf, "web.listen", "%s", why.msg);
	} else {
		*err = why;
	}
	return rc;
}

static void
stop_listening(struct server *server)
{
	if (server->draining)
		return;
	server->draining = true;
	if (server->daemon != NULL)
		(void)MHD_quiesce_daemon(server->daemon);
	listen_close(&server->socket);
}

/* What it has counted is not forgotten. */
static void
replace(struct server *server, struct server *former)
{
	server->site.guard = former->site.guard;
	listen_hand_over(&server->socket, &former->socket);
	stop_listening(former);
	run(former);
}

int
server_new(
    struct server **out, const struct server_parts *parts, struct err *err)
{
	struct server *server = calloc(1, sizeof(*server));
	int rc = -1;

	if (server == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	server->loop = parts->loop;
	server->conf = parts->conf;
	server->socket.fd = -1;
	server->epoll = -1;
	server->timer = (struct loop_timer){.fn = on_timer, .arg = server};
	server->retry = (struct loop_timer){.fn = on_retry, .arg = server};
	if (door_check(parts->conf, err) != 0 ||
	    pages_load(&server->pages, parts->conf, err) != 0)
		goto undo;
	rc = listen_there(server, parts->former, err);
	if (rc < 0)
		goto undo;
	server->site.db = parts->db;
	server->site.ring = parts->ring;
	server->site.pages = server->pages;
	server->site.conf = parts->conf;
	server->door.local = server->socket.local;
	server->door.trusted = &parts->conf->web.trusted_proxies;
	if (start(server, err) != 0)
		goto undo;
	if (parts->former != NULL)
		replace(server, parts->former);
	run(server);
	*out = server;
	return rc;
undo:
	server_free(server);
	return -1;
}

bool
server_left(const struct server *server)
{
	return server->calls == 0 && MHD_get_daemon_info(server->daemon,
					 MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
					     ->num_connections == 0;
}

bool
server_drained(struct server *server)
{
	stop_listening(server);
	run(server);
	return server->calls == 0;
}

void
server_free(struct server *server)
{
	if (server == NULL)
		return;
	stop_listening(server);
	loop_timer_stop(server->loop, &server->timer);
	loop_timer_stop(server->loop, &server->retry);
	loop_forget(server->loop, server->epoll);
	while (server->waiting != NULL)
		resume(server->waiting);
	if (server->daemon != NULL)
		MHD_stop_daemon(server->daemon);
	pages_free(server->pages);
	free(server);
}
