/* SPDX-License-Identifier: ISC */
#include "store/db_file.h"

#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <sys/statvfs.h>
#include <unistd.h>

#define ROOM_SMALL ((uint64_t)32 * 1024 * 1024)

/* The engine would make the file with the umask's rights; subscribers'
 * addresses are nobody else's business from the first byte on. A file that is
 * there is not opened here: closing it again would drop the locks of every
 * other handle that this process has on it (POSIX). */
int
db_file_find(const char *path, bool create, struct err *err)
{
	int fd;

	if (str_eq(path, ":memory:") || access(path, R_OK | W_OK) == 0)
		return 0;
	if (errno == ENOENT && !create) {
		return err_set(err, ERR_NOTFOUND,
		    "no database '%s': `nashra init` makes one", path);
	}
	if (errno != ENOENT)
		return err_errno(err, "database '%s'", path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno != EEXIST)
		return err_errno(err, "database '%s'", path);
	if (fd >= 0)
		close(fd);
	return 0;
}

bool
db_file_cramped(const char *path)
{
	struct statvfs disk;

	return statvfs(path, &disk) == 0 &&
	       (uint64_t)disk.f_bavail * disk.f_frsize < ROOM_SMALL;
}
