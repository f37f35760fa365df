/* SPDX-License-Identifier: ISC */
/*
 * desk - what a bench of mails stands on: settings with the shipped
 * templates, a ring and a key, made for this run alone.
 */
#ifndef NASHRA_TESTS_BENCH_DESK_H
#define NASHRA_TESTS_BENCH_DESK_H

#include "base/conf.h"
#include "base/token.h"
#include "flow/kit.h"
#include "mail/dkim_key.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

struct desk {
	struct conf *conf;
	struct kit *kit;
	struct token_ring *ring;
	struct dkim_key *key; /* the kit's, alone */
};

static inline void
desk_fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

static inline void
desk_must(int rc, const struct err *err)
{
	if (rc < 0)
		desk_fail(err->msg);
}

static inline void
desk_write(const char *path, const struct str *content)
{
	FILE *file = fopen(path, "w");

	if (file == NULL ||
	    fwrite(content->data, 1, content->len, file) != content->len ||
	    fclose(file) != 0 || chmod(path, 0600) != 0)
		desk_fail(path);
}

static inline void
desk_settings(const char *folder, const char *templates)
{
	struct str text;

	str_init(&text, 65536);
	str_addf(&text,
	    "site_name = \"وجهات\"\nbase_url = \"https://news.example.org\"\n"
	    "database = \"nashra.db\"\nsecrets = \"secrets\"\n"
	    "templates = \"%s\"\ntime_zone = \"Asia/Damascus\"\n"
	    "mail {\n from = \"نشرة وجهات <news@example.org>\"\n"
	    " bounce = \"bounce@example.org\"\n"
	    " postal_address = \"وجهات، شارع بغداد ١٢، دمشق\"\n}\n"
	    "dkim {\n domain = \"example.org\"\n selector = \"bench\"\n"
	    " key_file = \"%s/key\"\n}\n",
	    templates, folder);
	desk_write("conf", &text);
	str_release(&text);
}

/* `templates`: their folder. Leaves nothing on the disk. */
static inline void
desk_open(struct desk *desk, const char *templates)
{
	char folder[] = "/tmp/nashra-bench-XXXXXX";
	char root[4096];
	struct err err = ERR_INIT;
	struct str pem, path;

	if (realpath(templates, root) == NULL)
		desk_fail(templates);
	if (mkdtemp(folder) == NULL || chdir(folder) != 0)
		desk_fail("no folder in /tmp");
	desk_settings(folder, root);
	str_init(&pem, 16384);
	str_init(&path, 4096);
	desk_must(dkim_key_new(&pem, 2048, &err), &err);
	desk_write("key", &pem);
	desk_must(dkim_key_read(&desk->key, pem.data, pem.len, &err), &err);
	str_addf(&path, "%s/conf", folder);
	desk_must(conf_load(&desk->conf, path.data, &err), &err);
	desk_must(kit_new(&desk->kit, desk->conf, true, &err), &err);
	desk_must(token_ring_create("ring", &err), &err);
	desk_must(token_ring_load(&desk->ring, "ring", &err), &err);
	str_release(&pem);
	str_release(&path);
	if (unlink("conf") != 0 || unlink("key") != 0 || unlink("ring") != 0 ||
	    chdir("/") != 0 || rmdir(folder) != 0)
		desk_fail(folder);
}

static inline void
desk_close(struct desk *desk)
{
	dkim_key_free(desk->key);
	token_ring_free(desk->ring);
	kit_free(desk->kit);
	conf_free(desk->conf);
}

#endif
