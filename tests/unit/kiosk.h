/* SPDX-License-Identifier: ISC */
/*
 * kiosk - a web server for the tests of flow: a child process that says to
 * every request what the test has put on its shelf, and keeps the last one.
 *
 * Comes after press.h.
 */
#ifndef NASHRA_TESTS_KIOSK_H
#define NASHRA_TESTS_KIOSK_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

struct kiosk_shelf {
	char response[200000]; /* "": hangs up */
	char request[8192];
	int served;
};

struct kiosk {
	pid_t pid;
	int port;
	struct kiosk_shelf *shelf; /* shared with the child */
};

static inline void
kiosk_serve(int fd, struct kiosk_shelf *shelf)
{
	size_t n = 0;

	while (n < sizeof(shelf->request) - 1) {
		ssize_t got = read(
		    fd, shelf->request + n, sizeof(shelf->request) - 1 - n);

		if (got <= 0)
			break;
		n += (size_t)got;
		shelf->request[n] = '\0';
		if (strstr(shelf->request, "\r\n\r\n") != NULL)
			break;
	}
	shelf->served++;
	n = strlen(shelf->response);
	for (size_t at = 0; at < n;) {
		ssize_t put = write(fd, shelf->response + at, n - at);

		if (put <= 0)
			break;
		at += (size_t)put;
	}
	close(fd);
}

static inline void
kiosk_open(struct kiosk *kiosk)
{
	struct sockaddr_in at = {
	    .sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
	socklen_t len = sizeof(at);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(bind(fd, (struct sockaddr *)&at, len), 0);
	assert_int_equal(listen(fd, 16), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&at, &len), 0);
	kiosk->port = ntohs(at.sin_port);
	kiosk->shelf = mmap(NULL, sizeof(*kiosk->shelf), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(kiosk->shelf != MAP_FAILED);
	kiosk->pid = fork();
	assert_true(kiosk->pid >= 0);
	if (kiosk->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		signal(SIGPIPE, SIG_IGN);
		for (;;)
			kiosk_serve(accept(fd, NULL, NULL), kiosk->shelf);
	}
	close(fd);
}

static inline void
kiosk_close(struct kiosk *kiosk)
{
	kill(kiosk->pid, SIGKILL);
	waitpid(kiosk->pid, NULL, 0);
	munmap(kiosk->shelf, sizeof(*kiosk->shelf));
}

/* What is said from now on; `headers` are whole lines. */
static inline void
kiosk_put(struct kiosk *kiosk, const char *status, const char *headers,
    const char *body)
{
	assert_true(
	    snprintf(kiosk->shelf->response, sizeof(kiosk->shelf->response),
		"HTTP/1.1 %s\r\nConnection: close\r\n%s"
		"Content-Length: %zu\r\n\r\n%s",
		status, headers, strlen(body),
		body) < (int)sizeof(kiosk->shelf->response));
}

#endif
