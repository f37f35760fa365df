/* SPDX-License-Identifier: ISC */
/*
 * held - a connection of libmicrohttpd that stands still, so that code which
 * only looks at a request's header can be called on it again and again.
 */
#ifndef NASHRA_TESTS_HELD_H
#define NASHRA_TESTS_HELD_H

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

struct held {
	struct MHD_Daemon *daemon;
	struct MHD_Connection *connection;
	int fd;
};

static inline enum MHD_Result
held_request(void *arg, struct MHD_Connection *connection, const char *url,
    const char *method, const char *version, const char *upload,
    size_t *upload_size, void **state)
{
	struct held *held = arg;

	(void)url;
	(void)method;
	(void)version;
	(void)upload;
	(void)upload_size;
	(void)state;
	if (held->connection != NULL)
		return MHD_NO;
	held->connection = connection;
	MHD_suspend_connection(connection);
	return MHD_YES;
}

/* `type` "": no Content-Type. */
static inline bool
held_open(struct held *held, const char *type)
{
	const struct sockaddr_in from = {
	    .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char request[512];
	int fds[2];
	int len;

	*held = (struct held){.fd = -1};
	len = snprintf(request, sizeof(request),
	    "POST / HTTP/1.1\r\nHost: h\r\n%s%s%sContent-Length: 9\r\n\r\n",
	    *type != '\0' ? "Content-Type: " : "", type,
	    *type != '\0' ? "\r\n" : "");
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) != 0)
		return false;
	held->fd = fds[1];
	held->daemon = MHD_start_daemon(
	    MHD_USE_EPOLL | MHD_USE_NO_LISTEN_SOCKET | MHD_ALLOW_SUSPEND_RESUME,
	    0, NULL, NULL, held_request, held, MHD_OPTION_END);
	if (held->daemon == NULL ||
	    write(held->fd, request, (size_t)len) != len ||
	    MHD_add_connection(held->daemon, fds[0],
		(const struct sockaddr *)&from, sizeof(from)) != MHD_YES)
		return false;
	for (int i = 0; i < 10 && held->connection == NULL; i++)
		(void)MHD_run(held->daemon);
	return held->connection != NULL;
}

static inline void
held_close(struct held *held)
{
	if (held->connection != NULL)
		MHD_resume_connection(held->connection);
	if (held->daemon != NULL)
		MHD_stop_daemon(held->daemon);
	if (held->fd >= 0)
		close(held->fd);
}

#endif
