/* SPDX-License-Identifier: ISC */
#include "base/clock.h"
#include "base/loop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* What a callback saw, and what it shall do. */
struct probe {
	struct loop *loop;
	struct loop_timer timer;
	struct probe *other;
	int *order; /* the next number to give out */
	int number; /* the one that was given; 0: not called */
	int calls;
	int fd;
	unsigned events;
};

static void
note(struct probe *probe)
{
	probe->calls++;
	if (probe->order != NULL)
		probe->number = ++*probe->order;
}

static void
on_event(void *arg, int fd, unsigned events)
{
	struct probe *probe = arg;

	note(probe);
	probe->fd = fd;
	probe->events = events;
}

static void
on_timer(void *arg)
{
	note(arg);
}

static void
turn(struct loop *loop)
{
	struct err err = ERR_INIT;

	assert_int_equal(loop_turn(loop, 0, &err), 0);
}

static void
watch(struct probe *probe, int fd, unsigned events, loop_fn *fn)
{
	struct err err = ERR_INIT;

	assert_int_equal(
	    loop_watch(probe->loop, fd, events, fn, probe, &err), 0);
}

static void
pair(int fd[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fd), 0);
}

static struct loop *
new_loop(void)
{
	struct loop *loop = NULL;
	struct err err = ERR_INIT;

	assert_int_equal(loop_new(&loop, &err), 0);
	return loop;
}

static void
events(void **state)
{
	struct probe probe = {.loop = new_loop()};
	int fd[2];

	(void)state;
	pair(fd);
	watch(&probe, fd[0], LOOP_IN, on_event);
	turn(probe.loop);
	assert_int_equal(probe.calls, 0);
	assert_int_equal(write(fd[1], "x", 1), 1);
	turn(probe.loop);
	assert_int_equal(probe.calls, 1);
	assert_int_equal(probe.fd, fd[0]);
	assert_int_equal(probe.events, LOOP_IN);
	turn(probe.loop); /* not read, so it is still there */
	assert_int_equal(probe.calls, 2);
	watch(&probe, fd[0], LOOP_OUT, on_event);
	turn(probe.loop);
	assert_int_equal(probe.events, LOOP_OUT);
	watch(&probe, fd[0], LOOP_IN | LOOP_OUT, on_event);
	turn(probe.loop);
	assert_int_equal(probe.events, LOOP_IN | LOOP_OUT);
	loop_forget(probe.loop, fd[0]);
	turn(probe.loop);
	assert_int_equal(probe.calls, 4);
	/* a hang-up is told to whoever waits, for whatever */
	watch(&probe, fd[0], 0, on_event);
	close(fd[1]);
	turn(probe.loop);
	assert_int_equal(probe.calls, 5);
	assert_int_equal(probe.events, LOOP_IN | LOOP_OUT);
	loop_forget(probe.loop, fd[0]);
	close(fd[0]);
	loop_free(probe.loop);
}

static void
forgets_the_other(void *arg, int fd, unsigned happened)
{
	struct probe *probe = arg;

	on_event(arg, fd, happened);
	loop_forget(probe->loop, probe->other->fd);
}

/* Both are ready in one turn; the first to be called ends the other. */
static void
forgotten_events(void **state)
{
	struct loop *loop = new_loop();
	struct probe a = {.loop = loop};
	struct probe b = {.loop = loop, .other = &a};
	int fd[2];

	(void)state;
	a.other = &b;
	pair(fd);
	a.fd = fd[0];
	b.fd = fd[1];
	watch(&a, fd[0], LOOP_OUT, forgets_the_other);
	watch(&b, fd[1], LOOP_OUT, forgets_the_other);
	turn(loop);
	assert_int_equal(a.calls + b.calls, 1);
	loop_forget(loop, fd[0]);
	loop_forget(loop, fd[1]);
	close(fd[0]);
	close(fd[1]);
	loop_free(loop);
}

static void
replaces_the_other(void *arg, int fd, unsigned happened)
{
	struct probe *probe = arg;
	struct err err = ERR_INIT;
	int other = probe->other->fd;

	on_event(arg, fd, happened);
	loop_forget(probe->loop, other);
	close(other);
	/* the kernel gives the same number to the next descriptor */
	assert_int_equal(dup(STDIN_FILENO) >= 0, 1);
	assert_int_equal(fcntl(other, F_GETFD) >= 0, 1);
	(void)dup2(probe->fd, other);
	assert_int_equal(
	    loop_watch(probe->loop, other, 0, on_event, probe->other, &err), 0);
}

/* An event of a closed descriptor does not reach the one that has its number
 * now. */
static void
reused_descriptors(void **state)
{
	struct loop *loop = new_loop();
	struct probe a = {.loop = loop};
	struct probe b = {.loop = loop, .other = &a};
	int fd[2];

	(void)state;
	a.other = &b;
	pair(fd);
	a.fd = fd[0];
	b.fd = fd[1];
	watch(&a, fd[0], LOOP_OUT, replaces_the_other);
	watch(&b, fd[1], LOOP_OUT, replaces_the_other);
	turn(loop);
	assert_int_equal(a.calls + b.calls, 1);
	loop_forget(loop, fd[0]);
	loop_forget(loop, fd[1]);
	close(fd[0]);
	close(fd[1]);
	loop_free(loop);
}

