/* SPDX-License-Identifier: ISC */
#include "base/watch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char folder[] = "/tmp/watch-test-XXXXXX";
static char path[64], beside[64];
static struct loop *loop;
static int told;

static void
on_write(void *arg)
{
	(void)arg;
	told++;
}

/* A byte, as another process would write it. */
static void
write_to(const char *where)
{
	int fd = open(where, O_WRONLY | O_CREAT | O_APPEND, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "x", 1), 1);
	close(fd);
}

static int
setup(void **state)
{
	struct err err = ERR_INIT;

	(void)state;
	if (mkdtemp(folder) == NULL)
		return -1;
	snprintf(path, sizeof(path), "%s/file", folder);
	snprintf(beside, sizeof(beside), "%s/other", folder);
	write_to(path);
	return loop_new(&loop, &err);
}

static int
teardown(void **state)
{
	(void)state;
	loop_free(loop);
	unlink(path);
	unlink(beside);
	return rmdir(folder);
}

static int
turn(void)
{
	struct err err = ERR_INIT;
	int before = told;

	assert_int_equal(loop_turn(loop, 0, &err), 0);
	return told - before;
}

static void
a_write_is_told(void **state)
{
	struct watch *watch = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    watch_new(&watch, loop, path, on_write, NULL, &err), 0);
	assert_int_equal(turn(), 0);
	write_to(path);
	assert_int_equal(turn(), 1);
	assert_int_equal(turn(), 0);
	for (int i = 0; i < 1000; i++)
		write_to(path);
	assert_int_equal(turn(), 1);
	assert_int_equal(turn(), 0);
	write_to(beside);
	assert_int_equal(turn(), 0);
	/* Gone, it says no more; and is freed all the same. */
	unlink(path);
	(void)turn();
	write_to(path);
	assert_int_equal(turn(), 0);
	watch_free(watch);
	assert_int_equal(turn(), 0);
}

static void
what_is_not_there_is_not_watched(void **state)
{
	struct watch *watch = NULL;
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    watch_new(&watch, loop, "/nowhere/at/all", on_write, NULL, &err),
	    -1);
	assert_int_equal(err.code, ERR_NOTFOUND);
	assert_null(watch);
	watch_free(NULL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_write_is_told),
	    cmocka_unit_test(what_is_not_there_is_not_watched),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
