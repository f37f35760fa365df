/* SPDX-License-Identifier: ISC */
#include "web/listen.h"

#include "base/codec.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#define BACKLOG      256
#define INHERITED_FD 3 /* sd_listen_fds(3): the first one */
#define HOST_SIZE    256

/* LISTEN_PID guards against a variable that was meant for our parent. Both
 * are removed, so that no child takes them for its own. */
static int
inherited(bool *out, struct err *err)
{
	const char *pid = getenv("LISTEN_PID");
	const char *fds = getenv("LISTEN_FDS");
	int64_t wanted = 0;
	int64_t count = 0;

	*out = false;
	if (pid == NULL || fds == NULL ||
	    !codec_int(&wanted, pid, 1, INT32_MAX) || wanted != getpid())
		return 0;
	if (!codec_int(&count, fds, 1, 1)) {
		return err_set(err, ERR_CONFIG,
		    "LISTEN_FDS is '%s', but the web role takes one socket: "
		    "give its .socket unit one ListenStream",
		    fds);
	}
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	*out = true;
	return 0;
}

static int
take_inherited(struct listen_socket *out, struct err *err)
{
	struct sockaddr_storage name;
	socklen_t len = sizeof(name);
	int accepts = 0;
	socklen_t size = sizeof(accepts);

	if (getsockopt(INHERITED_FD, SOL_SOCKET, SO_ACCEPTCONN, &accepts,
		&size) != 0 ||
	    getsockname(INHERITED_FD, (struct sockaddr *)&name, &len) != 0)
		return err_errno(err, "inherited descriptor %d", INHERITED_FD);
	if (!accepts) {
		return err_set(err, ERR_CONFIG,
		    "inherited descriptor %d does not listen: use "
		    "Accept=no and ListenStream in its .socket unit",
		    INHERITED_FD);
	}
	if (fcntl(INHERITED_FD, F_SETFD, FD_CLOEXEC) != 0 ||
	    fcntl(INHERITED_FD, F_SETFL, O_NONBLOCK) != 0)
		return err_errno(err, "inherited descriptor %d", INHERITED_FD);
	out->fd = INHERITED_FD;
	out->local = name.ss_family == AF_UNIX;
	return 0;
}

static int
new_socket(int family, struct err *err)
{
	int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return err_errno(err, "cannot make a socket");
	return fd;
}

/* Removes what a dead process left behind. A socket that somebody listens on
 * stays, and so does a file that is no socket. */
static int
remove_stale(const struct sockaddr_un *name, struct err *err)
{
	struct stat st;
	int refused;
	int fd;

	if (lstat(name->sun_path, &st) != 0) {
		return errno == ENOENT
			   ? 0
			   : err_errno(err, "socket '%s'", name->sun_path);
	}
	if (!S_ISSOCK(st.st_mode)) {
		return err_set(err, ERR_CONFIG,
		    "'%s' exists and is not a socket: choose another path for "
		    "web.listen",
		    name->sun_path);
	}
	fd = new_socket(AF_UNIX, err);
	if (fd < 0)
		return -1;
	refused =
	    connect(fd, (const struct sockaddr *)name, sizeof(*name)) != 0 &&
	    errno == ECONNREFUSED;
	close(fd);
	if (!refused) {
		return err_set(err, ERR_CONFIG,
		    "another process listens on '%s': stop it first",
		    name->sun_path);
	}
	if (unlink(name->sun_path) != 0) {
		return err_errno(
		    err, "cannot replace socket '%s'", name->sun_path);
	}
	return 0;
}

static int
open_unix(struct listen_socket *out, const char *path, struct err *err)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	bool bound = false;
	int fd;

	if (*path == '\0' ||
	    !str_fit(name.sun_path, sizeof(name.sun_path), path)) {
		return err_set(err, ERR_CONFIG,
		    "a socket's path has 1 to %zu bytes, not '%s'",
		    sizeof(name.sun_path) - 1, path);
	}
	if (remove_stale(&name, err) != 0)
		return -1;
	fd = new_socket(AF_UNIX, err);
	if (fd < 0)
		return -1;
	/* The mode is set before anybody can connect: bound, but not yet
	 * listening. */
	bound = bind(fd, (struct sockaddr *)&name, sizeof(name)) == 0;
	if (!bound || chmod(path, 0660) != 0 || listen(fd, BACKLOG) != 0)
		goto undo;
	out->fd = fd;
	out->local = true;
	memcpy(out->path, name.sun_path, sizeof(out->path));
	return 0;
