/* SPDX-License-Identifier: ISC */
/* Every fault at every phase, played by a server in a child process. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/clock.h"
#include "base/str.h"
#include "mail/smtp.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
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
 * and at its end the connection is closed. One connection per script.
 */
struct server {
	pid_t pid;
	int port;
	struct heard {
		size_t len;
		char bytes[HEARD_MAX];
	} * heard;
};

struct ear {
	int fd;
	size_t at, len;
	char bytes[65536];
	struct heard *heard;
};

static bool
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

static bool
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

static bool
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

static bool
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
	default: pause(); return false;
	}
}

static void
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

static void
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
static bool
stop(struct server *server, bool by_force)
{
	int status = 0;

	if (by_force)
		kill(server->pid, SIGKILL);
	waitpid(server->pid, &status, 0);
	return by_force || (WIFEXITED(status) && WEXITSTATUS(status) == 0);
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

static void
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

static void
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

static void
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

static int
make_loop(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	return loop_new(&loop, &err);
}

static int
free_loop(void **state)
{
	(void)state;
	loop_free(loop);
	return 0;
}

static struct smtp *
relay_at(int port)
{
	char url[64];
	struct err err = ERR_INIT;
	struct smtp_relay relay = {.url = url,
	    .tls = SMTP_TLS_NONE,
	    .ca_file = "",
	    .user = "",
	    .password = "",
	    .hello = "client.example"};
	struct smtp *smtp;

	snprintf(url, sizeof(url), "smtp://127.0.0.1:%d", port);
	assert_int_equal(smtp_new(&smtp, loop, &relay, &EVENTS, &err), 0);
	return smtp;
}

static void
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

enum fault { F421, F450, F550, CLOSE, GARBAGE, HALF, STALL, FAULTS };

static const char *const FAULT[FAULTS][3] = {
    [F421] = {">421 4.3.2 going down", "!"},
    [F450] = {">450 4.2.1 later"},
    [F550] = {">550 5.1.1 never"},
    [CLOSE] = {NULL},
    [GARBAGE] = {">HTTP/1.1 400 Bad Request", "!"},
    [HALF] = {"+250-half a re"},
    [STALL] = {"!"},
};

/* Up to where the fault is put, without and with PIPELINING. */
static const char *const BEFORE[][2][12] = {
    [SMTP_CONNECT] = {{NULL}, {NULL}},
    [SMTP_IDLE] = {{"<MAIL", ">250 ok", "<RCPT", ">250 ok", "<DATA", ">354 go",
		       ".", ">250 ok"},
	{"<MAIL", "<RCPT", "<DATA", ">250 ok", ">250 ok", ">354 go", ".",
	    ">250 ok"}},
    [SMTP_MAIL] = {{"<MAIL"}, {"<MAIL", "<RCPT", "<DATA"}},
    [SMTP_RCPT] = {{"<MAIL", ">250 ok", "<RCPT"},
	{"<MAIL", "<RCPT", "<DATA", ">250 ok"}},
    [SMTP_DATA] = {{"<MAIL", ">250 ok", "<RCPT", ">250 ok", "<DATA"},
	{"<MAIL", "<RCPT", "<DATA", ">250 ok", ">250 ok"}},
    [SMTP_BODY] = {{"<MAIL", ">250 ok", "<RCPT", ">250 ok", "<DATA", ">354 go"},
	{"<MAIL", "<RCPT", "<DATA", ">250 ok", ">250 ok", ">354 go"}},
    [SMTP_DOT] =
	{{"<MAIL", ">250 ok", "<RCPT", ">250 ok", "<DATA", ">354 go", "."},
	    {"<MAIL", "<RCPT", "<DATA", ">250 ok", ">250 ok", ">354 go", "."}},
    [SMTP_RSET] = {{"<MAIL", ">250 ok", "<RCPT", ">550 5.1.1 no", "<RSET"},
	{"<MAIL", "<RCPT", "<DATA", ">250 ok", ">550 5.1.1 no", ">503 no",
	    "<RSET"}},
    [SMTP_QUIT] = {{"<QUIT"}, {"<QUIT"}},
};

/* What follows a refusal that leaves the connection usable. */
static const char *const AFTER[][2][8] = {
    [SMTP_MAIL] = {{"<RSET", ">250 ok", "<QUIT", ">221 bye"},
	{">503 no", ">503 no", "<RSET", ">250 ok", "<QUIT", ">221 bye"}},
    [SMTP_RCPT] = {{"<RSET", ">250 ok", "<QUIT", ">221 bye"},
	{">503 no", "<RSET", ">250 ok", "<QUIT", ">221 bye"}},
    [SMTP_DATA] = {{"<RSET", ">250 ok", "<QUIT", ">221 bye"},
	{"<RSET", ">250 ok", "<QUIT", ">221 bye"}},
    [SMTP_BODY] = {{NULL}, {NULL}},
    [SMTP_DOT] = {{"<QUIT", ">221 bye"}, {"<QUIT", ">221 bye"}},
};

#define S  SMTP_SENT
#define D  SMTP_DEFERRED
#define F  SMTP_FAILED
#define U  SMTP_UNKNOWN
#define R  SMTP_RELAY
#define NO -1 /* no result */

/* The outcome of the message; `kept` faults leave the connection in use. */
/* clang-format off */
static const struct {
	enum smtp_phase phase;
	int outcome[FAULTS];
	unsigned kept; /* bits of enum fault */
} FAULT_ROWS[] = {
	/*               421 450 550 close garbage half stall */
	{SMTP_CONNECT, {NO, NO, NO, NO,   NO,     NO,  NO}, 0},
	{SMTP_IDLE,    {S,  S,  S,  S,    S,      S,   S},  0},
	{SMTP_MAIL,    {R,  R,  R,  D,    R,      D,   D},  1 << F450 | 1 << F550},
	{SMTP_RCPT,    {R,  D,  F,  D,    R,      D,   D},  1 << F450 | 1 << F550},
	{SMTP_DATA,    {R,  D,  F,  D,    R,      D,   D},  1 << F450 | 1 << F550},
	{SMTP_BODY,    {R,  D,  F,  D,    R,      D,   D},  0},
	{SMTP_DOT,     {R,  D,  F,  U,    U,      U,   U},  1 << F450 | 1 << F550},
	{SMTP_RSET,    {F,  F,  F,  F,    F,      F,   F},  0},
	{SMTP_QUIT,    {NO, NO, NO, NO,   NO,     NO,  NO}, 0},
};
/* clang-format on */

static const int CODE[FAULTS] = {[F421] = 421, [F450] = 450, [F550] = 550};

static void
add(const char **script, size_t *n, const char *const *steps)
{
	for (; *steps != NULL; steps++) {
		assert_true(*n < STEPS_MAX - 1);
		script[(*n)++] = *steps;
	}
}

static struct smtp_message
long_message(void)
{
	static char data[8 * 1024 * 1024];

	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = i % 64 == 62 ? '\r' : i % 64 == 63 ? '\n' : 'x';
	return (struct smtp_message){
	    "b@example.org", "r@example.net", data, sizeof(data)};
}

static void
play_fault(enum smtp_phase phase, enum fault fault, bool pipelined, int outcome,
    bool kept)
{
	static const char *const greeting[] = {">220 hi", "<EHLO client", NULL};
	static const char *const offer[] = {
	    ">250-relay", ">250 PIPELINING", NULL};
	static const char *const plain[] = {">250 relay", NULL};
	static const char *const still[] = {"~", NULL};
	const char *script[STEPS_MAX] = {NULL};
	size_t n = 0;
	struct server server;
	struct seen seen = {.stay = phase == SMTP_IDLE};
	struct smtp_message message =
	    phase == SMTP_BODY ? long_message() : SHORT;
	struct smtp *smtp;
	struct smtp_conn *conn;
	struct err err = ERR_INIT;
	bool force = phase == SMTP_BODY && fault != CLOSE;

	if (phase != SMTP_CONNECT) {
		add(script, &n, greeting);
		add(script, &n, pipelined ? offer : plain);
		add(script, &n, BEFORE[phase][pipelined]);
	}
	if (!force || fault != STALL)
		add(script, &n, FAULT[fault]);
	if (force) {
		n -= str_eq(script[n - 1], "!") ? 1 : 0;
		add(script, &n, still);
	}
	if (kept)
		add(script, &n, AFTER[phase][pipelined]);
	script[n] = NULL;
	if (phase >= SMTP_IDLE && phase < SMTP_QUIT) {
		seen.messages = &message;
		seen.count = 1;
	}

	start(&server, script);
	smtp = relay_at(server.port);
	if (fault == STALL || force)
		smtp_set_patience(smtp, phase, 40);
	assert_int_equal(smtp_open(smtp, &seen, &conn, &err), 0);
	run(&seen);
	smtp_free(smtp);
	if (!stop(&server, force))
		fail_msg("phase %d fault %d: the server heard other things",
		    phase, fault);

	if (seen.closed != 1)
		fail_msg("phase %d fault %d: not closed", phase, fault);
	assert_int_equal(seen.results, outcome == NO ? 0 : 1);
	if (outcome != NO)
		assert_int_equal(seen.result.outcome, outcome);
	if (outcome != NO && phase != SMTP_RSET && phase != SMTP_IDLE) {
		assert_int_equal(seen.result.phase, phase);
		assert_int_equal(seen.result.code, CODE[fault]);
		assert_true(seen.result.text[0] != '\0');
	}
	assert_int_equal(seen.why.outcome,
	    kept || phase == SMTP_QUIT ? SMTP_SENT : SMTP_RELAY);
	if (!kept && phase != SMTP_QUIT) {
		assert_int_equal(seen.why.phase, phase);
		assert_int_equal(seen.why.code, CODE[fault]);
		assert_true(seen.why.text[0] != '\0');
	}
	/* A relay may speak out of turn before ready() was told. */
	if (phase != SMTP_IDLE)
		assert_int_equal(seen.ready, phase == SMTP_CONNECT ? 0
					     : kept                ? 2
								   : 1);
	munmap(server.heard, sizeof(*server.heard));
}

static void
test_faults(void **state)
{
	size_t rows = sizeof(FAULT_ROWS) / sizeof(*FAULT_ROWS);

	(void)state;
	for (size_t row = 0; row < rows; row++)
		for (int fault = 0; fault < FAULTS; fault++)
			for (int pipelined = 0; pipelined < 2; pipelined++)
				play_fault(FAULT_ROWS[row].phase, fault,
				    pipelined, FAULT_ROWS[row].outcome[fault],
				    FAULT_ROWS[row].kept >> fault & 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_faults),
	};

	return cmocka_run_group_tests(tests, make_loop, free_loop);
}
