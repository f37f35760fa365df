/* SPDX-License-Identifier: ISC */
#define _GNU_SOURCE /* F_OFD_SETLK */
#include "base/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

int64_t
lock_slot(const char *name)
{
	uint64_t hash = 14695981039346656037u; /* FNV-1a */

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 1099511628211u;
	return (int64_t)(hash >> 2); /* an offset is signed, and end > start */
}

static struct flock
one_byte(int64_t slot)
{
	return (struct flock){.l_type = F_WRLCK,
	    .l_whence = SEEK_SET,
	    .l_start = slot,
	    .l_len = 1};
}

static int
open_file(const char *path, struct err *err)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

	return fd >= 0 ? fd : err_errno(err, "lock file '%s'", path);
}

int
lock_take(const char *path, int64_t slot, struct err *err)
{
	struct flock lock = one_byte(slot);
	int fd = open_file(path, err);

	if (fd < 0)
		return -1;
	if (fcntl(fd, F_OFD_SETLK, &lock) == 0)
		return fd;
	if (errno == EAGAIN || errno == EACCES) {
		(void)err_set(err, ERR_TEMP, "'%s' is locked", path);
	} else {
		(void)err_errno(err, "cannot lock '%s'", path);
	}
	close(fd);
	return -1;
}

int
lock_held(const char *path, int64_t slot, struct err *err)
{
	struct flock lock = one_byte(slot);
	int fd = open_file(path, err);
	int rc;

	if (fd < 0)
		return -1;
	rc = fcntl(fd, F_OFD_GETLK, &lock);
	close(fd);
	if (rc != 0)
		return err_errno(err, "cannot look at the locks of '%s'", path);
	return lock.l_type != F_UNLCK;
}
