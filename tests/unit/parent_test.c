/* SPDX-License-Identifier: ISC */
#include "base/parent.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <sysexits.h>
#include <unistd.h>

/* What the processes of a test tell it, a byte at a time. */
static int said[2];

/* What a parent's hangup is to be. */
static parent_hangup_fn *hangup;

static void
say(char c)
{
	if (write(said[1], &c, 1) != 1)
		abort();
}

static int
setup(void **state)
{
	(void)state;
	hangup = NULL;
	return pipe(said);
}

static int
teardown(void **state)
{
	(void)state;
	return close(said[0]);
}

/* All that was said, until nobody is left who could say more. */
static void
listen_to_the_end(char *out, size_t size)
{
	size_t len = 0;
	ssize_t n;

	close(said[1]);
	while ((n = read(said[0], out + len, size - 1 - len)) > 0)
		len += (size_t)n;
	out[len] = '\0';
}

static void
wait_for(char c)
{
	char got;

	do
		assert_int_equal(read(said[0], &got, 1), 1);
	while (got != c);
}

static void
ended(const char *name, pid_t pid, int status)
{
	(void)pid;
	say(name[0]);
	say(status == 0           ? '0'
	    : status == EX_CONFIG ? 'c'
	    : status == 128 + 9   ? 'k'
				  : '?');
}

/* Runs until SIGTERM comes, as a role does. */
static int
stay(void *arg)
{
	sigset_t set;
	int number;

	(void)arg;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	say('s');
	while (sigwait(&set, &number) == 0 && number != SIGTERM)
		say('h');
	say('t');
	return 0;
}

static int
give_up(void *arg)
{
	(void)arg;
	return EX_CONFIG;
}

static int
die(void *arg)
{
	(void)arg;
	say('d');
	kill(getpid(), SIGKILL);
	return 0;
}

/* Says how often it was asked to, and stops the second time. */
static int
stop_twice(void *arg)
{
	sigset_t set;
	int number;

	(void)arg;
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	say('s');
	for (int n = 0; n < 2 && sigwait(&set, &number) == 0; n++)
		say('t');
	return 0;
}

/* Two children by turns, and now one, now two of them wanted. */
static bool
change_wanted(struct parent *parent)
{
	parent_want(parent, parent->wanted == 1 ? 2 : 1);
	return false;
}

/* Of all its lives, which are processes of their own. */
static int *lives;

/* Works once; then somebody is editing the settings. */
static int
work_once(void *arg)
{
	(void)arg;
	if ((*lives)++ == 0)
		return 1;
	say('w');
	return EX_CONFIG;
}

/* parent_run() in a process of its own, which exits with its answer. */
static pid_t
run(parent_fn *first, parent_fn *second)
{
	static struct parent parent;
	struct err err = ERR_INIT;
	pid_t pid = fork();

	assert_true(pid >= 0);
	if (pid > 0)
		return pid;
	close(said[0]);
	parent = (struct parent){.ended = ended, .hangup = hangup};
	parent_add(&parent, "a", first, NULL);
	if (second != NULL)
		parent_add(&parent, "b", second, NULL);
	if (parent_run(&parent, &err) != 0)
		_exit(99);
	_exit(parent.status);
}

static int
status_of(pid_t pid)
{
	int wstatus;

	assert_int_equal(waitpid(pid, &wstatus, 0), pid);
	return WIFEXITED(wstatus) ? WEXITSTATUS(wstatus) : -1;
}

static size_t
times(const char *text, char c)
{
	size_t n = 0;

	for (; *text != '\0'; text++)
		n += *text == c;
	return n;
}

static void
a_stop_is_handed_on_and_waited_for(void **state)
{
	pid_t pid = run(stay, stay);
	char text[64];

	(void)state;
	wait_for('s');
	wait_for('s');
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(status_of(pid), 0);
	listen_to_the_end(text, sizeof(text));
	assert_int_equal(times(text, 't'), 2);
	assert_non_null(strstr(text, "a0"));
	assert_non_null(strstr(text, "b0"));
}

static void
a_hangup_is_handed_on(void **state)
{
	pid_t pid = run(stay, NULL);
	char text[64];

	(void)state;
	wait_for('s');
	assert_int_equal(kill(pid, SIGHUP), 0);
	wait_for('h');
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(status_of(pid), 0);
	listen_to_the_end(text, sizeof(text));
}

static bool
refuse(struct parent *parent)
{
	(void)parent;
	say('n');
	return false;
}

