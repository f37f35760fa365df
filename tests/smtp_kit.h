/* SPDX-License-Identifier: ISC */
/*
 * smtp_kit - what the tests of sending share: a server that plays a script in
 * a child process, real servers as child processes, and callbacks that note
 * what they saw.
 */
#ifndef NASHRA_TESTS_SMTP_KIT_H
#define NASHRA_TESTS_SMTP_KIT_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE /* F_SETPIPE_SZ */
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/str.h"
#include "mail/smtp.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define HEARD_MAX (12u * 1024 * 1024)
#define STEPS_MAX 40
#define PATIENT   10000 /* ms; passes only where a test fails */

/*
 * A script is a list of steps:
 *	">TEXT"	say it and CRLF		"+TEXT"	say it as it is
 *	"<TEXT"	hear a line that starts so
 *	"."	hear up to a line with a lone dot
 *	"!"	hear until the other side closes
 *	"~"	do nothing until killed
 *	"*"	be slow: let 15 ms go by
 * and at its end the connection is closed. One connection per script.
 */
struct heard {
	size_t len;
	char bytes[HEARD_MAX];
};

struct server {
	pid_t pid;
	int port;
	struct heard *heard; /* shared with the child */
};

struct ear {
	int fd;
	size_t at, len;
	char bytes[65536];
	struct heard *heard;
};

static inline bool
hear(struct ear *ear, char *c)
{
	if (ear->at == ear->len) {
		ssize_t n = read(ear->fd, ear->bytes, sizeof(ear->bytes));

		if (n <= 0)
			return false;
		ear->at = 0;
		ear->len = (size_t)n;
	}
	*c = ear->bytes[ear->at++];
	if (ear->heard->len < HEARD_MAX)
		ear->heard->bytes[ear->heard->len++] = *c;
	return true;
}

static inline bool
hear_line(struct ear *ear, const char *starts)
{
	char line[1024];
	size_t n = 0;

	while (n < sizeof(line) - 1 && hear(ear, &line[n]))
		if (line[n++] == '\n')
			break;
	line[n] = '\0';
	if (str_starts(line, starts) && str_ends(line, "\r\n"))
		return true;
	fprintf(stderr, "expected '%s', heard '%s'\n", starts, line);
	return false;
}

static inline bool
hear_body(struct ear *ear)
{
	static const char end[] = "\r\n.\r\n";
	size_t matched = 2; /* an empty body ends at once */
	char c;

	while (matched < 5) {
		if (!hear(ear, &c))
			return false;
		matched = c == end[matched] ? matched + 1 : c == '\r';
	}
	return true;
}

static inline bool
step(struct ear *ear, const char *what)
{
	size_t n = strlen(what + 1);
	char c;

	switch (what[0]) {
	case '>':
		return write(ear->fd, what + 1, n) == (ssize_t)n &&
		       write(ear->fd, "\r\n", 2) == 2;
	case '+': return write(ear->fd, what + 1, n) == (ssize_t)n;
	case '<': return hear_line(ear, what + 1);
	case '.': return hear_body(ear);
	case '!':
		while (hear(ear, &c))
			;
		return true;
	case '*': return poll(NULL, 0, 15) == 0;
	default: pause(); return false;
	}
}

static inline void
play(int listener, struct heard *heard, const char *const *script)
{
	static struct ear ear;
	bool ok = true;
	int yes = 1;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGPIPE, SIG_IGN);
	ear = (struct ear){.fd = accept(listener, NULL, NULL), .heard = heard};
	setsockopt(ear.fd, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof(yes));
	for (; ok && *script != NULL; script++)
		ok = step(&ear, *script);
	close(ear.fd);
	_exit(ok ? 0 : 1);
}

static inline void
start(struct server *server, const char *const *script)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	int small = 4096;

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	server->port = ntohs(at.sin_port);
	server->heard = mmap(NULL, sizeof(*server->heard),
	    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(server->heard != MAP_FAILED);
	server->pid = fork();
	assert_true(server->pid >= 0);
	if (server->pid == 0)
		play(fd, server->heard, script);
	close(fd);
}

