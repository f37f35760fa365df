/* SPDX-License-Identifier: ISC */
/*
 * watch - tells when a file has been written to, by whatever process.
 *
 * Speaks inotify: it sees what processes of this machine do, and nothing of
 * others that share a file system with it.
 */
#ifndef NASHRA_BASE_WATCH_H
#define NASHRA_BASE_WATCH_H

#include "base/err.h"
#include "base/loop.h"

struct watch;

/* Once for all that was written since the last time. */
typedef void watch_fn(void *arg);

/* The file is there. ERR_NOTFOUND and so on where it cannot be watched. */
int watch_new(struct watch **out, struct loop *loop, const char *path,
    watch_fn *fn, void *arg, struct err *err);
void watch_free(struct watch *watch);

#endif