static void
a_hangup_is_kept_from_them(void **state)
{
	char text[64];
	pid_t pid;

	(void)state;
	hangup = refuse;
	pid = run(stay, NULL);
	wait_for('s');
	assert_int_equal(kill(pid, SIGHUP), 0);
	wait_for('n');
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(status_of(pid), 0);
	listen_to_the_end(text, sizeof(text));
	assert_int_equal(times(text, 'h'), 0);
}

/* Fewer, more, and fewer again: who is not wanted ends and stays away, who is
 * wanted again comes back. */
static void
as_many_as_are_wanted(void **state)
{
	char text[64];
	pid_t pid;

	(void)state;
	hangup = change_wanted;
	pid = run(stay, stay);
	wait_for('s');
	wait_for('s');
	assert_int_equal(kill(pid, SIGHUP), 0);
	wait_for('b'); /* ended */
	wait_for('0');
	assert_int_equal(kill(pid, SIGHUP), 0);
	wait_for('s');
	assert_int_equal(kill(pid, SIGHUP), 0);
	wait_for('b');
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(status_of(pid), 0);
	listen_to_the_end(text, sizeof(text));
	assert_int_equal(times(text, 's'), 0);
	assert_non_null(strstr(text, "a0"));
}

/* Each stop is handed on; but the first one of the parent is not the second of
 * a child that was asked already. */
static void
a_second_stop_is_handed_on(void **state)
{
	static const bool fewer_first[] = {false, true};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		char text[64];
		pid_t pid;

		if (i > 0)
			assert_int_equal(setup(NULL), 0);
		hangup = change_wanted;
		pid = run(stop_twice, stop_twice);
		wait_for('s');
		wait_for('s');
		if (fewer_first[i]) {
			assert_int_equal(kill(pid, SIGHUP), 0);
			wait_for('t');
		}
		assert_int_equal(kill(pid, SIGTERM), 0);
		wait_for('t');
		if (!fewer_first[i])
			wait_for('t');
		assert_int_equal(kill(pid, SIGTERM), 0);
		assert_int_equal(status_of(pid), 0);
		listen_to_the_end(text, sizeof(text));
		assert_int_equal(times(text, 't'), 2);
		if (i == 0)
			close(said[0]);
	}
}

/* Wrong settings stop all of it, with the status that says so. */
static void
who_cannot_work_stops_all(void **state)
{
	pid_t pid = run(give_up, stay);
	char text[64];

	(void)state;
	assert_int_equal(status_of(pid), EX_CONFIG);
	listen_to_the_end(text, sizeof(text));
	assert_non_null(strstr(text, "ac"));
	assert_int_equal(times(text, 'a'), 1);
}

static void
who_is_killed_is_started_again(void **state)
{
	pid_t pid = run(die, NULL);
	char text[64];

	(void)state;
	wait_for('d');
	wait_for('k');
	wait_for('d');
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(status_of(pid), 0);
	listen_to_the_end(text, sizeof(text));
}

/* Whose settings were good once waits for them to be so again, and stops
 * nobody else. */
static void
who_could_work_once_is_started_again(void **state)
{
	char text[64];
	pid_t pid;

	(void)state;
	lives = mmap(NULL, sizeof(*lives), PROT_READ | PROT_WRITE,
	    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(lives != MAP_FAILED);
	pid = run(work_once, stay);
	wait_for('w');
	wait_for('w');
	assert_int_equal(kill(pid, SIGTERM), 0);
	assert_int_equal(status_of(pid), 0);
	listen_to_the_end(text, sizeof(text));
	assert_int_equal(times(text, 't'), 1);
	munmap(lives, sizeof(*lives));
}

/* The pipe ends only when the last of them is gone. */
static void
no_child_outlives_its_parent(void **state)
{
	pid_t pid = run(stay, stay);
	char text[64];

	(void)state;
	wait_for('s');
	wait_for('s');
	assert_int_equal(kill(pid, SIGKILL), 0);
	(void)status_of(pid);
	listen_to_the_end(text, sizeof(text));
	assert_int_equal(times(text, 't'), 2);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(a_stop_is_handed_on_and_waited_for),
	    TEST(a_hangup_is_handed_on),
	    TEST(a_hangup_is_kept_from_them),
	    TEST(as_many_as_are_wanted),
	    TEST(a_second_stop_is_handed_on),
	    TEST(who_cannot_work_stops_all),
	    TEST(who_could_work_once_is_started_again),
	    TEST(who_is_killed_is_started_again),
	    TEST(no_child_outlives_its_parent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
