/* SPDX-License-Identifier: ISC */
/*
 * office - a post office for the tests of flow: an SMTP server on the test's
 * own loop, so that a test can look at the database at the very moment when a
 * line arrives, and decide what is said to it.
 *
 * Comes after press.h.
 */
#ifndef NASHRA_TESTS_OFFICE_H
#define NASHRA_TESTS_OFFICE_H

#include "base/loop.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <sys/socket.h>

#define OFFICE_DESKS 64
#define OFFICE_MAILS 1024
#define OFFICE_LINE  1100

enum office_point { OFFICE_MAIL, OFFICE_RCPT, OFFICE_DATA, OFFICE_DOT };

struct office;

/* One connection. */
struct office_desk {
	struct office *office;
	int fd;
	bool in_body;
	bool waits; /* its reply is held back */
	int mails;  /* taken here */
	char sender[300], recipient[300];
	char before[300]; /* the recipient of the last message here */
	char line[OFFICE_LINE];
	size_t len;
	struct str body;
};

/* What was taken. */
struct office_mail {
	char sender[300], recipient[300];
	char *body;
};

/* What to say to a line; NULL: yes. "" closes without a word; "~" says
 * nothing until office_go_on(). */
typedef const char *
office_fn(struct office_desk *desk, enum office_point point, void *arg);

struct office {
	struct loop *loop;
	int listener, port;
	office_fn *fn;
	void *arg;
	int per_connection; /* closes after so many messages; 0 never */
	int limit;          /* of connections at a time; 0 none */
	bool pipelining;
	int opened; /* connections so far */
	int most;   /* at a time */
	int open;
	int mails; /* taken, all told */
	struct office_mail mail[OFFICE_MAILS];
	struct office_desk desks[OFFICE_DESKS];
};

static inline void
office_leave(struct office_desk *desk)
{
	if (desk->fd < 0)
		return;
	loop_forget(desk->office->loop, desk->fd);
	close(desk->fd);
	str_release(&desk->body);
	desk->fd = -1;
	desk->office->open--;
}

static inline void
office_say(struct office_desk *desk, const char *text)
{
	char line[600];
	int n = snprintf(line, sizeof(line), "%s\r\n", text);

	/* a loopback socket has room for a line; who hung up hears nothing */
	if (send(desk->fd, line, (size_t)n, MSG_NOSIGNAL) != n)
		office_leave(desk);
}

static inline void
office_take(struct office_desk *desk)
{
	struct office *office = desk->office;
	struct office_mail *mail = &office->mail[office->mails];

	assert_true(office->mails < OFFICE_MAILS);
	office->mails++;
	desk->mails++;
	(void)snprintf(mail->sender, sizeof(mail->sender), "%s", desk->sender);
	(void)snprintf(
	    mail->recipient, sizeof(mail->recipient), "%s", desk->recipient);
	mail->body = str_take(&desk->body);
}

/* Says yes, and what follows from it. */
static inline void
office_agree(struct office_desk *desk, enum office_point point)
{
	static const char *const yes[] = {[OFFICE_MAIL] = "250 2.1.0 ok",
	    [OFFICE_RCPT] = "250 2.1.5 ok",
	    [OFFICE_DATA] = "354 go on",
	    [OFFICE_DOT] = "250 2.0.0 taken"};

	if (point == OFFICE_DATA)
		desk->in_body = true;
	if (point == OFFICE_DOT)
		office_take(desk);
	office_say(desk, yes[point]);
	if (desk->fd >= 0 && point == OFFICE_DOT &&
	    desk->office->per_connection == desk->mails)
		office_leave(desk);
}

static inline void
office_answer(struct office_desk *desk, enum office_point point)
{
	struct office *office = desk->office;
	const char *say =
	    office->fn != NULL ? office->fn(desk, point, office->arg) : NULL;

	if (point == OFFICE_DOT) {
		desk->in_body = false;
		(void)snprintf(
		    desk->before, sizeof(desk->before), "%s", desk->recipient);
	}
	if (say == NULL) {
		office_agree(desk, point);
		return;
	}
	if (str_eq(say, "~"))
		desk->waits = true;
	else if (say[0] == '\0')
		office_leave(desk);
	else
		office_say(desk, say);
}

/* What stands between < and >. */
static inline void
office_path(const char *line, char out[300])
{
	const char *at = strchr(line, '<');
	size_t n;

	assert_non_null(at);
	n = strcspn(++at, ">");
	assert_true(n < 300);
	memcpy(out, at, n);
	out[n] = '\0';
}

