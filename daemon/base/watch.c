/* SPDX-License-Identifier: ISC */
#include "base/watch.h"

#include <stdlib.h>
#include <sys/inotify.h>
#include <unistd.h>

struct watch {
	struct loop *loop;
	int fd;
	watch_fn *fn;
	void *arg;
};

/* What the events say is known: there is but one thing that is watched. */
static void
on_ready(void *arg, int fd, unsigned events)
{
	struct watch *watch = arg;
	char bytes[4096];

	(void)events;
	while (read(fd, bytes, sizeof(bytes)) > 0)
		continue;
	watch->fn(watch->arg);
}

int
watch_new(struct watch **out, struct loop *loop, const char *path, watch_fn *fn,
    void *arg, struct err *err)
{
	struct watch *watch = malloc(sizeof(*watch));

	if (watch == NULL)
		return err_set(err, ERR_SYSTEM, "out of memory");
	*watch = (struct watch){.loop = loop, .fn = fn, .arg = arg};
	watch->fd = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	if (watch->fd < 0) {
		(void)err_errno(err, "cannot watch files");
		goto undo;
	}
	if (inotify_add_watch(watch->fd, path, IN_MODIFY) < 0) {
		(void)err_errno(err, "cannot watch '%s'", path);
		goto undo;
	}
	if (loop_watch(loop, watch->fd, LOOP_IN, on_ready, watch, err) != 0)
		goto undo;
	*out = watch;
	return 0;
undo:
	watch_free(watch);
	return -1;
}

void
watch_free(struct watch *watch)
{
	if (watch == NULL)
		return;
	loop_forget(watch->loop, watch->fd);
	if (watch->fd >= 0)
		close(watch->fd);
	free(watch);
}
