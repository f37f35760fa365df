/* SPDX-License-Identifier: ISC */
#include "web/listen.h"

#include "base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];
static char path[128];
static char where[160];

static int
setup(void **state)
{
	(void)state;
	(void)str_fit(folder, sizeof(folder), "/tmp/listen-test-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	(void)snprintf(path, sizeof(path), "%s/web.sock", folder);
	(void)snprintf(where, sizeof(where), "unix:%s", path);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(folder);
}

static int
try_connect(void)
{
	struct sockaddr_un name = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	int rc;

	assert_true(str_fit(name.sun_path, sizeof(name.sun_path), path));
	rc = connect(fd, (struct sockaddr *)&name, sizeof(name));
	close(fd);
	return rc;
}

static int
try_open(struct listen_socket *out, const char *at, struct err *err)
{
	int rc = listen_open(out, at, err);

	if (rc != 0)
		assert_true(err->msg[0] != '\0');
	return rc;
}

static const struct {
	const char *where;
	enum err_code code; /* ERR_NONE: it listens */
	int family;
} hosts[] = {
    {"127.0.0.1:0", ERR_NONE, AF_INET},
    {"localhost:0", ERR_NONE, 0},
    {"", ERR_CONFIG, 0},
    {"127.0.0.1", ERR_CONFIG, 0},
    {"127.0.0.1:", ERR_CONFIG, 0},
    {"127.0.0.1:-1", ERR_CONFIG, 0},
    {"127.0.0.1:65536", ERR_CONFIG, 0},
    {"127.0.0.1:80 ", ERR_CONFIG, 0},
    {"127.0.0.1:http", ERR_CONFIG, 0},
    {":80", ERR_CONFIG, 0},
    {"::1:80", ERR_CONFIG, 0},
    {"[::1:80", ERR_CONFIG, 0},
    {"[]:80", ERR_CONFIG, 0},
    {"256.0.0.1.:80", ERR_CONFIG, 0},
    {"unix:", ERR_CONFIG, 0},
    {"unix:/no/such/folder/sock", ERR_NOTFOUND, 0},
    {"unix:/"
     "ppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppppp"
     "ppppppppppppppppppppppppppppppppppp",
	ERR_CONFIG, 0},
};

static void
test_hosts(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(hosts) / sizeof(hosts[0]); i++) {
		struct listen_socket made = {.fd = -1};
		struct err err = ERR_INIT;
		struct sockaddr_storage name;
		socklen_t len = sizeof(name);
		int rc = try_open(&made, hosts[i].where, &err);

		if (err.code != hosts[i].code)
			print_error("%s: %s\n", hosts[i].where, err.msg);
		assert_int_equal(err.code, hosts[i].code);
		if (rc != 0)
			continue;
		assert_false(made.local);
		assert_int_equal(
		    getsockname(made.fd, (struct sockaddr *)&name, &len), 0);
		if (hosts[i].family != 0)
			assert_int_equal(name.ss_family, hosts[i].family);
		assert_true((fcntl(made.fd, F_GETFL) & O_NONBLOCK) != 0);
		assert_true((fcntl(made.fd, F_GETFD) & FD_CLOEXEC) != 0);
		listen_close(&made);
		assert_int_equal(made.fd, -1);
	}
}

static void
test_taken_port(void **state)
{
	struct listen_socket first = {.fd = -1};
	struct listen_socket second = {.fd = -1};
	struct sockaddr_in name;
	socklen_t len = sizeof(name);
	struct err err = ERR_INIT;
	char at[64];

	(void)state;
	assert_int_equal(listen_open(&first, "127.0.0.1:0", &err), 0);
	assert_int_equal(
	    getsockname(first.fd, (struct sockaddr *)&name, &len), 0);
	(void)snprintf(at, sizeof(at), "127.0.0.1:%u", ntohs(name.sin_port));
	assert_int_equal(try_open(&second, at, &err), -1);
	assert_int_equal(second.fd, -1);
	listen_close(&first);
	assert_int_equal(listen_open(&second, at, &err), 0);
	listen_close(&second);
}

/* A listener is handed on, or another one opened beside it. */
static void
test_reopen(void **state)
{
	struct listen_socket first = {.fd = -1};
	struct listen_socket second = {.fd = -1};
	struct listen_socket third = {.fd = -1};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(listen_open(&first, where, &err), 0);
	assert_int_equal(listen_reopen(&second, &first, where, &err), 0);
	assert_int_not_equal(second.fd, first.fd);
	assert_true(second.local);
	/* It came to nothing: the former is as it was. */
	listen_close(&second);
	assert_int_equal(try_connect(), 0);
	assert_int_equal(listen_reopen(&second, &first, where, &err), 0);
	listen_hand_over(&second, &first);
	listen_close(&first);
	assert_int_equal(try_connect(), 0);

	/* What cannot be had leaves what there is, and says so. */
	assert_int_equal(
	    listen_reopen(&third, &second, "unix:/no/such/place", &err), 1);
	assert_int_equal(err.code, ERR_NOTFOUND);
	listen_hand_over(&third, &second);
	listen_close(&second);
	assert_int_equal(try_connect(), 0);
	/* And the next time it may be the one that was asked for, or not. */
	assert_int_equal(listen_reopen(&second, &third, where, &err), 0);
	listen_hand_over(&second, &third);
	listen_close(&third);
	assert_int_equal(try_connect(), 0);

	assert_int_equal(
	    listen_reopen(&third, &second, "127.0.0.1:0", &err), 0);
	assert_false(third.local);
	listen_hand_over(&third, &second);
	assert_string_equal(third.path, "");
	assert_int_equal(try_connect(), 0);
	listen_close(&second);
	assert_int_equal(access(path, F_OK), -1);
	listen_close(&third);
}

