/* SPDX-License-Identifier: ISC */
#include "base/loop.h"

#include "base/clock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

#define TURN_EVENTS 64

struct watch {
	loop_fn *fn; /* NULL: not watched */
	void *arg;
	unsigned generation;
};

struct loop {
	int epoll;
	struct watch *watches; /* by file descriptor */
	size_t size;
	struct loop_timer *timers; /* soonest first */
};

int
loop_new(struct loop **out, struct err *err)
{
	struct loop *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (loop->epoll < 0) {
		free(loop);
		return err_errno(err, "cannot make an event queue");
	}
	*out = loop;
	return 0;
}

void
loop_free(struct loop *loop)
{
	if (loop == NULL)
		return;
	close(loop->epoll);
	free(loop->watches);
	free(loop);
}

static int
make_room(struct loop *loop, int fd, struct err *err)
{
	size_t size = loop->size ? loop->size : 32;
	struct watch *watches;

	while (size <= (size_t)fd)
		size *= 2;
	if (size == loop->size)
		return 0;
	watches = realloc(loop->watches, size * sizeof(*watches));
	if (watches == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	for (size_t i = loop->size; i < size; i++)
		watches[i] = (struct watch){0};
	loop->watches = watches;
	loop->size = size;
	return 0;
}

/* An event carries the generation of its watch, so that one which was queued
 * before its descriptor was closed and given out again is not delivered. */
static uint64_t
event_key(const struct loop *loop, int fd)
{
	return (uint64_t)loop->watches[fd].generation << 32 | (uint32_t)fd;
}

int
loop_watch(struct loop *loop, int fd, unsigned events, loop_fn *fn, void *arg,
    struct err *err)
{
	struct epoll_event event = {0};
	struct watch *watch;
	int op;

	if (fd < 0)
		return err_set(err, ERR_SYSTEM, "no descriptor to watch");
	if (make_room(loop, fd, err) != 0)
		return -1;
	watch = &loop->watches[fd];
	op = watch->fn == NULL ? EPOLL_CTL_ADD : EPOLL_CTL_MOD;
	if (op == EPOLL_CTL_ADD)
		watch->generation++;
	if (events & LOOP_IN)
		event.events |= EPOLLIN;
	if (events & LOOP_OUT)
		event.events |= EPOLLOUT;
	event.data.u64 = event_key(loop, fd);
	if (epoll_ctl(loop->epoll, op, fd, &event) != 0)
		return err_errno(err, "cannot watch a descriptor");
	watch->fn = fn;
	watch->arg = arg;
	return 0;
}

void
loop_forget(struct loop *loop, int fd)
{
	if (fd < 0 || (size_t)fd >= loop->size || loop->watches[fd].fn == NULL)
		return;
	loop->watches[fd].fn = NULL;
	(void)epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
}

void
loop_timer_stop(struct loop *loop, struct loop_timer *timer)
{
	struct loop_timer **at = &loop->timers;

	if (!timer->armed)
		return;
	while (*at != timer)
		at = &(*at)->next;
	*at = timer->next;
	timer->armed = false;
}

void
loop_timer_start(struct loop *loop, struct loop_timer *timer, int64_t ms)
{
	struct loop_timer **at = &loop->timers;

	loop_timer_stop(loop, timer);
	timer->due = clock_mono_ms() + (ms > 0 ? ms : 0);
	while (*at != NULL && (*at)->due <= timer->due)
		at = &(*at)->next;
	timer->next = *at;
	timer->armed = true;
	*at = timer;
}

static int
patience(const struct loop *loop, int64_t max_ms)
{
	int64_t ms = max_ms < 0 ? INT32_MAX : max_ms;

	if (loop->timers != NULL) {
		int64_t left = loop->timers->due - clock_mono_ms();

		if (left < ms)
			ms = left > 0 ? left : 0;
	} else if (max_ms < 0) {
		return -1;
	}
	return (int)(ms < INT32_MAX ? ms : INT32_MAX);
}

static void
deliver(struct loop *loop, const struct epoll_event *event)
{
	int fd = (int)(event->data.u64 & UINT32_MAX);
	const struct watch *watch = &loop->watches[fd];
	unsigned events = 0;

	if (watch->fn == NULL || event->data.u64 != event_key(loop, fd))
		return;
	if (event->events & (EPOLLIN | EPOLLERR | EPOLLHUP))
		events |= LOOP_IN;
	if (event->events & (EPOLLOUT | EPOLLERR | EPOLLHUP))
		events |= LOOP_OUT;
	watch->fn(watch->arg, fd, events);
}

/* Only as many timers as were due when the turn reached them: one that starts
 * itself again with 0 ms comes after those, and waits for the next turn. A
 * timer may be gone with its owner once its function was called. */
static void
fire(struct loop *loop)
{
	int64_t now = clock_mono_ms();
	size_t due = 0;

	for (struct loop_timer *timer = loop->timers;
	     timer != NULL && timer->due <= now; timer = timer->next)
		due++;
	while (due-- > 0 && loop->timers != NULL && loop->timers->due <= now) {
		struct loop_timer *timer = loop->timers;

		loop_timer_stop(loop, timer);
		timer->fn(timer->arg);
	}
}

int
loop_turn(struct loop *loop, int64_t max_ms, struct err *err)
{
	struct epoll_event events[TURN_EVENTS];
	int n;

	n = epoll_wait(
	    loop->epoll, events, TURN_EVENTS, patience(loop, max_ms));
	if (n < 0 && errno != EINTR)
		return err_errno(err, "cannot wait for events");
	for (int i = 0; i < n; i++)
		deliver(loop, &events[i]);
	fire(loop);
	return 0;
}