static void
bad_descriptors(void **state)
{
	struct probe probe = {.loop = new_loop()};
	struct err err = ERR_INIT;

	(void)state;
	assert_int_equal(
	    loop_watch(probe.loop, -1, LOOP_IN, on_event, &probe, &err), -1);
	assert_int_equal(
	    loop_watch(probe.loop, 987, LOOP_IN, on_event, &probe, &err), -1);
	assert_int_equal(err.code, ERR_SYSTEM);
	loop_forget(probe.loop, -1);
	loop_forget(probe.loop, 987);
	loop_forget(probe.loop, 123456);
	turn(probe.loop);
	loop_free(probe.loop);
	loop_free(NULL);
}

static void
start(struct probe *probe, int64_t ms, loop_timer_fn *fn)
{
	probe->timer.fn = fn;
	probe->timer.arg = probe;
	loop_timer_start(probe->loop, &probe->timer, ms);
}

static void
timers(void **state)
{
	struct loop *loop = new_loop();
	int order = 0;
	struct probe a = {.loop = loop, .order = &order};
	struct probe b = a;
	struct probe c = a;
	struct probe late = a;
	struct probe stopped = a;

	(void)state;
	start(&late, 1000000, on_timer);
	start(&b, 0, on_timer);
	start(&a, -5, on_timer); /* as 0 */
	start(&c, 0, on_timer);
	start(&stopped, 0, on_timer);
	assert_true(stopped.timer.armed);
	loop_timer_stop(loop, &stopped.timer);
	loop_timer_stop(loop, &stopped.timer);
	assert_false(stopped.timer.armed);
	start(&c, 0, on_timer); /* again: after those that were there */
	turn(loop);
	assert_int_equal(b.number, 1);
	assert_int_equal(a.number, 2);
	assert_int_equal(c.number, 3);
	assert_int_equal(late.calls, 0);
	assert_int_equal(stopped.calls, 0);
	turn(loop);
	assert_int_equal(order, 3);
	start(&late, 0, on_timer); /* sooner than it was */
	turn(loop);
	assert_int_equal(late.calls, 1);
	assert_false(late.timer.armed);
	loop_free(loop);
}

static void
starts_again(void *arg)
{
	struct probe *probe = arg;

	note(probe);
	loop_timer_start(probe->loop, &probe->timer, 0);
}

/* One that always starts itself again does not keep a turn from ending. */
static void
endless_timers(void **state)
{
	struct loop *loop = new_loop();
	struct probe a = {.loop = loop};
	struct probe b = {.loop = loop};

	(void)state;
	start(&a, 0, starts_again);
	start(&b, 0, starts_again);
	for (int i = 1; i <= 5; i++) {
		turn(loop);
		assert_int_equal(a.calls, i);
		assert_int_equal(b.calls, i);
	}
	loop_timer_stop(loop, &a.timer);
	loop_timer_stop(loop, &b.timer);
	loop_free(loop);
}

static void
frees_itself(void *arg)
{
	struct probe *probe = arg;
	int *order = probe->order;

	note(probe);
	memset(probe, 0xff, sizeof(*probe));
	free(probe);
	++*order;
}

/* A time-out ends the connection in which it lives. */
static void
owners_end(void **state)
{
	struct loop *loop = new_loop();
	int order = 0;
	struct probe after = {.loop = loop, .order = &order};

	(void)state;
	for (int i = 0; i < 3; i++) {
		struct probe *probe = calloc(1, sizeof(*probe));

		assert_non_null(probe);
		probe->loop = loop;
		probe->order = &order;
		start(probe, 0, frees_itself);
	}
	start(&after, 0, on_timer);
	turn(loop);
	assert_int_equal(after.number, 7);
	loop_free(loop);
}

static void
stops_the_other(void *arg)
{
	struct probe *probe = arg;

	note(probe);
	loop_timer_stop(probe->loop, &probe->other->timer);
}

static void
timers_stop_each_other(void **state)
{
	struct loop *loop = new_loop();
	struct probe a = {.loop = loop};
	struct probe b = {.loop = loop, .other = &a};

	(void)state;
	a.other = &b;
	start(&a, 0, stops_the_other);
	start(&b, 0, stops_the_other);
	turn(loop);
	turn(loop);
	assert_int_equal(a.calls, 1);
	assert_int_equal(b.calls, 0);
	loop_free(loop);
}

/* A due timer ends a wait that has no end of its own. */
static void
waits_end(void **state)
{
	struct loop *loop = new_loop();
	struct probe probe = {.loop = loop};
	struct err err = ERR_INIT;

	(void)state;
	start(&probe, 0, on_timer);
	assert_int_equal(loop_turn(loop, -1, &err), 0);
	assert_int_equal(probe.calls, 1);
	start(&probe, 0, on_timer);
	assert_int_equal(loop_turn(loop, INT64_MAX, &err), 0);
	assert_int_equal(probe.calls, 2);
	loop_free(loop);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(events),
	    cmocka_unit_test(forgotten_events),
	    cmocka_unit_test(reused_descriptors),
	    cmocka_unit_test(bad_descriptors),
	    cmocka_unit_test(timers),
	    cmocka_unit_test(endless_timers),
	    cmocka_unit_test(owners_end),
	    cmocka_unit_test(timers_stop_each_other),
	    cmocka_unit_test(waits_end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