static void
test_unix(void **state)
{
	struct listen_socket made = {.fd = -1};
	struct err err = ERR_INIT;
	struct stat st;
	mode_t before = umask(0);

	(void)state;
	assert_int_equal(listen_open(&made, where, &err), 0);
	umask(before);
	assert_true(made.local);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0660);
	assert_int_equal(try_connect(), 0);
	listen_close(&made);
	assert_int_equal(stat(path, &st), -1);
	listen_close(&made); /* nothing left to close */
}

/* Left over by a process that died. */
static void
test_stale(void **state)
{
	struct listen_socket made = {.fd = -1};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(listen_open(&made, where, &err), 0);
	close(made.fd);
	assert_int_equal(try_connect(), -1);
	assert_int_equal(listen_open(&made, where, &err), 0);
	assert_int_equal(try_connect(), 0);
	listen_close(&made);
}

/* Somebody answers on it: it stays theirs, and goes on answering. */
static void
test_alive(void **state)
{
	struct listen_socket first = {.fd = -1};
	struct listen_socket second = {.fd = -1};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(listen_open(&first, where, &err), 0);
	assert_int_equal(try_open(&second, where, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_int_equal(try_connect(), 0);
	listen_close(&first);
}

/* What is no socket is not ours to remove. */
static void
test_file(void **state)
{
	struct listen_socket made = {.fd = -1};
	struct err err = ERR_INIT;
	struct stat st;
	int fd = open(path, O_WRONLY | O_CREAT, 0600);

	(void)state;
	assert_true(fd >= 0);
	close(fd);
	assert_int_equal(try_open(&made, where, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(unlink(path), 0);

	assert_int_equal(symlink("/etc/passwd", path), 0);
	assert_int_equal(try_open(&made, where, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	assert_int_equal(unlink(path), 0);
}

/* -------------------------------------------------- handed over by systemd */

static void
hand_over(int fd, const char *pid, const char *fds)
{
	assert_int_equal(dup2(fd, 3), 3);
	if (fd != 3)
		close(fd);
	assert_int_equal(setenv("LISTEN_PID", pid, 1), 0);
	assert_int_equal(setenv("LISTEN_FDS", fds, 1), 0);
}

static void
test_inherited(void **state)
{
	struct listen_socket given = {.fd = -1};
	struct listen_socket made = {.fd = -1};
	struct listen_socket again = {.fd = -1};
	struct err err = ERR_INIT;
	char pid[32];
	int kept = dup(3); /* what the test runner may have there */

	(void)state;
	(void)snprintf(pid, sizeof(pid), "%d", (int)getpid());

	assert_int_equal(listen_open(&given, where, &err), 0);
	hand_over(given.fd, pid, "1");
	assert_int_equal(listen_open(&made, "127.0.0.1:1", &err), 0);
	assert_int_equal(made.fd, 3);
	assert_true(made.local);
	assert_string_equal(made.path, "");
	/* Whatever the settings say, that is the one. */
	assert_int_equal(listen_reopen(&again, &made, "127.0.0.1:0", &err), 0);
	assert_true(again.local);
	listen_close(&again);
	assert_null(getenv("LISTEN_PID"));
	assert_null(getenv("LISTEN_FDS"));
	assert_int_equal(try_connect(), 0);
	listen_close(&made);
	assert_int_equal(access(path, F_OK), 0); /* systemd's to remove */
	assert_int_equal(unlink(path), 0);

	/* Meant for another process. */
	assert_int_equal(setenv("LISTEN_PID", "1", 1), 0);
	assert_int_equal(setenv("LISTEN_FDS", "1", 1), 0);
	assert_int_equal(listen_open(&made, where, &err), 0);
	assert_string_equal(made.path, path);
	listen_close(&made);

	/* More than one, or what does not listen. */
	hand_over(socket(AF_INET, SOCK_STREAM, 0), pid, "2");
	assert_int_equal(try_open(&made, where, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	hand_over(socket(AF_INET, SOCK_STREAM, 0), pid, "1");
	assert_int_equal(try_open(&made, where, &err), -1);
	assert_int_equal(err.code, ERR_CONFIG);
	close(3);
	assert_int_equal(setenv("LISTEN_PID", pid, 1), 0);
	assert_int_equal(setenv("LISTEN_FDS", "1", 1), 0);
	assert_int_equal(try_open(&made, where, &err), -1);
	unsetenv("LISTEN_PID");
	unsetenv("LISTEN_FDS");
	if (kept >= 0) {
		assert_int_equal(dup2(kept, 3), 3);
		close(kept);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(test_hosts),
	    cmocka_unit_test(test_taken_port),
	    cmocka_unit_test(test_reopen),
	    cmocka_unit_test(test_unix),
	    cmocka_unit_test(test_stale),
	    cmocka_unit_test(test_alive),
	    cmocka_unit_test(test_file),
	    cmocka_unit_test(test_inherited),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