undo:
	(void)err_errno(err, "cannot listen on '%s'", path);
	if (bound)
		(void)unlink(path);
	close(fd);
	return -1;
}

/* "host:port" or "[v6]:port", taken apart. */
static bool
split(char host[HOST_SIZE], const char **port, const char *where)
{
	const char *colon = strrchr(where, ':');
	size_t len;
	int64_t number;

	if (colon == NULL || !codec_int(&number, colon + 1, 0, 65535))
		return false;
	*port = colon + 1;
	len = (size_t)(colon - where);
	if (len > 1 && where[0] == '[' && where[len - 1] == ']') {
		where++;
		len -= 2;
	} else if (memchr(where, ':', len) != NULL) {
		return false; /* an IPv6 address needs its brackets */
	}
	if (len == 0 || len >= HOST_SIZE)
		return false;
	memcpy(host, where, len);
	host[len] = '\0';
	return true;
}

static int
open_host(struct listen_socket *out, const char *where, struct err *err)
{
	const struct addrinfo hints = {.ai_flags = AI_PASSIVE | AI_NUMERICSERV,
	    .ai_socktype = SOCK_STREAM};
	struct addrinfo *found = NULL;
	char host[HOST_SIZE];
	const char *port;
	const int on = 1;
	int fd = -1;
	int rc;

	if (!split(host, &port, where)) {
		return err_set(err, ERR_CONFIG,
		    "'%s' is neither host:port nor [v6]:port nor unix:/path",
		    where);
	}
	rc = getaddrinfo(host, port, &hints, &found);
	if (rc != 0) {
		return err_set(
		    err, ERR_CONFIG, "host '%s': %s", host, gai_strerror(rc));
	}
	fd = new_socket(found->ai_family, err);
	if (fd < 0)
		goto undo;
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
	    bind(fd, found->ai_addr, found->ai_addrlen) != 0 ||
	    listen(fd, BACKLOG) != 0) {
		(void)err_errno(err, "cannot listen on '%s'", where);
		goto undo;
	}
	freeaddrinfo(found);
	out->fd = fd;
	return 0;
undo:
	if (fd >= 0)
		close(fd);
	freeaddrinfo(found);
	return -1;
}

int
listen_open(struct listen_socket *out, const char *where, struct err *err)
{
	static const char prefix[] = "unix:";
	struct listen_socket made = {.fd = -1};
	bool given;
	int rc;

	if (inherited(&given, err) != 0)
		return -1;
	made.given = given;
	(void)str_fit(made.where, sizeof(made.where), where);
	if (given) {
		rc = take_inherited(&made, err);
	} else if (str_starts(where, prefix)) {
		rc = open_unix(&made, where + sizeof(prefix) - 1, err);
	} else {
		rc = open_host(&made, where, err);
	}
	if (rc == 0)
		*out = made;
	return rc;
}

static int
share(struct listen_socket *out, const struct listen_socket *former,
    struct err *err)
{
	int fd = fcntl(former->fd, F_DUPFD_CLOEXEC, 0);

	if (fd < 0)
		return err_errno(err, "cannot share a socket");
	*out = *former;
	out->fd = fd;
	out->path[0] = '\0';
	return 0;
}

int
listen_reopen(struct listen_socket *out, const struct listen_socket *former,
    const char *where, struct err *err)
{
	struct err why = ERR_INIT;

	if (former->given || str_eq(former->where, where))
		return share(out, former, err);
	if (listen_open(out, where, &why) == 0)
		return 0;
	if (share(out, former, err) != 0)
		return -1;
	*err = why;
	return 1;
}

void
listen_hand_over(struct listen_socket *to, struct listen_socket *former)
{
	if (!str_eq(to->where, former->where))
		return;
	memcpy(to->path, former->path, sizeof(to->path));
	former->path[0] = '\0';
}

void
listen_close(struct listen_socket *socket)
{
	if (socket->path[0] != '\0')
		(void)unlink(socket->path);
	socket->path[0] = '\0';
	if (socket->fd >= 0)
		close(socket->fd);
	socket->fd = -1;
}