static inline void
office_line(struct office_desk *desk, const char *line)
{
	if (desk->in_body) {
		if (str_eq(line, "."))
			office_answer(desk, OFFICE_DOT);
		else
			str_addf(&desk->body, "%s\r\n",
			    line[0] == '.' ? line + 1 : line);
	} else if (str_starts(line, "EHLO ")) {
		office_say(desk, desk->office->pipelining
				     ? "250-office\r\n250 PIPELINING"
				     : "250 office");
	} else if (str_starts(line, "MAIL FROM:")) {
		office_path(line, desk->sender);
		str_reset(&desk->body);
		office_answer(desk, OFFICE_MAIL);
	} else if (str_starts(line, "RCPT TO:")) {
		office_path(line, desk->recipient);
		office_answer(desk, OFFICE_RCPT);
	} else if (str_eq(line, "DATA")) {
		office_answer(desk, OFFICE_DATA);
	} else if (str_eq(line, "RSET")) {
		office_say(desk, "250 2.0.0 ok");
	} else if (str_eq(line, "QUIT")) {
		office_say(desk, "221 2.0.0 bye");
		office_leave(desk);
	} else {
		fail_msg("office: '%s'", line);
	}
}

static inline void
office_read(void *arg, int fd, unsigned events)
{
	struct office_desk *desk = arg;
	char bytes[16384];
	ssize_t n = recv(fd, bytes, sizeof(bytes), MSG_DONTWAIT);

	(void)events;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		office_leave(desk);
		return;
	}
	for (ssize_t i = 0; i < n && desk->fd >= 0; i++) {
		assert_true(desk->len < sizeof(desk->line));
		desk->line[desk->len++] = bytes[i];
		if (bytes[i] != '\n')
			continue;
		assert_true(desk->len >= 2);
		desk->line[desk->len - 2] = '\0';
		desk->len = 0;
		office_line(desk, desk->line);
	}
}

static inline void
office_greet(void *arg, int fd, unsigned events)
{
	struct office *office = arg;
	struct office_desk *desk = office->desks;
	struct err err = ERR_INIT;

	(void)events;
	while (desk->fd >= 0)
		desk++;
	assert_true(desk < office->desks + OFFICE_DESKS);
	*desk = (struct office_desk){
	    .office = office, .fd = accept(fd, NULL, NULL)};
	assert_true(desk->fd >= 0);
	str_init(&desk->body, (size_t)8 * 1024 * 1024);
	office->opened++;
	office->open++;
	if (office->open > office->most)
		office->most = office->open;
	assert_int_equal(loop_watch(office->loop, desk->fd, LOOP_IN,
			     office_read, desk, &err),
	    0);
	if (office->limit > 0 && office->open > office->limit) {
		office_say(desk, "421 too many connections");
		office_leave(desk);
		return;
	}
	office_say(desk, "220 office");
}

/* Listens, on the port it had before where it had one. */
static inline void
office_unlock(struct office *office)
{
	struct sockaddr_in at = {.sin_family = AF_INET,
	    .sin_port = htons((uint16_t)office->port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(at);
	struct err err = ERR_INIT;
	int yes = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes));
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 64), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	office->port = ntohs(at.sin_port);
	office->listener = fd;
	assert_int_equal(
	    loop_watch(office->loop, fd, LOOP_IN, office_greet, office, &err),
	    0);
}

/* Nobody comes in any more. */
static inline void
office_lock(struct office *office)
{
	if (office->listener < 0)
		return;
	loop_forget(office->loop, office->listener);
	close(office->listener);
	office->listener = -1;
}

static inline void
office_open(struct office *office, struct loop *loop)
{
	*office = (struct office){.loop = loop, .listener = -1};
	for (int i = 0; i < OFFICE_DESKS; i++)
		office->desks[i].fd = -1;
	office_unlock(office);
}

static inline void
office_close(struct office *office)
{
	office_lock(office);
	for (int i = 0; i < OFFICE_DESKS; i++)
		office_leave(&office->desks[i]);
	for (int i = 0; i < office->mails; i++)
		free(office->mail[i].body);
}

/* Desks whose reply is held back. */
static inline int
office_waiting(const struct office *office)
{
	int n = 0;

	for (int i = 0; i < OFFICE_DESKS; i++)
		n += office->desks[i].fd >= 0 && office->desks[i].waits;
	return n;
}

/* Says yes to them all; they were at that point. */
static inline void
office_go_on(struct office *office, enum office_point point)
{
	for (int i = 0; i < OFFICE_DESKS; i++) {
		struct office_desk *desk = &office->desks[i];

		if (desk->fd < 0 || !desk->waits)
			continue;
		desk->waits = false;
		office_agree(desk, point);
	}
}

/* How many messages that address got. */
static inline int
office_got(const struct office *office, const char *recipient)
{
	int n = 0;

	for (int i = 0; i < office->mails; i++)
		n += str_eq(office->mail[i].recipient, recipient);
	return n;
}

#endif