/* The child's verdict: whether it heard what its script says. */
static inline bool
stop(struct server *server, bool by_force)
{
	int status = 0;

	if (by_force)
		kill(server->pid, SIGKILL);
	waitpid(server->pid, &status, 0);
	return by_force || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

static inline void
forget(struct server *server)
{
	munmap(server->heard, sizeof(*server->heard));
}

/* Starts a program; what it writes can be read from *out. */
static inline pid_t
spawn(const char *const *argv, int *out)
{
	int ends[2];
	pid_t pid;

	assert_int_equal(pipe(ends), 0);
	fcntl(ends[1], F_SETPIPE_SZ, 1024 * 1024);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(ends[1], STDOUT_FILENO);
		dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
		close(ends[0]);
		execv(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	close(ends[1]);
	*out = ends[0];
	return pid;
}

static inline void
end(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

/* One line without its end; false at the end of the file. */
static inline bool
next_line(int fd, char *line, size_t size)
{
	size_t n = 0;

	while (n < size - 1 && read(fd, line + n, 1) == 1 && line[n] != '\n')
		n++;
	line[n] = '\0';
	return n > 0;
}

/* What the callbacks saw, and what they are to do. */
struct seen {
	const struct smtp_message *messages; /* to be sent, one by one */
	size_t count;
	size_t sent;               /* given to smtp_send() */
	size_t ready;              /* calls */
	size_t results;            /* calls */
	size_t closed;             /* calls */
	struct smtp_result result; /* the first */
	struct smtp_result last;
	struct smtp_result why;
	bool stay; /* do not close when there is nothing to send */
	bool close_early;
	struct err err;
};

static inline void
on_ready(void *arg, struct smtp_conn *conn)
{
	struct seen *seen = arg;

	seen->ready++;
	if (seen->sent < seen->count) {
		assert_int_equal(
		    smtp_send(conn, &seen->messages[seen->sent], &seen->err),
		    0);
		seen->sent++;
		if (seen->close_early)
			smtp_close(conn);
	} else if (!seen->stay) {
		smtp_close(conn);
	}
}

static inline void
on_result(void *arg, struct smtp_conn *conn, const struct smtp_result *result)
{
	struct seen *seen = arg;
	struct err err = ERR_INIT;

	assert_int_equal(seen->closed, 0);
	if (seen->results++ == 0)
		seen->result = *result;
	seen->last = *result;
	/* Not before ready(). */
	assert_int_equal(smtp_send(conn, &seen->messages[0], &err), -1);
	assert_int_equal(err.code, ERR_USAGE);
}

static inline void
on_closed(void *arg, struct smtp_conn *conn, const struct smtp_result *why)
{
	struct seen *seen = arg;
	struct err err = ERR_INIT;

	seen->closed++;
	seen->why = *why;
	smtp_close(conn);
	if (seen->count > 0)
		assert_int_equal(smtp_send(conn, &seen->messages[0], &err), -1);
}

static const struct smtp_events EVENTS = {on_ready, on_result, on_closed};

static struct loop *loop;

static inline int
make_loop(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	return loop_new(&loop, &err);
}

static inline int
free_loop(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static const struct smtp_relay PLAIN = {.tls = SMTP_TLS_NONE,
    .ca_file = "",
    .user = "",
    .password = "",
    .hello = "client.example"};

/* `url` is without the port. */
static inline struct smtp *
relay_like(const struct smtp_relay *like, const char *url, int port)
{
	struct smtp_relay relay = *like;
	char at[64];
	struct err err = ERR_INIT;
	struct smtp *smtp;

	snprintf(at, sizeof(at), "%s:%d", url, port);
	relay.url = at;
	assert_int_equal(smtp_new(&smtp, loop, &relay, &EVENTS, &err), 0);
	return smtp;
}

static inline struct smtp *
relay_at(int port)
{
	return relay_like(&PLAIN, "smtp://127.0.0.1", port);
}

static inline void
run(struct seen *seen)
{
	struct err err = ERR_INIT;
	int64_t end = clock_mono_ms() + PATIENT;

	while (seen->closed == 0 && clock_mono_ms() < end)
		assert_int_equal(loop_turn(loop, PATIENT, &err), 0);
}

#define TEXT(text) .data = (text), .len = sizeof(text) - 1

static const struct smtp_message SHORT = {.sender = "b@example.org",
    .recipient = "r@example.net",
    TEXT("Subject: x\r\n\r\nHello\r\n")};

#endif
