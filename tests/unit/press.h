/* SPDX-License-Identifier: ISC */
/*
 * press - what the tests of flow stand on besides the house: a folder of
 * their own, settings from a real file in it, the kit and the ring, and a
 * database in a file that others can open too.
 */
#ifndef NASHRA_TESTS_PRESS_H
#define NASHRA_TESTS_PRESS_H

#include "house.h"

#include "base/conf.h"
#include "base/log.h"
#include "base/token.h"
#include "flow/digest.h"
#include "flow/kit.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PRESS_PATH 256

struct press {
	char folder[64];
	char root[PRESS_PATH]; /* of the shipped templates */
	struct conf *conf;
	struct token_ring *ring;
	struct kit *kit;
	struct db *db;
};

static inline void
press_path(const struct press *press, const char *name, char out[PRESS_PATH])
{
	assert_true(snprintf(out, PRESS_PATH, "%s/%s", press->folder, name) <
		    PRESS_PATH);
}

static inline void
press_write(
    const struct press *press, const char *name, const char *text, mode_t mode)
{
	char path[PRESS_PATH];
	int fd;

	press_path(press, name, path);
	(void)unlink(path);
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL, 0600);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

/* Empties a folder and removes it. */
static inline void
press_remove(const char *folder)
{
	DIR *dir = opendir(folder);
	struct dirent *entry;

	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		struct str path;

		if (str_eq(entry->d_name, ".") || str_eq(entry->d_name, ".."))
			continue;
		str_init(&path, 4096);
		str_addf(&path, "%s/%s", folder, entry->d_name);
		if (unlink(path.data) != 0)
			press_remove(path.data);
		str_release(&path);
	}
	closedir(dir);
	assert_int_equal(rmdir(folder), 0);
}

static inline void
press_folder(struct press *press)
{
	*press = (struct press){.folder = "/tmp/nashra-press-XXXXXX"};
	assert_non_null(mkdtemp(press->folder));
	assert_non_null(getcwd(press->root, sizeof(press->root)));
}

/* What every settings file of ours begins with; seven lines. */
static inline struct conf *
press_conf(struct press *press, const char *more)
{
	char path[PRESS_PATH];
	struct err err = ERR_INIT;
	struct conf *conf = NULL;
	struct str text;

	str_init(&text, 65536);
	str_addf(&text,
	    "site_name = \"موقع التجربة\"\n"
	    "base_url = \"https://news.example.org\"\n"
	    "database = \"nashra.db\"\n"
	    "secrets = \"secrets\"\n"
	    "templates = \"%s/templates\"\n"
	    "\n\n%s",
	    press->root, more);
	press_write(press, "nashra.conf", text.data, 0640);
	str_release(&text);
	press_path(press, "nashra.conf", path);
	if (conf_load(&conf, path, &err) != 0)
		fail_msg("%s", err.msg);
	return conf;
}

#define PRESS_MAIL                                                             \
	"mail {\n from = \"النشرة <news@example.org>\"\n"                \
	" bounce = \"bounce@example.org\"\n"                                   \
	" postal_address = \"ص.ب ١٢، دمشق\"\n}\n"

/* One more handle on the database. */
static inline struct db *
press_db(const struct press *press)
{
	struct err err = ERR_INIT;
	struct db *db = NULL;

	if (db_open(&db, press->conf->database, 0, &err) != 0)
		fail_msg("%s", err.msg);
	return db;
}

/* All of it; `more` goes into the settings. */
static inline void
press_open(struct press *press, const char *more)
{
	struct err err = ERR_INIT;
	struct db *db = NULL;

	log_limit((enum log_level)0);
	press_folder(press);
	press->conf = press_conf(press, more);
	if (token_ring_create(press->conf->secrets, &err) != 0 ||
	    token_ring_load(&press->ring, press->conf->secrets, &err) != 0 ||
	    kit_new(&press->kit, press->conf, true, &err) != 0 ||
	    db_open_raw(&db, press->conf->database, 0, true, &err) != 0 ||
	    schema_migrate(db, press->conf->database, NOW, &err) < 0)
		fail_msg("%s", err.msg);
	db_close(db);
	press->db = press_db(press);
}

static inline void
press_close(struct press *press)
{
	db_close(press->db);
	kit_free(press->kit);
	token_ring_free(press->ring);
	conf_free(press->conf);
	press_remove(press->folder);
}

/* A folder of templates in which one file of a language is `text`, and all else
 * is as shipped; the settings name it from then on, and the kit is new. */
static inline void
press_own(struct press *press, const char *language, const char *file,
    const char *text)
{
	char path[PRESS_PATH], name[PRESS_PATH + 16], from[3 * PRESS_PATH];
	struct err err = ERR_INIT;
	struct dirent *entry;
	DIR *dir;

	press_path(press, "own", path);
	assert_int_equal(mkdir(path, 0700), 0);
	free(press->conf->templates);
	press->conf->templates = strdup(path);
	snprintf(name, sizeof(name), "own/%s", language);
	press_path(press, name, path);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(from, sizeof(from), "%s/templates/%s", press->root, language);
	dir = opendir(from);
	assert_non_null(dir);
	while ((entry = readdir(dir)) != NULL) {
		if (entry->d_name[0] == '.' || str_eq(entry->d_name, file))
			continue;
		snprintf(from, sizeof(from), "%s/templates/%s/%s", press->root,
		    language, entry->d_name);
		snprintf(
		    name, sizeof(name), "own/%s/%s", language, entry->d_name);
		press_path(press, name, path);
		assert_int_equal(symlink(from, path), 0);
	}
	closedir(dir);
	snprintf(name, sizeof(name), "own/%s/%s", language, file);
	press_write(press, name, text, 0600);
	kit_free(press->kit);
	press->kit = NULL;
	if (kit_new(&press->kit, press->conf, false, &err) != 0)
		fail_msg("%s", err.msg);
}

/* A digest that must succeed. */
static inline struct digest
press_freeze(
    struct press *press, const char *list, const char *every, int64_t now)
{
	const struct digest_request request = {
	    .list = list, .every = every, .now = now};
	struct err err = ERR_INIT;
	struct digest digest;

	if (digest_freeze(press->db, press->kit, &request, &digest, &err) != 0)
		fail_msg("%s", err.msg);
	return digest;
}

#endif
