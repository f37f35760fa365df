/* SPDX-License-Identifier: ISC */
#include "base/conffile.h"

#include "base/codec.h"
#include "base/str.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILE_MAX 262144

/* Up to `size` bytes; the count, or -1 with errno set. */
static ssize_t
read_all(int fd, char *out, size_t size)
{
	size_t have = 0;

	while (have < size) {
		ssize_t n = read(fd, out + have, size - have);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		have += (size_t)n;
	}
	return (ssize_t)have;
}

static int
check_text(char *text, size_t len, const char *path, struct err *err)
{
	int line = 1;

	if (len >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0)
		text[0] = text[1] = text[2] = ' ';
	for (size_t i = 0; i < len; i++) {
		unsigned char c = (unsigned char)text[i];

		if ((i == 0 || text[i - 1] == '\n') &&
		    !codec_utf8_ok(text + i, strcspn(text + i, "\n"))) {
			return err_set(err, ERR_CONFIG,
			    "%s:%d: is not valid UTF-8", path, line);
		}
		if (c == '\r' && text[i + 1] == '\n') {
			text[i] = ' ';
		} else if ((c < ' ' && c != '\n' && c != '\t') || c == 0x7f ||
			   (c == 0xc2 && (unsigned char)text[i + 1] < 0xa0)) {
			return err_set(err, ERR_CONFIG,
			    "%s:%d: holds a control character", path, line);
		}
		if (c == '\n')
			line++;
	}
	return 0;
}

/* Whoever writes the settings decides where mail and secrets go. */
static int
check_owner(int fd, const char *path, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0)
		return err_errno(err, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_CONFIG, "%s: is not a file", path);
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		return err_set(err, ERR_CONFIG,
		    "%s: belongs to another user: chown it to root", path);
	}
	if ((st.st_mode & 022) != 0) {
		return err_set(err, ERR_CONFIG,
		    "%s: others may write it: chmod go-w", path);
	}
	return 0;
}

int
conffile_read(char **out, const char *path, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	char *text = NULL;
	ssize_t n;

	if (fd < 0 && errno == ENOENT) {
		return err_set(err, ERR_CONFIG,
		    "%s: no such file ('nashra init' makes one)", path);
	}
	if (fd < 0)
		return err_errno(err, "%s", path);
	if (check_owner(fd, path, err) != 0)
		goto undo;
	text = malloc(FILE_MAX + 1);
	if (text == NULL) {
		err_set(err, ERR_SYSTEM, "out of memory");
		goto undo;
	}
	n = read_all(fd, text, FILE_MAX);
	if (n < 0) {
		err_errno(err, "%s", path);
		goto undo;
	}
	if (n == FILE_MAX) {
		err_set(err, ERR_CONFIG, "%s: is too long", path);
		goto undo;
	}
	text[n] = '\0';
	if (check_text(text, (size_t)n, path, err) != 0)
		goto undo;
	close(fd);
	*out = text;
	return 0;
undo:
	free(text);
	close(fd);
	return -1;
}

static int
check_private(int fd, struct err *err)
{
	struct stat st;

	if (fstat(fd, &st) != 0) {
		return err_set(
		    err, ERR_CONFIG, "cannot be examined: %s", strerror(errno));
	}
	if (!S_ISREG(st.st_mode))
		return err_set(err, ERR_CONFIG, "is not a file");
	if ((st.st_mode & 07) != 0 ||
	    ((st.st_mode & 070) != 0 && st.st_gid != 0)) {
		return err_set(
		    err, ERR_CONFIG, "others may read it: chmod 600");
	}
	return 0;
}

static int
check_secret(const char *secret, size_t n, bool lines, struct err *err)
{
	if (n == 0)
		return err_set(err, ERR_CONFIG, "is empty");
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)secret[i];

		if (lines && (c == '\n' || c == '\r'))
			continue;
		if (c < ' ' || c == 0x7f) {
			return err_set(err, ERR_CONFIG,
			    lines ? "is not text"
				  : "holds more than one line of text");
		}
	}
	return 0;
}

int
conffile_secret(char *out, size_t size, const char *path,
    const struct conffile_kind *kind, struct err *err)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t n = 0;
	int failed;

	if (fd < 0) {
		return err_set(
		    err, ERR_CONFIG, "cannot be read: %s", strerror(errno));
	}
	failed = kind->guarded ? 0 : check_private(fd, err);
	if (!failed)
		n = read_all(fd, out, size);
	close(fd);
	if (!failed && n < 0) {
		failed = err_set(
		    err, ERR_CONFIG, "cannot be read: %s", strerror(errno));
	}
	if (!failed && (size_t)n == size) {
		failed = err_set(
		    err, ERR_CONFIG, "is longer than %zu bytes", size - 1);
	}
	if (!failed) {
		if (n > 0 && out[n - 1] == '\n')
			n--;
		if (n > 0 && out[n - 1] == '\r')
			n--;
		out[n] = '\0';
		failed = check_secret(out, (size_t)n, kind->lines, err);
	}
	if (failed)
		explicit_bzero(out, size);
	return failed;
}

static int
write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		text += n;
		len -= (size_t)n;
	}
	return fsync(fd);
}

/* Under another name first: a reader never meets half a file, and a file that
 * is there is never written over. */
int
conffile_create(const char *path, const char *text, size_t len, struct err *err)
{
	struct str draft;
	int made = -1;
	int fd;

	if (access(path, F_OK) == 0)
		return 0;
	str_init(&draft, 4096);
	str_addf(&draft, "%s.new-%ld", path, (long)getpid());
	fd = open(draft.data, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0640);
	if (fd < 0) {
		err_errno(err, "cannot create '%s'", path);
		goto out;
	}
	if (fchmod(fd, 0640) != 0 || write_all(fd, text, len) != 0) {
		err_errno(err, "cannot write '%s'", path);
	} else if (link(draft.data, path) == 0) {
		made = 1;
	} else if (errno == EEXIST) {
		made = 0;
	} else {
		err_errno(err, "cannot create '%s'", path);
	}
	close(fd);
	(void)unlink(draft.data);
out:
	str_release(&draft);
	return made;
}
