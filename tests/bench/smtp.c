/* SPDX-License-Identifier: ISC */
/*
 * smtp - messages of 20 KB to Postfix's smtp-sink on loopback, over one and
 * ten connections. The sink takes one core for itself. With arguments, to the
 * relay they name: URL MESSAGES CONNECTIONS [CA_FILE].
 */
#include "mail/smtp.h"
#include "base/clock.h"
#include "base/codec.h"

#include <arpa/inet.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define SINK  "/usr/sbin/smtp-sink"
#define BODY  20000
#define TRIES 200

static char body[BODY];
static const struct smtp_message MESSAGE = {.sender = "b@example.org",
    .recipient = "r@example.net",
    .data = body,
    .len = BODY};

static size_t todo, sent, open_conns, refused;

static void
on_ready(void *arg, struct smtp_conn *conn)
{
	struct err err = ERR_INIT;

	(void)arg;
	if (todo == 0) {
		smtp_close(conn);
		return;
	}
	todo--;
	if (smtp_send(conn, &MESSAGE, &err) != 0) {
		fprintf(stderr, "smtp: %s\n", err.msg);
		exit(1);
	}
}

static void
on_result(void *arg, struct smtp_conn *conn, const struct smtp_result *result)
{
	(void)arg;
	(void)conn;
	if (result->outcome == SMTP_SENT) {
		sent++;
	} else {
		fprintf(stderr, "smtp: %s\n", result->text);
	}
}

static void
on_closed(void *arg, struct smtp_conn *conn, const struct smtp_result *why)
{
	(void)arg;
	(void)conn;
	open_conns--;
	refused += why->outcome == SMTP_RELAY;
}

static const struct smtp_events EVENTS = {on_ready, on_result, on_closed};

static double
cpu_seconds(void)
{
	struct rusage used;

	getrusage(RUSAGE_SELF, &used);
	return (double)used.ru_utime.tv_sec + (double)used.ru_stime.tv_sec +
	       (double)(used.ru_utime.tv_usec + used.ru_stime.tv_usec) / 1e6;
}

/* Sends them all; the seconds it took, below 0 where nobody answers. */
static double
send_all(const struct smtp_relay *relay, size_t messages, size_t conns)
{
	struct err err = ERR_INIT;
	struct loop *loop = NULL;
	struct smtp *smtp = NULL;
	struct smtp_conn *conn;
	int64_t start = clock_mono_ms();

	todo = messages;
	sent = refused = 0;
	if (loop_new(&loop, &err) != 0 ||
	    smtp_new(&smtp, loop, relay, &EVENTS, &err) != 0) {
		fprintf(stderr, "smtp: %s\n", err.msg);
		exit(1);
	}
	for (open_conns = 0; open_conns < conns; open_conns++) {
		if (smtp_open(smtp, NULL, &conn, &err) != 0)
			exit(1);
	}
	while (open_conns > 0) {
		if (loop_turn(loop, -1, &err) != 0)
			exit(1);
	}
	smtp_free(smtp);
	loop_free(loop);
	return refused > 0 ? -1 : (double)(clock_mono_ms() - start) / 1e3;
}

static void
report(const struct smtp_relay *relay, size_t messages, size_t conns)
{
	double cpu = cpu_seconds();
	double wall = send_all(relay, messages, conns);

	cpu = cpu_seconds() - cpu;
	printf("  %zu connections: %zu messages, %.0f/s, %.1f us of CPU each\n",
	    conns, sent, (double)sent / wall, cpu * 1e6 / (double)sent);
}

static int
free_port(void)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);

	if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) != 0 ||
	    getsockname(fd, (struct sockaddr *)&at, &len) != 0)
		exit(1);
	close(fd);
	return ntohs(at.sin_port);
}

static int
run_against_sink(struct smtp_relay *relay)
{
	char address[32];
	char url[48];
	int port = free_port();
	int tries = 0;
	pid_t pid;

	snprintf(address, sizeof(address), "127.0.0.1:%d", port);
	snprintf(url, sizeof(url), "smtp://%s", address);
	relay->url = url;
	pid = fork();
	if (pid == 0) {
		if (geteuid() == 0) {
			execl(SINK, SINK, "-u", "postfix", address, "100",
			    (char *)NULL);
		} else {
			execl(SINK, SINK, address, "100", (char *)NULL);
		}
		_exit(127);
	}
	/* It does not tell when it listens. */
	while (send_all(relay, 1, 1) < 0 && tries < TRIES) {
		poll(NULL, 0, 10);
		tries++;
	}
	if (tries < TRIES) {
		report(relay, 10000, 1);
		report(relay, 20000, 10);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	return tries < TRIES ? 0 : 1;
}

int
main(int argc, char **argv)
{
	struct smtp_relay relay = {.tls = SMTP_TLS_NONE,
	    .ca_file = argc > 4 ? argv[4] : "",
	    .user = "",
	    .password = "",
	    .hello = "bench.example"};
	int64_t messages = 0;
	int64_t conns = 0;

	for (size_t i = 0; i < sizeof(body); i++)
		body[i] = i % 78 == 76 ? '\r' : i % 78 == 77 ? '\n' : 'x';
	memcpy(body + sizeof(body) - 2, "\r\n", 2);
	body[sizeof(body) - 3] = 'x';
	if (argc < 4) {
		if (access(SINK, X_OK) == 0)
			return run_against_sink(&relay);
		printf("  no %s here\n", SINK);
		return 0;
	}
	if (!codec_int(&messages, argv[2], 1, INT32_MAX) ||
	    !codec_int(&conns, argv[3], 1, 1000))
		return 1;
	relay.url = argv[1];
	relay.tls = argc > 4 ? SMTP_TLS_REQUIRED : SMTP_TLS_NONE;
	report(&relay, (size_t)messages, (size_t)conns);
	return 0;
}
