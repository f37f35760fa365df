/* SPDX-License-Identifier: ISC */
#include "flow/transcript.h"

#include "base/clock.h"
#include "base/str.h"
#include "mail/trace.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int file = -1;
static char name[PATH_MAX];

/* One write a line: other processes add to the same file. Mail does not wait
 * for a transcript, so a line that cannot be written is lost. */
static void
write_line(void *arg, unsigned session, const char *text)
{
	int64_t now_ms = clock_now_ms();
	char when[CLOCK_ISO_SIZE];
	char line[2048];
	int n;

	(void)arg;
	clock_iso(when, now_ms / 1000);
	when[sizeof("2026-11-24T05:47:06") - 1] = '\0';
	n = snprintf(line, sizeof(line), "%s.%03dZ %ld.%u %s\n", when,
	    (int)(now_ms % 1000), (long)getpid(), session, text);
	if (n > 0 && (size_t)n < sizeof(line) &&
	    write(file, line, (size_t)n) != n)
		return;
}

static int
check_file(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(err, "transcript '%s'", path);
	if (!S_ISREG(st.st_mode)) {
		return err_set(
		    err, ERR_USAGE, "transcript '%s': is not a file", path);
	}
	if (st.st_uid != geteuid()) {
		return err_set(err, ERR_DENIED,
		    "transcript '%s': belongs to another user", path);
	}
	if ((st.st_mode & 077) != 0) {
		return err_set(err, ERR_DENIED,
		    "transcript '%s': others may read it, and it holds "
		    "addresses: chmod 600",
		    path);
	}
	return 0;
}

int
transcript_open(const char *path, struct err *err)
{
	int fd = STDERR_FILENO;

	if (!str_eq(path, "-")) {
		fd = open(path,
		    O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW |
			O_NONBLOCK,
		    0600);
		if (fd < 0)
			return err_errno(err, "transcript '%s'", path);
		if (check_file(fd, path, err) != 0) {
			close(fd);
			return -1;
		}
	}
	transcript_close();
	file = fd;
	(void)str_fit(name, sizeof(name), path);
	trace_to(write_line, NULL);
	return 0;
}

void
transcript_close(void)
{
	trace_to(NULL, NULL);
	if (file > STDERR_FILENO)
		close(file);
	file = -1;
}

int
transcript_reopen(struct err *err)
{
	char path[sizeof(name)];

	if (file < 0)
		return 0;
	(void)str_fit(path, sizeof(path), name);
	return transcript_open(path, err);
}
