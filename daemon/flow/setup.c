/* SPDX-License-Identifier: ISC */
#include "flow/setup.h"

#include "base/token.h"
#include "mail/dkim.h"
#include "store/db.h"
#include "store/schema.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define KEY_BITS 2048
#define KEY_MAX  16384

/* 1 there, 0 not there, -1 not to be told. */
static int
exists(const char *path, struct err *err)
{
	struct stat st;

	if (stat(path, &st) == 0)
		return 1;
	return errno == ENOENT ? 0 : err_errno(err, "'%s'", path);
}

static int
make_folder_of(const char *path, struct err *err)
{
	const char *slash = strrchr(path, '/');
	struct str folder;
	int rc = 0;

	if (slash == NULL || slash == path)
		return 0;
	str_init(&folder, 4096);
	str_add_bytes(&folder, path, (size_t)(slash - path));
	if (mkdir(folder.data, 0700) != 0 && errno != EEXIST)
		rc = err_errno(err, "cannot make the folder '%s'", folder.data);
	str_release(&folder);
	return rc;
}

int
setup_database(const struct conf *conf, int64_t now, struct err *err)
{
	struct db *db = NULL;
	int there = exists(conf->database, err);
	int steps;

	if (there < 0 || (!there && make_folder_of(conf->database, err) != 0) ||
	    db_open_raw(&db, conf->database, DB_WAIT_CLI, true, err) != 0)
		return -1;
	steps = schema_migrate(db, conf->database, now, err);
	db_close(db);
	return steps < 0 ? -1 : steps > 0;
}

int
setup_secrets(const struct conf *conf, struct err *err)
{
	struct token_ring *ring = NULL;
	int there = exists(conf->secrets, err);

	if (there < 0)
		return -1;
	if (!there) {
		return make_folder_of(conf->secrets, err) != 0 ||
			       token_ring_create(conf->secrets, err) != 0
			   ? -1
			   : 1;
	}
	/* What is there must be of use, or every link would fail later. */
	if (token_ring_load(&ring, conf->secrets, err) != 0)
		return -1;
	token_ring_free(ring);
	return 0;
}

static int
need_section(const struct conf *conf, struct err *err)
{
	if (conf->dkim.domain[0] != '\0')
		return 0;
	return err_set(err, ERR_CONFIG,
	    "%s: no dkim section: add dkim { domain = ... selector = ... "
	    "key_file = ... }",
	    conf->path);
}

static int
write_key(const char *path, const struct str *pem, struct err *err)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	int rc = 0;

	if (fd < 0)
		return err_errno(err, "cannot create the key '%s'", path);
	if (write(fd, pem->data, pem->len) != (ssize_t)pem->len ||
	    fsync(fd) != 0)
		rc = err_errno(err, "cannot write the key '%s'", path);
	close(fd);
	if (rc != 0)
		(void)unlink(path);
	return rc;
}

int
setup_key(const struct conf *conf, struct err *err)
{
	struct str pem;
	int there;
	int rc = -1;

	if (need_section(conf, err) != 0)
		return -1;
	there = exists(conf->dkim.key_file, err);
	if (there != 0)
		return there < 0 ? -1 : 0;
	str_init(&pem, KEY_MAX);
	if (make_folder_of(conf->dkim.key_file, err) == 0 &&
	    dkim_key_new(&pem, KEY_BITS, err) == 0 &&
	    write_key(conf->dkim.key_file, &pem, err) == 0)
		rc = 1;
	explicit_bzero(pem.data, pem.len);
	str_release(&pem);
	return rc;
}

int
setup_dns(const struct conf *conf, struct str *name, struct str *value,
    struct err *err)
{
	struct dkim *dkim = NULL;
	char pem[KEY_MAX];
	int rc = -1;

	if (need_section(conf, err) != 0 ||
	    conf_key(conf, "dkim.key_file", conf->dkim.key_file, pem,
		sizeof(pem), err) != 0)
		return -1;
	str_addf(
	    name, "%s._domainkey.%s", conf->dkim.selector, conf->dkim.domain);
	if (dkim_new(&dkim, pem, strlen(pem), conf->dkim.domain,
		conf->dkim.selector, err) != 0) {
		(void)err_wrap(err, "'%s'", conf->dkim.key_file);
	} else {
		rc = dkim_dns(value, dkim, err);
	}
	explicit_bzero(pem, sizeof(pem));
	dkim_free(dkim);
	return rc;
}
