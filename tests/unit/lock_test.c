/* SPDX-License-Identifier: ISC */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/lock.h"

#include "base/uuid.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

static char folder[] = "/tmp/nashra-lock-XXXXXX";
static char path[64];

static int
setup(void **state)
{
	(void)state;
	snprintf(folder, sizeof(folder), "/tmp/nashra-lock-XXXXXX");
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/locks", folder);
	return 0;
}

static int
teardown(void **state)
{
	(void)state;
	return unlink(path) != 0 || rmdir(folder) != 0;
}

static void
must_be_held(int64_t slot, int held)
{
	struct err err = ERR_INIT;

	assert_int_equal(lock_held(path, slot, &err), held);
}

static int
must_take(int64_t slot)
{
	struct err err = ERR_INIT;
	int fd = lock_take(path, slot, &err);

	if (fd < 0)
		fail_msg("%s", err.msg);
	return fd;
}

static void
one_holds_it_until_it_is_closed(void **state)
{
	struct err err = ERR_INIT;
	struct stat st;
	int fd;

	(void)state;
	must_be_held(7, 0);
	fd = must_take(7);
	must_be_held(7, 1);
	assert_int_equal(lock_take(path, 7, &err), -1);
	assert_int_equal(err.code, ERR_TEMP);
	/* looking does not take it away, and opens nothing that stays open */
	must_be_held(7, 1);
	close(fd);
	must_be_held(7, 0);
	fd = must_take(7);
	close(fd);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(st.st_size, 0);
}

static void
each_slot_is_a_lock_of_its_own(void **state)
{
	static const int64_t slots[] = {
	    0, 1, 2, INT64_C(1) << 40, INT64_MAX / 2, INT64_MAX - 1};
	enum { N = sizeof(slots) / sizeof(*slots) };
	int fds[N];

	(void)state;
	for (int i = 0; i < N; i++) {
		must_be_held(slots[i], 0);
		fds[i] = must_take(slots[i]);
	}
	for (int i = 0; i < N; i += 2)
		close(fds[i]);
	for (int i = 0; i < N; i++)
		must_be_held(slots[i], i % 2);
	for (int i = 1; i < N; i += 2)
		close(fds[i]);
}

/* However a process ends, its lock ends with it, and not before. */
static void
it_dies_with_its_process(void **state)
{
	struct err err = ERR_INIT;
	int ready[2];
	char byte;
	pid_t pid;

	(void)state;
	assert_int_equal(pipe(ready), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		close(ready[0]);
		if (lock_take(path, 3, &err) < 0 ||
		    write(ready[1], "x", 1) != 1)
			_exit(1);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	must_be_held(3, 1);
	must_be_held(4, 0);
	assert_int_equal(lock_take(path, 3, &err), -1);
	assert_int_equal(err.code, ERR_TEMP);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	must_be_held(3, 0);
	close(must_take(3));
	close(ready[0]);
}

/* A program that is started from here does not inherit it. */
static void
exec_lets_go_of_it(void **state)
{
	int fd = must_take(5);

	(void)state;
	assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
	close(fd);
}

static void
a_name_has_one_slot_and_another_name_another(void **state)
{
	enum { N = 500 };
	static int64_t slots[N];

	(void)state;
	assert_int_equal(lock_slot("abc"), lock_slot("abc"));
	assert_true(lock_slot("") >= 0);
	for (int i = 0; i < N; i++) {
		char name[UUID_SIZE];

		uuid_new(name);
		slots[i] = lock_slot(name);
		/* an offset that a byte can stand at */
		assert_true(slots[i] >= 0 && slots[i] < INT64_MAX);
		for (int j = 0; j < i; j++)
			assert_true(slots[i] != slots[j]);
	}
	close(must_take(slots[0]));
}

static void
a_place_that_cannot_be_is_named(void **state)
{
	static const char *const places[] = {
	    "/nonexistent/locks", "/tmp", "/dev/null/locks"};
	char other[80];

	(void)state;
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		struct err err = ERR_INIT;

		assert_int_equal(lock_take(places[i], 1, &err), -1);
		assert_true(err.code != ERR_NONE && err.code != ERR_TEMP);
		err = ERR_INIT;
		assert_int_equal(lock_held(places[i], 1, &err), -1);
		assert_true(err.code != ERR_NONE);
	}
	/* a link would let another user choose the file */
	close(must_take(1));
	snprintf(other, sizeof(other), "%s/link", folder);
	assert_int_equal(symlink(path, other), 0);
	for (int i = 0; i < 2; i++) {
		struct err err = ERR_INIT;

		assert_int_equal(i == 0 ? lock_take(other, 1, &err)
					: lock_held(other, 1, &err),
		    -1);
		assert_true(err.code != ERR_NONE);
	}
	unlink(other);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(one_holds_it_until_it_is_closed),
	    TEST(each_slot_is_a_lock_of_its_own),
	    TEST(it_dies_with_its_process),
	    TEST(exec_lets_go_of_it),
	    TEST(a_name_has_one_slot_and_another_name_another),
	    TEST(a_place_that_cannot_be_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
